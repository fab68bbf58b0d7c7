//! Sitemaps, their indexes, and the news fields of Google's dialect.
//!
//! Reads what is there: a cut-off file gives the entries before the cut. Fetching the sitemaps that an index names, and
//! how many of them, is left to [`crate::poll`]; compressed files are opened where they are fetched.
//!
//! ```
//! use praden_crawl::sitemap::{Sitemap, parse_sitemap};
//!
//! let bytes = b"<urlset><url><loc>https://a.example/1</loc><news:title>A</news:title></url></urlset>";
//! let Ok(Sitemap::Urls(urls)) = parse_sitemap(bytes, None) else { panic!() };
//! assert_eq!(urls[0].title.as_deref(), Some("A"));
//! ```

use praden_model::PollFailure;
use serde::Serialize;

use crate::decode::{DocumentKind, decode};
use crate::html;
use crate::markup::{Token, Tokens, resolve};

/// The most entries of one sitemap. The protocol allows 50,000 (<https://www.sitemaps.org/protocol.html>).
pub const SITEMAP_ENTRIES_MAX: usize = 50_000;

/// A sitemap: of pages, or of other sitemaps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sitemap {
    /// Pages.
    Urls(Vec<SitemapEntry>),
    /// Other sitemaps.
    Index(Vec<SitemapEntry>),
}

/// A page, or another sitemap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SitemapEntry {
    /// Where it is, as written.
    pub loc: String,
    /// When it last changed, as written.
    pub lastmod: Option<String>,
    /// When the article was published, as written (`news:publication_date`).
    pub published: Option<String>,
    /// The article's title (`news:title`).
    pub title: Option<String>,
    /// The article's language (`news:language`).
    pub language: Option<String>,
}

/// Why something is no sitemap.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SitemapError {
    /// There is nothing in it.
    #[error("the answer is empty: expected a sitemap")]
    Empty,
    /// It is something else.
    #[error("expected a sitemap (`urlset` or `sitemapindex`), found `{start}`")]
    Unknown {
        /// How it starts.
        start: String,
    },
}

impl SitemapError {
    /// The cause under which a poll is recorded.
    pub const fn failure(&self) -> PollFailure {
        match self {
            Self::Empty => PollFailure::Unreadable,
            Self::Unknown { .. } => PollFailure::NotAFeed,
        }
    }
}

/// Reads a sitemap.
///
/// # Errors
/// When it is none. Entries without a location are left out, entries after [`SITEMAP_ENTRIES_MAX`] too.
pub fn parse_sitemap(bytes: &[u8], content_type: Option<&str>) -> Result<Sitemap, SitemapError> {
    let decoded = decode(bytes, content_type, DocumentKind::Xml);
    let text = decoded.text.trim();
    if text.is_empty() {
        return Err(SitemapError::Empty);
    }
    let mut index = None;
    let mut entries: Vec<SitemapEntry> = Vec::new();
    let mut entry: Option<SitemapEntry> = None;
    let mut field: Option<(String, String)> = None;
    for (token, _) in Tokens::new(text) {
        match token {
            Token::Open { name, closed, .. } => {
                let lower = name.to_ascii_lowercase();
                match lower.rsplit(':').next().unwrap_or("") {
                    "urlset" if index.is_none() => index = Some(false),
                    "sitemapindex" if index.is_none() => index = Some(true),
                    "url" | "sitemap" if index.is_some() => {
                        keep(&mut entries, entry.replace(SitemapEntry::default()));
                    }
                    // Pictures and videos have locations and titles of their own.
                    _ if lower.starts_with("image:") || lower.starts_with("video:") || closed => {}
                    local => field = Some((local.to_owned(), String::new())),
                }
            }
            Token::Text(text) => {
                if let Some((_, value)) = &mut field {
                    value.push_str(&resolve(text));
                }
            }
            Token::CData(text) => {
                if let Some((_, value)) = &mut field {
                    value.push_str(text);
                }
            }
            Token::Close { name } => {
                if let (Some((field, value)), Some(entry)) = (field.take(), &mut entry) {
                    let value = html::one_line(&value);
                    let slot = match field.as_str() {
                        "loc" => {
                            entry.loc = value;
                            continue;
                        }
                        "lastmod" => &mut entry.lastmod,
                        "publication_date" => &mut entry.published,
                        "title" => &mut entry.title,
                        "language" => &mut entry.language,
                        _ => continue,
                    };
                    *slot = Some(value).filter(|value| !value.is_empty());
                } else if name.eq_ignore_ascii_case("url") || name.eq_ignore_ascii_case("sitemap") {
                    keep(&mut entries, entry.take());
                }
            }
            Token::Other => {}
        }
    }
    keep(&mut entries, entry);
    match index {
        Some(true) => Ok(Sitemap::Index(entries)),
        Some(false) => Ok(Sitemap::Urls(entries)),
        None => plain_list(text).map(Sitemap::Urls).ok_or_else(|| SitemapError::Unknown {
            start: html::one_line(text.get(..text.floor_char_boundary(60)).unwrap_or("")),
        }),
    }
}

fn keep(entries: &mut Vec<SitemapEntry>, entry: Option<SitemapEntry>) {
    if let Some(entry) = entry
        && !entry.loc.is_empty()
        && entries.len() < SITEMAP_ENTRIES_MAX
    {
        entries.push(entry);
    }
}

/// The protocol's text form: one URL a line and nothing else.
fn plain_list(text: &str) -> Option<Vec<SitemapEntry>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(SITEMAP_ENTRIES_MAX);
    lines
        .map(|line| {
            let is_url = (line.starts_with("http://") || line.starts_with("https://"))
                && !line.contains(char::is_whitespace);
            is_url.then(|| SitemapEntry { loc: line.to_owned(), ..SitemapEntry::default() })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes entries as `loc|lastmod|published|title`, an index with `>` before it.
    #[track_caller]
    fn check(text: &str, want: &[&str]) {
        let line = |mark: &str, entry: SitemapEntry| {
            let part = |part: Option<String>| part.unwrap_or_default();
            format!(
                "{mark}{}|{}|{}|{}",
                entry.loc,
                part(entry.lastmod),
                part(entry.published),
                part(entry.title)
            )
        };
        let got: Vec<String> = match parse_sitemap(text.as_bytes(), None) {
            Ok(Sitemap::Urls(entries)) => entries.into_iter().map(|entry| line("", entry)).collect(),
            Ok(Sitemap::Index(entries)) => entries.into_iter().map(|entry| line(">", entry)).collect(),
            Err(error) => vec![error.to_string()],
        };
        assert_eq!(got, want, "{text}");
    }

    #[test]
    fn pages_and_news_fields_are_read() {
        check(
            "<?xml version='1.0'?><urlset xmlns:news='x'><url><loc> https://a.example/1?a=1&amp;b=2 </loc><lastmod>2024-01-15</lastmod>\
             <news:news><news:publication><news:name>N</news:name></news:publication>\
             <news:publication_date>2024-01-15T08:00:00+07:00</news:publication_date><news:title><![CDATA[ข่าว & ด่วน]]></news:title></news:news>\
             <image:image><image:loc>https://a.example/1.jpg</image:loc><image:title>รูป</image:title></image:image></url></urlset>",
            &["https://a.example/1?a=1&b=2|2024-01-15|2024-01-15T08:00:00+07:00|ข่าว & ด่วน"],
        );
    }

    #[test]
    fn an_index_is_told_from_pages() {
        check(
            "<sitemapindex><sitemap><loc>https://a.example/s.xml.gz</loc><lastmod>2024</lastmod></sitemap></sitemapindex>",
            &[">https://a.example/s.xml.gz|2024||"],
        );
    }

    #[test]
    fn broken_ones_give_what_is_there() {
        check(
            "<urlset><url><loc>https://a.example/1</loc></url><url><loc>https://a.example/2</loc><lastm",
            &["https://a.example/1|||", "https://a.example/2|||"],
        );
        check(
            "<urlset><url><loc>https://a.example/1</loc><url><loc/></url></urlset>",
            &["https://a.example/1|||"],
        );
        check(
            "https://a.example/1\nhttps://a.example/2\n",
            &["https://a.example/1|||", "https://a.example/2|||"],
        );
        check("<urlset/>", &[]);
    }

    #[test]
    fn what_is_none_is_refused_by_name() {
        check("", &["the answer is empty: expected a sitemap"]);
        check("<html>x</html>", &["expected a sitemap (`urlset` or `sitemapindex`), found `<html>x</html>`"]);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read(bytes: Vec<u8>, text in "(</?(urlset|url|loc|news:title)>|[a-z<>& ]){0,40}") {
            let _ = parse_sitemap(&bytes, None);
            let _ = parse_sitemap(text.as_bytes(), None);
        }
    }
}
