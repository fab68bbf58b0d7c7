//! Which documents have a run of letters: found once for a query, before it is asked together with the rest.

use std::collections::HashMap;
use std::sync::Arc;

use praden_query::{Exact, Scope};
use tantivy::fieldnorm::FieldNormReader;
use tantivy::index::SegmentId;
use tantivy::postings::SegmentPostings;
use tantivy::query::{Bm25Weight, EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, InvertedIndexReader, Score, SegmentReader, TERMINATED, TantivyError, Term};

use super::grams::Filter;
use crate::schema::{Fields, column};
use crate::texts::{Scan, Texts};

/// How often letters are counted in one article for its score: more changes it by a few percent.
const COUNT_MAX: u32 = 8;

/// A pair that all but so few documents have is not worth a walk over its list.
const RARE_SHARE: f32 = 0.96;

/// As many documents are looked at rather than thinned out further: a look costs about a walk over as many lists.
const LOOK_MAX: usize = 24;

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
        let filter = Filter::of(sought);
        let mut scan = Scan::new(sought, self.texts.units());
        let mut found = HashMap::new();
        let mut documents = 0_u64;
        for segment in self.searcher.segment_readers() {
            let in_segment = self.in_segment(segment, scope, &filter, &mut scan)?;
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
        filter: &Filter<'_>,
        scan: &mut Scan<'_>,
    ) -> tantivy::Result<Vec<(DocId, u32)>> {
        let mut candidates = candidates(segment, self.fields.pairs, filter)?;
        if let Some(alive) = segment.alive_bitset() {
            candidates.retain(|&doc| alive.is_alive(doc));
        }
        if filter.is_proof && scope == Scope::Any {
            // So short a run stands in so many articles that its number says little: none is looked at.
            return Ok(candidates.into_iter().map(|doc| (doc, 1)).collect());
        }
        let places = segment.fast_fields().u64(column::PLACE)?;
        let enough = if self.is_scored { COUNT_MAX } else { 1 };
        let parts = (scope != Scope::Text, scope != Scope::Title);
        let mut found = Vec::with_capacity(candidates.len());
        for doc in candidates {
            let tally = places.first(doc).and_then(|at| self.texts.count(scan, at, enough, parts));
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

/// The documents that have all pairs, in order, those that were deleted among them.
fn candidates(segment: &SegmentReader, field: Field, filter: &Filter<'_>) -> tantivy::Result<Vec<DocId>> {
    let inverted = segment.inverted_index(field)?;
    let mut lists = Vec::with_capacity(filter.all.len());
    for pair in &filter.all {
        match inverted.read_postings(&Term::from_field_text(field, pair), IndexRecordOption::Basic)? {
            Some(list) => lists.push(list),
            None => return Ok(Vec::new()),
        }
    }
    lists.sort_by_key(SegmentPostings::size_hint);
    let mut lists = lists.into_iter();
    let max_doc = segment.max_doc();
    let mut candidates: Vec<DocId> = match lists.next() {
        Some(rarest) => documents(rarest),
        None if filter.start.is_empty() => return Ok((0..max_doc).collect()),
        None => return starting(&inverted, filter.start, max_doc).map(|set| set.into_docs()),
    };
    for mut list in lists {
        if candidates.len() <= LOOK_MAX || list.size_hint() as f32 > max_doc as f32 * RARE_SHARE {
            break;
        }
        let mut at = list.doc();
        candidates.retain(|&doc| {
            if at < doc {
                at = list.seek(doc);
            }
            at == doc
        });
    }
    if candidates.len() > LOOK_MAX && !filter.start.is_empty() {
        let set = starting(&inverted, filter.start, max_doc)?;
        candidates.retain(|&doc| set.has(doc));
    }
    Ok(candidates)
}

fn documents(mut list: SegmentPostings) -> Vec<DocId> {
    let mut documents = Vec::with_capacity(list.size_hint() as usize);
    let mut doc = list.doc();
    while doc != TERMINATED {
        documents.push(doc);
        doc = list.advance();
    }
    documents
}

/// The documents that have a term that starts so.
fn starting(inverted: &InvertedIndexReader, start: &str, max_doc: DocId) -> tantivy::Result<DocBits> {
    let mut set = DocBits(vec![0; max_doc as usize / 64 + 1]);
    let mut terms = inverted.terms().range().ge(start.as_bytes()).into_stream()?;
    while terms.advance() {
        if !terms.key().starts_with(start.as_bytes()) {
            break;
        }
        let mut list = inverted.read_postings_from_terminfo(terms.value(), IndexRecordOption::Basic)?;
        let mut doc = list.doc();
        while doc != TERMINATED {
            set.add(doc);
            doc = list.advance();
        }
    }
    Ok(set)
}

/// A set of documents of one segment, a bit each.
struct DocBits(Vec<u64>);

impl DocBits {
    fn add(&mut self, doc: DocId) {
        if let Some(word) = self.0.get_mut(doc as usize / 64) {
            *word |= 1 << (doc % 64);
        }
    }

    fn has(&self, doc: DocId) -> bool {
        self.0.get(doc as usize / 64).is_some_and(|word| word >> (doc % 64) & 1 == 1)
    }

    fn into_docs(self) -> Vec<DocId> {
        let mut docs = Vec::new();
        for (at, mut word) in (0..).zip(self.0) {
            while word != 0 {
                docs.push(at * 64 + word.trailing_zeros());
                word &= word - 1;
            }
        }
        docs
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
