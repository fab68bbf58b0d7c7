//! The crawl bench: two thousand outlets on loopback, polled by one process, and what a page costs.
//!
//! ```text
//! cargo run --release -p praden-benches --bin crawl_world -- [sources, default 2000] [host delay in ms, default 2000]
//! ```
//!
//! The world is a second process of this program: every outlet has a feed of twenty entries and pages of 30 to 60 kB made of
//! `fixtures/pages`, and publishes two articles before the first cycle and one before the second. The crawler is the one that
//! `praden crawl` runs: robots.txt, feed, pages, extraction, segmenting, the log on disk. The CPU time is this process's own. The
//! reference is the extraction alone, of the same pages in the same process.
//!
//! The bench checks its own answers: every article published is in the log once, with its text; no outlet ever saw two requests at
//! once; and it says whether the cycle fits into ten minutes.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::get;
use cpu_time::ProcessTime;
use jiff::Timestamp;
use praden_crawl::fetch::{Accept, FetchConfig, FetchRequest, Fetcher};
use praden_crawl::page::extract_page;
use praden_crawl::poll::{PollOptions, Recheck};
use praden_model::{
    Clock, Exceptions, OutletId, PageSelectors, Seq, SourceId, SourceKind, SourceSpec, Store as _,
};
use praden_pipeline::{CrawlJob, Pick, Progress};
use praden_store::SqliteStore;
use tokio::sync::watch;

/// Articles published before each of the cycles.
const PUBLISHED: [u32; 2] = [2, 1];

/// Polls at the same time: each waits for its outlet's pause most of the time.
const POLLS_MAX: usize = 256;

/// What a cycle has to fit into.
const CYCLE: Duration = Duration::from_secs(600);

const PAGE_BYTES: std::ops::Range<usize> = 30_000..60_000;

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        Timestamp::UNIX_EPOCH
            .saturating_add(jiff::SignedDuration::from_secs(since.as_secs().cast_signed()))
            .unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next().unwrap_or_else(|| "2000".to_owned());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    if first == "serve" {
        return runtime.block_on(serve(arguments.next().context("how many outlets?")?.parse()?));
    }
    let sources: usize = first.parse().context("the number of sources")?;
    let delay_ms = arguments.next().map_or(Ok(2000), |delay| delay.parse()).context("the delay in ms")?;
    let mut world = Command::new(std::env::current_exe()?)
        .args(["serve", &sources.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    BufReader::new(world.stdout.take().context("the world says nothing")?).read_line(&mut line)?;
    let result = runtime.block_on(measure(sources, delay_ms, line.trim().parse()?));
    // It ends when its input does.
    drop(world.stdin.take());
    world.wait()?;
    result
}

async fn measure(sources: usize, delay_ms: u64, world: SocketAddr) -> anyhow::Result<()> {
    let host = |n: usize| format!("outlet-{n}.example");
    let specs: Vec<SourceSpec> = (0..sources)
        .map(|n| {
            Ok(SourceSpec {
                id: SourceId::new(format!("outlet-{n}"))?,
                outlet: OutletId::new(format!("outlet-{n}"))?,
                kind: SourceKind::Feed,
                url: format!("http://{}/feed", host(n)),
                disabled: None,
                every_s: 600,
                fetch_pages: true,
                selectors: PageSelectors::default(),
                pages_per_poll_max: 20,
                exceptions: Exceptions::default(),
            })
        })
        .collect::<anyhow::Result<_>>()?;
    let mut hosts: BTreeMap<String, SocketAddr> = (0..sources).map(|n| (host(n), world)).collect();
    hosts.insert("world.example".to_owned(), world);
    let config = FetchConfig {
        hosts,
        delay_min: Duration::from_millis(delay_ms),
        ..FetchConfig::new("bench@desk.example")
    };
    let clock = Arc::new(SystemClock);
    let fetcher = Arc::new(Fetcher::new(config.clone(), Arc::clone(&clock) as Arc<dyn Clock>)?);
    let control = Fetcher::new(
        FetchConfig { delay_min: Duration::ZERO, ..config },
        Arc::clone(&clock) as Arc<dyn Clock>,
    )?;
    let folder = tempfile::tempdir()?;
    let store = Arc::new(SqliteStore::open(folder.path())?);
    let (_stop, stop) = watch::channel(false);
    let job = CrawlJob {
        store: Arc::clone(&store) as Arc<dyn praden_model::Store>,
        clock,
        fetcher,
        progress: Arc::new(Progress::default()),
        owner: "bench".to_owned(),
        jitter: Arc::new(|| 0.5),
        options: PollOptions { recheck: Recheck::Never, look_days: 0 },
        polls_max: POLLS_MAX,
        stop,
    };
    let mut expected = 0;
    for (cycle, published) in PUBLISHED.into_iter().enumerate() {
        let request = FetchRequest::new(format!("http://world.example/publish/{published}"), Accept::Page);
        ensure!(control.fetch(&request).await?.status == 200, "the world does not publish");
        expected += u64::from(published) * sources as u64;
        let (started, cpu) = (Instant::now(), ProcessTime::now());
        let report = job.run(&specs, Pick::All, &|_| {}).await?;
        let (took, cpu) = (started.elapsed(), cpu.elapsed());
        ensure!(
            report.failed.is_empty() && report.dropped.is_empty(),
            "{:?} {:?}",
            report.failed,
            report.dropped
        );
        ensure!(report.polled == sources as u64, "{} polled", report.polled);
        println!(
            "cycle {}: {} sources, {} new articles in {:.0} s of {} s, {:.1} CPU-seconds: {:.0} pages per CPU-second, fetched, extracted and logged; feeds and robots.txt included",
            cycle + 1,
            report.polled,
            report.new,
            took.as_secs_f64(),
            CYCLE.as_secs(),
            cpu.as_secs_f64(),
            report.new as f64 / cpu.as_secs_f64(),
        );
        ensure!(took < CYCLE, "the cycle took {took:?}");
        ensure!(report.new == u64::from(published) * sources as u64, "{} new", report.new);
    }
    ensure!(store.counts().await?.articles == expected, "{:?}", store.counts().await?);
    let stored = store.read_after(Seq::ZERO, 200).await?;
    ensure!(
        stored.iter().all(|revision| revision.text.raw().chars().count() > 500),
        "an article without its text"
    );
    let stats = control.fetch(&FetchRequest::new("http://world.example/stats", Accept::Page)).await?;
    let stats = String::from_utf8_lossy(&stats.body).into_owned();
    let (most, requests) = stats.split_once(' ').context("no statistics")?;
    println!("at most {most} request at once to one outlet, {requests} requests in all");
    ensure!(most == "1", "{most} requests at once to one outlet");

    // The extraction alone, of as many pages.
    let pages: Vec<String> = (0..200).map(|n| page(n, 1)).collect::<anyhow::Result<_>>()?;
    let bytes: usize = pages.iter().map(String::len).sum();
    let cpu = ProcessTime::now();
    for (n, html) in pages.iter().enumerate() {
        let url = url::Url::parse(&format!("http://{}/a/1", host(n)))?;
        let page =
            extract_page(html.as_bytes(), &url, None, &PageSelectors::default(), Timestamp::UNIX_EPOCH);
        ensure!(page.text.chars().count() > 500, "page {n} has no text");
    }
    let cpu = cpu.elapsed().as_secs_f64();
    println!(
        "extraction alone: {:.0} pages of {:.0} kB per CPU-second",
        pages.len() as f64 / cpu,
        bytes as f64 / pages.len() as f64 / 1e3
    );
    Ok(())
}

/// The world: outlets told apart by the name they are asked under.
struct World {
    /// Requests that each outlet is answering now.
    busy: Vec<AtomicU32>,
    /// The most that any outlet ever answered at once.
    most: AtomicU32,
    requests: AtomicU64,
    /// Articles that each outlet has published.
    published: AtomicU32,
}

async fn serve(outlets: usize) -> anyhow::Result<()> {
    let world = Arc::new(World {
        busy: (0..outlets).map(|_| AtomicU32::new(0)).collect(),
        most: AtomicU32::new(0),
        requests: AtomicU64::new(0),
        published: AtomicU32::new(0),
    });
    let routes = axum::Router::new()
        .route(
            "/publish/{count}",
            get(|State(world): State<Arc<World>>, Path(count): Path<u32>| async move {
                world.published.fetch_add(count, Ordering::SeqCst);
                "done"
            }),
        )
        .route(
            "/stats",
            get(|State(world): State<Arc<World>>| async move {
                format!("{} {}", world.most.load(Ordering::SeqCst), world.requests.load(Ordering::SeqCst))
            }),
        )
        .fallback(answer)
        .with_state(world);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
    axum::serve(listener, routes)
        .with_graceful_shutdown(async move {
            let _ = ended.await;
        })
        .await?;
    Ok(())
}

async fn answer(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    uri: axum::http::Uri,
) -> axum::response::Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("");
    let outlet = host.strip_prefix("outlet-").and_then(|rest| rest.split('.').next()?.parse::<usize>().ok());
    let Some((outlet, busy)) = outlet.and_then(|outlet| Some((outlet, world.busy.get(outlet)?))) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    world.requests.fetch_add(1, Ordering::SeqCst);
    world.most.fetch_max(busy.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
    // As long as an outlet near by takes: two at once would meet here.
    tokio::time::sleep(Duration::from_millis(20)).await;
    let answer = match uri.path() {
        "/feed" => {
            let feed = feed(outlet, world.published.load(Ordering::SeqCst));
            ([(header::CONTENT_TYPE, "application/rss+xml; charset=utf-8")], feed).into_response()
        }
        path => match path.strip_prefix("/a/").and_then(|number| number.parse().ok()) {
            Some(number) => match page(outlet, number) {
                Ok(page) => ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response(),
                Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            },
            None => StatusCode::NOT_FOUND.into_response(),
        },
    };
    busy.fetch_sub(1, Ordering::SeqCst);
    answer
}

/// The newest twenty articles of an outlet.
fn feed(outlet: usize, published: u32) -> String {
    let mut feed =
        format!("<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>สำนักข่าว {outlet}</title>");
    for number in (1..=published).rev().take(20) {
        feed.push_str(&format!(
            "<item><title>ข่าวที่ {number} ของสำนัก {outlet}</title><link>http://outlet-{outlet}.example/a/{number}</link></item>"
        ));
    }
    feed + "</channel></rss>"
}

/// The pages that can be served as they are: UTF-8, with their text in their markup.
const MAKES: [&str; 8] = [
    "wordpress-newspaper",
    "wordpress-builder",
    "drupal7",
    "nextjs-hashed",
    "paging",
    "div-soup",
    "public-broadcaster",
    "drupal10-department",
];

/// A page of an outlet: one of the fixtures, with a headline of its own, and around it as much as real pages have.
fn page(outlet: usize, number: u32) -> anyhow::Result<String> {
    static PAGES: std::sync::OnceLock<Vec<(String, String)>> = std::sync::OnceLock::new();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/pages");
    let pages = PAGES.get_or_init(|| {
        let truth = std::fs::read_to_string(folder.join("truth.jsonl")).unwrap_or_default();
        let cases = truth.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let named = cases.filter_map(|case| {
            let (file, title) =
                (case.get("file")?.as_str()?.to_owned(), case.get("title")?.as_str()?.to_owned());
            MAKES.iter().any(|make| file.starts_with(make)).then_some((file, title))
        });
        named
            .filter_map(|(file, title)| Some((std::fs::read_to_string(folder.join(file)).ok()?, title)))
            .collect()
    });
    let (html, title) = pages.get(outlet % pages.len().max(1)).context("fixtures/pages is not there")?;
    let html = html
        .replace(title.as_str(), &format!("{title} ({outlet}/{number})"))
        .replace("rel=\"canonical\"", "rel=\"shortlink\"");
    let wanted = PAGE_BYTES.start + (outlet * 7919 + number as usize * 104_729) % PAGE_BYTES.len();
    // Half of what a page has beside its article is scripts and styles, half is links to others.
    let mut around = String::from("<div class=\"sidebar related\"><ul>");
    let mut scripts = String::from("<script>var state={};");
    let mut n = 0;
    while html.len() + around.len() + scripts.len() < wanted {
        n += 1;
        around.push_str(&format!("<li class=\"item\"><a href=\"/a/{n}\"><img src=\"/t/{n}.jpg\" alt=\"\"><span class=\"t\">ข่าวอื่นลำดับที่ {n} ของวันนี้</span></a></li>"));
        scripts.push_str(&format!("state[{n}]={{id:{n},slot:\"banner-{n}\",sizes:[[300,250],[728,90]],show:function(a,b){{return a<b&&b>{n};}}}};"));
    }
    Ok(html.replacen("</body>", &format!("{around}</ul></div>{scripts}</script></body>"), 1))
}
