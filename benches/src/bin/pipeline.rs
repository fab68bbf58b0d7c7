//! The pipeline bench: articles per CPU-second through all stages, each stage's share, and the ratio to tantivy alone.
//!
//! ```text
//! cargo run --release -p praden-benches --bin pipeline -- [../shared/data/thaigov-2000.jsonl.zst] [rounds]
//! ```
//!
//! Each round works in a new folder and does one part after the other, so that the CPU time of the whole process between
//! two points is that part's, its helper threads included. In the same round tantivy alone indexes the same words, cut
//! beforehand and fed with its whitespace tokenizer: the physical limit. Ratios are the medians of the rounds. The bench
//! checks its own answers: every article logged, indexed once and found again; every mention re-slices.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use cpu_time::ProcessTime;
use jiff::Timestamp;
use praden_index::{Index, WriterOptions};
use praden_issues::{Member, Reader, assess};
use praden_match::Matcher;
use praden_model::{Append, FieldName, NewRevision, OutletKind, Revision, Seq, Store as _};
use praden_store::SqliteStore;
use praden_stories::{Clusterer, Window};
use praden_text::Segmenter;
use tantivy::schema::{IndexRecordOption, Schema, TextFieldIndexing, TextOptions};

const BATCH: usize = 128;

/// The parts of the pipeline, in the order of the flow.
const PARTS: [&str; 7] =
    ["normalise and segment", "append to the log", "read the log", "match", "stories", "issues", "index"];

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().unwrap_or_else(|| "../shared/data/thaigov-2000.jsonl.zst".to_owned());
    let rounds: usize =
        arguments.next().map_or(Ok(3), |rounds| rounds.parse()).context("rounds is a number")?;
    let lines = read_lines(Path::new(&file))?;
    let bytes: usize = lines.iter().map(Vec::len).sum();
    println!("{} lines, {:.1} MB, {rounds} rounds", lines.len(), bytes as f64 / 1e6);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let mut results = Vec::new();
    for _ in 0..rounds {
        results.push(runtime.block_on(round(&lines))?);
    }
    report(&results, bytes);
    Ok(())
}

struct Round {
    articles: usize,
    parts: [Duration; PARTS.len()],
    tantivy_alone: Duration,
}

impl Round {
    fn total(&self) -> Duration {
        self.parts.iter().sum()
    }
}

fn read_lines(file: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    let input = std::fs::File::open(file)
        .with_context(|| format!("cannot open {}: give a file of JSON lines", file.display()))?;
    let mut decoder = zstd::Decoder::new(input)?;
    decoder.window_log_max(27)?;
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut decoder, &mut text)?;
    Ok(text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect())
}

struct Watch(ProcessTime);

impl Watch {
    fn lap(&mut self) -> Duration {
        let spent = self.0.elapsed();
        self.0 = ProcessTime::now();
        spent
    }
}

async fn round(lines: &[Vec<u8>]) -> anyhow::Result<Round> {
    let folder = tempfile::tempdir()?;
    let now: Timestamp = "2026-11-23T09:30:00+07:00".parse()?;
    let pipeline = praden_pipeline::built_in();
    let matcher = Matcher::new(&pipeline.lexicon);
    let reader = Reader::new(pipeline.lexicon.agencies());
    let segmenter = Segmenter::embedded();
    // Loads the model, which is no part of any article.
    drop(segmenter.segment("ก"));
    let mut watch = Watch(ProcessTime::now());

    let prepare = |line: &Vec<u8>| {
        praden_pipeline::read_line(line)
            .and_then(|offered| praden_pipeline::prepare_archived(offered, now, segmenter))
    };
    let prepared: Vec<NewRevision> = lines.iter().filter_map(|line| prepare(line).ok()).collect();
    let segmented = watch.lap();

    let store = SqliteStore::open(folder.path())?;
    for batch in prepared.chunks(BATCH) {
        store.append(Append { revisions: batch.to_vec(), ..Append::default() }).await?;
    }
    let appended = watch.lap();

    let mut log: Vec<Arc<Revision>> = Vec::new();
    loop {
        let batch = store.read_after(log.last().map_or(Seq::ZERO, |last| last.seq), BATCH).await?;
        if batch.is_empty() {
            break;
        }
        log.extend(batch.into_iter().map(Arc::new));
    }
    let read = watch.lap();

    let mentions: Vec<_> = log.iter().map(|revision| matcher.find(&revision.title, &revision.text)).collect();
    let matched = watch.lap();

    let mut clusterer = Clusterer::new(Window::default());
    let memberships: Vec<_> = log.iter().map(|revision| clusterer.place(revision)).collect();
    let clustered = watch.lap();

    let weights = &pipeline.weights;
    let mut raised = 0;
    for (revision, mentions) in log.iter().zip(&mentions) {
        let reading = reader.read(revision.seq, &revision.title, &revision.text, mentions);
        let published = revision.event_time();
        let member = Member { published, ..Member::new(&reading, &revision.outlet, OutletKind::Official) };
        raised += usize::from(assess(&[member], weights).passes(weights));
    }
    let judged = watch.lap();

    let index = Index::open(&folder.path().join("index"))?;
    let mut writer = index.writer(&WriterOptions::default())?;
    for ((revision, mentions), membership) in log.iter().zip(&mentions).zip(&memberships) {
        writer.upsert(revision, mentions, Some(membership.story))?;
    }
    let head = log.last().context("the log is empty")?.seq;
    writer.commit(head)?;
    writer.finish()?;
    let indexed = watch.lap();

    // The bench's own answers.
    ensure!(
        memberships.len() == log.len() && raised < log.len(),
        "a stage lost an article, or everything is an issue"
    );
    let searcher = index.reader()?;
    let articles: std::collections::HashSet<_> = log.iter().map(|revision| revision.article).collect();
    ensure!(
        searcher.documents() == articles.len() as u64 && searcher.cursor() == head,
        "the index is not the log"
    );
    for (revision, mentions) in log.iter().zip(&mentions) {
        for mention in mentions {
            let field = if mention.field == FieldName::Title { &revision.title } else { &revision.text };
            ensure!(mention.raw.of(field.raw()) == Some(&mention.surface), "{mention:?} does not re-slice");
        }
    }
    let common = praden_query::parse("รัฐบาล", now)?;
    ensure!(searcher.count(&common.tree)? > 0, "a common word finds nothing");

    let tantivy_alone = tantivy_alone(&folder.path().join("alone"), &log)?;
    Ok(Round {
        articles: log.len(),
        parts: [segmented, appended, read, matched, clustered, judged, indexed],
        tantivy_alone,
    })
}

/// tantivy on the same words, cut beforehand: title and body with positions, date, outlet, position, URL; nothing stored.
fn tantivy_alone(folder: &Path, log: &[Arc<Revision>]) -> anyhow::Result<Duration> {
    use tantivy::doc;
    use tantivy::schema::{FAST, INDEXED, STRING};
    let words = |text: &praden_model::AnalyzedText| {
        text.tokens().map(|(_, token)| token).collect::<Vec<_>>().join(" ")
    };
    let cut: Vec<(String, String)> =
        log.iter().map(|revision| (words(&revision.title), words(&revision.text))).collect();
    std::fs::create_dir_all(folder)?;
    let mut schema = Schema::builder();
    let text = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer("whitespace")
            .set_index_option(IndexRecordOption::WithFreqsAndPositions),
    );
    let (title, body) = (schema.add_text_field("title", text.clone()), schema.add_text_field("body", text));
    let (outlet, url) =
        (schema.add_text_field("outlet", STRING | FAST), schema.add_text_field("url", STRING));
    let (date, seq) =
        (schema.add_i64_field("date", INDEXED | FAST), schema.add_u64_field("seq", INDEXED | FAST));
    let index = tantivy::Index::create_in_dir(folder, schema.build())?;
    let start = ProcessTime::now();
    let mut writer =
        index.writer_with_num_threads::<tantivy::TantivyDocument>(1, WriterOptions::default().heap_bytes)?;
    for (revision, (title_words, body_words)) in log.iter().zip(&cut) {
        writer.add_document(doc!(
            title => title_words.as_str(), body => body_words.as_str(), outlet => revision.outlet.as_str(), url => revision.url.as_str(),
            date => revision.event_time().map_or(0, Timestamp::as_second), seq => revision.seq.get(),
        ))?;
    }
    writer.commit()?;
    writer.wait_merging_threads()?;
    let spent = start.elapsed();
    ensure!(index.reader()?.searcher().num_docs() == log.len() as u64, "tantivy alone lost an article");
    Ok(spent)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn report(rounds: &[Round], bytes: usize) {
    let over = |measure: &dyn Fn(&Round) -> f64| median(rounds.iter().map(measure).collect());
    let rate = |spent: Duration, articles: usize| articles as f64 / spent.as_secs_f64();
    println!("\n{:<24} {:>14} {:>8}", "part", "articles/CPU-s", "share");
    for (index, part) in PARTS.iter().enumerate() {
        let spent = |round: &Round| round.parts.get(index).copied().unwrap_or_default();
        println!(
            "{part:<24} {:>14.0} {:>7.1}%",
            over(&|round| rate(spent(round), round.articles)),
            over(&|round| 100.0 * spent(round).as_secs_f64() / round.total().as_secs_f64())
        );
    }
    let total = over(&|round| rate(round.total(), round.articles));
    let alone = over(&|round| rate(round.tantivy_alone, round.articles));
    let articles = rounds.first().map_or(0, |round| round.articles);
    println!(
        "{:<24} {total:>14.0} {:>7.1} MB/CPU-s",
        "all stages",
        total * bytes as f64 / articles as f64 / 1e6
    );
    println!("{:<24} {alone:>14.0}", "tantivy alone");
    println!(
        "ratio of all stages to tantivy alone: {:.2}; of our index stage: {:.2}",
        over(&|round| round.tantivy_alone.as_secs_f64() / round.total().as_secs_f64()),
        over(&|round| round.tantivy_alone.as_secs_f64()
            / round.parts.last().copied().unwrap_or_default().as_secs_f64())
    );
    println!("checked: every article logged, placed, indexed once and found; every mention re-slices");
}
