//! Issues for programs, and how a program is told no.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use praden_model::{Issue, IssueFilter, IssueId, IssueState, StoreError};
use praden_pipeline::{Listed, Morning};
use serde::Serialize;

use crate::params::Params;
use crate::{Shared, store_refused};

/// No, and why: `{"error": "one sentence"}`.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    sentence: String,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, sentence: impl Into<String>) -> Self {
        Self { status, sentence: sentence.into() }
    }

    /// A parameter that cannot be.
    pub(crate) fn parameter(sentence: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, sentence)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, store_refused(&error))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            error: String,
        }
        (self.status, Json(Body { error: self.sentence })).into_response()
    }
}

/// Issues in one answer. An issue carries its evidence, some kilobytes of it.
const ISSUES_MAX: usize = 500;
const ISSUES: usize = 50;

#[derive(Serialize)]
pub(crate) struct Issues {
    issues: Vec<Listed>,
    candidates: u32,
    waiting: u32,
}

pub(crate) async fn issues(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
) -> Result<Json<Issues>, Refusal> {
    let params = Params::parse(query.as_deref(), &["state", "limit"]).map_err(Refusal::parameter)?;
    let states = params
        .list("state", &IssueState::ALL.map(IssueState::name), IssueState::from_name)
        .map_err(Refusal::parameter)?;
    let limit = params.number("limit", 1..=ISSUES_MAX).map_err(Refusal::parameter)?.unwrap_or(ISSUES);
    let app = &shared.app;
    let Morning { issues, candidates, waiting } =
        praden_pipeline::morning(&*app.store, &app.pipeline, &states, Some(limit)).await?;
    Ok(Json(Issues { issues, candidates, waiting }))
}

pub(crate) async fn issue(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Json<Issue>, Refusal> {
    let id: IssueId =
        id.parse().map_err(|error: praden_model::IdError| Refusal::parameter(error.to_string()))?;
    let filter = IssueFilter { ids: vec![id], ..IssueFilter::default() };
    let app = &shared.app;
    match app.store.issues(&filter).await?.pop() {
        Some(issue) => Ok(Json(praden_pipeline::looked_at(&*app.store, &app.pipeline, &issue).await?)),
        None => Err(Refusal::new(StatusCode::NOT_FOUND, format!("there is no issue {id}"))),
    }
}
