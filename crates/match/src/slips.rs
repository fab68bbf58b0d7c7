//! Long names with one slip of the keyboard: `กระทรวงสาธาณสุข`, `สภาองกรค์ของผู้บริโภค`.
//!
//! Official writers misspell their own ministries. A slip is one letter too few, too many or other, or a few letters in
//! another order, inside a name that is long enough to be no other word. Digits never slip: `ภาค 1` is not `ภาค 2`.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use foldhash::fast::FixedState;
use praden_model::AcceptRule;

use crate::surface::Surface;

/// Words with which long names begin; a slip is only looked for after one of them.
pub(crate) const ANCHORS: [&str; 16] = [
    "กระทรวง",
    "กรม",
    "สำนักงาน",
    "สำนัก",
    "กองบัญชาการ",
    "กองบังคับการ",
    "กองทัพ",
    "กองทุน",
    "ธนาคาร",
    "สถาบัน",
    "สภา",
    "องค์การ",
    "องค์กร",
    "ศูนย์",
    "มหาวิทยาลัย",
    "คณะกรรมการ",
];

/// The shortest name in which a slip is believed, in characters, and how many of them stand after the anchor.
const NAME_CHARS_MIN: usize = 13;
const REST_CHARS_MIN: usize = 7;

/// How many letters may have changed places.
const SHUFFLED_CHARS_MAX: usize = 4;

/// A name without its anchor, and the surface it is.
type Rest = (usize, String);

/// How many letters at the start of a name a slip further on leaves whole, and how many further on a slip at the start
/// leaves whole. A name is looked at only where one of the two stands in the text.
const HEAD_CHARS: usize = 3;

/// Where the letters further on begin: behind any shuffle of the first ones, or at the end of a short name.
const TAIL_FROM: RangeInclusive<usize> = REST_CHARS_MIN - HEAD_CHARS..=HEAD_CHARS + SHUFFLED_CHARS_MAX;

/// How many letters after an anchor are looked up.
const LETTERS: usize = *TAIL_FROM.end() + HEAD_CHARS + 2;

type Numbers = HashMap<String, Vec<usize>, FixedState>;

/// The names to look for, for each anchor.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    by_anchor: Vec<AnchorNames>,
}

#[derive(Clone, Debug, Default)]
struct AnchorNames {
    names: Vec<Rest>,
    by_head: Numbers,
    // By where the letters begin, counted from the first of `TAIL_FROM`.
    by_tail: Vec<Numbers>,
}

/// A misspelt name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slip {
    pub start: usize,
    pub end: usize,
    /// Index of the surface that was meant.
    pub surface: usize,
}

impl Names {
    pub(crate) fn new(surfaces: &[Surface]) -> Self {
        let mut by_anchor: Vec<AnchorNames> = ANCHORS.iter().map(|_| AnchorNames::default()).collect();
        for (at, surface) in surfaces.iter().enumerate() {
            let full = surface.owners.len() == 1
                && surface
                    .owners
                    .iter()
                    .all(|owner| owner.rule == AcceptRule::FullName && !owner.weak && !owner.place);
            if !full || surface.text.chars().count() < NAME_CHARS_MIN {
                continue;
            }
            // The longest anchor, so that สำนักงาน is not looked up as สำนัก.
            let anchor = ANCHORS
                .iter()
                .enumerate()
                .filter(|(_, anchor)| surface.text.starts_with(**anchor))
                .max_by_key(|(_, anchor)| anchor.len());
            if let Some((number, anchor)) = anchor {
                let rest = surface.text.get(anchor.len()..).unwrap_or("");
                if rest.chars().count() >= REST_CHARS_MIN
                    && let Some(names) = by_anchor.get_mut(number)
                {
                    names.add(at, rest);
                }
            }
        }
        Self { by_anchor }
    }

    /// A misspelt name that begins with the anchor of this number, which stands at `start`.
    pub(crate) fn find(&self, text: &str, anchor: usize, start: usize) -> Option<Slip> {
        let from = start + ANCHORS.get(anchor)?.len();
        let rest = text.get(from..)?;
        let names = self.by_anchor.get(anchor)?;
        let fits = |&at: &usize| {
            let (surface, name) = names.names.get(at)?;
            let length = one_slip(name, rest)?;
            Some((at, Slip { start, end: from + length, surface: *surface }))
        };
        // Where the first letters begin, counted once for all look-ups.
        let mut starts = [rest.len(); LETTERS];
        starts.iter_mut().zip(rest.char_indices()).for_each(|(start, (at, _))| *start = at);
        let letters = |from: usize| rest.get(*starts.get(from)?..*starts.get(from + HEAD_CHARS)?);
        let by_head = letters(0).and_then(|head| names.by_head.get(head));
        // A slip before them moves these letters by one at most.
        let by_tail =
            TAIL_FROM.zip(&names.by_tail).filter(|(_, tails)| !tails.is_empty()).flat_map(|(at, tails)| {
                (at - 1..=at + 1).filter_map(move |at| tails.get(letters(at)?)).flatten()
            });
        by_head
            .into_iter()
            .flatten()
            .chain(by_tail)
            .filter_map(fits)
            .min_by_key(|(at, _)| *at)
            .map(|(_, slip)| slip)
    }
}

impl AnchorNames {
    fn add(&mut self, surface: usize, rest: &str) {
        let at = self.names.len();
        self.names.push((surface, rest.to_owned()));
        if let Some(head) = letters(rest, 0, HEAD_CHARS) {
            self.by_head.entry(head.to_owned()).or_default().push(at);
        }
        let from = (rest.chars().count() - HEAD_CHARS).min(*TAIL_FROM.end());
        self.by_tail.resize_with(TAIL_FROM.count(), Numbers::default);
        if let Some(tail) = letters(rest, from, HEAD_CHARS)
            && let Some(tails) =
                from.checked_sub(*TAIL_FROM.start()).and_then(|number| self.by_tail.get_mut(number))
        {
            tails.entry(tail.to_owned()).or_default().push(at);
        }
    }
}

/// So many letters of a text, from the letter of that number on.
fn letters(text: &str, from: usize, count: usize) -> Option<&str> {
    let mut ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let start = ends.nth(from)?;
    let end = ends.nth(count - 1)?;
    text.get(start..end)
}

/// How many bytes at the start of `text` are `name` with exactly one slip.
pub(crate) fn one_slip(name: &str, text: &str) -> Option<usize> {
    let same = name.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
    let same = name.floor_char_boundary(same).min(text.floor_char_boundary(same));
    let (name, text) = (name.get(same..)?, text.get(same..)?);
    let letter = |text: &str, at: usize| text.chars().nth(at).filter(|c| ('ก'..='๎').contains(c) || *c == ' ');
    let (name_1, text_1) = (letter(name, 0)?, letter(text, 0)?);
    // A tail of two letters or more has to follow, so that a cut name is not a slip.
    let tail_of = |from: usize| name.get(from..).filter(|tail| tail.chars().nth(1).is_some());
    let fits = |name_from: usize, text_from: usize| {
        let tail = tail_of(name_from)?;
        text.get(text_from..)?.starts_with(tail).then_some(same + text_from + tail.len())
    };
    fits(name_1.len_utf8(), 0)
        .or_else(|| fits(0, text_1.len_utf8()))
        .or_else(|| fits(name_1.len_utf8(), text_1.len_utf8()))
        .or_else(|| {
            (2..=SHUFFLED_CHARS_MAX)
                .find_map(|count| shuffled(name, text, count).and_then(|(a, b)| fits(a, b)))
        })
}

/// The bytes that `count` letters take at the start of both texts, when they are the same letters in another order.
fn shuffled(name: &str, text: &str, count: usize) -> Option<(usize, usize)> {
    let first = |text: &str| -> Option<Vec<char>> {
        let first: Vec<char> = text.chars().take(count).filter(|c| ('ก'..='๎').contains(c)).collect();
        (first.len() == count).then_some(first)
    };
    let (mut a, mut b) = (first(name)?, first(text)?);
    a.sort_unstable();
    b.sort_unstable();
    let bytes: usize = a.iter().map(|c| c.len_utf8()).sum();
    (a == b).then_some((bytes, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, text: &str, want: Option<&str>) {
        assert_eq!(one_slip(name, text).and_then(|end| text.get(..end)), want, "{name} in {text}");
    }

    #[test]
    fn one_slip_is_forgiven_and_no_more() {
        check("สาธารณสุข", "สาธาณสุขไม่", Some("สาธาณสุข"));
        check("สาธารณสุข", "สธารณสุข", Some("สธารณสุข"));
        check("สาธารณสุข", "สาธารณะสุข", Some("สาธารณะสุข"));
        check("องค์กรของผู้บริโภค", "องกรค์ของผู้บริโภค", Some("องกรค์ของผู้บริโภค"));
        check("สาธารณสุข", "สาธารณสุข", None); // Nothing slipped.
        check("สาธารณสุข", "สาธารณส", None); // Cut short.
        check("สาธารณสุข", "สธาณสุข", None); // Two slips.
        check("ตำรวจภูธรภาค 1", "ตำรวจภูธรภาค 2", None); // Another body.
    }
}
