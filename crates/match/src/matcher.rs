//! Finding agencies in a text: one scan for every form, then a decision for each hit.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use praden_model::{AcceptRule, AgencyId, AnalyzedText, FieldName, Mention, Span};
use serde::Serialize;

use crate::guards::{Around, is_thai_letter};
use crate::lexicon::Lexicon;
use crate::scanner::Scanner;
use crate::slips::{ANCHORS, Names};
use crate::surface::{Owner, Shape, Surface, surfaces};

/// The shortest remit word that may vouch for a weak form, in characters: shorter ones stand in every text.
const REMIT_CHARS_MIN: usize = 4;

/// The longest abbreviation that a text may define in brackets, in characters.
const DEFINED_CHARS_MAX: usize = 16;

/// A form stands in every so many bytes of Thai text, words and remits counted; lists are made that long from the start.
const BYTES_PER_PLACE: usize = 64;

/// So many hits stand in most articles at most.
const HITS: usize = 32;

/// Forms that are things far more often than bodies, also where the body is named beside them: lottery tickets, technology.
const THINGS: [&str; 3] = ["สลากกินแบ่งรัฐบาล", "ICT", "DE"];

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

/// A place in one of the fields where a form stands.
#[derive(Clone, Copy, Debug)]
struct Hit<'m> {
    field: FieldName,
    start: usize,
    end: usize,
    owners: &'m [Owner],
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Counts for the owner at this index.
    Accepted(usize, AcceptRule),
    /// Counts only in context.
    Pending,
    /// Does not count; what lies inside it may.
    Rejected(RejectReason),
    /// Does not count, and nothing inside it does.
    Blocked(RejectReason),
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
        let mut article = Article {
            title,
            text,
            hits: Vec::with_capacity(HITS),
            taken: Vec::with_capacity(HITS),
            remits: Vec::new(),
            anchors: Vec::new(),
        };
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
            let state = if article.is_taken(field, start, end) {
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
                article.taken.push((field, start, end));
            }
            article.hits.push(Hit { field, start, end, owners: &surface.owners, state });
        }
    }

    /// Long names with one slip of the keyboard, where nothing else was found.
    fn slips<'a>(&'a self, article: &mut Article<'a>) {
        for (field, anchor, start) in std::mem::take(&mut article.anchors) {
            if article.is_taken(field, start, start + 1) {
                continue;
            }
            let text = article.field(field).normalized();
            let Some(slip) = self.names.find(text, anchor, start) else { continue };
            let around = Around::new(text, slip.start, slip.end);
            if article.is_taken(field, slip.start, slip.end) || !around.on_clusters() || around.is_foreign() {
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

    /// What the text itself defines: `ชื่อเต็ม (ย่อ)`. Hits are added for abbreviations that no agency is known to have.
    fn definitions<'a>(&'a self, article: &mut Article<'a>) -> BTreeMap<String, usize> {
        let mut defined: BTreeMap<String, usize> = BTreeMap::new();
        for hit in &article.hits {
            let State::Accepted(owner, rule) = hit.state else { continue };
            if !matches!(
                rule,
                AcceptRule::FullName | AcceptRule::Alias | AcceptRule::FormerName | AcceptRule::Misspelt
            ) {
                continue;
            }
            let text = article.field(hit.field).normalized();
            let Some(owner) = hit.owners.get(owner) else { continue };
            if let Some(short) = defined_after(text.get(hit.end..).unwrap_or("")) {
                // (ผตร.อก.) after the ministry is one of its offices, not its abbreviation.
                let office = self.short_forms.get(owner.agency).is_some_and(|forms| {
                    forms.iter().any(|form| short.len() > form.len() && short.ends_with(form.as_str()))
                });
                if !office {
                    defined.entry(short.to_owned()).or_insert(owner.agency);
                }
            }
        }
        for (short, &agency) in defined.iter().filter(|(short, _)| !self.by_text.contains_key(short.as_str()))
        {
            let Some(owners) = self.defined.get(agency) else { continue };
            for field in [FieldName::Title, FieldName::Text] {
                let analyzed = article.field(field);
                let text = analyzed.normalized();
                let shape = if short.is_ascii() {
                    Shape::Latin
                } else if short.contains('.') {
                    Shape::Dotted
                } else {
                    Shape::Consonants
                };
                for (start, _) in text.match_indices(short.as_str()) {
                    let around = Around::new(text, start, start + short.len());
                    if around.on_clusters() && around.stands_free(shape, analyzed) {
                        article.hits.push(Hit {
                            field,
                            start,
                            end: start + short.len(),
                            owners,
                            state: State::Accepted(0, AcceptRule::Defined),
                        });
                    }
                }
            }
        }
        defined
    }

    /// Decides the hits that need context, from what is sure in the same article.
    fn judge(&self, article: &mut Article<'_>, defined: &BTreeMap<String, usize>) {
        if !article.hits.iter().any(|hit| hit.state == State::Pending) {
            return;
        }
        let sure: BTreeSet<usize> = article
            .hits
            .iter()
            .filter_map(|hit| match hit.state {
                State::Accepted(owner, _) => hit.owners.get(owner).map(|owner| owner.agency),
                _ => None,
            })
            .collect();
        let mut hits = std::mem::take(&mut article.hits);
        for hit in hits.iter_mut().filter(|hit| hit.state == State::Pending) {
            hit.state = self.in_context(hit, article, &sure, defined);
        }
        article.hits = hits;
    }

    /// How many words of an agency's remit stand in the article.
    fn remit_words(&self, article: &Article<'_>, agency: usize) -> usize {
        let mut words: Vec<usize> = article
            .remits
            .iter()
            .filter(|(word, field, start, end)| {
                self.remits.get(*word).is_some_and(|agencies| agencies.contains(&agency))
                    && Around::new(article.field(*field).normalized(), *start, *end).on_clusters()
            })
            .map(|(word, ..)| *word)
            .collect();
        words.sort_unstable();
        words.dedup();
        words.len()
    }

    fn in_context(
        &self,
        hit: &Hit<'_>,
        article: &Article<'_>,
        sure: &BTreeSet<usize>,
        defined: &BTreeMap<String, usize>,
    ) -> State {
        let text = article.field(hit.field).normalized();
        let surface = text.get(hit.start..hit.end).unwrap_or("");
        let owner_at = |agency: usize| hit.owners.iter().position(|owner| owner.agency == agency);
        let accept = |at: usize, rule: AcceptRule| State::Accepted(at, rule);
        if let Some(at) = defined.get(surface).and_then(|&agency| owner_at(agency)) {
            return accept(at, AcceptRule::Defined);
        }
        // A title that spells out one owner's full name needs no other context: ปลัดกระทรวงมหาดไทย names the ministry.
        let spelt: Vec<usize> = (0..hit.owners.len())
            .filter(|&at| {
                let Some(owner) = hit.owners.get(at).filter(|owner| owner.rule != AcceptRule::FullName)
                else {
                    return false;
                };
                self.full_names.get(owner.agency).is_some_and(|name| surface.contains(name.as_str()))
            })
            .collect();
        if let [at] = spelt.as_slice() {
            return accept(*at, hit.owners.get(*at).map_or(AcceptRule::Head, |owner| owner.rule));
        }
        let around = Around::new(text, hit.start, hit.end);
        // A full name that is also a place, such as กรุงเทพมหานคร, and a name that is also a product or a field of work, is
        // the body where it acts.
        let is_thing = THINGS.contains(&surface) && !around.after_office();
        if is_thing || hit.owners.iter().any(|owner| owner.rule == AcceptRule::FullName) {
            return if around.acts() {
                accept(0, AcceptRule::WeakInContext)
            } else {
                State::Rejected(if is_thing { RejectReason::NoContext } else { RejectReason::Place })
            };
        }
        let is_abbreviation = !surface.chars().any(|c| is_thai_letter(c) && !('ก'..='ฮ').contains(&c));
        let mut backed: Vec<usize> = (0..hit.owners.len())
            .filter(|&at| hit.owners.get(at).is_some_and(|owner| sure.contains(&owner.agency)))
            .collect();
        if backed.is_empty() && is_abbreviation {
            backed = (0..hit.owners.len())
                .filter(|&at| {
                    let Some(owner) = hit.owners.get(at) else { return false };
                    let words = self.remit_words(article, owner.agency);
                    let kin = self
                        .ancestors
                        .get(owner.agency)
                        .is_some_and(|above| above.iter().any(|up| sure.contains(up)));
                    words >= 2 || words >= 1 && (kin || around.after_office())
                })
                .collect();
        }
        if backed.is_empty() && hit.owners.len() == 1 {
            let is_latin = surface.is_ascii();
            let said = is_abbreviation && (around.after_office() || around.after_agent(surface))
                || (is_latin || !is_abbreviation) && around.acts()
                || around.after_kind();
            backed.extend(said.then_some(0));
        }
        match backed.as_slice() {
            [] if hit.owners.len() > 1 => State::Rejected(RejectReason::Ambiguous),
            [] => State::Rejected(RejectReason::NoContext),
            [at] => accept(*at, AcceptRule::WeakInContext),
            several => {
                // Where a body and one above it share a form, it is the upper one that is meant.
                let above = several.iter().copied().find(|&at| {
                    let Some(owner) = hit.owners.get(at) else { return false };
                    several.iter().filter(|&&other| other != at).all(|&other| {
                        hit.owners
                            .get(other)
                            .and_then(|other| self.ancestors.get(other.agency))
                            .is_some_and(|ancestors| ancestors.contains(&owner.agency))
                    })
                });
                match above {
                    Some(at) => accept(at, AcceptRule::WeakInContext),
                    None => State::Rejected(RejectReason::Ambiguous),
                }
            }
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

struct Article<'t> {
    title: &'t AnalyzedText,
    text: &'t AnalyzedText,
    hits: Vec<Hit<'t>>,
    // Where something counts or blocks already.
    taken: Vec<(FieldName, usize, usize)>,
    // Remit words that may stand in the article, and where.
    remits: Vec<(usize, FieldName, usize, usize)>,
    // Where misspelt names may begin: the field, which anchor, and its first byte.
    anchors: Vec<(FieldName, usize, usize)>,
}

impl<'t> Article<'t> {
    fn field(&self, field: FieldName) -> &'t AnalyzedText {
        match field {
            FieldName::Title => self.title,
            FieldName::Text => self.text,
        }
    }

    fn is_taken(&self, field: FieldName, start: usize, end: usize) -> bool {
        self.taken.iter().any(|&(in_field, from, to)| in_field == field && from < end && start < to)
    }

    /// The longest name wins: what lies in one that counts, or in one that blocks, does not count.
    fn resolve(&mut self) {
        self.hits.sort_unstable_by_key(|hit| (hit.field, std::cmp::Reverse(hit.end - hit.start), hit.start));
        self.taken.clear();
        for at in 0..self.hits.len() {
            let Some(&Hit { field, start, end, state, .. }) = self.hits.get(at) else { continue };
            if !matches!(state, State::Accepted(..) | State::Blocked(_)) {
                continue;
            }
            if self.is_taken(field, start, end) {
                if let Some(hit) = self.hits.get_mut(at) {
                    hit.state = State::Rejected(RejectReason::InsideLongerName);
                }
            } else {
                self.taken.push((field, start, end));
            }
        }
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
    if surface.owners.iter().all(|owner| owner.place) {
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

/// The abbreviation in brackets right after a name: `(ปปง.)`, also after `(องค์การมหาชน)`.
fn defined_after(after: &str) -> Option<&str> {
    let mut rest = after;
    for legal_form in ["(องค์การมหาชน)", "จำกัด", "(มหาชน)"] {
        rest = rest.trim_start_matches(' ');
        rest = rest.strip_prefix(legal_form).unwrap_or(rest);
    }
    let inside = rest.trim_start_matches(' ').strip_prefix('(')?;
    let short = inside.get(..inside.find(')')?)?.trim();
    let letters = short.chars().filter(|c| ('ก'..='ฮ').contains(c) || c.is_ascii_uppercase()).count();
    let only = short.chars().all(|c| ('ก'..='ฮ').contains(&c) || c.is_ascii_alphabetic() || c == '.');
    (only && letters >= 2 && short.chars().count() <= DEFINED_CHARS_MAX).then_some(short)
}
