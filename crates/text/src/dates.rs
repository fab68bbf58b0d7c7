//! Dates as Thai texts write them: two eras, Thai digits, month names long and short, times, ranges, relative words.
//!
//! ```
//! use praden_text::find_dates;
//! let base = "2017-03-01T09:00:00+07:00".parse().unwrap();
//! let found = find_dates("ลงนามเมื่อวันที่ 25 ก.พ. 60 ที่ผ่านมา", base);
//! assert_eq!(found[0].value.to_string(), "2017-02-25");
//! ```

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};

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

const MONTHS: [(&str, &str); 12] = [
    ("มกราคม", "ม.ค."),
    ("กุมภาพันธ์", "ก.พ."),
    ("มีนาคม", "มี.ค."),
    ("เมษายน", "เม.ย."),
    ("พฤษภาคม", "พ.ค."),
    ("มิถุนายน", "มิ.ย."),
    ("กรกฎาคม", "ก.ค."),
    ("สิงหาคม", "ส.ค."),
    ("กันยายน", "ก.ย."),
    ("ตุลาคม", "ต.ค."),
    ("พฤศจิกายน", "พ.ย."),
    ("ธันวาคม", "ธ.ค."),
];

/// Reads the date that `text`, a feed's or a page's date line, names. `None` when it names none, or one that does not exist.
#[must_use]
pub fn parse_date(text: &str, base: Timestamp) -> Option<DateMatch> {
    if let Ok(at) = text.trim().parse::<Timestamp>() {
        let value = DateValue::One(DatePoint::Instant(at, BANGKOK));
        return Some(DateMatch {
            value,
            precision: Precision::Second,
            calendar: Some(Calendar::Common),
            start: 0,
            end: text.len(),
        });
    }
    find_dates(text, base).into_iter().next()
}

/// Finds the dates in running text, in order, without overlap.
#[must_use]
pub fn find_dates(text: &str, base: Timestamp) -> Vec<DateMatch> {
    let century =
        base.to_zoned(TimeZone::fixed(BANGKOK)).year() - base.to_zoned(TimeZone::fixed(BANGKOK)).year() % 100;
    let mut found = Vec::new();
    let mut from = 0;
    while let Some((start, month, name)) = next_month(text, from) {
        from = start + name.len();
        let head = text.get(..start).unwrap_or_default().trim_end();
        let digits = head.len() - head.bytes().rev().take_while(u8::is_ascii_digit).count();
        let Some(day) = head.get(digits..).and_then(|day| day.parse::<i8>().ok()) else { continue };
        let tail = text.get(from..).unwrap_or_default();
        let year_text = tail.trim_start().trim_start_matches("พ.ศ.").trim_start();
        let year_len = year_text.bytes().take_while(u8::is_ascii_digit).count();
        let Some(year) = year_text.get(..year_len).and_then(|year| year.parse::<i16>().ok()) else {
            continue;
        };
        let (year, calendar) = match year {
            0..100 => (year + century + 500 - 543, Calendar::Buddhist),
            2400..2700 => (year - 543, Calendar::Buddhist),
            _ => (year, Calendar::Common),
        };
        let Ok(date) = Date::new(year, month, day) else { continue };
        from = text.len() - year_text.len() + year_len;
        let value = DateValue::One(DatePoint::Day(date));
        found.push(DateMatch {
            value,
            precision: Precision::Day,
            calendar: Some(calendar),
            start: digits,
            end: from,
        });
    }
    found
}

fn next_month(text: &str, from: usize) -> Option<(usize, i8, &'static str)> {
    let tail = text.get(from..)?;
    (1i8..)
        .zip(MONTHS)
        .flat_map(|(month, (long, short))| [(month, long), (month, short)])
        .filter_map(|(month, name)| Some((from + tail.find(name)?, month, name)))
        .min_by_key(|&(at, _, name)| (at, usize::MAX - name.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read() {
        let base = "2017-03-01T09:00:00+07:00".parse().unwrap();
        assert_eq!(parse_date("25 ก.พ. 60", base).unwrap().value.to_string(), "2017-02-25");
    }
}
