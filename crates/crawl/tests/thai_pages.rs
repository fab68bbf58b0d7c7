//! Our own Thai pages, `fixtures/pages`: text, title, date and authors against the truth beside them.
//!
//! Run with `--nocapture` to see each page's score.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests say what failed by failing"
)]

mod scoring;

use std::collections::BTreeSet;
use std::path::PathBuf;

use praden_crawl::page::extract_page;
use praden_model::PageSelectors;
use scoring::{Shingle, overlap};
use serde_json::Value;
use url::Url;

const NOW: &str = "2026-11-01T09:00:00+07:00";

#[test]
fn thai_pages_of_every_make_are_read() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/pages");
    let truth = std::fs::read_to_string(folder.join("truth.jsonl")).unwrap();
    let (mut precisions, mut recalls) = (Vec::new(), Vec::new());
    let (mut titles, mut dates, mut authors, mut makes) = (0, 0, 0, BTreeSet::new());
    for line in truth.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| case[name].as_str();
        let file = text("file").unwrap();
        makes.insert(file.rsplit_once('-').unwrap().0.to_owned());
        let page = extract_page(
            &std::fs::read(folder.join(file)).unwrap(),
            &Url::parse(text("url").unwrap()).unwrap(),
            text("content_type"),
            &PageSelectors::default(),
            NOW.parse().unwrap(),
        );
        let (precision, recall) = overlap(text("text").unwrap(), &page.text, Shingle::Letters(5));
        precisions.extend(precision);
        recalls.push(recall);
        let printed = serde_json::to_value(&page).unwrap();
        let at = |value: &Value| value.as_str().map(str::to_owned);
        // Where the page names a time of day, the minute counts; else the day.
        let same_date = match (text("published").unwrap(), at(&printed["published_at"])) {
            (want, Some(got)) if want.len() == 10 => got.get(..10) == Some(want),
            (want, Some(got)) => {
                let minute = |written: &str| {
                    written.parse::<jiff::Timestamp>().map(|at| at.as_second().div_euclid(60)).ok()
                };
                minute(want) == minute(&got)
            }
            (_, None) => false,
        };
        let same_title = page.title.as_deref() == text("title");
        let wanted: Vec<&str> =
            case["authors"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let same_authors = wanted == page.authors;
        titles += usize::from(same_title);
        dates += usize::from(same_date);
        authors += usize::from(same_authors);
        println!(
            "{file}: P {:.3} R {recall:.3} by {:?}{}{}{}",
            precision.unwrap_or(0.0),
            page.found_by,
            if same_title { String::new() } else { format!("; title {:?}", page.title) },
            if same_date { String::new() } else { format!("; date {}", printed["published_at"]) },
            if same_authors { String::new() } else { format!("; authors {:?}", page.authors) },
        );
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let (precision, recall, pages) = (mean(&precisions), mean(&recalls), recalls.len());
    let f1 = 2.0 * precision * recall / (precision + recall);
    println!(
        "{pages} Thai pages of {} makes: F1 {f1:.4} (P {precision:.4}, R {recall:.4}); of {pages}: titles {titles}, dates {dates}, authors {authors}",
        makes.len()
    );
    assert!(pages >= 40 && makes.len() >= 12, "{pages} {makes:?}");
    assert!(f1 >= 0.95, "{f1}");
    assert!(titles * 100 >= pages * 98, "titles {titles} of {pages}");
    assert!(dates * 100 >= pages * 98, "dates {dates} of {pages}");
    assert!(authors * 100 >= pages * 90, "authors {authors} of {pages}");
}
