//! Replay of the match stage: what a new alias or rule would change in the past, and making it so.
//!
//! Looking compares what is stored with what the stage would find now. Making it so moves the cursors of the stages back to
//! before the first revision that changes; the stages then run as they always do. Killed at any instant, the next run goes
//! on from wherever the cursors are.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use praden_index::{Index, WriterOptions};
use praden_match::{Matcher, RuleSet};
use praden_model::{Effects, Revision, Seq, StageCommit, StageName, Store};
use serde::Serialize;

use crate::progress::StageId;
use crate::stages::{Found, StageError, compute, find};

/// Revisions looked at in one go.
const BATCH: usize = 256;

/// Examples kept of each thing that changes.
const EXAMPLES_MAX: usize = 3;

/// How often something is found that was not, and the other way round.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Revisions in which it is new.
    pub added: u64,
    /// Revisions in which it is gone.
    pub lost: u64,
    /// Some of them, the first ones.
    pub examples: Vec<Example>,
}

/// A revision in which something changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Example {
    /// The revision.
    pub seq: Seq,
    /// Whether it is new there, or gone.
    pub added: bool,
    /// The headline.
    pub title: String,
    /// What stands there; empty where nothing does.
    pub surface: String,
}

/// What a replay would change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Revisions looked at.
    pub revisions: u64,
    /// Revisions in which anything changes: mentions, rules or places, or only their bytes.
    pub changed: u64,
    /// The first of them.
    pub first: Option<Seq>,
    /// By agency.
    pub agencies: BTreeMap<String, Change>,
    /// By rule.
    pub rules: BTreeMap<String, Change>,
    /// By place.
    pub places: BTreeMap<String, Change>,
}

/// Compares what is stored from a revision on with what would be found now.
///
/// # Errors
/// When the store cannot be read.
pub async fn look(
    store: &Arc<dyn Store>,
    matcher: &Arc<Matcher>,
    rules: &RuleSet,
    from: Seq,
) -> Result<Changes, StageError> {
    let upto = store.cursor(StageName::Match).await?;
    let mut after = Seq::new(from.get().saturating_sub(1));
    let mut changes = Changes::default();
    while after < upto {
        let mut batch = store.read_after(after, BATCH).await?;
        batch.retain(|revision| revision.seq <= upto);
        let Some(last) = batch.last() else { break };
        after = last.seq;
        let seqs: Vec<Seq> = batch.iter().map(|revision| revision.seq).collect();
        let stored: Vec<Found> = store
            .mentions(&seqs)
            .await?
            .into_iter()
            .zip(store.places(&seqs).await?)
            .zip(store.rule_hits(&seqs).await?)
            .map(|((mentions, places), rule_hits)| Found { mentions, places, rule_hits })
            .collect();
        let (matcher, rules) = (Arc::clone(matcher), rules.clone());
        let batch: Vec<Arc<Revision>> = batch.into_iter().map(Arc::new).collect();
        let shared = batch.clone();
        changes = compute(StageId::Match, &batch, move || {
            for (revision, stored) in shared.iter().zip(&stored) {
                changes.compare(revision, stored, &find(&matcher, &rules, revision));
            }
            changes
        })
        .await?;
    }
    Ok(changes)
}

impl Changes {
    fn compare(&mut self, revision: &Revision, stored: &Found, now: &Found) {
        self.revisions += 1;
        if stored == now {
            return;
        }
        self.changed += 1;
        self.first.get_or_insert(revision.seq);
        let agencies = |found: &Found| -> BTreeMap<String, String> {
            let named = found.mentions.iter().rev();
            named.map(|mention| (mention.agency.to_string(), mention.surface.clone())).collect()
        };
        let rules = |found: &Found| -> BTreeMap<String, String> {
            let surface = |evidence: Option<&praden_model::RuleEvidence>| {
                evidence.map(|evidence| evidence.surface.to_string()).unwrap_or_default()
            };
            found.rule_hits.iter().map(|hit| (hit.rule.to_string(), surface(hit.evidence.first()))).collect()
        };
        let places = |found: &Found| -> BTreeMap<String, String> {
            found.places.iter().rev().map(|place| (place.place.to_string(), place.surface.clone())).collect()
        };
        note(&mut self.agencies, revision, &agencies(stored), &agencies(now));
        note(&mut self.rules, revision, &rules(stored), &rules(now));
        note(&mut self.places, revision, &places(stored), &places(now));
    }
}

/// Writes down what is in one and not in the other.
fn note(
    changes: &mut BTreeMap<String, Change>,
    revision: &Revision,
    stored: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
) {
    let new = now.iter().filter(|(name, _)| !stored.contains_key(*name)).map(|pair| (pair, true));
    let gone = stored.iter().filter(|(name, _)| !now.contains_key(*name)).map(|pair| (pair, false));
    for ((name, surface), added) in new.chain(gone) {
        let change = changes.entry(name.clone()).or_default();
        *(if added { &mut change.added } else { &mut change.lost }) += 1;
        if change.examples.len() < EXAMPLES_MAX {
            change.examples.push(Example {
                seq: revision.seq,
                added,
                title: revision.title.raw().to_owned(),
                surface: surface.clone(),
            });
        }
    }
}

/// Moves the cursors of the match stage, and of those that read what it finds, back to before a revision. The stages must
/// not be running. Those further down go first: one that stands before its source only waits.
///
/// # Errors
/// When the store or the index refuses.
pub async fn rewind(store: &Arc<dyn Store>, index: &Path, first: Seq) -> Result<(), StageError> {
    let to = Seq::new(first.get().saturating_sub(1));
    let folder = index.to_owned();
    compute(StageId::Index, &[], move || {
        let mut writer = Index::open(&folder)?.writer(&WriterOptions::default())?;
        // The revisions come again in the stories of their first judgement, and merges and splits after them.
        writer.set_story_changes(0);
        if writer.cursor() > to { writer.commit(to).map(|_| ()) } else { Ok(()) }
    })
    .await??;
    for stage in [StageName::Issues, StageName::Match] {
        let from = store.cursor(stage).await?;
        if from > to {
            store.commit(StageCommit { stage, from, to, effects: Effects::default() }).await?;
        }
    }
    Ok(())
}
