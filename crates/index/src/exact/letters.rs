//! Letters as single bytes: texts in which a place, a beginning and an end are plain comparisons of bytes.
//!
//! A Thai letter takes one byte instead of three, so that eight letters fit a word of the machine. What is neither Thai nor
//! ASCII is spelled in bytes that stand for nothing else, so that no letter begins inside another.

/// What ends a word and what begins one: less than every letter.
pub(super) const EDGE: u8 = 0;

/// What begins a spelled letter.
const SPELLED: u8 = 1;

/// The first of the sixteen bytes that spell.
const DIGITS: u8 = 0x10;

/// Appends the letters of a text; says for each how many bytes it takes.
pub(super) fn spell(text: &str, letters: &mut Vec<u8>) {
    text.chars().for_each(|letter| spell_one(letter, letters));
}

/// Appends one letter.
pub(super) fn spell_one(letter: char, letters: &mut Vec<u8>) {
    match letter {
        ' '..='\x7F' => letters.push(letter as u8),
        // The block of Thai has 128 places.
        '\u{E00}'..='\u{E7F}' => letters.push(0x80 | (u32::from(letter) & 0x7F) as u8),
        _ => {
            letters.push(SPELLED);
            letters.extend((0..6).map(|digit| DIGITS | (u32::from(letter) >> (4 * digit) & 0xF) as u8));
        }
    }
}

/// Whether a byte begins a letter.
pub(super) const fn is_first(byte: u8) -> bool {
    byte > EDGE && (byte < DIGITS || byte >= DIGITS + 16)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spelled(text: &str) -> Vec<u8> {
        let mut letters = Vec::new();
        spell(text, &mut letters);
        letters
    }

    proptest! {
        #[test]
        fn a_text_has_another_just_where_its_letters_have_the_others(text in "[กขa\u{0}é\u{1F30A}\u{10}่]{0,12}", sought in "[กa\u{0}é\u{1F30A}\u{10}่]{1,2}") {
            let (letters, sought_letters) = (spelled(&text), spelled(&sought));
            let found = letters.windows(sought_letters.len()).filter(|&window| window == sought_letters).count();
            let want = (0..text.len()).filter(|&at| text.as_bytes()[at..].starts_with(sought.as_bytes())).count();
            prop_assert_eq!(found, want);
            prop_assert_eq!(letters.iter().filter(|&&byte| is_first(byte)).count(), text.chars().count());
        }
    }
}
