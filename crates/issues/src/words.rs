//! The word lists, compiled into one automaton, and where their phrases stand in a text.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use praden_model::{AnalyzedText, SignalName, VerdictKind};
use praden_text::clusters::is_attached;

/// The lists that come with the program, as people read them.
const LISTS: [(Theme, &str); 15] = [
    (Theme::Signal(SignalName::Complaint), include_str!("../words/complaint.txt")),
    (Theme::Signal(SignalName::Criticism), include_str!("../words/criticism.txt")),
    (Theme::Signal(SignalName::Danger), include_str!("../words/danger.txt")),
    (Theme::Signal(SignalName::Corruption), include_str!("../words/corruption.txt")),
    (Theme::Signal(SignalName::Rumour), include_str!("../words/rumour.txt")),
    (Theme::Signal(SignalName::Denial), include_str!("../words/denial.txt")),
    (Theme::Signal(SignalName::Confusion), include_str!("../words/confusion.txt")),
    (Theme::Signal(SignalName::Attributed), include_str!("../words/attributed.txt")),
    (Theme::Signal(SignalName::Recirculation), include_str!("../words/recirculation.txt")),
    (Theme::Signal(SignalName::Routine), include_str!("../words/routine.txt")),
    (Theme::Chatter, include_str!("../words/chatter.txt")),
    (Theme::Verdict(VerdictKind::False), include_str!("../words/verdict_false.txt")),
    (Theme::Verdict(VerdictKind::Misleading), include_str!("../words/verdict_misleading.txt")),
    (Theme::Verdict(VerdictKind::True), include_str!("../words/verdict_true.txt")),
    (Theme::Checker, include_str!("../words/checkers.txt")),
];

/// The longest phrase that must begin and end with a word, in characters: longer ones are no part of a word by chance.
const WORD_CHARS_MAX: usize = 5;

/// What a phrase speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Theme {
    /// A part of the score.
    Signal(SignalName),
    /// Talk that is no statement about public matters.
    Chatter,
    /// What somebody who checked says of a claim.
    Verdict(VerdictKind),
    /// That somebody checked.
    Checker,
    /// A word of the remit of the agencies at this index.
    Remit(usize),
}

/// A phrase at a place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub theme: Theme,
    /// Which phrase: the same number for the same phrase.
    pub phrase: usize,
    /// How much it says, in hundredths.
    pub weight: i32,
    /// Bytes in the normalised text.
    pub start: usize,
    pub end: usize,
}

#[derive(Clone, Debug)]
struct Phrase {
    theme: Theme,
    weight: i32,
    whole_word: bool,
}

/// All phrases.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    automaton: AhoCorasick,
    phrases: Vec<Phrase>,
    /// Bytes of the longest phrase.
    longest: usize,
}

impl Words {
    /// The lists, and the remit words given: each with the index under which it is reported.
    #[expect(
        clippy::expect_used,
        reason = "an automaton fails at two thousand million states; lists and lexicon are bounded far below"
    )]
    pub(crate) fn new<'w>(remits: impl Iterator<Item = (usize, &'w str)>) -> Self {
        let mut texts = Vec::new();
        let mut phrases = Vec::new();
        let mut add = |theme: Theme, text: &str, weight: i32| {
            let text = praden_text::normalize(text).as_str().to_owned();
            if !text.is_empty() {
                phrases.push(Phrase { theme, weight, whole_word: text.chars().count() <= WORD_CHARS_MAX });
                texts.push(text);
            }
        };
        for (theme, list) in LISTS {
            for (text, weight) in entries(list) {
                add(theme, text, weight);
            }
        }
        for (at, text) in remits {
            add(Theme::Remit(at), text, 100);
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .ascii_case_insensitive(true)
            .build(&texts)
            .expect("bounded lists fit an automaton");
        let longest = texts.iter().map(String::len).max().unwrap_or(0);
        Self { automaton, phrases, longest }
    }

    /// The phrases that begin in the first `bytes_max` bytes of a text. Of phrases of one theme that overlap the longest counts; for remits all do.
    pub(crate) fn find(&self, analyzed: &AnalyzedText, bytes_max: usize) -> Vec<Found> {
        let text = analyzed.normalized();
        let beginning = text.get(..text.floor_char_boundary(bytes_max + self.longest)).unwrap_or(text);
        let mut found: Vec<Found> = self
            .automaton
            .find_overlapping_iter(beginning)
            .filter(|hit| hit.start() < bytes_max)
            .filter_map(|hit| {
                let phrase = self.phrases.get(hit.pattern().as_usize())?;
                let fits = on_clusters(text, hit.start(), hit.end())
                    && (!phrase.whole_word || is_whole_word(analyzed, hit.start(), hit.end()));
                fits.then_some(Found {
                    theme: phrase.theme,
                    phrase: hit.pattern().as_usize(),
                    weight: phrase.weight,
                    start: hit.start(),
                    end: hit.end(),
                })
            })
            .collect();
        found.sort_by_key(|found| (found.theme, std::cmp::Reverse(found.end - found.start), found.start));
        let mut kept: Vec<Found> = Vec::new();
        let mut of_theme = 0;
        for hit in found {
            if kept.get(of_theme).is_some_and(|first| first.theme != hit.theme) {
                of_theme = kept.len();
            }
            let covered = kept
                .get(of_theme..)
                .into_iter()
                .flatten()
                .any(|longer| longer.start < hit.end && hit.start < longer.end);
            if !covered {
                kept.push(hit);
            }
        }
        kept.retain(|hit| hit.weight > 0);
        kept.sort_by_key(|hit| (hit.start, hit.end, hit.phrase));
        kept
    }
}

/// Phrases of a list with their weights in hundredths.
fn entries(list: &str) -> impl Iterator<Item = (&str, i32)> {
    list.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()).map(|line| {
        let (text, weight) = line.split_once('\t').unwrap_or((line, "1"));
        let weight: f64 = weight.trim().parse().unwrap_or(1.0);
        (text, (weight * 100.0) as i32)
    })
}

/// Whether a range of normalised bytes tears no letter apart.
pub(crate) fn on_clusters(text: &str, start: usize, end: usize) -> bool {
    let before = text.get(..start).and_then(|before| before.chars().next_back());
    let first = text.get(start..).and_then(|rest| rest.chars().next());
    let after = text.get(end..).and_then(|after| after.chars().next());
    !before.is_some_and(|c| ('เ'..='ไ').contains(&c))
        && !first.is_some_and(is_attached)
        && !after.is_some_and(|c| is_attached(c) || matches!(c, 'ะ' | 'า' | 'ๅ'))
}

/// Whether a range begins and ends with a token, or between other letters than its own.
fn is_whole_word(analyzed: &AnalyzedText, start: usize, end: usize) -> bool {
    let ends = analyzed.ends();
    let is_end = |at: usize| at == 0 || u32::try_from(at).is_ok_and(|at| ends.binary_search(&at).is_ok());
    let text = analyzed.normalized();
    let latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let torn = latin(text.get(..start).and_then(|before| before.chars().next_back()))
        && latin(text.get(start..).and_then(|rest| rest.chars().next()))
        || latin(text.get(..end).and_then(|before| before.chars().next_back()))
            && latin(text.get(end..).and_then(|rest| rest.chars().next()));
    is_end(start) && is_end(end) && !torn
}

#[cfg(test)]
mod tests {
    use super::*;
    use praden_text::Segmenter;

    #[track_caller]
    fn check(text: &str, signal: SignalName, want: &[&str]) {
        let analyzed = AnalyzedText::analyze(text.to_owned(), Segmenter::embedded());
        let found = Words::new(std::iter::empty()).find(&analyzed, usize::MAX / 2);
        let got: Vec<&str> = found
            .iter()
            .filter(|found| found.theme == Theme::Signal(signal))
            .filter_map(|found| analyzed.normalized().get(found.start..found.end))
            .collect();
        assert_eq!(got, want, "{text}");
    }

    #[test]
    fn phrases_are_found_whole_and_longest_first() {
        check("กองทัพเรือชี้แจงข้อวิจารณ์", SignalName::Denial, &["ชี้แจง"]);
        check("กองทัพเรือชี้แจงข้อวิจารณ์", SignalName::Criticism, &["ข้อวิจารณ์"]);
        check("ประชุมชี้แจงแนวทาง", SignalName::Denial, &[]); // A briefing is no denial.
        check("สถานการณ์การแพร่ระบาดของโควิด", SignalName::Danger, &[]);
        check("สำนักงานป้องกันและปราบปรามการทุจริต", SignalName::Corruption, &[]);
        check("เพจดังแฉโรงงานปล่อยน้ำเสีย", SignalName::Attributed, &["เพจดังแฉ"]);
        check("ผู้ใช้เฟซบุ๊กรายหนึ่งโพสต์ร้องว่าถนนพัง", SignalName::Attributed, &["ผู้ใช้เฟซบุ๊ก", "โพสต์ร้อง"]);
        check("ผู้ใช้ TikTok ชื่อหนึ่งเผยคลิปไวรัล", SignalName::Attributed, &["ผู้ใช้ TikTok ชื่อ", "คลิปไวรัล"]);
        check("ติดตามได้ที่เพจเฟซบุ๊กกรมอุตุนิยมวิทยา", SignalName::Attributed, &[]);
        check("ข่าวปลอมวนกลับมาแชร์อีก ใช้คลิปเก่าเมื่อปีก่อน", SignalName::Recirculation, &["กลับมาแชร์", "คลิปเก่า"]);
        check("ผู้สูงอายุนำบัตรเก่ามาแลก", SignalName::Recirculation, &[]);
        check("ส่อทุจริตและเรียกรับเงิน", SignalName::Corruption, &["ส่อทุจริต", "เรียกรับเงิน"]);
    }

    #[test]
    fn lists_are_well_formed() {
        for (theme, list) in LISTS {
            let mut seen = std::collections::BTreeSet::new();
            for line in list.lines().filter(|line| !line.starts_with('#')) {
                let (text, weight) = line.split_once('\t').unwrap_or((line, "1"));
                let weight: f64 = weight.parse().unwrap();
                assert!(
                    (0.0..=3.0).contains(&weight) && text.trim() == text && !text.is_empty(),
                    "{theme:?}: {line:?}"
                );
                assert!(seen.insert(text), "{theme:?}: {text} twice");
            }
        }
    }
}
