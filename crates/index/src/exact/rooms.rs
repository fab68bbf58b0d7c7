//! Where the documents of a segment have their texts and their pairs of letters, as plain lists.

use tantivy::error::DataCorruption;
use tantivy::fastfield::AliveBitSet;
use tantivy::{DocId, SegmentReader, TantivyError};

use super::slots::{Candidates, set_bits};
use crate::schema::column;

/// What a search for exact letters asks of every document. A segment never changes, so it is read once.
pub(super) struct Rooms {
    /// The slots with the documents that are in each, in order.
    slots: Vec<(u32, DocId)>,
    /// Where each text starts.
    places: Vec<Option<u64>>,
}

impl Rooms {
    pub(super) fn read(segment: &SegmentReader) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        let (first, count) = (columns.u64(column::SLOT)?, columns.u64(column::SLOTS)?);
        let place = columns.u64(column::PLACE)?;
        let mut slots = Vec::with_capacity(segment.max_doc() as usize);
        for doc in 0..segment.max_doc() {
            // One that nothing is known of is in a slot that nothing is known of.
            let (first, count) = first.first(doc).zip(count.first(doc)).unwrap_or((u64::from(u32::MAX), 1));
            // No text has more slots than bytes, and no file of them is as long as that.
            slots.extend((first as u32..=u32::MAX).take(count as usize).map(|slot| (slot, doc)));
        }
        slots.sort_unstable();
        Ok(Self { slots, places: (0..segment.max_doc()).map(|doc| place.first(doc)).collect() })
    }

    /// How many bytes of memory it takes.
    pub(super) fn size(&self) -> usize {
        size_of_val(self.slots.as_slice()) + size_of_val(self.places.as_slice())
    }

    /// Where a document's text starts.
    pub(super) fn place(&self, doc: DocId) -> Option<u64> {
        self.places.get(doc as usize).copied().flatten()
    }

    /// How many documents there are, those that are deleted too.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The documents that are not deleted and whose pairs of letters allow them to have what is sought.
    pub(super) fn candidates(&self, candidates: &Candidates, alive: Option<&AliveBitSet>) -> DocSetBits {
        /// Where more than one slot in so many is left, going through all is quicker than looking each up.
        const FEW_SHARE: usize = 16;
        let mut docs = DocSetBits::new(self.len() as DocId);
        // A segment has a part of all slots, mostly one after the other.
        let slot = |place: Option<&(u32, DocId)>| place.map_or(0, |place| place.0);
        let of_segment = || candidates.slots(slot(self.slots.first())..=slot(self.slots.last()));
        if of_segment().count() * FEW_SHARE > self.slots.len() {
            let left = self.slots.iter().filter(|(slot, _)| candidates.has(*slot));
            left.for_each(|&(_, doc)| docs.insert(doc));
        } else {
            let mut rest = self.slots.as_slice();
            for slot in of_segment() {
                let skipped = rest.partition_point(|place| place.0 < slot);
                rest = rest.get(skipped..).unwrap_or(&[]);
                while let Some((&(_, doc), after)) = rest.split_first().filter(|(place, _)| place.0 == slot) {
                    docs.insert(doc);
                    rest = after;
                }
            }
        }
        let unknown = self.slots.partition_point(|place| place.0 < candidates.len());
        self.slots.iter().skip(unknown).for_each(|&(_, doc)| docs.insert(doc));
        if let Some(alive) = alive {
            docs.retain(|doc| alive.is_alive(doc));
        }
        docs
    }
}

pub(super) fn no_text() -> TantivyError {
    TantivyError::DataCorruption(DataCorruption::comment_only("a document has no text where it should"))
}

/// Documents of a segment, as bits.
#[derive(Clone)]
pub(super) struct DocSetBits(Vec<u64>);

impl DocSetBits {
    pub(super) fn new(max_doc: DocId) -> Self {
        Self(vec![0; max_doc as usize / 64 + 1])
    }

    pub(super) fn insert(&mut self, doc: DocId) {
        if let Some(word) = self.0.get_mut(doc as usize / 64) {
            *word |= 1 << (doc % 64);
        }
    }

    pub(super) fn union(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word |= other);
    }

    /// How many bytes of memory it takes.
    pub(super) fn size(&self) -> usize {
        size_of_val(self.0.as_slice())
    }

    /// Leaves of each word of bits, by its number, what is left of it.
    pub(super) fn retain_words(&mut self, left: impl Fn(usize, u64) -> u64) {
        for (number, word) in self.0.iter_mut().enumerate().filter(|(_, word)| **word != 0) {
            *word = left(number, *word);
        }
    }

    fn retain(&mut self, is_kept: impl Fn(DocId) -> bool) {
        self.retain_words(|number, word| {
            let bits = [word];
            let kept = set_bits(&bits).filter(|bit| is_kept(number as DocId * 64 + bit));
            kept.fold(0, |kept, bit| kept | 1 << bit)
        });
    }

    pub(super) fn intersect(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= other);
    }

    pub(super) fn remove(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= !other);
    }

    pub(super) fn has(&self, doc: DocId) -> bool {
        self.0.get(doc as usize / 64).is_some_and(|word| word >> (doc % 64) & 1 == 1)
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = DocId> + '_ {
        set_bits(&self.0)
    }
}
