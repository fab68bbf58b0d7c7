//! What an assessment changes: a new issue, an update, or nothing.

use jiff::Timestamp;
use praden_model::{Fact, Issue, IssueChange, IssueId, IssueState, Seq, StoryId};

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
    match existing {
        None => assessment.passes(weights).then(|| raise(story, assessment, seq, at)),
        Some(issue) => Some(update(issue, assessment, seq, at)),
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
        raised_at: at,
        version: 1,
        assignment: None,
        report: None,
    };
    IssueChange { fact: Fact::raised(&issue, seq), issue, at }
}

fn update(issue: &Issue, assessment: &Assessment, seq: Seq, at: Timestamp) -> IssueChange {
    let issue = Issue {
        kind: assessment.kind,
        title: assessment.title.clone(),
        score: assessment.score,
        signals: assessment.signals.clone(),
        agencies: assessment.agencies.clone(),
        articles: assessment.articles,
        outlets: assessment.outlets,
        first_published_at: assessment.first_published_at,
        last_published_at: assessment.last_published_at,
        version: issue.version + 1,
        ..issue.clone()
    };
    let fact = Fact::Updated {
        seq,
        score: issue.score,
        articles: issue.articles,
        outlets: issue.outlets,
        agencies: issue.agencies.iter().map(|proposal| proposal.agency.clone()).collect(),
    };
    IssueChange { issue, at, fact }
}
