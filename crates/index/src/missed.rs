//! What words miss of their own letters, counted beside a search.

use praden_model::Seq;
use praden_query::Expr;

use crate::error::IndexError;
use crate::page::{Order, SearchOptions};
use crate::searcher::Searcher;

/// How many of the articles are named, so that somebody may look whether they say the same. Each is read from the store.
const SOME_MAX: usize = 8;

/// Articles that have the letters of a query's words, and not the words, because they cut them otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// The query that finds them too.
    pub wider: Expr,
    /// How many they are: by so many more does it find. At least one.
    pub more: u64,
    /// The latest of them, a few.
    pub some: Vec<Seq>,
}

impl Searcher {
    /// What the words of a query miss of their own letters ([`Expr::with_letters`]); nothing if they miss nothing.
    ///
    /// Costs about as much as a search for the letters of each word: see [`Searcher::make_ready`].
    ///
    /// # Errors
    /// When the files of the index cannot be read.
    pub fn missed(&self, tree: &Expr) -> Result<Option<Missed>, IndexError> {
        let Some(wider) = tree.with_letters() else { return Ok(None) };
        let others = Expr::And(vec![wider.clone(), Expr::Not(Box::new(tree.clone()))]);
        let options = SearchOptions { limit: SOME_MAX, order: Order::Newest, ..SearchOptions::default() };
        // The words of the query stand in it twice: what was not too broad once is not now.
        let results = self.clone().with_terms_twice().search(&others, &options)?;
        let some = results.hits.iter().map(|hit| hit.seq).collect();
        Ok((results.total > 0).then_some(Missed { wider, more: results.total, some }))
    }
}
