//! The world as a crawler meets it: over real sockets, judged by other people's parsers.

#![expect(clippy::unwrap_used, reason = "a test helper that cannot go on has found the fault")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::net::SocketAddr;

use praden_demo::{
    Encoding, ExpectedArticle, Outlet, RefusalReason, RequestSeen, SourceKind, World, WorldOptions, outlets,
    stories,
};
use quick_xml::events::Event;
use scraper::{Html, Selector};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const NOW: &str = "2026-11-23T05:00:42Z";

async fn world(edition: u32) -> World {
    World::start(WorldOptions { now: NOW.parse().unwrap(), edition }).await.unwrap()
}

#[derive(Debug, PartialEq, Eq)]
struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    /// What arrived before the connection closed; chunks are joined.
    body: Vec<u8>,
    /// Whether the body ended where the headers said it would.
    whole: bool,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    fn text(&self, outlet: &Outlet) -> String {
        match outlet.encoding {
            Encoding::Utf8 => String::from_utf8(self.body.clone()).unwrap(),
            Encoding::Windows874 => {
                let (text, _, broken) = encoding_rs::WINDOWS_874.decode(&self.body);
                assert!(!broken, "{}: bytes that windows-874 does not have", outlet.id);
                text.into_owned()
            }
        }
    }
}

/// A GET on a connection of its own, as plain as HTTP/1.1 allows.
async fn get(world: &World, host: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    send(world.hosts()[host], "GET", host, path, headers).await
}

async fn send(to: SocketAddr, method: &str, host: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    let mut stream = TcpStream::connect(to).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut raw = Vec::new();
    // A connection that is reset has still sent something; what arrived is what counts.
    let _ = stream.read_to_end(&mut raw).await;
    read_answer(&raw)
}

fn read_answer(raw: &[u8]) -> Answer {
    let Some(end) = raw.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Answer { status: 0, headers: BTreeMap::new(), body: Vec::new(), whole: false };
    };
    let head = std::str::from_utf8(&raw[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let rest = &raw[end + 4..];
    let (body, whole) = match headers.get("content-length") {
        Some(length) => (rest.to_vec(), rest.len() == length.parse::<usize>().unwrap()),
        None => dechunk(rest),
    };
    Answer { status, headers, body, whole }
}

fn dechunk(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            return (body, true);
        }
        body.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
    (body, false)
}

/// Host, and path with query, of a URL of this world; parameters that only count readers are dropped.
fn split(url: &str) -> (String, String) {
    let (host, rest) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("utm_") && !pair.starts_with("fbclid="))
        .collect();
    let mark = if kept.is_empty() { "" } else { "?" };
    (host.to_owned(), format!("/{path}{mark}{}", kept.join("&")))
}

/// The text of every element called `name`, and the value of `href` for elements without text. Fails on malformed XML.
fn elements(xml: &str, name: &str) -> Vec<String> {
    // The declared encoding is about the bytes; here the text is already decoded.
    let xml = xml.split_once("?>").unwrap().1;
    let mut reader = quick_xml::Reader::from_str(xml);
    let (mut found, mut open) = (Vec::new(), None::<String>);
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => return found,
            Event::Start(tag) if tag.name().as_ref() == name => open = Some(String::new()),
            Event::Empty(tag) if tag.name().as_ref() == name => {
                let href = tag.try_get_attribute("href").unwrap();
                found.extend(href.map(|href| {
                    href.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap().into_owned()
                }));
            }
            Event::End(tag) if tag.name().as_ref() == name => found.extend(open.take()),
            Event::Text(text) => open.iter_mut().for_each(|open| open.push_str(&text.xml10_content())),
            Event::CData(text) => open.iter_mut().for_each(|open| open.push_str(&text.xml10_content())),
            Event::GeneralRef(entity) => {
                let text = quick_xml::escape::unescape(&format!("&{};", entity.xml10_content()))
                    .unwrap()
                    .into_owned();
                open.iter_mut().for_each(|open| open.push_str(&text));
            }
            _ => {}
        }
    }
}

/// The lists of a source as one text: of a sitemap index, the gunzipped part it names.
async fn list(world: &World, outlet: &Outlet, path: &str) -> (SourceKind, String) {
    let source = outlet.sources.iter().find(|source| source.path == path).unwrap();
    let answer = get(world, &outlet.host, path, &[]).await;
    assert_eq!(answer.status, source.status, "{}{path}", outlet.host);
    assert_eq!(answer.header("content-type"), source.content_type, "{}{path}", outlet.host);
    let text = answer.text(outlet);
    if source.kind != SourceKind::SitemapIndex {
        return (source.kind, text);
    }
    let parts = elements(&text, "loc");
    assert_eq!(parts.len(), 1, "{parts:?}");
    let (host, path) = split(&parts[0]);
    let part = get(world, &host, &path, &[]).await;
    let mut xml = String::new();
    flate2::read::GzDecoder::new(part.body.as_slice()).read_to_string(&mut xml).unwrap();
    (SourceKind::NewsSitemap, xml)
}

/// URL and title of each entry, as a reader of that format finds them.
fn entries(outlet: &Outlet, kind: SourceKind, text: &str) -> Vec<(String, Option<String>)> {
    let xml = |item: &str, link: &str, title: &str| -> Vec<(String, Option<String>)> {
        let (open, close) = (format!("<{item}>"), format!("</{item}>"));
        let parts = text.split(&open).skip(1).map(|part| part.split(&close).next().unwrap());
        parts
            .map(|part| {
                let part = format!("<?xml?>{part}");
                (elements(&part, link).remove(0), elements(&part, title).pop())
            })
            .collect()
    };
    match kind {
        SourceKind::Rss => xml("item", "link", "title"),
        SourceKind::Atom => xml("entry", "link", "title"),
        SourceKind::NewsSitemap | SourceKind::SitemapIndex => xml("url", "loc", "news:title"),
        SourceKind::Listing => {
            let how = outlet.sources.iter().find_map(|source| source.selectors.as_ref()).unwrap();
            let css = |selector: &str| Selector::parse(selector).unwrap();
            let html = Html::parse_document(text);
            html.select(&css(&how.item))
                .map(|item| {
                    let link = item.select(&css(&how.link)).next().unwrap().attr("href").unwrap();
                    let title = item.select(&css(&how.title)).next().unwrap().text().collect();
                    (format!("http://{}{link}", outlet.host), Some(title))
                })
                .collect()
        }
    }
}

#[tokio::test]
async fn every_source_lists_the_expected_articles_and_the_refused_ones() {
    let world = world(1).await;
    for edition in [1, 2] {
        world.set_edition(edition);
        for outlet in outlets().unwrap() {
            let expected: Vec<ExpectedArticle> =
                world.expected(edition).into_iter().filter(|article| article.outlet == outlet.id).collect();
            let refused = world.refusals(edition).into_iter().filter(|refusal| refusal.outlet == outlet.id);
            let want: BTreeSet<_> = expected
                .iter()
                .map(|article| article.url.clone())
                .chain(refused.map(|r| r.url))
                .map(|u| split(&u))
                .collect();
            for source in outlet.sources.iter().filter(|source| source.status == 200) {
                let (kind, text) = list(&world, &outlet, &source.path).await;
                if kind != SourceKind::Listing {
                    assert!(!elements(&text, "title").is_empty() || kind == SourceKind::NewsSitemap);
                }
                let got = entries(&outlet, kind, &text);
                let urls: BTreeSet<_> = got.iter().map(|(url, _)| split(url)).collect();
                assert_eq!(urls, want, "{}{} at edition {edition}", outlet.host, source.path);
                for article in &expected {
                    let titles: BTreeSet<Option<&str>> = got
                        .iter()
                        .filter(|(url, _)| split(url) == split(&article.url))
                        .map(|(_, title)| title.as_deref())
                        .collect();
                    let untitled = article.url.ends_with("/news/10236");
                    let want = if untitled { None } else { Some(article.title.as_str()) };
                    assert_eq!(titles, BTreeSet::from([want]), "{}", article.url);
                }
                assert_eq!(
                    got.iter().any(|(url, _)| url.contains("utm_source=rss&") && url.contains("&fbclid=")),
                    source.tracking,
                    "{}",
                    outlet.id
                );
            }
        }
    }
}

#[tokio::test]
async fn every_expected_article_is_on_its_page_to_the_letter() {
    let world = world(2).await;
    let outlets = outlets().unwrap();
    for article in world.expected(2) {
        let (host, path) = split(&article.url);
        let outlet = outlets.iter().find(|outlet| outlet.host == host).unwrap();
        let answer = get(&world, &host, &path, &[]).await;
        assert_eq!((answer.status, answer.whole), (200, true), "{}", article.url);
        assert_eq!(answer.header("content-type"), outlet.page_content_type);
        let html = Html::parse_document(&answer.text(outlet));
        let text: String = html.root_element().text().collect();
        for paragraph in article.paragraphs.iter().chain([&article.title]) {
            assert!(text.contains(paragraph), "{}: the page lacks {paragraph:?}", article.url);
        }
        if let Some(canonical) = html.select(&Selector::parse("link[rel=canonical]").unwrap()).next() {
            assert_eq!(canonical.attr("href"), Some(article.url.as_str()));
        }
        for script in html.select(&Selector::parse("script[type='application/ld+json']").unwrap()) {
            let json: serde_json::Value = serde_json::from_str(&script.text().collect::<String>()).unwrap();
            assert_eq!(json["headline"], article.title.as_str());
            let published: jiff::Timestamp = json["datePublished"].as_str().unwrap().parse().unwrap();
            assert_eq!(Some(published), article.published_at);
        }
        let source = answer.text(outlet);
        let dated = ["2569", "๒๕๖๙", "2026-11"].iter().any(|year| source.contains(year));
        assert_eq!(dated, article.published_at.is_some(), "{}", article.url);
        assert_eq!(answer.headers.contains_key("last-modified"), article.published_at.is_some());
    }
}

#[tokio::test]
async fn windows_874_bytes_are_not_utf8_and_contradict_what_is_declared() {
    let world = world(1).await;
    let outlets = outlets().unwrap();
    let outlet = outlets.iter().find(|outlet| outlet.id == "phanaphrai").unwrap();
    let feed = get(&world, &outlet.host, "/rss.asp", &[]).await;
    assert!(std::str::from_utf8(&feed.body).is_err());
    assert_eq!(feed.header("content-type"), "text/xml; charset=utf-8");
    assert!(feed.body.starts_with(b"<?xml version=\"1.0\" encoding=\"TIS-620\"?>"));
    assert!(feed.text(outlet).contains("พนาไพรรายวัน"));
    let page = get(&world, &outlet.host, "/view.asp?newsid=2301", &[]).await;
    assert!(std::str::from_utf8(&page.body).is_err());
    assert_eq!(page.header("content-type"), "text/html");
    assert!(page.text(outlet).contains("charset=tis-620"));
}

/// Everything that a crawler could ask for, by URL, while the world shows `edition`.
async fn snapshot(world: &World, edition: u32) -> BTreeMap<String, Answer> {
    world.set_edition(edition);
    let mut paths: BTreeSet<(String, String)> =
        world.expected(2).iter().map(|article| split(&article.url)).collect();
    for outlet in outlets().unwrap() {
        for path in ["/", "/robots.txt", "/nothing-here", "/sitemaps/news-1.xml.gz"] {
            paths.insert((outlet.host.clone(), path.to_owned()));
        }
        paths.extend(outlet.sources.iter().map(|source| (outlet.host.clone(), source.path.clone())));
    }
    let mut seen = BTreeMap::new();
    for (host, path) in paths {
        let mut answer = get(world, &host, &path, &[]).await;
        answer.headers.remove("date"); // The server's clock, the one thing that is not part of the world.
        seen.insert(format!("{host}{path}"), answer);
    }
    seen
}

#[tokio::test]
async fn equal_options_give_equal_bytes() {
    let (one, two) = (world(1).await, world(1).await);
    for edition in [1, 2] {
        assert_eq!(snapshot(&one, edition).await, snapshot(&two, edition).await);
    }
}

#[tokio::test]
async fn edition_2_differs_only_where_it_says() {
    let world = world(1).await;
    let (before, after) = (snapshot(&world, 1).await, snapshot(&world, 2).await);
    let changed: Vec<&str> =
        before.iter().filter(|(url, answer)| after[*url] != **answer).map(|(url, _)| url.as_str()).collect();
    assert_eq!(
        changed,
        [
            "www.chanchao-news.example/",
            "www.chanchao-news.example/a/881", // The edited article.
            "www.chanchao-news.example/rss.xml",
            "www.chaophraya-post.example/",
            "www.chaophraya-post.example/feed",
            "www.chaophraya-post.example/news/10260", // New.
            "www.chonlaprathan.example/",
            "www.chonlaprathan.example/announce/121", // New: the clarification.
            "www.chonlaprathan.example/rss",
        ]
    );
    for new in ["www.chaophraya-post.example/news/10260", "www.chonlaprathan.example/announce/121"] {
        assert_eq!((before[new].status, after[new].status), (404, 200), "{new}");
    }
    let difference: Vec<(String, u32)> = world
        .expected(2)
        .into_iter()
        .filter(|article| !world.expected(1).contains(article))
        .map(|article| (article.url, article.revisions))
        .collect();
    let row = |url: &str, revisions| (url.to_owned(), revisions);
    assert_eq!(
        difference,
        [
            row("http://www.chanchao-news.example/a/881", 2),
            row("http://www.chaophraya-post.example/news/10260", 1),
            row("http://www.chonlaprathan.example/announce/121", 1),
        ]
    );
}

#[tokio::test]
async fn conditional_requests_are_answered_with_304_until_something_changes() {
    let world = world(1).await;
    let host = "www.chanchao-news.example";
    for (path, changes) in [("/rss.xml", true), ("/a/881", true), ("/a/882", false), ("/robots.txt", false)] {
        world.set_edition(1);
        let first = get(&world, host, path, &[]).await;
        let etag = first.header("etag").to_owned();
        let modified = first.header("last-modified").to_owned();
        let by_tag: &[(&str, &str)] = &[("If-None-Match", &etag)];
        let again = get(&world, host, path, by_tag).await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        assert_eq!(again.header("etag"), etag, "{path}: a 304 repeats the tag");
        let weak = format!("\"other\", W/{etag}");
        assert_eq!(get(&world, host, path, &[("If-None-Match", &weak)]).await.status, 304, "{path}");
        // The tag wins over the date.
        let both: &[(&str, &str)] = &[("If-None-Match", "\"other\""), ("If-Modified-Since", &modified)];
        assert_eq!(get(&world, host, path, both).await.status, 200, "{path}");
        if !modified.is_empty() {
            assert_eq!(
                get(&world, host, path, &[("If-Modified-Since", &modified)]).await.status,
                304,
                "{path}"
            );
        }
        world.set_edition(2);
        let later = get(&world, host, path, by_tag).await;
        assert_eq!(later.status, if changes { 200 } else { 304 }, "{path}");
        assert_eq!(later.header("etag") != etag, changes, "{path}");
        assert_eq!(later.header("last-modified") != modified, changes, "{path}");
    }
}

#[tokio::test]
async fn pages_are_refused_in_the_way_the_truth_says() {
    let world = world(1).await;
    let outlets = outlets().unwrap();
    let mut reasons = Vec::new();
    for refusal in world.refusals(1) {
        let (host, path) = split(&refusal.url);
        let robots = &outlets.iter().find(|outlet| outlet.host == host).unwrap().robots;
        match refusal.why {
            RefusalReason::Gone => assert_eq!(get(&world, &host, &path, &[]).await.status, 404),
            RefusalReason::Disallowed => {
                let rules = robots.text.lines().filter_map(|line| line.strip_prefix("Disallow: "));
                assert!(rules.into_iter().any(|rule| path.starts_with(rule)), "{path} is not forbidden");
                assert_eq!(get(&world, &host, &path, &[]).await.status, 200);
            }
            RefusalReason::CutOff => {
                let answer = get(&world, &host, &path, &[]).await;
                assert_eq!((answer.status, answer.whole), (200, false));
                assert!(!answer.body.is_empty());
            }
            RefusalReason::Stalls => {} // Held open here, so it has a test of its own.
        }
        reasons.push(format!("{:?}", refusal.why));
    }
    reasons.sort();
    assert_eq!(reasons, ["CutOff", "Disallowed", "Gone", "Stalls"]);
}

#[tokio::test]
async fn dropping_the_world_ends_stalling_answers_and_closes_the_ports() {
    let world = world(1).await;
    let host = "www.paksa-tv.example";
    let address = world.hosts()[host];
    let waiting = tokio::spawn(async move { send(address, "GET", host, "/clip/701", &[]).await });
    while world.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(!waiting.is_finished());
    drop(world);
    assert_eq!(waiting.await.unwrap().body, b"");
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn requests_are_seen_with_what_politeness_is_judged_by() {
    let world = world(1).await;
    let host = "www.chaophraya-post.example";
    let port = format!("{host}:8080");
    get(&world, host, "/robots.txt", &[("User-Agent", "test/1")]).await;
    get(&world, host, "/feed", &[("If-None-Match", "\"x\""), ("If-Modified-Since", "yesterday")]).await;
    send(world.hosts()[host], "GET", &port, "/news/10231?utm_source=rss&fbclid=1", &[]).await;
    send(world.hosts()[host], "GET", "www.lantawan-news.example", "/feed", &[]).await;
    send(world.hosts()[host], "POST", host, "/feed", &[]).await;
    send(world.hosts()[host], "GET", "127.0.0.1", "/", &[]).await;
    let short = |seen: RequestSeen| format!("{} {} {}", seen.method, seen.path, seen.status);
    let requests = world.requests();
    assert!(requests.iter().all(|seen| seen.host == host));
    assert_eq!(requests[0].user_agent.as_deref(), Some("test/1"));
    assert_eq!(requests[1].if_none_match.as_deref(), Some("\"x\""));
    assert_eq!(requests[1].if_modified_since.as_deref(), Some("yesterday"));
    let got: Vec<String> = requests.into_iter().map(short).collect();
    assert_eq!(
        got,
        [
            "GET /robots.txt 200",
            "GET /feed 200",
            "GET /news/10231?utm_source=rss&fbclid=1 200",
            "GET /feed 421", // Sent to the wrong port: a mapping fault.
            "POST /feed 405",
            "GET / 200",
        ]
    );
}

#[tokio::test]
async fn the_world_holds_what_a_desk_needs_to_see() {
    let world = world(1).await;
    let expected = world.expected(1);
    for story in stories().unwrap() {
        let own: Vec<&ExpectedArticle> =
            expected.iter().filter(|article| article.story.as_ref() == Some(&story.id)).collect();
        let outlets: BTreeSet<&str> = own.iter().map(|article| article.outlet.as_str()).collect();
        assert!((5..=7).contains(&outlets.len()), "story {} has {} outlets", story.id, outlets.len());
    }
    assert!(expected.iter().filter(|article| article.story.is_none()).count() >= 20);
    let reprints: Vec<(&str, &str)> = expected
        .iter()
        .filter_map(|article| Some((article.url.as_str(), article.reprint_of.as_deref()?)))
        .collect();
    assert_eq!(reprints.len(), 4);
    for (copy, original) in reprints {
        let find = |url: &str| expected.iter().find(|article| article.url == url).unwrap();
        assert_eq!(find(copy).paragraphs.last(), find(original).paragraphs.last(), "{copy}");
        assert!(find(copy).published_at > find(original).published_at, "{copy} came out before its original");
    }
    let oldest = world.now() - jiff::SignedDuration::from_hours(36);
    for article in world.expected(2) {
        let times = article.published_at.is_none_or(|time| oldest <= time && time < world.now());
        assert!(times, "{} at {:?}", article.url, article.published_at);
        let letters: usize = article.paragraphs.iter().map(|text| text.chars().count()).sum();
        assert!((380..=2_500).contains(&letters), "{} has {letters} characters", article.url);
    }
}

#[tokio::test]
async fn texts_carry_the_dirt_of_real_ones() {
    let world = world(1).await;
    let all: String = world.expected(1).into_iter().flat_map(|article| article.paragraphs).collect();
    for (dirt, what) in [
        ("\u{00A0}", "no-break space"),
        ("\u{200B}", "zero-width space"),
        ("เเ", "two SARA E for SARA AE"),
        ("\u{0E4D}\u{0E49}\u{0E32}", "SARA AM in two pieces"),
        ("\u{0E49}\u{0E49}", "a doubled tone mark"),
        ("๑", "Thai digits"),
        ("ร้อย.", "อย. inside another word"),
        ("ก.พ.", "a month that looks like an agency"),
        ("กระทรวงสาธารณสุขกัมพูชา", "a foreign ministry"),
    ] {
        assert!(all.contains(dirt), "no text has {what}");
    }
}

/// Agency names against the lexicon, which lies beside the project and may be absent.
#[tokio::test]
async fn stories_name_their_agencies_as_the_lexicon_spells_them() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/agencies.tsv");
    let Ok(lexicon) = std::fs::read_to_string(path) else {
        eprintln!("skipped: ../shared/data/agencies.tsv is not there");
        return;
    };
    let names: BTreeMap<&str, Vec<&str>> = lexicon
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .map(|row| (row[0], [row[3], row[5], row[7]].iter().flat_map(|cell| cell.split(';')).collect()))
        .collect();
    let world = world(2).await;
    for story in stories().unwrap() {
        for agency in &story.agencies {
            assert!(names.contains_key(agency.as_str()), "story {}: no agency `{agency}`", story.id);
        }
        for article in world.expected(2).iter().filter(|article| article.story.as_ref() == Some(&story.id)) {
            let text = article.paragraphs.concat();
            let named = story.agencies.iter().any(|agency| {
                names[agency.as_str()].iter().any(|name| !name.is_empty() && text.contains(name))
            });
            assert!(named, "{} names none of {:?}", article.url, story.agencies);
        }
    }
}

#[test]
fn the_fixtures_readme_names_every_outlet() {
    let readme =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/demo/README.md"))
            .unwrap();
    for outlet in outlets().unwrap() {
        assert!(readme.contains(&outlet.name) && readme.contains(&outlet.host), "{}", outlet.id);
    }
    assert!(readme.contains("CC0"));
}
