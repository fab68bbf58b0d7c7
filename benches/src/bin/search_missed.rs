//! The bench of what words miss: how often a phrase is told that other articles have its letters, and what that costs.
//!
//! ```text
//! cargo run --release -p praden-benches --bin search_missed -- FOLDER [phrases] [seed]
//! ```
//!
//! FOLDER is the data folder of an archive (`praden ingest thaigov.jsonl.zst --data FOLDER`). Phrases are one to four words that stand
//! next to each other in a random article, quoted. Each is asked for the ten best and the exact count, and then what it misses, which is
//! what the page and the command do; once by an index that was just opened, as a command has it, and once by one made ready for letters, as
//! the daemon has it. CPU time of one thread, for which the store, which has threads of its own, reads nothing but the few articles that are
//! shown: those are timed by the clock. The bench checks that each number is what the query that is offered finds beyond.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use cpu_time::ThreadTime;
use jiff::Timestamp;
use praden_index::{Index, SearchOptions, Searcher};
use praden_model::{Seq, Store};
use praden_query::Expr;
use praden_store::SqliteStore;

/// The first phrases are shown with their numbers, for the eye.
const SHOWN: usize = 50;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().context("which data folder?")?;
    let phrases = arguments.next().map_or(Ok(500), |number| number.parse())?;
    let seed = arguments.next().map_or(Ok(7), |number| number.parse())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let store = SqliteStore::open(Path::new(&folder))?;
    let trees = runtime.block_on(draw(&store, phrases, seed))?;

    let index = Index::open(&Path::new(&folder).join("index"))?;
    let searcher = index.reader()?;
    println!("{} articles, {} phrases", searcher.documents(), trees.len());
    ask(&searcher, &trees, "an index just opened, asked once for each")?;
    searcher.make_ready()?;
    ask(&searcher, &trees, "made ready")?;

    let (mut some, mut told, mut looked) = (0_usize, Vec::new(), Duration::ZERO);
    for tree in &trees {
        let Some(missed) = searcher.missed(tree)? else { continue };
        some += 1;
        let start = Instant::now();
        let shown = runtime.block_on(praden_pipeline::cut_otherwise(&store, tree, &missed))?;
        looked += start.elapsed();
        if let Some(shown) = shown {
            let found = searcher.count(tree)?;
            ensure!(
                searcher.count(&missed.instead)? == found + shown.articles,
                "{tree}: {} more",
                shown.articles
            );
            told.push((tree, found, shown));
        }
    }
    println!(
        "letters stand elsewhere for {some}, told for {} of {}; looking at some of the articles {:.1} ms each, on the clock",
        told.len(),
        trees.len(),
        looked.as_secs_f64() * 1e3 / some.max(1) as f64
    );
    for (tree, found, shown) in told.iter().take(SHOWN) {
        println!("{tree:<40} found {found:>6}, more {:>6}: {}", shown.articles, shown.cut.join(", "));
    }
    Ok(())
}

/// Phrases of random articles.
async fn draw(store: &dyn Store, count: usize, seed: u64) -> anyhow::Result<Vec<Expr>> {
    let mut state = seed;
    let mut roll = move |sides: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % sides.max(1)
    };
    let head = store.heads().await?.articles.get();
    let mut trees = Vec::with_capacity(count);
    while trees.len() < count {
        let revisions = store.revisions(&[Seq::new(1 + roll(head))]).await?;
        let Some(revision) = revisions.first() else { continue };
        let words: Vec<_> = praden_query::words(&revision.text).collect();
        let (from, len) = (roll(words.len() as u64) as usize, 1 + roll(4) as usize);
        let (Some(first), Some(last)) = (words.get(from), words.get(from + len - 1)) else { continue };
        let letters = revision.text.normalized().get(first.span.start..last.span.end).unwrap_or("");
        // A quote would end the phrase.
        if let Ok(query) = praden_query::parse(&format!("\"{letters}\""), Timestamp::UNIX_EPOCH) {
            trees.push(query.tree);
        }
    }
    Ok(trees)
}

/// What searching costs, and what counting what is missed costs beside it.
fn ask(searcher: &Searcher, trees: &[Expr], state: &str) -> anyhow::Result<()> {
    // Files that are touched for the first time are no part of it.
    for tree in trees {
        searcher.search(tree, &SearchOptions::default())?;
    }
    let (mut search, mut missed) = (Vec::new(), Vec::new());
    for tree in trees {
        let start = ThreadTime::now();
        searcher.search(tree, &SearchOptions::default())?;
        search.push(start.elapsed());
        let start = ThreadTime::now();
        searcher.missed(tree)?;
        missed.push(start.elapsed());
    }
    let sum = |times: &[Duration]| times.iter().sum::<Duration>().as_secs_f64() * 1e3;
    let at = |times: &mut Vec<Duration>, part: usize| {
        times.sort_unstable();
        times
            .get((times.len() * part / 100).min(times.len().saturating_sub(1)))
            .map_or(0.0, |time| time.as_secs_f64() * 1e3)
    };
    let mean = |times: &[Duration]| sum(times) / times.len().max(1) as f64;
    println!(
        "{state}: the search {:.2} ms (p99 {:.1}), what it misses {:.2} ms (p50 {:.2}, p99 {:.1}) of CPU time, {:.1} times the search",
        mean(&search),
        at(&mut search, 99),
        mean(&missed),
        at(&mut missed, 50),
        at(&mut missed, 99),
        sum(&missed) / sum(&search)
    );
    Ok(())
}
