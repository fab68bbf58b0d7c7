//! `praden source captures`, `revisions` and `warc`: what the log keeps as evidence.
//!
//! All three walk over the article log from its beginning, in blocks: it is the one list of what was fetched for what.

use std::collections::HashSet;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use praden_crawl::changes::{Change, changes};
use praden_crawl::warc::{write_capture, write_info};
use praden_model::{CanonicalUrl, Revision, Seq, Store};
use praden_text::Segmenter;
use serde::Serialize;

use crate::commands::{Place, open_reading};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{Column, Format, write_json, write_records};
use crate::surroundings;

/// Revisions read at a time.
const BLOCK: usize = 500;

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

pub(super) async fn captures(args: Captures) -> Outcome {
    let reading = open_reading(&args.choice.place)?;
    let mut chosen = Vec::new();
    walk(&reading.store, &args.choice, |revision| {
        if let Some(hash) = revision.capture {
            chosen.push((revision.seq, revision.source.to_string(), revision.url.to_string(), hash));
        }
    })
    .await?;
    let skipped = chosen.len().saturating_sub(args.limit);
    let mut rows = Vec::new();
    for (seq, source, url, hash) in chosen.into_iter().skip(skipped).rev() {
        let Some(capture) = reading.store.capture(hash).await? else { continue };
        rows.push(Kept {
            seq,
            source,
            url,
            fetched_at: capture.fetched_at,
            capture: hash.to_string(),
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
    if reading.store.articles(std::slice::from_ref(&url)).await?.iter().all(Option::is_none) {
        return Err(Failure::usage(format!(
            "{url} is not in the log; `praden search` shows the addresses that are"
        )));
    }
    let choice = Choice { place: args.place, source: None, url: Some(args.url) };
    let mut states: Vec<Revision> = Vec::new();
    walk(&reading.store, &choice, |revision| states.push(revision.clone())).await?;
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
    Ok(Exit::Done)
}

pub(super) async fn warc(args: Warc) -> Outcome {
    let reading = open_reading(&args.choice.place)?;
    let mut hashes = Vec::new();
    let mut seen = HashSet::new();
    walk(&reading.store, &args.choice, |revision| {
        hashes.extend(revision.capture.filter(|hash| seen.insert(*hash)));
    })
    .await?;
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

/// Goes over the chosen revisions, oldest first.
async fn walk(
    store: &Arc<dyn Store>,
    choice: &Choice,
    mut each: impl FnMut(&Revision),
) -> Result<(), Failure> {
    let url = choice.url.as_deref().map(read_url).transpose()?;
    let mut after = Seq::ZERO;
    loop {
        let block = store.read_after(after, BLOCK).await?;
        let Some(last) = block.last() else { return Ok(()) };
        after = last.seq;
        let chosen = block.iter().filter(|revision| {
            choice.source.as_ref().is_none_or(|source| revision.source.as_str() == source)
                && url.as_ref().is_none_or(|url| revision.url == *url)
        });
        chosen.for_each(&mut each);
        if block.len() < BLOCK {
            return Ok(());
        }
    }
}
