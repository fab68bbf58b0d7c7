//! Texts with marked places, cut to what fits beside them.

use std::ops::Range;

use praden_text::{ceil_cluster, floor_cluster};

/// Bytes shown before and after a marked place: some forty Thai letters, a line on a desk's screen.
const AROUND_BYTES: usize = 120;

/// A run of text, marked or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) marked: bool,
}

/// The text around one place, the place marked. `None` when the place is not in the text.
pub(crate) fn context(text: &str, place: Range<usize>) -> Option<Vec<Piece>> {
    text.get(place.clone()).filter(|surface| !surface.is_empty())?;
    let start = floor_cluster(text, place.start.saturating_sub(AROUND_BYTES));
    let end = ceil_cluster(text, place.end.saturating_add(AROUND_BYTES));
    Some(part(text, start..end, &[place]))
}

/// The whole text with every place marked.
pub(crate) fn whole(text: &str, places: &[Range<usize>]) -> Vec<Piece> {
    pieces(text, 0..text.len(), places)
}

/// A part of a text with the places in it marked, and dots where the text goes on.
pub(crate) fn part(text: &str, part: Range<usize>, places: &[Range<usize>]) -> Vec<Piece> {
    let (start, end) = (part.start.min(text.len()), part.end.min(text.len()));
    let mut pieces = pieces(text, start..end, places);
    let dots = || Piece { text: "…".to_owned(), marked: false };
    if start > 0 {
        pieces.insert(0, dots());
    }
    if end < text.len() {
        pieces.push(dots());
    }
    pieces
}

/// A window of a text as pieces that add up to it. Places that overlap are marked as one; what is no place is passed over.
fn pieces(text: &str, window: Range<usize>, places: &[Range<usize>]) -> Vec<Piece> {
    let mut places: Vec<&Range<usize>> = places.iter().collect();
    places.sort_by_key(|place| (place.start, place.end));
    let mut pieces: Vec<Piece> = Vec::new();
    let mut push = |text: Option<&str>, marked: bool| match (text, pieces.last_mut()) {
        (None | Some(""), _) => {}
        (Some(text), Some(last)) if last.marked == marked => last.text.push_str(text),
        (Some(text), _) => pieces.push(Piece { text: text.to_owned(), marked }),
    };
    let mut at = window.start;
    for place in places {
        let (start, end) = (place.start.max(at), place.end.min(window.end));
        if start >= end || text.get(start..end).is_none() {
            continue;
        }
        push(text.get(at..start), false);
        push(text.get(start..end), true);
        at = end;
    }
    push(text.get(at..window.end), false);
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn show(pieces: &[Piece]) -> String {
        pieces
            .iter()
            .map(|piece| if piece.marked { format!("[{}]", piece.text) } else { piece.text.clone() })
            .collect()
    }

    #[test]
    fn places_are_marked() {
        let check = |text: &str, places: &[(usize, usize)], want: &str| {
            let places: Vec<Range<usize>> = places.iter().map(|&(start, end)| start..end).collect();
            assert_eq!(show(&whole(text, &places)), want, "{places:?}");
        };
        check("abcdef", &[], "abcdef");
        check("abcdef", &[(1, 3)], "a[bc]def");
        check("abcdef", &[(4, 6), (0, 1)], "[a]bcd[ef]");
        check("abcdef", &[(1, 3), (2, 5)], "a[bcde]f");
        check("abcdef", &[(1, 3), (3, 4)], "a[bcd]ef");
        check("abcdef", &[(2, 2), (9, 12)], "abcdef");
        check("น้ำท่วม", &[(0, 9)], "[น้ำ]ท่วม");
        check("น้ำท่วม", &[(0, 10)], "น้ำท่วม"); // Inside a letter: no place at all.
        check("", &[(0, 1)], "");
    }

    #[test]
    fn a_context_is_cut_between_letters() {
        let text = format!("{}น้ำท่วม{}", "ที่".repeat(60), "นี้".repeat(60));
        let start = "ที่".len() * 60;
        let context = context(&text, start..start + "น้ำท่วม".len()).expect("in the text");
        assert_eq!(show(&context), format!("…{}[น้ำท่วม]{}…", "ที่".repeat(14), "นี้".repeat(14)));
        assert_eq!(super::context("abc", 2..4), None);
        assert_eq!(super::context("abc", 1..1), None);
    }

    proptest! {
        #[test]
        fn pieces_add_up_to_the_text(text in "\\PC{0,40}", places in prop::collection::vec((0_usize..130, 0_usize..130), 0..6)) {
            let places: Vec<Range<usize>> = places.into_iter().map(|(start, end)| start..end).collect();
            let pieces = whole(&text, &places);
            let joined: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
            prop_assert_eq!(&joined, &text);
            prop_assert!(pieces.windows(2).all(|pair| pair[0].marked != pair[1].marked));
        }
    }
}
