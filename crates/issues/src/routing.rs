//! Who should answer: what speaks for each agency in one article.
//!
//! Being named says something by where and in what role: in the headline, complained about, answering, or merely
//! present. Words of a remit say something by how few agencies share them. Every point has a reason in words.

use std::collections::BTreeMap;

use praden_model::{Agency, AgencyId, Evidence, FieldName, Mention};

use crate::reading::{AgencyReading, Article, Zone};
use crate::words::{Found, Theme};

/// Points for being named, in hundredths, by zone: title, lead, body.
const NAMED: [i32; 3] = [320, 150, 35];

/// Points for being the first that is named in the title.
const NAMED_FIRST: i32 = 80;

/// Names in one zone that count for one agency.
const NAMED_MAX: i32 = 3;

/// Points for a role.
const COMPLAINED_ABOUT: i32 = 220;
const ANSWERING: i32 = 160;

/// Points for a remit word that one agency alone has, by zone.
const REMIT: [i32; 3] = [140, 80, 25];

/// How many agencies may share a remit word before it says no less.
const SHARED_MAX: i32 = 5;

/// What fewer points than these do not propose.
const POINTS_MIN: i32 = 40;

/// Agencies that are proposed at most, reasons and places each.
const PROPOSED_MAX: usize = 8;
const SPANS_MAX: usize = 4;

/// Before a name: it is complained about, or asked to act.
const ASKED: [&str; 16] = [
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
];

/// After a name: it answers or speaks.
const ANSWERS: [&str; 17] = [
    "ชี้แจง",
    "แจง",
    "ขอชี้แจง",
    "ได้ชี้แจง",
    "ยืนยัน",
    "ยัน",
    "ปฏิเสธ",
    "แถลง",
    "เปิดเผย",
    "เผย",
    "เตือน",
    "แจ้งเตือน",
    "โต้",
    "ระบุ",
    "ประกาศ",
    "ออกมา",
    "ตรวจสอบ",
];

/// Before a name: it is one of many who were there.
const PRESENT: [&str; 14] = [
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

/// Bytes before and after a name that are looked at.
const NEAR_BYTES: usize = 48;

#[derive(Clone, Debug)]
pub(crate) struct Router {
    ids: Vec<AgencyId>,
    parents: Vec<Option<usize>>,
    by_id: BTreeMap<AgencyId, usize>,
    /// Remit words, each with the agencies that have it.
    remits: Vec<(String, Vec<usize>)>,
}

#[derive(Default)]
struct Case {
    points: i32,
    // Reason, with what it is worth, so that the best are told first.
    reasons: BTreeMap<String, i32>,
    spans: Vec<(i32, Evidence)>,
    named: [i32; 3],
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
    pub(crate) fn new(agencies: &[Agency]) -> Self {
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
        for mention in mentions {
            let Some(&agency) = self.by_id.get(&mention.agency) else { continue };
            named(cases.entry(agency).or_default(), article, mention, first == Some(mention.normalized));
        }
        let mut counted: BTreeMap<usize, Zone> = BTreeMap::new();
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
            let points =
                REMIT.get(zone as usize).copied().unwrap_or(0) / (owners.len() as i32).min(SHARED_MAX);
            for &agency in owners {
                let span = article.evidence(*field, hit.start..hit.end);
                cases.entry(agency).or_default().add(points, format!("remit: {text}"), span);
            }
        }
        self.ranked(cases)
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

/// What one mention says.
fn named(case: &mut Case, article: &Article<'_>, mention: &Mention, is_first: bool) {
    let text = article.field(mention.field).normalized();
    let range = mention.normalized.range();
    let zone = Zone::of(mention.field, range.start);
    let before = near_before(text, range.start);
    let after = near_after(text, range.end);
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
        points /= 8;
        role = "speaks for the government";
    } else if ASKED.iter().any(|word| before.trim_end().ends_with(word)) {
        points += COMPLAINED_ABOUT;
        role = "asked to act";
    } else if ANSWERS.iter().any(|word| after.trim_start().starts_with(word)) {
        points += ANSWERING;
        role = "answers";
    } else if PRESENT.iter().any(|word| before.trim_end().ends_with(word)) {
        points = points * 2 / 3;
        role = "present";
    }
    if is_first && role != "speaks for the government" {
        points += NAMED_FIRST;
    }
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
