//! The issues stage: what an agency should answer.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use praden_issues::{
    Assessment, Member, Reader, Reading, Watch, Weights, arrival, assess, attention, merged,
};
use praden_model::{
    ArticleId, Attention, Burst, ChangesOf, Checkpoint, Clock, Conflict, Effects, Issue, IssueChange,
    IssueFilter, IssueState, MembersOf, Membership, Mention, OutletId, OutletKind, Revision, RuleHit, Seq,
    StageCommit, StageName, Store, StoreError, StoryChange, StoryChangeKind, StoryId,
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

/// Changes of stories that are read at once.
const CHANGES: usize = 256;

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
    /// The last change of stories that was taken up, and those that are known and lie ahead.
    known: u64,
    ahead: VecDeque<StoryChange>,
}

type Stories = HashMap<StoryId, Story>;

/// A story as far as the log has been read. Made from the logs alone, so it may be forgotten at any time.
#[derive(Default)]
pub(super) struct Story {
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
        Ok(Self {
            store,
            pipeline,
            clock,
            reader,
            cursor,
            stories: Stories::new(),
            watch: None,
            known: 0,
            ahead: VecDeque::new(),
        })
    }

    /// Takes note of the changes of stories that came since. Those behind the cursor were made by a person, who changed the issues as
    /// well: what is remembered of their stories no longer holds.
    async fn take_note(&mut self) -> Result<(), StageError> {
        loop {
            let page = self.store.story_changes(ChangesOf::After(self.known), CHANGES).await?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            self.known = *last;
            for (_, change) in page {
                if change.seq <= self.cursor {
                    self.stories.remove(&change.story);
                    self.stories.remove(&change.other);
                } else {
                    self.ahead.push_back(change);
                }
            }
        }
    }

    /// Reads the stories that are needed and not in memory, as they were at the cursor.
    async fn recall(&mut self, wanted: &HashSet<StoryId>) -> Result<(), StageError> {
        for &story in wanted {
            if self.stories.contains_key(&story) {
                continue;
            }
            let recalled = recall(&self.store, &self.reader, &self.pipeline, story, self.cursor).await?;
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
        self.take_note().await?;
        let changes: Vec<StoryChange> =
            self.ahead.iter().take_while(|change| change.seq <= upto).cloned().collect();
        let taking_part = changes.iter().flat_map(|change| [change.story, change.other]);
        let wanted: HashSet<StoryId> =
            memberships.iter().map(|membership| membership.story).chain(taking_part).collect();
        self.recall(&wanted).await?;
        let filter = IssueFilter { stories: wanted.into_iter().collect(), ..IssueFilter::default() };
        let issues = if filter.stories.is_empty() { Vec::new() } else { self.store.issues(&filter).await? };

        let judging = Judging {
            revisions: batch.to_vec(),
            mentions,
            rule_hits,
            memberships: memberships.into_iter().map(|membership| (membership.seq, membership)).collect(),
            issues: issues
                .into_iter()
                .filter(|issue| issue.state != IssueState::Merged)
                .map(|issue| (issue.story, issue))
                .collect(),
            changes: changes.into(),
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
        while self.ahead.pop_front_if(|change| change.seq <= upto).is_some() {}
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

/// A story as it stands at a position of the log.
pub(super) async fn recall(
    store: &Arc<dyn Store>,
    reader: &Arc<Reader>,
    pipeline: &Arc<Pipeline>,
    story: StoryId,
    upto: Seq,
) -> Result<Story, StageError> {
    // A story that begins later has no members yet, and asking costs little.
    let mut memberships = store.memberships(MembersOf::Story { story, upto }).await?;
    memberships.drain(..memberships.len().saturating_sub(MEMBERS_MAX));
    let seqs: Vec<Seq> = memberships.iter().map(|membership| membership.seq).collect();
    let revisions: Vec<Arc<Revision>> = store.revisions(&seqs).await?.into_iter().map(Arc::new).collect();
    let mentions = store.mentions(&seqs).await?;
    let (rule_hits, bursts) = (store.rule_hits(&seqs).await?, store.bursts(&seqs).await?);
    let (reader, pipeline) = (Arc::clone(reader), Arc::clone(pipeline));
    let read = revisions.clone();
    compute(StageId::Issues, &revisions, move || {
        let mut recalled = Story::default();
        for ((((revision, mentions), hits), bursts), membership) in
            read.iter().zip(&mentions).zip(rule_hits).zip(bursts).zip(&memberships)
        {
            let reading = reader.read(revision.seq, &revision.title, &revision.text, mentions);
            recalled.add(revision, reading, hits, bursts, membership, &pipeline);
        }
        recalled
    })
    .await
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

    /// Gives another story the members that a change moves to it.
    pub(super) fn give(&mut self, to: &mut Self, change: &StoryChange) {
        let all = change.kind == StoryChangeKind::Merged;
        let (gone, kept) = std::mem::take(&mut self.members)
            .into_iter()
            .partition(|(_, kept)| all || change.articles.contains(&kept.article));
        self.members = kept;
        to.members.extend::<BTreeMap<Seq, Kept>>(gone);
        while to.members.len() > MEMBERS_MAX {
            to.members.pop_first();
        }
        to.touched = to.touched.max(change.seq);
        self.touched = self.touched.max(change.seq);
    }

    /// Its articles.
    pub(super) fn articles(&self) -> Vec<ArticleId> {
        let mut articles: Vec<ArticleId> = self.members.values().map(|kept| kept.article).collect();
        articles.sort_unstable();
        articles
    }

    /// The article of a revision that is remembered.
    pub(super) fn article_of(&self, seq: Seq) -> Option<ArticleId> {
        self.members.get(&seq).map(|kept| kept.article)
    }

    /// What the story comes to, and whether it is to be an issue.
    pub(super) fn weigh(&self, weights: &Weights) -> (Assessment, bool) {
        let mut assessment = assess(&self.members(), weights);
        let raises = match rules::obey(&mut assessment, self.hits()) {
            Attention::Raise => true,
            Attention::Silence => false,
            Attention::Unchanged => assessment.passes(weights),
        };
        (assessment, raises)
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
    changes: VecDeque<StoryChange>,
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
            let (assessment, raises) = story.weigh(weights);
            let existing = self.issues.get(&membership.story);
            if let Some(change) = assessment.change(existing, membership.story, raises, revision.seq, self.at)
            {
                self.issues.insert(membership.story, change.issue.clone());
                found.issues.push(change);
            }
            while let Some(change) = self.changes.pop_front_if(|change| change.seq <= revision.seq) {
                found.issues.extend(follow(&change, stories, &mut self.issues, weights));
            }
        }
        // What lies at a position that holds no revision.
        for change in &self.changes {
            found.issues.extend(follow(change, stories, &mut self.issues, weights));
        }
        found
    }
}

/// Lets what is remembered of two stories, and their issues, follow a change of the stories.
fn follow(
    change: &StoryChange,
    stories: &mut Stories,
    issues: &mut HashMap<StoryId, Issue>,
    weights: &Weights,
) -> Vec<IssueChange> {
    let (from, to) = match change.kind {
        StoryChangeKind::Merged => (change.other, change.story),
        StoryChangeKind::Split => (change.story, change.other),
    };
    let mut source = stories.remove(&from).unwrap_or_default();
    let mut target = stories.remove(&to).unwrap_or_default();
    source.give(&mut target, change);
    let (assessment, raises) = target.weigh(weights);
    stories.insert(to, target);
    if change.kind == StoryChangeKind::Split {
        stories.insert(from, source);
    }
    // Who changes a story by hand changes its issues at once.
    if change.by.is_some() || change.kind == StoryChangeKind::Split {
        return Vec::new();
    }
    let (here, there) = (issues.remove(&to), issues.remove(&from));
    let mut changes = merged(here.as_ref(), there.as_ref(), &assessment, change);
    if changes.is_empty() {
        changes.extend(assessment.change(None, to, raises, change.seq, change.at));
    }
    if let Some(stays) = changes.first() {
        issues.insert(to, stays.issue.clone());
    }
    changes
}
