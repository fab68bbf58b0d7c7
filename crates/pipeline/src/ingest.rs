//! Ingesting archives: lines of JSON into the article log, from where the last run stopped.
//!
//! How far a file has been read is committed in the same transaction as what was read from it, under a name made from
//! the file's own bytes. A run that was killed goes on with the first line it had not committed.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use praden_model::{
    Append, Appended, Checkpoint, Clock, DropReason, Dropped, NewRevision, Store, StoreError, Warning,
};
use praden_text::Segmenter;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::sync::watch;

use crate::intake::{Offered, Refused, prepare_archived};
use crate::lines::{LINE_BYTES_MAX, Line, next_line, unpack};
use crate::progress::Progress;

/// Lines in one transaction. At a hundred, waiting for the disk costs 4 %.
const BATCH_LINES: usize = 128;

/// Bytes of lines in one transaction, for archives of very long articles.
const BATCH_BYTES: usize = 4 << 20;

/// Batches being prepared while one is committed: one for each core but the committing one's.
const BATCHES_AHEAD: usize = 2;

/// How far the log may run ahead of the slowest stage: at least, at first, and at most. Further would only push articles out
/// of the memory of the stages.
const LEAD_MIN: u64 = 256;
const LEAD_FIRST: u64 = 512;
const LEAD_MAX: u64 = 3_000;

/// By how much the lead grows with each batch while the stages keep up.
const LEAD_STEP: u64 = 16;

/// How old what the slowest stage has yet to take may be before the lead shrinks. Articles are to be found within 1.5 s of
/// being logged, also on a slow machine; a commit of the index and a batch of each stage come on top.
const LEAD_AGE: Duration = Duration::from_millis(700);

/// Bytes at each end of a file that go into its fingerprint.
const FINGERPRINT_BYTES: u64 = 64 << 10;

/// What one archive brought.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct IngestReport {
    /// The archive, as it was named.
    pub file: String,
    /// Lines committed by earlier runs, and passed over.
    pub resumed_after_line: u64,
    /// Lines read by this run, blank ones not counted.
    pub lines: u64,
    /// New articles.
    pub new: u64,
    /// New revisions of known articles.
    pub revised: u64,
    /// Lines that the log had already.
    pub unchanged: u64,
    /// Lines that were not kept, by reason. `praden drops` lists them.
    pub dropped: BTreeMap<DropReason, u64>,
    /// Oddities of what was kept.
    pub warnings: BTreeMap<Warning, u64>,
    /// Why reading stopped before the end, if it did.
    pub error: Option<String>,
    /// Whether somebody asked to stop before the end.
    pub stopped: bool,
}

/// What an ingest works with.
pub struct Ingest<'a> {
    /// The log.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where the stages are, to keep close to them.
    pub progress: Arc<Progress>,
    /// Turns true when the run is to stop.
    pub stop: watch::Receiver<bool>,
    /// Told how many bytes of a file's length have been read.
    pub on_bytes: &'a (dyn Fn(u64) + Send + Sync),
}

struct Batch {
    lines: Vec<(u64, Line)>,
    last: u64,
    bytes_read: u64,
}

struct Prepared {
    append: Append,
    warnings: BTreeMap<Warning, u64>,
    lines: u64,
    bytes_read: u64,
}

impl Ingest<'_> {
    /// Reads one archive to its end, or to where it is damaged. `-` is standard input.
    ///
    /// # Errors
    /// When the store refuses. What is wrong with the archive is in the report.
    pub async fn run(&self, file: &Path) -> Result<IngestReport, StoreError> {
        let mut report = IngestReport { file: file.display().to_string(), ..IngestReport::default() };
        let opened = match open(file) {
            Ok(opened) => opened,
            Err(error) => {
                report.error = Some(format!("{}: {error}", file.display()));
                return Ok(report);
            }
        };
        let skip = match &opened.checkpoint {
            Some(name) => {
                self.store.checkpoint(name).await?.and_then(|lines| lines.parse().ok()).unwrap_or(0)
            }
            None => 0,
        };
        report.resumed_after_line = skip;
        let (sender, receiver) = tokio::sync::mpsc::channel(BATCHES_AHEAD);
        let reader =
            tokio::task::spawn_blocking(move || read_batches(opened.input, skip, &opened.bytes, &sender));
        let origin: Arc<str> =
            file.file_name().map_or_else(|| "-".into(), |name| name.to_string_lossy().into());

        let batches = stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver)));
        let prepared = batches
            .map(|batch| {
                let (origin, checkpoint, now) =
                    (Arc::clone(&origin), opened.checkpoint.clone(), self.clock.now());
                tokio::task::spawn_blocking(move || prepare(batch, &origin, checkpoint, now))
            })
            .buffered(BATCHES_AHEAD);
        let mut prepared = std::pin::pin!(prepared);
        let mut lead = LEAD_FIRST;
        while let Some(batch) = prepared.next().await {
            let batch = match batch {
                Ok(batch) => batch,
                Err(broke) => {
                    report.error = Some(format!("{}: a line could not be prepared: {broke}", file.display()));
                    break;
                }
            };
            self.append(batch, &mut report).await?;
            if *self.stop.borrow() {
                report.stopped = true;
                break;
            }
            lead = if self.progress.age() > LEAD_AGE {
                (lead * 3 / 4).max(LEAD_MIN)
            } else {
                (lead + LEAD_STEP).min(LEAD_MAX)
            };
            self.progress.within(lead).await;
        }
        // Dropping the stream ends the reader at its next batch.
        if !report.stopped && report.error.is_none() {
            report.error = match reader.await {
                Ok(read) => {
                    read.err().map(|error| format!("{}: cannot be read further: {error}", file.display()))
                }
                Err(broke) => Some(format!("{}: the reader broke: {broke}", file.display())),
            };
        }
        Ok(report)
    }

    async fn append(&self, batch: Prepared, report: &mut IngestReport) -> Result<(), StoreError> {
        for dropped in &batch.append.dropped {
            *report.dropped.entry(dropped.reason).or_default() += 1;
        }
        for (warning, count) in batch.warnings {
            *report.warnings.entry(warning).or_default() += count;
        }
        report.lines += batch.lines;
        for appended in self.store.append(batch.append).await? {
            match appended {
                Appended::New { seq } => {
                    report.new += 1;
                    self.progress.set_head(seq);
                }
                Appended::Revised { seq, .. } => {
                    report.revised += 1;
                    self.progress.set_head(seq);
                }
                Appended::Unchanged { .. } => report.unchanged += 1,
            }
        }
        (self.on_bytes)(batch.bytes_read);
        Ok(())
    }
}

struct Opened {
    input: Box<dyn BufRead + Send>,
    /// The name under which progress is kept; none for a stream, which cannot be read twice.
    checkpoint: Option<String>,
    bytes: Arc<AtomicU64>,
}

fn open(path: &Path) -> io::Result<Opened> {
    let bytes = Arc::new(AtomicU64::new(0));
    if path == Path::new("-") {
        return Ok(Opened {
            input: unpack(Counted { input: io::stdin(), bytes: Arc::clone(&bytes) })?,
            checkpoint: None,
            bytes,
        });
    }
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder: name the files in it"));
    }
    let checkpoint = if metadata.is_file() {
        Some(format!("ingest:{}", fingerprint(&mut file, metadata.len())?))
    } else {
        None
    };
    Ok(Opened { input: unpack(Counted { input: file, bytes: Arc::clone(&bytes) })?, checkpoint, bytes })
}

/// Names a file by its length and its ends: the same wherever it lies, another when it is another.
fn fingerprint(file: &mut File, length: u64) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&length.to_le_bytes());
    let mut part = Vec::new();
    for start in [0, length.saturating_sub(FINGERPRINT_BYTES)] {
        file.seek(SeekFrom::Start(start))?;
        part.clear();
        file.by_ref().take(FINGERPRINT_BYTES).read_to_end(&mut part)?;
        hasher.update(&part);
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// The size of an archive on disk, for a progress bar.
pub fn size_of(files: &[PathBuf]) -> Option<u64> {
    files
        .iter()
        .map(|file| std::fs::metadata(file).ok().filter(std::fs::Metadata::is_file).map(|m| m.len()))
        .sum()
}

struct Counted<R> {
    input: R,
    bytes: Arc<AtomicU64>,
}

impl<R: io::Read> io::Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

fn read_batches(
    mut input: Box<dyn BufRead + Send>,
    skip: u64,
    bytes: &AtomicU64,
    sender: &tokio::sync::mpsc::Sender<Batch>,
) -> io::Result<()> {
    let (mut number, mut lines, mut size, mut sent) = (0, Vec::new(), 0, 0);
    loop {
        let line = match next_line(&mut *input) {
            Ok(line) => line,
            Err(error) => {
                // What was read before the damage is kept.
                let _ = sender.blocking_send(Batch { lines, last: number, bytes_read: 0 });
                return Err(error);
            }
        };
        let ended = line.is_none();
        if let Some(line) = line {
            number += 1;
            if number <= skip {
                continue;
            }
            let blank = matches!(&line, Line::Whole(bytes) if bytes.iter().all(u8::is_ascii_whitespace));
            if !blank {
                size += if let Line::Whole(bytes) = &line { bytes.len() } else { 0 };
                lines.push((number, line));
            }
        }
        if lines.len() >= BATCH_LINES || size >= BATCH_BYTES || (ended && number > skip) {
            let read = bytes.load(Ordering::Relaxed);
            let batch = Batch { lines: std::mem::take(&mut lines), last: number, bytes_read: read - sent };
            (size, sent) = (0, read);
            if sender.blocking_send(batch).is_err() {
                return Ok(());
            }
        }
        if ended {
            return Ok(());
        }
    }
}

fn prepare(batch: Batch, origin: &str, checkpoint: Option<String>, now: Timestamp) -> Prepared {
    let mut append = Append {
        checkpoint: checkpoint.map(|name| Checkpoint { name, value: batch.last.to_string() }),
        ..Append::default()
    };
    let mut warnings: BTreeMap<Warning, u64> = BTreeMap::new();
    let lines = batch.lines.len() as u64;
    for (number, line) in batch.lines {
        match prepare_line(line, now) {
            Ok(revision) => {
                for warning in &revision.warnings {
                    *warnings.entry(*warning).or_default() += 1;
                }
                append.revisions.push(revision);
            }
            Err(refused) => append.dropped.push(Dropped {
                origin: origin.to_owned(),
                place: format!("line {number}"),
                reason: refused.reason,
                detail: refused.detail,
                at: now,
            }),
        }
    }
    Prepared { append, warnings, lines, bytes_read: batch.bytes_read }
}

fn prepare_line(line: Line, now: Timestamp) -> Result<NewRevision, Refused> {
    match line {
        Line::TooLong(bytes) => Err(Refused {
            reason: DropReason::LineTooLong,
            detail: format!("{bytes} bytes are over the limit of {LINE_BYTES_MAX}"),
        }),
        Line::Whole(bytes) => prepare_archived(read_line(&bytes)?, now, Segmenter::embedded()),
    }
}

/// Reads one line of JSON as an archived article.
///
/// # Errors
/// When it is not a JSON object, or a field has a value of another type.
pub fn read_line(bytes: &[u8]) -> Result<Offered, Refused> {
    let text = String::from_utf8_lossy(bytes);
    let mut warnings = Vec::new();
    if matches!(text, std::borrow::Cow::Owned(_)) {
        warnings.push(Warning::EncodingRepaired);
    }
    let not_json = |detail: String| Refused { reason: DropReason::NotJson, detail };
    let mut fields: Map<String, Value> = match serde_json::from_str(text.trim_start_matches('\u{FEFF}')) {
        Ok(Value::Object(fields)) => fields,
        Ok(other) => return Err(not_json(format!("it is {}, not an object", type_of(&other)))),
        Err(error) => return Err(not_json(error.to_string())),
    };
    let authors = match ["authors", "author"].into_iter().find_map(|name| fields.remove(name)) {
        Some(Value::String(name)) => vec![name],
        // A list of anything else names nobody; an article is not refused for that.
        Some(Value::Array(names)) => {
            names.into_iter().filter_map(|name| name.as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    };
    let mut text = |names: &[&str]| -> Result<Option<String>, Refused> {
        for name in names {
            match fields.remove(*name) {
                None | Some(Value::Null) => {}
                Some(Value::String(value)) => return Ok(Some(value)),
                // Identifiers and years are often written as numbers.
                Some(Value::Number(value)) => return Ok(Some(value.to_string())),
                Some(other) => {
                    let detail = format!("`{name}` is {}, not a string", type_of(&other));
                    return Err(Refused { reason: DropReason::WrongField, detail });
                }
            }
        }
        Ok(None)
    };
    Ok(Offered {
        url: text(&["url"])?,
        id: text(&["id"])?,
        title: text(&["title"])?.unwrap_or_default(),
        text: text(&["text"])?.unwrap_or_default(),
        date: text(&["date", "published"])?,
        source: text(&["source"])?,
        authors,
        warnings,
    })
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &[u8], want: &str) {
        let got = match read_line(line) {
            Ok(offered) => {
                format!("{:?} {:?} {:?} {:?}", offered.id, offered.title, offered.date, offered.warnings)
            }
            Err(refused) => format!("{}: {}", refused.reason, refused.detail),
        };
        assert_eq!(got, want);
    }

    #[test]
    fn lines_are_read_or_refused_by_name() {
        check(r#"{"id":7,"title":"ก","date":null}"#.as_bytes(), r#"Some("7") "ก" None []"#);
        check(r#"{"id":"a","published":"2026-01-02"}"#.as_bytes(), r#"Some("a") "" Some("2026-01-02") []"#);
        check(b"{\"title\":\"\xE0\xB8\"}", r#"None "�" None [EncodingRepaired]"#);
        let authors =
            |line: &str| read_line(line.as_bytes()).map(|offered| offered.authors).unwrap_or_default();
        assert_eq!(authors(r#"{"id":"a","author":"ก ข"}"#), ["ก ข"]);
        assert_eq!(authors(r#"{"id":"a","authors":["ก","ข",3]}"#), ["ก", "ข"]);
        assert!(authors(r#"{"id":"a","authors":{"name":"ก"}}"#).is_empty());
        check(b"<html>", "not_json: expected value at line 1 column 1");
        check(b"[1]", "not_json: it is a list, not an object");
        check(br#"{"title":["a"]}"#, "wrong_field: `title` is a list, not a string");
    }
}
