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
        let (&first, rest) = bytes.split_first()?;
        let first = u32::from(first);
        if first < ONE_BYTE {
            bytes = rest;
            return Some(Unit::Known(first));
        }
        if first < TWO_FIRST_END {
            let (&second, rest) = rest.split_first()?;
            bytes = rest;
            return Some(Unit::Known(ONE_BYTE + ((first - ONE_BYTE) << 8) + u32::from(second)));
        }
        if first < THREE_FIRST_END {
            let (&[high, low], rest) = rest.split_first_chunk()?;
            bytes = rest;
            let rest = ((first - TWO_FIRST_END) << 16) | u32::from(high) << 8 | u32::from(low);
            return Some(Unit::Known(TWO_BYTES + rest));
        }
        bytes = rest;
        let len = take_number(&mut bytes)?;
        let (literal, rest) = bytes.split_at_checked(len)?;
        bytes = rest;
        Some(Unit::Literal(literal))
    })
}

/// How often letters were found in the two parts of an article.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub title: u32,
    pub text: u32,
}

/// Looks for one run of letters in many texts, with what it has learned about the units.
///
/// The automaton of Knuth, Morris and Pratt runs over the bytes of the units; most units leave it where it starts, which
/// is found out once for each.
pub(crate) struct Scan<'s> {
    sought: &'s [u8],
    /// For each number of letters found so far, how many of them are still found when the next is another.
    fall_back: Vec<u32>,
    /// For each unit, what it does when nothing of what is sought was found before it.
    learned: Vec<u8>,
}

const UNKNOWN: u8 = 0;
const NOTHING: u8 = 1;
const SOMETHING: u8 = 2;

impl<'s> Scan<'s> {
    pub(crate) fn new(sought: &'s str, units: usize) -> Self {
        let sought = sought.as_bytes();
        let mut fall_back = vec![0_u32; sought.len() + 1];
        let mut len = 0_usize;
        for at in 1..sought.len() {
            while len > 0 && sought.get(at) != sought.get(len) {
                len = fall_back.get(len).map_or(0, |&len| len as usize);
            }
            len += usize::from(sought.get(at) == sought.get(len));
            if let Some(slot) = fall_back.get_mut(at + 1) {
                *slot = len as u32;
            }
        }
        Self { sought, fall_back, learned: vec![UNKNOWN; units] }
    }

    /// Goes on over some bytes; counts what ends in them.
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
                state = self.fall_back.get(state).map_or(0, |&state| state as usize);
            }
            if state == self.sought.len() {
                found += 1;
                state = self.fall_back.get(state).map_or(0, |&state| state as usize);
            }
        }
        (state, found)
    }

    /// How often a coded text has what is sought, counted up to `enough`. `unit` gives the bytes of a unit.
    pub(super) fn count<'d>(&mut self, coded: &[u8], enough: u32, unit: impl Fn(u32) -> &'d [u8]) -> u32 {
        let (mut state, mut found) = (0, 0);
        for part in units(coded) {
            let bytes = match part {
                Unit::Literal(bytes) => bytes,
                Unit::Known(number) => {
                    if state == 0 {
                        let Some(learned) = self.learned.get(number as usize).copied() else { break };
                        if learned == NOTHING {
                            continue;
                        }
                        if learned == UNKNOWN {
                            let is_nothing = self.run(0, unit(number)) == (0, 0);
                            if let Some(slot) = self.learned.get_mut(number as usize) {
                                *slot = if is_nothing { NOTHING } else { SOMETHING };
                            }
                            if is_nothing {
                                continue;
                            }
                        }
                    }
                    unit(number)
                }
            };
            let more;
            (state, more) = self.run(state, bytes);
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
            let mut scan = Scan::new(&sought, names.len());
            for _ in 0..2 {
                prop_assert_eq!(scan.count(&bytes, u32::MAX, |unit| names[unit as usize].as_bytes()), want);
            }
            prop_assert_eq!(scan.count(&bytes, 1, |unit| names[unit as usize].as_bytes()) > 0, want > 0);
        }
    }
}
