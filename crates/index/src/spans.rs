//! NEAR, ONEAR and phrases with alternatives, on tantivy's positions.
//!
//! tantivy's own parser reads `NEAR/3` as OR, and its slop is neither NEAR nor ONEAR. Here the documents that have all
//! words are found by leap-frogging over their lists; then positions decide, by [`praden_query::near_matches`].

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use praden_query::{Occurrence, near_count, near_matches};
use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::query::{Bm25Weight, EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, InvertedIndexReader, Score, SegmentReader, TERMINATED, TantivyError, Term};

/// Words at successive positions; any of the terms of a slot may stand at its position.
pub(crate) type Chain = Vec<Vec<Term>>;

/// What must be found in one field. Each list of chains means one of them, and is not empty.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    One(Vec<Chain>),
    Near { left: Vec<Chain>, right: Vec<Chain>, distance: u32, ordered: bool },
}

impl Shape {
    fn sides(&self) -> impl Iterator<Item = &Vec<Chain>> {
        match self {
            Self::One(side) => [Some(side), None],
            Self::Near { left, right, .. } => [Some(left), Some(right)],
        }
        .into_iter()
        .flatten()
    }
}

#[derive(Clone, Debug)]
pub(crate) struct SpanQuery {
    field: Field,
    shape: Shape,
}

impl SpanQuery {
    pub(crate) fn new(field: Field, shape: Shape) -> Self {
        Self { field, shape }
    }

    /// The terms whose rarity is the query's: the first chain of each side, the commonest word of each slot.
    fn typical_terms(&self, scoring: &EnableScoring<'_>) -> tantivy::Result<Vec<Term>> {
        let EnableScoring::Enabled { statistics_provider, .. } = scoring else { return Ok(Vec::new()) };
        let mut typical = Vec::new();
        for slot in self.shape.sides().filter_map(|side| side.first()).flatten() {
            let mut commonest: Option<(u64, &Term)> = None;
            for term in slot {
                let frequency = statistics_provider.doc_freq(term)?;
                if commonest.is_none_or(|(most, _)| frequency > most) {
                    commonest = Some((frequency, term));
                }
            }
            typical.extend(commonest.map(|(_, term)| term.clone()));
        }
        Ok(typical)
    }
}

impl Query for SpanQuery {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        let terms = self.typical_terms(&scoring)?;
        let bm25 = match scoring {
            EnableScoring::Enabled { statistics_provider, .. } if !terms.is_empty() => {
                Some(Bm25Weight::for_terms(statistics_provider, &terms)?)
            }
            _ => None,
        };
        Ok(Box::new(SpanWeight { field: self.field, shape: self.shape.clone(), bm25 }))
    }

    fn query_terms<'a>(&'a self, visitor: &mut dyn FnMut(&'a Term, bool)) {
        self.shape.sides().flatten().flatten().flatten().for_each(|term| visitor(term, true));
    }
}

struct SpanWeight {
    field: Field,
    shape: Shape,
    bm25: Option<Bm25Weight>,
}

impl SpanWeight {
    fn open(&self, segment: &SegmentReader, boost: Score) -> tantivy::Result<Option<SpanScorer>> {
        let inverted = segment.inverted_index(self.field)?;
        let mut sides = Vec::new();
        for side in self.shape.sides() {
            let side = Side::open(side, &inverted)?;
            if side.chains.is_empty() {
                return Ok(None);
            }
            sides.push(side);
        }
        let near = match self.shape {
            Shape::One(_) => None,
            Shape::Near { distance, ordered, .. } => Some((distance, ordered)),
        };
        let norms = segment.get_fieldnorms_reader(self.field)?;
        let bm25 = self.bm25.as_ref().map(|bm25| bm25.boost_by(boost));
        let mut scorer = SpanScorer { sides, near, bm25, norms, doc: 0, count: 0 };
        scorer.find(0);
        Ok(Some(scorer))
    }
}

impl Weight for SpanWeight {
    fn scorer(&self, segment: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        Ok(match self.open(segment, boost)? {
            Some(scorer) => Box::new(scorer),
            None => Box::new(EmptyScorer),
        })
    }

    fn explain(&self, segment: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let scorer = self.open(segment, 1.0)?;
        let mut scorer = scorer
            .filter(|scorer| scorer.doc <= doc)
            .ok_or_else(|| TantivyError::InvalidArgument(format!("document {doc} does not match")))?;
        if scorer.seek(doc) != doc {
            return Err(TantivyError::InvalidArgument(format!("document {doc} does not match")));
        }
        Ok(Explanation::new("words near each other", scorer.score()))
    }
}

struct SpanScorer {
    /// One, or left and right.
    sides: Vec<Side>,
    near: Option<(u32, bool)>,
    bm25: Option<Bm25Weight>,
    norms: FieldNormReader,
    doc: DocId,
    /// How often the document at hand has what is sought. At least one, unless at the end.
    count: u32,
}

impl SpanScorer {
    /// Goes to the first document from `target` on that has what is sought.
    fn find(&mut self, mut target: DocId) -> DocId {
        loop {
            target = self.all_present(target);
            self.doc = target;
            if target == TERMINATED {
                return TERMINATED;
            }
            self.count = self.look();
            if self.count > 0 {
                return target;
            }
            target += 1;
        }
    }

    /// The first document from `target` on that has the words of every side, wherever.
    fn all_present(&mut self, mut target: DocId) -> DocId {
        'again: while target != TERMINATED {
            for side in &mut self.sides {
                let doc = side.seek(target);
                if doc != target {
                    target = doc;
                    continue 'again;
                }
            }
            return target;
        }
        TERMINATED
    }

    fn look(&mut self) -> u32 {
        let doc = self.doc;
        let scored = self.bm25.is_some();
        match self.sides.as_mut_slice() {
            [one] => one.places(doc).len() as u32,
            [left, right] => {
                let (distance, ordered) = self.near.unwrap_or((1, false));
                let left = left.places(doc);
                // Most documents that fail, fail here, or have few places.
                if left.is_empty() {
                    return 0;
                }
                let right = right.places(doc);
                if scored {
                    near_count(left, right, distance, ordered) as u32
                } else {
                    u32::from(near_matches(left, right, distance, ordered))
                }
            }
            _ => 0,
        }
    }
}

impl DocSet for SpanScorer {
    fn advance(&mut self) -> DocId {
        if self.doc == TERMINATED { TERMINATED } else { self.find(self.doc + 1) }
    }

    fn seek(&mut self, target: DocId) -> DocId {
        if target <= self.doc { self.doc } else { self.find(target) }
    }

    fn doc(&self) -> DocId {
        self.doc
    }

    fn size_hint(&self) -> u32 {
        self.sides.iter().map(|side| side.size_hint).min().unwrap_or(0)
    }
}

impl Scorer for SpanScorer {
    fn score(&mut self) -> Score {
        let norm = self.norms.fieldnorm_id(self.doc);
        self.bm25.as_ref().map_or(1.0, |bm25| bm25.score(norm, self.count))
    }
}

/// One side: any of its chains.
struct Side {
    chains: Vec<ChainCursor>,
    size_hint: u32,
    places: Vec<Occurrence>,
}

impl Side {
    fn open(chains: &[Chain], inverted: &InvertedIndexReader) -> tantivy::Result<Self> {
        let mut side = Self { chains: Vec::new(), size_hint: 0, places: Vec::new() };
        for chain in chains {
            if let Some(chain) = ChainCursor::open(chain, inverted)? {
                side.size_hint = side.size_hint.saturating_add(chain.size_hint);
                side.chains.push(chain);
            }
        }
        Ok(side)
    }

    fn seek(&mut self, target: DocId) -> DocId {
        self.chains.iter_mut().map(|chain| chain.seek(target)).min().unwrap_or(TERMINATED)
    }

    /// Where the side stands in a document, in order, each place once.
    fn places(&mut self, doc: DocId) -> &[Occurrence] {
        self.places.clear();
        let mut chains = 0;
        for chain in self.chains.iter_mut().filter(|chain| chain.doc == doc) {
            chain.append_places(&mut self.places);
            chains += 1;
        }
        if chains > 1 {
            self.places.sort_unstable();
            self.places.dedup();
        }
        &self.places
    }
}

/// Walks the documents that have a word in every slot of a chain.
struct ChainCursor {
    slots: Vec<Slot>,
    doc: DocId,
    size_hint: u32,
    starts: Vec<u32>,
    positions: Vec<u32>,
}

impl ChainCursor {
    fn open(chain: &Chain, inverted: &InvertedIndexReader) -> tantivy::Result<Option<Self>> {
        let mut slots = Vec::with_capacity(chain.len());
        for terms in chain {
            match Slot::open(terms, inverted)? {
                Some(slot) => slots.push(slot),
                None => return Ok(None),
            }
        }
        let size_hint = slots.iter().map(|slot| slot.size_hint).min().unwrap_or(0);
        let mut cursor = Self { slots, doc: 0, size_hint, starts: Vec::new(), positions: Vec::new() };
        cursor.align(0);
        Ok(Some(cursor))
    }

    fn seek(&mut self, target: DocId) -> DocId {
        if target <= self.doc { self.doc } else { self.align(target) }
    }

    fn align(&mut self, mut target: DocId) -> DocId {
        'again: while target != TERMINATED {
            for slot in &mut self.slots {
                let doc = slot.seek(target);
                if doc != target {
                    target = doc;
                    continue 'again;
                }
            }
            break;
        }
        self.doc = target;
        target
    }

    /// Adds where the chain stands in the document at hand.
    fn append_places(&mut self, places: &mut Vec<Occurrence>) {
        let len = self.slots.len() as u32;
        let Some((first, others)) = self.slots.split_first_mut() else { return };
        first.positions(&mut self.starts);
        for (offset, slot) in (1..).zip(others) {
            if self.starts.is_empty() {
                return;
            }
            slot.positions(&mut self.positions);
            // Both are in order: one walk along the positions serves all starts.
            let mut positions = self.positions.iter().copied().peekable();
            self.starts.retain(|start| {
                while positions.next_if(|position| *position < start + offset).is_some() {}
                positions.peek() == Some(&(start + offset))
            });
        }
        places.extend(self.starts.iter().map(|&start| Occurrence { start, len }));
    }
}

/// The words that may stand at one position, walked together.
struct Slot {
    lists: Vec<SegmentPostings>,
    /// Next document and number of each list that is neither at hand nor at its end.
    waiting: BinaryHeap<Reverse<(DocId, usize)>>,
    /// The lists that have the document at hand.
    at_hand: Vec<usize>,
    doc: DocId,
    size_hint: u32,
}

impl Slot {
    fn open(terms: &[Term], inverted: &InvertedIndexReader) -> tantivy::Result<Option<Self>> {
        let mut lists = Vec::with_capacity(terms.len());
        for term in terms {
            lists.extend(inverted.read_postings(term, IndexRecordOption::WithFreqsAndPositions)?);
        }
        if lists.is_empty() {
            return Ok(None);
        }
        let size_hint = lists.iter().fold(0_u32, |sum, list| sum.saturating_add(list.size_hint()));
        let waiting = lists.iter().enumerate().map(|(at, list)| Reverse((list.doc(), at))).collect();
        let mut slot = Self { lists, waiting, at_hand: Vec::new(), doc: 0, size_hint };
        slot.settle();
        Ok(Some(slot))
    }

    fn seek(&mut self, target: DocId) -> DocId {
        if target <= self.doc {
            return self.doc;
        }
        // Nearly every slot is one word, which waits for no other and stays at hand.
        if let [only] = self.lists.as_mut_slice() {
            self.doc = only.seek(target);
            return self.doc;
        }
        while let Some(at) = self.at_hand.pop() {
            self.wait(at, target);
        }
        while let Some(&Reverse((_, at))) = self.waiting.peek().filter(|Reverse((doc, _))| *doc < target) {
            self.waiting.pop();
            self.wait(at, target);
        }
        self.settle();
        self.doc
    }

    fn wait(&mut self, at: usize, target: DocId) {
        let doc = self.lists.get_mut(at).map_or(TERMINATED, |list| list.seek(target));
        if doc != TERMINATED {
            self.waiting.push(Reverse((doc, at)));
        }
    }

    /// Takes the lists with the next document to hand.
    fn settle(&mut self) {
        self.doc = self.waiting.peek().map_or(TERMINATED, |Reverse((doc, _))| *doc);
        while let Some(&Reverse((_, at))) = self.waiting.peek().filter(|Reverse((doc, _))| *doc == self.doc) {
            self.waiting.pop();
            self.at_hand.push(at);
        }
    }

    /// The positions of its words in the document at hand, in order.
    fn positions(&mut self, positions: &mut Vec<u32>) {
        positions.clear();
        for &at in &self.at_hand {
            if let Some(list) = self.lists.get_mut(at) {
                list.append_positions_with_offset(0, positions);
            }
        }
        if self.at_hand.len() > 1 {
            positions.sort_unstable();
        }
    }
}
