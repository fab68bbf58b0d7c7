//! Pairs of letters: a filter for exact runs of letters.
//!
//! A letter here is a base character with the signs on it ([`praden_text::clusters`]): its bounds do not depend on what
//! stands around it, as those of words do. Each two letters in a row are a term, each once for an article, without
//! positions. An article that has a run of letters has all its pairs; whether it has the run is then looked up in its
//! text.

use praden_text::clusters::{clusters, is_attached};

use crate::schema::JOINT;

/// The longest pair, in bytes. Of a longer one, a heap of signs, the first bytes count, here and in what is sought.
const PAIR_BYTES_MAX: usize = 48;

#[derive(Clone, Copy, Default)]
struct Slot {
    round: u32,
    hash: u32,
    start: u32,
    len: u32,
}

/// Gathers the pairs of a field, each once.
#[derive(Default)]
pub(crate) struct PairSet {
    /// A table with open addressing: round, hash, start and length of each pair.
    slots: Vec<Slot>,
    round: u32,
}

/// The table's size: an article of 8,000 bytes has some 750 pairs.
const SLOTS_MIN: usize = 1 << 12;

impl PairSet {
    /// Appends the pairs of a field, joined for the way through tantivy.
    pub(crate) fn append(&mut self, text: &str, joined: &mut String) {
        // At most as many pairs as bytes; a table that is half full at most stays fast.
        let wanted = (text.len() / 2).next_power_of_two().max(SLOTS_MIN);
        if self.slots.len() < wanted {
            self.slots.clear();
            self.slots.resize(wanted, Slot::default());
            self.round = 0;
        }
        self.round += 1;
        let mut previous: Option<usize> = None;
        for letter in clusters(text) {
            if let Some(start) = previous.replace(letter.start) {
                self.put(text, start, letter.end, joined);
            }
        }
        // The last letter has none after it, and is a term of its own.
        if let Some(start) = previous {
            self.put(text, start, text.len(), joined);
        }
    }

    fn put(&mut self, text: &str, start: usize, end: usize, joined: &mut String) {
        let Some(pair) = text.get(start..end) else { return };
        let pair = cut(pair);
        let mask = self.slots.len() - 1;
        let hash = hash(pair.as_bytes());
        let mut at = hash as usize & mask;
        let fresh = Slot { round: self.round, hash, start: start as u32, len: pair.len() as u32 };
        loop {
            let Some(slot) = self.slots.get_mut(at) else { return };
            if slot.round != self.round {
                *slot = fresh;
                break;
            }
            let (from, to) = (slot.start as usize, (slot.start + slot.len) as usize);
            if slot.hash == hash && text.as_bytes().get(from..to) == Some(pair.as_bytes()) {
                return;
            }
            at = (at + 1) & mask;
        }
        if !joined.is_empty() {
            joined.push(JOINT);
        }
        if memchr::memchr(JOINT as u8, pair.as_bytes()).is_none() {
            joined.push_str(pair);
        } else {
            // What is sought is not filtered by the joint, but by what stands before it.
            joined.push_str(&pair.replace(JOINT, "\u{FFFD}"));
        }
    }
}

/// A hash of the first 16 bytes and the length: nearly all pairs are shorter, and only the speed of a table hangs on it.
fn hash(bytes: &[u8]) -> u32 {
    let word = |at: usize| match bytes.get(at..) {
        Some(&[a, b, c, d, e, f, g, h, ..]) => u64::from_le_bytes([a, b, c, d, e, f, g, h]),
        Some(rest) => rest.iter().fold(0, |word, &byte| word << 8 | u64::from(byte)),
        None => 0,
    };
    let mixed = (word(0) ^ (bytes.len() as u64) << 56).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = ((mixed >> 32) ^ mixed ^ word(8)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed >> 32) as u32
}

fn cut(pair: &str) -> &str {
    if pair.len() <= PAIR_BYTES_MAX {
        pair
    } else {
        pair.get(..pair.floor_char_boundary(PAIR_BYTES_MAX)).unwrap_or(pair)
    }
}

/// The terms that every article with a run of letters has.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Filter<'s> {
    /// It has all of these.
    pub all: Vec<&'s str>,
    /// It has a term that starts so: the last letter may have more signs in the text. Empty where nothing is known.
    pub start: &'s str,
    /// Whether an article with these terms has the run, in title or text, without a look at them.
    pub is_proof: bool,
}

impl<'s> Filter<'s> {
    pub(crate) fn of(sought: &'s str) -> Self {
        let mut letters: Vec<(usize, usize)> =
            clusters(sought).map(|letter| (letter.start, letter.end)).collect();
        // Signs at the start belong to a letter that is not known.
        let is_whole = !sought.starts_with(is_attached);
        if !is_whole && !letters.is_empty() {
            letters.remove(0);
        }
        let mut all: Vec<&str> = Vec::new();
        let mut start = "";
        let mut is_cut = false;
        let mut pair = |from: usize, to: usize| {
            let pair = sought.get(from..to).unwrap_or("");
            is_cut |= cut(pair).len() < pair.len() || pair.contains(JOINT);
            cut(pair)
        };
        match letters.as_slice() {
            [] => {}
            [only] => start = pair(only.0, only.1),
            many => {
                let last = many.len() - 2;
                for (at, two) in many.windows(2).enumerate() {
                    if let [first, second] = two {
                        let pair = pair(first.0, second.1);
                        if at == last {
                            start = pair;
                        } else {
                            all.push(pair);
                        }
                    }
                }
            }
        }
        // What has the joint in it was not made a term.
        all.retain(|pair| !pair.contains(JOINT));
        if start.contains(JOINT) {
            start = "";
        }
        all.sort_unstable();
        all.dedup();
        Self { is_proof: is_whole && letters.len() <= 2 && !is_cut && !start.is_empty(), all, start }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn pairs(text: &str) -> BTreeSet<String> {
        let mut joined = String::new();
        PairSet::default().append(text, &mut joined);
        let all: Vec<String> =
            joined.split(JOINT).filter(|pair| !pair.is_empty()).map(str::to_owned).collect();
        let set: BTreeSet<String> = all.iter().cloned().collect();
        assert_eq!(set.len(), all.len(), "each once");
        set
    }

    #[track_caller]
    fn check(sought: &str, all: &[&str], start: &str, is_proof: bool) {
        let filter = Filter::of(sought);
        assert_eq!(
            (filter.all.as_slice(), filter.start, filter.is_proof),
            (all, start, is_proof),
            "{sought}"
        );
    }

    #[test]
    fn pairs_of_letters_with_their_signs() {
        assert_eq!(pairs("น้ำมาก"), ["น้ำม", "มา", "าก", "ก"].map(str::to_owned).into());
        check("น้ำมาก", &["น้ำม", "มา"], "าก", false);
        check("มา", &[], "มา", true);
        check("ที่", &[], "ที่", true);
        check("่กา", &[], "กา", false);
        check("ี่", &[], "", false);
        check("a\0b", &[], "", false);
    }

    proptest! {
        #[test]
        fn whatever_has_a_run_has_its_pairs(text in "[กขา่ีำab \u{301}\0]{0,30}", from in 0..30_usize, len in 1..12_usize) {
            let letters: Vec<char> = text.chars().collect();
            let sought: String = letters.iter().skip(from).take(len).collect();
            let (pairs, filter) = (pairs(&text), Filter::of(&sought));
            for pair in &filter.all {
                prop_assert!(pairs.contains(*pair), "{:?} of {:?}", pair, sought);
            }
            if !sought.is_empty() {
                prop_assert!(filter.start.is_empty() || pairs.iter().any(|pair| pair.starts_with(filter.start)));
            }
        }

        #[test]
        fn a_proof_is_one(text in "[กขา่ีำab ]{0,30}", sought in "[กขา่ีำab]{2,4}") {
            let filter = Filter::of(&sought);
            if filter.is_proof {
                let pairs = pairs(&text);
                let has = filter.all.iter().all(|pair| pairs.contains(*pair))
                    && pairs.iter().any(|pair| pair.starts_with(filter.start));
                prop_assert_eq!(has, text.contains(&sought));
            }
        }
    }
}
