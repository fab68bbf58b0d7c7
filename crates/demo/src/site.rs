//! What a host answers to one request: the whole behaviour of the world as one pure function.
//!
//! Sending the answer, stalling and breaking off are left to `world`.

use std::io::Write as _;

use flate2::{Compression, GzBuilder};

use crate::corpus::{Quirk, Source, SourceKind};
use crate::markup::encode;
use crate::view::{Shown, View};
use crate::{dates, feed, page};

/// One answer, before the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
    /// Quoted, as in the header; only successful answers have one.
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
    pub(crate) trouble: Option<Trouble>,
}

/// How a connection goes wrong although the request was fine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Stall,
    CutOff,
}

/// The conditions of a conditional GET (RFC 9110, section 13).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Conditions<'a> {
    pub(crate) if_none_match: Option<&'a str>,
    pub(crate) if_modified_since: Option<&'a str>,
}

/// Answers a GET for `path_and_query`.
pub(crate) fn respond(view: &View<'_>, path_and_query: &str, conditions: Conditions<'_>) -> Reply {
    let reply = content(view, &without_tracking(path_and_query));
    let fresh = match (conditions.if_none_match, conditions.if_modified_since) {
        // `If-None-Match` wins when both are sent; the date is then ignored.
        (Some(tags), _) => reply.etag.as_deref().is_some_and(|own| {
            tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == own)
        }),
        // Clients send back the very text they got, so equality is enough and no date needs parsing.
        (None, Some(since)) => reply.last_modified.as_deref() == Some(since.trim()),
        (None, None) => false,
    };
    if fresh && reply.status == 200 && reply.trouble.is_none() {
        Reply { status: 304, body: Vec::new(), ..reply }
    } else {
        reply
    }
}

fn content(view: &View<'_>, path: &str) -> Reply {
    if path == "/robots.txt" {
        let robots = &view.outlet.robots;
        return match robots.status {
            200 => success("text/plain; charset=utf-8", robots.text.as_bytes().to_vec(), None),
            status => failure(view, status),
        };
    }
    if let Some(source) = view.outlet.sources.iter().find(|source| source.path == path) {
        return listed(view, source);
    }
    let index = view.outlet.sources.iter().find(|source| source.kind == SourceKind::SitemapIndex);
    if let (feed::SITEMAP_PART, Some(source)) = (path, index) {
        return match gzip(&encode(&feed::news_sitemap(view, source), view.outlet.encoding)) {
            Ok(bytes) => success("application/gzip", bytes, Some(dates::http(view.changed()))),
            Err(_) => failure(view, 500),
        };
    }
    if page::is_front_page(view, path) {
        let html = encode(&page::listing(view), view.outlet.encoding);
        return success(&view.outlet.page_content_type, html, Some(dates::http(view.changed())));
    }
    match view.articles().into_iter().find(|shown| shown.article.path == path) {
        Some(shown) => article(view, &shown),
        None => failure(view, 404),
    }
}

fn listed(view: &View<'_>, source: &Source) -> Reply {
    if source.status != 200 {
        return failure(view, source.status);
    }
    let bytes = encode(&feed::render(view, source), view.outlet.encoding);
    success(&source.content_type, bytes, Some(dates::http(view.changed())))
}

fn article(view: &View<'_>, shown: &Shown<'_>) -> Reply {
    if shown.article.has(Quirk::Gone) {
        return failure(view, 404);
    }
    let html = encode(&page::article(view, shown), view.outlet.encoding);
    let modified = (!shown.article.has(Quirk::Undated)).then(|| dates::http(shown.modified));
    let mut reply = success(&view.outlet.page_content_type, html, modified);
    if shown.article.has(Quirk::Stalls) {
        reply.trouble = Some(Trouble::Stall);
    } else if shown.article.has(Quirk::CutOff) {
        reply.trouble = Some(Trouble::CutOff);
    }
    reply
}

fn success(content_type: &str, body: Vec<u8>, last_modified: Option<String>) -> Reply {
    let etag = Some(format!("\"{:016x}\"", fnv1a(&body)));
    Reply { status: 200, content_type: content_type.to_owned(), body, etag, last_modified, trouble: None }
}

fn failure(view: &View<'_>, status: u16) -> Reply {
    let body = encode(&page::error(view, status), view.outlet.encoding);
    let content_type = view.outlet.page_content_type.clone();
    Reply { status, content_type, body, etag: None, last_modified: None, trouble: None }
}

/// Compresses with an empty header: no file name and no time, so that equal input gives equal bytes.
fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// FNV-1a, 64 bits: an entity tag needs to differ when the bytes do, not to resist an attacker.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The path and query without the parameters that only count readers.
fn without_tracking(path_and_query: &str) -> String {
    let Some((path, query)) = path_and_query.split_once('?') else { return path_and_query.to_owned() };
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("utm_") && !pair.starts_with("fbclid="))
        .collect();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Corpus;
    use proptest::prelude::*;

    proptest! {
        /// Whatever is asked, each host answers; what it answers depends on the question alone.
        #[test]
        fn every_question_has_one_answer(
            path in "(/(news|a|feed|robots.txt|read.php)?(/|[0-9]{0,6}))?[?&=%/a-zก-ฮ]{0,12}",
            tag in proptest::option::of("[\"W/*, a-f0-9]{0,24}"),
            since in proptest::option::of(".{0,30}"),
            edition: u32,
            seconds in -377_705_023_201_i64..=253_402_207_200,
        ) {
            let corpus = Corpus::embedded().expect("sound fixtures");
            let now = jiff::Timestamp::from_second(seconds).expect("a second in jiff's range");
            let conditions = Conditions { if_none_match: tag.as_deref(), if_modified_since: since.as_deref() };
            for outlet in &corpus.outlets {
                let view = View { corpus: &corpus, outlet, edition, now };
                let reply = respond(&view, &path, conditions);
                prop_assert!([200, 304, 404, 500].contains(&reply.status), "{} {path}", outlet.host);
                prop_assert_eq!(reply.status == 304, reply.body.is_empty());
                prop_assert_eq!(reply, respond(&view, &path, conditions));
            }
        }
    }

    #[test]
    fn tracking_parameters_do_not_change_the_page() {
        for (asked, want) in [
            ("/news/1", "/news/1"),
            ("/news/1?utm_source=rss&utm_medium=feed&fbclid=IwAR0", "/news/1"),
            ("/read.php?id=7&utm_source=rss", "/read.php?id=7"),
            ("/read.php?id=7", "/read.php?id=7"),
            ("/news/1?", "/news/1"),
        ] {
            assert_eq!(without_tracking(asked), want, "{asked}");
        }
    }

    #[test]
    fn fnv_agrees_with_its_published_vectors() {
        // http://www.isthe.com/chongo/tech/comp/fnv/, 64-bit FNV-1a.
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
