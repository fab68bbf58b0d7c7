//! The shapes of a date without its time.

use jiff::civil::{Date, Weekday};

use super::lexicon::{COMMISSION, OTHER_ERAS, THAI_MONTHS};
use super::meaning::{Core, Found, Impossible, Which, Year, shifted, with_clock};
use super::scanner::Reader;
use super::{Calendar, DatePoint};

/// Days of a list or range that share the month behind the last: `4, 5 และ 6 ม.ค.`. The bound keeps the work linear.
const DAYS_MAX: usize = 8;

impl Reader<'_> {
    /// A date without its time: what was said, how to complete it, where it ends.
    pub(super) fn core(&self, at: usize) -> Found<(Core, Which, usize)> {
        if self.is_recurring(at) && !self.rest(at).starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
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
        let has_ordinal = weekday.is_some() && self.starts(self.spaces(after_weekday), "ที่").is_some();
        if (prefix_end > start || has_ordinal)
            && let Some(found) = self.day_alone(number_start)
        {
            return Some(found);
        }
        weekday.and_then(|weekday| self.weekday_alone(weekday, at, after_weekday)).map(Ok)
    }

    /// `2024-01-15`, `2567/10/26`: the year first.
    pub(super) fn iso_date(&self, at: usize) -> Found<(Core, Which, usize)> {
        if self.is_number_start(at) && !self.is_labelled(at) { self.iso_date_here(at) } else { None }
    }

    pub(super) fn iso_date_here(&self, at: usize) -> Found<(Core, Which, usize)> {
        let (year, digits, end) = self.number(at)?;
        if digits != 4 {
            return None;
        }
        let sign = self.after(end).filter(|sign| matches!(sign, '-' | '/' | '.'))?;
        let (month, _, end) = self.number(end + 1).filter(|&(_, digits, _)| digits <= 2)?;
        if self.after(end) != Some(sign) {
            return None;
        }
        let (day, _, end) = self.number(end + 1).filter(|&(_, digits, _)| digits <= 2)?;
        if !self.is_number_end(end) && !self.begins_other_end(end, sign) {
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
    pub(super) fn figures(&self, at: usize) -> Found<(Core, Which, usize)> {
        if self.is_number_start(at) && !self.is_labelled(at) { self.figures_here(at) } else { None }
    }

    /// Whether the other end of a range follows in figures, without a space: `04/01/68-06/01/68`, `2025-01-04/2025-01-06`.
    fn begins_other_end(&self, at: usize, sign: char) -> bool {
        let Some(between @ ('-' | '–' | '/')) = self.after(at) else { return false };
        between != sign
            && matches!(self.number(at + between.len_utf8()), Some((_, 1 | 2 | 4, end)) if self.after(end) == Some(sign))
    }

    pub(super) fn figures_here(&self, at: usize) -> Found<(Core, Which, usize)> {
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
        if !matches!(digits, 2 | 4) || !(self.is_number_end(end) || self.begins_other_end(end, sign)) {
            return None;
        }
        // 67-01-15: no day, so the year comes first.
        if self.is_line && first > 31 && digits == 2 && second <= 12 {
            let core = Core::Day {
                year: Some(Year { number: first, digits: first_digits, era: None }),
                month: Some(second as i8),
                day: year as i8,
            };
            return Some(Ok((core, Which::Latest, end)));
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
    pub(super) fn day_month(&self, at: usize) -> Found<(Core, Which, usize)> {
        if self.is_number_start(at) { self.day_month_here(at) } else { None }
    }

    pub(super) fn day_month_here(&self, at: usize) -> Found<(Core, Which, usize)> {
        self.day_of_list(at, DAYS_MAX)
    }

    /// The day at `at`, whose month may stand behind `more` further days.
    fn day_of_list(&self, at: usize, more: usize) -> Found<(Core, Which, usize)> {
        let (day, digits, day_end) = self.number(at)?;
        if digits > 2 {
            return None;
        }
        let day_end = self.skip_ordinal(day_end);
        let fewer = more.saturating_sub(1);
        // The first day of a range within one month: 4-6 ม.ค. 68. Its month and year are those of the last day.
        if more > 0
            && let Some(last_start) = self.range_sign(day_end)
            && let last_start = self.behind_weekday(last_start)
            && let Some((last_day, last_digits, _)) = self.number(last_start)
            && last_digits <= 2
            && last_day > day
            && let Some(Ok((Core::Day { year, month, .. }, which, _))) =
                self.day_of_list(last_start, fewer).or_else(|| self.figures_here(last_start))
        {
            return Some(Ok((Core::Day { year, month, day: day as i8 }, which, day_end)));
        }
        // So do the days of a list: 4, 5 และ 6 ม.ค. 68.
        if more > 0
            && let Some(next_start) = self.list_sign(day_end)
            && let Some((next_day, 1 | 2, _)) = self.number(next_start)
            && next_day > day
            && let Some(Ok((Core::Day { year, month, .. }, which, _))) = self.day_of_list(next_start, fewer)
        {
            return Some(Ok((Core::Day { year, month, day: day as i8 }, which, day_end)));
        }
        let month_start = self.gap(day_end, &["เดือน", "ของเดือน", "-", "/", ".", "of", ","]);
        let (month, end) = match self.month(month_start, true) {
            Some((month, end)) => (month, end),
            None => {
                if let Some(found) = self.numbered_month(day, day_end) {
                    return Some(Ok(found));
                }
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
        let other_era = OTHER_ERAS.iter().find_map(|era| self.starts(self.spaces(end), era));
        if let Some(end) = other_era {
            return Some(Err(Impossible { end }));
        }
        let found = self.with_year(day as i8, month, end);
        // In running text 2. กค. is a numbered line of the Ministry of Finance.
        let name = self.text.get(month_start..end).unwrap_or_default().trim_end_matches('.');
        let is_undotted = name.chars().count() <= 3 && !name.is_ascii() && !name.contains('.');
        let is_bare = matches!(found, (Core::Day { year: None, .. }, Which::Latest, _));
        (self.is_line || !is_undotted || !is_bare).then_some(Ok(found))
    }

    /// A sign or word between the days of a list; where the next begins.
    fn list_sign(&self, at: usize) -> Option<usize> {
        let sign = self.spaces(at);
        let end = [",", "และ", "กับ", "&"].iter().find_map(|sign_| self.starts(sign, sign_))?;
        let next = self.spaces(end);
        Some(self.spaces(self.skip_any(next, &["และ", "วันที่"])))
    }

    /// Where a date goes on after a weekday: `วันพุธที่ 6`.
    pub(super) fn behind_weekday(&self, at: usize) -> usize {
        self.weekday(at).map_or(at, |(_, end)| self.gap(end, &["ที่", ","]))
    }

    /// `15 เดือน 1 ปี 2567`, the day behind us.
    fn numbered_month(&self, day: i64, day_end: usize) -> Option<(Core, Which, usize)> {
        let word = self.starts(self.spaces(day_end), "เดือน")?;
        let (month, 1 | 2, end) = self.number(self.spaces(word))? else { return None };
        let has_year_word = !self.rest(self.spaces(end)).starts_with(|c: char| c.is_ascii_digit());
        let (year, end) = self.year_after(end).filter(|_| has_year_word)?;
        Some((Core::Day { year: Some(year), month: Some(month as i8), day: day as i8 }, Which::Latest, end))
    }

    pub(super) fn with_year(&self, day: i8, month: i8, end: usize) -> (Core, Which, usize) {
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
    pub(super) fn english(&self, at: usize) -> Found<(Core, Which, usize)> {
        let (month, end) = self.english_month(at)?;
        let (day, digits, end) = self.number(self.gap(end, &[".", "-"]))?;
        if digits > 2 {
            return None;
        }
        let end = self.skip_ordinal(end);
        // Jan 4-6, 2025: the year stands behind the last day.
        if let Some((last, last_digits @ 1..=2, last_end)) =
            self.range_sign(end).and_then(|next| self.number(next))
            && last > day
            && last_digits < 3
            && let Some((year, _)) = self.year_after(self.skip_ordinal(last_end))
        {
            let core = Core::Day { year: Some(year), month: Some(month), day: day as i8 };
            return Some(Ok((core, Which::Latest, end)));
        }
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
    pub(super) fn month_year(&self, at: usize) -> Found<(Core, Which, usize)> {
        let name_start = self.spaces(self.skip_any(at, &["เดือน"]));
        let has_word = name_start > at;
        // เดือน 1 ปี 2567; but ขึ้น 15 ค่ำ เดือน 6 is of the moon.
        let head = self.text.get(..at).unwrap_or_default().trim_end();
        if has_word
            && !head.ends_with("ค่ำ")
            && let Some((month, 1 | 2, end)) = self.number(name_start)
            && !self.rest(self.spaces(end)).starts_with(|c: char| c.is_ascii_digit())
            && let Some((year, end)) = self.year_after(end)
        {
            return Some(Ok((Core::Month { year: Some(year), month: month as i8 }, Which::Latest, end)));
        }
        if !has_word
            && self
                .before(at)
                .is_some_and(|c| c.is_alphanumeric() && self.after(at).is_some_and(|c| c.is_ascii()))
        {
            return None;
        }
        let (month, end) = self.month(name_start, has_word).or_else(|| self.english_month(name_start))?;
        let is_full = THAI_MONTHS.iter().any(|(name, ..)| self.rest(name_start).starts_with(name));
        // ก.พ. is the Civil Service Commission too; 6-4 ม.ค. 68 is a day that went wrong.
        // พ.ค. - ก.ค. 65: the month before makes it one.
        let is_last = head.ends_with(['-', '–']) || head.ends_with("ถึง");
        let is_commission = month == 2 && !is_full && COMMISSION.iter().any(|word| head.ends_with(word));
        let is_day =
            self.is_line && self.number(self.last_number(head)).is_some_and(|(_, digits, _)| digits <= 2);
        if !has_word && (is_commission || is_day) {
            return None;
        }
        if let Some(found) = self.month_near(month, end) {
            return Some(Ok(found));
        }
        match self.year_after(end) {
            // A commission and a number: ก.พ. 60 คน. Two figures count only after a name that can be nothing else.
            Some((year, year_end))
                if year.digits == 4 || year.era.is_some() || self.is_line || has_word || is_last =>
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
    pub(super) fn year_alone(&self, at: usize) -> Found<(Core, Which, usize)> {
        let after_word = self.spaces(self.skip_any(at, &["ปีงบประมาณ", "ปีการศึกษา", "ปี"]));
        let (era, after_era) = self.era(after_word);
        let number_start = self.spaces(self.skip_any(after_era, &["ปี"]));
        if number_start == at {
            return None;
        }
        let (number, digits, end) = self.number(number_start)?;
        let is_year = digits == 4 || (digits == 2 && self.is_line && end == self.text.trim_end().len());
        if !is_year || !(self.is_number_end(end) || self.last_year(number, end).is_some()) {
            return None;
        }
        let year = Year { number, digits, era };
        self.year(year, None)?;
        Some(Ok((Core::Year(year), Which::Latest, end)))
    }

    /// The last of a range of years that ends at `at`: `2566-2570`, `2566/67`, `2566 ถึง 2570`.
    pub(super) fn last_year(&self, first: i64, at: usize) -> Option<(i64, usize)> {
        let tight = self.starts(at, "/").or_else(|| self.starts(at, "-")).or_else(|| self.starts(at, "–"));
        let (number, digits, end) = self.number(tight.or_else(|| self.range_sign(at))?)?;
        let last = match digits {
            4 => number,
            2 if tight.is_some() => first - first % 100 + number,
            _ => return None,
        };
        (last > first && self.is_number_end(end)).then_some((last, end))
    }

    /// `มีนาคมนี้`, `ธันวาคมที่ผ่านมา`, `มีนาคมปีหน้า`, the month behind us.
    fn month_near(&self, month: i8, at: usize) -> Option<(Core, Which, usize)> {
        let word = self.spaces(at);
        let core = Core::Month { year: None, month };
        if let Some((year, end)) = self.relative_year(word) {
            return Some((Core::FixedMonth(Date::new(year, month, 1).ok()?), Which::Latest, end));
        }
        if let Some(end) = self.starts(word, "นี้") {
            return Some((core, Which::Coming, end));
        }
        let end = ["ที่ผ่านมา", "ที่แล้ว"].iter().find_map(|past| self.starts(word, past))?;
        Some((core, Which::Latest, end))
    }

    /// Where the number starts that `head` ends with; its end when it ends with none.
    fn last_number(&self, head: &str) -> usize {
        head.len() - head.bytes().rev().take(4).take_while(u8::is_ascii_digit).count()
    }

    /// `เมื่อวันที่ 5`, `วันที่ 25 นี้`, `วันที่ 19 ที่ผ่านมา`.
    pub(super) fn day_alone(&self, at: usize) -> Found<(Core, Which, usize)> {
        let (day, digits, end) = self.number(at)?;
        if digits > 2 || !self.is_number_end(end) {
            return None;
        }
        let word = self.spaces(end);
        let core = Core::Day { year: None, month: None, day: day as i8 };
        if let Some(end) = self.starts(word, "นี้") {
            return Some(Ok((core, Which::Coming, end)));
        }
        if let Some(end) = self.starts(word, "ที่ผ่านมา") {
            return Some(Ok((core, Which::Latest, end)));
        }
        let head = self.text.get(..at).unwrap_or_default().trim_end();
        (self.is_line || head.ends_with("เมื่อวันที่")).then_some(Ok((core, Which::Latest, end)))
    }

    /// `วันจันทร์ที่ผ่านมา`, `วันศุกร์นี้`, `วันศุกร์หน้า`; on a line of its own also `วันจันทร์`. The name stands at `start` and ends at `at`.
    pub(super) fn weekday_alone(
        &self,
        weekday: Weekday,
        start: usize,
        at: usize,
    ) -> Option<(Core, Which, usize)> {
        let today = self.today();
        let word = self.spaces(at);
        let days_since = i64::from(weekday.until(today.weekday()));
        if let Some(end) = ["ที่ผ่านมา", "ที่แล้ว", "ก่อน"].iter().find_map(|word_| self.starts(word, word_))
        {
            let back = if days_since == 0 { 7 } else { days_since };
            return Some((Core::Fixed(shifted(today, -back)?), Which::Latest, end));
        }
        // The day of the next week, from Monday on.
        if let Some(end) = self.starts(word, "หน้า") {
            let from_monday = |day: Weekday| i64::from(Weekday::Monday.until(day));
            let days = 7 + from_monday(weekday) - from_monday(today.weekday());
            return Some((Core::Fixed(shifted(today, days)?), Which::Latest, end));
        }
        if let Some(end) = ["นี้", "ที่จะถึงนี้", "ที่จะถึง"].iter().find_map(|word_| self.starts(word, word_))
        {
            return Some((
                Core::Fixed(shifted(today, i64::from(today.weekday().until(weekday)))?),
                Which::Coming,
                end,
            ));
        }
        let is_all = self.is_line
            && at == self.text.trim_end().len()
            && self.text.get(..start).is_some_and(|head| head.trim().is_empty());
        is_all.then_some((Core::Fixed(shifted(today, -days_since)?), Which::Latest, at))
    }
}
