//! The words of one field of a segment by their letters: which have a run of letters, begin with it, end with it, are it.
//!
//! tantivy's own dictionary answers only the last two questions. Here every place in every word where a letter begins is
//! sorted by what follows; all words with a run of letters are then neighbours. A segment never changes, so what is
//! sorted once for it holds as long as it lives.

use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use praden_model::FieldName;
use tantivy::index::SegmentId;
use tantivy::postings::TermInfo;
use tantivy::{InvertedIndexReader, Searcher, SegmentReader};

use super::letters::{EDGE, is_first, spell};
use super::pairs::Pairs;
use super::rooms::Rooms;
use crate::schema::Fields;
use crate::texts::Texts;

/// Every so many places have their first letters beside them, so that a search touches little memory.
const STEP: usize = 32;

/// Segments with fewer documents than this are looked through as quickly without.
const DOCS_MIN: u32 = 50;

/// The segments of an index that somebody asked to be made ready.
#[derive(Default)]
pub(crate) struct Lexes(Mutex<HashMap<SegmentId, Arc<Ready>>>);

/// What is kept of a segment.
pub(super) struct Ready {
    title: Known,
    text: Known,
    pub rooms: Arc<Rooms>,
}

/// What is kept of a field of a segment.
pub(super) struct Known {
    pub lexis: Lexis,
    pub pairs: Pairs,
}

impl Ready {
    fn read(segment: &SegmentReader, fields: &Fields, texts: &Texts) -> tantivy::Result<Self> {
        let rooms = Rooms::read(segment)?;
        let known = |name| -> tantivy::Result<Known> {
            let lexis = Lexis::build(&*segment.inverted_index(fields.words(name))?)?;
            Ok(Known { lexis, pairs: Pairs::read(texts, name, &rooms) })
        };
        Ok(Self { title: known(FieldName::Title)?, text: known(FieldName::Text)?, rooms: Arc::new(rooms) })
    }

    pub(super) fn known(&self, field: FieldName) -> &Known {
        match field {
            FieldName::Title => &self.title,
            FieldName::Text => &self.text,
        }
    }

    fn size(&self) -> usize {
        let known = [&self.title, &self.text].map(|known| known.lexis.size() + known.pairs.size());
        self.rooms.size() + known.iter().sum::<usize>()
    }
}

impl Lexes {
    pub(super) fn get(&self, segment: SegmentId) -> Option<Arc<Ready>> {
        self.lock().get(&segment).cloned()
    }

    /// Reads and sorts what is new, and lets go of what is no more.
    pub(crate) fn make_ready(
        &self,
        searcher: &Searcher,
        fields: &Fields,
        texts: &Texts,
    ) -> tantivy::Result<()> {
        let segments = searcher.segment_readers().iter().filter(|segment| segment.max_doc() >= DOCS_MIN);
        let mut ready = HashMap::new();
        for segment in segments {
            let id = segment.segment_id();
            let now = match self.get(id) {
                Some(known) => known,
                None => Arc::new(Ready::read(segment, fields, texts)?),
            };
            ready.insert(id, now);
        }
        let bytes: usize = ready.values().map(|ready| ready.size()).sum();
        tracing::debug!(segments = ready.len(), bytes, "words are ready for exact letters");
        *self.lock() = ready;
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<SegmentId, Arc<Ready>>> {
        // Whatever panicked elsewhere, the map is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Words by their letters.
pub(super) struct Lexis {
    /// All words in order of their number, each after an [`EDGE`], with one at the end.
    letters: Vec<u8>,
    /// Where each word's edge is.
    starts: Vec<u32>,
    /// How many documents have each word.
    frequencies: Vec<u32>,
    /// Where tantivy has the documents of each word.
    infos: Vec<TermInfo>,
    /// The sorted places: the word's number, and how far from its edge. At the edge itself a word begins.
    places: Vec<(u32, u16)>,
    /// The first eight letters of every [`STEP`]th place.
    keys: Vec<u64>,
}

/// Places whose letters begin with what was sought: an index into the sorted places.
pub(super) type Places = Range<usize>;

impl Lexis {
    /// Reads and sorts the words of a field.
    pub(super) fn build(field: &InvertedIndexReader) -> io::Result<Self> {
        let count = field.terms().num_terms();
        let mut letters = Vec::with_capacity(count * 12);
        let (mut starts, mut frequencies) = (Vec::with_capacity(count), Vec::with_capacity(count));
        let mut infos = Vec::with_capacity(count);
        let mut terms = field.terms().stream()?;
        while terms.advance() {
            starts.push(letters.len() as u32);
            frequencies.push(terms.value().doc_freq);
            infos.push(terms.value().clone());
            letters.push(EDGE);
            // Terms are texts: nothing else is ever added.
            spell(std::str::from_utf8(terms.key()).unwrap_or(""), &mut letters);
        }
        letters.push(EDGE);
        let mut sorted: Vec<(u64, u32, u16)> = Vec::with_capacity(letters.len());
        for (number, &start) in (0..).zip(&starts) {
            let word = letters.get(start as usize + 1..).unwrap_or(&[]);
            let ends = word.iter().position(|&byte| byte == EDGE).unwrap_or(word.len());
            sorted.push((key(&letters, start as usize), number, 0));
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
        Ok(Self { letters, starts, frequencies, infos, places, keys })
    }

    /// How many bytes of memory it takes.
    pub(super) fn size(&self) -> usize {
        self.letters.len()
            + (8 + size_of::<TermInfo>()) * self.starts.len()
            + 8 * (self.places.len() + self.keys.len())
    }

    /// The places where letters stand. Begun with an edge they begin words, ended with one they end words.
    pub(super) fn find(&self, sought: &[u8]) -> Places {
        self.find_in(0..self.places.len(), sought)
    }

    /// As [`Lexis::find`], where it is known that all of them are among these.
    pub(super) fn find_in(&self, mut among: Places, sought: &[u8]) -> Places {
        if among.len() > 2 * STEP {
            let (low, high) = (padded(sought, 0), padded(sought, 0xFF));
            // A sampled place below the low key is below what is sought; one above the high key is above.
            let first = self.keys.partition_point(|&key| key < low).saturating_sub(1) * STEP;
            let end = self.keys.partition_point(|&key| key <= high) * STEP;
            among = among.start.max(first)..among.end.min(end).max(among.start.max(first));
        }
        let before = |place: &(u32, u16), is_after: fn(std::cmp::Ordering) -> bool| {
            let at =
                self.starts.get(place.0 as usize).map_or(0, |&start| start as usize) + usize::from(place.1);
            let rest = self.letters.get(at..).unwrap_or(&[]);
            is_after(rest.get(..sought.len()).unwrap_or(rest).cmp(sought))
        };
        let part = self.places.get(among.clone()).unwrap_or(&[]);
        let start = among.start + part.partition_point(|place| before(place, std::cmp::Ordering::is_lt));
        let part = self.places.get(start..among.end).unwrap_or(&[]);
        start..start + part.partition_point(|place| before(place, std::cmp::Ordering::is_le))
    }

    /// The words at places. A word that has the letters twice comes twice.
    pub(super) fn words(&self, places: Places) -> impl Iterator<Item = u32> + '_ {
        self.places.get(places).unwrap_or(&[]).iter().map(|&(number, _)| number)
    }

    /// Where a word's documents are.
    pub(super) fn info(&self, number: u32) -> Option<&TermInfo> {
        self.infos.get(number as usize)
    }

    /// How many documents have a word.
    pub(super) fn frequency(&self, number: u32) -> u32 {
        self.frequencies.get(number as usize).copied().unwrap_or(0)
    }
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
    for (number, &byte) in letters.get(at..).unwrap_or(&[]).iter().take(8).enumerate() {
        is_over |= byte == EDGE && number > 0;
        key = key << 8 | if is_over { 0 } else { u64::from(byte) };
    }
    let read = letters.len().saturating_sub(at).min(8);
    if read == 8 { key } else { key << (8 * (8 - read)) }
}

fn padded(sought: &[u8], with: u8) -> u64 {
    (0..8).fold(0, |key, at| key << 8 | u64::from(sought.get(at).copied().unwrap_or(with)))
}
