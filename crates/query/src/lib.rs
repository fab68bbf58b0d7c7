//! The query language: one parser, one tree, and an evaluator over one article in memory.
//!
//! An analyst's query and a rule that tags articles are the same thing, parsed here once. The search index answers the
//! tree over the past; [`Query::matches`] answers it over one article at hand. Both must give the same answer, so what
//! a word is ([`words()`]), what a phrase is and what a distance counts are decided here and nowhere else.
//!
//! | written | finds articles that |
//! |---|---|
//! | `น้ำท่วม กรุงเทพ`, `น้ำท่วม AND กรุงเทพ`, `น้ำท่วม และ กรุงเทพ` | have both |
//! | `น้ำท่วม OR อุทกภัย`, `น้ำท่วม หรือ อุทกภัย` | have one or both |
//! | `น้ำท่วม NOT ซ้อม`, `น้ำท่วม ไม่ ซ้อม` | have the first and not the second |
//! | `"กรมการแพทย์"` | have these words next to each other; white space and punctuation between them do not count |
//! | `=กรมการแพทย์`, `="ก.พ. 2568"` | have exactly these letters, wherever words begin and end; capitals and spaces count |
//! | `flood*`, `fl*od`, `gr?y` | have a word that starts so; that fits: `*` is any letters or none, `?` exactly one |
//! | `น้ำท่วม NEAR/5 เตือน` | have both, the second at most five words from the first, on either side |
//! | `เตือน ONEAR/5 น้ำท่วม` | the same, in this order |
//! | `title:น้ำท่วม`, `text:(ก OR ข)`, `title:=ก.พ.` | have it in that part |
//! | `author:สมชาย`, `author:"สมชาย ใจดี"`, `author:สม*` | name an author so: parts of a name that stand together, without นาย, นาง, นางสาว |
//! | `outlet:` `source:` `agency:` `story:` `rule:` `kind:` `place:` `lang:` `url:` | have that property |
//! | `date:2568-07-01..2568-07-31`, `date:2025-07`, `date:7d`, `date:today` | are dated so, in days at +07:00, CE or พ.ศ. |
//!
//! A word of the query is cut as the articles are, and found where an article's words were cut the same way. Thai is
//! cut by a model that looks at the neighbours, so a name in the middle of a longer run can be missed by a word or a
//! phrase: of articles with the letters of a three-word phrase, some seven in a hundred. Words are for topics, with
//! ranking and distance; `=` is for names and for counts that must be right.
//!
//! ```text
//! query    = any
//! any      = all { ("OR" | "หรือ") all }
//! all      = unary { ["AND" | "และ"] unary }
//! unary    = ("NOT" | "ไม่") unary | operand [ ("NEAR/" n | "ONEAR/" n) operand ]
//! operand  = "(" any ")" | [ field ":" ] ( word | "\"" words "\"" | "=" letters | "(" any ")" )
//! ```
//!
//! For those who come from Meltwater or Brandwatch:
//!
//! | there | here |
//! |---|---|
//! | `NEAR/4`, `~4` | `NEAR/4`; a bare `near` or `NEAR` is an error, never a word |
//! | `ONEAR/4`, `NEAR/4f` | `ONEAR/4` |
//! | `title:(a OR b)`, `site:`, `url:` | `title:(a OR b)`, `outlet:`, `url:https://host/path*` |
//! | `and`, `&&`, `-word`, `+word` | an error that says what to write |
//! | `raw:`, `{...}` | `=letters` |
//! | `author:"jane doe"`, `authorName:` | `author:"jane doe"`; a name in the text is `="ชื่อ นามสกุล"` |
//!
//! NOT binds tighter than AND, AND tighter than OR; NEAR binds tightest. Capitals of Latin letters do not matter. What
//! the parser does not understand is an error that points at the place ([`QueryError`]); nothing is guessed.
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
pub use words::{TERM_BYTES_MAX, Word, words};

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
