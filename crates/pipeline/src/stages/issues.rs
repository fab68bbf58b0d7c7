//! The issues stage: what an agency should answer.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use praden_issues::{
    Assessment, Member, NewsClock, Reader, Reading, Vigil, Watch, Weights, assess, heard_at,
};
use praden_model::{
    ArticleId, Attention, Burst, ChangesOf, Checkpoint, Clock, Conflict, Issue, IssueFilter, IssueId,
    IssueState, MembersOf, Membership, OutletId, OutletKind, Revision, RuleHit, Seq, StageCommit, StageName,
    Store, StoreError, StoryChange, StoryChangeKind, StoryId, Telling, TellingsOf,
};
use praden_stories::Campaigns;

use super::judging::{Judging, Senses};
use super::{Stage, StageError, compute, rules};
use crate::definition::Pipeline;
use crate::progress::StageId;

/// Members of a story that are weighed, the latest in the log. Only series that never end have more.
const MEMBERS_MAX: usize = 512;

/// Stories whose members are kept in memory. One that is needed and not there is read again from the logs.
const STORIES_MAX: usize = 2_048;

/// Under these names is written down how often each agency is in the news.
const WATCH: &str = "bursts/";

/// Under this name is written down how late it is by the news.
pub(crate) const NEWS_CLOCK: &str = "issues/clock";

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
    // Read from what was written down when the first revision comes, and again when something came between.
    senses: Option<Senses>,
    /// The last change of stories that was taken up, and those that are known and lie ahead.
    known: u64,
    ahead: VecDeque<StoryChange>,
}

pub(super) type Stories = HashMap<StoryId, Story>;

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
    heard_at: Timestamp,
    telling: Option<Telling>,
}

/// What was seen in an article.
pub(super) struct Seen {
    pub(super) reading: Reading,
    pub(super) hits: Vec<RuleHit>,
    pub(super) bursts: Vec<Burst>,
    pub(super) telling: Option<Telling>,
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
            senses: None,
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
                    self.senses = None;
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

    /// What is told from the stream of news, as it was at the cursor.
    async fn restore(&self) -> Result<Senses, StageError> {
        let mut written = Vec::new();
        let agencies = self.pipeline.lexicon.agencies().iter().map(|agency| agency.id.as_str());
        for name in std::iter::once(Watch::PACE).chain(agencies) {
            if let Some(text) = self.store.checkpoint(&format!("{WATCH}{name}")).await? {
                written.push((name, text));
            }
        }
        let watch = Watch::restore(written.iter().map(|(name, text)| (*name, text.as_str())));
        let clock = news_clock(&*self.store).await?;
        let candidates = IssueFilter { states: vec![IssueState::Candidate], ..IssueFilter::default() };
        let mut vigil = Vigil::default();
        self.store.issues(&candidates).await?.iter().for_each(|issue| vigil.note(issue));
        let mut campaigns = Campaigns::default();
        let sources = self.store.tellings(&TellingsOf::Sources, Campaigns::claims_to_remember()).await?;
        // What lies behind the cursor: a stage that is run again meets the rest once more.
        sources
            .into_iter()
            .filter(|telling| telling.seq <= self.cursor)
            .for_each(|telling| campaigns.remember(telling));
        Ok(Senses { watch, clock, vigil, campaigns })
    }

    /// Of the articles that leave a story by Praden's word those whose names issues bear already.
    async fn taken(&self, changes: &[StoryChange]) -> Result<HashSet<IssueId>, StageError> {
        let splits =
            changes.iter().filter(|change| change.kind == StoryChangeKind::Split && change.by.is_none());
        let ids: Vec<IssueId> =
            splits.flat_map(|split| &split.articles).map(|article| IssueId::new(article.get())).collect();
        if ids.is_empty() {
            return Ok(HashSet::new());
        }
        let filter = IssueFilter { ids, ..IssueFilter::default() };
        Ok(self.store.issues(&filter).await?.iter().map(|issue| issue.id).collect())
    }

    /// The issues about some stories, and those that come to rest while a batch is judged.
    async fn issues(
        &self,
        stories: Vec<StoryId>,
        senses: &Senses,
        batch: &[Arc<Revision>],
    ) -> Result<HashMap<StoryId, Issue>, StageError> {
        let mut clock = senses.clock.clone();
        batch.iter().for_each(|revision| clock.see(revision));
        let due = senses.vigil.due(clock.now(), &self.pipeline.desk);
        let mut issues = HashMap::new();
        let filters = [
            (!stories.is_empty()).then(|| IssueFilter { stories, ..IssueFilter::default() }),
            (!due.is_empty()).then(|| IssueFilter { ids: due, ..IssueFilter::default() }),
        ];
        for filter in filters.into_iter().flatten() {
            let found = self.store.issues(&filter).await?.into_iter();
            let alive = found.filter(|issue| issue.state != IssueState::Merged);
            issues.extend(alive.map(|issue| (issue.story, issue)));
        }
        Ok(issues)
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
        let mut senses = match self.senses.take() {
            Some(senses) => senses,
            None => self.restore().await?,
        };
        let issues = self.issues(wanted.into_iter().collect(), &senses, batch).await?;
        let taken = self.taken(&changes).await?;
        let judging = Judging {
            revisions: batch.to_vec(),
            mentions,
            rule_hits,
            memberships: memberships.into_iter().map(|membership| (membership.seq, membership)).collect(),
            issues,
            taken,
            changes: changes.into(),
            reader: Arc::clone(&self.reader),
            pipeline: Arc::clone(&self.pipeline),
            at: self.clock.now(),
        };
        let mut stories = std::mem::take(&mut self.stories);
        let (stories, senses, effects) = compute(StageId::Issues, batch, move || {
            let mut effects = judging.run(&mut stories, &mut senses);
            let note = |(name, value)| Checkpoint { name: format!("{WATCH}{name}"), value };
            effects.notes = senses.watch.changed().into_iter().map(note).collect();
            effects.notes.push(Checkpoint { name: NEWS_CLOCK.to_owned(), value: senses.clock.written() });
            (stories, senses, effects)
        })
        .await?;
        self.store
            .commit(StageCommit { stage: StageName::Issues, from: self.cursor, to: upto, effects })
            .await?;
        // Only now: had the commit failed, the stories would know more than the store.
        self.stories = stories;
        self.senses = Some(senses);
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

/// How late it is by the news, as far as issues were judged.
pub(crate) async fn news_clock(store: &dyn Store) -> Result<NewsClock, StoreError> {
    Ok(NewsClock::restore(&store.checkpoint(NEWS_CLOCK).await?.unwrap_or_default()))
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
    let tellings = store.tellings(&TellingsOf::Revisions(seqs), MEMBERS_MAX).await?;
    let mut tellings: HashMap<Seq, Telling> =
        tellings.into_iter().map(|telling| (telling.seq, telling)).collect();
    let (reader, pipeline) = (Arc::clone(reader), Arc::clone(pipeline));
    let read = revisions.clone();
    compute(StageId::Issues, &revisions, move || {
        let mut recalled = Story::default();
        for ((((revision, mentions), hits), bursts), membership) in
            read.iter().zip(&mentions).zip(rule_hits).zip(bursts).zip(&memberships)
        {
            let reading = reader.read(revision.seq, &revision.title, &revision.text, mentions);
            let seen = Seen { reading, hits, bursts, telling: tellings.remove(&revision.seq) };
            recalled.add(revision, seen, membership, &pipeline);
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
    pub(super) fn add(
        &mut self,
        revision: &Revision,
        seen: Seen,
        membership: &Membership,
        pipeline: &Pipeline,
    ) {
        let Seen { reading, hits, bursts, mut telling } = seen;
        self.members.retain(|_, kept| {
            let is_other = kept.article != revision.article;
            if !is_other && telling.is_none() {
                // An edited article goes on making its claim.
                telling = kept.telling.take();
            }
            is_other
        });
        let kept = Kept {
            article: revision.article,
            reading,
            hits,
            telling,
            outlet: revision.outlet.clone(),
            kind: outlet_kind(revision, pipeline),
            published: revision.event_time(),
            copy_of: membership.copy_of,
            bursts,
            heard_at: heard_at(revision),
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

    /// The first telling of an old claim among the members.
    pub(super) fn returned(&self) -> Option<&Telling> {
        let tellings = self.members.values().filter_map(|kept| kept.telling.as_ref());
        tellings.filter(|telling| telling.campaign.is_some()).min_by_key(|telling| telling.seq)
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
            heard_at: Some(self.heard_at),
            telling: self.telling.as_ref(),
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
