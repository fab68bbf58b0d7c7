//! The desk's rules: stored queries in a file of their own, read with all its faults at once.
//!
//! ```toml
//! [[rule]]
//! id = "flood-warning"
//! query = 'น้ำท่วม NEAR/10 (เตือน OR ระวัง) NOT =ซ้อม'
//! tags = ["น้ำ"]                       # words that the desk sorts by
//! kind = "safety"                      # what kind of issue it would be
//! agency = "ddpm"                      # who should answer
//! attention = "raise"                  # an issue whatever the score; or "silence": none whatever the score
//! must_match = ["ปภ. เตือน น้ำท่วมฉับพลัน"]  # first line the headline, the rest the text
//! must_not_match = ["ซ้อมแผนน้ำท่วม"]
//! ```

use std::ops::Range;

use praden_match::{Lexicon, Matcher, Rule, RuleFault, RulePart, RuleSet};
use praden_model::{AgencyId, Attention, IssueKind, RuleEffects, RuleId};
use toml::Spanned;

use super::reader::{Document, Fault, Section, nearest};

/// Where each rule and its parts stand in the file, for faults that are found after reading.
#[derive(Debug, Default)]
struct Places {
    rules: Vec<RulePlace>,
}

#[derive(Clone, Debug, Default)]
struct RulePlace {
    id: Option<Range<usize>>,
    query: Option<Range<usize>>,
    must_match: Vec<Range<usize>>,
    must_not_match: Vec<Range<usize>>,
}

impl RulePlace {
    fn of(&self, part: RulePart) -> (Option<&Range<usize>>, String) {
        match part {
            RulePart::Id => (self.id.as_ref(), "id".to_owned()),
            RulePart::Query => (self.query.as_ref(), "query".to_owned()),
            RulePart::MustMatch(at) => (self.must_match.get(at), format!("must_match[{}]", at + 1)),
            RulePart::MustNotMatch(at) => {
                (self.must_not_match.get(at), format!("must_not_match[{}]", at + 1))
            }
        }
    }
}

/// Whether the examples beside the rules are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Examples {
    /// All of them.
    Run,
    /// None: a process that only needs the rules has no time for them.
    Leave,
}

/// Reads a rules file. What is the same in `before` is taken over from there.
///
/// # Errors
/// Every fault there is, in order of line.
pub fn read_rules(
    file: &str,
    text: &str,
    lexicon: &Lexicon,
    before: Option<&RuleSet>,
    examples: Examples,
) -> Result<RuleSet, Vec<Fault>> {
    let document = Document::new(file, text);
    let table = document.parse();
    let root = Section::root(&document, &table);
    let (mut rules, mut places) = (Vec::new(), Places::default());
    for mut section in root.sections("rule") {
        if let Some((rule, place)) = read_rule(&mut section, lexicon) {
            rules.push(rule);
            places.rules.push(place);
        }
        section.end();
    }
    root.check_keys();
    drop(root);
    let set = RuleSet::compile(rules, before).and_then(|set| {
        if examples == Examples::Run {
            set.check_examples(&Matcher::new(lexicon))?;
        }
        Ok(set)
    });
    let set = set.map_err(|faults| faults.iter().for_each(|fault| places.write_down(&document, fault)));
    let faults = document.into_faults();
    match set {
        Ok(set) if faults.is_empty() => Ok(set),
        _ => Err(faults),
    }
}

impl Places {
    fn write_down(&self, document: &Document<'_>, fault: &RuleFault) {
        let (at, part) = self.rules.get(fault.at).map(|place| place.of(fault.part)).unwrap_or_default();
        document.fault(at, &format!("rule.{}.{part}", fault.id), &*fault.message, &*fault.hint);
    }
}

fn read_rule(section: &mut Section<'_, '_>, lexicon: &Lexicon) -> Option<(Rule, RulePlace)> {
    let id = section.required_text("id", "flood-warning").and_then(|id| {
        section.rename(format!("rule.{id}"));
        section.parsed("id", &id, |id| RuleId::new(id).map_err(|error| error.to_string()))
    });
    let query = section.required_text("query", "น้ำท่วม NEAR/10 เตือน");
    let tags = section.texts_of("tags");
    let kinds: Vec<(&str, IssueKind)> = IssueKind::ALL.iter().map(|kind| (kind.name(), *kind)).collect();
    let kind = section.word("kind", &kinds);
    let agency = section.text("agency").and_then(|id| {
        let found = AgencyId::new(id.as_str()).ok().filter(|id| lexicon.get(id).is_some());
        if found.is_none() {
            let known: Vec<&str> = lexicon.agencies().iter().map(|agency| agency.id.as_str()).collect();
            let hint = match nearest(&id, &known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write an id of the agencies' table".to_owned(),
            };
            section.fault("agency", format!("there is no agency `{id}`"), hint);
        }
        found
    });
    let attention =
        section.word("attention", &[("raise", Attention::Raise), ("silence", Attention::Silence)]);
    let (must_match, must_not_match) = (section.texts_of("must_match"), section.texts_of("must_not_match"));
    let place = RulePlace {
        id: section.span_of("id"),
        query: section.span_of("query"),
        must_match: spans(&must_match),
        must_not_match: spans(&must_not_match),
    };
    let effects = RuleEffects { tags: values(tags), kind, agency, attention: attention.unwrap_or_default() };
    let rule = Rule {
        id: id?,
        query: query?,
        effects,
        must_match: values(must_match),
        must_not_match: values(must_not_match),
    };
    Some((rule, place))
}

fn spans(texts: &[Spanned<String>]) -> Vec<Range<usize>> {
    texts.iter().map(Spanned::span).collect()
}

fn values(texts: Vec<Spanned<String>>) -> Vec<String> {
    texts.into_iter().map(Spanned::into_inner).collect()
}
