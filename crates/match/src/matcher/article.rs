//! What is known of an article while its hits are decided.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::ops::Range;

use praden_model::{AcceptRule, AnalyzedText, FieldName};

use super::RejectReason;
use crate::guards::Around;
use crate::surface::Owner;

/// So many hits stand in most articles at most.
const HITS: usize = 32;

/// A place in one of the fields where a form stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit<'m> {
    pub field: FieldName,
    pub start: usize,
    pub end: usize,
    pub owners: &'m [Owner],
    pub state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Counts for the owner at this index.
    Accepted(usize, AcceptRule),
    /// Counts only in context.
    Pending,
    /// Does not count; what lies inside it may.
    Rejected(RejectReason),
    /// Does not count, and nothing inside it does.
    Blocked(RejectReason),
}

pub(super) struct Article<'t> {
    title: &'t AnalyzedText,
    text: &'t AnalyzedText,
    pub hits: Vec<Hit<'t>>,
    /// Where something counts or blocks already, in the title and in the text.
    taken: [Taken; 2],
    /// Remit words that may stand in the article, and where.
    pub remits: Vec<(usize, FieldName, usize, usize)>,
    // How many different ones stand there for each agency that has any, in order; counted when first asked for.
    remit_counts: OnceCell<Vec<(usize, usize)>>,
    /// Where misspelt names may begin: the field, which anchor, and its first byte.
    pub anchors: Vec<(FieldName, usize, usize)>,
}

impl<'t> Article<'t> {
    pub(super) fn new(title: &'t AnalyzedText, text: &'t AnalyzedText) -> Self {
        Self {
            title,
            text,
            hits: Vec::with_capacity(HITS),
            taken: [title, text].map(|field| Taken::of(field.normalized().len())),
            remits: Vec::new(),
            remit_counts: OnceCell::new(),
            anchors: Vec::new(),
        }
    }

    pub(super) fn field(&self, field: FieldName) -> &'t AnalyzedText {
        match field {
            FieldName::Title => self.title,
            FieldName::Text => self.text,
        }
    }

    pub(super) fn is_taken(&self, field: FieldName, range: Range<usize>) -> bool {
        self.taken.get(number(field)).is_some_and(|taken| taken.any(range))
    }

    pub(super) fn take(&mut self, field: FieldName, range: Range<usize>) {
        if let Some(taken) = self.taken.get_mut(number(field)) {
            taken.add(range);
        }
    }

    /// How many words of an agency's remit stand in the article. `remits` says whose remit each word is.
    pub(super) fn remit_words(&self, agency: usize, remits: &[Vec<usize>]) -> usize {
        let counts = self.remit_counts.get_or_init(|| {
            let whole = |&&(_, field, start, end): &&(usize, FieldName, usize, usize)| {
                Around::new(self.field(field).normalized(), start, end).on_clusters()
            };
            let mut words: Vec<usize> = self.remits.iter().filter(whole).map(|&(word, ..)| word).collect();
            words.sort_unstable();
            words.dedup();
            let of_word = |word: usize| remits.get(word).into_iter().flatten().copied();
            let mut agencies: Vec<usize> = words.into_iter().flat_map(of_word).collect();
            agencies.sort_unstable();
            agencies.chunk_by(|a, b| a == b).filter_map(|same| Some((*same.first()?, same.len()))).collect()
        });
        let at = counts.binary_search_by_key(&agency, |&(of, _)| of);
        at.ok().and_then(|at| counts.get(at)).map_or(0, |&(_, count)| count)
    }

    /// The longest name wins: what lies in one that counts, or in one that blocks, does not count.
    pub(super) fn resolve(&mut self) {
        self.hits.sort_unstable_by_key(|hit| (hit.field, Reverse(hit.end - hit.start), hit.start));
        self.taken.iter_mut().for_each(Taken::clear);
        for at in 0..self.hits.len() {
            let Some(&Hit { field, start, end, state, .. }) = self.hits.get(at) else { continue };
            if !matches!(state, State::Accepted(..) | State::Blocked(_)) {
                continue;
            }
            if self.is_taken(field, start..end) {
                if let Some(hit) = self.hits.get_mut(at) {
                    hit.state = State::Rejected(RejectReason::InsideLongerName);
                }
            } else {
                self.take(field, start..end);
            }
        }
    }
}

fn number(field: FieldName) -> usize {
    match field {
        FieldName::Title => 0,
        FieldName::Text => 1,
    }
}

/// Bytes of a text that are taken, a bit each: a list of ranges would make a text of nothing but names cost its square.
struct Taken {
    bits: Vec<u64>,
}

impl Taken {
    fn of(bytes: usize) -> Self {
        Self { bits: vec![0; bytes.div_ceil(64)] }
    }

    fn clear(&mut self) {
        self.bits.fill(0);
    }

    fn any(&self, range: Range<usize>) -> bool {
        words(range).any(|(at, mask)| self.bits.get(at).is_some_and(|bits| bits & mask != 0))
    }

    fn add(&mut self, range: Range<usize>) {
        for (at, mask) in words(range) {
            if let Some(bits) = self.bits.get_mut(at) {
                *bits |= mask;
            }
        }
    }
}

/// The words of 64 bits that hold a range, each with the bits of the range.
fn words(range: Range<usize>) -> impl Iterator<Item = (usize, u64)> {
    let words = if range.is_empty() { 0..0 } else { range.start / 64..(range.end - 1) / 64 + 1 };
    words.map(move |at| {
        let from = range.start.saturating_sub(at * 64);
        let to = (range.end - at * 64).min(64);
        (at, u64::MAX << from & u64::MAX >> (64 - to))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_taken_to_the_byte() {
        for (taken, asked, want) in [
            (3..5, 5..9, false),
            (3..5, 4..9, true),
            (3..5, 0..3, false),
            (60..70, 70..71, false),
            (60..70, 69..300, true),
            (0..200, 128..129, true),
            (64..128, 63..64, false),
            (64..128, 127..128, true),
            (5..5, 0..10, false),
        ] {
            let mut bytes = Taken::of(300);
            bytes.add(taken.clone());
            assert_eq!(bytes.any(asked.clone()), want, "{taken:?} {asked:?}");
        }
    }
}
