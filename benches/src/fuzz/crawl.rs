//! What `praden-crawl` promises for any bytes at all: an answer or a clean error, within bounds, and the same one again.

use jiff::Timestamp;
use praden_crawl::decode::{DocumentKind, decode};
use praden_crawl::feed::{ENTRIES_MAX, parse_feed};
use praden_crawl::listing::{discover_feeds, parse_listing};
use praden_crawl::opml::{parse_opml, write_opml};
use praden_crawl::page::extract_page;
use praden_crawl::robots::Robots;
use praden_crawl::sitemap::parse_sitemap;
use praden_model::PageSelectors;
use url::Url;

use super::Target;

const WORDS: &[&str] = &[
    "<",
    ">",
    "</",
    "/>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<!DOCTYPE rss [",
    "<!ENTITY x \"y\">",
    "&",
    "&amp;",
    "&nbsp;",
    "&ldquo;",
    "&#0;",
    "&#x0E01;",
    "&#128;",
    "&x;",
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
    "encoding=\"windows-874\"",
    "encoding=\"utf-16\"",
    "<rss>",
    "<rss version=\"2.0\">",
    "<channel>",
    "<item>",
    "</item>",
    "<title>",
    "</title>",
    "<link>",
    "<guid>",
    "<pubDate>",
    "<feed xmlns=\"http://www.w3.org/2005/Atom\">",
    "<entry>",
    "<content type=\"xhtml\">",
    "<rdf:RDF>",
    "xmlns:dc=\"http://purl.org/dc/elements/1.1/\"",
    "<dc:date>",
    "<urlset>",
    "<loc>",
    "<sitemapindex>",
    "<svg>",
    "<math>",
    "<script type=\"application/ld+json\">",
    "</script>",
    "{\"@type\":\"NewsArticle\",\"datePublished\":\"",
    "<table><tr><td>",
    "<div>",
    "</div>",
    "<p>",
    "<time datetime=\"",
    "<meta property=\"article:published_time\" content=\"",
    "<h1>",
    "<article>",
    "2024-01-15T08:30:00+07:00",
    "Mon, 15 Jan 2567 08:30:00 ICT",
    "15 ม.ค. 2567",
    "05/03/2024",
    "12. März 2019",
    "2018年10月12日",
    "น้ำท่วม",
    "\u{FEFF}",
    "\u{0}",
    "\u{1B}",
    "\r\n",
    "\n",
    "\t",
    "\"",
    "'",
    "=",
    ";",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "User-agent: *\n",
    "Disallow: /",
    "Allow: ",
    "$",
    "*",
    "%E0%B8",
    "Crawl-delay: ",
    "Sitemap: ",
    "<outline xmlUrl=\"http://a.example/\">",
    "class=\"post-date\"",
    "itemprop=datePublished",
    "xml:base=\"http://a.example/\"",
];

const SEEDS: &[&str] = &[
    "",
    "<rss><channel><item><title>ก & ข<link>http://a.example/1</item>",
    "<html lang=th><h1>พาดหัวของข่าวหนึ่ง</h1><p class=post-date>15 ม.ค. 2567</p><article><p>เนื้อข่าว</p></article>",
    "User-agent: *\nDisallow: /a*b$\n",
    "{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{\"id\":1}]}",
];

const NOW: Timestamp = Timestamp::constant(1_717_200_000, 0);

/// The targets of this crate.
#[must_use]
pub fn targets() -> Vec<Target> {
    let target = |name, run, fixtures, bytes_max| Target {
        name,
        run,
        fixtures,
        seeds: SEEDS,
        words: WORDS,
        bytes_max,
    };
    vec![
        target("crawl-feed", feed, &["feeds"] as &[_], 4096),
        target("crawl-decode", decoding, &["feeds"], 4096),
        target("crawl-sitemap", sitemap, &["feeds"], 4096),
        target("crawl-opml", opml, &["feeds"], 4096),
        target("crawl-robots", robots, &["feeds/robots.txt"], 2048),
        target("crawl-page", page, &["pages"], 32 * 1024),
        target("crawl-listing", listing, &["pages"], 32 * 1024),
    ]
}

fn base() -> Option<Url> {
    Url::parse("https://a.example/news/").ok()
}

/// Repair and parse: bounded, with an id for each entry, and the same again.
pub fn feed(input: &[u8]) {
    let parse = || parse_feed(input, None, base().as_ref(), NOW);
    let (first, second) = (parse(), parse());
    match (&first, &second) {
        (Ok(first), Ok(second)) => {
            assert!(first.entries.len() <= ENTRIES_MAX);
            let ids = |feed: &praden_crawl::feed::ParsedFeed| -> Vec<String> {
                feed.entries.iter().map(|entry| entry.id.clone()).collect()
            };
            assert_eq!(ids(first), ids(second), "ids change from one reading to the next");
            for entry in &first.entries {
                assert!(!entry.id.is_empty(), "an entry without an id");
                let _ = (entry.title_text(), entry.body_text());
            }
        }
        (Err(first), Err(second)) => assert_eq!(first.to_string(), second.to_string()),
        _ => assert_eq!(first.is_ok(), second.is_ok(), "read once and not the next time"),
    }
}

/// Any bytes become text, of bounded length, by an encoding with a name.
pub fn decoding(input: &[u8]) {
    for kind in [DocumentKind::Html, DocumentKind::Xml, DocumentKind::Plain] {
        for content_type in [None, Some("text/html; charset=windows-874"), Some("text/xml; charset=utf-8")] {
            let decoded = decode(input, content_type, kind);
            assert!(!decoded.charset.is_empty());
            assert!(
                decoded.text.len() <= 3 * input.len() + 3,
                "{} became {}",
                input.len(),
                decoded.text.len()
            );
        }
    }
}

/// A sitemap, an index, or a clean error.
pub fn sitemap(input: &[u8]) {
    let (first, second) = (parse_sitemap(input, None), parse_sitemap(input, None));
    assert_eq!(first.is_ok(), second.is_ok());
}

/// What was read of a list is read again from what is written of it.
pub fn opml(input: &[u8]) {
    let feeds = parse_opml(input);
    let again = parse_opml(write_opml("list", &feeds).as_bytes());
    assert_eq!(again.len(), feeds.len(), "{feeds:?}");
    for (one, other) in feeds.iter().zip(&again) {
        assert_eq!(one.url, other.url);
    }
}

/// Any file gives a verdict for any address, and its line is one of the file's.
pub fn robots(input: &[u8]) {
    let file = Robots::parse(input);
    let lines = input.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
    let text = String::from_utf8_lossy(input);
    for url in ["https://a.example/", "https://a.example/private/x.php?a=%E0", text.as_ref(), ""] {
        for agent in ["Praden", "", "*"] {
            let verdict = file.check(agent, url);
            assert!(verdict.line.is_none_or(|line| (1..=lines).contains(&(line as usize))), "{verdict:?}");
        }
    }
    let _ = (file.crawl_delay_s("Praden"), file.sitemaps().count());
}

/// Any page gives an article or none, which can be printed, with the same date again.
pub fn page(input: &[u8]) {
    let Some(url) = base() else { return };
    let read = || extract_page(input, &url, None, &PageSelectors::default(), NOW);
    let first = read();
    assert!(!first.text.contains('\r') && first.title.as_ref().is_none_or(|title| !title.contains('\n')));
    assert!(serde_json::to_string(&first).is_ok());
    if input.len().is_multiple_of(8) {
        assert_eq!(first, read(), "read differently the next time");
    }
}

/// Any page gives links or a clean error, each absolute and once.
pub fn listing(input: &[u8]) {
    let Some(url) = base() else { return };
    if let Ok(links) = parse_listing(input, None, &url, None) {
        let mut seen: Vec<&str> = links.iter().map(|link| link.url.as_str()).collect();
        seen.sort_unstable();
        assert!(seen.windows(2).all(|pair| pair[0] != pair[1]), "{seen:?}");
    }
    let _ = discover_feeds(input, None, &url);
}
