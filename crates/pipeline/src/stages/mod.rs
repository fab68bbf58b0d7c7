//! The stages between the logs, and the driver that runs each of them.
//!
//! A stage takes revisions after its cursor, in order, and makes what it found durable together with that cursor. What
//! it keeps in memory can be made again from the logs: a stage that fails is thrown away and made anew.

pub(crate) mod by_hand;
mod index;
mod issues;
mod judging;
mod matching;
pub(crate) mod rules;
mod stories;
mod tellings;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use praden_index::IndexError;
use praden_model::{Revision, Seq, StoreError};
use tokio::sync::watch;
use tracing::Instrument as _;

pub(crate) use index::IndexStage;
pub(crate) use issues::{IssuesStage, news_clock};
pub(crate) use matching::MatchStage;
pub use matching::{Found, find};
pub(crate) use stories::StoriesStage;
pub use tellings::tell;

use crate::log_cache::LogCache;
use crate::progress::{Progress, StageId};

/// How long a stage sleeps when nothing moves, before it looks at what it holds back.
const IDLE: Duration = Duration::from_millis(100);

/// The longest pause after failures of a stage that is to go on.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// Why a stage stopped.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The index refused.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// A panic in a computation: the article is in the log, and so is the place.
    #[error("stage `{stage}` broke on revisions {from} to {to}: {cause}")]
    Broke {
        /// The stage.
        stage: &'static str,
        /// First revision of the batch.
        from: Seq,
        /// Last revision of the batch.
        to: Seq,
        /// What the panic said.
        cause: String,
    },
}

/// One stage.
#[async_trait]
pub(crate) trait Stage: Send {
    /// Takes revisions in order, all up to `upto`. When it returns, they are durable, or held back for [`Stage::flush`].
    async fn take(&mut self, batch: Vec<Arc<Revision>>, upto: Seq) -> Result<(), StageError>;

    /// Makes durable what is held back, if it is time or `now`.
    async fn flush(&mut self, _now: bool) -> Result<(), StageError> {
        Ok(())
    }

    /// What it has taken: everything up to here is durable or held back.
    fn taken(&self) -> Seq;

    /// What is durable.
    fn durable(&self) -> Seq {
        self.taken()
    }
}

/// When stages stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Everything that the log will ever hold is taken: the intake has ended.
    Drained,
    /// Somebody said stop: what was taken is made durable, the rest is for next time.
    Stopped,
}

/// What tells the stages to end.
#[derive(Clone, Debug)]
pub(crate) struct Ending(pub(crate) watch::Receiver<Option<Until>>);

impl Ending {
    fn said(&self) -> Option<Until> {
        *self.0.borrow()
    }

    async fn changed(&mut self) {
        // The sender is kept by whoever started the stages; if it is gone, they are to stop.
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// What the driver of one stage works with.
pub(crate) struct Driver {
    pub(crate) id: StageId,
    pub(crate) progress: Arc<Progress>,
    pub(crate) log: Arc<LogCache>,
    pub(crate) ending: Ending,
    /// Whether a failure is waited out and tried again, as the daemon does, or ends the run.
    pub(crate) persist: bool,
}

impl Driver {
    /// Runs a stage until it is told to end.
    pub(crate) async fn run<S, F>(mut self, make: impl Fn() -> F + Send) -> Result<(), StageError>
    where
        S: Stage,
        F: Future<Output = Result<S, StageError>> + Send,
    {
        let span = tracing::info_span!("pipeline.stage.run", stage = self.id.name());
        async move {
            let mut pause = Duration::from_secs(1);
            loop {
                let before = self.progress.of(self.id);
                let error = match self.attempt(&make).await {
                    Ok(()) => return Ok(()),
                    Err(error) if self.persist => error,
                    Err(error) => return Err(error),
                };
                if self.progress.of(self.id) > before {
                    pause = Duration::from_secs(1);
                }
                tracing::error!(error = %error, pause_s = pause.as_secs(), "stage failed; it will try again");
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = self.ending.changed() => return Ok(()),
                }
                pause = (pause * 2).min(PAUSE_MAX);
            }
        }
        .instrument(span)
        .await
    }

    async fn attempt<S, F>(&mut self, make: &(impl Fn() -> F + Send)) -> Result<(), StageError>
    where
        S: Stage,
        F: Future<Output = Result<S, StageError>> + Send,
    {
        let mut upstream = self.progress.upstream(self.id);
        let mut stage = make().await?;
        self.progress.set(self.id, stage.durable());
        loop {
            let bound = self.progress.bound(self.id);
            let said = self.ending.said();
            if said == Some(Until::Stopped) {
                stage.flush(true).await?;
                self.progress.set(self.id, stage.durable());
                return Ok(());
            }
            if stage.taken() < bound {
                let (batch, upto) = self.log.read(stage.taken(), bound).await?;
                stage.take(batch, upto).await?;
            } else {
                // Nothing to take: upstream has all it will ever have, or more is to come.
                let drained = said == Some(Until::Drained) && stage.taken() >= self.progress.head();
                stage.flush(drained).await?;
                if drained {
                    self.progress.set(self.id, stage.durable());
                    return Ok(());
                }
                tokio::select! {
                    () = upstream.next() => {}
                    () = self.ending.changed() => {}
                    () = tokio::time::sleep(IDLE) => {}
                }
            }
            self.progress.set(self.id, stage.durable());
        }
    }
}

/// Runs a computation away from the async threads; a panic becomes an error that names the revisions.
pub(crate) async fn compute<T: Send + 'static>(
    stage: StageId,
    batch: &[Arc<Revision>],
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StageError> {
    let span = tracing::Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work)).await.map_err(|error| {
        let cause = match error.try_into_panic() {
            Ok(panic) => panic_message(&*panic),
            Err(cancelled) => cancelled.to_string(),
        };
        let seq = |revision: Option<&Arc<Revision>>| revision.map_or(Seq::ZERO, |revision| revision.seq);
        StageError::Broke { stage: stage.name(), from: seq(batch.first()), to: seq(batch.last()), cause }
    })
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message").to_owned()
}
