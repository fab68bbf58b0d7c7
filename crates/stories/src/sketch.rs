//! Near-duplicates: a text's shingles, kept as a small sketch from which the share of common shingles can be read.
//!
//! One-permutation MinHash (Li, Owen, Zhang: One Permutation Hashing, NIPS 2012): every shingle is hashed once and goes
//! to one of [`BINS`] bins, each of which keeps its least hash. Two texts agree in a bin about as often as their
//! shingles agree. Shingles are runs of letters and digits without the spaces between them, because spaces and signs are what
//! reprints change first.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Bins of a sketch. The estimate's standard error is about half of 1/sqrt(bins) around one half: 4 %.
pub(crate) const BINS: usize = 128;

/// Letters in a shingle: about three Thai words, rarely the same by chance.
const SHINGLE: usize = 12;

/// Characters that are looked at. A copy is known by its beginning; a digest of 200,000 characters costs no more than
/// a long article.
const CHARS_MAX: usize = 6_000;

/// Bins in a band. Two texts are compared when all bins of a band agree.
const BAND: usize = 3;

/// What is kept of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sketch {
    bins: Box<[u32; BINS]>,
    filled: u8,
    shingles: u16,
}

const EMPTY: u32 = u32::MAX;

impl Sketch {
    /// The sketch of a title and a text.
    pub(crate) fn of(title: &str, text: &str) -> Self {
        let mut bins = Box::new([EMPTY; BINS]);
        let letters = title.chars().chain(text.chars()).filter(|c| is_letter(*c)).take(CHARS_MAX);
        let mut ring = [0u64; SHINGLE];
        let mut hash = 0u64;
        let mut shingles = 0u16;
        for (at, letter) in letters.enumerate() {
            // A rolling polynomial hash: the letter that leaves the shingle is taken out again.
            let value = mix(u64::from(u32::from(letter)));
            let slot = at % SHINGLE;
            let Some(old) = ring.get_mut(slot) else { continue };
            hash =
                hash.wrapping_mul(PRIME).wrapping_add(value).wrapping_sub(old.wrapping_mul(PRIME_TO_SHINGLE));
            *old = value;
            if at + 1 >= SHINGLE {
                shingles += 1;
                let mixed = mix(hash);
                let bin = (mixed >> 57) as usize;
                // The top value means an empty bin.
                let rank = (mixed as u32).min(EMPTY - 1);
                if let Some(least) = bins.get_mut(bin) {
                    *least = rank.min(*least);
                }
            }
        }
        let filled = bins.iter().filter(|&&bin| bin != EMPTY).count() as u8;
        Self { bins, filled, shingles }
    }

    /// About which share of the shingles of both texts is common, 0 to 1.
    pub(crate) fn resemblance(&self, other: &Self) -> f32 {
        let (mut same, mut filled) = (0u32, 0u32);
        for (a, b) in self.bins.iter().zip(other.bins.iter()) {
            filled += u32::from(*a != EMPTY || *b != EMPTY);
            same += u32::from(a == b && *a != EMPTY);
        }
        if filled == 0 { 0.0 } else { same as f32 / filled as f32 }
    }

    /// About which share of the shorter text stands in the longer one, 0 to 1, given how much of both is common. None where the
    /// longer has more than twice as much: an item in a digest is no copy of the digest.
    pub(crate) fn contained(&self, other: &Self, resemblance: f32) -> Option<f32> {
        let (a, b) = (f32::from(self.shingles), f32::from(other.shingles));
        let shorter = a.min(b);
        (shorter > 0.0 && a.max(b) <= 2.0 * shorter)
            .then(|| (resemblance * (a + b) / (1.0 + resemblance) / shorter).min(1.0))
    }

    /// Whether there is enough text to call another a copy of it.
    pub(crate) fn is_telling(&self) -> bool {
        usize::from(self.filled) >= BINS / 8
    }

    /// Keys under which likely copies meet: one for each band that is full.
    pub(crate) fn bands(&self) -> impl Iterator<Item = u64> + '_ {
        self.bins
            .chunks(BAND)
            .enumerate()
            .filter(|(_, band)| band.len() == BAND && band.iter().all(|&bin| bin != EMPTY))
            .map(|(at, band)| band.iter().fold(mix(at as u64), |key, &bin| mix(key ^ u64::from(bin))))
    }
}

/// Letters and digits, Thai vowels and tones among them: without them ขัน would be ขน.
///
/// Thai and ASCII are asked first: the tables of all Unicode took a quarter of the time.
pub(crate) fn is_letter(c: char) -> bool {
    match c {
        '\u{E01}'..='\u{E2E}' | '\u{E30}'..='\u{E4E}' | '\u{E50}'..='\u{E59}' => true,
        '\0'..='\u{7F}' => c.is_ascii_alphanumeric(),
        _ => c.is_alphanumeric(),
    }
}

/// The lower case of a letter; of several letters the first.
pub(crate) fn lower(c: char) -> char {
    match c {
        '\u{E00}'..='\u{E7F}' => c,
        '\0'..='\u{7F}' => c.to_ascii_lowercase(),
        _ => c.to_lowercase().next().unwrap_or(c),
    }
}

const PRIME: u64 = 0x0000_0100_0000_01B3;
const PRIME_TO_SHINGLE: u64 = {
    let (mut power, mut left) = (1u64, SHINGLE);
    while left > 0 {
        power = power.wrapping_mul(PRIME);
        left -= 1;
    }
    power
};

/// A map by keys that are well mixed already: hashing them again took most of the time.
pub(crate) type ByHash<K, T> = HashMap<K, T, BuildHasherDefault<Spread>>;

/// Spreads the bits of a key over 64: tables take their upper ones.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u32(&mut self, key: u32) {
        self.write_u64(u64::from(key));
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = (self.0 ^ key).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The finisher of SplitMix64: every bit of the input moves every bit of the output.
pub(crate) const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A text of numbered sentences, so that shares of common text are known.
    fn sentences(range: std::ops::Range<usize>) -> String {
        range
            .map(|at| {
                format!(
                    "ประโยคที่ {} ว่าด้วยเรื่อง {} ของบ้านเมือง ",
                    mix(at as u64) % 9_999,
                    mix(at as u64 + 7) % 99_999
                )
            })
            .collect()
    }

    #[test]
    fn resemblance_follows_the_share_of_common_text() {
        let whole = Sketch::of("", &sentences(0..60));
        for (range, least, most) in
            [(0..60, 1.0, 1.0), (5..60, 0.7, 1.0), (30..90, 0.15, 0.6), (100..160, 0.0, 0.25)]
        {
            let got = whole.resemblance(&Sketch::of("", &sentences(range.clone())));
            assert!((least..=most).contains(&got), "{range:?}: {got}");
        }
    }

    #[test]
    fn spaces_and_signs_change_nothing() {
        let (a, b) = (sentences(0..20), sentences(0..20).replace(' ', " - "));
        assert_eq!(Sketch::of("", &a), Sketch::of("", &b));
    }

    #[test]
    fn copies_meet_in_a_band() {
        let a = Sketch::of("หัวเรื่อง", &sentences(0..40));
        let b = Sketch::of("หัวใหม่", &sentences(4..40));
        let bands: Vec<u64> = a.bands().collect();
        assert!(b.bands().any(|band| bands.contains(&band)));
    }

    proptest! {
        #[test]
        fn any_text_has_a_sketch(title in ".{0,40}", text in ".{0,400}") {
            let sketch = Sketch::of(&title, &text);
            let own = sketch.resemblance(&sketch);
            prop_assert!(own == 1.0 || sketch.filled == 0 && own == 0.0);
        }
    }
}
