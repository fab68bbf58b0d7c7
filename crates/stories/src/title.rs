//! Headlines: what tells one instance of a series from the next, and one report of figures from another.

use praden_model::Revision;
use praden_text::{TokenKind, months, token_kind};

use crate::clusterer::Entry;
use crate::sketch::mix;
use crate::terms::key;

/// A headline as a pattern: what it says without its numbers, and its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Title {
    pattern: u64,
    numbers: u64,
    /// Keys of its words, in order of key; empty unless it says that it is a report.
    report: Vec<u64>,
    /// Its percentages, as written.
    percentages: Vec<String>,
    /// Keys of the provinces that it names as such, and of its other words, in order of key; without provinces none.
    places: Vec<u64>,
    beside: Vec<u64>,
}

impl Title {
    pub(crate) fn of(revision: &Revision) -> Self {
        let title = revision.headline();
        let fold = |hash: u64, c: char| mix(hash ^ u64::from(u32::from(c)));
        let mut without_months = title.to_lowercase();
        // Month names change from one instance of a series to the next as numbers do.
        for month in months::FULL.into_iter().chain(months::SHORT) {
            if without_months.contains(month) {
                without_months = without_months.replace(month, "0");
            }
        }
        let (digits, words): (Vec<char>, Vec<char>) = without_months
            .chars()
            .filter(|c| !c.is_whitespace() && !c.is_ascii_punctuation())
            .partition(char::is_ascii_digit);
        let numbers = title.chars().filter(char::is_ascii_digit).chain(digits);
        let mut report: Vec<u64> = Vec::new();
        if REPORTS.iter().any(|word| title.contains(word)) {
            report.extend(
                revision.title.tokens().filter(|(_, token)| is_name(token)).map(|(_, token)| key(token)),
            );
            report.sort_unstable();
            report.dedup();
        }
        let (places, beside) = places(revision);
        Self {
            pattern: words.into_iter().fold(1, fold),
            numbers: numbers.fold(2, fold),
            report,
            percentages: percentages(title),
            places,
            beside,
        }
    }
}

/// What a headline names as a province (`จังหวัดตราด`, `จ.ตราด`), and its other words.
fn places(revision: &Revision) -> (Vec<u64>, Vec<u64>) {
    let (mut places, mut beside) = (Vec::new(), Vec::new());
    let mut follows = false;
    for (_, token) in revision.title.tokens() {
        if PROVINCE.contains(&token) {
            follows = true;
        } else if is_name(token) {
            if follows {
                places.push(key(token));
            } else {
                beside.push(key(token));
            }
            follows = false;
        }
    }
    for keys in [&mut places, &mut beside] {
        keys.sort_unstable();
        keys.dedup();
    }
    if places.is_empty() { (places, Vec::new()) } else { (places, beside) }
}

/// Words after which the name of a province stands.
const PROVINCE: [&str; 3] = ["จังหวัด", "จ.", "จ"];

/// The percentages in a headline: `ร้อยละ 2.4`, `2.4%`, `2.4 เปอร์เซ็นต์`.
fn percentages(title: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_digit() || c == '.';
    let after = title.split("ร้อยละ").skip(1).map(|rest| {
        let rest = rest.trim_start();
        rest.get(..rest.find(|c| !is_part(c)).unwrap_or(rest.len())).unwrap_or_default()
    });
    let before = ["%", "เปอร์เซ็นต์"].into_iter().flat_map(|sign| {
        let pieces = title.split(sign).count();
        title.split(sign).take(pieces - 1).map(move |piece| {
            let piece = piece.trim_end();
            piece.get(piece.trim_end_matches(is_part).len()..).unwrap_or_default()
        })
    });
    after.chain(before).filter(|number| !number.is_empty()).map(str::to_owned).collect()
}

/// Words of a report that comes again and again with other figures.
const REPORTS: [&str; 8] =
    ["รายงาน", "สถานการณ์", "ประจำวัน", "ประจำสัปดาห์", "ข้อมูล ณ", "ยอด", "สรุป", "ความคืบหน้า"];

/// Share of the words of the longer headline from which two reports are of one series.
const REPORTS_ALIKE: f32 = 0.6;

/// Whether a token names something rather than counts it.
fn is_name(token: &str) -> bool {
    matches!(token_kind(token), TokenKind::Thai | TokenKind::Latin)
}

/// Whether two articles are instances of a series: the same headline with other numbers, on other days. Daily case
/// counts and weekly digests look alike and are not the same event.
pub(crate) fn is_sequel(a: &Entry, b: &Entry) -> bool {
    let (report_a, report_b) = (&a.title.report, &b.title.report);
    let common = report_a.iter().filter(|key| report_b.binary_search(key).is_ok()).count();
    let alike =
        !report_a.is_empty() && common as f32 >= REPORTS_ALIKE * report_a.len().max(report_b.len()) as f32;
    if is_elsewhere(&a.title, &b.title) {
        return true;
    }
    let same_series = (a.title.pattern == b.title.pattern || alike) && a.title.numbers != b.title.numbers;
    let same_day =
        matches!((a.time, b.time), (Some(a), Some(b)) if a.as_second().abs_diff(b.as_second()) < 12 * 3_600);
    same_series && !same_day
}

/// Whether two headlines say the same of different provinces: the flag goes up in each, an inspector visits each, and each is an event.
fn is_elsewhere(a: &Title, b: &Title) -> bool {
    let common = |a: &[u64], b: &[u64]| a.iter().filter(|key| b.binary_search(key).is_ok()).count();
    let most = a.beside.len().max(b.beside.len());
    !a.places.is_empty()
        && !b.places.is_empty()
        && common(&a.places, &b.places) == 0
        && most >= ELSEWHERE_WORDS_MIN
        && common(&a.beside, &b.beside) as f32 >= REPORTS_ALIKE * most as f32
}

/// Words beside the province that a headline must have to be compared so.
const ELSEWHERE_WORDS_MIN: usize = 4;

/// Whether two headlines report figures, and not the same ones: growth of this and growth of that.
pub(crate) fn reports_other_figures(a: &Entry, b: &Entry) -> bool {
    let (a, b) = (&a.title.percentages, &b.title.percentages);
    !a.is_empty() && !b.is_empty() && !a.iter().any(|number| b.contains(number))
}
