//! The search index: the latest revision of every article, searched with the queries of `praden-query`.
//!
//! tantivy keeps terms with their positions, the facets and the dates; the articles themselves live in the store. Words
//! come in cut ([`praden_model::AnalyzedText`]), so nothing is segmented here and tantivy's own tokenizers, which drop
//! Thai runs over 40 bytes without a word, are not used. The cursor of the article log is kept in each commit, so that
//! the documents and the cursor are durable together or not at all. A deleted index is an empty one with cursor 0: it
//! is built again from the log.
//!
//! What an index says is what [`praden_query::Expr::matches`] says of each article, or a refusal; a test holds the two
//! against each other on random queries.
//!
//! Left to others: reading the log and deciding when to commit (crate `pipeline`), fetching the articles of a page of
//! hits (crate `store`), what matters (everybody above).
//!
//! ```
//! use praden_index::{Index, SearchOptions, WriterOptions};
//! # let dir = tempfile::tempdir()?;
//! let index = Index::open(dir.path())?;
//! let mut writer = index.writer(&WriterOptions::default())?;
//! assert_eq!(writer.cursor(), praden_model::Seq::ZERO);
//! # let revision = |_: u64| -> Option<praden_model::Revision> { None };
//! for seq in 1..=10 {
//!     if let Some(revision) = revision(seq) {
//!         writer.upsert(&revision, &[], None)?;
//!     }
//! }
//! writer.commit(praden_model::Seq::new(10))?;
//!
//! let query = praden_query::parse("น้ำท่วม date:7d", jiff::Timestamp::UNIX_EPOCH)?;
//! let searcher = index.reader()?;
//! let results = searcher.search(&query.tree, &SearchOptions::default())?;
//! assert_eq!((results.total, searcher.cursor().get()), (0, 10));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod collect;
mod compile;
mod error;
mod exact;
mod generation;
mod guard;
mod highlight;
mod index;
mod missed;
mod page;
mod schema;
mod searcher;
mod spans;
mod texts;
mod words;
mod writer;

pub use error::{IndexError, TERMS_MAX};
pub use generation::{Rebuild, sweep};
pub use highlight::{Snippet, highlight, snippet};
pub use index::{Index, SCHEMA_VERSION};
pub use missed::{Missed, Nowhere};
pub use page::{Cursor, CursorError, Hit, Order, Results, SearchOptions};
pub use schema::Findings;
pub use searcher::{Facet, FacetField, Searcher, SignificantWord, Timeline, Unit};
pub use writer::{Writer, WriterOptions};
