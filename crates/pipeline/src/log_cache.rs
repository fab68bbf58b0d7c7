//! The article log as the stages read it: in blocks, the latest of them shared.
//!
//! Four stages read every revision, and they keep close to each other. Reading a block once and handing out the same
//! decoded revisions saves three decodings of four.

use std::collections::VecDeque;
use std::sync::Arc;

use praden_model::{Revision, Seq, Store, StoreError};
use tokio::sync::Mutex;

/// Positions in a block. A stage's batch is never longer. 128 articles are about a megabyte of Thai text.
const BLOCK: u64 = 128;

/// Blocks kept: enough for stages a thousand articles apart, about 16 MB.
const BLOCKS_MAX: usize = 8;

/// Shared reader of the article log.
pub(crate) struct LogCache {
    store: Arc<dyn Store>,
    // Newest last. The lock is held while a block is read, so that stages that need the same one read it once.
    blocks: Mutex<VecDeque<(u64, Batch)>>,
}

/// Revisions in order.
pub(crate) type Batch = Arc<[Arc<Revision>]>;

impl LogCache {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, blocks: Mutex::new(VecDeque::new()) }
    }

    /// Revisions in `(after, upto]`, from one block; and up to where that is everything.
    pub(crate) async fn read(&self, after: Seq, upto: Seq) -> Result<(Vec<Arc<Revision>>, Seq), StoreError> {
        let number = after.get() / BLOCK;
        let (start, end) = (number * BLOCK, (number + 1) * BLOCK);
        let block = self.block(number, start, end, upto.get() >= end).await?;
        let last = Seq::new(end.min(upto.get()));
        let wanted =
            block.iter().filter(|revision| revision.seq > after && revision.seq <= last).cloned().collect();
        Ok((wanted, last))
    }

    async fn block(&self, number: u64, start: u64, end: u64, complete: bool) -> Result<Batch, StoreError> {
        let mut blocks = self.blocks.lock().await;
        if let Some((_, block)) = blocks.iter().find(|(n, _)| *n == number) {
            return Ok(Arc::clone(block));
        }
        let mut read = self.store.read_after(Seq::new(start), BLOCK as usize).await?;
        read.retain(|revision| revision.seq.get() <= end);
        let block: Batch = read.into_iter().map(Arc::new).collect();
        // A block that the log's end lies in is still growing.
        if complete {
            if blocks.len() == BLOCKS_MAX {
                blocks.pop_front();
            }
            blocks.push_back((number, Arc::clone(&block)));
        }
        Ok(block)
    }
}
