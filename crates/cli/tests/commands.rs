//! The contract of the commands: what goes in, what comes out, and with which exit code.

#![expect(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test ends with the message, or says why it is skipped"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// How a command ended.
struct Ended {
    code: Option<i32>,
    out: String,
    talk: String,
}

impl Ended {
    /// Its output as lines of JSON.
    #[track_caller]
    fn lines(&self) -> Vec<Value> {
        assert_eq!(self.code, Some(0), "{}", self.talk);
        self.out.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }

    /// Its one line of JSON.
    #[track_caller]
    fn line(&self) -> Value {
        let lines = self.lines();
        assert_eq!(lines.len(), 1, "{}", self.out);
        lines.into_iter().next().expect("a line")
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_praden"));
    command
        .args(arguments)
        .env_remove("PRADEN_DATA")
        .env_remove("PRADEN_PIPELINE")
        .env_remove("RUST_LOG")
        .env("USER", "tester");
    command
}

fn praden(arguments: &[&str]) -> Ended {
    praden_fed(arguments, b"")
}

fn praden_fed(arguments: &[&str], input: &[u8]) -> Ended {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("praden starts");
    // A command may end without reading: that is its right.
    let _ = child.stdin.take().expect("its input").write_all(input);
    let output = child.wait_with_output().expect("an end");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ended { code: output.status.code(), out: text(output.stdout), talk: text(output.stderr) }
}

/// A data folder, and a file to ingest into it.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().expect("a path in UTF-8").to_owned()
    }

    fn data(&self) -> String {
        self.path("data")
    }

    fn write(&self, name: &str, bytes: &[u8]) -> String {
        std::fs::write(self.path(name), bytes).expect("written");
        self.path(name)
    }

    fn ingest(&self, lines: &[Value]) -> Value {
        let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
        let file = self.write("archive.jsonl", lines.join("\n").as_bytes());
        praden(&["ingest", &file, "--data", &self.data()]).line()
    }

    /// A command on the data folder.
    fn ask(&self, arguments: &[&str]) -> Ended {
        praden(&[arguments, &["--data", &self.data()]].concat())
    }
}

fn article(n: u32, title: &str, text: &str) -> Value {
    json!({ "url": format!("https://www.outlet-{n}.example/{n}"), "title": title, "text": text, "date": "2026-11-20" })
}

/// Articles that raise one issue.
fn flood() -> Vec<Value> {
    let text = "ชาวบ้านร้องเรียนว่าได้รับความเดือดร้อนหนัก น้ำท่วมบ้านเรือน มีผู้เสียชีวิต 2 ราย วิจารณ์กรมชลประทานว่าเปิดประตูระบายน้ำโดยไม่แจ้งเตือน \
                เรียกร้องให้กรมชลประทานออกมาชี้แจง";
    vec![article(1, "ชาวบ้านร้องกรมชลประทานเปิดประตูระบายน้ำไม่แจ้งเตือน น้ำท่วมตาย 2", text)]
}

#[test]
fn nothing_offered_is_dropped_in_silence() {
    let desk = Desk::new();
    let long = "ก".repeat(242_854);
    let text = "ฝนตกหนักหลายพื้นที่";
    let mut bytes: Vec<u8> = Vec::new();
    let lines: [&[u8]; 15] = [
        article(1, "ข่าวแรก", text).to_string().as_bytes(),
        json!({ "url": "https://a.example/no-title", "text": text, "date": "2026-11-20" }).to_string().as_bytes(),
        json!({ "url": "https://a.example/no-date", "title": "ไม่มีวันที่", "text": text }).to_string().as_bytes(),
        json!({ "url": "https://a.example/be", "title": "ปีพุทธศักราช", "text": text, "date": "2569-11-20" }).to_string().as_bytes(),
        json!({ "url": "https://a.example/empty-text", "title": "มีแต่หัวข้อ", "text": "", "date": "2026-11-20" }).to_string().as_bytes(),
        json!({ "url": "https://a.example/empty", "title": "", "text": " ", "date": "2026-11-20" }).to_string().as_bytes(),
        // The first again: by a link with tracking parameters; and with a new text.
        json!({ "url": "https://www.outlet-1.example/1?utm_source=x&fbclid=y", "title": "ข่าวแรก", "text": text, "date": "2026-11-20" }).to_string().as_bytes(),
        article(1, "ข่าวแรก", "ฝนตกหนักหลายพื้นที่ (แก้ไข)").to_string().as_bytes(),
        json!({ "url": "https://a.example/long", "title": "สรุปมติคณะรัฐมนตรี", "text": long, "date": "2026-11-20" }).to_string().as_bytes(),
        b"{\"url\":\"https://a.example/broken\",\"title\":\"\xE0\xB8\x82\xE0\xB9\",\"text\":\"\xB9\xE9\",\"date\":\"2026-11-20\"}",
        b"this is not JSON",
        b"[\"a list\"]",
        json!({ "title": "ไม่มีลิงก์", "text": text }).to_string().as_bytes(),
        json!({ "url": "https://a.example/typed", "title": { "th": "ก" } }).to_string().as_bytes(),
        json!({ "id": 7, "title": "มีแต่เลข", "text": text, "date": "2026-11-20", "source": "ศูนย์" }).to_string().as_bytes(),
    ]
    .map(|line| line.to_vec().leak() as &[u8]);
    for line in lines {
        bytes.extend_from_slice(line);
        bytes.push(b'\n');
    }
    let file = desk.write("archive.jsonl", &bytes);
    let report = desk.ask(&["ingest", &file]).line();
    assert_eq!(
        [&report["lines"], &report["new"], &report["revised"], &report["unchanged"]],
        [&json!(15), &json!(8), &json!(1), &json!(1)],
        "{report}"
    );
    assert_eq!(report["dropped"], json!({ "not_json": 2, "wrong_field": 1, "empty": 1, "unnamed": 1 }));
    assert_eq!(
        report["warnings"],
        json!({ "title_missing": 1, "text_empty": 1, "date_missing": 1, "url_missing": 1, "encoding_repaired": 1 })
    );
    let kept = |report: &Value| {
        let sum: u64 =
            report["dropped"].as_object().expect("reasons").values().filter_map(Value::as_u64).sum();
        sum + ["new", "revised", "unchanged"].iter().filter_map(|field| report[*field].as_u64()).sum::<u64>()
    };
    assert_eq!(kept(&report), 15, "every line is kept, revised, known or dropped");

    let drops: Vec<String> = desk
        .ask(&["drops"])
        .lines()
        .iter()
        .rev()
        .map(|drop| {
            format!("{} {}", drop["place"].as_str().unwrap_or(""), drop["reason"].as_str().unwrap_or(""))
        })
        .collect();
    assert_eq!(
        drops,
        ["line 6 empty", "line 11 not_json", "line 12 not_json", "line 13 unnamed", "line 14 wrong_field"]
    );
    assert_eq!(
        desk.ask(&["search", "url:https://a.example/be date:2026-11-20", "--count"]).line()["count"],
        1,
        "2569 is 2026"
    );

    // Read again, from the start: nothing new. The same lines in a file of another name and length: nothing new either.
    let again = desk.ask(&["ingest", &file]).line();
    assert_eq!([&again["resumed_after_line"], &again["lines"]], [&json!(15), &json!(0)]);
    bytes.extend_from_slice(b"\n\n");
    let copy = desk.write("copy.jsonl", &bytes);
    let again = desk.ask(&["ingest", &copy]).line();
    assert_eq!(
        [&again["new"], &again["revised"], &again["unchanged"]],
        [&json!(0), &json!(0), &json!(10)],
        "{again}"
    );
}

#[test]
fn an_archive_that_is_damaged_keeps_what_it_has() {
    let desk = Desk::new();
    let lines: String =
        (0..400).map(|n| format!("{}\n", article(n, &format!("ข่าวที่ {n}"), "เนื้อข่าว"))).collect();
    let packed = zstd::encode_all(lines.as_bytes(), 3).expect("packed");
    let file = desk.write("cut.jsonl.zst", &packed[..packed.len() - 10]);
    let ended = desk.ask(&["ingest", &file]);
    assert!(ended.talk.contains("cannot be read further"), "{}", ended.talk);
    let report: Value = serde_json::from_str(ended.out.trim()).expect("a report");
    assert!(report["error"].is_string());
    assert!(matches!(ended.code, Some(1 | 4)), "{:?}", ended.code);
    let missing = desk.ask(&["ingest", "/no/such/file"]);
    assert_eq!(missing.code, Some(1));
    assert!(missing.talk.contains("/no/such/file"), "{}", missing.talk);
}

#[test]
fn an_issue_goes_through_the_rooms() {
    let desk = Desk::new();
    desk.ingest(&flood());
    let issue = desk.ask(&["issues", "list"]).line();
    let id = issue["id"].as_str().expect("an id");
    assert_eq!(issue["agencies"][0]["agency"], "rid", "{issue}");
    let sum: f64 = issue["signals"]
        .as_array()
        .expect("signals")
        .iter()
        .filter_map(|signal| signal["value"].as_f64())
        .sum();
    assert!((sum - issue["score"].as_f64().expect("a score")).abs() < 0.001, "the score re-adds");

    let early = desk.ask(&["issues", "report", id, "--text", "ชี้แจง"]);
    assert_eq!(early.code, Some(2));
    assert!(early.talk.contains("assign it to an agency first"), "{}", early.talk);
    let unknown = desk.ask(&["issues", "assign", id, "--agency", "nobody"]);
    assert_eq!((unknown.code, unknown.talk.contains("nobody")), (Some(2), true), "{}", unknown.talk);

    assert_eq!(desk.ask(&["issues", "accept", id, "--by", "โต๊ะข่าว"]).line()["type"], "issue.accepted");
    assert_eq!(desk.ask(&["issues", "assign", id, "--agency", "rid"]).line()["data"]["agency"], "rid");
    desk.ask(&["issues", "report", id, "--text", "ชี้แจงแล้ว", "--link", "https://www.rid.example/1"]).line();
    desk.ask(&["issues", "close", id, "--note", "สื่อนำเสนอแล้ว"]).line();
    let events: Vec<Value> = desk.ask(&["issues", "follow", "--once"]).lines();
    let kinds: Vec<&str> = events.iter().filter_map(|event| event["type"].as_str()).collect();
    assert_eq!(kinds, ["issue.raised", "issue.accepted", "issue.assigned", "issue.reported", "issue.closed"]);
    let rest = desk.ask(&["issues", "follow", "--once", "--after", &events[2]["seq"].to_string()]).lines();
    assert_eq!(rest, events[3..], "a follower goes on where it was");
    let kpi = desk.ask(&["kpi"]).line();
    assert_eq!([&kpi["agency"], &kpi["assigned"], &kpi["on_time"]], [&json!("rid"), &json!(1), &json!(1)]);
    let none = desk.ask(&["kpi", "--from", "2560-01-01", "--to", "2560-03-31"]);
    assert_eq!(none.lines(), Vec::<Value>::new());

    let shown: Value = serde_json::from_str(&desk.ask(&["issues", "show", id]).out).expect("JSON");
    let text = flood()[0]["text"].as_str().expect("a text").to_owned();
    let title = flood()[0]["title"].as_str().expect("a title").to_owned();
    for span in shown["signals"]
        .as_array()
        .expect("signals")
        .iter()
        .flat_map(|s| s["spans"].as_array().expect("spans"))
    {
        let field = if span["field"] == "title" { &title } else { &text };
        let at = |name: &str| span[name].as_u64().expect("a byte") as usize;
        assert_eq!(field.get(at("start")..at("end")), span["surface"].as_str(), "{span}");
    }
}

#[test]
fn a_faulty_pipeline_is_refused_with_every_fault_and_nothing_is_touched() {
    let desk = Desk::new();
    let file = desk.write(
        "pipeline.toml",
        b"[pipeline]\nname = \"x\"\n[crawl]\nhost_delay = 1\n[[source]]\nid = \"A B\"\n",
    );
    for arguments in [vec!["check", &file], vec!["run", &file], vec!["crawl", &file, "--due"]] {
        let ended = praden(&arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.talk);
        for fault in ["pipeline.contact", "did you mean `host_delay_ms`", "A B"] {
            assert!(ended.talk.contains(fault), "{arguments:?} does not say {fault}: {}", ended.talk);
        }
    }
    assert!(!Path::new(&desk.path("praden-data")).exists());
    let made = praden(&["init", &desk.path("desk")]);
    assert_eq!(made.code, Some(0), "{}", made.talk);
    assert_eq!(praden(&["check", &desk.path("desk/pipeline.toml")]).code, Some(0));
    assert_eq!(praden(&["init", &desk.path("desk")]).code, Some(2), "nothing is written over");
}

#[test]
fn a_folder_that_cannot_be_used_is_one_sentence() {
    let desk = Desk::new();
    let file = desk.write("archive.jsonl", b"{}");
    let taken = desk.write("taken", b"a file, not a folder");
    let ended = praden(&["ingest", &file, "--data", &taken]);
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.talk.lines().count(), 1, "{}", ended.talk);
    assert!(ended.talk.contains("cannot be used as a data folder"), "{}", ended.talk);
    assert_eq!(std::fs::read(&taken).expect("it is still there"), b"a file, not a folder");
    for arguments in [&["search", "ก"][..], &["issues", "list"], &["kpi"], &["drops"], &["doctor"]] {
        let ended = desk.ask(arguments);
        assert_eq!((ended.code, ended.talk.lines().count()), (Some(1), 1), "{arguments:?}: {}", ended.talk);
        assert!(ended.talk.contains("is not a data folder"), "{}", ended.talk);
    }
    assert!(!Path::new(&desk.data()).exists(), "asking makes no folder");
}

/// The daemon on a pipeline without sources, and its address.
struct Daemon {
    child: std::process::Child,
    address: String,
}

impl Daemon {
    fn start(desk: &Desk) -> Self {
        let text = "[pipeline]\nname = \"t\"\ncontact = \"press@example.org\"\ndata = \"data\"\n[server]\nlisten = \"127.0.0.1:0\"\n";
        let pipeline = desk.write("pipeline.toml", text.as_bytes());
        let mut child = command(&["run", &pipeline])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the daemon starts");
        let mut address = String::new();
        BufReader::new(child.stdout.take().expect("its output"))
            .read_line(&mut address)
            .expect("its address");
        assert!(address.starts_with("http://127.0.0.1:"), "{address}");
        Self { child, address: address.trim().to_owned() }
    }

    fn terminate(mut self) -> Duration {
        let asked = Instant::now();
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
        assert_eq!(self.child.wait().expect("an end").code(), Some(0));
        asked.elapsed()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_daemon_goes_over_to_an_index_that_is_built_beside_it() {
    let desk = Desk::new();
    desk.ingest(&flood());
    let daemon = Daemon::start(&desk);
    for round in 1..=2 {
        let built = desk.ask(&["reindex"]);
        assert_eq!(built.line()["documents"], 1);
        assert!(built.talk.contains("goes over to the new index by itself"), "{}", built.talk);
        assert_eq!(desk.ask(&["search", "น้ำท่วม", "--count"]).line()["count"], 1);
        // It takes what it had away once it has gone over.
        let index = PathBuf::from(desk.data()).join("index");
        let old = if round == 1 { index.join("meta.json") } else { index.join("g-1") };
        let asked = Instant::now();
        while old.exists() && asked.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(!old.exists() && index.join(format!("g-{round}")).exists());
    }
    daemon.terminate();
    assert_eq!(desk.ingest(&[article(2, "น้ำท่วม", "น้ำท่วม")])["new"], 1);
    assert_eq!(desk.ask(&["search", "น้ำท่วม", "--count"]).line()["count"], 2, "the run after goes on with it");
    std::fs::remove_dir_all(format!("{}/index/g-2", desk.data())).expect("removed");
    assert_eq!(desk.ask(&["reindex"]).line()["documents"], 2, "one that is gone is built anew");
}

#[test]
fn the_daemon_holds_its_folder_and_stops_when_asked() {
    let desk = Desk::new();
    let daemon = Daemon::start(&desk);
    let file = desk.write("archive.jsonl", flood()[0].to_string().as_bytes());
    let second = desk.ask(&["ingest", &file]);
    assert_eq!(second.code, Some(3), "{}", second.talk);
    assert_eq!(second.talk.lines().count(), 1, "{}", second.talk);
    assert!(second.talk.contains(&format!("process {}", daemon.child.id())), "{}", second.talk);
    let other = praden(&["crawl", &desk.path("pipeline.toml"), "--due"]);
    assert_eq!(other.code, Some(3), "{}", other.talk);
    // Reading goes on beside it.
    assert_eq!(desk.ask(&["issues", "list"]).code, Some(0));
    assert!(daemon.address.ends_with('/'));
    let took = daemon.terminate();
    assert!(took < Duration::from_secs(10), "it took {took:?}");
    assert_eq!(desk.ask(&["ingest", &file]).line()["new"], 1, "the folder is free again");
}

#[test]
fn a_full_disk_is_one_sentence_and_the_data_is_as_it_was() {
    let Some(disk) = SmallDisk::mount() else { return };
    let desk = Desk::new();
    let data = disk.path.join("data");
    let data = data.to_str().expect("a path in UTF-8");
    let first = desk.write("first.jsonl", flood()[0].to_string().as_bytes());
    assert_eq!(praden(&["ingest", &first, "--data", data]).code, Some(0));
    let before = praden(&["issues", "list", "--data", data]).out;
    let lines: String = (10..3000)
        .map(|n| format!("{}\n", article(n, &format!("ข่าวที่ {n}"), &format!("เนื้อข่าว {n} ").repeat(200))))
        .collect();
    let big = desk.write("big.jsonl", lines.as_bytes());
    let full = praden(&["ingest", &big, "--data", data]);
    assert_eq!(full.code, Some(1), "{}", full.talk);
    let last = full.talk.lines().last().unwrap_or("");
    assert!(last.contains("is full") && last.contains("make room"), "{}", full.talk);
    assert_eq!(full.talk.lines().filter(|line| line.starts_with("praden:")).count(), 1, "{}", full.talk);
    // What was there can still be read, and after making room the rest comes.
    let after = praden(&["issues", "list", "--data", data]);
    assert_eq!(after.code, Some(0), "{}", after.talk);
    assert!(after.out.lines().any(|line| line == before.trim_end()), "the issue is as it was: {}", after.out);
    disk.grow();
    let rest = praden(&["ingest", &big, "--data", data]);
    assert_eq!(rest.code, Some(0), "{}", rest.talk);
    assert_eq!(
        praden(&["search", "url:https://www.outlet-2999.example/2999", "--count", "--data", data]).line()["count"],
        1
    );
}

/// A file system of 6 MB.
struct SmallDisk {
    path: PathBuf,
    _folder: TempDir,
}

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("disk");
        std::fs::create_dir(&path).expect("a mount point");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=6m", "tmpfs"])
            .arg(&path)
            .stderr(Stdio::null())
            .status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(Self { path, _folder: folder });
        }
        eprintln!("SKIPPED: a full disk needs the right to mount a tmpfs; run as root to try it");
        None
    }

    fn grow(&self) {
        let grown = Command::new("mount")
            .args(["-o", "remount,size=300m"])
            .arg(&self.path)
            .status()
            .expect("mount runs");
        assert!(grown.success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.path).status();
    }
}

#[test]
fn the_small_tools_give_a_line_for_a_line() {
    let normalized = praden_fed(&["text", "normalize"], "เเม่น้ํา\nsecond\n".as_bytes());
    assert_eq!(normalized.out, "แม่น้ำ\nsecond\n");
    let segmented = praden_fed(&["text", "segment"], "น้ำท่วม a|b\n\n".as_bytes());
    let joined: String = segmented.out.replace("\\|", "\u{0}").replace('|', "").replace('\u{0}', "|");
    assert_eq!(joined, "น้ำท่วม a|b\n\n");
    let dates = praden_fed(
        &["text", "dates"],
        "{\"text\":\"25 ก.พ. 60\",\"base\":\"2017-03-01T00:00:00+07:00\"}\nnonsense\n{\"text\":\"ก.พ.\",\"base\":\"2017-03-01T00:00:00Z\"}\n".as_bytes(),
    )
    .lines();
    assert_eq!(
        [&dates[0]["value"], &dates[0]["precision"], &dates[0]["calendar"]],
        [&json!("2017-02-25"), &json!("day"), &json!("BE")]
    );
    assert!(dates[1]["error"].is_string());
    assert_eq!(dates[2]["value"], Value::Null);

    let found = praden_fed(
        &["match"],
        format!(
            "{}\nnot json\n",
            json!({ "id": "x", "title": "ปภ. เตือน", "text": "กรมชลประทาน (ชป.) ชี้แจง" })
        )
        .as_bytes(),
    )
    .lines();
    assert_eq!(found[0]["id"], "x");
    let mentions = found[0]["mentions"].as_array().expect("mentions");
    assert!(
        mentions.iter().any(|mention| mention["agency"] == "rid" && mention["surface"] == "กรมชลประทาน"),
        "{mentions:?}"
    );
    for field in ["agencies", "score", "is_candidate_issue", "kind", "signals", "rules"] {
        assert!(found[0].get(field).is_some(), "{field}");
    }
    assert!(found[1]["error"].is_string());

    let stories = praden_fed(
        &["stories"],
        format!(
            "{}\n{}\n",
            json!({ "id": 1, "date": "2026-11-20", "title": "น้ำท่วมบึงสะแก", "text": "น้ำท่วมอำเภอบึงสะแก ประตูระบายน้ำคลองท่ากก" }),
            json!({ "id": 2, "date": "2026-11-20", "title": "ทีมชาติไทยชนะ", "text": "ฟุตบอลนัดกระชับมิตร" })
        )
        .as_bytes(),
    )
    .lines();
    assert_ne!(stories[0]["story"], stories[1]["story"]);
    assert!(stories[0]["because"].is_array());
}

#[test]
fn a_query_that_is_not_understood_points_at_the_place() {
    let desk = Desk::new();
    desk.ingest(&flood());
    let wrong = desk.ask(&["search", "น้ำท่วม AND"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.talk.contains("column") && wrong.talk.contains("hint"), "{}", wrong.talk);
    let hit = desk.ask(&["search", "น้ำท่วม AND agency:rid"]).line();
    assert_eq!(hit["highlights"][0]["surface"], "น้ำท่วม", "{hit}");
    assert_eq!(desk.ask(&["search", "น้ำท่วม", "--facet", "agency"]).lines()[0]["value"], "rid");
    assert_eq!(
        desk.ask(&["search", "น้ำท่วม", "--over", "month"]).line(),
        json!({ "value": "2026-11-01", "count": 1 })
    );
}

#[test]
fn a_query_that_is_too_broad_is_refused_with_the_place_and_what_would_work() {
    let desk = Desk::new();
    let words: String = (0..40).map(|n| format!("word{n:02} ")).collect();
    desk.ingest(&[article(1, "ฝน", &words)]);
    let pipeline = desk.path("desk");
    assert_eq!(praden(&["init", &pipeline]).code, Some(0));
    let file = format!("{pipeline}/pipeline.toml");
    let text = std::fs::read_to_string(&file).expect("read");
    std::fs::write(&file, text.replace("# terms_max = 10000", "terms_max = 30")).expect("written");
    for refused in [
        desk.ask(&["search", "ฝน AND word*", "--terms-max", "30"]),
        desk.ask(&["search", "ฝน AND word*", "--count", "--pipeline", &file]),
        desk.ask(&["export", "ฝน AND word*", "--terms-max", "30"]),
    ] {
        assert_eq!((refused.code, refused.out.as_str()), (Some(2), ""));
        let place = "column 8 (byte 11): with `word*` the query stands for more than 30 different words";
        assert!(
            refused.talk.contains(place) && refused.talk.contains("hint: write more of the word"),
            "{}",
            refused.talk
        );
    }
    assert_eq!(desk.ask(&["search", "ฝน AND word*", "--count"]).line()["count"], 1);
    // What no person writes is refused before anything is looked up.
    let many = (0..100_000).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" OR ");
    let long = desk.ask(&["search", many.get(..120_000).expect("long")]);
    assert!(long.code == Some(2) && long.talk.contains("over the limit of 16384"), "{}", long.talk);
}

#[test]
fn an_export_has_what_the_search_counts_in_every_format() {
    const ARTICLES: usize = 10_050;
    let desk = Desk::new();
    let lines: Vec<Value> = (0..ARTICLES)
        .map(|n| {
            json!({ "url": format!("https://a.example/{n}"), "title": format!("=ข่าว {n}"), "text": format!("ฝน,\n\"{n}\""),
                    "author": if n == 7 { json!(["สมชาย ใจดี", "Jane Doe"]) } else { Value::Null } })
        })
        .collect();
    desk.ingest(&lines);
    let count = desk.ask(&["search", "ฝน", "--count"]).line()["count"].clone();
    assert_eq!(count, ARTICLES);
    let (csv, jsonl, parquet) = (desk.path("a.csv"), desk.path("a.jsonl"), desk.path("a.parquet"));
    for file in [&csv, &jsonl, &parquet] {
        let exported = desk.ask(&["export", "ฝน", "--out", file]);
        assert_eq!((exported.code, exported.talk.trim()), (Some(0), "10050 articles exported"));
        assert!(!Path::new(&format!("{file}.part")).exists());
    }

    let bytes = std::fs::read(&csv).expect("read");
    assert!(bytes.starts_with("\u{FEFF}seq,".as_bytes()));
    let mut read = csv::Reader::from_reader(bytes.get(3..).expect("more"));
    let heading = |read: &mut csv::Reader<&[u8]>, name: &str| {
        read.headers().expect("headings").iter().position(|heading| heading == name).expect("a heading")
    };
    let [title, text, authors] = ["title", "text", "authors"].map(|name| heading(&mut read, name));
    let rows: Vec<csv::StringRecord> = read.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), ARTICLES);
    let row = rows.get(7).expect("a row");
    assert_eq!(
        (row.get(title), row.get(text), row.get(authors)),
        (Some("'=ข่าว 7"), Some("ฝน,\n\"7\""), Some("สมชาย ใจดี; Jane Doe"))
    );

    let json = std::fs::read_to_string(&jsonl).expect("read");
    let lines: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), ARTICLES);
    assert_eq!((&lines[7]["title"], &lines[7]["authors"][1]), (&json!("=ข่าว 7"), &json!("Jane Doe")));

    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use parquet::record::RowAccessor as _;
    let reader =
        SerializedFileReader::new(std::fs::File::open(&parquet).expect("opened")).expect("a parquet file");
    assert!(reader.num_row_groups() > 1, "rows are written as they come");
    let rows: Vec<_> = reader.get_row_iter(None).expect("rows").map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), ARTICLES);
    for (row, line) in rows.iter().zip(&lines) {
        assert_eq!(Some(row.get_long(0).expect("seq")), line["seq"].as_i64());
        assert_eq!(row.get_string(10).map(String::as_str).ok(), line["text"].as_str());
    }

    // A page ends where the next begins, and each article is on one of them.
    let mut seen = std::collections::BTreeSet::new();
    let mut after = Vec::new();
    loop {
        let next: Vec<&str> = after.iter().map(String::as_str).collect();
        let hits = desk
            .ask(&[&["search", "ฝน", "--limit", "4000", "--order", "newest"], next.as_slice()].concat())
            .lines();
        assert!(hits.iter().all(|hit| seen.insert(hit["seq"].as_u64())), "no article comes twice");
        let Some(cursor) = hits.last().and_then(|hit| hit["next"].as_str()) else { break };
        after = vec!["--after".to_owned(), cursor.to_owned()];
    }
    assert_eq!(seen.len(), ARTICLES);
    assert_eq!(desk.ask(&["search", "author:สมชาย", "--count"]).line()["count"], 1);
    assert_eq!(desk.ask(&["search", "ฝน", "--facet", "author"]).lines().len(), 2);
}

#[test]
fn the_index_can_be_thrown_away() {
    let desk = Desk::new();
    desk.ingest(&flood());
    std::fs::remove_dir_all(format!("{}/index", desk.data())).expect("removed");
    assert_eq!(desk.ask(&["reindex"]).line()["documents"], 1);
    assert_eq!(desk.ask(&["search", "น้ำท่วม", "--count"]).line()["count"], 1);
    let copy = desk.path("copy");
    assert_eq!(desk.ask(&["backup", &copy]).code, Some(0));
    assert_eq!(praden(&["reindex", "--data", &copy]).line()["documents"], 1, "a backup is a data folder");
    assert_eq!(praden(&["issues", "list", "--data", &copy]).out, desk.ask(&["issues", "list"]).out);
}
