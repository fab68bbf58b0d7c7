use super::*;

const NOW: &str = "2024-06-01T09:00:00+07:00";

fn parse(text: &str) -> Result<ParsedFeed, FeedError> {
    parse_feed(text.as_bytes(), None, Url::parse("https://a.example/rss").ok().as_ref(), NOW.parse().unwrap())
}

/// Writes each entry as `title|link|summary`.
#[track_caller]
fn check(text: &str, want: &[&str]) {
    let feed = parse(text).unwrap();
    let part = |part: &Option<String>| part.clone().unwrap_or_default();
    let got: Vec<String> = feed
        .entries
        .iter()
        .map(|e| format!("{}|{}|{}", part(&e.title), part(&e.link), part(&e.summary)))
        .collect();
    assert_eq!(got, want, "{text}");
}

#[test]
fn the_dialects_are_one() {
    let want = &["ข่าว|https://a.example/1|สรุป"];
    check(
        "<rss><channel><item><title>ข่าว</title><link>/1</link><description>สรุป</description></item></channel></rss>",
        want,
    );
    check(
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>ข่าว</title><link href='/1'/><summary>สรุป</summary></entry></feed>",
        want,
    );
    check(
        "<rdf:RDF xmlns='http://purl.org/rss/1.0/'><channel/><item><title>ข่าว</title><link>/1</link><description>สรุป</description></item></rdf:RDF>",
        want,
    );
    check(
        "<RSS><CHANNEL><ITEM><TITLE>ข่าว</TITLE><LINK>/1</LINK><DESCRIPTION>สรุป</DESCRIPTION></ITEM></CHANNEL></RSS>",
        want,
    );
    check(
        r#"{"version":"https://jsonfeed.org/version/1.1","items":[{"id":7,"title":"ข่าว","url":"/1","summary":"สรุป"}]}"#,
        want,
    );
}

#[test]
fn broken_feeds_give_what_can_be_read() {
    check("<b>Warning</b>: mysql in /x.php<rss><item><title>A & B</title></item></rss>", &["A & B||"]);
    check("<rss><item><title>A<link>/1<item><title>B</title>", &["A|https://a.example/1|", "B||"]);
    check("<rss><item><title>A</title><description><![CDATA[<p>x", &["A||<p>x"]);
    check(
        "<rss><item><description>a<br>b<p>c</description><title>A</title></item></rss>",
        &["A||a<br />b<p>c"],
    );
    check("<rss><item><title>&ldquo;A&rdquo;&nbsp;B</title><junk></item></rss>", &["“A”\u{A0}B||"]);
    check("<rss><item><title>A\u{1}\u{0}</title></item></rss>garbage", &["A||"]);
    check(
        "<rss><item><title>A</title><guid>https://a.example/9</guid></item></rss>",
        &["A|https://a.example/9|"],
    );
    check(
        "<rss><item><guid isPermaLink='false'>https://a.example/9</guid><title>A</title></item></rss>",
        &["A||"],
    );
}

#[test]
fn what_belongs_to_something_else_is_not_taken() {
    check(
        "<rss><channel><image><title>X</title><link>/x</link></image><item><media:group><media:title>Y</media:title></media:group>\
         <title>A</title></item></channel></rss>",
        &["A||"],
    );
    let feed =
        parse("<rss><channel><title>F</title><image><title>X</title></image></channel></rss>").unwrap();
    assert_eq!(feed.feed.title.as_deref(), Some("F"));
}

#[test]
fn names_are_stable_and_differ() {
    let text = "<rss><item><title>A</title></item><item><title>B</title></item>\
                <item><guid>1</guid><link>/1</link></item><item><guid>1</guid><link>/2</link></item></rss>";
    let ids = || parse(text).unwrap().entries.into_iter().map(|entry| entry.id).collect::<Vec<_>>();
    let first = ids();
    assert_eq!(first, ids());
    assert_eq!(first.get(2..).unwrap(), ["1", "https://a.example/2"]);
    assert_eq!(first.iter().collect::<HashSet<_>>().len(), 4);
}

#[test]
fn what_is_no_feed_is_refused_by_name() {
    let refused = |text: &str| parse(text).unwrap_err().to_string();
    assert_eq!(refused(" \n"), "the answer is empty: expected RSS, Atom or JSON Feed");
    assert_eq!(
        refused("<!doctype html><title>ปิดปรับปรุง</title><p>x"),
        "a web page came instead of a feed (`ปิดปรับปรุง`): the outlet may have moved its feed, or shows a notice to crawlers"
    );
    assert_eq!(refused("hello"), "expected RSS, Atom or JSON Feed, found `hello`");
    assert_eq!(refused("{\"a\":1}"), "expected RSS, Atom or JSON Feed, found `{\"a\":1}`");
}

#[test]
fn dates_that_cannot_be_read_are_kept_as_written() {
    let feed = parse(
        "<rss><item><pubDate>someday</pubDate></item><item><pubDate>2024-01-15T08:00:00+07:00</pubDate></item></rss>",
    );
    let feed = feed.unwrap();
    assert_eq!(feed.entries[0].date_unreadable.as_deref(), Some("someday"));
    assert_eq!(
        feed.entries[1].published.as_ref().map(|date| date.at.to_string()).as_deref(),
        Some("2024-01-15T01:00:00Z")
    );
}

#[test]
fn entries_are_bounded() {
    let text = format!("<rss>{}</rss>", "<item><title>x</title></item>".repeat(ENTRIES_MAX + 5));
    let feed = parse(&text).unwrap();
    assert_eq!((feed.entries.len(), feed.entries_over_limit), (ENTRIES_MAX, 5));
}

#[test]
fn titles_and_bodies_have_a_plain_form() {
    let feed = parse(
        "<rss><item><title>A &amp;#8217;s &lt;b&gt;B&lt;/b&gt;</title><description>&lt;p&gt;x&lt;p&gt;y</description></item></rss>",
    );
    let feed = feed.unwrap();
    assert_eq!(feed.entries[0].title_text().as_deref(), Some("A ’s B"));
    assert_eq!(feed.entries[0].body_text(), "x\ny");
}

proptest::proptest! {
    #[test]
    fn any_document_is_read_or_refused(
        text in "(<(/?(rss|channel|item|title|link|description|feed|entry|content type='xhtml'|div|a:b)|!\\[CDATA\\[|!--)>?|]]>|[a-z&;<>'\" ]|&amp;|ก){0,60}"
    ) {
        let _ = parse(&text);
        let _ = parse(&format!("<rss><item>{text}"));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        let _ = parse_feed(&bytes, None, None, NOW.parse().unwrap());
    }
}
