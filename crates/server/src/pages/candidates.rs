//! The morning's list: issues by score, each in one row.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use praden_model::IssueState;
use praden_pipeline::Listed;

use super::words::{self, Moment, Name};
use super::{Frame, Named, NoPage, show};
use crate::Shared;
use crate::params::Params;

/// Rows on the page. A morning's meeting goes through a few dozen; what is below stays reachable by search and API.
const ROWS_MAX: usize = 100;

#[derive(Template)]
#[template(path = "candidates.html")]
struct Candidates {
    frame: Frame,
    choices: Vec<Choice>,
    rows: Vec<Row>,
    total: u64,
    waiting: u32,
    cap: u32,
    behind: u64,
}

/// Which issues to list.
struct Choice {
    name: Name,
    value: &'static str,
    count: u64,
    here: bool,
}

struct Row {
    rank: usize,
    id: String,
    title: String,
    kind: Name,
    state: Name,
    agency: Option<Named>,
    score: String,
    outlets: u32,
    articles: u32,
    latest: Option<Moment>,
    waits: bool,
}

pub(super) async fn page(State(shared): State<Arc<Shared>>, RawQuery(query): RawQuery) -> Response {
    show(&shared, load(&shared, query.as_deref()).await)
}

async fn load(shared: &Shared, query: Option<&str>) -> Result<Candidates, NoPage> {
    let params = Params::of_page(query, &["state"]);
    let asked = params.text("state").unwrap_or("open");
    let states: Vec<IssueState> = match IssueState::from_name(asked) {
        Some(state) => vec![state],
        None if asked == "open" => IssueState::ALL.into_iter().filter(|state| state.is_open()).collect(),
        None => return Err(NoPage::NotFound),
    };
    let counts = shared.counts.get(&*shared.app.store).await?.issues;
    let count = |wanted: &dyn Fn(IssueState) -> bool| -> u64 {
        counts.iter().filter(|(state, _)| wanted(*state)).map(|(_, count)| count).sum()
    };
    let open = Choice {
        name: Name { th: "ที่ยังเปิดอยู่", en: "open" },
        value: "open",
        count: count(&IssueState::is_open),
        here: asked == "open",
    };
    let each = IssueState::ALL.into_iter().map(|state| Choice {
        name: words::state(state),
        value: state.name(),
        count: count(&|other| other == state),
        here: asked == state.name(),
    });
    let app = &shared.app;
    let list = praden_pipeline::morning(&*app.store, &app.pipeline, &states, Some(ROWS_MAX)).await?;
    let issues = list.issues;
    Ok(Candidates {
        frame: Frame::new(shared, "candidates"),
        choices: std::iter::once(open).chain(each).collect(),
        // The counts may be some seconds old; the rows are not.
        total: count(&|state| states.contains(&state)).max(issues.len() as u64),
        rows: issues.iter().enumerate().map(|(at, issue)| row(shared, at + 1, issue)).collect(),
        waiting: list.waiting,
        cap: app.pipeline.desk.per_morning,
        behind: shared.app.progress.lag_max(),
    })
}

fn row(shared: &Shared, rank: usize, listed: &Listed) -> Row {
    let issue = &listed.issue;
    // Who has it, or else who is proposed.
    let assigned = issue.assignment.as_ref().map(|assignment| &assignment.agency);
    let agency = assigned.or_else(|| issue.agencies.first().map(|proposal| &proposal.agency));
    Row {
        rank,
        id: issue.id.to_string(),
        title: issue.title.clone(),
        kind: words::kind(issue.kind),
        state: words::state(issue.state),
        agency: agency.map(|agency| Named::agency(&shared.app.pipeline, agency)),
        score: issue.score.to_string(),
        outlets: issue.outlets,
        articles: issue.articles,
        latest: issue.last_published_at.map(Moment::of_publication),
        waits: listed.waits,
    }
}
