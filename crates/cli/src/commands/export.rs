//! `praden export`.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use praden_index::Index;
use praden_model::{Clock as _, MembersOf, Seq, Store};
use serde::Serialize;

use super::{Place, queries};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{CsvLines, settle, write_line};
use crate::surroundings;
use crate::talk::{Meter, say};

/// Articles read from the store together.
const BATCH: usize = 256;

#[derive(clap::Args)]
#[command(after_help = "Examples:\n  praden export 'น้ำท่วม date:2568' --format csv --out floods.csv\n  \
    praden export '@floods' --format jsonl | jq -r .url\n\n\
    Every article that matches, oldest in the log first; as many as `praden search --count` says of the same state of the\n\
    index. CSV begins with a byte order mark, so that a spreadsheet shows Thai; text that would run as a formula gets a '.")]
pub(crate) struct Args {
    /// The query, or @NAME of a saved one.
    query: String,
    #[command(flatten)]
    place: Place,
    /// How articles are written.
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// The file [default: stdout]. It appears when it is complete.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For spreadsheets.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// One article, whole.
#[derive(Serialize)]
struct Row {
    seq: u64,
    article: u64,
    revision: u32,
    url: String,
    outlet: String,
    source: String,
    /// RFC 3339; nothing where no date is believed.
    published_at: Option<String>,
    /// The day at +07:00.
    published_day: Option<String>,
    fetched_at: String,
    title: String,
    text: String,
    agencies: Vec<String>,
    story: Option<String>,
}

pub(crate) async fn run(args: Args) -> Outcome {
    let reading = super::open_reading(&args.place)?;
    let written = queries::resolve(reading.folder.path(), &args.query)?;
    let query = praden_query::parse(&written, surroundings::WallClock.now()).map_err(Failure::usage)?;
    for warning in &query.warnings {
        say(format_args!("praden: {warning}"));
    }
    let searcher = Index::open(&reading.folder.index())?.reader()?;
    super::search::note_lag(&reading, &searcher).await?;
    let seqs = searcher.all(&query.tree)?;
    let exported = match &args.out {
        None => {
            let out = io::stdout().lock();
            write_all(&*reading.store, &seqs, Sink::new(args.format, Box::new(out))?).await?
        }
        Some(path) => {
            let draft = draft_of(path);
            let cannot =
                |error: io::Error| Failure::from(anyhow::anyhow!("cannot write {}: {error}", path.display()));
            let file = std::fs::File::create(&draft).map_err(cannot)?;
            let sink = Sink::new(args.format, Box::new(BufWriter::new(file)))?;
            let exported = write_all(&*reading.store, &seqs, sink).await?;
            std::fs::rename(&draft, path).map_err(cannot)?;
            exported
        }
    };
    say(format_args!("{} exported", super::plural(exported, "article")));
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

async fn write_all(store: &dyn Store, seqs: &[Seq], mut sink: Sink<'_>) -> Result<usize, Failure> {
    let meter = Meter::count("export", Some(seqs.len() as u64));
    let mut written = 0;
    for batch in seqs.chunks(BATCH) {
        let revisions = store.revisions(batch).await?;
        let there: Vec<Seq> = revisions.iter().map(|revision| revision.seq).collect();
        let mentions = store.mentions(&there).await?;
        for (revision, mentions) in revisions.iter().zip(&mentions) {
            let of = MembersOf::Article { article: revision.article, upto: revision.seq };
            let story = store.memberships(of).await?.last().map(|membership| membership.story.to_string());
            let mut agencies: Vec<String> =
                mentions.iter().map(|mention| mention.agency.to_string()).collect();
            agencies.sort_unstable();
            agencies.dedup();
            let published = revision.event_time();
            let bangkok = jiff::tz::TimeZone::fixed(jiff::tz::Offset::constant(7));
            sink.put(&Row {
                seq: revision.seq.get(),
                article: revision.article.get(),
                revision: revision.revision,
                url: revision.url.to_string(),
                outlet: revision.outlet.to_string(),
                source: revision.source.to_string(),
                published_at: published.map(|at| at.to_string()),
                published_day: published.map(|at| at.to_zoned(bangkok).date().to_string()),
                fetched_at: revision.fetched_at.to_string(),
                title: revision.title.raw().to_owned(),
                text: revision.text.raw().to_owned(),
                agencies,
                story,
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
    Csv(Box<CsvLines<Box<dyn Write + 'o>>>),
    Jsonl(Box<dyn Write + 'o>),
}

impl<'o> Sink<'o> {
    fn new(format: Format, out: Box<dyn Write + 'o>) -> Result<Self, Failure> {
        Ok(match format {
            Format::Csv => Self::Csv(Box::new(CsvLines::new(out)?)),
            Format::Jsonl => Self::Jsonl(out),
        })
    }

    fn put(&mut self, row: &Row) -> Result<(), Failure> {
        settle(match self {
            Self::Csv(lines) => lines.put(row),
            Self::Jsonl(out) => write_line(out, row),
        })
    }

    fn finish(self) -> Result<(), Failure> {
        settle(match self {
            Self::Csv(lines) => lines.finish(),
            Self::Jsonl(mut out) => out.flush(),
        })
    }
}
