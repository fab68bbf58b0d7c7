//! What many requests ask the store for at once, asked once.

use std::time::Duration;

use praden_model::{Counts, EventSeq, Store, StoreError};
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How often the store is asked whether there are new events, however many readers wait.
///
/// The store has no way to call: events also come from other processes. Ten small questions a second cost nothing to
/// speak of, and a tenth of a second is soon enough for a desk.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The end of the event log, as last seen. Never ahead of the log.
#[derive(Default)]
pub(crate) struct Tail(Mutex<Option<(Instant, EventSeq)>>);

impl Tail {
    /// Waits until there is an event after a position.
    pub(crate) async fn beyond(&self, store: &dyn Store, after: EventSeq) -> Result<(), StoreError> {
        while self.head(store).await? <= after {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    async fn head(&self, store: &dyn Store) -> Result<EventSeq, StoreError> {
        // The lock is held while the store is asked: whoever comes meanwhile gets the same answer.
        let mut seen = self.0.lock().await;
        if let Some((at, head)) = *seen
            && at.elapsed() < LOOK_EVERY
        {
            return Ok(head);
        }
        let head = store.heads().await?.events;
        *seen = Some((Instant::now(), head));
        Ok(head)
    }
}

/// How long counts are good for. Counting a million mentions takes a while, and anybody may reload a page.
const COUNTS_KEPT: Duration = Duration::from_secs(2);

/// The store's counts, as last seen.
#[derive(Default)]
pub(crate) struct CountsCache(Mutex<Option<(Instant, Counts)>>);

impl CountsCache {
    pub(crate) async fn get(&self, store: &dyn Store) -> Result<Counts, StoreError> {
        let mut seen = self.0.lock().await;
        if let Some((at, counts)) = &*seen
            && at.elapsed() < COUNTS_KEPT
        {
            return Ok(counts.clone());
        }
        let counts = store.counts().await?;
        *seen = Some((Instant::now(), counts.clone()));
        Ok(counts)
    }
}
