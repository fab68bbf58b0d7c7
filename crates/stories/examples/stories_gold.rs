//! Measures stories on labelled groups among all articles of the days around.
//!
//! `cargo run --release -p praden-stories --example stories_gold -- days.jsonl stories.jsonl`
//!
//! `days.jsonl` holds articles `{"id","date","title","text"}`, with `"outlet"` if not all of one, in order of time,
//! `stories.jsonl` the groups `{"id","kind","docs","near_miss"}`. Prints BCubed over the documents of kind `same_story`, what is wrong, and the speed.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a program for a person at a terminal")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use praden_model::{
    AnalyzedText, ArticleId, CanonicalUrl, DateOrigin, DateTrust, Membership, OutletId, Published, Revision,
    Seq, SourceId,
};
use praden_stories::{Clusterer, Window};
use praden_text::{Precision, Segmenter};
use serde_json::Value;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (days, groups) = (arguments.next().expect("days.jsonl"), arguments.next().expect("stories.jsonl"));
    let window: Window = toml::from_str(&arguments.next().unwrap_or_default()).expect("a window as TOML");
    let text = fs::read_to_string(days).expect("the articles");
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let revisions: Vec<Revision> =
        rows.iter().enumerate().map(|(at, row)| revision(at as u64 + 1, row)).collect();
    let ids: BTreeMap<&str, usize> =
        rows.iter().enumerate().map(|(at, row)| (field(row, "id"), at)).collect();

    near_duplicates(&rows, &window);
    let mut clusterer = Clusterer::new(window);
    let started = cpu_seconds();
    let memberships: Vec<Membership> = revisions.iter().map(|revision| clusterer.place(revision)).collect();
    let seconds = cpu_seconds() - started;

    let groups: Vec<Value> = fs::read_to_string(groups)
        .expect("the groups")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let list = |group: &Value, name: &str| -> Vec<usize> {
        group[name].as_array().into_iter().flatten().filter_map(|id| ids.get(id.as_str()?).copied()).collect()
    };
    let story = |at: usize| memberships[at].story;
    let labelled: BTreeSet<usize> =
        groups.iter().flat_map(|group| [list(group, "docs"), list(group, "near_miss")].concat()).collect();
    let (mut precision, mut recall, mut count) = (0.0, 0.0, 0.0);
    for group in groups.iter().filter(|group| field(group, "kind") == "same_story") {
        let docs = list(group, "docs");
        for &at in &docs {
            let cluster: Vec<usize> =
                labelled.iter().copied().filter(|&other| story(other) == story(at)).collect();
            let right = docs.iter().filter(|&&other| story(other) == story(at)).count() as f64;
            precision += right / cluster.len() as f64;
            recall += right / docs.len() as f64;
            count += 1.0;
        }
        let stories: BTreeSet<_> = docs.iter().map(|&at| story(at)).collect();
        if stories.len() > 1 {
            println!("split  {} {}", field(group, "id"), field(group, "note"));
        }
        for &miss in &list(group, "near_miss") {
            if stories.contains(&story(miss)) {
                println!("merged {} with near miss {}", field(group, "id"), field(&rows[miss], "id"));
            }
        }
    }
    for group in groups.iter().filter(|group| field(group, "kind") != "same_story") {
        let docs = list(group, "docs");
        let stories: BTreeSet<_> = docs.iter().map(|&at| story(at)).collect();
        println!(
            "{} {}: {} documents in {} stories",
            field(group, "kind"),
            field(group, "id"),
            docs.len(),
            stories.len()
        );
    }
    let (precision, recall) = (precision / count, recall / count);
    let f1 = 2.0 * precision * recall / (precision + recall);
    println!("BCubed P {precision:.3} R {recall:.3} F1 {f1:.3} over {count} documents");
    let mut sizes: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (at, membership) in memberships.iter().enumerate() {
        sizes.entry(membership.story).or_default().push(at);
    }
    let copies = memberships.iter().filter(|membership| membership.copy_of.is_some()).count();
    println!(
        "{} articles, {} stories, {copies} copies, {:.0} articles per CPU-second",
        rows.len(),
        sizes.len(),
        rows.len() as f64 / seconds
    );
    let mut largest: Vec<_> = sizes.values().collect();
    largest.sort_by_key(|members| std::cmp::Reverse(members.len()));
    for members in largest.iter().take(10) {
        println!(
            "{} articles: {}",
            members.len(),
            revisions[members[0]].headline().chars().take(70).collect::<String>()
        );
        for &at in members.iter().take(4).skip(1) {
            println!(
                "    {} {:?}",
                revisions[at].headline().chars().take(90).collect::<String>(),
                memberships[at].because[0].words
            );
        }
    }
}

/// A way to change a text.
type Edit<'e> = &'e dyn Fn(&str) -> String;

/// Places edited copies of every fifth long article among the originals, and counts what is taken for a copy of what.
fn near_duplicates(rows: &[Value], window: &Window) {
    let swap = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        (100..letters.len().saturating_sub(1)).step_by(150).for_each(|at| letters.swap(at, at + 1));
        letters.into_iter().collect::<String>()
    };
    let edits: [(&str, Edit<'_>); 4] = [
        ("typing errors", &swap),
        ("boilerplate", &|text| {
            format!("{text}\nติดตามข่าวสารได้ที่เพจของสำนักข่าว สงวนลิขสิทธิ์ ห้ามทำซ้ำหรือดัดแปลงโดยไม่ได้รับอนุญาต")
        }),
        ("new lead", &|text| {
            format!("ผู้สื่อข่าวรายงานความคืบหน้าล่าสุดว่า {}", text.chars().skip(80).collect::<String>())
        }),
        ("Thai digits", &|text| {
            text.chars()
                .map(|c| c.to_digit(10).and_then(|d| char::from_u32(0xE50 + d)).unwrap_or(c))
                .collect()
        }),
    ];
    let originals: Vec<&Value> =
        rows.iter().filter(|row| field(row, "text").chars().count() >= 500).collect();
    for (name, edit) in edits {
        let mut clusterer = Clusterer::new(window.clone());
        let (mut right, mut wrong, mut copies) = (0u32, 0u32, 0u32);
        let mut seq = 0;
        for (at, row) in originals.iter().enumerate() {
            seq += 1;
            let original = seq;
            clusterer.place(&revision(seq, row));
            if at % 5 == 0 {
                seq += 1;
                copies += 1;
                let mut copy = (*row).clone();
                copy["text"] = Value::from(edit(field(row, "text")));
                match clusterer.place(&revision(seq, &copy)).copy_of {
                    Some(of) if of.get() == original => right += 1,
                    Some(_) => wrong += 1,
                    None => {}
                }
            }
        }
        println!("near-duplicates, {name}: {right} of {copies} found, {wrong} taken for another's copy");
    }
}

/// CPU time of this thread, so that other work on the machine does not count. Linux only; elsewhere zero.
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split_whitespace().next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

fn field<'v>(row: &'v Value, name: &str) -> &'v str {
    row[name].as_str().unwrap_or("")
}

fn revision(seq: u64, row: &Value) -> Revision {
    let analyze = |name: &str| AnalyzedText::analyze(field(row, name).to_owned(), Segmenter::embedded());
    let date = field(row, "date").get(..10).and_then(|day| format!("{day}T00:00:00+07:00").parse().ok());
    Revision {
        seq: Seq::new(seq),
        article: ArticleId::new(seq),
        revision: 1,
        url: CanonicalUrl::parse(&format!("https://example.org/{seq}")).expect("a URL"),
        source: SourceId::new("gold").expect("an id"),
        outlet: OutletId::new(row["outlet"].as_str().unwrap_or("gold")).expect("an id"),
        title: analyze("title"),
        text: analyze("text"),
        published: date.map(|at| Published {
            at,
            precision: Precision::Day,
            origin: DateOrigin::Archive,
            trust: DateTrust::Trusted,
            written: String::new(),
        }),
        fetched_at: jiff::Timestamp::UNIX_EPOCH,
        capture: None,
        authors: Vec::new(),
        warnings: Vec::new(),
    }
}
