//! What a word is, for the index, the evaluator and the query alike.

use std::borrow::Cow;
use std::iter;
use std::ops::Range;

use praden_model::AnalyzedText;
use praden_text::TokenKind;

/// The longest term, in bytes. A longer token (a run of letters without an end, most often an encoded image) is cut
/// into terms of at most this length at following positions. The query is cut the same way, so it is still found.
pub const TERM_BYTES_MAX: usize = 255;

/// One searched word of a text. Its position is its number among the words of its text, from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word<'t> {
    /// The form that is compared: the token in lower case. At most [`TERM_BYTES_MAX`] bytes, never empty, without NUL
    /// (which becomes U+FFFD, so that terms can be joined with it).
    pub term: Cow<'t, str>,
    /// Where it stands, in bytes of the normalised text.
    pub span: Range<usize>,
}

/// The searched words of a text in order: every token but white space and punctuation.
///
/// Those two take no position either. A phrase therefore matches across a space, a line break or a comma, which Thai
/// sets freely, and a distance counts words only.
///
/// ```
/// use praden_model::AnalyzedText;
/// use praden_text::Segmenter;
///
/// let text = AnalyzedText::analyze("COVID, 2568!".to_owned(), Segmenter::embedded());
/// let terms: Vec<String> = praden_query::words(&text).map(|word| word.term.into_owned()).collect();
/// assert_eq!(terms, ["covid", "2568"]);
/// ```
pub fn words(text: &AnalyzedText) -> impl Iterator<Item = Word<'_>> {
    let mut tokens = text.tokens();
    let mut rest: Option<(usize, Pieces<'_>)> = None;
    iter::from_fn(move || {
        loop {
            if let Some((start, pieces)) = &mut rest
                && let Some(piece) = pieces.next()
            {
                let span = *start..*start + piece.len();
                *start = span.end;
                return Some(Word { term: lower(piece), span });
            }
            let (range, token) = tokens.next()?;
            rest = Some((range.start, Pieces::of(token)));
        }
    })
}

/// The terms of one token, in order: none for white space and punctuation, several for a token over the limit. These are the
/// terms of [`words`].
///
/// ```
/// let terms = |token| praden_query::terms(token).collect::<Vec<_>>();
/// assert_eq!((terms("COVID"), terms("!")), (vec!["covid".into()], vec![]));
/// ```
pub fn terms(token: &str) -> impl Iterator<Item = Cow<'_, str>> {
    Pieces::of(token).map(lower)
}

/// What of a token makes a term each.
struct Pieces<'t>(&'t str);

impl<'t> Pieces<'t> {
    fn of(token: &'t str) -> Self {
        Self(if is_searched(token) { token } else { "" })
    }
}

impl<'t> Iterator for Pieces<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let (piece, more) = self.0.split_at_checked(piece_len(self.0)).unwrap_or((self.0, ""));
        self.0 = more;
        (!piece.is_empty()).then_some(piece)
    }
}

/// Whether a token can be searched.
pub(crate) fn is_searched(token: &str) -> bool {
    !token.is_empty() && !matches!(praden_text::token_kind(token), TokenKind::Space | TokenKind::Punctuation)
}

/// How many bytes of a token make its first term. At least one letter.
fn piece_len(token: &str) -> usize {
    // No letter's lower case is more than three times as long.
    if token.len() <= TERM_BYTES_MAX / 3 {
        return token.len();
    }
    let mut lower_len = 0;
    for (at, letter) in token.char_indices() {
        lower_len += letter.to_lowercase().map(char::len_utf8).sum::<usize>();
        if lower_len > TERM_BYTES_MAX && at > 0 {
            return at;
        }
    }
    token.len()
}

/// Lower case letter by letter. `str::to_lowercase` looks at the letter's neighbours (Greek final sigma), which would
/// give the start of a word another form than the word.
pub(crate) fn lower(token: &str) -> Cow<'_, str> {
    // Thai has no case.
    let caseless = |letter: char| match letter {
        '\0' => false,
        '\x01'..='\x7F' => !letter.is_ascii_uppercase(),
        '\u{0E00}'..='\u{0E7F}' => true,
        other => other.to_lowercase().eq(iter::once(other)),
    };
    // Most tokens are Thai letters throughout: three bytes each, the first two nearly always the same.
    let is_thai = |letter: &[u8]| matches!(letter, [0xE0, 0xB8 | 0xB9, _]);
    if token.as_bytes().chunks(3).all(is_thai) || token.chars().all(caseless) {
        Cow::Borrowed(token)
    } else {
        let without_nul = |letter: char| if letter == '\0' { '\u{FFFD}' } else { letter };
        Cow::Owned(token.chars().map(without_nul).flat_map(char::to_lowercase).collect())
    }
}

#[cfg(test)]
mod tests {
    use praden_text::Segmenter;
    use proptest::prelude::*;

    use super::*;

    fn analyze(text: &str) -> AnalyzedText {
        AnalyzedText::analyze(text.to_owned(), Segmenter::embedded())
    }

    #[track_caller]
    fn check(text: &str, want: &[&str]) {
        let text = analyze(text);
        let got: Vec<String> = words(&text).map(|word| word.term.into_owned()).collect();
        assert_eq!(got, want, "{:?}", text.raw());
    }

    #[test]
    fn white_space_and_punctuation_are_not_words() {
        check("", &[]);
        check(" \n\u{A0}", &[]);
        check("(COVID)  \"Flood\"", &["covid", "flood"]);
        check("๒๕๖๘", &["2568"]);
    }

    #[test]
    fn a_token_over_the_limit_is_cut_and_nothing_is_lost() {
        let long = "a".repeat(TERM_BYTES_MAX * 2 + 1);
        let text = analyze(&long);
        let found: Vec<Word<'_>> = words(&text).collect();
        assert!(found.len() >= 3);
        assert_eq!(found.iter().map(|word| word.span.len()).sum::<usize>(), long.len());
    }

    proptest! {
        #[test]
        fn terms_are_bounded_and_spans_lie_in_order(text in "(\\PC|\0){0,80}|[A-Zİก-ฮ]{200,400}") {
            let text = analyze(&text);
            let mut end = 0;
            for word in words(&text) {
                prop_assert!((1..=TERM_BYTES_MAX).contains(&word.term.len()) && !word.term.contains('\0'));
                prop_assert!(word.span.start >= end && word.span.end > word.span.start);
                prop_assert_eq!(text.normalized().get(word.span.clone()).map(lower), Some(word.term));
                end = word.span.end;
            }
        }
    }
}
