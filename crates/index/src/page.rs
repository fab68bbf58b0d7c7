//! Pages of results, and the cursor from one to the next.

use std::fmt;
use std::str::FromStr;

use praden_model::{ArticleId, Seq};
use praden_query::Expr;

use crate::collect::Key;

/// How results are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Best first by BM25 over title and text, the title counting double; among equals the latest in the log first.
    #[default]
    Relevance,
    /// Relevance, more for the new: an article of the newest day counts whole, one from a week before it two thirds, an
    /// old or undated one a third. The newest day is that of the index, so that pages stay as they are.
    Fresh,
    /// Latest publication first, the undated last; among equals the latest in the log first.
    Newest,
}

/// Which part of the results is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchOptions {
    /// How many hits at most. Up to [`SearchOptions::LIMIT_MAX`]; more is cut to that.
    pub limit: usize,
    /// In which order.
    pub order: Order,
    /// After which hit: the `next` of the page before.
    pub after: Option<Cursor>,
    /// Whether near-duplicates are one hit: the best of them, with the number of the others.
    pub fold: bool,
}

impl SearchOptions {
    /// The longest page. Whoever wants everything asks for page after page.
    pub const LIMIT_MAX: usize = 10_000;
}

impl Default for SearchOptions {
    fn default() -> Self {
        Self { limit: 10, order: Order::default(), after: None, fold: false }
    }
}

/// One page of results.
#[derive(Clone, Debug, PartialEq)]
pub struct Results {
    /// How many articles match, exactly, on all pages together; folded ones too.
    pub total: u64,
    /// How many hits all pages together have: fewer than articles where near-duplicates were folded.
    pub hits_total: u64,
    /// This page.
    pub hits: Vec<Hit>,
    /// Where the next page starts; nothing on the last.
    pub next: Option<Cursor>,
}

/// One article that matches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// The revision that is indexed, the latest.
    pub seq: Seq,
    /// Its article.
    pub article: ArticleId,
    /// The score, where results are ordered by it. Comparable within one page sequence only.
    pub score: Option<f32>,
    /// How many other articles that match say the same, where near-duplicates were folded.
    pub copies: u64,
}

/// The place after a hit. Written as text it survives a restart, a URL and a spreadsheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    order: Order,
    query: u64,
    snapshot: u64,
    key: (u64, u64),
}

impl Cursor {
    pub(crate) fn new(order: Order, tree: &Expr, snapshot: u64, key: Key) -> Self {
        Self { order, query: fingerprint(tree.to_string().as_bytes()), snapshot, key: (key.major, key.seq) }
    }

    /// The order of the pages.
    pub fn order(&self) -> Order {
        self.order
    }

    pub(crate) fn snapshot(&self) -> u64 {
        self.snapshot
    }

    pub(crate) fn key(&self) -> Key {
        Key { major: self.key.0, seq: self.key.1 }
    }

    pub(crate) fn is_of(&self, tree: &Expr) -> bool {
        self.query == fingerprint(tree.to_string().as_bytes())
    }
}

/// Text that is no cursor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no place to go on from: take it from the page before, whole")]
pub struct CursorError(String);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = match self.order {
            Order::Relevance => 'r',
            Order::Fresh => 'f',
            Order::Newest => 'n',
        };
        write!(f, "{order}-{:x}-{:x}-{:x}-{:x}", self.query, self.snapshot, self.key.0, self.key.1)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let read = || {
            let mut parts = text.split('-');
            let order = match parts.next()? {
                "r" => Order::Relevance,
                "f" => Order::Fresh,
                "n" => Order::Newest,
                _ => return None,
            };
            let mut number = || u64::from_str_radix(parts.next()?, 16).ok();
            let cursor = Self { order, query: number()?, snapshot: number()?, key: (number()?, number()?) };
            parts.next().is_none().then_some(cursor)
        };
        read().ok_or_else(|| CursorError(text.chars().take(80).collect()))
    }
}

/// FNV-1a, 64 bits: small, the same in every build, and only ever compared with itself.
pub(crate) fn fingerprint(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xCBF2_9CE4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn cursors_read_back_what_they_print(newest: bool, query: u64, snapshot: u64, key: (u64, u64)) {
            let order = if newest { Order::Newest } else { Order::Relevance };
            let cursor = Cursor { order, query, snapshot, key };
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }

        #[test]
        fn what_is_no_cursor_is_refused(text in "\\PC{0,40}|r-1-2-3|n-1-2-3-4-5|x-1-2-3-4") {
            prop_assert!(text.parse::<Cursor>().is_err());
        }
    }
}
