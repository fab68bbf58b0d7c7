//! How each source is doing, and what was not kept.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use praden_crawl::health::alarm;
use praden_model::{SourceSpec, SourceState};

use super::words::{self, Moment, Name};
use super::{Frame, Named, NoPage, link_out, show};
use crate::Shared;

/// The latest drops on the page.
const DROPS_SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "sources.html")]
struct Sources {
    frame: Frame,
    healthy: usize,
    failing: usize,
    waiting: usize,
    disabled: usize,
    alarms: usize,
    rows: Vec<Row>,
    drops: Vec<Drops>,
    latest: Vec<Drop>,
}

struct Row {
    id: String,
    outlet: Named,
    kind: Name,
    link: Option<String>,
    health: Health,
    /// What somebody has to look at.
    alarm: Option<Name>,
    succeeded: Option<Moment>,
    news: Option<Moment>,
    due: Option<Moment>,
}

/// What a desk wants to know first.
enum Health {
    Healthy,
    /// Never polled yet.
    Waiting,
    Failing {
        cause: Name,
        detail: String,
        polls: u32,
    },
    Disabled {
        reason: String,
    },
}

struct Drops {
    name: Name,
    count: u64,
}

struct Drop {
    at: Moment,
    origin: String,
    place: String,
    name: Name,
    detail: String,
}

pub(super) async fn page(State(shared): State<Arc<Shared>>) -> Response {
    show(&shared, load(&shared).await)
}

async fn load(shared: &Shared) -> Result<Sources, NoPage> {
    let store = &*shared.app.store;
    let states = store.source_states().await?;
    let pipeline = &shared.app.pipeline;
    let now = shared.app.clock.now();
    let mut rows: Vec<Row> = pipeline
        .sources
        .iter()
        .map(|source| {
            let state = states.iter().find(|state| state.id == source.id);
            row(Named::outlet(pipeline, &source.outlet), source, state, now)
        })
        .collect();
    // What needs somebody comes first; within that, the order of the definition.
    rows.sort_by_key(|row| match row.health {
        _ if row.alarm.is_some() => 0,
        Health::Failing { .. } => 1,
        Health::Waiting => 2,
        Health::Healthy => 3,
        Health::Disabled { .. } => 4,
    });
    let count = |wanted: fn(&Health) -> bool| rows.iter().filter(|row| wanted(&row.health)).count();
    let dropped = shared.counts.get(store).await?.dropped;
    let latest = store.dropped(None, DROPS_SHOWN).await?;
    Ok(Sources {
        frame: Frame::new(shared, "sources"),
        healthy: count(|health| matches!(health, Health::Healthy)),
        failing: count(|health| matches!(health, Health::Failing { .. })),
        waiting: count(|health| matches!(health, Health::Waiting)),
        disabled: count(|health| matches!(health, Health::Disabled { .. })),
        alarms: rows.iter().filter(|row| row.alarm.is_some()).count(),
        rows,
        drops: dropped
            .iter()
            .map(|(reason, count)| Drops { name: words::dropped(*reason), count: *count })
            .collect(),
        latest: latest
            .into_iter()
            .map(|drop| Drop {
                at: Moment::of(drop.at),
                origin: drop.origin,
                place: drop.place,
                name: words::dropped(drop.reason),
                detail: drop.detail,
            })
            .collect(),
    })
}

fn row(outlet: Named, source: &SourceSpec, state: Option<&SourceState>, now: Timestamp) -> Row {
    let health = match (&source.disabled, state) {
        (Some(reason), _) => Health::Disabled { reason: reason.clone() },
        (None, None) => Health::Waiting,
        (None, Some(state)) => match &state.failure {
            Some((cause, detail)) => Health::Failing {
                cause: words::failure(*cause),
                detail: detail.clone(),
                polls: state.failures,
            },
            None if state.polled_at.is_none() => Health::Waiting,
            None => Health::Healthy,
        },
    };
    let enabled = source.disabled.is_none();
    Row {
        id: source.id.to_string(),
        outlet,
        kind: words::source_kind(source.kind),
        link: link_out(&source.url),
        health,
        alarm: state.filter(|_| enabled).and_then(|state| alarm(state, now)).map(|alarm| {
            let said = alarm.explain();
            Name { th: said.th, en: said.en }
        }),
        succeeded: state.and_then(|state| state.succeeded_at).map(Moment::of),
        news: state.and_then(|state| state.news_at).map(Moment::of),
        due: state.filter(|state| enabled && state.polled_at.is_some()).map(|state| Moment::of(state.due_at)),
    }
}
