//! Looking at one place of a text: numbers, words, gaps, names.

use jiff::Timestamp;
use jiff::civil::Date;

use super::BANGKOK;
use super::lexicon::{LABELS, NUMBER_WORDS};

/// Spaces and fillers looked over between two parts.
pub(super) const GAP_BYTES_MAX: usize = 32;

/// Reads one normalised text. All functions that take `at` look from that byte and answer with the byte behind what they read.
pub(super) struct Reader<'t> {
    pub(super) text: &'t str,
    pub(super) base: Timestamp,
    /// The text is one date line, not running text.
    pub(super) is_line: bool,
}

impl Reader<'_> {
    pub(super) fn today(&self) -> Date {
        BANGKOK.to_datetime(self.base).date()
    }

    pub(super) fn rest(&self, at: usize) -> &str {
        self.text.get(at..).unwrap_or_default()
    }

    pub(super) fn before(&self, at: usize) -> Option<char> {
        self.text.get(..at).and_then(|head| head.chars().next_back())
    }

    pub(super) fn after(&self, at: usize) -> Option<char> {
        self.rest(at).chars().next()
    }

    /// A number of at most 13 figures: value, figures, end.
    pub(super) fn number(&self, at: usize) -> Option<(i64, usize, usize)> {
        let digits = self.rest(at).bytes().take(14).take_while(u8::is_ascii_digit).count();
        let number = self.text.get(at..at + digits)?.parse().ok()?;
        (digits <= 13).then_some((number, digits, at + digits))
    }

    /// A number below 100 in Thai words: `สอง`, `สิบเอ็ด`, `ยี่สิบห้า`. Not the end of a larger one (`หนึ่งร้อยสอง`).
    pub(super) fn number_word(&self, at: usize) -> Option<(i64, usize)> {
        let head = self.text.get(..at).unwrap_or_default();
        if ["สิบ", "ร้อย", "พัน", "หมื่น", "แสน", "ล้าน"].iter().any(|larger| head.ends_with(larger))
        {
            return None;
        }
        let one = |at: usize| {
            (1..).zip(NUMBER_WORDS).find_map(|(number, word)| Some((number, self.starts(at, word)?)))
        };
        let (tens, tens_end) = match one(at) {
            Some((number, end)) if self.starts(end, "สิบ").is_none() => return Some((number, end)),
            Some(tens) => tens,
            None => (if self.starts(at, "ยี่").is_some() { 2 } else { 1 }, self.skip_any(at, &["ยี่"])),
        };
        let ten = self.starts(tens_end, "สิบ")?;
        let (ones, end) =
            self.starts(ten, "เอ็ด").map(|end| (1, end)).or_else(|| one(ten)).unwrap_or((0, ten));
        Some((tens * 10 + ones, end))
    }

    /// Whether the figures at `at` are the number of something, by the word before them.
    pub(super) fn is_labelled(&self, at: usize) -> bool {
        let head = self.text.get(..at).unwrap_or_default().trim_end();
        let ends_with = |label: &&str| {
            head.len()
                .checked_sub(label.len())
                .and_then(|start| head.get(start..))
                .is_some_and(|end| end.eq_ignore_ascii_case(label))
        };
        LABELS.iter().any(ends_with)
    }

    /// Whether `ทุก` stands before: every Monday is no date.
    pub(super) fn is_recurring(&self, at: usize) -> bool {
        let head = self.text.get(..at).unwrap_or_default();
        let head = head.strip_suffix("วัน").unwrap_or(head).trim_end();
        head.ends_with("ทุก") || head.ends_with("ทุกๆ")
    }

    /// Whether no longer number, fraction, path or code runs into this one.
    pub(super) fn is_number_start(&self, at: usize) -> bool {
        let mut before = self.text.get(..at).unwrap_or_default().chars().rev();
        match before.next() {
            Some(c) if c.is_ascii_alphanumeric() => false,
            Some('-' | '.' | '–') => !before.next().is_some_and(|c| c.is_ascii_alphanumeric() || c == '/'),
            Some(',' | ':') => !before.next().is_some_and(|c| c.is_ascii_digit() || c == '/'),
            // A path, when nothing or a space stands before the slash.
            Some('/') => {
                before.next().is_some_and(|c| !c.is_ascii_alphanumeric() && !c.is_whitespace() && c != '/')
            }
            Some('_' | '#' | '=' | '$' | '฿') => false,
            _ => true,
        }
    }

    pub(super) fn is_number_end(&self, at: usize) -> bool {
        let mut after = self.rest(at).chars();
        match after.next() {
            Some(c) if c.is_ascii_digit() => false,
            Some('T' | 't') => true,
            Some(c) if c.is_ascii_alphabetic() || c == '_' || c == '%' => false,
            Some('/' | '-' | '.' | ',') => !after.next().is_some_and(|c| c.is_ascii_digit()),
            _ => true,
        }
    }

    /// The end of `word` when it stands here, ASCII letters in any case.
    pub(super) fn starts(&self, at: usize, word: &str) -> Option<usize> {
        let end = at + word.len();
        self.text.get(at..end).filter(|found| found.eq_ignore_ascii_case(word)).map(|_| end)
    }

    pub(super) fn skip_any(&self, at: usize, words: &[&str]) -> usize {
        words.iter().find_map(|word| self.starts(at, word)).unwrap_or(at)
    }

    pub(super) fn spaces(&self, at: usize) -> usize {
        let rest = self.rest(at);
        let near = rest.get(..rest.floor_char_boundary(GAP_BYTES_MAX)).unwrap_or_default();
        at + near.len() - near.trim_start_matches([' ', '\t', '\n', '\r']).len()
    }

    /// Spaces, at most one of `fillers`, spaces.
    pub(super) fn gap(&self, at: usize, fillers: &[&str]) -> usize {
        let mut end = self.spaces(at);
        // Two fillers at most: "), ", "| เวลา".
        for _ in 0..2 {
            end = self.spaces(self.skip_any(end, fillers));
        }
        end
    }

    pub(super) fn latin_word(&self, at: usize) -> Option<&str> {
        if self.before(at).is_some_and(|c| c.is_ascii_alphabetic()) {
            return None;
        }
        let length = self.rest(at).bytes().take(GAP_BYTES_MAX).take_while(u8::is_ascii_alphabetic).count();
        self.text.get(at..at + length).filter(|word| !word.is_empty())
    }

    pub(super) fn skip_ordinal(&self, at: usize) -> usize {
        ["st", "nd", "rd", "th"].iter().find_map(|suffix| self.starts(at, suffix)).unwrap_or(at)
    }

    /// A sign or word between the ends of a range; where the second begins.
    pub(super) fn range_sign(&self, at: usize) -> Option<usize> {
        let start = self.spaces(at);
        let end = ["จนถึงวันที่", "ถึงวันที่", "จนถึง", "ถึง", "-", "–", "—", "to ", "until "]
            .iter()
            .find_map(|sign| self.starts(start, sign))?;
        let next = self.spaces(end);
        Some(self.spaces(self.skip_any(next, &["วันที่", "เวลา"])))
    }
}

pub(super) fn is_thai_letter(c: char) -> bool {
    ('\u{E01}'..='\u{E4E}').contains(&c) && c != '\u{E3F}'
}
