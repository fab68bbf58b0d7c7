//! The match stage: agencies and places named in each revision, and the desk's rules that it meets.

use std::sync::Arc;

use async_trait::async_trait;
use praden_match::{ArticleView, Matcher, Places, RuleSet};
use praden_model::{Effects, Mention, PlaceMention, Revision, RuleHit, Seq, StageCommit, StageName, Store};
use tokio::sync::watch;

use super::{Stage, StageError, compute};
use crate::progress::StageId;

/// What the match stage finds in one revision.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Agencies named.
    pub mentions: Vec<Mention>,
    /// Provinces and districts named.
    pub places: Vec<PlaceMention>,
    /// Rules met, in order of their names.
    pub rule_hits: Vec<RuleHit>,
}

/// Finds everything in one revision.
pub fn find(matcher: &Matcher, rules: &RuleSet, revision: &Revision) -> Found {
    let mentions = matcher.find(&revision.title, &revision.text);
    let places = Places::embedded().find(&revision.title, &revision.text);
    let mut rule_hits = rules.find(&ArticleView { revision, mentions: &mentions, places: &places });
    rule_hits.sort_by(|a, b| a.rule.cmp(&b.rule));
    Found { mentions, places, rule_hits }
}

/// Finds mentions, places and rule hits.
pub(crate) struct MatchStage {
    store: Arc<dyn Store>,
    matcher: Arc<Matcher>,
    // The rules of the moment: a batch is matched by one set from its first revision to its last.
    rules: watch::Receiver<RuleSet>,
    cursor: Seq,
}

impl MatchStage {
    pub(crate) async fn open(
        store: Arc<dyn Store>,
        matcher: Arc<Matcher>,
        rules: watch::Receiver<RuleSet>,
    ) -> Result<Self, StageError> {
        let cursor = store.cursor(StageName::Match).await?;
        Ok(Self { store, matcher, rules, cursor })
    }
}

#[async_trait]
impl Stage for MatchStage {
    async fn take(&mut self, batch: Vec<Arc<Revision>>, upto: Seq) -> Result<(), StageError> {
        let (matcher, rules, revisions) =
            (Arc::clone(&self.matcher), self.rules.borrow().clone(), batch.clone());
        let effects = compute(StageId::Match, &batch, move || {
            let mut effects = Effects::default();
            for revision in &revisions {
                let found = find(&matcher, &rules, revision);
                effects.mentions.push((revision.seq, found.mentions));
                effects.places.push((revision.seq, found.places));
                effects.rule_hits.push((revision.seq, found.rule_hits));
            }
            effects
        })
        .await?;
        self.store
            .commit(StageCommit { stage: StageName::Match, from: self.cursor, to: upto, effects })
            .await?;
        self.cursor = upto;
        Ok(())
    }

    fn taken(&self) -> Seq {
        self.cursor
    }
}
