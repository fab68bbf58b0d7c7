//! The process stops between each two durable acts of a commit: `cargo test -p praden-index --features failpoints`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

mod common;

use std::io::Write as _;
use std::process::{Command, Stdio};

use common::{article, mention, published, tree};
use praden_index::{Index, Rebuild, WriterOptions};
use praden_model::Seq;

/// Run by the next test in a process of its own, which stops itself.
#[test]
#[ignore = "the child of `a_commit_is_whole_or_has_not_happened`, which runs it"]
fn child_that_stops_in_its_second_commit() {
    let (mut dir, mut point) = (String::new(), String::new());
    std::io::stdin().read_line(&mut dir).unwrap();
    std::io::stdin().read_line(&mut point).unwrap();
    assert!(!point.trim().is_empty(), "not for running by hand");
    let index = Index::open(dir.trim().as_ref()).unwrap();
    let mut writer = index.writer(&WriterOptions::default()).unwrap();
    let mut dated = article(1, "", "rain");
    dated.published = published("2025-07-31T00:00:00Z");
    writer.upsert(&dated, &[mention("dmh")], None).unwrap();
    writer.commit(Seq::new(1)).unwrap();
    fail::cfg(point.trim(), "return").unwrap();
    writer.upsert(&article(2, "", "rain"), &[], None).unwrap();
    writer.commit(Seq::new(2)).unwrap();
}

#[test]
fn a_commit_is_whole_or_has_not_happened() {
    for (point, want) in [("index.commit.before", 1), ("index.commit.prepared", 1), ("index.commit.after", 2)]
    {
        let dir = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "child_that_stops_in_its_second_commit"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{}\n{point}", dir.path().display()).unwrap();
        assert!(!child.wait().unwrap().success(), "{point} stops the process");

        let index = Index::open(dir.path()).unwrap();
        let searcher = index.reader().unwrap();
        assert_eq!(
            (searcher.cursor().get(), searcher.count(&tree("rain")).unwrap()),
            (want, want),
            "{point}"
        );
        // The next writer goes on from there.
        assert_eq!(index.writer(&WriterOptions::default()).unwrap().cursor().get(), want);
    }
}

/// Run by the next test in a process of its own, which stops itself.
#[test]
#[ignore = "the child of `a_rebuild_serves_whole_or_not_at_all`, which runs it"]
fn child_that_stops_in_a_rebuild() {
    let (mut dir, mut point) = (String::new(), String::new());
    std::io::stdin().read_line(&mut dir).unwrap();
    std::io::stdin().read_line(&mut point).unwrap();
    assert!(!point.trim().is_empty(), "not for running by hand");
    let fill = |dir: &std::path::Path, count: u64| {
        let mut writer = Index::open(dir).unwrap().writer(&WriterOptions::default()).unwrap();
        for seq in 1..=count {
            writer.upsert(&article(seq, "", "rain"), &[], None).unwrap();
        }
        writer.commit(Seq::new(count)).unwrap();
    };
    fill(dir.trim().as_ref(), 1);
    let rebuild = Rebuild::begin(dir.trim().as_ref()).unwrap();
    fill(&rebuild.dir(), 2);
    fail::cfg(point.trim(), "return").unwrap();
    rebuild.finish().unwrap();
}

#[test]
fn a_rebuild_serves_whole_or_not_at_all() {
    for (point, want) in [("index.rebuild.built", 1), ("index.rebuild.switched", 2)] {
        let dir = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "child_that_stops_in_a_rebuild"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{}\n{point}", dir.path().display()).unwrap();
        assert!(!child.wait().unwrap().success(), "{point} stops the process");
        praden_index::sweep(dir.path()).unwrap();
        let searcher = Index::open(dir.path()).unwrap().reader().unwrap();
        assert_eq!(
            (searcher.cursor().get(), searcher.count(&tree("rain")).unwrap()),
            (want, want),
            "{point}"
        );
    }
}
