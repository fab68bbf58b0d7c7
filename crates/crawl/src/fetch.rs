//! Fetching: polite to the outlet, and safe against whatever answers.
//!
//! One request at a time goes to a registrable domain, with a pause between two; robots.txt is asked first; every hop of a
//! redirect is checked like the first, and names are checked on the addresses that are dialled. Bodies, headers, redirects
//! and time are bounded. What a body means is left to the pure modules; when to fetch is left to [`crate::schedule`].
//!
//! ```
//! use praden_crawl::fetch::FetchConfig;
//!
//! let config = FetchConfig::new("https://desk.example/bot; desk@desk.example");
//! assert!(config.user_agent.ends_with("(+https://desk.example/bot; desk@desk.example)"));
//! ```

mod error;
mod resolve;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::error::Error as StdError;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use praden_model::{CanonicalUrl, CaptureBody, CaptureHash, Clock, PollFailure};
use reqwest::header::{
    ACCEPT, ACCEPT_LANGUAGE, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED, LOCATION, RETRY_AFTER,
};
use tokio::time::Instant;
use url::{Host, Url};

use crate::address;
use crate::robots::{ROBOTS_BYTES_MAX, Robots, RobotsVerdict};
use resolve::{ForbiddenName, GuardedResolver, UnknownName};

pub use error::FetchError;
pub use resolve::{Lookup, SystemLookup};

/// How long a robots.txt is believed. RFC 9309 section 2.4: no longer than 24 hours.
const ROBOTS_AGE_S_MAX: i64 = 24 * 60 * 60;

/// How long a robots.txt that could not be had is believed to be unavailable, before it is asked for again.
const ROBOTS_RETRY_S: i64 = 10 * 60;

/// Hosts remembered at once; idle ones are forgotten first.
const HOSTS_MAX: usize = 10_000;

/// Links whose article has another name, remembered at once: some 20 MB.
const ALIASES_MAX: usize = 100_000;

/// The longest wait between two requests that a slow server or a `Crawl-delay` can cause.
const DELAY_MAX: Duration = Duration::from_secs(60);

/// The longest `Retry-After` that is passed on: a week. Longer ones are mistakes.
const RETRY_AFTER_S_MAX: u32 = 7 * 24 * 60 * 60;

/// How to fetch. Every limit has a reason in its text; [`FetchConfig::new`] gives values for the open web.
#[derive(Clone, Debug)]
pub struct FetchConfig {
    /// Sent with every request. Says who we are and how to reach us, so that an outlet can complain instead of block.
    pub user_agent: String,
    /// The product token that robots.txt files know us by.
    pub robots_agent: String,
    /// The least time between the end of one request to a host and the start of the next.
    pub delay_min: Duration,
    /// Time for a connection, name and TLS included.
    pub connect_timeout: Duration,
    /// Time from the request to the end of the headers.
    pub header_timeout: Duration,
    /// Longest silence, before the headers or inside a body.
    pub silence_timeout: Duration,
    /// Time for everything, all redirects included: the only limit that stops a byte a second.
    pub total_timeout: Duration,
    /// Redirects followed. RFC 9309 asks for at least five for robots.txt; no outlet needs more.
    pub redirects_max: usize,
    /// Names that are dialled at these addresses and ports, whatever the network says and wherever they lie: for an
    /// outlet inside a private network, and for tests.
    pub hosts: BTreeMap<String, SocketAddr>,
    /// Ports that may be dialled beside 80 and 443.
    pub ports: Vec<u16>,
    /// Addresses that may be dialled though they are not public.
    pub addresses: Vec<IpAddr>,
}

impl FetchConfig {
    /// Settings for the open web. `contact` is a page or mail address where the outlet finds us.
    pub fn new(contact: &str) -> Self {
        Self {
            user_agent: format!("Praden/{} (+{contact})", env!("CARGO_PKG_VERSION")),
            robots_agent: "Praden".to_owned(),
            delay_min: Duration::from_secs(2),
            connect_timeout: Duration::from_secs(8),
            header_timeout: Duration::from_secs(15),
            silence_timeout: Duration::from_secs(15),
            total_timeout: Duration::from_secs(25),
            redirects_max: 5,
            hosts: BTreeMap::new(),
            ports: Vec::new(),
            addresses: Vec::new(),
        }
    }
}

/// What to fetch.
#[derive(Clone, Debug)]
pub struct FetchRequest {
    /// Where it is.
    pub url: String,
    /// What kind of answer is wanted.
    pub accept: Accept,
    /// `ETag` of the answer already held.
    pub etag: Option<String>,
    /// `Last-Modified` of the answer already held.
    pub last_modified: Option<String>,
}

/// A kind of answer: what is asked for, and how large it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accept {
    /// A feed or sitemap: up to 32 MiB; sitemaps have 50,000 links.
    Feed,
    /// A page: up to 8 MiB. The largest news page of the test suites has 2.
    Page,
}

impl Accept {
    /// The largest body taken, in bytes after decompression.
    pub const fn body_bytes_max(self) -> usize {
        match self {
            Self::Feed => 32 * 1024 * 1024,
            Self::Page => 8 * 1024 * 1024,
        }
    }

    const fn header(self) -> &'static str {
        match self {
            Self::Feed => {
                "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
            }
            Self::Page => "text/html, application/xhtml+xml, */*;q=0.5",
        }
    }
}

impl FetchRequest {
    /// A request without conditions.
    pub fn new(url: impl Into<String>, accept: Accept) -> Self {
        Self { url: url.into(), accept, etag: None, last_modified: None }
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// HTTP status. Redirects have been followed.
    pub status: u16,
    /// Where the answer came from.
    pub final_url: Url,
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
    /// `ETag` as sent.
    pub etag: Option<String>,
    /// `Last-Modified` as sent.
    pub last_modified: Option<String>,
    /// Seconds that the server asks us to wait.
    pub retry_after_s: Option<u32>,
    /// The body, decompressed. Empty unless the status is 200 to 299.
    pub body: Vec<u8>,
    /// When the answer was complete.
    pub fetched_at: Timestamp,
    /// How long it took, waiting for our turn not included.
    pub elapsed: Duration,
    /// What robots.txt said.
    pub robots: RobotsVerdict,
}

impl Fetched {
    /// The answer as evidence.
    pub fn capture(&self) -> CaptureBody {
        CaptureBody {
            hash: CaptureHash::of(&self.body),
            url: self.final_url.to_string(),
            fetched_at: self.fetched_at,
            status: self.status,
            content_type: self.content_type.clone(),
            body: self.body.clone(),
        }
    }

    /// Why the answer is none, when its status says so.
    pub fn refusal(&self) -> Option<FetchError> {
        let failure = match self.status {
            200..=299 | 304 => return None,
            410 => PollFailure::Gone,
            429 => PollFailure::Throttled,
            503 if self.retry_after_s.is_some() => PollFailure::Throttled,
            500..=599 => PollFailure::ServerError,
            _ => PollFailure::ClientError,
        };
        Some(FetchError::Status {
            status: self.status,
            failure,
            url: self.final_url.to_string(),
            retry_after_s: self.retry_after_s,
        })
    }
}

/// Fetches. Cheap to clone; all clones share the pauses and the robots.txt files.
#[derive(Clone)]
pub struct Fetcher {
    shared: Arc<Shared>,
}

struct Shared {
    config: FetchConfig,
    client: reqwest::Client,
    clock: Arc<dyn Clock>,
    slots: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Slot>>>>,
    robots: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Option<CachedRobots>>>>>,
    aliases: Mutex<HashMap<CanonicalUrl, CanonicalUrl>>,
}

/// The turn at one registrable domain: who holds it may send.
#[derive(Default)]
struct Slot {
    /// Not before this.
    next_at: Option<Instant>,
    /// The server asked for silence until then.
    silent_until: Option<Instant>,
}

#[derive(Clone)]
struct CachedRobots {
    fetched_at: Timestamp,
    file: Result<Arc<Robots>, (String, PollFailure)>,
}

/// One answer before redirects are followed.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Fetcher {
    /// A fetcher with these settings.
    ///
    /// # Errors
    /// When the user agent is no header value, or the system has no usable TLS.
    pub fn new(config: FetchConfig, clock: Arc<dyn Clock>) -> Result<Self, FetchError> {
        Self::with_lookup(config, clock, Arc::new(SystemLookup))
    }

    /// A fetcher that asks somebody else than the system for the addresses of names.
    ///
    /// # Errors
    /// Those of [`Fetcher::new`].
    pub fn with_lookup(
        config: FetchConfig,
        clock: Arc<dyn Clock>,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, FetchError> {
        let resolver =
            GuardedResolver { hosts: config.hosts.clone(), addresses: config.addresses.clone(), lookup };
        let client = reqwest::Client::builder()
            .user_agent(&config.user_agent)
            .redirect(reqwest::redirect::Policy::none())
            // A proxy from the environment would dial what we refuse.
            .no_proxy()
            .referer(false)
            .connect_timeout(config.connect_timeout)
            .read_timeout(config.silence_timeout)
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(Duration::from_secs(30))
            .dns_resolver(Arc::new(resolver))
            .build()
            .map_err(|error| FetchError::BadUrl { url: config.user_agent.clone(), cause: chain(&error) })?;
        Ok(Self {
            shared: Arc::new(Shared {
                config,
                client,
                clock,
                slots: Mutex::default(),
                robots: Mutex::default(),
                aliases: Mutex::default(),
            }),
        })
    }

    /// The present instant, as the fetcher's clock tells it.
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// The name of the article behind a link, where a page has told it; otherwise the link's own.
    ///
    /// Sources of one outlet share it; each source keeps those of its own list in its state, beyond a restart.
    pub(crate) fn alias_of(&self, link: &CanonicalUrl) -> CanonicalUrl {
        let aliases = self.shared.aliases.lock().unwrap_or_else(PoisonError::into_inner);
        aliases.get(link).unwrap_or(link).clone()
    }

    pub(crate) fn remember_alias(&self, link: CanonicalUrl, url: &CanonicalUrl) {
        if link == *url {
            return;
        }
        let mut aliases = self.shared.aliases.lock().unwrap_or_else(PoisonError::into_inner);
        if aliases.len() >= ALIASES_MAX {
            aliases.clear();
        }
        aliases.insert(link, url.clone());
    }

    /// Fetches one URL: waits for its host's turn, asks robots.txt, follows redirects.
    ///
    /// # Errors
    /// When there is no HTTP answer. An answer of any status is one; see [`Fetched::refusal`].
    pub async fn fetch(&self, request: &FetchRequest) -> Result<Fetched, FetchError> {
        let mut url = parse_url(&request.url)?;
        let mut seen = HashSet::new();
        let mut left = self.shared.config.total_timeout;
        let mut elapsed = Duration::ZERO;
        loop {
            self.check_url(&url)?;
            let robots = self.robots_verdict(&url).await?;
            if !robots.allowed {
                return Err(FetchError::Robots { host: host_of(&url), verdict: robots });
            }
            let started = Instant::now();
            let (answer, took) = self.in_turn(&url, request, left, request.accept.body_bytes_max()).await?;
            tracing::debug!(
                "url.full" = %url, "http.response.status_code" = answer.status, bytes = answer.body.len(),
                waited_ms = started.elapsed().saturating_sub(took).as_millis() as u64, "answered"
            );
            left = left.saturating_sub(took);
            elapsed += took;
            if let Some(next) = redirect_of(&answer, &url) {
                // The same place twice is a loop, whatever the limit.
                if seen.len() >= self.shared.config.redirects_max
                    || !seen.insert(url.to_string())
                    || seen.contains(next.as_str())
                {
                    return Err(FetchError::Redirects { hops: seen.len(), url: next.to_string() });
                }
                url = next;
                continue;
            }
            return Ok(Fetched {
                status: answer.status,
                content_type: header(&answer.headers, &CONTENT_TYPE),
                etag: header(&answer.headers, &ETAG),
                last_modified: header(&answer.headers, &LAST_MODIFIED),
                retry_after_s: retry_after_s(&answer.headers, self.now()),
                final_url: url,
                body: answer.body,
                fetched_at: self.now(),
                elapsed,
                robots,
            });
        }
    }

    /// What robots.txt says about a URL. Asks for the file when it is not known or too old.
    ///
    /// # Errors
    /// When the file cannot be had: a server error or no answer. A file that is not there allows everything.
    pub async fn robots_verdict(&self, url: &Url) -> Result<RobotsVerdict, FetchError> {
        let host = host_of(url);
        let file = self.robots_of(url).await.map_err(|(cause, failure)| FetchError::RobotsUnavailable {
            host,
            cause,
            failure,
        })?;
        Ok(file.check(&self.shared.config.robots_agent, url.as_str()))
    }

    async fn robots_of(&self, url: &Url) -> Result<Arc<Robots>, (String, PollFailure)> {
        let origin = url.origin().ascii_serialization();
        let cell = {
            let mut cache = self.shared.robots.lock().unwrap_or_else(PoisonError::into_inner);
            if cache.len() >= HOSTS_MAX {
                cache.retain(|_, cell| Arc::strong_count(cell) > 1);
            }
            Arc::clone(cache.entry(origin).or_default())
        };
        // Held while the file is fetched: everyone else who wants the same file waits for it instead of asking too.
        // Nobody who holds a turn at a host waits for this, so the two locks cannot wait for each other.
        let mut cached = cell.lock().await;
        let now = self.now();
        if let Some(known) = cached.as_ref() {
            let age_s = now.as_second().saturating_sub(known.fetched_at.as_second());
            let age_s_max = if known.file.is_ok() { ROBOTS_AGE_S_MAX } else { ROBOTS_RETRY_S };
            if (0..age_s_max).contains(&age_s) {
                return known.file.clone();
            }
        }
        let file = self.fetch_robots(url).await.map(Arc::new);
        if let Err((cause, _)) = &file {
            tracing::warn!("server.address" = host_of(url), cause, "robots.txt cannot be had");
        }
        *cached = Some(CachedRobots { fetched_at: self.now(), file: file.clone() });
        file
    }

    async fn fetch_robots(&self, url: &Url) -> Result<Robots, (String, PollFailure)> {
        let mut at = url.clone();
        at.set_path("/robots.txt");
        at.set_query(None);
        at.set_fragment(None);
        let request = FetchRequest::new(at.as_str(), Accept::Page);
        let mut left = self.shared.config.total_timeout;
        let mut failed = |error: FetchError| (error.to_string(), error.failure());
        for _ in 0..=self.shared.config.redirects_max {
            self.check_url(&at).map_err(&mut failed)?;
            // A robots.txt over the limit is read up to it, as the RFC says: so it is not "too large" here.
            let (answer, took) =
                self.in_turn(&at, &request, left, ROBOTS_BYTES_MAX).await.map_err(&mut failed)?;
            left = left.saturating_sub(took);
            if let Some(next) = redirect_of(&answer, &at) {
                at = next;
                continue;
            }
            return match answer.status {
                200..=299 => Ok(Robots::parse(&answer.body)),
                // "Too many requests" is no statement that there is no file.
                429 => Err(("status 429".to_owned(), PollFailure::Throttled)),
                500..=599 => Err((format!("status {}", answer.status), PollFailure::ServerError)),
                _ => Ok(Robots::default()),
            };
        }
        // More redirects than are followed: the RFC lets this count as a file that is not there.
        Ok(Robots::default())
    }

    /// Scheme, port, and address if the host is one. Names are checked when they are resolved.
    fn check_url(&self, url: &Url) -> Result<(), FetchError> {
        let config = &self.shared.config;
        let bad = |cause: &str| FetchError::BadUrl { url: url.to_string(), cause: cause.to_owned() };
        if !matches!(url.scheme(), "http" | "https") {
            return Err(bad("its scheme is not http or https"));
        }
        let address = match url.host().ok_or_else(|| bad("it has no host"))? {
            Host::Domain(name) if config.hosts.contains_key(name.trim_end_matches('.')) => return Ok(()),
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
        };
        let permitted = address.is_some_and(|address| config.addresses.contains(&address));
        if let Some(cause) = address.and_then(address::forbidden).filter(|_| !permitted) {
            return Err(FetchError::AddressForbidden { host: host_of(url), cause: cause.to_owned() });
        }
        let port = url.port_or_known_default().unwrap_or(0);
        if !matches!(port, 80 | 443) && !config.ports.contains(&port) {
            return Err(FetchError::AddressForbidden {
                host: format!("{}:{port}", host_of(url)),
                cause: "a port other than 80 and 443".to_owned(),
            });
        }
        Ok(())
    }

    /// Sends one request when it is the host's turn; the pause after it is kept before the turn passes on.
    async fn in_turn(
        &self,
        url: &Url,
        request: &FetchRequest,
        left: Duration,
        bytes_max: usize,
    ) -> Result<(Answer, Duration), FetchError> {
        let slot = self.slot(url);
        let mut slot = slot.lock().await;
        if let Some(rest) = slot.silent_until.and_then(|until| until.checked_duration_since(Instant::now())) {
            return Err(FetchError::Waiting {
                host: host_of(url),
                seconds: u32::try_from(rest.as_secs() + 1).unwrap_or(u32::MAX),
            });
        }
        if let Some(next_at) = slot.next_at {
            tokio::time::sleep_until(next_at).await;
        }
        let started = Instant::now();
        // Set before the request: if this future is dropped half-way, the next one keeps the pause all the same.
        slot.next_at = Some(started + self.shared.config.delay_min);
        let result = match tokio::time::timeout(left, self.send(url, request, bytes_max)).await {
            Ok(result) => result,
            Err(_) => Err(FetchError::Timeout {
                host: host_of(url),
                seconds: self.shared.config.total_timeout.as_secs(),
                phase: "everything",
            }),
        };
        let took = started.elapsed();
        // A server that takes long is given as long a rest.
        let pause = self
            .shared
            .config
            .delay_min
            .max(took)
            .max(self.asked_delay(url))
            .min(DELAY_MAX.max(self.shared.config.delay_min));
        let done = Instant::now();
        slot.next_at =
            Some(done + if self.shared.config.delay_min.is_zero() { Duration::ZERO } else { pause });
        if let Ok(answer) = &result
            && matches!(answer.status, 429 | 503)
            && let Some(seconds) = retry_after_s(&answer.headers, self.now())
        {
            slot.silent_until = Some(done + Duration::from_secs(u64::from(seconds)));
        }
        result.map(|answer| (answer, took))
    }

    /// The pause that robots.txt asks for, if the file is at hand.
    fn asked_delay(&self, url: &Url) -> Duration {
        let cache = self.shared.robots.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(cell) = cache.get(&url.origin().ascii_serialization()) else { return Duration::ZERO };
        let Ok(cached) = cell.try_lock() else { return Duration::ZERO };
        let file = cached.as_ref().and_then(|cached| cached.file.as_ref().ok());
        file.and_then(|file| file.crawl_delay_s(&self.shared.config.robots_agent))
            .map_or(Duration::ZERO, Duration::from_secs_f32)
    }

    fn slot(&self, url: &Url) -> Arc<tokio::sync::Mutex<Slot>> {
        let mut slots = self.shared.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= HOSTS_MAX {
            let now = Instant::now();
            slots.retain(|_, slot| {
                Arc::strong_count(slot) > 1
                    || slot
                        .try_lock()
                        .is_ok_and(|slot| slot.next_at.max(slot.silent_until).is_some_and(|at| at > now))
            });
        }
        Arc::clone(slots.entry(turn_of(url)).or_default())
    }

    async fn send(&self, url: &Url, request: &FetchRequest, bytes_max: usize) -> Result<Answer, FetchError> {
        let config = &self.shared.config;
        let host = host_of(url);
        let mut builder = self
            .shared
            .client
            .get(url.clone())
            .header(ACCEPT, request.accept.header())
            .header(ACCEPT_LANGUAGE, "th, en;q=0.7");
        if let Some(etag) = &request.etag {
            builder = builder.header(IF_NONE_MATCH, etag);
        }
        if let Some(last_modified) = &request.last_modified {
            builder = builder.header(IF_MODIFIED_SINCE, last_modified);
        }
        let mut response = match tokio::time::timeout(config.header_timeout, builder.send()).await {
            Ok(response) => response.map_err(|error| self.name_error(&host, &error))?,
            Err(_) => {
                return Err(FetchError::Timeout {
                    host,
                    seconds: config.header_timeout.as_secs(),
                    phase: "headers",
                });
            }
        };
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        if !(200..300).contains(&status) {
            // Nobody reads the body of a refusal.
            return Ok(Answer { status, headers, body: Vec::new() });
        }
        // What the client decodes it takes out of the headers. What is left it did not: two layers, or unknown ones.
        if let Some(encoding) = header(&headers, &CONTENT_ENCODING)
            .filter(|encoding| !encoding.trim().is_empty() && encoding.trim() != "identity")
        {
            return Err(FetchError::Broken { host, cause: format!("its content encoding is `{encoding}`") });
        }
        // robots.txt is read up to its limit; anything else over the limit is refused.
        let cut = bytes_max == ROBOTS_BYTES_MAX;
        let too_large = FetchError::TooLarge { host: host.clone(), bytes_max };
        if !cut && response.content_length().is_some_and(|length| length > bytes_max as u64) {
            return Err(too_large);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.name_error(&host, &error))? {
            let room = bytes_max.saturating_sub(body.len());
            body.extend_from_slice(chunk.get(..room.min(chunk.len())).unwrap_or_default());
            if chunk.len() > room {
                if cut {
                    break;
                }
                return Err(too_large);
            }
        }
        // Compressed files that are served as they are: sitemaps, and servers that forget to say so.
        if body.starts_with(&[0x1F, 0x8B]) {
            body = gunzip(&body, bytes_max).map_err(|cause| match cause {
                Some(cause) => FetchError::Broken { host, cause },
                None => too_large,
            })?;
        }
        Ok(Answer { status, headers, body })
    }

    /// Gives what went wrong its name.
    fn name_error(&self, host: &str, error: &reqwest::Error) -> FetchError {
        let host = host.to_owned();
        let config = &self.shared.config;
        if let Some(forbidden) = find_source::<ForbiddenName>(error) {
            return FetchError::AddressForbidden {
                host,
                cause: format!("at {}, {}", forbidden.address, forbidden.cause),
            };
        }
        if let Some(unknown) = find_source::<UnknownName>(error) {
            return FetchError::Resolve { host, cause: unknown.to_string() };
        }
        if error.is_timeout() {
            let (phase, limit) = if error.is_connect() {
                ("connection", config.connect_timeout)
            } else {
                ("next bytes", config.silence_timeout)
            };
            return FetchError::Timeout { host, seconds: limit.as_secs(), phase };
        }
        if error.is_connect() {
            return FetchError::Connect { host, cause: chain(error) };
        }
        FetchError::Broken { host, cause: chain(error) }
    }
}

fn gunzip(bytes: &[u8], bytes_max: usize) -> Result<Vec<u8>, Option<String>> {
    use std::io::Read as _;
    let mut out = Vec::new();
    let mut decoder = flate2::read::MultiGzDecoder::new(bytes).take(bytes_max as u64 + 1);
    decoder.read_to_end(&mut out).map_err(|error| Some(format!("its gzip data are broken: {error}")))?;
    if out.len() > bytes_max { Err(None) } else { Ok(out) }
}

fn parse_url(text: &str) -> Result<Url, FetchError> {
    let mut url = Url::parse(text.trim())
        .map_err(|error| FetchError::BadUrl { url: text.to_owned(), cause: error.to_string() })?;
    url.set_fragment(None);
    // Neither can fail for a URL with a host; a URL without one is refused before it is dialled.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Ok(url)
}

fn redirect_of(answer: &Answer, at: &Url) -> Option<Url> {
    if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = answer.headers.get(LOCATION)?;
    // Thai outlets send unescaped UTF-8 here.
    let mut next = at.join(String::from_utf8_lossy(location.as_bytes()).trim()).ok()?;
    next.set_fragment(None);
    Some(next)
}

fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    const BYTES_MAX: usize = 1024;
    let value = String::from_utf8_lossy(headers.get(name)?.as_bytes()).into_owned();
    (value.len() <= BYTES_MAX).then_some(value)
}

/// `Retry-After`, in seconds or as a date.
fn retry_after_s(headers: &HeaderMap, now: Timestamp) -> Option<u32> {
    let value = header(headers, &RETRY_AFTER)?;
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(u32::try_from(seconds).unwrap_or(u32::MAX).min(RETRY_AFTER_S_MAX));
    }
    let at = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    let seconds = at.as_second().saturating_sub(now.as_second()).max(0);
    Some(u32::try_from(seconds).unwrap_or(u32::MAX).min(RETRY_AFTER_S_MAX))
}

fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or("").to_owned()
}

/// The name under which hosts share one turn: the registrable domain; a host of its own where no list knows its suffix.
pub(crate) fn turn_of(url: &Url) -> String {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let known = psl::suffix(name.as_bytes()).is_some_and(|suffix| suffix.is_known());
            if known { psl::domain_str(name).unwrap_or(name).to_owned() } else { name.to_owned() }
        }
        // Two ports of one address are two servers as often as not, but one machine.
        Some(host) => host.to_string(),
        None => String::new(),
    }
}

fn find_source<E: StdError + 'static>(error: &reqwest::Error) -> Option<&E> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        source = error.source();
    }
    None
}

/// An error with its causes, the URL left out: it stands elsewhere.
fn chain(error: &reqwest::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut source = error.source();
    while let Some(error) = source {
        let text = error.to_string();
        // Wrappers repeat what they wrap.
        if parts.last().is_none_or(|last| !last.contains(&text)) {
            parts.push(text);
        }
        source = error.source();
    }
    if parts.is_empty() { error.to_string() } else { parts.join(": ") }
}
