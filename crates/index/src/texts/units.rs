//! The dictionary in memory: what each unit is, and which units have a letter between two others.

use std::collections::HashMap;
use std::iter;
use std::ops::Range;
use std::sync::Arc;

use foldhash::fast::RandomState;
use praden_text::{TokenKind, token_kind};
use tantivy::directory::OwnedBytes;

use super::codec::take_number;
use super::common::COMMON;

/// How many bits of a place say where in its unit a letter stands: units have 64 bytes at most.
const OFFSET_BITS: u32 = 7;

/// Of the newest units so many lists are kept apart before all are read anew.
const PARTS_MAX: usize = 8;

/// A letter and those beside it. None where the unit begins or ends.
pub(super) type Triple = (Option<char>, char, Option<char>);

/// The units of a dictionary as it was at a commit.
pub(super) struct Units {
    dictionary: OwnedBytes,
    /// Where each unit after the common ones lies in the dictionary.
    ranges: Vec<Range<u32>>,
    /// The first and the last letter of each unit, as far as [`trace`] tells.
    edges: Vec<[u8; 2]>,
    /// How many bytes of each unit are a word.
    words: Vec<u8>,
    /// Where letters stand: all, but each part has only the units that were new when it was made.
    parts: Vec<Arc<Part>>,
}

/// Where the letters of some units stand.
struct Part {
    lists: HashMap<Triple, List, RandomState>,
    /// One list after the other: the number of a unit, and how many bytes into it.
    places: Vec<u32>,
}

#[derive(Clone, Copy, Default)]
struct List {
    start: u32,
    len: u32,
    /// How much of all texts its units are, roughly.
    weight: f32,
}

/// What is kept of a letter: Thai and ASCII are told from all others, which are one. Never zero.
pub(crate) const fn trace(letter: char) -> u8 {
    match letter {
        ' '..='\x7F' => letter as u8,
        '\u{E00}'..='\u{E7F}' => 0x80 | letter as u32 as u8,
        _ => OTHER,
    }
}

/// What is kept of letters that are not told from each other.
pub(crate) const OTHER: u8 = 1;

/// How many bytes of a unit are a word. What is left, each letter for itself, is none: the space after it, or all.
fn word_len(unit: &str) -> usize {
    let word = unit.strip_suffix(' ').unwrap_or(unit);
    if matches!(token_kind(word), TokenKind::Space | TokenKind::Punctuation) { 0 } else { word.len() }
}

/// Where units lie in the bytes of a dictionary.
pub(super) fn read_units(dictionary: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut rest = dictionary;
    iter::from_fn(move || {
        let len = take_number(&mut rest)?;
        let start = dictionary.len() - rest.len();
        rest = rest.get(len..)?;
        Some(start..start + len)
    })
}

/// The letters of a unit with those beside them, and how many bytes into it each stands.
fn triples(unit: &str) -> impl Iterator<Item = (Triple, u32)> + '_ {
    let mut before = None;
    let mut letters = unit.char_indices().peekable();
    iter::from_fn(move || {
        let (offset, letter) = letters.next()?;
        let triple = (before.replace(letter), letter, letters.peek().map(|&(_, letter)| letter));
        Some((triple, offset as u32))
    })
}

impl Units {
    /// Reads a dictionary, or what was added to it. Some 60 ms for 200,000 units.
    pub(super) fn read(dictionary: &OwnedBytes, earlier: Option<&Self>) -> Self {
        let earlier = earlier.filter(|earlier| earlier.parts.len() < PARTS_MAX);
        let mut units = Self {
            dictionary: dictionary.clone(),
            ranges: earlier.map_or_else(Vec::new, |earlier| earlier.ranges.clone()),
            edges: earlier.map_or_else(Vec::new, |earlier| earlier.edges.clone()),
            words: earlier.map_or_else(Vec::new, |earlier| earlier.words.clone()),
            parts: earlier.map_or_else(Vec::new, |earlier| earlier.parts.clone()),
        };
        let known = units.ranges.last().map_or(0, |range| range.end as usize);
        let added = read_units(dictionary.as_slice().get(known..).unwrap_or(&[]));
        units.ranges.extend(added.map(|range| (known + range.start) as u32..(known + range.end) as u32));
        let new = units.edges.len() as u32..units.len() as u32;
        if !new.is_empty() {
            let edges = new.clone().map(|number| {
                let unit = units.text(number);
                [unit.chars().next().map_or(0, trace), unit.chars().next_back().map_or(0, trace)]
            });
            let edges: Vec<[u8; 2]> = edges.collect();
            units.edges.extend(edges);
            // Units have 64 bytes at most.
            let words: Vec<u8> = new.clone().map(|number| word_len(units.text(number)) as u8).collect();
            units.words.extend(words);
            units.parts.push(Arc::new(units.part(new)));
        }
        units
    }

    fn part(&self, numbers: Range<u32>) -> Part {
        let mut lists: HashMap<Triple, List, RandomState> = HashMap::default();
        for number in numbers.clone() {
            for (triple, _) in triples(self.text(number)) {
                let list = lists.entry(triple).or_default();
                list.len += 1;
                list.weight += weight(number);
            }
        }
        let mut end = 0;
        for list in lists.values_mut() {
            list.start = end;
            end += list.len;
            list.len = 0;
        }
        let mut places = vec![0; end as usize];
        for number in numbers {
            for (triple, offset) in triples(self.text(number)) {
                let Some(list) = lists.get_mut(&triple) else { continue };
                if let Some(place) = places.get_mut((list.start + list.len) as usize) {
                    *place = number << OFFSET_BITS | offset;
                    list.len += 1;
                }
            }
        }
        Part { lists, places }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        COMMON.len() + self.ranges.len()
    }

    /// The bytes of a unit.
    pub(super) fn get(&self, number: u32) -> &[u8] {
        if let Some(unit) = COMMON.get(number as usize) {
            return unit.as_bytes();
        }
        self.ranges
            .get(number as usize - COMMON.len())
            .and_then(|range| self.dictionary.as_slice().get(range.start as usize..range.end as usize))
            .unwrap_or(&[])
    }

    /// How many bytes of a unit are a word; what is left, each letter for itself, is none.
    pub(super) fn word_len(&self, number: u32) -> usize {
        self.words.get(number as usize).map_or(0, |&len| usize::from(len))
    }

    /// The letters of a unit.
    pub(super) fn text(&self, number: u32) -> &str {
        // Nothing but text was ever added.
        std::str::from_utf8(self.get(number)).unwrap_or("")
    }

    /// The traces of a unit's first and last letter.
    pub(super) fn edges(&self, number: u32) -> [u8; 2] {
        self.edges.get(number as usize).copied().unwrap_or_default()
    }

    /// All that stands around a letter anywhere. Goes over all that stands around any.
    pub(super) fn triples_of(&self, letter: char) -> impl Iterator<Item = Triple> + '_ {
        let with = move |triple: &&Triple| triple.1 == letter;
        // Each triple once: by the first part that has it.
        let is_first = move |number: usize, triple: &Triple| {
            !self.parts.iter().take(number).any(|part| part.lists.contains_key(triple))
        };
        self.parts.iter().enumerate().flat_map(move |(number, part)| {
            part.lists.keys().filter(move |triple| with(triple) && is_first(number, triple)).copied()
        })
    }

    /// How much of all texts the units are that have a letter between these, roughly; only comparisons mean something.
    pub(super) fn weight_of(&self, triple: &Triple) -> f32 {
        self.parts.iter().filter_map(|part| part.lists.get(triple)).map(|list| list.weight).sum()
    }

    /// The units that have a letter between these, and how many bytes into them.
    pub(super) fn with(&self, triple: Triple) -> impl Iterator<Item = (u32, usize)> + '_ {
        let lists = self.parts.iter().filter_map(move |part| {
            let list = part.lists.get(&triple)?;
            part.places.get(list.start as usize..(list.start + list.len) as usize)
        });
        lists.flatten().map(|place| (place >> OFFSET_BITS, (place & ((1 << OFFSET_BITS) - 1)) as usize))
    }
}

/// How much of all texts a unit is, roughly. The common ones stand in order, and of the others what is common is seen early:
/// the law of Zipf does the rest.
pub(super) fn weight(number: u32) -> f32 {
    1.0 / (number as f32 + 20.0)
}

#[cfg(test)]
mod tests {
    use super::super::codec::put_number;
    use super::*;

    #[test]
    fn what_is_added_is_found_with_what_was_there() {
        let mut dictionary = Vec::new();
        let mut units = Units::read(&OwnedBytes::empty(), None);
        for round in 0..3 * PARTS_MAX {
            let unit = format!("ก{round}ข");
            put_number(unit.len(), &mut dictionary);
            dictionary.extend_from_slice(unit.as_bytes());
            units = Units::read(&OwnedBytes::new(dictionary.clone()), Some(&units));
            let last = units.len() as u32 - 1;
            assert_eq!(units.get(last), unit.as_bytes());
            let digit = |round: usize| format!("{round}").chars().next().unwrap();
            let first = COMMON.len() as u32;
            let with = |digit: char| {
                let mut with: Vec<u32> = [Some('ข'), Some('0'), Some('1'), Some('2'), Some('3')]
                    .into_iter()
                    .chain(('4'..='9').map(Some))
                    .flat_map(|after| units.with((Some('ก'), digit, after)))
                    .map(|(unit, offset)| {
                        assert_eq!(offset, 3);
                        unit
                    })
                    .collect();
                with.sort_unstable();
                with
            };
            for digit_sought in '0'..='9' {
                let want: Vec<u32> = (0..=round)
                    .filter(|&round| digit(round) == digit_sought)
                    .map(|round| first + round as u32)
                    .collect();
                assert_eq!(with(digit_sought), want, "{digit_sought} after {round}");
            }
        }
    }
}
