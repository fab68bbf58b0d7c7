//! Thousands of fixed texts looked for at once, faster than an automaton walks.
//!
//! An automaton goes through its states byte by byte, and a Thai letter has three bytes. Here a text is read letter by
//! letter, each letter folded into seven bits, and only the last four letters are remembered. For each pattern the
//! rarest four letters in a row are its anchor. A small table of bits says of most places that no anchor ends there;
//! where one may, the patterns that have it are compared with the text. Patterns of two and three letters are looked for
//! whole.
//!
//! What is found is what an automaton finds: every place of every pattern, also inside others. Folding only adds places
//! to look at. A text costs time in proportion to its length times the patterns that share an anchor, and an anchor that
//! many share is passed over for another.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::common_words;

/// Bits of a folded letter.
const LETTER_BITS: u32 = 7;

/// Letters of an anchor.
const ANCHOR_LETTERS: usize = 4;

/// The last four letters, the last three, the last two, the last.
const FOUR: u32 = (1 << (4 * LETTER_BITS)) - 1;
const THREE: u32 = (1 << (3 * LETTER_BITS)) - 1;
const TWO: u32 = (1 << (2 * LETTER_BITS)) - 1;
const ONE: u32 = (1 << LETTER_BITS) - 1;

/// Above the bits of four letters: how many letters a key has, where they are fewer.
const THREE_LETTERS: u32 = 1 << 30;
const TWO_LETTERS: u32 = 1 << 31;

/// Anchors are told apart by a hash of this many bits of their last three letters, and by a class of the first: 32 KiB stay
/// near a core, and of the places in a text where no anchor ends one in a hundred passes.
const FILTER_BITS: u32 = 14;

/// What passes is told apart once more by a hash of this many bits of all letters.
const KEY_BITS: u32 = 16;

/// The bit beside the classes: a pattern of two or three letters may end here.
const SHORT: u32 = 15;

/// Letters that are folded before the places found among them are looked at. So the loop that goes through the text is
/// small, and what it holds stays in registers.
const BLOCK: usize = 128;

/// Each place may have a key of four letters, of three and of two. A power of two.
const KEYS: usize = 4 * BLOCK;

/// Odd, its bits without a pattern: 2^32 divided by the golden ratio.
const SPREAD: u32 = 0x9E37_79B1;

/// Patterns, compiled.
#[derive(Clone)]
pub(crate) struct Scanner {
    // For each hash of three letters, a bit for each class of the letter before them.
    filter: Box<[u16; 1 << FILTER_BITS]>,
    // A bit for each hash of a key.
    keys: Box<[u64; 1 << (KEY_BITS - 6)]>,
    // Where the patterns of a key lie in `anchored`; open addressing, a power of two of slots.
    slots: Vec<Slot>,
    slot_shift: u32,
    anchored: Vec<Anchored>,
    // All patterns, end to end.
    letters: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    key: u32,
    from: u32,
    // None lie there if `to` is 0.
    to: u32,
}

/// A pattern under its anchor.
#[derive(Clone, Copy, Debug)]
struct Anchored {
    pattern: u32,
    // From its first byte to the end of the anchor.
    back: u32,
    // Its bytes in `letters`.
    from: u32,
    to: u32,
}

/// A scan under way.
struct Block<'t> {
    // What is still to be read.
    rest: &'t [u8],
    // The last four letters.
    last: u32,
    // The last letters where a pattern may end, and how many bytes follow.
    places: [(u32, u32); BLOCK],
    // The same with the keys that patterns may have there.
    keys: [(u32, u32); KEYS],
}

impl Scanner {
    /// Compiles patterns. They are numbered in the order given, must be in lower case, and those of less than two letters
    /// are never found.
    pub(crate) fn new<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Self {
        let mut by_key: HashMap<u32, Vec<Anchored>, FixedState> = HashMap::default();
        let mut letters: Vec<u8> = Vec::new();
        let frequency = Frequency::of_common_words();
        let patterns: Vec<&str> = patterns.into_iter().collect();
        for (number, pattern) in patterns.iter().enumerate() {
            let folded: Vec<(u32, usize)> = fold(pattern.as_bytes()).collect();
            let ends = |end: usize| folded.get(end - 1).map_or(0, |&(_, end)| end);
            let window = |from: usize, count: usize| {
                let window = folded.get(from..from + count).unwrap_or(&[]);
                window.iter().fold(0, |key, (letter, _)| key << LETTER_BITS | letter)
            };
            let (key, end) = match folded.len() {
                0 | 1 => continue,
                2 => (window(0, 2) | TWO_LETTERS, 2),
                3 => (window(0, 3) | THREE_LETTERS, 3),
                count => {
                    let cost = |&(key, _): &(u32, usize)| {
                        let sharing = by_key.get(&key).map_or(0, Vec::len);
                        frequency.of(key) * marginal(sharing)
                    };
                    let windows = (0..=count - ANCHOR_LETTERS)
                        .map(|from| (window(from, ANCHOR_LETTERS), from + ANCHOR_LETTERS));
                    let Some(best) = windows.min_by(|a, b| cost(a).total_cmp(&cost(b))) else { continue };
                    best
                }
            };
            let from = letters.len() as u32;
            letters.extend_from_slice(pattern.as_bytes());
            by_key.entry(key).or_default().push(Anchored {
                pattern: number as u32,
                back: ends(end) as u32,
                from,
                to: letters.len() as u32,
            });
        }
        Self::with(by_key, letters)
    }

    fn with(by_key: HashMap<u32, Vec<Anchored>, FixedState>, letters: Vec<u8>) -> Self {
        let slot_bits = (2 * by_key.len()).next_power_of_two().trailing_zeros().max(1);
        let mut scanner = Self {
            filter: Box::new([0; 1 << FILTER_BITS]),
            keys: Box::new([0; 1 << (KEY_BITS - 6)]),
            slots: vec![Slot::default(); 1 << slot_bits],
            slot_shift: u32::BITS - slot_bits,
            anchored: Vec::new(),
            letters,
        };
        for (key, anchored) in by_key {
            let (at, bit) = place_of(key);
            scanner.keys[at] |= 1 << bit;
            if key & TWO_LETTERS != 0 {
                for before in 0..=ONE {
                    scanner.filter[hash(before << (2 * LETTER_BITS) | key & TWO)] |= 1 << SHORT;
                }
            } else if key & THREE_LETTERS != 0 {
                scanner.filter[hash(key)] |= 1 << SHORT;
            } else {
                scanner.filter[hash(key)] |= 1 << class(key);
            }
            let from = scanner.anchored.len() as u32;
            scanner.anchored.extend(anchored);
            let mut at = scanner.first_slot(key);
            while scanner.slots.get(at).is_some_and(|slot| slot.to != 0) {
                at = (at + 1) & (scanner.slots.len() - 1);
            }
            let to = scanner.anchored.len() as u32;
            if let Some(slot) = scanner.slots.get_mut(at) {
                *slot = Slot { key, from, to };
            }
        }
        scanner
    }

    /// The patterns that are looked for, by number.
    pub(crate) fn patterns(&self) -> Vec<(usize, &str)> {
        let text = |anchored: &Anchored| {
            let bytes = self.letters.get(anchored.from as usize..anchored.to as usize)?;
            Some((anchored.pattern as usize, std::str::from_utf8(bytes).ok()?))
        };
        let mut patterns: Vec<(usize, &str)> = self.anchored.iter().filter_map(text).collect();
        patterns.sort_unstable();
        patterns
    }

    /// Calls `found` with start, end and number for every place of every pattern. Capital letters of the Latin alphabet
    /// count as small ones.
    pub(crate) fn scan(&self, text: &str, mut found: impl FnMut(usize, usize, usize)) {
        let bytes = text.as_bytes();
        let mut block = Block { rest: bytes, last: 0, places: [(0, 0); BLOCK], keys: [(0, 0); KEYS] };
        while !block.rest.is_empty() {
            let places = self.fill(&mut block);
            let keys = self.sift(&mut block, places);
            for &(key, rest) in block.keys.iter().take(keys) {
                self.look(key, bytes.len() - rest as usize, bytes, &mut found);
            }
        }
    }

    /// Goes through the next letters and lists the places that the filter lets pass. A function of its own, so that what the
    /// loop holds stays in registers.
    #[inline(never)]
    fn fill(&self, block: &mut Block<'_>) -> usize {
        let filter = &*self.filter;
        let (mut letters, mut last) = (Letters { rest: block.rest }, block.last);
        let mut count = 0;
        for _ in 0..BLOCK {
            let Some(letter) = letters.next() else { break };
            last = (last << LETTER_BITS | letter) & FOUR;
            let bits = filter[hash(last)];
            // Written always, kept if it may be one: cheaper than a jump that cannot be foreseen.
            block.places[count % BLOCK] = (last, letters.rest.len() as u32);
            count += usize::from((bits >> class(last) | bits >> SHORT) & 1);
        }
        (block.rest, block.last) = (letters.rest, last);
        count
    }

    /// Of the listed places, the keys that patterns may have.
    #[inline(never)]
    fn sift(&self, block: &mut Block<'_>, places: usize) -> usize {
        let mut count = 0;
        for &(last, rest) in block.places.iter().take(places) {
            for key in [last, last & THREE | THREE_LETTERS, last & TWO | TWO_LETTERS] {
                let (at, bit) = place_of(key);
                block.keys[count % KEYS] = (key, rest);
                count += (self.keys[at] >> bit & 1) as usize;
            }
        }
        count
    }

    /// Compares the patterns of a key that ends at a byte.
    fn look(&self, key: u32, end: usize, bytes: &[u8], found: &mut impl FnMut(usize, usize, usize)) {
        let mut at = self.first_slot(key);
        let slot = loop {
            match self.slots.get(at) {
                Some(slot) if slot.to == 0 => return,
                Some(slot) if slot.key == key => break slot,
                Some(_) => at = (at + 1) & (self.slots.len() - 1),
                None => return,
            }
        };
        for anchored in self.anchored.get(slot.from as usize..slot.to as usize).unwrap_or(&[]) {
            let Some(start) = end.checked_sub(anchored.back as usize) else { continue };
            let pattern = self.letters.get(anchored.from as usize..anchored.to as usize).unwrap_or(&[]);
            let to = start + pattern.len();
            if bytes.get(start..to).is_some_and(|there| there.eq_ignore_ascii_case(pattern)) {
                found(start, to, anchored.pattern as usize);
            }
        }
    }

    fn first_slot(&self, key: u32) -> usize {
        (key.wrapping_mul(SPREAD) >> self.slot_shift) as usize
    }
}

/// What one more pattern under an anchor costs where the anchor stands: finding the anchor, if it is a new one, and
/// comparing the pattern.
fn marginal(sharing: usize) -> f64 {
    const COMPARE: f64 = 0.4;
    const SHARING_MAX: usize = 8;
    match sharing {
        0 => 1.0 + COMPARE,
        1..SHARING_MAX => COMPARE,
        // Nowhere in a text shall there be many patterns to compare.
        _ => 20.0 * COMPARE,
    }
}

/// Where the filter has the last three letters.
fn hash(letters: u32) -> usize {
    // The bits above three letters are pushed out.
    let three = letters << (u32::BITS - 3 * LETTER_BITS);
    (three.wrapping_mul(SPREAD) >> (u32::BITS - FILTER_BITS)) as usize
}

/// Where a key is in the second filter: number of the word and of the bit.
fn place_of(key: u32) -> (usize, u32) {
    let hash = key.wrapping_mul(SPREAD) >> (u32::BITS - KEY_BITS);
    ((hash >> 6) as usize, hash & 63)
}

/// The class of the first of four letters.
fn class(four: u32) -> u32 {
    four >> (3 * LETTER_BITS) & 15
}

/// The letters of a text, folded.
struct Letters<'t> {
    rest: &'t [u8],
}

impl Letters<'_> {
    #[inline(always)]
    fn next(&mut self) -> Option<u32> {
        let word = match self.rest {
            [a, b, c, ..] => u32::from(*a) | u32::from(*b) << 8 | u32::from(*c) << 16,
            [a, ..] => u32::from(*a),
            [] => return None,
        };
        // The block of Thai: E0 B8 80 to E0 B9 BF.
        if word & 0xFEFF == 0xB8E0 {
            self.rest = self.rest.get(3..)?;
            Some((word >> 2 & 0x40) | (word >> 16 & 0x3F))
        } else {
            self.rest = self.rest.get(1..)?;
            Some(u32::from(OTHERS[(word & 0xFF) as usize]))
        }
    }
}

/// What bytes that are not Thai fold to. Thai letters take 1 to 0x5B; Latin ones and what stands in names the rest;
/// what is left is all the same.
const OTHERS: [u8; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 26 {
        table[b'a' as usize + at] = 0x5C + at as u8;
        table[b'A' as usize + at] = 0x5C + at as u8;
        at += 1;
    }
    let mut digit = 0;
    while digit < 10 {
        table[b'0' as usize + digit] = 0x50 + digit as u8;
        digit += 1;
    }
    let signs = b" .-()/&,'";
    let mut at = 0;
    while at < signs.len() {
        table[signs[at] as usize] = 0x76 + at as u8;
        at += 1;
    }
    table
};

/// The letters of a text, folded, each with the byte where it ends. Bytes of other letters than Thai count each for itself.
fn fold(bytes: &[u8]) -> impl Iterator<Item = (u32, usize)> {
    let mut letters = Letters { rest: bytes };
    std::iter::from_fn(move || letters.next().map(|letter| (letter, bytes.len() - letters.rest.len())))
}

/// How often letters follow each other, guessed from common words.
struct Frequency {
    one: [f64; 1 << LETTER_BITS],
    two: Vec<f64>,
    four: HashMap<u32, f64, FixedState>,
    all: f64,
}

impl Frequency {
    fn of_common_words() -> Self {
        let mut this = Self {
            // No letter is never seen.
            one: [5.0; 1 << LETTER_BITS],
            two: vec![0.0; 1 << (2 * LETTER_BITS)],
            four: HashMap::default(),
            all: 0.0,
        };
        for (word, articles) in common_words::all() {
            let (mut last, articles) = (0, f64::from(articles));
            for (count, (letter, _)) in (1..).zip(fold(word.as_bytes())) {
                last = (last << LETTER_BITS | letter) & FOUR;
                this.one[letter as usize] += articles;
                this.all += articles;
                if count >= 2 {
                    this.two[(last & TWO) as usize] += articles;
                }
                if count >= 4 {
                    *this.four.entry(last).or_default() += articles;
                }
            }
        }
        this
    }

    /// Of four letters: inside common words, and anywhere by how often each two of them stand together.
    fn of(&self, four: u32) -> f64 {
        let letter = |at: u32| (four >> (at * LETTER_BITS)) & ((1 << LETTER_BITS) - 1);
        let one = |at: u32| self.one[letter(at) as usize];
        let mut chain = one(3);
        for at in (0..3).rev() {
            let pair = (four >> (at * LETTER_BITS)) & TWO;
            let by_chance = 0.1 * one(at + 1) * one(at) / self.all;
            chain *= (self.two.get(pair as usize).copied().unwrap_or(0.0) + by_chance) / one(at + 1);
        }
        chain + self.four.get(&four).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Start, end and number of all places, in order.
    fn found(patterns: &[&str], text: &str) -> Vec<(usize, usize, usize)> {
        let mut found = Vec::new();
        Scanner::new(patterns.iter().copied())
            .scan(text, |start, end, pattern| found.push((start, end, pattern)));
        found.sort_unstable();
        found
    }

    #[track_caller]
    fn check(patterns: &[&str], text: &str, want: &[&str]) {
        let got: Vec<&str> = found(patterns, text).iter().map(|&(start, end, _)| &text[start..end]).collect();
        assert_eq!(got, want, "{patterns:?} in {text:?}");
    }

    #[test]
    fn every_place_of_every_pattern_is_found() {
        check(&["กรม"], "กรมการ กรม", &["กรม", "กรม"]);
        check(&["กรม", "กรมป่าไม้", "ป่าไม้"], "กรมป่าไม้", &["กรม", "กรมป่าไม้", "ป่าไม้"]);
        check(&["อย"], "อยอยอย", &["อย", "อย", "อย"]);
        check(&["อย.", "อย"], "ร้อย.", &["อย", "อย."]);
        check(&["กกก", "กกกกก"], "กกกกกก", &["กกก", "กกกกก", "กกก", "กกกกก", "กกก", "กกก"]);
        check(&["set", "ptt or"], "SET set sEt PTT OR", &["SET", "set", "sEt", "PTT OR"]);
        check(&["ก.พ.ร.", "ก.พ."], "ก.พ.ร.", &["ก.พ.", "ก.พ.ร."]);
        check(&["สมาคม✓ดี", "é👍"], "สมาคม✓ดี é👍", &["สมาคม✓ดี", "é👍"]);
        check(&["ก", ""], "กก", &[]); // One letter is no name.
        check(&[], "กรม", &[]);
        check(&["กรม"], "", &[]);
    }

    #[test]
    fn letters_that_fold_alike_are_told_apart() {
        check(&["abc*"], "abc* abc+ abc1", &["abc*"]);
        check(&["ภาค 1"], "ภาค ๑ ภาค 1", &["ภาค 1"]);
    }

    proptest! {
        #[test]
        fn it_finds_what_looking_for_each_pattern_finds(
            patterns in prop::collection::btree_set("[กขคาะ้ab1. é]{2,9}", 0..40),
            text in "[กขคาะ้abAB1. é]{0,400}",
        ) {
            let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
            let lower = text.to_ascii_lowercase();
            let mut want: Vec<(usize, usize, usize)> = Vec::new();
            for (number, pattern) in patterns.iter().enumerate() {
                let starts = (0..lower.len()).filter(|&at| lower.as_bytes()[at..].starts_with(pattern.as_bytes()));
                want.extend(starts.map(|start| (start, start + pattern.len(), number)));
            }
            want.sort_unstable();
            prop_assert_eq!(found(&patterns, &text), want);
        }
    }
}
