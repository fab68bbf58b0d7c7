//! One row for each thing the parser can find wrong: the row is the specification of the message.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeSet;

use jiff::Timestamp;
use praden_query::{limits, parse};

fn now() -> Timestamp {
    "2025-07-31T23:30:00Z".parse().unwrap()
}

/// The query, where the error points, what it says, what was understood before it, and a part of what would work.
type Row<'r> = (&'r str, &'r str, &'r str, &'r str, &'r str);

const ROWS: &[Row<'_>] = &[
    ("", "", "column 1 (byte 0): the query is empty", "", "น้ำท่วม"),
    ("  ", "  ", "column 1 (byte 0): the query is empty", "", "date:7d"),
    ("\"น้ำท่วม", "\"น้ำท่วม", "column 1 (byte 0): the quote that starts here is never closed", "", "add a \""),
    ("ฝน (ก OR ข", "(", "column 4 (byte 7): the bracket that opens here is never closed", "ฝน", "add a )"),
    ("ฝน) ลม", ")", "column 3 (byte 6): `)` closes a bracket that was never opened", "ฝน", "remove it"),
    ("ฝน ()", "()", "column 4 (byte 7): there is nothing between these brackets", "ฝน", "remove them"),
    ("AND ฝน", "AND", "column 1 (byte 0): `AND` has nothing on its left", "", "\"AND\""),
    ("ฝน OR", "OR", "column 4 (byte 7): `OR` has nothing on its right", "ฝน", "\"OR\""),
    ("ฝน AND AND ลม", "AND", "column 4 (byte 7): `AND` has nothing on its right", "ฝน", "bracket after it"),
    ("NOT", "NOT", "column 1 (byte 0): `NOT` has nothing on its right", "", "\"NOT\""),
    (
        "ฝน and ลม",
        "and",
        "column 4 (byte 7): `and` is no operator",
        "ฝน",
        "write AND; to search for the word itself: \"and\"",
    ),
    ("ฝน Or ลม", "Or", "column 4 (byte 7): `Or` is no operator", "ฝน", "write OR"),
    ("not ลม", "not", "column 1 (byte 0): `not` is no operator", "", "write NOT"),
    ("ฝน หรือ", "หรือ", "column 4 (byte 7): `หรือ` has nothing on its right", "ฝน", "the word itself: \"หรือ\""),
    ("และ ลม", "และ", "column 1 (byte 0): `และ` has nothing on its left", "", "the word itself: \"และ\""),
    ("ลม ไม่", "ไม่", "column 4 (byte 7): `ไม่` has nothing on its right", "ลม", "the word itself: \"ไม่\""),
    ("ฝน near/3 ลม", "near/3", "column 4 (byte 7): `near/3` is no operator", "ฝน", "write NEAR/n"),
    ("ฝน && ลม", "&&", "column 4 (byte 7): `&&` is no operator here", "ฝน", "write AND"),
    ("ฝน || ลม", "||", "column 4 (byte 7): `||` is no operator here", "ฝน", "write OR"),
    ("ฝน | ลม", "|", "column 4 (byte 7): `|` is no operator here", "ฝน", "write OR"),
    ("ฝน NEAR5 ลม", "NEAR5", "column 4 (byte 7): `NEAR5` is no operator here", "ฝน", "write NEAR/5"),
    ("ฝน w/5 ลม", "w/5", "column 4 (byte 7): `w/5` is no operator here", "ฝน", "ONEAR/5"),
    ("ฝน NEAR:5 ลม", "NEAR:5", "column 4 (byte 7): `NEAR:5` is no operator here", "ฝน", "write NEAR/5"),
    ("ฝน และไม่ ลม", "และไม่", "column 4 (byte 7): `และไม่` is no operator", "ฝน", "write AND NOT"),
    ("ฝน แต่ไม่ ลม", "แต่ไม่", "column 4 (byte 7): `แต่ไม่` is no operator", "ฝน", "the word itself: \"แต่ไม่\""),
    ("ฝน -ลม", "-ลม", "column 4 (byte 7): `-` is no operator here", "ฝน", "write NOT"),
    ("\u{200B}+ฝน*", "+ฝน*", "column 2 (byte 3): `+` is no operator here", "", "write AND"),
    ("-\u{200B}ฝน", "-\u{200B}ฝน", "column 1 (byte 0): `-` is no operator here", "", "write NOT"),
    ("+ฝน", "+ฝน", "column 1 (byte 0): `+` is no operator here", "", "write AND"),
    ("!ฝน", "!ฝน", "column 1 (byte 0): `!` is no operator here", "", "write NOT"),
    ("rain~2", "rain~2", "column 1 (byte 0): `~` is no operator here", "", "NEAR/5"),
    ("rain^2", "rain^2", "column 1 (byte 0): `^` is no operator here", "", "no boosts"),
    ("/rai.n/", "/rai.n/", "column 1 (byte 0): `/` is no operator here", "", "no regular expressions"),
    (
        "ฝน [2025 TO 2026]",
        "[2025",
        "column 4 (byte 7): `[` is no operator here",
        "ฝน",
        "date:2025-07-01..2025-07-31",
    ),
    (">2025", ">2025", "column 1 (byte 0): `>` is no operator here", "", "date:2025-07-01.."),
    ("rain\\*", "rain\\*", "column 1 (byte 0): `\\` is no operator here", "", "in quotes"),
    ("ฝน NEAR ลม", "NEAR", "column 4 (byte 7): `NEAR` has no distance", "ฝน", "write NEAR/5"),
    ("ฝน ONEAR ลม", "ONEAR", "column 4 (byte 7): `ONEAR` has no distance", "ฝน", "write ONEAR/5"),
    ("ฝน NEAR/0 ลม", "NEAR/0", "column 4 (byte 7): `NEAR/0` has no distance from 1 to 100", "ฝน", "NEAR/1"),
    (
        "ฝน NEAR/101 ลม",
        "NEAR/101",
        "column 4 (byte 7): `NEAR/101` has no distance from 1 to 100",
        "ฝน",
        "NEAR/5",
    ),
    (
        "ฝน NEAR/3f ลม",
        "NEAR/3f",
        "column 4 (byte 7): `NEAR/3f` has no distance from 1 to 100",
        "ฝน",
        "write ONEAR/5",
    ),
    (
        "ฝน ONEAR/x ลม",
        "ONEAR/x",
        "column 4 (byte 7): `ONEAR/x` has no distance from 1 to 100",
        "ฝน",
        "ONEAR/5",
    ),
    (
        "ฝน NEAR/+3 ลม",
        "NEAR/+3",
        "column 4 (byte 7): `NEAR/+3` has no distance from 1 to 100",
        "ฝน",
        "NEAR/5",
    ),
    (
        "ฝน NEAR/3 (ลม AND ฟ้า)",
        "NEAR/3",
        "column 4 (byte 7): `NEAR/3` joins words and phrases, or an OR of them in brackets, and nothing else",
        "ฝน",
        "(a OR b)",
    ),
    (
        "ฝน NEAR/3 NOT ลม",
        "NEAR/3",
        "column 4 (byte 7): `NEAR/3` joins words and phrases, or an OR of them in brackets, and nothing else",
        "ฝน",
        "AND",
    ),
    (
        "date:7d NEAR/3 ลม",
        "NEAR/3",
        "column 9 (byte 8): `NEAR/3` joins words and phrases, or an OR of them in brackets, and nothing else",
        "date:2025-07-26..2025-08-01",
        "AND",
    ),
    (
        "ฝน NEAR/3 ลม NEAR/3 ฟ้า",
        "NEAR/3",
        "column 14 (byte 21): `NEAR/3` follows another distance",
        "ฝน NEAR/3 ลม",
        "a NEAR/3 b AND b NEAR/3 c",
    ),
    (
        "title:ฝน NEAR/3 ลม",
        "title:ฝน NEAR/3",
        "column 1 (byte 0): the two sides of `NEAR/3` look in different parts of the article",
        "",
        "title:(a NEAR/3 b)",
    ),
    ("*flood", "*flood", "column 1 (byte 0): `*flood` starts with a wildcard", "", "=\"flood\""),
    ("?", "?", "column 1 (byte 0): `?` has fewer than 2 letters beside its wildcard", "", "more of the word"),
    (
        "flood,*",
        "flood,*",
        "column 1 (byte 0): `flood,*` has a wildcard and punctuation, and no word has both",
        "",
        "leave the punctuation out",
    ),
    (
        "flo,?d",
        "flo,?d",
        "column 1 (byte 0): `flo,?d` has a wildcard and punctuation, and no word has both",
        "",
        "=\"ก.พ.\"",
    ),
    ("*", "*", "column 1 (byte 0): `*` has fewer than 2 letters beside its wildcard", "", "more of the word"),
    (
        "ก*",
        "ก*",
        "column 1 (byte 0): `ก*` has fewer than 2 letters beside its wildcard",
        "",
        "more of the word",
    ),
    (
        "\"heavy rain\"*",
        "*",
        "column 13 (byte 12): `*` has fewer than 2 letters beside its wildcard",
        "\"heavy rain\"",
        "more of the word",
    ),
    ("\"heavy flo*\"", "*", "column 11 (byte 10): a `*` in quotes stands for nothing", "", "without quotes"),
    (
        "=ก",
        "=ก",
        "column 1 (byte 0): `=ก` has fewer than 2 letters to find exactly",
        "",
        "at least two letters",
    ),
    ("ฝน =", "=", "column 4 (byte 7): `=` has fewer than 2 letters to find exactly", "ฝน", "=กก"),
    ("=\"น้ำ", "\"น้ำ", "column 2 (byte 1): the quote that starts here is never closed", "", "add a \""),
    (
        "=น้ำ NEAR/3 ฝน",
        "NEAR/3",
        "column 4 (byte 11): `NEAR/3` joins words and phrases, or an OR of them in brackets, and nothing else",
        "=\"น้ำ\"",
        "AND",
    ),
    ("outlet:=ab", "=ab", "column 8 (byte 7): `=ab` is no value of `outlet:`", "", "without `*`, `?` or `=`"),
    ("kind:rumor", "rumor", "column 6 (byte 5): `rumor` is no value of `kind:`", "", "rumour_or_fake"),
    ("lang:thai", "thai", "column 6 (byte 5): `thai` is no value of `lang:`", "", "th, en or other"),
    ("place:เลย", "เลย", "column 7 (byte 6): `เลย` is no value of `place:`", "", "chiang-mai"),
    ("rule:น้ำ", "น้ำ", "column 6 (byte 5): `น้ำ` is no value of `rule:`", "", "a-z, 0-9"),
    ("author:=สมชาย", "=สมชาย", "column 8 (byte 7): `=สมชาย` is no value of `author:`", "", "author:สม*"),
    ("author:ส*ย", "ส*ย", "column 8 (byte 7): `ส*ย` is no value of `author:`", "", "the start of one"),
    ("ฝน author:...", "...", "column 11 (byte 14): `author:` has no value", "ฝน", "author:\"สมชาย ใจดี\""),
    (
        "author:ส.*",
        "ส.*",
        "column 8 (byte 7): `ส.*` has fewer than 2 letters beside its wildcard",
        "",
        "more of the word",
    ),
    ("author:สม.*", "สม.*", "column 8 (byte 7): `author:` has no value", "", "author:"),
    ("byline:สมชาย", "byline:สมชาย", "column 1 (byte 0): `byline:` is no field", "", "author:\"ชื่อ นามสกุล\""),
    (
        "ฝน ...",
        "...",
        "column 4 (byte 7): `...` has no letter or digit to search for",
        "ฝน",
        "punctuation is not searched",
    ),
    ("\" \"", "\" \"", "column 1 (byte 0): `\" \"` has no letter or digit to search for", "", "punctuation"),
    (
        "byte:th",
        "byte:th",
        "column 1 (byte 0): `byte:` is no field",
        "",
        "fields are title, text, outlet, source, agency, story, rule, kind, place, lang, author, url and date",
    ),
    ("title :ฝน", ":ฝน", "column 7 (byte 6): `:` is no field", "title", "without a space: title:น้ำท่วม"),
    ("site:ab", "site:ab", "column 1 (byte 0): `site:` is no field", "", "write outlet:"),
    ("raw:ฝน", "raw:ฝน", "column 1 (byte 0): `raw:` is no field", "", "write =letters"),
    ("พาดหัว:ฝน", "พาดหัว:ฝน", "column 1 (byte 0): `พาดหัว:` is no field", "", "write title:"),
    ("จังหวัด:เลย", "จังหวัด:เลย", "column 1 (byte 0): `จังหวัด:` is no field", "", "place:chiang-mai"),
    (
        "date:2568-07-31T10:30",
        "2568-07-31T10:30",
        "column 6 (byte 5): `2568-07-31T10:30` is no date that `date:` understands",
        "",
        "date:2568-07-31",
    ),
    ("title:a:b", "a:b", "column 7 (byte 6): `a:` is no field", "", "in quotes"),
    (
        "=\"\"",
        "=\"\"",
        "column 1 (byte 0): `=\"\"` has fewer than 2 letters to find exactly",
        "",
        "right after it",
    ),
    (
        "=\"ก\"\"ข",
        "\"ก\"\"ข",
        "column 2 (byte 1): the quote that starts here is never closed",
        "",
        "add a \"",
    ),
    ("ข่าว:ฝน", "ข่าว:ฝน", "column 1 (byte 0): `ข่าว:` is no field", "", "in quotes"),
    (
        "https://example.com/1",
        "https://example.com/1",
        "column 1 (byte 0): `https:` is no field",
        "",
        "url:https://...",
    ),
    ("ฝน title:", "title:", "column 4 (byte 7): `title:` has no value", "ฝน", "title:น้ำท่วม"),
    ("agency:\" \"", "\" \"", "column 8 (byte 7): `agency:` has no value", "", "agency:ddpm"),
    (
        "title:(ฝน date:7d)",
        "date:",
        "column 11 (byte 14): `date:` stands in the brackets of `title:`",
        "title:ฝน",
        "AND",
    ),
    (
        "agency:กรมการแพทย์",
        "กรมการแพทย์",
        "column 8 (byte 7): `กรมการแพทย์` is no value of `agency:`",
        "",
        "a-z, 0-9",
    ),
    ("outlet:thai*", "thai*", "column 8 (byte 7): `thai*` is no value of `outlet:`", "", "without `*`"),
    ("story:42", "42", "column 7 (byte 6): `42` is no value of `story:`", "", "st-42"),
    (
        "url:example.com",
        "example.com",
        "column 5 (byte 4): `example.com` is no value of `url:`",
        "",
        "https://example.com/news/1",
    ),
    (
        "url:https://example*",
        "https://example*",
        "column 5 (byte 4): `https://example*` is no value of `url:`",
        "",
        "after the first /",
    ),
    (
        "date:1/7/2568",
        "1/7/2568",
        "column 6 (byte 5): `1/7/2568` is no date that `date:` understands",
        "",
        "date:2568-07-31",
    ),
    (
        "date:2568-02-30",
        "2568-02-30",
        "column 6 (byte 5): `2568-02-30` names a day that is not in the calendar, or a year outside 1900 to 2199 (พ.ศ. 2443 to 2742)",
        "",
        "date:2568-07-31",
    ),
    (
        "date:2568-07..2568-06",
        "2568-07..2568-06",
        "column 6 (byte 5): the range `2568-07..2568-06` ends before it starts",
        "",
        "earlier day first",
    ),
    ("date:0d", "0d", "column 6 (byte 5): `0d` looks back no day or more than 3660", "", "date:7d is today"),
];

fn say(query: &str) -> Result<(String, praden_query::QueryError), String> {
    match parse(query, now()) {
        Ok(understood) => Err(understood.tree.to_string()),
        Err(error) => Ok((error.to_string(), error)),
    }
}

#[test]
fn each_error_says_where_what_was_understood_and_what_would_work() {
    for &(query, at, message, understood, hint) in ROWS {
        let (text, error) = say(query).unwrap_or_else(|tree| panic!("{query:?} was read as {tree}"));
        assert_eq!(text.lines().next(), Some(message), "{query:?}");
        assert_eq!(query.get(error.at.clone()), Some(at), "{query:?}");
        assert_eq!(error.understood, understood, "{query:?}");
        assert!(text.contains("hint: ") && error.problem.hint().contains(hint), "{query:?}: {text}");
    }
}

#[test]
fn what_is_too_large_is_refused() {
    let words = |count: usize| (0..count).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ");
    for (query, message) in [
        (
            "a".repeat(limits::QUERY_BYTES_MAX + 1),
            "column 1 (byte 0): the query has 16385 bytes, over the limit of 16384",
        ),
        (
            words(limits::LEAVES_MAX + 1),
            "column 2451 (byte 2450): the query has more than 512 words and properties",
        ),
        (
            "(".repeat(40) + "ab" + &")".repeat(40),
            "column 33 (byte 32): brackets and NOT are nested more than 32 deep",
        ),
        (
            "aa OR bb (".repeat(20) + "cc" + &")".repeat(20),
            "column 1 (byte 0): brackets and NOT are nested more than 32 deep",
        ),
        ("NOT ".repeat(40) + "ab", "column 129 (byte 128): brackets and NOT are nested more than 32 deep"),
        (
            format!("\"{}\"", words(limits::PHRASE_WORDS_MAX + 1)),
            "column 1 (byte 0): the phrase has 65 words, over the limit of 64",
        ),
    ] {
        let (text, _) = say(&query).unwrap();
        assert_eq!(text.lines().next(), Some(message));
    }
    assert!(say(&words(limits::LEAVES_MAX)).is_err(), "the limit itself is allowed");
}

#[test]
fn what_the_index_finds_too_broad_points_at_the_word() {
    let query = "ฝน title:(น้ำ* OR ลม?) NOT author:สม*";
    let understood = parse(query, now()).unwrap();
    for (leaf, at, message, hint) in [
        (
            "น้ำ*",
            "น้ำ*",
            "column 11 (byte 14): with `น้ำ*` the query stands for more than 7 different words",
            "write more of the word",
        ),
        (
            "ลม?",
            "ลม?",
            "column 17 (byte 28): with `ลม?` the query stands for more than 7 different words",
            "before the wildcard",
        ),
        (
            "author:สม*",
            "สม*",
            "column 33 (byte 48): with `author:สม*` the query stands for more than 7 different words",
            "terms_max",
        ),
        (
            "ฝน",
            "ฝน",
            "column 1 (byte 0): with `ฝน` the query stands for more than 7 different words",
            "split the query",
        ),
    ] {
        let error = understood.too_broad(query, leaf, 7);
        assert_eq!(query.get(error.at.clone()), Some(at));
        assert_eq!(error.to_string().lines().next(), Some(message));
        assert!(error.problem.hint().contains(hint), "{error}");
        assert_eq!(error.understood, understood.tree.to_string());
    }
}

#[test]
fn every_problem_has_a_row() {
    let source = include_str!("../src/error.rs");
    let body = source.split_once("pub enum Problem {").unwrap().1.split_once("\n}").unwrap().0;
    let named: BTreeSet<&str> = body
        .lines()
        .filter(|line| {
            line.starts_with("    ") && line.trim_start().starts_with(|c: char| c.is_ascii_uppercase())
        })
        .filter(|line| !line.starts_with("     "))
        .map(|line| line.trim().split(['(', ' ', ',']).next().unwrap())
        .collect();
    // The limits have rows in the tests above.
    let mut seen: BTreeSet<String> =
        ["TooLong", "TooDeep", "TooMany", "PhraseTooLong", "TooBroad"].map(str::to_owned).into();
    for &(query, ..) in ROWS {
        let (_, error) = say(query).unwrap();
        seen.insert(format!("{:?}", error.problem).split(['(', ' ']).next().unwrap().to_owned());
    }
    assert!(named.len() > 30, "{named:?}");
    assert_eq!(seen.iter().map(String::as_str).collect::<BTreeSet<_>>(), named);
}
