//! Finding the places where a rule may apply: nearly all text needs none, so most of the time is spent here.

use std::sync::OnceLock;

use super::kinds::{kind, may_change};

/// Codes of characters for the table of changes: Thai letters by their place in the block, of which U+0E00 and the places from
/// U+0E7B on are empty and stand for others.
pub(super) const OTHER: usize = 0;
pub(super) const SPACE: usize = 0x7B;
pub(super) const SEMICOLON: usize = 0x7C;
pub(super) const CONTROL: usize = 0x7D;
pub(super) const UNKNOWN: usize = 0x7F;

pub(super) fn ascii_code(byte: u8) -> usize {
    match byte {
        b' ' => SPACE,
        b';' => SEMICOLON,
        b'\t' | b'\n' | b'\r' => OTHER,
        0..0x20 | 0x7F => CONTROL,
        _ => OTHER,
    }
}

pub(super) fn code_of(c: char) -> usize {
    match c {
        '\0'..='\x7F' => ascii_code(c as u8),
        '\u{E00}'..='\u{E7F}' => c as usize - 0xE00,
        _ => OTHER,
    }
}

/// For each code the codes that may change behind it, as bits: [`may_change`] asked once for every pair.
pub(super) struct Changes([[u64; 2]; 128]);

impl Changes {
    pub(super) fn table() -> &'static Self {
        static CHANGES: OnceLock<Changes> = OnceLock::new();
        CHANGES.get_or_init(|| {
            let char_of = |code: usize| match code {
                OTHER => Some('x'),
                SPACE => Some(' '),
                SEMICOLON => Some(';'),
                _ => char::from_u32(0xE00 + code as u32),
            };
            Self(std::array::from_fn(|before| {
                let asked = |code: usize| {
                    let is_odd = matches!(code, CONTROL..=UNKNOWN);
                    is_odd || char_of(code).is_some_and(|c| may_change(char_of(before), c, kind(c)))
                };
                let bits = |from: usize| {
                    (0..64).filter(|&bit| asked(from + bit)).fold(0, |word, bit| word | 1 << bit)
                };
                [bits(0), bits(64)]
            }))
        })
    }

    /// Whether a rule may apply to `code` behind `before`.
    pub(super) fn may_change(&self, before: usize, code: usize) -> bool {
        let word = self.0.get(before).and_then(|row| row.get(code >> 6));
        word.is_none_or(|word| word >> (code & 63) & 1 != 0)
    }
}

/// The code of the character that ends at byte `at` of a text of ASCII and Thai.
pub(super) fn code_before(bytes: &[u8], at: usize) -> usize {
    match at.checked_sub(3).and_then(|start| bytes.get(start..at)) {
        Some(&[.., last @ 0..0x80]) => ascii_code(last),
        Some(&[0xE0, second @ (0xB8 | 0xB9), third]) => thai_code(second, third),
        _ => OTHER,
    }
}

/// The code of the Thai character of bytes E0, `second`, `third`.
pub(super) fn thai_code(second: u8, third: u8) -> usize {
    usize::from(second & 1) << 6 | usize::from(third & 0x3F)
}

/// Whether only [`clean_bytes`] need be asked of what stands behind `before`: ฯ, phinthu, nikhahit and yamakkan are too rare to be
/// worth its time.
pub(super) fn is_settled(before: usize) -> bool {
    !matches!(before, 0x2F | 0x3A | 0x4D | 0x4E)
}

/// Bytes looked at together. More would fail more often, fewer would not pay.
pub(super) const BLOCK: usize = 64;

/// How far a rule looks back in clean text: one Thai character before the one whose first two bytes may lie before the block.
pub(super) const LOOK_BACK: usize = 5;

/// How many bytes from `at` on hold nothing that any rule may change, judged a block at a time; 0 when the next block might.
///
/// The caller vouches for the [`LOOK_BACK`] bytes before `at`: raw text, whose last character [`is_settled`]. The answer may end inside a
/// character. Wrong alarms are allowed, and only cost time; each rule of [`may_change`] has its line here, and a test compares them.
/// Plain comparisons over bytes, which the compiler turns into vector instructions: a third of the cost of the tables.
pub(super) fn clean_bytes(bytes: &[u8], at: usize) -> usize {
    let mut clean = 0;
    while let Some(window) = at
        .checked_sub(LOOK_BACK)
        .and_then(|start| bytes.get(start + clean..start + clean + LOOK_BACK + BLOCK))
        .and_then(|window| <&[u8; LOOK_BACK + BLOCK]>::try_from(window).ok())
    {
        if may_change_in(window) {
            break;
        }
        clean += BLOCK;
    }
    clean
}

#[inline]
fn may_change_in(window: &[u8; LOOK_BACK + BLOCK]) -> bool {
    let part =
        |from: usize| window.get(from..from + BLOCK).and_then(|part| <&[u8; BLOCK]>::try_from(part).ok());
    let (Some(b5), Some(b4), Some(b3), Some(b2), Some(b1), Some(b0)) =
        (part(0), part(1), part(2), part(3), part(4), part(5))
    else {
        return true;
    };
    let mut alarm = 0;
    for (((((&b0, &b1), &b2), &b3), &b4), &b5) in b0.iter().zip(b1).zip(b2).zip(b3).zip(b4).zip(b5) {
        alarm |= u8::from(alarm_at(b5, b4, b3, b2, b1, b0));
    }
    alarm != 0
}

/// Whether a rule may apply to the character that ends with `b0`; `b1` stands before it, `b5` five bytes before. No branches.
#[inline]
fn alarm_at(b5: u8, b4: u8, b3: u8, b2: u8, b1: u8, b0: u8) -> bool {
    let within = |byte: u8, first: u8, last: u8| byte.wrapping_sub(first) <= last - first;
    // Not ASCII nor Thai (E0 B8, E0 B9) nor of the signs below (E2), or ASCII that is looked at.
    let foreign = (b0 >= 0xC0) & (b0 & 0xFD != 0xE0) | (b1 == 0xE0) & (b0 & 0xFE != 0xB8);
    // Of what begins with E2, dashes, quotation marks, bullets and the ellipsis (U+2010 to U+2027) are common, and plain.
    let other_sign = (b2 == 0xE2) & !((b1 == 0x80) & within(b0, 0x90, 0xA7));
    let control = (b0 < 0x20) & (b0 != b'\n') | (b0 == 0x7F) | (b0 == b';');
    // Codes of the character and of the one before it, as in the table; the high bit where there is none.
    let code_of = |lead: u8, second: u8, third: u8| {
        let code = (third & 0x3F) | if second & 1 != 0 { 0x40 } else { 0 };
        if lead == 0xE0 { code } else { 0xFF }
    };
    let code = code_of(b2, b1, b0);
    let before = code_of(b5, b4, b3);
    // ฯ, phinthu, nikhahit, yamakkan, digits; ๆ behind a space.
    let rare = (code == 0x2F) | (code == 0x3A) | within(code, 0x4D, 0x59);
    let yamok = (code == 0x46) & (b3 == b' ');
    let doubled = (code == before) & within(code, 0x30, 0x4C);
    // Marks in their order have rising codes. Behind a vowel or sign of another kind no mark stands in clean text.
    let is_mark = (code == 0x31) | within(code, 0x34, 0x39) | within(code, 0x47, 0x4C);
    let disordered = is_mark & within(before, 0x31, 0x4C) & (code <= before);
    let late_tone = within(code, 0x48, 0x4B) & ((before == 0x30) | within(before, 0x32, 0x33));
    let third_e = (code == 0x40) & (before == 0x41);
    foreign | other_sign | control | rare | yamok | doubled | disordered | late_tone | third_e
}
