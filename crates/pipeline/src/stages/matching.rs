//! The match stage: agencies named in each revision.

use std::sync::Arc;

use async_trait::async_trait;
use praden_match::Matcher;
use praden_model::{Effects, Revision, Seq, StageCommit, StageName, Store};

use super::{Stage, StageError, compute};
use crate::progress::StageId;

/// Finds mentions.
pub(crate) struct MatchStage {
    store: Arc<dyn Store>,
    matcher: Arc<Matcher>,
    cursor: Seq,
}

impl MatchStage {
    pub(crate) async fn open(store: Arc<dyn Store>, matcher: Arc<Matcher>) -> Result<Self, StageError> {
        let cursor = store.cursor(StageName::Match).await?;
        Ok(Self { store, matcher, cursor })
    }
}

#[async_trait]
impl Stage for MatchStage {
    async fn take(&mut self, batch: Vec<Arc<Revision>>, upto: Seq) -> Result<(), StageError> {
        let (matcher, revisions) = (Arc::clone(&self.matcher), batch.clone());
        let mentions = compute(StageId::Match, &batch, move || {
            revisions
                .iter()
                .map(|revision| (revision.seq, matcher.find(&revision.title, &revision.text)))
                .collect()
        })
        .await?;
        let effects = Effects { mentions, ..Effects::default() };
        self.store
            .commit(StageCommit { stage: StageName::Match, from: self.cursor, to: upto, effects })
            .await?;
        self.cursor = upto;
        Ok(())
    }

    fn taken(&self) -> Seq {
        self.cursor
    }
}
