//! Which documents have two letters side by side where no word has them: where one word ends and the next begins, and
//! around what is no word.
//!
//! That is what words cannot tell of two letters, and what would take longest to look up in texts: nearly every article has
//! any two common letters somewhere.

use std::collections::HashMap;

use praden_model::FieldName;
use praden_query::Exact;
use tantivy::DocId;

use super::rooms::{DocSetBits, Rooms};
use crate::texts::{OTHER, Texts, trace};

/// A pair that more than one in so many documents has is kept as bits.
const LISTED_SHARE: usize = 32;

/// Documents of one field of a segment by pairs of letters.
pub(super) struct Pairs(HashMap<[u8; 2], Docs>);

enum Docs {
    List(Box<[DocId]>),
    Bits(DocSetBits),
}

impl Pairs {
    /// Reads all texts of a segment.
    pub(super) fn read(texts: &Texts, field: FieldName, rooms: &Rooms) -> Self {
        let mut lists: Vec<Vec<DocId>> = vec![Vec::new(); 1 << 16];
        // The document after the last of each list: closer together than the lists.
        let mut nexts: Vec<DocId> = vec![0; 1 << 16];
        for (doc, place) in rooms.places() {
            let Some(coded) = texts.coded(place) else { continue };
            texts.outside_words(coded.of(field), |pair| {
                let pair = usize::from(u16::from_le_bytes(pair));
                if let Some(next) = nexts.get_mut(pair)
                    && *next <= doc
                {
                    *next = doc + 1;
                    if let Some(list) = lists.get_mut(pair) {
                        list.push(doc);
                    }
                }
            });
        }
        let docs = (0..=u16::MAX).zip(lists).filter(|(_, list)| !list.is_empty()).map(|(pair, list)| {
            let docs = if list.len() * LISTED_SHARE > rooms.len() {
                let mut bits = DocSetBits::new(rooms.len() as DocId);
                list.iter().for_each(|&doc| bits.insert(doc));
                Docs::Bits(bits)
            } else {
                Docs::List(list.into())
            };
            (pair.to_le_bytes(), docs)
        });
        Self(docs.collect())
    }

    /// How many bytes of memory it takes.
    pub(super) fn size(&self) -> usize {
        let docs = self.0.values().map(|docs| match docs {
            Docs::List(list) => size_of_val(&**list),
            Docs::Bits(bits) => bits.size(),
        });
        docs.sum::<usize>() + self.0.len() * 40
    }

    /// The documents that have some two letters of these side by side outside words. Nothing when that is not known.
    pub(super) fn any_of(&self, exact: &Exact, max_doc: DocId) -> Option<DocSetBits> {
        let letters: Vec<u8> = exact.text().chars().map(trace).collect();
        if letters.contains(&OTHER) {
            return None;
        }
        let mut any = DocSetBits::new(max_doc);
        for pair in letters.iter().zip(letters.iter().skip(1)).map(|(&letter, &next)| [letter, next]) {
            match self.0.get(&pair) {
                Some(Docs::List(list)) => list.iter().for_each(|&doc| any.insert(doc)),
                Some(Docs::Bits(bits)) => any.union(bits),
                None => {}
            }
        }
        Some(any)
    }
}
