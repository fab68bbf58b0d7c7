//! What the crash tests work with: archives, worlds, processes, and what a data folder holds in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use praden_demo::{World, WorldOptions};
use praden_index::{Index, SearchOptions};
use praden_model::{
    Append, EventSeq, Fact, IssueFilter, MembersOf, NewRevision, Observed, Seq, StageName, Store,
};
use praden_store::SqliteStore;
use serde_json::json;
use tempfile::TempDir;

/// How long anything may take before the test calls it stuck. Generous: debug builds on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(240);

/// How many kills all tests do together.
pub fn kills() -> u32 {
    number("PRADEN_CRASH_KILLS").map_or(6, |kills| u32::try_from(kills).expect("a small number"))
}

#[expect(clippy::disallowed_methods, reason = "a test is set from outside")]
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

/// Random instants that can be repeated (splitmix64).
pub struct Dice(u64);

impl Dice {
    pub fn from_environment(what: &str) -> Self {
        let seed = number("PRADEN_CRASH_SEED").unwrap_or_else(|| u64::from(std::process::id()));
        eprintln!("{what}: {} kills in all, PRADEN_CRASH_SEED={seed}", kills());
        Self(seed)
    }

    pub fn duration(&mut self, below: Duration) -> Duration {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        below.mul_f64((z >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

/// An archive with everything odd in it.
pub struct Archive {
    folder: TempDir,
    /// What each line that is kept becomes: URL and revisions.
    articles: BTreeMap<String, u32>,
    dropped: BTreeMap<&'static str, u64>,
}

impl Archive {
    /// Writes an archive of so many lines, made from the texts of the invented world.
    pub fn write(lines: usize) -> Self {
        let corpus = corpus();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut file = std::fs::File::create(folder.path().join("archive.jsonl")).expect("a new file");
        let (mut articles, mut dropped) = (BTreeMap::new(), BTreeMap::new());
        for n in 0..lines {
            let (title, text) = &corpus[n % corpus.len()];
            let round = n / corpus.len();
            let day = format!("2026-{:02}-{:02}", 1 + (n / 28) % 10, 1 + n % 28);
            let url = format!("https://www.outlet-{}.example/{n}", n % 7);
            let article =
                json!({ "url": url, "title": format!("{title} ({round})"), "text": text, "date": day });
            let line = match n % 50 {
                11 => "this line is not JSON".to_owned(),
                17 => json!({ "url": url, "title": " ", "text": "" }).to_string(),
                23 => json!({ "title": title, "text": text }).to_string(),
                _ => article.to_string(),
            };
            match n % 50 {
                11 => *dropped.entry("not_json").or_default() += 1,
                17 => *dropped.entry("empty").or_default() += 1,
                23 => *dropped.entry("unnamed").or_default() += 1,
                _ => {
                    articles.insert(url.clone(), 1);
                }
            }
            writeln!(file, "{line}").expect("written");
            // The same article again by another link, and the same link with another text.
            if n % 50 == 30 {
                let again = json!({ "url": format!("{url}?utm_source=x"), "title": format!("{title} ({round})"), "text": text });
                let edited =
                    json!({ "url": url, "title": title, "text": format!("{text}\nแก้ไขเพิ่มเติม"), "date": day });
                writeln!(file, "{again}\n{edited}").expect("written");
                articles.insert(url, 2);
            }
        }
        Self { folder, articles, dropped }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("archive.jsonl")
    }

    /// Every input article is in the log once, with its revisions; every drop is counted; the index is the log.
    pub async fn check_whole(&self, folder: &Folder) {
        let snapshot = folder.snapshot().await;
        let mut got: BTreeMap<String, u32> = BTreeMap::new();
        for (url, revision, ..) in &snapshot.revisions {
            let count = got.entry(url.clone()).or_default();
            *count += 1;
            assert_eq!(*count, *revision, "{url} has its revisions once and in order");
        }
        assert_eq!(got, self.articles);
        assert_eq!(
            snapshot.dropped,
            self.dropped.iter().map(|(reason, n)| ((*reason).to_owned(), *n)).collect()
        );
    }
}

fn corpus() -> Vec<(String, String)> {
    let now = "2026-11-23T09:30:00+07:00".parse().expect("an instant");
    let world = tokio::task::block_in_place(|| {
        tokio::runtime::Handle::current()
            .block_on(World::start(WorldOptions { now, edition: 1 }))
            .expect("a world")
    });
    let articles = world.expected(1);
    assert!(articles.len() > 40, "the world has articles");
    articles.into_iter().map(|article| (article.title, article.paragraphs.join("\n"))).collect()
}

/// The invented outlets, served by the test, so that they outlive the processes that are killed.
pub struct Outlets {
    world: World,
    folder: TempDir,
}

impl Outlets {
    pub async fn start() -> Self {
        // Now, as the processes see it: they judge dates by the wall clock.
        let world = World::start(WorldOptions { now: now(), edition: 1 }).await.expect("a world");
        let hosts: Vec<String> =
            world.hosts().iter().map(|(host, at)| format!("\"{host}\" = \"{at}\"")).collect();
        let text = std::fs::read_to_string(root().join("pipelines/demo.toml")).expect("the demo's pipeline");
        let text = text.replacen("[crawl]", &format!("[crawl]\nhosts = {{ {} }}", hosts.join(", ")), 1);
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("pipeline.toml"), text).expect("written");
        std::fs::copy(root().join("pipelines/agencies.csv"), folder.path().join("agencies.csv"))
            .expect("copied");
        Self { world, folder }
    }

    fn pipeline(&self) -> PathBuf {
        self.folder.path().join("pipeline.toml")
    }

    /// Everything that the outlets publish is in the log, once, and nothing else.
    pub async fn check_whole(&self, folder: &Folder) {
        let got: BTreeMap<String, u32> =
            folder.snapshot().await.revisions.iter().map(|r| (r.0.clone(), r.1)).collect();
        let want: BTreeMap<String, u32> =
            self.world.expected(2).into_iter().map(|article| (article.url, article.revisions)).collect();
        assert_eq!(got, want);
    }
}

#[expect(clippy::disallowed_methods, reason = "a test of real processes lives in real time")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// A data folder.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn start(&self, arguments: &[&std::ffi::OsStr], points: Option<&str>) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_praden"));
        // A file, not a pipe: a pipe that nobody reads fills up and holds the process.
        let talk = tempfile::NamedTempFile::new().expect("a temporary file");
        let stderr = talk.reopen().expect("the file again");
        command.args(arguments).arg("--data").arg(self.0.path()).stdout(Stdio::null()).stderr(stderr);
        match points {
            Some(points) => command.env("FAILPOINTS", points),
            None => command.env_remove("FAILPOINTS"),
        };
        Process { child: command.spawn().expect("praden starts"), talk, started: Instant::now() }
    }

    pub fn ingest(&self, archive: &Archive) -> Process {
        self.start(&["ingest".as_ref(), archive.path().as_ref()], None)
    }

    #[cfg(feature = "failpoints")]
    pub fn ingest_with(&self, archive: &Archive, points: &str) -> Process {
        self.start(&["ingest".as_ref(), archive.path().as_ref()], Some(points))
    }

    pub fn run(&self, outlets: &Outlets, edition: u32) -> Process {
        outlets.world.set_edition(edition);
        self.start(&["run".as_ref(), outlets.pipeline().as_ref()], None)
    }

    pub fn crawl_all(&self, outlets: &Outlets, edition: u32) -> Process {
        outlets.world.set_edition(edition);
        self.start(&["crawl".as_ref(), outlets.pipeline().as_ref(), "--all".as_ref()], None)
    }

    #[cfg(feature = "failpoints")]
    pub fn crawl_with(&self, outlets: &Outlets, points: &str) -> Process {
        outlets.world.set_edition(1);
        self.start(&["crawl".as_ref(), outlets.pipeline().as_ref(), "--all".as_ref()], Some(points))
    }

    /// Runs the daemon until it has everything that the outlets publish and every stage is even; then asks it to stop.
    pub async fn run_until_even(&self, outlets: &Outlets, edition: u32) -> Duration {
        let process = self.run(outlets, edition);
        let want = outlets.world.expected(edition).len() as u64;
        // A process that holds the folder's lock listens for requests to stop; one that has only just begun does not.
        while !(self.is_held_by(&process) && self.is_even(want).await) {
            assert!(process.started.elapsed() < PATIENCE, "the daemon is stuck");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let took = process.started.elapsed();
        process.stop();
        took
    }

    fn is_held_by(&self, process: &Process) -> bool {
        let holder = std::fs::read_to_string(self.0.path().join("praden.lock")).unwrap_or_default();
        holder == process.child.id().to_string()
    }

    async fn is_even(&self, articles: u64) -> bool {
        if !self.0.path().join(SqliteStore::FILE).exists() {
            return false;
        }
        // The daemon may be making the file at this very moment.
        let Ok(store) = SqliteStore::open(self.0.path()) else { return false };
        let head = store.heads().await.expect("heads").articles;
        for stage in StageName::ALL {
            if store.cursor(stage).await.expect("a cursor") < head {
                return false;
            }
        }
        store.counts().await.expect("counts").articles >= articles
    }

    /// What a run that nobody disturbed makes of the same log: a new folder with the same revisions, appended in one go,
    /// over which the stages then run once.
    pub async fn undisturbed(&self, outlets: &Outlets) -> Snapshot {
        let log = SqliteStore::open(self.0.path())
            .expect("the store opens")
            .read_after(Seq::ZERO, 100_000)
            .await
            .expect("the log");
        let fresh = Self::new();
        let revisions = log
            .iter()
            .map(|revision| NewRevision {
                url: revision.url.clone(),
                link: revision.url.to_string(),
                source: revision.source.clone(),
                outlet: revision.outlet.clone(),
                title: revision.title.clone(),
                text: revision.text.clone(),
                published: revision.published.clone(),
                fetched_at: revision.fetched_at,
                capture: revision.capture,
                authors: revision.authors.clone(),
                warnings: revision.warnings.clone(),
                observed: Observed::Live,
            })
            .collect();
        let store = SqliteStore::open(fresh.0.path()).expect("a new store");
        store.append(Append { revisions, ..Append::default() }).await.expect("appended");
        fresh.start(&["reindex".as_ref(), "--pipeline".as_ref(), outlets.pipeline().as_ref()], None).finish();
        let mut snapshot = fresh.snapshot().await;
        // The drops are the crawl's, not the log's.
        snapshot.dropped = self.snapshot().await.dropped;
        snapshot
    }

    /// What the folder holds.
    pub async fn snapshot(&self) -> Snapshot {
        let store = SqliteStore::open(self.0.path()).expect("the store opens");
        let log = store.read_after(Seq::ZERO, 100_000).await.expect("the log");
        let heads = store.heads().await.expect("heads");
        for stage in StageName::ALL {
            assert_eq!(
                store.cursor(stage).await.expect("a cursor"),
                heads.articles,
                "{} is even",
                stage.name()
            );
        }
        let index = Index::open(&self.0.path().join("index")).expect("the index opens");
        let searcher = index.reader().expect("the index can be read");
        assert_eq!(searcher.cursor(), heads.articles, "the index is even");
        let latest: BTreeMap<_, Seq> = log.iter().map(|revision| (revision.article, revision.seq)).collect();
        assert_eq!(searcher.documents(), latest.len() as u64, "the index has every article once");
        let everything =
            praden_query::parse("date:1900-01-01..2100-01-01 OR NOT date:1900-01-01..2100-01-01", now())
                .expect("a query");
        let found = searcher
            .search(&everything.tree, &SearchOptions { limit: 10_000, ..SearchOptions::default() })
            .expect("hits");
        let indexed: BTreeSet<Seq> = found.hits.iter().map(|hit| hit.seq).collect();
        assert_eq!(
            indexed,
            latest.values().copied().collect(),
            "the index has the latest revision of every article"
        );

        let seqs: Vec<Seq> = log.iter().map(|revision| revision.seq).collect();
        let mentions = store.mentions(&seqs).await.expect("mentions");
        let all = MembersOf::Revisions { after: Seq::ZERO, upto: heads.articles };
        let memberships = store.memberships(all).await.expect("memberships");
        let events = store.events_after(EventSeq::ZERO, 100_000).await.expect("events");
        let issues = store.issues(&IssueFilter::default()).await.expect("issues");

        // Every event once, in order: numbers rise, and the versions of each issue run from 1 without a hole.
        let mut versions: BTreeMap<_, u64> = BTreeMap::new();
        assert!(events.is_sorted_by(|a, b| a.seq < b.seq));
        for event in &events {
            let version = versions.entry(event.issue).or_default();
            *version += 1;
            assert_eq!(event.id.version, *version, "{} comes once and in order", event.id);
            assert_eq!(
                matches!(event.fact, Fact::Raised(_)),
                *version == 1,
                "an issue is raised first, and once"
            );
        }
        assert_eq!(versions, issues.iter().map(|issue| (issue.id, issue.version)).collect());

        let urls: BTreeMap<Seq, String> =
            log.iter().map(|revision| (revision.seq, revision.url.to_string())).collect();
        let members: BTreeMap<u64, BTreeSet<String>> =
            memberships.iter().fold(BTreeMap::new(), |mut members, m| {
                members.entry(m.story.get()).or_default().insert(urls[&m.seq].clone());
                members
            });
        Snapshot {
            revisions: log
                .iter()
                .map(|r| (r.url.to_string(), r.revision, r.title.raw().to_owned(), r.text.raw().to_owned()))
                .collect(),
            mentions: log
                .iter()
                .zip(&mentions)
                .map(|(r, m)| (format!("{} {}", r.url, r.revision), json!(m).to_string()))
                .collect(),
            stories: members.values().cloned().collect(),
            issues: issues
                .iter()
                .map(|issue| IssueFacts {
                    members: members.get(&issue.story.get()).cloned().unwrap_or_default(),
                    score: issue.score.to_string(),
                    kind: issue.kind.to_string(),
                    title: issue.title.clone(),
                    agencies: issue.agencies.iter().map(|proposal| proposal.agency.to_string()).collect(),
                    parts: issue.signals.iter().map(|s| format!("{} {}", s.name, s.value)).collect(),
                    counts: (issue.articles, issue.outlets),
                })
                .collect(),
            events: events
                .iter()
                .map(|event| (event.id.to_string(), json!(event.fact).to_string()))
                .collect(),
            dropped: store
                .counts()
                .await
                .expect("counts")
                .dropped
                .iter()
                .map(|(r, n)| (r.name().to_owned(), *n))
                .collect(),
        }
    }
}

/// Everything in a data folder that must not depend on how often its process died.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    pub revisions: Vec<(String, u32, String, String)>,
    mentions: Vec<(String, String)>,
    stories: Vec<BTreeSet<String>>,
    issues: Vec<IssueFacts>,
    events: Vec<(String, String)>,
    pub dropped: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct IssueFacts {
    title: String,
    members: BTreeSet<String>,
    score: String,
    kind: String,
    agencies: Vec<String>,
    parts: Vec<String>,
    counts: (u32, u32),
}

impl Snapshot {
    /// What does not depend on the order in which outlets answered: the articles, and whom they name.
    pub fn of_articles(&self) -> Self {
        let sorted = |list: &[(String, String)]| {
            let mut list = list.to_vec();
            list.sort();
            list
        };
        let mut revisions = self.revisions.clone();
        revisions.sort();
        Self { revisions, mentions: sorted(&self.mentions), dropped: self.dropped.clone(), ..Self::default() }
    }
}

/// Compares part by part, so that a failure names the part and not a megabyte of JSON.
#[track_caller]
pub fn assert_same(got: &Snapshot, want: &Snapshot) {
    fn part<T: PartialEq + std::fmt::Debug>(name: &str, got: &[T], want: &[T]) {
        let differs = got.iter().zip(want).position(|(got, want)| got != want);
        assert!(
            got.len() == want.len() && differs.is_none(),
            "{name} differ: {} instead of {}; the first that differs: {:#?} instead of {:#?}",
            got.len(),
            want.len(),
            got.get(differs.unwrap_or(want.len().min(got.len()))),
            want.get(differs.unwrap_or(want.len().min(got.len()))),
        );
    }
    part("revisions", &got.revisions, &want.revisions);
    part("mentions", &got.mentions, &want.mentions);
    part("stories", &got.stories, &want.stories);
    part("issues", &got.issues, &want.issues);
    part("events", &got.events, &want.events);
    assert_eq!(got.dropped, want.dropped);
}

/// A process of `praden`.
pub struct Process {
    child: Child,
    talk: tempfile::NamedTempFile,
    started: Instant,
}

impl Process {
    /// Waits for a good end.
    pub fn finish(mut self) -> Duration {
        let status = self.child.wait().expect("an end");
        // 4: some outlets of the world fail, and are meant to.
        assert!(matches!(status.code(), Some(0 | 4)), "{status}: {}", self.said());
        self.started.elapsed()
    }

    /// Kills it after a while; false if it had ended well by then.
    pub fn kill_after(mut self, delay: Duration) -> bool {
        while self.started.elapsed() < delay {
            if let Some(status) = self.child.try_wait().expect("a status") {
                assert!(matches!(status.code(), Some(0 | 4)), "{status}: {}", self.said());
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        // SIGKILL: nothing in the process gets to run any more.
        self.child.kill().expect("killed");
        self.child.wait().expect("an end");
        true
    }

    /// Asks it to stop, as an init system does; it must within ten seconds.
    fn stop(mut self) {
        let asked = Instant::now();
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
        let status = self.child.wait().expect("an end");
        assert_eq!(status.code(), Some(0), "{}", self.said());
        assert!(asked.elapsed() < Duration::from_secs(10), "it took {:?} to stop", asked.elapsed());
    }

    #[cfg(feature = "failpoints")]
    pub fn ended_by_abort(mut self) -> bool {
        use std::os::unix::process::ExitStatusExt as _;
        const SIGABRT: i32 = 6;
        let status = self.child.wait().expect("an end");
        assert!(
            status.signal() == Some(SIGABRT) || matches!(status.code(), Some(0 | 4)),
            "{status}: {}",
            self.said()
        );
        status.signal() == Some(SIGABRT)
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.talk.path()).expect("its talk")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A test that failed leaves no process behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
