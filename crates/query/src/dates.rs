//! `date:` values: days at +07:00, years of either era.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};

/// Thailand's only zone, without daylight saving since 1920.
const BANGKOK: Offset = Offset::constant(7);

/// The most days that `date:Nd` looks back: ten years.
const DAYS_MAX: i32 = 3660;

/// Days at +07:00, both ends included. At least one end is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateRange {
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
}

/// Why a `date:` value was not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateFault {
    /// Not of any form that is known.
    Form,
    /// No such day, or a year of neither era.
    NoSuchDay,
    /// The last day lies before the first.
    Backwards,
    /// More days back than [`DAYS_MAX`], or none.
    Days,
}

impl DateRange {
    /// The first instant of the range, for comparing with `>=`.
    pub fn start(&self) -> Option<Timestamp> {
        self.from.and_then(midnight)
    }

    /// The first instant after the range, for comparing with `<`.
    pub fn end(&self) -> Option<Timestamp> {
        self.to.and_then(|day| day.tomorrow().ok()).and_then(midnight)
    }

    /// Whether an instant lies in the range.
    pub fn contains(&self, instant: Timestamp) -> bool {
        self.start().is_none_or(|start| instant >= start) && self.end().is_none_or(|end| instant < end)
    }

    /// Reads a value such as `2568-07-01..2568-07-31`, `2025-07`, `7d` or `today`.
    pub(crate) fn parse(value: &str, now: Timestamp) -> Result<Self, DateFault> {
        // Thai digits become Arabic ones; nothing else changes in what is a date.
        let value = praden_text::normalize(value).as_str().trim().to_lowercase();
        let today = BANGKOK.to_datetime(now).date();
        let one = |day: Date| Self { from: Some(day), to: Some(day) };
        match value.as_str() {
            "today" | "วันนี้" => return Ok(one(today)),
            "yesterday" | "เมื่อวาน" | "เมื่อวานนี้" => {
                return today.yesterday().map(one).map_err(|_| DateFault::NoSuchDay);
            }
            _ => {}
        }
        if let Some(days) = value.strip_suffix('d').filter(|days| is_digits(days)) {
            let days =
                days.parse().ok().filter(|days| (1..=DAYS_MAX).contains(days)).ok_or(DateFault::Days)?;
            // Today is one of the days.
            let from = today.checked_sub((days - 1).days()).map_err(|_| DateFault::Days)?;
            return Ok(Self { from: Some(from), to: Some(today) });
        }
        let Some((from, to)) = value.split_once("..") else {
            let (first, last) = unit(&value)?;
            return Ok(Self { from: Some(first), to: Some(last) });
        };
        let from = if from.is_empty() { None } else { Some(unit(from)?.0) };
        let to = if to.is_empty() { None } else { Some(unit(to)?.1) };
        match (from, to) {
            (None, None) => Err(DateFault::Form),
            (Some(from), Some(to)) if from > to => Err(DateFault::Backwards),
            _ => Ok(Self { from, to }),
        }
    }
}

fn midnight(day: Date) -> Option<Timestamp> {
    day.to_zoned(TimeZone::fixed(BANGKOK)).ok().map(|midnight| midnight.timestamp())
}

fn is_digits(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit())
}

/// First and last day of a year, a month or a day.
fn unit(value: &str) -> Result<(Date, Date), DateFault> {
    let number = |part: &str, len: usize| {
        if part.len() == len && is_digits(part) {
            part.parse::<i16>().map_err(|_| DateFault::Form)
        } else {
            Err(DateFault::Form)
        }
    };
    let mut parts = value.split('-');
    let year = match number(parts.next().unwrap_or(""), 4)? {
        common @ 1900..=2199 => common,
        buddhist @ 2443..=2742 => buddhist - 543,
        _ => return Err(DateFault::NoSuchDay),
    };
    let month = parts.next().map(|part| number(part, 2)).transpose()?;
    let day = parts.next().map(|part| number(part, 2)).transpose()?;
    if parts.next().is_some() {
        return Err(DateFault::Form);
    }
    let date = |month: i16, day: i16| {
        Date::new(year, month.try_into().unwrap_or(0), day.try_into().unwrap_or(0))
            .map_err(|_| DateFault::NoSuchDay)
    };
    match (month, day) {
        (None, _) => Ok((date(1, 1)?, date(12, 31)?)),
        (Some(month), None) => date(month, 1).map(|first| (first, first.last_of_month())),
        (Some(month), Some(day)) => date(month, day).map(|day| (day, day)),
    }
}

impl fmt::Display for DateRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from == to
        {
            return write!(f, "{from}");
        }
        if let Some(from) = self.from {
            write!(f, "{from}")?;
        }
        f.write_str("..")?;
        self.to.map_or(Ok(()), |to| write!(f, "{to}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, want: &str) {
        // 23:30 in London, 06:30 of the next day in Bangkok.
        let now: Timestamp = "2025-07-31T23:30:00Z".parse().unwrap();
        let got =
            DateRange::parse(value, now).map_or_else(|fault| format!("{fault:?}"), |range| range.to_string());
        assert_eq!(got, want, "{value}");
    }

    #[test]
    fn days_months_and_years_of_both_eras() {
        check("2025-07-01", "2025-07-01");
        check("2568-07-01", "2025-07-01");
        check("๒๕๖๘-๐๗-๐๑", "2025-07-01");
        check("2568-07", "2025-07-01..2025-07-31");
        check("2568", "2025-01-01..2025-12-31");
        check("2567-02", "2024-02-01..2024-02-29");
        check("2568-07-01..2568-07-31", "2025-07-01..2025-07-31");
        check("2567-12..2025-01", "2024-12-01..2025-01-31");
        check("2025-07-01..", "2025-07-01..");
        check("..2568-07", "..2025-07-31");
    }

    #[test]
    fn shortcuts_count_days_at_plus_seven() {
        check("today", "2025-08-01");
        check("วันนี้", "2025-08-01");
        check("yesterday", "2025-07-31");
        check("1d", "2025-08-01");
        check("7D", "2025-07-26..2025-08-01");
    }

    #[test]
    fn what_is_no_date_is_refused() {
        check("", "Form");
        check("..", "Form");
        check("1/7/2568", "Form");
        check("68-07-01", "Form");
        check("2025-7-1", "Form");
        check("2025-07-01-01", "Form");
        check("2025-07-01...2025-07-02", "Form");
        check("2025-02-29", "NoSuchDay");
        check("2025-13", "NoSuchDay");
        check("2300", "NoSuchDay");
        check("9999-12-31", "NoSuchDay");
        check("2025-07-02..2025-07-01", "Backwards");
        check("0d", "Days");
        check("99999999999d", "Days");
    }

    #[test]
    fn a_day_runs_from_midnight_to_midnight_in_bangkok() {
        let day = DateRange::parse("2025-07-01", Timestamp::UNIX_EPOCH).unwrap();
        for (instant, want) in [
            ("2025-06-30T16:59:59Z", false),
            ("2025-06-30T17:00:00Z", true),
            ("2025-07-01T16:59:59.999Z", true),
            ("2025-07-01T17:00:00Z", false),
        ] {
            assert_eq!(day.contains(instant.parse().unwrap()), want, "{instant}");
        }
    }
}
