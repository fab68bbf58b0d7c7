//! Finding agencies in a text: one scan for every form, then a decision for each hit.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use praden_model::{AcceptRule, AgencyId, AnalyzedText, FieldName, Mention, Span};
use serde::Serialize;

use crate::guards::{Around, is_thai_letter};
use crate::lexicon::Lexicon;
use crate::slips::Names;
use crate::surface::{Owner, Shape, Surface, surfaces};

/// The shortest remit word that may vouch for a weak form, in characters: shorter ones stand in every text.
const REMIT_CHARS_MIN: usize = 4;

/// The longest abbreviation that a text may define in brackets, in characters.
const DEFINED_CHARS_MAX: usize = 16;

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
#[derive(Clone, Debug)]
pub struct Matcher {
    automaton: AhoCorasick,
    // Patterns 0..surfaces.len() are surfaces, those after it remit words.
    surfaces: Vec<Surface>,
    remits: Vec<Vec<usize>>,
    ids: Vec<AgencyId>,
    full_names: Vec<String>,
    short_forms: Vec<Vec<String>>,
    ancestors: Vec<Vec<usize>>,
    names: Names,
}

/// A place in one of the fields where a form stands.
#[derive(Clone, Debug)]
struct Hit {
    field: FieldName,
    start: usize,
    end: usize,
    owners: Vec<Owner>,
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
    #[expect(
        clippy::expect_used,
        reason = "an automaton fails at two thousand million states; a table is bounded far below"
    )]
    pub fn new(lexicon: &Lexicon) -> Self {
        let surfaces = surfaces(lexicon);
        let mut remit: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, agency) in lexicon.agencies().iter().enumerate() {
            for word in agency.remit.iter().filter(|word| word.chars().count() >= REMIT_CHARS_MIN) {
                remit.entry(word).or_default().push(at);
            }
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .ascii_case_insensitive(true)
            .build(surfaces.iter().map(|surface| surface.text.as_str()).chain(remit.keys().copied()))
            .expect("the forms of a bounded table fit an automaton");
        let at = |id: &AgencyId| lexicon.agencies().iter().position(|agency| agency.id == *id);
        Self {
            automaton,
            names: Names::new(&surfaces),
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
        self.explain(title, text).mentions
    }

    /// The same with the hits that do not count, each with its reason.
    pub fn explain(&self, title: &AnalyzedText, text: &AnalyzedText) -> Findings {
        let mut article =
            Article { title, text, hits: Vec::new(), remits: vec![BTreeSet::new(); self.ids.len()] };
        for field in [FieldName::Title, FieldName::Text] {
            self.scan(&mut article, field);
        }
        article.resolve();
        self.slips(&mut article);
        let defined = self.definitions(&mut article);
        self.judge(&mut article, &defined);
        article.resolve();
        self.findings(&article)
    }

    /// Every form at every place, with what can be said of it without looking at the rest of the article.
    fn scan(&self, article: &mut Article<'_>, field: FieldName) {
        let analyzed = article.field(field);
        let text = analyzed.normalized();
        for found in self.automaton.find_overlapping_iter(text) {
            let pattern = found.pattern().as_usize();
            let around = Around::new(text, found.start(), found.end());
            if !around.on_clusters() {
                continue;
            }
            let Some(surface) = self.surfaces.get(pattern) else {
                // A remit word: it vouches for its agencies and is no mention.
                for &agency in self.remits.get(pattern - self.surfaces.len()).into_iter().flatten() {
                    if let Some(words) = article.remits.get_mut(agency) {
                        words.insert(pattern);
                    }
                }
                continue;
            };
            let written = text.get(found.range()).unwrap_or("");
            if surface.exact_case && written != surface.text {
                continue;
            }
            let state = first_look(surface, &around, analyzed);
            article.hits.push(Hit {
                field,
                start: found.start(),
                end: found.end(),
                owners: surface.owners.clone(),
                state,
            });
        }
    }

    /// Long names with one slip of the keyboard, where nothing else was found.
    fn slips(&self, article: &mut Article<'_>) {
        for field in [FieldName::Title, FieldName::Text] {
            let text = article.field(field).normalized();
            let taken: Vec<(usize, usize)> = article
                .hits
                .iter()
                .filter(|hit| {
                    hit.field == field && matches!(hit.state, State::Accepted(..) | State::Blocked(_))
                })
                .map(|hit| (hit.start, hit.end))
                .collect();
            for slip in self.names.find(text) {
                let around = Around::new(text, slip.start, slip.end);
                let free = !taken.iter().any(|&(start, end)| start < slip.end && slip.start < end);
                if !free || !around.on_clusters() || around.is_foreign() {
                    continue;
                }
                let Some(surface) = self.surfaces.get(slip.surface) else { continue };
                article.hits.push(Hit {
                    field,
                    start: slip.start,
                    end: slip.end,
                    owners: surface.owners.clone(),
                    state: State::Accepted(0, AcceptRule::Misspelt),
                });
            }
        }
    }

    /// What the text itself defines: `ชื่อเต็ม (ย่อ)`. Hits are added for abbreviations that no agency is known to have.
    fn definitions(&self, article: &mut Article<'_>) -> BTreeMap<String, usize> {
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
        let known: BTreeSet<&str> = self.surfaces.iter().map(|surface| surface.text.as_str()).collect();
        for (short, &agency) in defined.iter().filter(|(short, _)| !known.contains(short.as_str())) {
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
                            owners: vec![Owner {
                                agency,
                                rule: AcceptRule::Defined,
                                weak: false,
                                place: false,
                            }],
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
        let sure: BTreeSet<usize> = article
            .hits
            .iter()
            .filter_map(|hit| match hit.state {
                State::Accepted(owner, _) => hit.owners.get(owner).map(|owner| owner.agency),
                _ => None,
            })
            .collect();
        let remits = std::mem::take(&mut article.remits);
        let mut hits = std::mem::take(&mut article.hits);
        for hit in hits.iter_mut().filter(|hit| hit.state == State::Pending) {
            let text = article.field(hit.field).normalized();
            hit.state = self.in_context(hit, text, &sure, &remits, defined);
        }
        article.hits = hits;
    }

    fn in_context(
        &self,
        hit: &Hit,
        text: &str,
        sure: &BTreeSet<usize>,
        remits: &[BTreeSet<usize>],
        defined: &BTreeMap<String, usize>,
    ) -> State {
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
        // A full name that is also a place, such as กรุงเทพมหานคร, is the body where it acts.
        if hit.owners.iter().any(|owner| owner.rule == AcceptRule::FullName) {
            return if around.acts() {
                accept(0, AcceptRule::WeakInContext)
            } else {
                State::Rejected(RejectReason::Place)
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
                    let words = remits.get(owner.agency).map_or(0, BTreeSet::len);
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
            let said =
                is_abbreviation && around.after_office() || (is_latin || !is_abbreviation) && around.acts();
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

    fn findings(&self, article: &Article<'_>) -> Findings {
        let mut findings = Findings::default();
        for hit in &article.hits {
            let analyzed = article.field(hit.field);
            let raw = analyzed.to_raw(hit.start..hit.end);
            let Some(surface) = analyzed.raw().get(raw.clone()).map(str::to_owned) else { continue };
            match hit.state {
                State::Accepted(at, rule) => {
                    let Some(agency) = hit.owners.get(at).and_then(|owner| self.ids.get(owner.agency)) else {
                        continue;
                    };
                    findings.mentions.push(Mention {
                        field: hit.field,
                        raw: Span::new(raw),
                        normalized: Span::new(hit.start..hit.end),
                        agency: agency.clone(),
                        surface,
                        rule,
                    });
                }
                State::Rejected(reason) | State::Blocked(reason) => findings.rejected.push(Rejected {
                    field: hit.field,
                    raw: Span::new(raw),
                    agencies: hit
                        .owners
                        .iter()
                        .filter_map(|owner| self.ids.get(owner.agency))
                        .cloned()
                        .collect(),
                    surface,
                    reason,
                }),
                State::Pending => {}
            }
        }
        findings.mentions.sort();
        findings.rejected.sort();
        findings
    }
}

struct Article<'t> {
    title: &'t AnalyzedText,
    text: &'t AnalyzedText,
    hits: Vec<Hit>,
    // For each agency, the remit words that stand in the article.
    remits: Vec<BTreeSet<usize>>,
}

impl<'t> Article<'t> {
    fn field(&self, field: FieldName) -> &'t AnalyzedText {
        match field {
            FieldName::Title => self.title,
            FieldName::Text => self.text,
        }
    }

    /// The longest name wins: what lies in one that counts, or in one that blocks, does not count.
    fn resolve(&mut self) {
        let mut order: Vec<usize> = (0..self.hits.len()).collect();
        order.sort_by_key(|&at| {
            self.hits.get(at).map(|hit| (hit.field, std::cmp::Reverse(hit.end - hit.start), hit.start))
        });
        // Accepted spans by field and start; they never overlap one another.
        let mut taken: BTreeMap<(FieldName, usize), usize> = BTreeMap::new();
        for at in order {
            let Some(hit) = self.hits.get_mut(at) else { continue };
            if !matches!(hit.state, State::Accepted(..) | State::Blocked(_)) {
                continue;
            }
            let before = taken.range(..(hit.field, hit.end)).next_back();
            let covered = before.is_some_and(|(&(field, _), &end)| field == hit.field && end > hit.start);
            if covered {
                hit.state = State::Rejected(RejectReason::InsideLongerName);
            } else {
                taken.insert((hit.field, hit.start), hit.end);
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
    if around.is_foreign() {
        return State::Blocked(RejectReason::Foreign);
    }
    let weak = surface.owners.len() > 1 || surface.owners.iter().any(|owner| owner.weak);
    if !weak {
        return State::Accepted(0, surface.owners.first().map_or(AcceptRule::Alias, |owner| owner.rule));
    }
    let is_name = surface.shape == Shape::Name;
    if is_name && (around.is_person() || around.in_other_body()) {
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
