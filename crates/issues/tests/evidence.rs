//! What an issue rests on can be checked by anybody: scores re-add from their signals, and every place that is told
//! holds the letters that are told with it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has found the fault")]

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use praden_issues::{Member, Reader, Reading, Weights, assess};
use praden_match::{Lexicon, Matcher, parse_csv};
use praden_model::{AnalyzedText, Evidence, FieldName, OutletId, OutletKind, Points, Seq};
use praden_text::Segmenter;

const AGENCIES: &str = include_str!("../../../pipelines/agencies.csv");
const WORLD: &str = include_str!("../../../fixtures/demo/world.toml");
const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/demo/articles");
const ARCHIVE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/thaigov-2000.jsonl.zst");

/// Articles that are told as one story, one after another.
const STORY: usize = 5;

struct Article {
    title: AnalyzedText,
    text: AnalyzedText,
}

fn article(title: &str, text: &str) -> Article {
    let analyze = |text: &str| AnalyzedText::analyze(text.to_owned(), Segmenter::embedded());
    Article { title: analyze(title), text: analyze(text) }
}

/// The articles of one of the demo's stories.
fn demo(story: &Path) -> Vec<Article> {
    let files = fs::read_dir(story).unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let read = |file: String| {
        let (head, text) = file.trim_start_matches("+++").split_once("+++").unwrap();
        let title = head.lines().find_map(|line| line.strip_prefix("title = \"")).unwrap();
        article(title.trim_end_matches('"'), text)
    };
    files.map(read).collect()
}

/// What is read of articles, numbered as they stand.
fn readings(lexicon: &Lexicon, articles: &[Article]) -> Vec<Reading> {
    let (matcher, reader) = (Matcher::new(lexicon), Reader::new(lexicon.agencies()));
    let read = |(Article { title, text }, seq): (&Article, u64)| {
        reader.read(Seq::new(seq), title, text, &matcher.find(title, text))
    };
    articles.iter().zip(0..).map(read).collect()
}

/// Reads all articles, makes a story of each few, and checks what is told; how many places that were.
fn check(articles: &[Article]) -> usize {
    let outlet = OutletId::new("outlet").unwrap();
    let readings = readings(&parse_csv(AGENCIES).unwrap(), articles);
    let mut places = 0;
    for kind in [OutletKind::Press, OutletKind::Official] {
        for readings in readings.chunks(1).chain(readings.chunks(STORY)) {
            let members: Vec<Member<'_>> =
                readings.iter().map(|reading| Member::new(reading, &outlet, kind)).collect();
            let assessment = assess(&members, &Weights::default());
            let sum: Points = assessment.signals.iter().map(|signal| signal.value).sum();
            assert_eq!(assessment.score, sum, "{}", assessment.title);
            let signals = assessment.signals.iter().flat_map(|signal| &signal.spans);
            for evidence in signals.chain(assessment.agencies.iter().flat_map(|agency| &agency.spans)) {
                check_place(articles, evidence);
                places += 1;
            }
        }
    }
    places
}

fn check_place(articles: &[Article], evidence: &Evidence) {
    let article = &articles[usize::try_from(evidence.seq.get()).unwrap()];
    let field = if evidence.field == FieldName::Title { &article.title } else { &article.text };
    assert!(!evidence.surface.is_empty(), "{evidence:?}");
    assert_eq!(field.raw().get(evidence.span.range()), Some(evidence.surface.as_str()), "{evidence:?}");
}

#[test]
fn the_demo_articles_hold_what_is_told_of_them() {
    let stories = fs::read_dir(DEMO).unwrap().map(|story| story.unwrap().path());
    let articles: Vec<Article> = stories.flat_map(|story| demo(&story)).collect();
    assert!(articles.len() > 30, "{} articles", articles.len());
    assert!(check(&articles) > articles.len(), "a story has places to show");
}

#[test]
fn articles_of_an_archive_hold_what_is_told_of_them() {
    if !Path::new(ARCHIVE).exists() {
        eprintln!("skipped: {ARCHIVE} is not there");
        return;
    }
    let lines = BufReader::new(zstd::Decoder::new(File::open(ARCHIVE).unwrap()).unwrap()).lines();
    // Every tenth: the whole takes a minute where nothing is optimised.
    let articles: Vec<Article> = lines
        .step_by(10)
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
            let field = |name: &str| row[name].as_str().unwrap_or("").to_owned();
            article(&field("title"), &field("text"))
        })
        .collect();
    assert!(check(&articles) > articles.len(), "a story has places to show");
}

#[test]
fn the_demo_stories_go_to_who_should_answer() {
    let lexicon = parse_csv(AGENCIES).unwrap();
    let outlet = OutletId::new("outlet").unwrap();
    let world: toml::Table = WORLD.parse().unwrap();
    for story in world["story"].as_array().unwrap() {
        let id = story["id"].as_str().unwrap();
        let readings = readings(&lexicon, &demo(&Path::new(DEMO).join(id)));
        let members: Vec<Member<'_>> =
            readings.iter().map(|reading| Member::new(reading, &outlet, OutletKind::Press)).collect();
        let assessment = assess(&members, &Weights::default());
        let first = &assessment.agencies[0];
        let wanted: Vec<&str> =
            story["agencies"].as_array().unwrap().iter().filter_map(|agency| agency.as_str()).collect();
        assert!(wanted.contains(&first.agency.as_str()), "{id}: {first:?}, not {wanted:?}");
    }
}
