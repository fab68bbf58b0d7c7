//! The stories stage: which articles are about the same event.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use praden_model::{
    ArticleId, Effects, MembersOf, Membership, Revision, Seq, StageCommit, StageName, Store, StoryId,
};
use praden_stories::{Clusterer, Window};

use super::{Stage, StageError, compute};
use crate::progress::StageId;

/// Revisions read at once when the window is made again.
const PAGE: usize = 256;

/// Finds stories.
pub(crate) struct StoriesStage {
    store: Arc<dyn Store>,
    window: Window,
    // Made from the log when the first revision comes: a crawl that brings nothing new needs none.
    clusterer: Option<Clusterer>,
    cursor: Seq,
}

impl StoriesStage {
    pub(crate) async fn open(store: Arc<dyn Store>, window: Window) -> Result<Self, StageError> {
        let cursor = store.cursor(StageName::Stories).await?;
        Ok(Self { store, window, clusterer: None, cursor })
    }

    /// The clusterer as an undisturbed run would have it at the cursor.
    async fn remember(&self) -> Result<Clusterer, StageError> {
        let mut clusterer = Clusterer::new(self.window.clone());
        let kept = clusterer.revisions_to_remember() as u64;
        // Positions may have holes, and then fewer than `kept` revisions lie here; the window is a bound, not a promise,
        // but it must be the same after every restart, so it is counted in positions.
        let mut after = Seq::new(self.cursor.get().saturating_sub(kept));
        while after < self.cursor {
            let mut revisions = self.store.read_after(after, PAGE).await?;
            revisions.retain(|revision| revision.seq <= self.cursor);
            let Some(last) = revisions.last().map(|revision| revision.seq) else { break };
            let of = MembersOf::Revisions { after, upto: last };
            let memberships: HashMap<Seq, Membership> = self
                .store
                .memberships(of)
                .await?
                .into_iter()
                .map(|membership| (membership.seq, membership))
                .collect();
            clusterer = compute(StageId::Stories, &[], move || {
                for revision in &revisions {
                    if let Some(membership) = memberships.get(&revision.seq) {
                        clusterer.remember(revision, membership);
                    }
                }
                clusterer
            })
            .await?;
            after = last;
        }
        Ok(clusterer)
    }

    /// The stories of articles that come again, as they were when last judged.
    async fn stories_of(&self, batch: &[Arc<Revision>]) -> Result<HashMap<ArticleId, StoryId>, StageError> {
        let mut stories = HashMap::new();
        for revision in batch.iter().filter(|revision| revision.revision > 1) {
            let of = MembersOf::Article { article: revision.article, upto: self.cursor };
            if let Some(last) = self.store.memberships(of).await?.last() {
                stories.insert(revision.article, last.story);
            }
        }
        Ok(stories)
    }
}

#[async_trait]
impl Stage for StoriesStage {
    async fn take(&mut self, batch: Vec<Arc<Revision>>, upto: Seq) -> Result<(), StageError> {
        let mut clusterer = match self.clusterer.take() {
            Some(clusterer) => clusterer,
            None => self.remember().await?,
        };
        let mut stories = self.stories_of(&batch).await?;
        let revisions = batch.clone();
        let (clusterer, memberships) = compute(StageId::Stories, &batch, move || {
            let place = |revision: &Arc<Revision>| {
                let membership = match stories.get(&revision.article) {
                    Some(story) => clusterer.place_again(revision, *story),
                    None => clusterer.place(revision),
                };
                stories.insert(revision.article, membership.story);
                membership
            };
            let memberships: Vec<Membership> = revisions.iter().map(place).collect();
            (clusterer, memberships)
        })
        .await?;
        let effects = Effects { memberships, ..Effects::default() };
        self.store
            .commit(StageCommit { stage: StageName::Stories, from: self.cursor, to: upto, effects })
            .await?;
        // Only now: had the commit failed, the clusterer would know more than the store.
        self.clusterer = Some(clusterer);
        self.cursor = upto;
        Ok(())
    }

    fn taken(&self) -> Seq {
        self.cursor
    }
}
