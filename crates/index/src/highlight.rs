//! Showing why an article matches: every match to the byte, and the part of the text that has most of them.

use std::ops::Range;

use praden_model::{AnalyzedText, FieldName, Revision, Span};
use praden_query::{DocumentView, Expr};

/// A part of an article to show in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// Whether it is from the title or the text.
    pub field: FieldName,
    /// The part, in bytes of the field as published. Never cuts a letter from its marks; cuts no word, unless the
    /// word alone is longer than the snippet may be.
    pub part: Span,
    /// The matches in it, in bytes of the field as published.
    pub matches: Vec<Span>,
}

/// Every place that makes an article match, in bytes of title and text as published: words, phrases, exact letters, and
/// both sides of NEAR. Empty if it does not match, or only its properties do.
///
/// `document` is the view of the revision with what the index was given for it, because `agency:`, `rule:` and the like
/// decide which part of a query holds.
pub fn highlight(tree: &Expr, revision: &Revision, document: &DocumentView<'_>) -> Vec<(FieldName, Span)> {
    let spans = tree.spans(document).unwrap_or_default();
    spans.into_iter().map(|(name, span)| (name, Span::new(field(revision, name).to_raw(span)))).collect()
}

/// The part of the text, of about `bytes_max` bytes, that has the most matches; the start of the text where it has
/// none. `matches` are those of [`highlight`].
pub fn snippet(revision: &Revision, matches: &[(FieldName, Span)], bytes_max: usize) -> Snippet {
    let text = &revision.text;
    let matches: Vec<Span> =
        matches.iter().filter(|(name, _)| *name == FieldName::Text).map(|&(_, span)| span).collect();
    let raw = text.raw();
    // The run of matches that fits and has the most; the first of equals.
    let fits = |from: usize| {
        let start = matches.get(from).map_or(0, |span| span.start as usize);
        matches.iter().skip(from).take_while(|span| span.end as usize <= start + bytes_max).count()
    };
    let best = (0..matches.len()).rev().max_by_key(|&from| fits(from));
    let (start, end) = match best {
        None => (0, bytes_max),
        Some(from) => {
            let first = matches.get(from).map_or(0, |span| span.start as usize);
            let last = matches.get(from + fits(from).max(1) - 1).map_or(first, |span| span.end as usize);
            // Half of what is left goes before, but at the end of a text all of it.
            let spare = bytes_max.saturating_sub(last - first);
            let start = first.saturating_sub(spare / 2).min(raw.len().saturating_sub(bytes_max));
            (start.min(first), start.min(first) + bytes_max.max(last - first))
        }
    };
    let part = Span::new(whole_words(text, start..end.min(raw.len())));
    let matches =
        matches.into_iter().filter(|span| span.start >= part.start && span.end <= part.end).collect();
    Snippet { field: FieldName::Text, part, matches }
}

/// The words that lie wholly in a range of raw bytes, and their white space; if there are none, its letters.
fn whole_words(text: &AnalyzedText, range: Range<usize>) -> Range<usize> {
    let raw = text.raw();
    let mut whole: Option<Range<usize>> = None;
    let wanted = text.map().to_normalized(range.clone());
    // Tokens lie end to end, so the first is found by search.
    let first = text.ends().partition_point(|&end| (end as usize) <= wanted.start);
    let mut start =
        first.checked_sub(1).and_then(|before| text.ends().get(before)).map_or(0, |&end| end as usize);
    for &end in text.ends().iter().skip(first) {
        if start > wanted.end {
            break;
        }
        let token = text.to_raw(start..end as usize);
        start = end as usize;
        if token.start >= range.start && token.end <= range.end {
            whole = Some(
                whole.map_or(token.clone(), |whole| whole.start.min(token.start)..whole.end.max(token.end)),
            );
        }
    }
    whole.unwrap_or_else(|| {
        let start = praden_text::floor_cluster(raw, range.start.min(raw.len()));
        start..praden_text::floor_cluster(raw, range.end.min(raw.len())).max(start)
    })
}

fn field(revision: &Revision, name: FieldName) -> &AnalyzedText {
    match name {
        FieldName::Title => &revision.title,
        FieldName::Text => &revision.text,
    }
}
