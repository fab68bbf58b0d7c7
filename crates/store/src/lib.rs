//! The store port on real databases: today SQLite, embedded.
//!
//! A store keeps what it is given and answers what it is asked, under the rules written at [`praden_model::Store`]. It
//! knows nothing of why: no business rule lives here. Every implementation passes the same behaviour suite
//! (`tests/behaviour`), which promises nothing that only one database could keep.
//!
//! ```no_run
//! use praden_model::{Seq, Store};
//! use praden_store::SqliteStore;
//!
//! # async fn example() -> Result<(), praden_model::StoreError> {
//! let store = SqliteStore::open("praden-data".as_ref())?;
//! for revision in store.read_after(Seq::ZERO, 100).await? {
//!     println!("{} {}", revision.seq, revision.headline());
//! }
//! # Ok(())
//! # }
//! ```

mod sqlite;

pub use sqlite::SqliteStore;
