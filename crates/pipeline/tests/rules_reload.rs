//! The rules file is edited while the stages run: a broken one changes nothing, a mended one is taken over, and every article
//! is matched by one or the other.

#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot do")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use praden_model::{Clock, Seq, Store};
use praden_pipeline::{Engine, Ingest, Until, load};
use praden_store::SqliteStore;
use tempfile::TempDir;

/// Longer than the engine takes to look at the file again.
const LOOKED_AGAIN: Duration = Duration::from_millis(1_500);

/// How often a mended file may be looked for before the test fails: a minute and a half.
const TRIES_MAX: u64 = 60;

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_763_700_000).unwrap()
    }
}

struct Desk {
    folder: TempDir,
    engine: Engine,
}

impl Desk {
    async fn new(rules: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("agencies.csv", "id,name_th\nwater,กรมคลองหลวง\n");
        write("rules.toml", rules);
        write(
            "pipeline.toml",
            "[pipeline]\nname = \"t\"\ncontact = \"press@example.org\"\ndata = \"data\"\nagencies = \"agencies.csv\"\nrules = \"rules.toml\"\n",
        );
        let pipeline = load(&folder.path().join("pipeline.toml")).unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&data).unwrap());
        let engine =
            Engine::new(Arc::new(pipeline), store, data.join("index"), Arc::new(Noon)).await.unwrap();
        Self { folder, engine }
    }

    /// The rules file as an editor leaves it.
    fn edit(&self, rules: &str) {
        std::fs::write(self.folder.path().join("rules.toml"), rules).unwrap();
    }

    /// The rules that a new article meets, once the stages have taken it.
    async fn met(&self, number: u64) -> Vec<String> {
        let file = self.folder.path().join(format!("{number}.jsonl"));
        let url = format!("https://a.example/{number}");
        let line = format!(
            "{{\"url\":\"{url}\",\"title\":\"น้ำท่วมตลาด {number}\",\"text\":\"เปิดประตูระบายน้ำ\",\"date\":\"2026-11-20\"}}\n"
        );
        std::fs::write(&file, line).unwrap();
        self.ingest(&file).await;
        self.engine.progress.within(0).await;
        self.rules_of(Seq::new(number)).await
    }

    async fn ingest(&self, file: &Path) {
        let (_stop, stop) = tokio::sync::watch::channel(false);
        let ingest = Ingest {
            store: Arc::clone(&self.engine.store),
            clock: Arc::new(Noon),
            progress: Arc::clone(&self.engine.progress),
            stop,
            on_bytes: &|_| {},
        };
        assert_eq!(ingest.run(file).await.unwrap().new, 1);
    }

    async fn rules_of(&self, seq: Seq) -> Vec<String> {
        let hits = self.engine.store.rule_hits(&[seq]).await.unwrap();
        hits.into_iter().flatten().map(|hit| hit.rule.to_string()).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_are_read_again_and_no_article_is_lost() {
    let desk = Desk::new("[[rule]]\nid = \"flood\"\nquery = 'น้ำท่วม'\n").await;
    let running = desk.engine.clone();
    let running = tokio::spawn(async move { running.run(false).await });
    assert_eq!(desk.met(1).await, ["flood"]);

    // One rule is broken, the other is sound: none of the file is taken.
    desk.edit(
        "[[rule]]\nid = \"gate\"\nquery = 'ประตูระบายน้ำ'\n[[rule]]\nid = \"flood\"\nquery = 'น้ำท่วม AND'\n",
    );
    tokio::time::sleep(LOOKED_AGAIN).await;
    assert_eq!(desk.met(2).await, ["flood"]);
    // Nor is a file in which an example does not hold.
    desk.edit("[[rule]]\nid = \"gate\"\nquery = 'ประตูระบายน้ำ'\nmust_match = [\"ฝนตก\"]\n");
    tokio::time::sleep(LOOKED_AGAIN).await;
    assert_eq!(desk.met(3).await, ["flood"]);

    desk.edit("[[rule]]\nid = \"gate\"\nquery = 'ประตูระบายน้ำ'\nmust_match = [\"เปิดประตูระบายน้ำ\"]\n");
    let mut last = 3;
    loop {
        last += 1;
        let met = desk.met(last).await;
        if met == ["gate"] {
            break;
        }
        assert_eq!(met, ["flood"], "an article is matched by the old rules or the new ones");
        assert!(last < TRIES_MAX, "the mended file was never taken over");
        tokio::time::sleep(LOOKED_AGAIN).await;
    }
    for seq in 1..=last {
        let want = if seq == last { "gate" } else { "flood" };
        assert_eq!(desk.rules_of(Seq::new(seq)).await, [want], "article {seq}");
    }
    desk.engine.end(Until::Drained);
    running.await.unwrap().unwrap();
}
