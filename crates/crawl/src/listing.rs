//! Pages that list links to articles, for outlets without a feed; and the feeds that a page points at.
//!
//! Which links are articles is said by a CSS selector in the pipeline; without one, links in headings and articles are
//! taken. Fetching the articles is left to [`crate::poll`].
//!
//! ```
//! use praden_crawl::listing::parse_listing;
//! use url::Url;
//!
//! let base = Url::parse("https://a.example/news/")?;
//! let links = parse_listing(b"<h2><a href=1.html>A</a></h2>", None, &base, None).map_err(|error| error.to_string());
//! assert_eq!(links.map(|links| links[0].url.to_string()), Ok("https://a.example/news/1.html".to_owned()));
//! # Ok::<(), url::ParseError>(())
//! ```

use std::collections::HashSet;

use praden_model::PollFailure;
use scraper::{ElementRef, Html, Selector};
use url::Url;

use crate::decode::{DocumentKind, decode};
use crate::html;

/// The most links taken from one page. Listing pages have 10 to 100.
pub const LINKS_MAX: usize = 1000;

/// The deepest nesting that is given to a tree; deeper pages are flattened first.
pub(crate) const DEPTH_MAX: usize = 200;

/// Where articles are linked when nobody says.
const USUAL_PLACES: &str =
    "article a[href], h1 a[href], h2 a[href], h3 a[href], h4 a[href], a[href]:has(h1, h2, h3, h4)";

/// A link on a listing page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedLink {
    /// Where it leads, absolute.
    pub url: Url,
    /// Its text.
    pub title: Option<String>,
}

/// Why a listing page gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListingError {
    /// The selector cannot be read.
    #[error("`{selector}` is not a CSS selector: {cause}")]
    Selector {
        /// What was written.
        selector: String,
        /// What is wrong with it.
        cause: String,
    },
    /// Nothing on the page matches.
    #[error("no link matches `{selector}`: the page may have changed, or is filled in by scripts")]
    NoLinks {
        /// The selector that was used.
        selector: String,
    },
}

impl ListingError {
    /// The cause under which a poll is recorded.
    pub const fn failure(&self) -> PollFailure {
        PollFailure::Unreadable
    }
}

/// Reads a CSS selector, to check a pipeline file.
///
/// # Errors
/// When it is none, with the reason.
pub fn check_selector(selector: &str) -> Result<(), ListingError> {
    read_selector(selector).map(drop)
}

pub(crate) fn read_selector(selector: &str) -> Result<Selector, ListingError> {
    Selector::parse(selector)
        .map_err(|error| ListingError::Selector { selector: selector.to_owned(), cause: error.to_string() })
}

/// Reads the links of a listing page in the order of the page, each once.
///
/// # Errors
/// When the selector is none, or nothing matches it.
pub fn parse_listing(
    bytes: &[u8],
    content_type: Option<&str>,
    url: &Url,
    selector: Option<&str>,
) -> Result<Vec<ListedLink>, ListingError> {
    let written = selector.unwrap_or(USUAL_PLACES);
    let selector = read_selector(written)?;
    let document = parse_html(&decode(bytes, content_type, DocumentKind::Html).text);
    let base = base_of(&document, url);
    let mut seen = HashSet::new();
    let mut links: Vec<ListedLink> = Vec::new();
    for element in document.select(&selector) {
        let Some(link) = link_of(element).and_then(|href| base.join(href.trim()).ok()) else { continue };
        let mut link = link;
        link.set_fragment(None);
        if !matches!(link.scheme(), "http" | "https") || link == *url {
            continue;
        }
        let title = html::one_line(&element.text().collect::<Vec<_>>().join(" "));
        let title = Some(title).filter(|title| !title.is_empty());
        if seen.insert(link.to_string()) {
            if links.len() >= LINKS_MAX {
                break;
            }
            links.push(ListedLink { url: link, title });
        } else if let Some(known) = links.iter_mut().find(|known| known.url == link && known.title.is_none())
        {
            // A picture links to the article first, its headline after that.
            known.title = title;
        }
    }
    if links.is_empty() { Err(ListingError::NoLinks { selector: written.to_owned() }) } else { Ok(links) }
}

/// The link of an element: its own, or that of the first link in it or around it.
fn link_of(element: ElementRef<'_>) -> Option<&str> {
    element.value().attr("href").or_else(|| {
        let inside = element.descendants().filter_map(ElementRef::wrap);
        let around = element.ancestors().filter_map(ElementRef::wrap);
        inside
            .chain(around)
            .filter(|element| element.value().name() == "a")
            .find_map(|link| link.value().attr("href"))
    })
}

/// The feeds that a page says are its own, absolute.
pub fn discover_feeds(bytes: &[u8], content_type: Option<&str>, url: &Url) -> Vec<Url> {
    const FEEDS_MAX: usize = 50;
    let document = parse_html(&decode(bytes, content_type, DocumentKind::Html).text);
    let base = base_of(&document, url);
    let Ok(selector) = Selector::parse("link[rel~=alternate][href]") else { return Vec::new() };
    let is_feed = |kind: &str| {
        let kind = kind.to_ascii_lowercase();
        ["rss", "atom", "feed+json", "rdf"].iter().any(|part| kind.contains(part))
    };
    let links = document.select(&selector).filter(|link| link.value().attr("type").is_some_and(is_feed));
    links.filter_map(|link| base.join(link.value().attr("href")?.trim()).ok()).take(FEEDS_MAX).collect()
}

/// A tree of a page, no deeper than its readers can bear.
pub(crate) fn parse_html(text: &str) -> Html {
    if html::depth(text) > DEPTH_MAX {
        Html::parse_document(&html::flatten(text, DEPTH_MAX))
    } else {
        Html::parse_document(text)
    }
}

/// What relative links on a page are relative to.
pub(crate) fn base_of(document: &Html, url: &Url) -> Url {
    let written = Selector::parse("base[href]")
        .ok()
        .and_then(|selector| document.select(&selector).next()?.value().attr("href"));
    written
        .and_then(|href| url.join(href.trim()).ok())
        .filter(|base| !base.cannot_be_a_base())
        .unwrap_or_else(|| url.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(page: &str, selector: Option<&str>, want: &[&str]) {
        let url = Url::parse("https://a.example/news/").unwrap();
        let got: Vec<String> = match parse_listing(page.as_bytes(), None, &url, selector) {
            Ok(links) => links
                .into_iter()
                .map(|link| format!("{} {}", link.url, link.title.unwrap_or_default()))
                .collect(),
            Err(error) => vec![error.to_string()],
        };
        assert_eq!(got, want, "{page}");
    }

    #[test]
    fn links_are_taken_once_in_order_and_made_absolute() {
        let page = "<nav><a href=/about>x</a></nav><div class=n><a href=/1><img></a><a href='/1#c'> ข่าว\nหนึ่ง</a><a href=2>สอง</a></div>";
        check(page, Some(".n a"), &["https://a.example/1 ข่าว หนึ่ง", "https://a.example/news/2 สอง"]);
        check(page, Some(".n"), &["https://a.example/1 ข่าว หนึ่ง สอง"]);
        check(
            "<base href='https://b.example/x/'><h3><a href=1>A</a></h3>",
            None,
            &["https://b.example/x/1 A"],
        );
        check(
            "<h2><a href='javascript:x'>A</a><a href='mailto:a@b'>B</a><a href='/3'>C</a></h2>",
            None,
            &["https://a.example/3 C"],
        );
    }

    #[test]
    fn what_matches_nothing_says_so() {
        check(
            "<p>x",
            Some(".n a"),
            &["no link matches `.n a`: the page may have changed, or is filled in by scripts"],
        );
        let got = check_selector("a[").unwrap_err().to_string();
        assert!(got.starts_with("`a[` is not a CSS selector: "), "{got}");
    }

    #[test]
    fn feeds_of_a_page_are_found() {
        let page = b"<link rel=alternate type='application/rss+xml' href='/rss'><link rel='alternate' hreflang=en href=/en>\
                     <link rel=alternate type=application/atom+xml href=atom.xml>";
        let got = discover_feeds(page, None, &Url::parse("https://a.example/n/").unwrap());
        assert_eq!(
            got.iter().map(Url::as_str).collect::<Vec<_>>(),
            ["https://a.example/rss", "https://a.example/n/atom.xml"]
        );
    }
}
