//! From the tree to tantivy's queries.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Bound;
use std::path::Path;

use praden_model::FieldName;
use praden_query::{Expr, Near, Phrase, Property, UrlMatch};
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, EmptyQuery, Occur, PhraseQuery, Query, RangeQuery,
    TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Searcher, Term};

use crate::error::IndexError;
use crate::exact::{ReadySegments, Resolver};
use crate::guard::Guard;
use crate::schema::{Fields, seconds};
use crate::spans::{Chain, Shape, SpanQuery};
use crate::texts::Texts;

/// How many words of the dictionary are looked at for each that may be looked up. `ก*ๆ` looks at all that start with ก
/// and may find few; looking is a hundred times as cheap as opening a list.
const LOOKS_PER_TERM: usize = 15;

/// A word in the title says more about an article than one in the text.
const TITLE_BOOST: f32 = 2.0;

/// Turns a tree into a query for one state of the index.
pub(crate) struct Compiler<'s> {
    searcher: &'s Searcher,
    fields: &'s Fields,
    dir: &'s Path,
    texts: &'s Texts,
    ready: &'s ReadySegments,
    is_scored: bool,
    terms_max: usize,
    terms: Cell<usize>,
    looks: Cell<usize>,
}

impl<'s> Compiler<'s> {
    pub(crate) fn new(
        searcher: &'s Searcher,
        fields: &'s Fields,
        dir: &'s Path,
        texts: &'s Texts,
        ready: &'s ReadySegments,
        is_scored: bool,
        terms_max: usize,
    ) -> Self {
        let (terms, looks) = (Cell::new(0), Cell::new(0));
        Self { searcher, fields, dir, texts, ready, is_scored, terms_max, terms, looks }
    }

    /// The query for a tree. Recurses as deep as the parser allows.
    pub(crate) fn compile(&self, tree: &Expr) -> Result<Box<dyn Query>, IndexError> {
        Ok(match tree {
            Expr::And(parts) => {
                let mut clauses = Vec::with_capacity(parts.len() + 1);
                for part in parts {
                    clauses.push(match part {
                        Expr::Not(part) => (Occur::MustNot, self.excluded(part)?),
                        part => (Occur::Must, self.compile(part)?),
                    });
                }
                // tantivy takes from nothing when there is nothing to take from.
                if clauses.iter().all(|(occur, _)| *occur == Occur::MustNot) {
                    clauses.push((Occur::Must, everything()));
                }
                Box::new(BooleanQuery::new(clauses))
            }
            Expr::Or(parts) => any(parts.iter().map(|part| self.compile(part)).collect::<Result<_, _>>()?),
            Expr::Not(part) => Box::new(BooleanQuery::new(vec![
                (Occur::Must, everything()),
                (Occur::MustNot, self.excluded(part)?),
            ])),
            Expr::Phrase(scope, phrase) => {
                self.in_fields(scope.fields(), |field| self.phrase(field, phrase))?
            }
            Expr::Near(scope, near) => self.in_fields(scope.fields(), |field| self.near(field, near))?,
            Expr::Exact(scope, exact) => {
                let resolver = Resolver {
                    searcher: self.searcher,
                    fields: self.fields,
                    texts: self.texts,
                    ready: self.ready,
                    is_scored: self.is_scored,
                };
                let found = resolver.resolve(*scope, exact);
                Box::new(found.map_err(|error| IndexError::sort(error, "look for exact letters", self.dir))?)
            }
            Expr::Is(property) => Box::new(ConstScoreQuery::new(self.property(property)?, 0.0)),
        })
    }

    fn excluded(&self, tree: &Expr) -> Result<Box<dyn Query>, IndexError> {
        Ok(Box::new(Guard(self.compile(tree)?)))
    }

    fn in_fields(
        &self,
        names: &[FieldName],
        query: impl Fn(Field) -> Result<Box<dyn Query>, IndexError>,
    ) -> Result<Box<dyn Query>, IndexError> {
        let mut queries = Vec::with_capacity(names.len());
        // A word is one word in the title and in the text.
        let before = self.terms.get();
        let mut after = before;
        for &name in names {
            self.terms.set(before);
            let query = query(self.fields.words(name))?;
            queries.push(match name {
                FieldName::Title => Box::new(BoostQuery::new(query, TITLE_BOOST)),
                FieldName::Text => query,
            });
            after = after.max(self.terms.get());
        }
        self.terms.set(after);
        Ok(any(queries))
    }

    fn phrase(&self, field: Field, phrase: &Phrase) -> Result<Box<dyn Query>, IndexError> {
        Ok(chained(field, self.chain(field, phrase)?))
    }

    fn near(&self, field: Field, near: &Near) -> Result<Box<dyn Query>, IndexError> {
        let side = |phrases: &[Phrase]| -> Result<Vec<Chain>, IndexError> {
            phrases.iter().filter_map(|phrase| self.chain(field, phrase).transpose()).collect()
        };
        let (left, right) = (side(&near.left)?, side(&near.right)?);
        if left.is_empty() || right.is_empty() {
            return Ok(Box::new(EmptyQuery));
        }
        let shape = Shape::Near { left, right, distance: near.distance, ordered: near.ordered };
        Ok(Box::new(SpanQuery::new(field, shape)))
    }

    /// The terms at each position of a phrase; nothing if no word in the index starts as its last.
    fn chain(&self, field: Field, phrase: &Phrase) -> Result<Option<Chain>, IndexError> {
        if let Some(pattern) = phrase.pattern() {
            let terms = self.expand(field, pattern.start(), phrase, |term| pattern.fits(term))?;
            return Ok((!terms.is_empty()).then(|| vec![terms]));
        }
        self.words(field, phrase.terms(), phrase.is_prefix(), phrase)
    }

    /// The terms of words next to each other, the last of which may be only the start of one.
    fn words(
        &self,
        field: Field,
        words: &[String],
        is_prefix: bool,
        leaf: &dyn fmt::Display,
    ) -> Result<Option<Chain>, IndexError> {
        let Some((last, first)) = words.split_last() else { return Ok(None) };
        self.count(words.len() - usize::from(is_prefix), leaf)?;
        let mut chain: Chain = first.iter().map(|term| vec![Term::from_field_text(field, term)]).collect();
        if is_prefix {
            let terms = self.expand(field, last, leaf, |_| true)?;
            if terms.is_empty() {
                return Ok(None);
            }
            chain.push(terms);
        } else {
            chain.push(vec![Term::from_field_text(field, last)]);
        }
        Ok(Some(chain))
    }

    /// Counts terms against the limit of the query.
    fn count(&self, terms: usize, leaf: &dyn fmt::Display) -> Result<(), IndexError> {
        self.terms.set(self.terms.get() + terms);
        if self.terms.get() > self.terms_max { Err(self.too_broad(leaf)) } else { Ok(()) }
    }

    fn too_broad(&self, leaf: &dyn fmt::Display) -> IndexError {
        IndexError::TooBroad { written: leaf.to_string(), max: self.terms_max }
    }

    /// The words of the index that start so and fit. All of them or an error, never some.
    fn expand(
        &self,
        field: Field,
        start: &str,
        leaf: &dyn fmt::Display,
        fits: impl Fn(&str) -> bool,
    ) -> Result<Vec<Term>, IndexError> {
        let mut found: BTreeSet<String> = BTreeSet::new();
        let looks_max = self.terms_max.saturating_mul(LOOKS_PER_TERM);
        let failed = |error| IndexError::sort(error, "read the dictionary", self.dir);
        let io_failed = |error| IndexError::sort_io(&error, "read the dictionary", self.dir);
        for segment in self.searcher.segment_readers() {
            let inverted = segment.inverted_index(field).map_err(failed)?;
            let mut terms = inverted.terms().range().ge(start.as_bytes()).into_stream().map_err(io_failed)?;
            while terms.advance() {
                // Terms are in order of their bytes, so the first that starts otherwise is past the last.
                let Some(term) = std::str::from_utf8(terms.key()).ok().filter(|term| term.starts_with(start))
                else {
                    break;
                };
                self.looks.set(self.looks.get() + 1);
                if self.looks.get() > looks_max {
                    return Err(self.too_broad(leaf));
                }
                if fits(term) && !found.contains(term) {
                    self.count(1, leaf)?;
                    found.insert(term.to_owned());
                }
            }
        }
        Ok(found.iter().map(|term| Term::from_field_text(field, term)).collect())
    }

    fn property(&self, property: &Property) -> Result<Box<dyn Query>, IndexError> {
        let fields = self.fields;
        let is = |field, value: &str| -> Box<dyn Query> {
            Box::new(TermQuery::new(Term::from_field_text(field, value), IndexRecordOption::Basic))
        };
        Ok(match property {
            Property::Outlet(id) => is(fields.outlet, id.as_str()),
            Property::Source(id) => is(fields.source, id.as_str()),
            Property::Agency(id) => is(fields.agency, id.as_str()),
            Property::Story(id) => is(fields.story, &id.to_string()),
            Property::Rule(id) => is(fields.rule, id.as_str()),
            Property::Kind(kind) => is(fields.kind, kind.name()),
            Property::Place(id) => is(fields.place, id.as_str()),
            Property::Language(language) => is(fields.language, language.name()),
            Property::Url(UrlMatch::Whole(url)) => is(fields.url, url),
            Property::Url(UrlMatch::Start(start)) => {
                let from = Term::from_field_text(fields.url, start);
                // A canonical URL is ASCII: DEL stands after all its letters.
                let to = Term::from_field_text(fields.url, &format!("{start}\u{7F}"));
                Box::new(RangeQuery::new(Bound::Included(from), Bound::Excluded(to)))
            }
            Property::Date(range) => {
                let term = |instant| Term::from_field_i64(fields.published, seconds(instant));
                let from = range.start().map_or(Bound::Unbounded, |start| Bound::Included(term(start)));
                let to = range.end().map_or(Bound::Unbounded, |end| Bound::Excluded(term(end)));
                // The parser sets at least one end.
                Box::new(RangeQuery::new(from, to))
            }
            Property::Author(name) => {
                chained(fields.author, self.words(fields.author, name.parts(), name.is_prefix(), name)?)
            }
        })
    }
}

/// The query for a chain: words for one place, a phrase, or a phrase with a choice of words.
fn chained(field: Field, chain: Option<Chain>) -> Box<dyn Query> {
    let Some(mut chain) = chain else { return Box::new(EmptyQuery) };
    if chain.iter().any(|slot| slot.len() > 1) && chain.len() > 1 {
        return Box::new(SpanQuery::new(field, Shape::One(vec![chain])));
    }
    let word = |term| -> Box<dyn Query> { Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)) };
    match chain.len() {
        1 => any(chain.swap_remove(0).into_iter().map(word).collect()),
        _ => Box::new(PhraseQuery::new(chain.into_iter().flatten().collect())),
    }
}

fn everything() -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(Box::new(AllQuery), 0.0))
}

fn any(mut queries: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    match queries.len() {
        1 => queries.swap_remove(0),
        _ => Box::new(BooleanQuery::union(queries)),
    }
}
