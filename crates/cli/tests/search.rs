//! What an analyst is told beside an answer, so that no number is wrong in silence.

#![expect(clippy::expect_used, reason = "a test ends with the message")]

use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

/// A data folder with a few articles.
struct Desk(TempDir);

impl Desk {
    fn new(articles: &[(&str, &str)]) -> Self {
        let desk = Self(tempfile::tempdir().expect("a temporary folder"));
        let lines = articles.iter().zip(1..).map(|((title, text), n)| {
            json!({ "url": format!("https://a.example/{n}"), "title": title, "text": text, "date": "2026-11-20" })
                .to_string()
        });
        let file = desk.0.path().join("archive.jsonl");
        std::fs::write(&file, lines.collect::<Vec<_>>().join("\n")).expect("written");
        let (code, out, talk) = desk.ask(&["ingest", file.to_str().expect("a path in UTF-8")]);
        assert_eq!(code, Some(0), "{out} {talk}");
        desk
    }

    /// Exit code, output, and what was said.
    fn ask(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_praden"))
            .args(arguments)
            .args(["--data", self.0.path().join("data").to_str().expect("a path in UTF-8")])
            .env_remove("PRADEN_DATA")
            .env_remove("PRADEN_PIPELINE")
            .env_remove("RUST_LOG")
            .output()
            .expect("praden runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        (output.status.code(), text(output.stdout), text(output.stderr))
    }

    #[track_caller]
    fn count(&self, query: &str) -> Value {
        let (code, out, talk) = self.ask(&["search", query, "--count"]);
        assert_eq!(code, Some(0), "{talk}");
        serde_json::from_str(&out).expect("a line of JSON")
    }
}

#[test]
fn words_that_are_cut_otherwise_are_counted_and_the_query_that_finds_them_is_given() {
    let desk = Desk::new(&[
        ("ไปปัตตานี", "ไป ปัตตานี วันนี้"),
        ("ข่าว", "ไปจังหวัดปัตตานีวันนี้"),
        ("ข่าว", "ถึงจังหวัดปัตตานีแล้ว"),
        ("ข่าว", "พูดด้วยน้ำเสียงวิตก"),
    ]);
    let counted = desk.count("ปัตตานี");
    assert_eq!(
        counted,
        json!({
            "query": "ปัตตานี",
            "count": 1,
            "cut_otherwise": { "articles": 2, "query": "ปัตตานี OR =\"ปัตตานี\"", "cut": ["จังหวัดปัตตานี"] },
        })
    );
    let wider = counted["cut_otherwise"]["query"].as_str().expect("a query");
    assert_eq!(desk.count(wider), json!({ "query": wider, "count": 3 }), "and it finds them");
    assert_eq!(desk.count("น้ำเสีย"), json!({ "query": "น้ำเสีย", "count": 0 }), "strangers are no miss");

    // What NOT takes away has the same fault.
    let counted = desk.count("ข่าว NOT ปัตตานี");
    assert_eq!((&counted["count"], &counted["let_through"]["articles"]), (&json!(3), &json!(2)), "{counted}");
    let narrower = counted["let_through"]["query"].as_str().expect("a query");
    assert_eq!(desk.count(narrower), json!({ "query": narrower, "count": 1 }));
    let (_, _, talk) = desk.ask(&["search", "ข่าว NOT ปัตตานี", "--format", "table"]);
    assert!(talk.contains("2 of these have the letters of what NOT takes away"), "{talk}");

    let told = "2 more articles have these letters where words are cut otherwise\n  hint: to find all of them: praden search 'ปัตตานี OR =\"ปัตตานี\"'";
    let out = desk.0.path().join("out.csv");
    let out = out.to_str().expect("a path in UTF-8");
    for (arguments, is_told) in [
        (&["search", "ปัตตานี", "--count"][..], true),
        (&["search", "ปัตตานี", "--count", "--no-letters"], false),
        (&["search", "ปัตตานี", "--format", "table"], true),
        (&["search", "ปัตตานี", "--format", "json"], true),
        (&["search", "ปัตตานี", "--facet", "outlet"], true),
        (&["search", "ปัตตานี", "--over", "time"], true),
        (&["export", "ปัตตานี", "--out", out], true),
        (&["export", "ปัตตานี", "--out", out, "--no-letters"], false),
        // A program reads these.
        (&["search", "ปัตตานี", "--format", "jsonl"], false),
    ] {
        let (code, _, talk) = desk.ask(arguments);
        assert_eq!((code, talk.contains(told)), (Some(0), is_told), "{arguments:?}: {talk}");
    }
}

#[test]
fn highlights_are_bytes_of_the_title_that_stands_beside_them() {
    // Invisible characters, no-break spaces and a vowel in two parts: none of them is in the normal form.
    let desk = Desk::new(&[("\u{200B} ข่าว\u{A0}นํ้าท่วม", "เนื้อข่าว"), ("\u{200B}", "น้ำท่วมตลาด")]);
    let (code, out, talk) = desk.ask(&["search", "น้ำท่วม", "--order", "newest", "--format", "jsonl"]);
    assert_eq!(code, Some(0), "{talk}");
    let hits: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(hits.len(), 2);
    let mut titles = 0;
    for hit in &hits {
        for mark in
            hit["highlights"].as_array().expect("a list").iter().filter(|mark| mark["field"] == "title")
        {
            let at = |name: &str| mark[name].as_u64().expect("a number") as usize;
            let title = hit["title"].as_str().expect("a title");
            assert_eq!(title.get(at("start")..at("end")), mark["surface"].as_str(), "{hit}");
            titles += 1;
        }
    }
    assert_eq!(titles, 1);
    assert_eq!(hits[0]["title"], "น้ำท่วมตลาด", "the start of the text stands for a title that is blank");
}

#[test]
fn a_name_that_no_article_has_is_said() {
    let desk = Desk::new(&[("ฝนตก", "อากาศเย็น")]);
    for (query, told) in [
        ("ฝน outlet:a-exampel", Some("no article has outlet:a-exampel; there are ")),
        ("ฝน NOT agency:nobody", Some("no article has agency:nobody")),
        ("ฝน OR story:st-999", Some("no article has story:st-999")),
        ("ฝน date:2500 lang:en", None),
    ] {
        let (code, _, talk) = desk.ask(&["search", query, "--count"]);
        assert_eq!((code, talk.contains("no article has")), (Some(0), told.is_some()), "{query}: {talk}");
        assert!(talk.contains(told.unwrap_or("")), "{query}: {talk}");
    }
}

#[test]
fn an_export_of_nothing_is_still_a_table() {
    let desk = Desk::new(&[("ฝนตก", "อากาศเย็น")]);
    let (code, out, _) = desk.ask(&["export", "ไฟ"]);
    assert_eq!((code, out.starts_with("\u{FEFF}seq,article,revision,url,")), (Some(0), true), "{out}");
    let (_, one, _) = desk.ask(&["export", "ฝน"]);
    assert_eq!(out.trim_end(), one.lines().next().expect("a line"));
}
