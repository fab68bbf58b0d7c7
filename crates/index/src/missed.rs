//! What a number does not say: what words miss of their own letters, and names that nobody has.

use praden_model::Seq;
use praden_query::{Expr, Property};

use crate::error::IndexError;
use crate::page::{Order, SearchOptions};
use crate::searcher::{FacetField, Searcher};

/// How many of the articles are named, so that somebody may look whether they say the same. Each is read from the store.
const SOME_MAX: usize = 8;

/// Articles that have the letters of a query's words, and not the words, because they cut them otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// The query that goes by letters, too.
    pub instead: Expr,
    /// How many they are: by so many more, or fewer, does it find. At least one.
    pub articles: u64,
    /// The latest of them, a few.
    pub some: Vec<Seq>,
}

/// A name in a query that no article has. It may be mistyped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nowhere {
    /// The property, as the canonical text has it: `outlet:thaigov`.
    pub written: String,
    /// The commonest names that articles have there, a few.
    pub known: Vec<String>,
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
        self.between(tree.clone(), wider.clone(), wider)
    }

    /// What a query finds though it has the letters of words that NOT denies ([`Expr::denying_letters`]); nothing if it finds no
    /// such article. Costs as much as [`Searcher::missed`].
    ///
    /// # Errors
    /// When the files of the index cannot be read.
    pub fn let_through(&self, tree: &Expr) -> Result<Option<Missed>, IndexError> {
        let Some(narrower) = tree.denying_letters() else { return Ok(None) };
        self.between(narrower.clone(), tree.clone(), narrower)
    }

    /// What one query finds and another, which finds no other articles, does not.
    fn between(&self, less: Expr, more: Expr, instead: Expr) -> Result<Option<Missed>, IndexError> {
        let others = Expr::And(vec![more, Expr::Not(Box::new(less))]);
        let options = SearchOptions { limit: SOME_MAX, order: Order::Newest, ..SearchOptions::default() };
        // The words of the query stand in it twice: what was not too broad once is not now.
        let results = self.clone().with_terms_twice().search(&others, &options)?;
        let some = results.hits.iter().map(|hit| hit.seq).collect();
        Ok((results.total > 0).then_some(Missed { instead, articles: results.total, some }))
    }

    /// Names in a query that no article of the index has: outlets, sources, agencies, stories, rules and places.
    ///
    /// # Errors
    /// When the files of the index cannot be read.
    pub fn nowhere(&self, tree: &Expr) -> Result<Vec<Nowhere>, IndexError> {
        const KNOWN_MAX: usize = 8;
        let mut nowhere: Vec<Nowhere> = Vec::new();
        for property in tree.properties() {
            let field = match property {
                Property::Outlet(_) => Some(FacetField::Outlet),
                Property::Source(_) => Some(FacetField::Source),
                Property::Agency(_) => Some(FacetField::Agency),
                Property::Rule(_) => Some(FacetField::Rule),
                Property::Place(_) => Some(FacetField::Province),
                Property::Story(_) => None,
                Property::Url(_)
                | Property::Date(_)
                | Property::Kind(_)
                | Property::Language(_)
                | Property::Author(_) => continue,
            };
            let asked = Expr::Is(property.clone());
            let written = asked.to_string();
            if nowhere.iter().any(|other| other.written == written) || self.count(&asked)? > 0 {
                continue;
            }
            // No article has it: all are what it is not.
            let all = Expr::Not(Box::new(asked));
            let known = match field {
                Some(field) => {
                    self.facet(&all, field, KNOWN_MAX)?.values.into_iter().map(|(name, _)| name).collect()
                }
                None => Vec::new(),
            };
            nowhere.push(Nowhere { written, known });
        }
        Ok(nowhere)
    }
}
