//! Dates as Thai texts write them: two eras, Thai digits, month names long and short, times, ranges, relative words.
//!
//! The rules, in the order in which they matter:
//!
//! - No zone means +07:00, also for "today" against a base instant in another zone.
//! - Day before month, unless only the other order exists.
//! - A year with พ.ศ. or ค.ศ. is of that era; without, from 2400 to 2699 it is Buddhist. A Buddhist year before 2484 began in April.
//! - A two-digit year is read in the era that brings it nearer to the base.
//! - A missing year or month is the latest that is not after the base; with `นี้` the first that is not before it.
//! - `24.00 น.` is midnight at the end of the day. A weekday is not checked: writers err in it more often than in the number.
//! - What is no date stays none: an abbreviation without a day (`ก.พ.`, the commission), a day that does not exist, a telephone
//!   number, an order number (`15/2567`), a time alone. A text that names an impossible date names none.
//!
//! Reading feeds and pages, and how far a date may be trusted, are left to others. Spans are bytes of the given text.
//!
//! ```
//! use praden_text::find_dates;
//! let base = "2017-03-01T09:00:00+07:00".parse().unwrap();
//! let found = find_dates("ลงนามเมื่อวันที่ 25 ก.พ. 60 ที่ผ่านมา", base);
//! assert_eq!(found[0].value.to_string(), "2017-02-25");
//! ```

use std::fmt;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Span, Timestamp};

/// The finest unit that a date names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each name says it all")]
pub enum Precision {
    Second,
    Minute,
    Hour,
    Day,
    Month,
    Year,
}

impl Precision {
    /// The contract's word: `second`, `minute`, `hour`, `day`, `month` or `year`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The era a year was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Calendar {
    /// Buddhist Era, พ.ศ.: CE + 543.
    Buddhist,
    /// Common Era, ค.ศ.
    Common,
}

impl Calendar {
    /// The contract's word: `BE` or `CE`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Buddhist => "BE",
            Self::Common => "CE",
        }
    }
}

impl fmt::Display for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One point of a date, as fine as it was written. Years are CE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DatePoint {
    /// A time of day: the instant and the offset it was written (or assumed) in. Displays as RFC 3339.
    Instant(Timestamp, Offset),
    /// A day: `2024-01-15`.
    Day(Date),
    /// A month, by year and number from 1: `2024-01`.
    Month(i16, i8),
    /// A year: `2024`.
    Year(i16),
}

impl fmt::Display for DatePoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Instant(at, offset) => write!(f, "{}", at.display_with_offset(offset)),
            Self::Day(date) => write!(f, "{date}"),
            Self::Month(year, month) => write!(f, "{year:04}-{month:02}"),
            Self::Year(year) => write!(f, "{year:04}"),
        }
    }
}

impl DatePoint {
    /// The instant at which the named unit starts; +07:00 where no zone was written. `None` beyond the range of instants.
    #[must_use]
    pub fn to_instant(&self) -> Option<Timestamp> {
        let date = match *self {
            Self::Instant(at, _) => return Some(at),
            Self::Day(date) => date,
            Self::Month(year, month) => Date::new(year, month, 1).ok()?,
            Self::Year(year) => Date::new(year, 1, 1).ok()?,
        };
        date.to_zoned(TimeZone::fixed(BANGKOK)).ok().map(|zoned| zoned.timestamp())
    }
}

/// What a text names: one date, or a range.
///
/// Its `Display` is the contract's form: RFC 3339, `2024-01-15`, `2024-01`, `2024`, or `first/last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DateValue {
    /// One date.
    One(DatePoint),
    /// From the first to the last, both included.
    Range(DatePoint, DatePoint),
}

impl DateValue {
    /// The instant at which the named unit, or the range, starts; +07:00 where no zone was written.
    #[must_use]
    pub fn to_instant(&self) -> Option<Timestamp> {
        match self {
            Self::One(point) | Self::Range(point, _) => point.to_instant(),
        }
    }
}

impl fmt::Display for DateValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(point) => point.fmt(f),
            Self::Range(first, last) => write!(f, "{first}/{last}"),
        }
    }
}

/// A date read from a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateMatch {
    /// What it names.
    pub value: DateValue,
    /// The finest unit written.
    pub precision: Precision,
    /// The era of the written year; `None` where no year was written.
    pub calendar: Option<Calendar>,
    /// Where the words that were read start, in bytes of the given text.
    pub start: usize,
    /// Where they end.
    pub end: usize,
}

/// Thailand's offset, assumed where none is written. No daylight saving since 1941.
pub const BANGKOK: Offset = Offset::constant(7);

/// Reads the date that `text`, a feed's or a page's date line, names. `None` when it names none, or one that does not exist.
///
/// More generous than [`find_dates`]: the whole text may be a count of seconds or milliseconds since 1970, a bare year, a
/// compact `20240115T143000`, a weekday. Linear in the length of the text.
#[must_use]
pub fn parse_date(text: &str, base: Timestamp) -> Option<DateMatch> {
    let clean = crate::normalize(text);
    let reader = Reader { text: clean.as_str(), base, is_line: true };
    let found = reader.whole().or_else(|| reader.first())?;
    Some(found.mapped(clean.map()))
}

/// Finds the dates in running text, in order, without overlap.
///
/// Two-digit years, months without a year and other short forms count only where the words around them leave no doubt.
/// Linear in the length of the text.
#[must_use]
pub fn find_dates(text: &str, base: Timestamp) -> Vec<DateMatch> {
    let clean = crate::normalize(text);
    let reader = Reader { text: clean.as_str(), base, is_line: false };
    let mut found = Vec::new();
    reader.each(|result| {
        found.extend(result.ok().map(|date| date.mapped(clean.map())));
        true
    });
    found
}

impl DateMatch {
    fn mapped(self, map: &crate::OffsetMap) -> Self {
        let raw = map.to_raw(self.start..self.end);
        Self { start: raw.start, end: raw.end, ..self }
    }
}

/// Month names by number: the full one, letters of the abbreviation, what people say, and misspellings seen in the corpus.
const THAI_MONTHS: [(&str, [char; 2], &str, &[&str]); 12] = [
    ("มกราคม", ['ม', 'ค'], "", &["มกรา"]),
    ("กุมภาพันธ์", ['ก', 'พ'], "", &["กุมภาพันธุ์", "กุมภาพันธ", "กุมภา"]),
    ("มีนาคม", ['ม', 'ค'], "ี", &["มีนา"]),
    ("เมษายน", ['ม', 'ย'], "เ", &["เมษา"]),
    ("พฤษภาคม", ['พ', 'ค'], "", &["พฤศภาคม", "พฤษภา"]),
    ("มิถุนายน", ['ม', 'ย'], "ิ", &["มิถุนา"]),
    ("กรกฎาคม", ['ก', 'ค'], "", &["กรกฏาคม", "กรกฎา"]),
    ("สิงหาคม", ['ส', 'ค'], "", &["สิงหา"]),
    ("กันยายน", ['ก', 'ย'], "", &["กันยา"]),
    ("ตุลาคม", ['ต', 'ค'], "", &["ตุลา"]),
    ("พฤศจิกายน", ['พ', 'ย'], "", &["พฤษจิกายน", "พฤศจิกา"]),
    ("ธันวาคม", ['ธ', 'ค'], "", &["ธันวา"]),
];

const ENGLISH_MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Weekdays: Thai, its abbreviation, English.
const WEEKDAYS: [(&str, &str, &str, Weekday); 9] = [
    ("จันทร์", "จ.", "monday", Weekday::Monday),
    ("อังคาร", "อ.", "tuesday", Weekday::Tuesday),
    ("พุธ", "พ.", "wednesday", Weekday::Wednesday),
    ("พฤหัสบดี", "พฤ.", "thursday", Weekday::Thursday),
    ("พฤหัสฯ", "พฤหัส.", "thurs", Weekday::Thursday),
    ("พฤหัส", "พฤ", "thur", Weekday::Thursday),
    ("ศุกร์", "ศ.", "friday", Weekday::Friday),
    ("เสาร์", "ส.", "saturday", Weekday::Saturday),
    ("อาทิตย์", "อา.", "sunday", Weekday::Sunday),
];

const BUDDHIST: &[&str] = &["พุทธศักราช", "พ.ศ.", "พ.ศ", "พ. ศ.", "พศ.", "พศ", "B.E.", "BE"];
const COMMON: &[&str] = &["คริสต์ศักราช", "ค.ศ.", "ค.ศ", "ค. ศ.", "คศ.", "คศ", "A.D.", "AD", "C.E.", "CE"];

/// Words for a day, by distance from today; longer ones first.
const DAYS: &[(&str, i64)] = &[
    ("เมื่อวานซืนนี้", -2),
    ("เมื่อวานซืน", -2),
    ("วานซืน", -2),
    ("เมื่อวานนี้", -1),
    ("เมื่อวาน", -1),
    ("วานนี้", -1),
    ("เมื่อคืนนี้", -1),
    ("เมื่อคืน", -1),
    ("เมื่อเช้านี้", 0),
    ("เช้าวันนี้", 0),
    ("บ่ายวันนี้", 0),
    ("เย็นวันนี้", 0),
    ("ค่ำวันนี้", 0),
    ("วันนี้", 0),
    ("เช้านี้", 0),
    ("บ่ายนี้", 0),
    ("เย็นนี้", 0),
    ("ค่ำนี้", 0),
    ("คืนนี้", 0),
    ("วันพรุ่งนี้", 1),
    ("พรุ่งนี้", 1),
    ("มะรืนนี้", 2),
    ("มะรืน", 2),
    ("yesterday", -1),
    ("today", 0),
    ("tomorrow", 1),
];

/// A unit of "so many ago".
#[derive(Clone, Copy)]
enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

const UNITS: &[(&str, Unit)] = &[
    ("วินาที", Unit::Second),
    ("นาที", Unit::Minute),
    ("ชั่วโมง", Unit::Hour),
    ("ชม.", Unit::Hour),
    ("สัปดาห์", Unit::Week),
    ("อาทิตย์", Unit::Week),
    ("วัน", Unit::Day),
    ("เดือน", Unit::Month),
    ("ปี", Unit::Year),
    ("seconds", Unit::Second),
    ("second", Unit::Second),
    ("minutes", Unit::Minute),
    ("minute", Unit::Minute),
    ("mins", Unit::Minute),
    ("min", Unit::Minute),
    ("hours", Unit::Hour),
    ("hour", Unit::Hour),
    ("weeks", Unit::Week),
    ("week", Unit::Week),
    ("days", Unit::Day),
    ("day", Unit::Day),
    ("months", Unit::Month),
    ("month", Unit::Month),
    ("years", Unit::Year),
    ("year", Unit::Year),
];

/// Zone names of RFC 822 and of the region, in minutes east of UTC. Offsets in figures are read as figures.
const ZONES: &[(&str, i32)] = &[
    ("GMT", 0),
    ("UTC", 0),
    ("UT", 0),
    ("Z", 0),
    ("ICT", 420),
    ("WIB", 420),
    ("SGT", 480),
    ("MYT", 480),
    ("HKT", 480),
    ("PHT", 480),
    ("JST", 540),
    ("KST", 540),
    ("IST", 330),
    ("MMT", 390),
    ("CET", 60),
    ("CEST", 120),
    ("BST", 60),
    ("EST", -300),
    ("EDT", -240),
    ("CST", -360),
    ("CDT", -300),
    ("MST", -420),
    ("MDT", -360),
    ("PST", -480),
    ("PDT", -420),
];

/// The years that a text may name, CE. Outside, numbers are not years.
const YEARS: std::ops::RangeInclusive<i64> = 1000..=2399;

/// Spaces and fillers looked over between two parts.
const GAP_BYTES_MAX: usize = 32;

/// A year as written.
#[derive(Clone, Copy, Debug)]
struct Year {
    number: i64,
    digits: usize,
    era: Option<Calendar>,
}

/// What a text said of a date, before the base fills in the rest.
#[derive(Clone, Copy, Debug)]
enum Core {
    Day {
        year: Option<Year>,
        month: Option<i8>,
        day: i8,
    },
    Month {
        year: Option<Year>,
        month: i8,
    },
    Year(Year),
    /// A day that needs nothing more.
    Fixed(Date),
    FixedMonth(Date),
    FixedYear(i16),
    Instant(Timestamp, Precision, Option<Calendar>),
}

/// Which of the dates that fit is meant when a part is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Latest,
    /// `นี้`: the first that is not before the base.
    Coming,
}

/// A time of day: 24:00 is kept as hour 24.
#[derive(Clone, Copy, Debug)]
struct Clock {
    hour: i8,
    minute: i8,
    second: i8,
    precision: Precision,
    offset: Option<Offset>,
}

/// Something that looks like a date but is none that exists.
#[derive(Clone, Copy, Debug)]
struct Impossible {
    end: usize,
}

type Found<T> = Option<Result<T, Impossible>>;

/// Reads one normalised text. All functions that take `at` look from that byte and answer with the byte behind what they read.
struct Reader<'t> {
    text: &'t str,
    base: Timestamp,
    /// The text is one date line, not running text.
    is_line: bool,
}

impl Reader<'_> {
    fn today(&self) -> Date {
        BANGKOK.to_datetime(self.base).date()
    }

    fn rest(&self, at: usize) -> &str {
        self.text.get(at..).unwrap_or_default()
    }

    fn before(&self, at: usize) -> Option<char> {
        self.text.get(..at).and_then(|head| head.chars().next_back())
    }

    fn after(&self, at: usize) -> Option<char> {
        self.rest(at).chars().next()
    }

    // ---- The whole line -------------------------------------------------------------------------------------------

    /// Forms that count only when they are all there is.
    fn whole(&self) -> Option<DateMatch> {
        let line = self.text.trim();
        let start = self.text.len() - self.text.trim_start().len();
        let make = |core, calendar| {
            let (point, precision, _) = self.resolve(core, Which::Latest)?;
            let value = DateValue::One(point);
            Some(DateMatch { value, precision, calendar, start, end: start + line.len() })
        };
        if line.is_empty() || !line.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-' || byte == b'/')
        {
            return self.compact(line, start);
        }
        let number: i64 =
            line.parse().ok().filter(|_| line.bytes().all(|byte| byte.is_ascii_digit())).unwrap_or(-1);
        match (line.len(), number) {
            (13, 0..) => {
                make(Core::Instant(Timestamp::from_millisecond(number).ok()?, Precision::Second, None), None)
            }
            (10, 0..) => {
                make(Core::Instant(Timestamp::from_second(number).ok()?, Precision::Second, None), None)
            }
            (8, 0..) => self.compact(line, start),
            (4, 0..) => {
                let year = Year { number, digits: 4, era: None };
                let calendar = self.year(year, None)?.1;
                make(Core::Year(year), Some(calendar))
            }
            _ => {
                let (first, second) = line.split_once(['-', '/'])?;
                let (year, month) = if first.len() == 4 { (first, second) } else { (second, first) };
                if year.len() != 4 || month.is_empty() || month.len() > 2 {
                    return None;
                }
                let year = Year { number: year.parse().ok()?, digits: 4, era: None };
                let month: i8 = month.parse().ok().filter(|month| (1..=12).contains(month))?;
                let calendar = self.year(year, Some(month))?.1;
                make(Core::Month { year: Some(year), month }, Some(calendar))
            }
        }
    }

    /// `20240115`, `20240115T143000Z`.
    fn compact(&self, line: &str, start: usize) -> Option<DateMatch> {
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        let part = |range: std::ops::Range<usize>| line.get(range).and_then(|part| part.parse::<i64>().ok());
        if digits != 8 {
            return None;
        }
        let year = Year { number: part(0..4)?, digits: 4, era: None };
        let day = Core::Day { year: Some(year), month: Some(part(4..6)? as i8), day: part(6..8)? as i8 };
        let (point, precision, calendar) = self.resolve(day, Which::Latest)?;
        let mut found =
            DateMatch { value: DateValue::One(point), precision, calendar, start, end: start + line.len() };
        if line.len() == 8 {
            return Some(found);
        }
        let clock = line.get(8..)?.strip_prefix(['T', 't', ' '])?;
        let length = clock.bytes().take_while(u8::is_ascii_digit).count();
        let second = if length == 6 { clock.get(4..6)?.parse().ok()? } else { 0 };
        let offset = match clock.get(length..)? {
            "" => None,
            zone => match self.zone(start + line.len() - zone.len()) {
                Some((offset, end)) if end == start + line.len() => Some(offset),
                _ => return None,
            },
        };
        let clock = Clock {
            hour: clock.get(0..2)?.parse().ok()?,
            minute: clock.get(2..4)?.parse().ok()?,
            second,
            precision: if length == 6 { Precision::Second } else { Precision::Minute },
            offset,
        };
        found.value = DateValue::One(with_clock(point, clock)?);
        found.precision = clock.precision;
        Some(found)
    }

    /// The first date of a line; none when an impossible one comes first.
    fn first(&self) -> Option<DateMatch> {
        let mut first = None;
        self.each(|result| {
            first = Some(result);
            false
        });
        first.and_then(Result::ok)
    }

    // ---- Running text ---------------------------------------------------------------------------------------------

    /// Calls `next` with every date or impossible date, in order, until it answers `false`.
    fn each(&self, mut next: impl FnMut(Result<DateMatch, Impossible>) -> bool) {
        // Longer words may hold shorter ones: all places, from left to right.
        let triggers = triggers().into_iter().flat_map(|triggers| triggers.find_overlapping_iter(self.text));
        let mut starts: Vec<usize> = triggers.map(|trigger| trigger.start()).collect();
        starts.sort_unstable();
        starts.dedup();
        let mut done = 0;
        for at in starts {
            let is_digit = self.after(at).is_some_and(|c| c.is_ascii_digit());
            if at < done || (is_digit && self.before(at).is_some_and(|c| c.is_ascii_digit())) {
                continue;
            }
            match self.date_at(at) {
                Some(Ok(found)) => {
                    done = found.end;
                    if !next(Ok(found)) {
                        return;
                    }
                }
                Some(Err(impossible)) => {
                    done = impossible.end;
                    if !next(Err(impossible)) {
                        return;
                    }
                }
                None => {}
            }
        }
    }

    /// A date with its time and, if it is one, the other end of its range.
    fn date_at(&self, at: usize) -> Found<DateMatch> {
        // A time may come first: เวลา 12.56 น. วันที่ 23 มิ.ย. 57.
        let (early, date_start) = match self
            .clock(self.skip_any(at, &["เวลา"]), self.skip_any(at, &["เวลา"]) > at)
        {
            Some((clock, end)) => {
                (Some(clock), self.gap(end, &["วันที่", "ของวันที่", "ของ", "ณ", "เมื่อ", "น.", ",", "|", "-"]))
            }
            None => (None, at),
        };
        if early.is_some() && (date_start == at || !self.is_date_start(date_start)) {
            return None;
        }
        let (core, which, mut end) = match self.core(date_start)? {
            Ok(found) => found,
            Err(impossible) => return Some(Err(impossible)),
        };
        let Some((point, precision, calendar)) = self.resolve(core, which) else {
            return Some(Err(Impossible { end }));
        };
        let mut found = DateMatch { value: DateValue::One(point), precision, calendar, start: at, end };
        // วันนี้ (24 ส.ค. 63): the day is named twice, once exactly.
        if let (Core::Fixed(_), Some(inner)) = (core, self.bracketed(end)) {
            match self.core(inner) {
                Some(Ok((again @ Core::Day { .. }, which, inner_end)))
                    if self.after(inner_end) == Some(')') =>
                {
                    let Some((point, precision, calendar)) = self.resolve(again, which) else {
                        return Some(Err(Impossible { end: inner_end }));
                    };
                    end = inner_end + 1;
                    found = DateMatch { value: DateValue::One(point), precision, calendar, start: at, end };
                }
                _ => {}
            }
        }
        if let DateValue::One(DatePoint::Day(_)) = found.value {
            match early.map(|clock| (clock, end)).or_else(|| self.late_clock(end)) {
                Some((clock, clock_end)) => {
                    let Some(point) = with_clock_of(found.value, clock) else {
                        return Some(Err(Impossible { end: clock_end }));
                    };
                    found.value = DateValue::One(point);
                    found.precision = clock.precision;
                    end = clock_end;
                    if let Some((last, last_end)) = self.clock_range(clock_end)
                        && let Some(last_point) = with_clock(self.day_of(core, which)?, last)
                        && early.is_none()
                    {
                        found.value = DateValue::Range(point, last_point);
                        end = last_end;
                    }
                }
                None if self.is_impossible_clock(end) => return Some(Err(Impossible { end })),
                None => {}
            }
        }
        found.end = end;
        Some(self.ranged(found, core))
    }

    fn day_of(&self, core: Core, which: Which) -> Option<DatePoint> {
        self.resolve(core, which).map(|(point, ..)| point)
    }

    fn bracketed(&self, at: usize) -> Option<usize> {
        let open = self.spaces(at);
        (self.after(open) == Some('(')).then(|| self.spaces(open + 1))
    }

    /// Whether a date may begin here, after a time.
    fn is_date_start(&self, at: usize) -> bool {
        self.core(at).is_some()
    }

    /// Adds the other end, when a range sign and a second date follow.
    fn ranged(&self, found: DateMatch, core: Core) -> Result<DateMatch, Impossible> {
        let DateValue::One(first) = found.value else { return Ok(found) };
        let Some(next) = self.range_sign(found.end) else { return Ok(found) };
        let second = self.day_month_here(next).or_else(|| self.core(next));
        let Some(Ok((last_core, last_which, mut end))) = second else { return Ok(found) };
        let Some((mut last, _, calendar)) = self.resolve(last_core, last_which) else {
            return Err(Impossible { end });
        };
        let mut first = first;
        // The first may leave its year to the second: 29 ธันวาคม - 2 มกราคม 2568.
        if let (Core::Day { year: None, month: Some(month), day }, DatePoint::Day(last_day)) = (core, last)
            && matches!(last_core, Core::Day { year: Some(_), .. })
            && matches!(first, DatePoint::Day(_))
        {
            let year = last_day.year() - i16::from((month, day) > (last_day.month(), last_day.day()));
            first = Date::new(year, month, day).map(DatePoint::Day).map_err(|_| Impossible { end })?;
        }
        if let (Core::Month { year: None, month }, DatePoint::Month(year, last_month)) = (core, last)
            && matches!(last_core, Core::Month { year: Some(_), .. })
        {
            first = DatePoint::Month(year - i16::from(month > last_month), month);
        }
        if let (DatePoint::Day(_), Some((clock, clock_end))) = (last, self.late_clock(end))
            && matches!(first, DatePoint::Instant(..))
        {
            last = with_clock(last, clock).ok_or(Impossible { end: clock_end })?;
            end = clock_end;
        }
        let is_same_kind = std::mem::discriminant(&first) == std::mem::discriminant(&last);
        if !is_same_kind || first.to_instant() > last.to_instant() {
            return Ok(found);
        }
        Ok(DateMatch {
            value: DateValue::Range(first, last),
            calendar: calendar.or(found.calendar),
            end,
            ..found
        })
    }

    // ---- The date itself ------------------------------------------------------------------------------------------

    /// A date without its time: what was said, how to complete it, where it ends.
    fn core(&self, at: usize) -> Found<(Core, Which, usize)> {
        if let Some(relative) = self.relative(at) {
            return Some(Ok(relative));
        }
        let (weekday, after_weekday) = match self.weekday(at) {
            Some((weekday, end)) => (Some(weekday), end),
            None => (None, at),
        };
        let start = self.gap(after_weekday, &["ที่", ",", "."]);
        let start = if weekday.is_some() { start } else { at };
        let prefix_end = self.skip_any(start, &["เมื่อวันที่", "วันที่", "ระหว่างวันที่"]);
        let number_start = self.spaces(prefix_end);
        let found = self
            .iso_date(number_start)
            .or_else(|| self.figures(number_start))
            .or_else(|| self.day_month(number_start))
            .or_else(|| self.english(number_start))
            .or_else(|| self.month_year(start))
            .or_else(|| self.year_alone(start));
        if found.is_some() {
            return found;
        }
        if prefix_end > start
            && let Some(found) = self.day_alone(number_start)
        {
            return Some(found);
        }
        weekday.and_then(|weekday| self.weekday_alone(weekday, after_weekday)).map(Ok)
    }

    /// `2024-01-15`, `2567/10/26`: the year first.
    fn iso_date(&self, at: usize) -> Found<(Core, Which, usize)> {
        let (year, digits, end) = self.number(at)?;
        if digits != 4 || !self.is_number_start(at) {
            return None;
        }
        let sign = self.after(end).filter(|sign| matches!(sign, '-' | '/' | '.'))?;
        let (month, _, end) = self.number(end + 1).filter(|&(_, digits, _)| digits <= 2)?;
        if self.after(end) != Some(sign) {
            return None;
        }
        let (day, _, end) = self.number(end + 1).filter(|&(_, digits, _)| digits <= 2)?;
        if !self.is_number_end(end) {
            return None;
        }
        let year = Year { number: year, digits, era: None };
        Some(Ok((
            Core::Day { year: Some(year), month: Some(month as i8), day: day as i8 },
            Which::Latest,
            end,
        )))
    }

    /// `15/01/2567`, `23.03.64`, `09-06-2557`, `01/25/2024`.
    fn figures(&self, at: usize) -> Found<(Core, Which, usize)> {
        if !self.is_number_start(at) {
            return None;
        }
        let short = |at| self.number(at).filter(|&(_, digits, _)| digits <= 2);
        let (first, first_digits, end) = short(at)?;
        let sign_at = self.spaces(end);
        let sign = self.after(sign_at).filter(|sign| matches!(sign, '/' | '-' | '.'))?;
        let (second, second_digits, end) = short(self.spaces(sign_at + 1))?;
        let sign_at = self.spaces(end);
        if self.after(sign_at) != Some(sign) {
            return None;
        }
        let (year, digits, end) = self.number(self.spaces(sign_at + 1))?;
        if !matches!(digits, 2 | 4) || !self.is_number_end(end) {
            return None;
        }
        // Section numbers and the like: in running text two figures each, or a full year.
        if !self.is_line && digits == 2 && sign != '/' && (first_digits != 2 || second_digits != 2) {
            return None;
        }
        let (day, month) = if second > 12 && first <= 12 { (second, first) } else { (first, second) };
        let year = Some(Year { number: year, digits, era: None });
        Some(Ok((Core::Day { year, month: Some(month as i8), day: day as i8 }, Which::Latest, end)))
    }

    /// `25 ก.พ. 2560`, `9 ธันวาคม 2559`, `4-6 ม.ค. 68`, `15 Jan 2024`, `25 ก.พ. นี้`.
    fn day_month(&self, at: usize) -> Found<(Core, Which, usize)> {
        if self.is_number_start(at) { self.day_month_here(at) } else { None }
    }

    fn day_month_here(&self, at: usize) -> Found<(Core, Which, usize)> {
        let (day, digits, day_end) = self.number(at)?;
        if digits > 2 {
            return None;
        }
        let day_end = self.skip_ordinal(day_end);
        // The first day of a range within one month: 4-6 ม.ค. 68. Its month and year are those of the last day.
        if let Some(last_start) = self.range_sign(day_end)
            && let Some((last_day, last_digits, _)) = self.number(last_start)
            && last_digits <= 2
            && last_day > day
            && let Some(Ok((Core::Day { year, month, .. }, which, _))) = self.day_month_here(last_start)
        {
            return Some(Ok((Core::Day { year, month, day: day as i8 }, which, day_end)));
        }
        let month_start = self.gap(day_end, &["เดือน", "ของเดือน", "-", "/", ".", "of", ","]);
        let (month, end) = match self.month(month_start, true) {
            Some((month, end)) => (month, end),
            None => {
                let (date, end) = self.relative_month(self.gap(day_end, &["ของ"]))?;
                let year = Year { number: i64::from(date.year()), digits: 4, era: Some(Calendar::Common) };
                let fixed = self.resolve(
                    Core::Day { year: Some(year), month: Some(date.month()), day: day as i8 },
                    Which::Latest,
                );
                return Some(match fixed {
                    Some((DatePoint::Day(day), ..)) => Ok((Core::Fixed(day), Which::Latest, end)),
                    _ => Err(Impossible { end }),
                });
            }
        };
        Some(Ok(self.with_year(day as i8, month, end)))
    }

    fn with_year(&self, day: i8, month: i8, end: usize) -> (Core, Which, usize) {
        let core = |year| Core::Day { year, month: Some(month), day };
        if let Some((year, end)) = self.year_after(end) {
            return (core(Some(year)), Which::Latest, end);
        }
        let word = self.gap(end, &[]);
        if let Some((year, end)) = self.relative_year(word) {
            let year = Year { number: i64::from(year), digits: 4, era: Some(Calendar::Common) };
            if let Some((DatePoint::Day(date), ..)) = self.resolve(core(Some(year)), Which::Latest) {
                return (Core::Fixed(date), Which::Latest, end);
            }
        }
        match self.starts(word, "นี้") {
            Some(end) => (core(None), Which::Coming, end),
            None => (core(None), Which::Latest, end),
        }
    }

    /// `Jan 15, 2024`, `Mon Jan 15 14:30:00 +0700 2024`.
    fn english(&self, at: usize) -> Found<(Core, Which, usize)> {
        let (month, end) = self.english_month(at)?;
        let (day, digits, end) = self.number(self.gap(end, &[".", "-"]))?;
        if digits > 2 {
            return None;
        }
        let end = self.skip_ordinal(end);
        if let Some((year, end)) = self.year_after(end) {
            return Some(Ok((
                Core::Day { year: Some(year), month: Some(month), day: day as i8 },
                Which::Latest,
                end,
            )));
        }
        // The year of C's asctime stands behind the time; the time is read again from before it.
        if let Some((clock, clock_end)) = self.clock(self.spaces(end), false)
            && let Some((number, 4, year_end)) = self.number(self.spaces(clock_end))
        {
            let year = Year { number, digits: 4, era: None };
            let day = Core::Day { year: Some(year), month: Some(month), day: day as i8 };
            let found = self.resolve(day, Which::Latest).and_then(|(point, _, era)| {
                let at = with_clock(point, clock)?.to_instant()?;
                Some((Core::Instant(at, clock.precision, era), Which::Latest, year_end))
            });
            return Some(found.ok_or(Impossible { end: year_end }));
        }
        Some(Ok((Core::Day { year: None, month: Some(month), day: day as i8 }, Which::Latest, end)))
    }

    /// `เมษายน 2561`, `เดือนมกราคม พ.ศ. 2565`, `March 2024`, `เดือน ก.พ.`.
    fn month_year(&self, at: usize) -> Found<(Core, Which, usize)> {
        let name_start = self.spaces(self.skip_any(at, &["เดือน"]));
        let has_word = name_start > at;
        if !has_word
            && self
                .before(at)
                .is_some_and(|c| c.is_alphanumeric() && self.after(at).is_some_and(|c| c.is_ascii()))
        {
            return None;
        }
        let (month, end) = self.month(name_start, has_word).or_else(|| self.english_month(name_start))?;
        let is_full = THAI_MONTHS.iter().any(|(name, ..)| self.rest(name_start).starts_with(name));
        match self.year_after(end) {
            // A commission and a number: ก.พ. 60 คน. Two figures count only after a name that can be nothing else.
            Some((year, year_end))
                if year.digits == 4 || year.era.is_some() || self.is_line || is_full && has_word =>
            {
                Some(Ok((Core::Month { year: Some(year), month }, Which::Latest, year_end)))
            }
            _ if self.range_sign(end).is_some_and(|next| {
                // พ.ย. - ธ.ค. 2566: the year stands behind the last month.
                self.month(next, false).is_some_and(|(_, end)| self.year_after(end).is_some())
            }) =>
            {
                Some(Ok((Core::Month { year: None, month }, Which::Latest, end)))
            }
            _ if has_word || (self.is_line && is_full) => {
                Some(Ok((Core::Month { year: None, month }, Which::Latest, end)))
            }
            _ => None,
        }
    }

    /// `ปี 2558`, `ค.ศ. 2018`, `พ.ศ. 2567`.
    fn year_alone(&self, at: usize) -> Found<(Core, Which, usize)> {
        let after_word = self.spaces(self.skip_any(at, &["ปี"]));
        let (era, after_era) = self.era(after_word);
        let number_start = self.spaces(self.skip_any(after_era, &["ปี"]));
        if number_start == at {
            return None;
        }
        let (number, digits, end) = self.number(number_start)?;
        let is_year = digits == 4 || (digits == 2 && self.is_line && end == self.text.trim_end().len());
        if !is_year || !self.is_number_end(end) {
            return None;
        }
        let year = Year { number, digits, era };
        self.year(year, None)?;
        Some(Ok((Core::Year(year), Which::Latest, end)))
    }

    /// `เมื่อวันที่ 5`, `วันที่ 25 นี้`.
    fn day_alone(&self, at: usize) -> Found<(Core, Which, usize)> {
        let (day, digits, end) = self.number(at)?;
        if digits > 2 || !self.is_number_end(end) {
            return None;
        }
        let word = self.spaces(end);
        let core = Core::Day { year: None, month: None, day: day as i8 };
        if let Some(end) = self.starts(word, "นี้") {
            return Some(Ok((core, Which::Coming, end)));
        }
        let head = self.text.get(..at).unwrap_or_default().trim_end();
        (self.is_line || head.ends_with("เมื่อวันที่")).then_some(Ok((core, Which::Latest, end)))
    }

    /// `วันจันทร์ที่ผ่านมา`, `วันศุกร์นี้`; on a line of its own also `วันจันทร์`.
    fn weekday_alone(&self, weekday: Weekday, at: usize) -> Option<(Core, Which, usize)> {
        let today = self.today();
        let word = self.spaces(at);
        let days_since = i64::from(weekday.until(today.weekday()));
        if let Some(end) = ["ที่ผ่านมา", "ที่แล้ว", "ก่อน"].iter().find_map(|word_| self.starts(word, word_))
        {
            let back = if days_since == 0 { 7 } else { days_since };
            return Some((Core::Fixed(shifted(today, -back)?), Which::Latest, end));
        }
        if let Some(end) = self.starts(word, "นี้") {
            return Some((
                Core::Fixed(shifted(today, i64::from(today.weekday().until(weekday)))?),
                Which::Coming,
                end,
            ));
        }
        let is_all = self.is_line && at == self.text.trim_end().len();
        is_all.then_some((Core::Fixed(shifted(today, -days_since)?), Which::Latest, at))
    }

    // ---- Relative words -------------------------------------------------------------------------------------------

    fn relative(&self, at: usize) -> Option<(Core, Which, usize)> {
        let today = self.today();
        if let Some((days, end)) = DAYS.iter().find_map(|&(word, days)| Some((days, self.starts(at, word)?)))
        {
            let is_word = !self.rest(at).starts_with(|c: char| c.is_ascii())
                || !self.before(at).is_some_and(char::is_alphanumeric);
            return is_word.then_some((Core::Fixed(shifted(today, days)?), Which::Latest, end));
        }
        if let Some((date, end)) = self.relative_month(at) {
            return Some((Core::FixedMonth(date), Which::Latest, end));
        }
        if let Some((year, end)) = self.relative_year(at) {
            return Some((Core::FixedYear(year), Which::Latest, end));
        }
        // 2 ชั่วโมงที่แล้ว, 3 days ago.
        let (number, digits, end) = self.number(at)?;
        if digits > 4 || !self.is_number_start(at) {
            return None;
        }
        let (unit, end) =
            UNITS.iter().find_map(|&(name, unit)| Some((unit, self.starts(self.spaces(end), name)?)))?;
        let word = self.spaces(end);
        let end = ["ที่แล้ว", "ที่ผ่านมา", "ก่อน", "มาแล้ว", "ago"].iter().find_map(|ago| self.starts(word, ago))?;
        let core = match unit {
            Unit::Second | Unit::Minute | Unit::Hour => {
                let (seconds, precision) = match unit {
                    Unit::Second => (1, Precision::Second),
                    Unit::Minute => (60, Precision::Minute),
                    _ => (3600, Precision::Hour),
                };
                let at = self.base.checked_sub(SignedDuration::from_secs(number * seconds)).ok()?;
                Core::Instant(at, precision, None)
            }
            Unit::Day => Core::Fixed(shifted(today, -number)?),
            Unit::Week => Core::Fixed(shifted(today, -7 * number)?),
            Unit::Month => Core::FixedMonth(today.checked_sub(Span::new().try_months(number).ok()?).ok()?),
            Unit::Year => Core::FixedYear(i16::try_from(i64::from(today.year()) - number).ok()?),
        };
        Some((core, Which::Latest, end))
    }

    /// `เดือนนี้`, `เดือนที่แล้ว`, `เดือนหน้า`: a day of that month.
    fn relative_month(&self, at: usize) -> Option<(Date, usize)> {
        let word = self.spaces(self.starts(at, "เดือน")?);
        let (months, end) = self.this_last_next(word)?;
        Some((self.today().checked_add(Span::new().try_months(months).ok()?).ok()?, end))
    }

    /// `ปีนี้`, `ปีที่แล้ว`, `ปีหน้า`.
    fn relative_year(&self, at: usize) -> Option<(i16, usize)> {
        let word = self.starts(at, "ปี")?;
        let (years, end) = self.this_last_next(word)?;
        Some((self.today().year() + years as i16, end))
    }

    fn this_last_next(&self, at: usize) -> Option<(i64, usize)> {
        [("นี้", 0), ("ที่แล้ว", -1), ("ที่ผ่านมา", -1), ("ก่อน", -1), ("หน้า", 1)]
            .iter()
            .find_map(|&(word, step)| Some((step, self.starts(at, word)?)))
    }

    // ---- Times ----------------------------------------------------------------------------------------------------

    /// The time after a date: `14:30`, `เวลา 14.30 น.`, `| 13:16 น.`, `T14:30:00Z`, `8 โมงเช้า`.
    fn late_clock(&self, at: usize) -> Option<(Clock, usize)> {
        if matches!(self.after(at), Some('T' | 't'))
            && let Some(found) = self.clock_here(at + 1, true)
        {
            return Some(found);
        }
        let start = self.gap(at, &["|", "-", "–", ",", "(", ")", "at", "@", "เมื่อ", "·", "•", "/", "ช่วง"]);
        let after_word =
            self.spaces(self.skip_any(start, &["ในเวลา", "เวลาประมาณ", "เวลา", "ประมาณ", "Time:"]));
        let has_word = after_word > start;
        if !self.is_line
            && !has_word
            && self.gap(at, &[]) != start
            && self.after(start).is_none_or(|c| c.is_ascii_digit())
        {
            // In running text a number behind a dash or bracket is rarely the time of the date before it.
            return self.clock(self.gap(at, &[","]), false);
        }
        self.clock(after_word, has_word || self.is_line)
    }

    /// Hours with a wrong count behind a date: then the whole is no date.
    fn is_impossible_clock(&self, at: usize) -> bool {
        let start = self.gap(at, &["เวลา", "T", ","]);
        let Some((hour, 1..=2, end)) = self.number(start) else { return false };
        let Some(sign @ (':' | '.')) = self.after(end) else { return false };
        let Some((minute, 2, end)) = self.number(end + 1) else { return false };
        let is_clock = sign == ':' || self.starts(self.spaces(end), "น.").is_some();
        is_clock && (hour > 24 || minute > 59 || hour == 24 && minute > 0)
    }

    fn clock_range(&self, at: usize) -> Option<(Clock, usize)> {
        // 14.00-16.00 น.: the mark of the last counts for both.
        let next = self.range_sign(at)?;
        self.clock_here(next, false)
    }

    /// A time of day. `is_sure`: the words before say that one follows, so that `14.30` needs no `น.`.
    fn clock(&self, at: usize, is_sure: bool) -> Option<(Clock, usize)> {
        self.spoken_clock(at)
            .or_else(|| if self.is_number_start(at) { self.clock_here(at, is_sure) } else { None })
    }

    fn clock_here(&self, at: usize, is_sure: bool) -> Option<(Clock, usize)> {
        let (hour, digits, end) = self.number(at)?;
        if digits > 2 {
            return None;
        }
        let mut clock =
            Clock { hour: hour as i8, minute: 0, second: 0, precision: Precision::Hour, offset: None };
        let mut last = end;
        let sign = self.after(end);
        if let Some(sign @ (':' | '.')) = sign
            && let Some((minute, 2, end)) = self.number(end + 1)
        {
            clock.minute = minute as i8;
            clock.precision = Precision::Minute;
            last = end;
            if let Some(':' | '.') = self.after(end)
                && let Some((second, 2, end)) = self.number(end + 1)
                && (self.after(last) == Some(sign))
            {
                clock.second = second as i8;
                clock.precision = Precision::Second;
                last = end;
                if let Some('.' | ',') = self.after(end)
                    && let Some((_, _, end)) = self.number(end + 1)
                {
                    last = end;
                }
            }
        }
        let mark = self.spaces(last);
        let has_mark = self.starts(mark, "น.").or_else(|| self.starts(mark, "นาฬิกา")).or_else(|| {
            // น without its dot, when no word follows.
            self.starts(mark, "น").filter(|&end| !self.after(end).is_some_and(char::is_alphanumeric))
        });
        if let Some(end) = has_mark {
            last = end;
        } else if let Some((is_afternoon, end)) = self.half_day(mark) {
            if !(1..=12).contains(&clock.hour) {
                return None;
            }
            clock.hour = clock.hour % 12 + if is_afternoon { 12 } else { 0 };
            last = end;
        } else if clock.precision == Precision::Hour
            || !(self.is_number_end(last) || self.zone(last).is_some())
            || (sign == Some('.') && !is_sure)
            || (sign == Some('.') && self.starts(mark, "บาท").is_some())
        {
            // 14.00-16.00 น.
            let end = self.range_sign(last)?;
            if !matches!(self.clock_mark(end), Some(true)) {
                return None;
            }
        }
        if clock.hour > 24
            || clock.minute > 59
            || clock.second > 60
            || (clock.hour == 24 && clock.minute + clock.second > 0)
        {
            return None;
        }
        clock.second = clock.second.min(59);
        if clock.precision != Precision::Hour {
            let open = self.spaces(last);
            let zone_at = if self.after(open) == Some('(') { open + 1 } else { open };
            if let Some((offset, end)) = self.zone(zone_at) {
                clock.offset = Some(offset);
                last = if zone_at > open && self.after(end) == Some(')') { end + 1 } else { end };
                // GMT+0700 (Indochina Time).
                let bracket = self.spaces(last);
                if self.rest(bracket).starts_with('(')
                    && let Some(length) =
                        self.rest(bracket).bytes().take(GAP_BYTES_MAX).position(|byte| byte == b')')
                    && self.rest(bracket).bytes().take(length).all(|byte| !byte.is_ascii_digit())
                {
                    last = bracket + length + 1;
                }
            }
        }
        Some((clock, last))
    }

    /// Whether a time with `น.` stands here.
    fn clock_mark(&self, at: usize) -> Option<bool> {
        let (_, _, end) = self.number(at)?;
        let end = match self.after(end) {
            Some(':' | '.') => self.number(end + 1).map_or(end, |(_, _, end)| end),
            _ => end,
        };
        Some(self.starts(self.spaces(end), "น.").is_some())
    }

    /// `8 โมงเช้า`, `บ่าย 2 โมง`, `4 โมงเย็น`, `2 ทุ่ม`, `ตี 3`, `เที่ยง`, `เที่ยงคืน`, `ครึ่ง` after any.
    fn spoken_clock(&self, at: usize) -> Option<(Clock, usize)> {
        let (hour, end) = self.spoken_hour(at)?;
        let half = self.starts(self.spaces(end), "ครึ่ง").or_else(|| self.starts(self.spaces(end), "30 นาที"));
        let precision = if half.is_some() { Precision::Minute } else { Precision::Hour };
        let minute = if half.is_some() { 30 } else { 0 };
        (hour < 24 || minute == 0)
            .then_some((Clock { hour, minute, second: 0, precision, offset: None }, half.unwrap_or(end)))
    }

    fn spoken_hour(&self, at: usize) -> Option<(i8, usize)> {
        if let Some(end) = self.starts(at, "เที่ยงคืน") {
            return Some((24, end));
        }
        if let Some(end) = self.starts(at, "เที่ยงวัน").or_else(|| self.starts(at, "เที่ยง"))
        {
            return Some((12, end));
        }
        if let Some(end) = self.starts(at, "บ่ายโมง") {
            return Some((13, end));
        }
        if let Some((hour, 1, end)) = self.starts(at, "ตี").and_then(|end| self.number(self.spaces(end)))
        {
            return (1..=5).contains(&hour).then_some((hour as i8, end));
        }
        if let Some((hour, 1, end)) = self.starts(at, "บ่าย").and_then(|end| self.number(self.spaces(end)))
        {
            let end = self.starts(self.spaces(end), "โมง").unwrap_or(end);
            return (1..=5).contains(&hour).then_some((hour as i8 + 12, end));
        }
        let (hour, 1..=2, end) = self.number(at).filter(|_| self.is_number_start(at))? else { return None };
        let word = self.spaces(end);
        if let Some(end) = self.starts(word, "ทุ่ม") {
            return (1..=6).contains(&hour).then_some((if hour == 6 { 24 } else { hour as i8 + 18 }, end));
        }
        let end = self.starts(word, "โมง")?;
        if let Some(end) = self.starts(end, "เย็น") {
            return (4..=6).contains(&hour).then_some((hour as i8 + 12, end));
        }
        let end = self.starts(end, "เช้า").unwrap_or(end);
        // The old count of the morning: 2 โมงเช้า is eight o'clock.
        let hour = if hour < 6 { hour + 6 } else { hour };
        (6..=11).contains(&hour).then_some((hour as i8, end))
    }

    fn half_day(&self, at: usize) -> Option<(bool, usize)> {
        [("a.m.", false), ("p.m.", true), ("am", false), ("pm", true)].iter().find_map(
            |&(word, is_afternoon)| {
                let end = self.starts(at, word)?;
                (!self.after(end).is_some_and(char::is_alphanumeric)).then_some((is_afternoon, end))
            },
        )
    }

    /// `Z`, `+0700`, `+07:00`, `GMT+7`, `ICT`.
    fn zone(&self, at: usize) -> Option<(Offset, usize)> {
        let name = ZONES
            .iter()
            .filter_map(|&(name, minutes)| Some((minutes, self.starts(at, name)?)))
            .max_by_key(|&(_, end)| end);
        let (minutes, name_end) = match name {
            Some((minutes, end)) if !self.after(end).is_some_and(char::is_alphabetic) => (minutes, end),
            Some(_) => return None,
            None => (0, at),
        };
        let sign = match self.after(name_end) {
            Some('+') => 1,
            Some('-' | '−') => -1,
            _ => {
                let offset = Offset::from_seconds(minutes * 60).ok()?;
                return (name_end > at).then_some((offset, name_end));
            }
        };
        let (number, digits, end) = self.number(name_end + 1)?;
        let (hours, minutes, end) = match (digits, self.after(end)) {
            (1 | 2, Some(':')) => {
                let (minutes, 2, end) = self.number(end + 1)? else { return None };
                (number, minutes, end)
            }
            (1 | 2, _) => (number, 0, end),
            (4, _) => (number / 100, number % 100, end),
            _ => return None,
        };
        let seconds = sign * i32::try_from(hours * 3600 + minutes * 60).ok()?;
        (hours <= 14 && minutes < 60).then_some((Offset::from_seconds(seconds).ok()?, end))
    }

    // ---- Parts ----------------------------------------------------------------------------------------------------

    /// A number of at most 13 figures: value, figures, end.
    fn number(&self, at: usize) -> Option<(i64, usize, usize)> {
        let digits = self.rest(at).bytes().take(14).take_while(u8::is_ascii_digit).count();
        let number = self.text.get(at..at + digits)?.parse().ok()?;
        (digits <= 13).then_some((number, digits, at + digits))
    }

    /// Whether no longer number, fraction, path or code runs into this one.
    fn is_number_start(&self, at: usize) -> bool {
        let mut before = self.text.get(..at).unwrap_or_default().chars().rev();
        match before.next() {
            Some(c) if c.is_ascii_alphanumeric() => false,
            Some('/' | '-' | '.' | ',' | ':' | '–') => {
                !before.next().is_some_and(|c| c.is_ascii_alphanumeric() || c == '/')
            }
            Some('_' | '#' | '=' | '$' | '฿') => false,
            _ => true,
        }
    }

    fn is_number_end(&self, at: usize) -> bool {
        let mut after = self.rest(at).chars();
        match after.next() {
            Some(c) if c.is_ascii_digit() => false,
            Some('T' | 't') => true,
            Some(c) if c.is_ascii_alphabetic() || c == '_' || c == '%' => false,
            Some('/' | '-' | '.' | ',') => !after.next().is_some_and(|c| c.is_ascii_digit()),
            _ => true,
        }
    }

    /// A year behind a month: `2567`, `67`, `'67`, `พ.ศ. 2567`, `, 2024`, `/2567`.
    fn year_after(&self, at: usize) -> Option<(Year, usize)> {
        let start = self.gap(at, &[",", "ปี", "/", "-", "."]);
        let (era, number_start) = self.era(start);
        let number_start = self.spaces(number_start);
        let number_start = self.skip_any(number_start, &["'", "’"]);
        let (number, digits, end) = self.number(number_start)?;
        if !matches!(digits, 2 | 4) {
            return None;
        }
        // A range sign, then the next date: 4 ม.ค. - 6 ม.ค. 2568.
        if self.month(self.gap(end, &[]), true).is_some() || self.english_month(self.gap(end, &[])).is_some()
        {
            return None;
        }
        if digits == 2 && era.is_none() {
            let next = self.after(end);
            let is_time = matches!(next, Some(':'))
                || (next == Some('.') && self.after(end + 1).is_some_and(|c| c.is_ascii_digit()));
            // 15 ม.ค. 14 น., 15 ม.ค. 8 โมง, 15 ม.ค. 20 คน in running text.
            let word = self.spaces(end);
            let is_hour = self.starts(word, "น.").is_some()
                || self.starts(word, "โมง").is_some()
                || self.starts(word, "ทุ่ม").is_some();
            let counts = [
                "คน",
                "ราย",
                "บาท",
                "ล้าน",
                "แห่ง",
                "ครั้ง",
                "วัน",
                "ปี",
                "ชั่วโมง",
                "นาที",
                "%",
                "เปอร์เซ็นต์",
                "จังหวัด",
                "คัน",
                "ตัว",
                "ชุด",
            ];
            let is_count = !self.is_line && counts.iter().any(|count| self.starts(word, count).is_some());
            if is_time || is_hour || is_count {
                return None;
            }
        }
        if !(self.is_number_end(end) || matches!(self.after(end), Some('-' | '.'))) {
            return None;
        }
        let year = Year { number, digits, era };
        self.year(year, None)?;
        Some((year, end))
    }

    fn era(&self, at: usize) -> (Option<Calendar>, usize) {
        for (words, era) in [(BUDDHIST, Calendar::Buddhist), (COMMON, Calendar::Common)] {
            if let Some(end) = words.iter().find_map(|word| self.starts(at, word)) {
                return (Some(era), self.spaces(end));
            }
        }
        (None, at)
    }

    /// A month's Thai name, or its abbreviation with or without dots; English names too. Abbreviations without dots need `is_sure`.
    fn month(&self, at: usize, is_sure: bool) -> Option<(i8, usize)> {
        for (number, (name, letters, vowel, others)) in (1..).zip(THAI_MONTHS) {
            if let Some(end) = self.starts(at, name) {
                return Some((number, end));
            }
            if let Some(end) = others.iter().find_map(|name| self.starts(at, name)).filter(|_| is_sure) {
                return Some((number, end));
            }
            if let Some(end) = self.abbreviation(at, letters, vowel, is_sure) {
                return Some((number, end));
            }
        }
        self.english_month(at)
    }

    fn abbreviation(
        &self,
        at: usize,
        [first, second]: [char; 2],
        vowel: &str,
        is_sure: bool,
    ) -> Option<usize> {
        let letter =
            |at: usize, letter: char| (self.after(at) == Some(letter)).then_some(at + letter.len_utf8());
        let mut end = at;
        if vowel == "เ" {
            end = self.starts(end, vowel)?;
        }
        end = letter(end, first)?;
        if vowel != "เ" {
            end = self.starts(end, vowel)?;
        }
        let first_dot = self.starts(end, ".");
        end = first_dot.unwrap_or(end);
        end = letter(if first_dot.is_some() { self.spaces(end) } else { end }, second)?;
        let second_dot = self.starts(end, ".");
        end = second_dot.unwrap_or(end);
        if first_dot.is_none() && (!is_sure || self.before(at).is_none_or(|c| c.is_alphabetic())) {
            return None;
        }
        let mut rest = self.rest(end).chars();
        match (rest.next(), rest.next()) {
            // ก.พ.ร., ก.ค.ศ.: a longer abbreviation. กพร, มีคน: a longer word.
            (Some(next), Some('.')) if is_thai_letter(next) => None,
            (Some(next), _) if second_dot.is_none() && is_thai_letter(next) => None,
            _ => Some(end),
        }
    }

    fn english_month(&self, at: usize) -> Option<(i8, usize)> {
        let word = self.latin_word(at)?;
        let is_name = |name: &str| {
            name.eq_ignore_ascii_case(word)
                || (word.len() == 3 && name.get(..3).is_some_and(|short| short.eq_ignore_ascii_case(word)))
                || (word.eq_ignore_ascii_case("sept") && name == "september")
        };
        let month = ENGLISH_MONTHS.iter().position(|name| is_name(name))?;
        let end = at + word.len();
        Some((month as i8 + 1, self.starts(end, ".").unwrap_or(end)))
    }

    fn latin_word(&self, at: usize) -> Option<&str> {
        if self.before(at).is_some_and(|c| c.is_ascii_alphabetic()) {
            return None;
        }
        let length = self.rest(at).bytes().take(GAP_BYTES_MAX).take_while(u8::is_ascii_alphabetic).count();
        self.text.get(at..at + length).filter(|word| !word.is_empty())
    }

    fn weekday(&self, at: usize) -> Option<(Weekday, usize)> {
        let name_start = self.spaces(self.skip_any(at, &["วัน"]));
        let has_word = name_start > at;
        WEEKDAYS.iter().find_map(|&(name, short, english, weekday)| {
            if let Some(end) = self.starts(name_start, name) {
                return Some((weekday, end));
            }
            if let Some(word) = self.latin_word(name_start) {
                let is_name = english.eq_ignore_ascii_case(word)
                    || (word.len() == 3
                        && english.get(..3).is_some_and(|short| short.eq_ignore_ascii_case(word)));
                return is_name.then(|| (weekday, name_start + word.len()));
            }
            // จ. is a province too: alone it counts only before a day.
            let end = self.starts(name_start, short)?;
            let is_sure = has_word || self.number(self.gap(end, &["ที่", ","])).is_some();
            (is_sure && !self.before(at).is_some_and(is_thai_letter)).then_some((weekday, end))
        })
    }

    fn skip_ordinal(&self, at: usize) -> usize {
        ["st", "nd", "rd", "th"].iter().find_map(|suffix| self.starts(at, suffix)).unwrap_or(at)
    }

    /// A sign or word between the ends of a range; where the second begins.
    fn range_sign(&self, at: usize) -> Option<usize> {
        let start = self.spaces(at);
        let end = ["จนถึงวันที่", "ถึงวันที่", "จนถึง", "ถึง", "-", "–", "—", "to ", "until "]
            .iter()
            .find_map(|sign| self.starts(start, sign))?;
        let next = self.spaces(end);
        Some(self.spaces(self.skip_any(next, &["วันที่", "เวลา"])))
    }

    /// The end of `word` when it stands here, ASCII letters in any case.
    fn starts(&self, at: usize, word: &str) -> Option<usize> {
        let end = at + word.len();
        self.text.get(at..end).filter(|found| found.eq_ignore_ascii_case(word)).map(|_| end)
    }

    fn skip_any(&self, at: usize, words: &[&str]) -> usize {
        words.iter().find_map(|word| self.starts(at, word)).unwrap_or(at)
    }

    fn spaces(&self, at: usize) -> usize {
        let rest = self.rest(at);
        let near = rest.get(..rest.floor_char_boundary(GAP_BYTES_MAX)).unwrap_or_default();
        at + near.len() - near.trim_start_matches([' ', '\t', '\n', '\r']).len()
    }

    /// Spaces, at most one of `fillers`, spaces.
    fn gap(&self, at: usize, fillers: &[&str]) -> usize {
        let mut end = self.spaces(at);
        // Two fillers at most: "), ", "| เวลา".
        for _ in 0..2 {
            end = self.spaces(self.skip_any(end, fillers));
        }
        end
    }

    // ---- Meaning --------------------------------------------------------------------------------------------------

    /// The CE year and the era of a written one; `None` when no such year is meant.
    fn year(&self, year: Year, month: Option<i8>) -> Option<(i64, Calendar)> {
        let buddhist = |number: i64| {
            // Until 2483 the year began on 1 April: its January to March lie in the next CE year.
            number - 543 + i64::from(number < 2484 && month.is_some_and(|month| month <= 3))
        };
        let base = i64::from(self.today().year());
        let nearest = |numbers: [i64; 3], era: Calendar| {
            let to_ce = |number| if era == Calendar::Buddhist { buddhist(number) } else { number };
            numbers.map(to_ce).into_iter().min_by_key(|ce| (ce - base).abs()).map(|ce| (ce, era))
        };
        let found = match (year.digits, year.era) {
            (2, era) => {
                let of_buddhist =
                    nearest([2400, 2500, 2600].map(|century| century + year.number), Calendar::Buddhist)?;
                let of_common =
                    nearest([1900, 2000, 2100].map(|century| century + year.number), Calendar::Common)?;
                match era {
                    Some(Calendar::Buddhist) => of_buddhist,
                    Some(Calendar::Common) => of_common,
                    None if (of_common.0 - base).abs() < (of_buddhist.0 - base).abs() => of_common,
                    None => of_buddhist,
                }
            }
            (_, Some(Calendar::Buddhist)) => (buddhist(year.number), Calendar::Buddhist),
            (_, Some(Calendar::Common)) => (year.number, Calendar::Common),
            (_, None) if (2400..=2699).contains(&year.number) => (buddhist(year.number), Calendar::Buddhist),
            (_, None) => (year.number, Calendar::Common),
        };
        Some(found).filter(|(ce, _)| YEARS.contains(ce))
    }

    /// Completes what was written; `None` when no such date exists.
    fn resolve(&self, core: Core, which: Which) -> Option<(DatePoint, Precision, Option<Calendar>)> {
        let today = self.today();
        let fits = |date: &Date| match which {
            Which::Latest => *date <= today,
            Which::Coming => *date >= today,
        };
        let step = if which == Which::Latest { -1 } else { 1 };
        Some(match core {
            Core::Fixed(date) => (DatePoint::Day(date), Precision::Day, None),
            Core::FixedMonth(date) => (DatePoint::Month(date.year(), date.month()), Precision::Month, None),
            Core::FixedYear(year) => (DatePoint::Year(year), Precision::Year, None),
            Core::Instant(at, precision, era) => (DatePoint::Instant(at, BANGKOK), precision, era),
            Core::Year(year) => {
                let (ce, era) = self.year(year, None)?;
                (DatePoint::Year(i16::try_from(ce).ok()?), Precision::Year, Some(era))
            }
            Core::Month { year: Some(year), month } => {
                let (ce, era) = self.year(year, Some(month))?;
                Date::new(i16::try_from(ce).ok()?, month, 1).ok()?;
                (DatePoint::Month(i16::try_from(ce).ok()?, month), Precision::Month, Some(era))
            }
            Core::Month { year: None, month } => {
                let year = today.year() - i16::from(month > today.month());
                (DatePoint::Month(year, month), Precision::Month, None)
            }
            Core::Day { year: Some(year), month, day } => {
                let (ce, era) = self.year(year, month)?;
                let date = Date::new(i16::try_from(ce).ok()?, month?, day).ok()?;
                (DatePoint::Day(date), Precision::Day, Some(era))
            }
            Core::Day { year: None, month: Some(month), day } => {
                // Eight years hold a leap day, whatever the century.
                let date = (0..=8)
                    .filter_map(|years| Date::new(today.year() + step * years, month, day).ok())
                    .find(fits)
                    .or_else(|| {
                        (0..=8)
                            .filter_map(|years| Date::new(today.year() - step * years, month, day).ok())
                            .next()
                    })?;
                (DatePoint::Day(date), Precision::Day, None)
            }
            Core::Day { year: None, month: None, day } => {
                let first = today.first_of_month();
                let date = (0..=2)
                    .filter_map(|months| {
                        first.checked_add(Span::new().try_months(i64::from(step) * months).ok()?).ok()
                    })
                    .filter_map(|first| Date::new(first.year(), first.month(), day).ok())
                    .find(fits)?;
                (DatePoint::Day(date), Precision::Day, None)
            }
        })
    }
}

fn shifted(date: Date, days: i64) -> Option<Date> {
    date.checked_add(Span::new().try_days(days).ok()?).ok()
}

fn is_thai_letter(c: char) -> bool {
    ('\u{E01}'..='\u{E4E}').contains(&c) && c != '\u{E3F}'
}

fn with_clock_of(value: DateValue, clock: Clock) -> Option<DatePoint> {
    match value {
        DateValue::One(point) => with_clock(point, clock),
        DateValue::Range(..) => None,
    }
}

/// The instant of a time of day on a day.
fn with_clock(point: DatePoint, clock: Clock) -> Option<DatePoint> {
    let DatePoint::Day(day) = point else { return None };
    let (day, hour) = if clock.hour == 24 { (day.tomorrow().ok()?, 0) } else { (day, clock.hour) };
    let offset = clock.offset.unwrap_or(BANGKOK);
    let time = Time::new(hour, clock.minute, clock.second, 0).ok()?;
    let at = offset.to_timestamp(day.to_datetime(time)).ok()?;
    Some(DatePoint::Instant(at, offset))
}

/// Where a date may begin: one automaton over first words and figures.
fn triggers() -> Option<&'static AhoCorasick> {
    static TRIGGERS: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    TRIGGERS
        .get_or_init(|| {
            let mut words: Vec<String> = (0..=9).map(|digit| digit.to_string()).collect();
            let fixed = ["เวลา", "วัน", "เดือน", "ปี", "ตี", "บ่าย", "เที่ยง", "ระหว่างวันที่", "เมื่อวันที่"];
            words.extend(fixed.map(str::to_owned));
            words.extend(DAYS.iter().map(|(word, _)| (*word).to_owned()));
            words.extend(BUDDHIST.iter().chain(COMMON).map(|word| (*word).to_owned()));
            words.extend(THAI_MONTHS.iter().map(|(name, ..)| (*name).to_owned()));
            words.extend(ENGLISH_MONTHS.iter().filter_map(|name| name.get(..3)).map(str::to_owned));
            for (letters, vowel) in THAI_MONTHS.iter().map(|(_, letters, vowel, _)| (letters, *vowel)) {
                let [first, second] = letters;
                words.push(if vowel == "เ" {
                    format!("เ{first}.{second}")
                } else {
                    format!("{first}{vowel}.{second}")
                });
            }
            for (name, short, english, _) in WEEKDAYS {
                words.push(name.to_owned());
                words.push(short.to_owned());
                words.extend(english.get(..3).map(str::to_owned));
            }
            AhoCorasick::builder()
                .match_kind(MatchKind::Standard)
                .ascii_case_insensitive(true)
                .build(words)
                .ok()
        })
        .as_ref()
}

#[cfg(test)]
#[path = "dates_tests.rs"]
mod tests;
