//! The invented hosts on loopback: one listener each, and a record of who asked for what.
//!
//! What is answered is decided in `site`; here it is sent, late or cut off where the world says so.

use std::collections::{BTreeMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::corpus::{Article, Corpus, Outlet, Quirk, Story};
use crate::site::{self, Conditions, Reply, Trouble};
use crate::view::{View, before};

/// How many requests are remembered: far above what a test makes, and small (a few MB) for a demo that runs for days.
/// The oldest are forgotten first.
pub const REQUESTS_MAX: usize = 10_000;

/// Why a world could not start.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The built-in fixtures contradict themselves; each line is one fault.
    #[error("the demo's fixtures are not sound:\n{}", faults.join("\n"))]
    Fixtures {
        /// File and fault, with a hint where one helps.
        faults: Vec<String>,
    },
    /// No listener on loopback.
    #[error("no listener on 127.0.0.1 for `{host}`: {cause}\n  hint: is loopback up, and are ports left?")]
    Listen {
        /// The invented host.
        host: String,
        /// What the system said.
        cause: std::io::Error,
    },
}

/// What a world is made from. Equal options give equal bytes on every path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorldOptions {
    /// The moment articles are dated back from, by minutes up to 36 hours. Cut to whole minutes.
    pub now: Timestamp,
    /// Which edition is served at first: 1, or 2 to begin after the edit and the new articles.
    pub edition: u32,
}

/// A request that reached one of the hosts, as the server saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestSeen {
    /// The outlet's host name, whatever the `Host` header said.
    pub host: String,
    /// Method, such as `GET`.
    pub method: String,
    /// Path with query.
    pub path: String,
    /// Status code that was answered, also when the answer then stalled or broke off.
    pub status: u16,
    /// `User-Agent`, when readable.
    pub user_agent: Option<String>,
    /// `If-None-Match`, when sent.
    pub if_none_match: Option<String>,
    /// `If-Modified-Since`, when sent.
    pub if_modified_since: Option<String>,
}

/// An article that a correct crawler ends up with: the truth for tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedArticle {
    /// The canonical URL, as `<link rel="canonical">` gives it: no port, no tracking parameters.
    pub url: String,
    /// Id of the outlet.
    pub outlet: String,
    /// Title of the newest revision.
    pub title: String,
    /// Number of revisions for a crawler that has seen every edition up to this one.
    pub revisions: u32,
    /// Label of the story it belongs to; `None` for a routine article, which must not become an issue.
    pub story: Option<String>,
    /// When it came out, in whole minutes; `None` when nothing served says so.
    pub published_at: Option<Timestamp>,
    /// URL of the article that it reprints word for word but for its lead.
    pub reprint_of: Option<String>,
    /// Paragraphs and subheadings of the newest revision, in order, as the page shows them.
    pub paragraphs: Vec<String>,
}

/// A listed URL whose page a correct crawler cannot or must not get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The canonical URL.
    pub url: String,
    /// Id of the outlet.
    pub outlet: String,
    /// What is in the way.
    pub why: RefusalReason,
}

/// What keeps a page from a crawler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalReason {
    /// 404.
    Gone,
    /// robots.txt forbids it; the page itself would answer.
    Disallowed,
    /// No answer until the connection closes.
    Stalls,
    /// The body breaks off.
    CutOff,
}

/// The outlets of the world, in the order of `fixtures/demo/world.toml`.
///
/// # Errors
///
/// [`WorldError::Fixtures`] when the built-in fixtures are not sound.
pub fn outlets() -> Result<Vec<Outlet>, WorldError> {
    Ok(corpus()?.outlets)
}

/// The stories of the world, in the order of `fixtures/demo/world.toml`.
///
/// # Errors
///
/// [`WorldError::Fixtures`] when the built-in fixtures are not sound.
pub fn stories() -> Result<Vec<Story>, WorldError> {
    Ok(corpus()?.stories)
}

fn corpus() -> Result<Corpus, WorldError> {
    Corpus::embedded().map_err(|faults| WorldError::Fixtures { faults })
}

/// A running world. Dropping it closes all listeners and connections.
#[derive(Debug)]
pub struct World {
    shared: Arc<Shared>,
    hosts: BTreeMap<String, SocketAddr>,
    /// Held for its drop: every server and every stalling answer waits for this to close.
    _stop: watch::Sender<()>,
}

#[derive(Debug)]
struct Shared {
    corpus: Corpus,
    now: Timestamp,
    edition: AtomicU32,
    requests: Mutex<VecDeque<RequestSeen>>,
}

impl World {
    /// Opens one listener on `127.0.0.1` per outlet, on a port that the system chooses, and serves until dropped.
    ///
    /// # Errors
    ///
    /// [`WorldError::Listen`] when loopback gives no port, [`WorldError::Fixtures`] when the fixtures are not sound.
    pub async fn start(options: WorldOptions) -> Result<Self, WorldError> {
        let corpus = corpus()?;
        let (stop, stopped) = watch::channel(());
        let shared = Arc::new(Shared {
            now: options.now.round(whole_minutes()).unwrap_or(options.now),
            edition: AtomicU32::new(options.edition),
            requests: Mutex::new(VecDeque::new()),
            corpus,
        });
        let mut hosts = BTreeMap::new();
        for outlet in &shared.corpus.outlets {
            let failed = |cause| WorldError::Listen { host: outlet.host.clone(), cause };
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
            hosts.insert(outlet.host.clone(), listener.local_addr().map_err(failed)?);
            let host =
                Host { shared: Arc::clone(&shared), outlet: outlet.id.clone(), stopped: stopped.clone() };
            let mut stopped = stopped.clone();
            let server = axum::serve(listener, Router::new().fallback(answer).with_state(host))
                .with_graceful_shutdown(async move {
                    // The sender never sends: this returns when the world is dropped.
                    let _ = stopped.changed().await;
                });
            tokio::spawn(async move {
                if let Err(error) = server.await {
                    tracing::error!(error = %error, "demo host stopped");
                }
            });
        }
        Ok(Self { shared, hosts, _stop: stop })
    }

    /// Where each invented host really listens: `www.chaophraya-post.example` -> `127.0.0.1:41234`.
    #[must_use]
    pub fn hosts(&self) -> BTreeMap<String, SocketAddr> {
        self.hosts.clone()
    }

    /// The moment articles are dated back from, in whole minutes.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.shared.now
    }

    /// Changes what is served from the next request on. Edition 2 shows one edited article and a few new ones.
    pub fn set_edition(&self, edition: u32) {
        self.shared.edition.store(edition, Ordering::SeqCst);
    }

    /// The last [`REQUESTS_MAX`] requests, oldest first, over all hosts.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestSeen> {
        self.shared.requests.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// The articles that a correct crawler has after `edition`, in order of outlet and number.
    #[must_use]
    pub fn expected(&self, edition: u32) -> Vec<ExpectedArticle> {
        let out = |article: &&Article| article.at(edition).is_some() && refusal(article).is_none();
        self.shared
            .corpus
            .articles
            .iter()
            .filter(out)
            .filter_map(|article| self.expect(article, edition))
            .collect()
    }

    /// The URLs that are listed at `edition` and whose pages a correct crawler does not have, and why.
    #[must_use]
    pub fn refusals(&self, edition: u32) -> Vec<Refusal> {
        let listed = self.shared.corpus.articles.iter().filter(|article| article.at(edition).is_some());
        listed
            .filter_map(|article| {
                let (url, outlet) = (self.url(article)?, article.outlet.clone());
                refusal(article).map(|why| Refusal { url, outlet, why })
            })
            .collect()
    }

    fn expect(&self, article: &Article, edition: u32) -> Option<ExpectedArticle> {
        let revision = article.at(edition)?;
        let wire = article.wire.as_ref().and_then(|wire| {
            let original = |other: &&Article| format!("{}/{}", other.outlet, other.number) == *wire;
            self.shared.corpus.articles.iter().find(original)
        });
        let dated = !article.has(Quirk::Undated);
        Some(ExpectedArticle {
            url: self.url(article)?,
            outlet: article.outlet.clone(),
            title: revision.title.clone(),
            revisions: article
                .revisions()
                .filter(|revision| revision.edition <= edition)
                .fold(0, |n, _| n + 1),
            story: article.story.clone(),
            published_at: dated.then(|| before(self.shared.now, article.first.minutes_before)),
            reprint_of: wire.and_then(|original| self.url(original)),
            paragraphs: revision.blocks.iter().map(|block| block.text().to_owned()).collect(),
        })
    }

    fn url(&self, article: &Article) -> Option<String> {
        Some(self.shared.corpus.outlet(&article.outlet)?.url(&article.path))
    }
}

fn refusal(article: &Article) -> Option<RefusalReason> {
    article.quirks.iter().find_map(|quirk| match quirk {
        Quirk::Gone => Some(RefusalReason::Gone),
        Quirk::Disallowed => Some(RefusalReason::Disallowed),
        Quirk::Stalls => Some(RefusalReason::Stalls),
        Quirk::CutOff => Some(RefusalReason::CutOff),
        Quirk::UntitledInFeed | Quirk::Undated | Quirk::ListedTwice => None,
    })
}

/// One listener's share of the world.
#[derive(Clone)]
struct Host {
    shared: Arc<Shared>,
    outlet: String,
    stopped: watch::Receiver<()>,
}

async fn answer(State(host): State<Host>, request: Request) -> Response {
    let shared = &host.shared;
    let Some(outlet) = shared.corpus.outlet(&host.outlet) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let headers = request.headers();
    let edition = shared.edition.load(Ordering::SeqCst);
    let view = View { corpus: &shared.corpus, outlet, edition, now: shared.now };
    let reply = if !matches!(*request.method(), Method::GET | Method::HEAD) {
        bare(StatusCode::METHOD_NOT_ALLOWED)
    } else if misdirected(&shared.corpus, outlet, headers) {
        bare(StatusCode::MISDIRECTED_REQUEST)
    } else {
        let conditions = Conditions {
            if_none_match: text(headers, header::IF_NONE_MATCH),
            if_modified_since: text(headers, header::IF_MODIFIED_SINCE),
        };
        site::respond(&view, path, conditions)
    };
    remember(
        shared,
        RequestSeen {
            host: outlet.host.clone(),
            method: request.method().to_string(),
            path: path.to_owned(),
            status: reply.status,
            user_agent: text(headers, header::USER_AGENT).map(str::to_owned),
            if_none_match: text(headers, header::IF_NONE_MATCH).map(str::to_owned),
            if_modified_since: text(headers, header::IF_MODIFIED_SINCE).map(str::to_owned),
        },
    );
    if reply.trouble == Some(Trouble::Stall) {
        let mut stopped = host.stopped.clone();
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(shared.corpus.stall_ms)) => {}
            _ = stopped.changed() => {}
        }
    }
    send(reply)
}

/// A request for another host of this world, sent to the wrong port: a mapping fault that must not look like success.
fn misdirected(corpus: &Corpus, outlet: &Outlet, headers: &HeaderMap) -> bool {
    let asked = text(headers, header::HOST).unwrap_or_default();
    let asked = asked.rsplit_once(':').map_or(asked, |(name, _)| name);
    asked != outlet.host && corpus.outlets.iter().any(|other| other.host == asked)
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn bare(status: StatusCode) -> Reply {
    Reply {
        status: status.as_u16(),
        content_type: "text/plain; charset=utf-8".to_owned(),
        body: Vec::new(),
        etag: None,
        last_modified: None,
        trouble: None,
    }
}

fn remember(shared: &Shared, seen: RequestSeen) {
    let mut requests = shared.requests.lock().unwrap_or_else(PoisonError::into_inner);
    while requests.len() >= REQUESTS_MAX {
        requests.pop_front();
    }
    requests.push_back(seen);
}

fn send(reply: Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = match reply.trouble {
        None => Body::from(reply.body),
        Some(Trouble::CutOff) => broken_off(reply.body.get(..reply.body.len() / 2).unwrap_or_default()),
        Some(Trouble::Stall) => Body::from_stream(futures::stream::iter([Err::<Bytes, _>(breaking())])),
    };
    let mut response = Response::builder().status(status).header(header::CONTENT_TYPE, reply.content_type);
    if let Some(etag) = reply.etag {
        response = response.header(header::ETAG, etag);
    }
    if let Some(modified) = reply.last_modified {
        response = response.header(header::LAST_MODIFIED, modified);
    }
    response.body(body).unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// A body that ends in an error, at which the server drops the connection.
fn broken_off(sent: &[u8]) -> Body {
    let sent = futures::stream::iter([Ok::<Bytes, std::io::Error>(Bytes::copy_from_slice(sent))]);
    let broken = futures::stream::once(async {
        // The server flushes what it has when the body keeps it waiting; without this nothing at all would arrive.
        tokio::task::yield_now().await;
        Err(breaking())
    });
    Body::from_stream(sent.chain(broken))
}

fn breaking() -> std::io::Error {
    std::io::Error::other("the demo breaks off here")
}

fn whole_minutes() -> TimestampRound {
    TimestampRound::new().smallest(Unit::Minute).mode(RoundMode::Floor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_requests_are_forgotten_first() {
        let corpus = Corpus::embedded().expect("sound fixtures");
        let requests = Mutex::new(VecDeque::new());
        let shared = Shared { corpus, now: Timestamp::UNIX_EPOCH, edition: AtomicU32::new(1), requests };
        for n in 0..REQUESTS_MAX + 2 {
            remember(
                &shared,
                RequestSeen {
                    host: String::new(),
                    method: "GET".to_owned(),
                    path: format!("/{n}"),
                    status: 200,
                    user_agent: None,
                    if_none_match: None,
                    if_modified_since: None,
                },
            );
        }
        let requests = shared.requests.lock().expect("no thread has panicked");
        assert_eq!(requests.len(), REQUESTS_MAX);
        assert_eq!(requests.front().map(|seen| seen.path.as_str()), Some("/2"));
    }
}
