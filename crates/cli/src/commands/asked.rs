//! A query as it was asked, and the state of the index that answers it.

use praden_index::{Index, IndexError, Nowhere, Searcher};
use praden_model::Clock as _;
use praden_pipeline::{CutOtherwise, saved};
use praden_query::{Expr, Query};
use serde::Serialize;

use super::Reading;
use crate::exit::Failure;
use crate::surroundings;
use crate::talk::say;

/// What is said beside a count, and stands beside it as JSON.
#[derive(Default, Serialize)]
pub(crate) struct Letters {
    /// What the words miss of their own letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    cut_otherwise: Option<CutOtherwise>,
    /// What is found in spite of NOT.
    #[serde(skip_serializing_if = "Option::is_none")]
    let_through: Option<CutOtherwise>,
}

/// One argument, as a shell takes it.
fn for_shell(query: &str) -> String {
    format!("'{}'", query.replace('\'', "'\\''"))
}

/// A query that was understood.
pub(crate) struct Asked {
    written: String,
    pub(crate) query: Query,
}

impl Asked {
    /// Reads a query, or the saved one of that name; says what the reader should know about it.
    pub(crate) fn read(reading: &Reading, written: &str) -> Result<Self, Failure> {
        let written = saved::resolve(reading.folder.path(), written)?;
        let query = praden_query::parse(&written, surroundings::WallClock.now()).map_err(Failure::usage)?;
        for warning in &query.warnings {
            say(format_args!("praden: {warning}"));
        }
        Ok(Self { written, query })
    }

    /// The latest state of the index, within the limits of the pipeline or those given; the query is then asked of the stories
    /// as they are now.
    pub(crate) async fn searcher(
        &mut self,
        reading: &Reading,
        terms_max: Option<usize>,
    ) -> Result<Searcher, Failure> {
        let terms_max = terms_max.unwrap_or(reading.pipeline.search.terms_max);
        let searcher = Index::open(&reading.folder.index())?.reader()?.with_terms_max(terms_max);
        let tree = self.query.tree.clone();
        let (tree, moved) =
            praden_pipeline::follow_stories(&*reading.store, tree, searcher.story_changes()).await?;
        self.query.tree = tree;
        for (story, now) in moved {
            say(format_args!("praden: {story} was merged into {now}, which is searched"));
        }
        for Nowhere { written, known } in searcher.nowhere(&self.query.tree)? {
            let known =
                if known.is_empty() { String::new() } else { format!("; there are {}", known.join(", ")) };
            say(format_args!("praden: ไม่มีข่าวใดที่เป็น {written} · no article has {written}{known}"));
        }
        Ok(searcher)
    }

    /// What was typed.
    pub(crate) fn written(&self) -> &str {
        &self.written
    }

    /// What the index says to it.
    pub(crate) fn answer<T>(&self, ask: impl FnOnce(&Expr) -> Result<T, IndexError>) -> Result<T, Failure> {
        ask(&self.query.tree).map_err(|error| self.refused(error))
    }

    /// What the words of the query miss of their own letters, and what its NOT lets through; says so.
    pub(crate) async fn missed(&self, reading: &Reading, searcher: &Searcher) -> Result<Letters, Failure> {
        let (tree, store) = (&self.query.tree, &*reading.store);
        let cut_otherwise = match searcher.missed(tree)? {
            Some(missed) => praden_pipeline::cut_otherwise(store, tree, &missed).await?,
            None => None,
        };
        if let Some(CutOtherwise { articles, query, cut }) = &cut_otherwise {
            let more = if *articles == 1 {
                "1 more article has".to_owned()
            } else {
                format!("{articles} more articles have")
            };
            say(format_args!(
                "praden: อีก {articles} ข่าวมีตัวอักษรเหล่านี้แต่ตัดคำต่างไป ({}) · {more} these letters where words are cut otherwise\n  \
                 hint: to find all of them: praden search {}",
                cut.join(", "),
                for_shell(query)
            ));
        }
        let let_through = match searcher.let_through(tree)? {
            Some(missed) => praden_pipeline::let_through(store, tree, &missed).await?,
            None => None,
        };
        if let Some(CutOtherwise { articles, query, cut }) = &let_through {
            say(format_args!(
                "praden: {articles} ข่าวในนี้มีตัวอักษรของคำหลัง NOT แต่ตัดคำต่างไป ({}) · {articles} of these {} the letters of what NOT takes away, \
                 where words are cut otherwise\n  hint: to leave them out: praden search {}",
                cut.join(", "),
                if *articles == 1 { "has" } else { "have" },
                for_shell(query)
            ));
        }
        Ok(Letters { cut_otherwise, let_through })
    }

    /// Why the index did not answer: a query that is too broad is wrong usage, and is shown where.
    fn refused(&self, error: IndexError) -> Failure {
        match error {
            IndexError::TooBroad { written, max } => {
                Failure::usage(self.query.too_broad(&self.written, &written, max))
            }
            other => other.into(),
        }
    }
}
