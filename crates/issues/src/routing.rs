//! Who should answer: what speaks for each agency in one article.
//!
//! Being named says something by where and in what role: in the headline, complained about, answering, or merely
//! present. Words of a remit say something by how few agencies share them. Every point has a reason in words.

use std::collections::{BTreeMap, BTreeSet};

use praden_model::{Agency, AgencyId, Evidence, FieldName, Mention};

use crate::reading::{AgencyReading, Article, Zone};
use crate::topic::TopicModel;
use crate::words::{Found, Theme};

/// Points for being named, in hundredths, by zone: title, lead, body.
const NAMED: [i32; 3] = [320, 150, 35];

/// Points for being the first that is named in the title.
const NAMED_FIRST: i32 = 80;

/// Names in one zone that count for one agency.
const NAMED_MAX: i32 = 3;

/// Points for a role.
const COMPLAINED_ABOUT: i32 = 220;
const CLARIFYING: i32 = 280;
const ANSWERING: i32 = 160;

/// Points for a remit word that one agency alone has, by zone.
const REMIT: [i32; 3] = [140, 80, 25];

/// How many agencies may share a remit word before it says no less.
const SHARED_MAX: i32 = 5;

/// From how many letters on a remit word in a headline is a matter of its own and counts half as much again.
const SPECIFIC_CHARS: usize = 9;

/// Which part of its points, one in so many, a remit word keeps that stands inside a longer one: ติดอินเทอร์เน็ต is the matter of
/// those who heal, hardly of those who lay cables.
const COVERED_SHARE: i32 = 2;

/// The points for remit words that an agency comes ever closer to, however many stand there.
const REMIT_MOST: i32 = 1_000;

/// Points for what a text is about, for an agency whose topic it is alone; points of names that halve them; and how
/// much the likeliest topic stands out. Chosen by leaving out each fifth of the learned claims in turn: from 280 to 400
/// points and from 0.7 to 1 it makes no difference of more than one claim in a hundred.
const TOPIC: f32 = 340.0;
const TOPIC_HALVED: f32 = 400.0;
const TOPIC_SHARPNESS: f32 = 0.8;

/// Further points, which no name lessens, for a topic that is as good as certain: from this share on, and that many at
/// a share of one. Such texts are one of a series that one body answers, whoever is named in them: of the learned claims each
/// taught by the others, the topic was right in all 56 with a share of 0.95 and more, the names in half of them.
const CERTAIN_FROM: f32 = 0.9;
const CERTAIN: f32 = 1_500.0;

/// Agencies whose topic a text may be.
const TOPICS_MAX: usize = 16;

/// Which part of a body's points, one in so many, goes to who stands above it.
const ABOVE_SHARE: i32 = 4;

/// What a ministry's secretariat is called.
const SECRETARIAT: &str = "สำนักงานปลัดกระทรวง";

/// What fewer points than these do not propose. Of the learned claims with their articles, each routed by what the others taught,
/// nobody with fewer than 50 was right; with 100 to 200 one in four was, with 300 and more nine in ten. Of claims alone some
/// are right from 35 on; and who comes second or third may be right with less.
const POINTS_MIN: i32 = 20;

/// Agencies that are proposed at most, reasons and places each.
const PROPOSED_MAX: usize = 8;
const SPANS_MAX: usize = 4;

/// Before a name: it is complained about, or asked to act.
const ASKED: [&str; 30] = [
    "จี้",
    "จี้ให้",
    "เรียกร้อง",
    "เรียกร้องให้",
    "ร้อง",
    "วอน",
    "ถาม",
    "ทวงถาม",
    "ซัด",
    "ฟ้อง",
    "ตำหนิ",
    "แฉ",
    "วิจารณ์",
    "ขอให้",
    "ร้องเรียน",
    "ประท้วง",
    "ท้วง",
    "ทวง",
    "จวก",
    "โวย",
    "ฟาด",
    "ถล่ม",
    "กดดัน",
    "ยื่นหนังสือ",
    // Who reports on a claim has asked somebody whether it is true.
    "ตรวจสอบกับ",
    "ตรวจสอบกับทาง",
    "ตรวจสอบข้อเท็จจริงกับ",
    "ตรวจสอบข้อเท็จจริงกับทาง",
    "สอบถาม",
    "สอบถามไปยัง",
];

/// After a name: it has taken the matter for its own and says what is true of it.
const CLARIFIES: [&str; 13] = [
    "ชี้แจง",
    "แจง",
    "ขอชี้แจง",
    "ขอเรียนชี้แจง",
    "ได้ชี้แจง",
    "ออกมาชี้แจง",
    "ยืนยัน",
    "ขอยืนยัน",
    "ได้ยืนยัน",
    "ยัน",
    "ปฏิเสธ",
    "ขอปฏิเสธ",
    "โต้",
];

/// After a name: it speaks.
const ANSWERS: [&str; 9] = ["แถลง", "เปิดเผย", "เผย", "เตือน", "แจ้งเตือน", "ระบุ", "ประกาศ", "ออกมา", "ตรวจสอบ"];

/// Before a name: it is one of many who were there.
const PRESENT: [&str; 20] = [
    "ออกแบบโดย",
    "พัฒนาโดย",
    "ผลิตโดย",
    "สนับสนุนโดย",
    "สนับสนุนจาก",
    "ความร่วมมือจาก",
    "ร่วมกับ",
    "พร้อมด้วย",
    "ผู้แทน",
    "ผู้แทนจาก",
    "อาทิ",
    "เช่น",
    "ร่วม",
    "และ",
    "กับ",
    "จับมือ",
    "ประกอบด้วย",
    "ณ",
    "เสนอ",
    "โดยมี",
];

/// Before a minister's title: it is the second office of a prime minister, who speaks for the government.
const SECOND_OFFICE: [&str; 3] = ["นายกรัฐมนตรีและ", "นายกรัฐมนตรี และ", "นายกฯ และ"];

/// Spokesmen of the government speak for whoever has to answer.
const SPEAKS_FOR_ALL: [&str; 4] =
    ["โฆษกประจำสำนักนายก", "โฆษกรัฐบาล", "โฆษกประจําสํานักนายก", "สำนักเลขาธิการนายกรัฐมนตรี"];

/// The government as a whole, in the lexicon that Praden brings.
const GOVERNMENT: [&str; 2] = ["cabinet", "pmo"];

/// Before the name of an assembly: one of its members, who asks and does not answer.
const MEMBER: [&str; 4] = ["สมาชิก", "ส.ส.", "กระทู้ถามของ", "กระทู้ถาม"];

/// What the halls of provinces are called, before the province's name; offices that a ministry has in each province end in it or are
/// followed by it, short forms end in its letter.
const PROVINCE: &str = "จังหวัด";
const PROVINCE_SHORT: &str = "จ.";

/// Bytes before and after a name that are looked at.
const NEAR_BYTES: usize = 72;

#[derive(Clone, Debug)]
pub(crate) struct Router {
    ids: Vec<AgencyId>,
    parents: Vec<Option<usize>>,
    by_id: BTreeMap<AgencyId, usize>,
    /// Remit words, each with the agencies that have it.
    remits: Vec<(String, Vec<usize>)>,
    topics: TopicModel,
    secretariats: BTreeSet<usize>,
    /// The halls of provinces, each with the province's name alone.
    provinces: Vec<(String, usize)>,
}

#[derive(Default)]
struct Case {
    points: i32,
    // Reason, with what it is worth, so that the best are told first.
    reasons: BTreeMap<String, i32>,
    spans: Vec<(i32, Evidence)>,
    named: [i32; 3],
    named_points: i32,
    remit_points: i32,
}

impl Case {
    fn add(&mut self, points: i32, reason: String, span: Option<Evidence>) {
        self.points += points;
        let worth = self.reasons.entry(reason).or_default();
        *worth += points;
        self.spans.extend(span.map(|span| (points, span)));
    }
}

impl Router {
    pub(crate) fn new(agencies: &[Agency], topics: TopicModel) -> Self {
        let by_id: BTreeMap<AgencyId, usize> =
            agencies.iter().enumerate().map(|(at, agency)| (agency.id.clone(), at)).collect();
        let mut remits: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, agency) in agencies.iter().enumerate() {
            for word in agency.remit.iter().filter(|word| word.chars().count() >= 2) {
                let owners = remits.entry(word).or_default();
                if owners.last() != Some(&at) {
                    owners.push(at);
                }
            }
        }
        Self {
            ids: agencies.iter().map(|agency| agency.id.clone()).collect(),
            parents: agencies.iter().map(|agency| by_id.get(agency.parent.as_ref()?).copied()).collect(),
            by_id,
            remits: remits.into_iter().map(|(word, owners)| (word.to_owned(), owners)).collect(),
            topics,
            secretariats: agencies
                .iter()
                .enumerate()
                .filter(|(_, agency)| agency.name_th.starts_with(SECRETARIAT))
                .map(|(at, _)| at)
                .collect(),
            provinces: agencies
                .iter()
                .enumerate()
                .filter_map(|(at, agency)| Some((agency.name_th.strip_prefix(PROVINCE)?.to_owned(), at)))
                .collect(),
        }
    }

    pub(crate) fn remit_words(&self) -> impl Iterator<Item = (usize, &str)> {
        self.remits.iter().enumerate().map(|(at, (word, _))| (at, word.as_str()))
    }

    pub(crate) fn route(
        &self,
        article: &Article<'_>,
        mentions: &[Mention],
        found: &[(FieldName, Found)],
    ) -> Vec<AgencyReading> {
        let mut cases: BTreeMap<usize, Case> = BTreeMap::new();
        let first = mentions
            .iter()
            .find(|mention| !speaks_for_all(&mention.surface))
            .map(|mention| mention.normalized);
        let is_alone = mentions
            .iter()
            .filter(|mention| Zone::of(mention.field, mention.normalized.range().start) < Zone::Body)
            .all(|mention| speaks_for_all(&mention.surface) || GOVERNMENT.contains(&mention.agency.as_str()));
        for mention in mentions {
            let Some(&agency) = self.by_id.get(&mention.agency) else { continue };
            let case = cases.entry(agency).or_default();
            let before = case.named_points;
            named(case, article, mention, first == Some(mention.normalized), is_alone);
            let points = (case.named_points - before) / ABOVE_SHARE;
            if let Some((province, place)) = self.seat(article, mention).filter(|_| points > 0) {
                let span = article.evidence(mention.field, place);
                let name = self.provinces.get(province).map_or("", |(name, _)| name);
                if let Some(&(_, hall)) = self.provinces.get(province) {
                    cases.entry(hall).or_default().add(points, format!("place: {name}"), span);
                }
            }
        }
        let mut counted: BTreeMap<usize, Zone> = BTreeMap::new();
        let reaches = reaches(found);
        for (field, hit) in found {
            let Theme::Remit(word) = hit.theme else { continue };
            let zone = Zone::of(*field, hit.start);
            // Each word once, where it stands first: that is where it says most.
            if counted.contains_key(&word) {
                continue;
            }
            counted.insert(word, zone);
            let Some((text, owners)) = self.remits.get(word) else { continue };
            // A name is no remit word: กระทรวงแรงงาน does not speak of แรงงาน.
            let in_name = mentions.iter().any(|mention| {
                mention.field == *field
                    && mention.normalized.range().start < hit.end
                    && hit.start < mention.normalized.range().end
            });
            if in_name {
                continue;
            }
            let mut points =
                REMIT.get(zone as usize).copied().unwrap_or(0) / (owners.len() as i32).min(SHARED_MAX);
            if zone == Zone::Title && text.chars().count() >= SPECIFIC_CHARS {
                points = points * 3 / 2;
            }
            let reach = reaches.get(&(*field, hit.start)).copied().unwrap_or_default();
            if hit.end < reach.of_this || hit.end <= reach.of_earlier {
                points /= COVERED_SHARE;
            }
            for &agency in owners {
                let span = article.evidence(*field, hit.start..hit.end);
                let case = cases.entry(agency).or_default();
                let before = saturated(case.remit_points);
                case.remit_points += points;
                case.add(saturated(case.remit_points) - before, format!("remit: {text}"), span);
            }
        }
        self.add_topics(&mut cases, article, mentions);
        self.add_parents(&mut cases);
        self.ranked(cases)
    }

    /// The province whose office is named, and where it stands: สำนักงานปศุสัตว์|จังหวัดเลย, สสจ.|ขอนแก่น. Its hall can be
    /// asked, too.
    fn seat(&self, article: &Article<'_>, mention: &Mention) -> Option<(usize, std::ops::Range<usize>)> {
        let end = mention.normalized.range().end;
        let rest = near_after(article.field(mention.field).normalized(), end);
        let name = if let Some(name) = rest.strip_prefix(PROVINCE) {
            name
        } else if mention.surface.ends_with(PROVINCE) {
            rest
        } else if mention.surface.ends_with(PROVINCE_SHORT) {
            rest.trim_start_matches(' ')
        } else {
            return None;
        };
        let start = end + rest.len() - name.len();
        let called = self.provinces.iter().enumerate().filter(|(_, (called, _))| name.starts_with(called));
        let (at, (called, _)) = called.max_by_key(|(_, (called, _))| called.len())?;
        Some((at, start..start + called.len()))
    }

    /// What the text is about, whoever is named. The louder somebody is named, the less it says.
    fn add_topics(&self, cases: &mut BTreeMap<usize, Case>, article: &Article<'_>, mentions: &[Mention]) {
        let named = cases.values().map(|case| case.named_points).max().unwrap_or(0) as f32;
        let full = TOPIC * TOPIC_HALVED / (TOPIC_HALVED + named);
        for topic in self.topics.topics(article.title, article.text, mentions, TOPICS_MAX) {
            let Some(&agency) = self.by_id.get(&topic.agency) else { continue };
            let certain = (topic.share - CERTAIN_FROM).max(0.0) / (1.0 - CERTAIN_FROM);
            let points = (full * topic.share.powf(TOPIC_SHARPNESS) + CERTAIN * certain) as i32;
            if points == 0 {
                continue;
            }
            let spans: Vec<Evidence> = topic
                .words
                .iter()
                .filter_map(|word| article.evidence(word.field, word.range.clone()))
                .collect();
            let words: Vec<&str> = spans.iter().map(|span| span.surface.as_str()).collect();
            let case = cases.entry(agency).or_default();
            case.add(points, format!("topic: {}", words.join(", ")), None);
            case.spans.extend(spans.into_iter().map(|span| (points, span)));
        }
    }

    /// Who stands above a body that is spoken of can be asked, too, and is when several of its bodies are spoken of. The
    /// secretariat of a ministry speaks for the ministry.
    fn add_parents(&self, cases: &mut BTreeMap<usize, Case>) {
        let mut above: BTreeMap<usize, (i32, usize)> = BTreeMap::new();
        for (&agency, case) in &*cases {
            let Some(parent) = self.parents.get(agency).copied().flatten() else { continue };
            let points = if self.secretariats.contains(&agency) {
                case.points + case.points / 20
            } else {
                case.points / ABOVE_SHARE
            };
            let best = above.entry(parent).or_insert((points, agency));
            *best = (*best).max((points, agency));
        }
        for (parent, (points, below)) in above {
            if let Some(below) = self.ids.get(below) {
                cases.entry(parent).or_default().add(points, format!("stands above {below}"), None);
            }
        }
    }

    fn ranked(&self, cases: BTreeMap<usize, Case>) -> Vec<AgencyReading> {
        let mut ranked: Vec<(i32, usize, Case)> = cases
            .into_iter()
            .filter(|(_, case)| case.points >= POINTS_MIN)
            .map(|(at, case)| (case.points, at, case))
            .collect();
        // Of equals the more specific body answers: a child before its parent.
        let depth = |at: usize| {
            std::iter::successors(Some(at), |&at| self.parents.get(at).copied().flatten()).take(8).count()
        };
        ranked
            .sort_by_key(|(points, at, _)| (std::cmp::Reverse(*points), std::cmp::Reverse(depth(*at)), *at));
        ranked.truncate(PROPOSED_MAX);
        ranked
            .into_iter()
            .filter_map(|(points, at, case)| {
                let mut reasons: Vec<(String, i32)> = case.reasons.into_iter().collect();
                reasons.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
                let mut spans = case.spans;
                spans.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
                Some(AgencyReading {
                    agency: self.ids.get(at)?.clone(),
                    points,
                    reasons: reasons.into_iter().take(SPANS_MAX).map(|(reason, _)| reason).collect(),
                    spans: spans.into_iter().take(SPANS_MAX).map(|(_, span)| span).collect(),
                })
            })
            .collect()
    }
}

/// How far remit words reach that begin at a place, and those that begin before it.
#[derive(Clone, Copy, Default)]
struct Reach {
    of_this: usize,
    of_earlier: usize,
}

/// The reach of remit words at each place where one begins.
fn reaches(found: &[(FieldName, Found)]) -> BTreeMap<(FieldName, usize), Reach> {
    let mut reaches: BTreeMap<(FieldName, usize), Reach> = BTreeMap::new();
    for (field, hit) in found.iter().filter(|(_, hit)| matches!(hit.theme, Theme::Remit(_))) {
        let reach = reaches.entry((*field, hit.start)).or_default();
        reach.of_this = reach.of_this.max(hit.end);
    }
    let mut before = (FieldName::Title, 0);
    for ((field, _), reach) in &mut reaches {
        reach.of_earlier = if before.0 == *field { before.1 } else { 0 };
        before = (*field, reach.of_earlier.max(reach.of_this));
    }
    reaches
}

/// Points for remit words, less and less for each further one.
const fn saturated(points: i32) -> i32 {
    REMIT_MOST * points / (REMIT_MOST + points)
}

/// What one mention says.
fn named(case: &mut Case, article: &Article<'_>, mention: &Mention, is_first: bool, is_alone: bool) {
    let text = article.field(mention.field).normalized();
    let range = mention.normalized.range();
    let zone = Zone::of(mention.field, range.start);
    let before = near_before(text, range.start);
    // A short form in brackets stands between a name and what it does: สำนักงานคณะกรรมการอาหารและยา (อย.) ขอชี้แจง.
    let after = near_after(text, range.end).trim_start_matches([')', ' ', '\u{A0}']);
    if SECOND_OFFICE.iter().any(|office| before.ends_with(office)) {
        return;
    }
    let Some(count) = case.named.get_mut(zone as usize) else { return };
    *count += 1;
    if *count > NAMED_MAX {
        return;
    }
    let repeated = *count > 1;
    let mut points = NAMED.get(zone as usize).copied().unwrap_or(0);
    if repeated {
        points /= 3;
    }
    let place = match zone {
        Zone::Title => "title",
        Zone::Lead => "lead",
        Zone::Body => "text",
    };
    let mut role = "named";
    if speaks_for_all(&mention.surface) {
        // Where nobody else is named, the government's own office answers.
        points /= if is_alone { 2 } else { 8 };
        role = "speaks for the government";
    } else if MEMBER.iter().any(|word| before.trim_end().ends_with(word)) {
        points /= 4;
        role = "a member of it asks";
    } else if ASKED.iter().any(|word| before.trim_end().ends_with(word)) {
        points += COMPLAINED_ABOUT;
        role = "asked to act";
    } else if CLARIFIES.iter().any(|word| after.starts_with(word)) {
        points += CLARIFYING;
        role = "clarifies";
    } else if ANSWERS.iter().any(|word| after.starts_with(word)) {
        points += ANSWERING;
        role = "answers";
    } else if PRESENT.iter().any(|word| before.trim_end().ends_with(word)) {
        points = points * 2 / 3;
        role = "present";
    }
    if is_first && role != "speaks for the government" {
        points += NAMED_FIRST;
    }
    case.named_points += points;
    case.add(
        points,
        format!("{role} in {place}: {}", mention.surface),
        article.evidence(mention.field, range),
    );
}

fn speaks_for_all(surface: &str) -> bool {
    SPEAKS_FOR_ALL.iter().any(|spokesman| surface.contains(spokesman))
}

fn near_before(text: &str, at: usize) -> &str {
    text.get(text.ceil_char_boundary(at.saturating_sub(NEAR_BYTES))..at).unwrap_or("")
}

fn near_after(text: &str, at: usize) -> &str {
    text.get(at..text.floor_char_boundary((at + NEAR_BYTES).min(text.len()))).unwrap_or("")
}
