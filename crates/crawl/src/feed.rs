//! Feeds: RSS of all dialects, RDF, Atom and JSON Feed, as broken as they are sent.
//!
//! The reader works on tokens, not on a tree: a feed that stops in the middle of an item, has text before its
//! prolog, bare ampersands, unknown entities, undeclared prefixes or stray tags still gives its entries. Strict parsers
//! lose all of them over one such fault. Dates are read by [`praden_text`], which knows the Buddhist Era.
//! Fetching, and what an entry's page says, are left to [`crate::fetch`] and [`crate::page`].
//!
//! ```
//! use praden_crawl::feed::parse_feed;
//!
//! let bytes = br#"<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>A</title><id>x</id></entry></feed>"#;
//! let feed = parse_feed(bytes, Some("application/atom+xml"), None, jiff::Timestamp::UNIX_EPOCH)?;
//! assert_eq!(feed.entries[0].id, "x");
//! # Ok::<(), praden_crawl::feed::FeedError>(())
//! ```

mod json;
mod xml;

use std::collections::HashSet;

use jiff::Timestamp;
use praden_model::{PollFailure, Warning};
use praden_text::Precision;
use serde::{Serialize, Serializer};
use url::Url;

use crate::decode::{DocumentKind, decode};
use crate::{html, markup};

/// The most entries taken from one feed. Real ones have 10 to 500; the first are the newest.
pub const ENTRIES_MAX: usize = 10_000;

/// The largest feed read, in bytes.
pub const FEED_BYTES_MAX: usize = 32 * 1024 * 1024;

/// What a feed said.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ParsedFeed {
    /// The feed itself.
    pub feed: FeedInfo,
    /// Its entries, in the order of the document, at most [`ENTRIES_MAX`].
    pub entries: Vec<Entry>,
    /// What was odd about the document as a whole.
    pub warnings: Vec<Warning>,
    /// Entries after the first [`ENTRIES_MAX`], counted and not read.
    #[serde(skip_serializing_if = "is_zero")]
    pub entries_over_limit: usize,
    /// The encoding it was read as.
    pub charset: &'static str,
}

/// The feed as a whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FeedInfo {
    /// Its title, possibly with HTML in it.
    pub title: Option<String>,
    /// The page it belongs to.
    pub link: Option<String>,
    /// The language it declares.
    pub language: Option<String>,
    /// Its identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subtitle: Option<String>,
    /// A note for people who open it in a browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub info: Option<String>,
    /// When it last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated: Option<FeedDate>,
    /// When it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<FeedDate>,
    /// Who writes it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
    /// Copyright.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rights: Option<String>,
    /// The program that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generator: Option<String>,
    /// Where it says it has moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_location: Option<String>,
}

/// One entry of a feed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Entry {
    /// What names it: its own identifier, else its link, else a hash of what it says. The same in every poll.
    pub id: String,
    /// Its title, possibly with HTML in it; see [`Entry::title_text`].
    pub title: Option<String>,
    /// Its page.
    pub link: Option<String>,
    /// When it was published; when it was updated, where nothing else is given.
    pub published: Option<FeedDate>,
    /// When it was last changed.
    pub updated: Option<FeedDate>,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// A short form of it, as harmless HTML or text.
    pub summary: Option<String>,
    /// The whole of it, as harmless HTML or text.
    pub content: Option<String>,
    /// Categories and keywords.
    pub tags: Vec<String>,
    /// Copyright.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rights: Option<String>,
    /// Attached files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub enclosures: Vec<Enclosure>,
    /// The feed it was taken from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Origin>,
    /// A date that was given and could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_unreadable: Option<String>,
}

/// A file that belongs to an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Enclosure {
    /// Where it is.
    pub url: String,
}

/// The feed an entry was taken from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// Its page.
    pub link: String,
}

/// A date in a feed. Printed as the instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedDate {
    /// The start of the unit that was named.
    pub at: Timestamp,
    /// The finest unit written.
    pub precision: Precision,
    /// What was written.
    pub written: String,
}

impl Serialize for FeedDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.at)
    }
}

impl FeedDate {
    /// Reads a date as it stands in a feed; without a zone it is Bangkok time.
    pub(crate) fn read(written: &str, now: Timestamp) -> Option<Self> {
        const BYTES_MAX: usize = 200;
        let written = written.trim();
        if written.len() > BYTES_MAX {
            return None;
        }
        let found = praden_text::parse_date(written, now)?;
        Some(Self { at: found.value.to_instant()?, precision: found.precision, written: written.to_owned() })
    }
}

impl Entry {
    /// The title as plain text on one line.
    pub fn title_text(&self) -> Option<String> {
        let title = html::one_line(&html::to_text(self.title.as_deref()?));
        (!title.is_empty()).then_some(title)
    }

    /// The longer of content and summary as plain text, a line for each block.
    pub fn body_text(&self) -> String {
        let text = |field: &Option<String>| field.as_deref().map(html::to_text).unwrap_or_default();
        let (content, summary) = (text(&self.content), text(&self.summary));
        if content.len() >= summary.len() { content } else { summary }
    }
}

/// Why something is no feed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// There is nothing in it.
    #[error("the answer is empty: expected RSS, Atom or JSON Feed")]
    Empty,
    /// It is larger than [`FEED_BYTES_MAX`].
    #[error("a feed of {0} bytes is over the limit of {max}", max = FEED_BYTES_MAX)]
    TooLarge(usize),
    /// It is a web page.
    #[error("a web page came instead of a feed{}: the outlet may have moved its feed, or shows a notice to crawlers", titled(.title))]
    Html {
        /// The page's title, which often says why.
        title: Option<String>,
    },
    /// It is something else.
    #[error("expected RSS, Atom or JSON Feed, found `{start}`")]
    Unknown {
        /// How it starts.
        start: String,
    },
}

fn titled(title: &Option<String>) -> String {
    title.as_ref().map(|title| format!(" (`{title}`)")).unwrap_or_default()
}

impl FeedError {
    /// The cause under which a poll is recorded.
    pub const fn failure(&self) -> PollFailure {
        match self {
            Self::Empty => PollFailure::Unreadable,
            Self::TooLarge(_) => PollFailure::TooLarge,
            Self::Html { .. } | Self::Unknown { .. } => PollFailure::NotAFeed,
        }
    }
}

/// Reads a feed.
///
/// `base` is where it was fetched: relative links are resolved against it. `now` is when: dates without a year are read
/// relative to it.
///
/// # Errors
/// When it is no feed at all. A broken feed gives what could be read.
pub fn parse_feed(
    bytes: &[u8],
    content_type: Option<&str>,
    base: Option<&Url>,
    now: Timestamp,
) -> Result<ParsedFeed, FeedError> {
    if bytes.len() > FEED_BYTES_MAX {
        return Err(FeedError::TooLarge(bytes.len()));
    }
    let (bytes, beyond) = within_limit(bytes);
    let decoded = decode(bytes, content_type, DocumentKind::Xml);
    let text = without_controls(&decoded.text);
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
    if start.is_empty() {
        return Err(FeedError::Empty);
    }
    let mut parsed =
        if start.starts_with('{') { json::parse(start, base, now) } else { xml::parse(start, base, now) }
            .ok_or_else(|| refuse(start))?;
    parsed.charset = decoded.charset;
    parsed.entries_over_limit += beyond;
    parsed.warnings.splice(0..0, decoded.warnings);
    name_entries(&mut parsed.entries);
    Ok(parsed)
}

/// The bytes up to the last entry that is read, and how many entries lie behind.
///
/// A feed of 300,000 entries would be held in memory three times over for the sake of the first ten thousand. In an
/// encoding in which `<item` is not these five bytes nothing is found, and the parser stops by itself.
fn within_limit(bytes: &[u8]) -> (&[u8], usize) {
    let starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'<').filter(|(at, _)| {
        let tag = bytes.get(at + 1..).unwrap_or_default();
        [&b"item"[..], b"entry"].iter().any(|name| {
            tag.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
                && tag.get(name.len()).is_some_and(|byte| matches!(byte, b'>' | b' ' | b'\n' | b'\r' | b'\t'))
        })
    });
    let mut beyond = starts.map(|(at, _)| at).skip(ENTRIES_MAX);
    match beyond.next() {
        Some(first) => (bytes.get(..first).unwrap_or(bytes), 1 + beyond.count()),
        None => (bytes, 0),
    }
}

/// Drops characters that neither XML nor a reader knows. C1 controls are what is left of windows-1252 that was called
/// something else: they become the quotes and dashes that were meant.
fn without_controls(text: &str) -> std::borrow::Cow<'_, str> {
    let unwanted = |c: char| matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{7F}' | '\u{FFFE}' | '\u{FFFF}');
    let mapped = |c: char| matches!(c, '\u{80}'..='\u{9F}');
    if !text.contains(|c| unwanted(c) || mapped(c)) {
        return text.into();
    }
    let kept = text.chars().filter(|c| !unwanted(*c));
    kept.map(|c| if mapped(c) { markup::from_code(u32::from(c)).unwrap_or(c) } else { c })
        .collect::<String>()
        .into()
}

fn refuse(text: &str) -> FeedError {
    let lower = text.get(..text.floor_char_boundary(4096)).unwrap_or(text).to_ascii_lowercase();
    if ["<html", "<!doctype html", "<head", "<body", "<title"].iter().any(|tag| lower.contains(tag)) {
        return FeedError::Html { title: xml::page_title(text) };
    }
    FeedError::Unknown { start: html::one_line(text.get(..text.floor_char_boundary(60)).unwrap_or("")) }
}

/// Gives every entry a name that is the same in every poll and different from the others of the feed.
fn name_entries(entries: &mut [Entry]) {
    let mut seen = HashSet::new();
    for entry in entries {
        if entry.id.is_empty() || !seen.insert(entry.id.clone()) {
            // Some feeds give every entry the same identifier: then the link, else what it says, tells them apart.
            entry.id = match &entry.link {
                Some(link) if !link.is_empty() && *link != entry.id => link.clone(),
                _ => hash(entry),
            };
            seen.insert(entry.id.clone());
        }
    }
}

fn hash(entry: &Entry) -> String {
    let mut hasher = blake3::Hasher::new();
    let date = entry.published.as_ref().map(|date| &date.written);
    for part in [&entry.title, &entry.summary, &entry.content, &date.cloned()] {
        hasher.update(part.as_deref().unwrap_or_default().as_bytes());
        // A byte that UTF-8 never has, so that no two entries can be cut differently to the same name.
        hasher.update(&[0xFF]);
    }
    let digest = hasher.finalize().to_hex();
    format!("urn:praden:entry:{}", digest.get(..32).unwrap_or_default())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests;
