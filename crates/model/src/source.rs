//! Outlets and crawl sources: what is fetched, how often, and how it has been going.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{OutletId, SourceId};

/// A publisher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outlet {
    /// Name in the pipeline file.
    pub id: OutletId,
    /// Name in Thai.
    pub name_th: String,
    /// Name in English.
    pub name_en: String,
    /// Front page.
    pub homepage: String,
    /// Press, or a body speaking for itself.
    pub kind: OutletKind,
}

/// Who speaks through an outlet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutletKind {
    /// News media.
    #[default]
    Press,
    /// A government body: what it publishes is an official statement, not coverage.
    Official,
}

/// How a source is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// RSS, Atom or JSON Feed.
    Feed,
    /// A news sitemap, or an index of them.
    Sitemap,
    /// A page that lists links to articles.
    Listing,
}

/// CSS selectors for an outlet's pages. What is not given is found by the general extractor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PageSelectors {
    /// On a listing page: the links to articles.
    pub links: Option<String>,
    /// On an article page: the headline.
    pub title: Option<String>,
    /// On an article page: the body.
    pub body: Option<String>,
    /// On an article page: the publication date, in an attribute `datetime` or `content`, or in its text.
    pub date: Option<String>,
}

/// A source as the pipeline file defines it, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSpec {
    /// Name in the pipeline file.
    pub id: SourceId,
    /// Who publishes it.
    pub outlet: OutletId,
    /// How it is read.
    pub kind: SourceKind,
    /// Where it is: absolute, http or https.
    pub url: String,
    /// Why it is not read now; `None` when it is.
    pub disabled: Option<String>,
    /// Seconds between polls when nothing asks for another pace.
    pub every_s: u32,
    /// Whether articles are fetched from their own pages; if not, the feed's text is the article.
    pub fetch_pages: bool,
    /// Selectors for its pages.
    pub selectors: PageSelectors,
    /// Article pages fetched in one poll at most; the others come with the next.
    pub pages_per_poll_max: u32,
    /// What it may do that others may not.
    pub exceptions: Exceptions,
}

/// What a source may do that others may not, on its own site only: the registrable domain of its URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exceptions {
    /// How its certificate is judged.
    pub tls: Tls,
    /// Addresses that may be dialled though they are not public.
    pub addresses: Vec<IpAddr>,
    /// Ports beside 80 and 443.
    pub ports: Vec<u16>,
}

/// How a site's certificate is judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    /// As the system judges all.
    #[default]
    System,
    /// Not at all: whoever stands between may read and change everything.
    AcceptInvalid,
    /// By these authorities alone: certificates in PEM.
    Authority(Vec<u8>),
}

/// Why a poll failed, named so that a desk can act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PollFailure {
    /// The name does not resolve, or nothing answers.
    Unreachable,
    /// No answer in time.
    Timeout,
    /// A status of 400 to 499.
    ClientError,
    /// 410: gone for good; the source is not asked again until a person says so.
    Gone,
    /// A status of 429 or 503 with a wish to wait.
    Throttled,
    /// A status of 500 to 599.
    ServerError,
    /// A private or otherwise forbidden address, scheme or port.
    AddressForbidden,
    /// Too many redirects, or a loop.
    Redirects,
    /// Larger than the limit.
    TooLarge,
    /// robots.txt forbids it, or cannot be had.
    Robots,
    /// Something else than a feed came, such as an HTML page.
    NotAFeed,
    /// A feed came that cannot be read.
    Unreadable,
}

impl PollFailure {
    /// The name used in output, metrics and the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::ClientError => "client_error",
            Self::Gone => "gone",
            Self::Throttled => "throttled",
            Self::ServerError => "server_error",
            Self::AddressForbidden => "address_forbidden",
            Self::Redirects => "redirects",
            Self::TooLarge => "too_large",
            Self::Robots => "robots",
            Self::NotAFeed => "not_a_feed",
            Self::Unreadable => "unreadable",
        }
    }
}

/// What is remembered of a source between polls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceState {
    /// The source.
    pub id: SourceId,
    /// When it is to be polled next.
    pub due_at: Timestamp,
    /// `ETag` of the last good answer.
    pub etag: Option<String>,
    /// `Last-Modified` of the last good answer.
    pub last_modified: Option<String>,
    /// When it was last polled.
    pub polled_at: Option<Timestamp>,
    /// When a poll last went well.
    pub succeeded_at: Option<Timestamp>,
    /// When it last had something new.
    pub news_at: Option<Timestamp>,
    /// Polls that failed since.
    pub failures: u32,
    /// Why the last poll failed, if it did, and in words.
    pub failure: Option<(PollFailure, String)>,
    /// Pages that could not be fetched, tried again with the next poll: link and attempts so far.
    pub retry: Vec<(String, u32)>,
    /// Links of its list whose pages name themselves otherwise, with those names; both canonical. They are not fetched again for that.
    #[serde(default)]
    pub aliases: Vec<(String, String)>,
    /// How much it brings, and how long it is used to be quiet.
    #[serde(default)]
    pub habit: Habit,
}

/// What a source is used to, learned from its polls: what is too much or too little for it is measured by this.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Habit {
    /// When a poll first went well.
    pub since: Option<Timestamp>,
    /// When the day that is being counted began.
    pub day_from: Option<Timestamp>,
    /// New articles of that day so far.
    pub day_new: u32,
    /// Days counted before it.
    pub days: u32,
    /// New articles of a day, in thousandths; the last two weeks weigh most.
    pub per_day_milli: u32,
    /// The longest silence of the last weeks, in seconds.
    pub quiet_s_max: u32,
}

impl SourceState {
    /// The state of a source that was never polled: due at once.
    pub fn fresh(id: SourceId) -> Self {
        Self {
            id,
            due_at: Timestamp::UNIX_EPOCH,
            etag: None,
            last_modified: None,
            polled_at: None,
            succeeded_at: None,
            news_at: None,
            failures: 0,
            failure: None,
            retry: Vec::new(),
            aliases: Vec::new(),
            habit: Habit::default(),
        }
    }
}
