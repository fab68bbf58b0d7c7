//! Adding up a story: the readings of its members become a score in named parts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use praden_model::{
    AgencyId, Burst, Evidence, IssueKind, OutletId, OutletKind, Points, Proposal, Seq, Signal, SignalName,
    Telling, VerdictKind,
};
use serde::{Deserialize, Serialize};

use crate::reading::{AgencyReading, Reading, SPANS_MAX};

/// What makes an issue: the most points that each signal can bring, and from how many points on a story is one.
///
/// A signal brings its whole weight only when an article is full of it; one strong phrase in a headline brings about
/// half.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Weights {
    /// Points from which a story is raised as a candidate issue.
    pub threshold: f64,
    /// For each doubling of the independent press outlets that carry the story, at most three.
    pub outlets: f64,
    /// For many press articles within six hours.
    pub speed: f64,
    /// For an agency that should answer and is in the news far more than is its habit.
    pub burst: f64,
    /// For words of complaint.
    pub complaint: f64,
    /// For words of criticism.
    pub criticism: f64,
    /// For words of danger.
    pub danger: f64,
    /// For words of corruption.
    pub corruption: f64,
    /// For words of rumour.
    pub rumour: f64,
    /// For words of denial.
    pub denial: f64,
    /// For words of confusion.
    pub confusion: f64,
    /// For claims that are handed on from pages, posts and clips.
    pub attributed: f64,
    /// For words that say an old claim goes round again.
    pub recirculation: f64,
    /// For an official statement about the story that says otherwise than the press does.
    pub contradiction: f64,
    /// For a day through which the story went on without a word of an official outlet.
    pub silence: f64,
    /// For an agency that is named in a headline, where there is anything to answer.
    pub prominence: f64,
    /// Taken away for ceremony, publicity, advice and digests.
    pub routine: f64,
    /// Taken away on top, as routine, when nobody but official outlets carries the story: what an agency says of itself is an
    /// answer, and asks for one only when it says so loudly.
    pub official: f64,
    /// Taken away from a candidate of which nothing more is heard, growing from nothing to this until it rests.
    pub decay: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            threshold: 1.6,
            outlets: 0.5,
            speed: 1.0,
            burst: 1.0,
            complaint: 3.0,
            criticism: 3.5,
            danger: 3.0,
            corruption: 3.0,
            rumour: 4.0,
            denial: 3.0,
            confusion: 2.0,
            attributed: 1.0,
            recirculation: 1.5,
            contradiction: 1.0,
            silence: 0.5,
            prominence: 0.3,
            routine: 3.5,
            official: 4.0,
            decay: 3.0,
        }
    }
}

/// The strength, in hundredths, at which a signal brings half of its weight.
const HALF: f64 = 350.0;

/// Doublings of outlets that count.
const DOUBLINGS_MAX: f64 = 3.0;

/// Seconds within which articles come fast, and how many of them are full speed.
const FAST_S: i64 = 6 * 3_600;
const FAST_ARTICLES: f64 = 8.0;

/// What the press can say that an official statement contradicts.
const CLAIMS: [SignalName; 5] = [
    SignalName::Complaint,
    SignalName::Criticism,
    SignalName::Danger,
    SignalName::Corruption,
    SignalName::Rumour,
];

/// Seconds of silence that count in full.
const SILENCE_S: f64 = 86_400.0;

/// The agencies most responsible, whose bursts count.
const BURST_PROPOSALS: usize = 3;

/// Agencies that an issue names.
const PROPOSALS_MAX: usize = 5;

/// Reasons and places that are kept for one proposal.
const REASONS_MAX: usize = 5;

/// Signals of words that ask for an answer; the others say how loudly.
const GRAVE: [SignalName; 7] = [
    SignalName::Complaint,
    SignalName::Criticism,
    SignalName::Danger,
    SignalName::Corruption,
    SignalName::Rumour,
    SignalName::Denial,
    SignalName::Confusion,
];

/// An article of a story.
#[derive(Clone, Copy, Debug)]
pub struct Member<'r> {
    /// What it says.
    pub reading: &'r Reading,
    /// Who published it.
    pub outlet: &'r OutletId,
    /// Press, or a body speaking for itself.
    pub kind: OutletKind,
    /// When it was published, if that is believed.
    pub published: Option<Timestamp>,
    /// The earlier revision it copies.
    pub copy_of: Option<Seq>,
    /// The bursts that it came in.
    pub bursts: &'r [Burst],
    /// When it was heard of: publication, or arrival where it has no date.
    pub heard_at: Option<Timestamp>,
    /// The claim that it makes, and the earlier telling of it.
    pub telling: Option<&'r Telling>,
}

impl<'r> Member<'r> {
    /// An original without a date, in no burst.
    pub const fn new(reading: &'r Reading, outlet: &'r OutletId, kind: OutletKind) -> Self {
        Self {
            reading,
            outlet,
            kind,
            published: None,
            copy_of: None,
            bursts: &[],
            heard_at: None,
            telling: None,
        }
    }
}

/// What a story comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessment {
    /// The sum of `signals`.
    pub score: Points,
    /// The parts, in the fixed order of signals; parts of no points are left out.
    pub signals: Vec<Signal>,
    /// Who should answer, most responsible first.
    pub agencies: Vec<Proposal>,
    /// What kind of issue it would be.
    pub kind: IssueKind,
    /// Headline of the article that says most.
    pub title: String,
    /// Articles, copies included.
    pub articles: u32,
    /// Outlets that carry it, copies not counted.
    pub outlets: u32,
    /// Publication of the earliest dated article.
    pub first_published_at: Option<Timestamp>,
    /// Publication of the latest dated article.
    pub last_published_at: Option<Timestamp>,
    /// When it was last heard of.
    pub heard_at: Option<Timestamp>,
}

impl Assessment {
    /// Whether it is enough for an issue: points enough, and some of them for words that ask for an answer. A match that
    /// every outlet reports within the hour has the points, and nothing to answer.
    pub fn passes(&self, weights: &Weights) -> bool {
        let asks = GRAVE.iter().any(|name| self.points(*name) > Points::ZERO);
        asks && self.score >= Points::from_f64(weights.threshold)
    }

    /// Points of a signal.
    pub fn points(&self, name: SignalName) -> Points {
        self.signals.iter().filter(|signal| signal.name == name).map(|signal| signal.value).sum()
    }
}

/// Adds up a story. The same members in another order come to the same.
pub fn assess(members: &[Member<'_>], weights: &Weights) -> Assessment {
    let mut members: Vec<Member<'_>> = members.to_vec();
    members.sort_by_key(|member| member.reading.seq);
    let originals: Vec<&Member<'_>> = members.iter().filter(|member| member.copy_of.is_none()).collect();
    let read = |name: SignalName| strongest(&members, name);

    let mut signals = Vec::new();
    let mut add = |name: SignalName, points: f64, spans: Vec<Evidence>| {
        let value = Points::from_f64(points);
        if value != Points::ZERO {
            signals.push(Signal { name, value, spans });
        }
    };
    let press: BTreeSet<&OutletId> = originals
        .iter()
        .filter(|member| member.kind == OutletKind::Press)
        .map(|member| member.outlet)
        .collect();
    add(
        SignalName::Outlets,
        weights.outlets * (press.len().max(1) as f64).log2().min(DOUBLINGS_MAX),
        Vec::new(),
    );
    add(
        SignalName::Speed,
        weights.speed * ((fastest(&originals) as f64 - 2.0) / (FAST_ARTICLES - 2.0)).clamp(0.0, 1.0),
        Vec::new(),
    );
    let agencies = proposals(&members);
    let (surprise, spans) = burst(&members, &agencies);
    add(SignalName::Burst, weights.burst * share(surprise), spans);
    let mut grave = 0.0;
    for (name, weight) in [
        (SignalName::Complaint, weights.complaint),
        (SignalName::Criticism, weights.criticism),
        (SignalName::Danger, weights.danger),
        (SignalName::Corruption, weights.corruption),
        (SignalName::Rumour, weights.rumour),
        (SignalName::Denial, weights.denial),
        (SignalName::Confusion, weights.confusion),
    ] {
        let (strength, spans) = read(name);
        let points = weight * share(strength);
        grave += points;
        add(name, points, spans);
    }
    let (strength, spans) = read(SignalName::Attributed);
    add(SignalName::Attributed, weights.attributed * share(strength), spans);
    let (strength, spans) = recirculation(&members, read(SignalName::Recirculation));
    add(SignalName::Recirculation, weights.recirculation * share(strength), spans);
    let (strength, spans) = contradiction(&members);
    add(SignalName::Contradiction, weights.contradiction * share(strength), spans);
    if grave > 0.0 {
        add(SignalName::Silence, weights.silence * silence(&members), Vec::new());
    }
    let in_title: Vec<Evidence> = agencies
        .iter()
        .flat_map(|proposal| &proposal.spans)
        .filter(|span| span.field == praden_model::FieldName::Title)
        .take(SPANS_MAX)
        .cloned()
        .collect();
    if grave > 0.0 && !in_title.is_empty() {
        add(SignalName::Prominence, weights.prominence, in_title);
    }
    // A story is routine when all its articles are: one that is not says what the others leave out.
    let routine = members
        .iter()
        .map(|member| strength_of(member.reading, SignalName::Routine).map_or(0, |read| read.strength))
        .min();
    let publicity = !members.is_empty() && members.iter().all(|member| member.kind == OutletKind::Official);
    let official = if publicity { weights.official } else { 0.0 };
    let (_, spans) = read(SignalName::Routine);
    add(SignalName::Routine, -weights.routine * share(routine.unwrap_or(0)) - official, spans);
    let dates = || members.iter().filter_map(|member| member.published);
    Assessment {
        score: signals.iter().map(|signal| signal.value).sum(),
        kind: kind(&signals),
        signals,
        agencies,
        title: title(&originals, &members),
        articles: members.len() as u32,
        outlets: originals.iter().map(|member| member.outlet).collect::<BTreeSet<_>>().len() as u32,
        first_published_at: dates().min(),
        last_published_at: dates().max(),
        heard_at: members.iter().filter_map(|member| member.heard_at).max(),
    }
}

/// Which share of its weight a signal of this strength brings, 0 to 1.
fn share(strength: i32) -> f64 {
    let strength = f64::from(strength);
    strength / (strength + HALF)
}

fn strength_of(reading: &Reading, name: SignalName) -> Option<&crate::SignalReading> {
    reading.signals.iter().find(|signal| signal.name == name)
}

/// The strongest reading of a signal among the members, and places from the strongest members on.
fn strongest(members: &[Member<'_>], name: SignalName) -> (i32, Vec<Evidence>) {
    let mut readings: Vec<_> =
        members.iter().filter_map(|member| strength_of(member.reading, name)).collect();
    // Members are in order of seq, and the sort is stable.
    readings.sort_by_key(|reading| std::cmp::Reverse(reading.strength));
    let spans = readings.iter().flat_map(|reading| reading.spans.iter().cloned()).take(SPANS_MAX).collect();
    (readings.first().map_or(0, |reading| reading.strength), spans)
}

/// The most press articles within six hours of each other.
fn fastest(originals: &[&Member<'_>]) -> usize {
    let mut times: Vec<i64> = originals
        .iter()
        .filter(|member| member.kind == OutletKind::Press)
        .filter_map(|member| member.published.map(Timestamp::as_second))
        .collect();
    times.sort_unstable();
    let within = |from: usize| {
        times.get(from..).map_or(0, |later| {
            let start = later.first().copied().unwrap_or(0);
            later.partition_point(|time| time - start <= FAST_S)
        })
    };
    (0..times.len()).map(within).max().unwrap_or(0)
}

/// How strongly a claim that returns speaks of recirculation, in hundredths: as a strong phrase of it in a lead would, and somewhat more.
const RETURNED: i32 = 350;

/// How strongly a verdict contradicts, in hundredths: as a denial in so many words does in a lead.
const JUDGED: i32 = 300;

/// How strongly the members speak of an old claim: by their words, or because one of them makes a claim again that went round weeks before.
/// Then both tellings are the places.
fn recirculation(members: &[Member<'_>], (strength, words): (i32, Vec<Evidence>)) -> (i32, Vec<Evidence>) {
    let returned =
        members.iter().filter_map(|member| member.telling).filter(|telling| telling.campaign.is_some());
    let mut places =
        returned.filter_map(|telling| Some([telling.claim.clone(), telling.returns.as_ref()?.claim.clone()]));
    let Some(places) = places.next() else { return (strength, words) };
    (strength.max(RETURNED), places.into_iter().chain(words).take(SPANS_MAX).collect())
}

/// How strongly the log says otherwise than the story does, and the places of both: the stronger of what its members say of each other
/// and of what was said of the same claim before.
fn contradiction(members: &[Member<'_>]) -> (i32, Vec<Evidence>) {
    let within = contradicted_within(members);
    let before = contradicted_before(members);
    if before.0 > within.0 { before } else { within }
}

/// That a claim was judged when it was told before, and a member tells it again without the verdict, or with the opposite one.
fn contradicted_before(members: &[Member<'_>]) -> (i32, Vec<Evidence>) {
    let told = |member: &Member<'_>| {
        let telling = member.telling?;
        let verdict = telling.returns.as_ref()?.verdict.as_ref()?;
        let against = match (&member.reading.verdict, verdict.says) {
            (None, VerdictKind::False | VerdictKind::Misleading) => {
                strength_of(member.reading, SignalName::Denial).is_none()
            }
            (Some(own), says) => (own.says == VerdictKind::True) != (says == VerdictKind::True),
            (None, VerdictKind::True) => false,
        };
        against.then(|| (JUDGED, vec![verdict.span.clone(), telling.claim.clone()]))
    };
    members.iter().find_map(told).unwrap_or_default()
}

/// How strongly members say otherwise than others: an official outlet denies or corrects, or an article carries the verdict of somebody who
/// checked; and an article of the press says something grave and nothing of the denial. As strong as the weaker of the two.
fn contradicted_within(members: &[Member<'_>]) -> (i32, Vec<Evidence>) {
    let verdict = |is_true: bool| {
        let verdicts = members.iter().filter_map(|member| member.reading.verdict.as_ref());
        let mut wanted = verdicts.filter(move |verdict| (verdict.says == VerdictKind::True) == is_true);
        wanted.next().map(|verdict| verdict.span.clone())
    };
    if let (Some(so), Some(not_so)) = (verdict(true), verdict(false)) {
        return (JUDGED, vec![so, not_so]);
    }
    let strength = |member: &Member<'_>, names: &[SignalName]| {
        names
            .iter()
            .filter_map(|name| strength_of(member.reading, *name))
            .max_by_key(|read| read.strength)
            .cloned()
    };
    let official = members
        .iter()
        .filter(|member| member.kind == OutletKind::Official)
        .filter_map(|member| strength(member, &[SignalName::Denial, SignalName::Rumour]))
        .max_by_key(|read| read.strength);
    let judged = verdict(false).map(|span| crate::SignalReading {
        name: SignalName::Denial,
        strength: JUDGED,
        spans: vec![span],
    });
    // Of equals the official word, which stands last.
    let statement = judged.into_iter().chain(official).max_by_key(|read| read.strength);
    let claim = members
        .iter()
        .filter(|member| member.kind == OutletKind::Press && member.copy_of.is_none())
        .filter(|member| {
            strength_of(member.reading, SignalName::Denial).is_none() && member.reading.verdict.is_none()
        })
        .filter_map(|member| strength(member, &CLAIMS))
        .max_by_key(|read| read.strength);
    let (Some(statement), Some(claim)) = (statement, claim) else { return (0, Vec::new()) };
    let half =
        |read: &crate::SignalReading| read.spans.iter().take(SPANS_MAX / 2).cloned().collect::<Vec<_>>();
    (statement.strength.min(claim.strength), [half(&statement), half(&claim)].concat())
}

/// Which share of a day the story went on without a word of an official outlet: from its first article to the first of those, or to its
/// last. It is told from the articles alone, so that it is the same whenever it is asked.
fn silence(members: &[Member<'_>]) -> f64 {
    let times = |official: bool| {
        let of_kind = members.iter().filter(move |member| (member.kind == OutletKind::Official) == official);
        of_kind.filter_map(|member| member.published).map(Timestamp::as_second)
    };
    let (Some(first), Some(last)) = (times(false).min(), times(false).max()) else { return 0.0 };
    let until = times(true).min().unwrap_or(last).min(last);
    ((until - first) as f64 / SILENCE_S).clamp(0.0, 1.0)
}

/// The most surprising burst in which a member came, of an agency that should answer, in hundredths; and where those members
/// speak of it.
fn burst(members: &[Member<'_>], agencies: &[Proposal]) -> (i32, Vec<Evidence>) {
    let of_agency = |proposal: &Proposal| {
        let bursts = members.iter().flat_map(|member| member.bursts.iter());
        bursts.filter(|burst| burst.agency == proposal.agency).map(|burst| burst.surprise).max()
    };
    let answering = agencies.iter().take(BURST_PROPOSALS);
    // Of equals the more responsible, which stands first.
    let loudest = answering
        .rev()
        .filter_map(|proposal| Some((of_agency(proposal)?, proposal)))
        .max_by_key(|(surprise, _)| *surprise);
    let Some((surprise, proposal)) = loudest else { return (0, Vec::new()) };
    let came = |member: &&Member<'_>| member.bursts.iter().any(|burst| burst.agency == proposal.agency);
    let readings = members.iter().filter(came).flat_map(|member| &member.reading.agencies);
    let spans = readings
        .filter(|reading| reading.agency == proposal.agency)
        .flat_map(|reading| reading.spans.iter().cloned());
    (surprise.hundredths(), spans.take(SPANS_MAX).collect())
}

/// Who should answer, by the mean of what the members say.
fn proposals(members: &[Member<'_>]) -> Vec<Proposal> {
    let mut cases: BTreeMap<&AgencyId, Vec<&AgencyReading>> = BTreeMap::new();
    for member in members {
        for reading in &member.reading.agencies {
            cases.entry(&reading.agency).or_default().push(reading);
        }
    }
    let count = members.len().max(1) as i64;
    let mut proposals: Vec<Proposal> = cases
        .into_iter()
        .map(|(agency, readings)| {
            let sum: i64 = readings.iter().map(|reading| i64::from(reading.points)).sum();
            let mut reasons: Vec<String> = Vec::new();
            for reason in readings.iter().flat_map(|reading| &reading.reasons) {
                if reasons.len() < REASONS_MAX && !reasons.contains(reason) {
                    reasons.push(reason.clone());
                }
            }
            Proposal {
                agency: agency.clone(),
                score: Points::from_hundredths(i32::try_from(sum / count).unwrap_or(i32::MAX)),
                reasons,
                spans: readings
                    .iter()
                    .flat_map(|reading| reading.spans.iter().cloned())
                    .take(REASONS_MAX)
                    .collect(),
            }
        })
        .collect();
    proposals.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| a.agency.cmp(&b.agency)));
    proposals.truncate(PROPOSALS_MAX);
    proposals
}

/// The kind of issue: that of the signal that brings most.
fn kind(signals: &[Signal]) -> IssueKind {
    let points = |name: SignalName| {
        signals.iter().find(|signal| signal.name == name).map_or(Points::ZERO, |signal| signal.value)
    };
    let kinds = [
        (points(SignalName::Corruption), IssueKind::Corruption),
        (points(SignalName::Rumour), IssueKind::RumourOrFake),
        (points(SignalName::Danger), IssueKind::Safety),
        (points(SignalName::Complaint), IssueKind::Complaint),
        (points(SignalName::Criticism), IssueKind::Criticism),
        (points(SignalName::Confusion), IssueKind::PolicyConfusion),
    ];
    let most = kinds.iter().map(|(points, _)| *points).max().unwrap_or_default();
    // Of equals the graver, which stands first. An answer to nobody in particular answers criticism.
    let kind = kinds.iter().find(|(points, _)| *points == most).map(|(_, kind)| *kind);
    kind.filter(|_| most > Points::ZERO).unwrap_or(IssueKind::Criticism)
}

/// The headline of the original that speaks most strongly of what is grave; of equals the earliest.
fn title(originals: &[&Member<'_>], members: &[Member<'_>]) -> String {
    let gravity = |member: &Member<'_>| -> i32 {
        member
            .reading
            .signals
            .iter()
            .filter(|signal| signal.name != SignalName::Routine)
            .map(|signal| signal.strength)
            .sum()
    };
    let best =
        originals.iter().copied().rev().max_by_key(|member| gravity(member)).or_else(|| members.first());
    best.map(|member| member.reading.headline.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
