//! Events by cursor and issues as JSON.

use std::sync::OnceLock;
use std::time::Duration;

use praden_model::{Event, EventSeq, Issue, Store as _};
use proptest::prelude::*;
use tokio::io::AsyncReadExt as _;

use crate::client::{self, Answer};
use crate::world::{Served, TOKEN, World};

fn seqs(answer: &Answer) -> Vec<u64> {
    let lines = answer.body.lines().filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_str::<Event>(line).expect("an event").seq.get()).collect()
}

fn error(answer: &Answer) -> String {
    let body: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
    body["error"].as_str().expect("a sentence").to_owned()
}

#[tokio::test]
async fn events_come_as_the_log_has_them() {
    let world = World::filled().await;
    let served = world.serve().await;
    let answer = served.ask("/v1/events").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/x-ndjson")));
    assert_eq!(answer.header("x-next-after"), Some("6"));
    let log = world.store.events_after(EventSeq::ZERO, 100).await.expect("the log");
    let want: String = log.iter().map(|event| serde_json::to_string(event).expect("JSON") + "\n").collect();
    assert_eq!(answer.body, want);
}

#[tokio::test]
async fn a_cursor_and_a_limit_cut_the_log() {
    let world = World::filled().await;
    let served = world.serve().await;
    for (query, want, next) in [
        ("after=0&limit=2", &[1, 2][..], "2"),
        ("after=2&limit=2", &[3, 4], "4"),
        ("after=4", &[5, 6], "6"),
        ("after=6", &[], "6"),
        ("after=6&wait=0", &[], "6"),
        ("after=5&wait=60", &[6], "6"),
    ] {
        let answer = served.ask(&format!("/v1/events?{query}")).await;
        assert_eq!((answer.status, seqs(&answer).as_slice()), (200, want), "{query}");
        assert_eq!(answer.header("x-next-after"), Some(next), "{query}");
    }
}

#[tokio::test]
async fn the_api_asks_for_the_token() {
    let world = World::empty();
    let served = world.serve().await;
    for path in ["/v1/events", "/v1/events?after=x", "/v1/issues", "/v1/issues/is-1"] {
        for header in [
            "X-Nothing: 1",
            "Authorization: Bearer wrong-token-0123456789",
            "Authorization: Bearer",
            "Authorization: Basic dGVzdA==",
        ] {
            let answer = client::get(served.at, path, &[header]).await;
            assert_eq!(answer.status, 401, "{path} {header}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"praden\""));
            assert!(error(&answer).contains("token"), "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_said_in_one_sentence() {
    let world = World::filled().await;
    let served = world.serve().await;
    for (path, status, want) in [
        ("/v1/events?limit=0", 400, "parameter `limit` is `0`: give a whole number from 1 to 1000"),
        (
            "/v1/events?aftre=1",
            400,
            "parameter `aftre` is not known here: there are after, limit, wait, follow",
        ),
        (
            "/v1/events?after=7",
            400,
            "parameter `after` is 7, but this event log ends at 6: give the `seq` of the last event you had from this log, or 0 to read it from its beginning",
        ),
        (
            "/v1/issues?state=open",
            400,
            "parameter `state` has `open`: give any of candidate, accepted, assigned, reported, closed, dismissed, merged, resting, with commas between",
        ),
        ("/v1/issues/7", 400, "`7` is not an issue: expected is-NUMBER, such as is-42"),
        ("/v1/issues/is-7", 404, "there is no issue is-7"),
        (
            "/v1/nothing",
            404,
            "there is no such resource: there are /v1/events, /v1/issues and /v1/issues/{id}",
        ),
    ] {
        let answer = served.ask(path).await;
        assert_eq!((answer.status, error(&answer).as_str()), (status, want), "{path}");
    }
}

#[tokio::test]
async fn issues_come_as_the_store_has_them() {
    let world = World::filled().await;
    let served = world.serve().await;
    let all = served.ask("/v1/issues").await;
    let body: serde_json::Value = serde_json::from_str(&all.body).expect("JSON");
    let issues: Vec<Issue> = serde_json::from_value(body["issues"].clone()).expect("issues");
    assert_eq!(issues, world.store.issues(&Default::default()).await.expect("listed"));
    let one = served.ask("/v1/issues/is-3").await;
    assert_eq!(serde_json::from_str::<Issue>(&one.body).expect("an issue"), issues[1]);
    for (query, want) in
        [("state=candidate", 1), ("state=candidate,reported", 2), ("state=closed", 0), ("limit=1", 1)]
    {
        let answer = served.ask(&format!("/v1/issues?{query}")).await;
        let body: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
        assert_eq!(body["issues"].as_array().map(Vec::len), Some(want), "{query}");
    }
}

#[tokio::test]
async fn a_reader_that_waits_hears_of_an_event_when_it_comes() {
    let world = World::empty();
    let served = world.serve().await;
    let (answer, ()) = tokio::join!(served.ask("/v1/events?after=0&wait=60"), async {
        tokio::time::sleep(Duration::from_millis(250)).await;
        world.raise(1).await;
    });
    assert_eq!((answer.status, seqs(&answer)), (200, vec![1]));
    assert_eq!(answer.header("x-next-after"), Some("1"));
    // And when none comes, the answer is empty and the cursor stays.
    let answer = served.ask("/v1/events?after=1&wait=1").await;
    assert_eq!((answer.status, answer.body.as_str(), answer.header("x-next-after")), (200, "", Some("1")));
}

fn follow(served: &Served, query: &str) -> String {
    format!(
        "GET /v1/events?follow=true{query} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n",
        served.at
    )
}

#[tokio::test]
async fn a_reader_that_follows_hears_of_every_event() {
    let world = World::empty();
    world.raise(1).await;
    let served = world.serve().await;
    let mut stream = client::open(served.at, &follow(&served, "")).await;
    client::read_until(&mut stream, |text| text.contains("\"seq\":1,")).await;
    world.raise(2).await;
    client::read_until(&mut stream, |text| text.contains("\"seq\":2,")).await;
    drop(stream);
    // One that comes back with its cursor goes on there; one that wants two gets two and a proper end.
    world.raise(3).await;
    let answer = client::raw(served.at, &follow(&served, "&after=1&limit=2")).await;
    assert_eq!((seqs(&answer), answer.complete), (vec![2, 3], true));
}

#[tokio::test]
async fn readers_that_wait_are_bounded_and_told_so() {
    let world = World::empty();
    let served = world.serve().await;
    let mut streams = Vec::new();
    for _ in 0..64 {
        let mut stream = client::open(served.at, &follow(&served, "")).await;
        client::read_until(&mut stream, |text| text.contains("\r\n\r\n")).await;
        streams.push(stream);
    }
    let answer = served.ask("/v1/events?wait=5").await;
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert!(error(&answer).starts_with("64 readers wait for events already"), "{}", answer.body);
    assert_eq!(served.ask("/v1/events").await.status, 200, "one that does not wait is answered");
    assert!(served.get("/metrics").await.body.contains("praden_event_readers 64\n"));
    // A reader that hangs up makes room.
    streams.truncate(32);
    for _ in 0..100 {
        if served.ask("/v1/events?wait=1").await.status == 200 {
            return;
        }
    }
    panic!("no room after readers left");
}

/// One runtime, store and server for all cases of the property: starting them is what costs.
struct Running {
    runtime: tokio::runtime::Runtime,
    world: World,
    served: Served,
}

fn running() -> &'static Running {
    static RUNNING: OnceLock<Running> = OnceLock::new();
    RUNNING.get_or_init(|| {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let world = World::empty();
        let served = runtime.block_on(world.serve());
        Running { runtime, world, served }
    })
}

/// How a reader takes its next part of the log.
#[derive(Clone, Debug)]
enum Step {
    /// Asks once and deals with everything it gets.
    Poll { limit: usize, wait: bool },
    /// Asks once, and breaks down after so many lines.
    Crash { limit: usize, lines: usize },
    /// Follows, and the connection breaks after so many bytes of the answer.
    Cut { bytes: usize },
    /// New events arrive meanwhile.
    Raise { count: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1_usize..6, any::<bool>()).prop_map(|(limit, wait)| Step::Poll { limit, wait }),
        (1_usize..6, 0_usize..6).prop_map(|(limit, lines)| Step::Crash { limit, lines }),
        (0_usize..4_000).prop_map(|bytes| Step::Cut { bytes }),
        (1_u64..4).prop_map(|count| Step::Raise { count }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn however_answers_end_no_event_is_lost_or_repeated(steps in prop::collection::vec(step(), 1..12)) {
        let Running { runtime, world, served } = running();
        runtime.block_on(async {
            let start = world.store.heads().await.expect("heads").events.get();
            let (mut cursor, mut had) = (start, Vec::new());
            let mut raised = start;
            for step in steps {
                match step {
                    Step::Raise { count } => {
                        for _ in 0..count {
                            raised += 1;
                            world.raise(raised).await;
                        }
                    }
                    Step::Poll { limit, wait } => {
                        // Waiting for what is not there would only take time.
                        let wait = if wait && cursor < raised { "&wait=5" } else { "" };
                        let answer = served.ask(&format!("/v1/events?after={cursor}&limit={limit}{wait}")).await;
                        had.extend(seqs(&answer));
                        cursor = answer.header("x-next-after").and_then(|next| next.parse().ok()).expect("a cursor");
                    }
                    Step::Crash { limit, lines } => {
                        let answer = served.ask(&format!("/v1/events?after={cursor}&limit={limit}")).await;
                        had.extend(seqs(&answer).into_iter().take(lines));
                        cursor = had.last().copied().unwrap_or(start);
                    }
                    Step::Cut { bytes } => {
                        let mut stream = client::open(served.at, &follow(served, &format!("&after={cursor}"))).await;
                        let mut text = Vec::new();
                        let mut part = (&mut stream).take(bytes as u64);
                        let _ = tokio::time::timeout(Duration::from_millis(50), part.read_to_end(&mut text)).await;
                        drop(stream);
                        // Only lines that came whole were dealt with; the lengths of chunks lie between them.
                        let text = String::from_utf8_lossy(&text).into_owned();
                        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
                        let lines = whole.lines().filter_map(|line| serde_json::from_str::<Event>(line).ok());
                        had.extend(lines.map(|event| event.seq.get()));
                        cursor = had.last().copied().unwrap_or(start);
                    }
                }
            }
            let rest = served.ask(&format!("/v1/events?after={cursor}&limit=1000")).await;
            had.extend(seqs(&rest));
            let want: Vec<u64> = (start + 1..=raised).collect();
            assert_eq!(had, want);
        });
    }
}
