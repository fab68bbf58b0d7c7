//! Mentions measured on texts labelled by hand. They lie beside the repository; without them the tests skip and say so.
//!
//! `cargo test -p praden-match --test gold -- --nocapture` prints the figures, and every miss with `MISSES` set at build
//! time.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test prints and stops")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use praden_match::{Matcher, parse_csv};
use praden_model::{AnalyzedText, FieldName, Mention};
use praden_text::Segmenter;
use serde_json::Value;

const GOLD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/gold-dev");

/// A labelled mention: agency, surface, spans in title + newline + text.
type Labelled<'j> = (&'j str, &'j str, Vec<(usize, usize)>);

fn matcher() -> Matcher {
    let table = include_str!("../../../pipelines/agencies.csv");
    Matcher::new(&parse_csv(table).unwrap())
}

fn analyze(text: &str) -> AnalyzedText {
    AnalyzedText::analyze(text.to_owned(), Segmenter::embedded())
}

fn lines(name: &str) -> Option<Vec<String>> {
    let path = Path::new(GOLD).join(name);
    match fs::read_to_string(&path) {
        Ok(text) => Some(text.lines().map(str::to_owned).collect()),
        Err(error) => {
            eprintln!(
                "SKIPPED: {} cannot be read ({error}); the labelled texts are not part of the repository",
                path.display()
            );
            None
        }
    }
}

/// A mention's place in title + newline + text.
fn place(mention: &Mention, title: &str) -> (usize, usize) {
    let shift = match mention.field {
        FieldName::Title => 0,
        FieldName::Text => title.len() + 1,
    };
    (mention.raw.range().start + shift, mention.raw.range().end + shift)
}

#[test]
fn mentions_are_found_as_people_find_them() {
    let Some(lines) = lines("gold.jsonl") else { return };
    let matcher = matcher();
    let (mut right, mut proposed, mut found, mut labelled) = (0, 0, 0, 0);
    let (mut pairs_right, mut pairs_proposed, mut pairs_labelled) = (0, 0, 0);
    for line in &lines {
        let row: Value = serde_json::from_str(line).unwrap();
        let (title, text) = (row["title"].as_str().unwrap(), row["text"].as_str().unwrap());
        let findings = matcher.explain(&analyze(title), &analyze(text));
        let whole = format!("{title}\n{text}");
        for mention in &findings.mentions {
            let (start, end) = place(mention, title);
            assert_eq!(whole.get(start..end), Some(mention.surface.as_str()));
        }
        let gold: Vec<Labelled<'_>> = row["mentioned_agencies"]
            .as_array()
            .unwrap()
            .iter()
            .map(|mention| {
                let spans = mention["spans"].as_array().unwrap().iter();
                let spans = spans
                    .map(|span| (span[0].as_u64().unwrap() as usize, span[1].as_u64().unwrap() as usize));
                (mention["id"].as_str().unwrap(), mention["surface"].as_str().unwrap(), spans.collect())
            })
            .collect();
        let overlap = |a: (usize, usize), b: (usize, usize)| a.0 < b.1 && b.0 < a.1;
        let distinct: BTreeSet<(&str, &str)> = findings
            .mentions
            .iter()
            .map(|mention| (mention.agency.as_str(), mention.surface.as_str()))
            .collect();
        proposed += distinct.len();
        for (agency, surface) in &distinct {
            let hit = findings
                .mentions
                .iter()
                .filter(|m| (m.agency.as_str(), m.surface.as_str()) == (*agency, *surface))
                .any(|m| {
                    gold.iter().any(|(id, _, spans)| {
                        id == agency && spans.iter().any(|&span| overlap(span, place(m, title)))
                    })
                });
            right += usize::from(hit);
            if !hit && option_env!("MISSES").is_some() {
                let m = findings.mentions.iter().find(|m| m.surface == *surface).unwrap();
                let (start, end) = place(m, title);
                let from = whole.floor_char_boundary(start.saturating_sub(60));
                let to = whole.ceil_char_boundary((end + 60).min(whole.len()));
                println!("FALSE {} {agency} {surface} {:?}: {:?}", row["id"], m.rule, whole.get(from..to));
            }
        }
        labelled += gold.len();
        for (id, surface, spans) in &gold {
            let hit = findings.mentions.iter().any(|m| {
                m.agency.as_str() == *id && spans.iter().any(|&span| overlap(span, place(m, title)))
            });
            found += usize::from(hit);
            if !hit && option_env!("MISSES").is_some() {
                let (start, end) = spans[0];
                let from = whole.floor_char_boundary(start.saturating_sub(60));
                let to = whole.ceil_char_boundary((end + 60).min(whole.len()));
                let why: Vec<_> = findings
                    .rejected
                    .iter()
                    .filter(|r| surface.contains(&r.surface))
                    .map(|r| (r.reason, &r.surface))
                    .collect();
                println!("MISSED {} {id} {surface}: {:?} {why:?}", row["id"], whole.get(from..to));
            }
        }
        let pairs: BTreeSet<&str> = findings.mentions.iter().map(|m| m.agency.as_str()).collect();
        let gold_pairs: BTreeSet<&str> = gold.iter().map(|(id, ..)| *id).collect();
        pairs_proposed += pairs.len();
        pairs_labelled += gold_pairs.len();
        pairs_right += pairs.intersection(&gold_pairs).count();
    }
    let rate = |part: usize, whole: usize| part as f64 / whole as f64;
    let (precision, recall) = (rate(right, proposed), rate(found, labelled));
    println!(
        "mentions by surface: P {precision:.3} R {recall:.3} ({right} of {proposed}, {found} of {labelled})"
    );
    let (pairs_precision, pairs_recall) =
        (rate(pairs_right, pairs_proposed), rate(pairs_right, pairs_labelled));
    println!("mentions by article and agency: P {pairs_precision:.3} R {pairs_recall:.3}");
    assert!(precision >= 0.95 && recall >= 0.95, "precision {precision:.3}, recall {recall:.3}");
    assert!(
        pairs_precision >= 0.95 && pairs_recall >= 0.95,
        "by agency: {pairs_precision:.3}, {pairs_recall:.3}"
    );
}

#[test]
fn false_friends_are_told_apart() {
    let Some(lines) = lines("false_friends.tsv") else { return };
    let matcher = matcher();
    let mut wrong = Vec::new();
    for line in lines.iter().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [id, snippet, surface, start, end, agency, verdict, ..] = cells.as_slice() else {
            panic!("{line}")
        };
        let (start, end): (usize, usize) = (start.parse().unwrap(), end.parse().unwrap());
        assert_eq!(snippet.get(start..end), Some(*surface));
        let named = matcher.find(&analyze(""), &analyze(snippet)).iter().any(|mention| {
            let range = mention.raw.range();
            (agency.is_empty() || mention.agency.as_str() == *agency)
                && range.start < end
                && start < range.end
        });
        if named != (*verdict != "no_match") {
            wrong.push(format!("{id} {surface} {verdict}"));
        }
    }
    println!("false friends: {} of {} right", lines.len() - 1 - wrong.len(), lines.len() - 1);
    assert!(wrong.is_empty(), "{wrong:?}");
}
