//! A desk teaches its own routing model, measures it, and names it in its pipeline.

#![expect(clippy::expect_used, reason = "a test ends with the message")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const LABELLED: [(&str, &str); 6] = [
    ("ต้นกระบองเพชรยักษ์ล้มทับรั้ว", "dnp"),
    ("กระบองเพชรยักษ์ออกดอกในสวน", "dnp"),
    ("กระบองเพชรยักษ์ขายผิดกฎหมาย", "dnp"),
    ("จานบินลงจอดกลางทุ่งนา", "rtaf"),
    ("จานบินสีเขียวเหนือบ้าน", "rtaf"),
    ("พบจานบินกลางคืน", "rtaf"),
];

fn praden(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_praden"))
        .args(arguments)
        .env_remove("PRADEN_PIPELINE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("praden starts");
    child.stdin.take().expect("its input").write_all(input.as_bytes()).expect("read");
    child.wait_with_output().expect("it ends")
}

fn out(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn labelled(folder: &Path) -> String {
    let line = |(at, (text, agency)): (usize, &(&str, &str))| {
        serde_json::json!({ "id": format!("t{at}"), "text": text, "agencies": [agency] }).to_string() + "\n"
    };
    let file = folder.join("labelled.jsonl");
    fs::write(&file, LABELLED.iter().enumerate().map(line).collect::<String>()).expect("written");
    file.display().to_string()
}

#[test]
fn a_desk_teaches_its_own_model() {
    let folder = tempfile::tempdir().expect("a folder");
    let (labelled, model) = (labelled(folder.path()), folder.path().join("routing.tsv"));
    let learn = || out(&praden(&["train", "--all", "--labelled", &labelled], ""));
    fs::write(&model, learn()).expect("written");
    assert_eq!(fs::read_to_string(&model).expect("read"), learn(), "the same labels give the same model");

    let pipeline = folder.path().join("p.toml");
    let text = "[pipeline]\nname = \"t\"\ncontact = \"press@example.org\"\nrouting_model = \"routing.tsv\"\n";
    fs::write(&pipeline, text).expect("written");
    let pipeline = pipeline.display().to_string();
    out(&praden(&["check", &pipeline], ""));
    let first = |arguments: &[&str], text: &str| {
        let article = serde_json::json!({ "id": "1", "title": "", "text": text }).to_string();
        let row: serde_json::Value =
            serde_json::from_str(&out(&praden(arguments, &article))).expect("a line of JSON");
        row.pointer("/agencies/0/agency").and_then(|agency| agency.as_str().map(str::to_owned))
    };
    for (text, want) in [("จานบินมาอีกแล้ว", "rtaf"), ("กระบองเพชรยักษ์ของใคร", "dnp")]
    {
        assert_eq!(first(&["match", "--pipeline", &pipeline], text).as_deref(), Some(want), "{text}");
    }

    fs::write(&model, "praden-routing 1\n@dnp\tmany\n").expect("written");
    let checked = praden(&["check", &pipeline], "");
    let talk = String::from_utf8_lossy(&checked.stderr);
    assert_eq!(checked.status.code(), Some(2), "{talk}");
    assert!(talk.contains("routing.tsv:2: pipeline.routing_model: `many` is not a whole number"), "{talk}");
}

#[test]
fn a_model_is_measured_on_texts_it_was_not_taught() {
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = ["train", "--all", "--folds", "6", "--labelled", &labelled(folder.path())];
    let report: serde_json::Value = serde_json::from_str(&out(&praden(&arguments, ""))).expect("JSON");
    for way in ["praden", "names_and_remit_counted"] {
        assert_eq!(
            report.pointer(&format!("/title_and_text/{way}/texts")),
            Some(&LABELLED.len().into()),
            "{report}"
        );
    }
}

#[test]
fn nothing_to_learn_from_is_a_mistake_with_a_way_out() {
    let trained = praden(&["train"], "");
    assert_eq!(trained.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&trained.stderr).contains("give labelled texts with --labelled"));
}
