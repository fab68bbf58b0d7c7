//! Long names with one slip of the keyboard: `กระทรวงสาธาณสุข`, `สภาองกรค์ของผู้บริโภค`.
//!
//! Official writers misspell their own ministries. A slip is one letter too few, too many or other, or a few letters in
//! another order, inside a name that is long enough to be no other word. Digits never slip: `ภาค 1` is not `ภาค 2`.

use std::collections::BTreeMap;

use praden_model::AcceptRule;

use crate::surface::Surface;

/// Words with which long names begin; a slip is only looked for after one of them.
const ANCHORS: [&str; 16] = [
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

/// The names to look for, by anchor.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    by_anchor: BTreeMap<&'static str, Vec<(usize, String)>>,
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
        let mut by_anchor: BTreeMap<&'static str, Vec<(usize, String)>> = BTreeMap::new();
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
                .filter(|anchor| surface.text.starts_with(**anchor))
                .max_by_key(|anchor| anchor.len());
            if let Some(anchor) = anchor {
                let rest = surface.text.get(anchor.len()..).unwrap_or("");
                if rest.chars().count() >= REST_CHARS_MIN {
                    by_anchor.entry(anchor).or_default().push((at, rest.to_owned()));
                }
            }
        }
        Self { by_anchor }
    }

    /// Misspelt names in a text, in order. Costs one search per anchor, and one comparison per name after each anchor.
    pub(crate) fn find(&self, text: &str) -> Vec<Slip> {
        let mut slips = Vec::new();
        for (anchor, names) in &self.by_anchor {
            for (start, _) in text.match_indices(anchor) {
                let rest = text.get(start + anchor.len()..).unwrap_or("");
                let slip = names.iter().find_map(|(surface, name)| {
                    let length = one_slip(name, rest)?;
                    Some(Slip { start, end: start + anchor.len() + length, surface: *surface })
                });
                slips.extend(slip);
            }
        }
        slips.sort_by_key(|slip| (slip.start, slip.end));
        slips
    }
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
    let letters = |text: &str| -> Option<Vec<char>> {
        let letters: Vec<char> = text.chars().take(count).filter(|c| ('ก'..='๎').contains(c)).collect();
        (letters.len() == count).then_some(letters)
    };
    let (mut a, mut b) = (letters(name)?, letters(text)?);
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
