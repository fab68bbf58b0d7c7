//! How the text of a page is scored: as the README of the suites defines it.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::BTreeMap;

/// Pieces of a text with counts: as the suite's README defines them.
pub(crate) fn shingles(text: &str, kind: Shingle) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    match kind {
        Shingle::Words(size) => {
            // Python's `\w+`: letters, digits and `_`, without marks.
            let words: Vec<&str> = text.split(|c| !is_word(c)).filter(|word| !word.is_empty()).collect();
            for start in 0..words.len().saturating_sub(size - 1).max(usize::from(!words.is_empty())) {
                let piece = words[start..words.len().min(start + size)].join(" ");
                *counts.entry(piece).or_default() += 1;
            }
        }
        Shingle::Letters(size) => {
            let letters: Vec<char> = text.chars().filter(|c| is_word(*c) && *c != '_').collect();
            for start in 0..letters.len().saturating_sub(size - 1).max(usize::from(!letters.is_empty())) {
                let piece = letters[start..letters.len().min(start + size)].iter().collect();
                *counts.entry(piece).or_default() += 1;
            }
        }
    }
    counts
}

#[derive(Clone, Copy)]
pub(crate) enum Shingle {
    Words(usize),
    Letters(usize),
}

/// Python's `\w`: a letter, a number or `_`. Thai vowel and tone signs above and below are marks, and so are not.
fn is_word(c: char) -> bool {
    let thai_mark = matches!(c, '\u{E31}' | '\u{E34}'..='\u{E3A}' | '\u{E47}'..='\u{E4E}');
    c == '_' || c.is_alphanumeric() && !thai_mark
}

/// Precision and recall of a text against the truth; no precision where nothing was found.
pub(crate) fn overlap(truth: &str, found: &str, kind: Shingle) -> (Option<f64>, f64) {
    let (truth, found) = (shingles(truth, kind), shingles(found, kind));
    let shared: usize = truth.iter().map(|(piece, count)| count.min(found.get(piece).unwrap_or(&0))).sum();
    let (of_truth, of_found): (usize, usize) = (truth.values().sum(), found.values().sum());
    let precision = (of_found > 0).then(|| shared as f64 / of_found as f64);
    (precision, shared as f64 / of_truth.max(1) as f64)
}
