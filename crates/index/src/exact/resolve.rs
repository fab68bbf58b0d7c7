//! Which documents have a run of letters: found once for a query, before it is asked together with the rest.

use std::collections::HashMap;
use std::sync::Arc;

use praden_model::FieldName;
use praden_query::{Exact, Scope};
use tantivy::fieldnorm::FieldNormReader;
use tantivy::index::SegmentId;
use tantivy::query::{Bm25Weight, EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::Field;
use tantivy::{DocId, DocSet, Score, SegmentReader, TERMINATED, TantivyError};

use super::cover::{Across, Cover, Sought};
use super::lexis::{Lexes, Ready};
use super::rooms::{DocSetBits, Rooms};
use super::slots::Candidates;
use crate::schema::Fields;
use crate::texts::{Scan, Texts};

/// When pairs of letters leave so few documents, looking at their texts is quicker than asking words.
const LOOKED_MAX: usize = 1_500;

/// When more than one in so many documents is left, words tell most of them apart.
const LOOKED_SHARE: usize = 16;

/// Runs of so many letters are asked for in pairs of letters outside words: longer ones have some such pair nearly everywhere.
const PAIRED_MAX: usize = 4;

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
        let candidates = Candidates::of(exact.text(), self.texts.slots());
        let mut segments = Vec::new();
        for segment in self.searcher.segment_readers() {
            let ready = self.lexes.get(segment.segment_id());
            let rooms = match &ready {
                Some(ready) => Arc::clone(&ready.rooms),
                None => Arc::new(Rooms::read(segment)?),
            };
            let docs = rooms.candidates(&candidates, segment.alive_bitset());
            segments.push((segment, ready, rooms, docs));
        }
        let left: usize = segments.iter().map(|(_, _, _, docs)| docs.len()).sum();
        let mut look = Look {
            fields: self.fields,
            exact,
            by_letters: Sought::new(exact.text(), &exact.lower()),
            texts: self.texts,
            scan: Scan::new(exact.text(), self.texts),
            cut: None,
        };
        let by_words = left > LOOKED_MAX.min(self.searcher.num_docs() as usize / LOOKED_SHARE);
        if by_words {
            look.cut = look.scan.rarest().find_map(|at| look.by_letters.cut(exact.text(), at));
        }
        let mut found = HashMap::new();
        let mut documents = 0_u64;
        for (segment, ready, rooms, docs) in segments {
            let mut hits = Hits::new(segment.max_doc());
            match ready.as_ref().filter(|_| by_words) {
                Some(ready) => {
                    for &name in scope.fields() {
                        look.by_words(segment, name, ready, &docs, &mut hits)?;
                    }
                }
                None => look.at(docs.iter(), scope.fields(), &rooms, &mut hits)?,
            }
            let in_segment = hits.counts();
            documents += in_segment.len() as u64;
            found.insert(segment.segment_id(), in_segment);
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
    exact: &'s Exact,
    by_letters: Sought,
    texts: &'s Texts,
    scan: Scan<'s>,
    /// The letter that the rarest words lie over.
    cut: Option<usize>,
}

impl Look<'_> {
    /// Asks the words first, and looks only at the texts they leave open.
    fn by_words(
        &self,
        segment: &SegmentReader,
        name: FieldName,
        ready: &Ready,
        candidates: &DocSetBits,
        hits: &mut Hits,
    ) -> tantivy::Result<()> {
        let inverted = segment.inverted_index(self.fields.words(name))?;
        let known = ready.known(name);
        let cover = Cover::new(&self.by_letters, &known.lexis, &inverted);
        let mut inside = DocSetBits::new(segment.max_doc());
        let is_all = cover.inside(|docs| docs.iter().for_each(|&doc| inside.insert(doc)))?;
        // Words have no capitals: what has the word need not have the letters.
        let is_sure = self.by_letters.is_plain;
        let letters = self.exact.text().chars().count();
        let outside = (is_all && is_sure && letters <= PAIRED_MAX)
            .then(|| known.pairs.any_of(self.exact, segment.max_doc()))
            .flatten();
        let is_out = |doc| {
            !candidates.has(doc)
                || is_sure && inside.has(doc)
                || outside.as_ref().is_some_and(|outside| !outside.has(doc))
        };
        let across = match self.cut.filter(|_| is_all && letters > 2) {
            Some(cut) => cover.across(cut, candidates.len() as u64, is_out)?,
            None => Across::Any,
        };
        if is_sure {
            // What is deleted is no candidate.
            inside.iter().filter(|&doc| candidates.has(doc)).for_each(|doc| hits.add(doc, name));
        }
        match across {
            // Two letters that stand side by side outside words, or inside one, are all there is.
            Across::Any if letters == 2 && outside.is_some() => {
                candidates.iter().filter(|&doc| !is_out(doc)).for_each(|doc| hits.add(doc, name));
                Ok(())
            }
            Across::These(mut docs) => {
                if !is_sure {
                    docs.extend(inside.iter().filter(|&doc| candidates.has(doc)));
                    docs.sort_unstable();
                    docs.dedup();
                }
                self.at(docs.into_iter(), &[name], &ready.rooms, hits)
            }
            Across::Any => {
                self.at(candidates.iter().filter(|&doc| !is_out(doc)), &[name], &ready.rooms, hits)
            }
        }
    }

    /// Looks at texts.
    fn at(
        &self,
        docs: impl Iterator<Item = DocId>,
        fields: &[FieldName],
        rooms: &Rooms,
        hits: &mut Hits,
    ) -> tantivy::Result<()> {
        for doc in docs {
            let coded = rooms.place(doc).and_then(|at| self.texts.coded(at)).ok_or_else(|| {
                TantivyError::DataCorruption(tantivy::error::DataCorruption::comment_only(
                    "a document has no text where it should",
                ))
            })?;
            for &field in fields.iter().filter(|field| self.scan.is_in(coded.of(**field))) {
                hits.add(doc, field);
            }
        }
        Ok(())
    }
}

/// Documents of a segment that have what is sought.
struct Hits {
    title: DocSetBits,
    text: DocSetBits,
}

impl Hits {
    fn new(max_doc: DocId) -> Self {
        Self { title: DocSetBits::new(max_doc), text: DocSetBits::new(max_doc) }
    }

    fn add(&mut self, doc: DocId, field: FieldName) {
        match field {
            FieldName::Title => self.title.insert(doc),
            FieldName::Text => self.text.insert(doc),
        }
    }

    /// A find in the title counts double, as a word does.
    fn counts(&self) -> Counts {
        let mut any = self.title.clone();
        any.union(&self.text);
        let count = |doc| 2 * u32::from(self.title.has(doc)) + u32::from(self.text.has(doc));
        any.iter().map(|doc| (doc, count(doc))).collect()
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
