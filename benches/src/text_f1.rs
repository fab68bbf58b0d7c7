//! Word F1 of a segmentation: exact spans, white space dropped, tokens split at white space.

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

/// Counts of words over any number of lines.
#[derive(Clone, Copy, Debug, Default)]
pub struct Score {
    gold: usize,
    found: usize,
    right: usize,
}

impl Score {
    /// Adds one line, cut into tokens by the gold standard and by a segmenter. Both must join to the same text.
    pub fn add(&mut self, gold: &[impl AsRef<str>], found: &[impl AsRef<str>]) {
        let gold: HashSet<_> = spans(gold).into_iter().collect();
        let found = spans(found);
        self.gold += gold.len();
        self.found += found.len();
        self.right += found.iter().filter(|span| gold.contains(span)).count();
    }

    /// The harmonic mean of precision and recall, from 0 to 100.
    #[must_use]
    pub fn f1(&self) -> f64 {
        200.0 * self.right as f64 / (self.gold + self.found).max(1) as f64
    }

    /// How many words the gold standard has.
    #[must_use]
    pub fn gold_words(&self) -> usize {
        self.gold
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2}", self.f1())
    }
}

/// The byte ranges of the words, white space taken out.
fn spans(tokens: &[impl AsRef<str>]) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    for token in tokens {
        let token = token.as_ref();
        for word in token.split_whitespace() {
            let at = start + (word.as_ptr() as usize - token.as_ptr() as usize);
            out.push(at..at + word.len());
        }
        start += token.len();
    }
    out
}
