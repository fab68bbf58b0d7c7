//! Letters side by side: a filter for exact runs of letters.
//!
//! A letter here is a base character with the signs on it, which does not depend on what stands around it as a word does.
//! Every letter with the base of the next is a pair, every two with the base of the one after them a triple, and a text that
//! has a run of letters has all its pairs and triples. They are hashed into [`ROWS`] rows of bits; a column, here a slot, is
//! some ten kilobytes of text: one article, several short ones, or a piece of a long one. Slots that have a bit in all rows of
//! a run may have it, all others cannot. Pairs alone do not rule out much: an article has most of the common ones somewhere.
//!
//! A file keeps the bits, 512 slots a block, so that a row of a block is one line of the processor's cache. That takes a
//! fifteenth of the text; a run of twenty letters costs microseconds to filter, an article a few more to add: lists of
//! pairs in tantivy took the same room and as long as all words together. The last block is written again with each
//! commit. Its bits are only ever added, so whatever a crash leaves of it is true of all that was committed.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::RangeInclusive;
use std::path::Path;

use praden_text::clusters::is_attached;
use tantivy::directory::OwnedBytes;

use super::squares::transpose;

/// The file of the bits.
pub(crate) const SLOTS_FILE: &str = "praden-slots.bits";

/// How many rows there are. A slot's text has some 800 different pairs and 1,300 triples: a third of its bits are set.
const ROWS: usize = 5120;

/// How many slots a block has: a row of it is 64 bytes.
const BLOCK_SLOTS: u64 = 512;
const ROW_WORDS: usize = BLOCK_SLOTS as usize / 64;
const SLOT_WORDS: usize = ROWS / 64;
const BLOCK_BYTES: usize = ROWS * ROW_WORDS * 8;

/// How much text shares a slot.
const SLOT_BYTES: usize = 10 << 10;

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

/// Gives the rows of the pairs and triples of a text, as often as they come; with each whether it is one, for what is not is
/// given too. Signs come in no order that a processor could guess, so it is not asked to. Signs before the first base have none.
fn rows(text: &str, mut give: impl FnMut(usize, bool)) {
    let mut parts = text.chars().map(|part| (u64::from(u32::from(part)), !is_sign(part)));
    // Hashes of the letter at hand, with the signs so far, and of the one before it.
    let Some((first, _)) = parts.find(|&(_, is_base)| is_base) else { return };
    let (mut letter, mut before, mut has_before) = (mixed(0, first), 0, false);
    for (code, is_base) in parts {
        let more = mixed(letter, code);
        give(row(more), is_base);
        give(row(mixed(mixed(before, letter), code)), is_base & has_before);
        before = if is_base { letter } else { before };
        letter = if is_base { mixed(0, code) } else { more };
        has_before |= is_base;
    }
}

/// Whether a character belongs to the letter before it: [`is_attached`], at hand for Thai, whose characters are nearly all.
#[inline]
fn is_sign(part: char) -> bool {
    const THAI: u32 = 0xE00;
    const SIGNS: u128 = {
        let (mut signs, mut at) = (0, 0);
        while at < 128 {
            // ั, ำ to ฺ, and ็ to ๎.
            if at == 0x31 || (at >= 0x33 && at <= 0x3A) || (at >= 0x47 && at <= 0x4E) {
                signs |= 1 << at;
            }
            at += 1;
        }
        signs
    };
    match u32::from(part).wrapping_sub(THAI) {
        at @ 0..128 => SIGNS >> at & 1 == 1,
        _ => is_attached(part),
    }
}

/// The rows of a text, once each.
fn collect(text: &str) -> Vec<usize> {
    let mut there = Vec::new();
    rows(text, |row, is_there| there.extend(is_there.then_some(row)));
    there.sort_unstable();
    there.dedup();
    there
}

/// The hash of what was hashed, and more.
const fn mixed(hash: u64, more: u64) -> u64 {
    (hash.rotate_left(23) ^ more).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// The high bits of a hash, as a share of all rows.
const fn row(hash: u64) -> usize {
    ((hash >> 32) as usize * ROWS) >> 32
}

/// The one writer of the bits. While slots are filled those of a slot stand together.
pub(crate) struct SlotsWriter {
    file: File,
    /// The block at hand, but slot by slot.
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
        let rows: Vec<u64> = words(&bytes).collect();
        self.block = turned(&rows, ROW_WORDS);
        Ok(())
    }

    fn write_block(&mut self) -> io::Result<()> {
        if self.is_dirty {
            let rows = turned(&self.block, SLOT_WORDS);
            let bytes: Vec<u8> = rows.into_iter().flat_map(u64::to_le_bytes).collect();
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
            self.set(slot, &[title, piece]);
            slots = Some(slots.map_or((slot, 1), |(first, count)| (first, count + 1)));
        }
        Ok(slots.unwrap_or((self.next.saturating_sub(1), 1)))
    }

    fn set(&mut self, slot: u64, texts: &[&str]) {
        let start = (slot % BLOCK_SLOTS) as usize * SLOT_WORDS;
        let Some(slot) = self.block.get_mut(start..start + SLOT_WORDS) else { return };
        for text in texts {
            rows(text, |row, is_there| {
                if let Some(bits) = slot.get_mut(row / 64) {
                    *bits |= u64::from(is_there) << (row % 64);
                }
            });
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

/// Bits in lines of so many words, with what were columns as lines. The numbers of both are multiples of 64.
fn turned(bits: &[u64], line_words: usize) -> Vec<u64> {
    let column_words = bits.len() / line_words / 64;
    let mut turned = vec![0; bits.len()];
    for (down, lines) in bits.chunks(line_words * 64).enumerate() {
        for across in 0..line_words {
            let mut square = [0_u64; 64];
            for (word, line) in square.iter_mut().zip(lines.chunks(line_words)) {
                *word = line.get(across).copied().unwrap_or(0);
            }
            transpose(&mut square);
            let columns = turned.chunks_mut(column_words).skip(across * 64);
            for (word, column) in square.into_iter().zip(columns) {
                if let Some(place) = column.get_mut(down) {
                    *place = word;
                }
            }
        }
    }
    turned
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    bytes.chunks_exact(8).map(|chunk| chunk.try_into().map_or(0, u64::from_le_bytes))
}

/// The slots that may have a run of letters: all that are not ruled out.
pub(crate) struct Candidates(Vec<u64>);

impl Candidates {
    /// Reads the rows of a run of letters.
    pub(crate) fn of<'f>(sought: &str, file: &'f OwnedBytes) -> Self {
        let start = sought.floor_char_boundary(SOUGHT_BYTES_MAX);
        let mut sought_rows = collect(sought.get(..start).unwrap_or(sought));
        let row_of = |block: &'f [u8], row: usize| block.get(row * ROW_WORDS * 8..(row + 1) * ROW_WORDS * 8);
        // The rows that rule out most come first: one block tells which.
        if let Some(block) = file.as_slice().chunks_exact(BLOCK_BYTES).next() {
            sought_rows.sort_by_cached_key(|&row| {
                words(row_of(block, row).unwrap_or(&[])).map(u64::count_ones).sum::<u32>()
            });
        }
        let blocks: Vec<&[u8]> = file.as_slice().chunks_exact(BLOCK_BYTES).collect();
        let mut left = vec![[u64::MAX; ROW_WORDS]; blocks.len()];
        let mut open: Vec<usize> = (0..blocks.len()).collect();
        // Row after row in all blocks: each is a line of memory that nobody may have looked at for long, and no block waits
        // for another.
        for row in sought_rows {
            open.retain(|&number| {
                let (Some(block), Some(left)) = (blocks.get(number), left.get_mut(number)) else {
                    return false;
                };
                let row = words(row_of(block, row).unwrap_or(&[]));
                left.iter_mut().zip(row).fold(0, |any, (left, word)| {
                    *left &= word;
                    any | *left
                }) != 0
            });
        }
        let slots = left.into_flattened();
        Self(slots)
    }

    /// Those of these slots, in order, and perhaps some beside them.
    pub(super) fn slots(&self, within: RangeInclusive<u32>) -> impl Iterator<Item = u32> + '_ {
        let first = within.start() / 64;
        let end = (*within.end() as usize / 64 + 1).min(self.0.len());
        set_bits(self.0.get(first as usize..end).unwrap_or(&[])).map(move |slot| first * 64 + slot)
    }

    /// Whether a slot is one of them.
    pub(super) fn has(&self, slot: u32) -> bool {
        self.0.get(slot as usize / 64).is_some_and(|word| word >> (slot % 64) & 1 == 1)
    }

    /// How many slots are known. All others are allowed to have anything.
    pub(super) fn len(&self) -> u32 {
        self.0.len() as u32 * 64
    }
}

/// The numbers of the bits that are set, in order.
pub(super) fn set_bits(words: &[u64]) -> impl Iterator<Item = u32> + '_ {
    (0..).zip(words).filter(|(_, word)| **word != 0).flat_map(|(number, &word)| {
        let mut rest = word;
        std::iter::from_fn(move || {
            (rest != 0).then(|| {
                let bit = rest.trailing_zeros();
                rest &= rest - 1;
                number * 64 + bit
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn signs_are_what_is_attached() {
        assert!(('\0'..='\u{2000}').all(|part| is_sign(part) == is_attached(part)));
    }

    #[test]
    fn columns_become_lines() {
        let (lines, line_words) = (128_usize, 3_usize);
        let is_set = |line: usize, column: usize| (line * 7 + column * column).is_multiple_of(5);
        let bits: Vec<u64> = (0..lines * line_words)
            .map(|word| {
                let (line, column) = (word / line_words, word % line_words * 64);
                (0..64).map(|bit| u64::from(is_set(line, column + bit)) << bit).sum()
            })
            .collect();
        let columns = turned(&bits, line_words);
        for (line, column) in
            (0..lines).flat_map(|line| (0..line_words * 64).map(move |column| (line, column)))
        {
            let place = columns.get(column * lines / 64 + line / 64).unwrap();
            assert_eq!(place >> (line % 64) & 1 == 1, is_set(line, column), "{line} {column}");
        }
        assert_eq!(turned(&columns, lines / 64), bits);
    }

    #[test]
    fn pairs_and_triples_end_with_a_base() {
        let listed = |text: &str| {
            let mut listed = Vec::new();
            rows(text, |row, is_there| listed.extend(is_there.then_some(row)));
            listed
        };
        let all = listed("น้ำมาก");
        assert_eq!(all.len(), 5);
        assert_eq!(all.get(..1), Some(&*listed("น้ำม")));
        assert_eq!(all.get(1..2), Some(&*listed("มา")));
        assert_eq!(all.get(..3), Some(&*listed("น้ำมา")));
        assert_eq!(
            [all.get(1), all.get(3), all.get(4)].map(Option::unwrap),
            *listed("มาก").iter().collect::<Vec<_>>()
        );
        assert!(listed("ที่").is_empty());
        assert_eq!(listed("่กา"), listed("กา"));
        assert!(listed("นายกรัฐมนตรี").into_iter().all(|row| row < ROWS));
    }

    proptest! {
        #[test]
        fn whatever_has_a_run_has_its_rows(text in "[กขา่ีำab \u{301}\0]{0,30}", from in 0..30_usize, len in 1..12_usize) {
            let sought: String = text.chars().skip(from).take(len).collect();
            let there = collect(&text);
            prop_assert!(collect(&sought).iter().all(|row| there.contains(row)), "{:?}", sought);
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
                let candidates: BTreeSet<u64> = Candidates::of(&sought, &file).slots(0..=u32::MAX).map(u64::from).collect();
                for (other, &(first, count)) in texts.iter().zip(&slots) {
                    prop_assert!(candidates.range(first..first + count).count() > 0 || !other.contains(&sought));
                }
            }
        }
    }
}
