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
            // Seconds since 1970, with milli- or microseconds.
            (10 | 13 | 16, 0..) => {
                let seconds = number / 10_i64.pow(line.len() as u32 - 10);
                make(Core::Instant(Timestamp::from_second(seconds).ok()?, Precision::Second, None), None)
            }
            (8 | 12 | 14, 0..) => self.compact(line, start),
            // Hotlines have four figures too: 1300, 1669.
            (4, 1900..=2100 | 2400..=2699) => {
                let year = Year { number, digits: 4, era: None };
                let calendar = self.year(year, None)?.1;
                make(Core::Year(year), Some(calendar))
            }
            _ => {
                let (first, second) = line.split_once(['-', '/'])?;
                if let Some(years) = self.years(line, start) {
                    return Some(years);
                }
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

    /// `2566-2568`, `2566/67`.
    fn years(&self, line: &str, start: usize) -> Option<DateMatch> {
        let year_of = |number| {
            let year = Year { number, digits: 4, era: None };
            let is_near = matches!(number, 1900..=2100 | 2400..=2699);
            is_near.then(|| self.resolve(Core::Year(year), Which::Latest)).flatten()
        };
        let (number, 4, end) = self.number(start)? else { return None };
        let (last, end) = self.last_year(number, end)?;
        // 2567-10 is a month; 2566/67 can only be the next year.
        let is_whole =
            end == start + line.len() && (line.len() == 9 || last == number + 1 && last % 100 > 12);
        let (first, precision, calendar) = year_of(number).filter(|_| is_whole)?;
        let (last, _, last_calendar) = year_of(last)?;
        (calendar == last_calendar).then_some(DateMatch {
            value: DateValue::Range(first, last),
            precision,
            calendar,
            start,
            end,
        })
    }

    /// `20240115`, `20240115T143000Z`, `20240115143000`.
    pub(super) fn compact(&self, line: &str, start: usize) -> Option<DateMatch> {
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        let is_one_number = digits == line.len() && matches!(digits, 12 | 14);
        let part = |range: std::ops::Range<usize>| line.get(range).and_then(|part| part.parse::<i64>().ok());
        if digits != 8 && !is_one_number {
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
        let clock = line.get(8..)?;
        let clock = if is_one_number { clock } else { clock.strip_prefix(['T', 't', ' '])? };
        let length = clock.bytes().take_while(u8::is_ascii_digit).count();
        let second = if length == 6 { clock.get(4..6)?.parse().ok()? } else { 0 };
        let offset = match clock.get(length..)? {
            "" => None,
            zone => match self.zone(start + line.len() - zone.len(), false) {
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
