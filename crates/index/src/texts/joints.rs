//! Where words meet in texts, and where letters stand that are in no word: the joints of a text.
//!
//! A run of letters that is inside no word of a text has some joint of it between its letters, and so the letters that
//! stand around that joint.

use super::codec::unit_after;
use super::units::{Units, trace};

/// So many letters before and after a joint are told.
pub(crate) const AROUND: usize = 3;

/// So many letters are copied at once.
const HEAD: usize = 8;

/// The letters around a joint, as [`super::trace`] tells them: the last before it and the first after it in the middle; zero
/// beyond the edges of the text.
pub(crate) type Around = [u8; 2 * AROUND];

/// The letters of all units of a dictionary, one byte each.
pub(crate) struct Spelling {
    letters: Vec<u8>,
    units: Vec<Spelled>,
}

#[derive(Clone, Copy, Default)]
struct Spelled {
    /// The first letters once more: most units have no others.
    head: [u8; HEAD],
    start: u32,
    len: u16,
    /// How many letters are a word; there is a joint before each of the others.
    word: u16,
}

impl Spelling {
    pub(super) fn of(dictionary: &Units) -> Self {
        let mut letters = Vec::new();
        let units = (0..dictionary.len() as u32).map(|number| {
            let unit = dictionary.text(number);
            let start = letters.len();
            letters.extend(unit.chars().map(trace));
            let word = unit.get(..dictionary.word_len(number)).unwrap_or("").chars().count();
            let mut head = [0; HEAD];
            head.iter_mut().zip(letters.iter().skip(start)).for_each(|(place, letter)| *place = *letter);
            // Units have 64 bytes at most.
            Spelled { head, start: start as u32, len: (letters.len() - start) as u16, word: word as u16 }
        });
        let units = units.collect();
        Self { letters, units }
    }

    /// Gives what stands around each joint of a coded text, in order, and where the code ends that the joint is after or in.
    pub(crate) fn joints(&self, coded: &[u8], room: &mut Room, mut give: impl FnMut(usize, &Around)) {
        let Room { line, joints } = room;
        joints.clear();
        // What was left in the line by another text is overwritten, or never looked at.
        let (mut letters, mut at) = (AROUND, 0);
        while let Some((unit, end)) = unit_after(coded, at) {
            let spelled = self.units.get(unit as usize).copied().unwrap_or_default();
            let len = usize::from(spelled.len);
            if line.len() < letters + len + HEAD + AROUND {
                line.resize(2 * line.len() + len + HEAD + AROUND, 0);
            }
            if letters > AROUND {
                joints.push((letters, at));
            }
            joints.extend((usize::from(spelled.word.max(1))..len).map(|letter| (letters + letter, end)));
            if let Some(place) = line.get_mut(letters..).and_then(<[u8]>::first_chunk_mut) {
                *place = spelled.head;
            }
            if len > HEAD
                && let Some(place) = line.get_mut(letters..letters + len)
            {
                let start = spelled.start as usize;
                place
                    .iter_mut()
                    .zip(self.letters.iter().skip(start))
                    .for_each(|(place, letter)| *place = *letter);
            }
            letters += len;
            at = end;
        }
        if let Some(after) = line.get_mut(letters..letters + AROUND) {
            after.fill(0);
        }
        for &(letter, at) in &*joints {
            if let Some(around) = line.get(letter - AROUND..).and_then(<[u8]>::first_chunk) {
                give(at, around);
            }
        }
    }
}

/// Memory that one text after the other is spelled in.
#[derive(Default)]
pub(crate) struct Room {
    /// The letters of the text, after as many zeros as are told before a joint.
    line: Vec<u8>,
    joints: Vec<(usize, usize)>,
}
