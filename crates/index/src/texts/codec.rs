//! Numbers of units as bytes, and looking for letters among them.

use std::iter;

/// First bytes below this are whole codes.
pub(super) const ONE_BYTE: u32 = 190;
/// First bytes from [`ONE_BYTE`] and below this have one more byte.
const TWO_FIRST_END: u32 = 251;
/// First bytes from [`TWO_FIRST_END`] and below this have two more bytes.
const THREE_FIRST_END: u32 = 255;
/// Units below this have codes of two bytes at most.
const TWO_BYTES: u32 = ONE_BYTE + (TWO_FIRST_END - ONE_BYTE) * 256;
/// How many units the dictionary may have: all codes of three bytes.
pub(super) const UNITS_MAX: u32 = TWO_BYTES + (THREE_FIRST_END - TWO_FIRST_END) * 65_536;
/// The first byte of a unit that is written out: its length and its bytes follow.
const LITERAL: u8 = 255;

/// A unit of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit<'t> {
    Known(u32),
    Literal(&'t [u8]),
}

pub(super) fn put_known(unit: u32, bytes: &mut Vec<u8>) {
    if unit < ONE_BYTE {
        bytes.push(unit as u8);
    } else if unit < TWO_BYTES {
        let rest = unit - ONE_BYTE;
        bytes.extend([(ONE_BYTE + (rest >> 8)) as u8, rest as u8]);
    } else {
        let rest = unit - TWO_BYTES;
        bytes.extend([(TWO_FIRST_END + (rest >> 16)) as u8, (rest >> 8) as u8, rest as u8]);
    }
}

pub(super) fn put_literal(unit: &[u8], bytes: &mut Vec<u8>) {
    bytes.push(LITERAL);
    put_number(unit.len(), bytes);
    bytes.extend_from_slice(unit);
}

/// LEB128.
pub(super) fn put_number(mut number: usize, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

pub(super) fn take_number(bytes: &mut &[u8]) -> Option<usize> {
    let mut number = 0_usize;
    for shift in (0..usize::BITS).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= usize::from(byte & 0x7F).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// The units of a text. Ends where bytes that were damaged have no meaning.
pub(super) fn units(mut bytes: &[u8]) -> impl Iterator<Item = Unit<'_>> {
    iter::from_fn(move || {
        let (unit, rest) = next_unit(bytes)?;
        bytes = rest;
        Some(unit)
    })
}

fn next_unit(bytes: &[u8]) -> Option<(Unit<'_>, &[u8])> {
    let (&first, mut rest) = bytes.split_first()?;
    let first = u32::from(first);
    if first < ONE_BYTE {
        return Some((Unit::Known(first), rest));
    }
    if first < TWO_FIRST_END {
        let (&second, rest) = rest.split_first()?;
        return Some((Unit::Known(ONE_BYTE + ((first - ONE_BYTE) << 8) + u32::from(second)), rest));
    }
    if first < THREE_FIRST_END {
        let (&[high, low], rest) = rest.split_first_chunk()?;
        let number = ((first - TWO_FIRST_END) << 16) | u32::from(high) << 8 | u32::from(low);
        return Some((Unit::Known(TWO_BYTES + number), rest));
    }
    let len = take_number(&mut rest)?;
    let (literal, rest) = rest.split_at_checked(len)?;
    Some((Unit::Literal(literal), rest))
}

/// How the first byte of a code of up to three bytes is read: by how much four bytes are shifted, what is taken off, and
/// how long the code is. Zero where a unit is written out. Looking this up takes the place of branches that a processor
/// would guess wrongly half of the time.
const CODES: [(u32, u32, u32); 256] = {
    let mut codes = [(0, 0, 0); 256];
    let mut first = 0;
    while first < LITERAL as usize {
        let byte = first as u32;
        codes[first] = if byte < ONE_BYTE {
            (24, 0, 1)
        } else if byte < TWO_FIRST_END {
            (16, (ONE_BYTE << 8) - ONE_BYTE, 2)
        } else {
            (8, (TWO_FIRST_END << 16) - TWO_BYTES, 3)
        };
        first += 1;
    }
    codes
};

/// What letters a text has, as bits: a unit without the bit of a letter does not have the letter.
pub(super) fn signature(text: &str) -> u64 {
    text.chars().fold(0, |bits, letter| bits | 1 << (u32::from(letter) % 64))
}

/// How often letters were found in the two parts of an article.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub title: u32,
    pub text: u32,
}

/// Looks for one run of letters in many texts, with what it has learned about the units.
///
/// The automaton of Knuth, Morris and Pratt, a unit at a time: where it stands after a unit that begins with nothing found
/// is worked out once for each unit. Most units leave it where it starts.
pub(crate) struct Scan<'s> {
    sought: &'s [u8],
    /// The last byte of the first letter, which says most about it: in Thai the others are nearly always the same.
    telling: (usize, u8),
    /// For each number of bytes found so far, how many of them are still found when the next is another.
    fall_back: Vec<u16>,
    /// For each unit, how many bytes are found at its end when nothing was found before it; or one of the two below.
    learned: Vec<u16>,
}

/// Nobody has looked yet.
const UNKNOWN: u16 = u16::MAX;
/// The unit has what is sought in it.
const WHOLE: u16 = u16::MAX - 1;

impl<'s> Scan<'s> {
    /// `sought` is shorter than 32 KB: a query is. `signatures` are those of the units.
    pub(crate) fn new(sought: &'s str, signatures: &[u64]) -> Self {
        let letter = sought.chars().next().unwrap_or(' ');
        let (first, bit) = (letter.len_utf8(), 1 << (u32::from(letter) % 64));
        let learned = signatures.iter().map(|bits| if bits & bit == 0 { 0 } else { UNKNOWN }).collect();
        let sought = sought.as_bytes();
        let mut fall_back = vec![0_u16; sought.len() + 1];
        let mut len = 0_usize;
        for at in 1..sought.len() {
            while len > 0 && sought.get(at) != sought.get(len) {
                len = fall_back.get(len).map_or(0, |&len| usize::from(len));
            }
            len += usize::from(sought.get(at) == sought.get(len));
            if let Some(slot) = fall_back.get_mut(at + 1) {
                *slot = len as u16;
            }
        }
        let telling = (first - 1, sought.get(first - 1).copied().unwrap_or(0));
        Self { sought, telling, fall_back, learned }
    }

    fn fall_back(&self, state: usize) -> usize {
        self.fall_back.get(state).map_or(0, |&state| usize::from(state))
    }

    /// Goes on over some bytes, one by one; counts what ends in them.
    fn run(&self, mut state: usize, bytes: &[u8]) -> (usize, u32) {
        let mut found = 0;
        for byte in bytes {
            loop {
                if self.sought.get(state) == Some(byte) {
                    state += 1;
                    break;
                }
                if state == 0 {
                    break;
                }
                state = self.fall_back(state);
            }
            if state == self.sought.len() {
                found += 1;
                state = self.fall_back(state);
            }
        }
        (state, found)
    }

    /// What a unit does when nothing was found before it.
    fn learn(&self, unit: &[u8]) -> u16 {
        let (offset, byte) = self.telling;
        let Some(first) = memchr::memchr(byte, unit.get(offset..).unwrap_or(&[])) else { return 0 };
        // Nothing can be found before the first letter that is the first of what is sought.
        match self.run(0, unit.get(first..).unwrap_or(&[])) {
            (state, 0) => state as u16,
            _ => WHOLE,
        }
    }

    /// Goes on over a unit; counts what ends in it.
    fn step(&mut self, mut state: usize, number: Option<u32>, unit: &[u8]) -> (usize, u32) {
        // Most of what was begun is not gone on with, which the first letter shows.
        while state > 0 {
            let rest = self.sought.get(state..).unwrap_or(&[]);
            if unit.len() < rest.len() {
                if rest.starts_with(unit) {
                    return (state + unit.len(), 0);
                }
            } else if unit.starts_with(rest) {
                return self.run(state, unit);
            }
            // Neither whole unit nor whole rest: a shorter beginning may still go on.
            state = self.fall_back(state);
        }
        let Some(slot) = number.and_then(|number| self.learned.get(number as usize)) else {
            return self.run(0, unit);
        };
        match *slot {
            UNKNOWN => {
                let learned = self.learn(unit);
                if let Some(slot) = number.and_then(|number| self.learned.get_mut(number as usize)) {
                    *slot = learned;
                }
                if learned == WHOLE { self.run(0, unit) } else { (usize::from(learned), 0) }
            }
            WHOLE => self.run(0, unit),
            state => (usize::from(state), 0),
        }
    }

    /// How often a coded text has what is sought, counted up to `enough`. `unit` gives the bytes of a unit.
    pub(super) fn count<'d>(&mut self, coded: &[u8], enough: u32, unit: impl Fn(u32) -> &'d [u8]) -> u32 {
        let (mut state, mut found) = (0, 0);
        let mut rest = coded;
        while let Some(&first) = rest.first() {
            let more;
            let known = CODES.get(usize::from(first)).copied().unwrap_or_default();
            if let (Some(&[a, b, c, d]), (shift, off, len @ 1..)) = (rest.first_chunk(), known) {
                let number = (u32::from_be_bytes([a, b, c, d]) >> shift) - off;
                rest = rest.get(len as usize..).unwrap_or(&[]);
                if state == 0 && self.learned.get(number as usize) == Some(&0) {
                    continue;
                }
                (state, more) = self.step(state, Some(number), unit(number));
            } else {
                // One that is written out, or one of the last.
                let Some((part, after)) = next_unit(rest) else { break };
                rest = after;
                (state, more) = match part {
                    Unit::Known(number) => self.step(state, Some(number), unit(number)),
                    Unit::Literal(bytes) => self.step(state, None, bytes),
                };
            }
            found += more;
            if found >= enough {
                break;
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn units_come_back_as_they_were() {
        let mut bytes = Vec::new();
        let edges = [0, ONE_BYTE - 1, ONE_BYTE, TWO_BYTES - 1, TWO_BYTES, TWO_BYTES + 65_536, UNITS_MAX - 1];
        for unit in edges {
            put_known(unit, &mut bytes);
        }
        let long = vec![7; 300];
        put_literal(&long, &mut bytes);
        let want: Vec<Unit<'_>> = edges.into_iter().map(Unit::Known).chain([Unit::Literal(&long)]).collect();
        assert_eq!(units(&bytes).collect::<Vec<_>>(), want);
    }

    proptest! {
        #[test]
        fn damaged_bytes_end_somewhere(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            prop_assert!(units(&bytes).count() <= bytes.len());
        }

        #[test]
        fn a_scan_finds_what_a_search_of_bytes_finds(parts in prop::collection::vec("[ab]{1,3}", 0..30), sought in "[ab]{1,6}") {
            let mut names: Vec<&str> = parts.iter().map(String::as_str).collect();
            names.sort_unstable();
            names.dedup();
            let mut bytes = Vec::new();
            for part in &parts {
                // Some units are written out.
                match names.binary_search(&part.as_str()) {
                    Ok(at) if at % 3 > 0 => put_known(at as u32, &mut bytes),
                    _ => put_literal(part.as_bytes(), &mut bytes),
                }
            }
            let text = parts.concat();
            let want = (0..text.len()).filter(|&at| text[at..].starts_with(&sought)).count() as u32;
            let signatures: Vec<u64> = names.iter().map(|name| signature(name)).collect();
            let mut scan = Scan::new(&sought, &signatures);
            for _ in 0..2 {
                prop_assert_eq!(scan.count(&bytes, u32::MAX, |unit| names[unit as usize].as_bytes()), want);
            }
            prop_assert_eq!(scan.count(&bytes, 1, |unit| names[unit as usize].as_bytes()) > 0, want > 0);
        }
    }
}
