//! The pages and the API over HTTP: what the desk reads, what bots follow, what monitoring asks.
//!
//! [`serve`] answers on one listener until it is told to stop. Everything it shows comes from the `Store` port, the
//! search index and the definition; it decides nothing. Left to others: who raises an issue (`issues`), how events
//! reach those who do not ask (`deliver`), where the token comes from and where to listen (`cli`).
//!
//! | path | for | asks for the token |
//! |---|---|---|
//! | `/`, `/issues/{id}`, `/search`, `/sources`, `/static/…` | people | when the listener is not on loopback |
//! | `/v1/events`, `/v1/issues`, `/v1/issues/{id}` | programs | always |
//! | `/metrics` | monitoring | when the listener is not on loopback |
//! | `/healthz`, `/readyz` | supervisors | never |
//!
//! The token goes into `Authorization: Bearer TOKEN`. Pages have no sign-in yet, so they are shown without it only to
//! the machine they run on. A request whose `Host` is a foreign name is refused: a name that an attacker points at this
//! address must not turn a visitor's browser into a reader of these pages (DNS rebinding).
//!
//! # Events
//!
//! `GET /v1/events?after=SEQ&limit=N&wait=SECONDS&follow=true` gives the events after a position, one JSON object a
//! line, exactly as [`praden_model::Event`] is written. A reader keeps the `seq` of the last line it has dealt with and
//! gives it as `after` next time; `X-Next-After` says the same. Then nothing is lost or repeated, however the answers end.
//!
//! | parameter | means | default |
//! |---|---|---|
//! | `after` | events after this position | 0, the beginning |
//! | `limit` | at most so many, 1 to 1000; with `follow`, the stream ends after so many | 100; with `follow`, no end |
//! | `wait` | when there is none, seconds to wait for one, 0 to 60; then the answer is empty | 0 |
//! | `follow` | `true`: the answer goes on as events come, with a blank line after 15 quiet seconds | `false` |
//!
//! `GET /v1/issues?state=STATE,..&limit=N` gives `{"issues": [..]}`, the highest scores first, each as
//! [`praden_model::Issue`] is written; `GET /v1/issues/{id}` gives one. What is refused is answered as
//! `{"error": "one sentence"}`.
//!
#![doc = include_str!("metrics.md")]
//!
//! # Example
//!
//! ```no_run
//! # async fn example(app: praden_server::App) -> std::io::Result<()> {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! praden_server::serve(listener, app).await // Until `app.stop` turns true.
//! # }
//! ```

mod access;
mod api;
mod events;
mod health;
mod metrics;
mod pages;
mod params;
mod serve;
mod tail;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::get;
use praden_model::{Clock, Store, StoreError};
use praden_pipeline::{Pipeline, Progress};
use tokio::sync::{Semaphore, watch};

pub use access::{ApiToken, TokenError};
pub use serve::serve;

/// What the server shows, and how it is told to end.
#[derive(Clone)]
pub struct App {
    /// The logs and everything between them.
    pub store: Arc<dyn Store>,
    /// The search index's folder. It need not exist yet. It lies in the data folder, beside the saved queries.
    pub index: PathBuf,
    /// How far the stages in this process are.
    pub progress: Arc<Progress>,
    /// The definition: names of agencies and outlets, and the sources.
    pub pipeline: Arc<Pipeline>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What the API asks for.
    pub token: ApiToken,
    /// Turns true when the server is to end. It ends, too, when the sender is gone.
    pub stop: watch::Receiver<bool>,
}

/// Requests that may wait for events at the same time. Each holds a connection and little else; the bound keeps room
/// among [`serve::CONNECTIONS_MAX`] for those who only look.
const WAITING_MAX: usize = 64;

/// What all requests share.
struct Shared {
    app: App,
    listen: SocketAddr,
    tail: tail::Tail,
    waiting: Arc<Semaphore>,
    readiness: health::Readiness,
    counts: tail::CountsCache,
    search: Arc<pages::Search>,
}

impl Shared {
    /// Returns when the server is to end.
    async fn stopped(&self) {
        let mut stop = self.app.stop.clone();
        // An error means that the sender is gone: nobody could say stop any more.
        let _ = stop.wait_for(|stop| *stop).await;
    }

    /// Readers that wait for events now.
    fn waiting_now(&self) -> usize {
        WAITING_MAX - self.waiting.available_permits()
    }
}

/// All routes, for a listener at `listen`: the address decides whether pages ask for the token.
///
/// [`serve`] is this with limits on connections. In a server that sets none, a slow client may hold a connection.
pub fn router(app: App, listen: SocketAddr) -> axum::Router {
    let shared = Arc::new(Shared {
        search: Arc::new(pages::Search::new(app.index.clone(), app.pipeline.search.terms_max)),
        app,
        listen,
        tail: tail::Tail::default(),
        waiting: Arc::new(Semaphore::new(WAITING_MAX)),
        readiness: health::Readiness::default(),
        counts: tail::CountsCache::default(),
    });
    let token = || middleware::from_fn_with_state(Arc::clone(&shared), access::ask_token);
    let hasty = || middleware::from_fn(access::limit_time);
    let api = axum::Router::new()
        .route("/v1/issues", get(api::issues))
        .route("/v1/issues/{id}", get(api::issue))
        .route_layer(hasty())
        // Events may wait for long; they bound their own time.
        .route("/v1/events", get(events::events))
        .route_layer(token());
    let mut open = pages::router().route("/metrics", get(metrics::metrics)).route_layer(hasty());
    if !listen.ip().to_canonical().is_loopback() {
        open = open.route_layer(token());
    }
    axum::Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .merge(api)
        .merge(open)
        .fallback(pages::not_found)
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), access::check_request))
        .layer(middleware::map_response(access::add_headers))
        .layer(middleware::from_fn(access::trace))
        // No route takes a body; this is for the one that will forget to say so.
        .layer(DefaultBodyLimit::max(64 << 10))
        .with_state(shared)
}

/// The sentence for whoever asked, when the store refused; the cause goes to the log.
fn store_refused(error: &StoreError) -> &'static str {
    tracing::error!(error = %error, "the store refused a request");
    match error {
        StoreError::DiskFull { .. } => "the disk is full; the log of the server says which",
        _ => "the store does not answer now; try again, and look into the log of the server",
    }
}
