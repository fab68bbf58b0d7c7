//! Campaigns: claims that return after weeks, in a story of their own.
//!
//! A hoax is told again and again: the same loan through another page, the same cure with another picture. Within days its tellings are one
//! story; after weeks they are not, and yet they are the same claim, with the same answer. A [`Campaigns`] remembers the claims of the
//! last articles that spoke of rumour and falsehood, and says when a headline makes one of them again.
//!
//! What is compared is the claim as a template: the words of the headline without those of checkers (`ข่าวปลอม อย่าแชร์`) and without what
//! changes from one telling to the next: names of pages and accounts, figures, Latin letters. Two claims are one when the templates agree
//! nearly word by word ([`LIKENESS_MIN`]) and what they share is telling enough ([`SHARED_MIN`]); a loan by another bank is another claim.
//!
//! A campaign goes by the first of its articles that is known, for good. Memory is bounded by [`CLAIMS_MAX`].

use std::collections::VecDeque;

use praden_model::{AnalyzedText, ArticleId, CampaignId, StoryId, Telling};
use praden_text::{Segmenter, TokenKind, token_kind};

use crate::background::Background;
use crate::clusterer::DIGESTS;
use crate::sketch::ByHash;
use crate::terms::key;

/// Claims that are remembered: a busy year of a country's checkers. Each takes about half a kilobyte.
const CLAIMS_MAX: usize = 4_096;

/// How like two templates must be: the cosine of their words, weighted by how rare these are.
const LIKENESS_MIN: f32 = 0.76;

/// How telling the shared words must be together: about three words that not every hundredth article has.
const SHARED_MIN: f32 = 13.0;

/// Words that two templates must share at least.
const SHARED_WORDS_MIN: usize = 3;

/// The most telling words of a template, under which it is looked up, and how many of them two must share.
const LOOKUP: usize = 8;
const LOOKUP_SHARED_MIN: usize = 2;

/// Words of a template that are kept.
const WORDS_MAX: usize = 24;

/// Claims under one word that are looked at, newest first.
const POSTINGS_MAX: usize = 256;

/// Days after the last telling from which it is a return: less is one story that was told twice.
pub const RETURN_DAYS: i64 = 7;

/// Words of those who check and warn, which stand in every headline of theirs.
const OF_CHECKERS: [&str; 40] = [
    "ข่าว",
    "ปลอม",
    "ข่าวปลอม",
    "ข่าวลือ",
    "ข่าวจริง",
    "ข่าวบิดเบือน",
    "บิดเบือน",
    "จริง",
    "เท็จ",
    "ลวง",
    "อย่า",
    "แชร์",
    "เชื่อ",
    "หลงเชื่อ",
    "หลง",
    "เตือน",
    "เตือนภัย",
    "ภัย",
    "ระวัง",
    "ตรวจสอบ",
    "เช็ก",
    "ชัวร์",
    "ศูนย์",
    "ต่อต้าน",
    "ชี้แจง",
    "แจง",
    "ปฏิเสธ",
    "ปัด",
    "ยืนยัน",
    "ยัน",
    "โต้",
    "กรณี",
    "ว่อน",
    "โซเชียล",
    "กลับมา",
    "วน",
    "อีก",
    "หรือไม่",
    "แล้ว",
    "คลิป",
];

/// What headlines about false news say that claim nothing: courses, meetings, tables of the week.
const NO_CLAIMS: [&str; 7] = ["กิจกรรม", "อบรม", "สัมมนา", "ประชุม", "สร้างการรับรู้", "อันดับ", "เคสตัวอย่าง"];

/// Where a headline goes on to name the page, account or number through which the claim is told: `ผ่านเพจ ...`, `ทางบัญชี ...`.
const THROUGH: [&str; 4] = ["ผ่าน", "ทาง", "ผ่านทาง", "ที่เพจ"];
const CHANNELS: [&str; 16] = [
    "เพจเฟซบุ๊ก",
    "บัญชีไลน์",
    "เพจ",
    "บัญชี",
    "ไลน์",
    "เว็บไซต์",
    "เว็บ",
    "ลิงก์",
    "แอป",
    "แอปฯ",
    "แอปพลิเคชัน",
    "แฟนเพจ",
    "เฟซบุ๊ก",
    "ติ๊กต็อก",
    "tiktok",
    "line",
];

/// That an article makes a claim again.
#[derive(Clone, Debug, PartialEq)]
pub struct Again {
    /// The earlier telling: of the likest the first.
    pub earlier: Telling,
    /// How like the two are, 0 to 1.
    pub likeness: f32,
    /// The words that both have, the most telling first.
    pub words: Vec<String>,
}

impl Again {
    /// The campaign: the article with which it began.
    pub fn campaign(&self) -> CampaignId {
        self.earlier.campaign.unwrap_or(CampaignId::new(self.earlier.seq.get()))
    }
}

/// What is compared of a headline.
#[derive(Clone, Debug, Default, PartialEq)]
struct Template {
    /// Keys in order, each with its weight.
    words: Vec<(u64, f32)>,
    /// Keys of the most telling.
    lookup: Vec<u64>,
    length: f32,
}

/// Remembers claims and finds them again.
#[derive(Clone, Debug, Default)]
pub struct Campaigns {
    claims: VecDeque<(Telling, Template)>,
    /// Number of the first claim still there.
    first: u64,
    by_word: ByHash<u64, VecDeque<u64>>,
}

impl Campaigns {
    /// How many of the last claims must be [`remember`](Self::remember)ed after a restart.
    pub const fn claims_to_remember() -> usize {
        CLAIMS_MAX
    }

    /// Takes up a claim that an article made. They come in the order of the log.
    pub fn remember(&mut self, claim: Telling) {
        let template = Template::of(&claim.text).0;
        let at = self.first + self.claims.len() as u64;
        for word in &template.lookup {
            self.by_word.entry(*word).or_default().push_back(at);
        }
        self.claims.push_back((claim, template));
        if self.claims.len() > CLAIMS_MAX {
            self.forget_first();
        }
    }

    /// The earlier telling of what a headline claims, by another article and in another story; of those that are like enough the likest,
    /// of equals the first.
    pub fn find(&self, headline: &str, article: ArticleId, story: StoryId) -> Option<Again> {
        let (template, written) = Template::of(headline);
        let mut near: Vec<u64> = template
            .lookup
            .iter()
            .filter_map(|word| self.by_word.get(word))
            .flat_map(|postings| postings.range(postings.len().saturating_sub(POSTINGS_MAX)..))
            .copied()
            .collect();
        near.sort_unstable();
        let mut best: Option<(f32, &Telling, &Template)> = None;
        for same in near.chunk_by(|a, b| a == b).filter(|same| same.len() >= LOOKUP_SHARED_MIN) {
            let Some((claim, other)) = same.first().and_then(|at| self.claim(*at)) else { continue };
            if claim.article == article || claim.story == story {
                continue;
            }
            let likeness = template.likeness(other);
            if likeness >= LIKENESS_MIN && best.is_none_or(|(most, ..)| likeness > most) {
                best = Some((likeness, claim, other));
            }
        }
        let (likeness, earlier, other) = best?;
        let mut shared: Vec<(u64, f32)> = template.shared(other).collect();
        shared.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let word = |key: u64| written.iter().find(|(other, _)| *other == key).map(|(_, word)| word.clone());
        let words = shared.into_iter().filter_map(|(key, _)| word(key)).collect();
        Some(Again { earlier: earlier.clone(), likeness: likeness.min(1.0), words })
    }

    fn claim(&self, at: u64) -> Option<&(Telling, Template)> {
        usize::try_from(at.checked_sub(self.first)?).ok().and_then(|at| self.claims.get(at))
    }

    fn forget_first(&mut self) {
        let Some((_, template)) = self.claims.pop_front() else { return };
        self.first += 1;
        for word in template.lookup {
            if let Some(postings) = self.by_word.get_mut(&word) {
                postings.pop_front();
                if postings.is_empty() {
                    self.by_word.remove(&word);
                }
            }
        }
    }
}

impl Template {
    /// The template of a headline, and how its words are written. Of a digest, and of what claims nothing, there is none.
    fn of(headline: &str) -> (Self, Vec<(u64, String)>) {
        if DIGESTS.iter().chain(&NO_CLAIMS).any(|words| headline.contains(words)) {
            return (Self::default(), Vec::new());
        }
        let background = Background::embedded();
        let (mut words, mut written) = (Vec::new(), Vec::new());
        let analyzed = AnalyzedText::analyze(headline.to_owned(), Segmenter::embedded());
        let mut before: Option<&str> = None;
        for (_, token) in analyzed.tokens() {
            let is_channel = CHANNELS.contains(&token.to_lowercase().as_str());
            if is_channel && before.is_some_and(|before| THROUGH.contains(&before)) {
                break;
            }
            if !token.trim().is_empty() {
                before = Some(token);
            }
            let counts = match token_kind(token) {
                TokenKind::Thai => token.chars().count() >= 2,
                TokenKind::Abbreviation => true,
                // A company goes by its letters; names of pages are written otherwise.
                TokenKind::Latin => {
                    (2..=5).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_uppercase())
                }
                _ => false,
            };
            if counts && !is_channel && !OF_CHECKERS.contains(&token) {
                let key = key(token);
                words.push((key, background.weight(key)));
                written.push((key, token.to_owned()));
            }
        }
        words.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        words.dedup_by_key(|(key, _)| *key);
        words.truncate(WORDS_MAX);
        let lookup = words.iter().take(LOOKUP).map(|(key, _)| *key).collect();
        words.sort_by_key(|(key, _)| *key);
        let length = words.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
        (Self { words, lookup, length }, written)
    }

    fn shared<'t>(&'t self, other: &'t Self) -> impl Iterator<Item = (u64, f32)> + 't {
        self.words
            .iter()
            .copied()
            .filter(|(key, _)| other.words.binary_search_by_key(key, |(key, _)| *key).is_ok())
    }

    /// How like two templates are; zero where what they share says too little.
    fn likeness(&self, other: &Self) -> f32 {
        let (mut squares, mut sum, mut count) = (0.0, 0.0, 0);
        for (_, weight) in self.shared(other) {
            squares += weight * weight;
            sum += weight;
            count += 1;
        }
        if count < SHARED_WORDS_MIN || sum < SHARED_MIN {
            return 0.0;
        }
        squares / (self.length * other.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use praden_model::{Evidence, FieldName, Seq, Span};
    use proptest::prelude::*;

    fn claim(seq: u64, text: &str) -> Telling {
        let (seq, at) = (Seq::new(seq), Timestamp::UNIX_EPOCH);
        Telling {
            seq,
            article: ArticleId::new(seq.get()),
            story: StoryId::new(seq.get()),
            at,
            text: text.to_owned(),
            claim: Evidence {
                seq,
                field: FieldName::Title,
                span: Span::new(0..text.len()),
                surface: text.to_owned(),
            },
            is_source: true,
            verdict: None,
            campaign: None,
            returns: None,
        }
    }

    /// Whether a later headline makes the claim of an earlier one.
    #[track_caller]
    fn check(earlier: &str, later: &str, want: bool) {
        let mut campaigns = Campaigns::default();
        campaigns.remember(claim(1, earlier));
        let again = campaigns.find(later, ArticleId::new(2), StoryId::new(2));
        assert_eq!(
            again.as_ref().map(|again| again.campaign().get()),
            want.then_some(1),
            "{later}: {again:?}"
        );
    }

    #[test]
    fn a_template_returns_with_other_pages_and_figures() {
        let loan = "ข่าวปลอม อย่าแชร์! ธนาคารออมทรัพย์สยาม ปล่อยสินเชื่อฉุกเฉินให้ผู้มีรายได้น้อย ผ่านเพจ Easy Loan 24";
        check(
            loan,
            "ธนาคารออมทรัพย์สยาม ปล่อยสินเชื่อฉุกเฉินให้ผู้มีรายได้น้อย วงเงิน 50,000 บาท ผ่าน TikTok ชื่อ loan_9",
            true,
        );
        check(loan, "เตือน! ธนาคารออมทรัพย์สยามปล่อยสินเชื่อฉุกเฉิน ผู้มีรายได้น้อย ผ่านบัญชีไลน์ @quickmoney", true);
        check(loan, "ธนาคารออมทรัพย์สยาม ประกาศผลประกอบการไตรมาสแรก กำไรเพิ่มขึ้น", false);
        check(loan, "ธนาคารชาวนาไทย ปล่อยสินเชื่อเครื่องจักรกลการเกษตร ผ่านเพจ Farm Money", false);
        let cure = "ต้มน้ำมะนาวผสมโซดาดื่มก่อนนอน รักษามะเร็งตับหายขาด จริงหรือไม่";
        check(cure, "แชร์ว่อนอีก น้ำมะนาวผสมโซดารักษามะเร็งตับหายขาด ดื่มก่อนนอน", true);
        check(cure, "แพทย์เผยผู้ป่วยมะเร็งตับรายใหม่เพิ่มขึ้น แนะตรวจคัดกรองทุกปี", false);
        let shares = "บริษัท STU เปิดให้ร่วมลงทุนหุ้นพลังงาน เริ่มต้น 1,000 บาท รับปันผลรายวัน";
        check(shares, "STU เปิดให้ลงทุนหุ้นพลังงาน เริ่มต้น 3,000 บาท รับปันผลรายวัน 450 บาท", true);
        check("จัดกิจกรรมรู้เท่าทันข่าวปลอมในสถานศึกษาภาคเหนือ", "เปิดกิจกรรมรู้เท่าทันข่าวปลอมในสถานศึกษาภาคใต้", false);
        check("สรุปข่าวปลอมประจำสัปดาห์ 1-7 มิถุนายน", "สรุปข่าวปลอมประจำสัปดาห์ 8-14 มิถุนายน", false);
    }

    #[test]
    fn a_campaign_keeps_the_name_of_its_first_article() {
        let text = "ต้มน้ำมะนาวผสมโซดาดื่มก่อนนอน รักษามะเร็งตับหายขาด";
        let mut campaigns = Campaigns::default();
        let mut names = Vec::new();
        for seq in 3..6 {
            let again = campaigns.find(text, ArticleId::new(seq), StoryId::new(seq));
            let campaign = again.map(|again| again.campaign());
            names.push(campaign.map(CampaignId::get));
            campaigns.remember(Telling { campaign, ..claim(seq, text) });
        }
        assert_eq!(names, [None, Some(3), Some(3)]);
        assert_eq!(
            campaigns.find(text, ArticleId::new(3), StoryId::new(9)).map(|again| again.earlier.seq.get()),
            Some(4),
            "not by itself"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn memory_is_bounded_and_forgets_the_oldest(headlines in prop::collection::vec("[ก-ฮ]{2,12} [ก-ฮ]{2,12} .{0,20}", 1..30)) {
            let mut campaigns = Campaigns::default();
            for (seq, text) in headlines.iter().cycle().take(CLAIMS_MAX + 50).enumerate() {
                campaigns.remember(claim(seq as u64, text));
            }
            prop_assert_eq!(campaigns.claims.len(), CLAIMS_MAX);
            let first = campaigns.first;
            prop_assert!(campaigns.by_word.values().flatten().all(|at| *at >= first));
        }
    }
}
