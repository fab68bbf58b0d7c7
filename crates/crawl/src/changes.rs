//! What an outlet changed in an article, word by word.
//!
//! Words are the segmenter's, so that Thai text without spaces is compared word by word too. The texts are compared as
//! published; what stays, what went and what came gives both texts back when it is put together.
//!
//! ```
//! use praden_crawl::changes::{Change, changes};
//! use praden_text::Segmenter;
//!
//! let found = changes("น้ำท่วม 3 จังหวัด", "น้ำท่วม 5 จังหวัด", Segmenter::embedded());
//! assert!(found.contains(&Change::Removed("3".to_owned())) && found.contains(&Change::Added("5".to_owned())));
//! ```

use praden_text::Segmenter;
use serde::Serialize;

/// Words compared one by one at most, in each text, after what is the same at both ends: the work grows with the product.
/// Beyond, the middle counts as exchanged whole.
const WORDS_MAX: usize = 4000;

/// A stretch of text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "change", content = "text")]
pub enum Change {
    /// In both.
    Same(String),
    /// Only in the earlier text.
    Removed(String),
    /// Only in the later text.
    Added(String),
}

/// What became of the words of a text. Put together, the `Same` and `Removed` are the earlier text, the `Same` and `Added` the
/// later. Costs time in the product of the lengths of what differs, at most some tens of milliseconds.
pub fn changes(before: &str, after: &str, segmenter: &Segmenter) -> Vec<Change> {
    let (old, new) = (words(before, segmenter), words(after, segmenter));
    let head = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
    let (old_rest, new_rest) = (old.get(head..).unwrap_or_default(), new.get(head..).unwrap_or_default());
    let tail =
        old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(one, other)| one == other).count();
    let old_middle = old_rest.get(..old_rest.len() - tail).unwrap_or_default();
    let new_middle = new_rest.get(..new_rest.len() - tail).unwrap_or_default();
    let mut out = Vec::new();
    push(&mut out, Kind::Same, &old.get(..head).unwrap_or_default().concat());
    if old_middle.len() > WORDS_MAX || new_middle.len() > WORDS_MAX {
        push(&mut out, Kind::Removed, &old_middle.concat());
        push(&mut out, Kind::Added, &new_middle.concat());
    } else {
        compare(old_middle, new_middle, &mut out);
    }
    push(&mut out, Kind::Same, &old_rest.get(old_rest.len() - tail..).unwrap_or_default().concat());
    out
}

/// Tokens and what stands between them: together they are the text.
fn words<'a>(text: &'a str, segmenter: &Segmenter) -> Vec<&'a str> {
    let mut words = Vec::new();
    let mut at = 0;
    for token in segmenter.segment(text) {
        words.extend(text.get(at..token.start).filter(|between| !between.is_empty()));
        words.extend(text.get(token.start..token.end()));
        at = token.end();
    }
    words.extend(text.get(at..).filter(|rest| !rest.is_empty()));
    words
}

#[derive(Clone, Copy)]
enum Kind {
    Same,
    Removed,
    Added,
}

/// The longest common subsequence, by the table of its lengths.
fn compare(old: &[&str], new: &[&str], out: &mut Vec<Change>) {
    let width = new.len() + 1;
    // The length for the rests from each pair of places on; 4,001 squared entries of two bytes at most.
    let mut table = vec![0_u16; (old.len() + 1) * width];
    let at = |i: usize, j: usize| i * width + j;
    for (i, word) in old.iter().enumerate().rev() {
        for (j, other) in new.iter().enumerate().rev() {
            let value = |index: usize| table.get(index).copied().unwrap_or(0);
            let best = if word == other {
                value(at(i + 1, j + 1)) + 1
            } else {
                value(at(i + 1, j)).max(value(at(i, j + 1)))
            };
            if let Some(cell) = table.get_mut(at(i, j)) {
                *cell = best;
            }
        }
    }
    let value = |i: usize, j: usize| table.get(at(i, j)).copied().unwrap_or(0);
    let (mut i, mut j) = (0, 0);
    loop {
        match (old.get(i), new.get(j)) {
            (Some(word), Some(other)) if word == other => {
                push(out, Kind::Same, word);
                (i, j) = (i + 1, j + 1);
            }
            (Some(word), other) if other.is_none() || value(i + 1, j) >= value(i, j + 1) => {
                push(out, Kind::Removed, word);
                i += 1;
            }
            (_, Some(other)) => {
                push(out, Kind::Added, other);
                j += 1;
            }
            _ => return,
        }
    }
}

/// Adds to the last stretch where it is of the same kind.
fn push(out: &mut Vec<Change>, kind: Kind, text: &str) {
    if text.is_empty() {
        return;
    }
    match (out.last_mut(), kind) {
        (Some(Change::Same(last)), Kind::Same)
        | (Some(Change::Removed(last)), Kind::Removed)
        | (Some(Change::Added(last)), Kind::Added) => last.push_str(text),
        (_, Kind::Same) => out.push(Change::Same(text.to_owned())),
        (_, Kind::Removed) => out.push(Change::Removed(text.to_owned())),
        (_, Kind::Added) => out.push(Change::Added(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes changes as `[-gone-]` and `{+come+}`.
    #[track_caller]
    fn check(before: &str, after: &str, want: &str) {
        let written: String = changes(before, after, Segmenter::embedded())
            .into_iter()
            .map(|change| match change {
                Change::Same(text) => text,
                Change::Removed(text) => format!("[-{text}-]"),
                Change::Added(text) => format!("{{+{text}+}}"),
            })
            .collect();
        assert_eq!(written, want);
    }

    #[test]
    fn words_that_went_and_came_are_told_apart() {
        check("", "", "");
        check("ก", "ก", "ก");
        check("มีผู้เสียชีวิต 3 ราย", "มีผู้เสียชีวิต 5 ราย", "มีผู้เสียชีวิต [-3-]{+5+} ราย");
        check("ฝนตกหนัก", "ฝนตกหนัก\nน้ำท่วม", "ฝนตกหนัก{+\nน้ำท่วม+}");
        check("one two three", "one three", "one [-two -]three");
    }

    proptest::proptest! {
        #[test]
        fn both_texts_come_back(before in "([กขค ]|น้ำ|ท่วม|[a-c]|\\n){0,30}", after in "([กขค ]|น้ำ|ท่วม|[a-c]|\\n){0,30}") {
            let (mut old, mut new) = (String::new(), String::new());
            for change in changes(&before, &after, Segmenter::embedded()) {
                match change {
                    Change::Same(text) => { old += &text; new += &text; }
                    Change::Removed(text) => old += &text,
                    Change::Added(text) => new += &text,
                }
            }
            proptest::prop_assert_eq!((old, new), (before, after));
        }
    }
}
