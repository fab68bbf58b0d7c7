//! What a rule that matches shows: the places that made it match.

use std::collections::HashMap;
use std::ops::{Deref, Range};

use foldhash::fast::FixedState;
use praden_model::{FieldName, Revision, RuleEvidence, SharedText, Span};
use praden_query::{DocumentView, Expr, Occurrence, Phrase, near_places};

use super::needs::place_key;
use super::searcher::{Present, Searcher, range};

/// The places kept of one rule in one article, and of each clause of its query, the first ones. A rule that matches a digest
/// in every line shows enough.
const EVIDENCE_MAX: usize = 32;
const EVIDENCE_OF_CLAUSE_MAX: usize = 3;

/// Room made for the places of one rule: most have two clauses.
const EVIDENCE_AT_FIRST: usize = 2 * EVIDENCE_OF_CLAUSE_MAX;

/// Numbers for the leaves of all rules; the same text has the same number in every rule.
#[derive(Debug, Default)]
pub(super) struct Leaves {
    by_text: HashMap<Box<str>, u32, FixedState>,
    // For each rule, where its leaves end.
    ends: Vec<u32>,
    numbers: Vec<u32>,
}

impl Leaves {
    /// Adds the leaves of the next rule, given the canonical text of each.
    pub(super) fn add(&mut self, clauses: &[String]) {
        for clause in clauses {
            let next = self.by_text.len() as u32;
            let number = match self.by_text.get(clause.as_str()) {
                Some(&number) => number,
                None => {
                    self.by_text.insert(clause.as_str().into(), next);
                    next
                }
            };
            self.numbers.push(number);
        }
        self.ends.push(self.numbers.len() as u32);
    }

    /// The leaves of a rule, in the order of its tree.
    pub(super) fn of(&self, rule: u32) -> &[u32] {
        range(&self.ends, rule).and_then(|range| self.numbers.get(range)).unwrap_or(&[])
    }
}

/// What is known of an article from looking its words up.
#[derive(Clone, Copy)]
pub(super) struct Known<'k> {
    pub(super) searcher: &'k Searcher,
    pub(super) present: &'k Present,
}

/// Bytes of the normalised fields, in order.
type Spans = Vec<(FieldName, Range<usize>)>;

/// Gathers what rules show in one article. What a leaf shows is looked for once, however many rules have it.
pub(super) struct Gathering<'g> {
    revision: &'g Revision,
    known: Option<Known<'g>>,
    // By number of the leaf; none for one that does not match.
    shown: HashMap<u32, Option<Vec<RuleEvidence>>, FixedState>,
}

/// The leaves of one rule that are not visited yet.
struct Walk<'w> {
    clauses: std::slice::Iter<'w, String>,
    numbers: std::slice::Iter<'w, u32>,
    found: Vec<RuleEvidence>,
}

impl<'g> Gathering<'g> {
    /// With what is `known`, most leaves need not be asked of the article.
    pub(super) fn new(revision: &'g Revision, known: Option<Known<'g>>) -> Self {
        Self { revision, known, shown: HashMap::default() }
    }

    /// What a matching query shows, in order of place.
    pub(super) fn gather<'d>(
        &mut self,
        tree: &Expr,
        clauses: &[String],
        numbers: &[u32],
        document: &impl Deref<Target = DocumentView<'d>>,
    ) -> Vec<RuleEvidence> {
        let mut walk = Walk {
            clauses: clauses.iter(),
            numbers: numbers.iter(),
            found: Vec::with_capacity(EVIDENCE_AT_FIRST),
        };
        self.visit(tree, document, &mut walk);
        let mut found = walk.found;
        found.sort();
        found.dedup();
        found.truncate(EVIDENCE_MAX);
        found
    }

    /// Whether an expression matches; if so, adds what each of its phrases and distances shows. Every leaf is visited, to
    /// keep step with the clauses.
    fn visit<'d>(
        &mut self,
        tree: &Expr,
        document: &impl Deref<Target = DocumentView<'d>>,
        walk: &mut Walk<'_>,
    ) -> bool {
        let before = walk.found.len();
        match tree {
            Expr::And(parts) => {
                let all = parts.iter().fold(true, |all, part| self.visit(part, document, walk) & all);
                if !all {
                    // A part that fails takes back what the others have shown.
                    walk.found.truncate(before);
                }
                all
            }
            Expr::Or(parts) => parts.iter().fold(false, |any, part| self.visit(part, document, walk) | any),
            Expr::Not(part) => {
                let matches = self.visit(part, document, walk);
                walk.found.truncate(before);
                !matches
            }
            leaf => {
                let (Some(clause), Some(&number)) = (walk.clauses.next(), walk.numbers.next()) else {
                    return false;
                };
                let (revision, known) = (self.revision, self.known);
                let shown = self.shown.entry(number).or_insert_with(|| {
                    let spans = match known.and_then(|known| known.spans(leaf)) {
                        Some(spans) => spans,
                        None => leaf.spans(document),
                    };
                    show(clause, revision, spans?)
                });
                walk.found.extend(shown.iter().flatten().cloned());
                shown.is_some()
            }
        }
    }
}

/// The places at these bytes of the normalised fields.
fn show(clause: &str, revision: &Revision, spans: Spans) -> Option<Vec<RuleEvidence>> {
    let clause = SharedText::from(clause);
    let place = |(field, span): (FieldName, Range<usize>)| {
        let analyzed = match field {
            FieldName::Title => &revision.title,
            FieldName::Text => &revision.text,
        };
        let raw = analyzed.to_raw(span.clone());
        let surface = analyzed.raw().get(raw.clone())?.into();
        let (raw, normalized) = (Span::new(raw), Span::new(span));
        Some(RuleEvidence { field, raw, normalized, clause: clause.clone(), surface })
    };
    Some(spans.into_iter().take(EVIDENCE_OF_CLAUSE_MAX).filter_map(place).collect())
}

impl Known<'_> {
    /// What [`Expr::spans`] says of a leaf, where it can be told from words and pairs alone: outside, whether it can;
    /// inside, whether the leaf matches.
    fn spans(self, leaf: &Expr) -> Option<Option<Spans>> {
        let mut found = Spans::new();
        match leaf {
            Expr::Phrase(scope, phrase) => {
                let phrases = std::slice::from_ref(phrase);
                for &field in scope.fields() {
                    let places = self.occurrences(field, phrases)?;
                    found.extend(
                        places.into_iter().filter_map(|at| Some((field, self.present.span(field, at)?))),
                    );
                }
            }
            Expr::Near(scope, near) => {
                for &field in scope.fields() {
                    let (left, right) =
                        (self.occurrences(field, &near.left)?, self.occurrences(field, &near.right)?);
                    let places = near_places(&left, &right, near.distance, near.ordered);
                    found.extend(
                        places.into_iter().filter_map(|at| Some((field, self.present.span(field, at)?))),
                    );
                }
            }
            _ => return None,
        }
        // Places that overlap are shown as one.
        let mut joined = Spans::with_capacity(found.len());
        for (field, span) in found {
            match joined.last_mut() {
                Some((last_field, last)) if *last_field == field && span.start < last.end => {
                    last.end = last.end.max(span.end);
                }
                _ => joined.push((field, span)),
            }
        }
        Some((!joined.is_empty()).then_some(joined))
    }

    /// Where any of the phrases stands in a field, in order.
    fn occurrences(self, field: FieldName, phrases: &[Phrase]) -> Option<Vec<Occurrence>> {
        let mut found = Vec::new();
        for phrase in phrases {
            let (key, len) = place_key(phrase)?;
            let number = self.searcher.look_up(&key)?;
            found.extend(self.present.occurrences(field, number, len));
        }
        if phrases.len() > 1 {
            found.sort_unstable();
            found.dedup();
        }
        Some(found)
    }
}
