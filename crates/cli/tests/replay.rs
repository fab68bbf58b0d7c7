//! New aliases and rules over an old log: `praden replay match` says what they change, and then changes it.

#![expect(clippy::expect_used, reason = "a test ends with the message")]

use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

const AGENCIES: &str = "id,name_th,aliases\nwater,กรมคลองหลวง,\n";
const AGENCIES_WITH_ALIAS: &str = "id,name_th,aliases\nwater,กรมคลองหลวง,หน่วยลำคลองหลวง\n";
const RULES: &str = "[[rule]]\nid = \"flood\"\nquery = 'น้ำท่วม'\n";
const RULES_MORE: &str =
    "[[rule]]\nid = \"flood\"\nquery = 'น้ำท่วม'\n[[rule]]\nid = \"gate\"\nquery = 'ประตูระบายน้ำ NOT =ซ้อม'\n";

/// A pipeline whose tables a test writes over.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().expect("a temporary folder"));
        desk.write(
            "pipeline.toml",
            "[pipeline]\nname = \"t\"\ncontact = \"press@example.org\"\ndata = \"data\"\nagencies = \"agencies.csv\"\nrules = \"rules.toml\"\n",
        );
        desk.write("agencies.csv", AGENCIES);
        desk.write("rules.toml", RULES);
        desk
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.to_str().expect("a path in UTF-8").to_owned()
    }

    /// Exit code, lines of output, and what was said.
    fn praden(&self, arguments: &[&str]) -> (Option<i32>, Vec<Value>, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_praden"))
            .args(arguments)
            .args(["--pipeline", self.0.path().join("pipeline.toml").to_str().expect("a path in UTF-8")])
            .env_remove("PRADEN_DATA")
            .env_remove("PRADEN_PIPELINE")
            .env_remove("RUST_LOG")
            .output()
            .expect("praden runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let lines = text(output.stdout)
            .lines()
            .map(|line| serde_json::from_str(line).expect("a line of JSON"))
            .collect();
        (output.status.code(), lines, text(output.stderr))
    }

    /// Exit code, and what was said.
    fn run(arguments: &[&str]) -> (Option<i32>, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_praden"))
            .args(arguments)
            .env_remove("PRADEN_DATA")
            .env_remove("PRADEN_PIPELINE")
            .output()
            .expect("praden runs");
        (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"))
    }

    #[track_caller]
    fn line(&self, arguments: &[&str]) -> Value {
        let (code, lines, talk) = self.praden(arguments);
        assert_eq!((code, lines.len()), (Some(0), 1), "{arguments:?}: {talk}");
        lines.into_iter().next().expect("a line")
    }

    #[track_caller]
    fn count(&self, query: &str, want: u64) {
        assert_eq!(self.line(&["search", query, "--count"])["count"], want, "{query}");
    }

    fn ingest(&self) {
        let article = |n: u32, title: &str, text: &str| json!({ "url": format!("https://a.example/{n}"), "title": title, "text": text, "date": "2026-11-20" });
        let lines = [
            article(1, "ฝนตก", "อากาศเย็น"),
            article(2, "น้ำท่วมตลาด", "หน่วยลำคลองหลวงเปิดประตูระบายน้ำแล้ว"),
            article(3, "ซ้อมแผน", "กรมคลองหลวง ซ้อม เปิด ประตูระบายน้ำ"),
        ];
        let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
        let file = self.write("archive.jsonl", &lines.join("\n"));
        assert_eq!(self.line(&["ingest", &file])["new"], 3);
    }
}

#[test]
fn what_a_new_alias_and_a_new_rule_change_is_shown_and_then_done() {
    let desk = Desk::new();
    desk.ingest();
    let check = |want: [(&str, u64); 3]| want.into_iter().for_each(|(query, want)| desk.count(query, want));
    check([("agency:water", 1), ("rule:flood", 1), ("rule:gate", 0)]);
    let unchanged = desk.line(&["replay", "match", "--dry-run"]);
    assert_eq!([&unchanged["revisions"], &unchanged["changed"]], [&json!(3), &json!(0)], "{unchanged}");

    desk.write("agencies.csv", AGENCIES_WITH_ALIAS);
    desk.write("rules.toml", RULES_MORE);
    let shown = desk.line(&["replay", "match", "--dry-run"]);
    assert_eq!(
        [&shown["dry_run"], &shown["revisions"], &shown["changed"], &shown["first_changed"]],
        [&json!(true), &json!(3), &json!(1), &json!(2)],
        "{shown}"
    );
    assert!(shown["elapsed_ms"].is_u64(), "what it cost: {shown}");
    let example =
        |surface: &str| json!([{ "seq": 2, "added": true, "title": "น้ำท่วมตลาด", "surface": surface }]);
    assert_eq!(
        shown["agencies"],
        json!([{ "name": "water", "added": 1, "lost": 0, "examples": example("หน่วยลำคลองหลวง") }])
    );
    assert_eq!(
        shown["rules"],
        json!([{ "name": "gate", "added": 1, "lost": 0, "examples": example("ประตูระบายน้ำ") }])
    );
    desk.count("rule:gate", 0);
    assert_eq!(desk.line(&["replay", "match", "--from", "3", "--dry-run"])["changed"], 0);

    let done = desk.line(&["replay", "match"]);
    assert_eq!([&done["dry_run"], &done["changed"]], [&json!(false), &json!(1)], "{done}");
    check([("agency:water", 2), ("rule:flood", 1), ("rule:gate", 1)]);
    assert_eq!(desk.line(&["replay", "match"])["changed"], 0, "done is done");

    // Taken back, it is lost again.
    desk.write("agencies.csv", AGENCIES);
    desk.write("rules.toml", RULES);
    let back = desk.line(&["replay", "match"]);
    assert_eq!([&back["agencies"][0]["lost"], &back["rules"][0]["lost"]], [&json!(1), &json!(1)], "{back}");
    desk.count("agency:water", 1);
}

#[test]
fn a_broken_rule_stops_a_replay_before_it_touches_anything() {
    let desk = Desk::new();
    desk.ingest();
    desk.write("rules.toml", "[[rule]]\nid = \"flood\"\nquery = 'น้ำท่วม AND'\n");
    let (code, lines, talk) = desk.praden(&["replay", "match"]);
    assert_eq!((code, lines.len()), (Some(2), 0), "{talk}");
    assert!(talk.contains("rules.toml") && talk.contains("flood"), "{talk}");
    desk.write("rules.toml", RULES);
    desk.count("rule:flood", 1);
}

#[test]
fn a_rule_whose_examples_fail_neither_replays_nor_starts() {
    let desk = Desk::new();
    desk.ingest();
    desk.write("rules.toml", &format!("{RULES}must_match = [\"ฝนแล้ง\"]\n"));
    let pipeline = desk.0.path().join("pipeline.toml");
    let pipeline = pipeline.to_str().expect("a path in UTF-8");
    for (code, talk) in [
        (desk.praden(&["replay", "match", "--dry-run"]).0, desk.praden(&["replay", "match"]).2),
        Desk::run(&["check", pipeline]),
        Desk::run(&["run", pipeline, "--listen", "127.0.0.1:0"]),
    ] {
        assert_eq!(code, Some(2), "{talk}");
        assert!(talk.contains("rules.toml:4") && talk.contains("must_match[1]"), "{talk}");
    }
}
