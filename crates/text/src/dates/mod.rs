//! Dates as Thai texts write them: two eras, Thai digits, month names long and short, times, ranges, relative words.
//!
//! `rows.tsv` beside this file is the specification of [`parse_date`]: one row a line, what is read from it or that it is refused.
//! The rules behind the rows, in the order in which they matter:
//!
//! - No zone means +07:00, also for "today" against a base instant in another zone.
//! - Day before month, unless only the other order exists.
//! - A year with พ.ศ. or ค.ศ. is of that era; without, from 2400 to 2699 it is Buddhist. A Buddhist year before 2484 began in April.
//! - A two-digit year is read in the era that brings it nearer to the base.
//! - A missing year or month is the latest that is not after the base; with `นี้` the first that is not before it.
//! - A week is the range from Monday to Sunday. `3 เดือนที่แล้ว` names a month, `2 ปีก่อน` a year: the finest unit written decides.
//! - A range whose ends share a month or a year has them written once; two times a day apart end on the next day.
//! - `24.00 น.` is midnight at the end of the day. A weekday is not checked: writers err in it more often than in the number.
//! - What is no date stays none: an abbreviation without a day (`ก.พ.`, the commission), a day that does not exist, a telephone
//!   number, an order number (`15/2567`), a section (`ข้อ 1.1.24`), what recurs (`ทุกวันจันทร์`), a year of another era (`ร.ศ. 112`), a
//!   time alone. A text that names an impossible date names none.
//!
//! Reading feeds and pages, and how far a date may be trusted, are left to others. Spans are bytes of the given text.
//!
//! ```
//! use praden_text::find_dates;
//! let base = "2017-03-01T09:00:00+07:00".parse().unwrap();
//! let found = find_dates("ลงนามเมื่อวันที่ 25 ก.พ. 60 ที่ผ่านมา", base);
//! assert_eq!(found[0].value.to_string(), "2017-02-25");
//! ```

mod clock;
mod lexicon;
mod lines;
mod meaning;
mod names;
mod relative;
mod running;
mod scanner;
mod shapes;
mod zones;

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};

use scanner::Reader;

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

#[cfg(test)]
mod tests;
