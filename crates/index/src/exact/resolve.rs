//! Which documents have a run of letters: found once for a query, before it is asked together with the rest.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::iter;
use std::sync::Arc;

use praden_model::FieldName;
use praden_query::{Exact, Scope};
use tantivy::columnar::Column;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::index::SegmentId;
use tantivy::query::{Bm25Weight, EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::Field;
use tantivy::{DocId, DocSet, Score, SegmentReader, TERMINATED, TantivyError};

use super::cover::{Across, Cover, Sought};
use super::lexis::{Lexes, Lexis};
use super::slots::Candidates;
use crate::schema::{Fields, column};
use crate::texts::{Scan, Texts};

/// How often letters are counted in one article: whether it has them is enough. Counting on would cost as much again as
/// finding, and a run of letters is rarely said often.
const COUNT_MAX: u32 = 1;

/// So many documents are asked for their pairs of letters before their words are compared.
const FILTERED_MIN: u64 = 500;

/// Documents in order, and how often each has what was sought.
type Counts = Arc<[(DocId, u32)]>;

/// Finds the documents of runs of letters in one state of the index.
pub(crate) struct Resolver<'s> {
    pub searcher: &'s tantivy::Searcher,
    pub fields: &'s Fields,
    pub texts: &'s Texts,
    pub lexes: &'s Lexes,
    /// Whether documents are to be ranked: otherwise one find is enough.
    pub is_scored: bool,
}

impl Resolver<'_> {
    pub(crate) fn resolve(&self, scope: Scope, exact: &Exact) -> tantivy::Result<ResolvedQuery> {
        let mut look = Look {
            fields: self.fields,
            scope,
            sought: exact.text(),
            by_letters: Sought::new(exact.text(), &exact.lower()),
            texts: self.texts,
            candidates: OnceCell::new(),
            scan: None,
        };
        let mut found = HashMap::new();
        let mut documents = 0_u64;
        for segment in self.searcher.segment_readers() {
            let in_segment = look.in_segment(segment, self.lexes)?;
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
}

/// One search for a run of letters.
struct Look<'s> {
    fields: &'s Fields,
    scope: Scope,
    sought: &'s str,
    by_letters: Sought,
    texts: &'s Texts,
    candidates: OnceCell<Candidates>,
    scan: Option<Scan<'s>>,
}

impl Look<'_> {
    fn in_segment(&mut self, segment: &SegmentReader, lexes: &Lexes) -> tantivy::Result<Vec<(DocId, u32)>> {
        let columns = Columns::open(segment)?;
        let mut counts = vec![0_u8; segment.max_doc() as usize];
        for &name in self.scope.fields() {
            let field = self.fields.words(name);
            match lexes.get(segment.segment_id(), field) {
                Some(lexis) => self.by_words(segment, name, &lexis, &columns, &mut counts)?,
                None => self.by_texts(segment.doc_ids_alive(), name, &columns, &mut counts)?,
            }
        }
        let alive = segment.alive_bitset();
        Ok((0..)
            .zip(counts)
            .filter(|&(doc, count)| count > 0 && alive.is_none_or(|alive| alive.is_alive(doc)))
            .map(|(doc, count)| (doc, u32::from(count)))
            .collect())
    }

    /// Asks the words first, and looks only at the texts they leave open.
    fn by_words(
        &mut self,
        segment: &SegmentReader,
        name: FieldName,
        lexis: &Lexis,
        columns: &Columns,
        counts: &mut [u8],
    ) -> tantivy::Result<()> {
        let inverted = segment.inverted_index(self.fields.words(name))?;
        let cover = Cover::new(&self.by_letters, lexis, &inverted);
        let mut inside = DocSetBits::new(segment.max_doc());
        let is_all = cover.inside(|docs| inside.extend(docs))?;
        // Words have no capitals: what has the word need not have the letters.
        let is_sure = self.by_letters.is_plain;
        let candidates = || self.candidates.get_or_init(|| Candidates::of(self.sought, self.texts.slots()));
        let is_out = |doc, of| {
            is_sure && inside.has(doc) || of >= FILTERED_MIN && !columns.may_have(doc, candidates())
        };
        let across = if is_all { cover.across(is_out)? } else { Across::Any };
        let open: Vec<DocId> = match across {
            Across::These(mut docs) => {
                if !is_sure {
                    docs.extend(inside.iter());
                    docs.sort_unstable();
                    docs.dedup();
                }
                docs
            }
            Across::Any => (0..segment.max_doc()).filter(|&doc| !is_out(doc, FILTERED_MIN)).collect(),
        };
        if is_sure {
            inside.iter().for_each(|doc| add(counts, doc, name));
        }
        let alive = segment.alive_bitset();
        let open = open.into_iter().filter(|&doc| alive.is_none_or(|alive| alive.is_alive(doc)));
        self.look(open, name, columns, counts)
    }

    /// Looks at all texts that have the pairs of letters.
    fn by_texts(
        &mut self,
        docs: impl Iterator<Item = DocId>,
        name: FieldName,
        columns: &Columns,
        counts: &mut [u8],
    ) -> tantivy::Result<()> {
        let candidates = self.candidates.get_or_init(|| Candidates::of(self.sought, self.texts.slots()));
        let docs: Vec<DocId> = docs.filter(|&doc| columns.may_have(doc, candidates)).collect();
        self.look(docs.into_iter(), name, columns, counts)
    }

    fn look(
        &mut self,
        docs: impl Iterator<Item = DocId>,
        name: FieldName,
        columns: &Columns,
        counts: &mut [u8],
    ) -> tantivy::Result<()> {
        let parts = (name == FieldName::Title, name == FieldName::Text);
        for doc in docs {
            let scan = self.scan.get_or_insert_with(|| self.texts.scan(self.sought));
            let tally = columns.places.first(doc).and_then(|at| self.texts.count(scan, at, COUNT_MAX, parts));
            let tally = tally.ok_or_else(|| {
                TantivyError::DataCorruption(tantivy::error::DataCorruption::comment_only(
                    "a document has no text where it should",
                ))
            })?;
            if tally.text + tally.title > 0 {
                add(counts, doc, name);
            }
        }
        Ok(())
    }
}

/// A find in the title counts double, as a word does.
fn add(counts: &mut [u8], doc: DocId, name: FieldName) {
    if let Some(count) = counts.get_mut(doc as usize) {
        *count += if name == FieldName::Title { 2 } else { 1 };
    }
}

/// Where documents have their texts and their pairs of letters.
struct Columns {
    first: Column<u64>,
    count: Column<u64>,
    places: Column<u64>,
}

impl Columns {
    fn open(segment: &SegmentReader) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        Ok(Self {
            first: columns.u64(column::SLOT)?,
            count: columns.u64(column::SLOTS)?,
            places: columns.u64(column::PLACE)?,
        })
    }

    /// Whether a document's pairs of letters allow it to have what is sought. One that nothing is known of is allowed.
    fn may_have(&self, doc: DocId, candidates: &Candidates) -> bool {
        let slots = self.first.first(doc).zip(self.count.first(doc));
        slots.is_none_or(|(first, count)| candidates.has_any(first, count))
    }
}

/// Documents of a segment, as bits.
struct DocSetBits(Vec<u64>);

impl DocSetBits {
    fn new(max_doc: DocId) -> Self {
        Self(vec![0; max_doc as usize / 64 + 1])
    }

    fn extend(&mut self, docs: &[DocId]) {
        for doc in docs {
            if let Some(word) = self.0.get_mut(*doc as usize / 64) {
                *word |= 1 << (doc % 64);
            }
        }
    }

    fn has(&self, doc: DocId) -> bool {
        self.0.get(doc as usize / 64).is_some_and(|word| word >> (doc % 64) & 1 == 1)
    }

    fn iter(&self) -> impl Iterator<Item = DocId> + '_ {
        (0..).zip(&self.0).flat_map(|(number, &word)| {
            let mut rest = word;
            iter::from_fn(move || {
                (rest != 0).then(|| {
                    let bit = rest.trailing_zeros();
                    rest &= rest - 1;
                    number * 64 + bit
                })
            })
        })
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
