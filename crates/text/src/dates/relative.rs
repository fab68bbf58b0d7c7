//! Days, weeks, months and years named by their distance from the base.
//!
//! A week is Monday to Sunday and is read as the range of its days. `3 เดือนที่แล้ว` names a month and `2 ปีก่อน` a year: the finest
//! unit written decides.

use jiff::civil::{Date, Weekday};
use jiff::{SignedDuration, Span};

use super::Precision;
use super::lexicon::{DAYS, UNITS, Unit};
use super::meaning::{Core, Which, shifted};
use super::scanner::{Reader, is_thai_letter};

/// Amounts with units that follow each other at most: `1 ชั่วโมง 30 นาที`.
const AMOUNTS_MAX: usize = 3;

/// `1 ชั่วโมง 30 นาที`, added up; which of the fields count follows from the finest unit.
#[derive(Clone, Copy, Debug)]
struct Amount {
    seconds: i64,
    days: i64,
    months: i64,
    finest: Unit,
}

impl Reader<'_> {
    pub(super) fn relative(&self, at: usize) -> Option<(Core, Which, usize)> {
        let today = self.today();
        if let Some((days, end)) = DAYS.iter().find_map(|&(word, days)| Some((days, self.starts(at, word)?)))
        {
            // เมื่อคืนวันศุกร์ที่ผ่านมา is Friday's night.
            if self.rest(end).starts_with("วัน") && self.rest(at).starts_with("เมื่อ") {
                return None;
            }
            let is_word = !self.rest(at).starts_with(|c: char| c.is_ascii())
                || !self.before(at).is_some_and(char::is_alphanumeric);
            return is_word.then_some((Core::Fixed(shifted(today, days)?), Which::Latest, end));
        }
        let unit = || {
            let month = self.relative_month(at).map(|(date, end)| (Core::FixedMonth(date), end));
            month.or_else(|| self.relative_year(at).map(|(year, end)| (Core::FixedYear(year), end)))
        };
        let (core, end) = unit()
            .filter(|_| !self.is_counted(at))
            .or_else(|| self.relative_week(at))
            .or_else(|| self.english_step(at))
            .or_else(|| self.distance(at))?;
        Some((core, Which::Latest, end))
    }

    /// `2 ชั่วโมงที่แล้ว`, `สามวันก่อน`, `1 ชั่วโมง 30 นาทีที่แล้ว`, `3 days ago`, `อีก 3 วันข้างหน้า`.
    fn distance(&self, at: usize) -> Option<(Core, usize)> {
        let ahead = self.starts(at, "อีก").map(|end| self.spaces(end));
        let (amount, end) = self.amount(ahead.unwrap_or(at))?;
        let word = self.spaces(end);
        let (sign, end) = if let Some(end) = self.ago(word) {
            (-1, end)
        } else if let Some(end) = ["ข้างหน้า", "from now"].iter().find_map(|ahead| self.starts(word, ahead))
        {
            (1, end)
        } else if ahead.is_some() && self.is_line && self.rest(word).is_empty() {
            // In running text อีก 3 วัน may as well be three days more.
            (1, end)
        } else {
            return None;
        };
        let Amount { seconds, days, months, finest } = amount;
        let moved = || {
            let span = Span::new().try_months(sign * months).ok()?.try_days(sign * days).ok()?;
            self.today().checked_add(span).ok()
        };
        let core = match finest {
            Unit::Second | Unit::Minute | Unit::Hour if months > 0 => return None,
            Unit::Second | Unit::Minute | Unit::Hour => {
                let precision = match finest {
                    Unit::Second => Precision::Second,
                    Unit::Minute => Precision::Minute,
                    _ => Precision::Hour,
                };
                let distance = SignedDuration::from_secs(sign * (seconds + days * 86_400));
                Core::Instant(self.base.checked_add(distance).ok()?, precision, None)
            }
            Unit::Day | Unit::Week => Core::Fixed(moved()?),
            Unit::Month => Core::FixedMonth(moved()?),
            Unit::Year => Core::FixedYear(moved()?.year()),
        };
        Some((core, end))
    }

    /// Whether the unit at `at` is counted: `1-2 ปีที่ผ่านมา`, `หลายปีที่ผ่านมา` are spans of time.
    fn is_counted(&self, at: usize) -> bool {
        let head = self.text.get(..at).unwrap_or_default();
        let head = head.strip_suffix(' ').unwrap_or(head);
        head.ends_with("หลาย") || head.ends_with(|c: char| c.is_ascii_digit())
    }

    fn amount(&self, at: usize) -> Option<(Amount, usize)> {
        let mut sum = Amount { seconds: 0, days: 0, months: 0, finest: Unit::Year };
        let mut last = None;
        let mut next = at;
        for _ in 0..AMOUNTS_MAX {
            let Some((seconds, end)) = self.half_hour(next).map(|end| (1800, end)).or_else(|| {
                let (count, unit, end) = self.counted_unit(next)?;
                let (seconds, days, months) = match unit {
                    Unit::Second => (count, 0, 0),
                    Unit::Minute => (count * 60, 0, 0),
                    Unit::Hour => (count * 3600, 0, 0),
                    Unit::Day => (0, count, 0),
                    Unit::Week => (0, count * 7, 0),
                    Unit::Month => (0, 0, count),
                    Unit::Year => (0, 0, count * 12),
                };
                sum.days += days;
                sum.months += months;
                sum.finest = sum.finest.min(unit);
                Some((seconds, end))
            }) else {
                break;
            };
            if seconds == 1800 {
                sum.finest = sum.finest.min(Unit::Minute);
            }
            sum.seconds += seconds;
            last = Some(end);
            next = self.spaces(end);
        }
        Some((sum, last?))
    }

    fn half_hour(&self, at: usize) -> Option<usize> {
        let end = self.starts(at, "ครึ่ง")?;
        self.starts(self.spaces(end), "ชั่วโมง").or_else(|| self.starts(self.spaces(end), "ชม."))
    }

    fn counted_unit(&self, at: usize) -> Option<(i64, Unit, usize)> {
        let (count, end) = match self.number(at) {
            Some((_, 5.., _)) => return None,
            Some((count, _, end)) => (count, end),
            None => self.number_word(at).or_else(|| {
                let word = self.latin_word(at)?;
                let is_one = ["a", "an", "one"].iter().any(|one| one.eq_ignore_ascii_case(word));
                is_one.then_some((1, at + word.len()))
            })?,
        };
        if self.rest(at).starts_with(|c: char| c.is_ascii_digit()) && !self.may_follow_amount(at) {
            return None;
        }
        let (unit, end) =
            UNITS.iter().find_map(|&(name, unit)| Some((unit, self.starts(self.spaces(end), name)?)))?;
        Some((count, unit, end))
    }

    /// A number may begin here: at the start of one, or behind another amount (`1 ชม.30 นาที`).
    fn may_follow_amount(&self, at: usize) -> bool {
        self.is_number_start(at) || self.text.get(..at).is_some_and(|head| head.ends_with("ชม."))
    }

    /// `ที่แล้ว`, `ก่อน`, `ago`; not `3 วันก่อนเลือกตั้ง`, which counts from another day.
    fn ago(&self, at: usize) -> Option<usize> {
        ["ที่แล้ว", "ที่ผ่านมา", "ก่อนหน้านี้", "มาแล้ว", "ago"].iter().find_map(|ago| self.starts(at, ago)).or_else(
            || {
                let end = self.starts(at, "ก่อน")?;
                (!self.after(end).is_some_and(is_thai_letter)).then_some(end)
            },
        )
    }

    /// `เดือนนี้`, `เดือนที่แล้ว`, `เดือนหน้า`: a day of that month.
    pub(super) fn relative_month(&self, at: usize) -> Option<(Date, usize)> {
        let word = self.spaces(self.starts(at, "เดือน")?);
        let (months, end) = self.this_last_next(word)?;
        Some((self.today().checked_add(Span::new().try_months(months).ok()?).ok()?, end))
    }

    /// `ปีนี้`, `ปีที่แล้ว`, `ปีหน้า`, `ศกนี้`.
    pub(super) fn relative_year(&self, at: usize) -> Option<(i16, usize)> {
        if let Some(end) = self.starts(at, "ศกนี้") {
            return Some((self.today().year(), end));
        }
        let word = self.starts(at, "ปี")?;
        if let Some(end) = self.starts(word, "กลาย") {
            return Some((self.today().year() - 1, end));
        }
        let (years, end) = self.this_last_next(word)?;
        Some((self.today().year() + years as i16, end))
    }

    /// `สัปดาห์ที่แล้ว`, `อาทิตย์หน้า`, `สุดสัปดาห์นี้`.
    fn relative_week(&self, at: usize) -> Option<(Core, usize)> {
        let weekend = ["สุดสัปดาห์", "วันเสาร์-อาทิตย์", "เสาร์-อาทิตย์", "เสาร์อาทิตย์"];
        if let Some((step, end)) =
            weekend.iter().find_map(|word| self.this_last_next(self.spaces(self.starts(at, word)?)))
        {
            return self.week(step, 5, end);
        }
        // วันอาทิตย์ที่แล้ว is a Sunday, อาทิตย์ที่แล้ว a week.
        let is_sunday = self.text.get(..at).is_some_and(|head| head.ends_with("วัน"));
        let end = self.starts(at, "สัปดาห์").or_else(|| self.starts(at, "อาทิตย์").filter(|_| !is_sunday))?;
        let (step, end) = self.this_last_next(self.spaces(end)).filter(|_| !self.is_counted(at))?;
        self.week(step, 0, end)
    }

    /// The week `step` weeks from that of the base, from its day `first` (Monday is 0) to Sunday.
    fn week(&self, step: i64, first: i64, end: usize) -> Option<(Core, usize)> {
        let today = self.today();
        let monday = shifted(today, step * 7 - i64::from(Weekday::Monday.until(today.weekday())))?;
        Some((Core::FixedDays(shifted(monday, first)?, shifted(monday, 6)?), end))
    }

    /// `last week`, `this month`, `next year`.
    fn english_step(&self, at: usize) -> Option<(Core, usize)> {
        let step = match self.latin_word(at)?.to_ascii_lowercase().as_str() {
            "last" => -1,
            "this" => 0,
            "next" => 1,
            _ => return None,
        };
        let unit_at = self.spaces(at + 4);
        let unit = self.latin_word(unit_at)?;
        let end = unit_at + unit.len();
        match unit.to_ascii_lowercase().as_str() {
            "week" => self.week(step, 0, end),
            "weekend" => self.week(step, 5, end),
            "month" => {
                let month = self.today().checked_add(Span::new().try_months(step).ok()?).ok()?;
                Some((Core::FixedMonth(month), end))
            }
            "year" => Some((Core::FixedYear(self.today().year() + step as i16), end)),
            _ => None,
        }
    }

    /// The step that a word names, and its end. `ก่อนหน้า` counts from something else than the base.
    pub(super) fn this_last_next(&self, at: usize) -> Option<(i64, usize)> {
        let steps =
            [("นี้", 0), ("ที่แล้ว", -1), ("ที่ผ่านมา", -1), ("ก่อน", -1), ("หน้า", 1), ("ที่จะถึงนี้", 1), ("ที่จะถึง", 1)];
        let found = steps.iter().find_map(|&(word, step)| Some((step, self.starts(at, word)?)))?;
        (!self.rest(found.1).starts_with("หน้า")).then_some(found)
    }
}
