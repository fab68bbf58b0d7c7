//! Forms that count only when they are the whole line.

use jiff::Timestamp;

use super::meaning::{Clock, Core, Which, Year, with_clock};
use super::scanner::Reader;
use super::{DateMatch, DateValue, Precision};

impl Reader<'_> {
    /// Forms that count only when they are all there is.
    pub(super) fn whole(&self) -> Option<DateMatch> {
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
    pub(super) fn compact(&self, line: &str, start: usize) -> Option<DateMatch> {
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
    pub(super) fn first(&self) -> Option<DateMatch> {
        let mut first = None;
        self.each(|result| {
            first = Some(result);
            false
        });
        first.and_then(Result::ok)
    }
}
