//! Finding agencies in a text: one scan for every form, then a decision for each hit.
//!
//! What a hit's neighbourhood says is in [`crate::guards`]; what the rest of the article says is in `context`.

mod article;
mod context;

use std::collections::{BTreeMap, HashMap};

use praden_model::{AcceptRule, AgencyId, AnalyzedText, FieldName, Mention, Span};
use serde::Serialize;

use crate::guards::Around;
use crate::lexicon::Lexicon;
use crate::scanner::Scanner;
use crate::slips::{ANCHORS, Names};
use crate::surface::{Owner, Shape, Surface, surfaces};
use article::{Article, Hit, State};

/// The shortest remit word that may vouch for a weak form, in characters: shorter ones stand in every text.
const REMIT_CHARS_MIN: usize = 4;

/// A form stands in every so many bytes of Thai text, words and remits counted; lists are made that long from the start.
const BYTES_PER_PLACE: usize = 64;

/// Why a hit does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectReason {
    /// It begins or ends inside a word.
    InsideWord,
    /// A longer name covers it.
    InsideLongerName,
    /// It is another country's body.
    Foreign,
    /// It is a month.
    Month,
    /// It is a unit, a label or a number's part.
    Unit,
    /// It is a person's name, or part of the name of something else.
    OtherName,
    /// It is a place.
    Place,
    /// It is also another word, and nothing in the text says that the agency is meant.
    NoContext,
    /// Several agencies are called so, and nothing in the text says which is meant.
    Ambiguous,
}

/// A hit that does not count, for those who ask why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Rejected {
    /// Where: title or text.
    pub field: FieldName,
    /// The bytes in the field as published.
    pub raw: Span,
    /// Whom it would have named.
    pub agencies: Vec<AgencyId>,
    /// What stands there, as published.
    pub surface: String,
    /// Why it does not count.
    pub reason: RejectReason,
}

/// Everything that was found: what counts, and what does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// In order of place: the title first.
    pub mentions: Vec<Mention>,
    /// In order of place: the title first.
    pub rejected: Vec<Rejected>,
}

/// The lexicon compiled for scanning. Building takes well under a second for 500 agencies; a scan is linear in the text.
#[derive(Clone)]
pub struct Matcher {
    // Over everything that is looked for, in lower case; what a pattern stands for is in `targets`.
    scanner: Scanner,
    targets: Vec<Target>,
    // Those of patterns that stand for several things.
    several: Vec<Vec<Target>>,
    surfaces: Vec<Surface>,
    remits: Vec<Vec<usize>>,
    by_text: HashMap<String, usize>,
    ids: Vec<AgencyId>,
    full_names: Vec<String>,
    short_forms: Vec<Vec<String>>,
    ancestors: Vec<Vec<usize>>,
    names: Names,
    // For each agency, how it owns an abbreviation that a text defines.
    defined: Vec<[Owner; 1]>,
}

/// What a pattern stands for.
#[derive(Clone, Copy, Debug)]
enum Target {
    /// The surface of this number.
    Surface(usize),
    /// The remit word of this number: it vouches for its agencies and is no mention.
    Remit(usize),
    /// The anchor of this number: a misspelt name may follow.
    Anchor(usize),
    /// Several of these, listed under this number.
    Several(usize),
}

impl Matcher {
    /// Compiles a lexicon.
    pub fn new(lexicon: &Lexicon) -> Self {
        let surfaces = surfaces(lexicon);
        let mut remit: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, agency) in lexicon.agencies().iter().enumerate() {
            for word in agency.remit.iter().filter(|word| word.chars().count() >= REMIT_CHARS_MIN) {
                remit.entry(word).or_default().push(at);
            }
        }
        let mut patterns: BTreeMap<String, Vec<Target>> = BTreeMap::new();
        let texts =
            surfaces.iter().enumerate().map(|(at, surface)| (surface.text.as_str(), Target::Surface(at)));
        let remit_words = remit.keys().enumerate().map(|(at, word)| (*word, Target::Remit(at)));
        let anchors = ANCHORS.into_iter().enumerate().map(|(at, anchor)| (anchor, Target::Anchor(at)));
        for (text, target) in texts.chain(remit_words).chain(anchors) {
            patterns.entry(text.to_ascii_lowercase()).or_default().push(target);
        }
        let scanner = Scanner::new(patterns.keys().map(String::as_str));
        let (mut targets, mut several) = (Vec::with_capacity(patterns.len()), Vec::new());
        for of_pattern in patterns.into_values() {
            targets.push(match of_pattern.as_slice() {
                [only] => *only,
                _ => {
                    several.push(of_pattern);
                    Target::Several(several.len() - 1)
                }
            });
        }
        let at = |id: &AgencyId| lexicon.agencies().iter().position(|agency| agency.id == *id);
        Self {
            scanner,
            targets,
            several,
            names: Names::new(&surfaces),
            defined: (0..lexicon.len())
                .map(|agency| [Owner { agency, rule: AcceptRule::Defined, weak: false, place: false }])
                .collect(),
            by_text: surfaces.iter().enumerate().map(|(at, surface)| (surface.text.clone(), at)).collect(),
            surfaces,
            remits: remit.into_values().collect(),
            ids: lexicon.agencies().iter().map(|agency| agency.id.clone()).collect(),
            full_names: lexicon.agencies().iter().map(|agency| agency.name_th.clone()).collect(),
            short_forms: lexicon.agencies().iter().map(|agency| agency.abbreviations.clone()).collect(),
            ancestors: lexicon
                .agencies()
                .iter()
                .map(|agency| lexicon.ancestors(&agency.id).filter_map(|above| at(&above.id)).collect())
                .collect(),
        }
    }

    /// The mentions in an article, in order of place, the title first.
    ///
    /// For each, `field[raw] == surface`, and the spans of one field do not overlap.
    pub fn find(&self, title: &AnalyzedText, text: &AnalyzedText) -> Vec<Mention> {
        self.mentions(&self.decide(title, text, false))
    }

    /// The same with the hits that do not count, each with its reason.
    pub fn explain(&self, title: &AnalyzedText, text: &AnalyzedText) -> Findings {
        let article = self.decide(title, text, true);
        let mut rejected: Vec<Rejected> =
            article.hits.iter().filter_map(|hit| self.rejected(&article, hit)).collect();
        rejected.sort();
        Findings { mentions: self.mentions(&article), rejected }
    }

    /// Everything that is scanned for, in lower case: what agencies are called and known by.
    pub fn forms(&self) -> Vec<&str> {
        self.scanner.patterns().into_iter().map(|(_, text)| text).collect()
    }

    /// Calls `found` with start, end and number in [`Matcher::forms`] wherever one of them stands, inside words and other
    /// forms too. What the scan costs without the decisions, for those who measure.
    pub fn find_forms(&self, normalized: &str, found: impl FnMut(usize, usize, usize)) {
        self.scanner.scan(normalized, found);
    }

    fn decide<'a>(&'a self, title: &'a AnalyzedText, text: &'a AnalyzedText, explain: bool) -> Article<'a> {
        let mut article = Article::new(title, text);
        for field in [FieldName::Title, FieldName::Text] {
            self.scan(&mut article, field, explain);
        }
        self.slips(&mut article);
        let defined = self.definitions(&mut article);
        self.judge(&mut article, &defined);
        article.resolve();
        article
    }

    /// Every form at every place, the longest first, with what can be said of it without looking at the rest of the
    /// article. What lies inside a form that counts, or that blocks, is not looked at.
    fn scan<'a>(&'a self, article: &mut Article<'a>, field: FieldName, explain: bool) {
        let analyzed = article.field(field);
        let text = analyzed.normalized();
        // Listed first and looked at afterwards: the scan is a small loop that the rest would slow.
        let mut places: Vec<(usize, usize, usize)> = Vec::with_capacity(text.len() / BYTES_PER_PLACE);
        self.scanner.scan(text, |start, end, pattern| places.push((start, end, pattern)));
        let mut found: Vec<(usize, usize, &'a Surface)> = Vec::with_capacity(places.len());
        let mut sort_out = |start: usize, end: usize, target: Target| match target {
            Target::Surface(at) => found.extend(self.surfaces.get(at).and_then(|surface| {
                let whole = Around::new(text, start, end).on_clusters();
                let same_case = || text.get(start..end) == Some(surface.text.as_str());
                (whole && (!surface.exact_case || same_case())).then_some((start, end, surface))
            })),
            Target::Remit(word) => article.remits.push((word, field, start, end)),
            Target::Anchor(anchor) => article.anchors.push((field, anchor, start)),
            Target::Several(_) => {}
        };
        for (start, end, pattern) in places {
            match self.targets.get(pattern) {
                Some(&Target::Several(number)) => {
                    let several = self.several.get(number).into_iter().flatten();
                    several.for_each(|&target| sort_out(start, end, target));
                }
                Some(&target) => sort_out(start, end, target),
                None => {}
            }
        }
        found.sort_unstable_by_key(|&(start, end, _)| (std::cmp::Reverse(end - start), start));
        for (start, end, surface) in found {
            let state = if article.is_taken(field, start..end) {
                if !explain {
                    continue;
                }
                State::Rejected(RejectReason::InsideLongerName)
            } else {
                first_look(surface, &Around::new(text, start, end), analyzed)
            };
            if !explain && matches!(state, State::Rejected(_)) {
                continue;
            }
            if matches!(state, State::Accepted(..) | State::Blocked(_)) {
                article.take(field, start..end);
            }
            article.hits.push(Hit { field, start, end, owners: &surface.owners, state });
        }
    }

    /// Long names with one slip of the keyboard, where nothing else was found.
    fn slips<'a>(&'a self, article: &mut Article<'a>) {
        for (field, anchor, start) in std::mem::take(&mut article.anchors) {
            if article.is_taken(field, start..start + 1) {
                continue;
            }
            let text = article.field(field).normalized();
            let Some(slip) = self.names.find(text, anchor, start) else { continue };
            let around = Around::new(text, slip.start, slip.end);
            if article.is_taken(field, slip.start..slip.end) || !around.on_clusters() || around.is_foreign() {
                continue;
            }
            let Some(surface) = self.surfaces.get(slip.surface) else { continue };
            article.hits.push(Hit {
                field,
                start: slip.start,
                end: slip.end,
                owners: &surface.owners,
                state: State::Accepted(0, AcceptRule::Misspelt),
            });
        }
    }

    /// The bytes of a hit in the field as published, and what stands there.
    fn place(article: &Article<'_>, hit: &Hit<'_>) -> Option<(Span, String)> {
        let analyzed = article.field(hit.field);
        let raw = analyzed.to_raw(hit.start..hit.end);
        let surface = analyzed.raw().get(raw.clone())?.to_owned();
        Some((Span::new(raw), surface))
    }

    fn mentions(&self, article: &Article<'_>) -> Vec<Mention> {
        let mut mentions: Vec<Mention> =
            article.hits.iter().filter_map(|hit| self.mention(article, hit)).collect();
        mentions.sort();
        mentions
    }

    fn mention(&self, article: &Article<'_>, hit: &Hit<'_>) -> Option<Mention> {
        let State::Accepted(at, rule) = hit.state else { return None };
        let agency = hit.owners.get(at).and_then(|owner| self.ids.get(owner.agency))?.clone();
        let (raw, surface) = Self::place(article, hit)?;
        let normalized = Span::new(hit.start..hit.end);
        Some(Mention { field: hit.field, raw, normalized, agency, surface, rule })
    }

    fn rejected(&self, article: &Article<'_>, hit: &Hit<'_>) -> Option<Rejected> {
        let (State::Rejected(reason) | State::Blocked(reason)) = hit.state else { return None };
        let agencies = hit.owners.iter().filter_map(|owner| self.ids.get(owner.agency)).cloned().collect();
        let (raw, surface) = Self::place(article, hit)?;
        Some(Rejected { field: hit.field, raw, agencies, surface, reason })
    }
}

/// What can be said of a hit from its neighbourhood alone.
fn first_look(surface: &Surface, around: &Around<'_>, analyzed: &AnalyzedText) -> State {
    let text = surface.text.as_str();
    if !around.stands_free(surface.shape, analyzed) {
        return State::Rejected(RejectReason::InsideWord);
    }
    if around.is_month(text) {
        return State::Blocked(RejectReason::Month);
    }
    if around.is_unit_or_number(text) {
        return State::Blocked(RejectReason::Unit);
    }
    if surface.owners.iter().all(|owner| owner.place) || around.is_capital(text) {
        return State::Rejected(RejectReason::Place);
    }
    if around.is_namesake() {
        return State::Blocked(RejectReason::OtherName);
    }
    if around.is_foreign() {
        return State::Blocked(RejectReason::Foreign);
    }
    let weak = surface.owners.len() > 1 || surface.owners.iter().any(|owner| owner.weak);
    if !weak {
        return State::Accepted(0, surface.owners.first().map_or(AcceptRule::Alias, |owner| owner.rule));
    }
    let is_name = surface.shape == Shape::Name;
    if around.goes_on() || is_name && (around.is_person() || around.in_other_body()) {
        return State::Blocked(RejectReason::OtherName);
    }
    if is_name && !around.opens_phrase() {
        return State::Rejected(RejectReason::InsideWord);
    }
    State::Pending
}
