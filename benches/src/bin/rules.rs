//! Stored rules: articles per CPU-second for 1,000 to 225,000 rules, and whether they find what they should.
//!
//! ```text
//! cargo run --release -p praden-benches --bin rules -- [--broad | --common] [../shared/data/thaigov.jsonl.zst] [rules ...]
//! cargo run --release -p praden-benches --bin rules -- --equal        # 2,000 rules x 2,000 articles, against asking each
//! cargo run --release -p praden-benches --bin rules -- --automaton    # looking words up, against scanning for them
//! cargo run --release -p praden-benches --bin rules -- --words        # makes crates/match/src/common_words.txt
//! ```
//!
//! Articles are pieces of 2,200 characters. Rules are made from the words of other pieces of the same corpus, by a seeded
//! generator: phrases, AND, OR, NOT, NEAR, ONEAR, wildcards, titles; half of their words are drawn as often as they stand
//! in texts, half are drawn from those that stand in at most one of 400 articles, as names do; every rule has one such. With
//! `--broad` it is one of 100, and a rule matches four times as often; with `--common` any word will do, which no desk
//! keeps 225,000 of. Times are CPU times of this thread,
//! the article's analysis left out (the log has it). For the smallest number of rules every hit is checked against asking
//! each rule; for the others, those of the first articles.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::{Context as _, ensure};
use cpu_time::ThreadTime;
use praden_match::rules::Effort;
use praden_match::{ArticleView, Example, Rule, RuleSet};
use praden_model::{AnalyzedText, RuleHit, RuleId};
use praden_text::Segmenter;

const LEXICON: &str = include_str!("../../../pipelines/agencies.csv");
const CHARS: usize = 2_200;
const ARTICLES_MAX: usize = 2_000;

/// A name stands in at most one of so many articles.
const RARE: u32 = 400;

/// One article of so many is read, and at most so many pieces of it: a digest of the cabinet has a hundred.
const EVERY: usize = 8;
const PIECES_OF_ONE_MAX: usize = 2;
const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 225_000];

fn main() -> anyhow::Result<()> {
    let mut mode = String::new();
    let mut file = "../shared/data/thaigov.jsonl.zst".to_owned();
    let mut sizes = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.parse::<usize>() {
            Ok(size) => sizes.push(size),
            Err(_) if argument.starts_with("--") => mode = argument,
            Err(_) => file = argument,
        }
    }
    let pieces = read_pieces(Path::new(&file))?;
    ensure!(
        pieces.len() >= 2 * ARTICLES_MAX,
        "{file} has too little text: {} pieces of {CHARS} characters",
        pieces.len()
    );
    // Rules come from one half of the pieces, articles from the other.
    let (sources, articles) = halves(&pieces);
    match mode.as_str() {
        "--words" => words(&pieces),
        "--equal" => equal(&sources, &articles),
        "--automaton" => automaton(&sources, &articles),
        "" | "--broad" | "--common" => {
            let rare = match mode.as_str() {
                "--broad" => RARE / 4,
                // Every word is in at most all articles.
                "--common" => 1,
                _ => RARE,
            };
            speed(&sources, &articles, if sizes.is_empty() { &SIZES } else { &sizes }, rare)
        }
        other => anyhow::bail!("{other} is not known; see the head of this program"),
    }
}

fn read_pieces(file: &Path) -> anyhow::Result<Vec<Example>> {
    let input = std::fs::File::open(file)
        .with_context(|| format!("cannot open {}: give a file of JSON lines", file.display()))?;
    let mut decoder = zstd::Decoder::new(input)?;
    decoder.window_log_max(27)?;
    let segmenter = Segmenter::embedded();
    let mut pieces = Vec::new();
    for line in BufReader::new(decoder).lines().step_by(EVERY) {
        let row: serde_json::Value = serde_json::from_str(&line?)?;
        let field = |name: &str| row.get(name).and_then(serde_json::Value::as_str).unwrap_or("");
        let (title, text) = (field("title").replace('\n', " "), field("text"));
        let letters: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let starts = letters.iter().step_by(CHARS).zip(letters.iter().skip(CHARS).step_by(CHARS));
        for piece in starts.take(PIECES_OF_ONE_MAX).filter_map(|(&start, &end)| text.get(start..end)) {
            pieces.push(Example::new(&format!("{title}\n{piece}"), segmenter));
        }
    }
    Ok(pieces)
}

fn halves(pieces: &[Example]) -> (Vec<&Example>, Vec<&Example>) {
    let sources = pieces.iter().step_by(2).collect();
    // Spread over the whole file, not its beginning.
    let others: Vec<&Example> = pieces.iter().skip(1).step_by(2).collect();
    let step = (others.len() / ARTICLES_MAX).max(1);
    (sources, others.into_iter().step_by(step).take(ARTICLES_MAX).collect())
}

fn terms(text: &AnalyzedText) -> Vec<String> {
    praden_query::words(text).map(|word| word.term.into_owned()).collect()
}

fn articles_with(pieces: &[&Example]) -> HashMap<String, u32> {
    let mut counts = HashMap::new();
    for piece in pieces {
        let distinct: HashSet<String> = terms(piece.title()).into_iter().chain(terms(piece.text())).collect();
        for term in distinct {
            *counts.entry(term).or_insert(0) += 1;
        }
    }
    counts
}

/// SplitMix64: small, seeded, the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % sides.max(1) as u64) as usize
    }
}

/// Makes queries from the words of texts.
struct Author<'p> {
    dice: Dice,
    texts: Vec<Text<'p>>,
}

/// A text that words are taken from.
struct Text<'p> {
    normalized: &'p str,
    words: Vec<Drawn>,
}

/// A word of a text, and what makes it fit for a query.
struct Drawn {
    span: std::ops::Range<usize>,
    is_whole: bool,
    is_rare: bool,
}

impl<'p> Author<'p> {
    /// A word is rare that stands in at most one of `rare` pieces.
    fn new(pieces: &'p [&'p Example], rare: u32) -> Self {
        let frequency = articles_with(pieces);
        let limit = pieces.len() as u32 / rare;
        let text = |piece: &&'p Example| {
            let text = piece.text();
            let drawn = |word: praden_query::Word<'_>| Drawn {
                is_whole: word.term.chars().count() >= 2
                    && word.term.chars().all(|c| c.is_alphanumeric() || ('\u{e31}'..='\u{e4e}').contains(&c)),
                is_rare: frequency.get(&*word.term).is_none_or(|count| *count <= limit),
                span: word.span,
            };
            Text { normalized: text.normalized(), words: praden_query::words(text).map(drawn).collect() }
        };
        Self { dice: Dice(42), texts: pieces.iter().map(text).collect() }
    }

    /// Some words that follow each other in a text.
    fn run(&mut self, len: usize, rare: bool) -> String {
        loop {
            let text = self.dice.roll(self.texts.len());
            let text = &self.texts[text];
            let at = self.dice.roll(text.words.len().saturating_sub(len).max(1));
            let Some(run) = text.words.get(at..at + len) else { continue };
            // Words that touch, and of which one at least is rare if it has to be.
            let touch = run.windows(2).all(|pair| pair[0].span.end == pair[1].span.start);
            if !run.iter().all(|word| word.is_whole) || !touch || rare && !run.iter().any(|word| word.is_rare)
            {
                continue;
            }
            let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
            let written = text.normalized.get(first.span.start..last.span.end).unwrap_or("");
            let quoted = format!("\"{written}\"");
            // Alone a run may be cut otherwise than in its text; such a query would seldom match and flatter us.
            match praden_query::parse(&quoted, jiff::Timestamp::UNIX_EPOCH) {
                Ok(query) if matches!(&query.tree, praden_query::Expr::Phrase(_, phrase) if phrase.terms().len() == len) =>
                {
                    return quoted;
                }
                _ => {}
            }
        }
    }

    fn word(&mut self) -> String {
        let rare = self.dice.roll(2) == 0;
        self.run(1, rare)
    }

    fn name(&mut self) -> String {
        let len = 2 + self.dice.roll(2);
        self.run(len, true)
    }

    /// A query such as desks keep: a name or a rare word, and what narrows it.
    fn realistic(&mut self) -> String {
        let near = ["NEAR", "ONEAR"][self.dice.roll(2)];
        let distance = 2 + self.dice.roll(9);
        match self.dice.roll(10) {
            0 | 1 => self.name(),
            2 => format!("{} AND {}", self.run(1, true), self.word()),
            3 => format!("{} AND ({} OR {})", self.name(), self.word(), self.word()),
            4 => format!("{} {near}/{distance} {}", self.run(1, true), self.word()),
            5 => format!(
                "{} {near}/{distance} ({} OR {}) NOT {}",
                self.run(1, true),
                self.word(),
                self.name(),
                self.word()
            ),
            6 => format!("{} AND {} NOT {}", self.word(), self.run(1, true), self.word()),
            7 => format!("({} OR {} OR {}) AND {}", self.name(), self.name(), self.run(1, true), self.word()),
            8 => format!(
                "title:{} AND {} NOT ({} OR {})",
                self.run(1, true),
                self.word(),
                self.word(),
                self.name()
            ),
            _ => format!("{} AND {} AND {}", self.word(), self.word(), self.run(1, true)),
        }
    }

    /// A query with any operator anywhere, sense or no sense.
    fn any(&mut self, depth: usize) -> String {
        let sides = if depth == 0 { 9 } else { 14 };
        match self.dice.roll(sides) {
            12 => format!("={}", self.name()),
            13 => format!("NOT ({})", self.any(depth - 1)),
            0 | 1 => self.word(),
            2 => self.name(),
            3 => {
                let word = self.word();
                let start: String = word.trim_matches('"').chars().take(2 + self.dice.roll(3)).collect();
                let query = format!("{start}*");
                // A consonant with its vowel is one letter, which is too few.
                if praden_query::parse(&query, jiff::Timestamp::UNIX_EPOCH).is_ok() { query } else { word }
            }
            4 => format!("{}:{}", ["title", "text"][self.dice.roll(2)], self.word()),
            5 => [
                "outlet:example",
                "source:example",
                "outlet:other",
                "agency:moph",
                "agency:mot",
                "date:2568",
                "url:\"urn:praden:*\"",
                "place:chiang-mai",
                "place:songkhla-11",
                "lang:th",
            ][self.dice.roll(10)]
            .to_owned(),
            6 => {
                let near = ["NEAR", "ONEAR"][self.dice.roll(2)];
                format!(
                    "{} {near}/{} ({} OR {})",
                    self.word(),
                    1 + self.dice.roll(20),
                    self.word(),
                    self.name()
                )
            }
            7 => {
                let word = self.word();
                let letters: Vec<char> = word.trim_matches('"').chars().collect();
                let query = format!(
                    "{}{}{}",
                    letters.iter().take(letters.len() / 2).collect::<String>(),
                    ["*", "?"][self.dice.roll(2)],
                    letters.iter().skip(letters.len() / 2 + 1).collect::<String>()
                );
                if praden_query::parse(&query, jiff::Timestamp::UNIX_EPOCH).is_ok() { query } else { word }
            }
            8 => {
                let near = ["NEAR", "ONEAR"][self.dice.roll(2)];
                format!("title:({} {near}/{} {})", self.word(), 1 + self.dice.roll(9), self.run(1, false))
            }
            9 => format!("({}) AND ({})", self.any(depth - 1), self.any(depth - 1)),
            10 => format!("({}) OR ({})", self.any(depth - 1), self.any(depth - 1)),
            11 => format!("({}) NOT ({})", self.any(depth - 1), self.any(depth - 1)),
            _ => format!("({}) AND ({})", self.any(depth - 1), self.any(depth - 1)),
        }
    }

    fn rules(&mut self, count: usize, write: impl Fn(&mut Self) -> String) -> anyhow::Result<Vec<Rule>> {
        (0..count).map(|at| Ok(Rule::new(RuleId::new(format!("r{at}"))?, write(self)))).collect()
    }
}

fn words(pieces: &[Example]) -> anyhow::Result<()> {
    let pieces: Vec<&Example> = pieces.iter().collect();
    let per_mille = |count: u32| count * 1_000 / pieces.len() as u32;
    let mut common: Vec<(u32, String)> =
        articles_with(&pieces).into_iter().map(|(word, count)| (per_mille(count), word)).collect();
    common.retain(|(count, word)| *count >= 20 && word.chars().count() <= 24);
    common.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    for (count, word) in common {
        println!("{word}\t{count}");
    }
    Ok(())
}

fn equal(sources: &[&Example], articles: &[&Example]) -> anyhow::Result<()> {
    let mut author = Author::new(sources, RARE);
    let rules = author.rules(2_000, |author| author.any(3))?;
    let set = RuleSet::compile(rules, None).map_err(|faults| anyhow::anyhow!("{faults:?}"))?;
    let lexicon = praden_match::parse_csv(LEXICON).map_err(|faults| anyhow::anyhow!("{faults:?}"))?;
    let matcher = praden_match::Matcher::new(&lexicon);
    let (mut hits, mut places, mut asked) = (0, 0, 0);
    for article in articles {
        let mentions = matcher.find(article.title(), article.text());
        let named = praden_match::Places::embedded().find(article.title(), article.text());
        let view = ArticleView { places: &named, ..article.view(&mentions) };
        let (found, effort) = set.find_with_effort(&view);
        ensure!(found == set.find_one_by_one(&view), "the hits differ in {}", article.text().raw());
        check_places(&view, &found)?;
        asked += effort.asked;
        hits += found.len();
        places += found.iter().map(|hit| hit.evidence.len()).sum::<usize>();
    }
    println!(
        "{} rules with all operators x {} articles: equal to asking each; {hits} hits with {places} places, each re-slices; \
         asked {:.1} of {} per article, {} of them because they need no word",
        set.len(),
        articles.len(),
        asked as f64 / articles.len() as f64,
        set.len(),
        set.always().count(),
    );
    Ok(())
}

fn check_places(view: &ArticleView<'_>, hits: &[RuleHit]) -> anyhow::Result<()> {
    for place in hits.iter().flat_map(|hit| &hit.evidence) {
        let field = match place.field {
            praden_model::FieldName::Title => &view.revision.title,
            praden_model::FieldName::Text => &view.revision.text,
        };
        ensure!(
            place.raw.of(field.raw()) == Some(place.surface.as_str()),
            "{place:?} is not what stands there"
        );
        ensure!(place.normalized.of(field.normalized()).is_some(), "{place:?} tears a letter");
    }
    Ok(())
}

fn speed(sources: &[&Example], articles: &[&Example], sizes: &[usize], rare: u32) -> anyhow::Result<()> {
    let mut author = Author::new(sources, rare);
    let largest = sizes.iter().copied().max().unwrap_or(0);
    let rules = author.rules(largest, Author::realistic)?;
    println!(
        "{} articles of {CHARS} characters; such as: {}",
        articles.len(),
        rules.first().map_or("", |rule| &rule.query)
    );
    println!("  rules | compile s | memory MB | articles/CPU-s | looked up | asked | hit | per article");
    for &size in sizes {
        let part = rules.iter().take(size).cloned().collect();
        let (memory, clock) = (resident_mb()?, ThreadTime::now());
        let set = RuleSet::compile(part, None).map_err(|faults| anyhow::anyhow!("{faults:?}"))?;
        let (compile, memory) = (clock.elapsed(), resident_mb()? - memory);
        let clock = ThreadTime::now();
        let (mut effort, mut hits) = (Effort::default(), 0);
        for article in articles {
            let (found, one) = set.find_with_effort(&article.view(&[]));
            effort.looked_up += one.looked_up;
            effort.asked += one.asked;
            hits += found.len();
        }
        let spent = clock.elapsed();
        // Asking each of many rules takes long.
        let checked = (1_000_000 / size).min(articles.len());
        for article in articles.iter().take(checked) {
            let view = article.view(&[]);
            let found = set.find(&view);
            ensure!(found == set.find_one_by_one(&view), "{size} rules: the hits differ");
            check_places(&view, &found)?;
        }
        let per = |count: usize| count as f64 / articles.len() as f64;
        println!(
            "{size:>7} | {:>9.2} | {memory:>9} | {:>14.0} | {:>9.1} | {:>5.1} | {:>5.2} |",
            compile.as_secs_f64(),
            articles.len() as f64 / spent.as_secs_f64(),
            per(effort.looked_up),
            per(effort.asked),
            per(hits),
        );
        if size == 10_000 {
            reload(&set, &rules)?;
        }
    }
    Ok(())
}

/// One rule of many is changed.
fn reload(set: &RuleSet, rules: &[Rule]) -> anyhow::Result<()> {
    let mut changed: Vec<Rule> = rules.iter().take(set.len()).cloned().collect();
    let last = changed.last_mut().context("there are rules")?;
    last.query = format!("{} NOT \"ทดลอง\"", last.query);
    let clock = ThreadTime::now();
    let again = RuleSet::compile(changed, Some(set)).map_err(|faults| anyhow::anyhow!("{faults:?}"))?;
    println!(
        "        reload after a change of one rule among {}: {:.3} s",
        again.len(),
        clock.elapsed().as_secs_f64()
    );
    Ok(())
}

/// The physical memory of this process, in MB.
fn resident_mb() -> anyhow::Result<i64> {
    let status = std::fs::read_to_string("/proc/self/statm").context("memory is measured on Linux only")?;
    let pages: i64 =
        status.split(' ').nth(1).and_then(|pages| pages.parse().ok()).context("statm has pages")?;
    Ok(pages * 4096 / 1_000_000)
}

/// How the words of 10,000 rules are found in an article: by looking its words up, or by scanning its letters.
fn automaton(sources: &[&Example], articles: &[&Example]) -> anyhow::Result<()> {
    let mut author = Author::new(sources, RARE);
    let rules = author.rules(10_000, Author::realistic)?;
    let mut distinct: BTreeMap<String, u32> = BTreeMap::new();
    for rule in &rules {
        let query = praden_query::parse(&rule.query, jiff::Timestamp::UNIX_EPOCH)
            .map_err(|e| anyhow::anyhow!("{e}"))?;
        query.tree.for_each_phrase(&mut |phrase| {
            for term in phrase.terms() {
                let next = distinct.len() as u32;
                distinct.entry(term.clone()).or_insert(next);
            }
        });
    }
    let bytes: usize = articles.iter().map(|article| article.text().normalized().len()).sum();
    let patterns: Vec<&str> = distinct.keys().map(String::as_str).collect();
    let by_hash: HashMap<&str, u32, foldhash::fast::FixedState> =
        distinct.iter().map(|(word, number)| (word.as_str(), *number)).collect();
    let contiguous = aho_corasick::AhoCorasick::builder()
        .kind(Some(aho_corasick::AhoCorasickKind::ContiguousNFA))
        .build(&patterns)?;
    let charwise = daachorse::CharwiseDoubleArrayAhoCorasick::<u32>::new(&patterns)
        .map_err(|e| anyhow::anyhow!("{e}"))?;
    println!(
        "{} words of 10,000 rules; {} articles, {:.1} MB",
        patterns.len(),
        articles.len(),
        bytes as f64 / 1e6
    );
    let measure = |name: &str, find: &dyn Fn(&Example) -> usize| {
        let clock = ThreadTime::now();
        let found: usize = articles.iter().map(|article| find(article)).sum();
        let spent = clock.elapsed().as_secs_f64();
        println!(
            "{name:>32}: {:>6.1} µs per article, {:>6.0} MB/s, {found} found",
            spent * 1e6 / articles.len() as f64,
            bytes as f64 / 1e6 / spent
        );
    };
    for _ in 0..3 {
        measure("words looked up by hash", &|article| {
            praden_query::words(article.text()).filter(|word| by_hash.contains_key(&*word.term)).count()
        });
        measure("aho-corasick, contiguous NFA", &|article| {
            contiguous.find_overlapping_iter(article.text().normalized()).count()
        });
        measure("daachorse, charwise", &|article| {
            charwise.find_overlapping_iter(article.text().normalized()).count()
        });
    }
    Ok(())
}
