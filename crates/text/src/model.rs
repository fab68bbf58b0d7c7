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
    match class_of_known(c) {
        class::OTHER if c.is_whitespace() => class::SPACE,
        class::OTHER if c.is_alphabetic() => class::LATIN,
        class => class,
    }
}

/// The classes that can be told without Unicode's tables; [`class::OTHER`] for the rest.
const fn class_of_known(c: char) -> u8 {
    match c {
        '\n' | '\r' => class::EDGE,
        '0'..='9' | '๐'..='๙' => class::DIGIT,
        'a'..='z' | 'A'..='Z' => class::LATIN,
        '.' => class::DOT,
        '(' | '[' | '{' | '"' | '\'' | '“' | '‘' | '«' | '<' => class::OPEN,
        ' ' | '\t' | '\u{0B}' | '\u{0C}' => class::SPACE,
        '!'..='~' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205E}' | '฿' | '๏' | '๚' | '๛' => {
            class::MARK
        }
        '\u{E01}'..='\u{E3A}' => class::THAI + (c as u32 - 0xE01) as u8,
        '\u{E40}'..='\u{E4E}' => class::SARA_E + (c as u32 - 0xE40) as u8,
        _ => class::OTHER,
    }
}

/// Appends the class and the byte offset of every character of `text`, and at the end its length.
pub(crate) fn read(text: &str, classes: &mut Vec<u8>, starts: &mut Vec<u32>) {
    let bytes = text.as_bytes();
    // ASCII needs the most room, Thai a third of it.
    classes.reserve(text.len() / 2);
    starts.reserve(text.len() / 2 + 1);
    let mut at = 0;
    while let Some(&first) = bytes.get(at) {
        // Offsets beyond 4 GiB all count as there.
        starts.push(u32::try_from(at).unwrap_or(u32::MAX));
        if let Some(&class) = ASCII.get(usize::from(first)) {
            classes.push(class);
            at += 1;
        } else if first == 0xE0
            && let Some(&[second @ (0xB8 | 0xB9), third]) = bytes.get(at + 1..at + 3)
        {
            let letter = usize::from(second & 1) << 6 | usize::from(third & 0x3F);
            classes.push(THAI_BLOCK.get(letter).copied().unwrap_or(class::OTHER));
            at += 3;
        } else {
            let c = text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or('\0');
            classes.push(class_of(c));
            at += c.len_utf8();
        }
    }
    starts.push(u32::try_from(at).unwrap_or(u32::MAX));
}

/// The classes of ASCII, by byte.
const ASCII: [u8; 128] = classes_from('\0');

/// The classes of U+0E00 to U+0E7F.
const THAI_BLOCK: [u8; 128] = classes_from('\u{E00}');

const fn classes_from(first: char) -> [u8; 128] {
    let mut classes = [class::OTHER; 128];
    let mut at = 0;
    while at < classes.len() {
        if let Some(c) = char::from_u32(first as u32 + at as u32) {
            classes[at] = class_of_known(c);
        }
        at += 1;
    }
    classes
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

const MAGIC: &[u8; 4] = b"PTM1";

/// Writes a model file: all n-grams as a tree from the first character on, depth first.
///
/// A node is the class plus one, with the top bit set when it has weights; then each weight as a byte of lane, "last" (16) and, on
/// the first, "no children" (32) and the heat (64 times), and a byte of value; then the children and a zero byte, unless it has
/// none. Rows are in [`SCALE`]; values beyond ±127 are cut there. Rows of zeros are left out.
#[must_use]
pub fn encode(ngrams: &BTreeMap<Key, Ngram>) -> Vec<u8> {
    // By characters from the first: for each beginning its own weights, so that parents come before children.
    let mut tree: BTreeMap<Vec<u8>, Ngram> = BTreeMap::new();
    for (&key, ngram) in ngrams {
        if ngram.is_silent() {
            continue;
        }
        let classes: Vec<u8> =
            (0..length_of(key)).rev().map(|place| (key >> (CLASS_BITS * place)) as u8 & 0x7F).collect();
        for length in 1..classes.len() {
            tree.entry(classes.iter().copied().take(length).collect()).or_default();
        }
        tree.insert(classes, *ngram);
    }
    let mut out = MAGIC.to_vec();
    out.extend([WINDOW as u8, NGRAM_MAX as u8]);
    let mut open = 0usize;
    let mut nodes = tree.iter().peekable();
    while let Some((classes, ngram)) = nodes.next() {
        // Close the branches that this node does not continue.
        out.extend(std::iter::repeat_n(0, (open + 1).saturating_sub(classes.len())));
        let has_children = nodes.peek().is_some_and(|(next, _)| next.starts_with(classes));
        let class = classes.last().copied().unwrap_or_default() + 1;
        let weights: Vec<(usize, i16)> =
            ngram.row.iter().copied().enumerate().filter(|&(_, weight)| weight != 0).collect();
        out.push(class | if weights.is_empty() { 0 } else { 0x80 });
        for (number, &(lane, weight)) in weights.iter().enumerate() {
            let last = if number + 1 == weights.len() { 16 } else { 0 };
            let leaf = if number == 0 && !has_children { 32 } else { 0 };
            let heat = if number == 0 { ngram.heat.min(HEAT_MAX) << 6 } else { 0 };
            out.push(lane as u8 | last | leaf | heat);
            out.push(weight.clamp(-127, 127) as i8 as u8);
        }
        // A node with children stays open at its depth.
        open = if has_children { classes.len() } else { classes.len() - 1 };
    }
    out.extend(std::iter::repeat_n(0, open + 1));
    out
}

/// Reads a model file; `None` when it is not one.
fn decode(file: &[u8]) -> Option<BTreeMap<Key, Ngram>> {
    let body = file.strip_prefix(MAGIC)?.strip_prefix(&[WINDOW as u8, NGRAM_MAX as u8])?;
    let mut bytes = body.iter().copied();
    let mut ngrams = BTreeMap::new();
    let mut path: Vec<u8> = Vec::new();
    loop {
        let head = bytes.next()?;
        if head == 0 {
            if path.pop().is_none() {
                return bytes.next().is_none().then_some(ngrams);
            }
            continue;
        }
        path.push((head & 0x7F).checked_sub(1)?);
        if path.len() > NGRAM_MAX {
            return None;
        }
        let mut ngram = Ngram::default();
        let mut is_leaf = false;
        let mut has_more = head & 0x80 != 0;
        while has_more {
            let mark = bytes.next()?;
            *ngram.row.get_mut(usize::from(mark & 15))? = i16::from(bytes.next()? as i8);
            is_leaf |= mark & 32 != 0;
            ngram.heat |= mark >> 6;
            has_more = mark & 16 == 0;
        }
        let recent = path.iter().fold(0, |recent, &class| recent << CLASS_BITS | u64::from(class));
        ngrams.insert(key_of(recent, path.len()), ngram);
        if is_leaf {
            path.pop();
        }
    }
}

/// The rows of a model, ready to be looked up.
pub(crate) struct Model {
    /// The sum of the weights of an n-gram and of all its endings: first for each pair of classes, then for the n-grams of three
    /// and more, the most frequent first, so that what is used often lies together.
    rows: Vec<Packed>,
    /// Open addressing by hash: the key of an n-gram above [`ROW_BITS`], the number of its row below; 0 when empty. Keys live
    /// here and not with the rows, so that looking up waits for one place in memory and not for two.
    index: Box<[u64; INDEX_LEN]>,
    /// A bit for each hash that occurs: nearly all look-ups of n-grams that are not there end here.
    filter: Box<[u64; FILTER_WORDS]>,
}

/// A row in three words, four places of sixteen bits each, the first lowest; every weight stands above [`BIAS`], so that none is
/// negative and words can be added without one place running into the next.
type Packed = [u64; LANES / 4];

/// Twelve rows of at most twice this fit into sixteen bits.
const BIAS: i16 = 2048;

const _: () = assert!(LANES * 2 * (BIAS as usize) < 1 << 16);

fn pack(row: Row) -> Packed {
    let mut words = Packed::default();
    for (lane, weight) in row.into_iter().enumerate() {
        let above = u64::from((weight.clamp(1 - BIAS, BIAS - 1) + BIAS) as u16);
        if let Some(word) = words.get_mut(lane / 4) {
            *word |= above << (16 * (lane % 4));
        }
    }
    words
}

/// Rows for pairs of classes.
const PAIRS: usize = class::COUNT as usize * class::COUNT as usize;

/// Places of the index, a power of two. At most four in five are used.
const INDEX_LEN: usize = 1 << 17;

/// Bits of a row's number: enough for [`PAIRS`] and a full index, and beside them a key still fits into 64 bits.
const ROW_BITS: usize = 20;

const _: () = assert!(PAIRS + INDEX_LEN < 1 << ROW_BITS && CLASS_BITS * NGRAM_MAX + 1 + ROW_BITS <= 64);

/// Words of the filter, a power of two: the top fourteen bits of a hash choose one, so that the compiler knows the index to be in
/// bounds, the next six a bit in it. About one in fifteen is set.
const FILTER_WORDS: usize = 1 << 14;

#[inline]
fn hash(key: Key) -> u64 {
    key.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// The first place of the index for a hash: its top bits, which depend on all characters.
#[inline]
fn index_of(hash: u64) -> usize {
    (hash >> (64 - INDEX_LEN.trailing_zeros())) as usize
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").finish_non_exhaustive()
    }
}

impl Model {
    /// The model of the crate.
    pub(crate) fn embedded() -> Self {
        let ngrams = decode(include_bytes!("../model/words.bin")).unwrap_or_default();
        debug_assert!(!ngrams.is_empty(), "the embedded model is a model");
        Self::new(&ngrams)
    }

    /// Reads a model file, such as one just trained; `None` when it is not one.
    pub(crate) fn from_bytes(file: &[u8]) -> Option<Self> {
        decode(file).map(|ngrams| Self::new(&ngrams))
    }

    fn new(ngrams: &BTreeMap<Key, Ngram>) -> Self {
        let own = |key: Key| ngrams.get(&key).copied().unwrap_or_default().row;
        let mut rows = Vec::with_capacity(PAIRS + ngrams.len());
        for left in 0..class::COUNT {
            for right in 0..class::COUNT {
                let recent = u64::from(left) << CLASS_BITS | u64::from(right);
                rows.push(sum(own(key_of(recent, 2)), own(key_of(recent, 1))));
            }
        }
        let long = ngrams.iter().filter(|&(&key, ngram)| length_of(key) > 2 && !ngram.is_silent());
        let mut long: Vec<(&Key, &Ngram)> = long.take(INDEX_LEN / 5 * 4).collect();
        let mut model =
            Self { rows: vec![], index: Box::new([0; INDEX_LEN]), filter: Box::new([0; FILTER_WORDS]) };
        long.sort_by_key(|&(&key, ngram)| (HEAT_MAX - ngram.heat.min(HEAT_MAX), key));
        for &(&key, ngram) in &long {
            model.insert(key, rows.len());
            rows.push(ngram.row);
        }
        // Now the endings; keys grow with length, so that an ending is complete before it is added to others.
        long.sort_by_key(|&(&key, _)| key);
        for &(&key, _) in &long {
            let ending = rows.get(model.find(key, length_of(key) - 1) as usize).copied().unwrap_or_default();
            if let Some(row) = rows.get_mut(model.find(key, length_of(key)) as usize) {
                *row = sum(*row, ending);
            }
        }
        model.rows = rows.into_iter().map(pack).collect();
        model
    }

    fn insert(&mut self, key: Key, row: usize) {
        let hash = hash(key);
        let mut at = index_of(hash);
        while self.index.get(at).is_some_and(|&place| place != 0) {
            at = (at + 1) % INDEX_LEN;
        }
        if let Some(place) = self.index.get_mut(at) {
            *place = key << ROW_BITS | row as u64;
        }
        if let Some(word) = self.filter.get_mut((hash >> 50) as usize) {
            *word |= 1 << (hash >> 44 & 63);
        }
    }

    /// 1 when the filter knows this hash: always for n-grams of the model, for one in fifteen others; else 0.
    #[inline]
    fn may_hold(&self, hash: u64) -> u32 {
        (self.filter.get((hash >> 50) as usize).copied().unwrap_or_default() >> (hash >> 44 & 63)) as u32 & 1
    }

    /// Lengths of n-grams that end with `recent` and that the filter knows: bit 0 for three characters, and so on.
    ///
    /// All are asked, and without a branch, because which will answer cannot be foretold.
    #[inline]
    fn lengths(&self, recent: u64) -> u32 {
        (0..NGRAM_MAX - 2).map(|at| self.may_hold(hash(key_of(recent, at + 3))) << at).sum()
    }

    /// The row of the longest known n-gram, of at most `n_max` characters, that ends with `recent`.
    fn find(&self, recent: u64, n_max: usize) -> u32 {
        self.resolve(recent, self.lengths(recent) & ((1 << (n_max - 2)) - 1))
    }

    /// The row of the longest n-gram of the given lengths (see [`Self::lengths`]) that ends with `recent`.
    #[inline]
    fn resolve(&self, recent: u64, mut lengths: u32) -> u32 {
        while lengths != 0 {
            let longest = 31 - lengths.leading_zeros();
            let key = key_of(recent, longest as usize + 3);
            let hash = hash(key);
            let mut at = index_of(hash);
            while let Some(&place) = self.index.get(at).filter(|&&place| place != 0) {
                if place >> ROW_BITS == key {
                    return (place & ((1 << ROW_BITS) - 1)) as u32;
                }
                at = (at + 1) % INDEX_LEN;
            }
            lengths ^= 1 << longest;
        }
        pair_row(recent) as u32
    }

    /// Fills `scores`: above 0 where a word begins before that character. Every place gets a score; it means something
    /// at free ones (see [`is_free`]). `ends` is scratch space.
    pub(crate) fn score(&self, classes: &[u8], ends: &mut Vec<u32>, scores: &mut Vec<i16>) {
        self.find_all(classes, ends);
        self.add(classes, ends, scores);
    }

    /// The row of the longest n-gram at every end, with `WINDOW` edges before and behind the text.
    ///
    /// Nearly all there is to do here is waiting for memory, so every table is read for the whole paragraph at once, in a loop
    /// without a branch that depends on what is read: the processor then has a dozen reads under way instead of one.
    pub(crate) fn find_all(&self, classes: &[u8], ends: &mut Vec<u32>) {
        ends.clear();
        ends.reserve(classes.len() + 2 * WINDOW);
        let edges = || std::iter::repeat_n(class::EDGE, WINDOW);
        let padded = || edges().chain(classes.iter().copied()).chain(edges());
        let mut recent = 0;
        let mut touched = 0;
        for class in padded() {
            recent = recent << CLASS_BITS | u64::from(class);
            let lengths = self.lengths(recent);
            let longest = (lengths | 1).ilog2() as usize;
            touched ^=
                self.index.get(index_of(hash(key_of(recent, longest + 3)))).copied().unwrap_or_default();
            ends.push(lengths);
        }
        recent = 0;
        for (class, end) in padded().zip(ends.iter_mut()) {
            recent = recent << CLASS_BITS | u64::from(class);
            *end = self.resolve(recent, *end);
        }
        // The rows are wanted next: let them come.
        for &end in &*ends {
            touched ^= self.rows.get(end as usize).map_or(0, |row| row[0] ^ row[LANES / 4 - 1]);
        }
        std::hint::black_box(touched);
    }

    /// Adds up the rows: the twelve places that are still open are kept in three words and move on by one with each character.
    pub(crate) fn add(&self, classes: &[u8], ends: &[u32], scores: &mut Vec<i16>) {
        scores.clear();
        scores.reserve(classes.len());
        let [mut near, mut middle, mut far] = Packed::default();
        for (number, &end) in ends.iter().enumerate() {
            let [first, second, third] = self.rows.get(end as usize).copied().unwrap_or_default();
            near += first;
            middle += second;
            far += third;
            // The first places lie before the text: not all their rows were added.
            if number + 1 >= LANES && scores.len() < classes.len() {
                scores.push(((near & 0xFFFF) as i32 - LANES as i32 * i32::from(BIAS)) as i16);
            }
            near = near >> 16 | middle << 48;
            middle = middle >> 16 | far << 48;
            far >>= 16;
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

fn pair_row(recent: u64) -> usize {
    let class = |place: usize| (recent >> (CLASS_BITS * place)) as usize & 0x7F;
    class(1) * usize::from(class::COUNT) + class(0)
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
        assert!(rows.keys().filter(|&&key| length_of(key) > 2).count() <= INDEX_LEN / 5 * 4);
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
                (prop::array::uniform12(-127i16..=127), 0..=HEAT_MAX),
                0..20,
            )
        ) {
            let rows: BTreeMap<Key, Ngram> = rows
                .into_iter()
                .map(|(classes, (row, heat))| {
                    let recent = classes.iter().fold(0, |recent, &class| recent << CLASS_BITS | u64::from(class));
                    (key_of(recent, classes.len()), Ngram { row, heat })
                })
                .collect();
            let mut read = decode(&encode(&rows)).expect("a model");
            read.retain(|_, ngram| !ngram.is_silent());
            let mut rows = rows;
            rows.retain(|_, ngram| !ngram.is_silent());
            prop_assert_eq!(read, rows);
        }

        /// The tables give what adding up every n-gram gives.
        #[test]
        fn tables_equal_the_plain_sum(classes in prop::collection::vec(class::THAI..class::THAI + 6, 2..30)) {
            static EMBEDDED: OnceLock<(BTreeMap<Key, Ngram>, Model)> = OnceLock::new();
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
                        plain += rows.get(&key_of(recent, n)).map_or(0, |ngram| ngram.row[lane]);
                    }
                }
                prop_assert_eq!(scores[at], plain, "place {} of {:?}", at, classes);
            }
        }
    }
}
