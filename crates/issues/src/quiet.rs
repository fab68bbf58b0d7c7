//! Silence: what becomes of a candidate of which nothing more is heard.
//!
//! Time is told by the news itself ([`NewsClock`]): a candidate grows old while other news comes and nothing of its story. So an
//! archive that is read in an hour, and a desk that was switched off over a weekend, age no issue by themselves, and a run over the
//! same log ends the same whenever it is made.
//!
//! - Points are taken away for the silence ([`aged`]), from none to [`Weights::decay`] when [`Desk::rest_hours`] have passed. The score
//!   that is stored stays what the articles say; decay is added when an issue is looked at, as a signal like the others.
//! - After those hours a candidate that nobody took up rests: it leaves the list of the morning. When its story goes on it resumes, under
//!   its id ([`settle`]). What a person has taken up never rests.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};
use praden_model::{
    Fact, Issue, IssueChange, IssueId, IssueState, Points, Revision, Seq, Signal, SignalName,
};
use serde::{Deserialize, Serialize};

use crate::assess::Weights;

/// How much a desk can look at, and how long it waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desk {
    /// Candidates of one morning; those below wait, in order.
    pub per_morning: u32,
    /// Hours of silence after which a candidate rests: two mornings, by default, on which nothing new was told.
    pub rest_hours: u32,
}

impl Default for Desk {
    fn default() -> Self {
        Self { per_morning: 12, rest_hours: 48 }
    }
}

impl Desk {
    fn rest_s(&self) -> i64 {
        i64::from(self.rest_hours.max(1)) * 3_600
    }
}

/// The latest articles that are looked at, and how many of them must have reached a time for it to have come: one article with a wrong
/// date moves nothing.
const LAST: usize = 8;
const AGREEING: usize = 3;

/// How late it is, by the articles that came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewsClock {
    now: Option<Timestamp>,
    last: VecDeque<Timestamp>,
}

impl NewsClock {
    /// A clock as it was when it was written down; one that cannot be read begins anew.
    pub fn restore(written: &str) -> Self {
        serde_json::from_str(written).unwrap_or_default()
    }

    /// What is to be written down.
    pub fn written(&self) -> String {
        // Instants can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// How late it is; nothing while too few dated articles came.
    pub fn now(&self) -> Option<Timestamp> {
        self.now
    }

    /// Takes an article into account. The clock never goes back.
    pub fn see(&mut self, revision: &Revision) {
        if let Some(at) = revision.event_time() {
            self.tick(at.min(revision.fetched_at));
        }
    }

    fn tick(&mut self, at: Timestamp) {
        self.last.push_back(at);
        if self.last.len() > LAST {
            self.last.pop_front();
        }
        let mut latest: Vec<Timestamp> = self.last.iter().copied().collect();
        latest.sort_unstable_by(|a, b| b.cmp(a));
        self.now = self.now.max(latest.get(AGREEING - 1).copied());
    }
}

/// When an article was heard of: when it was published, or when it came if that is not known.
pub fn heard_at(revision: &Revision) -> Timestamp {
    revision.event_time().map_or(revision.fetched_at, |at| at.min(revision.fetched_at))
}

/// When an issue was last heard of. One that an older Praden stored does not say it otherwise.
fn last_heard(issue: &Issue) -> Option<Timestamp> {
    issue.heard_at.or(issue.last_published_at)
}

/// Seconds for which other news came and nothing of an issue.
fn quiet_s(issue: &Issue, now: Option<Timestamp>) -> i64 {
    let (Some(now), Some(heard_at)) = (now, last_heard(issue)) else { return 0 };
    (now.as_second() - heard_at.as_second()).max(0)
}

/// Hours of the same.
pub fn quiet_hours(issue: &Issue, now: Option<Timestamp>) -> u32 {
    u32::try_from(quiet_s(issue, now) / 3_600).unwrap_or(u32::MAX)
}

/// An issue as it is to be looked at: a candidate loses points for the silence about it.
pub fn aged(issue: &Issue, now: Option<Timestamp>, weights: &Weights, desk: &Desk) -> Issue {
    let mut issue = issue.clone();
    if matches!(issue.state, IssueState::Candidate | IssueState::Resting) {
        let share = (quiet_s(&issue, now) as f64 / desk.rest_s() as f64).min(1.0);
        let value = Points::from_f64(-weights.decay * share);
        if value != Points::ZERO {
            issue.signals.push(Signal { name: SignalName::Decay, value, spans: Vec::new() });
            issue.score = issue.signals.iter().map(|signal| signal.value).sum();
        }
    }
    issue
}

/// What silence, or its end, changes: a candidate comes to rest, or one that rested resumes because its story went on and still `raises`
/// an issue.
pub fn settle(
    issue: &Issue,
    now: Option<Timestamp>,
    desk: &Desk,
    raises: bool,
    seq: Seq,
    at: Timestamp,
) -> Option<IssueChange> {
    let is_quiet = quiet_s(issue, now) >= desk.rest_s();
    let (state, fact) = match issue.state {
        IssueState::Candidate if is_quiet => {
            let fact = Fact::Rested { quiet_hours: quiet_hours(issue, now), score: issue.score };
            (IssueState::Resting, fact)
        }
        IssueState::Resting if !is_quiet && raises => {
            (IssueState::Candidate, Fact::Resumed { seq, score: issue.score })
        }
        _ => return None,
    };
    Some(IssueChange { issue: Issue { state, version: issue.version + 1, ..issue.clone() }, at, fact })
}

/// The candidates, by when they were last heard of: which of them are to rest is found without looking at them all.
#[derive(Clone, Debug, Default)]
pub struct Vigil {
    by_time: BTreeSet<(Timestamp, IssueId)>,
    times: BTreeMap<IssueId, Timestamp>,
}

impl Vigil {
    /// Takes note of an issue as it is now.
    pub fn note(&mut self, issue: &Issue) {
        self.forget(issue.id);
        if let (IssueState::Candidate, Some(heard_at)) = (issue.state, last_heard(issue)) {
            self.by_time.insert((heard_at, issue.id));
            self.times.insert(issue.id, heard_at);
        }
    }

    /// Lets go of an issue.
    pub fn forget(&mut self, issue: IssueId) {
        if let Some(before) = self.times.remove(&issue) {
            self.by_time.remove(&(before, issue));
        }
    }

    /// The candidates that are to rest by `now`, the longest silent first.
    pub fn due(&self, now: Option<Timestamp>, desk: &Desk) -> Vec<IssueId> {
        let until = now.and_then(|now| now.checked_sub(SignedDuration::from_secs(desk.rest_s())).ok());
        let Some(until) = until else { return Vec::new() };
        self.by_time.iter().take_while(|(heard_at, _)| *heard_at <= until).map(|(_, issue)| *issue).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{judge, tests::assessment};
    use praden_model::StoryId;
    use proptest::prelude::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(1_750_000_000 + hours * 3_600).unwrap()
    }

    fn issue(state: IssueState) -> Issue {
        let (story, seq) = (StoryId::new(1), Seq::new(7));
        let raised = judge(None, story, &assessment(900, 1), &Weights::default(), seq, at(0)).unwrap();
        Issue { state, heard_at: Some(at(0)), ..raised.issue }
    }

    /// What becomes of an issue in a state after so many hours of silence, while its story raises an issue or does not.
    #[track_caller]
    fn check(state: IssueState, hours: i64, raises: bool, want: Option<&str>) {
        let change = settle(&issue(state), Some(at(hours)), &Desk::default(), raises, Seq::new(9), at(hours));
        let told = change.map(|change| {
            assert_eq!(change.issue.version, 2);
            format!("{} {}", change.fact.type_name(), change.issue.state)
        });
        assert_eq!(told.as_deref(), want, "{state} after {hours} h");
    }

    #[test]
    fn candidates_rest_and_resume_and_nothing_else_does() {
        use IssueState::{Accepted, Assigned, Candidate, Closed, Dismissed, Merged, Reported, Resting};
        check(Candidate, 47, true, None);
        check(Candidate, 48, true, Some("issue.rested resting"));
        check(Resting, 48, true, None);
        check(Resting, 0, true, Some("issue.resumed candidate"));
        check(Resting, 0, false, None);
        for state in [Accepted, Assigned, Reported, Closed, Dismissed, Merged] {
            check(state, 1_000, true, None);
            check(state, 0, true, None);
        }
    }

    #[test]
    fn silence_takes_points_away_until_the_issue_rests() {
        let points = |state, hours| {
            let aged = aged(&issue(state), Some(at(hours)), &Weights::default(), &Desk::default());
            assert_eq!(aged.score, aged.signals.iter().map(|signal| signal.value).sum());
            aged.score.hundredths()
        };
        let of = |state| [-5, 0, 24, 48, 500].map(|hours| points(state, hours));
        assert_eq!(of(IssueState::Candidate), [900, 900, 750, 600, 600]);
        assert_eq!(of(IssueState::Accepted), [900; 5], "what a person has taken up does not fade");
    }

    #[test]
    fn one_wrong_date_moves_no_clock() {
        let mut clock = NewsClock::default();
        let told: Vec<Option<Timestamp>> = [0, 1, 9_000, 2, 3, 1]
            .map(|hours| {
                clock.tick(at(hours));
                clock.now()
            })
            .into();
        assert_eq!(told, [None, None, Some(at(0)), Some(at(1)), Some(at(2)), Some(at(2))]);
        assert_eq!(NewsClock::restore(&clock.written()), clock);
        assert_eq!(NewsClock::restore("?"), NewsClock::default());
    }

    proptest! {
        #[test]
        fn the_vigil_finds_who_is_to_rest(hours in prop::collection::vec((0i64..200, 0u64..9, any::<bool>()), 0..40), now in 0i64..300) {
            let mut vigil = Vigil::default();
            let mut issues: BTreeMap<IssueId, Issue> = BTreeMap::new();
            for (heard, id, open) in hours {
                let state = if open { IssueState::Candidate } else { IssueState::Accepted };
                let issue = Issue { id: IssueId::new(id), heard_at: Some(at(heard)), ..issue(state) };
                vigil.note(&issue);
                issues.insert(issue.id, issue);
            }
            let mut due = vigil.due(Some(at(now)), &Desk::default());
            due.sort_unstable();
            let rests = |issue: &&Issue| settle(issue, Some(at(now)), &Desk::default(), true, Seq::new(1), at(now)).is_some();
            let want: Vec<IssueId> = issues.values().filter(rests).map(|issue| issue.id).collect();
            prop_assert_eq!(due, want);
        }
    }
}
