//! What is asked for, how, and what came back.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use jiff::Timestamp;
use praden_model::{CaptureBody, CaptureHash, PollFailure};
use url::Url;

use super::FetchError;
use crate::robots::RobotsVerdict;

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

    pub(super) const fn header(self) -> &'static str {
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
