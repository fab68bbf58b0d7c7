//! Is it alive, is it ready: two questions of a supervisor, which does different things about them.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use praden_model::Seq;
use praden_pipeline::{Progress, StageId};

use crate::Shared;

/// How long a stage may stand still with work before it. The slowest honest act, a merge of the index or a batch of
/// very long articles, takes a few seconds.
const STUCK_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// Where each stage was first seen standing with work before it.
#[derive(Default)]
pub(crate) struct Readiness(Mutex<[Option<(Seq, Timestamp)>; StageId::ALL.len()]>);

/// A stage that does not get on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stuck {
    stage: StageId,
    at: Seq,
    head: Seq,
    seconds: i64,
}

impl Readiness {
    /// The stages that stand still, as far as can be told from this look and those before it.
    pub(crate) fn look(&self, progress: &Progress, now: Timestamp) -> Vec<Stuck> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut stuck = Vec::new();
        for (seen, stage) in seen.iter_mut().zip(StageId::ALL) {
            let at = progress.of(stage);
            if progress.lag(stage) == 0 {
                *seen = None;
                continue;
            }
            let since = match *seen {
                Some((before, since)) if before == at => since,
                _ => now,
            };
            *seen = Some((at, since));
            let stood = now.duration_since(since);
            if stood >= STUCK_AFTER {
                stuck.push(Stuck { stage, at, head: progress.head(), seconds: stood.as_secs() });
            }
        }
        stuck
    }
}

/// The process answers.
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// The store answers, and every stage with work before it gets on.
pub(crate) async fn readyz(State(shared): State<Arc<Shared>>) -> (StatusCode, String) {
    let mut reasons = Vec::new();
    if let Err(error) = shared.app.store.heads().await {
        // Anybody may ask this; paths and causes are for the log.
        tracing::error!(error = %error, "not ready: the store does not answer");
        reasons.push("the store does not answer".to_owned());
    }
    for Stuck { stage, at, head, seconds } in
        shared.readiness.look(&shared.app.progress, shared.app.clock.now())
    {
        let stage = stage.name();
        tracing::error!(stage, at = at.get(), head = head.get(), seconds, "not ready: a stage stands still");
        reasons.push(format!("stage `{stage}` has stood at {at} of {head} for {seconds} s"));
    }
    if reasons.is_empty() {
        (StatusCode::OK, "ready\n".to_owned())
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {}\n", reasons.join("; ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_stuck_when_it_stands_for_a_minute_with_work_before_it() {
        let progress = Progress::default();
        let readiness = Readiness::default();
        let start: Timestamp = "2026-11-23T04:00:00Z".parse().expect("an instant");
        let stuck = |second: i64| {
            let now = start + SignedDuration::from_secs(second);
            readiness
                .look(&progress, now)
                .into_iter()
                .map(|stuck| (stuck.stage.name(), stuck.seconds))
                .collect::<Vec<_>>()
        };
        assert_eq!(stuck(0), [], "no work");
        assert_eq!(stuck(1_000), [], "no work for long");
        progress.set_head(Seq::new(5));
        assert_eq!(stuck(2_000), [], "new work, first seen now");
        assert_eq!(stuck(2_059), []);
        assert_eq!(stuck(2_060), [("match", 60), ("stories", 60), ("issues", 60), ("index", 60)]);
        progress.set_head(Seq::new(6));
        assert_eq!(stuck(2_061).len(), 4, "more work does not hide that none of it is done");
    }
}
