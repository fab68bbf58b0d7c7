//! The stories stage: which articles are about the same event.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use praden_model::{
    ArticleId, ChangesOf, Clock, Conflict, Effects, MembersOf, Membership, Revision, Seq, StageCommit,
    StageName, Store, StoreError, StoryChange, StoryChangeKind, StoryId,
};
use praden_stories::{Clusterer, Merge, Split, Window};

use super::{Stage, StageError, compute};
use crate::progress::StageId;

/// Revisions read at once when the window is made again.
const PAGE: usize = 256;

/// Times a batch is placed again because a person changed stories meanwhile.
const ATTEMPTS_MAX: u32 = 16;

/// Finds stories.
pub(crate) struct StoriesStage {
    store: Arc<dyn Store>,
    window: Window,
    // Made from the log when the first revision comes: a crawl that brings nothing new needs none.
    clusterer: Option<Clusterer>,
    cursor: Seq,
    /// The last change of stories that the clusterer has taken up.
    known: u64,
    clock: Arc<dyn Clock>,
}

impl StoriesStage {
    pub(crate) async fn open(
        store: Arc<dyn Store>,
        window: Window,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StageError> {
        let cursor = store.cursor(StageName::Stories).await?;
        Ok(Self { store, window, clusterer: None, cursor, known: 0, clock })
    }

    /// The clusterer as an undisturbed run would have it at the cursor.
    async fn remember(&mut self) -> Result<Clusterer, StageError> {
        let mut clusterer = Clusterer::new(self.window.clone());
        self.known = 0;
        let mut changes = VecDeque::from(self.changes().await?);
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
            (clusterer, changes) = compute(StageId::Stories, &[], move || {
                for revision in &revisions {
                    // A change happened after its revision was placed, and before the next.
                    while let Some(change) = changes.pop_front_if(|change| change.seq < revision.seq) {
                        clusterer.apply(&change);
                    }
                    if let Some(membership) = memberships.get(&revision.seq) {
                        clusterer.remember(revision, membership);
                    }
                }
                (clusterer, changes)
            })
            .await?;
            after = last;
        }
        changes.iter().for_each(|change| clusterer.apply(change));
        Ok(clusterer)
    }

    /// The changes of stories that were not taken up yet, in order.
    async fn changes(&mut self) -> Result<Vec<StoryChange>, StageError> {
        let mut changes = Vec::new();
        loop {
            let page = self.store.story_changes(ChangesOf::After(self.known), PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(changes) };
            self.known = *last;
            changes.extend(page.into_iter().map(|(_, change)| change));
        }
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
        let mut attempts = 1;
        loop {
            match self.attempt(&batch, upto).await {
                // A person merged or split stories meanwhile: begin with that.
                Err(StageError::Store(StoreError::Conflict(Conflict::Stories)))
                    if attempts < ATTEMPTS_MAX =>
                {
                    attempts += 1;
                }
                done => return done,
            }
        }
    }

    fn taken(&self) -> Seq {
        self.cursor
    }
}

impl StoriesStage {
    async fn attempt(&mut self, batch: &[Arc<Revision>], upto: Seq) -> Result<(), StageError> {
        let mut clusterer = match self.clusterer.take() {
            Some(mut clusterer) => {
                self.changes().await?.iter().for_each(|change| clusterer.apply(change));
                clusterer
            }
            None => self.remember().await?,
        };
        let mut stories = self.stories_of(batch).await?;
        let (revisions, at) = (batch.to_vec(), self.clock.now());
        let (clusterer, memberships, story_changes) = compute(StageId::Stories, batch, move || {
            let mut changes: Vec<StoryChange> = Vec::new();
            let place = |revision: &Arc<Revision>| {
                let membership = match stories.get(&revision.article) {
                    Some(story) => clusterer.place_again(revision, *story),
                    None => clusterer.place(revision),
                };
                stories.insert(revision.article, membership.story);
                for merge in clusterer.take_merges() {
                    // Later revisions of what moved stay where it is now.
                    for story in stories.values_mut().filter(|story| **story == merge.other) {
                        *story = merge.story;
                    }
                    changes.push(change_of(merge, at));
                }
                for split in clusterer.take_splits() {
                    for article in &split.articles {
                        if let Some(story) = stories.get_mut(article) {
                            *story = split.other;
                        }
                    }
                    changes.push(parted(split, at));
                }
                membership
            };
            let memberships: Vec<Membership> = revisions.iter().map(place).collect();
            (clusterer, memberships, changes)
        })
        .await?;
        let effects = Effects {
            memberships,
            story_changes,
            story_changes_known: Some(self.known),
            ..Effects::default()
        };
        self.store
            .commit(StageCommit { stage: StageName::Stories, from: self.cursor, to: upto, effects })
            .await?;
        // Only now: had the commit failed, the clusterer would know more than the store.
        self.clusterer = Some(clusterer);
        self.cursor = upto;
        Ok(())
    }
}

/// A split as the store keeps it: nobody did it, and why.
fn parted(split: Split, at: Timestamp) -> StoryChange {
    StoryChange {
        kind: StoryChangeKind::Split,
        seq: split.seq,
        at,
        story: split.story,
        other: split.other,
        why: format!(
            "ข่าวหลัง {0} ฉบับเป็นเรื่องเดียวกันเอง แต่คล้ายข่าวแรก ๆ เพียง {1:.0} % ของเกณฑ์ (the later {0} articles hold together and are as like the first as {1:.0} % of what one story asks for)",
            split.articles.len(),
            split.likeness * 100.0
        ),
        articles: split.articles,
        by: None,
    }
}

/// A merge as the store keeps it: nobody did it, and why.
fn change_of(merge: Merge, at: Timestamp) -> StoryChange {
    StoryChange {
        kind: StoryChangeKind::Merged,
        seq: merge.seq,
        at,
        story: merge.story,
        other: merge.other,
        articles: merge.articles,
        by: None,
        why: format!(
            "ข่าวลำดับ {0} เข้ากับทั้งสองเรื่อง และข่าวของทั้งสองคล้ายกัน {1:.0} % ของเกณฑ์ (article {0} is of both; their articles are as like as {1:.0} % of what one story asks for)",
            merge.seq,
            merge.likeness * 100.0
        ),
    }
}
