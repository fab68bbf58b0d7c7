//! Which texts may have a run of letters across words, and where: by the letters around the places where words meet.
//!
//! A run that is inside no word has a joint in it: a place where words meet, or a letter that is no part of a word. Texts
//! are remembered in pieces of some nine kilobytes by the letters around their joints, one to three on either side, hashed
//! into rows of bits. Over a letter of the run lies some word of the dictionary, or none; each way in which it can lie says
//! where joints must be, and a piece that has none of these joints has the run across no words. That tells more than words
//! do, which are common where the run is, and costs a few rows of bits.

use std::ops::Range;

use tantivy::DocId;

use super::rooms::DocSetBits;
use super::squares::transpose;
use crate::texts::{AROUND, Around, CODE_BYTES_MAX, LETTERS_MAX, Span};

/// How many letters before and after a joint are looked at together, and by how many rows they are remembered: where less
/// is known there are fewer rows to look at, so they say more.
const CONTEXTS: [(usize, usize, u64); 5] = [(1, 2, 2), (2, 1, 2), (1, 3, 1), (2, 2, 1), (3, 1, 1)];

/// How many bytes of a coded text a piece has for itself.
const PIECE_BYTES: usize = 1024;

/// So much of what follows belongs to a piece too, so that the joints between the letters of a run that are asked for, and
/// the units over them, lie in one.
const OVERLAP_BYTES: usize = LETTERS_MAX * CODE_BYTES_MAX;

/// So many rows for each byte of an average piece: a third of all bits are set then.
const ROWS_PER_BYTE: usize = 8;
const ROWS_MIN: usize = 1 << 6;
const ROWS_MAX: usize = 1 << 14;

/// The joints of a segment's texts.
pub(super) struct Joints {
    /// One row after the other, with a bit for each piece.
    bits: Vec<u64>,
    /// How many rows, as a power of two.
    rows_log: u32,
    row_words: usize,
    /// The first piece of each document, and one more.
    firsts: Vec<u32>,
}

/// Gives the rows of a joint, as far as letters around it are known.
fn rows(around: &Around, before: usize, after: usize, rows_log: u32, mut give: impl FnMut(usize)) {
    const _: () = assert!(2 * AROUND <= 7, "letters and the number of a context share a word");
    let known = around.iter().rev().fold(0, |all, &letter| all << 8 | u64::from(letter));
    for (number, (left, right, times)) in (1..).zip(CONTEXTS) {
        if left > before || right > after {
            continue;
        }
        let letters = known >> (8 * (AROUND - left)) & ((1 << (8 * (left + right))) - 1);
        let mut hash = letters | number << 56;
        for _ in 0..times {
            hash = (hash ^ hash >> 32).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            give((hash >> (64 - rows_log)) as usize);
        }
    }
}

/// How many pieces a coded text has.
const fn pieces(bytes: usize) -> usize {
    let pieces = bytes.saturating_sub(OVERLAP_BYTES).div_ceil(PIECE_BYTES);
    if pieces == 0 { 1 } else { pieces }
}

impl Joints {
    /// How many bytes of memory it takes.
    pub(super) fn size(&self) -> usize {
        size_of_val(self.bits.as_slice()) + size_of_val(self.firsts.as_slice())
    }

    /// The rows that a piece has that has a run of letters with a joint before one of them.
    fn rows_of(&self, letters: &[u8], gap: usize) -> Vec<&[u64]> {
        let mut around = Around::default();
        let (before, after) = (gap.min(AROUND), letters.len().saturating_sub(gap).min(AROUND));
        for (place, letter) in around.iter_mut().skip(AROUND - before).zip(letters.iter().skip(gap - before))
        {
            *place = *letter;
        }
        let mut found = Vec::new();
        rows(&around, before, after, self.rows_log, |row| {
            found.extend(self.bits.get(row * self.row_words..(row + 1) * self.row_words));
        });
        found
    }

    /// All pieces of documents.
    pub(super) fn pieces(&self, docs: &DocSetBits) -> Pieces<'_> {
        let mut pieces = DocSetBits::new(self.firsts.last().copied().unwrap_or(0));
        for doc in docs.iter() {
            self.of(doc).for_each(|piece| pieces.insert(piece));
        }
        Pieces { joints: self, pieces }
    }

    /// The pieces of a document.
    fn of(&self, doc: DocId) -> Range<u32> {
        let first = |doc: usize| self.firsts.get(doc).copied().unwrap_or(0);
        first(doc as usize)..first(doc as usize + 1)
    }
}

/// Some pieces of texts.
pub(super) struct Pieces<'j> {
    joints: &'j Joints,
    pieces: DocSetBits,
}

impl Pieces<'_> {
    pub(super) fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Leaves those that can have a run of letters, by [`crate::texts::trace`], with one of these parts of it in one word.
    /// What is all in one word is left out.
    pub(super) fn retain(&mut self, letters: &[u8], spans: &[Span]) {
        let joints = self.joints;
        let gaps: Vec<Vec<&[u64]>> = (0..=letters.len().min(LETTERS_MAX))
            .map(|gap| {
                let is_asked = spans.iter().any(|span| span.start == gap || span.end == gap);
                if is_asked && gap > 0 && gap < letters.len() {
                    joints.rows_of(letters, gap)
                } else {
                    Vec::new()
                }
            })
            .collect();
        let of = |gap: usize| gaps.get(gap).map_or(&[][..], Vec::as_slice);
        let ways: Vec<Vec<&[u64]>> = spans
            .iter()
            .filter(|span| span.start > 0 || span.end < letters.len())
            .map(|span| [of(span.start), of(span.end)].concat())
            .collect();
        self.pieces.retain_words(|number, word| {
            ways.iter().fold(0, |any, rows| {
                let mut left = word & !any;
                for row in rows {
                    if left == 0 {
                        break;
                    }
                    left &= row.get(number).copied().unwrap_or(0);
                }
                any | left
            })
        });
    }

    /// The documents with pieces that are left, in order, with where in the coded text a unit ends that a joint is beside.
    pub(super) fn iter(&self) -> impl Iterator<Item = (DocId, Range<usize>)> + '_ {
        let mut doc = 0;
        self.pieces.iter().map(move |piece| {
            while self.joints.of(doc).end <= piece {
                doc += 1;
            }
            let of = self.joints.of(doc);
            let start = (piece - of.start) as usize * PIECE_BYTES;
            // The unit after the last joint belongs to it, and the last piece ends with the text.
            let is_last = piece + 1 == of.end;
            let end = if is_last { usize::MAX } else { start + PIECE_BYTES + OVERLAP_BYTES + CODE_BYTES_MAX };
            (doc, start..end)
        })
    }
}

/// Joints as they are read, document after document.
pub(super) struct JointsDraft {
    joints: Joints,
    /// How many pieces the document at hand has.
    pieces: usize,
    /// The rows of each of them: bits, one piece after the other.
    of_doc: Vec<u64>,
    /// The rows of up to 64 pieces before them.
    held: Vec<u64>,
    done: usize,
}

impl JointsDraft {
    /// Room for documents with texts that are so long, coded.
    pub(super) fn new(lens: impl Iterator<Item = usize>) -> Self {
        let (mut firsts, mut bytes, mut end) = (vec![0], 0, 0);
        for len in lens {
            bytes += len;
            end += pieces(len);
            // A segment has no more documents than that, and their texts lie in one file.
            firsts.push(end as u32);
        }
        let rows = (bytes * ROWS_PER_BYTE / end.max(1)).next_power_of_two().clamp(ROWS_MIN, ROWS_MAX);
        let row_words = end / 64 + 1;
        let joints = Joints { bits: vec![0; rows * row_words], rows_log: rows.ilog2(), row_words, firsts };
        Self { joints, pieces: 0, of_doc: Vec::new(), held: Vec::with_capacity(rows), done: 0 }
    }

    fn words(&self) -> usize {
        (1 << self.joints.rows_log) / 64
    }

    /// Begins a document. They come in order, all of them.
    pub(super) fn begin(&mut self, doc: DocId) {
        self.pieces = self.joints.of(doc).len();
        self.of_doc.clear();
        self.of_doc.resize(self.pieces * self.words(), 0);
    }

    /// Notes a joint of the document, so many bytes into its text.
    pub(super) fn add(&mut self, at: usize, around: &Around) {
        let words = self.words();
        let last = (at / PIECE_BYTES).min(self.pieces.saturating_sub(1));
        let first = (at.saturating_sub(OVERLAP_BYTES + 1) / PIECE_BYTES).min(last);
        for piece in first..=last {
            let Some(mine) = self.of_doc.get_mut(piece * words..(piece + 1) * words) else { return };
            rows(around, AROUND, AROUND, self.joints.rows_log, |row| {
                if let Some(bits) = mine.get_mut(row / 64) {
                    *bits |= 1 << (row % 64);
                }
            });
        }
    }

    /// Ends the document.
    pub(super) fn end(&mut self) {
        let words = self.words();
        for piece in self.of_doc.chunks_exact(words) {
            self.held.extend_from_slice(piece);
            self.done += 1;
            if self.done.is_multiple_of(64) {
                self.joints.put(self.done / 64 - 1, &self.held, words);
                self.held.clear();
            }
        }
    }

    pub(super) fn finish(self) -> Joints {
        let words = self.words();
        let mut joints = self.joints;
        joints.put(self.done / 64, &self.held, words);
        joints
    }
}

impl Joints {
    /// Turns pieces with their rows into rows with their pieces.
    fn put(&mut self, number: usize, pieces: &[u64], words: usize) {
        for word in 0..words {
            let mut square = [0; 64];
            for (line, piece) in square.iter_mut().zip(pieces.chunks_exact(words)) {
                *line = piece.get(word).copied().unwrap_or(0);
            }
            transpose(&mut square);
            for (row, line) in (word * 64..).zip(square) {
                if let Some(bits) = self.bits.get_mut(row * self.row_words + number) {
                    *bits = line;
                }
            }
        }
    }
}
