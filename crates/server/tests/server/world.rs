//! A small world on a real store and a real index, served on loopback.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use praden_index::{Index, WriterOptions};
use praden_model::{
    AgencyId, AnalyzedText, Append, ArticleId, Assignment, CanonicalUrl, Clock, DateOrigin, DateTrust,
    DropReason, Dropped, Effects, Evidence, Fact, FieldName, Habit, Issue, IssueChange, IssueFilter, IssueId,
    IssueKind, IssueState, LeaseRequest, Membership, NewRevision, Observed, OutletId, Points, PollFailure,
    PollRecord, Proposal, Published, Reason, ReasonKind, Report, Seq, Signal, SignalName, SourceId,
    SourceState, Span, StageCommit, StageName, Store, StoryId,
};
use praden_pipeline::{Pipeline, Progress};
use praden_server::{ApiToken, App};
use praden_store::SqliteStore;
use praden_text::{Precision, Segmenter};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::client::{self, Answer};

pub const TOKEN: &str = "test-token-0123456789";

const PIPELINE: &str = r#"
[pipeline]
name = "test"
contact = "https://example.org/praden"
agencies = "agencies.csv"

[[outlet]]
id = "khaochao"
name_th = "ข่าวเช้า"
name_en = "Khao Chao"

[[outlet]]
id = "muangthai"
name_th = "เมืองไทยรายวัน"
name_en = "Muang Thai Daily"

[[source]]
id = "khaochao-rss"
outlet = "khaochao"
kind = "feed"
url = "https://khaochao.example/rss"

[[source]]
id = "muangthai-rss"
outlet = "muangthai"
kind = "feed"
url = "https://muangthai.example/rss"

[[source]]
id = "muangthai-old"
outlet = "muangthai"
kind = "feed"
url = "https://muangthai.example/old"
disabled = "the feed moved"

[[source]]
id = "muangthai-new"
outlet = "muangthai"
kind = "feed"
url = "https://muangthai.example/new"
"#;

const AGENCIES: &str = "id,name_th,name_en,abbr\n\
    mwa,การประปานครหลวง,Metropolitan Waterworks Authority,กปน.\n\
    ddc,กรมควบคุมโรค,Department of Disease Control,คร.\n";

/// A clock that stands until it is moved.
pub struct FixedClock(Mutex<Timestamp>);

impl FixedClock {
    pub fn set(&self, text: &str) {
        *self.0.lock().expect("unharmed") = instant(text);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("unharmed")
    }
}

pub struct World {
    pub store: Arc<SqliteStore>,
    pub clock: Arc<FixedClock>,
    pub progress: Arc<Progress>,
    pub folder: TempDir,
    pipeline: Arc<Pipeline>,
}

impl World {
    /// An empty store in a new folder.
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let pipeline = praden_pipeline::parse("test.toml", PIPELINE, &|_| Ok(AGENCIES.to_owned()))
            .map_err(|faults| format!("{faults:?}"))
            .expect("a definition without faults");
        Self {
            store: Arc::new(SqliteStore::open(folder.path()).expect("a new store")),
            clock: Arc::new(FixedClock(Mutex::new(instant("2026-11-23T11:07:00+07:00")))),
            progress: Arc::default(),
            folder,
            pipeline: Arc::new(pipeline),
        }
    }

    /// Starts serving at an address such as `127.0.0.1:0`.
    pub async fn serve_at(&self, address: &str) -> Served {
        self.serve_with(address, self.store.clone()).await
    }

    pub async fn serve_with(&self, address: &str, store: Arc<dyn Store>) -> Served {
        let (stop, stopped) = watch::channel(false);
        let app = App {
            store,
            index: self.folder.path().join("index"),
            progress: Arc::clone(&self.progress),
            pipeline: Arc::clone(&self.pipeline),
            clock: self.clock.clone(),
            token: ApiToken::new(TOKEN).expect("a token"),
            stop: stopped,
        };
        let listener = TcpListener::bind(address).await.expect("a free port");
        let at = listener.local_addr().expect("an address");
        let task = tokio::spawn(praden_server::serve(listener, app));
        Served { at, stop, task }
    }

    pub async fn serve(&self) -> Served {
        self.serve_at("127.0.0.1:0").await
    }

    pub async fn append(&self, revision: NewRevision) -> Seq {
        let append = Append { revisions: vec![revision], ..Append::default() };
        match self.store.append(append).await.expect("appended").remove(0) {
            praden_model::Appended::New { seq }
            | praden_model::Appended::Revised { seq, .. }
            | praden_model::Appended::Unchanged { seq } => seq,
        }
    }

    /// Raises an issue of its own, one event.
    pub async fn raise(&self, number: u64) {
        let issue = candidate(number, &format!("ประเด็นที่ {number}"), 100);
        let change = IssueChange { at: issue.raised_at, fact: Fact::raised(&issue, Seq::new(number)), issue };
        self.store.change_issue(change).await.expect("raised");
    }

    /// Two stories, two issues, one of them reported on; sources in every health; drops; an index. With what hostile
    /// outlets and careless agencies may write.
    pub async fn filled() -> Self {
        let world = Self::empty();
        world.fill_log().await;
        world.fill_issues().await;
        world.fill_sources().await;
        world.fill_index().await;
        world
    }

    /// One story of many articles, and its issue with many events.
    pub async fn long(articles: u64, events: u64) -> Self {
        let world = Self::empty();
        let revisions = (1..=articles)
            .map(|n| {
                revision(
                    &format!("https://khaochao.example/{n}"),
                    &format!("น้ำท่วมวันที่ {n}"),
                    "ระดับน้ำสูงขึ้น",
                    None,
                )
            })
            .collect();
        world.store.append(Append { revisions, ..Append::default() }).await.expect("appended");
        let memberships =
            (1..=articles).map(|n| member(n, n, 1, ReasonKind::SharedTerms, &["น้ำท่วม"])).collect();
        world.commit(StageName::Stories, articles, Effects { memberships, ..Effects::default() }).await;
        world.raise(1).await;
        for n in 2..=events {
            let fact = Fact::Accepted { by: format!("analyst-{n}-of-the-desk") };
            world.change(1, "2026-11-23T09:40:00+07:00", fact, |_| {}).await;
        }
        world.fill_index().await;
        world
    }

    async fn fill_log(&self) {
        let first = revision(
            "https://khaochao.example/news/1?a=1&b=%22x%22",
            "ชาวบ้านร้องน้ำประปาขุ่น <script>alert('1')</script>",
            "ชาวบ้านย่านบางแคร้องเรียนว่าน้ำประปาขุ่นและมีกลิ่นมานานสามวัน การประปานครหลวงยังไม่ชี้แจง <b>ตัวหนา</b> & \"คำพูด\"",
            Some(("2026-11-22T08:30:00+07:00", Precision::Minute, DateTrust::Trusted)),
        );
        let copy = NewRevision {
            outlet: id(OutletId::new("muangthai")),
            ..revision(
                "https://muangthai.example/a/2",
                "น้ำประปาขุ่นย่านบางแค",
                "ชาวบ้านย่านบางแคร้องเรียนว่าน้ำประปาขุ่น",
                Some(("2026-11-22T00:00:00+07:00", Precision::Day, DateTrust::Doubtful)),
            )
        };
        let other = NewRevision {
            url: CanonicalUrl::for_archive_id("archive", "7/ก"),
            outlet: id(OutletId::new("unknown-outlet")),
            ..revision("https://x.example/", "\u{202E}\"><img src=x onerror=alert(2)>", "ข่าวลือเรื่องวัคซีน", None)
        };
        let edited = NewRevision {
            outlet: id(OutletId::new("muangthai")),
            ..revision(
                "https://muangthai.example/a/2",
                "น้ำประปาขุ่นย่านบางแค (แก้ไข)",
                "ชาวบ้านย่านบางแคร้องเรียนว่าน้ำประปาขุ่น ล่าสุดไหลปกติ",
                Some(("2026-11-22T00:00:00+07:00", Precision::Day, DateTrust::Doubtful)),
            )
        };
        for (revision, want) in [(first, 1), (copy, 2), (other, 3), (edited, 4)] {
            assert_eq!(self.append(revision).await, Seq::new(want));
        }
        let memberships = vec![
            member(1, 1, 1, ReasonKind::Founded, &[]),
            member(2, 2, 1, ReasonKind::SharedTerms, &["น้ำประปา", "<i>ขุ่น</i>"]),
            member(3, 3, 3, ReasonKind::Founded, &[]),
            member(2, 4, 1, ReasonKind::Revision, &[]),
        ];
        self.commit(StageName::Stories, 4, Effects { memberships, ..Effects::default() }).await;
        self.commit(StageName::Match, 4, Effects::default()).await;
        let dropped = vec![Dropped {
            origin: "archive.jsonl".into(),
            place: "12".into(),
            reason: DropReason::NotJson,
            detail: "expected `{` at column 1: <oops>".into(),
            at: instant("2026-11-23T08:00:00+07:00"),
        }];
        self.store.append(Append { dropped, ..Append::default() }).await.expect("dropped");
    }

    pub async fn commit(&self, stage: StageName, to: u64, effects: Effects) {
        let commit = StageCommit { stage, from: Seq::ZERO, to: Seq::new(to), effects };
        self.store.commit(commit).await.expect("committed");
    }

    async fn fill_issues(&self) {
        let water = self.water_issue().await;
        let rumour = Issue {
            kind: IssueKind::RumourOrFake,
            title: "\u{202E}\"><img src=x onerror=alert(2)>".into(),
            agencies: vec![Proposal {
                agency: id(AgencyId::new("no-longer-listed")),
                score: Points::from_hundredths(50),
                reasons: vec!["<u>remit</u>".into()],
                spans: Vec::new(),
            }],
            ..candidate(3, "", 320)
        };
        let raise = |issue: &Issue| IssueChange {
            issue: issue.clone(),
            at: issue.raised_at,
            fact: Fact::raised(issue, Seq::new(issue.id.get())),
        };
        let updated = Issue {
            version: 2,
            score: Points::from_hundredths(650),
            outlets: 2,
            articles: 2,
            ..water.clone()
        };
        let update = IssueChange {
            at: instant("2026-11-22T10:00:00+07:00"),
            fact: Fact::Updated {
                seq: Seq::new(2),
                score: updated.score,
                articles: 2,
                outlets: 2,
                agencies: vec![id(AgencyId::new("mwa"))],
                before: water.score,
                new_articles: 1,
                new_outlets: 1,
                new_agencies: Vec::new(),
                new_signals: Vec::new(),
            },
            issue: updated,
        };
        let effects = Effects { issues: vec![raise(&water), update, raise(&rumour)], ..Effects::default() };
        self.commit(StageName::Issues, 4, effects).await;
        let desk = || "โต๊ะข่าว <desk>".to_owned();
        let mwa = || id(AgencyId::new("mwa"));
        let due_at = instant("2026-11-23T17:00:00+07:00");
        self.change(1, "2026-11-23T09:40:00+07:00", Fact::Accepted { by: desk() }, |issue| {
            issue.state = IssueState::Accepted;
        })
        .await;
        self.change(
            1,
            "2026-11-23T10:00:00+07:00",
            Fact::Assigned { agency: mwa(), due_at, by: desk() },
            |issue| {
                issue.state = IssueState::Assigned;
                let assigned_at = instant("2026-11-23T10:00:00+07:00");
                issue.assignment = Some(Assignment { agency: mwa(), due_at, assigned_at, by: desk() });
            },
        )
        .await;
        let text = "ล้างท่อแล้ว\nน้ำใสตั้งแต่เมื่อคืน".to_owned();
        let links = vec!["https://mwa.example/แถลง?a=1&b=2".to_owned(), "javascript:alert(3)".to_owned()];
        let fact =
            Fact::Reported {
                agency: mwa(), text: text.clone(), links: links.clone(), by: "กปน.".into()
            };
        self.change(1, "2026-11-23T11:00:00+07:00", fact, |issue| {
            issue.state = IssueState::Reported;
            let reported_at = instant("2026-11-23T11:00:00+07:00");
            issue.report = Some(Report { text, links, reported_at, by: "กปน.".into() });
        })
        .await;
    }

    /// The issue about the water, its evidence read from the log.
    async fn water_issue(&self) -> Issue {
        let log = self.store.revisions(&[Seq::new(1), Seq::new(2)]).await.expect("the log");
        let evidence = |seq: u64, field: FieldName, surface: &str| {
            let revision = log.iter().find(|revision| revision.seq.get() == seq).expect("in the log");
            let text = if field == FieldName::Title { revision.title.raw() } else { revision.text.raw() };
            let start = text.find(surface).expect("in the text");
            Evidence {
                seq: Seq::new(seq),
                field,
                span: Span::new(start..start + surface.len()),
                surface: surface.into(),
            }
        };
        // The log never said this: it must be shown for what it is, without a context.
        let untrue = Evidence {
            seq: Seq::new(1),
            field: FieldName::Text,
            span: Span { start: 1, end: 5 },
            surface: "ไม่มีในข่าว<s>".into(),
        };
        let signal = |name, value, spans| Signal { name, value: Points::from_hundredths(value), spans };
        Issue {
            kind: IssueKind::Complaint,
            signals: vec![
                signal(SignalName::Outlets, 200, vec![]),
                signal(
                    SignalName::Complaint,
                    350,
                    vec![
                        evidence(1, FieldName::Title, "ร้อง"),
                        evidence(1, FieldName::Text, "ร้องเรียน"),
                        evidence(2, FieldName::Text, "ร้องเรียน"),
                        evidence(1, FieldName::Text, "ยังไม่ชี้แจง <b>"),
                    ],
                ),
                signal(SignalName::Denial, 100, vec![untrue]),
            ],
            agencies: vec![
                Proposal {
                    agency: id(AgencyId::new("mwa")),
                    score: Points::from_hundredths(300),
                    reasons: vec!["named in the text".into()],
                    spans: vec![evidence(1, FieldName::Text, "การประปานครหลวง")],
                },
                Proposal {
                    agency: id(AgencyId::new("ddc")),
                    score: Points::from_hundredths(80),
                    reasons: vec![],
                    spans: vec![],
                },
            ],
            first_published_at: Some(instant("2026-11-22T00:00:00+07:00")),
            last_published_at: Some(instant("2026-11-22T08:30:00+07:00")),
            ..candidate(1, "ชาวบ้านร้องน้ำประปาขุ่น <script>alert('1')</script>", 650)
        }
    }

    pub async fn change(&self, issue: u64, at: &str, fact: Fact, act: impl FnOnce(&mut Issue)) {
        let filter = IssueFilter { ids: vec![IssueId::new(issue)], ..IssueFilter::default() };
        let mut issue = self.store.issues(&filter).await.expect("listed").remove(0);
        issue.version += 1;
        act(&mut issue);
        self.store.change_issue(IssueChange { issue, at: instant(at), fact }).await.expect("changed");
    }

    async fn fill_sources(&self) {
        let healthy = SourceState {
            polled_at: Some(instant("2026-11-23T11:00:00+07:00")),
            succeeded_at: Some(instant("2026-11-23T11:00:00+07:00")),
            news_at: Some(instant("2026-11-23T09:00:00+07:00")),
            due_at: instant("2026-11-23T11:15:00+07:00"),
            habit: Habit { days: 20, per_day_milli: 12_500, day_new: 90, ..Habit::default() },
            ..SourceState::fresh(id(SourceId::new("khaochao-rss")))
        };
        let failing = SourceState {
            polled_at: Some(instant("2026-11-23T11:01:00+07:00")),
            succeeded_at: Some(instant("2026-11-22T11:07:00+07:00")),
            failures: 4,
            failure: Some((PollFailure::ServerError, "status 502 <b>Bad Gateway</b>".into())),
            due_at: instant("2026-11-23T12:00:00+07:00"),
            ..SourceState::fresh(id(SourceId::new("muangthai-rss")))
        };
        for state in [healthy, failing] {
            let owner = "test".to_owned();
            let request = LeaseRequest {
                sources: std::slice::from_ref(&state.id),
                now: instant("2026-11-23T11:01:00+07:00"),
                until: instant("2026-11-23T11:02:00+07:00"),
                owner: &owner,
                even_if_not_due: true,
            };
            self.store.lease_source(request).await.expect("asked").expect("leased");
            let poll = Some(PollRecord { owner, state });
            self.store.append(Append { poll, ..Append::default() }).await.expect("polled");
        }
    }

    async fn fill_index(&self) {
        let index = Index::open(&self.folder.path().join("index")).expect("an index");
        let mut writer = index.writer(&WriterOptions::default()).expect("a writer");
        for revision in self.store.read_after(Seq::ZERO, 1000).await.expect("the log") {
            writer.upsert(&revision, &[], Some(StoryId::new(1))).expect("indexed");
        }
        let head = self.store.heads().await.expect("heads").articles;
        writer.commit(head).expect("committed");
    }
}

/// A server that answers, until it is stopped or forgotten.
pub struct Served {
    pub at: SocketAddr,
    pub stop: watch::Sender<bool>,
    pub task: JoinHandle<std::io::Result<()>>,
}

impl Served {
    pub async fn get(&self, path: &str) -> Answer {
        client::get(self.at, path, &[]).await
    }

    /// Asks with the token.
    pub async fn ask(&self, path: &str) -> Answer {
        client::get(self.at, path, &[&format!("Authorization: Bearer {TOKEN}")]).await
    }
}

pub fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn id<T, E: std::fmt::Debug>(made: Result<T, E>) -> T {
    made.expect("an id")
}

fn revision(url: &str, title: &str, text: &str, dated: Option<(&str, Precision, DateTrust)>) -> NewRevision {
    let analyze = |text: &str| AnalyzedText::analyze(text.to_owned(), Segmenter::embedded());
    NewRevision {
        url: CanonicalUrl::parse(url).expect("a URL"),
        link: url.to_owned(),
        source: id(SourceId::new("khaochao-rss")),
        outlet: id(OutletId::new("khaochao")),
        title: analyze(title),
        text: analyze(text),
        published: dated.map(|(at, precision, trust)| Published {
            at: instant(at),
            precision,
            origin: DateOrigin::Feed,
            trust,
            written: at.to_owned(),
        }),
        fetched_at: instant("2026-11-23T09:30:00+07:00"),
        capture: None,
        authors: Vec::new(),
        warnings: Vec::new(),
        observed: Observed::Live,
    }
}

fn member(article: u64, seq: u64, story: u64, kind: ReasonKind, words: &[&str]) -> Membership {
    Membership {
        article: ArticleId::new(article),
        seq: Seq::new(seq),
        story: StoryId::new(story),
        similarity: 1.0,
        copy_of: None,
        because: vec![Reason {
            kind,
            words: words.iter().map(|&word| word.to_owned()).collect(),
            weight: 1.0,
        }],
    }
}

fn candidate(number: u64, title: &str, score: i32) -> Issue {
    Issue {
        id: IssueId::new(number),
        story: StoryId::new(number),
        state: IssueState::Candidate,
        kind: IssueKind::Complaint,
        title: title.to_owned(),
        score: Points::from_hundredths(score),
        signals: Vec::new(),
        agencies: Vec::new(),
        articles: 1,
        outlets: 1,
        first_published_at: None,
        last_published_at: None,
        raised_at: instant("2026-11-22T09:30:00+07:00"),
        version: 1,
        assignment: None,
        report: None,
        merged_into: None,
        heard_at: None,
        campaign: None,
    }
}
