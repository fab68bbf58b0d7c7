//! The letters of an article: runs of five, weighted by how rare they are in Thai news.
//!
//! Outlets that tell the same event in words of their own share its names, places and terms, and little else. A name
//! that no dictionary has is cut into words now so and now so (`คลองท่ากก|ไผ่`, `ท่า|กก|ไผ่`), and as words the two have
//! nothing in common; their letters do. Only the title and the beginning of the text count: there news says what happened.
//!
//! How many articles hold a run stands in `grams.bin`, counted over the same corpus as the table of words: one
//! little-endian `u32` for each run that 32 articles and more hold, the run's hash in the upper 24 bits and the number
//! of binary digits of the count in the lower 8, sorted. `cargo run --release -p praden-stories --example background --
//! grams` makes it anew.

use std::sync::OnceLock;

use crate::sketch::{ByHash, is_letter, lower, mix};

/// Letters in a run: names of villages have hardly fewer, and nearly every longer word has a telling one.
const RUN: u32 = 5;

/// Bits of one letter in the rolling run: enough for any Unicode scalar value.
const LETTER_BITS: u32 = 21;

/// Bytes of the title and of the text that are looked at.
const TITLE_BYTES: usize = 1_000;
const TEXT_BYTES: usize = 3_000;

/// Runs that are kept of an article, the heaviest: an ordinary beginning has fewer.
const GRAMS_MAX: usize = 1_024;

/// Runs by which like articles are looked up, the heaviest.
const LOOKUP: usize = 256;

/// What a run weighs by where it stands, and from how much on more of it says no more.
const IN_TITLE: f32 = 3.0;
const IN_TEXT: f32 = 1.0;
const SATURATION: f32 = 3.0;

/// Logarithm of a rarity that says nothing: a run of letters is shorter than a word, and one in every seventh article is grammar.
const COMMON: f32 = 2.0;

/// Articles of the corpus, and how many are taken to hold a run that the table does not have.
const ARTICLES: f32 = 62_923.0;
const UNKNOWN_ARTICLES: f32 = 8.0;

/// The heaviest weight there is, which the 8 bits of a kept weight stand for.
const WEIGHT_MAX: f32 = 8.0;

static TABLE: &[u8] = include_bytes!("grams.bin");

/// A map from hashes of runs.
type ByRun<T> = ByHash<u32, T>;

/// Hashes of the runs that are not rare, with the number of binary digits of how many articles hold them.
fn table() -> &'static ByRun<u8> {
    static READ: OnceLock<ByRun<u8>> = OnceLock::new();
    READ.get_or_init(|| {
        let records = TABLE.as_chunks::<4>().0.iter().map(|record| u32::from_le_bytes(*record));
        records.map(|record| (record >> 8, record as u8)).collect()
    })
}

/// How rare a run is beyond what says nothing: 0 to about 7.
fn rarity(digits: Option<u8>) -> f32 {
    // A count of n binary digits lies between 2^(n-1) and 2^n.
    let articles = digits.map_or(UNKNOWN_ARTICLES, |digits| 1.4 * f32::powi(2.0, i32::from(digits) - 1));
    ((ARTICLES + 1.0) / (articles + 1.0)).ln() - COMMON
}

/// An article's runs: hash in the upper 24 bits, weight in the lower 8, never zero; in no order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Grams {
    runs: Box<[u32]>,
    length: f32,
    /// Hashes of the heaviest runs, under which like articles are looked up.
    pub lookup: Box<[u32]>,
}

impl Grams {
    /// The runs of a normalised title and text.
    pub(crate) fn of(title: &str, text: &str) -> Self {
        let mut found: ByRun<f32> = ByRun::default();
        let fields = [(title, TITLE_BYTES, IN_TITLE), (text, TEXT_BYTES, IN_TEXT)];
        for (field, bytes, place) in fields {
            let beginning = field.get(..field.floor_char_boundary(bytes)).unwrap_or_default();
            runs(beginning, |run| *found.entry(run).or_default() += place);
        }
        let table = table();
        let mut weighted: Vec<u32> = found
            .into_iter()
            .filter_map(|(run, places)| {
                let weight = rarity(table.get(&run).copied()) * places / (places + SATURATION);
                let kept = (weight / WEIGHT_MAX * 255.0).round().clamp(0.0, 255.0) as u32;
                (kept > 0).then_some(run << 8 | kept)
            })
            .collect();
        heaviest_first(&mut weighted, GRAMS_MAX);
        weighted.truncate(GRAMS_MAX);
        heaviest_first(&mut weighted, LOOKUP);
        let lookup = weighted.iter().take(LOOKUP).map(|run| run >> 8).collect();
        let length = weighted
            .iter()
            .map(|run| weight(*run) * weight(*run))
            .map(|square| square as f32)
            .sum::<f32>()
            .sqrt();
        Self { runs: weighted.into(), length, lookup }
    }
}

/// Calls back with the hash, of 24 bits, of every run of letters in a text. Signs and spaces end a run; the comma within
/// an amount does not.
pub(crate) fn runs(text: &str, mut at: impl FnMut(u32)) {
    let (mut letters, mut run) = (0, 0u128);
    for c in text.chars() {
        if is_letter(c) {
            let letter = lower(c);
            run = (run << LETTER_BITS | u128::from(u32::from(letter))) & ((1 << (RUN * LETTER_BITS)) - 1);
            letters += 1;
            if letters >= RUN {
                at((mix(run as u64 ^ mix((run >> 64) as u64)) >> 40) as u32);
            }
        } else if c != ',' {
            (letters, run) = (0, 0);
        }
    }
}

/// Brings the heaviest runs to the front, in no order there; of equals those with the lower hash.
fn heaviest_first(runs: &mut [u32], count: usize) {
    if runs.len() > count {
        runs.select_nth_unstable_by(count, |a, b| weight(*b).cmp(&weight(*a)).then(a.cmp(b)));
    }
}

/// In how many articles each run of letters stands, for making `grams.bin` anew. Takes about 100 MB.
#[derive(Debug)]
pub struct RunCounts {
    /// For each hash the number of articles, and the last of them.
    counts: Vec<(u16, u32)>,
    articles: u32,
}

impl Default for RunCounts {
    fn default() -> Self {
        Self { counts: vec![(0, 0); 1 << 24], articles: 0 }
    }
}

impl RunCounts {
    /// Counts an article's normalised title and text.
    pub fn add(&mut self, title: &str, text: &str) {
        self.articles += 1;
        for field in [title, text] {
            runs(field, |run| {
                if let Some((count, last)) = self.counts.get_mut(run as usize)
                    && *last != self.articles
                {
                    (*count, *last) = (count.saturating_add(1), self.articles);
                }
            });
        }
    }

    /// The table: runs that `articles_min` articles and more hold, as the module's header describes.
    pub fn table(&self, articles_min: u16) -> Vec<u8> {
        let digits = |count: u16| u16::BITS - count.leading_zeros();
        let counted = self.counts.iter().enumerate().filter(|(_, (count, _))| *count >= articles_min.max(1));
        counted.flat_map(|(run, (count, _))| ((run as u32) << 8 | digits(*count)).to_le_bytes()).collect()
    }
}

const fn weight(run: u32) -> u32 {
    run & 0xFF
}

/// Places of the table below: four times what an article can have.
const SLOTS: usize = 4 * GRAMS_MAX;

/// One article's runs, laid out for being compared with many others.
pub(crate) struct Probe {
    slots: Box<[u32]>,
    length: f32,
}

impl Probe {
    pub(crate) fn of(grams: &Grams) -> Self {
        let mut slots = vec![0; SLOTS].into_boxed_slice();
        for run in &grams.runs {
            if let Some(free) = places(*run).find(|at| slots.get(*at) == Some(&0))
                && let Some(slot) = slots.get_mut(free)
            {
                *slot = *run;
            }
        }
        Self { slots, length: grams.length }
    }

    /// The cosine of two articles' runs, 0 to 1. A microsecond or two.
    pub(crate) fn cosine(&self, other: &Grams) -> f32 {
        let product = |run: &u32| {
            let at = |at| self.slots.get(at).copied().unwrap_or(0);
            let mine = places(*run).map(at).find(|mine| *mine == 0 || mine >> 8 == run >> 8);
            weight(mine.unwrap_or(0)) * weight(*run)
        };
        let sum: u32 = other.runs.iter().map(product).sum();
        let lengths = self.length * other.length;
        if lengths > 0.0 { sum as f32 / lengths } else { 0.0 }
    }
}

/// Where a run may lie, in order.
fn places(run: u32) -> impl Iterator<Item = usize> {
    (0..SLOTS).map(move |step| ((run >> 8) as usize + step) % SLOTS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cosine(a: &str, b: &str) -> f32 {
        Probe::of(&Grams::of("", a)).cosine(&Grams::of("", b))
    }

    #[test]
    fn the_table_is_whole() {
        let records: Vec<u32> =
            TABLE.as_chunks::<4>().0.iter().map(|record| u32::from_le_bytes(*record)).collect();
        assert!(TABLE.len().is_multiple_of(4) && records.len() > 100_000, "{} bytes", TABLE.len());
        assert!(records.is_sorted());
        assert!(records.iter().all(|record| (6..=16).contains(&(record & 0xFF))), "32 articles and more");
    }

    #[test]
    fn names_are_found_however_they_are_joined() {
        let far = cosine("น้ำท่วมที่อำเภอบึงสะแก", "ไฟไหม้ที่อำเภอท่าไพร");
        for (a, b) in [
            ("น้ำท่วมที่อำเภอบึงสะแก", "ชาวบึงสะแกร้องเรียน"),
            ("โกดังนภาวารีเคมีระเบิด", "บริษัท นภาวารีเคมี จำกัด"),
            ("ได้รับ 48,000 บาท", "เงิน 48000บาทหาย"),
        ] {
            let near = cosine(a, b);
            assert!(near > 2.0 * far && near > 0.2, "{a} / {b}: {near}, strangers {far}");
        }
    }

    proptest! {
        #[test]
        fn likeness_is_bounded_and_mutual(title in "[ก-ฮะ-์ a-z,0-9]{0,30}", a in "[ก-ฮะ-์ ]{0,200}", b in ".{0,100}") {
            let (a, b) = (Grams::of(&title, &a), Grams::of(&title, &b));
            let (ab, ba) = (Probe::of(&a).cosine(&b), Probe::of(&b).cosine(&a));
            prop_assert!((ab - ba).abs() < 1e-5 && (0.0..=1.0001).contains(&ab), "{ab} {ba}");
            let own = Probe::of(&a).cosine(&a);
            prop_assert!(a.runs.is_empty() || (own - 1.0).abs() < 1e-4, "{own}");
        }
    }
}
