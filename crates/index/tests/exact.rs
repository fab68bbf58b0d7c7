//! Exact runs of letters find what a scan of all bytes finds, on real articles.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]
#![expect(clippy::print_stderr, reason = "a test that skips says so")]

mod common;

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;

use common::{article, mention, published, tree};
use praden_index::{Index, SearchOptions, WriterOptions};
use praden_model::{Revision, Seq};
use praden_query::Expr;
use proptest::prelude::*;

/// Thai government news (public domain); not part of the repository.
const ARTICLES: &str = "../../../shared/data/thaigov-2000.jsonl.zst";

fn articles(count: usize) -> Option<Vec<Revision>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(ARTICLES);
    let Ok(file) = std::fs::File::open(&file) else {
        eprintln!("skipped: {} is not there", file.display());
        return None;
    };
    let mut decoder = zstd::Decoder::new(file).unwrap();
    decoder.window_log_max(27).unwrap();
    let mut lines = String::new();
    decoder.read_to_string(&mut lines).unwrap();
    let of_line = |(line, seq): (&str, u64)| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| value.get(name).and_then(serde_json::Value::as_str).unwrap_or("").to_owned();
        let mut article = article(seq, &field("title"), &field("text"));
        article.published = published("2025-07-01T00:00:00Z");
        article
    };
    Some(lines.lines().step_by(7).take(count).zip(1..).map(of_line).collect())
}

#[test]
fn random_runs_of_letters_are_found_as_a_byte_scan_finds_them() {
    let Some(articles) = articles(200) else { return };
    let dir = tempfile::tempdir().unwrap();
    let index = Index::open(dir.path()).unwrap();
    let mut writer = index.writer(&WriterOptions::default()).unwrap();
    for (at, article) in articles.iter().enumerate() {
        writer.upsert(article, &[mention("dmh")], None).unwrap();
        if at % 70 == 0 {
            writer.commit(article.seq).unwrap();
        }
    }
    writer.commit(Seq::new(articles.len() as u64)).unwrap();
    // One that has everything ready, one that has the largest segment, and one that looks at texts only.
    let searcher = index.reader().unwrap();
    let bytes = searcher.make_ready_within(usize::MAX).unwrap();
    let half_ready = Index::open(dir.path()).unwrap().reader().unwrap();
    // More is expected of a segment than these small ones take.
    let half = half_ready.make_ready_within(70 * 3_000).unwrap();
    assert!(0 < half && half < bytes, "{half} of {bytes} bytes");
    let unready = Index::open(dir.path()).unwrap().reader().unwrap();
    assert_eq!(unready.make_ready_within(1).unwrap(), 0);

    let mut dice = 1_u64;
    let mut roll = |sides: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) as usize % sides
    };
    let (mut asked, mut hits) = (0, 0);
    while asked < 400 {
        let text = articles[roll(articles.len())].text.normalized();
        let letters: Vec<_> = praden_text::clusters::clusters(text).collect();
        let len = 1 + roll(30);
        if letters.len() <= len {
            continue;
        }
        let from = roll(letters.len() - len);
        let sought = &text[letters[from].start..letters[from + len - 1].end];
        if sought.chars().filter(|letter| !letter.is_whitespace()).count() < 2
            || sought.contains(['"', '“', '”'])
        {
            continue;
        }
        asked += 1;
        let tree = tree(&format!("=\"{sought}\""));
        let want: BTreeSet<u64> = articles
            .iter()
            .filter(|article| {
                article.title.normalized().contains(sought) || article.text.normalized().contains(sought)
            })
            .map(|article| article.seq.get())
            .collect();
        let options = SearchOptions { limit: 1_000, ..SearchOptions::default() };
        let results = searcher.search(&tree, &options).unwrap();
        let got: BTreeSet<u64> = results.hits.iter().map(|hit| hit.seq.get()).collect();
        assert_eq!(got, want, "{sought:?}");
        assert_eq!(searcher.count(&tree).unwrap(), want.len() as u64, "{sought:?}");
        if asked % 8 == 0 {
            assert_eq!(half_ready.search(&tree, &options).unwrap(), results, "{sought:?}");
            assert_eq!(unready.search(&tree, &options).unwrap(), results, "{sought:?}");
        }
        hits += want.len();
    }
    assert!(hits > 2 * asked, "{hits} hits: the runs are too rare to say much");
}

#[test]
fn a_page_of_text_can_be_sought_and_every_letter_of_it_counts() {
    let dir = tempfile::tempdir().unwrap();
    let index = Index::open(dir.path()).unwrap();
    let mut writer = index.writer(&WriterOptions::default()).unwrap();
    let page = "กรมชลประทานเร่งระบายน้ำ แม่น้ำเจ้าพระยา ".repeat(120);
    for seq in 1..=80 {
        let end = if seq % 2 == 0 { "ล้นตลิ่ง" } else { "ลดลง" };
        writer.upsert(&article(seq, "น้ำ", &format!("{page}{end}")), &[], None).unwrap();
    }
    writer.commit(Seq::new(80)).unwrap();
    let searcher = index.reader().unwrap();
    searcher.make_ready().unwrap();
    for (end, want) in [("ล้นต", 40), ("ลด", 40), ("ล", 80), ("แล้ง", 0)] {
        assert_eq!(searcher.count(&tree(&format!("=\"{page}{end}\""))).unwrap(), want, "{end}");
    }
}

#[test]
fn runs_are_found_wherever_in_a_long_text_they_stand() {
    const PARTS: [&str; 24] = [
        "น้ำ",
        "ท่วม",
        "กรม",
        "ชลประทาน",
        "เร่ง",
        "ระบาย",
        "ใน",
        "การ",
        "ที่",
        "และ",
        "ของ",
        "จังหวัด",
        " ",
        " ",
        ", ",
        "\n",
        "2568",
        "ก.",
        "NATO",
        "covid-19",
        "é",
        "ฎ",
        "ฏฐ",
        "รัฐมนตรี",
    ];
    let mut dice = 7_u64;
    let mut roll = |sides: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) as usize % sides
    };
    let dir = tempfile::tempdir().unwrap();
    let index = Index::open(dir.path()).unwrap();
    let mut writer = index.writer(&WriterOptions::default()).unwrap();
    // All have nearly the same text, but not at the same place: what is missed in one of them was found in others.
    let common: Vec<&str> = (0..4_000).map(|_| PARTS[roll(PARTS.len())]).collect();
    let mut articles = Vec::new();
    for seq in 1..=60 {
        let mut parts: Vec<&str> = (0..roll(900)).map(|_| PARTS[roll(PARTS.len())]).collect();
        parts.extend(&common);
        for _ in 0..40 {
            let at = roll(parts.len());
            parts[at] = PARTS[roll(PARTS.len())];
        }
        let text = parts.concat();
        let article = article(seq, "หัวข้อ", &text);
        writer.upsert(&article, &[], None).unwrap();
        articles.push(article);
    }
    writer.commit(Seq::new(60)).unwrap();
    let searcher = index.reader().unwrap();
    searcher.make_ready().unwrap();
    for round in 0..1_500 {
        let text = articles[roll(articles.len())].text.normalized();
        let letters: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        // Some are longer than what joints are asked for.
        let len = 2 + roll(if round % 2 == 0 { 8 } else { 90 });
        let from = roll(letters.len() - len);
        let sought = &text[letters[from]..letters[from + len]];
        let Ok(query) = praden_query::parse(&format!("=\"{sought}\""), jiff::Timestamp::UNIX_EPOCH) else {
            continue;
        };
        let Expr::Exact(_, exact) = &query.tree else { continue };
        let want = articles.iter().filter(|article| exact.is_in(article.text.normalized())).count();
        assert_eq!(searcher.count(&query.tree).unwrap(), want as u64, "{sought:?}");
    }
}

/// Texts of few letters, spaces and signs, in which everything stands next to everything.
fn small_texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("([กนม][ะาิ่้]?|ตาก|นาน|[ab]|A|1|[ .,(\\-]|ก\\.ม\\.|é|\u{301}){0,14}", 60..90)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn words_and_joints_find_what_a_byte_scan_finds(texts in small_texts(), cuts in prop::collection::vec((0..90_usize, 0..20_usize, 2..9_usize), 40)) {
        let dir = tempfile::tempdir().unwrap();
        let index = Index::open(dir.path()).unwrap();
        let mut writer = index.writer(&WriterOptions::default()).unwrap();
        let articles: Vec<Revision> =
            (1..).zip(&texts).map(|(seq, text)| article(seq, &text.chars().rev().collect::<String>(), text)).collect();
        for article in &articles {
            writer.upsert(article, &[], None).unwrap();
        }
        writer.commit(Seq::new(articles.len() as u64)).unwrap();
        let searcher = index.reader().unwrap();
        searcher.make_ready().unwrap();
        for (at, from, len) in cuts {
            let Some(article) = articles.get(at) else { continue };
            let sought: String = article.text.normalized().chars().skip(from).take(len).collect();
            let Ok(query) = praden_query::parse(&format!("=\"{sought}\""), jiff::Timestamp::UNIX_EPOCH) else { continue };
            // Written alone, a sign may be brought into another order than in the text.
            let Expr::Exact(_, exact) = &query.tree else { continue };
            let want: BTreeSet<u64> = articles
                .iter()
                .filter(|article| exact.is_in(article.title.normalized()) || exact.is_in(article.text.normalized()))
                .map(|article| article.seq.get())
                .collect();
            let options = SearchOptions { limit: 1_000, ..SearchOptions::default() };
            let got: BTreeSet<u64> =
                searcher.search(&query.tree, &options).unwrap().hits.iter().map(|hit| hit.seq.get()).collect();
            prop_assert_eq!(got, want, "{:?}", sought);
        }
    }
}
