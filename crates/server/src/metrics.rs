//! `/metrics`: the table in the crate's documentation, filled in.
//!
//! Nothing is counted along the way: each answer is read from the store and the stages, so that it says the same after
//! a restart and a scrape that is missed loses nothing.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use praden_crawl::health::{Alarm, alarm};
use praden_model::{Counts, Heads, IssueState, PollFailure, SourceId, SourceState, StoreError};
use praden_pipeline::{Progress, StageId};
use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::Shared;
use crate::api::Refusal;

/// One label and its value.
type Label = [(&'static str, String); 1];
type Gauges = Family<Label, Gauge<u64, AtomicU64>>;

/// Every cause of failure, so that each has its line while it is zero and an alert can be written before it happens.
const CAUSES: [PollFailure; 12] = [
    PollFailure::Unreachable,
    PollFailure::Timeout,
    PollFailure::ClientError,
    PollFailure::Gone,
    PollFailure::Throttled,
    PollFailure::ServerError,
    PollFailure::AddressForbidden,
    PollFailure::Redirects,
    PollFailure::TooLarge,
    PollFailure::Robots,
    PollFailure::NotAFeed,
    PollFailure::Unreadable,
];

pub(crate) async fn metrics(State(shared): State<Arc<Shared>>) -> Result<Response, Refusal> {
    let text = match read(&shared).await?.encode() {
        Ok(text) => text,
        Err(error) => {
            tracing::error!(error = %error, "metrics cannot be written");
            return Err(Refusal::new(
                axum::http::StatusCode::INTERNAL_SERVER_ERROR,
                "the metrics cannot be written",
            ));
        }
    };
    let types = [(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")];
    Ok((types, text).into_response())
}

async fn read(shared: &Shared) -> Result<Seen<'_>, StoreError> {
    let app = &shared.app;
    let known = app.store.source_states().await?;
    let enabled = app.pipeline.sources.iter().filter(|source| source.disabled.is_none());
    let sources =
        enabled.filter_map(|source| known.iter().find(|state| state.id == source.id).cloned()).collect();
    Ok(Seen {
        heads: app.store.heads().await?,
        progress: &app.progress,
        counts: shared.counts.get(&*app.store).await?,
        sources,
        event_readers: shared.waiting_now(),
        now: app.clock.now(),
    })
}

/// Everything that is measured, at one moment.
struct Seen<'a> {
    heads: Heads,
    progress: &'a Progress,
    counts: Counts,
    /// Enabled sources that have been polled.
    sources: Vec<SourceState>,
    event_readers: usize,
    now: Timestamp,
}

impl Seen<'_> {
    fn encode(&self) -> Result<String, fmt::Error> {
        let mut registry = Registry::with_prefix("praden");
        let heads = [("articles", self.heads.articles.get()), ("events", self.heads.events.get())];
        gauges(&mut registry, "log_head", "Position of the newest revision or event", "log", heads);
        let positions = StageId::ALL.map(|stage| (stage.name(), self.progress.of(stage).get()));
        gauges(
            &mut registry,
            "stage_position",
            "Position up to which a stage's work is durable",
            "stage",
            positions,
        );
        let lags = StageId::ALL.map(|stage| (stage.name(), self.progress.lag(stage)));
        gauges(
            &mut registry,
            "stage_lag_revisions",
            "Positions between a stage and the head of the article log",
            "stage",
            lags,
        );

        let counts = &self.counts;
        gauge(&mut registry, "articles", "Articles in the log", counts.articles);
        gauge(&mut registry, "revisions", "Revisions in the log", counts.revisions);
        gauge(&mut registry, "mentions", "Mentions of agencies", counts.mentions);
        gauge(&mut registry, "stories", "Stories", counts.stories);
        gauge(&mut registry, "events", "Events in the event log", counts.events);
        let issues = IssueState::ALL.map(|state| {
            let count =
                counts.issues.iter().find(|(other, _)| *other == state).map_or(0, |(_, count)| *count);
            (state.name(), count)
        });
        gauges(&mut registry, "issues", "Issues in each state", "state", issues);
        let dropped = Family::<Label, Counter>::default();
        for (reason, count) in &counts.dropped {
            dropped.get_or_create(&[("reason", reason.name().to_owned())]).inc_by(*count);
        }
        registry.register("dropped", "What was offered and not kept", dropped);

        self.encode_sources(&mut registry);
        gauge(&mut registry, "event_readers", "Requests that wait for events now", self.event_readers as u64);

        let mut text = String::new();
        text::encode(&mut text, &registry)?;
        Ok(text)
    }

    fn encode_sources(&self, registry: &mut Registry) {
        let failing = |cause: PollFailure| {
            self.sources
                .iter()
                .filter(|source| source.failure.as_ref().is_some_and(|(other, _)| *other == cause))
                .count()
        };
        let causes = CAUSES.map(|cause| (cause.name(), failing(cause) as u64));
        gauges(registry, "sources_failing", "Enabled sources whose last poll failed so", "cause", causes);
        let alarmed =
            |kind: Alarm| self.sources.iter().filter(|source| alarm(source, self.now) == Some(kind)).count();
        let alarms = Alarm::ALL.map(|kind| (kind.name(), alarmed(kind) as u64));
        gauges(registry, "sources_alarmed", "Enabled sources that somebody has to look at", "alarm", alarms);
        let id = |source: &SourceState| SourceId::to_string(&source.id);
        let failures = self.sources.iter().map(|source| (id(source), u64::from(source.failures)));
        gauges(registry, "source_failures", "Polls that failed since one went well", "source", failures);
        let ages = self.sources.iter().filter_map(|source| {
            let age = self.now.duration_since(source.succeeded_at?).as_secs();
            // A clock that was set back makes an age below zero, which no alert expects.
            Some((id(source), u64::try_from(age).unwrap_or(0)))
        });
        gauges(registry, "source_success_age_seconds", "Seconds since a poll went well", "source", ages);
    }
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: u64) {
    let gauge = Gauge::<u64, AtomicU64>::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

fn gauges<L: Into<String>>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    label: &'static str,
    values: impl IntoIterator<Item = (L, u64)>,
) {
    let family = Gauges::default();
    for (of, value) in values {
        family.get_or_create(&[(label, of.into())]).set(value);
    }
    registry.register(name, help, family);
}
