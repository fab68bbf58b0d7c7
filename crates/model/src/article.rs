//! Articles, their revisions, and what did not become one.

use std::fmt;

use jiff::Timestamp;
use praden_text::Precision;
use serde::{Deserialize, Serialize};

use crate::text::AnalyzedText;
use crate::{ArticleId, CanonicalUrl, OutletId, Seq, SourceId};

/// When an article says it was published, how finely, and how far to believe it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The start of the unit that was named: 00:00 at +07:00 for a day without a time.
    pub at: Timestamp,
    /// The finest unit written.
    #[serde(with = "precision_name")]
    pub precision: Precision,
    /// Where it was read.
    pub origin: DateOrigin,
    /// How far to believe it.
    pub trust: DateTrust,
    /// What was written there.
    pub written: String,
}

/// A precision by its name: `text` knows no serde.
mod precision_name {
    use praden_text::Precision;
    use serde::{Deserialize as _, Deserializer, Serializer};

    const ALL: [Precision; 6] = [
        Precision::Second,
        Precision::Minute,
        Precision::Hour,
        Precision::Day,
        Precision::Month,
        Precision::Year,
    ];

    pub(super) fn serialize<S: Serializer>(precision: &Precision, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(precision.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Precision, D::Error> {
        let name = String::deserialize(deserializer)?;
        ALL.into_iter()
            .find(|precision| precision.as_str() == name)
            .ok_or_else(|| serde::de::Error::custom(format!("`{name}` is not a precision")))
    }
}

impl Published {
    /// The instant that may be counted with: nothing for a date that was found impossible.
    pub fn believed(&self) -> Option<Timestamp> {
        (self.trust != DateTrust::Rejected).then_some(self.at)
    }
}

/// Where a date was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrigin {
    /// A feed's entry.
    Feed,
    /// A news sitemap.
    Sitemap,
    /// A listing page.
    Listing,
    /// JSON-LD, OpenGraph or `itemprop` on the article's page.
    StructuredData,
    /// A `time` element, or an element that the source's definition names.
    Markup,
    /// Running text on the article's page.
    PageText,
    /// The archive that was ingested.
    Archive,
}

/// How far a date is to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateTrust {
    /// Written for machines, or by the archive.
    Trusted,
    /// Read from text, or without a year.
    Doubtful,
    /// Impossible: more than a day after it was fetched, or before there was a web. Kept, never counted with.
    Rejected,
}

/// Something odd about an article that lost nothing: kept with it and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// There is no title.
    TitleMissing,
    /// There is a title and no text.
    TextEmpty,
    /// No date was given or found.
    DateMissing,
    /// A date was given that could not be read.
    DateUnreadable,
    /// The date lies more than a day after the fetch; it is kept and not counted with.
    DateInFuture,
    /// The date lies before 1990; it is kept and not counted with.
    DateTooOld,
    /// There was no URL; the archive's own identifier names the article.
    UrlMissing,
    /// The bytes were not valid UTF-8; what could not be read became U+FFFD.
    EncodingRepaired,
    /// The bytes were in another encoding than declared.
    EncodingMisdeclared,
    /// The page gave nothing; the text is the feed's summary.
    TextFromFeed,
    /// The text was longer than the limit and cut; the capture has the whole.
    TextTruncated,
    /// The feed was broken and had to be repaired.
    FeedRepaired,
}

impl Warning {
    /// The name used in output, metrics and the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TitleMissing => "title_missing",
            Self::TextEmpty => "text_empty",
            Self::DateMissing => "date_missing",
            Self::DateUnreadable => "date_unreadable",
            Self::DateInFuture => "date_in_future",
            Self::DateTooOld => "date_too_old",
            Self::UrlMissing => "url_missing",
            Self::EncodingRepaired => "encoding_repaired",
            Self::EncodingMisdeclared => "encoding_misdeclared",
            Self::TextFromFeed => "text_from_feed",
            Self::TextTruncated => "text_truncated",
            Self::FeedRepaired => "feed_repaired",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What happened to an article before it was offered to the log: the news of today, or a page of an archive.
///
/// The difference is what an older text of a known article means. A crawler that sees yesterday's text again saw the
/// outlet take its edit back: a revision. An archive that holds yesterday's text holds nothing new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Observed {
    /// Fetched from the live web: differs from the latest revision, then it is a new one.
    Live,
    /// Read from an archive: differs from every revision, then it is a new one.
    Archived,
}

/// Hash of what an article says: BLAKE3 of its normalised title and text.
///
/// Normalised, so that an invisible character or a new spelling of the same letters is no revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    /// Hashes a title and a text.
    pub fn of(title: &AnalyzedText, text: &AnalyzedText) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(title.normalized().as_bytes());
        // A byte that UTF-8 never has: no title and text can be cut differently to the same hash.
        hasher.update(&[0xFF]);
        hasher.update(text.normalized().as_bytes());
        Self(*hasher.finalize().as_bytes())
    }
}

/// Hash of the bytes of one fetch, the name of a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CaptureHash(pub [u8; 32]);

impl CaptureHash {
    /// Hashes a body.
    pub fn of(body: &[u8]) -> Self {
        Self(*blake3::hash(body).as_bytes())
    }
}

impl fmt::Display for CaptureHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The bytes and headers of one fetch, kept as evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureBody {
    /// BLAKE3 of `body`.
    pub hash: CaptureHash,
    /// Where it was fetched, after redirects.
    pub url: String,
    /// When the answer was complete.
    pub fetched_at: Timestamp,
    /// HTTP status.
    pub status: u16,
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
    /// The body after content decoding, as many bytes as were taken.
    pub body: Vec<u8>,
}

/// How many authors of one article are kept. Papers have a handful; a list of a hundred is a page's list of its staff.
pub const AUTHORS_MAX: usize = 20;

/// One state of an article, ready to be appended.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRevision {
    /// What names the article.
    pub url: CanonicalUrl,
    /// The link as it was found.
    pub link: String,
    /// The source that brought it, or the archive.
    pub source: SourceId,
    /// Who published it.
    pub outlet: OutletId,
    /// Headline as published, with its analysis.
    pub title: AnalyzedText,
    /// Body as published, with its analysis.
    pub text: AnalyzedText,
    /// Publication date.
    pub published: Option<Published>,
    /// When it was fetched, or when the archive was read.
    pub fetched_at: Timestamp,
    /// The fetch it was read from.
    pub capture: Option<CaptureHash>,
    /// Who wrote it, as the page, the feed or the archive names them; each once, at most [`AUTHORS_MAX`].
    pub authors: Vec<String>,
    /// What was odd.
    pub warnings: Vec<Warning>,
    /// Whether it came from the live web.
    pub observed: Observed,
}

impl NewRevision {
    /// Hash of title and text.
    pub fn content(&self) -> ContentHash {
        ContentHash::of(&self.title, &self.text)
    }
}

/// What an append did with one revision, in the order they were given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Appended {
    /// The first revision of a new article.
    New {
        /// Its position.
        seq: Seq,
    },
    /// A further revision of a known article.
    Revised {
        /// Its position.
        seq: Seq,
        /// Which revision it is, from 2.
        revision: u32,
    },
    /// Nothing new: the log has it.
    Unchanged {
        /// Position of the revision that says the same.
        seq: Seq,
    },
}

/// A revision in the article log.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// Position in the log.
    pub seq: Seq,
    /// The article it is a state of.
    pub article: ArticleId,
    /// Which revision of the article, from 1.
    pub revision: u32,
    /// What names the article.
    pub url: CanonicalUrl,
    /// The source that brought it.
    pub source: SourceId,
    /// Who published it.
    pub outlet: OutletId,
    /// Headline with its analysis.
    pub title: AnalyzedText,
    /// Body with its analysis.
    pub text: AnalyzedText,
    /// Publication date.
    pub published: Option<Published>,
    /// When it was fetched.
    pub fetched_at: Timestamp,
    /// The fetch it was read from.
    pub capture: Option<CaptureHash>,
    /// Who wrote it, as the page, the feed or the archive names them; each once, at most [`AUTHORS_MAX`].
    pub authors: Vec<String>,
    /// What was odd.
    pub warnings: Vec<Warning>,
}

impl Revision {
    /// When it happened as far as anyone can say: the publication date if it is believed.
    ///
    /// An undated article has none. It is never taken for today's.
    pub fn event_time(&self) -> Option<Timestamp> {
        self.published.as_ref().and_then(Published::believed)
    }

    /// The title for a list: the headline, or the start of the text where there is none.
    pub fn headline(&self) -> &str {
        const BYTES_MAX: usize = 240;
        let title = self.title.normalized().trim();
        if !title.is_empty() {
            return title;
        }
        let line = self.text.normalized().trim().lines().next().unwrap_or("");
        line.get(..praden_text::floor_cluster(line, BYTES_MAX.min(line.len()))).unwrap_or("")
    }
}

/// What is known of an article: its latest revision's position among others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    /// The article.
    pub id: ArticleId,
    /// What names it.
    pub url: CanonicalUrl,
    /// Position of the latest revision.
    pub latest: Seq,
    /// How many revisions there are.
    pub revisions: u32,
    /// When the latest was fetched.
    pub fetched_at: Timestamp,
    /// When its outlet was found to have taken it down. Nothing while it is there, and again when it has come back.
    pub withdrawn_at: Option<Timestamp>,
}

/// What the looks at an article's page found after it was published, and when the next one is.
///
/// One answer of 404 may be a slip of the outlet's; a second one some time later is a withdrawal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The article.
    pub url: CanonicalUrl,
    /// The source that looks.
    pub source: SourceId,
    /// What is asked for.
    pub link: String,
    /// `ETag` of its last answer.
    pub etag: Option<String>,
    /// `Last-Modified` of its last answer.
    pub last_modified: Option<String>,
    /// When it was published, as far as that is believed; else when it was first fetched.
    pub since: Timestamp,
    /// When it is looked at next. Nothing: no more.
    pub next_at: Option<Timestamp>,
    /// The first of the looks, in a row up to the last one, that found it gone.
    pub gone_at: Option<Timestamp>,
    /// When a later look found it gone still.
    pub withdrawn_at: Option<Timestamp>,
}

/// Why something that was offered did not become a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// The line is not JSON, or not an object.
    NotJson,
    /// A field has a value of a type it cannot have.
    WrongField,
    /// The line is longer than the limit.
    LineTooLong,
    /// Neither a title nor a text.
    Empty,
    /// Neither a URL nor an identifier.
    Unnamed,
    /// The URL is not one that can name an article.
    BadUrl,
    /// robots.txt forbids it.
    Robots,
    /// The page could not be fetched, after all attempts.
    FetchFailed,
    /// The page has no article.
    NoArticle,
    /// More entries than the source's limit for one poll; they come with the next.
    OverLimit,
}

impl DropReason {
    /// All reasons.
    pub const ALL: [Self; 10] = [
        Self::NotJson,
        Self::WrongField,
        Self::LineTooLong,
        Self::Empty,
        Self::Unnamed,
        Self::BadUrl,
        Self::Robots,
        Self::FetchFailed,
        Self::NoArticle,
        Self::OverLimit,
    ];

    /// The name used in output, metrics and the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::WrongField => "wrong_field",
            Self::LineTooLong => "line_too_long",
            Self::Empty => "empty",
            Self::Unnamed => "unnamed",
            Self::BadUrl => "bad_url",
            Self::Robots => "robots",
            Self::FetchFailed => "fetch_failed",
            Self::NoArticle => "no_article",
            Self::OverLimit => "over_limit",
        }
    }
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Something that was offered and not kept: the reason, and enough to find it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// The source or file it came from.
    pub origin: String,
    /// Where in it: a line number, or a link.
    pub place: String,
    /// Why.
    pub reason: DropReason,
    /// The reason in words, with the value.
    pub detail: String,
    /// When.
    pub at: Timestamp,
}
