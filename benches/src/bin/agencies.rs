//! Agencies in texts: how fast, against the bare automaton, and whether every mention is what stands there.
//!
//! ```text
//! cargo run --release -p praden-benches --bin agencies -- [../shared/data/thaigov-2000.jsonl.zst]       # speed
//! cargo run --release -p praden-benches --bin agencies -- --slice ../shared/data/thaigov.jsonl.zst      # every mention of the corpus
//! cargo run --release -p praden-benches --bin agencies -- --show 3 [FILE]      # surfaces by frequency, each in context
//! cargo run --release -p praden-benches --bin agencies -- --print [FILE]       # every finding, to compare two versions
//! ```
//!
//! Speed is CPU time of this thread over texts cut at 2,200 characters that are analysed already, the median of several turns.
//! The references are automata over the same forms and texts, every hit counted and none looked at; the scanner's hits are
//! compared with theirs, place by place.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};

use anyhow::{Context as _, ensure};
use cpu_time::ThreadTime;
use daachorse::CharwiseDoubleArrayAhoCorasick;
use praden_match::{Matcher, Places};
use praden_model::{AnalyzedText, FieldName, Mention};
use praden_text::Segmenter;

const LEXICON: &str = include_str!("../../../pipelines/agencies.csv");
const CHARS: usize = 2_200;

/// How often each is timed, in turn; the median counts.
const TURNS: usize = 9;

/// Contexts kept for each surface.
const SHOWN_MAX: usize = 64;

fn main() -> anyhow::Result<()> {
    let mut mode = String::new();
    let mut count = 3;
    let mut file = "../shared/data/thaigov-2000.jsonl.zst".to_owned();
    for argument in std::env::args().skip(1) {
        match argument.parse() {
            Ok(number) => count = number,
            Err(_) if argument.starts_with("--") => mode = argument,
            Err(_) => file = argument,
        }
    }
    let lexicon = praden_match::parse_csv(LEXICON).map_err(|faults| anyhow::anyhow!("{faults:?}"))?;
    let matcher = Matcher::new(&lexicon);
    match mode.as_str() {
        "" => speed(&matcher, &file),
        "--slice" => slice(&matcher, &file),
        "--show" | "--show-rejected" => show(&matcher, &file, count, mode == "--show-rejected"),
        "--print" => print(&matcher, &file),
        other => anyhow::bail!("{other} is not known; see the head of this program"),
    }
}

/// Title and text of each line.
fn each(file: &str, mut act: impl FnMut(String, String) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let input = std::fs::File::open(file)
        .with_context(|| format!("cannot open {file}: give a file of JSON lines"))?;
    let mut lines: Box<dyn std::io::BufRead> = if file.ends_with(".zst") {
        let mut decoder = zstd::Decoder::new(input)?;
        decoder.window_log_max(27)?;
        Box::new(BufReader::new(decoder))
    } else {
        Box::new(BufReader::new(input))
    };
    let mut line = String::new();
    while lines.read_line(&mut line)? > 0 {
        let row: serde_json::Value = serde_json::from_str(&line)?;
        let field = |name: &str| row.get(name).and_then(serde_json::Value::as_str).unwrap_or("").to_owned();
        let title = if row.get("claim").is_some() { field("claim") } else { field("title") };
        act(title, field("text"))?;
        line.clear();
    }
    Ok(())
}

fn analyze(text: String) -> AnalyzedText {
    AnalyzedText::analyze(text, Segmenter::embedded())
}

fn field<'t>(name: FieldName, title: &'t AnalyzedText, text: &'t AnalyzedText) -> &'t AnalyzedText {
    match name {
        FieldName::Title => title,
        FieldName::Text => text,
    }
}

fn check(mention: &Mention, title: &AnalyzedText, text: &AnalyzedText) -> anyhow::Result<()> {
    let field = field(mention.field, title, text);
    ensure!(
        mention.raw.of(field.raw()) == Some(mention.surface.as_str()),
        "{mention:?} is not what stands there"
    );
    ensure!(mention.normalized.of(field.normalized()).is_some(), "{mention:?} tears a letter");
    Ok(())
}

fn slice(matcher: &Matcher, file: &str) -> anyhow::Result<()> {
    let (mut articles, mut mentions, mut rejected, mut places) = (0, 0, 0, 0);
    let gazetteer = Places::embedded();
    each(file, |title, text| {
        let (title, text) = (analyze(title), analyze(text));
        let findings = matcher.explain(&title, &text);
        for mention in &findings.mentions {
            check(mention, &title, &text)?;
        }
        for hit in &findings.rejected {
            let field = field(hit.field, &title, &text);
            ensure!(
                hit.raw.of(field.raw()) == Some(hit.surface.as_str()),
                "{hit:?} is not what stands there"
            );
        }
        for place in gazetteer.find(&title, &text) {
            let field = field(place.field, &title, &text);
            ensure!(
                place.raw.of(field.raw()) == Some(place.surface.as_str()),
                "{place:?} is not what stands there"
            );
            places += 1;
        }
        articles += 1;
        mentions += findings.mentions.len();
        rejected += findings.rejected.len();
        Ok(())
    })?;
    println!(
        "{articles} articles: {mentions} mentions, {rejected} rejected hits, {places} places; text[start..end] == surface for every one"
    );
    Ok(())
}

fn print(matcher: &Matcher, file: &str) -> anyhow::Result<()> {
    let mut line = 0;
    each(file, |title, text| {
        line += 1;
        let findings = matcher.explain(&analyze(title), &analyze(text));
        for mention in &findings.mentions {
            let (rule, agency) = (mention.rule.name(), &mention.agency);
            println!("{line} {:?} {:?} {agency} {} {rule}", mention.field, mention.raw, mention.surface);
        }
        for hit in &findings.rejected {
            println!(
                "{line} {:?} {:?} {:?} {} {:?}",
                hit.field, hit.raw, hit.agencies, hit.surface, hit.reason
            );
        }
        Ok(())
    })
}

fn show(matcher: &Matcher, file: &str, count: usize, rejected: bool) -> anyhow::Result<()> {
    let mut surfaces: BTreeMap<String, (usize, Vec<String>)> = BTreeMap::new();
    each(file, |title, text| {
        let (title, text) = (analyze(title), analyze(text));
        let findings = matcher.explain(&title, &text);
        let mut add = |name: String, at: FieldName, span: praden_model::Span| {
            let raw = field(at, &title, &text).raw();
            let entry = surfaces.entry(name).or_default();
            entry.0 += 1;
            let range = span.range();
            let from =
                raw.get(..range.start).unwrap_or("").char_indices().rev().nth(24).map_or(0, |(at, _)| at);
            let to = raw
                .get(range.end..)
                .unwrap_or("")
                .char_indices()
                .nth(24)
                .map_or(raw.len(), |(at, _)| range.end + at);
            if entry.1.len() < SHOWN_MAX {
                let part = |range: std::ops::Range<usize>| raw.get(range).unwrap_or("").replace('\n', "⏎");
                entry.1.push(format!(
                    "{}[{}]{}",
                    part(from..range.start),
                    part(range.clone()),
                    part(range.end..to)
                ));
            }
        };
        if rejected {
            for hit in &findings.rejected {
                let owners: Vec<&str> = hit.agencies.iter().map(praden_model::AgencyId::as_str).collect();
                add(format!("{:?} {} {}", hit.reason, hit.surface, owners.join(";")), hit.field, hit.raw);
            }
        } else {
            for mention in &findings.mentions {
                add(
                    format!("{} {} {}", mention.rule.name(), mention.surface, mention.agency),
                    mention.field,
                    mention.raw,
                );
            }
        }
        Ok(())
    })?;
    let mut rows: Vec<_> = surfaces.into_iter().collect();
    rows.sort_by_key(|(_, (number, _))| std::cmp::Reverse(*number));
    for (name, (number, contexts)) in rows {
        println!("{number}\t{name}");
        // Spread over the file, not its beginning.
        let step = (contexts.len() / count.max(1)).max(1);
        for context in contexts.iter().step_by(step).take(count) {
            println!("\t{context}");
        }
    }
    Ok(())
}

type Work<'w> = (&'w str, &'w dyn Fn() -> usize);

/// Checks that the scanner's places are exactly those of an automaton, and counts them.
fn same_as_automaton(
    matcher: &Matcher,
    automaton: &CharwiseDoubleArrayAhoCorasick<usize>,
    texts: &[String],
) -> anyhow::Result<usize> {
    let mut hits = 0;
    for text in texts {
        let mut ours = Vec::new();
        matcher.find_forms(text, |start, end, form| ours.push((start, end, form)));
        let places = automaton.find_overlapping_iter(text);
        let mut theirs: Vec<_> = places.map(|hit| (hit.start(), hit.end(), hit.value())).collect();
        ours.sort_unstable();
        theirs.sort_unstable();
        ensure!(ours == theirs, "the scanner and the automaton differ in {text}");
        hits += ours.len();
    }
    Ok(hits)
}

fn speed(matcher: &Matcher, file: &str) -> anyhow::Result<()> {
    let mut articles = Vec::new();
    each(file, |title, text| {
        let cut = text.char_indices().nth(CHARS).map_or(text.len(), |(at, _)| at);
        let text = text.get(..cut).unwrap_or("").to_owned();
        articles.push((analyze(title), analyze(text)));
        Ok(())
    })?;
    let bytes: usize =
        articles.iter().map(|(title, text)| title.normalized().len() + text.normalized().len()).sum();
    let forms = matcher.forms();
    println!("{} articles, {:.1} MB, {} forms", articles.len(), bytes as f64 / 1e6, forms.len());
    let automaton = CharwiseDoubleArrayAhoCorasick::<usize>::new(&forms)
        .map_err(|error| anyhow::anyhow!("the forms fit no automaton: {error}"))?;
    let contiguous = aho_corasick::AhoCorasick::builder()
        .kind(Some(aho_corasick::AhoCorasickKind::ContiguousNFA))
        .build(&forms)?;
    // The automata get texts in lower case already; the scanner does without.
    let lower: Vec<String> = articles
        .iter()
        .flat_map(|(title, text)| [title, text])
        .map(|field| field.normalized().to_ascii_lowercase())
        .collect();
    let gazetteer = Places::embedded();
    let scan = |text: &str| {
        let mut count = 0;
        matcher.find_forms(text, |_, _, _| count += 1);
        count
    };
    let works: [Work<'_>; 5] = [
        ("daachorse, charwise, bare", &|| {
            lower.iter().map(|text| automaton.find_overlapping_iter(text).count()).sum()
        }),
        ("aho-corasick, contiguous NFA, bare", &|| {
            lower.iter().map(|text| contiguous.find_overlapping_iter(text).count()).sum()
        }),
        ("our scanner, bare", &|| {
            articles.iter().map(|(title, text)| scan(title.normalized()) + scan(text.normalized())).sum()
        }),
        ("agencies, every decision taken", &|| {
            articles.iter().map(|(title, text)| matcher.find(title, text).len()).sum()
        }),
        ("places", &|| articles.iter().map(|(title, text)| gazetteer.find(title, text).len()).sum()),
    ];
    let mut seconds: [Vec<f64>; 5] = Default::default();
    let mut found = [0; 5];
    for _ in 0..TURNS {
        for (at, (_, work)) in works.iter().enumerate() {
            let clock = ThreadTime::now();
            found[at] = work();
            seconds[at].push(clock.elapsed().as_secs_f64());
        }
    }
    let median = seconds.map(|mut turns| {
        turns.sort_by(f64::total_cmp);
        turns[TURNS / 2]
    });
    for (at, (name, _)) in works.iter().enumerate() {
        println!(
            "{name:>34}: {:>7.0} articles/CPU-s, {:>5.0} MB/s, {:>4.2} of daachorse, {:>4.2} of aho-corasick, {} found",
            articles.len() as f64 / median[at],
            bytes as f64 / 1e6 / median[at],
            median[0] / median[at],
            median[1] / median[at],
            found[at]
        );
    }
    let hits = same_as_automaton(matcher, &automaton, &lower)?;
    println!("the scanner finds what the automaton finds: {hits} places, the same");
    // The answers that were timed.
    for (title, text) in &articles {
        for mention in matcher.find(title, text) {
            check(&mention, title, text)?;
        }
    }
    Ok(())
}
