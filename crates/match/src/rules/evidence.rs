//! What a rule that matches shows: the places that made it match.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use praden_model::{FieldName, Revision, RuleEvidence, SharedText, Span};
use praden_query::{DocumentView, Expr};

use super::searcher::range;

/// The places kept of one rule in one article, and of each clause of its query, the first ones. A rule that matches a digest
/// in every line shows enough.
const EVIDENCE_MAX: usize = 32;
const EVIDENCE_OF_CLAUSE_MAX: usize = 3;

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

/// Gathers what rules show in one article. What a leaf shows is looked for once, however many rules have it.
pub(super) struct Gathering<'g> {
    revision: &'g Revision,
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
    pub(super) fn new(revision: &'g Revision) -> Self {
        Self { revision, shown: HashMap::default() }
    }

    /// What a matching query shows, in order of place.
    pub(super) fn gather(
        &mut self,
        tree: &Expr,
        clauses: &[String],
        numbers: &[u32],
        document: &DocumentView<'_>,
    ) -> Vec<RuleEvidence> {
        let mut walk = Walk { clauses: clauses.iter(), numbers: numbers.iter(), found: Vec::new() };
        self.visit(tree, document, &mut walk);
        let mut found = walk.found;
        found.sort();
        found.dedup();
        found.truncate(EVIDENCE_MAX);
        found
    }

    /// Whether an expression matches; if so, adds what each of its phrases and distances shows. Every leaf is visited, to
    /// keep step with the clauses.
    fn visit(&mut self, tree: &Expr, document: &DocumentView<'_>, walk: &mut Walk<'_>) -> bool {
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
                let revision = self.revision;
                let shown =
                    self.shown.entry(number).or_insert_with(|| show(leaf, clause, revision, document));
                walk.found.extend(shown.iter().flatten().cloned());
                shown.is_some()
            }
        }
    }
}

/// What a leaf shows in an article; nothing if it does not match.
fn show(
    leaf: &Expr,
    clause: &str,
    revision: &Revision,
    document: &DocumentView<'_>,
) -> Option<Vec<RuleEvidence>> {
    let place = |clause: &SharedText, (field, span): (FieldName, std::ops::Range<usize>)| {
        let analyzed = match field {
            FieldName::Title => &revision.title,
            FieldName::Text => &revision.text,
        };
        let raw = analyzed.to_raw(span.clone());
        let surface = analyzed.raw().get(raw.clone())?.into();
        let (raw, normalized) = (Span::new(raw), Span::new(span));
        Some(RuleEvidence { field, raw, normalized, clause: clause.clone(), surface })
    };
    let spans = leaf.spans(document)?;
    let clause = SharedText::from(clause);
    Some(spans.into_iter().take(EVIDENCE_OF_CLAUSE_MAX).filter_map(|span| place(&clause, span)).collect())
}
