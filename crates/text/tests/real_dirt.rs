//! The dirt of real articles: every kind that was found in them is counted before and after, and none may be left.
//!
//! Reads `../shared/data/thaigov-raw-sample.jsonl.zst` (300 raw files, public domain) and skips, saying so, where it is absent.

#![expect(clippy::expect_used, clippy::print_stderr, reason = "a test may fail, and says when it skips")]

use std::collections::BTreeMap;
use std::io::Read as _;

use praden_text::normalize;

/// A kind of dirt, and how often it occurs in a text.
type Kind = (&'static str, fn(&[char]) -> usize);

const KINDS: &[Kind] = &[
    ("invisible characters", |text| singles(text, is_invisible)),
    ("spaces that are no space", |text| {
        singles(text, |c| matches!(c, '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{3000}'))
    }),
    ("line ends that are no line feed", |text| {
        singles(text, |c| matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}'))
    }),
    ("control characters", |text| {
        singles(text, |c| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}'))
    }),
    ("Thai digits", |text| singles(text, |c| ('๐'..='๙').contains(&c))),
    ("private-use Thai glyphs", |text| singles(text, |c| ('\u{F700}'..='\u{F71A}').contains(&c))),
    ("sara am in parts", |text| pairs(text, |a, b| a == '\u{E4D}' && (b == 'า' || is_tone(b)))),
    ("two sara e for sara ae", |text| pairs(text, |a, b| a == 'เ' && b == 'เ')),
    ("a mark twice", |text| pairs(text, |a, b| a == b && is_mark(a))),
    ("a tone before its vowel", |text| pairs(text, |a, b| is_tone(a) && is_vowel_mark(b))),
    ("thanthakhat before a vowel or tone", |text| {
        pairs(text, |a, b| a == '\u{E4C}' && (is_tone(b) || is_vowel_mark(b)))
    }),
    ("a vowel twice", |text| {
        pairs(text, |a, b| a == b && matches!(a, 'ะ' | 'า' | 'ำ' | 'แ' | 'โ' | 'ใ' | 'ไ'))
    }),
    ("a tone behind ะ า ำ", |text| pairs(text, |a, b| matches!(a, 'ะ' | 'า' | 'ำ') && is_tone(b))),
    ("a space before ๆ", |text| triples(text, |a, b, c| is_thai(a) && b == ' ' && c == 'ๆ')),
    ("a space before ฯ", |text| {
        text.windows(4)
            .filter(|w| is_thai(w[0]) && w[0] != 'ฯ' && w[1] == ' ' && w[2] == 'ฯ' && w[3] != 'ล')
            .count()
    }),
    ("HTML entities", |text| {
        let text: String = text.iter().collect();
        [
            "&nbsp;", "&amp;", "&quot;", "&lt;", "&gt;", "&ldquo;", "&rdquo;", "&lsquo;", "&rsquo;",
            "&ndash;", "&hellip;", "&#",
        ]
        .iter()
        .map(|entity| text.matches(entity).count())
        .sum()
    }),
];

fn singles(text: &[char], is_dirt: fn(char) -> bool) -> usize {
    text.iter().filter(|&&c| is_dirt(c)).count()
}

fn pairs(text: &[char], is_dirt: fn(char, char) -> bool) -> usize {
    text.windows(2).filter(|pair| is_dirt(pair[0], pair[1])).count()
}

fn triples(text: &[char], is_dirt: fn(char, char, char) -> bool) -> usize {
    text.windows(3).filter(|triple| is_dirt(triple[0], triple[1], triple[2])).count()
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
}

fn is_thai(c: char) -> bool {
    ('\u{E01}'..='\u{E4E}').contains(&c)
}

fn is_tone(c: char) -> bool {
    ('\u{E48}'..='\u{E4B}').contains(&c)
}

fn is_vowel_mark(c: char) -> bool {
    matches!(c, '\u{E31}' | '\u{E34}'..='\u{E39}' | '\u{E47}')
}

fn is_mark(c: char) -> bool {
    is_tone(c) || is_vowel_mark(c) || matches!(c, '\u{E3A}' | '\u{E4C}'..='\u{E4E}')
}

fn raw_texts() -> Option<Vec<String>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/thaigov-raw-sample.jsonl.zst");
    let Ok(file) = std::fs::File::open(path) else {
        eprintln!("skipped: {path} is not there");
        return None;
    };
    let mut lines = String::new();
    zstd::Decoder::new(file).expect("a zstd file").read_to_string(&mut lines).expect("UTF-8");
    let raw = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).expect("a row");
        row.get("raw").and_then(|raw| raw.as_str()).expect("a raw text").to_owned()
    };
    Some(lines.lines().map(raw).collect())
}

#[test]
fn no_dirt_is_left_in_real_texts() {
    let Some(texts) = raw_texts() else { return };
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for raw in &texts {
        let clean = normalize(raw);
        let (before, after): (Vec<char>, Vec<char>) =
            (raw.chars().collect(), clean.as_str().chars().collect());
        for (name, count) in KINDS {
            let counts = counts.entry(name).or_default();
            counts.0 += count(&before);
            counts.1 += count(&after);
        }
        assert!(unicode_normalization::is_nfc(clean.as_str()), "not NFC: {:.200}", clean.as_str());
    }
    for (name, (before, after)) in &counts {
        eprintln!("{name:<36} {before:>5} before, {after} after");
    }
    let found = counts.values().filter(|(before, _)| *before > 0).count();
    assert!(texts.len() == 300 && found >= 10, "{} texts with {found} kinds of dirt", texts.len());
    let left: Vec<_> = counts.iter().filter(|(_, (_, after))| *after > 0).collect();
    assert!(left.is_empty(), "left: {left:?}");
}

#[test]
fn maps_of_real_texts_lead_back_and_a_second_run_changes_nothing() {
    for raw in raw_texts().unwrap_or_default() {
        let clean = normalize(&raw);
        let text = clean.as_str();
        assert!(normalize(text).is_unchanged(), "changed again: {text:.200}");
        for (start, c) in text.char_indices() {
            let range = clean.map().to_raw(start..start + c.len_utf8());
            let was = raw.get(range.clone()).expect("a slice of the raw text");
            // Consonants and Latin letters are never altered, only moved about among their marks.
            if ('ก'..='ฮ').contains(&c) || c.is_ascii_alphanumeric() {
                let is_same = was.contains(c) || was.chars().any(|raw| "๐๑๒๓๔๕๖๗๘๙".contains(raw));
                assert!(is_same || was.starts_with('&'), "{c:?} at {start} came from {was:?}");
            }
            let back = clean.map().to_normalized(range);
            assert!(back.start <= start && start + c.len_utf8() <= back.end);
        }
    }
}

#[test]
fn what_identifies_a_thing_is_not_altered() {
    for raw in raw_texts().unwrap_or_default() {
        let clean = normalize(&raw);
        let digits = |text: &str| -> String {
            let arabic = |c: char| {
                c.to_digit(10).or_else(|| (c as u32).checked_sub('๐' as u32).filter(|digit| *digit < 10))
            };
            text.chars().filter_map(arabic).filter_map(|digit| char::from_digit(digit, 10)).collect()
        };
        if !raw.contains("&#") {
            assert_eq!(digits(clean.as_str()), digits(&raw), "the figures of a text, in order");
        }
        for url in raw.split_whitespace().filter(|word| word.starts_with("http") && word.is_ascii()) {
            assert!(clean.as_str().contains(url), "{url} is not there any more");
        }
    }
}
