//! The search bench: exactness over a whole corpus, and size, indexing and answers beside tantivy alone.
//!
//! ```text
//! cargo run --release -p praden-benches --bin search -- [../shared/data/thaigov.jsonl.zst] [queries] [runs of letters] [folder]
//! ```
//!
//! In a folder the indexes are kept, and found again by the next run, which then measures answers only.
//!
//! tantivy alone indexes the same words of title and text, cut beforehand, with its whitespace tokenizer, and is asked with its own
//! term and phrase queries over both fields; each query is asked for the ten best and the exact count. Both sides are warm. Ratios are
//! those of the CPU time of one thread, over all queries of a kind. The bench checks its own answers: each count, and for runs
//! of letters every single article, against a scan of the bytes of all normalised texts.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use anyhow::{Context as _, ensure};
use cpu_time::{ProcessTime, ThreadTime};
use jiff::Timestamp;
use praden_benches::corpus::{lines, revision};
use praden_index::{Index, Order, SearchOptions, Searcher, WriterOptions};
use praden_model::AnalyzedText;
use praden_query::Expr;
use praden_text::Segmenter;
use praden_text::clusters::clusters;
use tantivy::collector::{Count, TopDocs};
use tantivy::query::{BooleanQuery, BoostQuery, PhraseQuery, Query, TermQuery};
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::{Term, doc};

/// Articles cut and indexed together, so that memory holds few of them with their words.
const BATCH: usize = 1_000;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().unwrap_or_else(|| "../shared/data/thaigov.jsonl.zst".to_owned());
    let mut number = |default: usize| -> anyhow::Result<usize> {
        arguments.next().map_or(Ok(default), |number| number.parse()).context("that is no number")
    };
    let (queries, runs) = (number(500)?, number(2_000)?);
    let passing = tempfile::tempdir()?;
    let kept = arguments.next().map(PathBuf::from);
    let folder = kept.as_deref().unwrap_or_else(|| passing.path());
    let built = if folder.join("ours").exists() {
        Built::read(Path::new(&file))?
    } else {
        let built = build(Path::new(&file), folder)?;
        sizes(&built, folder)?;
        built
    };
    let index = Index::open(&folder.join("ours"))?;
    let searcher = index.reader()?;
    ensure!(searcher.documents() == built.texts.len() as u64, "the index lost an article");
    let start = ThreadTime::now();
    searcher.make_ready()?;
    println!("words made ready for exact letters in {:.0} ms", start.elapsed().as_secs_f64() * 1e3);
    exactness(&built, &searcher, runs)?;
    speed(&built, &searcher, folder, queries)
}

/// What was indexed.
struct Built {
    /// Title and text of each article, normalised. The first has position 1 in the log.
    texts: Vec<(String, String)>,
    bytes: u64,
}

impl Built {
    /// The texts alone, for indexes that were kept.
    fn read(file: &Path) -> anyhow::Result<Self> {
        let mut built = Self { texts: Vec::new(), bytes: 0 };
        for line in lines(file)? {
            let value: serde_json::Value = serde_json::from_str(&line?)?;
            let normal = |name: &str| {
                let raw = value.get(name).and_then(serde_json::Value::as_str).unwrap_or("");
                praden_text::normalize(raw).as_str().to_owned()
            };
            built.add(normal("title"), normal("text"));
        }
        Ok(built)
    }

    fn add(&mut self, title: String, text: String) {
        self.bytes += (title.len() + text.len()) as u64;
        self.texts.push((title, text));
    }
}

/// Words joined by spaces, as our index sees them.
fn joined(text: &AnalyzedText) -> String {
    praden_query::words(text).map(|word| word.term.into_owned()).collect::<Vec<_>>().join(" ")
}

fn alone(folder: &Path) -> anyhow::Result<(tantivy::Index, [Field; 6])> {
    std::fs::create_dir_all(folder)?;
    let mut schema = Schema::builder();
    let text = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer("whitespace")
            .set_index_option(IndexRecordOption::WithFreqsAndPositions),
    );
    let fields = [
        schema.add_text_field("title", text.clone()),
        schema.add_text_field("text", text),
        schema.add_text_field("outlet", STRING | FAST),
        schema.add_text_field("url", STRING),
        schema.add_i64_field("date", INDEXED | FAST),
        schema.add_u64_field("seq", INDEXED | FAST),
    ];
    Ok((tantivy::Index::create_in_dir(folder, schema.build())?, fields))
}

fn build(file: &Path, folder: &Path) -> anyhow::Result<Built> {
    let mut lines = lines(file)?;
    let segmenter = Segmenter::embedded();
    let ours = Index::open(&folder.join("ours"))?;
    let mut writer = ours.writer(&WriterOptions::default())?;
    let (theirs, [title, text, outlet, url, date, seq]) = alone(&folder.join("alone"))?;
    let heap = WriterOptions::default().heap_bytes;
    let mut their_writer = theirs.writer_with_num_threads::<tantivy::TantivyDocument>(1, heap)?;
    let (mut our_time, mut their_time) = (Duration::ZERO, Duration::ZERO);
    let mut built = Built { texts: Vec::new(), bytes: 0 };
    loop {
        let mut batch = Vec::with_capacity(BATCH);
        for line in lines.by_ref().take(BATCH) {
            batch.push(revision(&line?, (built.texts.len() + batch.len() + 1) as u64, segmenter)?);
        }
        let Some(last) = batch.last() else { break };
        let cut: Vec<(String, String)> =
            batch.iter().map(|one| (joined(&one.title), joined(&one.text))).collect();
        // Helper threads are counted too; a commit ends their work on this batch, but for merging.
        let start = ProcessTime::now();
        for one in &batch {
            writer.upsert(one, &[], None)?;
        }
        writer.commit(last.seq)?;
        our_time += start.elapsed();
        let start = ProcessTime::now();
        for (one, (title_words, text_words)) in batch.iter().zip(&cut) {
            their_writer.add_document(doc!(
                title => title_words.as_str(), text => text_words.as_str(), outlet => one.outlet.as_str(), url => one.url.as_str(),
                date => one.fetched_at.as_second(), seq => one.seq.get(),
            ))?;
        }
        their_writer.commit()?;
        their_time += start.elapsed();
        for one in batch {
            built.add(one.title.normalized().to_owned(), one.text.normalized().to_owned());
        }
    }
    let start = ProcessTime::now();
    writer.finish()?;
    our_time += start.elapsed();
    let start = ProcessTime::now();
    their_writer.wait_merging_threads()?;
    their_time += start.elapsed();
    let count = built.texts.len() as f64;
    println!("{count} articles, {:.1} MB of normalised text", built.bytes as f64 / 1e6);
    println!(
        "indexing: {:.0} articles per CPU-second, tantivy alone {:.0}; ratio {:.2} (bar: at least 0.6)",
        count / our_time.as_secs_f64(),
        count / their_time.as_secs_f64(),
        their_time.as_secs_f64() / our_time.as_secs_f64()
    );
    Ok(built)
}

fn sizes(built: &Built, folder: &Path) -> anyhow::Result<()> {
    let dir = folder.join("ours");
    let mut of_field: BTreeMap<String, u64> = BTreeMap::new();
    let inner = tantivy::Index::open_in_dir(&dir)?;
    for segment in inner.reader()?.searcher().segment_readers() {
        let usage = segment.space_usage()?;
        for part in [usage.termdict(), usage.postings(), usage.positions(), usage.fieldnorms()] {
            for field in part.fields() {
                *of_field.entry(field.field_name().to_owned()).or_default() += field.total().get_bytes();
            }
        }
    }
    let per_byte = |bytes: u64| bytes as f64 / built.bytes as f64;
    let words: u64 = ["title", "text"].iter().filter_map(|&name| of_field.get(name)).sum();
    let mut files: BTreeMap<String, u64> = BTreeMap::new();
    for entry in std::fs::read_dir(&dir)? {
        let entry = entry?;
        files.insert(entry.file_name().to_string_lossy().into_owned(), entry.metadata()?.len());
    }
    let sum = |has: &dyn Fn(&str) -> bool| {
        files.iter().filter(|(name, _)| has(name)).map(|(_, len)| len).sum::<u64>()
    };
    let pairs = sum(&|name| name == "praden-slots.bits");
    ensure!(words > 0 && pairs > 0, "a field is missing");
    println!(
        "index, bytes per byte of text: words {:.3}, pairs of letters {:.3}, together {:.3} (bar: 0.26); texts as numbers {:.3}; whole {:.3} (bar: 0.40)",
        per_byte(words),
        per_byte(pairs),
        per_byte(words + pairs),
        per_byte(sum(&|name| name.starts_with("praden-units") || name.starts_with("praden-texts"))),
        per_byte(sum(&|_| true)),
    );
    Ok(())
}

/// A small generator with a fixed seed: the same queries in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides.max(1)
    }
}

/// A run of 2 to 30 letters from somewhere in an article, cut between letters.
fn run_of_letters(built: &Built, dice: &mut Dice) -> Option<String> {
    let (title, text) = built.texts.get(dice.roll(built.texts.len()))?;
    let field = if dice.roll(10) == 0 { title } else { text };
    // Looking at the neighbourhood of a random place is enough.
    let from = praden_text::ceil_cluster(field, dice.roll(field.len()));
    let near = field.get(from..praden_text::ceil_cluster(field, from + 800))?;
    let len = 2 + dice.roll(29);
    let ends: Vec<usize> = clusters(near).map(|letter| letter.end).take(len).collect();
    let run = near.get(..*ends.get(len - 1)?)?;
    let letters = run.chars().filter(|letter| !letter.is_whitespace()).count();
    (letters > 1 && !run.contains(['"', '“', '”', '„', '‟', '＂'])).then(|| run.to_owned())
}

fn parse(query: &str) -> anyhow::Result<Expr> {
    praden_query::parse(query, Timestamp::UNIX_EPOCH)
        .map(|query| query.tree)
        .map_err(|error| anyhow::anyhow!("{query}: {error}"))
}

/// The sum of a scrambled form of positions: two sets with the same count and sum are the same, all but certainly.
fn scramble(seq: u64) -> u64 {
    (seq ^ 0x9E37_79B9_7F4A_7C15)
        .wrapping_mul(0xBF58_476D_1CE4_E5B9)
        .rotate_left(31)
        .wrapping_mul(0x94D0_49BB_1331_11EB)
}

fn exactness(built: &Built, searcher: &Searcher, runs: usize) -> anyhow::Result<()> {
    let mut dice = Dice(5);
    let mut sought: Vec<String> = Vec::new();
    let mut known = HashSet::new();
    while sought.len() < runs {
        if let Some(run) = run_of_letters(built, &mut dice).filter(|run| known.insert(run.clone())) {
            sought.push(run);
        }
    }
    // One pass over all bytes for all of them, by an automaton that reports overlaps.
    let automaton = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .match_kind(MatchKind::Standard)
        .build(&sought)?;
    let mut want = vec![(0_u64, 0_u64, 0_u64); sought.len()];
    for (seq, (title, text)) in (1..).zip(&built.texts) {
        for field in [title, text] {
            for found in automaton.find_overlapping_iter(field) {
                if let Some((count, sum, last)) = want.get_mut(found.pattern().as_usize())
                    && *last != seq
                {
                    *last = seq;
                    *count += 1;
                    *sum = sum.wrapping_add(scramble(seq));
                }
            }
        }
    }
    let mut hits = 0;
    for (run, &(count, sum, _)) in sought.iter().zip(&want) {
        let tree = parse(&format!("=\"{run}\""))?;
        let (mut found, mut found_sum) = (0_u64, 0_u64);
        let mut page = SearchOptions {
            limit: SearchOptions::LIMIT_MAX,
            order: Order::Newest,
            ..SearchOptions::default()
        };
        loop {
            let results = searcher.search(&tree, &page)?;
            found += results.hits.len() as u64;
            found_sum =
                results.hits.iter().fold(found_sum, |sum, hit| sum.wrapping_add(scramble(hit.seq.get())));
            ensure!(results.total == count, "{run:?}: {} articles, the scan finds {count}", results.total);
            let Some(next) = results.next else { break };
            page.after = Some(next);
        }
        ensure!((found, found_sum) == (count, sum), "{run:?}: other articles than the scan finds");
        ensure!(searcher.count(&tree)? == count, "{run:?}: the count alone differs");
        hits += count;
    }
    println!(
        "{runs} runs of letters, {hits} articles: recall and precision 1.000 against a scan of all bytes"
    );
    Ok(())
}

/// A kind of query, and the same question for tantivy alone.
struct Kind {
    name: &'static str,
    bar: f64,
    ours: Vec<Expr>,
    theirs: Vec<Box<dyn Query>>,
    /// Whether both must find the same articles.
    is_same: bool,
}

fn speed(built: &Built, searcher: &Searcher, folder: &Path, queries: usize) -> anyhow::Result<()> {
    let theirs = tantivy::Index::open_in_dir(folder.join("alone"))?;
    let their_searcher = theirs.reader()?.searcher();
    let schema = theirs.schema();
    let fields = [schema.get_field("title")?, schema.get_field("text")?];
    let in_both = |make: &dyn Fn(Field) -> Box<dyn Query>| -> Box<dyn Query> {
        let [title, text] = fields;
        Box::new(BooleanQuery::union(vec![Box::new(BoostQuery::new(make(title), 2.0)), make(text)]))
    };
    let phrase = |words: &[String]| {
        in_both(&|field| {
            let mut terms: Vec<Term> = words.iter().map(|word| Term::from_field_text(field, word)).collect();
            match terms.len() {
                1 => Box::new(TermQuery::new(terms.swap_remove(0), IndexRecordOption::WithFreqs)),
                _ => Box::new(PhraseQuery::new(terms)),
            }
        })
    };
    let mut dice = Dice(11);
    let kind = |name, bar, is_same| Kind { name, bar, ours: Vec::new(), theirs: Vec::new(), is_same };
    let mut kinds = [
        kind("words", 1.2, true),
        kind("phrases of 2 to 4 words", 1.5, true),
        kind("two words NEAR/10, to a phrase of two", 4.0, false),
        kind("exact runs of letters, to the phrase of their words", 3.0, false),
    ];
    let [words, phrases, nears, exacts] = &mut kinds;
    let segmenter = Segmenter::embedded();
    while exacts.ours.len() < queries {
        let Some(run) = run_of_letters(built, &mut dice) else { continue };
        let analyzed = AnalyzedText::analyze(run.clone(), segmenter);
        let cut: Vec<String> = praden_query::words(&analyzed).map(|word| word.term.into_owned()).collect();
        if cut.is_empty() {
            continue;
        }
        exacts.ours.push(parse(&format!("=\"{run}\""))?);
        exacts.theirs.push(phrase(&cut));
    }
    while nears.ours.len() < queries {
        let (_, text) = built.texts.get(dice.roll(built.texts.len())).context("no text")?;
        let from = praden_text::ceil_cluster(text, dice.roll(text.len()));
        let near = text.get(from..praden_text::ceil_cluster(text, from + 600)).unwrap_or("");
        let analyzed = AnalyzedText::analyze(near.to_owned(), segmenter);
        let found: Vec<_> = praden_query::words(&analyzed).collect();
        // Not the words at the edge, which may be pieces.
        let len = 2 + dice.roll(3);
        let Some(run) = found.get(3..3 + len) else { continue };
        let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
        let written = near.get(first.span.start..last.span.end).unwrap_or("");
        // A phrase is the words that it is cut into; only those that are cut as here can be compared.
        let terms: Vec<String> = run.iter().map(|word| word.term.clone().into_owned()).collect();
        let Ok(Expr::Phrase(scope, read)) = parse(&format!("\"{written}\"")) else { continue };
        if read.terms() != terms {
            continue;
        }
        let [one, two, ..] = terms.as_slice() else { continue };
        let (Ok(word), Ok(pair)) =
            (parse(&format!("\"{one}\"")), parse(&format!("\"{one}\" NEAR/10 \"{two}\"")))
        else {
            continue;
        };
        if !matches!(&word, Expr::Phrase(_, phrase) if phrase.terms() == [one.as_str()]) {
            continue;
        }
        nears.ours.push(pair);
        nears.theirs.push(phrase(&[one.clone(), two.clone()]));
        words.ours.push(word);
        words.theirs.push(phrase(std::slice::from_ref(one)));
        phrases.theirs.push(phrase(&terms));
        phrases.ours.push(Expr::Phrase(scope, read));
    }
    println!(
        "{queries} queries of each kind, ten best and exact count, one thread, warm; milliseconds of CPU:"
    );
    println!("{:<54} {:>8} {:>8} {:>8} {:>8} {:>8}", "", "mean", "p50", "p99", "theirs", "ratio");
    let mut means = Vec::new();
    for kind in &kinds {
        let mut times = Vec::new();
        let mut their_times = Vec::new();
        for round in 0..3 {
            for (ours, theirs) in kind.ours.iter().zip(&kind.theirs) {
                let start = ThreadTime::now();
                let results = searcher.search(ours, &SearchOptions::default())?;
                let spent = start.elapsed();
                let start = ThreadTime::now();
                let (_, count) =
                    their_searcher.search(theirs, &(TopDocs::with_limit(10).order_by_score(), Count))?;
                let their_spent = start.elapsed();
                ensure!(
                    !kind.is_same || results.total == count as u64,
                    "{}: {} articles, tantivy alone finds {count}: {ours}",
                    kind.name,
                    results.total
                );
                // The first round warms.
                if round > 0 {
                    times.push(spent);
                    their_times.push(their_spent);
                }
            }
        }
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let mean = |times: &[Duration]| ms(times.iter().sum::<Duration>()) / times.len().max(1) as f64;
        let (ours, theirs) = (mean(&times), mean(&their_times));
        means.push((ours, theirs));
        times.sort_unstable();
        let at = |share: usize| times.get(times.len() * share / 100).copied().map_or(f64::NAN, ms);
        println!(
            "{:<54} {ours:>8.3} {:>8.3} {:>8.3} {theirs:>8.3} {:>8.2}  (bar: {})",
            kind.name,
            at(50),
            at(99),
            ours / theirs,
            kind.bar
        );
    }
    // Most runs begin and end within words, and their words as cut stand in no article side by side, or in few: finding so
    // little costs tantivy little. A phrase that somebody wrote is what an analyst would ask for instead.
    if let [_, (_, phrases), _, (exact, _)] = means.as_slice() {
        println!(
            "exact runs of letters, to phrases of 2 to 4 words as written: {:.2} (bar: 3)",
            exact / phrases
        );
    }
    Ok(())
}
