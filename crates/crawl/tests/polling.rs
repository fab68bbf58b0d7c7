//! One poll after the other against a small outlet on loopback.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "tests say what failed by failing"
)]

mod world;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use praden_crawl::fetch::Fetcher;
use praden_crawl::poll::{
    ATTEMPTS_MAX, CONFIRM_AFTER, Known, PollOptions, PollOutcome, Recheck, StepName, poll_source,
};
use praden_model::{
    Article, ArticleId, CanonicalUrl, DateOrigin, DropReason, Exceptions, Look, LooksOf, OutletId,
    PageSelectors, PollFailure, Seq, SourceId, SourceKind, SourceSpec, SourceState, StoreError, Warning,
};
use world::{NOW, TestClock, config, serve};

/// An outlet whose pages a test writes: path to status, content type and body.
#[derive(Clone, Default)]
struct Outlet(Arc<Mutex<Pages>>, Arc<Mutex<Vec<String>>>);

type Pages = HashMap<String, (u16, String, Vec<u8>)>;

impl Outlet {
    fn put(&self, path: &str, kind: &str, body: impl Into<Vec<u8>>) {
        self.0.lock().unwrap().insert(path.to_owned(), (200, kind.to_owned(), body.into()));
    }

    fn status(&self, path: &str, status: u16) {
        self.0.lock().unwrap().insert(path.to_owned(), (status, "text/plain".to_owned(), Vec::new()));
    }

    fn page(&self, path: &str, title: &str, text: &str) {
        let page = format!(
            "<html><head><title>{title}</title></head><body><h1>{title}</h1><article><p>{text}</p><p>{FILLER}</p></article></body></html>"
        );
        self.put(path, "text/html; charset=utf-8", page);
    }

    fn feed(&self, items: &str) {
        self.put(
            "/rss",
            "application/rss+xml",
            format!("<rss><channel><title>F</title>{items}</channel></rss>"),
        );
    }

    /// Paths asked for since the last call, robots.txt left out.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.1.lock().unwrap())
    }

    async fn serve(&self) -> SocketAddr {
        let outlet = self.clone();
        serve(Router::new().fallback(move |request: Request| async move { outlet.answer(&request) })).await
    }

    fn answer(&self, request: &Request) -> Response {
        let path = request.uri().path().to_owned();
        if path == "/robots.txt" && !self.0.lock().unwrap().contains_key(&path) {
            return StatusCode::NOT_FOUND.into_response();
        }
        self.1.lock().unwrap().push(path.clone());
        let Some((status, kind, body)) = self.0.lock().unwrap().get(&path).cloned() else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let tag = format!("\"{}\"", blake3::hash(&body).to_hex());
        if request
            .headers()
            .get(header::IF_NONE_MATCH)
            .is_some_and(|given| given.as_bytes() == tag.as_bytes())
        {
            return StatusCode::NOT_MODIFIED.into_response();
        }
        (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, kind), (header::ETAG, tag)], body)
            .into_response()
    }
}

/// Enough for a page's text to be taken for an article.
const FILLER: &str = "รายละเอียดของข่าวที่ยาวพอสมควร เล่าถึงเหตุการณ์ สถานที่ ผู้เกี่ยวข้อง และสิ่งที่หน่วยงานจะทำต่อไป \
    พร้อมคำให้สัมภาษณ์ของผู้รับผิดชอบและเสียงสะท้อนจากประชาชนในพื้นที่ที่ได้รับผลกระทบ ซึ่งรอคำตอบมาหลายวันแล้ว และหวังว่าจะได้รับการแก้ไขโดยเร็ว";

/// A memory in place of the store.
#[derive(Default)]
struct Memory(Mutex<HashMap<CanonicalUrl, Article>>, Mutex<HashMap<CanonicalUrl, Look>>);

#[async_trait]
impl Known for Memory {
    async fn known(&self, urls: &[CanonicalUrl]) -> Result<Vec<Option<Article>>, StoreError> {
        let known = self.0.lock().unwrap();
        Ok(urls.iter().map(|url| known.get(url).cloned()).collect())
    }

    async fn looks(&self, of: &LooksOf) -> Result<Vec<Look>, StoreError> {
        let looks = self.1.lock().unwrap();
        let looks = looks.values().filter(|look| match of {
            LooksOf::Articles(urls) => urls.contains(&look.url),
            LooksOf::Due { now, .. } => look.next_at.is_some_and(|next| next <= *now),
        });
        Ok(looks.cloned().collect())
    }
}

struct Desk {
    outlet: Outlet,
    clock: Arc<TestClock>,
    fetcher: Fetcher,
    memory: Memory,
    spec: SourceSpec,
    state: SourceState,
    options: PollOptions,
}

impl Desk {
    async fn new(kind: SourceKind, path: &str) -> Self {
        let outlet = Outlet::default();
        let address = outlet.serve().await;
        let clock = TestClock::at(NOW);
        let fetcher =
            Fetcher::new(config(&[("a.example", address), ("other.example", address)]), clock.clone())
                .unwrap();
        let id = SourceId::new("a-rss").unwrap();
        let spec = SourceSpec {
            id: id.clone(),
            outlet: OutletId::new("a").unwrap(),
            kind,
            url: format!("http://a.example{path}"),
            disabled: None,
            every_s: 900,
            fetch_pages: true,
            selectors: PageSelectors::default(),
            pages_per_poll_max: 10,
            exceptions: Exceptions::default(),
        };
        Self {
            outlet,
            clock,
            fetcher,
            memory: Memory::default(),
            spec,
            state: SourceState::fresh(id),
            options: PollOptions::default(),
        }
    }

    /// Another process goes on with what the store keeps.
    async fn restart(&mut self) {
        let address = self.outlet.serve().await;
        let hosts = [("a.example", address), ("other.example", address)];
        self.fetcher = Fetcher::new(config(&hosts), self.clock.clone()).unwrap();
    }

    /// Polls, and remembers what came as the pipeline would.
    async fn poll(&mut self) -> PollOutcome {
        let outcome =
            poll_source(&self.fetcher, &self.spec, self.state.clone(), &self.memory, &self.options, 0.0)
                .await
                .unwrap();
        self.state = outcome.state.clone();
        let mut known = self.memory.0.lock().unwrap();
        for article in &outcome.articles {
            let seq = Seq::new(known.len() as u64 + 1);
            known.entry(article.url.clone()).or_insert_with(|| Article {
                id: ArticleId::from(seq),
                url: article.url.clone(),
                latest: seq,
                revisions: 1,
                fetched_at: article.fetched_at,
                withdrawn_at: None,
            });
        }
        let mut looks = self.memory.1.lock().unwrap();
        looks.extend(outcome.looks.iter().map(|look| (look.url.clone(), look.clone())));
        drop(looks);
        outcome
    }
}

/// Writes articles as `path|title|warnings`.
fn written(outcome: &PollOutcome) -> Vec<String> {
    let line = |article: &praden_crawl::poll::PolledArticle| {
        let warnings: Vec<&str> = article.warnings.iter().map(|warning| warning.name()).collect();
        format!(
            "{}|{}|{}",
            article.url.as_str().trim_start_matches("http://a.example"),
            article.title,
            warnings.join(",")
        )
    };
    outcome.articles.iter().map(line).collect()
}

fn item(path: &str, title: &str, date: &str) -> String {
    format!(
        "<item><title>{title}</title><link>{path}</link><pubDate>{date}</pubDate><description>สรุปของ {title}</description></item>"
    )
}

const TODAY: &str = "2024-01-15T08:00:00+07:00";

#[tokio::test]
async fn a_feed_gives_its_new_articles_once() {
    let mut desk = Desk::new(SourceKind::Feed, "/rss").await;
    let text = "เนื้อข่าวเต็มจากหน้าเว็บ ".repeat(30);
    desk.outlet.page("/1", "ข่าวหนึ่ง - สมมุติ", &text);
    desk.outlet.page("/2", "ข่าวสอง", &text);
    desk.outlet.feed(
        &[item("/1?utm_source=rss", "ข่าวหนึ่ง", TODAY), item("/2", "ข่าวสอง", "2024-01-15T07:00:00+07:00")]
            .concat(),
    );
    let first = desk.poll().await;
    assert_eq!(written(&first), ["/2|ข่าวสอง|", "/1|ข่าวหนึ่ง|"]);
    assert!(
        first
            .articles
            .iter()
            .all(|article| article.text.starts_with("เนื้อข่าวเต็ม") && article.capture.is_some())
    );
    assert_eq!((first.captures.len(), first.new_links, first.pages_fetched), (2, 2, 2));
    assert_eq!(
        first.articles[1].published.as_ref().map(|published| published.origin),
        Some(DateOrigin::Feed)
    );
    assert_eq!(desk.outlet.asked(), ["/rss", "/1", "/2"]);

    let second = desk.poll().await;
    assert!(second.unchanged && second.articles.is_empty());
    assert_eq!(desk.outlet.asked(), ["/rss"]);

    desk.outlet.feed(&[item("/1?utm_source=rss", "ข่าวหนึ่ง", TODAY), item("/3", "ข่าวสาม", TODAY)].concat());
    desk.outlet.page("/3", "ข่าวสาม", &text);
    let third = desk.poll().await;
    assert_eq!(written(&third), ["/3|ข่าวสาม|"]);
    assert_eq!(desk.outlet.asked(), ["/rss", "/3"]);
    assert!(third.steps.iter().any(|step| step.step == StepName::Kept && step.ok));
}

#[tokio::test]
async fn edits_are_seen_at_ages_or_when_the_feed_says_so() {
    let mut desk = Desk::new(SourceKind::Feed, "/rss").await;
    desk.outlet.page("/1", "ข่าวหนึ่ง", "แรก");
    desk.outlet.feed(&item("/1", "ข่าวหนึ่ง", "2024-01-15T09:00:00+07:00"));
    assert_eq!(desk.poll().await.articles.len(), 1);
    // The feed must change for its entries to be seen again.
    let again = |desk: &Desk, note: &str| {
        desk.outlet.feed(&format!("{}<!-- {note} -->", item("/1", "ข่าวหนึ่ง", "2024-01-15T09:00:00+07:00")));
    };
    desk.clock.forward(1800);
    again(&desk, "half an hour");
    assert_eq!(desk.poll().await.articles.len(), 0);
    desk.clock.forward(1800);
    again(&desk, "an hour");
    desk.outlet.page("/1", "ข่าวหนึ่ง", "แก้แล้ว");
    let edited = desk.poll().await.articles;
    assert!(edited.len() == 1 && edited[0].text.contains("แก้แล้ว"), "{edited:?}");
    again(&desk, "at once");
    assert_eq!(desk.poll().await.articles.len(), 0);
    desk.clock.forward(600);
    desk.outlet.feed("<item><title>ข่าวหนึ่ง</title><link>/1</link><atom:updated>2024-01-15T10:05:00+07:00</atom:updated></item>");
    assert_eq!(desk.poll().await.articles.len(), 1);
    desk.options.recheck = Recheck::EveryPoll;
    again(&desk, "every time");
    assert_eq!(desk.poll().await.articles.len(), 1);
}

#[tokio::test]
async fn failing_pages_are_tried_again_and_then_told_by_the_feed() {
    let mut desk = Desk::new(SourceKind::Feed, "/rss").await;
    desk.outlet.status("/1", 500);
    desk.outlet.feed(&item("/1", "ข่าวหนึ่ง", TODAY));
    let first = desk.poll().await;
    assert!(first.articles.is_empty() && first.dropped.is_empty());
    assert_eq!(first.state.retry, [("http://a.example/1".to_owned(), 1)]);
    // The feed has not changed; the page comes back.
    desk.outlet.page("/1", "ข่าวหนึ่ง", "มาแล้ว");
    let second = desk.poll().await;
    assert!(second.unchanged);
    assert_eq!(written(&second), ["/1|ข่าวหนึ่ง|date_missing"]);
    assert!(second.state.retry.is_empty());

    desk.outlet.status("/2", 404);
    for attempt in 1..=ATTEMPTS_MAX {
        desk.outlet.feed(&format!("{}<!-- {attempt} -->", item("/2", "ข่าวสอง", TODAY)));
        let outcome = desk.poll().await;
        if attempt < ATTEMPTS_MAX {
            assert_eq!(outcome.state.retry, [("http://a.example/2".to_owned(), attempt)]);
        } else {
            assert_eq!(written(&outcome), ["/2|ข่าวสอง|text_from_feed"]);
            assert_eq!(outcome.articles[0].text, "สรุปของ ข่าวสอง");
        }
    }
}

#[tokio::test]
async fn what_is_never_had_is_dropped_with_its_reason() {
    let mut desk = Desk::new(SourceKind::Sitemap, "/s.xml").await;
    desk.outlet.put("/robots.txt", "text/plain", "User-agent: *\nDisallow: /no/");
    desk.outlet.put(
        "/s.xml",
        "application/xml",
        "<urlset><url><loc>http://a.example/no/1</loc></url><url><loc>http://a.example/gone</loc></url>\
         <url><loc>mailto:x@y</loc></url><url><loc>http://127.0.0.1/</loc></url></urlset>",
    );
    desk.outlet.status("/gone", 410);
    let outcome = desk.poll().await;
    let mut dropped: Vec<(DropReason, &str)> =
        outcome.dropped.iter().map(|dropped| (dropped.reason, dropped.place.as_str())).collect();
    dropped.sort();
    let want = [
        (DropReason::BadUrl, "mailto:x@y"),
        (DropReason::Robots, "http://a.example/no/1"),
        (DropReason::FetchFailed, "http://127.0.0.1/"),
        (DropReason::FetchFailed, "http://a.example/gone"),
    ];
    assert_eq!(dropped, want);
    assert!(outcome.failure.is_none());
}

#[tokio::test]
async fn what_does_not_fit_into_a_poll_comes_with_the_next() {
    let mut desk = Desk::new(SourceKind::Feed, "/rss").await;
    desk.spec.pages_per_poll_max = 2;
    for n in 0..5 {
        desk.outlet.page(&format!("/{n}"), &format!("ข่าว {n}"), "เนื้อ");
    }
    desk.outlet.feed(&(0..5).map(|n| item(&format!("/{n}"), &format!("ข่าว {n}"), TODAY)).collect::<String>());
    let mut titles = Vec::new();
    for round in 0..3 {
        let outcome = desk.poll().await;
        assert_eq!(outcome.carried, [3, 1, 0][round]);
        if outcome.carried > 0 {
            assert_eq!(
                outcome.state.due_at.as_second() - outcome.state.polled_at.unwrap().as_second(),
                225,
                "soon again"
            );
        }
        // Dates come from the feed even for what was carried.
        assert!(outcome.articles.iter().all(|article| article.published.is_some()));
        titles.extend(outcome.articles.into_iter().map(|article| article.title));
    }
    titles.sort();
    assert_eq!(titles, ["ข่าว 0", "ข่าว 1", "ข่าว 2", "ข่าว 3", "ข่าว 4"]);
    assert!(desk.poll().await.articles.is_empty());
}

#[tokio::test]
async fn failures_of_the_source_are_named_and_back_off() {
    let mut desk = Desk::new(SourceKind::Feed, "/rss").await;
    desk.outlet.put("/rss", "text/html", "<html><title>ปิดปรับปรุง</title></html>");
    let first = desk.poll().await;
    let (failure, words) = first.failure.clone().unwrap();
    assert_eq!(failure, PollFailure::NotAFeed);
    assert!(words.contains("`ปิดปรับปรุง`"), "{words}");
    assert_eq!(first.state.failures, 1);
    desk.outlet.status("/rss", 500);
    let second = desk.poll().await;
    assert_eq!((second.state.failures, second.failure.unwrap().0), (2, PollFailure::ServerError));
    assert_eq!(second.state.due_at.as_second() - desk.state.polled_at.unwrap().as_second(), 1800);
    desk.outlet.feed("");
    let third = desk.poll().await;
    assert_eq!((third.state.failures, third.state.failure), (0, None));
    desk.outlet.status("/rss", 410);
    assert_eq!(desk.poll().await.failure.unwrap().0, PollFailure::Gone);
}

#[tokio::test]
async fn a_page_in_place_of_a_feed_says_where_the_feed_is() {
    let mut desk = Desk::new(SourceKind::Feed, "/rss").await;
    let page = "<html><head><title>หน้าแรก</title><link rel=alternate type='application/rss+xml' href='/feed/news'>\
        <link rel=alternate type='application/rss+xml' href='/rss'></head>";
    desk.outlet.put("/rss", "text/html", page);
    let (failure, words) = desk.poll().await.failure.expect("a failure");
    assert_eq!(failure, PollFailure::NotAFeed);
    assert!(words.ends_with("; the page names these feeds: http://a.example/feed/news"), "{words}");
}

#[tokio::test]
async fn sitemaps_and_their_indexes_are_followed() {
    let mut desk = Desk::new(SourceKind::Sitemap, "/index.xml").await;
    desk.outlet.put(
        "/index.xml",
        "application/xml",
        "<sitemapindex><sitemap><loc>/old.xml</loc><lastmod>2020-01-01</lastmod></sitemap><sitemap><loc>/news.xml.gz</loc></sitemap></sitemapindex>",
    );
    let news = "<urlset><url><loc>http://a.example/1</loc><news:news><news:publication_date>2024-01-15T08:00:00+07:00</news:publication_date>\
                <news:title>ข่าวหนึ่ง</news:title></news:news></url></urlset>";
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, news.as_bytes()).unwrap();
    desk.outlet.put("/news.xml.gz", "application/gzip", encoder.finish().unwrap());
    desk.outlet.put(
        "/old.xml",
        "application/xml",
        "<urlset><url><loc>http://a.example/0</loc><lastmod>2020-01-01</lastmod></url></urlset>",
    );
    desk.outlet.page("/1", "ข่าวหนึ่ง", "เนื้อข่าว");
    let outcome = desk.poll().await;
    assert_eq!(written(&outcome), ["/1|ข่าวหนึ่ง|"]);
    assert_eq!(
        outcome.articles[0].published.as_ref().map(|published| published.origin),
        Some(DateOrigin::Sitemap)
    );
}

#[tokio::test]
async fn listings_are_read_by_selector() {
    let mut desk = Desk::new(SourceKind::Listing, "/news").await;
    desk.spec.selectors = PageSelectors {
        links: Some(".list a".into()),
        date: Some(".when".into()),
        ..PageSelectors::default()
    };
    desk.outlet.put(
        "/news",
        "text/html",
        "<nav><a href=/about>x</a></nav><div class=list><a href=/1>อ่านต่อ</a><a href=/2>อ่านต่อ</a></div>",
    );
    for path in ["/1", "/2"] {
        desk.outlet.put(path, "text/html", format!("<title>ข่าว {path}</title><p class=when>2024-01-15T08:00:00+07:00</p><article><p>เนื้อข่าวของ {path}</article>"));
    }
    let outcome = desk.poll().await;
    assert_eq!(written(&outcome), ["/1|ข่าว /1|", "/2|ข่าว /2|"]);
    desk.outlet.put("/news", "text/html", "<p>เปลี่ยนหน้าแล้ว");
    let failed = desk.poll().await.failure.unwrap();
    assert!(failed.0 == PollFailure::Unreadable && failed.1.contains(".list a"), "{failed:?}");
}

#[tokio::test]
async fn a_page_may_name_itself_on_its_own_site_only() {
    let mut desk = Desk::new(SourceKind::Feed, "/rss").await;
    let page = |canonical: &str| {
        format!(
            "<title>T</title><link rel=canonical href='{canonical}'><article><p>เนื้อ</p><p>{FILLER}</p></article>"
        )
    };
    desk.outlet.put("/amp/1", "text/html", page("http://a.example/1"));
    desk.outlet.put("/2", "text/html", page("http://other.example/2"));
    desk.outlet.put("/3", "text/html", page("http://a.example/"));
    desk.outlet.feed(&[item("/amp/1", "T", TODAY), item("/2", "T", TODAY), item("/3", "T", TODAY)].concat());
    let outcome = desk.poll().await;
    assert_eq!(written(&outcome), ["/1|T|", "/2|T|", "/3|T|"]);
    assert_eq!(outcome.articles[0].link, "http://a.example/amp/1");
    desk.outlet.asked();
    desk.outlet.feed(&[item("/amp/1", "T", TODAY), item("/2", "T", TODAY)].concat());
    assert!(desk.poll().await.articles.is_empty());
    assert_eq!(desk.outlet.asked(), ["/rss"], "the other name is remembered");
}

#[tokio::test]
async fn a_feed_may_be_the_article_itself() {
    let mut desk = Desk::new(SourceKind::Feed, "/rss").await;
    desk.spec.fetch_pages = false;
    desk.outlet.feed(
        &[
            item("/1", "ข่าวหนึ่ง", TODAY),
            "<item><title>ไม่มีลิงก์</title></item>".into(),
            "<item><link>/3</link></item>".into(),
        ]
        .concat(),
    );
    let outcome = desk.poll().await;
    let mut got = written(&outcome);
    got.sort();
    assert_eq!(got.len(), 2, "{got:?}");
    assert_eq!(got[0], "/1|ข่าวหนึ่ง|");
    assert!(
        got[1].starts_with("urn:praden:a-rss:") && got[1].ends_with("|ไม่มีลิงก์|text_empty,date_missing"),
        "{got:?}"
    );
    assert_eq!(outcome.dropped.iter().map(|dropped| dropped.reason).collect::<Vec<_>>(), [DropReason::Empty]);
    assert_eq!((outcome.pages_fetched, outcome.captures.len()), (0, 1));
}

#[tokio::test]
async fn dates_from_the_future_are_kept_and_marked() {
    let mut desk = Desk::new(SourceKind::Feed, "/rss").await;
    desk.outlet.page("/1", "ข่าวหนึ่ง", "เนื้อ");
    desk.outlet.feed(&item("/1", "ข่าวหนึ่ง", "2024-02-15T08:00:00+07:00"));
    let outcome = desk.poll().await;
    assert_eq!(outcome.articles[0].warnings, [Warning::DateInFuture]);
    assert!(outcome.articles[0].published.as_ref().is_some_and(|published| published.believed().is_none()));
}

/// What a poll says of articles that are gone or came back.
fn whereabouts(outcome: &PollOutcome) -> (Vec<(&str, u16)>, Vec<&str>) {
    let gone = outcome.withdrawn.iter().map(|gone| (gone.url.as_str(), gone.status)).collect();
    (gone, outcome.returned.iter().map(CanonicalUrl::as_str).collect())
}

#[tokio::test]
async fn an_article_that_is_taken_down_is_noticed_at_the_second_look() {
    let mut desk = Desk::new(SourceKind::Feed, "/rss").await;
    desk.options.recheck = Recheck::EveryPoll;
    desk.outlet.page("/1", "ข่าวหนึ่ง", FILLER);
    desk.outlet.feed(&item("/1", "ข่าวหนึ่ง", TODAY));
    desk.poll().await;
    desk.outlet.status("/1", 404);
    desk.outlet.feed(&format!("{} ", item("/1", "ข่าวหนึ่ง", TODAY)));
    let outcome = desk.poll().await;
    assert_eq!(whereabouts(&outcome), (vec![], vec![]), "once may be a slip");
    assert!(outcome.articles.is_empty() && outcome.dropped.is_empty());
    desk.clock.forward(CONFIRM_AFTER.as_secs() - 60);
    assert_eq!(whereabouts(&desk.poll().await), (vec![], vec![]), "too soon");
    desk.clock.forward(60);
    desk.outlet.status("/1", 410);
    assert_eq!(whereabouts(&desk.poll().await), (vec![("http://a.example/1", 410)], vec![]));
    desk.clock.forward(3600);
    assert_eq!(whereabouts(&desk.poll().await), (vec![], vec![]), "that is known");
    desk.outlet.page("/1", "ข่าวหนึ่ง", FILLER);
    desk.outlet.feed(&item("/1", "ข่าวหนึ่ง", TODAY));
    assert_eq!(whereabouts(&desk.poll().await), (vec![], vec!["http://a.example/1"]));
}

#[tokio::test]
async fn articles_that_are_no_longer_listed_are_looked_at_more_and_more_rarely() {
    let mut desk = Desk::new(SourceKind::Feed, "/rss").await;
    for path in ["/1", "/2", "/3"] {
        desk.outlet.page(path, "ข่าว", FILLER);
    }
    desk.outlet.feed(&["/1", "/2", "/3"].map(|path| item(path, "ข่าว", TODAY)).concat());
    desk.poll().await;
    desk.outlet.feed(&item("/4", "ข่าว", TODAY));
    desk.outlet.page("/4", "ข่าว", FILLER);
    desk.poll().await;
    desk.outlet.asked();
    let mut asked = Vec::new();
    for hours in [1, 24, 24, 24, 24, 6, 18, 24 * 4, 24 * 8, 24 * 16] {
        desk.clock.forward(hours * 3600);
        if asked.len() == 2 {
            desk.outlet.status("/1", 404);
            desk.outlet.page("/2", "ข่าว", "แก้ไขแล้ว");
            desk.outlet.put(
                "/3",
                "text/html",
                "<title>หน้าแรก</title><link rel=canonical href='http://a.example/home'>",
            );
        }
        let outcome = desk.poll().await;
        let mut pages: Vec<String> =
            desk.outlet.asked().into_iter().filter(|path| path != "/rss" && path != "/4").collect();
        pages.sort();
        let edited = outcome.articles.iter().filter(|article| article.url.as_str().ends_with("/2"));
        asked.push((pages.concat(), whereabouts(&outcome).0.len(), edited.count()));
    }
    // What is gone is asked for once more soon, and so is what could not be told; an answer of "not modified" is no article.
    let want = [
        ("", 0, 0),
        ("/1/2/3", 0, 0),
        ("/1/2/3", 0, 1),
        ("/1/3", 1, 0),
        ("/1/2/3", 0, 0),
        ("/3", 0, 0),
        ("/3", 0, 0),
        ("/1/2/3", 0, 0),
        ("/1/2/3", 0, 0),
        ("/3", 0, 0),
    ];
    let want: Vec<_> =
        want.into_iter().map(|(pages, gone, edited)| (pages.to_owned(), gone, edited)).collect();
    assert_eq!(asked, want);
}

#[tokio::test]
async fn what_a_page_calls_itself_is_remembered_beyond_a_restart() {
    let mut desk = Desk::new(SourceKind::Feed, "/rss").await;
    let page = format!(
        "<html><head><title>ข่าวหนึ่ง</title><link rel=canonical href='http://a.example/news/1'></head><body><article><p>{FILLER}</p></article></body></html>"
    );
    desk.outlet.put("/l/1", "text/html", page);
    desk.outlet.feed(&item("/l/1", "ข่าวหนึ่ง", TODAY));
    assert_eq!(written(&desk.poll().await), ["/news/1|ข่าวหนึ่ง|"]);
    assert_eq!(desk.outlet.asked(), ["/rss", "/l/1"]);

    desk.restart().await;
    desk.outlet.page("/2", "ข่าวสอง", FILLER);
    desk.outlet.feed(&[item("/l/1", "ข่าวหนึ่ง", TODAY), item("/2", "ข่าวสอง", TODAY)].concat());
    assert_eq!(written(&desk.poll().await), ["/2|ข่าวสอง|"]);
    assert_eq!(desk.outlet.asked(), ["/rss", "/2"]);
    assert_eq!(desk.state.aliases.len(), 1);

    desk.outlet.feed(&item("/2", "ข่าวสอง", TODAY));
    desk.poll().await;
    assert_eq!(desk.state.aliases, [], "what is no longer listed");
}
