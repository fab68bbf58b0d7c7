//! Makes `src/background.tsv` anew: in how many of the corpus's articles each word stands.
//!
//! `zstd -dc --long=27 thaigov.jsonl.zst | cargo run --release -p praden-stories --example background > background.tsv`
//!
//! With `-- grams` it makes `src/grams.bin` instead: in how many articles each run of letters stands, of 32 articles and
//! more, over the first 9,000 bytes of each.
//!
//! Reads JSON lines with `title` and `text`. The table that comes with the crate was made from the public-domain corpus
//! thaigov (PyThaiNLP/thaigov-v2-corpus) and keeps words of 25 articles and more, at most 20,000.

#![expect(clippy::print_stdout, reason = "the table goes to standard output")]

use std::io::{self, BufRead, Write};

use praden_model::AnalyzedText;
use praden_stories::{RunCounts, count_documents};
use praden_text::{Segmenter, normalize};

fn main() -> io::Result<()> {
    if std::env::args().nth(1).as_deref() == Some("grams") {
        return grams();
    }
    let mut articles = 0u32;
    let mut counts: std::collections::HashMap<String, u32> = std::collections::HashMap::new();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let Ok(row) = serde_json::from_str::<serde_json::Value>(&line) else { continue };
        let analyze = |name: &str| {
            AnalyzedText::analyze(
                row.get(name).and_then(|text| text.as_str()).unwrap_or("").to_owned(),
                Segmenter::embedded(),
            )
        };
        let (title, text) = (analyze("title"), analyze("text"));
        articles += 1;
        for (word, with) in count_documents(std::iter::once((&title, &text))) {
            *counts.entry(word).or_default() += with;
        }
    }
    let mut rows: Vec<(String, u32)> =
        counts.into_iter().filter(|(word, with)| *with >= 25 && !word.contains(['\t', '\n'])).collect();
    rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    println!("{articles}");
    for (word, with) in rows.iter().take(20_000) {
        println!("{word}\t{with}");
    }
    Ok(())
}

fn grams() -> io::Result<()> {
    const BYTES_MAX: usize = 9_000;
    let mut counts = RunCounts::default();
    for line in io::stdin().lock().lines() {
        let Ok(row) = serde_json::from_str::<serde_json::Value>(&line?) else { continue };
        let field = |name: &str| {
            let text = row.get(name).and_then(|text| text.as_str()).unwrap_or("");
            normalize(text.get(..text.floor_char_boundary(BYTES_MAX)).unwrap_or("")).as_str().to_owned()
        };
        counts.add(&field("title"), &field("text"));
    }
    io::stdout().write_all(&counts.table(32))
}
