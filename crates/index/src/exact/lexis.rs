//! The words of one field of a segment by their letters: which of them have a run of letters.
//!
//! Every place in every word where a letter begins is sorted by what follows; all words with a run of letters are then
//! neighbours.

use std::io;
use std::ops::Range;

use tantivy::postings::TermInfo;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, InvertedIndexReader};

use super::letters::{EDGE, is_first, spell};
use super::rooms::DocSetBits;

/// Every so many places have their first letters beside them, so that a search touches little memory.
const STEP: usize = 32;

/// The documents of words that no more than so many have are kept with the word: nearly all words are rare, and to open
/// tantivy's list costs more than to read it.
const LISTED_MAX: u32 = 8;

/// Words by their letters.
pub(super) struct Lexis {
    /// All words in order of their number, each after an [`EDGE`], with one at the end.
    letters: Vec<u8>,
    /// Where each word's edge is.
    starts: Vec<u32>,
    /// The documents of each word.
    words: Vec<Documents>,
    listed: Vec<DocId>,
    infos: Vec<TermInfo>,
    /// The sorted places: the word's number, and how far from its edge.
    places: Vec<(u32, u16)>,
    /// The first eight letters of every [`STEP`]th place.
    keys: Vec<u64>,
}

/// Where the documents of a word are.
#[derive(Clone, Copy)]
enum Documents {
    /// In the list of all such words: from here on, so many.
    Listed(u32, u32),
    /// Where tantivy has them, by the number of what is known of it.
    Known(u32),
}

impl Lexis {
    /// Reads and sorts the words of a field.
    pub(super) fn build(field: &InvertedIndexReader) -> io::Result<Self> {
        let count = field.terms().num_terms();
        let mut letters = Vec::with_capacity(count * 12);
        let (mut starts, mut words) = (Vec::with_capacity(count), Vec::with_capacity(count));
        let (mut listed, mut infos) = (Vec::new(), Vec::new());
        let mut terms = field.terms().stream()?;
        while terms.advance() {
            starts.push(letters.len() as u32);
            let info = terms.value();
            if info.doc_freq <= LISTED_MAX {
                let start = listed.len() as u32;
                each_block(field, info, |docs| listed.extend_from_slice(docs))?;
                words.push(Documents::Listed(start, listed.len() as u32 - start));
            } else {
                words.push(Documents::Known(infos.len() as u32));
                infos.push(info.clone());
            }
            letters.push(EDGE);
            // Terms are texts: nothing else is ever added.
            spell(std::str::from_utf8(terms.key()).unwrap_or(""), &mut letters);
        }
        letters.push(EDGE);
        let mut sorted: Vec<(u64, u32, u16)> = Vec::with_capacity(letters.len());
        for (number, &start) in (0..).zip(&starts) {
            let word = letters.get(start as usize + 1..).unwrap_or(&[]);
            let ends = word.iter().position(|&byte| byte == EDGE).unwrap_or(word.len());
            for (offset, _) in (1_u16..).zip(word).take(ends).filter(|(_, byte)| is_first(**byte)) {
                sorted.push((key(&letters, start as usize + usize::from(offset)), number, offset));
            }
        }
        sorted.sort_unstable_by(|a, b| {
            a.0.cmp(&b.0).then_with(|| {
                let rest = |place: &(u64, u32, u16)| {
                    let start = starts.get(place.1 as usize).map_or(0, |&start| start as usize);
                    word_rest(&letters, start + usize::from(place.2))
                };
                // Eight letters that are the same up to an edge are the same word from there on.
                if a.0 & 0xFF == 0 { a.1.cmp(&b.1) } else { rest(a).cmp(rest(b)).then(a.1.cmp(&b.1)) }
            })
        });
        let keys = sorted.iter().step_by(STEP).map(|place| place.0).collect();
        let places = sorted.iter().map(|&(_, number, offset)| (number, offset)).collect();
        Ok(Self { letters, starts, words, listed, infos, places, keys })
    }

    /// How many bytes of memory it takes.
    pub(super) fn size(&self) -> usize {
        self.letters.len()
            + size_of_val(self.starts.as_slice())
            + size_of_val(self.words.as_slice())
            + size_of_val(self.listed.as_slice())
            + size_of_val(self.infos.as_slice())
            + size_of_val(self.places.as_slice())
            + size_of_val(self.keys.as_slice())
    }

    /// The places where letters stand: an index into the sorted places.
    fn find(&self, sought: &[u8]) -> Range<usize> {
        let (low, high) = (padded(sought, 0), padded(sought, 0xFF));
        // A sampled place below the low key is below what is sought; one above the high key is above.
        let first = self.keys.partition_point(|&key| key < low).saturating_sub(1) * STEP;
        let end = (self.keys.partition_point(|&key| key <= high) * STEP).min(self.places.len());
        let before = |place: &(u32, u16), is_after: fn(std::cmp::Ordering) -> bool| {
            let at =
                self.starts.get(place.0 as usize).map_or(0, |&start| start as usize) + usize::from(place.1);
            let rest = self.letters.get(at..).unwrap_or(&[]);
            is_after(rest.get(..sought.len()).unwrap_or(rest).cmp(sought))
        };
        let part = self.places.get(first..end).unwrap_or(&[]);
        let start = first + part.partition_point(|place| before(place, std::cmp::Ordering::is_lt));
        let part = self.places.get(start..end).unwrap_or(&[]);
        start..start + part.partition_point(|place| before(place, std::cmp::Ordering::is_le))
    }

    /// The documents that have letters, spelled as [`spell`] does, inside a word.
    pub(super) fn documents(
        &self,
        sought: &[u8],
        field: &InvertedIndexReader,
        max_doc: DocId,
    ) -> io::Result<DocSetBits> {
        let places = self.places.get(self.find(sought)).unwrap_or(&[]);
        let mut words: Vec<u32> = places.iter().map(|&(word, _)| word).collect();
        // A word that has the letters twice comes twice.
        words.sort_unstable();
        words.dedup();
        let mut docs = DocSetBits::new(max_doc);
        for word in words {
            match self.words.get(word as usize) {
                Some(&Documents::Listed(start, len)) => {
                    let listed = self.listed.get(start as usize..(start + len) as usize);
                    listed.unwrap_or(&[]).iter().for_each(|&doc| docs.insert(doc));
                }
                Some(&Documents::Known(number)) => {
                    let Some(info) = self.infos.get(number as usize) else { continue };
                    each_block(field, info, |found| found.iter().for_each(|&doc| docs.insert(doc)))?;
                }
                None => {}
            }
        }
        Ok(docs)
    }
}

/// Goes over the documents of a word, a block at a time.
fn each_block(
    field: &InvertedIndexReader,
    info: &TermInfo,
    mut visit: impl FnMut(&[DocId]),
) -> io::Result<()> {
    let mut blocks = field.read_block_postings_from_terminfo(info, IndexRecordOption::Basic)?;
    while !blocks.docs().is_empty() {
        visit(blocks.docs());
        blocks.advance();
    }
    Ok(())
}

/// The letters from a place to the end of the word, with its edge.
fn word_rest(letters: &[u8], at: usize) -> &[u8] {
    let rest = letters.get(at..).unwrap_or(&[]);
    let end = rest.iter().skip(1).position(|&byte| byte == EDGE).map_or(rest.len(), |end| end + 2);
    rest.get(..end).unwrap_or(rest)
}

/// The first eight letters at a place, nothing after the end of the word.
fn key(letters: &[u8], at: usize) -> u64 {
    let mut key = 0;
    let mut is_over = false;
    for &byte in letters.get(at..).unwrap_or(&[]).iter().take(8) {
        is_over |= byte == EDGE;
        key = key << 8 | if is_over { 0 } else { u64::from(byte) };
    }
    let read = letters.len().saturating_sub(at).min(8);
    if read == 8 { key } else { key << (8 * (8 - read)) }
}

fn padded(sought: &[u8], with: u8) -> u64 {
    (0..8).fold(0, |key, at| key << 8 | u64::from(sought.get(at).copied().unwrap_or(with)))
}
