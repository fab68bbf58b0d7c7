//! The boundary model: a linear classifier over n-grams of orthographic units, run from tables.
//!
//! A unit is what Thai spelling never tears: a consonant with its vowels and marks, a leading vowel with its consonant, ั with
//! the consonant that closes it; of other things a run of digits, letters or spaces, or one sign. For every place between two units the
//! model asks how strongly the n-grams around it (of at most [`CHARS_MAX`] characters, within [`WINDOW`] units on either side)
//! speak for a word boundary there. An n-gram that ends at one unit speaks about the [`LANES`] places around it, so its weights
//! are one row, and the rows of its own endings are added in when the model is read: a unit costs one table look-up, whatever
//! the number of n-grams that end there. Asking by units halves the look-ups of asking by characters, and nothing but look-ups
//! takes time here. What the answers mean for tokens is left to [`crate::segment`].
//!
//! The file is a tree of n-grams with their weights, written by [`encode`] at the end of training
//! (`benches/src/bin/text_train.rs`).

pub mod class;
mod file;
mod tables;

pub use class::{class_of, is_thai, may_cut};
pub use file::encode;
pub(crate) use tables::{Model, Work};

/// Units on either side of a place that the model sees.
pub const WINDOW: usize = 4;

/// The most units of an n-gram.
pub const UNITS_MAX: usize = 4;

/// The most characters of an n-gram.
pub const CHARS_MAX: usize = 8;

/// The places an n-gram speaks about: from `WINDOW` − 1 before its last unit to `WINDOW` after.
pub const LANES: usize = 2 * WINDOW;

/// A weight of 1.0 (in logits) as the file holds it.
pub const SCALE: f32 = 24.0;

/// One row of weights, in the order of places.
pub type Row = [i16; LANES];

/// An n-gram as a number: seven bits a character, the last one lowest, and a one above the first, so that lengths never meet. A
/// run of digits, letters or spaces is one character here.
pub type Key = u64;

const CLASS_BITS: usize = 7;

/// The n-gram made of the last `n` classes in `recent`.
#[inline]
fn key_of(recent: u64, n: usize) -> Key {
    recent & ((1 << (CLASS_BITS * n)) - 1) | 1 << (CLASS_BITS * n)
}

/// How many characters an n-gram has.
fn length_of(key: Key) -> usize {
    (63 - (key | 1).leading_zeros() as usize) / CLASS_BITS
}

/// What is known of an n-gram of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ngram {
    /// Its weights, without those of its endings.
    pub row: Row,
    /// How often it is the longest known at its place, from 0 to [`HEAT_MAX`]: only for the order in memory.
    pub heat: u8,
}

impl Ngram {
    fn is_silent(&self) -> bool {
        self.row.iter().all(|&weight| weight == 0)
    }
}

/// The greatest heat.
pub const HEAT_MAX: u8 = 3;

/// One unit of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// Its classes as an n-gram of its own, runs being one character. Of a unit of ten characters and more something that no
    /// model knows.
    pub key: Key,
    /// Twice the number of its first character in the text, and one more when the model decides the place before it.
    place: u32,
}

impl Unit {
    /// Its first character in the text.
    #[must_use]
    #[inline]
    pub fn first(&self) -> usize {
        self.place as usize >> 1
    }

    /// Whether the model decides the place before it: on both sides Thai, and no sign that stands alone.
    #[must_use]
    #[inline]
    pub fn is_free(&self) -> bool {
        self.place & 1 != 0
    }
}

/// What is known of the place before a character, as bits.
pub mod mark {
    /// The rules must look: something that is not a Thai letter stands here or ends here.
    pub const RULE: u8 = 0x80;
    /// A word begins here.
    pub const WORD: u8 = 2;
}

/// Cuts a text, given by classes, into units: an edge first, then those of the text, then an edge. (Line ends at an edge belong
/// to it.) Gives them, at the front of `units`; what is behind them has no meaning. Fills `marks`, one for each class, with the
/// places for rules.
pub fn read_units<'u>(classes: &[u8], units: &'u mut Vec<Unit>, marks: &mut Vec<u8>) -> &'u [Unit] {
    let edge = Unit { key: key_of(u64::from(class::EDGE), 1), place: 0 };
    if units.len() < classes.len() + 2 {
        units.resize(classes.len() + 2, edge);
    }
    if let Some(first) = units.first_mut() {
        *first = edge;
    }
    marks.clear();
    marks.resize(classes.len(), 0);
    let mut reader = Reader { now: edge, left: class::JOINTS[usize::from(class::EDGE)] as u8, number: 0 };
    for (at, (&class, mark)) in classes.iter().zip(marks.iter_mut()).enumerate() {
        *mark = reader.step(class, at as u32, units);
    }
    reader.step(class::EDGE, classes.len() as u32, units);
    units.get(..=reader.number).unwrap_or_default()
}

/// Where [`read_units`] stands.
struct Reader {
    /// The unit that is being read, and its number.
    now: Unit,
    number: usize,
    /// What the last character asks of the next.
    left: u8,
}

impl Reader {
    /// Reads one character; gives its mark. Without a branch, because where units end cannot be foretold: the unit being read is
    /// written with every character, over the last time.
    #[inline(always)]
    fn step(&mut self, class: u8, at: u32, units: &mut [Unit]) -> u8 {
        let joints = class::JOINTS[usize::from(class & 0x7F)];
        let right = (joints >> 8) as u8;
        let joint = self.left & right;
        let is_first = joint & class::joint::ALL == 0;
        let mark = (self.left | right) & class::joint::RULE;
        let Unit { key, place } = self.now;
        let longer = if is_first { 1 } else { key } << CLASS_BITS | u64::from(class);
        self.now = Unit {
            key: if joint & class::joint::RUNS != 0 { key } else { longer },
            place: if is_first { at << 1 | u32::from(mark == 0) } else { place },
        };
        self.number += usize::from(is_first);
        self.left = joints as u8 | (joints >> 16) as u8 & self.left;
        if class == class::THANTHAKHAT && self.now.is_free() {
            self.join(units);
        }
        if let Some(unit) = units.get_mut(self.number) {
            *unit = self.now;
        }
        mark
    }

    /// A silenced consonant belongs to the syllable before it.
    fn join(&mut self, units: &[Unit]) {
        let Some(number) = self.number.checked_sub(1) else { return };
        let Some(before) = units.get(number) else { return };
        let shift = CLASS_BITS * length_of(self.now.key);
        self.now.key = before.key << shift | self.now.key & ((1 << shift) - 1);
        self.now.place = before.place;
        self.number = number;
    }
}

/// The keys of the n-grams of one to [`UNITS_MAX`] units that end with the last of `units`, as far as they are not too long.
pub fn keys(units: &[Unit]) -> impl Iterator<Item = Key> + '_ {
    let mut key = 0;
    let mut size = 0;
    units.iter().rev().take(UNITS_MAX).map_while(move |unit| {
        let shift = CLASS_BITS * size;
        size += length_of(unit.key);
        if size > CHARS_MAX {
            return None;
        }
        key = unit.key << shift | key & ((1 << shift) - 1);
        Some(key)
    })
}
