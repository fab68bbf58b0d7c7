//! Normalisation: one spelling for what is one text, with the way back to the bytes as published.
//!
//! What it does, each as a rule on what has been written so far:
//!
//! | rule | example |
//! |---|---|
//! | invisible characters out (zero-width, BOM, soft hyphen, bidi and control characters) | `กรม\u{200B}การ` to `กรมการ` |
//! | exotic spaces to a space, Unicode line ends to a line feed | `ก\u{A0}ข` to `ก ข` |
//! | HTML entities left in text are decoded | `&nbsp;`, `&#3585;`, `&amp;amp;` |
//! | NFC (never NFKC, which would split ำ) | `e` and U+0301 to `é` |
//! | nikhahit and sara aa become sara am, the tone before it, whatever the order was | `นํ้า`, `น้ํา`, `นำ้` to `น้ำ` |
//! | two sara e become sara ae | `เเปล` to `แปล` |
//! | marks in one order: vowel, tone, thanthakhat; the same mark once; a tone typed after its vowel goes before it | `ท่ี` to `ที่`, `มา้` to `ม้า` |
//! | a vowel written repeatedly stands once | `จ้าาา` to `จ้า` |
//! | Thai digits become Arabic ones | `๒๕๖๐` to `2560` |
//! | no space before ๆ, none before ฯ (but before ฯลฯ) | `ต่าง ๆ` to `ต่างๆ` |
//! | Thai letters in the private use area (old Windows and Mac fonts) | U+F70A to mai ek |
//!
//! What it never does: fold vowels, tones or consonants, change case, collapse spaces, touch the inside of a URL, or alter
//! numbers beyond the shape of their digits. Stretched letters and dotless abbreviations change words and are left to
//! [`crate::variants`]; bytes that are not UTF-8 yet are left to the decoder of the crawler.
//!
//! ```
//! let clean = praden_text::normalize("นํ้าท่วม เเจ้ง ๑๑๑");
//! assert_eq!(clean.as_str(), "น้ำท่วม แจ้ง 111");
//! let at = clean.as_str().find("แจ้ง").unwrap();
//! let raw = clean.map().to_raw(at..at + "แจ้ง".len());
//! assert_eq!("นํ้าท่วม เเจ้ง ๑๑๑".get(raw), Some("เเจ้ง"));
//! ```
//!
//! Every rule looks only at the end of the output and the next character, and leaves no place where a rule would still
//! apply. That makes it linear, and makes a second run change nothing.

mod entities;
mod kinds;
mod map;
mod scan;
mod urls;
mod writer;

use kinds::{kind, may_change};
pub use map::{Normalized, OffsetMap};
use scan::{
    BLOCK, Changes, LOOK_BACK, OTHER, UNKNOWN, ascii_code, clean_bytes, code_before, code_of, is_settled,
    thai_code,
};
use writer::Writer;

/// Grows when [`normalize`] may answer differently for some text, so that stored normalised texts can be told apart.
pub const NORMALIZER_VERSION: u32 = 2;

/// Normalises `raw`. See the [module](self) for what changes and what never does.
///
/// Linear in the length; normalising twice changes nothing more; borrows when there is nothing to do.
#[must_use]
pub fn normalize(raw: &str) -> Normalized<'_> {
    normalize_with(raw, LOOK_BACK)
}

/// Normalises; from byte `blocks_from` on, clean text may be passed over in blocks, which must make no difference.
fn normalize_with(raw: &str, blocks_from: usize) -> Normalized<'_> {
    let mut writer = Writer::new(raw);
    let changes = Changes::table();
    let bytes = raw.as_bytes();
    let (mut at, mut before) = (0, OTHER);
    // From here on the output is the raw text, byte for byte; and where the next block may be judged as a whole.
    let (mut same_from, mut next_block) = (0, blocks_from);
    while let Some(&first) = bytes.get(at) {
        if at >= next_block {
            if is_settled(before) && at >= same_from + LOOK_BACK {
                let clean = raw.floor_char_boundary(at + clean_bytes(bytes, at));
                if clean > at {
                    at = clean;
                    before = code_before(bytes, at);
                }
                next_block = at + BLOCK;
                continue;
            }
            next_block = at + 1;
        }
        // Nearly all text is ASCII or Thai and needs one look at a table; the rest goes the long way.
        let (code, length) = match (first, bytes.get(at + 1), bytes.get(at + 2)) {
            (0..0x80, ..) => (ascii_code(first), 1),
            (0xE0, Some(&second @ (0xB8 | 0xB9)), Some(&third)) => (thai_code(second, third), 3),
            _ => (UNKNOWN, 1),
        };
        if !changes.may_change(before, code) {
            before = code;
            at += length;
            continue;
        }
        let Some(c) = raw.get(at..).and_then(|rest| rest.chars().next()) else { break };
        let end = at + c.len_utf8();
        let written =
            if writer.copied_to == at { writer.out.as_str() } else { raw.get(..at).unwrap_or_default() };
        if code != UNKNOWN || may_change(written.chars().next_back(), c, kind(c)) {
            writer.copy_to(at);
            writer.write(c, at, end);
            before = writer.out.chars().next_back().map_or(OTHER, code_of);
            same_from = end;
        } else {
            before = OTHER;
        }
        at = end;
    }
    writer.finish()
}

#[cfg(test)]
mod tests;
