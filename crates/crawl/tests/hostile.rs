//! Servers that mean harm or are merely broken: each ends soon, with a named cause, and leaves the others alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "tests say what failed by failing"
)]

mod world;

use std::io::Write as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use praden_crawl::fetch::{Accept, FetchConfig, FetchError, FetchRequest, Fetched, Fetcher, Lookup};
use praden_crawl::page::extract_page_guarded;
use praden_model::{PageSelectors, PollFailure};
use tokio::io::AsyncWriteExt as _;
use world::{NOW, TestClock, config, fetcher, serve, serve_raw};

/// Long enough for every limit of the test settings, short enough to show an endless one.
const PATIENCE: Duration = Duration::from_secs(20);

async fn fetch(fetcher: &Fetcher, url: &str) -> Result<Fetched, FetchError> {
    let request = FetchRequest::new(url, Accept::Page);
    tokio::time::timeout(PATIENCE, fetcher.fetch(&request)).await.expect("every fetch ends by its own limits")
}

#[track_caller]
fn failed(result: Result<Fetched, FetchError>, want: PollFailure, words: &str) {
    let error = result.map(|fetched| fetched.status).unwrap_err();
    assert_eq!(error.failure(), want, "{error}");
    assert!(error.to_string().contains(words), "{error}");
}

#[tokio::test]
async fn named_hosts_are_dialled_at_their_address_and_port() {
    let address = serve(Router::new().route(
        "/a",
        get(|headers: HeaderMap| async move {
            let text =
                |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
            format!("{} {}", text(header::HOST), text(header::USER_AGENT))
        }),
    ))
    .await;
    let fetched = fetch(&fetcher(&[("news.example", address)]), "http://news.example/a").await.unwrap();
    let body = String::from_utf8(fetched.body).unwrap();
    assert!(body.starts_with("news.example Praden/") && body.ends_with("(+test@desk.example)"), "{body}");
}

#[tokio::test]
async fn inside_addresses_are_refused_in_every_spelling() {
    let fetcher = Fetcher::new(FetchConfig::new("t"), TestClock::at(NOW)).unwrap();
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "0",
        "[::ffff:127.0.0.1]",
        "[::1]",
        "[::]",
        "10.0.0.1",
        "169.254.169.254",
        "192.168.1.1",
        "[fe80::1]",
        "[fd00::1]",
        "[64:ff9b::7f00:1]",
        "127。0。0。1",
        // More spellings of the same: octal, hexadecimal and mixed parts, a dot behind, escapes, every way to map into IPv6.
        "017700000001",
        "0x7f000001",
        "0x7F.0.0.1",
        "127.0x0.0.01",
        "127.0.1",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "\u{FF11}\u{FF12}\u{FF17}.0.0.1",
        "user:secret@127.0.0.1",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[2002:7f00:1::]",
        "[fec0::1]",
        "[ff02::1]",
        "100.64.0.1",
        "172.16.0.1",
        "172.31.255.254",
        "198.18.0.1",
        "192.0.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "3232235777",
        "0300.0250.1.1",
        "0xA9FEA9FE",
    ] {
        failed(fetch(&fetcher, &format!("http://{host}/")).await, PollFailure::AddressForbidden, "");
    }
    failed(fetch(&fetcher, "http://localhost/").await, PollFailure::AddressForbidden, "localhost");
    failed(fetch(&fetcher, "http://1.1.1.1:22/").await, PollFailure::AddressForbidden, "a port other than");
    failed(fetch(&fetcher, "file:///etc/passwd").await, PollFailure::AddressForbidden, "not http or https");
    failed(fetch(&fetcher, "gopher://a.example/").await, PollFailure::AddressForbidden, "not http or https");
}

/// Answers each lookup of a name with the next of its lists, and the last for ever.
struct Changing(std::sync::Mutex<Vec<Vec<IpAddr>>>);

#[async_trait::async_trait]
impl Lookup for Changing {
    async fn lookup(&self, _host: &str) -> std::io::Result<Vec<IpAddr>> {
        let mut answers = self.0.lock().unwrap();
        Ok(if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() })
    }
}

#[tokio::test]
async fn a_name_that_changes_its_address_leads_nowhere() {
    let reached = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&reached);
    let inside = serve(Router::new().fallback(move || {
        counter.fetch_add(1, Ordering::Relaxed);
        async { "secret" }
    }))
    .await;
    // An address for documentation (RFC 5737), where nobody is, stands for a public one.
    let loopback: IpAddr = "127.0.0.1".parse().unwrap();
    let public: IpAddr = "192.0.2.1".parse().unwrap();
    let lists = [
        vec![vec![public], vec![loopback]],
        vec![vec![loopback], vec![public], vec![loopback]],
        vec![vec![loopback, "::1".parse().unwrap(), "::ffff:127.0.0.1".parse().unwrap()]],
        vec![vec!["169.254.169.254".parse().unwrap()]],
    ];
    for answers in lists {
        let ports = vec![inside.port()];
        let config = FetchConfig { ports, addresses: vec![public], ..config(&[]) };
        let lookup = Arc::new(Changing(std::sync::Mutex::new(answers.clone())));
        let fetcher = Fetcher::with_lookup(config, TestClock::at(NOW), lookup).unwrap();
        for _ in 0..4 {
            let url = format!("http://rebind.example:{}/", inside.port());
            let error = fetch(&fetcher, &url).await.map(|fetched| fetched.status).unwrap_err();
            let named = [
                PollFailure::AddressForbidden,
                PollFailure::Unreachable,
                PollFailure::Timeout,
                PollFailure::ServerError,
            ];
            assert!(named.contains(&error.failure()), "{answers:?}: {error}");
        }
    }
    assert_eq!(reached.load(Ordering::Relaxed), 0, "nothing inside was asked, robots.txt included");
}

#[tokio::test]
async fn redirects_are_checked_on_every_hop() {
    let address = serve(
        Router::new()
            .route("/to/{*place}", get(|Path(place): Path<String>| async move { Redirect::to(&place) }))
            .route("/loop", get(|| async { Redirect::to("/loop") }))
            .route("/ping", get(|| async { Redirect::to("/pong") }))
            .route("/pong", get(|| async { Redirect::to("/ping") }))
            .route("/n/{n}", get(|Path(n): Path<u32>| async move { Redirect::to(&format!("/n/{}", n + 1)) }))
            .route(
                "/three/{n}",
                get(|Path(n): Path<u32>| async move {
                    if n >= 3 {
                        "here".into_response()
                    } else {
                        Redirect::to(&format!("/three/{}", n + 1)).into_response()
                    }
                }),
            ),
    )
    .await;
    let fetcher = fetcher(&[("a.example", address)]);
    for target in [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://0x7f.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost/",
    ] {
        failed(
            fetch(&fetcher, &format!("http://a.example/to/{target}")).await,
            PollFailure::AddressForbidden,
            "",
        );
    }
    failed(fetch(&fetcher, "http://a.example/loop").await, PollFailure::Redirects, "redirects");
    failed(fetch(&fetcher, "http://a.example/ping").await, PollFailure::Redirects, "redirects");
    failed(fetch(&fetcher, "http://a.example/n/1").await, PollFailure::Redirects, "redirects");
    let fetched = fetch(&fetcher, "http://a.example/three/0").await.unwrap();
    assert_eq!((fetched.body.as_slice(), fetched.final_url.path()), (&b"here"[..], "/three/3"));
}

/// A GiB of zeros in about a MB.
fn gzip_bomb() -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    let zeros = vec![0; 1 << 20];
    for _ in 0..256 {
        encoder.write_all(&zeros).unwrap();
    }
    encoder.finish().unwrap()
}

#[tokio::test]
async fn bombs_and_endless_bodies_stop_at_the_limit() {
    let bomb = Arc::new(gzip_bomb());
    let (declared, hidden) = (Arc::clone(&bomb), Arc::clone(&bomb));
    let address = serve(
        Router::new()
            .route("/bomb", get(|| async move { ([(header::CONTENT_ENCODING, "gzip")], declared.to_vec()) }))
            .route("/hidden", get(|| async move { hidden.to_vec() }))
            .route(
                "/endless",
                get(|| async {
                    Body::from_stream(futures::stream::repeat_with(|| {
                        Ok::<_, std::io::Error>(vec![b'x'; 64 * 1024])
                    }))
                }),
            )
            .route("/large", get(|| async { vec![b'x'; 9 * 1024 * 1024] }))
            .route("/twice", get(|| async { ([(header::CONTENT_ENCODING, "gzip, gzip")], "x") }))
            .route("/unknown", get(|| async { ([(header::CONTENT_ENCODING, "zstd")], "x") })),
    )
    .await;
    let fetcher = fetcher(&[("a.example", address)]);
    for path in ["bomb", "hidden", "endless", "large"] {
        failed(
            fetch(&fetcher, &format!("http://a.example/{path}")).await,
            PollFailure::TooLarge,
            "over the limit of 8388608 bytes",
        );
    }
    for path in ["twice", "unknown"] {
        failed(
            fetch(&fetcher, &format!("http://a.example/{path}")).await,
            PollFailure::Unreadable,
            "content encoding",
        );
    }
}

#[tokio::test]
async fn slow_and_silent_servers_end_by_the_clock() {
    let silent = serve_raw(|stream| async move {
        let _held = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let dripping = serve_raw(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n").await;
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await;
    let slow_headers = serve_raw(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
        while stream.write_all(b"X-A: b\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await;
    let stalled = serve_raw(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx").await;
        std::future::pending::<()>().await;
    })
    .await;
    let fetcher = fetcher(&[
        ("silent.example", silent),
        ("dripping.example", dripping),
        ("slow.example", slow_headers),
        ("stalled.example", stalled),
    ]);
    let (a, b, c, d) = tokio::join!(
        fetch(&fetcher, "http://silent.example/"),
        fetch(&fetcher, "http://dripping.example/"),
        fetch(&fetcher, "http://slow.example/"),
        fetch(&fetcher, "http://stalled.example/"),
    );
    // Which of the two limits of a second comes first is chance.
    failed(a, PollFailure::Timeout, "no complete answer in 1 s");
    failed(b, PollFailure::Timeout, "everything");
    failed(c, PollFailure::Timeout, "no complete answer in 1 s");
    failed(d, PollFailure::Timeout, "next bytes");
}

#[tokio::test]
async fn broken_answers_have_a_named_cause() {
    let short = serve_raw(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort").await;
    })
    .await;
    let two = serve_raw(|mut stream| async move {
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nshort!")
            .await;
    })
    .await;
    let headers = serve_raw(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
        for n in 0..100_000 {
            if stream.write_all(format!("X-{n}: y\r\n").as_bytes()).await.is_err() {
                return;
            }
        }
        let _ = stream.write_all(b"Content-Length: 0\r\n\r\n").await;
    })
    .await;
    let noise = serve_raw(|mut stream| async move {
        let _ = stream.write_all(b"\x16\x03\x01 hello").await;
    })
    .await;
    let fetcher = fetcher(&[
        ("short.example", short),
        ("two.example", two),
        ("headers.example", headers),
        ("noise.example", noise),
    ]);
    for host in ["short", "two", "headers", "noise"] {
        failed(
            fetch(&fetcher, &format!("http://{host}.example/")).await,
            PollFailure::Unreadable,
            "cannot be read",
        );
    }
    failed(fetch(&fetcher, "http://nowhere.invalid/").await, PollFailure::Unreachable, "nowhere.invalid");
    let closed = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    failed(
        fetch(&world::fetcher(&[("closed.example", closed)]), "http://closed.example/").await,
        PollFailure::Unreachable,
        "no connection",
    );
}

#[tokio::test]
async fn robots_txt_is_asked_first_and_obeyed() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let rules = serve(
        Router::new()
            .route(
                "/robots.txt",
                get(|| async move {
                    counter.fetch_add(1, Ordering::Relaxed);
                    "User-agent: praden\nDisallow: /no\n"
                }),
            )
            .fallback(|| async { "x" }),
    )
    .await;
    let failing = serve(
        Router::new()
            .route("/robots.txt", get(|| async { StatusCode::INTERNAL_SERVER_ERROR }))
            .fallback(|| async { "x" }),
    )
    .await;
    let busy = serve(
        Router::new()
            .route("/robots.txt", get(|| async { StatusCode::TOO_MANY_REQUESTS }))
            .fallback(|| async { "x" }),
    )
    .await;
    let closed = serve(
        Router::new()
            .route("/robots.txt", get(|| async { StatusCode::FORBIDDEN }))
            .fallback(|| async { "x" }),
    )
    .await;
    let moved = serve(
        Router::new()
            .route("/robots.txt", get(|| async { Redirect::to("http://rules.example/robots.txt") }))
            .fallback(|| async { "x" }),
    )
    .await;
    let hosts = [
        ("rules.example", rules),
        ("failing.example", failing),
        ("busy.example", busy),
        ("closed.example", closed),
        ("moved.example", moved),
    ];
    let fetcher = fetcher(&hosts);
    failed(
        fetch(&fetcher, "http://rules.example/no/1").await,
        PollFailure::Robots,
        "line 2: `disallow: /no`",
    );
    assert_eq!(fetch(&fetcher, "http://rules.example/yes").await.unwrap().status, 200);
    assert_eq!(asked.load(Ordering::Relaxed), 1, "the file is kept");
    failed(
        fetch(&fetcher, "http://failing.example/").await,
        PollFailure::ServerError,
        "forbidding everything",
    );
    failed(fetch(&fetcher, "http://busy.example/").await, PollFailure::Throttled, "forbidding everything");
    assert_eq!(fetch(&fetcher, "http://closed.example/").await.unwrap().status, 200);
    failed(fetch(&fetcher, "http://moved.example/no").await, PollFailure::Robots, "moved.example");
}

#[tokio::test]
async fn a_wish_to_wait_is_kept() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let address = serve(
        Router::new().route("/robots.txt", get(|| async { StatusCode::NOT_FOUND })).fallback(move || {
            let counter = Arc::clone(&counter);
            async move {
                counter.fetch_add(1, Ordering::Relaxed);
                (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "120")])
            }
        }),
    )
    .await;
    let fetcher = fetcher(&[("a.example", address)]);
    let fetched = fetch(&fetcher, "http://a.example/").await.unwrap();
    assert_eq!((fetched.status, fetched.retry_after_s), (429, Some(120)));
    let refused = fetch(&fetcher, "http://a.example/other").await.unwrap_err();
    assert!(matches!(refused, FetchError::Waiting { seconds: 100..=120, .. }), "{refused}");
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn one_request_at_a_time_with_a_pause_and_no_delay_for_others() {
    let (running, most, starts) = (
        Arc::new(AtomicUsize::new(0)),
        Arc::new(AtomicUsize::new(0)),
        Arc::new(std::sync::Mutex::new(Vec::new())),
    );
    let (now_running, highest, times) = (Arc::clone(&running), Arc::clone(&most), Arc::clone(&starts));
    let address = serve(Router::new().fallback(move || {
        let (running, most, times) = (Arc::clone(&now_running), Arc::clone(&highest), Arc::clone(&times));
        async move {
            times.lock().unwrap().push(tokio::time::Instant::now());
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(30)).await;
            running.fetch_sub(1, Ordering::SeqCst);
            "x"
        }
    }))
    .await;
    let silent = serve_raw(|stream| async move {
        let _held = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let pause = Duration::from_millis(60);
    let hosts = [("a.example", address), ("silent.example", silent)];
    let fetcher =
        Fetcher::new(FetchConfig { delay_min: pause, ..config(&hosts) }, TestClock::at(NOW)).unwrap();
    let fetches = (0..4).map(|n| {
        let fetcher = fetcher.clone();
        async move { fetch(&fetcher, &format!("http://a.example/{n}")).await.map(|fetched| fetched.status) }
    });
    let stuck = tokio::spawn({
        let fetcher = fetcher.clone();
        async move { fetch(&fetcher, "http://silent.example/").await.is_err() }
    });
    let answers = futures::future::join_all(fetches).await;
    assert!(answers.iter().all(|answer| *answer == Ok(200)), "{answers:?}");
    assert_eq!(most.load(Ordering::SeqCst), 1, "never two at once");
    let times = starts.lock().unwrap().clone();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= pause), "a pause between each two");
    assert!(stuck.await.unwrap());
}

#[tokio::test]
async fn conditional_requests_and_compressed_answers_work() {
    let address = serve(
        Router::new()
            .route(
                "/feed",
                get(|headers: HeaderMap| async move {
                    if headers.get(header::IF_NONE_MATCH).is_some_and(|tag| tag == "\"v1\"") {
                        return StatusCode::NOT_MODIFIED.into_response();
                    }
                    (
                        [(header::ETAG, "\"v1\""), (header::LAST_MODIFIED, "Mon, 15 Jan 2024 01:00:00 GMT")],
                        "x",
                    )
                        .into_response()
                }),
            )
            .route(
                "/gzip",
                get(|| async {
                    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                    encoder.write_all("ข่าว".as_bytes()).unwrap();
                    ([(header::CONTENT_ENCODING, "gzip")], encoder.finish().unwrap())
                }),
            ),
    )
    .await;
    let fetcher = fetcher(&[("a.example", address)]);
    let first = fetch(&fetcher, "http://a.example/feed").await.unwrap();
    assert_eq!((first.etag.as_deref(), first.last_modified.is_some()), (Some("\"v1\""), true));
    let request =
        FetchRequest { etag: first.etag, ..FetchRequest::new("http://a.example/feed", Accept::Feed) };
    let second = fetcher.fetch(&request).await.unwrap();
    assert_eq!((second.status, second.body.len()), (304, 0));
    assert_eq!(fetch(&fetcher, "http://a.example/gzip").await.unwrap().body, "ข่าว".as_bytes());
}

#[tokio::test]
async fn pages_made_to_break_extractors_are_read_or_given_up() {
    let article = "<p>เนื้อข่าวที่ยาวพอจะเป็นย่อหน้าหนึ่งของบทความ มีรายละเอียดครบถ้วน</p>".repeat(8);
    let nested = |tag: &str, count: usize| {
        format!(
            "<html><body>{}{article}{}</body></html>",
            format!("<{tag}>").repeat(count),
            format!("</{tag}>").repeat(count)
        )
    };
    let pages = [
        ("tables", nested("table><tr><td", 3000).replace("</table><tr><td>", "</td></tr></table>")),
        ("divs", nested("div", 100_000)),
        ("fonts never closed", format!("<body>{}{article}", "<font size=1>".repeat(50_000))),
        ("paragraphs", format!("<body>{}", "<p>ย่อหน้า</p>".repeat(40_000))),
        ("one node", format!("<body><p>{}</p>", "ก".repeat(3_000_000))),
        ("attributes", format!("<body {}>{article}", "a=b ".repeat(200_000))),
        ("comments", format!("<body>{}{article}", "<!-- x ".repeat(100_000))),
    ];
    for (name, page) in pages {
        let url = url::Url::parse("http://a.example/1").unwrap();
        let started = std::time::Instant::now();
        let result = extract_page_guarded(
            page.into_bytes(),
            url,
            None,
            PageSelectors::default(),
            NOW.parse().unwrap(),
        )
        .await;
        println!("{name}: {:?}", started.elapsed());
        let page = result.unwrap_or_else(|error| panic!("{name}: {error}"));
        // What stands in a comment that never ends is no text to any browser either.
        let readable = page.text.contains("ย่อหน้า");
        assert!(
            readable || name == "one node" || name == "comments",
            "{name}: {:?} {}",
            page.found_by,
            page.text.len()
        );
    }
}
