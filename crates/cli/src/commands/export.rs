//! `praden export`.

mod columns;

use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use columns::Columns;
use jiff::Timestamp;
use jiff::civil::Date;
use praden_model::{Seq, Store};
use serde::Serialize;

use super::Place;
use super::asked::Asked;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{CsvLines, settle, write_line};
use crate::talk::{Meter, say};

/// Articles read from the store together.
const BATCH: usize = 256;

#[derive(clap::Args)]
#[command(after_help = "Examples:\n  praden export 'น้ำท่วม date:2568' --out floods.csv\n  \
    praden export '@floods' --format jsonl | jq -r .url\n  \
    praden export 'author:\"สมชาย ใจดี\"' --out somchai.parquet\n\n\
    Every article that matches, oldest in the log first; as many as `praden search --count` says of the same state of the\n\
    index. What arrives meanwhile is left out. CSV begins with a byte order mark, so that a spreadsheet shows Thai; a cell\n\
    that would run as a formula (it begins with =, +, -, @, a tab or a carriage return) gets a ' before it. JSONL and\n\
    Parquet have every letter as published.")]
pub(crate) struct Args {
    /// The query, or @NAME of a saved one.
    query: String,
    #[command(flatten)]
    place: Place,
    /// How articles are written [default: what the file's name says, else csv].
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The file [default: stdout]. It appears when it is complete.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Does not look for articles that have the letters of the query's words where words are cut otherwise.
    #[arg(long)]
    no_letters: bool,
    /// How many different words the query may stand for, wildcards included [default: the pipeline file's].
    #[arg(long, value_name = "N")]
    terms_max: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For spreadsheets.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// Columns, for DuckDB, pandas, Spark and their like.
    Parquet,
}

impl Format {
    fn of(asked: Option<Self>, out: Option<&Path>) -> Self {
        let ending =
            out.and_then(Path::extension).and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
        asked.unwrap_or(match ending.as_deref() {
            Some("parquet" | "pq") => Self::Parquet,
            Some("jsonl" | "ndjson") => Self::Jsonl,
            _ => Self::Csv,
        })
    }
}

/// One article, whole.
#[derive(Default, Serialize)]
struct Row {
    seq: u64,
    article: u64,
    revision: u32,
    url: String,
    outlet: String,
    source: String,
    /// RFC 3339; nothing where no date is believed.
    published_at: Option<Timestamp>,
    /// The day at +07:00.
    published_day: Option<Date>,
    fetched_at: Timestamp,
    title: String,
    text: String,
    authors: Vec<String>,
    agencies: Vec<String>,
    story: Option<String>,
}

pub(crate) async fn run(args: Args) -> Outcome {
    let format = Format::of(args.format, args.out.as_deref());
    if format == Format::Parquet && args.out.is_none() && io::stdout().is_terminal() {
        return Err(Failure::usage(
            "--format parquet: not for a terminal; name a file with --out FILE, or pipe it on",
        ));
    }
    let reading = super::open_reading(&args.place)?;
    let mut asked = Asked::read(&reading, &args.query)?;
    let searcher = asked.searcher(&reading, args.terms_max).await?;
    super::search::note_lag(&reading, &searcher).await?;
    let seqs = asked.answer(|tree| searcher.all(tree))?;
    let upto = searcher.cursor();
    let exported = match &args.out {
        None => write_all(&*reading.store, &seqs, upto, Sink::new(format, Box::new(io::stdout()))?).await?,
        Some(path) => {
            let draft = draft_of(path);
            let cannot =
                |error: io::Error| Failure::from(anyhow::anyhow!("cannot write {}: {error}", path.display()));
            let file = std::fs::File::create(&draft).map_err(cannot)?;
            let sink = Sink::new(format, Box::new(BufWriter::new(file)))?;
            let exported = write_all(&*reading.store, &seqs, upto, sink).await?;
            std::fs::rename(&draft, path).map_err(cannot)?;
            exported
        }
    };
    say(format_args!("{} exported", super::plural(exported, "article")));
    if !args.no_letters {
        asked.missed(&reading, &searcher).await?;
    }
    if exported == seqs.len() {
        return Ok(Exit::Done);
    }
    say(format_args!(
        "praden: {} of the index are not in the log; `praden reindex` makes it anew",
        seqs.len() - exported
    ));
    Ok(Exit::Partly)
}

fn draft_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    path.with_file_name(name)
}

async fn write_all(store: &dyn Store, seqs: &[Seq], upto: Seq, mut sink: Sink<'_>) -> Result<usize, Failure> {
    let meter = Meter::count("export", Some(seqs.len() as u64));
    let mut written = 0;
    for batch in seqs.chunks(BATCH) {
        let revisions = store.revisions(batch).await?;
        let there: Vec<Seq> = revisions.iter().map(|revision| revision.seq).collect();
        let mentions = store.mentions(&there).await?;
        for (revision, mentions) in revisions.into_iter().zip(&mentions) {
            let story = praden_pipeline::story_of(store, &revision, upto).await?;
            let mut agencies: Vec<String> =
                mentions.iter().map(|mention| mention.agency.to_string()).collect();
            agencies.sort_unstable();
            agencies.dedup();
            let published_at = revision.event_time();
            let bangkok = jiff::tz::Offset::constant(7);
            sink.put(&Row {
                seq: revision.seq.get(),
                article: revision.article.get(),
                revision: revision.revision,
                url: revision.url.to_string(),
                outlet: revision.outlet.to_string(),
                source: revision.source.to_string(),
                published_at,
                published_day: published_at.map(|at| bangkok.to_datetime(at).date()),
                fetched_at: revision.fetched_at,
                title: revision.title.raw().to_owned(),
                text: revision.text.raw().to_owned(),
                authors: revision.authors,
                agencies,
                story: story.map(|story| story.to_string()),
            })?;
            written += 1;
        }
        meter.set(written as u64);
    }
    meter.finish();
    sink.finish()?;
    Ok(written)
}

/// Where rows go.
enum Sink<'o> {
    Csv(Box<CsvLines<Box<dyn Write + Send + 'o>>>),
    Jsonl(Box<dyn Write + Send + 'o>),
    Parquet(Box<Columns<Box<dyn Write + Send + 'o>>>),
}

impl<'o> Sink<'o> {
    fn new(format: Format, out: Box<dyn Write + Send + 'o>) -> Result<Self, Failure> {
        Ok(match format {
            Format::Csv => Self::Csv(Box::new(CsvLines::new(out)?)),
            Format::Jsonl => Self::Jsonl(Box::new(BufWriter::new(out))),
            Format::Parquet => Self::Parquet(Box::new(Columns::new(out)?)),
        })
    }

    fn put(&mut self, row: &Row) -> Result<(), Failure> {
        settle(match self {
            Self::Csv(lines) => lines.put(row),
            Self::Jsonl(out) => write_line(out, row),
            Self::Parquet(columns) => columns.put(row),
        })
    }

    fn finish(self) -> Result<(), Failure> {
        settle(match self {
            Self::Csv(mut lines) => {
                // A table without rows is still one.
                lines.head(&Row::default())?;
                lines.finish()
            }
            Self::Jsonl(mut out) => out.flush(),
            Self::Parquet(columns) => columns.finish(),
        })
    }
}
