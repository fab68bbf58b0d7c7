//! Article pages: the text of the article, and who wrote it, when, and under which title.
//!
//! The body is what the source's selector names, else what two general extractors find, else what the page says of itself
//! in JSON-LD. Everything else is read by [`meta`](self) from what pages write for machines, in a fixed order, with its
//! origin. Pages are hostile: their depth and size are measured before a tree is built, and [`extract_page_guarded`] works
//! on a thread of its own with a deadline. Fetching the page is left to [`crate::fetch`].
//!
//! ```
//! use praden_crawl::page::extract_page;
//! use praden_model::PageSelectors;
//!
//! let page = "<title>ข่าว</title><h1>ข่าว</h1><article><p>เนื้อข่าวหนึ่งย่อหน้า</p></article>".as_bytes();
//! let url = url::Url::parse("https://a.example/1")?;
//! let page = extract_page(page, &url, None, &PageSelectors::default(), jiff::Timestamp::UNIX_EPOCH);
//! assert_eq!(page.title.as_deref(), Some("ข่าว"));
//! assert!(page.text.contains("เนื้อข่าวหนึ่งย่อหน้า"));
//! # Ok::<(), url::ParseError>(())
//! ```

mod body;
mod data;
mod date;
mod lead;
mod lean;
mod meta;
mod places;
mod slim;
mod written;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use praden_model::{PageSelectors, Published, Warning};
use serde::{Serialize, Serializer};
use url::Url;

use crate::decode::{DocumentKind, decode};
use crate::{html, listing};

/// The longest text that is kept of one article, in bytes: ten times the longest government announcement seen.
pub const TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The largest page read, in bytes. What lies behind is not looked at.
pub const PAGE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How deep a page stays whose nesting was out of all measure. Extractors copy the text of each level into the one above:
/// 3,000 nested tables cut at 200 levels took 250 MB, at 40 they take 10.
const DEPTH_OF_FLAT: usize = 40;

/// The stack of an extraction thread. Extractors recurse over trees of the depth that is let through.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// Threads that missed their deadline and still run. More than these, and pages are refused until some have ended.
const RUNAWAYS_MAX: usize = 8;

/// How long one page may take before it is given up.
pub const EXTRACTION_TIME_MAX: Duration = Duration::from_secs(20);

/// What was read of an article page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExtractedPage {
    /// The headline, on one line.
    pub title: Option<String>,
    /// The article, a line for each paragraph. Empty when the page has none.
    pub text: String,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// When it was published, as far as it can be believed.
    pub published: Option<Published>,
    /// The address that the page calls its own, absolute.
    pub canonical_url: Option<Url>,
    /// Its picture, absolute.
    pub image: Option<Url>,
    /// The language it declares.
    pub language: Option<String>,
    /// What was odd.
    pub warnings: Vec<Warning>,
    /// The encoding it was read as.
    pub charset: &'static str,
    /// What found the text.
    pub found_by: FoundBy,
}

/// What found the text of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// Nothing did.
    #[default]
    Nothing,
    /// The source's own selector.
    Selector,
    /// The first extractor.
    Trafilatura,
    /// The second.
    Readability,
    /// The page's own JSON-LD.
    StructuredData,
    /// All visible text: the page is too large or too deep for more.
    VisibleText,
}

impl Serialize for ExtractedPage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut page = serializer.serialize_struct("ExtractedPage", 12)?;
        let published = self.published.as_ref();
        page.serialize_field("title", &self.title)?;
        page.serialize_field("text", &self.text)?;
        page.serialize_field("authors", &self.authors)?;
        // In the zone it was written in: the day that stands there is the day that readers saw.
        let local =
            |published: &Published| published.at.display_with_offset(date::offset_of(published)).to_string();
        page.serialize_field("published_at", &published.map(local))?;
        page.serialize_field("published_origin", &published.map(|published| published.origin))?;
        page.serialize_field("published_trust", &published.map(|published| published.trust))?;
        page.serialize_field("canonical_url", &self.canonical_url.as_ref().map(Url::as_str))?;
        page.serialize_field("image", &self.image.as_ref().map(Url::as_str))?;
        page.serialize_field("language", &self.language)?;
        page.serialize_field("warnings", &self.warnings)?;
        page.serialize_field("charset", self.charset)?;
        page.serialize_field("found_by", &self.found_by)?;
        page.end()
    }
}

/// Why a page was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// The deadline passed.
    #[error("the page was not read in {} s", EXTRACTION_TIME_MAX.as_secs())]
    Deadline,
    /// Too many pages before this one are still being read after their deadline.
    #[error("{RUNAWAYS_MAX} earlier pages are still being read after their deadline: try again later")]
    Busy,
    /// The system gave no thread, or the extractor gave up.
    #[error("the page could not be read")]
    Failed,
}

/// Reads an article page.
///
/// `url` is where it came from, `now` when: it bounds dates. Call this where a deep stack and an unbounded time are no
/// concern, such as a command; a crawler calls [`extract_page_guarded`].
pub fn extract_page(
    bytes: &[u8],
    url: &Url,
    content_type: Option<&str>,
    selectors: &PageSelectors,
    now: Timestamp,
) -> ExtractedPage {
    let bytes = bytes.get(..PAGE_BYTES_MAX.min(bytes.len())).unwrap_or_default();
    let decoded = decode(bytes, content_type, DocumentKind::Html);
    let mut warnings = decoded.warnings;
    let text = lean::lean(&decoded.text);
    let deep = html::depth(&text) > listing::DEPTH_MAX;
    let text = if deep { html::flatten(&text, DEPTH_OF_FLAT) } else { text };
    let Some(parsed) = body::parse_bounded(&text, deep) else {
        // Nothing but the words: a tree of this page would cost more than it can be worth.
        let text = shorten(html::to_text(&text), &mut warnings);
        let found_by = if text.is_empty() { FoundBy::Nothing } else { FoundBy::VisibleText };
        return ExtractedPage {
            text,
            warnings,
            charset: decoded.charset,
            found_by,
            ..ExtractedPage::default()
        };
    };
    let meta = meta::read(&parsed, &decoded.text, url, selectors, now);
    let (mut body, found_by) = body::find(&text, &parsed, url, selectors, &meta);
    if matches!(found_by, FoundBy::Trafilatura | FoundBy::Readability)
        && let Some(lead) = lead::lead(&parsed.document, &body, meta.title.as_deref())
    {
        body.insert(0, '\n');
        body.insert_str(0, &lead);
    }
    warnings.extend(meta.warnings);
    if meta.title.is_none() {
        warnings.push(Warning::TitleMissing);
    }
    if body.is_empty() {
        warnings.push(Warning::TextEmpty);
    }
    if meta.published.is_none() && !warnings.contains(&Warning::DateUnreadable) {
        warnings.push(Warning::DateMissing);
    }
    let text = shorten(without_headline(body, meta.title.as_deref()), &mut warnings);
    ExtractedPage {
        title: meta.title,
        text,
        authors: meta.authors,
        published: meta.published,
        canonical_url: meta.canonical_url,
        image: meta.image,
        language: meta.language,
        warnings,
        charset: decoded.charset,
        found_by,
    }
}

/// The text without the headline in front, which is told apart from it already.
fn without_headline(text: String, title: Option<&str>) -> String {
    match text.split_once('\n') {
        Some((first, rest)) if title == Some(first) => rest.to_owned(),
        _ => text,
    }
}

fn shorten(mut text: String, warnings: &mut Vec<Warning>) -> String {
    if text.len() > TEXT_BYTES_MAX {
        text.truncate(praden_text::floor_cluster(&text, TEXT_BYTES_MAX));
        warnings.push(Warning::TextTruncated);
    }
    text
}

/// Threads that run past their deadline.
static RUNAWAYS: AtomicUsize = AtomicUsize::new(0);

/// Reads an article page on a thread with a deep stack, and gives up after [`EXTRACTION_TIME_MAX`].
///
/// A thread cannot be stopped from outside: one that is given up runs on, and as long as there are too many of them no
/// further page is taken on.
///
/// # Errors
/// When the page took too long or broke the extractor.
pub async fn extract_page_guarded(
    bytes: Vec<u8>,
    url: Url,
    content_type: Option<String>,
    selectors: PageSelectors,
    now: Timestamp,
) -> Result<ExtractedPage, PageError> {
    if RUNAWAYS.load(Ordering::Relaxed) >= RUNAWAYS_MAX {
        return Err(PageError::Busy);
    }
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let work = move || {
        let page =
            std::panic::catch_unwind(|| extract_page(&bytes, &url, content_type.as_deref(), &selectors, now));
        // Nobody takes it any more: the deadline has passed, and this thread was counted as one that runs on.
        if sender.send(page.map_err(|_| PageError::Failed)).is_err() {
            RUNAWAYS.fetch_sub(1, Ordering::Relaxed);
        }
    };
    std::thread::Builder::new()
        .name("extract".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(work)
        .map_err(|_| PageError::Failed)?;
    let mut receiver = Receiver(Some(receiver));
    match tokio::time::timeout(EXTRACTION_TIME_MAX, receiver.wait()).await {
        Ok(page) => page,
        Err(_) => Err(PageError::Deadline),
    }
}

/// Waits for a thread, and counts it as running on when nobody waits any longer: after the deadline, or when the caller
/// itself was dropped.
struct Receiver(Option<tokio::sync::oneshot::Receiver<Result<ExtractedPage, PageError>>>);

impl Receiver {
    async fn wait(&mut self) -> Result<ExtractedPage, PageError> {
        let Some(receiver) = &mut self.0 else { return Err(PageError::Failed) };
        let page = receiver.await;
        self.0 = None;
        page.unwrap_or(Err(PageError::Failed))
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if let Some(mut receiver) = self.0.take() {
            // Counted before the channel closes, so that the thread never takes back what was not yet counted.
            RUNAWAYS.fetch_add(1, Ordering::Relaxed);
            receiver.close();
            if receiver.try_recv().is_ok() {
                RUNAWAYS.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }
}

#[cfg(test)]
mod tests;
