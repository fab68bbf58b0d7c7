//! The page bench: what reading an article page costs, against the extractors it is made of, alone.
//!
//! ```text
//! cargo run --release -p praden-benches --bin crawl_pages -- [rounds, default 3] [part of a way's name, to measure it alone]
//! ```
//!
//! Reads the pages of `../shared/suites/pages` where they are at hand, and `fixtures/pages` always. For each set it prints how many
//! pages a second of this thread's CPU time [`extract_page`] reads, metadata, date and warnings included, and beside it in the same
//! run what trafilatura (with and without its fallbacks) and dom_smoothie take for the body alone.
//!
//! The bench checks its own answers: we must find a text on every page.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use cpu_time::ThreadTime;
use jiff::Timestamp;
use praden_crawl::page::extract_page;
use praden_model::PageSelectors;
use url::Url;

struct Page {
    url: Url,
    html: Vec<u8>,
}

/// A way to read a page: its name, what it cost so far, what it does, and on how many pages it found text.
type Way = (&'static str, Duration, fn(&Page) -> usize, usize);

fn main() -> anyhow::Result<()> {
    // Extractors recurse: the crawler gives them a stack of this size too.
    let work = std::thread::Builder::new().stack_size(64 << 20).spawn(run)?;
    work.join().map_err(|_| anyhow::anyhow!("a page broke an extractor"))?
}

fn run() -> anyhow::Result<()> {
    let rounds: u32 = std::env::args().nth(1).map_or(Ok(3), |rounds| rounds.parse()).context("rounds")?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    measure("fixtures/pages", &fixtures(&root.join("fixtures/pages"))?, rounds)?;
    for name in ["news", "thaiised"] {
        let file = root.join(format!("../shared/suites/pages/{name}.jsonl.zst"));
        if file.exists() {
            measure(name, &suite(&file)?, rounds)?;
        } else {
            println!("{name}: {} is not there", file.display());
        }
    }
    Ok(())
}

fn fixtures(folder: &Path) -> anyhow::Result<Vec<Page>> {
    let truth = std::fs::read_to_string(folder.join("truth.jsonl"))?;
    truth
        .lines()
        .map(|line| {
            let case: serde_json::Value = serde_json::from_str(line)?;
            let text =
                |name: &str| case.get(name).and_then(serde_json::Value::as_str).context(line.to_owned());
            let html = std::fs::read(folder.join(text("file")?))?;
            Ok(Page { url: Url::parse(text("url")?)?, html })
        })
        .collect()
}

fn suite(file: &PathBuf) -> anyhow::Result<Vec<Page>> {
    let lines = String::from_utf8(zstd::decode_all(std::fs::File::open(file)?)?)?;
    lines
        .lines()
        .map(|line| {
            let case: serde_json::Value = serde_json::from_str(line)?;
            let text =
                |name: &str| case.get(name).and_then(serde_json::Value::as_str).context("a field is missing");
            Ok(Page { url: Url::parse(text("url")?)?, html: text("html")?.as_bytes().to_vec() })
        })
        .collect()
}

fn measure(name: &str, pages: &[Page], rounds: u32) -> anyhow::Result<()> {
    let kilobytes = pages.iter().map(|page| page.html.len()).sum::<usize>() as f64 / 1e3;
    println!("{name}: {} pages of {:.0} kB", pages.len(), kilobytes / pages.len() as f64);
    // Turn by turn, so that what else the machine does meets all of them alike.
    let only = std::env::args().nth(2).unwrap_or_default();
    let mut ways: Vec<Way> = vec![
        ("praden, everything", Duration::ZERO, ours, 0),
        ("trafilatura, body", Duration::ZERO, |page| trafilatura(page, true), 0),
        ("trafilatura without fallbacks", Duration::ZERO, |page| trafilatura(page, false), 0),
        ("dom_smoothie, body", Duration::ZERO, smoothie, 0),
    ];
    ways.retain(|(name, ..)| name.contains(&only));
    for _ in 0..rounds {
        for page in pages {
            for (_, time, read, with_text) in &mut ways {
                let started = ThreadTime::now();
                let bytes = read(page);
                *time += started.elapsed();
                *with_text += usize::from(bytes > 0);
            }
        }
    }
    let count = pages.len() as f64 * f64::from(rounds);
    let first = ways.first().map_or(0.0, |(_, time, ..)| time.as_secs_f64());
    for (name, time, _, with_text) in &ways {
        println!(
            "    {name:<30} {:>6.0} pages per CPU-second, {:>5.1} MB/s, {:.2} times the first, text on {:.3}",
            count / time.as_secs_f64(),
            kilobytes * f64::from(rounds) / 1e3 / time.as_secs_f64(),
            first / time.as_secs_f64(),
            *with_text as f64 / count,
        );
    }
    let complete =
        ways.iter().all(|(way, _, _, with_text)| !way.starts_with("praden") || *with_text as f64 == count);
    ensure!(complete, "a page without text");
    Ok(())
}

fn ours(page: &Page) -> usize {
    let content_type = None;
    extract_page(&page.html, &page.url, content_type, &PageSelectors::default(), Timestamp::UNIX_EPOCH)
        .text
        .len()
}

fn trafilatura(page: &Page, fallbacks: bool) -> usize {
    let html = String::from_utf8_lossy(&page.html);
    let options = trafilatura::Options::default()
        .with_url(page.url.clone())
        .with_fallback(fallbacks)
        .with_exclude_comments(true);
    trafilatura::extract(&html, &options).map_or(0, |result| result.content_text.len())
}

fn smoothie(page: &Page) -> usize {
    let html = String::from_utf8_lossy(&page.html);
    let Ok(mut reader) = dom_smoothie::Readability::new(html.as_ref(), Some(page.url.as_str()), None) else {
        return 0;
    };
    reader.parse().map_or(0, |article| article.text_content.len())
}
