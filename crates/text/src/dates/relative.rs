//! Days, months and years named by their distance from the base.

use jiff::civil::Date;
use jiff::{SignedDuration, Span};

use super::Precision;
use super::lexicon::{DAYS, UNITS, Unit};
use super::meaning::{Core, Which, shifted};
use super::scanner::Reader;

impl Reader<'_> {
    pub(super) fn relative(&self, at: usize) -> Option<(Core, Which, usize)> {
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
    pub(super) fn relative_month(&self, at: usize) -> Option<(Date, usize)> {
        let word = self.spaces(self.starts(at, "เดือน")?);
        let (months, end) = self.this_last_next(word)?;
        Some((self.today().checked_add(Span::new().try_months(months).ok()?).ok()?, end))
    }

    /// `ปีนี้`, `ปีที่แล้ว`, `ปีหน้า`.
    pub(super) fn relative_year(&self, at: usize) -> Option<(i16, usize)> {
        let word = self.starts(at, "ปี")?;
        let (years, end) = self.this_last_next(word)?;
        Some((self.today().year() + years as i16, end))
    }

    pub(super) fn this_last_next(&self, at: usize) -> Option<(i64, usize)> {
        [("นี้", 0), ("ที่แล้ว", -1), ("ที่ผ่านมา", -1), ("ก่อน", -1), ("หน้า", 1)]
            .iter()
            .find_map(|&(word, step)| Some((step, self.starts(at, word)?)))
    }
}
