//! Looking for one run of letters in many texts.
//!
//! Each place where the run stands has some unit over each of its letters. So one letter is chosen, the one that the rarest
//! units can lie over, and texts are searched for the codes of these units alone: two bytes at a time are looked up in a
//! table, or compared where the codes are few, with nothing to wait for from one byte to the next. Where such a unit is, the units around it are
//! compared with the rest of the run.

use std::ops::{Range, RangeInclusive};

use super::codec::{LAST_MAX, SHORT, code, unit_after, unit_before};
use super::reader::Texts;
use super::units::{Triple, Units, trace, weight};

/// Of so many letters, those between the rarest neighbours, it is looked up which units can lie over them.
const TRIED: usize = 2;

/// So many bytes are looked at before anything is decided.
const BLOCK: usize = 64;

/// Up to so many codes are compared one after the other, sixteen bytes at once, rather than looked up.
const FEW: usize = 4;

/// So many letters of a run are thought of as the one to look for.
pub(crate) const LETTERS_MAX: usize = 60;

/// A part of a run that some word can have, as numbers of letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub start: usize,
    pub end: usize,
}

/// One run of letters that is looked for.
pub(crate) struct Scan<'s> {
    sought: &'s str,
    dictionary: &'s Units,
    /// The units that can lie over one letter of the run, and how. In order.
    over: Ways,
    /// Where in that list each unit with a short code is, and one more.
    short: Box<[u32; SHORT as usize + 1]>,
    /// The letters of the run that might be looked for, with what may stand around each: those with rare units first.
    letters: Vec<(usize, Vec<Triple>)>,
    /// Which pairs of bytes are the last of their codes, or such a code after the last of another: zero for all others.
    ends: Box<[u8; 1 << 16]>,
    /// The same, where they are few.
    few: Option<Vec<Ends>>,
}

/// The last byte of a code, and what is before it: its other byte, or the last of another code.
#[derive(Clone, PartialEq, Eq)]
struct Ends {
    before: RangeInclusive<u8>,
    last: u8,
}

/// Units, and how each lies over a run.
type Ways = Vec<(u32, Way)>;

/// How a unit lies over a run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    /// Where in the run the unit begins; before the run does, if that is negative.
    start: i32,
    /// The traces of the letters of the run before and after the unit; zero where the unit has the run's beginning or end.
    before: u8,
    after: u8,
}

impl<'s> Scan<'s> {
    /// Chooses what to look for.
    pub(crate) fn new(sought: &'s str, texts: &'s Texts) -> Self {
        Self::of(sought, texts.units())
    }

    fn of(sought: &'s str, dictionary: &'s Units) -> Self {
        let letters: Vec<(usize, char)> = sought.char_indices().take(LETTERS_MAX).collect();
        // What stands beside the first and the last letter of what is sought is not known, and would take long to look up.
        let inner = letters
            .get(1..letters.len().saturating_sub(1).max(1))
            .filter(|inner| !inner.is_empty())
            .unwrap_or(&letters);
        let mut inner: Vec<(f32, usize, Vec<Triple>)> = inner
            .iter()
            .map(|&(at, letter)| {
                let triples = around(sought, at, letter, dictionary);
                (triples.iter().map(|triple| dictionary.weight_of(triple)).sum(), at, triples)
            })
            .collect();
        inner.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut tried: Vec<(f32, usize, Ways)> = inner
            .iter()
            .take(TRIED)
            .map(|(_, at, triples)| {
                let units = over(sought, *at, triples, dictionary);
                (units.iter().map(|&(unit, _)| weight(unit)).sum(), *at, units)
            })
            .collect();
        tried.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut over = tried.into_iter().next().map(|(_, _, units)| units).unwrap_or_default();
        over.sort_unstable();
        let letters = inner.into_iter().map(|(_, at, triples)| (at, triples)).collect();
        let mut listed: Vec<Ends> = over.iter().map(|&(unit, _)| ends_of(unit)).collect();
        listed.sort_unstable_by_key(|ends| (ends.last, *ends.before.start()));
        listed.dedup();
        let mut ends = Box::new([0; 1 << 16]);
        for Ends { before, last } in &listed {
            for before in before.clone() {
                set(&mut ends, before, *last);
            }
        }
        let few = (listed.len() <= FEW).then_some(listed);
        let mut short = Box::new([0; SHORT as usize + 1]);
        let mut passed = 0;
        for (number, place) in (0..).zip(short.iter_mut()) {
            while over.get(passed).is_some_and(|&(unit, _)| unit < number) {
                passed += 1;
            }
            *place = passed as u32;
        }
        Self { sought, dictionary, over, short, letters, ends, few }
    }

    /// How a unit can lie.
    fn ways(&self, unit: u32) -> &[(u32, Way)] {
        let range = match (self.short.get(unit as usize), self.short.get(unit as usize + 1)) {
            (Some(&from), Some(&to)) => from as usize..to as usize,
            _ => {
                let rest = self.over.get(self.short.last().copied().unwrap_or(0) as usize..).unwrap_or(&[]);
                let skipped = self.over.len() - rest.len();
                let from = skipped + rest.partition_point(|other| other.0 < unit);
                from..from
                    + rest
                        .get(from - skipped..)
                        .unwrap_or(&[])
                        .iter()
                        .take_while(|other| other.0 == unit)
                        .count()
            }
        };
        self.over.get(range).unwrap_or(&[])
    }

    /// The parts of the run that a word can have, or one letter outside words, over the letter with the rarest units, over
    /// that with the next, and so on: every place where the run stands has a part of each list.
    pub(crate) fn spans(&self, number: usize) -> Option<Vec<Span>> {
        let (at, triples) = self.letters.get(number)?;
        let units = over(self.sought, *at, triples, self.dictionary);
        let mut spans: Vec<(usize, usize)> = units
            .into_iter()
            .map(|(unit, way)| {
                let end = way.start + self.dictionary.word_len(unit) as i32;
                // After its word a unit has letters that are none.
                if (*at as i32) < end { (way.start.max(0) as usize, end as usize) } else { (*at, *at + 1) }
            })
            .collect();
        spans.sort_unstable();
        spans.dedup();
        let letters = |to: usize| self.sought.char_indices().take_while(|(at, _)| *at < to).count();
        Some(
            spans.into_iter().map(|(start, end)| Span { start: letters(start), end: letters(end) }).collect(),
        )
    }

    /// Whether a coded text has the run.
    pub(crate) fn is_in(&self, coded: &[u8]) -> bool {
        self.is_around(coded, 0..coded.len())
    }

    /// Whether a coded text has the run with the letter that is looked for in a unit whose code ends somewhere here.
    pub(crate) fn is_around(&self, coded: &[u8], mut within: Range<usize>) -> bool {
        let ends = |before: u8, last: u8| is_end(&self.ends, before, last);
        within.end = within.end.min(coded.len());
        // As if a code had ended before the first.
        if within.start == 0
            && coded.first().is_some_and(|&first| ends(0, first) != 0)
            && self.is_at(coded, 1)
        {
            return true;
        }
        // A pair begins before the place where a code ends.
        let mut from = within.start.saturating_sub(2);
        let Some(part) = coded.get(..within.end) else { return false };
        // Many pairs at once, as bits: a processor guesses wrongly where the next of them is, not how many there are.
        while let Some(block) = part.get(from..).and_then(|rest| rest.first_chunk::<{ BLOCK + 1 }>()) {
            let mut marks = match &self.few {
                Some(few) => few_marks(few, block),
                None => many_marks(&self.ends, block),
            };
            while marks != 0 {
                if self.is_at(coded, from + 2 + marks.trailing_zeros() as usize) {
                    return true;
                }
                marks &= marks - 1;
            }
            from += BLOCK;
        }
        let rest = part.get(from..).unwrap_or(&[]);
        rest.iter()
            .zip(rest.iter().skip(1))
            .zip(from + 2..)
            .any(|((&before, &last), end)| ends(before, last) != 0 && self.is_at(coded, end))
    }

    /// Whether the run lies over the unit whose code ends at a place.
    fn is_at(&self, coded: &[u8], end: usize) -> bool {
        let (sought, dictionary) = (self.sought.as_bytes(), self.dictionary);
        let Some((unit, start)) = unit_before(coded, end) else { return false };
        self.ways(unit).iter().any(|&(_, way)| {
            // Most of what is beside it is not what should be, which the first letter shows.
            let edge = |unit: Option<(u32, usize)>, side: usize| {
                unit.and_then(|(unit, _)| dictionary.edges(unit).get(side).copied())
            };
            (way.after == 0 || edge(unit_after(coded, end), 0) == Some(way.after))
                && (way.before == 0 || edge(unit_before(coded, start), 1) == Some(way.before))
                && {
                    let before = sought.get(..usize::try_from(way.start).unwrap_or(0)).unwrap_or(&[]);
                    let after = (way.start + dictionary.get(unit).len() as i32) as usize;
                    ends_with(coded, start, before, dictionary)
                        && begins_with(coded, end, sought.get(after..).unwrap_or(&[]), dictionary)
                }
        })
    }
}

/// What can stand around a letter in a unit that agrees with what is sought.
fn around(sought: &str, at: usize, letter: char, dictionary: &Units) -> Vec<Triple> {
    let before = sought.get(..at).and_then(|left| left.chars().next_back());
    let after = sought.get(at + letter.len_utf8()..).and_then(|right| right.chars().next());
    if before.is_some() && after.is_some() {
        return vec![
            (before, letter, after),
            (None, letter, after),
            (before, letter, None),
            (None, letter, None),
        ];
    }
    let fits =
        |known: Option<char>, there: Option<char>| known.is_none() || there.is_none() || known == there;
    dictionary.triples_of(letter).filter(|triple| fits(before, triple.0) && fits(after, triple.2)).collect()
}

/// The units that can lie over a letter of what is sought.
fn over(sought: &str, at: usize, triples: &[Triple], dictionary: &Units) -> Ways {
    let lies = |(number, offset): (u32, usize)| {
        let unit = dictionary.get(number);
        let start = at as i32 - offset as i32;
        let (skipped, from) = (usize::try_from(-start).unwrap_or(0), usize::try_from(start).unwrap_or(0));
        let (inside, rest) =
            (unit.get(skipped..).unwrap_or(&[]), sought.as_bytes().get(from..).unwrap_or(&[]));
        if !inside.iter().zip(rest).all(|(a, b)| a == b) {
            return None;
        }
        let end = usize::try_from(start + unit.len() as i32).unwrap_or(0);
        let letter_before = sought.get(..from).and_then(|left| left.chars().next_back());
        let letter_after = sought.get(end..).and_then(|right| right.chars().next());
        let way = Way { start, before: letter_before.map_or(0, trace), after: letter_after.map_or(0, trace) };
        Some((number, way))
    };
    triples.iter().flat_map(|&triple| dictionary.with(triple)).filter_map(lies).collect()
}

/// Whether the units before a place end with this.
fn ends_with(coded: &[u8], mut end: usize, mut wanted: &[u8], dictionary: &Units) -> bool {
    while !wanted.is_empty() {
        let Some((number, start)) = unit_before(coded, end) else { return false };
        let unit = dictionary.get(number);
        if unit.len() >= wanted.len() {
            return unit.ends_with(wanted);
        }
        let Some(rest) = wanted.strip_suffix(unit) else { return false };
        (wanted, end) = (rest, start);
    }
    true
}

/// Whether the units after a place begin with this.
fn begins_with(coded: &[u8], mut start: usize, mut wanted: &[u8], dictionary: &Units) -> bool {
    while !wanted.is_empty() {
        let Some((number, end)) = unit_after(coded, start) else { return false };
        let unit = dictionary.get(number);
        if unit.len() >= wanted.len() {
            return unit.starts_with(wanted);
        }
        let Some(rest) = wanted.strip_prefix(unit) else { return false };
        (wanted, start) = (rest, end);
    }
    true
}

/// What the code of a unit ends with.
fn ends_of(unit: u32) -> Ends {
    match code(unit) {
        // Whatever the code before it ends with.
        ([.., last], 1) => Ends { before: 0..=LAST_MAX, last },
        ([.., before, last], _) => Ends { before: before..=before, last },
    }
}

fn is_end(ends: &[u8; 1 << 16], before: u8, last: u8) -> u8 {
    // An index of two bytes has a place in the table.
    ends.get(usize::from(u16::from_le_bytes([before, last]))).copied().unwrap_or(0)
}

/// Which pairs of a block are in the table, as bits.
fn many_marks(ends: &[u8; 1 << 16], block: &[u8; BLOCK + 1]) -> u64 {
    let mut marks = 0_u64;
    for eight in (0..BLOCK).step_by(8) {
        let Some(&[a, b, c, d, e, f, g, h, i]) = block.get(eight..).and_then(|rest| rest.first_chunk())
        else {
            break;
        };
        let is = |before, last| is_end(ends, before, last);
        // Shifts that are known beforehand, and no step waits for another.
        let low = is(a, b) | is(b, c) << 1 | is(c, d) << 2 | is(d, e) << 3;
        let high = is(e, f) << 4 | is(f, g) << 5 | is(g, h) << 6 | is(h, i) << 7;
        marks |= u64::from(low | high) << eight;
    }
    marks
}

/// Which pairs of a block are in a list, as bits. Loops without branches, which compilers turn into wide instructions.
fn few_marks(few: &[Ends], block: &[u8; BLOCK + 1]) -> u64 {
    let mut marked = [0_u8; BLOCK];
    let (Some(befores), Some(lasts)) = (block.first_chunk::<BLOCK>(), block.last_chunk::<BLOCK>()) else {
        return 0;
    };
    for ends in few {
        let (from, to, wanted) = (*ends.before.start(), *ends.before.end(), ends.last);
        for ((mark, &before), &last) in marked.iter_mut().zip(befores).zip(lasts) {
            *mark |= u8::from(before >= from) & u8::from(before <= to) & u8::from(last == wanted);
        }
    }
    let (eights, _) = marked.as_chunks::<8>();
    // The lowest bits of eight bytes are moved beside each other.
    let gathered = |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    eights.iter().zip((0..).step_by(8)).fold(0, |marks, (eight, at)| marks | gathered(eight) << at)
}

fn set(ends: &mut [u8; 1 << 16], before: u8, last: u8) {
    if let Some(end) = ends.get_mut(usize::from(u16::from_le_bytes([before, last]))) {
        *end = 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tantivy::directory::OwnedBytes;

    use super::super::codec::{put_number, put_unit};
    use super::super::common::COMMON;
    use super::*;

    proptest! {
        #[test]
        fn a_scan_finds_what_a_search_of_bytes_finds(parts in prop::collection::vec("[กงา่b]{1,3}", 1..40), cuts in prop::collection::vec((0..40_usize, 1..5_usize), 1..30), sought in "[กงา่b]{1,6}") {
            let mut names = parts.clone();
            names.sort_unstable();
            names.dedup();
            let mut dictionary = Vec::new();
            for name in &names {
                put_number(name.len(), &mut dictionary);
                dictionary.extend_from_slice(name.as_bytes());
            }
            let dictionary = Units::read(&OwnedBytes::new(dictionary), None);
            // Some of the commonest units have these letters too.
            let common = COMMON.iter().position(|unit| *unit == "การ").unwrap();
            let scan = Scan::of(&sought, &dictionary);
            for &(from, len) in &cuts {
                let (mut coded, mut text) = (Vec::new(), String::new());
                for part in parts.iter().skip(from % parts.len()).take(len) {
                    put_unit((COMMON.len() + names.binary_search(part).unwrap()) as u32, &mut coded);
                    text.push_str(part);
                    if part.len() == 1 {
                        put_unit(common as u32, &mut coded);
                        text.push_str("การ");
                    }
                }
                prop_assert_eq!(scan.is_in(&coded), text.contains(&sought), "{} in {}", sought, text);
            }
        }

        #[test]
        fn few_codes_are_marked_where_a_table_would_mark_them(block in prop::collection::vec(180..200_u8, BLOCK + 1), units in prop::collection::vec(prop_oneof![180..190_u32, 190..2_100_u32, 13_000..20_000_u32], 1..=FEW)) {
            let block: [u8; BLOCK + 1] = block.try_into().unwrap();
            let few: Vec<Ends> = units.into_iter().map(ends_of).collect();
            let mut table = Box::new([0; 1 << 16]);
            for Ends { before, last } in &few {
                before.clone().for_each(|before| set(&mut table, before, *last));
            }
            prop_assert_eq!(few_marks(&few, &block), many_marks(&table, &block));
        }

        #[test]
        fn damaged_codes_are_no_harm(coded in prop::collection::vec(any::<u8>(), 0..60)) {
            let dictionary = Units::read(&OwnedBytes::empty(), None);
            Scan::of("การ", &dictionary).is_in(&coded);
        }
    }
}
