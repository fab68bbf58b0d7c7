//! The boundary model: a linear classifier over character n-grams, run from tables.
//!
//! For every place between two characters it asks how strongly the n-grams around it (up to [`NGRAM_MAX`] characters within
//! [`WINDOW`] on either side) speak for a word boundary there. An n-gram that ends at one character speaks about the twelve
//! places around it, so its weights are one row of twelve numbers, and the rows of its own endings are added in when the
//! model is read: a character costs one table look-up, whatever the number of n-grams that end there, and a place twelve
//! additions. Which places are asked at all, and what the answers mean for tokens, is left to [`crate::segment`].
//!
//! The file is a tree of n-grams with their weights that are not zero, written by [`encode`] at the end of training
//! (`benches/src/bin/text_train.rs`).

use std::collections::BTreeMap;
use std::fmt;

/// Characters on either side of a place that the model sees.
pub const WINDOW: usize = 6;

/// The longest n-gram.
pub const NGRAM_MAX: usize = 6;

/// The places an n-gram speaks about: from `WINDOW` − 1 before its last character to `WINDOW` after.
pub const LANES: usize = 2 * WINDOW;

/// A weight of 1.0 (in logits) as the file and the tables hold it.
pub const SCALE: f32 = 24.0;

/// One row of weights, in the order of places.
pub type Row = [i16; LANES];

/// Character classes: what the model can tell apart. Thai letters have one each.
pub mod class {
    /// The end of a line or of the text.
    pub const EDGE: u8 = 0;
    /// White space within a line.
    pub const SPACE: u8 = 1;
    /// Arabic and Thai digits.
    pub const DIGIT: u8 = 2;
    /// Letters of other alphabets.
    pub const LATIN: u8 = 3;
    /// A full stop.
    pub const DOT: u8 = 4;
    /// Opening brackets and quotation marks.
    pub const OPEN: u8 = 5;
    /// Other punctuation and symbols.
    pub const MARK: u8 = 6;
    /// Everything else: emoji, combining marks, control characters.
    pub const OTHER: u8 = 7;
    /// ก. The other Thai letters follow in the order of Unicode.
    pub const THAI: u8 = 8;
    /// ฯ.
    pub const PAIYANNOI: u8 = THAI + 0x2E;
    /// ะ, the first vowel that follows its consonant.
    pub const SARA_A: u8 = THAI + 0x2F;
    /// เ, the first leading vowel.
    pub const SARA_E: u8 = THAI + 0x3A;
    /// ๆ.
    pub const YAMOK: u8 = SARA_E + 6;
    /// The number of classes.
    pub const COUNT: u8 = SARA_E + 15;

    const _: () = assert!(COUNT <= 128, "seven bits hold a class");
}

/// The class of a character.
#[must_use]
pub fn class_of(c: char) -> u8 {
    match c {
        '\n' | '\r' => class::EDGE,
        '0'..='9' | '๐'..='๙' => class::DIGIT,
        'a'..='z' | 'A'..='Z' => class::LATIN,
        '.' => class::DOT,
        '(' | '[' | '{' | '"' | '\'' | '“' | '‘' | '«' | '<' => class::OPEN,
        ' ' | '\t' => class::SPACE,
        '!'..='~' | '\u{2010}'..='\u{205E}' | '฿' | '๏' | '๚' | '๛' => class::MARK,
        '\u{E01}'..='\u{E3A}' => class::THAI + (c as u32 - 0xE01) as u8,
        '\u{E40}'..='\u{E4E}' => class::SARA_E + (c as u32 - 0xE40) as u8,
        _ if c.is_whitespace() => class::SPACE,
        _ if c.is_alphabetic() => class::LATIN,
        _ => class::OTHER,
    }
}

/// Whether a class is that of a Thai letter or mark, ๆ and ฯ included.
#[must_use]
pub fn is_thai(class: u8) -> bool {
    class >= class::THAI
}

/// Whether a word may begin with a character of class `right` after one of class `left`, both Thai: not before a vowel or mark
/// that leans on what is before it, not after a leading vowel.
#[must_use]
pub fn may_cut(left: u8, right: u8) -> bool {
    const LEANING: u128 = {
        // ะ ั า ำ ิ ี ึ ื ุ ู ฺ ๅ ็ ่ ้ ๊ ๋ ์ ํ ๎
        let mut set = 0u128;
        let mut class = class::SARA_A;
        while class < class::SARA_E {
            set |= 1 << class;
            class += 1;
        }
        set |= 1 << (class::SARA_E + 5);
        let mut class = class::YAMOK + 1;
        while class < class::COUNT {
            set |= 1 << class;
            class += 1;
        }
        set
    };
    const LEADING: u128 = 0b11111 << class::SARA_E;
    (LEANING >> right) & 1 == 0 && (LEADING >> left) & 1 == 0
}

/// An n-gram as a number: seven bits a character, the last one lowest, and a one above the first, so that lengths never meet.
pub type Key = u64;

const CLASS_BITS: usize = 7;

/// The n-gram made of the last `n` classes in `recent`.
#[inline]
fn key_of(recent: u64, n: usize) -> Key {
    recent & ((1 << (CLASS_BITS * n)) - 1) | 1 << (CLASS_BITS * n)
}

/// How many characters an n-gram has.
fn length_of(key: Key) -> usize {
    (63 - key.leading_zeros() as usize) / CLASS_BITS
}

const MAGIC: &[u8; 4] = b"PTM1";

/// Writes a model file: all n-grams as a tree from the first character on, depth first.
///
/// A node is the class plus one, with the top bit set when it has weights; then each weight as a byte of lane, "last" (16) and, on
/// the first, "no children" (32), and a byte of value; then the children and a zero byte, unless it has none. Rows are in
/// [`SCALE`]; values beyond ±127 are cut there. Rows of zeros are left out.
#[must_use]
pub fn encode(rows: &BTreeMap<Key, Row>) -> Vec<u8> {
    // By characters from the first: for each beginning its own weights, so that parents come before children.
    let mut tree: BTreeMap<Vec<u8>, Row> = BTreeMap::new();
    for (&key, row) in rows {
        if row.iter().all(|&weight| weight == 0) {
            continue;
        }
        let classes: Vec<u8> =
            (0..length_of(key)).rev().map(|place| (key >> (CLASS_BITS * place)) as u8 & 0x7F).collect();
        for length in 1..classes.len() {
            tree.entry(classes.iter().copied().take(length).collect()).or_default();
        }
        tree.insert(classes, *row);
    }
    let mut out = MAGIC.to_vec();
    out.extend([WINDOW as u8, NGRAM_MAX as u8]);
    let mut open = 0usize;
    let mut nodes = tree.iter().peekable();
    while let Some((classes, row)) = nodes.next() {
        // Close the branches that this node does not continue.
        out.extend(std::iter::repeat_n(0, (open + 1).saturating_sub(classes.len())));
        let has_children = nodes.peek().is_some_and(|(next, _)| next.starts_with(classes));
        let class = classes.last().copied().unwrap_or_default() + 1;
        let weights: Vec<(usize, i16)> =
            row.iter().copied().enumerate().filter(|&(_, weight)| weight != 0).collect();
        out.push(class | if weights.is_empty() { 0 } else { 0x80 });
        for (number, &(lane, weight)) in weights.iter().enumerate() {
            let last = if number + 1 == weights.len() { 16 } else { 0 };
            let leaf = if number == 0 && !has_children { 32 } else { 0 };
            out.push(lane as u8 | last | leaf);
            out.push(weight.clamp(-127, 127) as i8 as u8);
        }
        // A node with children stays open at its depth.
        open = if has_children { classes.len() } else { classes.len() - 1 };
    }
    out.extend(std::iter::repeat_n(0, open + 1));
    out
}

/// Reads a model file; `None` when it is not one.
fn decode(file: &[u8]) -> Option<BTreeMap<Key, Row>> {
    let body = file.strip_prefix(MAGIC)?.strip_prefix(&[WINDOW as u8, NGRAM_MAX as u8])?;
    let mut bytes = body.iter().copied();
    let mut rows = BTreeMap::new();
    let mut path: Vec<u8> = Vec::new();
    loop {
        let head = bytes.next()?;
        if head == 0 {
            if path.pop().is_none() {
                return bytes.next().is_none().then_some(rows);
            }
            continue;
        }
        path.push((head & 0x7F).checked_sub(1)?);
        if path.len() > NGRAM_MAX {
            return None;
        }
        let mut row = Row::default();
        let mut is_leaf = false;
        let mut has_more = head & 0x80 != 0;
        while has_more {
            let mark = bytes.next()?;
            *row.get_mut(usize::from(mark & 15))? = i16::from(bytes.next()? as i8);
            is_leaf |= mark & 32 != 0;
            has_more = mark & 16 == 0;
        }
        let recent = path.iter().fold(0, |recent, &class| recent << CLASS_BITS | u64::from(class));
        rows.insert(key_of(recent, path.len()), row);
        if is_leaf {
            path.pop();
        }
    }
}

/// The rows of a model, ready to be looked up.
pub(crate) struct Model {
    /// Open addressing by the hash of n-grams of three and more; behind them one row for each pair of classes.
    slots: Vec<Slot>,
    /// A bit for each hash that occurs: most look-ups of n-grams that are not there end here.
    filter: Vec<u64>,
}

/// An n-gram and the sum of its weights and those of all its endings. Two fill a cache line.
#[derive(Clone, Copy, Default)]
#[repr(C, align(32))]
struct Slot {
    key: Key,
    row: Row,
}

/// Slots for n-grams, a power of two. At most half of them are used.
const SLOTS: usize = 1 << 19;

/// Bits of the filter, a power of two. About one in eight is set.
const FILTER_BITS: usize = 1 << 21;

#[inline]
fn hash(key: Key) -> usize {
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").finish_non_exhaustive()
    }
}

impl Model {
    /// The model of the crate.
    pub(crate) fn embedded() -> Self {
        let rows = decode(include_bytes!("../model/words.bin")).unwrap_or_default();
        debug_assert!(!rows.is_empty(), "the embedded model is a model");
        Self::new(&rows)
    }

    /// Reads a model file, such as one just trained; `None` when it is not one.
    pub(crate) fn from_bytes(file: &[u8]) -> Option<Self> {
        decode(file).map(|rows| Self::new(&rows))
    }

    fn new(rows: &BTreeMap<Key, Row>) -> Self {
        let pairs = usize::from(class::COUNT) * usize::from(class::COUNT);
        let mut model =
            Self { slots: vec![Slot::default(); SLOTS + pairs], filter: vec![0; FILTER_BITS / 64] };
        let own = |key: Key| rows.get(&key).copied().unwrap_or_default();
        for left in 0..class::COUNT {
            for right in 0..class::COUNT {
                let recent = u64::from(left) << CLASS_BITS | u64::from(right);
                let row = sum(own(key_of(recent, 2)), own(key_of(recent, 1)));
                if let Some(slot) = model.slots.get_mut(pair_slot(recent)) {
                    slot.row = row;
                }
            }
        }
        // Keys grow with length, so that endings are in place before the n-grams they belong to.
        for (&key, &row) in rows.iter().filter(|&(&key, _)| length_of(key) > 2).take(SLOTS / 2) {
            let ending = model.find(key, length_of(key) - 1);
            let row = sum(row, model.row(ending));
            let mut at = hash(key) % SLOTS;
            while model.slots.get(at).is_some_and(|slot| slot.key != 0) {
                at = (at + 1) % SLOTS;
            }
            if let Some(slot) = model.slots.get_mut(at) {
                *slot = Slot { key, row };
            }
            let bit = hash(key) % FILTER_BITS;
            if let Some(word) = model.filter.get_mut(bit / 64) {
                *word |= 1 << (bit % 64);
            }
        }
        model
    }

    #[inline]
    fn row(&self, slot: u32) -> Row {
        self.slots.get(slot as usize).map(|slot| slot.row).unwrap_or_default()
    }

    #[inline]
    fn may_hold(&self, key: Key) -> bool {
        let bit = hash(key) % FILTER_BITS;
        self.filter.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 != 0)
    }

    /// The slot of the longest known n-gram, of at most `n_max` characters, that ends with `recent`.
    #[inline]
    fn find(&self, recent: u64, n_max: usize) -> u32 {
        for n in (3..=n_max).rev() {
            let key = key_of(recent, n);
            if !self.may_hold(key) {
                continue;
            }
            let mut at = hash(key) % SLOTS;
            while let Some(slot) = self.slots.get(at).filter(|slot| slot.key != 0) {
                if slot.key == key {
                    return at as u32;
                }
                at = (at + 1) % SLOTS;
            }
        }
        pair_slot(recent) as u32
    }

    /// Fills `scores`: above 0 where a word begins before that character. Only free places (see [`is_free`]) are asked; the others stay 0.
    pub(crate) fn score(&self, classes: &[u8], ends: &mut Vec<u32>, scores: &mut Vec<i16>) {
        ends.clear();
        ends.reserve(classes.len() + 2 * WINDOW);
        let mut recent = 0;
        let edges = || std::iter::repeat_n(class::EDGE, WINDOW);
        for class in edges().chain(classes.iter().copied()).chain(edges()) {
            recent = recent << CLASS_BITS | u64::from(class);
            ends.push(self.find(recent, NGRAM_MAX));
        }
        scores.clear();
        scores.resize(classes.len(), 0);
        let pairs = classes.iter().zip(classes.iter().skip(1));
        for (at, (&left, &right)) in (1..).zip(pairs) {
            if !is_free(left, right) {
                continue;
            }
            // With the edges in front, these are the ends from WINDOW before the place to WINDOW − 1 after it.
            let window = ends.get(at..at + LANES).unwrap_or_default();
            let score: i16 = window
                .iter()
                .rev()
                .enumerate()
                .map(|(lane, &slot)| {
                    self.slots
                        .get(slot as usize)
                        .and_then(|slot| slot.row.get(lane))
                        .copied()
                        .unwrap_or_default()
                })
                .fold(0, i16::wrapping_add);
            if let Some(place) = scores.get_mut(at) {
                *place = score;
            }
        }
    }
}

/// Whether the model decides the place between two characters: both are Thai letters, and the script allows a cut.
#[must_use]
#[inline]
pub fn is_free(left: u8, right: u8) -> bool {
    let is_sign = |class| class == class::YAMOK || class == class::PAIYANNOI;
    is_thai(left) && is_thai(right) && !is_sign(left) && !is_sign(right) && may_cut(left, right)
}

fn pair_slot(recent: u64) -> usize {
    let class = |place: usize| (recent >> (CLASS_BITS * place)) as usize & 0x7F;
    SLOTS + class(1) * usize::from(class::COUNT) + class(0)
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
    use proptest::prelude::*;
    use std::sync::OnceLock;

    #[test]
    fn the_embedded_model_is_small_and_whole() {
        let file = include_bytes!("../model/words.bin");
        assert!(file.len() <= 1_500_000, "{} bytes", file.len());
        let rows = decode(file).expect("a model");
        assert!(rows.keys().filter(|&&key| length_of(key) > 2).count() <= SLOTS / 2);
        assert_eq!(encode(&rows), file);
    }

    #[test]
    fn files_that_are_no_models_are_refused() {
        let file = include_bytes!("../model/words.bin");
        for wrong in [&[][..], b"PTM1", &file[..file.len() / 2], &file[1..], &[file, &[0u8][..]].concat()] {
            assert!(decode(wrong).is_none());
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            rows in prop::collection::btree_map(
                prop::collection::vec(0..class::COUNT, 1..=NGRAM_MAX),
                prop::array::uniform12(-127i16..=127),
                0..20,
            )
        ) {
            let rows: BTreeMap<Key, Row> = rows
                .into_iter()
                .map(|(classes, row)| {
                    let recent = classes.iter().fold(0, |recent, &class| recent << CLASS_BITS | u64::from(class));
                    (key_of(recent, classes.len()), row)
                })
                .collect();
            let mut read = decode(&encode(&rows)).expect("a model");
            read.retain(|_, row| *row != Row::default());
            let mut rows = rows;
            rows.retain(|_, row| *row != Row::default());
            prop_assert_eq!(read, rows);
        }

        /// The tables give what adding up every n-gram gives.
        #[test]
        fn tables_equal_the_plain_sum(classes in prop::collection::vec(class::THAI..class::THAI + 6, 2..30)) {
            static EMBEDDED: OnceLock<(BTreeMap<Key, Row>, Model)> = OnceLock::new();
            let (rows, model) = EMBEDDED.get_or_init(|| {
                let rows = decode(include_bytes!("../model/words.bin")).expect("a model");
                let model = Model::new(&rows);
                (rows, model)
            });
            let (mut ends, mut scores) = (vec![], vec![]);
            model.score(&classes, &mut ends, &mut scores);
            let padded: Vec<u8> = [&[0; WINDOW][..], &classes, &[0; WINDOW]].concat();
            for at in (1..classes.len()).filter(|&at| is_free(classes[at - 1], classes[at])) {
                let mut plain = 0;
                for (lane, end) in (at..at + 2 * WINDOW).rev().enumerate() {
                    for n in 1..=NGRAM_MAX.min(LANES - lane) {
                        let recent = padded[end + 1 - n..=end].iter().fold(0, |recent, &class| recent << CLASS_BITS | u64::from(class));
                        plain += rows.get(&key_of(recent, n)).map_or(0, |row| row[lane]);
                    }
                }
                prop_assert_eq!(scores[at], plain, "place {} of {:?}", at, classes);
            }
        }
    }
}
