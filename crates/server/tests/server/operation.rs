//! What supervisors and monitoring see, who is let in, and how it ends.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use praden_model::{
    Append, Appended, Article, ArticleId, Burst, CanonicalUrl, CaptureBody, CaptureFilter, CaptureHash,
    Captured, ChangesOf, Counts, DropReason, Dropped, Event, EventSeq, Heads, Issue, IssueChange,
    IssueFilter, IssueId, LeaseRequest, Leased, Look, LooksOf, MembersOf, Membership, Mention, PlaceMention,
    Revision, RuleHit, Seq, SourceState, StageCommit, StageName, Store, StoreError, StoryChange, Telling,
    TellingsOf,
};

use crate::client;
use crate::world::{TOKEN, World};

#[tokio::test]
async fn a_server_without_work_is_alive_and_ready() {
    let world = World::empty();
    let served = world.serve().await;
    for (path, want) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
        let answer = served.get(path).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, want), "{path}");
    }
}

#[tokio::test]
async fn a_stage_that_stands_still_makes_it_unready() {
    let world = World::empty();
    let served = world.serve().await;
    world.progress.set_head(Seq::new(5));
    assert_eq!(served.get("/readyz").await.status, 200, "behind, but for how long is not known yet");
    world.clock.set("2026-11-23T11:08:15+07:00");
    let answer = served.get("/readyz").await;
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("stage `index` has stood at 0 of 5 for 75 s"), "{}", answer.body);
    assert_eq!(served.get("/healthz").await.status, 200, "it is alive all the same");
}

#[tokio::test]
async fn every_metric_is_in_the_table_and_the_table_in_the_metrics() {
    let world = World::filled().await;
    let served = world.serve().await;
    let answer = served.get("/metrics").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("application/openmetrics-text; version=1.0.0; charset=utf-8")
    );
    assert!(answer.body.ends_with("# EOF\n"));
    // Name, type and labels as documented, and as answered.
    let documented: BTreeSet<(String, String, String)> = include_str!("../../src/metrics.md")
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let label = cells[3].split('`').nth(1).unwrap_or("");
            (cells[1].trim_matches('`').to_owned(), cells[2].to_owned(), label.to_owned())
        })
        .collect();
    let types: Vec<(&str, &str)> =
        answer.body.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')).collect();
    let answered: BTreeSet<(String, String, String)> = answer
        .body
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let (name, rest) = line.split_once(['{', ' ']).expect("a name");
            let label = rest.split_once("=\"").filter(|_| line.contains('{')).map_or("", |(label, _)| label);
            let family = name.strip_suffix("_total").unwrap_or(name);
            let kind = types.iter().find(|(other, _)| *other == family).expect("a type").1;
            (name.to_owned(), kind.to_owned(), label.to_owned())
        })
        .collect();
    assert_eq!(answered, documented);
    for line in [
        "praden_log_head{log=\"articles\"} 4",
        "praden_log_head{log=\"events\"} 6",
        "praden_articles 3",
        "praden_revisions 4",
        "praden_issues{state=\"candidate\"} 1",
        "praden_issues{state=\"closed\"} 0",
        "praden_dropped_total{reason=\"not_json\"} 1",
        "praden_sources_failing{cause=\"server_error\"} 1",
        "praden_sources_failing{cause=\"timeout\"} 0",
        "praden_sources_alarmed{alarm=\"flooding\"} 1",
        "praden_sources_alarmed{alarm=\"silent\"} 0",
        "praden_source_failures{source=\"muangthai-rss\"} 4",
        "praden_source_success_age_seconds{source=\"muangthai-rss\"} 86400",
        "praden_source_success_age_seconds{source=\"khaochao-rss\"} 420",
        "praden_stage_lag_revisions{stage=\"index\"} 0",
    ] {
        assert!(answer.body.lines().any(|other| other == line), "{line} in\n{}", answer.body);
    }
}

#[tokio::test]
async fn every_answer_forbids_what_no_page_needs() {
    let world = World::filled().await;
    let served = world.serve().await;
    for path in [
        "/",
        "/issues/is-1",
        "/issues/is-9",
        "/search?q=(",
        "/sources",
        "/static/style.css",
        "/no",
        "/v1/events",
        "/metrics",
        "/healthz",
    ] {
        let answer = served.get(path).await;
        let policy = answer.header("content-security-policy").expect("a policy");
        for part in [
            "default-src 'none'",
            "style-src 'self'",
            "img-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        let kept = answer.header("cache-control").expect("a word about caching");
        assert_eq!(kept == "no-store", !path.starts_with("/static/"), "{path}: {kept}");
    }
}

#[tokio::test]
async fn a_foreign_host_and_a_body_are_refused() {
    let world = World::empty();
    let served = world.serve().await;
    let at = served.at;
    for (head, status) in [
        (format!("Host: {at}\r\n"), 200),
        ("Host: localhost\r\n".to_owned(), 200),
        ("Host: praden.attacker.example\r\n".to_owned(), 421),
        (format!("Host: {at}\r\nHost: praden.attacker.example\r\n"), 421),
        (String::new(), 421),
        (format!("Host: {at}\r\nContent-Length: 5\r\n"), 413),
        (format!("Host: {at}\r\nTransfer-Encoding: chunked\r\n"), 413),
    ] {
        let answer = client::raw(at, &format!("GET / HTTP/1.1\r\nConnection: close\r\n{head}\r\n")).await;
        assert_eq!(answer.status, status, "{head:?}");
    }
    let target =
        format!("GET http://praden.attacker.example/ HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n");
    assert_eq!(client::raw(at, &target).await.status, 421);
    let post = format!("POST / HTTP/1.1\r\nHost: {at}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    assert_eq!(client::raw(at, &post).await.status, 405);
}

#[tokio::test]
async fn on_a_network_pages_ask_for_the_token_too() {
    let world = World::filled().await;
    let served = world.serve_at("0.0.0.0:0").await;
    let at = (std::net::Ipv4Addr::LOCALHOST, served.at.port()).into();
    for path in ["/", "/issues/is-1", "/search", "/sources", "/metrics", "/static/style.css"] {
        assert_eq!(client::get(at, path, &[]).await.status, 401, "{path}");
        let token = format!("Authorization: Bearer {TOKEN}");
        assert_eq!(client::get(at, path, &[&token]).await.status, 200, "{path}");
    }
    for path in ["/healthz", "/readyz"] {
        assert_eq!(client::get(at, path, &[]).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn the_end_comes_soon_whoever_waits() {
    let world = World::empty();
    world.raise(1).await;
    let served = world.serve().await;
    let at = served.at;
    let ask = move |query: &str| {
        format!(
            "GET /v1/events?{query} HTTP/1.1\r\nHost: {at}\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n"
        )
    };
    let mut following = client::open(at, &ask("follow=true")).await;
    client::read_until(&mut following, |text| text.contains("issue.raised")).await;
    let waiting = tokio::spawn(async move { client::raw(at, &ask("after=1&wait=60")).await });
    // One that says nothing, one that stops in the middle of its head, one that keeps its connection.
    let _silent = client::open(at, "").await;
    let _slow = client::open(at, "GET / HT").await;
    let mut kept = client::open(at, &format!("GET /healthz HTTP/1.1\r\nHost: {at}\r\n\r\n")).await;
    client::read_until(&mut kept, |text| text.ends_with("ok\n")).await;
    tokio::time::sleep(Duration::from_millis(200)).await;

    served.stop.send(true).expect("the server listens");
    // Sooner than any client would be given up for its own sake.
    tokio::time::timeout(Duration::from_secs(10), served.task)
        .await
        .expect("ended in time")
        .expect("no panic")
        .expect("no error");
    let answer = waiting.await.expect("answered");
    assert_eq!((answer.status, answer.body.as_str(), answer.complete), (200, "", true));
    assert_eq!(answer.header("x-next-after"), Some("1"));
    client::read_until(&mut following, |text| text.ends_with("0\r\n\r\n")).await;
}

/// A store that breaks when told to.
struct Breaking {
    store: Arc<dyn Store>,
    broken: AtomicBool,
}

impl Breaking {
    fn whole(&self) -> Result<&dyn Store, StoreError> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable { place: "/secret/place".into(), cause: "gone".into() });
        }
        Ok(&*self.store)
    }
}

#[async_trait]
impl Store for Breaking {
    async fn append(&self, batch: Append) -> Result<Vec<Appended>, StoreError> {
        self.whole()?.append(batch).await
    }
    async fn read_after(&self, after: Seq, limit: usize) -> Result<Vec<Revision>, StoreError> {
        self.whole()?.read_after(after, limit).await
    }
    async fn revisions(&self, seqs: &[Seq]) -> Result<Vec<Revision>, StoreError> {
        self.whole()?.revisions(seqs).await
    }
    async fn articles(&self, urls: &[CanonicalUrl]) -> Result<Vec<Option<Article>>, StoreError> {
        self.whole()?.articles(urls).await
    }
    async fn history(&self, article: ArticleId) -> Result<Vec<Seq>, StoreError> {
        self.whole()?.history(article).await
    }
    async fn looks(&self, of: &LooksOf) -> Result<Vec<Look>, StoreError> {
        self.whole()?.looks(of).await
    }
    async fn heads(&self) -> Result<Heads, StoreError> {
        self.whole()?.heads().await
    }
    async fn cursor(&self, stage: StageName) -> Result<Seq, StoreError> {
        self.whole()?.cursor(stage).await
    }
    async fn commit(&self, commit: StageCommit) -> Result<(), StoreError> {
        self.whole()?.commit(commit).await
    }
    async fn checkpoint(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.whole()?.checkpoint(name).await
    }
    async fn mentions(&self, seqs: &[Seq]) -> Result<Vec<Vec<Mention>>, StoreError> {
        self.whole()?.mentions(seqs).await
    }
    async fn rule_hits(&self, seqs: &[Seq]) -> Result<Vec<Vec<RuleHit>>, StoreError> {
        self.whole()?.rule_hits(seqs).await
    }
    async fn places(&self, seqs: &[Seq]) -> Result<Vec<Vec<PlaceMention>>, StoreError> {
        self.whole()?.places(seqs).await
    }
    async fn bursts(&self, seqs: &[Seq]) -> Result<Vec<Vec<Burst>>, StoreError> {
        self.whole()?.bursts(seqs).await
    }
    async fn tellings(&self, of: &TellingsOf, limit: usize) -> Result<Vec<Telling>, StoreError> {
        self.whole()?.tellings(of, limit).await
    }

    async fn latest_bursts(&self, limit: usize) -> Result<Vec<Burst>, StoreError> {
        self.whole()?.latest_bursts(limit).await
    }
    async fn story_changes(
        &self,
        of: ChangesOf,
        limit: usize,
    ) -> Result<Vec<(u64, StoryChange)>, StoreError> {
        self.whole()?.story_changes(of, limit).await
    }
    async fn change_story(
        &self,
        change: StoryChange,
        issues: Vec<IssueChange>,
    ) -> Result<Vec<Event>, StoreError> {
        self.whole()?.change_story(change, issues).await
    }
    async fn memberships(&self, of: MembersOf) -> Result<Vec<Membership>, StoreError> {
        self.whole()?.memberships(of).await
    }
    async fn issues(&self, filter: &IssueFilter) -> Result<Vec<Issue>, StoreError> {
        self.whole()?.issues(filter).await
    }
    async fn change_issue(&self, change: IssueChange) -> Result<Event, StoreError> {
        self.whole()?.change_issue(change).await
    }
    async fn events_after(&self, after: EventSeq, limit: usize) -> Result<Vec<Event>, StoreError> {
        self.whole()?.events_after(after, limit).await
    }
    async fn events_of(&self, issue: IssueId, limit: usize) -> Result<Vec<Event>, StoreError> {
        self.whole()?.events_of(issue, limit).await
    }
    async fn lease_source(&self, request: LeaseRequest<'_>) -> Result<Option<Leased>, StoreError> {
        self.whole()?.lease_source(request).await
    }
    async fn source_states(&self) -> Result<Vec<SourceState>, StoreError> {
        self.whole()?.source_states().await
    }
    async fn dropped(&self, reason: Option<DropReason>, limit: usize) -> Result<Vec<Dropped>, StoreError> {
        self.whole()?.dropped(reason, limit).await
    }
    async fn capture(&self, hash: CaptureHash) -> Result<Option<CaptureBody>, StoreError> {
        self.whole()?.capture(hash).await
    }
    async fn captured(&self, filter: &CaptureFilter) -> Result<Vec<Captured>, StoreError> {
        self.whole()?.captured(filter).await
    }
    async fn counts(&self) -> Result<Counts, StoreError> {
        self.whole()?.counts().await
    }
}

#[tokio::test]
async fn a_store_that_breaks_is_said_and_not_described() {
    let world = World::filled().await;
    let store = Arc::new(Breaking { store: world.store.clone(), broken: AtomicBool::new(false) });
    let served = world.serve_with("127.0.0.1:0", store.clone()).await;
    let follow = format!(
        "GET /v1/events?follow=true&after=6 HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n",
        served.at
    );
    let mut following = client::open(served.at, &follow).await;
    client::read_until(&mut following, |text| text.contains("\r\n\r\n")).await;
    store.broken.store(true, Ordering::SeqCst);
    for path in [
        "/",
        "/issues/is-1",
        "/search?q=น้ำ".replace("น้ำ", "%E0%B8%99").as_str(),
        "/sources",
        "/v1/events",
        "/v1/issues",
        "/metrics",
        "/readyz",
    ] {
        let answer = served.ask(path).await;
        assert_eq!(answer.status, 503, "{path}");
        assert!(!answer.body.contains("/secret/place"), "{path}: {}", answer.body);
    }
    assert_eq!(served.get("/healthz").await.status, 200);
    // A stream that cannot go on ends without the mark of a complete answer.
    let mut rest = Vec::new();
    let read = tokio::io::AsyncReadExt::read_to_end(&mut following, &mut rest);
    let _ = tokio::time::timeout(Duration::from_secs(20), read).await.expect("the stream ended");
    assert!(!String::from_utf8_lossy(&rest).ends_with("0\r\n\r\n"));
}
