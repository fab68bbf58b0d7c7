//! Which documents have two letters side by side where no word has them: where one word ends and the next begins, and
//! around what is no word.
//!
//! With the words that have the two inside them that is all there is to know, and no text need be looked at: nearly every
//! article has any two common letters somewhere.

use std::collections::HashMap;

use tantivy::DocId;

use super::rooms::DocSetBits;

/// A pair that more than one in so many documents has is kept as bits.
const LISTED_SHARE: usize = 32;

/// Documents of one field of a segment by pairs of letters.
pub(super) struct Pairs(HashMap<[u8; 2], Docs>);

enum Docs {
    List(Box<[DocId]>),
    Bits(DocSetBits),
}

/// Pairs as they are found, document after document.
pub(super) struct PairsDraft {
    lists: Vec<Vec<DocId>>,
    /// The document after the last of each list: closer together than the lists.
    nexts: Vec<DocId>,
}

impl PairsDraft {
    pub(super) fn new() -> Self {
        Self { lists: vec![Vec::new(); 1 << 16], nexts: vec![0; 1 << 16] }
    }

    /// Notes a pair of a document. Documents come in order.
    pub(super) fn add(&mut self, doc: DocId, pair: [u8; 2]) {
        let pair = usize::from(u16::from_le_bytes(pair));
        if let Some(next) = self.nexts.get_mut(pair)
            && *next <= doc
        {
            *next = doc + 1;
            if let Some(list) = self.lists.get_mut(pair) {
                list.push(doc);
            }
        }
    }

    /// Of so many documents.
    pub(super) fn finish(self, docs: usize) -> Pairs {
        let pairs = (0..=u16::MAX).zip(self.lists).filter(|(_, list)| !list.is_empty());
        let pairs = pairs.map(|(pair, list)| {
            let found = if list.len() * LISTED_SHARE > docs {
                let mut bits = DocSetBits::new(docs as DocId);
                list.iter().for_each(|&doc| bits.insert(doc));
                Docs::Bits(bits)
            } else {
                Docs::List(list.into())
            };
            (pair.to_le_bytes(), found)
        });
        Pairs(pairs.collect())
    }
}

impl Pairs {
    /// How many bytes of memory it takes.
    pub(super) fn size(&self) -> usize {
        let docs = self.0.values().map(|docs| match docs {
            Docs::List(list) => size_of_val(&**list),
            Docs::Bits(bits) => bits.size(),
        });
        docs.sum::<usize>() + self.0.len() * 40
    }

    /// Adds the documents that have two letters side by side outside words, by [`crate::texts::trace`], which must tell both
    /// from all others.
    pub(super) fn add_to(&self, docs: &mut DocSetBits, letters: [u8; 2]) {
        match self.0.get(&letters) {
            Some(Docs::List(list)) => list.iter().for_each(|&doc| docs.insert(doc)),
            Some(Docs::Bits(bits)) => docs.union(bits),
            None => {}
        }
    }
}
