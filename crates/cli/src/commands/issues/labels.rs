//! `praden issues labels`: what the desk decided, as a labelled file that `praden eval` and `praden train` take.

use praden_model::{AgencyId, Fact, Issue, IssueFilter, IssueState, MembersOf, Revision, Seq};
use serde_json::json;

use crate::commands::{Place, Reading, open_reading};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::write_json;

/// Events of one issue that are looked through for its dismissal.
const EVENTS_MAX: usize = 1_000;

/// Articles of one issue among which the one that says it best is looked for.
const MEMBERS_MAX: usize = 64;

/// One line for each issue that a person accepted or dismissed. Candidates nobody has looked at say nothing.
pub(super) async fn run(place: &Place) -> Outcome {
    let reading = open_reading(place)?;
    let states = IssueState::ALL
        .into_iter()
        .filter(|state| !matches!(state, IssueState::Candidate | IssueState::Resting | IssueState::Merged))
        .collect();
    let mut issues = reading.store.issues(&IssueFilter { states, ..IssueFilter::default() }).await?;
    issues.sort_by_key(|issue| issue.id);
    for issue in issues {
        let Some(article) = article_of(&reading, &issue).await? else { continue };
        let (accepted, by, reason) = decision(&reading, &issue).await?;
        // Whom a person asked is a label; what Praden proposed is not.
        let agencies: Vec<&AgencyId> = issue.assignment.iter().map(|assignment| &assignment.agency).collect();
        write_json(&json!({
            "id": issue.id, "title": article.title.raw(), "text": article.text.raw(), "published": article.event_time(),
            "source": article.source, "url": article.url, "agencies": agencies, "is_candidate_issue": accepted,
            "issue_kind": accepted.then_some(issue.kind), "by": by, "reason": reason,
        }))?;
    }
    Ok(Exit::Done)
}

/// The article whose headline the issue bears, else the first.
async fn article_of(reading: &Reading, issue: &Issue) -> Result<Option<Revision>, Failure> {
    let upto = reading.store.heads().await?.articles;
    let members = reading.store.memberships(MembersOf::Story { story: issue.story, upto }).await?;
    let seqs: Vec<Seq> = members.iter().map(|membership| membership.seq).take(MEMBERS_MAX).collect();
    let mut revisions = reading.store.revisions(&seqs).await?;
    let at =
        revisions.iter().position(|revision| issue.title == revision.title.normalized().trim()).unwrap_or(0);
    Ok((at < revisions.len()).then(|| revisions.swap_remove(at)))
}

/// Whether it needed an answer, who said so, and why not.
async fn decision(
    reading: &Reading,
    issue: &Issue,
) -> Result<(bool, Option<String>, Option<String>), Failure> {
    let events = reading.store.events_of(issue.id, EVENTS_MAX).await?;
    let dismissed = events.iter().rev().find_map(|event| match &event.fact {
        Fact::Dismissed { by, reason } => Some((by.clone(), reason.clone())),
        _ => None,
    });
    if let (IssueState::Dismissed, Some((by, reason))) = (issue.state, dismissed) {
        return Ok((false, Some(by), Some(reason)));
    }
    let by = events.iter().find_map(|event| match &event.fact {
        Fact::Accepted { by } | Fact::Assigned { by, .. } => Some(by.clone()),
        _ => None,
    });
    Ok((issue.state != IssueState::Dismissed, by, None))
}
