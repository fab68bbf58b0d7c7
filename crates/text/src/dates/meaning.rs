//! From what was written to a date that exists.

use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use jiff::{Span, Timestamp};

use super::lexicon::YEARS;
use super::scanner::Reader;
use super::{BANGKOK, Calendar, DatePoint, DateValue, Precision};

/// A year as written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Year {
    pub(super) number: i64,
    pub(super) digits: usize,
    pub(super) era: Option<Calendar>,
}

/// What a text said of a date, before the base fills in the rest.
#[derive(Clone, Copy, Debug)]
pub(super) enum Core {
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
    /// The first and the last day of a week.
    FixedDays(Date, Date),
    Instant(Timestamp, Precision, Option<Calendar>),
}

/// Which of the dates that fit is meant when a part is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    Latest,
    /// `นี้`: the first that is not before the base.
    Coming,
}

/// A time of day: 24:00 is kept as hour 24.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    pub(super) hour: i8,
    pub(super) minute: i8,
    pub(super) second: i8,
    pub(super) precision: Precision,
    pub(super) offset: Option<Offset>,
}

/// Something that looks like a date but is none that exists.
#[derive(Clone, Copy, Debug)]
pub(super) struct Impossible {
    pub(super) end: usize,
}

pub(super) type Found<T> = Option<Result<T, Impossible>>;

impl Reader<'_> {
    /// The CE year and the era of a written one; `None` when no such year is meant.
    pub(super) fn year(&self, year: Year, month: Option<i8>) -> Option<(i64, Calendar)> {
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
    pub(super) fn resolve(
        &self,
        core: Core,
        which: Which,
    ) -> Option<(DatePoint, Precision, Option<Calendar>)> {
        let today = self.today();
        let fits = |date: &Date| match which {
            Which::Latest => *date <= today,
            Which::Coming => *date >= today,
        };
        let step = if which == Which::Latest { -1 } else { 1 };
        Some(match core {
            Core::Fixed(date) => (DatePoint::Day(date), Precision::Day, None),
            Core::FixedMonth(date) => (DatePoint::Month(date.year(), date.month()), Precision::Month, None),
            Core::FixedYear(year) => {
                Date::new(year, 1, 1).ok().filter(|_| year > 0)?;
                (DatePoint::Year(year), Precision::Year, None)
            }
            Core::FixedDays(first, _) => (DatePoint::Day(first), Precision::Day, None),
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
                let year = match which {
                    Which::Latest => today.year() - i16::from(month > today.month()),
                    Which::Coming => today.year() + i16::from(month < today.month()),
                };
                Date::new(year, month, 1).ok()?;
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

pub(super) fn shifted(date: Date, days: i64) -> Option<Date> {
    date.checked_add(Span::new().try_days(days).ok()?).ok()
}

/// A day with its time, or from one time to another, past midnight when the second is the earlier.
pub(super) fn timed(day: DatePoint, first: Clock, last: Option<Clock>) -> Option<DateValue> {
    let Some(last) = last else { return with_clock(day, first).map(DateValue::One) };
    // The zone stands behind the second: 09.00-12.00 น. (GMT+7).
    let offset = first.offset.or(last.offset);
    let start = with_clock(day, Clock { offset, ..first })?;
    let mut end = with_clock(day, Clock { offset, ..last })?;
    if end.to_instant() < start.to_instant() {
        let DatePoint::Day(date) = day else { return None };
        end = with_clock(DatePoint::Day(date.tomorrow().ok()?), Clock { offset, ..last })?;
    }
    Some(DateValue::Range(start, end))
}

/// The instant of a time of day on a day.
pub(super) fn with_clock(point: DatePoint, clock: Clock) -> Option<DatePoint> {
    let DatePoint::Day(day) = point else { return None };
    let (day, hour) = if clock.hour == 24 { (day.tomorrow().ok()?, 0) } else { (day, clock.hour) };
    let offset = clock.offset.unwrap_or(BANGKOK);
    let time = Time::new(hour, clock.minute, clock.second, 0).ok()?;
    let at = offset.to_timestamp(day.to_datetime(time)).ok()?;
    Some(DatePoint::Instant(at, offset))
}
