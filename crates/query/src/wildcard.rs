//! Words with letters left open: `fl*od`, `gr?y`.

use std::fmt;

use crate::words::lower;

/// A pattern that a whole word must fit, letter by letter: `?` is exactly one letter, `*` any number of them or none.
///
/// A letter here is one character, so a Thai vowel or tone mark counts as one of its own. A pattern looks at one word as
/// the articles are cut, never across words.
///
/// ```
/// let query = praden_query::parse("fl*od OR gr?y", jiff::Timestamp::UNIX_EPOCH)?;
/// let mut fits = Vec::new();
/// query.tree.for_each_phrase(&mut |phrase| {
///     fits.extend(phrase.pattern().map(|pattern| (pattern.fits("flood"), pattern.fits("grey"))));
/// });
/// assert_eq!(fits, [(true, false), (false, true)]);
/// # Ok::<(), praden_query::QueryError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// In normal form, capitals as they were: small letters may be in another order than normal form has them (İ has two),
    /// and canonical text must mean the same when it is read again.
    written: String,
    pieces: Vec<Piece>,
    /// What every word that fits starts with.
    start: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Letter(char),
    One,
    Any,
}

impl Pattern {
    /// Reads a pattern whose letters are in normal form. Capitals become small; stars in a row are one.
    pub(crate) fn new(normalized: &str) -> Self {
        let mut written = String::with_capacity(normalized.len());
        for letter in normalized.chars() {
            if letter != '*' || !written.ends_with('*') {
                written.push(letter);
            }
        }
        let mut pieces = Vec::new();
        for letter in lower(normalized).chars() {
            let piece = match letter {
                '?' => Piece::One,
                '*' if pieces.last() == Some(&Piece::Any) => continue,
                '*' => Piece::Any,
                letter => Piece::Letter(letter),
            };
            pieces.push(piece);
        }
        let letters = pieces.iter().map_while(|piece| match piece {
            Piece::Letter(letter) => Some(*letter),
            Piece::One | Piece::Any => None,
        });
        let start = letters.collect();
        Self { written, pieces, start }
    }

    /// The letters before the first open one, in lower case: where in a sorted dictionary to look. Never empty.
    pub fn start(&self) -> &str {
        &self.start
    }

    /// Whether a term fits. Costs at most the product of both lengths.
    pub fn fits(&self, term: &str) -> bool {
        // The last star may be given up to try one letter later; earlier stars need not be tried again.
        let mut rest = term.chars();
        let mut at = 0;
        let mut again: Option<(usize, std::str::Chars<'_>)> = None;
        loop {
            match self.pieces.get(at) {
                Some(Piece::Any) => {
                    at += 1;
                    again = Some((at, rest.clone()));
                    continue;
                }
                None if rest.as_str().is_empty() => return true,
                Some(piece) => {
                    let mut next = rest.clone();
                    if next
                        .next()
                        .is_some_and(|letter| *piece == Piece::One || *piece == Piece::Letter(letter))
                    {
                        rest = next;
                        at += 1;
                        continue;
                    }
                }
                None => {}
            }
            let Some((from, mut later)) = again.take() else { return false };
            if later.next().is_none() {
                return false;
            }
            (at, rest) = (from, later.clone());
            again = Some((from, later));
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(pattern: &str, fit: &[&str], other: &[&str]) {
        let pattern = Pattern::new(pattern);
        for term in fit {
            assert!(pattern.fits(term), "{pattern} fits {term}");
        }
        for term in other {
            assert!(!pattern.fits(term), "{pattern} does not fit {term}");
        }
    }

    #[test]
    fn stars_and_question_marks() {
        check("fl*od", &["flood", "flod", "flxodod"], &["floods", "aflood", "fld", ""]);
        check("gr?y", &["gray", "grey"], &["gry", "greey"]);
        check("น้?ท่วม", &["น้ำท่วม"], &["น้ท่วม"]);
        check("Aa**b", &["aab", "aaxxb"], &["aa"]);
        check("a*b?", &["abc", "abbx"], &["ab"]);
    }

    proptest! {
        #[test]
        fn fitting_is_what_it_says(pattern in "a[ab?*]{0,6}", term in "[ab]{0,8}") {
            fn fits(pattern: &[char], term: &[char]) -> bool {
                match pattern.split_first() {
                    None => term.is_empty(),
                    Some((&'*', rest)) => (0..=term.len()).any(|skip| fits(rest, &term[skip..])),
                    Some((&letter, rest)) => term.split_first().is_some_and(|(&first, after)| (letter == '?' || letter == first) && fits(rest, after)),
                }
            }
            let (letters, of_term): (Vec<char>, Vec<char>) = (pattern.chars().collect(), term.chars().collect());
            prop_assert_eq!(Pattern::new(&pattern).fits(&term), fits(&letters, &of_term));
        }
    }
}
