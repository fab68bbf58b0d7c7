//! Pairs of letters: a filter for exact runs of letters.
//!
//! A letter here is a base character with the signs on it, which does not depend on what stands around it as a word does.
//! Every letter with the base of the next is a pair, and a text that has a run of letters has all its pairs. Pairs are
//! hashed into [`ROWS`] rows of bits; a column, here a slot, is some eight kilobytes of text: one article, several short
//! ones, or a piece of a long one. Slots that have a bit in all rows of a run are looked through, all others cannot have it.
//!
//! A file keeps the bits, 512 slots a block, so that a row of a block is one line of the processor's cache. That takes a
//! sixteenth of the text; a run of twenty letters costs microseconds to filter, an article a few more to add: lists of
//! pairs in tantivy took the same room and as long as all words together. The last block is written again with each
//! commit. Its bits are only ever added, so whatever a crash leaves of it is true of all that was committed.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use praden_text::clusters::is_attached;
use tantivy::directory::OwnedBytes;

/// The file of the bits.
pub(crate) const SLOTS_FILE: &str = "praden-slots.bits";

/// How many rows there are. A slot's text has some 700 different pairs: a sixth of its bits are set.
const ROWS: usize = 4096;

/// How many slots a block has: a row of it is 64 bytes.
const BLOCK_SLOTS: u64 = 512;
const ROW_WORDS: usize = BLOCK_SLOTS as usize / 64;
const BLOCK_BYTES: usize = ROWS * ROW_WORDS * 8;

/// How much text shares a slot.
const SLOT_BYTES: usize = 9 << 10;

/// With less room than this in the last slot, a text that does not fit begins a new one.
const ROOM_BYTES_MIN: usize = 2 << 10;

/// The longest part of what is sought that is filtered by: what is longer need not lie in one piece.
const SOUGHT_BYTES_MAX: usize = 512;

/// How much of a long text two pieces share, so that every run of so many letters lies in one of them. A little more than
/// the longest run, because pieces end between letters.
const OVERLAP_BYTES: usize = SOUGHT_BYTES_MAX + 100;

/// The pieces of a text: the first of so many bytes, the others as long as a slot.
fn pieces(text: &str, mut room: usize) -> impl Iterator<Item = &str> {
    let mut start = Some(0);
    std::iter::from_fn(move || {
        let from = start?;
        let end = praden_text::floor_cluster(text, from + room);
        room = SLOT_BYTES;
        let next = praden_text::floor_cluster(text, end.saturating_sub(OVERLAP_BYTES));
        // A heap of signs longer than a piece stays whole, with all that follows.
        let is_last = end >= text.len() || next <= from;
        start = (!is_last).then_some(next);
        text.get(from..if is_last { text.len() } else { end })
    })
}

/// The rows of the pairs of a text, in order, as often as they come. Signs before the first base have none.
fn rows(text: &str) -> impl Iterator<Item = usize> + '_ {
    let mut previous: Option<usize> = None;
    text.char_indices().filter(|&(_, letter)| !is_attached(letter)).filter_map(move |(at, base)| {
        let start = previous.replace(at)?;
        Some(hash(text.as_bytes().get(start..at + base.len_utf8())?) % ROWS)
    })
}

/// A hash of the first 16 bytes and the length: nearly all pairs are shorter.
fn hash(bytes: &[u8]) -> usize {
    let word = |at: usize| match bytes.get(at..) {
        Some(&[a, b, c, d, e, f, g, h, ..]) => u64::from_le_bytes([a, b, c, d, e, f, g, h]),
        Some(rest) => rest.iter().fold(0, |word, &byte| word << 8 | u64::from(byte)),
        None => 0,
    };
    let mixed = (word(0) ^ (bytes.len() as u64) << 56).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = ((mixed >> 32) ^ mixed ^ word(8)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed >> 40) as usize
}

/// The one writer of the bits.
pub(crate) struct SlotsWriter {
    file: File,
    block: Vec<u64>,
    block_number: u64,
    /// The slot after the last.
    next: u64,
    /// Bytes of text in the last slot; nothing when none is open.
    held: Option<usize>,
    is_dirty: bool,
}

impl SlotsWriter {
    /// Opens the file; goes on after so many slots.
    pub(crate) fn open(dir: &Path, next: u64) -> io::Result<Self> {
        let path = dir.join(SLOTS_FILE);
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut writer = Self {
            file,
            block: Vec::new(),
            block_number: next / BLOCK_SLOTS,
            next,
            held: None,
            is_dirty: false,
        };
        writer.read_block()?;
        Ok(writer)
    }

    /// Reads the block at hand, as far as the file has it.
    fn read_block(&mut self) -> io::Result<()> {
        let start = self.block_number * BLOCK_BYTES as u64;
        let known = self.file.metadata()?.len();
        // A commit always wrote its blocks whole.
        if !self.next.is_multiple_of(BLOCK_SLOTS) && known < start + BLOCK_BYTES as u64 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "a file is shorter than its commit says",
            ));
        }
        let mut bytes = Vec::with_capacity(BLOCK_BYTES);
        self.file.seek(SeekFrom::Start(start))?;
        (&self.file).take(BLOCK_BYTES as u64).read_to_end(&mut bytes)?;
        bytes.resize(BLOCK_BYTES, 0);
        self.block = words(&bytes).collect();
        Ok(())
    }

    fn write_block(&mut self) -> io::Result<()> {
        if self.is_dirty {
            let bytes: Vec<u8> = self.block.iter().flat_map(|word| word.to_le_bytes()).collect();
            self.file.seek(SeekFrom::Start(self.block_number * BLOCK_BYTES as u64))?;
            self.file.write_all(&bytes)?;
        }
        Ok(())
    }

    /// Adds an article; says in which slots it is: the first, and how many.
    pub(crate) fn add(&mut self, title: &str, text: &str) -> io::Result<(u64, u64)> {
        let mut slots: Option<(u64, u64)> = None;
        let room = self.held.map_or(0, |held| SLOT_BYTES.saturating_sub(held + title.len()));
        let is_shared = self.held.is_some() && (room >= ROOM_BYTES_MIN || text.len() <= room);
        for piece in pieces(text, if is_shared { room } else { SLOT_BYTES }) {
            // The pieces of an article lie in slots side by side.
            if slots.is_none() && is_shared {
                self.held = self.held.map(|held| held + title.len() + piece.len());
            } else {
                self.held = Some(if slots.is_none() { title.len() + piece.len() } else { piece.len() });
                let number = self.next / BLOCK_SLOTS;
                if number != self.block_number {
                    self.write_block()?;
                    self.block_number = number;
                    self.block.fill(0);
                }
                self.next += 1;
            }
            let slot = self.next - 1;
            let title = if slots.is_none() { title } else { "" };
            self.set(slot, rows(title).chain(rows(piece)));
            slots = Some(slots.map_or((slot, 1), |(first, count)| (first, count + 1)));
        }
        Ok(slots.unwrap_or((self.next.saturating_sub(1), 1)))
    }

    fn set(&mut self, slot: u64, rows: impl Iterator<Item = usize>) {
        let column = (slot % BLOCK_SLOTS) as usize;
        let (word, bit) = (column / 64, 1 << (column % 64));
        for row in rows {
            if let Some(bits) = self.block.get_mut(row * ROW_WORDS + word) {
                *bits |= bit;
            }
        }
        self.is_dirty = true;
    }

    /// Makes everything added so far durable, and says how many slots there are.
    pub(crate) fn sync(&mut self) -> io::Result<u64> {
        if self.is_dirty {
            self.write_block()?;
            self.file.sync_data()?;
            self.is_dirty = false;
        }
        Ok(self.next)
    }
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    bytes.chunks_exact(8).map(|chunk| chunk.try_into().map_or(0, u64::from_le_bytes))
}

/// The slots that may have a run of letters: all that are not ruled out.
pub(crate) struct Candidates(Vec<u64>);

impl Candidates {
    /// Reads the rows of a run of letters.
    pub(crate) fn of(sought: &str, file: &OwnedBytes) -> Self {
        let start = sought.floor_char_boundary(SOUGHT_BYTES_MAX);
        let mut rows: Vec<usize> = rows(sought.get(..start).unwrap_or(sought)).collect();
        rows.sort_unstable();
        rows.dedup();
        let mut slots = Vec::with_capacity(file.len() / BLOCK_BYTES * ROW_WORDS);
        for block in file.as_slice().chunks_exact(BLOCK_BYTES) {
            let mut left = [u64::MAX; ROW_WORDS];
            for row in &rows {
                let bytes = block.get(row * ROW_WORDS * 8..(row + 1) * ROW_WORDS * 8).unwrap_or(&[]);
                for (left, word) in left.iter_mut().zip(words(bytes)) {
                    *left &= word;
                }
            }
            slots.extend(left);
        }
        Self(slots)
    }

    /// Whether one of `count` slots from `first` on is one of them.
    pub(crate) fn has_any(&self, first: u64, count: u64) -> bool {
        (first..first.saturating_add(count)).any(|slot| self.has(slot))
    }

    /// Whether a slot is one of them. One that nothing is known of is.
    fn has(&self, slot: u64) -> bool {
        self.0.get(slot as usize / 64).is_none_or(|word| word >> (slot % 64) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pairs_are_a_letter_with_its_signs_and_the_next_base() {
        let of = |pairs: &[&str]| pairs.iter().map(|pair| hash(pair.as_bytes()) % ROWS).collect::<Vec<_>>();
        assert_eq!(rows("น้ำมาก").collect::<Vec<_>>(), of(&["น้ำม", "มา", "าก"]));
        assert_eq!(rows("ที่").count(), 0);
        assert_eq!(rows("่กา").collect::<Vec<_>>(), of(&["กา"]));
    }

    proptest! {
        #[test]
        fn whatever_has_a_run_has_its_pairs(text in "[กขา่ีำab \u{301}\0]{0,30}", from in 0..30_usize, len in 1..12_usize) {
            let sought: String = text.chars().skip(from).take(len).collect();
            let pairs: BTreeSet<usize> = rows(&text).collect();
            prop_assert!(rows(&sought).all(|row| pairs.contains(&row)), "{:?}", sought);
        }

        #[test]
        fn no_slot_that_has_a_run_is_ruled_out(texts in prop::collection::vec(("[กขา่ีab]{0,20}", 1..1_000_usize), 1..20), stop in 0..30_usize) {
            let dir = tempfile::tempdir().unwrap();
            let mut writer = SlotsWriter::open(dir.path(), 0).unwrap();
            let mut slots = Vec::new();
            let texts: Vec<String> = texts.into_iter().map(|(text, times)| text.repeat(times)).collect();
            for (at, text) in texts.iter().enumerate() {
                if at == stop {
                    let next = writer.sync().unwrap();
                    drop(writer);
                    writer = SlotsWriter::open(dir.path(), next).unwrap();
                }
                slots.push(writer.add("", text).unwrap());
            }
            writer.sync().unwrap();
            let file = OwnedBytes::new(std::fs::read(dir.path().join(SLOTS_FILE)).unwrap());
            for text in texts.iter().filter(|text| !text.is_empty()) {
                // Some of what is sought is longer than what pieces share.
                let sought: String = text.chars().skip(text.len() / 7).take(9 + text.len() % 400).collect();
                let candidates = Candidates::of(&sought, &file);
                for (other, &(first, count)) in texts.iter().zip(&slots) {
                    prop_assert!(candidates.has_any(first, count) || !other.contains(&sought));
                }
            }
        }
    }
}
