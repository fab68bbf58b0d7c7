//! `praden source captures`, `revisions` and `warc`: what the log keeps as evidence.
//!
//! The store lists captures and the history of an article; neither is a walk over the log.

use std::collections::HashSet;
use std::io::Write as _;
use std::path::PathBuf;

use praden_crawl::changes::{Change, changes};
use praden_crawl::warc::{write_capture, write_info};
use praden_model::{CanonicalUrl, CaptureFilter, CaptureHash, Look, LooksOf, Seq, SourceId};
use praden_text::Segmenter;
use serde::Serialize;

use crate::commands::{Place, open_reading};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{Column, Format, write_json, write_records};
use crate::surroundings;

/// Which articles.
#[derive(clap::Args)]
struct Choice {
    #[command(flatten)]
    place: Place,
    /// Only articles of this source.
    #[arg(long)]
    source: Option<String>,
    /// Only this article.
    #[arg(long)]
    url: Option<String>,
}

#[derive(clap::Args)]
pub(super) struct Captures {
    #[command(flatten)]
    choice: Choice,
    /// The latest so many.
    #[arg(long, default_value_t = 100)]
    limit: usize,
    /// How records are written [default: table on a terminal, jsonl in a pipe].
    #[arg(long, value_enum)]
    format: Option<Format>,
}

#[derive(clap::Args)]
pub(super) struct Revisions {
    #[command(flatten)]
    place: Place,
    /// The article's address.
    url: String,
}

#[derive(clap::Args)]
pub(super) struct Warc {
    #[command(flatten)]
    choice: Choice,
    /// The file to write. It must not be there yet.
    file: PathBuf,
}

#[derive(Serialize)]
struct Kept {
    seq: Seq,
    source: String,
    url: String,
    fetched_at: jiff::Timestamp,
    capture: String,
    status: u16,
    content_type: Option<String>,
    bytes: usize,
}

#[derive(Serialize)]
struct State {
    seq: Seq,
    revision: u32,
    fetched_at: jiff::Timestamp,
    capture: Option<String>,
    title: Vec<Change>,
    text: Vec<Change>,
}

/// What looks at the article's page found after it was published: the last line.
#[derive(Serialize)]
struct LookedAt {
    withdrawn_at: Option<jiff::Timestamp>,
    gone_at: Option<jiff::Timestamp>,
    next_look_at: Option<jiff::Timestamp>,
}

pub(super) async fn captures(args: Captures) -> Outcome {
    let reading = open_reading(&args.choice.place)?;
    let mut rows = Vec::new();
    for one in reading.store.captured(&args.choice.filter(Some(args.limit))?).await? {
        let Some(capture) = reading.store.capture(one.capture).await? else { continue };
        rows.push(Kept {
            seq: one.seq,
            source: one.source.to_string(),
            url: one.url.to_string(),
            fetched_at: capture.fetched_at,
            capture: one.capture.to_string(),
            status: capture.status,
            content_type: capture.content_type,
            bytes: capture.body.len(),
        });
    }
    let columns: [Column<Kept>; 6] = [
        Column { heading: "fetched", cell: |row| row.fetched_at.to_string() },
        Column { heading: "source", cell: |row| row.source.clone() },
        Column { heading: "status", cell: |row| row.status.to_string() },
        Column { heading: "bytes", cell: |row| row.bytes.to_string() },
        Column { heading: "capture", cell: |row| row.capture.clone() },
        Column { heading: "article", cell: |row| row.url.clone() },
    ];
    write_records(&rows, &columns, args.format)?;
    Ok(Exit::Done)
}

pub(super) async fn revisions(args: Revisions) -> Outcome {
    let reading = open_reading(&args.place)?;
    let url = read_url(&args.url)?;
    let Some(article) = reading.store.articles(std::slice::from_ref(&url)).await?.pop().flatten() else {
        return Err(Failure::usage(format!(
            "{url} is not in the log; `praden search` shows the addresses that are"
        )));
    };
    let states = reading.store.revisions(&reading.store.history(article.id).await?).await?;
    let segmenter = Segmenter::embedded();
    let (mut title, mut text) = ("", "");
    for state in &states {
        write_json(&State {
            seq: state.seq,
            revision: state.revision,
            fetched_at: state.fetched_at,
            capture: state.capture.map(|hash| hash.to_string()),
            title: changes(title, state.title.raw(), segmenter),
            text: changes(text, state.text.raw(), segmenter),
        })?;
        (title, text) = (state.title.raw(), state.text.raw());
    }
    if let Some(Look { withdrawn_at, gone_at, next_at, .. }) =
        reading.store.looks(&LooksOf::Articles(vec![url])).await?.pop()
    {
        write_json(&LookedAt { withdrawn_at, gone_at, next_look_at: next_at })?;
    }
    Ok(Exit::Done)
}

pub(super) async fn warc(args: Warc) -> Outcome {
    let reading = open_reading(&args.choice.place)?;
    let mut hashes: Vec<CaptureHash> = Vec::new();
    let mut seen = HashSet::new();
    let listed = reading.store.captured(&args.choice.filter(None)?).await?;
    hashes.extend(listed.iter().rev().map(|one| one.capture).filter(|hash| seen.insert(*hash)));
    let named = |error: std::io::Error| Failure::usage(format!("{}: {error}", args.file.display()));
    let file = std::fs::File::create_new(&args.file).map_err(named)?;
    let mut out = std::io::BufWriter::new(file);
    let software = concat!("Praden/", env!("CARGO_PKG_VERSION"));
    out.write_all(&write_info(surroundings::clock().now(), software)).map_err(named)?;
    let mut records = 0_usize;
    for hash in hashes {
        if let Some(capture) = reading.store.capture(hash).await? {
            out.write_all(&write_capture(&capture)).map_err(named)?;
            records += 1;
        }
    }
    out.into_inner().map_err(|error| named(error.into_error()))?.sync_all().map_err(named)?;
    write_json(&serde_json::json!({ "file": args.file, "records": records }))?;
    Ok(Exit::Done)
}

fn read_url(url: &str) -> Result<CanonicalUrl, Failure> {
    CanonicalUrl::parse(url).map_err(|error| Failure::usage(format!("`{url}` names no article: {error}")))
}

impl Choice {
    fn filter(&self, limit: Option<usize>) -> Result<CaptureFilter, Failure> {
        let source = self
            .source
            .as_deref()
            .map(|id| SourceId::new(id).map_err(|error| Failure::usage(format!("--source: {error}"))));
        Ok(CaptureFilter {
            source: source.transpose()?,
            url: self.url.as_deref().map(read_url).transpose()?,
            limit,
        })
    }
}
