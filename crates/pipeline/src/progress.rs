//! How far everything has come: what the stages wait on, and what lag is computed from.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use praden_model::Seq;
use serde::Serialize;
use tokio::sync::watch;

/// Between two marks of when the log had reached where.
const MARK_EVERY: Duration = Duration::from_millis(20);

/// Marks kept while nobody asks how old the oldest is: some twenty seconds of a fast intake.
const MARKS_MAX: usize = 1_000;

/// The stages that follow the article log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StageId {
    /// Finds agencies.
    Match,
    /// Finds articles about the same event.
    Stories,
    /// Finds what an agency should answer.
    Issues,
    /// Makes articles searchable.
    Index,
}

impl StageId {
    /// All stages, each after those it reads from.
    pub const ALL: [Self; 4] = [Self::Match, Self::Stories, Self::Issues, Self::Index];

    /// The name used in output, metrics and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Stories => "stories",
            Self::Issues => "issues",
            Self::Index => "index",
        }
    }

    /// The stages whose effects it reads; the log itself if none.
    pub const fn upstream(self) -> &'static [Self] {
        match self {
            Self::Match | Self::Stories => &[],
            Self::Issues | Self::Index => &[Self::Match, Self::Stories],
        }
    }
}

/// Positions that only go forward, each of which can be waited on.
#[derive(Debug)]
pub struct Progress {
    head: watch::Sender<Seq>,
    /// Up to where the log reached when, since the slowest stage was last looked at.
    marks: Mutex<VecDeque<(Seq, Instant)>>,
    stages: [watch::Sender<Seq>; 4],
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            head: watch::Sender::new(Seq::ZERO),
            marks: Mutex::default(),
            stages: std::array::from_fn(|_| watch::Sender::new(Seq::ZERO)),
        }
    }
}

impl Progress {
    /// The log reaches so far.
    pub fn set_head(&self, seq: Seq) {
        if seq > self.head() {
            let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
            match marks.back_mut() {
                // The mark goes along with its moment: what was logged close together is as old as its first.
                Some((last, at)) if at.elapsed() < MARK_EVERY => *last = seq.max(*last),
                _ => marks.push_back((seq, Instant::now())),
            }
            if marks.len() > MARKS_MAX {
                marks.pop_front();
            }
        }
        advance(&self.head, seq);
    }

    /// The end of the log as last seen.
    pub fn head(&self) -> Seq {
        *self.head.borrow()
    }

    pub(crate) fn set(&self, stage: StageId, seq: Seq) {
        advance(self.sender(stage), seq);
    }

    /// What a stage has made durable.
    pub fn of(&self, stage: StageId) -> Seq {
        *self.sender(stage).borrow()
    }

    /// Revisions that a stage has yet to take. Holes in the log count: it is a bound, not a count.
    pub fn lag(&self, stage: StageId) -> u64 {
        self.head().get().saturating_sub(self.of(stage).get())
    }

    /// The largest lag of all stages.
    pub fn lag_max(&self) -> u64 {
        StageId::ALL.into_iter().map(|stage| self.lag(stage)).max().unwrap_or(0)
    }

    /// How far a stage may read.
    pub(crate) fn bound(&self, stage: StageId) -> Seq {
        stage.upstream().iter().map(|up| self.of(*up)).min().unwrap_or_else(|| self.head())
    }

    /// What a stage waits on. Taken before it looks how far it may read, so that no move between the two is missed.
    pub(crate) fn upstream(&self, stage: StageId) -> Moves {
        Moves(match stage.upstream() {
            [] => vec![self.head.subscribe()],
            upstream => upstream.iter().map(|up| self.sender(*up).subscribe()).collect(),
        })
    }

    /// Waits until the slowest stage is within `lag` of the head.
    pub async fn within(&self, lag: u64) {
        let mut moves = Moves(self.stages.iter().map(watch::Sender::subscribe).collect());
        while self.lag_max() > lag {
            moves.next().await;
        }
    }

    /// How long ago the oldest revision was logged that a stage has yet to take.
    pub(crate) fn age(&self) -> Duration {
        let slowest = StageId::ALL.into_iter().map(|stage| self.of(stage)).min().unwrap_or_default();
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        while marks.front().is_some_and(|(seq, _)| *seq <= slowest) {
            marks.pop_front();
        }
        marks.front().map_or(Duration::ZERO, |(_, at)| at.elapsed())
    }

    const fn sender(&self, stage: StageId) -> &watch::Sender<Seq> {
        let [matched, stories, issues, index] = &self.stages;
        match stage {
            StageId::Match => matched,
            StageId::Stories => stories,
            StageId::Issues => issues,
            StageId::Index => index,
        }
    }
}

/// Positions being waited on.
pub(crate) struct Moves(Vec<watch::Receiver<Seq>>);

impl Moves {
    /// Waits until one of them has moved since this was last called.
    pub(crate) async fn next(&mut self) {
        let waits = self.0.iter_mut().map(|receiver| Box::pin(receiver.changed()));
        // An error means that the progress itself is gone, and whoever waits with it.
        futures::future::select_all(waits).await.0.ok();
    }
}

fn advance(sender: &watch::Sender<Seq>, seq: Seq) {
    sender.send_if_modified(|current| {
        let forward = seq > *current;
        if forward {
            *current = seq;
        }
        forward
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_reads_no_further_than_what_it_needs() {
        let progress = Progress::default();
        progress.set_head(Seq::new(9));
        assert_eq!(progress.bound(StageId::Match), Seq::new(9));
        progress.set(StageId::Match, Seq::new(7));
        progress.set(StageId::Stories, Seq::new(4));
        assert_eq!(progress.bound(StageId::Issues), Seq::new(4));
        progress.set(StageId::Stories, Seq::new(3));
        assert_eq!(progress.of(StageId::Stories), Seq::new(4), "positions only go forward");
        assert_eq!(progress.lag_max(), 9, "the index has taken nothing");
    }

    #[test]
    fn what_is_oldest_is_as_old_as_its_mark() {
        let progress = Progress::default();
        assert_eq!(progress.age(), Duration::ZERO);
        progress.set_head(Seq::new(9));
        std::thread::sleep(MARK_EVERY * 2);
        progress.set_head(Seq::new(10));
        assert!(progress.age() >= MARK_EVERY * 2);
        let all = |seq| StageId::ALL.into_iter().for_each(|stage| progress.set(stage, Seq::new(seq)));
        all(9);
        assert!(progress.age() < Duration::from_secs(60) && progress.lag_max() == 1);
        all(10);
        assert_eq!(progress.age(), Duration::ZERO);
    }
}
