//! From places in a text to dates with their times and ranges.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};
use jiff::civil::Date;

use super::lexicon::{BUDDHIST, COMMON, DAYS, ENGLISH_MONTHS, NUMBER_WORDS, THAI_MONTHS, WEEKDAYS};
use super::meaning::{Core, Found, Impossible, Which, Year, timed, with_clock};
use super::scanner::Reader;
use super::{DateMatch, DatePoint, DateValue};

impl Reader<'_> {
    /// Calls `next` with every date or impossible date, in order, until it answers `false`.
    pub(super) fn each(&self, mut next: impl FnMut(Result<DateMatch, Impossible>) -> bool) {
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
    pub(super) fn date_at(&self, at: usize) -> Found<DateMatch> {
        // A time may come first: เวลา 12.56 น. วันที่ 23 มิ.ย. 57.
        let clock_start = self.skip_any(at, &["เวลา"]);
        let (early, date_start) = match self.clock(clock_start, clock_start > at) {
            Some((clock, end)) => {
                let (last, end) = self.until(end);
                let fillers = [")", "วันที่", "ของวันที่", "ของ", "ณ", "เมื่อ", "น.", ",", "|", "-"];
                (Some((clock, last)), self.gap(end, &fillers))
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
        if let Core::FixedDays(_, last) = core {
            found.value = DateValue::Range(point, DatePoint::Day(last));
            return Some(Ok(found));
        }
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
        if let DateValue::One(day @ DatePoint::Day(_)) = found.value {
            let late = || {
                let (clock, clock_end) = self.late_clock(end)?;
                let (last, clock_end) = self.until(clock_end);
                Some(((clock, last), clock_end))
            };
            match early.map(|clocks| (clocks, end)).or_else(late) {
                Some(((clock, last), clock_end)) => {
                    found.precision = clock.precision;
                    let Some(value) = timed(day, clock, last) else {
                        return Some(Err(Impossible { end: clock_end }));
                    };
                    found.value = value;
                    end = clock_end;
                }
                None if self.is_impossible_clock(end) => return Some(Err(Impossible { end })),
                None => {}
            }
        }
        found.end = end;
        Some(self.ranged(found, core))
    }

    pub(super) fn bracketed(&self, at: usize) -> Option<usize> {
        let open = self.spaces(at);
        (self.after(open) == Some('(')).then(|| self.spaces(open + 1))
    }

    /// Whether a date may begin here, after a time.
    pub(super) fn is_date_start(&self, at: usize) -> bool {
        self.core(at).is_some()
    }

    /// The last day behind the first of a month before it: `6, 2025` of `Jan 4-6, 2025`.
    fn last_day(&self, core: Core, at: usize) -> Found<(Core, Which, usize)> {
        let Core::Day { year: Some(first_year), month, .. } = core else { return None };
        let (day, 1 | 2, end) = self.number(at)? else { return None };
        let (year, end) = self.year_after(self.skip_ordinal(end))?;
        let is_same = year.number == first_year.number;
        is_same.then_some(Ok((Core::Day { year: Some(year), month, day: day as i8 }, Which::Latest, end)))
    }

    /// Adds the other end, when a range sign and a second date follow.
    pub(super) fn ranged(&self, found: DateMatch, core: Core) -> Result<DateMatch, Impossible> {
        let DateValue::One(first) = found.value else { return Ok(found) };
        if let (Core::Year(year), DatePoint::Year(_)) = (core, first)
            && let Some((last, end)) = self.last_year(year.number, found.end)
            && let Some((last, ..)) =
                self.resolve(Core::Year(Year { number: last, digits: 4, ..year }), Which::Latest)
        {
            return Ok(DateMatch { value: DateValue::Range(first, last), end, ..found });
        }
        // ISO 8601 has a slash between two dates.
        let slash = || self.starts(found.end, "/").filter(|&next| self.iso_date_here(next).is_some());
        let Some(next) = self.range_sign(found.end).or_else(slash) else { return Ok(found) };
        let second = self
            .day_month_here(next)
            .or_else(|| self.iso_date_here(next))
            .or_else(|| self.figures_here(next))
            .or_else(|| self.last_day(core, next))
            .or_else(|| self.core(next));
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
        // Neither has a year: the first fixes the last, but นี้ behind the last fixes the first.
        match (core, last_core, first, last) {
            (
                Core::Day { year: None, month: Some(month), day },
                Core::Day { year: None, month: Some(last_month), day: last_number },
                DatePoint::Day(first_day),
                DatePoint::Day(last_day),
            ) => {
                let turns = i16::from((month, day) > (last_month, last_number));
                let moved = if last_which == Which::Coming {
                    Date::new(last_day.year() - turns, month, day).map(|day| first = DatePoint::Day(day))
                } else {
                    Date::new(first_day.year() + turns, last_month, last_number)
                        .map(|day| last = DatePoint::Day(day))
                };
                moved.map_err(|_| Impossible { end })?;
            }
            (
                Core::Month { year: None, month },
                Core::Month { year: None, month: last_month },
                DatePoint::Month(year, _),
                _,
            ) if last_which == Which::Latest => {
                last = DatePoint::Month(year + i16::from(month > last_month), last_month);
            }
            _ => {}
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
}

/// Where a date may begin: one automaton over first words and figures.
pub(super) fn triggers() -> Option<&'static AhoCorasick> {
    static TRIGGERS: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    TRIGGERS
        .get_or_init(|| {
            let mut words: Vec<String> = (0..=9).map(|digit| digit.to_string()).collect();
            let fixed = [
                "เวลา",
                "วัน",
                "เดือน",
                "ปี",
                "ตี",
                "บ่าย",
                "เที่ยง",
                "ระหว่างวันที่",
                "เมื่อวันที่",
                "สัปดาห์",
                "สุดสัปดาห์",
                "อีก",
                "ครึ่ง",
                "ทุ่ม",
                "สิบ",
                "ยี่สิบ",
                "last ",
                "this ",
                "next ",
                "an ",
                "a ",
                "one ",
            ];
            words.extend(fixed.map(str::to_owned));
            words.extend(NUMBER_WORDS.map(str::to_owned));
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
