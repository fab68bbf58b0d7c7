//! How the text crate's work grows with its input, on inputs made to hurt; and what normalising clean text costs.
//!
//! ```text
//! cargo run --release -p praden-benches --bin text_limits
//! cargo run --release -p praden-benches --bin text_limits -- ../shared/data/thaigov-2000.jsonl.zst
//! ```
//!
//! Each input is one piece repeated to 10 KB, 100 KB, 1 MB and 10 MB, without a line break. Printed are nanoseconds of thread CPU time
//! a byte for normalising, segmenting, segmenting with a user dictionary whose words nest, and finding dates; and the ratio of
//! 10 MB to 1 MB a byte, which is 1 when the work is linear and memory costs nothing. A ratio above 4 fails the run, as does a token list that does not add up.
//! With a corpus, instead, its articles are normalised, joined into turns of 64 KB, and normalised again beside being segmented.

#![expect(clippy::print_stdout, reason = "a program whose output is its figures")]

use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead, BufReader};

use anyhow::{Context, Result, ensure};
use cpu_time::ThreadTime;
use praden_text::{Segmenter, find_dates, normalize};
use serde::Deserialize;

const SIZES_BYTES: [usize; 4] = [10_000, 100_000, 1_000_000, 10_000_000];

/// More than this times the cost a byte at ten times the size is not linear. Memory makes up to 3: what is kept of a paragraph of
/// 1 MB stays in the caches, of 10 MB it does not. Work that grows with the square makes 10.
const RATIO_MAX: f64 = 4.0;

const INPUTS: &[(&str, &str)] = &[
    ("clean Thai, no spaces", "กรมชลประทานชี้แจงสถานการณ์น้ำท่วมในพื้นที่ลุ่มต่ำริมแม่น้ำเจ้าพระยา"),
    ("one consonant", "ก"),
    ("tone marks", "\u{E48}"),
    ("two tone marks in turn", "\u{E49}\u{E48}"),
    ("marks against their order", "\u{E4C}\u{E48}\u{E35}\u{E3A}"),
    ("sara e", "เ"),
    ("sara am in parts", "น\u{E4D}\u{E32}"),
    ("sara aa", "า"),
    ("dots", "."),
    ("ก.ก.ก.", "ก."),
    ("abbreviations with spaces", "ก. พ. "),
    ("digits", "7"),
    ("Thai digits", "๗"),
    ("digits and dots", "1."),
    ("digits and slashes", "1/2/"),
    ("digits and hyphens", "1-2-"),
    ("digits and commas", "1, "),
    ("days of a list", "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22 "),
    ("days of ranges", "1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16-17-18-19-20-21-22-23 "),
    ("months", "1 ม.ค. "),
    ("month names", "มกราคม"),
    ("era", "พ.ศ. "),
    ("weekdays", "วันจันทร์ที่"),
    ("amounts", "1 ชม. 2 นาที "),
    ("one URL", "https://example.com/a?b=ก&"),
    ("URLs", "https://ก.th/ข่าว "),
    ("host names", "a.b."),
    ("mail addresses", "a@b.c"),
    ("entities", "&amp;"),
    ("half entities", "&#36"),
    ("nested entities", "&amp;amp;amp;amp;"),
    ("semicolons", ";"),
    ("emoji and joiners", "👩\u{200D}"),
    ("skin tones", "\u{1F3FD}"),
    ("flags", "🇹"),
    ("combining marks", "\u{301}\u{323}"),
    ("Hangul parts", "\u{1100}\u{1161}"),
    ("invisible", "\u{200B}"),
    ("spaces", " "),
    ("no-break spaces", "\u{A0}"),
    ("spaces and yamok", "  ๆ"),
    ("spaces and paiyannoi", " ฯ"),
    ("hashtags", "#ก"),
    ("Latin without spaces", "ab"),
    ("hyphens", "a-"),
    ("bars of a dictionary", "กกกกกกกกกข"),
];

fn main() -> Result<()> {
    if let Some(corpus) = std::env::args().nth(1) {
        return clean_text(&corpus);
    }
    let user: Vec<String> =
        (1..200).map(|length| "ก".repeat(length)).chain(["กข".to_owned(), "ab".repeat(50)]).collect();
    let plain = Segmenter::embedded();
    let with_words = plain.with_words(&user);
    let base = "2026-11-23T09:00:00+07:00".parse().context("the base")?;
    let mut ends = Vec::new();

    println!("nanoseconds a byte at 10 MB, and their ratio to those at 1 MB\n");
    println!("{:<28} {:>16} {:>16} {:>16} {:>16}", "", "normalise", "segment", "user words", "dates");
    let mut faults = Vec::new();
    for &(name, piece) in INPUTS {
        let mut row = format!("{name:<28}");
        let mut costs = vec![Vec::new(); 4];
        for size in SIZES_BYTES {
            let text = piece.repeat(size.div_ceil(piece.len()));
            let time = |act: &mut dyn FnMut(&str)| {
                // Small inputs several times, so that the clock's grain does not matter.
                let rounds = (1_000_000 / size).max(1);
                let started = ThreadTime::now();
                for _ in 0..rounds {
                    act(black_box(&text));
                }
                started.elapsed().as_secs_f64() * 1e9 / (rounds * text.len()) as f64
            };
            costs[0].push(time(&mut |text| drop(black_box(normalize(text)))));
            for (place, segmenter) in [plain, &with_words].into_iter().enumerate() {
                costs[place + 1].push(time(&mut |text| {
                    ends.clear();
                    segmenter.segment_into(text, &mut ends);
                }));
                let is_sum = ends.is_sorted() && ends.last().copied().unwrap_or(0) as usize == text.len();
                ensure!(is_sum, "{name}: the tokens of {} bytes do not add up", text.len());
            }
            costs[3].push(time(&mut |text| drop(black_box(find_dates(text, base)))));
        }
        for (what, cost) in ["normalise", "segment", "user words", "dates"].iter().zip(&costs) {
            let (largest, before) = (cost[SIZES_BYTES.len() - 1], cost[SIZES_BYTES.len() - 2]);
            row += &format!("  {largest:>7.1} x{:>5.2}", largest / before.max(0.05));
            if largest / before.max(0.05) > RATIO_MAX {
                faults.push(format!("{what} of {name}: {cost:.1?} ns a byte"));
            }
        }
        println!("{row}");
    }
    ensure!(faults.is_empty(), "not linear:\n  {}", faults.join("\n  "));
    Ok(())
}

#[derive(Deserialize)]
struct Article {
    text: String,
}

/// Normalising what is normal, beside segmenting it: the median of rounds that take turns.
fn clean_text(corpus: &str) -> Result<()> {
    const ROUNDS: usize = 7;
    const TURN_BYTES: usize = 64 * 1024;
    let file = File::open(corpus).with_context(|| format!("opening {corpus}"))?;
    let mut decoder = zstd::Decoder::new(file)?;
    decoder.window_log_max(27)?;
    let mut turns = vec![String::new()];
    for line in BufReader::new(decoder).lines() {
        let article: Article = serde_json::from_str(&line?)?;
        let last = turns.last_mut().context("a turn")?;
        last.push_str(normalize(&article.text).as_str());
        last.push('\n');
        if last.len() > TURN_BYTES {
            turns.push(String::new());
        }
    }
    let bytes: usize = turns.iter().map(String::len).sum();
    let (mut speeds, mut ratios) = (Vec::new(), Vec::new());
    let mut ends = Vec::new();
    for _ in 0..ROUNDS {
        let (mut normalizing, mut segmenting) = (0.0, 0.0);
        for turn in &turns {
            let started = ThreadTime::now();
            ensure!(black_box(normalize(turn)).is_unchanged(), "a normalised text changed again");
            normalizing += started.elapsed().as_secs_f64();
            let started = ThreadTime::now();
            ends.clear();
            Segmenter::embedded().segment_into(turn, &mut ends);
            black_box(&ends);
            segmenting += started.elapsed().as_secs_f64();
        }
        speeds.push(bytes as f64 / normalizing / 1e6);
        ratios.push(segmenting / normalizing);
    }
    speeds.sort_by(f64::total_cmp);
    ratios.sort_by(f64::total_cmp);
    println!(
        "normalising {:.1} MB of normalised articles: {:.0} MB/s, {:.1} times the segmenter's speed [{:.1}..{:.1}]",
        bytes as f64 / 1e6,
        speeds[ROUNDS / 2],
        ratios[ROUNDS / 2],
        ratios[0],
        ratios[ROUNDS - 1]
    );
    Ok(())
}
