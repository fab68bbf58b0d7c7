//! Scores on suites written by others, where the shared folder with them is at hand.
//!
//! Run with `--nocapture` to see the scores. Each test asserts a floor, so that a loss is seen.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "tests say what failed by failing"
)]

mod scoring;

use std::collections::BTreeMap;
use std::path::PathBuf;

use praden_crawl::decode::{DocumentKind, decode};
use praden_crawl::feed::parse_feed;
use praden_crawl::page::extract_page;
use praden_crawl::robots::Robots;
use praden_model::PageSelectors;
use scoring::{Shingle, overlap};
use serde_json::Value;
use url::Url;

const NOW: &str = "2024-06-01T09:00:00+07:00";

/// A folder of suites; says so and gives nothing when it is not there.
fn suite(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/suites").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!(
        "SKIPPED: {} is not there; put the shared folder beside the project to score this suite",
        path.display()
    );
    None
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name).and_then(Value::as_str)
}

/// The value at `entries[0].title`; `summary` falls back to `content`.
fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let mut here = value;
    for step in path.split('.') {
        let (name, indexes) = step.split_once('[').unwrap_or((step, ""));
        let mut next = here.get(name).filter(|found| !found.is_null());
        if next.is_none() && name == "summary" {
            next = here.get("content").filter(|found| !found.is_null());
        }
        here = next?;
        for index in indexes.split('[').filter(|index| !index.is_empty()) {
            here = here.get(index.trim_end_matches(']').parse::<usize>().ok()?)?;
        }
    }
    Some(here)
}

fn collapse(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c == '\u{A0}')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn holds(check: &Value, output: &Result<Value, String>, again: &Result<Value, String>) -> bool {
    if let Some(any) = check.get("any").and_then(Value::as_array) {
        return any.iter().any(|all| all.as_array().unwrap().iter().all(|check| holds(check, output, again)));
    }
    let Ok(value) = output else {
        return check.get("or_clean_error").is_some_and(|or| or == true);
    };
    let path = text(check, "path").unwrap();
    if check.get("stable").is_some() {
        let list = |value: &Value| -> Vec<Value> {
            let Some((list, field)) = path.split_once("[*].") else {
                return vec![at(value, path).cloned().unwrap_or_default()];
            };
            at(value, list)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .map(|item| item[field].clone())
                .collect()
        };
        let first = list(value);
        return first.iter().all(|id| !id.is_null())
            && again.as_ref().is_ok_and(|again| list(again) == first);
    }
    let found = at(value, path).or_else(|| at(value, text(check, "or_path")?));
    let space = text(check, "space") == Some("collapse");
    let same = |want: &str, got: &str| if space { collapse(want) == collapse(got) } else { want == got };
    let got = found.and_then(Value::as_str);
    if let Some(want) = text(check, "equals") {
        return got.is_some_and(|got| same(want, got));
    }
    if let Some(any) = check.get("equals_any").and_then(Value::as_array) {
        return got.is_some_and(|got| any.iter().any(|want| same(want.as_str().unwrap(), got)));
    }
    if let Some(want) = text(check, "instant") {
        let second = |text: &str| text.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_second).ok();
        return got.is_some_and(|got| second(got) == second(want) && second(want).is_some());
    }
    if let Some(part) = text(check, "contains") {
        return got.is_some_and(|got| got.contains(part));
    }
    let length = found.and_then(Value::as_array).map_or(0, Vec::len) as u64;
    if let Some(want) = check.get("length").and_then(Value::as_u64) {
        return length == want;
    }
    if let Some(want) = check.get("length_min").and_then(Value::as_u64) {
        return length >= want;
    }
    assert!(check.get("present").is_some(), "an unknown check: {check}");
    found.is_some()
}

#[test]
fn feeds() {
    let Some(folder) = suite("feeds") else { return };
    let cases = lines(&std::fs::read_to_string(folder.join("cases.jsonl")).unwrap());
    let mut scores: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for case in &cases {
        let bytes = std::fs::read(folder.join(text(case, "file").unwrap())).unwrap();
        let base = text(case, "base").map(|base| Url::parse(base).unwrap());
        let parse = || {
            parse_feed(&bytes, text(case, "content_type"), base.as_ref(), NOW.parse().unwrap())
                .map(|feed| serde_json::to_value(feed).unwrap())
                .map_err(|error| error.to_string())
        };
        let (output, again) = (parse(), parse());
        let checks = case["expect"].as_array().unwrap();
        let passed: Vec<bool> = checks.iter().map(|check| holds(check, &output, &again)).collect();
        let name = text(case, "suite").unwrap();
        let group = format!("{name}/{}", text(case, "group").unwrap().split('/').next().unwrap());
        for score in [name.to_owned(), group] {
            let score = scores.entry(score).or_default();
            if name == "gofeed" {
                score.0 += passed.iter().filter(|passed| **passed).count();
                score.1 += passed.len();
            } else {
                score.0 += usize::from(passed.iter().all(|passed| *passed));
                score.1 += 1;
            }
        }
        for (check, _) in checks.iter().zip(&passed).filter(|(_, passed)| !**passed) {
            let got = output.as_ref().map(|value| text(check, "path").and_then(|path| at(value, path)));
            println!("failed {}: {check}\n    got {got:?}", text(case, "id").unwrap());
        }
    }
    println!("feeds: {scores:?}");
    assert!(scores["feedparser"].0 >= 312, "{scores:?}");
    assert!(scores["gofeed"].0 >= 31, "{scores:?}");
    assert_eq!(scores["thai"], (32, 32));
}

/// Standard base64 with padding: enough for the suite's own cases.
fn from_base64(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        other => panic!("{other} is not base64"),
    };
    let (mut out, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for byte in text.bytes().filter(|byte| *byte != b'=') {
        bits = (bits << 6 | u32::from(value(byte))) & 0xFF_FFFF;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    out
}

fn one_replacement(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if !(c == '\u{FFFD}' && out.ends_with('\u{FFFD}')) {
            out.push(c);
        }
    }
    out
}

#[test]
fn charsets() {
    let Some(folder) = suite("charsets") else { return };
    let mut rows: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for case in lines(&std::fs::read_to_string(folder.join("charsets.jsonl")).unwrap()) {
        let bytes = from_base64(text(&case, "bytes").unwrap());
        let decoded = decode(&bytes, text(&case, "content_type"), DocumentKind::Html);
        let row = rows.entry(text(&case, "row").unwrap().to_owned()).or_default();
        row.1 += 1;
        row.0 += usize::from(one_replacement(&decoded.text) == one_replacement(text(&case, "text").unwrap()));
    }
    println!("charsets: {rows:#?}");
    assert!(rows.values().all(|(passed, all)| passed == all), "{rows:#?}");
}

#[test]
fn robots() {
    let Some(folder) = suite("robots") else { return };
    let cases = lines(&std::fs::read_to_string(folder.join("robots.jsonl")).unwrap());
    let failed: Vec<&str> = cases
        .iter()
        .filter(|case| {
            let robots = Robots::parse(text(case, "robots_txt").unwrap().as_bytes());
            robots.check(text(case, "agent").unwrap(), text(case, "url").unwrap()).allowed != case["allowed"]
        })
        .map(|case| text(case, "id").unwrap())
        .collect();
    println!("robots: {} of {}; failed {failed:?}", cases.len() - failed.len(), cases.len());
    assert!(failed.is_empty(), "{failed:?}");
}

struct PageScore {
    precision: f64,
    recall: f64,
    good: usize,
    all: usize,
}

impl PageScore {
    fn f1(&self) -> f64 {
        2.0 * self.precision * self.recall / (self.precision + self.recall)
    }
}

/// The publication day of each page of the suite, as a person read it.
fn page_days() -> BTreeMap<&'static str, Vec<&'static str>> {
    let lines = include_str!("page_dates.txt").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(' ')).map(|(id, days)| (id, days.split('|').collect())).collect()
}

/// How often the day of publication was right, wrong, and not found.
///
/// With `stripped`, the pages lose what they say to machines, and the day in their address: what is left is what any old
/// page has.
fn score_dates(file: &str, stripped: bool) -> Option<(usize, usize, usize)> {
    let machine = regex::Regex::new(
        r#"(?is)<meta\b[^>]*>|<script\b.*?</script>|\b(itemprop|datetime|title|content|data-[a-z-]+)\s*=\s*("[^"]*"|'[^']*')"#,
    )
    .unwrap();
    let folder = suite("pages")?;
    let bytes = zstd::decode_all(std::fs::File::open(folder.join(file)).unwrap()).unwrap();
    let days = page_days();
    let (mut right, mut wrong, mut none) = (0, 0, 0);
    for case in lines(&String::from_utf8(bytes).unwrap()) {
        let mut url = text(&case, "url").unwrap().to_owned();
        let mut html = text(&case, "html").unwrap().to_owned();
        if stripped {
            html = machine.replace_all(&html, "").into_owned();
            url = url.split('/').take(3).chain(["news", "1"]).collect::<Vec<_>>().join("/");
        }
        let page = extract_page(
            html.as_bytes(),
            &Url::parse(&url).unwrap(),
            Some("text/html; charset=utf-8"),
            &PageSelectors::default(),
            "2026-11-01T00:00:00Z".parse().unwrap(),
        );
        let Some(want) = text(&case, "id").and_then(|id| days.get(&id[..6])) else { continue };
        let printed = serde_json::to_value(&page).unwrap();
        let got = text(&printed, "published_at").map_or("-", |at| &at[..10]);
        match got {
            got if want.contains(&got) => right += 1,
            "-" => none += 1,
            _ => wrong += 1,
        }
        if !want.contains(&got) {
            let id = text(&case, "id").unwrap_or("");
            println!(
                "    {got} for {want:?}, {:?}: {} {url}",
                page.published.map(|found| found.written),
                &id[..6]
            );
        }
    }
    let what = if stripped { "dates as readers see them" } else { "dates" };
    println!("{file}: {what} right {right}, wrong {wrong}, none {none}");
    Some((right, wrong, none))
}

#[test]
fn page_dates() {
    if let Some((right, wrong, none)) = score_dates("news.jsonl.zst", false) {
        let all = right + wrong + none;
        assert!(right * 100 >= all * 96 && wrong * 100 <= all * 3, "{right} {wrong} {none}");
    }
    if let Some((right, wrong, none)) = score_dates("news.jsonl.zst", true) {
        let all = right + wrong + none;
        assert!(right * 100 >= all * 60 && wrong * 100 <= all * 20, "{right} {wrong} {none}");
    }
}

fn score_pages(file: &str, kind: Shingle) -> Option<PageScore> {
    let folder = suite("pages")?;
    let bytes = zstd::decode_all(std::fs::File::open(folder.join(file)).unwrap()).unwrap();
    let cases = lines(&String::from_utf8(bytes).unwrap());
    let (mut precisions, mut recalls, mut good) = (Vec::new(), Vec::new(), 0);
    for case in &cases {
        let url = Url::parse(text(case, "url").unwrap()).unwrap();
        let html = text(case, "html").unwrap();
        let page = extract_page(
            html.as_bytes(),
            &url,
            Some("text/html; charset=utf-8"),
            &PageSelectors::default(),
            NOW.parse().unwrap(),
        );
        let (precision, recall) = overlap(text(case, "body").unwrap(), &page.text, kind);
        recalls.push(recall);
        precisions.extend(precision);
        let precision = precision.unwrap_or(0.0);
        let f1 = 2.0 * precision * recall / (precision + recall).max(f64::MIN_POSITIVE);
        good += usize::from(f1 >= 0.9);
        if f1 < 0.9 {
            println!("    {f1:.3} (P {precision:.3} R {recall:.3}) by {:?}: {url}", page.found_by);
        }
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let score = PageScore { precision: mean(&precisions), recall: mean(&recalls), good, all: cases.len() };
    println!(
        "{file}: F1 {:.4} (P {:.4}, R {:.4}), {} of {} at 0.9",
        score.f1(),
        score.precision,
        score.recall,
        score.good,
        score.all
    );
    Some(score)
}

#[test]
fn pages() {
    if let Some(news) = score_pages("news.jsonl.zst", Shingle::Words(4)) {
        assert!(news.f1() >= 0.965, "{}", news.f1());
    }
}

#[test]
fn pages_in_thai_words() {
    if let Some(thaiised) = score_pages("thaiised.jsonl.zst", Shingle::Letters(8)) {
        assert!(thaiised.f1() >= 0.965, "{}", thaiised.f1());
    }
}

#[test]
fn the_thai_page() {
    if let Some(thai) = score_pages("thai.jsonl.zst", Shingle::Letters(5)) {
        assert!(thai.f1() >= 0.86, "{}", thai.f1());
    }
}
