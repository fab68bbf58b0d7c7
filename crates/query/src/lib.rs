//! The query language: one parser, one tree, and an evaluator over one article in memory.
//!
//! An analyst's query and a rule that tags articles are the same thing, parsed here once. The search index answers the
//! tree over the past; [`Query::matches`] answers it over one article at hand. Both must give the same answer, so what
//! a word is ([`words()`]), what a phrase is and what a distance counts are decided here and nowhere else.
//!
//! How it is written, with a table for those who come from Meltwater or Brandwatch, stands below and in `README.md`.
//!
//! Left to others: indexes (crate `index`), automata over many rules (crate `match`), where saved queries are kept.
//!
//! ```
//! let now: jiff::Timestamp = "2025-08-01T03:00:00Z".parse()?;
//! let query = praden_query::parse("น้ำท่วม NEAR/5 (เตือน OR ระวัง) date:7d", now)?;
//! assert_eq!(query.tree.to_string(), "น้ำท่วม NEAR/5 (เตือน OR ระวัง) AND date:2025-07-26..2025-08-01");
//!
//! let error = praden_query::parse("น้ำท่วม and ไฟไหม้", now).unwrap_err();
//! assert!(error.to_string().starts_with("column 6 (byte 22): `and` is no operator"), "{error}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![doc = include_str!("../README.md")]

mod author;
mod dates;
mod error;
mod evaluate;
mod exact;
mod language;
mod letters;
mod lexer;
mod parser;
mod tree;
mod wildcard;
mod words;

pub use author::{AuthorName, name_parts};
pub use dates::DateRange;
pub use error::{Problem, QueryError, Warning};
pub use evaluate::{DocumentView, Occurrence, in_place, near_count, near_matches, near_places};
pub use exact::Exact;
pub use language::Language;
pub use parser::{Leaf, Query, parse, parse_with};
pub use tree::{Expr, Near, Phrase, Property, Scope, UrlMatch};
pub use wildcard::Pattern;
pub use words::{TERM_BYTES_MAX, Word, terms, words};

/// Limits on one query. Each is far above what a person writes and keeps every later step bounded.
pub mod limits {
    /// The longest query, in bytes. The longest saved queries of media desks have a few thousand letters.
    pub const QUERY_BYTES_MAX: usize = 16 * 1024;
    /// How deep brackets and NOT may nest. The parser, the evaluator and the index all recurse as deep.
    pub const DEPTH_MAX: usize = 32;
    /// How many words, phrases and properties one query may have.
    pub const LEAVES_MAX: usize = 512;
    /// How many words one phrase may have.
    pub const PHRASE_WORDS_MAX: usize = 64;
    /// The greatest distance of NEAR and ONEAR: beyond this AND says what is meant.
    pub const DISTANCE_MAX: u32 = 100;
    /// The fewest letters before `*`: one letter would touch a good part of the dictionary.
    pub const PREFIX_CHARS_MIN: usize = 2;
    /// The fewest letters of an exact run: single letters stand in nearly every article.
    pub const EXACT_CHARS_MIN: usize = 2;
}
