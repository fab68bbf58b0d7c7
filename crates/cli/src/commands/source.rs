//! `praden source`.

use std::path::PathBuf;

use clap::Subcommand;
use praden_crawl::poll::{NothingKnown, PollOptions, poll_source};
use praden_model::{SourceSpec, SourceState, Store as _};
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
}

pub(crate) async fn run(args: Args) -> Outcome {
    match args.act {
        Act::List { pipeline, data, format } => list(pipeline, data, format).await,
        Act::Test { pipeline, source } => test(pipeline, &source).await,
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
    failures: u32,
    cause: Option<&'static str>,
    words: Option<String>,
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
    let rows: Vec<Row> = pipeline
        .sources
        .iter()
        .map(|spec| row(spec, polled.iter().find(|state| state.id == spec.id)))
        .collect();
    let columns: [Column<Row>; 6] = [
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
            heading: "why",
            cell: |row| row.words.clone().or_else(|| row.disabled.clone()).unwrap_or_default(),
        },
        Column { heading: "url", cell: |row| row.url.clone() },
    ];
    write_records(&rows, &columns, format)?;
    Ok(Exit::Done)
}

fn row(spec: &SourceSpec, state: Option<&SourceState>) -> Row {
    let failure = state.and_then(|state| state.failure.as_ref());
    Row {
        source: spec.id.to_string(),
        outlet: spec.outlet.to_string(),
        kind: spec.kind,
        url: spec.url.clone(),
        disabled: spec.disabled.clone(),
        succeeded_at: state.and_then(|state| state.succeeded_at),
        news_at: state.and_then(|state| state.news_at),
        failures: state.map_or(0, |state| state.failures),
        cause: failure.map(|(cause, _)| cause.name()),
        words: failure.map(|(_, words)| words.clone()),
        due_at: state.map(|state| state.due_at),
    }
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
