//! What queries mean: how they are read, and which articles they find.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

use jiff::Timestamp;
use praden_model::{
    AcceptRule, AgencyId, AnalyzedText, ArticleId, CanonicalUrl, DateOrigin, DateTrust, FieldName, IssueKind,
    Mention, OutletId, PlaceId, Published, Revision, RuleId, Seq, SourceId, Span, StoryId,
};
use praden_query::{DocumentView, Expr, Occurrence, near_count, near_matches, near_places, parse};
use praden_text::Segmenter;
use proptest::prelude::*;

fn now() -> Timestamp {
    "2025-07-31T23:30:00Z".parse().unwrap()
}

fn tree(query: &str) -> Expr {
    parse(query, now()).unwrap_or_else(|error| panic!("{query:?}: {error}")).tree
}

#[track_caller]
fn check_reading(query: &str, want: &str) {
    let tree = tree(query);
    assert_eq!(tree.to_string(), want, "{query:?}");
    assert_eq!(parse(want, now()).map(|query| query.tree), Ok(tree), "canonical text means the same");
}

#[test]
fn precedence_and_brackets() {
    check_reading("aa bb", "aa AND bb");
    check_reading("aa AND bb AND cc", "aa AND bb AND cc");
    check_reading("aa (bb cc)", "aa AND bb AND cc");
    check_reading("aa OR bb cc", "aa OR (bb AND cc)");
    check_reading("(aa OR bb) cc", "(aa OR bb) AND cc");
    check_reading("aa NOT bb", "aa AND NOT bb");
    check_reading("NOT (aa OR bb)", "NOT (aa OR bb)");
    check_reading("NOT NOT aa", "NOT (NOT aa)");
    check_reading("aa OR (bb OR cc)", "aa OR bb OR cc");
    check_reading("aa NEAR/3 bb cc", "aa NEAR/3 bb AND cc");
    check_reading("(aa OR \"bb cc\") ONEAR/9 dd*", "(aa OR \"bb cc\") ONEAR/9 dd*");
    check_reading("NOT aa NEAR/3 bb", "NOT (aa NEAR/3 bb)");
}

#[test]
fn fields_and_values() {
    check_reading("title:น้ำท่วม", "title:น้ำท่วม");
    check_reading("TITLE:\"aa bb\"", "title:\"aa bb\"");
    check_reading("title:(aa OR bb)", "title:aa OR title:bb");
    check_reading("title:(aa NEAR/2 bb)", "title:(aa NEAR/2 bb)");
    check_reading("title:aa NEAR/2 title:bb", "title:(aa NEAR/2 bb)");
    check_reading("outlet:(Thaigov OR nbt)", "outlet:thaigov OR outlet:nbt");
    check_reading("source:a-b agency:ddpm story:st-7", "source:a-b AND agency:ddpm AND story:st-7");
    check_reading("date:2568-07-01..2568-07-31", "date:2025-07-01..2025-07-31");
    check_reading("author:สมชาย", "author:\"สมชาย\"");
    check_reading("author:(\"สมชาย ใจดี\" OR Jo*)", "author:\"สมชาย ใจดี\" OR author:Jo*");
    check_reading(
        "rule:\"not\" outlet:(\"or\" OR \"near\")",
        "rule:\"not\" AND (outlet:\"or\" OR outlet:\"near\")",
    );
    check_reading(
        "url:http://-../ url:http://a.example../x",
        "url:\"http://-/\" AND url:\"http://a.example/x\"",
    );
    check_reading("date:today", "date:2025-08-01");
    check_reading("url:https://Example.com/a?utm_source=x&id=1", "url:\"https://example.com/a?id=1\"");
    check_reading("(url:https://example.com/a_(b))", "url:\"https://example.com/a_(b)\"");
    check_reading("url:https://example.com/news*", "url:\"https://example.com/news*\"");
    check_reading("url:urn:praden:afnc:1", "url:\"urn:praden:afnc:1\"");
}

#[test]
fn wildcards_exact_letters_and_thai_operators() {
    check_reading("Fl*od gr?y น้*วม", "Fl*od AND gr?y AND น้*วม");
    // Its small letters are two, and stand in another order than normal form has them.
    check_reading("İ\u{323}a*b**", "Ị\u{307}a*b*");
    check_reading("title:fl*od NEAR/3 title:gr?y", "title:(fl*od NEAR/3 gr?y)");
    check_reading("flood**", "flood*");
    check_reading("=กรมการแพทย์", "=\"กรมการแพทย์\"");
    check_reading("title:=\"ก.พ.\u{A0}๒๕๖๘ *\"", "title:=\"ก.พ. 2568 *\"");
    check_reading("NOT =AND", "NOT =\"AND\"");
    check_reading("ฝน และ ลม หรือ ไม่ ฟ้า", "(ฝน AND ลม) OR NOT ฟ้า");
    check_reading("ฝน \"และ\" ลม", "ฝน AND \"และ\" AND ลม");
    check_reading(
        "rule:Floods kind:complaint place:chiang-mai lang:TH",
        "rule:floods AND kind:complaint AND place:chiang-mai AND lang:th",
    );
}

#[test]
fn quotes_in_quotes_belong_to_what_is_quoted() {
    // Pasted headlines.
    check_reading("\"aa “bb” cc\"", "\"aa “bb” cc\"");
    check_reading("“aa \"bb\" cc”", "\"aa  bb  cc\"");
    check_reading("\"aa “bb „cc” dd” ee\" ff", "\"aa “bb „cc” dd” ee\" AND ff");
    check_reading("“aa “bb” cc” ff", "\"aa “bb” cc\" AND ff");
    check_reading("author:“aa \"bb\"”", "author:\"aa  bb\"");
    // Mixed by a word processor.
    check_reading("\"aa bb” OR \"cc dd”", "\"aa bb\" OR \"cc dd\"");
    check_reading("“aa bb\" OR “cc dd\"", "\"aa bb\" OR \"cc dd\"");
    check_reading("„aa bb“ OR ”cc dd”", "\"aa bb\" OR \"cc dd\"");
    check_reading("＂aa bb＂ OR \"cc dd＂", "\"aa bb\" OR \"cc dd\"");
    // In exact letters a quote is a letter, written twice where it would end them.
    check_reading("=\"“ไม่ลาออก”\"", "=\"““ไม่ลาออก””\"");
    check_reading("=\"ย้ำ \"\"ไม่\"\" ออก\"", "=\"ย้ำ \"\"ไม่\"\" ออก\"");
    check_reading("=\"\"\"ไม่\"\"\"", "=\"\"\"ไม่\"\"\"");
    check_reading("=\"ออก”” แล้ว\"", "=\"ออก”” แล้ว\"");
    check_reading("=“ออก” =\"ไป”", "=\"ออก\" AND =\"ไป\"");
    check("=\"\"\"ไม่\"\"\"", "ย้ำ \"ไม่\" ออก", Some(&["\"ไม่\""]));
    check("=\"“ไม่”\"", "ย้ำ “ไม่” ออก", Some(&["“ไม่”"]));
    check("\"ย้ำ “ไม่” ออก\"", "ย้ำ \"ไม่\" ออก", Some(&["ย้ำ \"ไม่\" ออก"]));
}

#[test]
fn words_are_read_in_normal_form() {
    check_reading("๒๕๖๘", "2568");
    check_reading("เเม่น้ำ", "แม่น้ำ");
    check_reading("“heavy rain”", "\"heavy rain\"");
    check_reading("\"AND\"", "\"AND\"");
    check_reading("\"rain?\"", "\"rain?\"");
    check_reading("10:30", "10:30");
    check_reading("aa\u{A0}AND\u{200B} bb", "aa AND bb");
    check_reading("\u{200B}=ab*", "=\"ab*\"");
    check_reading("\u{16}=ab* \u{1}OR\u{2} cc", "=\"ab*\" OR cc");
    check_reading("\u{FEFF}title:\u{200B}ฝน", "title:ฝน");
}

#[test]
fn what_may_surprise_is_said() {
    for (query, want) in [
        ("aa OR bb cc", &["column 1: AND binds tighter than OR; this was read as aa OR (bb AND cc)"][..]),
        ("aa OR (bb cc)", &[]),
        ("C++", &["column 1: punctuation is not searched; `C++` finds the word c"]),
        (
            "ฝน \"a, b\"",
            &["column 4: punctuation is not searched; `\"a, b\"` finds the words a b next to each other"],
        ),
        ("='ฝนตก'", &["column 1: the marks around it are letters here; without them: =\"ฝนตก\""]),
        ("='90s", &[]),
        (
            "ฝนตกANDลมแรง",
            &["column 1: `AND` is part of the word here; as an operator it has spaces around it"],
        ),
        ("ฝนOR ORลม Andante", &[]),
        ("\"heavy rain\"", &[]),
        ("ฝน หรือ ลม", &["column 4: `หรือ` was read as OR; to search for the word itself: \"หรือ\""]),
        ("ไม่ ลม", &["column 1: `ไม่` was read as NOT; to search for the word itself: \"ไม่\""]),
        (
            "rain?",
            &["column 1: `?` stands for exactly one letter; for a question mark write the words in quotes"],
        ),
    ] {
        let got: Vec<String> =
            parse(query, now()).unwrap().warnings.iter().map(ToString::to_string).collect();
        assert_eq!(got, want, "{query:?}");
    }
}

#[test]
fn how_a_query_was_understood_can_be_shown() {
    assert_eq!(
        tree("aa OR \"Bb cc\" ONEAR/3 (dd OR ee,ff*) OR text:gg").explain(),
        "any of\n  in the title or the text: the word |aa|\n  in the title or the text: the words |bb|cc| next to each \
         other at most 3 words from the word |dd| or the words |ee|ff| next to each other, the last only the start of \
         one, in this order\n  in the text: the word |gg|\n"
    );
}

fn analyze(text: &str) -> AnalyzedText {
    AnalyzedText::analyze(text.to_owned(), Segmenter::embedded())
}

fn article(title: &str, text: &str) -> Revision {
    let at: Timestamp = "2025-07-30T17:00:00Z".parse().unwrap();
    Revision {
        seq: Seq::new(7),
        article: ArticleId::new(7),
        revision: 1,
        url: CanonicalUrl::parse("https://news.example.com/a/7?x=1").unwrap(),
        source: SourceId::new("news-rss").unwrap(),
        outlet: OutletId::new("news").unwrap(),
        title: analyze(title),
        text: analyze(text),
        published: Some(Published {
            at,
            precision: praden_text::Precision::Day,
            origin: DateOrigin::Feed,
            trust: DateTrust::Trusted,
            written: String::new(),
        }),
        fetched_at: at,
        capture: None,
        authors: Vec::new(),
        warnings: Vec::new(),
    }
}

fn mention(agency: &str) -> Mention {
    Mention {
        field: FieldName::Title,
        raw: Span::new(0..1),
        normalized: Span::new(0..1),
        agency: AgencyId::new(agency).unwrap(),
        surface: String::new(),
        rule: AcceptRule::FullName,
    }
}

/// The words that show the match, `title:` before those of the title; `None` for no match.
fn find(query: &str, title: &str, text: &str) -> Option<Vec<String>> {
    let mut revision = article(title, text);
    revision.authors = vec!["นายสมชาย ใจดี".into(), "สมหญิง รักเรียน".into(), "Jane Doe".into()];
    let mentions = [mention("ddpm")];
    let (rule, place) = (RuleId::new("floods").unwrap(), PlaceId::new("loei-phu-kradueng").unwrap());
    let document = DocumentView::new(&revision, &mentions, Some(StoryId::new(3)))
        .with_rules([&rule])
        .with_kinds([IssueKind::Safety])
        .with_places([&place]);
    let tree = tree(query);
    let spans = tree.spans(&document);
    assert_eq!(spans.is_some(), tree.matches(&document), "{query:?}");
    Some(
        spans?
            .into_iter()
            .map(|(field, span)| match field {
                FieldName::Title => format!("title:{}", &revision.title.normalized()[span]),
                FieldName::Text => revision.text.normalized()[span].to_owned(),
            })
            .collect(),
    )
}

#[track_caller]
fn check(query: &str, text: &str, want: Option<&[&str]>) {
    let got = find(query, "", text);
    assert_eq!(
        got.as_deref().map(|got| got.iter().map(String::as_str).collect::<Vec<_>>()).as_deref(),
        want,
        "{query:?} in {text:?}"
    );
}

#[test]
fn words_phrases_and_prefixes() {
    check("flood", "The Flood, the flood", Some(&["Flood", "flood"]));
    check("flood", "flooding", None);
    check("flood*", "flooding Flood", Some(&["flooding", "Flood"]));
    check("\"heavy rain\"", "heavy\n(rain)", Some(&["heavy\n(rain"]));
    check("\"heavy rain\"", "rain heavy", None);
    check("\"rain rain rain\"", "rain rain rain rain", Some(&["rain rain rain rain"]));
    check("๒๕๖๘", "ปี 2568", Some(&["2568"]));
}

#[test]
fn wildcards_look_at_whole_words() {
    check("fl*od", "Flood, flod, floods", Some(&["Flood", "flod"]));
    check("fl?od*", "floods flod", Some(&["floods"]));
    check("gr?y NEAR/2 c*t", "grey fat cat", Some(&["grey", "cat"]));
    check("gr?y", "gry", None);
}

#[test]
fn exact_letters_are_found_wherever_words_end() {
    check("=ารแพท", "กรมการแพทย์ การแพทย์", Some(&["ารแพท", "ารแพท"]));
    check("=น้ำท่วม", "น้ำ ท่วม", None);
    check("=\"น้ำ ท่วม\"", "น้ำ\u{A0}ท่วม", Some(&["น้ำ ท่วม"]));
    check("=๒๕๖๘", "ปี 2568", Some(&["2568"]));
    check("=แม่น้ำ", "เเม่น้ำ", Some(&["แม่น้ำ"]));
    check("=Flood", "flood", None);
    check("=ที", "ที่นี่", Some(&["ที"]));
    check("=กร NOT =กรม", "กรณี", Some(&["กร"]));
    assert_eq!(find("title:=ายก", "นายก", ""), Some(vec!["title:ายก".into()]));
    assert_eq!(find("text:=ายก", "นายก", ""), None);
}

#[test]
fn operators() {
    check("rain AND wind", "wind and rain", Some(&["wind", "rain"]));
    check("rain AND snow", "wind and rain", None);
    check("rain OR snow", "wind and rain", Some(&["rain"]));
    check("(rain AND snow) OR wind", "wind and rain", Some(&["wind"]));
    check("rain NOT snow", "wind and rain", Some(&["rain"]));
    check("NOT rain", "wind and rain", None);
    check("NOT snow", "wind and rain", Some(&[]));
}

#[test]
fn distances_count_words_and_places_never_overlap() {
    check("aa NEAR/1 bb", "aa bb", Some(&["aa", "bb"]));
    check("aa NEAR/1 bb", "bb, aa", Some(&["bb", "aa"]));
    check("aa NEAR/1 bb", "aa xx bb", None);
    check("aa NEAR/2 bb", "aa xx bb", Some(&["aa", "bb"]));
    check("aa ONEAR/2 bb", "bb xx aa", None);
    check("aa ONEAR/2 bb", "aa xx bb", Some(&["aa", "bb"]));
    check("aa NEAR/5 aa", "aa xx", None);
    check("aa NEAR/5 aa", "aa xx aa", Some(&["aa", "aa"]));
    check("\"aa bb\" NEAR/1 \"bb cc\"", "aa bb cc", None);
    check("\"aa bb\" NEAR/1 cc", "aa bb cc", Some(&["aa bb", "cc"]));
    check("(aa OR \"aa bb\") NEAR/1 cc", "aa bb cc", Some(&["aa bb", "cc"]));
    check("aa NEAR/2 (bb OR cc)", "cc aa xx bb xx xx bb", Some(&["cc", "aa", "bb"]));
}

#[test]
fn a_text_that_says_one_word_over_and_over_costs_no_more_than_its_length() {
    let text = "aa ".repeat(100_000);
    assert_eq!(find("aa NEAR/100 aa", "", &text).map(|shown| shown.len()), Some(100_000));
    assert_eq!(find("\"aa aa aa\" ONEAR/100 (aa OR \"aa aa\")", "", &text).map(|shown| shown.len()), Some(1));
}

#[test]
fn fields_look_where_they_say() {
    assert_eq!(find("title:rain", "rain", "wind"), Some(vec!["title:rain".into()]));
    assert_eq!(find("title:wind", "rain", "wind"), None);
    assert_eq!(find("text:(wind rain)", "rain", "wind"), None);
    assert_eq!(
        find("\"rain wind\"", "rain", "wind"),
        None,
        "a phrase does not run from the title into the text"
    );
    assert_eq!(find("rain NEAR/9 wind", "rain", "wind"), None);
    for (query, want) in [
        ("outlet:news", true),
        ("outlet:new", false),
        ("source:news-rss", true),
        ("agency:ddpm", true),
        ("agency:dmh", false),
        ("story:st-3", true),
        ("story:st-4", false),
        ("url:https://news.example.com/a/7?x=1&fbclid=y", true),
        ("url:https://news.example.com/a/7", false),
        ("url:https://news.example.com/a/*", true),
        ("date:2568-07-31", true),
        ("date:2025-07-30", false),
        ("date:..2025-07-31", true),
        ("date:2025-08..", false),
        ("date:7d", true),
        ("rule:floods", true),
        ("rule:storms", false),
        ("kind:safety", true),
        ("kind:complaint", false),
        ("place:loei", true),
        ("place:loei-phu-kradueng", true),
        ("place:lo", false),
        ("lang:other", true),
        ("lang:th", false),
        ("author:สมชาย", true),
        ("author:\"ใจดี สมหญิง\"", false),
        ("author:สมห* author:jane", true),
        ("author:สม", false),
    ] {
        assert_eq!(find(query, "", "").is_some(), want, "{query}");
    }
}

#[test]
fn words_that_may_be_cut_otherwise_are_found_by_their_letters() {
    #[track_caller]
    fn check(query: &str, want: &str) {
        let wider = tree(query).with_letters().map(|tree| tree.to_string());
        assert_eq!(wider.as_deref().unwrap_or("-"), want, "{query:?}");
    }
    check("คัดกรอง", "คัดกรอง OR =\"คัดกรอง\"");
    check("\"น้ำท่วม กรุงเทพ\"", "\"น้ำท่วม กรุงเทพ\" OR =\"น้ำท่วม กรุงเทพ\"");
    check("title:คัดกรอง", "title:คัดกรอง OR title:=\"คัดกรอง\"");
    check("คัดกรอง อุทกภัย", "(คัดกรอง OR =\"คัดกรอง\") AND (อุทกภัย OR =\"อุทกภัย\")");
    check("คัดกรอง OR flood", "คัดกรอง OR =\"คัดกรอง\" OR flood");
    check("คัดกรอง NOT ปัตตานี", "(คัดกรอง OR =\"คัดกรอง\") AND NOT ปัตตานี");
    check("คัดกรอง date:2568-07-01", "(คัดกรอง OR =\"คัดกรอง\") AND date:2025-07-01");
    check("ปัตตา*", "ปัตตา* OR =\"ปัตตา\"");
    check("\"โควิด COVID\"", "\"โควิด COVID\" OR =\"โควิด COVID\"");
    // Letters of a short word stand in strangers; the others are cut alike everywhere, say so themselves, or are no words.
    for none in [
        "น้ำ",
        "ยา OR ไฟ",
        "flood",
        "2568",
        "ปัต?านี",
        "คัดกรอง NEAR/3 โรค",
        "=คัดกรอง",
        "NOT คัดกรอง",
        "agency:ddpm",
    ] {
        check(none, "-");
    }
    let denying = |query: &str| tree(query).denying_letters().map(|tree| tree.to_string());
    assert_eq!(
        denying("คัดกรอง NOT (ปัตตานี OR ยา)").as_deref(),
        Some("คัดกรอง AND NOT (ปัตตานี OR =\"ปัตตานี\" OR ยา)")
    );
    assert_eq!(denying("คัดกรอง NOT ยา"), None);
    // Each costs a search: beyond some number nobody waits for them.
    check(&vec!["คัดกรอง"; 33].join(" OR "), "-");
    check(&vec!["flood"; 511].join(" OR ").replacen("flood", "คัดกรอง OR อุทกภัย", 1), "-");
}

#[test]
fn an_article_shows_how_it_cuts_the_letters() {
    for (query, text, want) in [
        ("ปัตตานี", "ไปจังหวัดปัตตานีวันนี้", Some("จังหวัดปัตตานี")),
        ("title:ปัตตานี", "ไปจังหวัดปัตตานีวันนี้", None),
        ("ปัตตานี", "ไป ปัตตานี และจังหวัดปัตตานี", None),
        ("น้ำเสีย", "พูดด้วยน้ำเสียงวิตก", None),
        ("ปัตต*", "ไปจังหวัดปัตตานีวันนี้", Some("จังหวัดปัตตานี")),
    ] {
        let revision = article("", text);
        let document = DocumentView::new(&revision, &[], None);
        assert_eq!(tree(query).cut_otherwise(&document).as_deref(), want, "{query} in {text}");
    }
}

proptest! {
    #[test]
    fn parsing_never_panics_and_points_inside(query in "([\\PC\\n]{0,6}|[ ()\"*:]|AND|OR|NOT|NEAR/3|title:|url:|date:|=|=\"|\\*|\\?|และ|ไม่|kind:|lang:th|2568-07|\\.\\.|น้ำท่วม){0,12}") {
        match parse(&query, now()) {
            Ok(parsed) => {
                let canonical = parsed.tree.to_string();
                let again = parse(&canonical, now()).map(|query| query.tree);
                for offered in [parsed.tree.with_letters(), parsed.tree.denying_letters()].into_iter().flatten() {
                    let text = offered.to_string();
                    prop_assert_eq!(parse(&text, now()).map(|query| query.tree), Ok(offered), "{}", text);
                }
                prop_assert_eq!(again, Ok(parsed.tree), "{}", canonical);
            }
            Err(error) => {
                prop_assert!(query.get(error.at.clone()).is_some());
                prop_assert!(error.column >= 1);
                if !error.understood.is_empty() {
                    prop_assert!(parse(&error.understood, now()).is_ok(), "{}", error.understood);
                }
            }
        }
    }

    #[test]
    fn near_is_what_it_says_of_each_pair(
        left in prop::collection::btree_set((0..30_u32, 1..4_u32), 0..12),
        right in prop::collection::btree_set((0..30_u32, 1..4_u32), 0..12),
        distance in 1..8_u32,
        ordered: bool,
    ) {
        let places = |side: &std::collections::BTreeSet<(u32, u32)>| -> Vec<Occurrence> {
            side.iter().map(|&(start, len)| Occurrence { start, len }).collect()
        };
        let (left, right) = (places(&left), places(&right));
        let follows = |one: &Occurrence, two: &Occurrence| {
            two.start >= one.start + one.len && two.start - (one.start + one.len - 1) <= distance
        };
        let mut want = std::collections::BTreeSet::new();
        for one in &left {
            for two in &right {
                if follows(one, two) || (!ordered && follows(two, one)) {
                    want.extend([*one, *two]);
                }
            }
        }
        prop_assert_eq!(near_places(&left, &right, distance, ordered), want.iter().copied().collect::<Vec<_>>());
        prop_assert_eq!(near_matches(&left, &right, distance, ordered), !want.is_empty());
        prop_assert_eq!(near_count(&left, &right, distance, ordered) > 0, !want.is_empty());
    }
}
