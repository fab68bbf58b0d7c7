//! Numbers of units as bytes: dense codes that can be read from either end.
//!
//! The last byte of a code is less than [`STOPPERS`], those before it are not. So a byte tells whether a code ends there,
//! wherever the reading begins, and a search may look at each byte and the one before it without knowing what came earlier.

/// Bytes that end a code.
pub(super) const STOPPERS: u32 = 190;
/// The greatest of them.
pub(super) const LAST_MAX: u8 = (STOPPERS - 1) as u8;
/// Bytes that go on with a code.
const CONTINUERS: u32 = 256 - STOPPERS;
/// The longest code: enough for tens of millions of units.
pub(crate) const CODE_BYTES_MAX: usize = 4;

/// How many units have shorter codes than those of so many bytes.
const fn shorter(bytes: usize) -> u32 {
    match bytes {
        0 | 1 => 0,
        2 => STOPPERS,
        3 => STOPPERS + CONTINUERS * STOPPERS,
        _ => STOPPERS + CONTINUERS * STOPPERS + CONTINUERS * CONTINUERS * STOPPERS,
    }
}

/// How many units the dictionary may have beside letters: all codes of three bytes.
pub(super) const UNITS_MAX: u32 = shorter(4);

/// Units below this have codes of one or two bytes.
pub(super) const SHORT: u32 = shorter(3);

/// The bytes of a unit's code, from the end of these on.
pub(super) fn code(unit: u32) -> ([u8; CODE_BYTES_MAX], usize) {
    let len = (1..CODE_BYTES_MAX).find(|&len| unit < shorter(len + 1)).unwrap_or(CODE_BYTES_MAX);
    let mut rest = unit - shorter(len);
    let mut bytes = [0; CODE_BYTES_MAX];
    for (at, byte) in bytes.iter_mut().rev().take(len).enumerate() {
        let (of, base) = if at == 0 { (STOPPERS, 0) } else { (CONTINUERS, STOPPERS) };
        *byte = (base + rest % of) as u8;
        rest /= of;
    }
    (bytes, len)
}

#[cfg(test)]
pub(super) fn put_unit(unit: u32, coded: &mut Vec<u8>) {
    let (bytes, len) = code(unit);
    coded.extend(bytes.iter().skip(CODE_BYTES_MAX - len));
}

/// Whether a code ends with a byte.
pub(super) const fn is_last(byte: u8) -> bool {
    (byte as u32) < STOPPERS
}

/// The unit whose code ends before a place, and where the code begins. Nothing where bytes that were damaged have no
/// meaning, and at the beginning.
#[inline]
pub(super) fn unit_before(coded: &[u8], end: usize) -> Option<(u32, usize)> {
    let (&last, before) = coded.get(..end)?.split_last()?;
    if !is_last(last) {
        return None;
    }
    // Nearly all codes have one or two bytes.
    let Some((&high, rest)) = before.split_last().filter(|(high, _)| !is_last(**high)) else {
        return Some((u32::from(last), before.len()));
    };
    if rest.last().is_none_or(|&byte| is_last(byte)) {
        return Some((two_bytes(high, last), rest.len()));
    }
    let more = before.iter().rev().take_while(|&&byte| !is_last(byte)).take(CODE_BYTES_MAX).count();
    if more >= CODE_BYTES_MAX {
        return None;
    }
    let start = before.len() - more;
    let high =
        before.get(start..)?.iter().fold(0, |high, &byte| high * CONTINUERS + (u32::from(byte) - STOPPERS));
    Some((high * STOPPERS + u32::from(last) + shorter(more + 1), start))
}

/// The unit whose code begins at a place, and where the code ends.
#[inline]
pub(super) fn unit_after(coded: &[u8], start: usize) -> Option<(u32, usize)> {
    match coded.get(start..)? {
        [only, ..] if is_last(*only) => Some((u32::from(*only), start + 1)),
        [high, last, ..] if is_last(*last) => Some((two_bytes(*high, *last), start + 2)),
        rest => {
            let len = rest.iter().take(CODE_BYTES_MAX).position(|&byte| is_last(byte))? + 1;
            let (unit, begins) = unit_before(coded, start + len)?;
            (begins == start).then_some((unit, start + len))
        }
    }
}

const fn two_bytes(high: u8, last: u8) -> u32 {
    shorter(2) + (high as u32 - STOPPERS) * STOPPERS + last as u32
}

/// The units of a text. Ends where bytes that were damaged have no meaning.
pub(super) fn units(coded: &[u8]) -> impl Iterator<Item = u32> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (unit, end) = unit_after(coded, at)?;
        at = end;
        Some(unit)
    })
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn codes_fill_one_length_after_the_other() {
        for (unit, want) in [
            (0, 1),
            (STOPPERS - 1, 1),
            (STOPPERS, 2),
            (shorter(3) - 1, 2),
            (shorter(3), 3),
            (UNITS_MAX - 1, 3),
            (UNITS_MAX, 4),
            (UNITS_MAX + 1_200_000, 4),
        ] {
            assert_eq!(code(unit).1, want, "{unit}");
        }
    }

    proptest! {
        #[test]
        fn units_come_back_as_they_were_from_either_end(wanted in prop::collection::vec(prop_oneof![0..200_u32, 12_000..14_000_u32, 800_000..2_100_000_u32], 0..40)) {
            let mut coded = Vec::new();
            wanted.iter().for_each(|&unit| put_unit(unit, &mut coded));
            prop_assert_eq!(&units(&coded).collect::<Vec<_>>(), &wanted);
            let mut end = coded.len();
            let mut backwards = Vec::new();
            while let Some((unit, start)) = unit_before(&coded, end) {
                backwards.push(unit);
                end = start;
            }
            backwards.reverse();
            prop_assert_eq!(backwards, wanted);
        }

        #[test]
        fn damaged_bytes_end_somewhere(coded in prop::collection::vec(any::<u8>(), 0..60)) {
            prop_assert!(units(&coded).count() <= coded.len());
            for end in 0..=coded.len() + 1 {
                prop_assert!(unit_before(&coded, end).is_none_or(|(_, start)| start < end));
            }
        }
    }
}
