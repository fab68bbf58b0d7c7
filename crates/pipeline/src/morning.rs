//! The list of the morning: what the desk is to look at, in order, and what waits below.

use praden_issues::{aged, quiet_hours};
use praden_model::{Issue, IssueFilter, IssueState, Store, StoreError};
use serde::Serialize;

use crate::definition::Pipeline;
use crate::stages::news_clock;

/// An issue as it is to be looked at: with the points that silence takes from it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Listed {
    /// The issue.
    #[serde(flatten)]
    pub issue: Issue,
    /// Its place among the candidates, from 1; nothing for what is no candidate.
    pub place: Option<u32>,
    /// Whether it lies below the cap of the morning: kept in order, for the next one.
    pub waits: bool,
    /// Hours for which other news came and nothing of its story.
    pub quiet_hours: u32,
}

/// A list of issues, and how it fares with the cap.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Morning {
    /// What still waits for somebody comes first, then what rests or is over; each the highest score first.
    pub issues: Vec<Listed>,
    /// Candidates, listed or not.
    pub candidates: u32,
    /// Those of them below the cap.
    pub waiting: u32,
}

/// The issues in some states (empty for all), at most `limit`.
///
/// All that are open are read, to be put in order: candidates are few because they rest, and people have only so many in hand.
///
/// # Errors
/// When the store cannot be read.
pub async fn morning(
    store: &dyn Store,
    pipeline: &Pipeline,
    states: &[IssueState],
    limit: Option<usize>,
) -> Result<Morning, StoreError> {
    let now = news_clock(store).await?.now();
    let of = |open: bool| -> Vec<IssueState> {
        let wanted = |state: &IssueState| states.is_empty() || states.contains(state);
        IssueState::ALL.into_iter().filter(|state| state.is_open() == open).filter(wanted).collect()
    };
    // Candidates are counted though nobody asked for them.
    let mut open_states = of(true);
    if !open_states.contains(&IssueState::Candidate) {
        open_states.push(IssueState::Candidate);
    }
    let filter = IssueFilter { states: open_states, ..IssueFilter::default() };
    let mut open: Vec<Issue> = store.issues(&filter).await?;
    for issue in &mut open {
        *issue = aged(issue, now, &pipeline.weights, &pipeline.desk);
    }
    open.sort_by(|a, b| b.score.cmp(&a.score).then(a.id.cmp(&b.id)));
    let mut morning = Morning::default();
    for issue in open {
        let is_candidate = issue.state == IssueState::Candidate;
        morning.candidates += u32::from(is_candidate);
        let waits = is_candidate && morning.candidates > pipeline.desk.per_morning;
        morning.waiting += u32::from(waits);
        let place = is_candidate.then_some(morning.candidates);
        morning.issues.push(Listed { quiet_hours: quiet_hours(&issue, now), issue, place, waits });
    }
    if !(states.is_empty() || states.contains(&IssueState::Candidate)) {
        morning.issues.retain(|listed| listed.place.is_none());
    }
    let limit = limit.unwrap_or(usize::MAX);
    morning.issues.truncate(limit);
    let (over, room) = (of(false), limit - morning.issues.len());
    if !over.is_empty() && room > 0 {
        let filter = IssueFilter {
            states: over,
            limit: (room < usize::MAX / 2).then_some(room),
            ..IssueFilter::default()
        };
        morning.issues.extend(store.issues(&filter).await?.into_iter().map(|issue| Listed {
            quiet_hours: quiet_hours(&issue, now),
            issue,
            place: None,
            waits: false,
        }));
    }
    Ok(morning)
}

/// One issue as it is to be looked at now; whether it waits only the whole list can tell.
///
/// # Errors
/// When the store cannot be read.
pub async fn looked_at(store: &dyn Store, pipeline: &Pipeline, issue: &Issue) -> Result<Issue, StoreError> {
    let now = news_clock(store).await?.now();
    Ok(aged(issue, now, &pipeline.weights, &pipeline.desk))
}
