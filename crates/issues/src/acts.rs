//! What people do with an issue, and what is not possible.

use jiff::Timestamp;
use praden_model::{Actor, AgencyId, Assignment, Fact, Issue, IssueChange, IssueState, Report};

/// Something a person does with an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// It needs an answer.
    Accept,
    /// It needs none.
    Dismiss {
        /// Why.
        reason: String,
    },
    /// An agency is to answer.
    Assign {
        /// Which.
        agency: AgencyId,
        /// By when.
        due_at: Timestamp,
    },
    /// The agency says what it did.
    Report {
        /// In its own words.
        text: String,
        /// Links that prove it.
        links: Vec<String>,
    },
    /// It is done.
    Close {
        /// What is to be remembered.
        note: String,
    },
}

impl Act {
    const fn name(&self) -> &'static str {
        match self {
            Self::Accept => "accepted",
            Self::Dismiss { .. } => "dismissed",
            Self::Assign { .. } => "assigned",
            Self::Report { .. } => "reported on",
            Self::Close { .. } => "closed",
        }
    }
}

/// Why an act is not possible, in a sentence a clerk can act on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// The issue is in another room.
    #[error("issue {issue} is {state} and cannot be {act}; {way_out}")]
    WrongState {
        /// The issue.
        issue: praden_model::IssueId,
        /// Where it is.
        state: IssueState,
        /// What was wanted.
        act: &'static str,
        /// What would be possible.
        way_out: &'static str,
    },
    /// Something that has to be said was not.
    #[error("{what} is missing: {hint}")]
    Missing {
        /// What.
        what: &'static str,
        /// What to give.
        hint: &'static str,
    },
    /// The deadline is not in the future.
    #[error("the deadline {due_at} is not after {at}; give one that can still be met")]
    DeadlinePassed {
        /// What was given.
        due_at: Timestamp,
        /// The present.
        at: Timestamp,
    },
}

/// Does `what` to an issue, as `by`, at `at`.
///
/// | from | possible |
/// |---|---|
/// | candidate, resting | accept, dismiss, assign |
/// | accepted | dismiss, assign, close |
/// | assigned | dismiss, assign (to another, or with another deadline), report, close |
/// | reported | assign, report, close |
/// | closed, dismissed, merged | nothing |
///
/// # Errors
/// When the issue's state does not allow it, when something is missing, or when the deadline has passed already.
pub fn act(issue: &Issue, what: &Act, by: &Actor, at: Timestamp) -> Result<IssueChange, ActError> {
    use IssueState::{Accepted, Assigned, Candidate, Closed, Dismissed, Merged, Reported, Resting};
    if by.trim().is_empty() {
        return Err(ActError::Missing { what: "the name of who does it", hint: "say who you are" });
    }
    let refuse = |way_out| {
        Err(ActError::WrongState { issue: issue.id, state: issue.state, act: what.name(), way_out })
    };
    match (issue.state, what) {
        (Candidate | Resting | Accepted, Act::Report { .. }) => {
            return refuse("assign it to an agency first");
        }
        (Candidate | Resting, Act::Close { .. }) => return refuse("dismiss it, or accept it first"),
        (Reported, Act::Dismiss { .. }) => return refuse("close it instead"),
        (Accepted | Assigned | Reported, Act::Accept) => return refuse("it is accepted already"),
        (Merged, _) => {
            return refuse("go on with the issue it was merged into: `praden issues show` names it");
        }
        (Closed | Dismissed, _) => return refuse("what is over stays over; its story keeps counting"),
        _ => {}
    }
    let mut changed = Issue { version: issue.version + 1, ..issue.clone() };
    let fact = match what {
        Act::Accept => {
            changed.state = Accepted;
            Fact::Accepted { by: by.clone() }
        }
        Act::Dismiss { reason } => {
            if reason.trim().is_empty() {
                return Err(ActError::Missing {
                    what: "the reason",
                    hint: "say why the issue needs no answer",
                });
            }
            changed.state = Dismissed;
            Fact::Dismissed { by: by.clone(), reason: reason.clone() }
        }
        Act::Assign { agency, due_at } => {
            if *due_at <= at {
                return Err(ActError::DeadlinePassed { due_at: *due_at, at });
            }
            changed.state = Assigned;
            changed.assignment =
                Some(Assignment { agency: agency.clone(), due_at: *due_at, assigned_at: at, by: by.clone() });
            Fact::Assigned { agency: agency.clone(), due_at: *due_at, by: by.clone() }
        }
        Act::Report { text, links } => {
            if text.trim().is_empty() {
                return Err(ActError::Missing { what: "the report", hint: "say what was done" });
            }
            let Some(assignment) = &issue.assignment else {
                return refuse("assign it to an agency first");
            };
            changed.state = Reported;
            changed.report =
                Some(Report { text: text.clone(), links: links.clone(), reported_at: at, by: by.clone() });
            Fact::Reported {
                agency: assignment.agency.clone(),
                text: text.clone(),
                links: links.clone(),
                by: by.clone(),
            }
        }
        Act::Close { note } => {
            changed.state = Closed;
            Fact::Closed { by: by.clone(), note: note.clone() }
        }
    };
    Ok(IssueChange { issue: changed, at, fact })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{judge, tests::assessment};
    use praden_model::{Seq, StoryId};

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(1_750_000_000 + hours * 3_600).unwrap()
    }

    fn candidate() -> Issue {
        let change =
            judge(None, StoryId::new(1), &assessment(900, 1), &crate::Weights::default(), Seq::new(7), at(0));
        change.unwrap().issue
    }

    fn read(word: &str) -> Act {
        match word {
            "accept" => Act::Accept,
            "dismiss" => Act::Dismiss { reason: "ซ้ำ".to_owned() },
            "assign" => Act::Assign { agency: AgencyId::new("moph").unwrap(), due_at: at(100) },
            "report" => Act::Report { text: "แก้ไขแล้ว".to_owned(), links: Vec::new() },
            _ => Act::Close { note: String::new() },
        }
    }

    #[track_caller]
    fn check(acts: &str, want: &str) {
        let mut issue = candidate();
        let mut said = String::new();
        for word in acts.split(' ') {
            match act(&issue, &read(word), &"ning".to_owned(), at(1)) {
                Ok(change) => {
                    assert_eq!(change.issue.version, issue.version + 1);
                    issue = change.issue;
                    said = issue.state.name().to_owned();
                }
                Err(error) => {
                    said = error.to_string();
                    break;
                }
            }
        }
        assert_eq!(said, want, "{acts}");
    }

    #[test]
    fn an_issue_goes_through_the_rooms() {
        check("accept assign report close", "closed");
        check("assign assign report report assign close", "closed");
        check("accept close", "closed");
        check("dismiss", "dismissed");
        check("assign dismiss", "dismissed");
        check("report", "issue is-7 is candidate and cannot be reported on; assign it to an agency first");
        check("close", "issue is-7 is candidate and cannot be closed; dismiss it, or accept it first");
        check("accept accept", "issue is-7 is accepted and cannot be accepted; it is accepted already");
        check("assign report dismiss", "issue is-7 is reported and cannot be dismissed; close it instead");
        check(
            "dismiss assign",
            "issue is-7 is dismissed and cannot be assigned; what is over stays over; its story keeps counting",
        );
    }

    #[test]
    fn what_is_missing_is_asked_for() {
        let (issue, by) = (candidate(), "ning".to_owned());
        for (what, by, want) in [
            (
                Act::Dismiss { reason: " ".to_owned() },
                &by,
                "the reason is missing: say why the issue needs no answer",
            ),
            (Act::Accept, &String::new(), "the name of who does it is missing: say who you are"),
            (
                Act::Assign { agency: AgencyId::new("moph").unwrap(), due_at: at(0) },
                &by,
                "the deadline 2025-06-15T15:06:40Z is not after 2025-06-15T16:06:40Z; give one that can still be met",
            ),
        ] {
            assert_eq!(act(&issue, &what, by, at(1)).unwrap_err().to_string(), want);
        }
    }
}
