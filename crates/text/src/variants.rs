//! Spelling variants for matching: each function changes words, so none of them is part of normalisation.
//!
//! ```
//! use praden_text::variants::{shorten_stretched, undot};
//! assert_eq!(shorten_stretched("อร่อยมากกกก"), "อร่อยมาก");
//! assert_eq!(undot("ก.พ.ร."), "กพร");
//! ```

use std::borrow::Cow;

/// Shortens every run of three or more of the same letter to one: `มากกกก` to `มาก`, `coooool` to `col`.
///
/// Two in a row stay, because words such as `กรรม`, `สรร` and `สนนราคา` need them. Digits and punctuation stay as they are.
/// Linear; borrows when nothing changes.
#[must_use]
pub fn shorten_stretched(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let (mut kept_to, mut run, mut last) = (0, 0usize, '\0');
    let mut run_start = 0;
    let mut close = |run: usize, last: char, run_start: usize, end: usize| {
        if run >= 3 && last.is_alphabetic() {
            out.push_str(text.get(kept_to..run_start + last.len_utf8()).unwrap_or_default());
            kept_to = end;
        }
    };
    for (at, c) in text.char_indices() {
        if c == last {
            run += 1;
        } else {
            close(run, last, run_start, at);
            (run, last, run_start) = (1, c, at);
        }
    }
    close(run, last, run_start, text.len());
    if kept_to == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(kept_to..).unwrap_or_default());
    Cow::Owned(out)
}

/// Takes the dots (and the spaces after them) out of an abbreviation: `ก.พ.ร.` and `ก. พ. ร.` to `กพร`.
///
/// Meant for one name or abbreviation, not for running text, whose numbers and sentences need their dots.
#[must_use]
pub fn undot(name: &str) -> Cow<'_, str> {
    if !name.contains('.') {
        return Cow::Borrowed(name);
    }
    let mut out = String::with_capacity(name.len());
    let mut after_dot = false;
    for c in name.chars() {
        if c == '.' {
            after_dot = true;
        } else if !(after_dot && c.is_whitespace()) {
            out.push(c);
            after_dot = false;
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretched_letters_shrink() {
        for (text, want) in [
            ("", ""),
            ("มากกกกก", "มาก"),
            ("มากกกกกเลยยยย", "มากเลย"),
            ("กรรมการ", "กรรมการ"),
            ("5555", "5555"),
            ("...", "..."),
            ("ฮืออออออ น่ากลัวววว", "ฮือ น่ากลัว"),
        ] {
            assert_eq!(shorten_stretched(text), want);
        }
    }

    #[test]
    fn abbreviations_lose_their_dots() {
        for (name, want) in
            [("ก.พ.ร.", "กพร"), ("ก. พ. ร.", "กพร"), ("พล.อ.", "พลอ"), ("กทม", "กทม"), ("", "")]
        {
            assert_eq!(undot(name), want);
        }
    }
}
