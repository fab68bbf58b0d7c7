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

mod config;
mod error;
mod exceptions;
mod resolve;
mod robots_txt;
mod send;

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use praden_model::{CanonicalUrl, Clock, Exceptions};
use reqwest::header::{CONTENT_TYPE, ETAG, HeaderMap, LAST_MODIFIED, LOCATION};
use tokio::time::Instant;
use url::{Host, Url};

use crate::address;
use exceptions::{Own, client};
use robots_txt::CachedRobots;
use send::{header, retry_after_s};

pub use config::{Accept, FetchConfig, FetchRequest, Fetched};
pub use error::FetchError;
pub use exceptions::check_authority;
pub use resolve::{Lookup, SystemLookup};

/// Hosts remembered at once; idle ones are forgotten first.
const HOSTS_MAX: usize = 10_000;

/// Links whose article has another name, remembered at once: some 20 MB.
const ALIASES_MAX: usize = 100_000;

/// The longest wait between two requests that a slow server or a `Crawl-delay` can cause.
const DELAY_MAX: Duration = Duration::from_secs(60);

/// Fetches. Cheap to clone; all clones share the pauses and the robots.txt files.
#[derive(Clone)]
pub struct Fetcher {
    shared: Arc<Shared>,
    /// What one source may do on its own site.
    own: Option<Arc<Own>>,
}

struct Shared {
    config: FetchConfig,
    client: reqwest::Client,
    clock: Arc<dyn Clock>,
    lookup: Arc<dyn Lookup>,
    /// One for each site with exceptions, so that its connections are kept between polls.
    own: Mutex<Vec<Arc<Own>>>,
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
        let client = client(&config, Arc::clone(&lookup), &Exceptions::default())?;
        Ok(Self {
            own: None,
            shared: Arc::new(Shared {
                config,
                client,
                clock,
                lookup,
                own: Mutex::default(),
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
        let own = self.own(url).map(|own| &own.exceptions);
        let permitted = address.is_some_and(|address| {
            config.addresses.contains(&address) || own.is_some_and(|own| own.addresses.contains(&address))
        });
        if let Some(cause) = address.and_then(address::forbidden).filter(|_| !permitted) {
            return Err(FetchError::AddressForbidden { host: host_of(url), cause: cause.to_owned() });
        }
        let port = url.port_or_known_default().unwrap_or(0);
        let permitted = config.ports.contains(&port) || own.is_some_and(|own| own.ports.contains(&port));
        if !matches!(port, 80 | 443) && !permitted {
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
