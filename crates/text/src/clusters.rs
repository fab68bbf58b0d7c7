//! Boundaries between base-plus-combining-sign clusters: the places where a text may be cut without tearing a letter.
//!
//! A cluster here is one base character with the signs that stand on or under it (Thai vowels above and below, tone
//! marks, thanthakhat, sara am, and the combining marks, variation selectors and joiners of other scripts). It is
//! context free, so that the same characters form the same clusters wherever they stand. Leading vowels (เ แ โ ใ ไ) are
//! clusters of their own. Words are left to [`crate::segment`].
//!
//! ```
//! use praden_text::clusters::{ceil_cluster, floor_cluster};
//! let text = "ที่"; // one base of three bytes and two signs of three bytes each
//! assert_eq!(floor_cluster(text, 4), 0);
//! assert_eq!(ceil_cluster(text, 4), 9);
//! ```

/// Says whether `c` is drawn on, under or tightly after the character before it, so that no text may be cut before it.
///
/// ```
/// assert!(praden_text::clusters::is_attached('่'));
/// assert!(!praden_text::clusters::is_attached('า'));
/// ```
#[must_use]
pub fn is_attached(c: char) -> bool {
    match c {
        '\u{0000}'..='\u{02FF}' => false,
        '\u{0E00}'..='\u{0E7F}' => {
            matches!(c, '\u{0E31}' | '\u{0E33}'..='\u{0E3A}' | '\u{0E47}'..='\u{0E4E}')
        }
        // Joiner, variation selectors, emoji skin tones, tags: parts of the emoji or letter before them.
        '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0020}'..='\u{E007F}' => true,
        _ => unicode_normalization::char::is_combining_mark(c),
    }
}

/// The last cluster boundary at or before byte `at` of `text`; `text.len()` when `at` lies beyond the end.
///
/// `at` need not be a character boundary. Costs one step per character of the cluster.
#[must_use]
pub fn floor_cluster(text: &str, at: usize) -> usize {
    if at >= text.len() {
        return text.len();
    }
    let mut start = text.floor_char_boundary(at);
    while start > 0 && starts_attached(text, start) {
        start = text.floor_char_boundary(start - 1);
    }
    start
}

/// The first cluster boundary at or after byte `at` of `text`; `text.len()` when `at` lies beyond the end.
///
/// `at` need not be a character boundary. Costs one step per character of the cluster.
#[must_use]
pub fn ceil_cluster(text: &str, at: usize) -> usize {
    if at >= text.len() {
        return text.len();
    }
    let mut end = text.ceil_char_boundary(at);
    while end > 0 && end < text.len() && starts_attached(text, end) {
        end = text.ceil_char_boundary(end + 1);
    }
    end
}

/// Iterates over the clusters of `text` as byte ranges; joined, they are the whole text.
pub fn clusters(text: &str) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
    let mut start = 0;
    std::iter::from_fn(move || {
        (start < text.len()).then(|| {
            let range = start..ceil_cluster(text, start + 1);
            start = range.end;
            range
        })
    })
}

fn starts_attached(text: &str, at: usize) -> bool {
    text.get(at..).and_then(|rest| rest.chars().next()).is_some_and(is_attached)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, want: &[&str]) {
        let got: Vec<&str> = clusters(text).filter_map(|range| text.get(range)).collect();
        assert_eq!(got, want);
    }

    #[test]
    fn signs_stay_with_their_base() {
        check("", &[]);
        check("น้ำ", &["น้ำ"]);
        check("เด็กที่", &["เ", "ด็", "ก", "ที่"]);
        check("สิทธิ์", &["สิ", "ท", "ธิ์"]);
        check("่ก", &["่", "ก"]); // A sign without a base is a cluster of its own.
        check("e\u{301}a", &["e\u{301}", "a"]);
        check("👍🏽ก", &["👍🏽", "ก"]);
    }

    proptest! {
        #[test]
        fn floor_and_ceil_enclose_any_place(text in "[ก-๛a-z\u{301} 👍]{0,20}", at in 0usize..80) {
            let (floor, ceil) = (floor_cluster(&text, at), ceil_cluster(&text, at));
            prop_assert!(text.is_char_boundary(floor) && text.is_char_boundary(ceil));
            prop_assert!(floor <= at.min(text.len()) && at.min(text.len()) <= ceil);
            prop_assert_eq!(floor_cluster(&text, floor), floor);
            prop_assert_eq!(clusters(&text).map(|range| range.len()).sum::<usize>(), text.len());
        }
    }
}
