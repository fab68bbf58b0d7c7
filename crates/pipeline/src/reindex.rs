//! Building the index anew from the log while the old one serves.

use std::path::Path;
use std::sync::Arc;

use praden_index::Rebuild;
use praden_model::{Seq, StageName, Store, StoreError};
use tokio::sync::watch;

use crate::progress::StageId;
use crate::stages::{IndexStage, Stage as _, StageError, compute};

/// Revisions read at once.
const BATCH: usize = 128;

/// How far behind a new index may be when it is put in place: whoever works in the folder takes the rest in a second.
const BEHIND_MAX: u64 = 500;

/// Builds the index in a folder anew, beside the one that serves, and puts it in its place: whoever opens the index after
/// that has the new one, and a daemon goes over to it. Takes what the stages before have done so far. Told to stop, or
/// killed, it leaves the old one as it was. Says whether the new one serves.
///
/// # Errors
/// When another rebuild is under way, or the store or the index refuses.
pub async fn rebuild_index(
    store: &Arc<dyn Store>,
    folder: &Path,
    stop: &watch::Receiver<bool>,
    on_progress: &(dyn Fn(Seq) + Send + Sync),
) -> Result<bool, StageError> {
    let root = folder.to_owned();
    let rebuild = compute(StageId::Index, &[], move || Rebuild::begin(&root)).await??;
    let mut stage = IndexStage::open(Arc::clone(store), rebuild.dir()).await?;
    loop {
        let upto = done(store).await?;
        while stage.taken() < upto {
            if *stop.borrow() {
                return Ok(false);
            }
            let mut batch = store.read_after(stage.taken(), BATCH).await?;
            batch.retain(|revision| revision.seq <= upto);
            let to = batch.last().map_or(upto, |last| last.seq);
            stage.take(batch.into_iter().map(Arc::new).collect(), to).await?;
            on_progress(to);
        }
        stage.flush(true).await?;
        if done(store).await?.get().saturating_sub(stage.durable().get()) <= BEHIND_MAX {
            break;
        }
    }
    stage.close().await?;
    compute(StageId::Index, &[], move || rebuild.finish()).await??;
    Ok(true)
}

/// Up to where everything is found that the index is to hold.
async fn done(store: &Arc<dyn Store>) -> Result<Seq, StoreError> {
    Ok(store.cursor(StageName::Match).await?.min(store.cursor(StageName::Stories).await?))
}
