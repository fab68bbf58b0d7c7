//! The speed of the segmenter and the normaliser, beside nlpo3's newmm and ICU4X's dictionary segmenter.
//!
//! ```text
//! cargo run --release -p praden-benches --bin text_segment -- ../shared/data/thaigov-2000.jsonl.zst words_th.txt
//! ```
//!
//! Articles (normalised beforehand for everyone) are handed to all engines in turn, on one thread, by thread CPU time, for seven
//! rounds; printed is the median ratio to nlpo3 with the least and the greatest. Once the turns are of about 64 KB, which leaves every engine
//! the caches cold of the others, and once of 1 MB. `words_th.txt` is the
//! word list of PyThaiNLP (CC0), which nlpo3 needs: `pip download --no-deps pythainlp`, then `pythainlp/corpus/words_th.txt` in the
//! wheel. Every engine's tokens must join to the text again, and their number is printed: a fast wrong answer fails.
//! With further arguments, files of `|`-separated words, it prints each engine's word F1 on them instead.

#![expect(clippy::print_stdout, reason = "a program whose output is its figures")]

use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead, BufReader};

use anyhow::{Context, Result, ensure};
use cpu_time::ThreadTime;
use icu_segmenter::options::WordBreakInvariantOptions;
use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed};
use nlpo3::tokenizer::newmm::NewmmTokenizer;
use nlpo3::tokenizer::tokenizer_trait::Tokenizer;
use praden_benches::text_f1::Score;
use praden_text::{Segmenter, normalize};
use serde::Deserialize;

const CHUNKS_BYTES: [usize; 2] = [64 * 1024, 1024 * 1024];
const ROUNDS: usize = 7;

struct Engines {
    newmm: NewmmTokenizer,
    icu: WordSegmenterBorrowed<'static>,
    ours: &'static Segmenter,
}

const NAMES: [&str; 3] = ["nlpo3 newmm", "icu_segmenter dictionary", "praden-text"];

impl Engines {
    /// The tokens of one engine as owned strings: for checking only.
    fn tokens(&self, engine: usize, text: &str) -> Vec<String> {
        match engine {
            0 => self.newmm.segment_to_string(text, false, false),
            1 => {
                let ends: Vec<usize> = self.icu.segment_str(text).collect();
                ends.windows(2).filter_map(|ends| text.get(ends[0]..ends[1])).map(str::to_owned).collect()
            }
            _ => self.ours.segment(text).iter().map(|token| token.text.to_owned()).collect(),
        }
    }

    /// Segments and counts, in the shape each engine is fastest in.
    fn count(&self, engine: usize, text: &str, ends: &mut Vec<u32>) -> usize {
        match engine {
            0 => self.newmm.segment_to_string(text, false, false).len(),
            1 => self.icu.segment_str(text).count() - 1,
            _ => {
                ends.clear();
                self.ours.segment_into(text, ends);
                ends.len()
            }
        }
    }
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [corpus, words, golds @ ..] = arguments.as_slice() else {
        anyhow::bail!("usage: text_segment CORPUS.jsonl.zst words_th.txt [SEGMENTED.txt...]");
    };
    let words: Vec<String> =
        std::fs::read_to_string(words)?.lines().map(|line| line.trim().to_owned()).collect();
    let engines = Engines {
        newmm: NewmmTokenizer::from_word_list(words),
        icu: WordSegmenter::new_dictionary(WordBreakInvariantOptions::default()),
        ours: Segmenter::embedded(),
    };
    if !golds.is_empty() {
        return golds.iter().try_for_each(|gold| accuracy(&engines, gold));
    }
    let articles = articles(corpus)?;
    let bytes: usize = articles.iter().map(String::len).sum();
    println!("{} articles, {:.1} MB of normalised text", articles.len(), bytes as f64 / 1e6);
    for article in &articles {
        for (engine, name) in NAMES.iter().enumerate() {
            ensure!(engines.tokens(engine, article).concat() == *article, "{name} loses text");
        }
    }
    CHUNKS_BYTES.iter().try_for_each(|&chunk_bytes| race(&engines, &articles, chunk_bytes))
}

fn race(engines: &Engines, articles: &[String], chunk_bytes: usize) -> Result<()> {
    println!("turns of {} KB", chunk_bytes / 1024);
    let bytes: usize = articles.iter().map(String::len).sum();
    // Rows: the three segmenters, then the normaliser on text that is normal already.
    let mut seconds = [[0.0f64; ROUNDS]; 4];
    let mut counts = [0usize; 4];
    let mut ends = Vec::new();
    for round in 0..ROUNDS {
        for chunk in chunks(articles, chunk_bytes) {
            for turn in 0..seconds.len() {
                let engine = (turn + round) % seconds.len();
                let start = ThreadTime::now();
                for article in chunk {
                    counts[engine] += match engine {
                        3 => normalize(black_box(article)).as_str().len(),
                        _ => engines.count(engine, black_box(article), &mut ends),
                    };
                }
                seconds[engine][round] += start.elapsed().as_secs_f64();
            }
        }
    }
    ensure!(counts[3] == bytes * ROUNDS, "normal text stays as it is");
    for (engine, name) in NAMES.iter().chain(&["praden-text normalize, clean text"]).enumerate() {
        let mut ratios: Vec<f64> =
            seconds[0].iter().zip(&seconds[engine]).map(|(nlpo3, own)| nlpo3 / own).collect();
        ratios.sort_by(f64::total_cmp);
        let rate = bytes as f64 * ROUNDS as f64 / seconds[engine].iter().sum::<f64>() / 1e6;
        let unit = if engine == 3 { "bytes" } else { "tokens" };
        println!(
            "{name}: {:.2} [{:.2}..{:.2}] times nlpo3, {rate:.1} MB/s, {} {unit}",
            ratios[ROUNDS / 2],
            ratios[0],
            ratios[ROUNDS - 1],
            counts[engine] / ROUNDS,
        );
    }
    let total = |engine: usize| seconds[engine].iter().sum::<f64>();
    println!("segmenter against icu_segmenter dictionary: {:.2}", total(1) / total(2));
    println!("normaliser against the segmenter: {:.1}", total(2) / total(3));
    Ok(())
}

fn accuracy(engines: &Engines, gold: &str) -> Result<()> {
    let text = std::fs::read_to_string(gold).with_context(|| gold.to_owned())?;
    let mut scores = [Score::default(); NAMES.len()];
    for line in text.lines().filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split('|').collect();
        for (engine, score) in scores.iter_mut().enumerate() {
            score.add(&words, &engines.tokens(engine, &words.concat()));
        }
    }
    println!("{gold}: {} words", scores[0].gold_words());
    for (name, score) in NAMES.iter().zip(&scores) {
        println!("  {name}: word F1 {score}");
    }
    Ok(())
}

fn chunks(articles: &[String], chunk_bytes: usize) -> Vec<&[String]> {
    let mut chunks = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (number, article) in articles.iter().enumerate() {
        bytes += article.len();
        if bytes >= chunk_bytes || number + 1 == articles.len() {
            chunks.extend(articles.get(start..=number));
            (start, bytes) = (number + 1, 0);
        }
    }
    chunks
}

fn articles(path: &str) -> Result<Vec<String>> {
    #[derive(Deserialize)]
    struct Article {
        text: String,
    }
    /// Enough to outgrow every cache, little enough for seven rounds of the slowest.
    const BYTES_MAX: usize = 6_000_000;
    let mut decoder = zstd::Decoder::new(File::open(path).with_context(|| path.to_owned())?)?;
    decoder.window_log_max(31)?;
    let mut articles = Vec::new();
    let mut bytes = 0;
    for line in BufReader::new(decoder).lines() {
        let article: Article = serde_json::from_str(&line?)?;
        if article.text.is_empty() || bytes > BYTES_MAX {
            continue;
        }
        bytes += article.text.len();
        articles.push(normalize(&article.text).into_parts().0);
    }
    Ok(articles)
}
