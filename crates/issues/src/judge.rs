//! What an assessment changes: a new issue, an update, or nothing.

use jiff::Timestamp;
use praden_model::{AgencyId, Fact, Issue, IssueChange, IssueId, IssueState, Seq, SignalName, StoryId};

use crate::assess::{Assessment, Weights};

/// Decides what the arrival of the revision `seq` in a story changes, now that the story comes to `assessment`.
///
/// A story without an issue gets one when its score passes the threshold. A story that has one is never raised again: its
/// issue is updated, once for every arrival; a dismissed or closed one stays what it is and keeps counting.
pub fn judge(
    existing: Option<&Issue>,
    story: StoryId,
    assessment: &Assessment,
    weights: &Weights,
    seq: Seq,
    at: Timestamp,
) -> Option<IssueChange> {
    assessment.change(existing, story, assessment.passes(weights), seq, at)
}

impl Assessment {
    /// An issue as it is once its story comes to this: the next version of it.
    pub(crate) fn weighed(&self, issue: &Issue) -> Issue {
        Issue {
            kind: self.kind,
            title: self.title.clone(),
            score: self.score,
            signals: self.signals.clone(),
            agencies: self.agencies.clone(),
            articles: self.articles,
            outlets: self.outlets,
            first_published_at: self.first_published_at,
            last_published_at: self.last_published_at,
            heard_at: self.heard_at,
            version: issue.version + 1,
            ..issue.clone()
        }
    }

    /// What [`judge`] decides, where something else than the score may say whether the story is to be an issue, such as a
    /// rule of the desk.
    pub fn change(
        &self,
        existing: Option<&Issue>,
        story: StoryId,
        raises: bool,
        seq: Seq,
        at: Timestamp,
    ) -> Option<IssueChange> {
        match existing {
            None => raises.then(|| raise(story, self, seq, at)),
            Some(issue) => Some(update(issue, self, seq, at)),
        }
    }
}

fn raise(story: StoryId, assessment: &Assessment, seq: Seq, at: Timestamp) -> IssueChange {
    let issue = Issue {
        id: IssueId::new(seq.get()),
        story,
        state: IssueState::Candidate,
        kind: assessment.kind,
        title: assessment.title.clone(),
        score: assessment.score,
        signals: assessment.signals.clone(),
        agencies: assessment.agencies.clone(),
        articles: assessment.articles,
        outlets: assessment.outlets,
        first_published_at: assessment.first_published_at,
        last_published_at: assessment.last_published_at,
        heard_at: assessment.heard_at,
        raised_at: at,
        version: 1,
        assignment: None,
        report: None,
        merged_into: None,
        campaign: None,
    };
    IssueChange { fact: Fact::raised(&issue, seq), issue, at }
}

fn update(issue: &Issue, assessment: &Assessment, seq: Seq, at: Timestamp) -> IssueChange {
    let before = issue;
    let issue = assessment.weighed(before);
    let agencies: Vec<AgencyId> = issue.agencies.iter().map(|proposal| proposal.agency.clone()).collect();
    let was_proposed = |agency: &AgencyId| before.agencies.iter().any(|proposal| proposal.agency == *agency);
    let spoke = |name: SignalName| before.signals.iter().any(|signal| signal.name == name);
    let fact = Fact::Updated {
        seq,
        score: issue.score,
        articles: issue.articles,
        outlets: issue.outlets,
        before: before.score,
        new_articles: issue.articles.saturating_sub(before.articles),
        new_outlets: issue.outlets.saturating_sub(before.outlets),
        new_agencies: agencies.iter().filter(|agency| !was_proposed(agency)).cloned().collect(),
        new_signals: issue.signals.iter().map(|signal| signal.name).filter(|name| !spoke(*name)).collect(),
        agencies,
    };
    IssueChange { issue, at, fact }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use praden_model::{IssueKind, Points, Signal, SignalName};

    /// An assessment of so many points.
    pub(crate) fn assessment(points: i32, articles: u32) -> Assessment {
        let value = Points::from_hundredths(points);
        Assessment {
            score: value,
            signals: vec![Signal { name: SignalName::Complaint, value, spans: Vec::new() }],
            agencies: Vec::new(),
            kind: IssueKind::Complaint,
            title: "ชาวบ้านร้องเรียน".to_owned(),
            articles,
            outlets: articles,
            first_published_at: None,
            last_published_at: None,
            heard_at: None,
        }
    }

    #[test]
    fn a_story_is_raised_once_and_then_updated() {
        let weights = Weights::default();
        let (story, at) = (StoryId::new(1), Timestamp::UNIX_EPOCH);
        let judge = |existing: Option<&Issue>, points, seq| {
            judge(existing, story, &assessment(points, 2), &weights, Seq::new(seq), at)
        };
        assert_eq!(judge(None, 10, 1), None);
        let raised = judge(None, 900, 7).unwrap();
        assert_eq!(
            (raised.issue.id, raised.issue.version, raised.fact.type_name()),
            (IssueId::new(7), 1, "issue.raised")
        );
        // Falling below the threshold again takes nothing back.
        let updated = judge(Some(&raised.issue), 10, 8).unwrap();
        assert_eq!(
            (updated.issue.id, updated.issue.version, updated.fact.type_name()),
            (IssueId::new(7), 2, "issue.updated")
        );
        assert_eq!(
            (updated.issue.state, updated.issue.score),
            (IssueState::Candidate, Points::from_hundredths(10))
        );
    }

    #[test]
    fn an_update_says_what_changed() {
        let (weights, story, at) = (Weights::default(), StoryId::new(1), Timestamp::UNIX_EPOCH);
        let raised = judge(None, story, &assessment(400, 2), &weights, Seq::new(7), at).unwrap().issue;
        let mut grown = assessment(500, 5);
        grown.signals.push(Signal { name: SignalName::Burst, value: Points::ZERO, spans: Vec::new() });
        let update = judge(Some(&raised), story, &grown, &weights, Seq::new(9), at).unwrap();
        let want = Fact::Updated {
            seq: Seq::new(9),
            score: Points::from_hundredths(500),
            articles: 5,
            outlets: 5,
            agencies: Vec::new(),
            before: Points::from_hundredths(400),
            new_articles: 3,
            new_outlets: 3,
            new_agencies: Vec::new(),
            new_signals: vec![SignalName::Burst],
        };
        assert_eq!(update.fact, want);
    }

    #[test]
    fn what_is_over_stays_over_and_keeps_counting() {
        let weights = Weights::default();
        let (story, at) = (StoryId::new(1), Timestamp::UNIX_EPOCH);
        let raised = judge(None, story, &assessment(900, 1), &weights, Seq::new(7), at).unwrap().issue;
        for state in [IssueState::Closed, IssueState::Dismissed] {
            let issue = Issue { state, ..raised.clone() };
            let change = judge(Some(&issue), story, &assessment(950, 5), &weights, Seq::new(9), at).unwrap();
            assert_eq!((change.issue.state, change.issue.articles), (state, 5));
        }
    }
}
