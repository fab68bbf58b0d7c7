//! Stored queries: thousands of them, each asked of every article as it arrives.
//!
//! Asking each rule of each article would cost as much as the rules are many. So a rule is looked at only when the
//! article has a word that the rule cannot match without ([`needs`]); what is left is asked in full, by the evaluator
//! that also answers searches. Both steps together find exactly what asking every rule would find; a rule that needs no
//! word, such as a lone `NOT`, is always asked, and [`RuleSet::always`] lists it.
//!
//! A set is never changed. A new one is compiled beside it, taking over what both have in common, and put in its place;
//! one with a fault is no set, so the old one stays.
//!
//! ```
//! use praden_match::{Rule, RuleSet};
//! use praden_model::{AnalyzedText, RuleId};
//! use praden_text::Segmenter;
//!
//! let rule = Rule::new(RuleId::new("flood")?, "น้ำท่วม NEAR/5 เตือน");
//! let rules = RuleSet::compile(vec![rule], None).map_err(|faults| faults[0].clone())?;
//! let example = praden_match::Example::new("ปภ. เตือน น้ำท่วมฉับพลัน", Segmenter::embedded());
//! let hits = rules.find(&example.view(&[]));
//! assert_eq!(hits[0].evidence[0].clause.as_str(), "น้ำท่วม NEAR/5 เตือน");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod evidence;
mod example;
mod needs;
mod program;
mod searcher;

use std::cell::LazyCell;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use praden_model::{Mention, PlaceMention, Revision, RuleEffects, RuleEvidence, RuleHit, RuleId};
use praden_query::{DocumentView, Expr, Property};

use crate::{Matcher, Places};
use evidence::{Gathering, Known, Leaves};
pub use example::Example;
use needs::needs;
use program::Programs;
use searcher::Searcher;

/// How many rules one set may have. Far above the 225,000 that the largest known service runs; keeps numbers in 32 bits.
pub const RULES_MAX: usize = 1_000_000;

/// A stored query, as a desk wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name. Stable: hits are kept under it.
    pub id: RuleId,
    /// The query, in the language of search.
    pub query: String,
    /// What it does with an article that it finds.
    pub effects: RuleEffects,
    /// Texts that it must find. The first line is the headline, the rest the text.
    pub must_match: Vec<String>,
    /// Texts that it must not find.
    pub must_not_match: Vec<String>,
}

impl Rule {
    /// A rule that does nothing but say that it matched.
    pub fn new(id: RuleId, query: impl Into<String>) -> Self {
        Self {
            id,
            query: query.into(),
            effects: RuleEffects::default(),
            must_match: Vec::new(),
            must_not_match: Vec::new(),
        }
    }
}

/// Which part of a rule is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RulePart {
    /// Its name.
    Id,
    /// Its query.
    Query,
    /// The text at this index among those it must find.
    MustMatch(usize),
    /// The text at this index among those it must not find.
    MustNotMatch(usize),
}

/// Something wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("rule `{id}`: {message}{}{hint}", if hint.is_empty() { "" } else { "; " })]
pub struct RuleFault {
    /// The rule's place in the list, from 0.
    pub at: usize,
    /// The rule.
    pub id: RuleId,
    /// Which part of it.
    pub part: RulePart,
    /// What is wrong, with the value.
    pub message: String,
    /// What would work; empty when the message says it.
    pub hint: String,
}

/// A rule whose query is understood.
#[derive(Debug)]
struct Compiled {
    rule: Rule,
    tree: Expr,
    // The canonical text of each leaf, in the order of the tree.
    clauses: Vec<String>,
}

impl Compiled {
    fn new(rule: Rule, tree: Expr) -> Self {
        let clauses = leaves_of(&tree).map(ToString::to_string).collect();
        Self { rule, tree, clauses }
    }
}

/// Rules ready to be asked. Cheap to clone.
#[derive(Clone, Default)]
pub struct RuleSet {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    rules: Vec<Arc<Compiled>>,
    searcher: Searcher,
    programs: Programs,
    leaves: Leaves,
}

/// How much work an article was, for those who measure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Rules that were looked up under one of the article's words.
    pub looked_up: usize,
    /// Rules whose query was asked in full.
    pub asked: usize,
}

impl fmt::Debug for RuleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuleSet").field("rules", &self.len()).finish_non_exhaustive()
    }
}

impl RuleSet {
    /// Understands rules and prepares to ask them. What is the same in `before` is taken over from there.
    ///
    /// # Errors
    /// Every fault there is, in order of the rules: a name that is taken, a query that is not understood, or that asks what
    /// no rule can know.
    pub fn compile(rules: Vec<Rule>, before: Option<&Self>) -> Result<Self, Vec<RuleFault>> {
        let known: HashMap<&RuleId, &Arc<Compiled>> =
            before.iter().flat_map(|set| &set.inner.rules).map(|known| (&known.rule.id, known)).collect();
        let mut names: HashMap<RuleId, usize> = HashMap::with_capacity(rules.len());
        let (mut compiled, mut faults) = (Vec::with_capacity(rules.len()), Vec::new());
        for (at, rule) in rules.into_iter().enumerate() {
            let mut fault = |part, message: String, hint: String| {
                faults.push(RuleFault { at, id: rule.id.clone(), part, message, hint });
            };
            if at >= RULES_MAX {
                fault(
                    RulePart::Id,
                    format!("there are more than {RULES_MAX} rules"),
                    "leave some out".to_owned(),
                );
                break;
            }
            if let Some(first) = names.insert(rule.id.clone(), at) {
                let message = format!("`{}` is there twice; rule {} has it too", rule.id, first + 1);
                fault(RulePart::Id, message, "give each rule an id of its own".to_owned());
            }
            let tree = match known.get(&rule.id) {
                Some(&known) if known.rule == rule => {
                    compiled.push(Arc::clone(known));
                    continue;
                }
                Some(known) if known.rule.query == rule.query => Ok(known.tree.clone()),
                _ => understand(&rule.query),
            };
            match tree {
                Ok(tree) => compiled.push(Arc::new(Compiled::new(rule, tree))),
                Err((message, hint)) => fault(RulePart::Query, message, hint),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut inner = Inner::default();
        for compiled in &compiled {
            inner.searcher.add(&needs(&compiled.tree));
            inner.programs.add(&compiled.tree, &mut inner.searcher);
            inner.leaves.add(&compiled.clauses);
        }
        if let Err(cause) = inner.searcher.finish() {
            let last = compiled.last().map(|last| (compiled.len() - 1, last.rule.id.clone()));
            let fault = |(at, id)| RuleFault {
                at,
                id,
                part: RulePart::Query,
                message: format!("the letters sought with `=` are too many: {cause}"),
                hint: "search for words instead".to_owned(),
            };
            return Err(last.map(fault).into_iter().collect());
        }
        inner.rules = compiled;
        Ok(Self { inner: Arc::new(inner) })
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.inner.rules.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.inner.rules.is_empty()
    }

    /// The rules, in the order given.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.inner.rules.iter().map(|compiled| &compiled.rule)
    }

    /// The rules that need no word and are asked of every article: each costs as much as all others together may.
    pub fn always(&self) -> impl Iterator<Item = &Rule> {
        let at = |&at: &u32| self.inner.rules.get(at as usize);
        self.inner.searcher.always().iter().filter_map(at).map(|compiled| &compiled.rule)
    }

    /// The rules that match an article, in the order given.
    pub fn find(&self, article: &ArticleView<'_>) -> Vec<RuleHit> {
        self.find_with_effort(article).0
    }

    /// The same, and how much work it was.
    pub fn find_with_effort(&self, article: &ArticleView<'_>) -> (Vec<RuleHit>, Effort) {
        let inner = &self.inner;
        if inner.rules.is_empty() {
            return (Vec::new(), Effort::default());
        }
        let present = inner.searcher.present(article);
        let (candidates, looked_up) = inner.searcher.candidates(&present);
        let effort = Effort { looked_up, asked: candidates.len() };
        // Sorting the words of an article costs as much as looking them up; many articles need no more than that.
        let document = LazyCell::new(|| article.document());
        let known = Known { searcher: &inner.searcher, present: &present };
        let mut gathering = Gathering::new(article.revision, Some(known));
        let mut hits = Vec::new();
        for number in candidates {
            let Some(rule) = inner.rules.get(number as usize) else { continue };
            let mut ask = |leaf: u32| {
                let mut leaves = leaves_of(&rule.tree);
                leaves.nth(leaf as usize).is_some_and(|leaf| leaf.matches(&document))
            };
            if inner.programs.matches(number, &present, &mut ask) {
                let evidence =
                    gathering.gather(&rule.tree, &rule.clauses, inner.leaves.of(number), &document);
                hits.push(rule.hit(evidence));
            }
        }
        (hits, effort)
    }

    /// What asking every rule gives: the same as [`RuleSet::find`], slowly. It is what `find` is checked against.
    pub fn find_one_by_one(&self, article: &ArticleView<'_>) -> Vec<RuleHit> {
        let document = article.document();
        self.inner.rules.iter().filter_map(|rule| rule.ask(article, &document)).collect()
    }

    /// Runs the examples of every rule, with the agencies that `matcher` finds in them.
    ///
    /// # Errors
    /// Every example that is not found though it must be, or found though it must not.
    pub fn check_examples(&self, matcher: &Matcher) -> Result<(), Vec<RuleFault>> {
        let segmenter = praden_text::Segmenter::embedded();
        let mut faults = Vec::new();
        for (at, compiled) in self.inner.rules.iter().enumerate() {
            let rule = &compiled.rule;
            let wanted =
                rule.must_match.iter().enumerate().map(|(n, text)| (RulePart::MustMatch(n), text, true));
            let unwanted = rule
                .must_not_match
                .iter()
                .enumerate()
                .map(|(n, text)| (RulePart::MustNotMatch(n), text, false));
            for (part, text, want) in wanted.chain(unwanted) {
                let example = Example::new(text, segmenter);
                let mentions = matcher.find(example.title(), example.text());
                let places = Places::embedded().find(example.title(), example.text());
                let view = ArticleView { places: &places, ..example.view(&mentions) };
                let hit = compiled.ask(&view, &view.document());
                let (message, hint) = match (&hit, want) {
                    (None, true) => {
                        let cut = example.cut();
                        (
                            format!("`{}` does not find `{}`, which it must", rule.query, shortened(text)),
                            format!("the example is read as {cut}; change the query or the example"),
                        )
                    }
                    (Some(hit), false) => {
                        let shown = match hit.evidence.first() {
                            Some(first) => format!("it finds `{}` there", first.surface),
                            None => "nothing in the query keeps it away".to_owned(),
                        };
                        (
                            format!("`{}` finds `{}`, which it must not", rule.query, shortened(text)),
                            format!("{shown}; change the query or the example"),
                        )
                    }
                    _ => continue,
                };
                faults.push(RuleFault { at, id: rule.id.clone(), part, message, hint });
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }
}

/// An article as rules see it: a revision, the agencies and the places it names. Its story is not known yet.
#[derive(Clone, Copy, Debug)]
pub struct ArticleView<'a> {
    /// The revision.
    pub revision: &'a Revision,
    /// The agencies it names.
    pub mentions: &'a [Mention],
    /// The provinces and districts it names.
    pub places: &'a [PlaceMention],
}

impl<'a> ArticleView<'a> {
    fn document(&self) -> DocumentView<'a> {
        DocumentView::new(self.revision, self.mentions, None)
            .with_places(self.places.iter().map(|place| &place.place))
    }
}

impl Compiled {
    /// Asks the query itself, nothing known beforehand.
    fn ask(&self, article: &ArticleView<'_>, document: &DocumentView<'_>) -> Option<RuleHit> {
        self.tree.matches(document).then(|| {
            let numbers: Vec<u32> = (0..self.clauses.len() as u32).collect();
            let mut gathering = Gathering::new(article.revision, None);
            self.hit(gathering.gather(&self.tree, &self.clauses, &numbers, &document))
        })
    }

    fn hit(&self, evidence: Vec<RuleEvidence>) -> RuleHit {
        RuleHit { rule: self.rule.id.clone(), effects: self.rule.effects.clone(), evidence }
    }
}

/// The tree of a rule's query, or why it cannot be a rule's: message and way out.
fn understand(query: &str) -> Result<Expr, (String, String)> {
    let parse = |now| praden_query::parse(query, now).map(|query| query.tree);
    let tree =
        parse(Timestamp::UNIX_EPOCH).map_err(|error| (format!("`{query}`: {error}"), String::new()))?;
    let mut dated = false;
    let mut unknowable = None;
    for leaf in leaves_of(&tree) {
        match leaf {
            Expr::Is(Property::Date(_)) => dated = true,
            Expr::Is(property @ (Property::Story(_) | Property::Rule(_) | Property::Kind(_))) => {
                unknowable = Some(property.to_string());
            }
            _ => {}
        }
    }
    if let Some(property) = unknowable {
        return Err((
            format!(
                "`{property}` cannot stand in a rule: rules are asked when an article arrives, before that is known"
            ),
            "search for it instead, or say in words what makes it so".to_owned(),
        ));
    }
    // A rule is asked on many days. One that reads differently on another day has words such as `today` in it.
    if dated && parse(Timestamp::MAX).ok().as_ref() != Some(&tree) {
        return Err((
            format!("`{query}` has a date that moves with the day on which it is read"),
            "write the days out, such as date:2568-07-01..2568-07-31".to_owned(),
        ));
    }
    Ok(tree)
}

/// Phrases, distances and properties, in order, those under NOT too.
fn leaves_of(tree: &Expr) -> impl Iterator<Item = &Expr> {
    let mut waiting = vec![tree];
    std::iter::from_fn(move || {
        loop {
            match waiting.pop()? {
                Expr::And(parts) | Expr::Or(parts) => waiting.extend(parts.iter().rev()),
                Expr::Not(part) => waiting.push(part),
                leaf => return Some(leaf),
            }
        }
    })
}

/// The start of an example, for messages.
fn shortened(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or("")),
        None => text.to_owned(),
    }
}
