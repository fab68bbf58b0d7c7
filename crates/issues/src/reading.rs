//! Reading one article: how strongly it speaks of each signal, and of which agencies.

use std::collections::BTreeMap;

use praden_model::{
    Agency, AgencyId, AnalyzedText, Evidence, FieldName, Mention, Seq, SignalName, Span, Verdict,
};
use praden_text::floor_cluster;

use crate::routing::Router;
use crate::topic::TopicModel;
use crate::words::{Found, Theme, Words};

/// Bytes of the text that are its lead, and bytes that are read at all: about 300 and 2,000 Thai letters. What a text says
/// further down is detail.
pub(crate) const LEAD_BYTES: usize = 900;
const BODY_BYTES: usize = 6_000;

/// The longest text without a headline that is a post rather than an article, in characters.
const POST_CHARS_MAX: usize = 280;

/// The shortest post that states something, in characters.
const POST_CHARS_MIN: usize = 15;

/// How much a post that states something about public matters says of rumour, in hundredths.
const POST_STRENGTH: i32 = 260;

/// Places that are kept for one signal of one article.
pub(crate) const SPANS_MAX: usize = 6;

/// Where in an article something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Zone {
    Title,
    Lead,
    Body,
}

impl Zone {
    pub(crate) fn of(field: FieldName, start: usize) -> Self {
        match field {
            FieldName::Title => Self::Title,
            FieldName::Text if start < LEAD_BYTES => Self::Lead,
            FieldName::Text => Self::Body,
        }
    }

    /// What a word there counts, in hundredths.
    const fn factor(self) -> i32 {
        match self {
            Self::Title => 150,
            Self::Lead => 100,
            Self::Body => 45,
        }
    }
}

/// What one article says.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The revision that was read.
    pub seq: Seq,
    /// Its headline, or the start of its text.
    pub headline: String,
    /// How strongly it speaks of each signal, in the fixed order of signals; those it does not speak of are left out.
    pub signals: Vec<SignalReading>,
    /// What speaks for each agency, the strongest first.
    pub agencies: Vec<AgencyReading>,
    /// What it says of a claim that somebody checked.
    pub verdict: Option<Verdict>,
    /// Where its headline stands; of a post without one the beginning.
    pub claim: Option<Evidence>,
}

/// How strongly an article must speak of rumour to make a claim, in hundredths: a strong phrase in its lead. Words that a bank's own news has,
/// too, such as `ปล่อยสินเชื่อ`, are not enough alone.
const CLAIM_STRENGTH: i32 = 250;

impl Reading {
    /// Whether it tells or judges a claim of the kind that goes round. What is publicity before all, such as a course on false news, does not.
    pub fn makes_claim(&self) -> bool {
        let strength =
            |name| self.signals.iter().find(|signal| signal.name == name).map_or(0, |signal| signal.strength);
        let rumour = strength(SignalName::Rumour).max(strength(SignalName::Denial));
        let tells = self.verdict.is_some()
            || strength(SignalName::Rumour) >= CLAIM_STRENGTH
            || strength(SignalName::Recirculation) > 0;
        tells && rumour > strength(SignalName::Routine)
    }
}

/// How strongly an article speaks of one signal.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalReading {
    /// Which.
    pub name: SignalName,
    /// How strongly, in hundredths: the sum over distinct phrases of their weight, more in the title, less in the body.
    pub strength: i32,
    /// Where, strongest first.
    pub spans: Vec<Evidence>,
}

/// What speaks for an agency in one article.
#[derive(Clone, Debug, PartialEq)]
pub struct AgencyReading {
    /// Which.
    pub agency: AgencyId,
    /// How strongly, in hundredths.
    pub points: i32,
    /// Why, in words.
    pub reasons: Vec<String>,
    /// Where.
    pub spans: Vec<Evidence>,
}

/// Reads articles with the word lists and a lexicon's remit words.
#[derive(Clone, Debug)]
pub struct Reader {
    words: Words,
    router: Router,
}

impl Reader {
    /// Compiles the word lists and the remits, with the model of topics that comes with the program. Takes tens of
    /// milliseconds.
    pub fn new(agencies: &[Agency]) -> Self {
        Self::with_topics(agencies, TopicModel::embedded())
    }

    /// The same with a model of one's own, or an empty one.
    pub fn with_topics(agencies: &[Agency], topics: TopicModel) -> Self {
        let router = Router::new(agencies, topics);
        Self { words: Words::new(router.remit_words()), router }
    }

    /// Reads one article, given who is named in it. Linear in the text.
    pub fn read(&self, seq: Seq, title: &AnalyzedText, text: &AnalyzedText, mentions: &[Mention]) -> Reading {
        let article = Article { seq, title, text };
        let mut found: Vec<(FieldName, Found)> = Vec::new();
        for field in [FieldName::Title, FieldName::Text] {
            let hits = self.words.find(article.field(field), BODY_BYTES);
            found.extend(hits.into_iter().map(|hit| (field, hit)));
        }
        let agencies = self.router.route(&article, mentions, &found);
        let mut signals: BTreeMap<SignalName, SignalReading> = BTreeMap::new();
        for (name, phrases) in strongest(&found) {
            let strength = phrases.iter().map(|(strength, ..)| strength).sum();
            let spans = phrases
                .iter()
                .take(SPANS_MAX)
                .filter_map(|&(_, field, hit)| article.evidence(field, hit.start..hit.end))
                .collect();
            signals.insert(name, SignalReading { name, strength, spans });
        }
        if let Some(statement) = article.statement(&found, !mentions.is_empty()) {
            let rumour = signals.entry(SignalName::Rumour).or_insert_with(|| SignalReading {
                name: SignalName::Rumour,
                strength: 0,
                spans: Vec::new(),
            });
            rumour.strength += POST_STRENGTH;
            rumour.spans.push(statement);
        }
        Reading {
            seq,
            headline: article.headline(),
            signals: signals.into_values().collect(),
            agencies,
            verdict: article.verdict(&found),
            claim: article.claim(),
        }
    }
}

/// For each signal its distinct phrases, each where it counts most, the strongest first.
fn strongest(found: &[(FieldName, Found)]) -> BTreeMap<SignalName, Vec<(i32, FieldName, Found)>> {
    let mut best: BTreeMap<(SignalName, usize), (i32, FieldName, Found)> = BTreeMap::new();
    for &(field, hit) in found {
        let Theme::Signal(name) = hit.theme else { continue };
        let strength = hit.weight * Zone::of(field, hit.start).factor() / 100;
        let entry = best.entry((name, hit.phrase)).or_insert((strength, field, hit));
        if strength > entry.0 {
            *entry = (strength, field, hit);
        }
    }
    let mut of_signal: BTreeMap<SignalName, Vec<(i32, FieldName, Found)>> = BTreeMap::new();
    for ((name, _), phrase) in best {
        of_signal.entry(name).or_default().push(phrase);
    }
    for phrases in of_signal.values_mut() {
        phrases.sort_by_key(|(strength, field, hit)| (std::cmp::Reverse(*strength), *field, hit.start));
    }
    of_signal
}

/// An article while it is read.
pub(crate) struct Article<'t> {
    pub seq: Seq,
    pub title: &'t AnalyzedText,
    pub text: &'t AnalyzedText,
}

impl<'t> Article<'t> {
    pub(crate) fn field(&self, field: FieldName) -> &'t AnalyzedText {
        match field {
            FieldName::Title => self.title,
            FieldName::Text => self.text,
        }
    }

    /// A range of normalised bytes as evidence: bytes as published, and what stands there.
    pub(crate) fn evidence(&self, field: FieldName, normalized: std::ops::Range<usize>) -> Option<Evidence> {
        let analyzed = self.field(field);
        let raw = analyzed.to_raw(normalized);
        let surface = analyzed.raw().get(raw.clone())?.to_owned();
        Some(Evidence { seq: self.seq, field, span: Span::new(raw), surface })
    }

    /// The post itself, when it is short, has no headline, is no talk or advice, and names an agency or speaks of a
    /// remit in more than one word. Such statements go round without a source; whether they are true is the question.
    fn statement(&self, found: &[(FieldName, Found)], names_agency: bool) -> Option<Evidence> {
        let text = self.text.normalized();
        let body = text.trim();
        let letters = body.chars().count();
        let is_post =
            self.title.normalized().trim().is_empty() && (POST_CHARS_MIN..=POST_CHARS_MAX).contains(&letters);
        let is_talk = is_chatty(body)
            || found.iter().any(|(_, hit)| {
                matches!(hit.theme, Theme::Chatter | Theme::Signal(SignalName::Routine)) && hit.weight >= 100
            });
        if !is_post || is_talk {
            return None;
        }
        // One common word is no matter yet: เหล้า stands in a joke, ติดเชื้อ beside ซิฟิลิส does not.
        let mut remits: Vec<(usize, usize)> = found
            .iter()
            .filter(|(_, hit)| matches!(hit.theme, Theme::Remit(_)))
            .map(|(_, hit)| (hit.start, hit.end))
            .collect();
        remits.sort_unstable();
        remits.dedup_by(|later, earlier| later.0 < earlier.1);
        if !names_agency && remits.len() < 2 {
            return None;
        }
        let start = text.len() - text.trim_start().len();
        self.evidence(FieldName::Text, start..start + body.len())
    }

    fn headline(&self) -> String {
        let (field, range) = self.headline_at();
        self.field(field).normalized().get(range).unwrap_or("").to_owned()
    }

    /// Where the headline stands, as normalised bytes; of a post without one the beginning of its text.
    fn headline_at(&self) -> (FieldName, std::ops::Range<usize>) {
        const BYTES_MAX: usize = 240;
        let is_untitled = self.title.normalized().trim().is_empty();
        let field = if is_untitled { FieldName::Text } else { FieldName::Title };
        let whole = self.field(field).normalized();
        let line = if is_untitled { whole.trim().lines().next().unwrap_or("") } else { whole.trim() };
        let start = whole.len() - whole.trim_start().len();
        (field, start..start + floor_cluster(line, BYTES_MAX))
    }

    fn claim(&self) -> Option<Evidence> {
        let (field, range) = self.headline_at();
        if range.is_empty() { None } else { self.evidence(field, range) }
    }

    /// What the headline or the lead says of a claim, where the article shows that somebody checked it: the first such words.
    fn verdict(&self, found: &[(FieldName, Found)]) -> Option<Verdict> {
        let checked = |hit: &Found| matches!(hit.theme, Theme::Checker | Theme::Signal(SignalName::Denial));
        if !found.iter().any(|(_, hit)| checked(hit)) {
            return None;
        }
        let verdicts = found.iter().filter_map(|(field, hit)| match hit.theme {
            Theme::Verdict(says) => Some((Zone::of(*field, hit.start), hit.start, says, *field, hit)),
            _ => None,
        });
        let early = verdicts.filter(|(zone, ..)| *zone != Zone::Body);
        let (.., says, field, hit) = early.min_by_key(|(zone, start, says, ..)| (*zone, *start, *says))?;
        Some(Verdict { says, span: self.evidence(field, hit.start..hit.end)? })
    }
}

/// Whether a post looks like talk: emoji, hashtags, addresses, stretched letters, signs in a row.
fn is_chatty(body: &str) -> bool {
    let mut run = ('\0', 0);
    body.chars().any(|c| {
        run = if c == run.0 { (c, run.1 + 1) } else { (c, 1) };
        let stretched = run.1 >= 3 && !c.is_ascii_digit() && !c.is_whitespace() || c == '5' && run.1 >= 3;
        let doubled = run.1 == 2 && matches!(c, '!' | '?' | '.' | '~' | '^');
        stretched || doubled || matches!(c, '#' | '@' | '\u{2600}'..='\u{27BF}' | '\u{1F000}'..='\u{1FAFF}')
    }) || body.contains("http")
}

#[cfg(test)]
mod tests {
    use super::*;
    use praden_model::VerdictKind::{self, False, Misleading, True};
    use praden_text::Segmenter;

    /// What an article says of a claim, and in which words.
    #[track_caller]
    fn check(title: &str, text: &str, want: Option<(VerdictKind, &str)>) {
        let analyze = |text: &str| AnalyzedText::analyze(text.to_owned(), Segmenter::embedded());
        let reading = Reader::new(&[]).read(Seq::new(1), &analyze(title), &analyze(text), &[]);
        let got = reading.verdict.as_ref().map(|verdict| (verdict.says, verdict.span.surface.as_str()));
        assert_eq!(got, want, "{title} {text}");
    }

    #[test]
    fn a_verdict_is_the_word_of_somebody_who_checked() {
        check("ข่าวปลอม อย่าแชร์! ดื่มน้ำปูนใสรักษาเบาหวาน", "", Some((False, "ข่าวปลอม")));
        check("", "ศูนย์ต่อต้านข่าวปลอมตรวจสอบแล้วพบว่าเป็นข่าวบิดเบือน", Some((Misleading, "ข่าวบิดเบือน")));
        check("เปิดจุดบริการใหม่สามแห่ง", "กรมการขนส่งทางบกยืนยันว่าเป็นเรื่องจริง", Some((True, "เป็นเรื่องจริง")));
        check("", "กรมการแพทย์ชี้แจงว่าไม่เป็นความจริงแต่อย่างใด", Some((False, "ไม่เป็นความจริง")));
        check("ชาวเน็ตถกกันว่าเป็นข่าวปลอม", "บ้างก็เชื่อ บ้างก็ไม่เชื่อ", None); // Nobody checked.
        check("ศูนย์ต่อต้านข่าวปลอมเปิดช่องทางใหม่", "ประชาชนแจ้งเบาะแสได้ทุกวัน", None);
    }
}
