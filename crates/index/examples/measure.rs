//! Measures indexing and searching on articles from standard input, one JSON object a line with `title` and `text`:
//!
//! ```text
//! zstd -dc --long=27 ../shared/data/thaigov-2000.jsonl.zst | cargo run --release -p praden-index --example measure
//! ```
//!
//! CPU time is that of all threads, read from `/proc` (Linux), so a busy machine changes little.

#![expect(clippy::print_stdout, reason = "a program that prints figures")]

use std::error::Error;
use std::io::BufRead as _;
use std::{fs, io};

use praden_index::{Index, SearchOptions, WriterOptions};
use praden_model::{AnalyzedText, ArticleId, CanonicalUrl, OutletId, Revision, Seq, SourceId};
use praden_query::Expr;
use praden_text::Segmenter;

fn cpu_s() -> Result<f64, Box<dyn Error>> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The name before `)` may have spaces. Ticks are hundredths of a second on every Linux in use.
    let fields: Vec<&str> = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).unwrap_or(&"0").parse::<f64>();
    Ok((ticks(11)? + ticks(12)?) / 100.0)
}

fn main() -> Result<(), Box<dyn Error>> {
    let segmenter = Segmenter::embedded();
    let dir = tempfile::tempdir()?;
    let index = Index::open(dir.path())?;
    let mut writer = index.writer(&WriterOptions::default())?;
    let (mut bytes, mut words, mut count) = (0, 0, 0_u64);
    let (mut cutting, mut indexing) = (0.0, 0.0);
    let mut phrases: Vec<String> = Vec::new();
    // For the scan at the end; the whole corpus would not fit.
    const KEPT_MAX: usize = 5_000;
    let mut kept: Vec<String> = Vec::new();
    let mut lines = io::stdin().lock().lines();
    loop {
        // Batches of 1,000, so that memory stays small and both costs can be told apart.
        let mut batch = Vec::new();
        let started = cpu_s()?;
        for line in lines.by_ref().take(1_000) {
            let value: serde_json::Value = serde_json::from_str(&line?)?;
            let analyze = |name: &str| {
                let text = value.get(name).and_then(serde_json::Value::as_str).unwrap_or("");
                AnalyzedText::analyze(text.to_owned(), segmenter)
            };
            count += 1;
            batch.push(Revision {
                seq: Seq::new(count),
                article: ArticleId::new(count),
                revision: 1,
                url: CanonicalUrl::for_archive_id("measure", &count.to_string()),
                source: SourceId::new("measure")?,
                outlet: OutletId::new("measure")?,
                title: analyze("title"),
                text: analyze("text"),
                published: None,
                fetched_at: jiff::Timestamp::UNIX_EPOCH,
                capture: None,
                authors: Vec::new(),
                warnings: Vec::new(),
            });
        }
        cutting += cpu_s()? - started;
        if batch.is_empty() {
            break;
        }
        for revision in &batch {
            bytes += revision.title.normalized().len() + revision.text.normalized().len();
            let found: Vec<_> = praden_query::words(&revision.text).collect();
            words += found.len();
            if kept.len() < KEPT_MAX {
                kept.push(revision.text.normalized().to_lowercase());
            }
            // Three words from somewhere in the text.
            if let Some([first, _, last]) = found.get(found.len() / 3..).and_then(|rest| rest.first_chunk()) {
                phrases.extend(
                    revision.text.normalized().get(first.span.start..last.span.end).map(str::to_owned),
                );
            }
        }
        let started = cpu_s()?;
        for revision in &batch {
            writer.upsert(revision, &[], None)?;
        }
        writer.commit(Seq::new(count))?;
        indexing += cpu_s()? - started;
    }
    let started = cpu_s()?;
    writer.finish()?;
    indexing += cpu_s()? - started;

    let size: u64 = fs::read_dir(dir.path())?
        .filter_map(|entry| entry.ok()?.metadata().ok())
        .map(|meta| meta.len())
        .sum();
    println!("{count} articles, {bytes} bytes, {words} words");
    println!("reading and cutting: {:.0} articles per CPU-second", count as f64 / cutting);
    println!("indexing, merges included: {:.0} articles per CPU-second", count as f64 / indexing);
    println!("index: {size} bytes, {:.3} per byte of text", size as f64 / bytes as f64);

    let searcher = index.reader()?;
    phrases.sort_unstable();
    phrases.dedup();
    let step = (phrases.len() / 200).max(1);
    let sample: Vec<&String> =
        phrases.iter().step_by(step).filter(|phrase| !phrase.contains('"')).take(200).collect();
    let parse =
        |query: String| praden_query::parse(&query, jiff::Timestamp::UNIX_EPOCH).map(|query| query.tree);
    type Make = fn(&str) -> String;
    let kinds: [(&str, Make); 4] = [
        ("first word of it", |phrase| format!("\"{}\"", phrase.split_whitespace().next().unwrap_or(""))),
        ("three words", |phrase| format!("\"{phrase}\"")),
        ("three words NEAR/10 รัฐบาล", |phrase| format!("\"{phrase}\" NEAR/10 รัฐบาล")),
        ("ประชาชน NEAR/10 รัฐบาล", |_| "ประชาชน NEAR/10 รัฐบาล".to_owned()),
    ];
    for (name, query) in kinds {
        // What has no word cannot be asked for.
        let trees: Vec<Expr> = sample.iter().filter_map(|phrase| parse(query(phrase)).ok()).collect();
        // Once to warm, once to measure.
        let mut hits = 0;
        for tree in &trees {
            searcher.count(tree)?;
        }
        let started = cpu_s()?;
        for tree in &trees {
            hits += searcher.search(tree, &SearchOptions::default())?.total;
        }
        let each_ms = (cpu_s()? - started) * 1000.0 / trees.len() as f64;
        println!(
            "{name}: {} queries, {hits} hits; top 10 and exact count take {each_ms:.2} ms of CPU on average",
            trees.len()
        );
    }
    if kept.len() as u64 != count {
        return Ok(());
    }
    // What a phrase misses because the text around it was cut otherwise, and what it finds across white space.
    let (mut scanned, mut both, mut searched) = (0_u64, 0_u64, 0_u64);
    for phrase in &sample {
        let Ok(tree) = parse(format!("text:\"{phrase}\"")) else { continue };
        let options = SearchOptions { limit: SearchOptions::LIMIT_MAX, ..SearchOptions::default() };
        let hits: std::collections::BTreeSet<u64> =
            searcher.search(&tree, &options)?.hits.iter().map(|hit| hit.seq.get()).collect();
        let phrase = phrase.to_lowercase();
        for (seq, text) in (1..).zip(&kept) {
            let (is_there, is_found) = (text.contains(&phrase), hits.contains(&seq));
            scanned += u64::from(is_there);
            searched += u64::from(is_found);
            both += u64::from(is_there && is_found);
        }
    }
    println!(
        "three words against a byte scan: recall {:.3}, precision {:.3}",
        both as f64 / scanned as f64,
        both as f64 / searched as f64
    );
    Ok(())
}
