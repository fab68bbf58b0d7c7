//! What a person does to the stories behind issues, and bursts, over a log that stages have read.

#![expect(clippy::expect_used, reason = "a test ends with the message")]

use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

const COMPLAINT: &str =
    "ชาวบ้านร้องเรียนโรงงานปล่อยน้ำเสียลงคลองมหาชัย ส่งกลิ่นเหม็น ปลาตายลอยเกลื่อน แจ้งกรมควบคุมมลพิษแล้วยังไม่ได้รับการแก้ไข";
const FAKE: &str = "กระทรวงสาธารณสุขชี้แจงข่าวปลอม ยืนยันว่าไม่มีการแจกเครื่องวัดความดันฟรีทางเฟซบุ๊ก ขออย่าหลงเชื่อ";

struct Desk(TempDir);

/// A pipeline for a desk that looks at one candidate in a morning, and waits a day.
const PIPELINE: &str = "[pipeline]\nname = \"desk\"\ncontact = \"press@example.org\"\n[issues]\nper_morning = 1\nrest_hours = 24\n";

impl Desk {
    /// A data folder into which these articles were read: title, text, when, outlet.
    fn with(articles: &[(String, String, String, String)]) -> Self {
        let desk = Self(tempfile::tempdir().expect("a temporary folder"));
        let lines: String = articles
            .iter()
            .enumerate()
            .map(|(at, (title, text, date, source))| {
                let url = format!("https://{source}.example/{at}");
                json!({ "url": url, "title": title, "text": text, "date": date, "source": source })
                    .to_string()
                    + "\n"
            })
            .collect();
        std::fs::create_dir(desk.0.path().join("data")).expect("a folder");
        std::fs::write(desk.0.path().join("pipeline.toml"), PIPELINE).expect("written");
        let archive = desk.0.path().join("archive.jsonl");
        std::fs::write(&archive, lines).expect("written");
        let (code, _, talk) = desk.praden(&["ingest", archive.to_str().expect("a path in UTF-8")]);
        assert_eq!(code, Some(0), "{talk}");
        desk
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().expect("a path in UTF-8").to_owned()
    }

    /// Reads more articles, each of its own source.
    fn read(&self, articles: &[(String, String, String, String)]) {
        let lines: String = articles
            .iter()
            .map(|(title, text, date, source)| {
                let url = format!("https://{source}.example/{}", title.len() + text.len());
                json!({ "url": url, "title": title, "text": text, "date": date, "source": source })
                    .to_string()
                    + "\n"
            })
            .collect();
        std::fs::write(self.path("more.jsonl"), lines).expect("written");
        let (code, _, talk) = self.praden(&["ingest", &self.path("more.jsonl")]);
        assert_eq!(code, Some(0), "{talk}");
    }

    /// Exit code, lines of output, and what was said.
    fn praden(&self, arguments: &[&str]) -> (Option<i32>, Vec<Value>, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_praden"))
            .args(arguments)
            .args(["--data", self.path("data").as_str(), "--pipeline", self.path("pipeline.toml").as_str()])
            .env_remove("PRADEN_DATA")
            .env_remove("PRADEN_PIPELINE")
            .env_remove("RUST_LOG")
            .output()
            .expect("praden runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let (out, talk) = (text(output.stdout), text(output.stderr));
        let values = serde_json::Deserializer::from_str(&out).into_iter::<Value>();
        (output.status.code(), values.map(|value| value.expect("JSON")).collect(), talk)
    }

    /// `type issue state-or-detail` of each event that a command prints, and what it refuses.
    #[track_caller]
    fn check(&self, arguments: &[&str], want: &[&str]) {
        let (code, lines, talk) = self.praden(arguments);
        let told: Vec<String> = match code {
            Some(0) => lines
                .iter()
                .map(|event| format!("{} {}", text(event, "type"), text(event, "issue")))
                .collect(),
            _ => vec![talk.trim().trim_start_matches("praden: ").to_owned()],
        };
        assert_eq!(told, want, "{arguments:?}");
    }

    fn issues(&self) -> Vec<(String, String, u64)> {
        let (_, lines, _) = self.praden(&["issues", "list", "--format", "jsonl"]);
        let mut issues: Vec<_> = lines
            .iter()
            .map(|issue| (text(issue, "id"), text(issue, "state"), issue["articles"].as_u64().unwrap_or(0)))
            .collect();
        issues.sort();
        issues
    }
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or("-").to_owned()
}

fn article(title: &str, text: &str, date: &str, source: &str) -> (String, String, String, String) {
    (title.to_owned(), text.to_owned(), date.to_owned(), source.to_owned())
}

#[test]
fn issues_are_merged_and_parted_by_hand() {
    let desk = Desk::with(&[
        article("ร้องโรงงานปล่อยน้ำเสียลงคลองมหาชัย", COMPLAINT, "2026-03-02", "a"),
        article("อย่าหลงเชื่อ สธ. ไม่ได้แจกเครื่องวัดความดัน", FAKE, "2026-03-02", "b"),
    ]);
    let id = |id: &str, state: &str, articles| (id.to_owned(), state.to_owned(), articles);
    assert_eq!(desk.issues(), [id("is-1", "candidate", 1), id("is-2", "candidate", 1)]);
    let by = ["--by", "ning", "--why", "เรื่องเดียวกัน"];
    let merge = |a, b| [&["issues", "merge", a, b][..], &by].concat();
    let split = |a, articles| [&["issues", "split", a, "--articles", articles][..], &by].concat();
    desk.check(&merge("is-1", "is-1"), &["issues is-1 and is-1 are about one story already"]);
    desk.check(&split("is-1", "1"), &["name at least one article that leaves, and leave at least one"]);
    let found = |story: &str| {
        let (code, lines, talk) = desk.praden(&["search", &format!("story:{story}"), "--order", "newest"]);
        assert_eq!(code, Some(0), "{talk}");
        let mut seqs: Vec<u64> = lines.iter().filter_map(|hit| hit["seq"].as_u64()).collect();
        seqs.sort_unstable();
        seqs
    };
    let reindex = || assert_eq!(desk.praden(&["reindex"]).0, Some(0));
    assert_eq!((found("st-1"), found("st-2")), (vec![1], vec![2]));
    desk.check(&merge("is-2", "is-1"), &["story.merged is-1", "issue.merged is-2"]);
    assert_eq!(desk.issues(), [id("is-1", "candidate", 2), id("is-2", "merged", 1)]);
    // Before the index knows of it, and after; by the id that goes on, and by the other.
    assert_eq!((found("st-1"), found("st-2")), (vec![1, 2], vec![1, 2]));
    reindex();
    assert_eq!((found("st-1"), found("st-2")), (vec![1, 2], vec![1, 2]));
    desk.check(&merge("is-2", "is-1"), &["issue is-2 was merged into is-1; name that one"]);
    let (_, shown, talk) = desk.praden(&["issues", "show", "is-2"]);
    assert_eq!(
        (text(&shown[0], "merged_into"), talk.trim()),
        ("is-1".to_owned(), "is-2 was merged into is-1, which goes on: `praden issues show is-1`")
    );
    desk.check(
        &["issues", "accept", "is-2", "--by", "ning"],
        &["issue is-2 is merged and cannot be accepted; go on with the issue it was merged into: `praden issues show` names it"],
    );
    desk.check(
        &split("is-1", "7"),
        &["article 7 is not of issue is-1: `praden issues show is-1` lists its members by `seq`"],
    );
    desk.check(&split("is-1", "2"), &["story.split is-1", "issue.raised is-2"]);
    reindex();
    assert_eq!((found("st-1"), found("st-2")), (vec![1], vec![2]));
    // The index itself learns of a merge from the next run, without being built anew.
    let of_story = || {
        let (_, lines, _) = desk.praden(&["search", "NOT zzzz", "--facet", "story"]);
        let mut counts: Vec<(String, u64)> =
            lines.iter().map(|line| (text(line, "value"), line["count"].as_u64().unwrap_or(0))).collect();
        counts.sort();
        counts
    };
    let row = |story: &str, count| (story.to_owned(), count);
    assert_eq!(of_story(), [row("st-1", 1), row("st-2", 1)]);
    desk.read(&[article("ตลาดนัดแห่งใหม่", "พ่อค้าขายของที่ตลาดแห่งใหม่ทุกวันเสาร์", "2026-03-03", "c")]);
    assert_eq!(of_story(), [row("st-1", 1), row("st-2", 1), row("st-3", 1)]);
    desk.check(&split("is-1", "1"), &["name at least one article that leaves, and leave at least one"]);
    assert_eq!(desk.issues(), [id("is-1", "candidate", 1), id("is-2", "candidate", 1)]);
    let gone = |issue: &Value| text(issue, "merged_into");
    let (_, shown, _) = desk.praden(&["issues", "show", "is-2"]);
    assert_eq!(gone(&shown[0]), "-", "it came back");
    assert_eq!(shown[0]["members"].as_array().map(Vec::len), Some(1));
    assert_eq!(shown[0]["events"].as_array().map(Vec::len), Some(3), "raised, merged, and raised again");

    desk.check(&merge("is-2", "is-1"), &["story.merged is-1", "issue.merged is-2"]);
    desk.read(&[article("งานวัดประจำปี", "ชาวบ้านร่วมงานวัดประจำปีของตำบล", "2026-03-04", "d")]);
    assert_eq!(of_story(), [row("st-1", 2), row("st-3", 1), row("st-4", 1)]);
    assert_eq!((found("st-1"), found("st-2")), (vec![1, 2], vec![1, 2]));
}

#[test]
fn a_candidate_of_which_nothing_is_heard_fades_rests_and_resumes() {
    let other = |day: u32| {
        (0..3).map(move |at| {
            let text = format!("พ่อค้าขายของ {} อย่าง ที่ตลาดแห่งที่ {}", 7 * day + at, 10 * day + at);
            article(&format!("ตลาดนัดแห่งที่ {}", 10 * day + at), &text, &format!("2026-03-{day:02}"), "c")
        })
    };
    let complaint = article("ร้องโรงงานปล่อยน้ำเสียลงคลองมหาชัย", COMPLAINT, "2026-03-02T08:00:00+07:00", "a");
    let fake = article("อย่าหลงเชื่อ สธ. ไม่ได้แจกเครื่องวัดความดัน", FAKE, "2026-03-02T20:00:00+07:00", "b");
    let desk = Desk::with(&[vec![complaint, fake], other(2).collect()].concat());
    let list = |arguments: &[&str]| {
        let (code, lines, talk) =
            desk.praden(&[&["issues", "list", "--format", "jsonl"], arguments].concat());
        assert_eq!(code, Some(0), "{talk}");
        let row = |issue: &Value| {
            let parts: f64 = issue["signals"]
                .as_array()
                .expect("signals")
                .iter()
                .filter_map(|s| s["value"].as_f64())
                .sum();
            assert!((parts - issue["score"].as_f64().expect("a score")).abs() < 1e-6, "{issue}");
            let decays =
                issue["signals"].as_array().is_some_and(|all| all.iter().any(|s| s["name"] == "decay"));
            format!(
                "{} {} place {} waits {} decay {decays}",
                text(issue, "id"),
                text(issue, "state"),
                issue["place"],
                issue["waits"]
            )
        };
        (lines.iter().map(row).collect::<Vec<_>>(), talk.trim().to_owned())
    };
    let cap = "1 candidate this morning; 1 more wait below the cap of 1 (`issues.per_morning` in the pipeline file)";
    let both =
        ["is-2 candidate place 1 waits false decay false", "is-1 candidate place 2 waits true decay false"];
    assert_eq!(list(&[]), (both.map(str::to_owned).into(), cap.to_owned()));
    assert_eq!(list(&["--morning"]).0, both[..1]);
    // Half a day later the older one has lost points; a day later it rests, and then the other.
    desk.read(&other(3).collect::<Vec<_>>());
    let later = list(&[]).0;
    assert_eq!(later[1], "is-1 candidate place 2 waits true decay true", "{later:?}");
    desk.read(&other(4).collect::<Vec<_>>());
    assert_eq!(
        list(&[]).0,
        [
            "is-2 resting place null waits false decay false",
            "is-1 resting place null waits false decay false"
        ]
    );
    // A story that goes on resumes under its id; what a person took up does not rest.
    desk.read(&[article(
        "ปลาตายเกลื่อนคลองมหาชัย ร้องโรงงานปล่อยน้ำเสีย",
        COMPLAINT,
        "2026-03-04T09:00:00+07:00",
        "d",
    )]);
    assert_eq!(list(&[]).0[0], "is-1 candidate place 1 waits false decay false");
    desk.check(&["issues", "accept", "is-1", "--by", "ning"], &["issue.accepted is-1"]);
    desk.read(&[other(7).collect::<Vec<_>>(), other(8).collect()].concat());
    assert_eq!(list(&["--state", "accepted"]).0, ["is-1 accepted place null waits false decay false"]);
    desk.check(
        &["issues", "follow", "--once"],
        &[
            "issue.raised is-1",
            "issue.raised is-2",
            "issue.rested is-1",
            "issue.rested is-2",
            "issue.updated is-1",
            "issue.resumed is-1",
            "issue.accepted is-1",
        ],
    );
}

#[test]
fn a_hoax_that_returns_is_a_campaign_and_contradicts_what_was_found_before() {
    let first = article(
        "ข่าวปลอม อย่าแชร์! ธนาคารทวีทรัพย์ปล่อยสินเชื่อฉุกเฉินให้ผู้มีรายได้น้อย ผ่านเพจ Easy Loan 24",
        "ศูนย์ต่อต้านข่าวปลอมตรวจสอบแล้ว ธนาคารทวีทรัพย์ยืนยันว่าไม่มีการปล่อยสินเชื่อดังกล่าว",
        "2026-01-05",
        "a",
    );
    let again = article(
        "ธนาคารทวีทรัพย์ปล่อยสินเชื่อฉุกเฉินให้ผู้มีรายได้น้อย วงเงิน 50,000 บาท ผ่าน TikTok ชื่อ loan_9",
        "แชร์ว่อนโซเชียล ผู้ใช้รายหนึ่งโพสต์ว่ากู้ได้ทันที มีคนแห่กดลิงก์จำนวนมาก บางรายอ้างว่าถูกหลอกลวงให้โอนเงินก่อน",
        "2026-03-02",
        "b",
    );
    let desk = Desk::with(&[first, again]);
    let (_, campaigns, _) = desk.praden(&["issues", "campaigns", "--format", "jsonl"]);
    assert_eq!(
        (text(&campaigns[0], "campaign"), campaigns[0]["tellings"].as_u64()),
        ("ca-1".to_owned(), Some(2))
    );
    let (_, shown, talk) = desk.praden(&["issues", "show", "is-2"]);
    assert_eq!(text(&shown[0], "campaign"), "ca-1", "{talk}");
    let instances = shown[0]["instances"].as_array().expect("instances");
    let told: Vec<(String, String)> = instances
        .iter()
        .map(|instance| (text(instance, "issue"), text(&instance["verdict"], "says")))
        .collect();
    assert_eq!(told, [("is-1".to_owned(), "false".to_owned()), ("is-2".to_owned(), "-".to_owned())]);
    let spans = |name: &str| -> Vec<u64> {
        let signals = shown[0]["signals"].as_array().expect("signals");
        let signal = signals.iter().find(|signal| signal["name"] == name);
        let spans = signal.and_then(|signal| signal["spans"].as_array()).expect("spans");
        spans.iter().filter_map(|span| span["seq"].as_u64()).collect()
    };
    assert_eq!(spans("contradiction"), [1, 2], "the verdict of then, and the claim of now");
    assert_eq!(spans("recirculation")[..2], [2, 1]);
    desk.check(
        &["issues", "follow", "--once"],
        &["issue.raised is-1", "issue.raised is-2", "campaign.returned is-2"],
    );
}

#[test]
fn a_story_that_drifted_is_parted_with_its_issue() {
    let words: Vec<&str> = "ร้องเรียน น้ำเน่าเสีย ส่งกลิ่นเหม็น ปลาตาย คลองมหาชัย โรงงานฟอกหนัง สมุทรสาคร ชุมชนท่าฉลอม \
        ส่อทุจริต เรียกรับเงิน ฮั้วประมูล นครราชสีมา ก่อสร้าง ผู้รับเหมา ป.ป.ช. สตง."
        .split_whitespace()
        .collect();
    let articles: Vec<_> = (0..60)
        .map(|at: usize| {
            let from = (at / 5).min(8);
            let text = words.get(from..from + 8).unwrap_or_default().join(" ");
            article("", &text, &format!("2026-03-{:02}", 2 + at / 16), "a")
        })
        .collect();
    let desk = Desk::with(&articles);
    let (_, events, _) = desk.praden(&["issues", "follow", "--once"]);
    let split = events.iter().find(|event| event["type"] == "story.split").expect("a split");
    let data = &split["data"];
    assert_eq!((&data["by"], text(data, "story")), (&Value::Null, "st-1".to_owned()), "{split}");
    assert!(text(data, "why").contains("hold together"), "{split}");
    let apart = text(data, "issue");
    let issues = desk.issues();
    let of = |id: &str| issues.iter().find(|(other, ..)| other == id).map_or(0, |(_, _, articles)| *articles);
    assert!(of("is-1") >= 8 && of(&apart) >= 8 && of("is-1") + of(&apart) == 60, "{issues:?} {split}");
    let (_, shown, _) = desk.praden(&["issues", "show", &apart]);
    assert_eq!(shown[0]["members"].as_array().map(Vec::len), usize::try_from(of(&apart)).ok());
}

#[test]
fn what_the_desk_decided_is_a_labelled_file() {
    let desk = Desk::with(&[
        article("ร้องโรงงานปล่อยน้ำเสียลงคลองมหาชัย", COMPLAINT, "2026-03-02", "a"),
        article("อย่าหลงเชื่อ สธ. ไม่ได้แจกเครื่องวัดความดัน", FAKE, "2026-03-02", "b"),
    ]);
    desk.check(&["issues", "accept", "is-1", "--by", "ning"], &["issue.accepted is-1"]);
    desk.check(&["issues", "assign", "is-1", "--agency", "pcd", "--by", "ning"], &["issue.assigned is-1"]);
    desk.check(
        &["issues", "dismiss", "is-2", "--by", "ning", "--reason", "ชี้แจงแล้ว"],
        &["issue.dismissed is-2"],
    );
    let (_, labels, _) = desk.praden(&["issues", "labels"]);
    let lines: String = labels.iter().map(|label| label.to_string() + "\n").collect();
    std::fs::write(desk.path("labels.jsonl"), lines).expect("written");
    let eval = Command::new(env!("CARGO_BIN_EXE_praden"))
        .args(["eval", &desk.path("labels.jsonl")])
        .output()
        .expect("runs");
    let report: Value = serde_json::from_slice(&eval.stdout).expect("JSON");
    let candidates = &report["candidate_issues"];
    assert_eq!((&report["mentions"], candidates["texts"].as_u64()), (&Value::Null, Some(2)), "{report}");
    assert!(candidates["best_threshold"]["f1"].as_f64() >= candidates["praden"]["f1"].as_f64(), "{report}");
    assert_eq!(report["routing"]["praden"]["top1"], 1.0, "{report}");
}

#[test]
fn a_burst_shows_in_the_issue_and_in_the_list() {
    // Four days of other news, then seven outlets complain of one agency within an hour.
    let quiet = (0..96).map(|hour| {
        let date = format!("2026-03-{:02}T{:02}:00:00+07:00", 2 + hour / 24, hour % 24);
        article(&format!("ตลาดนัดเปิดแห่งที่ {hour}"), &format!("พ่อค้าขายของ {hour} อย่าง"), &date, "a")
    });
    let loud = (0..7).map(|minute| {
        let date = format!("2026-03-06T09:{:02}:00+07:00", minute * 7);
        article("ร้องกรมควบคุมมลพิษ น้ำเสียลงคลองมหาชัย", COMPLAINT, &date, &format!("o{minute}"))
    });
    let desk = Desk::with(&quiet.chain(loud).collect::<Vec<_>>());
    let (code, bursts, talk) = desk.praden(&["issues", "bursts", "--format", "jsonl"]);
    assert_eq!(code, Some(0), "{talk}");
    let pcd: Vec<&Value> = bursts.iter().filter(|burst| burst["agency"] == "pcd").collect();
    assert_eq!(pcd.len(), 1, "{bursts:?}");
    assert_eq!(text(pcd[0], "since"), "2026-03-06T02:00:00Z");
    let (_, issues, _) = desk.praden(&["issues", "list", "--format", "jsonl"]);
    let signals = issues[0]["signals"].as_array().expect("signals");
    let burst = signals.iter().find(|signal| signal["name"] == "burst").expect("a signal of the burst");
    assert!(burst["spans"].as_array().is_some_and(|spans| !spans.is_empty()), "{burst}");
}
