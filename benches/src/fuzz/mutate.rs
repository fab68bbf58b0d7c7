//! Inputs from a corpus by random changes. The same seed and number give the same input, whatever ran before.

/// SplitMix64 (Steele, Lea and Flood, 2014): small, fast, good enough for choosing mutations.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The dice for one input.
    #[must_use]
    pub fn new(seed: u64, number: u64) -> Self {
        let mut dice = Self(seed);
        Self(dice.roll() ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `end`, which is left out; 0 when `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.roll() % (end as u64).max(1)) as usize
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }

    /// Small numbers often, large ones sometimes.
    fn length(&mut self, max: usize) -> usize {
        let bits = self.below(12);
        self.below(1 << bits).min(max)
    }
}

/// Characters that text handling stumbles over: Thai, marks of other scripts, spaces, joiners, surrogate neighbours, emoji.
const CHARACTERS: &[(u32, u32)] = &[
    (0x00, 0x7F),
    (0x80, 0xFF),
    (0xE00, 0xE7F),
    (0xE31, 0xE3A),
    (0xE47, 0xE4E),
    (0x300, 0x36F),
    (0x1100, 0x11FF),
    (0xAC00, 0xAC1F),
    (0x2000, 0x206F),
    (0xD7F0, 0xD7FF),
    (0xE000, 0xE00F),
    (0xF700, 0xF71A),
    (0xFE00, 0xFE0F),
    (0xFFF0, 0xFFFF),
    (0x1F1E6, 0x1F1FF),
    (0x1F3FB, 0x1F3FF),
    (0x1F400, 0x1F64F),
    (0xE0020, 0xE007F),
    (0x10FFF0, 0x10FFFF),
];

/// Input `number` of `seed`: a piece of the corpus, changed a few times. At most `bytes_max` bytes.
#[must_use]
pub fn generate(seed: u64, number: u64, corpus: &[Vec<u8>], words: &[&str], bytes_max: usize) -> Vec<u8> {
    let mut dice = Dice::new(seed, number);
    let mut input = if dice.below(16) == 0 { Vec::new() } else { piece(&mut dice, corpus, bytes_max) };
    for _ in 0..=dice.length(32) {
        change(&mut dice, &mut input, corpus, words);
        input.truncate(bytes_max);
    }
    input
}

/// A whole entry of the corpus, or a part of one.
fn piece(dice: &mut Dice, corpus: &[Vec<u8>], bytes_max: usize) -> Vec<u8> {
    let entry = dice.pick(corpus).map(Vec::as_slice).unwrap_or_default();
    let range = if dice.below(2) == 0 && entry.len() <= bytes_max {
        0..entry.len()
    } else {
        let start = dice.below(entry.len() + 1);
        start..(start + 1 + dice.length(bytes_max)).min(entry.len())
    };
    entry.get(on_boundaries(dice, entry, range)).unwrap_or_default().to_vec()
}

fn change(dice: &mut Dice, input: &mut Vec<u8>, corpus: &[Vec<u8>], words: &[&str]) {
    let at = dice.below(input.len() + 1);
    let length = dice.length(input.len());
    let range = on_boundaries(dice, input, at..(at + length).min(input.len()));
    let at = range.start;
    match dice.below(12) {
        0 => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << dice.below(8);
            }
        }
        1 => {
            let byte = dice.below(256) as u8;
            input.insert(at, byte);
        }
        2 => drop(input.drain(range)),
        3 => {
            let again = input.get(range).unwrap_or_default().repeat(1 + dice.length(40));
            insert(input, at, &again);
        }
        4 => {
            let other = piece(dice, corpus, 256);
            insert(input, at, &other);
        }
        5 => {
            let moved: Vec<u8> = input.drain(range).collect();
            let to = dice.below(input.len() + 1);
            let to = on_boundaries(dice, input, to..to).start;
            insert(input, to, &moved);
        }
        6 => input.truncate(at),
        7 => {
            let digit = b'0' + dice.below(10) as u8;
            let found = input.get(at..).unwrap_or_default().iter().position(u8::is_ascii_digit);
            if let Some(place) = found.and_then(|found| input.get_mut(at + found)) {
                *place = digit;
            }
        }
        8 => {
            let character = character(dice);
            let count = 1 + if dice.below(8) == 0 { dice.length(100) } else { 0 };
            insert(input, at, character.to_string().repeat(count).as_bytes());
        }
        9 => {
            // One character for another.
            let end = on_boundaries(dice, input, at..at + 1).end;
            let character = character(dice).to_string();
            drop(input.splice(at..end.clamp(at, input.len()), character.bytes()));
        }
        _ => {
            let word = dice.pick(words).copied().unwrap_or_default();
            let count = 1 + if dice.below(8) == 0 { dice.length(200) } else { 0 };
            insert(input, at, word.repeat(count).as_bytes());
        }
    }
}

fn character(dice: &mut Dice) -> char {
    let (first, last) = dice.pick(CHARACTERS).copied().unwrap_or_default();
    char::from_u32(first + dice.below((last - first + 1) as usize) as u32).unwrap_or('\u{FFFD}')
}

fn insert(input: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    drop(input.splice(at.min(input.len())..at.min(input.len()), bytes.iter().copied()));
}

/// Mostly the range widened to whole UTF-8 characters, so that broken ones stay rare; sometimes as it is.
fn on_boundaries(dice: &mut Dice, bytes: &[u8], range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    if dice.below(16) == 0 {
        return range.start.min(bytes.len())..range.end.min(bytes.len());
    }
    let is_inside = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xC0 == 0x80);
    let back = |mut at: usize| {
        while at > 0 && is_inside(at) {
            at -= 1;
        }
        at
    };
    let mut end = range.end.min(bytes.len());
    while is_inside(end) {
        end += 1;
    }
    back(range.start.min(bytes.len()))..end
}

/// Makes a failing input smaller: takes out ever shorter pieces as long as `fails` still holds. At most `tries` calls.
pub fn reduce(input: &[u8], mut tries: usize, mut fails: impl FnMut(&[u8]) -> bool) -> Vec<u8> {
    let mut best = input.to_vec();
    let mut length = best.len().div_ceil(2);
    while length > 0 {
        let mut at = 0;
        let mut is_smaller = false;
        while at < best.len() {
            if tries == 0 {
                return best;
            }
            tries -= 1;
            let mut shorter = best.clone();
            drop(shorter.drain(at..(at + length).min(best.len())));
            if fails(&shorter) {
                best = shorter;
                is_smaller = true;
            } else {
                at += length;
            }
        }
        if length == 1 && !is_smaller {
            break;
        }
        length = if length == 1 { 1 } else { length / 2 };
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_gives_the_same_input() {
        let corpus = vec!["กรมชลประทาน 25 ก.พ. 60".as_bytes().to_vec()];
        let inputs =
            || (0..200).map(|number| generate(7, number, &corpus, &["ก.พ."], 300)).collect::<Vec<_>>();
        assert_eq!(inputs(), inputs());
        assert!(inputs().iter().all(|input| input.len() <= 300));
        let distinct: std::collections::HashSet<_> = inputs().into_iter().collect();
        assert!(distinct.len() > 150, "{} distinct inputs", distinct.len());
        assert_eq!(generate(1, 1, &[], &[], 0), b"");
    }

    #[test]
    fn a_failing_input_shrinks_to_what_fails() {
        let small =
            reduce(b"aaaaaaaaaaXbbbbbbYcccc", 1000, |input| input.contains(&b'X') && input.contains(&b'Y'));
        assert_eq!(small, b"XY");
    }
}
