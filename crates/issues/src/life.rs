//! What becomes of issues when their stories become one or two.

use praden_model::{Fact, Issue, IssueChange, IssueId, IssueState, StoryChange};

use crate::assess::Assessment;

/// What changes when a story joins another, which then comes to `assessment`: `here` is the issue about the story that goes on,
/// `there` the one about the story that joined it.
///
/// Of two issues one goes on: the one that people have dealt with; where both were, or neither, the older. The other says where it went.
pub fn merged(
    here: Option<&Issue>,
    there: Option<&Issue>,
    assessment: &Assessment,
    change: &StoryChange,
) -> Vec<IssueChange> {
    let alive = |issue: &&Issue| issue.state != IssueState::Merged;
    let mut issues: Vec<&Issue> = here.into_iter().chain(there).filter(alive).collect();
    let is_untouched = |issue: &Issue| matches!(issue.state, IssueState::Candidate | IssueState::Resting);
    issues.sort_by_key(|issue| (is_untouched(issue), issue.id));
    let Some((stays, ends)) = issues.split_first() else { return Vec::new() };
    let issue = Issue { story: change.story, ..assessment.weighed(stays) };
    let fact = Fact::StoryMerged {
        story: change.story,
        other: change.other,
        by: change.by.clone(),
        why: change.why.clone(),
        score: issue.score,
        articles: issue.articles,
        outlets: issue.outlets,
    };
    let mut changes = vec![IssueChange { issue, at: change.at, fact }];
    changes.extend(ends.iter().map(|ends| IssueChange {
        issue: Issue {
            state: IssueState::Merged,
            merged_into: Some(stays.id),
            version: ends.version + 1,
            ..(*ends).clone()
        },
        at: change.at,
        fact: Fact::Merged { into: stays.id, by: change.by.clone(), why: change.why.clone() },
    }));
    changes
}

/// What changes when articles leave a story and are no issue of their own: `rest` is what the story comes to without them.
pub fn shrunk(issue: &Issue, rest: &Assessment, change: &StoryChange) -> IssueChange {
    IssueChange { issue: rest.weighed(issue), at: change.at, fact: left(rest, None, change) }
}

/// That articles left a story.
fn left(rest: &Assessment, issue: Option<IssueId>, change: &StoryChange) -> Fact {
    Fact::StorySplit {
        story: change.story,
        other: change.other,
        moved: change.articles.clone(),
        issue,
        by: change.by.clone(),
        why: change.why.clone(),
        score: rest.score,
        articles: rest.articles,
        outlets: rest.outlets,
    }
}

/// What changes when articles leave a story: `issue` is the issue about it, `rest` what the story comes to without them, and `apart`
/// what they come to, which is an issue of its own under `id`; or again one, where `before` is the issue that had been merged away.
pub fn split(
    issue: &Issue,
    rest: &Assessment,
    id: IssueId,
    before: Option<&Issue>,
    apart: &Assessment,
    change: &StoryChange,
) -> Vec<IssueChange> {
    let id = before.map_or(id, |before| before.id);
    let fact = left(rest, Some(id), change);
    let fresh = Issue {
        id,
        story: change.other,
        state: IssueState::Candidate,
        raised_at: change.at,
        version: before.map_or(0, |before| before.version),
        assignment: None,
        report: None,
        merged_into: None,
        campaign: None,
        ..issue.clone()
    };
    let raised = apart.weighed(&fresh);
    vec![
        IssueChange { issue: rest.weighed(issue), at: change.at, fact },
        IssueChange { fact: Fact::raised(&raised, change.seq), issue: raised, at: change.at },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Weights;
    use crate::judge::{judge, tests::assessment};
    use jiff::Timestamp;
    use praden_model::{ArticleId, Seq, StoryChangeKind, StoryId};

    fn issue(id: u64, state: IssueState) -> Issue {
        let (seq, story) = (Seq::new(id), StoryId::new(id));
        let raised = judge(None, story, &assessment(400, 2), &Weights::default(), seq, Timestamp::UNIX_EPOCH);
        Issue { state, ..raised.unwrap().issue }
    }

    fn change(kind: StoryChangeKind) -> StoryChange {
        StoryChange {
            kind,
            seq: Seq::new(9),
            at: Timestamp::UNIX_EPOCH,
            story: StoryId::new(1),
            other: StoryId::new(5),
            articles: vec![ArticleId::new(5)],
            by: None,
            why: "เรื่องเดียวกัน".to_owned(),
        }
    }

    /// Which issue goes on, and which end in it.
    #[track_caller]
    fn check(here: Option<(u64, IssueState)>, there: Option<(u64, IssueState)>, want: &str) {
        let issues = [here, there].map(|issue_of| issue_of.map(|(id, state)| issue(id, state)));
        let [here, there] = &issues;
        let changes =
            merged(here.as_ref(), there.as_ref(), &assessment(700, 4), &change(StoryChangeKind::Merged));
        let told: Vec<String> = changes
            .iter()
            .map(|change| {
                format!(
                    "{} {} v{} {}",
                    change.issue.id,
                    change.fact.type_name(),
                    change.issue.version,
                    change.issue.state
                )
            })
            .collect();
        assert_eq!(told.join(", "), want);
        assert!(
            changes
                .iter()
                .skip(1)
                .all(|change| change.issue.merged_into == changes.first().map(|stays| stays.issue.id))
        );
        assert!(
            changes
                .first()
                .is_none_or(|stays| stays.issue.story == StoryId::new(1) && stays.issue.articles == 4)
        );
    }

    #[test]
    fn issues_follow_their_stories_into_one() {
        use IssueState::{Assigned, Candidate, Dismissed, Merged};
        check(None, None, "");
        check(Some((1, Candidate)), None, "is-1 story.merged v2 candidate");
        check(None, Some((5, Assigned)), "is-5 story.merged v2 assigned");
        check(
            Some((1, Candidate)),
            Some((5, Candidate)),
            "is-1 story.merged v2 candidate, is-5 issue.merged v2 merged",
        );
        check(
            Some((6, Candidate)),
            Some((5, Candidate)),
            "is-5 story.merged v2 candidate, is-6 issue.merged v2 merged",
        );
        check(
            Some((1, Candidate)),
            Some((5, Assigned)),
            "is-5 story.merged v2 assigned, is-1 issue.merged v2 merged",
        );
        check(
            Some((1, Dismissed)),
            Some((5, Candidate)),
            "is-1 story.merged v2 dismissed, is-5 issue.merged v2 merged",
        );
        check(Some((1, Candidate)), Some((5, Merged)), "is-1 story.merged v2 candidate");
    }

    #[test]
    fn what_is_split_off_is_an_issue_of_its_own() {
        let whole = issue(1, IssueState::Assigned);
        let changes = split(
            &whole,
            &assessment(300, 1),
            IssueId::new(5),
            None,
            &assessment(200, 1),
            &change(StoryChangeKind::Split),
        );
        let told: Vec<_> = changes
            .iter()
            .map(|c| (c.issue.id.get(), c.issue.version, c.issue.state, c.issue.story.get()))
            .collect();
        assert_eq!(told, [(1, 2, IssueState::Assigned, 1), (5, 1, IssueState::Candidate, 5)]);
        let gone = Issue { version: 4, merged_into: Some(IssueId::new(1)), ..issue(5, IssueState::Merged) };
        let parted = change(StoryChangeKind::Split);
        let again =
            split(&whole, &assessment(300, 1), IssueId::new(9), Some(&gone), &assessment(200, 1), &parted);
        let back =
            again.last().map(|c| (c.issue.id.get(), c.issue.version, c.issue.state, c.issue.merged_into));
        assert_eq!(back, Some((5, 5, IssueState::Candidate, None)), "it comes back under its id");
    }
}
