//! The bench of hostile queries: each is refused, or answered, and how soon.
//!
//! ```text
//! cargo run --release -p praden-benches --bin search_limits -- [../shared/data/thaigov-2000.jsonl.zst] [folder]
//! ```
//!
//! With the folder in which the bench `search` keeps its indexes, its index is asked. Each query is parsed and asked for its count and
//! the ten best, three times; the slowest counts, with the CPU time of the thread beside the time on the clock. The bench checks that
//! what must be refused is, with a place and a hint, and that what is answered is answered whole.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::ensure;
use cpu_time::ThreadTime;
use jiff::Timestamp;
use praden_benches::corpus::{lines, revision};
use praden_index::{Index, IndexError, SearchOptions, Searcher, WriterOptions};
use praden_model::Seq;
use praden_text::Segmenter;

/// Refusals are to take less.
const BAR: Duration = Duration::from_millis(100);

/// What must become of a query.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Want {
    Refused,
    /// Either, by how large the index is.
    Either,
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().unwrap_or_else(|| "../shared/data/thaigov-2000.jsonl.zst".to_owned());
    let passing = tempfile::tempdir()?;
    let folder = arguments.next().map_or_else(|| passing.path().to_owned(), PathBuf::from).join("ours");
    if !folder.exists() {
        build(Path::new(&file), &folder)?;
    }
    let searcher = Index::open(&folder)?.reader()?;
    println!("{} articles; milliseconds, the slowest of three:", searcher.documents());
    println!("{:<44} {:>10} {:>8} {:>8}", "", "answer", "CPU", "clock");
    // Loads the model, which is no part of any query.
    drop(Segmenter::embedded().segment("ก"));
    let mut worst = Duration::ZERO;
    for (name, query, want) in queries() {
        let asked = ask(&searcher, &query)?;
        ensure!(want != Want::Refused || asked.refused, "{name} is answered");
        if asked.refused {
            worst = worst.max(asked.clock);
        }
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let answer = if asked.refused { "refused".to_owned() } else { asked.count.to_string() };
        println!("{name:<44} {answer:>10} {:>8.1} {:>8.1}", ms(asked.cpu), ms(asked.clock));
    }
    println!(
        "slowest refusal: {:.1} ms on the clock (bar: under {} ms)",
        worst.as_secs_f64() * 1e3,
        BAR.as_millis()
    );
    Ok(())
}

fn build(file: &Path, folder: &Path) -> anyhow::Result<()> {
    let mut writer = Index::open(folder)?.writer(&WriterOptions::default())?;
    let mut last = Seq::ZERO;
    for (line, seq) in lines(file)?.zip(1..) {
        let revision = revision(&line?, seq, Segmenter::embedded())?;
        writer.upsert(&revision, &[], None)?;
        last = revision.seq;
    }
    writer.commit(last)?;
    Ok(writer.finish()?)
}

/// Queries that nobody asks who wants an answer.
fn queries() -> Vec<(&'static str, String, Want)> {
    let consonants = || ('ก'..='ฮ').filter(|letter| !matches!(letter, 'ฤ' | 'ฦ'));
    let each = |ending: &str, join: &str| {
        consonants().map(|letter| format!("{letter}{ending}")).collect::<Vec<_>>().join(join)
    };
    let words = |count: usize| (0..count).map(|n| format!("คำ{n}")).collect::<Vec<_>>().join(" OR ");
    let near = (0..400).map(|n| format!("กา{n}*")).collect::<Vec<_>>().join(" NEAR/3 ");
    use Want::{Either, Refused};
    vec![
        ("*า*", "*า*".to_owned(), Refused),
        ("ก*", "ก*".to_owned(), Refused),
        ("?", "?".to_owned(), Refused),
        ("กา*", "กา*".to_owned(), Either),
        ("ก?*", "ก?*".to_owned(), Refused),
        ("กา* OR ขา* OR คา* ... of every letter", each("า*", " OR "), Either),
        ("ก*า OR ข*า ... of every letter", each("*า", " OR "), Either),
        ("ก*ฮฮ OR ข*ฮฮ ..., which fit no word", each("*ฮฮ", " OR "), Either),
        ("ก*ก*ก*ก*ก*ฮ OR ...", each("*ก*ก*ก*ก*ก*ฮ", " OR "), Either),
        ("300 wildcards on one letter", vec!["ก*า*น"; 300].join(" OR "), Either),
        ("0* 1* 2* ... digits", (10..100).map(|n| format!("{n}*")).collect::<Vec<_>>().join(" OR "), Either),
        ("OR of 100,000 words", words(100_000), Refused),
        ("OR of 512 words", words(512), Either),
        ("OR of 513 words", words(513), Refused),
        ("brackets 10,000 deep", format!("{}กา{}", "(".repeat(10_000), ")".repeat(10_000)), Refused),
        ("brackets 8,000 deep", format!("{}กา{}", "(".repeat(8_000), ")".repeat(8_000)), Refused),
        ("NOT 4,000 deep", format!("{}กา", "NOT ".repeat(4_000)), Refused),
        ("= of 100 kB", format!("={}", "ก".repeat(33_334)), Refused),
        ("= of 16 kB", format!("={}", "กา".repeat(2_700)), Either),
        ("a word of 16 kB", "กา".repeat(2_700), Either),
        ("a phrase of 16 kB", format!("\"{}\"", "กา ".repeat(2_300)), Refused),
        ("NEAR chain of 400", near, Refused),
        (
            "NEAR of two ORs of 20 prefixes",
            format!("({}) NEAR/100 ({})", vec!["กา*"; 20].join(" OR "), vec!["คา*"; 20].join(" OR ")),
            Either,
        ),
        (
            "ranges of dates, 500 of them",
            (0..500).map(|n| format!("date:{}..", 1900 + n % 200)).collect::<Vec<_>>().join(" OR "),
            Either,
        ),
        ("date:1900..2199 without a day", "date:1900..2199 NOT date:1900..2199".to_owned(), Either),
        ("author: of two letters", "author:กา*".to_owned(), Either),
        ("url: of everything", "url:urn:praden:*".to_owned(), Either),
    ]
}

struct Asked {
    refused: bool,
    count: u64,
    cpu: Duration,
    clock: Duration,
}

fn ask(searcher: &Searcher, query: &str) -> anyhow::Result<Asked> {
    let mut slowest = Asked { refused: false, count: 0, cpu: Duration::ZERO, clock: Duration::ZERO };
    for _ in 0..3 {
        let (cpu, clock) = (ThreadTime::now(), Instant::now());
        let answer = answer(searcher, query)?;
        let (cpu, clock) = (cpu.elapsed(), clock.elapsed());
        slowest.refused = answer.is_none();
        slowest.count = answer.unwrap_or(0);
        slowest.cpu = slowest.cpu.max(cpu);
        slowest.clock = slowest.clock.max(clock);
    }
    Ok(slowest)
}

/// How many articles; nothing where the query is refused.
fn answer(searcher: &Searcher, written: &str) -> anyhow::Result<Option<u64>> {
    let query = match praden_query::parse(written, Timestamp::UNIX_EPOCH) {
        Ok(query) => query,
        Err(error) => {
            ensure!(!error.problem.hint().is_empty() && error.column > 0, "{error}");
            return Ok(None);
        }
    };
    match searcher.search(&query.tree, &SearchOptions::default()) {
        Ok(results) => {
            ensure!(searcher.count(&query.tree)? == results.total, "{written}: two counts");
            Ok(Some(results.total))
        }
        Err(IndexError::TooBroad { written: leaf, max }) => {
            let error = query.too_broad(written, &leaf, max);
            ensure!(
                written.get(error.at.clone()).is_some_and(|at| at != written || query.leaves.len() == 1),
                "{error}"
            );
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}
