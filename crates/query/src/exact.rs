//! An exact run of letters, wherever words begin and end.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::ops::Range;

use memchr::memmem;

use crate::lexer::is_quote;
use crate::words::lower;

/// Letters that must stand in a field just so: `=น้ำท่วม`, `="ก.พ. 2568"`.
///
/// They are brought into normal form as the articles are (Thai digits, no-break spaces, เเ for แ) and then compared byte
/// by byte with the normalised field: capitals, spaces and punctuation count, and so does every vowel and tone mark.
/// Words do not: what is searched may begin and end anywhere, also inside a letter with its marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exact {
    text: String,
}

impl Exact {
    /// Normalises what was written.
    pub(crate) fn new(written: &str) -> Self {
        Self { text: praden_text::normalize(written).as_str().to_owned() }
    }

    /// Normalises what was written in a query, where a quote written twice is a letter.
    pub(crate) fn read(written: &str) -> Self {
        let mut letters = written.chars();
        let mut plain = String::with_capacity(written.len());
        while let Some(letter) = letters.next() {
            plain.push(letter);
            if is_quote(letter) && letters.as_str().starts_with(letter) {
                letters.next();
            }
        }
        Self::new(&plain)
    }

    /// What is sought, in normal form. At least two letters or digits.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is sought as words are compared: letter by letter in lower case.
    pub fn lower(&self) -> Cow<'_, str> {
        lower(&self.text)
    }

    /// Whether a normalised field has it.
    pub fn is_in(&self, normalized: &str) -> bool {
        memmem::find(normalized.as_bytes(), self.text.as_bytes()).is_some()
    }

    /// Where it stands in a normalised field, in order, not overlapping.
    pub fn places<'t>(&'t self, normalized: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
        memmem::find_iter(normalized.as_bytes(), self.text.as_bytes())
            .map(|start| start..start + self.text.len())
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A quote written twice is a letter.
        f.write_str("=\"")?;
        for letter in self.text.chars() {
            f.write_char(letter)?;
            if is_quote(letter) {
                f.write_char(letter)?;
            }
        }
        f.write_char('"')
    }
}
