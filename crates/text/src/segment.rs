//! Segmentation: Thai has no spaces, so words are found, and everything else is kept whole.
//!
//! ```
//! use praden_text::{Segmenter, TokenKind};
//! let tokens = Segmenter::embedded().segment("โทร 1111 #น้ำท่วม");
//! assert_eq!(tokens.last().map(|token| (token.text, token.kind)), Some(("#น้ำท่วม", TokenKind::Hashtag)));
//! ```

use std::sync::{Arc, OnceLock};

use crate::clusters;

/// Grows when [`Segmenter`] may cut some text differently, so that stored tokens can be told apart.
pub const SEGMENTER_VERSION: u32 = 1;

/// What a token is, seen from its characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenKind {
    /// A Thai word or part of one, also with ๆ or ฯ.
    Thai,
    /// A word in another alphabet, with its digits: `COVID`, `H1N1`.
    Latin,
    /// A number in Arabic or Thai digits with its separators: `1,234.50`, `๒๕๖๐`, `14.30`.
    Number,
    /// A dotted Thai abbreviation: `ก.พ.ร.`, `พล.อ.`.
    Abbreviation,
    /// A URL, a host name or an e-mail address.
    Url,
    /// `#` and the word after it.
    Hashtag,
    /// `@` and the name after it.
    Mention,
    /// One emoji with its modifiers and joined parts.
    Emoji,
    /// A run of white space.
    Space,
    /// Punctuation and symbols.
    Punctuation,
    /// Anything else.
    Other,
}

/// One token of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'t> {
    /// The characters of the token.
    pub text: &'t str,
    /// Where it starts, in bytes of the segmented text.
    pub start: usize,
    /// What it is.
    pub kind: TokenKind,
}

impl Token<'_> {
    /// Where it ends, in bytes of the segmented text.
    #[must_use]
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// Cuts text into words. Cheap to clone and to share between threads.
#[derive(Clone, Debug, Default)]
pub struct Segmenter {
    words: Arc<Vec<String>>,
}

impl Segmenter {
    /// The segmenter with the embedded model, built on first use.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static EMBEDDED: OnceLock<Segmenter> = OnceLock::new();
        EMBEDDED.get_or_init(Self::default)
    }

    /// The same segmenter with a user dictionary: these words stay whole where they occur, the longest first.
    #[must_use]
    pub fn with_words<I: IntoIterator<Item: AsRef<str>>>(&self, words: I) -> Self {
        let mut all: Vec<String> = self.words.as_ref().clone();
        all.extend(words.into_iter().map(|word| word.as_ref().to_owned()));
        Self { words: Arc::new(all) }
    }

    /// Appends the end offsets (bytes) of the tokens of `normalized` to `ends`.
    ///
    /// Tokens are the ranges between consecutive ends; joined, they are the whole text. White space runs are tokens of
    /// their own. Works on any text, best on a normalised one. Texts beyond 4 GiB are cut at most up to there.
    pub fn segment_into(&self, normalized: &str, ends: &mut Vec<u32>) {
        let mut at = 0;
        while at < normalized.len() {
            let rest = normalized.get(at..).unwrap_or_default();
            let length = match rest.chars().next() {
                Some(c) if c.is_whitespace() => run_length(rest, char::is_whitespace),
                Some('#') => {
                    1 + run_length(rest.get(1..).unwrap_or_default(), |c| {
                        is_thai(c) || c.is_alphanumeric() || c == '_'
                    })
                }
                Some(c) if is_thai(c) => thai_piece(rest),
                Some(c) if c.is_alphanumeric() => run_length(rest, |c| c.is_alphanumeric() && !is_thai(c)),
                _ => clusters::ceil_cluster(rest, 1),
            };
            at += length;
            ends.push(u32::try_from(at).unwrap_or(u32::MAX));
        }
    }

    /// The tokens of `text`, in order; joined, they are the whole text.
    #[must_use]
    pub fn segment<'t>(&self, text: &'t str) -> Vec<Token<'t>> {
        let mut ends = Vec::new();
        self.segment_into(text, &mut ends);
        let mut start = 0;
        ends.into_iter()
            .filter_map(|end| {
                let end = end as usize;
                let token = text.get(start..end).map(|text| Token { text, start, kind: token_kind(text) });
                start = end;
                token
            })
            .collect()
    }
}

/// One cluster with its leading vowels: the smallest piece that Thai is ever cut into.
fn thai_piece(rest: &str) -> usize {
    let mut end = 0;
    loop {
        let is_lead =
            rest.get(end..).and_then(|tail| tail.chars().next()).is_some_and(|c| ('เ'..='ไ').contains(&c));
        end = clusters::ceil_cluster(rest, end + 1);
        if !is_lead || end >= rest.len() {
            return end;
        }
    }
}

fn run_length(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

fn is_thai(c: char) -> bool {
    ('\u{E01}'..='\u{E5B}').contains(&c) && c != '฿'
}

/// What a token of this text is. Reads only the characters given; constant time but for long URLs.
#[must_use]
pub fn token_kind(token: &str) -> TokenKind {
    let Some(first) = token.chars().next() else { return TokenKind::Other };
    match first {
        c if c.is_whitespace() => TokenKind::Space,
        '#' if token.len() > 1 => TokenKind::Hashtag,
        '@' if token.len() > 1 => TokenKind::Mention,
        '0'..='9' | '๐'..='๙' => TokenKind::Number,
        c if is_thai(c) && token.contains('.') => TokenKind::Abbreviation,
        c if is_thai(c) => TokenKind::Thai,
        c if c.is_alphabetic() && (token.contains("://") || token.contains('@') || token.contains('.')) => {
            TokenKind::Url
        }
        c if c.is_alphabetic() => TokenKind::Latin,
        c if c.is_ascii_punctuation() || matches!(c, '\u{2010}'..='\u{205E}' | '฿' | '\u{A1}'..='\u{BF}') => {
            TokenKind::Punctuation
        }
        '\u{1F000}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}' => TokenKind::Emoji,
        _ => TokenKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn tokens_add_up_to_the_text(text in any::<String>()) {
            let joined: String = Segmenter::embedded().segment(&text).iter().map(|token| token.text).collect();
            prop_assert_eq!(joined, text);
        }
    }
}
