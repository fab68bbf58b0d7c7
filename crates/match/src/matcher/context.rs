//! What the rest of an article says about a form that is not sure on its own: definitions, full names, remits.

use std::collections::{BTreeMap, BTreeSet};

use praden_model::{AcceptRule, FieldName};

use super::article::{Article, Hit, State};
use super::{Matcher, RejectReason};
use crate::guards::{Around, is_thai_letter};
use crate::surface::Shape;

/// The longest abbreviation that a text may define in brackets, in characters.
const DEFINED_CHARS_MAX: usize = 16;

/// How many abbreviations that no agency has a text may define: each is looked for in all of it.
const DEFINED_MAX: usize = 32;

/// Forms that are things far more often than bodies, also where the body is named beside them: lottery tickets, the
/// insured's rights, technology.
const THINGS: [&str; 4] = ["สลากกินแบ่งรัฐบาล", "ประกันสังคม", "ICT", "DE"];

impl Matcher {
    /// What the text itself defines: `ชื่อเต็ม (ย่อ)`. Hits are added for abbreviations that no agency is known to have.
    pub(super) fn definitions<'a>(&'a self, article: &mut Article<'a>) -> BTreeMap<String, usize> {
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
        let unknown = defined.iter().filter(|(short, _)| !self.by_text.contains_key(short.as_str()));
        for (short, &agency) in unknown.take(DEFINED_MAX) {
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
    pub(super) fn judge(&self, article: &mut Article<'_>, defined: &BTreeMap<String, usize>) {
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
                    let words = article.remit_words(owner.agency, &self.remits);
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
            let said = is_abbreviation
                && (around.after_office()
                    || around.after_agent(surface)
                    || around.abbreviation_acts(surface))
                || (is_latin || !is_abbreviation) && around.acts()
                || around.after_kind();
            // เกษตรจังหวัดพิจิตร at the start of a phrase is the office or its head; elsewhere it was a field of work, and is gone.
            let of_province = surface.ends_with("จังหวัด") && around.name_follows();
            backed.extend((said || of_province).then_some(0));
        }
        // Where several bodies are called so, the one for which the lexicon does not ask for context is meant by those who
        // give none: ทบ.โต้ข่าว is the army, not the groundwater department.
        if backed.is_empty()
            && hit.owners.len() > 1
            && is_abbreviation
            && (around.after_office() || around.abbreviation_acts(surface))
        {
            let mut usual = (0..).zip(hit.owners).filter(|(_, owner)| !owner.weak);
            if let (Some((at, _)), None) = (usual.next(), usual.next()) {
                backed.push(at);
            }
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
