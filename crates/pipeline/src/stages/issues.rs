//! The issues stage: what an agency should answer.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use praden_issues::{Member, Watch, arrival, attention, Reader, Reading, Weights, assess};
use praden_model::{
    ArticleId, Attention, Burst, Checkpoint, Clock, Conflict, Effects, Issue, IssueFilter, MembersOf, Membership, Mention, OutletId, OutletKind, Revision, RuleHit, Seq, StageCommit, StageName, Store, StoreError, StoryId,
};

use super::{Stage, StageError, compute, rules};
use crate::definition::Pipeline;
use crate::progress::StageId;

/// Members of a story that are weighed, the latest in the log. Only series that never end have more.
const MEMBERS_MAX: usize = 512;

/// Stories whose members are kept in memory. One that is needed and not there is read again from the logs.
const STORIES_MAX: usize = 2_048;

/// Under these names is written down how often each agency is in the news.
const WATCH: &str = "bursts/";

/// Times a batch is judged again because a person changed an issue meanwhile.
const ATTEMPTS_MAX: u32 = 16;

/// Raises issues and keeps them up to date.
pub(crate) struct IssuesStage {
    store: Arc<dyn Store>,
    pipeline: Arc<Pipeline>,
    clock: Arc<dyn Clock>,
    reader: Arc<Reader>,
    cursor: Seq,
    stories: Stories,
    // Read from what was written down when the first revision comes.
    watch: Option<Watch>,
}

type Stories = HashMap<StoryId, Story>;

/// A story as far as the log has been read. Made from the logs alone, so it may be forgotten at any time.
#[derive(Default)]
struct Story {
    // By position, so that the oldest can be let go; each article is there with its latest revision.
    members: BTreeMap<Seq, Kept>,
    touched: Seq,
}

struct Kept {
    article: ArticleId,
    reading: Reading,
    hits: Vec<RuleHit>,
    outlet: OutletId,
    kind: OutletKind,
    published: Option<Timestamp>,
    copy_of: Option<Seq>,
    bursts: Vec<Burst>,
}

impl IssuesStage {
    pub(crate) async fn open(
        store: Arc<dyn Store>,
        pipeline: Arc<Pipeline>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StageError> {
        let cursor = store.cursor(StageName::Issues).await?;
        let reader = Arc::new(pipeline.reader());
        Ok(Self { store, pipeline, clock, reader, cursor, stories: Stories::new(), watch: None })
    }

    /// Reads the stories that are needed and not in memory, as they were at the cursor.
    async fn recall(&mut self, wanted: &HashSet<StoryId>) -> Result<(), StageError> {
        for &story in wanted {
            if self.stories.contains_key(&story) {
                continue;
            }
            // A story that begins in this batch has no members yet, and asking costs little.
            let mut memberships =
                self.store.memberships(MembersOf::Story { story, upto: self.cursor }).await?;
            memberships.drain(..memberships.len().saturating_sub(MEMBERS_MAX));
            let seqs: Vec<Seq> = memberships.iter().map(|membership| membership.seq).collect();
            let revisions: Vec<Arc<Revision>> =
                self.store.revisions(&seqs).await?.into_iter().map(Arc::new).collect();
            let mentions = self.store.mentions(&seqs).await?;
            let (rule_hits, bursts) = (self.store.rule_hits(&seqs).await?, self.store.bursts(&seqs).await?);
            let (reader, pipeline) = (Arc::clone(&self.reader), Arc::clone(&self.pipeline));
            let read = revisions.clone();
            let recalled = compute(StageId::Issues, &revisions, move || {
                let mut recalled = Story::default();
                for ((((revision, mentions), hits), bursts), membership) in
                    read.iter().zip(&mentions).zip(rule_hits).zip(bursts).zip(&memberships)
                {
                    let reading = reader.read(revision.seq, &revision.title, &revision.text, mentions);
                    recalled.add(revision, reading, hits, bursts, membership, &pipeline);
                }
                recalled
            })
            .await?;
            self.stories.insert(story, recalled);
        }
        Ok(())
    }

    /// The watch over the agencies as it was at the cursor.
    async fn restore_watch(&self) -> Result<Watch, StageError> {
        let mut written = Vec::new();
        let agencies = self.pipeline.lexicon.agencies().iter().map(|agency| agency.id.as_str());
        for name in std::iter::once(Watch::PACE).chain(agencies) {
            if let Some(text) = self.store.checkpoint(&format!("{WATCH}{name}")).await? {
                written.push((name, text));
            }
        }
        Ok(Watch::restore(written.iter().map(|(name, text)| (*name, text.as_str()))))
    }

    async fn attempt(&mut self, batch: &[Arc<Revision>], upto: Seq) -> Result<(), StageError> {
        let seqs: Vec<Seq> = batch.iter().map(|revision| revision.seq).collect();
        let mentions = self.store.mentions(&seqs).await?;
        let rule_hits = self.store.rule_hits(&seqs).await?;
        let memberships = self.store.memberships(MembersOf::Revisions { after: self.cursor, upto }).await?;
        let wanted: HashSet<StoryId> = memberships.iter().map(|membership| membership.story).collect();
        self.recall(&wanted).await?;
        let filter = IssueFilter { stories: wanted.into_iter().collect(), ..IssueFilter::default() };
        let issues = if filter.stories.is_empty() { Vec::new() } else { self.store.issues(&filter).await? };

        let judging = Judging {
            revisions: batch.to_vec(),
            mentions,
            rule_hits,
            memberships: memberships.into_iter().map(|membership| (membership.seq, membership)).collect(),
            issues: issues.into_iter().map(|issue| (issue.story, issue)).collect(),
            reader: Arc::clone(&self.reader),
            pipeline: Arc::clone(&self.pipeline),
            at: self.clock.now(),
        };
        let mut watch = match self.watch.take() {
            Some(watch) => watch,
            None => self.restore_watch().await?,
        };
        let mut stories = std::mem::take(&mut self.stories);
        let (stories, watch, effects) = compute(StageId::Issues, batch, move || {
            let mut effects = judging.run(&mut stories, &mut watch);
            let note = |(name, value)| Checkpoint { name: format!("{WATCH}{name}"), value };
            effects.notes = watch.changed().into_iter().map(note).collect();
            (stories, watch, effects)
        })
        .await?;
        self.store
            .commit(StageCommit { stage: StageName::Issues, from: self.cursor, to: upto, effects })
            .await?;
        // Only now: had the commit failed, the stories would know more than the store.
        self.stories = stories;
        self.watch = Some(watch);
        self.cursor = upto;
        self.forget();
        Ok(())
    }

    /// Lets go of the stories that were not touched for longest.
    fn forget(&mut self) {
        if self.stories.len() > STORIES_MAX {
            let mut touched: Vec<Seq> = self.stories.values().map(|story| story.touched).collect();
            let (_, middle, _) = touched.select_nth_unstable(STORIES_MAX / 2);
            let keep_from = *middle;
            self.stories.retain(|_, story| story.touched >= keep_from);
        }
    }
}

#[async_trait]
impl Stage for IssuesStage {
    async fn take(&mut self, batch: Vec<Arc<Revision>>, upto: Seq) -> Result<(), StageError> {
        let mut attempts = 1;
        loop {
            match self.attempt(&batch, upto).await {
                // A person was quicker: look at the issue as it is now, and judge again.
                Err(StageError::Store(StoreError::Conflict(Conflict::Issue { .. })))
                    if attempts < ATTEMPTS_MAX =>
                {
                    self.stories.clear();
                    attempts += 1;
                }
                done => return done,
            }
        }
    }

    fn taken(&self) -> Seq {
        self.cursor
    }
}

impl Story {
    fn add(
        &mut self,
        revision: &Revision,
        reading: Reading,
        hits: Vec<RuleHit>,
        bursts: Vec<Burst>,
        membership: &Membership,
        pipeline: &Pipeline,
    ) {
        self.members.retain(|_, kept| kept.article != revision.article);
        let kept = Kept {
            article: revision.article,
            reading,
            hits,
            outlet: revision.outlet.clone(),
            kind: outlet_kind(revision, pipeline),
            published: revision.event_time(),
            copy_of: membership.copy_of,
            bursts,
        };
        self.members.insert(revision.seq, kept);
        while self.members.len() > MEMBERS_MAX {
            self.members.pop_first();
        }
        self.touched = revision.seq;
    }

    /// What rules found in the members, with the revision of each.
    fn hits(&self) -> impl Iterator<Item = (Seq, &RuleHit)> {
        self.members.iter().flat_map(|(&seq, kept)| kept.hits.iter().map(move |hit| (seq, hit)))
    }

    fn members(&self) -> Vec<Member<'_>> {
        self.members.values().map(Kept::member).collect()
    }
}

impl Kept {
    fn member(&self) -> Member<'_> {
        Member {
            reading: &self.reading,
            outlet: &self.outlet,
            kind: self.kind,
            published: self.published,
            copy_of: self.copy_of,
            bursts: &self.bursts,
        }
    }
}

/// Who speaks through an article: what the pipeline says of the outlet; for one it does not know, its address says it.
fn outlet_kind(revision: &Revision, pipeline: &Pipeline) -> OutletKind {
    /// Thailand's domains for government and armed forces.
    const OFFICIAL: [&str; 2] = [".go.th", ".mi.th"];
    match pipeline.outlets.get(&revision.outlet) {
        Some(outlet) => outlet.kind,
        None if OFFICIAL.iter().any(|domain| revision.url.host().ends_with(domain)) => OutletKind::Official,
        None => OutletKind::Press,
    }
}

/// One batch being judged, revision by revision: what comes out does not depend on where the batch was cut.
struct Judging {
    revisions: Vec<Arc<Revision>>,
    mentions: Vec<Vec<Mention>>,
    rule_hits: Vec<Vec<RuleHit>>,
    memberships: HashMap<Seq, Membership>,
    issues: HashMap<StoryId, Issue>,
    reader: Arc<Reader>,
    pipeline: Arc<Pipeline>,
    at: Timestamp,
}

impl Judging {
    fn run(mut self, stories: &mut Stories, watch: &mut Watch) -> Effects {
        let weights: &Weights = &self.pipeline.weights;
        let mut found = Effects::default();
        for ((revision, mentions), hits) in self.revisions.iter().zip(&self.mentions).zip(self.rule_hits) {
            let Some(membership) = self.memberships.get(&revision.seq) else {
                tracing::error!(
                    article.seq = revision.seq.get(),
                    "a revision has no story; it is left out of issues"
                );
                continue;
            };
            let story = stories.entry(membership.story).or_default();
            let reading = self.reader.read(revision.seq, &revision.title, &revision.text, mentions);
            let bursts = match arrival(revision) {
                Some(at) => watch.see(revision.seq, at, &revision.outlet, &attention(&reading, mentions)),
                None => Vec::new(),
            };
            found.bursts.extend(bursts.iter().cloned());
            story.add(revision, reading, hits, bursts, membership, &self.pipeline);
            let mut assessment = assess(&story.members(), weights);
            let wish = rules::obey(&mut assessment, story.hits());
            let raises = match wish {
                Attention::Raise => true,
                Attention::Silence => false,
                Attention::Unchanged => assessment.passes(weights),
            };
            let existing = self.issues.get(&membership.story);
            if let Some(change) = assessment.change(existing, membership.story, raises, revision.seq, self.at)
            {
                self.issues.insert(membership.story, change.issue.clone());
                found.issues.push(change);
            }
        }
        found
    }
}
