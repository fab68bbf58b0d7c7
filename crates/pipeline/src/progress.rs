//! How far everything has come: what the stages wait on, and what lag is computed from.

use praden_model::Seq;
use serde::Serialize;
use tokio::sync::watch;

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
    stages: [watch::Sender<Seq>; 4],
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            head: watch::Sender::new(Seq::ZERO),
            stages: std::array::from_fn(|_| watch::Sender::new(Seq::ZERO)),
        }
    }
}

impl Progress {
    /// The log reaches so far.
    pub fn set_head(&self, seq: Seq) {
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
}
