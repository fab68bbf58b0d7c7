//! The tables the model runs from.

use std::collections::BTreeMap;
use std::fmt;

use super::{
    CLASS_BITS, HEAT_MAX, Key, LANES, Ngram, Row, UNITS_MAX, Unit, WINDOW, class, file, keys, length_of,
    mark, read_units,
};

/// The rows of a model, ready to be looked up.
pub(crate) struct Model {
    /// Open addressing by hash.
    slots: Box<[Slot; SLOTS]>,
    /// Two bits for each hash that occurs: nearly all look-ups of n-grams that are not there end here.
    filter: Box<[u64; FILTER_WORDS]>,
}

/// A place of the table, with the row beside what it is found by, so that looking up waits for one place in memory.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    /// Bits of the hash; 0 when empty.
    print: u32,
    /// The sum of the weights of an n-gram and of all its endings.
    row: Packed,
}

/// A row in one word, the first lane lowest; every weight stands above [`NOTHING`].
type Packed = u64;

/// The row without weights: 128 in every lane.
const NOTHING: Packed = 0x8080_8080_8080_8080;

fn pack(row: Row) -> Packed {
    Packed::from_le_bytes(row.map(|weight| ((weight / COARSER).clamp(-127, 127) + 128) as u8))
}

/// Places of the table, a power of two. At most four in five are used.
const SLOTS: usize = 1 << 17;

/// N-grams beyond this are left out.
pub(super) const NGRAMS_MAX: usize = SLOTS / 5 * 4;

/// Weights of the table are those of the file divided by this, which leaves room for ten logits.
const COARSER: i16 = 2;

/// Words of the filter, a power of two.
const FILTER_WORDS: usize = 1 << 14;

const FILTER_SHIFT: u32 = 64 - FILTER_WORDS.trailing_zeros();
const SLOT_SHIFT: u32 = 64 - SLOTS.trailing_zeros();

/// The hash of one unit.
#[inline]
fn mix(key: Key) -> u64 {
    let mixed = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ mixed >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93)
}

/// How far the hash of a unit turns with each unit that comes after it: the hash of an n-gram is the sum of its units, turned.
const TURN: u32 = 23;

/// The hashes of the n-grams made of the first key, the first two, ...; keys are given from the last unit back.
#[inline]
fn hash_all(keys: impl Iterator<Item = Key>, hashes: &mut [u64]) {
    let (mut hash, mut turn) = (0u64, 0);
    for (key, place) in keys.zip(hashes) {
        hash = hash.wrapping_add(mix(key).rotate_left(turn));
        turn = (turn + TURN) % 64;
        *place = hash;
    }
}

/// The first of the two places, side by side, for a hash.
#[inline]
fn home(hash: u64) -> usize {
    (hash >> SLOT_SHIFT) as usize & !1
}

#[inline]
fn print_of(hash: u64) -> u32 {
    hash as u32 | 1
}

/// Scratch space of the model.
#[derive(Debug, Default)]
pub(crate) struct Work {
    /// What the filter let through at each unit.
    found: Vec<Found>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Found {
    /// The hash of the longest n-gram.
    hash: u64,
    /// Bit `n` for the n-gram of `n` + 1 units.
    lengths: u32,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").finish_non_exhaustive()
    }
}

impl Model {
    /// The model of the crate.
    pub(crate) fn embedded() -> Self {
        let ngrams = file::decode(include_bytes!("../../model/words.bin")).unwrap_or_default();
        debug_assert!(!ngrams.is_empty(), "the embedded model is a model");
        Self::new(&ngrams)
    }

    /// Reads a model file, such as one just trained; `None` when it is not one.
    pub(crate) fn from_bytes(file: &[u8]) -> Option<Self> {
        file::decode(file).map(|ngrams| Self::new(&ngrams))
    }

    fn new(ngrams: &BTreeMap<Key, Ngram>) -> Self {
        let mut known: Vec<(&Key, &Ngram)> =
            ngrams.iter().filter(|(_, ngram)| !ngram.is_silent()).take(NGRAMS_MAX).collect();
        let mut model = Self { slots: boxed(Slot::default()), filter: boxed(0) };
        known.sort_by_key(|&(&key, ngram)| (HEAT_MAX - ngram.heat.min(HEAT_MAX), key));
        for (&key, _) in known {
            let units = units_of(key);
            let row = keys(&units).filter_map(|ending| ngrams.get(&ending)).map(|ending| ending.row);
            let mut hashes = vec![0; units.len()];
            hash_all(units.iter().rev().map(|unit| unit.key), &mut hashes);
            model.insert(hashes.last().copied().unwrap_or_default(), row.fold(Row::default(), sum));
        }
        model
    }

    fn insert(&mut self, hash: u64, row: Row) {
        let mut at = home(hash);
        while self.slots.get(at).is_some_and(|slot| slot.print != 0) {
            at = (at + 1) % SLOTS;
        }
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = Slot { print: print_of(hash), row: pack(row) };
        }
        let (word, first, second) = bits(hash);
        if let Some(word) = self.filter.get_mut(word) {
            *word |= 1 << first | 1 << second;
        }
    }

    /// 1 when the filter knows this hash: always for n-grams of the model, for one in thirty others; else 0.
    #[inline]
    fn may_hold(&self, hash: u64) -> u32 {
        let (word, first, second) = bits(hash);
        let word = self.filter.get(word).copied().unwrap_or_default();
        (word >> first & word >> second) as u32 & 1
    }

    /// Marks the places where a word begins.
    pub(crate) fn mark(&self, units: &[Unit], work: &mut Work, marks: &mut [u8]) {
        self.find(units, work);
        self.add(units, work, marks);
    }

    /// What the filter says of the n-grams that end at each unit.
    ///
    /// Nearly all there is to do here is waiting for memory, so every table is read for the whole paragraph at once, in a loop
    /// without a branch that depends on what is read: the processor then has a dozen reads under way instead of one.
    pub(crate) fn find(&self, units: &[Unit], work: &mut Work) {
        let found = &mut work.found;
        found.clear();
        found.reserve(units.len());
        // The hashes of the last units, turned.
        let mut last = [0u64; UNITS_MAX];
        for unit in units {
            for n in (1..UNITS_MAX).rev() {
                last[n] = last[n - 1].rotate_left(TURN);
            }
            last[0] = mix(unit.key);
            let mut hash = last[0];
            let mut longest = hash;
            let mut lengths = 1;
            for (n, turned) in last.iter().enumerate().skip(1) {
                hash = hash.wrapping_add(*turned);
                let is_known = self.may_hold(hash);
                lengths |= is_known << n;
                longest = if is_known == 0 { longest } else { hash };
            }
            found.push(Found { hash: longest, lengths });
        }
        // The rows are wanted next: let them come.
        let mut touched = 0;
        for found in &*found {
            touched ^= self.slots.get(home(found.hash)).map_or(0, |slot| slot.print);
        }
        std::hint::black_box(touched);
    }

    /// The row of the longest n-gram that ends with unit `at`.
    #[inline]
    fn row(&self, units: &[Unit], at: usize, found: Found) -> Packed {
        let home = home(found.hash);
        let print = print_of(found.hash);
        // Without a branch: which of the two it is cannot be foretold.
        let is_second = self.slots.get(home).is_none_or(|slot| slot.print != print);
        match self.slots.get(home | usize::from(is_second)) {
            Some(slot) if slot.print == print => slot.row,
            _ => self.row_elsewhere(units, at, found),
        }
    }

    /// The same when it is not at the first place for it, or when the filter was wrong.
    #[cold]
    fn row_elsewhere(&self, units: &[Unit], at: usize, found: Found) -> Packed {
        let mut hashes = [0; UNITS_MAX];
        let last = units.get(..=at).unwrap_or_default().iter().rev();
        hash_all(last.map(|unit| unit.key), &mut hashes);
        let mut lengths = found.lengths;
        while lengths != 0 {
            let n = lengths.ilog2() as usize;
            let hash = hashes.get(n).copied().unwrap_or_default();
            let mut place = home(hash);
            while let Some(slot) = self.slots.get(place).filter(|slot| slot.print != 0) {
                if slot.print == print_of(hash) {
                    return slot.row;
                }
                place = (place + 1) % SLOTS;
            }
            lengths ^= 1 << n;
        }
        NOTHING
    }

    /// Adds up the rows.
    pub(crate) fn add(&self, units: &[Unit], work: &Work, marks: &mut [u8]) {
        let mut open = Open::new();
        let mut rows = work.found.iter().enumerate().map(|(at, &found)| self.row(units, at, found));
        for row in rows.by_ref().take(WINDOW - 1) {
            open.add(row);
        }
        for (unit, row) in units.iter().zip(rows.chain(std::iter::repeat_n(NOTHING, WINDOW - 1))) {
            let is_word = open.add(row) & unit.is_free();
            if let Some(mark) = marks.get_mut(unit.first()) {
                *mark |= u8::from(is_word) * mark::WORD;
            }
        }
    }
}

/// The sums of the places that are still open, sixteen bits each: those at even distance in one word and the others in a second,
/// so that moving on by one place is to change the two and to shift one.
struct Open {
    even: u64,
    odd: u64,
}

impl Open {
    /// As if all before the text were units without weights.
    fn new() -> Self {
        let mut open = Self { even: 0, odd: 0 };
        (0..LANES).for_each(|_| _ = open.add(NOTHING));
        open
    }

    /// Adds a row; gives whether the place that is now complete won more than it lost.
    #[inline(always)]
    fn add(&mut self, row: Packed) -> bool {
        const EVEN: u64 = 0x00FF_00FF_00FF_00FF;
        let complete = self.even + (row & EVEN);
        self.even = self.odd + (row >> 8 & EVEN);
        self.odd = complete >> 16;
        complete & 0xFFFF > 128 * LANES as u64
    }
}

const _: () =
    assert!(LANES == 8 && 255 * LANES < 1 << 16, "eight lanes of eight bits, that add up in sixteen");

/// An array that never stands on the stack, where two megabytes are too much for a thread.
#[expect(clippy::expect_used, reason = "the vector has the length of the array")]
fn boxed<T: Clone + fmt::Debug, const N: usize>(value: T) -> Box<[T; N]> {
    vec![value; N].into_boxed_slice().try_into().expect("N values")
}

/// Where the filter keeps a hash: a word, and two bits in it.
#[inline]
fn bits(hash: u64) -> (usize, u32, u32) {
    (
        (hash >> FILTER_SHIFT) as usize,
        (hash >> (FILTER_SHIFT - 6)) as u32 & 63,
        (hash >> (FILTER_SHIFT - 12)) as u32 & 63,
    )
}

/// The units an n-gram is made of.
fn units_of(key: Key) -> Vec<Unit> {
    let classes: Vec<u8> =
        (0..length_of(key)).rev().map(|place| (key >> (CLASS_BITS * place)) as u8 & 0x7F).collect();
    let (mut units, mut marks) = (Vec::new(), Vec::new());
    let units = read_units(&classes, &mut units, &mut marks);
    // Two edges were added, unless they melted with an edge of its own.
    let is_edge = |class: Option<&u8>| class == Some(&class::EDGE);
    let from = usize::from(!is_edge(classes.first()));
    let to = units.len() - usize::from(!is_edge(classes.last()));
    units.get(from..to).unwrap_or_default().to_vec()
}

fn sum(left: Row, right: Row) -> Row {
    std::array::from_fn(|lane| {
        let side = |row: &Row| row.get(lane).copied().unwrap_or_default();
        side(&left).saturating_add(side(&right))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CHARS_MAX, key_of};
    use proptest::prelude::*;
    use std::sync::OnceLock;

    #[test]
    fn an_ngram_is_cut_into_the_units_it_is_made_of() {
        #[track_caller]
        fn check(text: &str, want: &[usize]) {
            let classes: Vec<u8> = text.chars().map(class::class_of).collect();
            let recent = classes.iter().fold(0, |recent, &class| recent << CLASS_BITS | u64::from(class));
            let units = units_of(key_of(recent, classes.len()));
            assert_eq!(units.iter().map(|unit| length_of(unit.key)).collect::<Vec<_>>(), want, "{text:?}");
        }
        check("ก", &[1]);
        check("กรม", &[1, 1, 1]);
        check("เกาะ", &[4]);
        check("น้ำใจ", &[3, 2]);
        check("ตั้งแต่", &[4, 3]);
        check("จันทร์", &[3, 3]);
        check("\nการ", &[1, 2, 1]);
        check("ปี 2", &[2, 1, 1]);
        check("ดี\n", &[2, 1]);
    }

    proptest! {
        /// The tables decide as adding up the row of every n-gram does.
        #[test]
        fn tables_equal_the_plain_sum(classes in prop::collection::vec(class::THAI..class::COUNT, 2..30)) {
            static EMBEDDED: OnceLock<(BTreeMap<Key, Ngram>, Model)> = OnceLock::new();
            let (ngrams, model) = EMBEDDED.get_or_init(|| {
                let ngrams = file::decode(include_bytes!("../../model/words.bin")).expect("a model");
                let model = Model::new(&ngrams);
                (ngrams, model)
            });
            let (mut units, mut marks) = (vec![], vec![]);
            let units = read_units(&classes, &mut units, &mut marks);
            model.mark(units, &mut Work::default(), &mut marks);
            for (at, unit) in units.iter().enumerate().filter(|(_, unit)| unit.is_free()) {
                let mut plain = 0i32;
                for lane in 0..LANES {
                    let Some(end) = (at + WINDOW).checked_sub(lane + 1).filter(|&end| end < units.len()) else {
                        continue;
                    };
                    let rows = keys(&units[..=end]).filter_map(|key| ngrams.get(&key)).map(|ngram| ngram.row);
                    let weight = rows.fold(Row::default(), sum)[lane];
                    plain += i32::from((weight / COARSER).clamp(-127, 127));
                }
                let is_word = marks[unit.first()] & mark::WORD != 0;
                prop_assert_eq!(is_word, plain > 0, "unit {} of {:?}", at, classes);
            }
        }

        /// Units follow one another, stand at characters, and their marks are the same however the text goes on.
        #[test]
        fn units_cover_the_text(classes in prop::collection::vec(0..class::COUNT, 0..40)) {
            let (mut units, mut marks) = (vec![], vec![]);
            let units = read_units(&classes, &mut units, &mut marks);
            prop_assert_eq!(marks.len(), classes.len());
            prop_assert!(units.windows(2).all(|pair| pair[0].first() < pair[1].first() || pair[0].first() == 0));
            prop_assert!(units.iter().all(|unit| unit.first() <= classes.len()));
            for pair in units.windows(2).filter(|pair| pair[1].is_free()) {
                let at = pair[1].first();
                prop_assert!(crate::model::may_cut(classes[at - 1], classes[at]), "{:?} at {}", classes, at);
            }
        }

        #[test]
        fn every_ngram_is_found_again(classes in prop::collection::vec(class::THAI..class::COUNT, 1..=CHARS_MAX)) {
            let recent = classes.iter().fold(0, |recent, &class| recent << CLASS_BITS | u64::from(class));
            let units = units_of(key_of(recent, classes.len()));
            prop_assert_eq!(units.iter().map(|unit| length_of(unit.key)).sum::<usize>(), classes.len());
        }
    }
}
