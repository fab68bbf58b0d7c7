//! Lists of feeds as other readers write and read them: OPML 2.0 (<http://opml.org/spec2.opml>).
//!
//! Folders may be nested or written as `category`; both become the entry's folders. What a desk does with the list is left
//! to it.
//!
//! ```
//! use praden_crawl::opml::{parse_opml, write_opml};
//!
//! let feeds = parse_opml(b"<opml><body><outline text='A'><outline text='B' xmlUrl='https://a.example/rss'/></outline></body></opml>");
//! assert_eq!((feeds[0].url.as_str(), feeds[0].folders.as_slice()), ("https://a.example/rss", &["A".to_owned()][..]));
//! assert_eq!(parse_opml(write_opml("list", &feeds).as_bytes()), feeds);
//! ```

use std::fmt::Write as _;

use serde::Serialize;

use crate::decode::{DocumentKind, decode};
use crate::html;
use crate::markup::{Token, Tokens, attribute};

/// The most feeds taken from one list.
pub const OPML_FEEDS_MAX: usize = 20_000;

/// Folders inside folders.
const DEPTH_MAX: usize = 32;

/// A feed in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpmlFeed {
    /// Where it is.
    pub url: String,
    /// What the list calls it.
    pub title: String,
    /// The page it belongs to.
    pub homepage: Option<String>,
    /// The folders it lies in, from the outside in, then its categories.
    pub folders: Vec<String>,
}

/// Reads a list. Outlines without a feed are folders; what is broken is passed over.
pub fn parse_opml(bytes: &[u8]) -> Vec<OpmlFeed> {
    let decoded = decode(bytes, None, DocumentKind::Xml);
    let mut feeds: Vec<OpmlFeed> = Vec::new();
    let mut open: Vec<Option<String>> = Vec::new();
    for (token, _) in Tokens::new(&decoded.text) {
        match token {
            Token::Open { name, attributes, closed } if name.eq_ignore_ascii_case("outline") => {
                let own = |name: &str| {
                    attribute(attributes, name)
                        .map(|value| html::one_line(&value))
                        .filter(|value| !value.is_empty())
                };
                let title = own("title").or_else(|| own("text"));
                match own("xmlUrl") {
                    Some(url) if feeds.len() < OPML_FEEDS_MAX => {
                        let mut folders: Vec<String> = open.iter().flatten().cloned().collect();
                        // Categories are paths: `/politics/parliament,/south`.
                        let categories = own("category").unwrap_or_default();
                        for part in
                            categories.split([',', '/']).map(str::trim).filter(|part| !part.is_empty())
                        {
                            if !folders.iter().any(|folder| folder == part) {
                                folders.push(part.to_owned());
                            }
                        }
                        feeds.push(OpmlFeed {
                            title: title.unwrap_or_else(|| url.clone()),
                            url,
                            homepage: own("htmlUrl"),
                            folders,
                        });
                        if !closed && open.len() < DEPTH_MAX {
                            open.push(None);
                        }
                    }
                    _ if !closed && open.len() < DEPTH_MAX => open.push(title),
                    _ => {}
                }
            }
            Token::Close { name } if name.eq_ignore_ascii_case("outline") => {
                open.pop();
            }
            _ => {}
        }
    }
    feeds
}

/// Writes a list that every reader understands: one level, folders as categories.
pub fn write_opml(title: &str, feeds: &[OpmlFeed]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n");
    let _ = writeln!(out, "  <head><title>{}</title></head>\n  <body>", escape(title));
    for feed in feeds {
        let _ = write!(
            out,
            "    <outline type=\"rss\" text=\"{0}\" title=\"{0}\" xmlUrl=\"{1}\"",
            escape(&feed.title),
            escape(&feed.url)
        );
        if let Some(homepage) = &feed.homepage {
            let _ = write!(out, " htmlUrl=\"{}\"", escape(homepage));
        }
        if !feed.folders.is_empty() {
            // Commas and slashes separate categories: inside a name they would make two of it.
            let folders: Vec<String> =
                feed.folders.iter().map(|folder| escape(&folder.replace([',', '/'], " "))).collect();
            let _ = write!(out, " category=\"{}\"", folders.join(","));
        }
        out.push_str("/>\n");
    }
    out.push_str("  </body>\n</opml>\n");
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes feeds as `url title [folders]`.
    #[track_caller]
    fn check(body: &str, want: &[&str]) {
        let feeds = parse_opml(format!("<opml><body>{body}</body></opml>").as_bytes());
        let got: Vec<String> = feeds
            .iter()
            .map(|feed| format!("{} {} [{}]", feed.url, feed.title, feed.folders.join(" ")))
            .collect();
        assert_eq!(got, want, "{body}");
    }

    #[test]
    fn folders_are_nested_or_written_as_categories() {
        check(
            "<outline text='ข่าว'><outline text='การเมือง'><outline text='ก' xmlUrl='https://a.example/1'/></outline>\
             <outline text='ข' xmlUrl='https://a.example/2'></outline></outline><outline title='ค &amp; ง' xmlUrl='https://a.example/3'/>",
            &[
                "https://a.example/1 ก [ข่าว การเมือง]",
                "https://a.example/2 ข [ข่าว]",
                "https://a.example/3 ค & ง []",
            ],
        );
        check(
            "<outline xmlUrl='https://a.example/1' category='/ข่าว/ใต้,กีฬา'/>",
            &["https://a.example/1 https://a.example/1 [ข่าว ใต้ กีฬา]"],
        );
    }

    #[test]
    fn broken_lists_give_what_is_there() {
        check(
            "<outline text='x'><outline xmlUrl=https://a.example/1 text=ก><p>",
            &["https://a.example/1 ก [x]"],
        );
        check("", &[]);
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read_again(titles in proptest::collection::vec("[a-zก-ฮ&<>\"']{1,8}", 0..8)) {
            let feed = |title: &String| OpmlFeed {
                url: "https://a.example/?a=1&b=2".to_owned(),
                title: title.clone(),
                homepage: Some("https://a.example/".to_owned()),
                folders: vec![title.clone()],
            };
            let feeds: Vec<OpmlFeed> = titles.iter().map(feed).collect();
            proptest::prop_assert_eq!(parse_opml(write_opml("x", &feeds).as_bytes()), feeds);
        }
    }
}
