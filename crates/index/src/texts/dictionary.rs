//! The dictionary while it is written: which number a unit has, and which word stands in it.
//!
//! Words are told from signs, and set in lower case, once for each unit instead of each time that it comes.

use std::hash::{BuildHasher as _, Hasher as _};
use std::io;
use std::ops::Range;

use foldhash::fast::RandomState;

use super::codec::code;
use super::common::COMMON;
use super::units::read_units;

/// In place of the number of a term, or of a group: none.
const NONE: u32 = u32::MAX;

/// In place of the number of a term: the word is not written as in the unit.
const ELSE: u32 = u32::MAX - 1;

/// Units of so many bytes are kept with what is known of them: one line of the processor's cache has both.
const SHORT_BYTES: usize = 32;
const SHORT_WORDS: usize = SHORT_BYTES / 8;

/// Of so many units, those that came last, the numbers are known without a look into the large table.
const RECENT: usize = 1 << 12;

/// All units that have a number.
pub(super) struct Dictionary {
    entries: Vec<Entry>,
    /// Units that came last, by hash, with more of their hash. A few kilobytes that stay in the processor's cache.
    recent: Vec<(u32, u32)>,
    /// The letters of those that are not short, one after the other.
    long: Vec<u8>,
    units: Table,
    /// Of the units with the same word the first.
    terms: Table,
    hasher: RandomState,
}

/// What is known of a unit.
#[repr(align(64))]
struct Entry {
    /// Its first bytes.
    short: [u64; SHORT_WORDS],
    long_at: u32,
    code: [u8; 4],
    /// The unit that stands for all with the same word, or [`NONE`] where there is no word, or [`ELSE`].
    term: u32,
    /// For a unit that stands for others: the group of its word in the text at hand, or [`NONE`].
    group: u32,
    len: u8,
    code_len: u8,
}

/// Letters to look up.
#[derive(Clone, Copy)]
pub(super) struct Key<'t> {
    pub letters: &'t str,
    short: [u64; SHORT_WORDS],
    pub hash: u64,
}

/// The word that is in a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    None,
    /// One that is written as in the unit, but for the space after it, and the unit that stands for all with the same word.
    There(u32),
    /// One that is written otherwise: in lower case.
    Else,
}

impl Dictionary {
    /// The common units, and those that are stored.
    ///
    /// # Errors
    /// When what is stored is no text.
    pub(super) fn read(stored: &[u8]) -> io::Result<Self> {
        let mut dictionary = Self {
            entries: Vec::new(),
            recent: vec![(0, NONE); RECENT],
            long: Vec::new(),
            units: Table::new(),
            terms: Table::new(),
            hasher: RandomState::default(),
        };
        COMMON.iter().for_each(|unit| _ = dictionary.add(unit));
        for range in read_units(stored) {
            let unit = stored.get(range).filter(|unit| unit.len() <= usize::from(u8::MAX));
            let unit = unit.and_then(|unit| std::str::from_utf8(unit).ok());
            let unit = unit.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a unit is no text"))?;
            dictionary.add(unit);
        }
        Ok(dictionary)
    }

    /// How many units there are.
    pub(super) fn len(&self) -> u32 {
        self.entries.len() as u32
    }

    /// The letters of a part of a text, to look up. They are read and compared in as many steps whatever their number, for a
    /// processor cannot guess how long the next word is, and guessing wrong takes longer than all else here.
    #[inline(always)]
    pub(super) fn key<'t>(&self, text: &'t str, part: Range<usize>) -> Option<Key<'t>> {
        let letters = text.get(part.clone())?;
        let mut hasher = self.hasher.build_hasher();
        let short = match text.as_bytes().get(part.start..).and_then(<[u8]>::first_chunk) {
            Some(bytes) => short_of(bytes, letters.len()),
            None => {
                let mut bytes = [0; SHORT_BYTES];
                bytes.iter_mut().zip(letters.bytes()).for_each(|(byte, letter)| *byte = letter);
                short_of(&bytes, letters.len())
            }
        };
        for pair in short.as_chunks::<2>().0 {
            hasher.write_u128(u128::from(pair[0]) << 64 | u128::from(pair[1]));
        }
        if let Some(rest) = letters.as_bytes().get(SHORT_BYTES..).filter(|rest| !rest.is_empty()) {
            hasher.write(rest);
        }
        Some(Key { letters, short, hash: hasher.finish() })
    }

    /// All of some letters, to look up.
    pub(super) fn key_of<'t>(&self, letters: &'t str) -> Key<'t> {
        self.key(letters, 0..letters.len()).unwrap_or(Key { letters, short: [0; SHORT_WORDS], hash: 0 })
    }

    /// The number of a unit, if it has one.
    #[inline(always)]
    pub(super) fn find(&mut self, key: &Key<'_>) -> Option<u32> {
        let (at, tag) = ((key.hash >> 32) as usize % RECENT, key.hash as u32);
        if let Some(&(_, number)) = self.recent.get(at).filter(|recent| recent.0 == tag)
            && self.is_unit(number, key)
        {
            return Some(number);
        }
        let number = self.units.find(key.hash, |number| self.is_unit(number, key))?;
        if let Some(recent) = self.recent.get_mut(at) {
            *recent = (tag, number);
        }
        Some(number)
    }

    #[inline(always)]
    fn is_unit(&self, number: u32, key: &Key<'_>) -> bool {
        self.entries.get(number as usize).is_some_and(|entry| {
            entry.short == key.short
                && usize::from(entry.len) == key.letters.len()
                && (key.letters.len() <= SHORT_BYTES || self.long(entry) == key.letters.as_bytes())
        })
    }

    fn long(&self, entry: &Entry) -> &[u8] {
        let start = entry.long_at as usize;
        self.long.get(start..start + usize::from(entry.len)).unwrap_or(&[])
    }

    /// The first unit with this word, if there is one.
    pub(super) fn find_term(&self, term: &str) -> Option<u32> {
        self.find_keyed(&self.key_of(term))
    }

    fn find_keyed(&self, term: &Key<'_>) -> Option<u32> {
        self.terms.find(term.hash, |number| {
            let Some(entry) = self.entries.get(number as usize) else { return false };
            let short: [[u8; 8]; SHORT_WORDS] = entry.short.map(u64::to_le_bytes);
            let short = short.as_flattened().get(..usize::from(entry.len));
            // Nothing but text was ever added.
            let unit = std::str::from_utf8(short.unwrap_or_else(|| self.long(entry))).unwrap_or("");
            praden_query::terms(token_of(unit)).next().as_deref() == Some(term.letters)
        })
    }

    /// Gives a unit that has none the next number. Units are at most 255 bytes.
    pub(super) fn add(&mut self, unit: &str) -> u32 {
        let number = self.len();
        let (mut code, code_len) = code(number);
        code.rotate_right(code_len);
        let token = token_of(unit);
        // A unit is much shorter than the longest term.
        let term = praden_query::terms(token).next();
        let stands_for = term.as_deref().map(|term| {
            let key = self.key_of(term);
            self.find_keyed(&key).unwrap_or_else(|| {
                self.terms.insert(key.hash, number);
                number
            })
        });
        let key = self.key_of(unit);
        let long_at = self.long.len() as u32;
        if unit.len() > SHORT_BYTES {
            self.long.extend_from_slice(unit.as_bytes());
        }
        self.entries.push(Entry {
            short: key.short,
            long_at,
            code,
            term: stands_for.map_or(NONE, |first| if term.as_deref() == Some(token) { first } else { ELSE }),
            group: NONE,
            len: unit.len() as u8,
            code_len: code_len as u8,
        });
        self.units.insert(key.hash, number);
        number
    }

    /// Writes the code of a unit.
    #[inline]
    pub(super) fn put_code(&self, number: u32, coded: &mut Vec<u8>) {
        if let Some(entry) = self.entries.get(number as usize) {
            // Four bytes are sooner written than one to four.
            coded.extend_from_slice(&entry.code);
            coded.truncate(coded.len() - entry.code.len() + usize::from(entry.code_len));
        }
    }

    /// The word that is in a unit. A space at the end of the unit is taken for none of the word's.
    #[inline]
    pub(super) fn word(&self, number: u32) -> Word {
        match self.entries.get(number as usize).map_or(NONE, |entry| entry.term) {
            NONE => Word::None,
            ELSE => Word::Else,
            term => Word::There(term),
        }
    }

    /// The group that a word was given last.
    #[inline]
    pub(super) fn group(&self, term: u32) -> Option<u32> {
        self.entries.get(term as usize).map(|entry| entry.group).filter(|&group| group != NONE)
    }

    #[inline]
    pub(super) fn set_group(&mut self, term: u32, group: Option<u32>) {
        if let Some(entry) = self.entries.get_mut(term as usize) {
            entry.group = group.unwrap_or(NONE);
        }
    }
}

/// The token of a unit: without the one space after it.
fn token_of(unit: &str) -> &str {
    unit.strip_suffix(' ').unwrap_or(unit)
}

/// The first of some bytes, in words, and zero beyond a length.
#[inline(always)]
fn short_of(bytes: &[u8; SHORT_BYTES], len: usize) -> [u64; SHORT_WORDS] {
    /// For each length the bits that count.
    const MASKS: [[u64; SHORT_WORDS]; SHORT_BYTES + 1] = {
        let mut masks = [[0; SHORT_WORDS]; SHORT_BYTES + 1];
        let mut at = 0;
        while at < SHORT_BYTES * (SHORT_BYTES + 1) {
            let (len, byte) = (at / SHORT_BYTES, at % SHORT_BYTES);
            if byte < len {
                masks[len][byte / 8] |= 0xFF << (byte % 8 * 8);
            }
            at += 1;
        }
        masks
    };
    let mut short = MASKS.get(len).or(MASKS.last()).copied().unwrap_or_default();
    for (word, bytes) in short.iter_mut().zip(bytes.as_chunks().0) {
        *word &= u64::from_le_bytes(*bytes);
    }
    short
}

/// Numbers by hash, in the first free place from where the hash says. A place has the hash beside the number, so that a look at
/// what is not sought costs nothing, and growing needs no other hash.
struct Table {
    /// A power of two of places; at most three quarters of them are taken.
    places: Vec<(u32, u32)>,
    len: usize,
}

impl Table {
    fn new() -> Self {
        Self { places: vec![(0, NONE); 1 << 12], len: 0 }
    }

    #[inline]
    fn find(&self, hash: u64, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let mask = self.places.len() - 1;
        let mut at = hash as usize;
        loop {
            let &(known, number) = self.places.get(at & mask)?;
            if number == NONE {
                return None;
            }
            if known == hash as u32 && is_it(number) {
                return Some(number);
            }
            at = at.wrapping_add(1);
        }
    }

    fn insert(&mut self, hash: u64, number: u32) {
        if self.len >= self.places.len() / 4 * 3 {
            let larger = vec![(0, NONE); self.places.len() * 2];
            let places = std::mem::replace(&mut self.places, larger);
            places.into_iter().filter(|&(_, number)| number != NONE).for_each(|place| self.put(place));
        }
        self.put((hash as u32, number));
        self.len += 1;
    }

    fn put(&mut self, place: (u32, u32)) {
        let mask = self.places.len() - 1;
        let mut at = place.0 as usize;
        // There is always a free one.
        while self.places.get(at & mask).is_some_and(|&(_, number)| number != NONE) {
            at += 1;
        }
        if let Some(free) = self.places.get_mut(at & mask) {
            *free = place;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(units: &[&str], want: &[Word]) {
        let mut dictionary = Dictionary::read(&[]).unwrap();
        let first = dictionary.len();
        let numbers: Vec<u32> = units.iter().map(|unit| dictionary.add(unit)).collect();
        for ((unit, number), want) in units.iter().zip(numbers).zip(want) {
            let got = match dictionary.word(number) {
                Word::There(term) => Word::There(term - first),
                word => word,
            };
            assert_eq!(got, *want, "{unit:?} of {units:?}");
            let key = dictionary.key_of(unit);
            assert_eq!(dictionary.find(&key), Some(number), "{unit:?}");
        }
    }

    #[test]
    fn units_with_the_same_word_are_told() {
        check(&["กขค", "กขค ", "ขค"], &[Word::There(0), Word::There(0), Word::There(2)]);
        check(&["COVID ", "covid", "Covid"], &[Word::Else, Word::There(0), Word::Else]);
        check(&["! ", " ", "\n\n", "๏ "], &[Word::None; 4]);
        let mut dictionary = Dictionary::read(&[]).unwrap();
        let first = dictionary.add("COVID ");
        assert_eq!((dictionary.find_term("covid"), dictionary.find_term("COVID")), (Some(first), None));
    }

    #[test]
    fn a_table_grows_and_loses_nothing() {
        let mut table = Table::new();
        // Many have the same beginning of their hash.
        let hash = |number: u32| u64::from(number % 5_000) << 3 | u64::from(number) << 32;
        (0..20_000).for_each(|number| table.insert(hash(number), number));
        for number in 0..20_000 {
            assert_eq!(table.find(hash(number), |other| other == number), Some(number));
        }
        assert_eq!(table.find(hash(1), |other| other == 20_000), None);
    }

    proptest! {
        #[test]
        fn what_was_added_is_found_and_nothing_else(
            units in prop::collection::btree_set("[ก-ฮa-c ]{1,20}|[กข]{0,3}|[a-c]{30,34}", 0..40),
            other in "[ก-ฮa-c]{0,20}|[กข]{0,3}",
        ) {
            let mut dictionary = Dictionary::read(&[]).unwrap();
            let units: Vec<String> = units.into_iter().filter(|unit| !COMMON.contains(&&**unit)).collect();
            let numbers: Vec<u32> = units.iter().map(|unit| dictionary.add(unit)).collect();
            // Twice: the second time most are known to have come just now.
            for (unit, &number) in units.iter().zip(&numbers).chain(units.iter().zip(&numbers)) {
                let text = format!("{unit}{other}");
                let key = dictionary.key(&text, 0..unit.len()).unwrap();
                prop_assert_eq!(dictionary.find(&key), Some(number));
            }
            let is_known = units.contains(&other) || COMMON.contains(&&*other);
            let key = dictionary.key_of(&other);
            prop_assert_eq!(dictionary.find(&key).is_some(), is_known);
        }
    }
}
