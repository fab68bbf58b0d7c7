//! Which documents have a run of letters: found once for a query, before it is asked together with the rest.

use std::collections::HashMap;
use std::sync::Arc;

use praden_query::{Exact, Scope};
use tantivy::fieldnorm::FieldNormReader;
use tantivy::index::SegmentId;
use tantivy::query::{Bm25Weight, EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::Field;
use tantivy::{DocId, DocSet, Score, SegmentReader, TERMINATED, TantivyError};

use super::slots::Candidates;
use crate::schema::{Fields, column};
use crate::texts::{Scan, Texts};

/// How often letters are counted in one article: whether it has them is enough. Counting on would cost as much again as
/// finding, and a run of letters is rarely said often.
const COUNT_MAX: u32 = 1;

/// Documents in order, and how often each has what was sought.
type Counts = Arc<[(DocId, u32)]>;

/// Finds the documents of runs of letters in one state of the index.
pub(crate) struct Resolver<'s> {
    pub searcher: &'s tantivy::Searcher,
    pub fields: &'s Fields,
    pub texts: &'s Texts,
    /// Whether documents are to be ranked: otherwise one find is enough.
    pub is_scored: bool,
}

impl Resolver<'_> {
    pub(crate) fn resolve(&self, scope: Scope, exact: &Exact) -> tantivy::Result<ResolvedQuery> {
        let sought = exact.text();
        let candidates = Candidates::of(sought, self.texts.slots());
        let mut scan = self.texts.scan(sought);
        let mut found = HashMap::new();
        let mut documents = 0_u64;
        for segment in self.searcher.segment_readers() {
            let in_segment = self.in_segment(segment, scope, &candidates, &mut scan)?;
            documents += in_segment.len() as u64;
            found.insert(segment.segment_id(), Counts::from(in_segment));
        }
        let bm25 = if self.is_scored { Some(self.bm25(documents)?) } else { None };
        Ok(ResolvedQuery { found: Arc::new(found), field: self.fields.text, bm25 })
    }

    /// The score of a rare run is that of a rare word.
    fn bm25(&self, documents: u64) -> tantivy::Result<Bm25Weight> {
        let (mut tokens, mut all) = (0_u64, 0_u64);
        for segment in self.searcher.segment_readers() {
            tokens += segment.inverted_index(self.fields.text)?.total_num_tokens();
            all += u64::from(segment.max_doc());
        }
        let average = tokens as Score / all.max(1) as Score;
        Ok(Bm25Weight::for_one_term_without_explain(documents.min(all), all, average.max(1.0)))
    }

    fn in_segment(
        &self,
        segment: &SegmentReader,
        scope: Scope,
        candidates: &Candidates,
        scan: &mut Scan<'_>,
    ) -> tantivy::Result<Vec<(DocId, u32)>> {
        let columns = segment.fast_fields();
        let (first, count) = (columns.u64(column::SLOT)?, columns.u64(column::SLOTS)?);
        let places = columns.u64(column::PLACE)?;
        let parts = (scope != Scope::Text, scope != Scope::Title);
        let mut found = Vec::new();
        for doc in segment.doc_ids_alive() {
            let slots = first.first(doc).zip(count.first(doc));
            if !slots.is_none_or(|(first, count)| candidates.has_any(first, count)) {
                continue;
            }
            let tally = places.first(doc).and_then(|at| self.texts.count(scan, at, COUNT_MAX, parts));
            let tally = tally.ok_or_else(|| {
                TantivyError::DataCorruption(tantivy::error::DataCorruption::comment_only(
                    "a document has no text where it should",
                ))
            })?;
            // A find in the title counts double, as a word does.
            let count = tally.text + 2 * tally.title;
            if count > 0 {
                found.push((doc, count));
            }
        }
        Ok(found)
    }
}

/// The documents that were found, as a query.
#[derive(Clone)]
pub(crate) struct ResolvedQuery {
    /// Documents of each segment, in order, and how often each has what was sought.
    found: Arc<HashMap<SegmentId, Counts>>,
    field: Field,
    bm25: Option<Bm25Weight>,
}

impl std::fmt::Debug for ResolvedQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let documents: usize = self.found.values().map(|counts| counts.len()).sum();
        f.debug_struct("ResolvedQuery").field("documents", &documents).finish_non_exhaustive()
    }
}

impl Query for ResolvedQuery {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl ResolvedQuery {
    fn open(&self, segment: &SegmentReader, boost: Score) -> tantivy::Result<Option<ResolvedScorer>> {
        let Some(found) = self.found.get(&segment.segment_id()).filter(|found| !found.is_empty()) else {
            return Ok(None);
        };
        Ok(Some(ResolvedScorer {
            found: Arc::clone(found),
            at: 0,
            bm25: self.bm25.as_ref().map(|bm25| bm25.boost_by(boost)),
            norms: segment.get_fieldnorms_reader(self.field)?,
        }))
    }
}

impl Weight for ResolvedQuery {
    fn scorer(&self, segment: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        Ok(match self.open(segment, boost)? {
            Some(scorer) => Box::new(scorer),
            None => Box::new(EmptyScorer),
        })
    }

    fn explain(&self, segment: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let scorer = self.open(segment, 1.0)?;
        let mut scorer = scorer
            .filter(|scorer| scorer.doc() <= doc)
            .ok_or_else(|| TantivyError::InvalidArgument(format!("document {doc} does not match")))?;
        if scorer.seek(doc) != doc {
            return Err(TantivyError::InvalidArgument(format!("document {doc} does not match")));
        }
        Ok(Explanation::new("exact letters", scorer.score()))
    }
}

struct ResolvedScorer {
    found: Counts,
    at: usize,
    bm25: Option<Bm25Weight>,
    norms: FieldNormReader,
}

impl DocSet for ResolvedScorer {
    fn advance(&mut self) -> DocId {
        self.at = (self.at + 1).min(self.found.len());
        self.doc()
    }

    fn seek(&mut self, target: DocId) -> DocId {
        let rest = self.found.get(self.at..).unwrap_or(&[]);
        self.at += rest.partition_point(|&(doc, _)| doc < target);
        self.doc()
    }

    fn doc(&self) -> DocId {
        self.found.get(self.at).map_or(TERMINATED, |&(doc, _)| doc)
    }

    fn size_hint(&self) -> u32 {
        self.found.len() as u32
    }
}

impl Scorer for ResolvedScorer {
    fn score(&mut self) -> Score {
        let Some(&(doc, count)) = self.found.get(self.at) else { return 0.0 };
        let norm = self.norms.fieldnorm_id(doc);
        self.bm25.as_ref().map_or(1.0, |bm25| bm25.score(norm, count))
    }
}
