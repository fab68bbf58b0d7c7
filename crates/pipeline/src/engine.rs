//! The engine: the stages of one pipeline, wired to one store and one index.

use std::path::PathBuf;
use std::sync::Arc;

use praden_match::{Matcher, RuleSet};
use praden_model::{Clock, Store, StoreError};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::definition::Pipeline;
use crate::log_cache::LogCache;
use crate::progress::{Progress, StageId};
use crate::stages::{Driver, Ending, IndexStage, IssuesStage, MatchStage, StageError, StoriesStage, Until};

/// How often the head of the log is looked at, for what other processes append.
const HEAD_EVERY: std::time::Duration = std::time::Duration::from_millis(500);

/// How often the rules file is looked at.
const RULES_EVERY: std::time::Duration = std::time::Duration::from_millis(500);

/// Runs the stages. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    /// What is being run.
    pub pipeline: Arc<Pipeline>,
    /// The logs.
    pub store: Arc<dyn Store>,
    /// Where the search index is.
    pub index: PathBuf,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How far everything has come.
    pub progress: Arc<Progress>,
    matcher: Arc<Matcher>,
    rules: watch::Sender<RuleSet>,
    ending: watch::Sender<Option<Until>>,
}

impl Engine {
    /// Prepares to run a pipeline. Nothing happens until [`Engine::run`].
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn new(
        pipeline: Arc<Pipeline>,
        store: Arc<dyn Store>,
        index: PathBuf,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let progress = Arc::new(Progress::default());
        progress.set_head(store.heads().await?.articles);
        let matcher = Arc::new(Matcher::new(&pipeline.lexicon));
        let rules = watch::Sender::new(pipeline.rules.clone());
        Ok(Self { pipeline, store, index, clock, progress, matcher, rules, ending: watch::Sender::new(None) })
    }

    /// What finds agencies.
    pub fn matcher(&self) -> &Arc<Matcher> {
        &self.matcher
    }

    /// Tells the stages to end, now or when everything is taken. A stop cannot be taken back.
    pub fn end(&self, until: Until) {
        self.ending.send_if_modified(|said| {
            let news = *said != Some(Until::Stopped) && *said != Some(until);
            if news {
                *said = Some(until);
            }
            news
        });
    }

    /// Runs all stages until they are told to end. With `persist`, a stage that fails waits and tries again.
    ///
    /// # Errors
    /// Without `persist`, the first failure of a stage, after the others have stopped.
    pub async fn run(&self, persist: bool) -> Result<(), StageError> {
        let log = Arc::new(LogCache::new(Arc::clone(&self.store)));
        let mut stages = JoinSet::new();
        for id in StageId::ALL {
            let driver = Driver {
                id,
                progress: Arc::clone(&self.progress),
                log: Arc::clone(&log),
                ending: Ending(self.ending.subscribe()),
                persist,
            };
            let engine = self.clone();
            stages.spawn(async move {
                let engine = &engine;
                let store = || Arc::clone(&engine.store);
                match id {
                    StageId::Match => {
                        driver
                            .run(|| {
                                MatchStage::open(
                                    store(),
                                    Arc::clone(&engine.matcher),
                                    engine.rules.subscribe(),
                                )
                            })
                            .await
                    }
                    StageId::Stories => {
                        let window = &engine.pipeline.stories;
                        driver
                            .run(|| StoriesStage::open(store(), window.clone(), Arc::clone(&engine.clock)))
                            .await
                    }
                    StageId::Issues => {
                        driver
                            .run(|| {
                                IssuesStage::open(
                                    store(),
                                    Arc::clone(&engine.pipeline),
                                    Arc::clone(&engine.clock),
                                )
                            })
                            .await
                    }
                    StageId::Index => driver.run(|| IndexStage::open(store(), engine.index.clone())).await,
                }
            });
        }
        let head = self.follow_head();
        let mut head = std::pin::pin!(head);
        let mut rules = std::pin::pin!(self.follow_rules());
        let mut result = Ok(());
        loop {
            let ended = tokio::select! {
                ended = stages.join_next() => ended,
                () = &mut head => continue,
                () = &mut rules => continue,
            };
            let failure = match ended {
                None => return result,
                Some(Ok(Ok(()))) => continue,
                Some(Ok(Err(error))) => error,
                Some(Err(broke)) => StageError::Broke {
                    stage: "driver",
                    from: self.progress.head(),
                    to: self.progress.head(),
                    cause: broke.to_string(),
                },
            };
            self.end(Until::Stopped);
            result = result.and(Err(failure));
        }
    }

    /// Reads the rules file again when it changes. The stages go on meanwhile; the next batch is matched by the new rules.
    /// A file with a fault changes nothing.
    async fn follow_rules(&self) {
        let Some(file) = &self.pipeline.rules_file else { return std::future::pending().await };
        let look = || std::fs::metadata(file).ok().map(|data| (data.modified().ok(), data.len()));
        let mut seen = look();
        loop {
            tokio::time::sleep(RULES_EVERY).await;
            let now = look();
            if now == seen {
                continue;
            }
            seen = now;
            let (pipeline, before) = (Arc::clone(&self.pipeline), self.rules.borrow().clone());
            let read = tokio::task::spawn_blocking(move || pipeline.reread_rules(&before)).await;
            match read {
                Ok(Ok(rules)) => {
                    tracing::info!(rules = rules.len(), "rules were read again");
                    self.rules.send_replace(rules);
                }
                Ok(Err(faults)) => {
                    for fault in faults {
                        tracing::error!(fault = %fault, "the rules stay as they were");
                    }
                }
                Err(broke) => tracing::error!(error = %broke, "the rules stay as they were"),
            }
        }
    }

    /// Keeps up with what other processes append.
    async fn follow_head(&self) {
        loop {
            tokio::time::sleep(HEAD_EVERY).await;
            match self.store.heads().await {
                Ok(heads) => self.progress.set_head(heads.articles),
                // The stages meet the same trouble and say so.
                Err(error) => tracing::debug!(error = %error, "the head of the log cannot be read"),
            }
        }
    }
}
