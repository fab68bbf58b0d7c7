//! The bench of fresh articles: how soon after it was logged an article is found, under load, and what searching costs the intake.
//!
//! ```text
//! cargo run --release -p praden-benches --bin search_fresh -- [../shared/data/thaigov-2000.jsonl.zst] [articles at a pace]
//! ```
//!
//! The real pipeline runs in a new folder: SQLite, all stages, the index. Articles come at 50 a second, and as fast as `praden ingest`
//! takes them; each once with nobody searching and once with searches beside it, a hundred a second. One thread looks every few
//! milliseconds how far the log reaches and up to where a search finds articles: an article's delay is between the two, to within a look.
//! The bench checks that every article is found in the end.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use cpu_time::ThreadTime;
use jiff::Timestamp;
use praden_benches::corpus::lines;
use praden_index::{Index, SearchOptions};
use praden_model::{Append, Clock, NewRevision, Store};
use praden_pipeline::{Engine, Ingest, Until};
use praden_store::SqliteStore;
use praden_text::Segmenter;
use tokio::sync::watch;

/// Articles a second at a pace.
const PACE: u32 = 50;

/// Between two looks.
const LOOK: Duration = Duration::from_millis(5);

/// Between two searches.
const SEARCH_EVERY: Duration = Duration::from_millis(10);

/// What is searched for beside the intake: common words, a phrase, words near each other, letters, a count of most.
const QUERIES: [&str; 6] =
    ["รัฐบาล", "\"นายกรัฐมนตรี\"", "น้ำท่วม NEAR/10 ช่วยเหลือ", "=กรมการแพทย์", "ประชา*", "การ NOT ความ"];

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().unwrap_or_else(|| "../shared/data/thaigov-2000.jsonl.zst".to_owned());
    let paced: usize =
        arguments.next().map_or(Ok(1_000), |count| count.parse()).context("that is no number")?;
    let file = Path::new(&file);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    println!(
        "{:<42} {:>9} {:>7} {:>7} {:>7}  searches",
        "delay from logged to found, in seconds", "articles/s", "p50", "p99", "max"
    );
    for load in [Load::Paced(paced), Load::Full] {
        for with_searches in [false, true] {
            runtime.block_on(run(file, load, with_searches))?.print(load, with_searches);
        }
    }
    println!("bar: at most 1.5 s");
    Ok(())
}

#[derive(Clone, Copy)]
enum Load {
    Paced(usize),
    Full,
}

struct Outcome {
    rate: f64,
    delays: Vec<Duration>,
    searches: Vec<Duration>,
}

impl Outcome {
    fn print(mut self, load: Load, with_searches: bool) {
        self.delays.sort_unstable();
        self.searches.sort_unstable();
        let at = |times: &[Duration], share: usize| {
            times
                .get((times.len() * share / 100).min(times.len().saturating_sub(1)))
                .map_or(0.0, Duration::as_secs_f64)
        };
        let name = match load {
            Load::Paced(_) => format!("{PACE} a second"),
            Load::Full => "as fast as they are taken".to_owned(),
        };
        let beside = if with_searches { ", with searches" } else { "" };
        let searches = if self.searches.is_empty() {
            "none".to_owned()
        } else {
            format!(
                "{}, p50 {:.1} ms, p99 {:.1} ms of CPU",
                self.searches.len(),
                at(&self.searches, 50) * 1e3,
                at(&self.searches, 99) * 1e3
            )
        };
        println!(
            "{:<42} {:>9.0} {:>7.2} {:>7.2} {:>7.2}  {searches}",
            name + beside,
            self.rate,
            at(&self.delays, 50),
            at(&self.delays, 99),
            at(&self.delays, 100),
        );
    }
}

/// The same instant always: nothing that is measured here asks for the time of day.
struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

async fn run(file: &Path, load: Load, with_searches: bool) -> anyhow::Result<Outcome> {
    let folder = tempfile::tempdir()?;
    let clock: Arc<dyn Clock> = Arc::new(Still("2026-11-23T09:30:00+07:00".parse()?));
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(folder.path())?);
    let pipeline = Arc::new(praden_pipeline::built_in());
    let place = folder.path().join("index");
    let index = Arc::new(Index::open(&place)?);
    let engine = Engine::new(pipeline, Arc::clone(&store), place, Arc::clone(&clock)).await?;
    let running = tokio::spawn({
        let engine = engine.clone();
        async move { engine.run(false).await }
    });
    let stop = Arc::new(AtomicBool::new(false));
    let looker = thread::spawn({
        let (index, progress, stop) = (Arc::clone(&index), Arc::clone(&engine.progress), Arc::clone(&stop));
        move || -> anyhow::Result<Vec<Duration>> {
            // When each position of the log was first seen, and how long later it was found.
            let mut logged: Vec<Instant> = Vec::new();
            let mut delays: Vec<Duration> = Vec::new();
            loop {
                let stopping = stop.load(Ordering::Relaxed);
                let now = Instant::now();
                logged.resize((progress.head().get() as usize).max(logged.len()), now);
                let found = index.reader()?.cursor().get() as usize;
                let now = Instant::now();
                while delays.len() < found.min(logged.len()) {
                    delays.extend(logged.get(delays.len()).map(|at| now - *at));
                }
                if stopping && delays.len() >= logged.len() {
                    return Ok(delays);
                }
                thread::sleep(LOOK);
            }
        }
    });
    let searching = thread::spawn({
        let (index, stop) = (Arc::clone(&index), Arc::clone(&stop));
        move || -> anyhow::Result<Vec<Duration>> {
            let mut times = Vec::new();
            let trees: Vec<_> = QUERIES
                .iter()
                .map(|query| praden_query::parse(query, Timestamp::UNIX_EPOCH).map(|query| query.tree))
                .collect::<Result<_, _>>()?;
            for tree in trees.iter().cycle().take_while(|_| with_searches && !stop.load(Ordering::Relaxed)) {
                let start = ThreadTime::now();
                index.reader()?.search(tree, &SearchOptions::default())?;
                times.push(start.elapsed());
                thread::sleep(SEARCH_EVERY);
            }
            Ok(times)
        }
    });

    let start = Instant::now();
    match load {
        Load::Paced(count) => {
            let segmenter = Segmenter::embedded();
            for (line, at) in lines(file)?.zip(0_u32..).take(count) {
                let due = start + at * Duration::from_secs(1) / PACE;
                tokio::time::sleep(due.saturating_duration_since(Instant::now())).await;
                let read = praden_pipeline::read_line(line?.as_bytes());
                let prepared =
                    read.and_then(|line| praden_pipeline::prepare_archived(line, clock.now(), segmenter));
                let revisions: Vec<NewRevision> = prepared.into_iter().collect();
                store.append(Append { revisions, ..Append::default() }).await?;
                engine.progress.set_head(store.heads().await?.articles);
            }
        }
        Load::Full => {
            let (_keep, never) = watch::channel(false);
            let ingest = Ingest {
                store: Arc::clone(&store),
                clock: Arc::clone(&clock),
                progress: Arc::clone(&engine.progress),
                stop: never,
                on_bytes: &|_| {},
            };
            let report = ingest.run(file).await?;
            ensure!(report.error.is_none(), "{:?}", report.error);
        }
    }
    engine.end(Until::Drained);
    running.await??;
    let took = start.elapsed();
    stop.store(true, Ordering::Relaxed);
    let broke = |_| anyhow::anyhow!("a thread of the bench broke");
    let delays = looker.join().map_err(broke)??;
    let searches = searching.join().map_err(broke)??;
    let articles = store.counts().await?.articles;
    ensure!(index.reader()?.documents() == articles, "an article is not found");
    Ok(Outcome { rate: articles as f64 / took.as_secs_f64(), delays, searches })
}
