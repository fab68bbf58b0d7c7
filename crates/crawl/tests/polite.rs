//! What outlets may expect of the crawler: how long a robots.txt is believed, whose turn it is, how wishes to wait are read.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests say what failed by failing"
)]

mod world;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, Version, header};
use axum::routing::get;
use praden_crawl::fetch::{Accept, FetchRequest, Fetcher};
use praden_model::{Exceptions, OutletId, PageSelectors, PollFailure, SourceId, SourceKind, SourceSpec, Tls};
use world::tls::serve_tls;
use world::{NOW, TestClock, config, fetcher, serve};

async fn fetch(fetcher: &Fetcher, url: &str) -> Result<u16, PollFailure> {
    let fetched = fetcher.fetch(&FetchRequest::new(url, Accept::Page)).await;
    fetched.map(|fetched| fetched.status).map_err(|error| error.failure())
}

#[tokio::test]
async fn robots_txt_is_believed_for_a_day_and_its_absence_for_minutes() {
    let file: Arc<Mutex<(StatusCode, &str)>> = Arc::new(Mutex::new((StatusCode::OK, "")));
    let shown = Arc::clone(&file);
    let routes = Router::new()
        .route("/robots.txt", get(move || std::future::ready(*shown.lock().unwrap())))
        .fallback(|| async { "x" });
    let clock = TestClock::at(NOW);
    let fetcher = Fetcher::new(config(&[("a.example", serve(routes).await)]), clock.clone()).unwrap();
    let ask = || fetch(&fetcher, "http://a.example/1");
    assert_eq!(ask().await, Ok(200));
    *file.lock().unwrap() = (StatusCode::OK, "User-agent: *\nDisallow: /");
    clock.forward(24 * 3600 - 60);
    assert_eq!(ask().await, Ok(200), "the copy of yesterday still counts");
    clock.forward(120);
    assert_eq!(ask().await, Err(PollFailure::Robots), "and not for longer than a day");
    *file.lock().unwrap() = (StatusCode::SERVICE_UNAVAILABLE, "");
    clock.forward(25 * 3600);
    assert_eq!(ask().await, Err(PollFailure::ServerError), "a file that cannot be had forbids everything");
    *file.lock().unwrap() = (StatusCode::NOT_FOUND, "");
    assert_eq!(ask().await, Err(PollFailure::ServerError), "which is believed for some minutes");
    clock.forward(11 * 60);
    assert_eq!(ask().await, Ok(200), "no file allows everything");
}

#[tokio::test]
async fn hosts_of_one_registrable_domain_share_a_turn() {
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (now_running, highest) = (Arc::clone(&running), Arc::clone(&most));
    let at = serve(Router::new().fallback(move || {
        let (running, most) = (Arc::clone(&now_running), Arc::clone(&highest));
        async move {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(50)).await;
            running.fetch_sub(1, Ordering::SeqCst);
            "x"
        }
    }))
    .await;
    let at_once = async |hosts: &[&str]| {
        let named: Vec<_> = hosts.iter().map(|host| (*host, at)).collect();
        let fetcher = fetcher(&named);
        most.store(0, Ordering::SeqCst);
        let urls: Vec<String> = hosts.iter().map(|host| format!("http://{host}/")).collect();
        let answers = futures::future::join_all(urls.iter().map(|url| fetch(&fetcher, url))).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        most.load(Ordering::SeqCst)
    };
    assert_eq!(at_once(&["www.khao.co.th", "m.khao.co.th", "khao.co.th", "feeds.khao.co.th"]).await, 1);
    assert!(at_once(&["www.khao.co.th", "www.sapda.co.th"]).await > 1, "another outlet does not wait");
}

#[tokio::test]
async fn a_wish_to_wait_may_be_a_date() {
    let routes =
        Router::new().route("/robots.txt", get(|| async { StatusCode::NOT_FOUND })).fallback(|| async {
            // Two hours after the test's clock.
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "Mon, 15 Jan 2024 04:00:00 GMT")])
        });
    let fetcher = fetcher(&[("a.example", serve(routes).await)]);
    let fetched = fetcher.fetch(&FetchRequest::new("http://a.example/", Accept::Feed)).await.unwrap();
    assert_eq!((fetched.status, fetched.retry_after_s), (503, Some(7200)));
    assert_eq!(fetched.refusal().map(|refusal| refusal.failure()), Some(PollFailure::Throttled));
}

#[tokio::test]
async fn http_2_is_spoken_where_it_is_offered() {
    let routes = Router::new().fallback(|request: Request| async move {
        if request.version() == Version::HTTP_2 { StatusCode::OK } else { StatusCode::UPGRADE_REQUIRED }
    });
    let (at, authority) = serve_tls("khao.co.th", routes).await;
    let source = SourceSpec {
        id: SourceId::new("khao").unwrap(),
        outlet: OutletId::new("khao").unwrap(),
        kind: SourceKind::Feed,
        url: "https://khao.co.th/rss".to_owned(),
        disabled: None,
        every_s: 900,
        fetch_pages: true,
        selectors: PageSelectors::default(),
        pages_per_poll_max: 10,
        exceptions: Exceptions { tls: Tls::Authority(authority), ..Exceptions::default() },
    };
    let fetcher =
        Fetcher::new(config(&[("khao.co.th", at)]), TestClock::at(NOW)).unwrap().for_source(&source).unwrap();
    assert_eq!(fetch(&fetcher, "https://khao.co.th/rss").await, Ok(200));
}
