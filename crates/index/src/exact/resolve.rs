//! Which documents have a run of letters: found once for a query, before it is asked together with the rest.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use praden_model::FieldName;
use praden_query::{Exact, Scope};
use tantivy::fieldnorm::FieldNormReader;
use tantivy::index::SegmentId;
use tantivy::query::{Bm25Weight, EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::Field;
use tantivy::{DocId, DocSet, Score, SegmentReader, TERMINATED, TantivyError};

use super::letters::spell;
use super::ready::{Ready, ReadySegments};
use super::rooms::{DocSetBits, Rooms, no_text};
use super::slots::Candidates;
use crate::schema::Fields;
use crate::texts::{OTHER, Scan, Span, Texts, trace};

/// To ask joints and words costs as much as looking at so many texts.
const LOOKED_MAX: usize = 100;

/// Where one in so many documents is left, few are, however many there are.
const LOOKED_SHARE: usize = 16;

/// So many pieces of text are asked for before the first of them is looked at.
const AHEAD: usize = 16;

/// Over so many letters of a run it is asked which words can lie.
const LETTERS_ASKED: usize = 4;

/// So many letters of what is sought are asked for inside words.
const LETTERS_MAX: usize = 100;

/// Documents in order, and how often each has what was sought.
type Counts = Arc<[(DocId, u32)]>;

/// Finds the documents of runs of letters in one state of the index.
pub(crate) struct Resolver<'s> {
    pub searcher: &'s tantivy::Searcher,
    pub fields: &'s Fields,
    pub texts: &'s Texts,
    pub ready: &'s ReadySegments,
    /// Whether documents are to be ranked: otherwise one find is enough.
    pub is_scored: bool,
}

impl Resolver<'_> {
    pub(crate) fn resolve(&self, scope: Scope, exact: &Exact) -> tantivy::Result<ResolvedQuery> {
        let candidates = Candidates::of(exact.text(), self.texts.slots());
        let look = Look {
            looked_max: LOOKED_MAX.min(self.searcher.num_docs() as usize / LOOKED_SHARE),
            fields: self.fields,
            scope,
            texts: self.texts,
            exact,
            letters: Letters::of(exact),
            scan: OnceCell::new(),
            spans: Default::default(),
        };
        let mut found = HashMap::new();
        let mut documents = 0_u64;
        for segment in self.searcher.segment_readers() {
            let ready = self.ready.get(segment.segment_id());
            let rooms = match &ready {
                Some(ready) => Arc::clone(&ready.rooms),
                None => Arc::new(Rooms::read(segment)?),
            };
            let docs = rooms.candidates(&candidates, segment.alive_bitset());
            let mut hits = Hits::new(segment.max_doc());
            match ready.filter(|_| docs.len() > look.looked_max) {
                Some(ready) => look.by_joints(segment, &ready, &docs, &mut hits)?,
                None => look.at(&docs, scope.fields(), &rooms, &mut hits)?,
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

/// What is sought, by its letters.
struct Letters {
    /// By [`trace`].
    traces: Vec<u8>,
    /// As words are spelled: the first of them, where it is long.
    spelled: Vec<u8>,
    /// Whether what has a word with these letters has what is sought: none of them has capitals, or was changed on the way
    /// into a word.
    is_plain: bool,
}

impl Letters {
    fn of(exact: &Exact) -> Self {
        let (text, lower) = (exact.text(), exact.lower());
        let end = lower.char_indices().nth(LETTERS_MAX).map_or(lower.len(), |(at, _)| at);
        let mut spelled = Vec::new();
        spell(lower.get(..end).unwrap_or(""), &mut spelled);
        let is_plain = |letter: char| {
            letter.is_ascii() && !letter.is_ascii_alphabetic() || matches!(letter, '\u{E00}'..='\u{E7F}')
        };
        let is_plain = text == lower && end == lower.len() && text.chars().all(is_plain);
        Self { traces: text.chars().map(trace).collect(), spelled, is_plain }
    }
}

/// One search for a run of letters.
struct Look<'s> {
    /// So many texts are looked at rather than asked for anything more.
    looked_max: usize,
    fields: &'s Fields,
    scope: Scope,
    exact: &'s Exact,
    letters: Letters,
    texts: &'s Texts,
    scan: OnceCell<Scan<'s>>,
    /// How words can lie over some letters of the run.
    spans: [OnceCell<Option<Vec<Span>>>; LETTERS_ASKED],
}

impl Look<'_> {
    fn scan(&self) -> &Scan<'_> {
        self.scan.get_or_init(|| Scan::new(self.exact.text(), self.texts))
    }

    /// Asks the words that may have all of it, and the places where words meet; looks only at the texts these leave open.
    fn by_joints(
        &self,
        segment: &SegmentReader,
        ready: &Ready,
        docs: &DocSetBits,
        hits: &mut Hits,
    ) -> tantivy::Result<()> {
        let letters = &self.letters;
        if let &[one, next] = letters.traces.as_slice()
            && !letters.traces.contains(&OTHER)
        {
            // Two letters that stand side by side outside words, or inside one, are all there is.
            for &name in self.scope.fields() {
                let mut has = DocSetBits::new(segment.max_doc());
                ready.known(name).pairs.add_to(&mut has, [one, next]);
                has.intersect(docs);
                hits.of(name).union(&has);
                self.add_inside(segment, ready, name, docs, hits)?;
            }
            return Ok(());
        }
        let mut pieces = ready.joints.pieces(docs);
        let mut may_be_inside = false;
        for (number, spans) in self.spans.iter().enumerate() {
            let Some(spans) = spans.get_or_init(|| self.scan().spans(number)) else { break };
            pieces.retain(&letters.traces, spans);
            may_be_inside = spans.iter().any(|span| span.start == 0 && span.end == letters.traces.len());
            if pieces.len() <= self.looked_max {
                break;
            }
        }
        if may_be_inside {
            for &name in self.scope.fields() {
                self.add_inside(segment, ready, name, docs, hits)?;
            }
        }
        let pieces: Vec<(DocId, Range<usize>)> = pieces.iter().collect();
        let coded = |doc: DocId| {
            ready.places.get(doc as usize).map_or_else(Default::default, |place| self.texts.coded_at(place))
        };
        for some in pieces.chunks(AHEAD) {
            // Texts lie far apart, and memory is slow; but it answers several questions at a time.
            let first = |(doc, within): &(DocId, Range<usize>)| {
                coded(*doc).of(FieldName::Text).get(within.start).copied()
            };
            std::hint::black_box(some.iter().filter_map(first).fold(0, std::ops::BitXor::bitxor));
            for (doc, within) in some {
                let coded = coded(*doc);
                for &name in self.scope.fields() {
                    let (hits, coded) = (hits.of(name), coded.of(name));
                    let is_in = match name {
                        _ if hits.has(*doc) => false,
                        FieldName::Title if within.start == 0 => self.scan().is_in(coded),
                        FieldName::Title => false,
                        FieldName::Text => self.scan().is_around(coded, within.clone()),
                    };
                    if is_in {
                        hits.insert(*doc);
                    }
                }
            }
        }
        Ok(())
    }

    /// Adds the documents that have what is sought inside a word.
    fn add_inside(
        &self,
        segment: &SegmentReader,
        ready: &Ready,
        name: FieldName,
        docs: &DocSetBits,
        hits: &mut Hits,
    ) -> tantivy::Result<()> {
        let inverted = segment.inverted_index(self.fields.words(name))?;
        let mut has =
            ready.known(name).lexis.documents(&self.letters.spelled, &inverted, segment.max_doc())?;
        has.intersect(docs);
        if self.letters.is_plain {
            hits.of(name).union(&has);
            return Ok(());
        }
        // The word has its letters, but perhaps as capitals.
        has.remove(hits.of(name));
        self.at(&has, &[name], &ready.rooms, hits)
    }

    /// Looks at whole texts.
    fn at(
        &self,
        docs: &DocSetBits,
        fields: &[FieldName],
        rooms: &Rooms,
        hits: &mut Hits,
    ) -> tantivy::Result<()> {
        for doc in docs.iter() {
            let coded = rooms.place(doc).and_then(|at| self.texts.coded(at)).ok_or_else(no_text)?;
            for &name in fields.iter().filter(|name| self.scan().is_in(coded.of(**name))) {
                hits.of(name).insert(doc);
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

    fn of(&mut self, field: FieldName) -> &mut DocSetBits {
        match field {
            FieldName::Title => &mut self.title,
            FieldName::Text => &mut self.text,
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
