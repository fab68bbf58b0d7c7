//! Names in a text: months, weekdays, eras and the years behind them.

use jiff::civil::Weekday;

use super::Calendar;
use super::lexicon::{BUDDHIST, COMMON, COUNTED, ENGLISH_MONTHS, THAI_MONTHS, WEEKDAYS};
use super::meaning::Year;
use super::scanner::{Reader, is_thai_letter};

impl Reader<'_> {
    /// A month's Thai name, or its abbreviation with or without dots; English names too. Abbreviations without dots need `is_sure`.
    pub(super) fn month(&self, at: usize, is_sure: bool) -> Option<(i8, usize)> {
        for (number, (name, letters, vowel, others)) in (1..).zip(THAI_MONTHS) {
            if let Some(end) = self.starts(at, name) {
                return Some((number, end));
            }
            if let Some(end) = others.iter().find_map(|name| self.starts(at, name)).filter(|_| is_sure) {
                return Some((number, end));
            }
            if let Some(end) = self.abbreviation(at, letters, vowel, is_sure) {
                return Some((number, end));
            }
        }
        self.english_month(at)
    }

    pub(super) fn abbreviation(
        &self,
        at: usize,
        [first, second]: [char; 2],
        vowel: &str,
        is_sure: bool,
    ) -> Option<usize> {
        let letter =
            |at: usize, letter: char| (self.after(at) == Some(letter)).then_some(at + letter.len_utf8());
        let mut end = at;
        if vowel == "เ" {
            end = self.starts(end, vowel)?;
        }
        end = letter(end, first)?;
        if vowel != "เ" {
            end = self.starts(end, vowel)?;
        }
        let first_dot = self.starts(end, ".");
        end = first_dot.unwrap_or(end);
        // ก พ: without dots on a line only, before a year.
        let is_spaced = self.is_line && is_sure && first_dot.is_none() && self.starts(end, " ").is_some();
        end = letter(if first_dot.is_some() || is_spaced { self.spaces(end) } else { end }, second)?;
        if is_spaced && self.number(self.spaces(end)).is_none() {
            return None;
        }
        let second_dot = self.starts(end, ".");
        end = second_dot.unwrap_or(end);
        if first_dot.is_none() && (!is_sure || self.before(at).is_none_or(|c| c.is_alphabetic())) {
            return None;
        }
        let mut rest = self.rest(end).chars();
        match (rest.next(), rest.next()) {
            // ก.พ.ร., ก.ค.ศ.: a longer abbreviation. กพร, มีคน: a longer word.
            (Some(next), Some('.')) if is_thai_letter(next) => None,
            (Some(next), _) if second_dot.is_none() && is_thai_letter(next) => None,
            _ => Some(end),
        }
    }

    pub(super) fn english_month(&self, at: usize) -> Option<(i8, usize)> {
        let word = self.latin_word(at)?;
        let is_name = |name: &str| {
            name.eq_ignore_ascii_case(word)
                || (word.len() == 3 && name.get(..3).is_some_and(|short| short.eq_ignore_ascii_case(word)))
                || (word.eq_ignore_ascii_case("sept") && name == "september")
        };
        let month = ENGLISH_MONTHS.iter().position(|name| is_name(name))?;
        let end = at + word.len();
        Some((month as i8 + 1, self.starts(end, ".").unwrap_or(end)))
    }

    pub(super) fn weekday(&self, at: usize) -> Option<(Weekday, usize)> {
        let name_start = self.spaces(self.skip_any(at, &["วัน"]));
        let has_word = name_start > at;
        WEEKDAYS.iter().find_map(|&(name, short, english, weekday)| {
            if let Some(end) = self.starts(name_start, name) {
                return Some((weekday, end));
            }
            if let Some(word) = self.latin_word(name_start) {
                let is_name = english.eq_ignore_ascii_case(word)
                    || (word.len() == 3
                        && english.get(..3).is_some_and(|short| short.eq_ignore_ascii_case(word)));
                return is_name.then(|| (weekday, name_start + word.len()));
            }
            // จ. is a province too: alone it counts only before a day.
            let end = self.starts(name_start, short)?;
            let is_sure = has_word || self.number(self.gap(end, &["ที่", ","])).is_some();
            (is_sure && !self.before(at).is_some_and(is_thai_letter)).then_some((weekday, end))
        })
    }

    pub(super) fn era(&self, at: usize) -> (Option<Calendar>, usize) {
        for (words, era) in [(BUDDHIST, Calendar::Buddhist), (COMMON, Calendar::Common)] {
            // Not the end of a word: since 2018, Conference 2022.
            let is_word = |word: &str| !word.is_ascii() || !self.before(at).is_some_and(char::is_alphabetic);
            if let Some(end) =
                words.iter().filter(|word| is_word(word)).find_map(|word| self.starts(at, word))
            {
                return (Some(era), self.spaces(end));
            }
        }
        (None, at)
    }

    /// A year behind a month: `2567`, `67`, `'67`, `พ.ศ. 2567`, `, 2024`, `/2567`.
    pub(super) fn year_after(&self, at: usize) -> Option<(Year, usize)> {
        // 15 มกราคม (2567).
        if let Some(open) = self.bracketed(at)
            && let Some((number, digits @ 4, end)) = self.number(open)
            && let Some(end) = self.starts(end, ")")
        {
            let year = Year { number, digits, era: None };
            self.year(year, None)?;
            return Some((year, end));
        }
        let start = self.gap(at, &[",", "ของปี", "ปี", "/", "-", "."]);
        let (era, number_start) = self.era(start);
        let number_start = self.spaces(number_start);
        let number_start = self.skip_any(number_start, &["'", "’"]);
        let (number, digits, end) = self.number(number_start)?;
        if !matches!(digits, 2 | 4) {
            return None;
        }
        // A range sign, then the next date: 4 ม.ค. - 6 ม.ค. 2568.
        if self.month(self.gap(end, &[]), true).is_some() || self.english_month(self.gap(end, &[])).is_some()
        {
            return None;
        }
        if digits == 2 && era.is_none() {
            let next = self.after(end);
            let is_time = matches!(next, Some(':'))
                || (next == Some('.') && self.after(end + 1).is_some_and(|c| c.is_ascii_digit()));
            // 15 ม.ค. 14 น., 15 ม.ค. 8 โมง, 15 ม.ค. 20 คน in running text.
            let word = self.spaces(end);
            let is_hour =
                number <= 24 && ["น.", "โมง", "ทุ่ม"].iter().any(|hour| self.starts(word, hour).is_some());
            // Whole words: 20 ม.ค. 30 คน, but 20 ม.ค. 67 คนร้าย, 20 ม.ค. 67 จังหวัดเลย, 20 ม.ค. 67 วันเสาร์.
            let is_whole = |&end: &usize| !self.after(end).is_some_and(is_thai_letter);
            let is_count = COUNTED.iter().any(|count| self.starts(word, count).filter(is_whole).is_some());
            if is_time || is_hour || is_count {
                return None;
            }
        }
        if !(self.is_number_end(end) || matches!(self.after(end), Some('-' | '.'))) {
            return None;
        }
        let year = Year { number, digits, era };
        self.year(year, None)?;
        Some((year, end))
    }
}
