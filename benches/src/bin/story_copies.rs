//! The copies bench: are reprints found, and are strangers left alone?
//!
//! ```text
//! cargo run --release -p praden-benches --bin story_copies -- [../shared/data/thaigov.jsonl.zst] [articles]
//! ```
//!
//! Takes articles of the archive, the same number of each of many days, and edits each in one of five ways: typing errors,
//! boilerplate added, another headline and lead, a wire reprint (shortened, with a byline), Thai digits for Arabic ones. An edit
//! counts as found when the clusterer says that it copies its original, and as false when it copies another article. Pairs of
//! originals of the same day are the strangers. The bench fails below the figures it is to hold.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use anyhow::{Context as _, ensure};
use cpu_time::ThreadTime;
use jiff::Timestamp;
use praden_model::{
    AnalyzedText, ArticleId, CanonicalUrl, DateOrigin, DateTrust, OutletId, Published, Revision, Seq,
    SourceId,
};
use praden_stories::{Clusterer, Window};
use praden_text::{Precision, Segmenter};
use serde::Deserialize;

/// What the bench must show: F1 of pairs, and the share of strangers that may be merged.
const F1_MIN: f64 = 0.97;
const FALSE_MAX: f64 = 0.001;

/// Letters below which a text is a notice of which nobody makes a reprint.
const CHARS_MIN: usize = 300;

const KINDS: [&str; 5] = ["typing errors", "boilerplate", "new lead", "wire reprint", "digits"];

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    date: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    text: String,
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().unwrap_or_else(|| "../shared/data/thaigov.jsonl.zst".to_owned());
    let wanted: usize = arguments.next().map_or(Ok(2_000), |n| n.parse()).context("articles is a number")?;
    let days = read_days(Path::new(&file), wanted)?;
    let mut found = [(0usize, 0usize, 0usize); KINDS.len()];
    let (mut strangers, mut merged) = (0usize, 0usize);
    let (mut spent, mut placed) = (std::time::Duration::ZERO, 0usize);
    for (day, rows) in &days {
        let mut clusterer = Clusterer::new(Window::default());
        let mut next = 0;
        let mut place = |title: &str, text: &str, outlet: &str| -> anyhow::Result<(Seq, Option<Seq>)> {
            next += 1;
            let revision = revision(next, day, title, text, outlet)?;
            let start = ThreadTime::now();
            let membership = clusterer.place(&revision);
            spent += start.elapsed();
            placed += 1;
            Ok((membership.seq, membership.copy_of))
        };
        let mut originals: HashMap<usize, Seq> = HashMap::new();
        for (at, row) in rows.iter().enumerate() {
            let (seq, copy_of) = place(&row.title, &row.text, "first")?;
            strangers += at;
            merged += usize::from(copy_of.is_some());
            // The corpus has reprints of its own: the first of them is the original.
            originals.insert(at, copy_of.unwrap_or(seq));
        }
        for (at, row) in rows.iter().enumerate() {
            let kind = at % KINDS.len();
            let (title, text) = edit(kind, row, at as u64);
            let (_, copy_of) = place(&title, &text, "second")?;
            let Some((right, wrong, missed)) = found.get_mut(kind) else { continue };
            match copy_of {
                Some(seq) if originals.get(&at) == Some(&seq) => *right += 1,
                Some(_) => *wrong += 1,
                None => *missed += 1,
            }
        }
    }
    println!("{:<16} {:>6} {:>6} {:>7} {:>6}", "edit", "found", "false", "missed", "F1");
    let mut all = (0, 0, 0);
    for (kind, &(right, wrong, missed)) in KINDS.iter().zip(&found) {
        println!("{kind:<16} {right:>6} {wrong:>6} {missed:>7} {:>6.3}", f1(right, wrong, missed));
        all = (all.0 + right, all.1 + wrong, all.2 + missed);
    }
    let (score, share) = (f1(all.0, all.1, all.2), merged as f64 / strangers.max(1) as f64);
    println!(
        "all edits: F1 {score:.3}; {merged} of {strangers} pairs of strangers of the same day merged ({:.4} %)",
        share * 100.0
    );
    println!("{:.0} articles per CPU-second", placed as f64 / spent.as_secs_f64());
    ensure!(
        score >= F1_MIN && share < FALSE_MAX,
        "worse than F1 {F1_MIN} or {FALSE_MAX} of strangers merged"
    );
    Ok(())
}

fn f1(right: usize, wrong: usize, missed: usize) -> f64 {
    2.0 * right as f64 / (2 * right + 2 * wrong + missed).max(1) as f64
}

/// Articles by day, twenty and more a day, until there are enough.
fn read_days(file: &Path, wanted: usize) -> anyhow::Result<BTreeMap<String, Vec<Row>>> {
    let input = std::fs::File::open(file)
        .with_context(|| format!("cannot open {}: give a file of JSON lines", file.display()))?;
    let mut decoder = zstd::Decoder::new(input)?;
    decoder.window_log_max(27)?;
    let mut days: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for line in std::io::BufRead::lines(std::io::BufReader::new(decoder)) {
        let row: Row = serde_json::from_str(&line?)?;
        if row.text.chars().count() >= CHARS_MIN && row.date.len() >= 10 {
            days.entry(row.date.chars().take(10).collect()).or_default().push(row);
        }
    }
    days.retain(|_, rows| rows.len() >= 20);
    let every = (days.values().map(Vec::len).sum::<usize>() / wanted.max(1)).max(1);
    Ok(days.into_iter().enumerate().filter(|(at, _)| at % every == 0).map(|(_, day)| day).collect())
}

/// The same edit for the same article in every run.
fn edit(kind: usize, row: &Row, seed: u64) -> (String, String) {
    const BOILERPLATE: &str = "ติดตามข่าวสารได้ทุกวันทางเว็บไซต์ แอปพลิเคชัน และสื่อสังคมออนไลน์ของเรา สงวนลิขสิทธิ์ ห้ามทำซ้ำ ดัดแปลง หรือเผยแพร่โดยไม่ได้รับอนุญาต ";
    let text = row.text.as_str();
    let cut = |share: f64| {
        let at = text.floor_char_boundary((text.len() as f64 * share) as usize);
        (text.get(..at).unwrap_or_default(), text.get(at..).unwrap_or_default())
    };
    match KINDS.get(kind) {
        Some(&"typing errors") => {
            // One letter in a hundred is left out or doubled.
            let mut dice = seed ^ 0x9E37_79B9_7F4A_7C15;
            let mut edited = String::new();
            for c in text.chars() {
                dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                match (dice >> 33) % 200 {
                    0 => {}
                    1 => edited.extend([c, c]),
                    _ => edited.push(c),
                }
            }
            (row.title.clone(), edited)
        }
        Some(&"boilerplate") => {
            (format!("{} | ข่าววันนี้", row.title), format!("{text}\n{BOILERPLATE}{BOILERPLATE}"))
        }
        Some(&"new lead") => {
            let (_, rest) = cut(0.15);
            ("จับตาประเด็นร้อนวันนี้".to_owned(), format!("ผู้สื่อข่าวรายงานความคืบหน้าล่าสุดว่า {rest}"))
        }
        Some(&"wire reprint") => {
            let (beginning, _) = cut(0.7);
            (row.title.clone(), format!("กรุงเทพฯ (สำนักข่าว) -- {beginning} (จบ) {BOILERPLATE}"))
        }
        _ => (thai_digits(&row.title), thai_digits(text)),
    }
}

fn thai_digits(text: &str) -> String {
    let digit = |c: char| match c.to_digit(10) {
        Some(value) => char::from_u32(0x0E50 + value).unwrap_or(c),
        None => c,
    };
    text.chars().map(digit).collect()
}

fn revision(number: u64, day: &str, title: &str, text: &str, outlet: &str) -> anyhow::Result<Revision> {
    let analyze = |text: &str| AnalyzedText::analyze(text.to_owned(), Segmenter::embedded());
    let at: Timestamp = format!("{day}T00:00:00+07:00").parse()?;
    let (precision, origin, trust) = (Precision::Day, DateOrigin::Archive, DateTrust::Trusted);
    Ok(Revision {
        seq: Seq::new(number),
        article: ArticleId::new(number),
        revision: 1,
        url: CanonicalUrl::for_archive_id("bench", &number.to_string()),
        source: SourceId::new(outlet)?,
        outlet: OutletId::new(outlet)?,
        title: analyze(title),
        text: analyze(text),
        published: Some(Published { at, precision, origin, trust, written: day.to_owned() }),
        fetched_at: at,
        capture: None,
        authors: Vec::new(),
        warnings: Vec::new(),
    })
}
