use super::*;
use praden_model::{DateOrigin, DateTrust};

const NOW: &str = "2024-06-01T09:00:00+07:00";

fn read_at(url: &str, page: &str, selectors: &PageSelectors) -> ExtractedPage {
    extract_page(page.as_bytes(), &Url::parse(url).unwrap(), None, selectors, NOW.parse().unwrap())
}

fn read(page: &str) -> ExtractedPage {
    read_at("https://a.example/news/1", page, &PageSelectors::default())
}

const BODY: &str = "<article><p>ย่อหน้าแรกของข่าวซึ่งยาวพอสมควร มีรายละเอียดของเหตุการณ์ สถานที่ และผู้เกี่ยวข้อง</p>\
    <p>ย่อหน้าที่สองเล่าต่อว่าหน่วยงานใดรับผิดชอบ และจะดำเนินการอย่างไรต่อไปในสัปดาห์หน้า</p></article>";

#[track_caller]
fn check_title(head: &str, body: &str, want: Option<&str>) {
    assert_eq!(
        read(&format!("<html><head>{head}</head><body>{body}{BODY}</body></html>")).title.as_deref(),
        want,
        "{head} {body}"
    );
}

#[test]
fn titles_lose_the_outlets_name() {
    check_title("<title>น้ำท่วมใต้ | สำนักข่าวสมมุติ</title>", "<h1>น้ำท่วมใต้</h1>", Some("น้ำท่วมใต้"));
    check_title("<title>น้ำท่วมใต้หนักสุดในรอบสิบปี - สมมุติ</title>", "", Some("น้ำท่วมใต้หนักสุดในรอบสิบปี"));
    check_title(
        "<meta property=og:title content='น้ำท่วม &amp;amp; ดินถล่ม - ข่าว'><meta property=og:site_name content='ข่าว'>",
        "",
        Some("น้ำท่วม & ดินถล่ม"),
    );
    check_title(
        r#"<script type="application/ld+json">{"@type":"NewsArticle","headline":"พาดหัวจริง"}</script><title>X</title>"#,
        "",
        Some("พาดหัวจริง"),
    );
    check_title("", "", None);
}

/// Checks date, origin and trust in one word each.
#[track_caller]
fn check_date(head: &str, body: &str, want: Option<(&str, DateOrigin, DateTrust)>) {
    let page = read(&format!("<html><head>{head}</head><body>{body}{BODY}</body></html>"));
    let got = page
        .published
        .as_ref()
        .map(|published| (published.at.to_string(), published.origin, published.trust));
    assert_eq!(got, want.map(|(at, origin, trust)| (at.to_owned(), origin, trust)), "{head} {body}");
}

#[test]
fn dates_are_taken_from_machines_first() {
    use DateOrigin::{Markup, StructuredData};
    use DateTrust::{Doubtful, Rejected, Trusted};
    let found = Some(("2024-01-15T01:00:00Z", StructuredData, Trusted));
    check_date(
        r#"<script type="application/ld+json">{"@graph":[{"@type":"WebPage","datePublished":"2020-01-01"},{"@type":["NewsArticle"],"datePublished":"2024-01-15T08:00:00+07:00"}]}</script>"#,
        "",
        found,
    );
    check_date(
        "<script type=application/ld+json>{\"@type\":\"Article\",\"headline\":\"a\nb\",\"datePublished\":\"2024-01-15T08:00:00+07:00\",}</script>",
        "",
        found,
    );
    check_date(
        "<meta property='article:published_time' content='2024-01-15T08:00:00+07:00'>",
        "<time datetime=2023-01-01>",
        found,
    );
    check_date("", "<span itemprop=datePublished content='2024-01-15T08:00:00+07:00'>x</span>", found);
    check_date(
        "",
        "<time datetime='2024-01-15T08:00:00+07:00'>เมื่อวาน</time>",
        Some(("2024-01-15T01:00:00Z", Markup, Trusted)),
    );
    check_date("", "<aside><time datetime='2024-01-15'></time></aside>", None);
    check_date("<meta property='article:published_time' content='2567-01-15T08:00:00+07:00'>", "", found);
    check_date(
        "<meta property='article:published_time' content='2030-01-15T08:00:00+07:00'>",
        "",
        Some(("2030-01-15T01:00:00Z", StructuredData, Rejected)),
    );
    check_date(
        "<meta property='article:modified_time' content='2024-01-15T08:00:00+07:00'>",
        "",
        Some(("2024-01-15T01:00:00Z", StructuredData, Doubtful)),
    );
}

#[test]
fn thai_dates_are_read_where_readers_see_them() {
    use DateOrigin::{Markup, PageText};
    use DateTrust::{Doubtful, Trusted};
    check_date(
        "",
        "<div class=post-date>วันจันทร์ที่ 15 มกราคม 2567</div>",
        Some(("2024-01-14T17:00:00Z", Markup, Trusted)),
    );
    check_date("", "<p>เผยแพร่เมื่อ 15 ม.ค. 2567</p>", Some(("2024-01-14T17:00:00Z", PageText, Doubtful)));
}

/// Checks the day as it is printed: in the zone it was written in.
#[track_caller]
fn check_day(url: &str, page: &str, want: Option<&str>) {
    let printed = serde_json::to_value(read_at(url, page, &PageSelectors::default())).unwrap();
    let got = printed.get("published_at").and_then(serde_json::Value::as_str).and_then(|at| at.get(..10));
    assert_eq!(got, want, "{url} {page}");
}

#[test]
fn the_day_is_the_one_that_readers_saw() {
    let here = "https://a.example/news/1";
    let head = "<h1>A headline of some words</h1>";
    let page = |rest: &str| format!("<html lang=en><body>{head}{rest}{BODY}</body></html>");
    let meta = "<meta property='article:published_time' content='2024-01-15T23:30:00-05:00'>";
    check_day(here, &page(meta), Some("2024-01-15"));
    // The month first, where the country writes so, unless there is a better reason.
    check_day(here, &page("<p class=date>05/03/2024</p>"), Some("2024-05-03"));
    check_day("https://a.example.uk/1", &page("<p class=date>05/03/2024</p>"), Some("2024-03-05"));
    check_day("https://a.example/2024/03/x", &page("<p class=date>05/03/2024</p>"), Some("2024-03-05"));
    check_day(here, &page("<p class=date>5.3.2024</p>"), Some("2024-03-05"));
    // Other languages.
    check_day(here, &page("<span>Veröffentlicht am 12. März 2019</span>"), Some("2019-03-12"));
    check_day(here, &page("<div class=fecha>27 de septiembre de 2018</div>"), Some("2018-09-27"));
    // The date of publication and not that of the change, a neighbour's, a comment's, or today's.
    let both = "<p class=meta>Posted: 1 May 2023 | Updated: 9 May 2023</p>";
    check_day(here, &page(both), Some("2023-05-01"));
    let around = "<aside><time datetime=2024-05-30></time></aside><div class=date>3 Apr 2024</div>\
        <div class=comments><time datetime=2024-05-01></time></div><div class=related><span class=date>1 Jan 2020</span></div>";
    check_day(here, &page(around), Some("2024-04-03"));
    check_day(here, &page("<div class=copyright>© 1 Jan 2020</div>"), None);
    check_day(here, &page("<time>2 hours ago</time>"), None);
    check_day(here, &page("<p>The meeting of March 2024 was long.</p>"), None);
    // The address decides where a moved system says something else, and where there is nothing else.
    let moved = "<meta property='article:published_time' content='2023-11-01T08:00:00+07:00'>";
    check_day("https://a.example/2016/05/12/x", &page(moved), Some("2016-05-12"));
    check_day("https://a.example/2019/nov/18/x", &page(""), Some("2019-11-18"));
    // Pages that are put together in the browser.
    check_day(
        here,
        &page(r#"<script>window.x={"publishedAt":"2024-02-03T10:00:00Z"}</script>"#),
        Some("2024-02-03"),
    );
}

#[test]
fn a_day_in_the_address_is_doubtful() {
    let page = read_at("https://a.example/2024/01/15/x", BODY, &PageSelectors::default());
    let published = page.published.unwrap();
    assert_eq!(
        (published.at.to_string().as_str(), published.trust),
        ("2024-01-14T17:00:00Z", DateTrust::Doubtful)
    );
}

#[test]
fn selectors_of_the_source_come_first() {
    let selectors = PageSelectors {
        title: Some(".head".into()),
        body: Some(".news".into()),
        date: Some(".when".into()),
        ..PageSelectors::default()
    };
    let page = read_at(
        "https://a.example/1",
        "<h1>X</h1><div class=head>พาดหัว</div><div class=when>15 ม.ค. 2567</div><div class=news>หนึ่ง<p>สอง<script>x</script></div><p>Y",
        &selectors,
    );
    assert_eq!(
        (page.title.as_deref(), page.text.as_str(), page.found_by),
        (Some("พาดหัว"), "หนึ่ง\nสอง", FoundBy::Selector)
    );
    assert_eq!(
        page.published.map(|published| published.at.to_string()).as_deref(),
        Some("2024-01-14T17:00:00Z")
    );
}

#[test]
fn pages_without_text_say_so_or_use_their_own_data() {
    assert_eq!(read("").warnings, [Warning::TitleMissing, Warning::TextEmpty, Warning::DateMissing]);
    let body = "ย่อหน้าจากข้อมูลของหน้าเว็บเอง ".repeat(20);
    let page = read(&format!(
        r#"<script type="application/ld+json">{{"@type":"NewsArticle","articleBody":"{body}"}}</script><div id=__next></div>"#
    ));
    assert!(page.text.starts_with("ย่อหน้าจากข้อมูล"));
}

#[test]
fn the_page_names_its_address_picture_language_and_authors() {
    let page = read(
        "<html lang=th-TH><base href='https://a.example/x/'><link rel=canonical href='../news/1'><meta property=og:image content=/p.jpg>\
         <meta name=author content='สมหญิง ข่าวดี'><meta name=author content=admin>",
    );
    assert_eq!(page.canonical_url.as_ref().map(Url::as_str), Some("https://a.example/news/1"));
    assert_eq!(page.image.as_ref().map(Url::as_str), Some("https://a.example/p.jpg"));
    assert_eq!(
        (page.language.as_deref(), page.authors.as_slice()),
        (Some("th-TH"), &["สมหญิง ข่าวดี".to_owned()][..])
    );
}

#[test]
fn the_printed_form_has_the_contracts_names() {
    let value = serde_json::to_value(read(BODY)).unwrap();
    for name in [
        "title",
        "text",
        "authors",
        "published_at",
        "published_origin",
        "published_trust",
        "canonical_url",
        "image",
        "language",
        "warnings",
    ] {
        assert!(value.get(name).is_some(), "{name}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn any_page_is_read(page in "(<(/?(html|head|body|div|p|table|td|time datetime=2|meta name=date content=x|script type=application/ld.json|title))>|[a-z0-9{}\":, ]|ก|15 ม.ค. 67){0,80}") {
        read(&page);
    }
}
