//! `praden source`.

mod archive;
mod opml;

use std::path::PathBuf;

use clap::Subcommand;
use praden_crawl::habit::silent_after;
use praden_crawl::health::{self, Alarm};
use praden_crawl::poll::{NothingKnown, PollOptions, poll_source};
use praden_model::{Exceptions, SourceSpec, SourceState, Store as _, Tls};
use praden_pipeline::DataFolder;
use praden_store::SqliteStore;
use serde::Serialize;

use crate::exit::{Exit, Outcome};
use crate::output::{Column, Format, write_json, write_records};
use crate::surroundings;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Every source: how it is doing, and why not.
    #[command(
        after_help = "Example:\n  praden source list pipelines/thailand.toml --format csv > sources.csv"
    )]
    List {
        /// Pipeline file.
        pipeline: PathBuf,
        /// Data folder [default: the pipeline file's].
        #[arg(long, value_name = "DIR", env = "PRADEN_DATA")]
        data: Option<PathBuf>,
        /// How records are written [default: table on a terminal, jsonl in a pipe].
        #[arg(long, value_enum)]
        format: Option<Format>,
    },
    /// Fetches a source now and shows each step: robots, response, charset, entries, extraction, dates, what would be kept.
    #[command(after_help = "Example:\n  praden source test pipelines/thailand.toml prachatai-rss")]
    Test {
        /// Pipeline file.
        pipeline: PathBuf,
        /// The source.
        source: String,
    },
    /// The fetches that articles were read from: what the outlet sent, when, and where it is kept.
    #[command(
        after_help = "Example:\n  praden source captures --source prachatai-rss --format csv > captures.csv"
    )]
    Captures(archive::Captures),
    /// The states of one article, and what its outlet changed from each to the next, word by word.
    #[command(after_help = "Example:\n  praden source revisions https://prachatai.com/journal/2024/01/1")]
    Revisions(archive::Revisions),
    /// Writes captures as a web archive, WARC 1.1.
    #[command(after_help = "Example:\n  praden source warc --source prachatai-rss evidence.warc")]
    Warc(archive::Warc),
    /// The feeds of a pipeline as OPML, or sources for a pipeline from another reader's OPML.
    #[command(
        after_help = "Example:\n  praden source opml pipelines/thailand.toml > thailand.opml\n  praden source opml --import other.opml >> my-desk/pipeline.toml"
    )]
    Opml(opml::Args),
}

pub(crate) async fn run(args: Args) -> Outcome {
    match args.act {
        Act::List { pipeline, data, format } => list(pipeline, data, format).await,
        Act::Test { pipeline, source } => test(pipeline, &source).await,
        Act::Captures(args) => archive::captures(args).await,
        Act::Revisions(args) => archive::revisions(args).await,
        Act::Warc(args) => archive::warc(args).await,
        Act::Opml(args) => opml::run(&args),
    }
}

#[derive(Serialize)]
struct Row {
    source: String,
    outlet: String,
    kind: praden_model::SourceKind,
    url: String,
    disabled: Option<String>,
    succeeded_at: Option<jiff::Timestamp>,
    news_at: Option<jiff::Timestamp>,
    /// Its habit, in new articles.
    usual_per_day: Option<f64>,
    /// New articles since its day began.
    today: Option<u32>,
    /// How long it may be quiet, by its habit.
    silent_after_hours: Option<i64>,
    failures: u32,
    cause: Option<&'static str>,
    words: Option<String>,
    explanation_th: Option<&'static str>,
    explanation_en: Option<&'static str>,
    alarm: Option<Alarm>,
    /// What it may do that others may not.
    #[serde(skip_serializing_if = "Option::is_none")]
    exceptions: Option<String>,
    due_at: Option<jiff::Timestamp>,
}

async fn list(path: PathBuf, data: Option<PathBuf>, format: Option<Format>) -> Outcome {
    let pipeline = super::load(&path)?;
    let data = data.unwrap_or_else(|| pipeline.data.clone());
    let polled = match DataFolder::look(&data) {
        Ok(folder) if folder.path().join(SqliteStore::FILE).exists() => {
            SqliteStore::open(folder.path())?.source_states().await?
        }
        _ => Vec::new(),
    };
    let now = surroundings::clock().now();
    let rows: Vec<Row> = pipeline
        .sources
        .iter()
        .map(|spec| row(spec, polled.iter().find(|state| state.id == spec.id), now))
        .collect();
    let columns: [Column<Row>; 8] = [
        Column { heading: "source", cell: |row| row.source.clone() },
        Column { heading: "state", cell: state },
        Column {
            heading: "last success",
            cell: |row| row.succeeded_at.map_or_else(|| "-".to_owned(), super::search::day),
        },
        Column {
            heading: "last news",
            cell: |row| row.news_at.map_or_else(|| "-".to_owned(), super::search::day),
        },
        Column {
            heading: "usual/day",
            cell: |row| row.usual_per_day.map_or_else(|| "-".to_owned(), |usual| format!("{usual:.1}")),
        },
        Column { heading: "alarm", cell: |row| row.alarm.map_or("", |alarm| alarm.explain().th).to_owned() },
        Column {
            heading: "why",
            cell: |row| {
                let why = row.words.clone().or_else(|| row.disabled.clone());
                let parts: Vec<String> = why.into_iter().chain(row.exceptions.clone()).collect();
                parts.join("; ")
            },
        },
        Column { heading: "url", cell: |row| row.url.clone() },
    ];
    write_records(&rows, &columns, format)?;
    Ok(Exit::Done)
}

fn row(spec: &SourceSpec, state: Option<&SourceState>, now: jiff::Timestamp) -> Row {
    let failure = state.and_then(|state| state.failure.as_ref());
    let alarm = state.filter(|_| spec.disabled.is_none()).and_then(|state| health::alarm(state, now));
    let habit = state.map(|state| &state.habit);
    // The alarm's sentence where there is one, because it says what to do; else the failure's.
    let explanation = alarm.map(Alarm::explain).or(failure.map(|(cause, _)| health::explain(*cause)));
    Row {
        source: spec.id.to_string(),
        outlet: spec.outlet.to_string(),
        kind: spec.kind,
        url: spec.url.clone(),
        disabled: spec.disabled.clone(),
        succeeded_at: state.and_then(|state| state.succeeded_at),
        news_at: state.and_then(|state| state.news_at),
        usual_per_day: habit
            .filter(|habit| habit.days > 0)
            .map(|habit| f64::from(habit.per_day_milli) / 1000.0),
        today: habit.map(|habit| habit.day_new),
        silent_after_hours: habit.map(|habit| silent_after(habit).as_hours()),
        failures: state.map_or(0, |state| state.failures),
        cause: failure.map(|(cause, _)| cause.name()),
        words: failure.map(|(_, words)| words.clone()),
        explanation_th: explanation.map(|explanation| explanation.th),
        explanation_en: explanation.map(|explanation| explanation.en),
        alarm,
        exceptions: exceptions_of(spec),
        due_at: state.map(|state| state.due_at),
    }
}

/// What a source may do that others may not, in words.
pub(super) fn exceptions_of(spec: &SourceSpec) -> Option<String> {
    let Exceptions { tls, addresses, ports } = &spec.exceptions;
    let mut parts = Vec::new();
    match tls {
        Tls::System => {}
        Tls::AcceptInvalid => parts.push(
            "WARNING: its certificate is not checked, so anybody in between can change what it says; name its authority instead (`tls_authority`)"
                .to_owned(),
        ),
        Tls::Authority(_) => parts.push("its certificate is checked by its own authority".to_owned()),
    }
    if !addresses.is_empty() {
        let list: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        parts.push(format!("it may be at {}", list.join(", ")));
    }
    if !ports.is_empty() {
        let list: Vec<String> = ports.iter().map(ToString::to_string).collect();
        parts.push(format!("it may use port {}", list.join(", ")));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn state(row: &Row) -> String {
    match (&row.disabled, row.cause, row.succeeded_at) {
        (Some(_), ..) => "disabled".to_owned(),
        (None, Some(cause), _) => format!("{cause} ({})", row.failures),
        (None, None, Some(_)) => "ok".to_owned(),
        (None, None, None) => "not polled yet".to_owned(),
    }
}

async fn test(path: PathBuf, source: &str) -> Outcome {
    let pipeline = super::load(&path)?;
    // A test is how one finds out whether a disabled source works, so it takes those too.
    let spec = match pipeline.sources.iter().find(|spec| spec.id.as_str() == source) {
        Some(spec) => {
            SourceSpec { disabled: None, pages_per_poll_max: spec.pages_per_poll_max.min(5), ..spec.clone() }
        }
        None => super::crawl::find_source(&pipeline, source)?,
    };
    let fetcher = super::crawl::fetcher(&pipeline)?;
    let state = SourceState::fresh(spec.id.clone());
    // Nothing is known to a test, so that it shows everything the source has.
    let options = PollOptions::default();
    let outcome =
        poll_source(&fetcher, &spec, state, &NothingKnown, &options, surroundings::random_share()).await?;
    for step in &outcome.steps {
        write_json(step)?;
    }
    Ok(if outcome.state.failure.is_some() { Exit::Failed } else { Exit::Done })
}
