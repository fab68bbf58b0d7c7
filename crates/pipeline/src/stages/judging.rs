//! One batch being judged: what arrives, story by story, and what becomes of the issues about them.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use praden_issues::{
    Assessment, NewsClock, Reader, Vigil, Watch, arrival, attention, merged, settle, shrunk, split,
};
use praden_model::{
    Effects, Fact, Issue, IssueChange, IssueId, Membership, Mention, Revision, RuleHit, Seq, StoryChange,
    StoryChangeKind, StoryId, Telling,
};
use praden_stories::Campaigns;

use super::issues::{Seen, Stories};
use super::tell;
use crate::definition::Pipeline;

/// What is told from the stream of news as a whole.
pub(super) struct Senses {
    /// Which agencies are in the news far more than is their habit.
    pub(super) watch: Watch,
    /// How late it is.
    pub(super) clock: NewsClock,
    /// Which candidates are to rest, and when.
    pub(super) vigil: Vigil,
    /// Claims that went round.
    pub(super) campaigns: Campaigns,
}

/// That the story of an issue makes an old claim again. An issue is told so once: the campaign that it then bears is its for good.
fn again(issue: &Issue, telling: &Telling, at: Timestamp) -> Option<IssueChange> {
    let (campaign, returns) = (telling.campaign?, telling.returns.as_ref()?);
    let fact = Fact::CampaignReturned {
        campaign,
        seq: telling.seq,
        earlier: returns.earlier,
        days: returns.days,
        words: returns.words.clone(),
    };
    let issue = Issue { campaign: Some(campaign), version: issue.version + 1, ..issue.clone() };
    Some(IssueChange { issue, at, fact })
}

/// One batch being judged, revision by revision: what comes out does not depend on where the batch was cut.
pub(super) struct Judging {
    pub(super) revisions: Vec<Arc<Revision>>,
    pub(super) mentions: Vec<Vec<Mention>>,
    pub(super) rule_hits: Vec<Vec<RuleHit>>,
    pub(super) memberships: HashMap<Seq, Membership>,
    pub(super) issues: HashMap<StoryId, Issue>,
    /// Names of issues that articles leaving a story cannot give.
    pub(super) taken: HashSet<IssueId>,
    pub(super) changes: VecDeque<StoryChange>,
    pub(super) reader: Arc<Reader>,
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) at: Timestamp,
}

impl Judging {
    pub(super) fn run(mut self, stories: &mut Stories, senses: &mut Senses) -> Effects {
        let mut found = Effects::default();
        let revisions = std::mem::take(&mut self.revisions);
        let (mentions, hits) = (std::mem::take(&mut self.mentions), std::mem::take(&mut self.rule_hits));
        for ((revision, mentions), hits) in revisions.iter().zip(&mentions).zip(hits) {
            senses.clock.see(revision);
            match self.memberships.get(&revision.seq).cloned() {
                Some(membership) => {
                    self.take(revision, mentions, hits, &membership, stories, senses, &mut found);
                }
                None => tracing::error!(
                    article.seq = revision.seq.get(),
                    "a revision has no story; it is left out of issues"
                ),
            }
            while let Some(change) = self.changes.pop_front_if(|change| change.seq <= revision.seq) {
                self.follow(&change, stories, senses, &mut found);
            }
            self.rest(revision.seq, senses, &mut found);
        }
        // What lies at a position that holds no revision.
        while let Some(change) = self.changes.pop_front() {
            self.follow(&change, stories, senses, &mut found);
        }
        found
    }

    /// Takes an article into its story, and judges the story.
    #[expect(clippy::too_many_arguments, reason = "everything that is known of one article")]
    fn take(
        &mut self,
        revision: &Revision,
        mentions: &[Mention],
        hits: Vec<RuleHit>,
        membership: &Membership,
        stories: &mut Stories,
        senses: &mut Senses,
        found: &mut Effects,
    ) {
        let story = stories.entry(membership.story).or_default();
        let reading = self.reader.read(revision.seq, &revision.title, &revision.text, mentions);
        let bursts = match arrival(revision) {
            Some(at) => senses.watch.see(revision.seq, at, &revision.outlet, &attention(&reading, mentions)),
            None => Vec::new(),
        };
        found.bursts.extend(bursts.iter().cloned());
        let telling = tell(&mut senses.campaigns, revision, &reading, membership.story);
        found.tellings.extend(telling.clone());
        let seen = Seen { reading, hits, bursts, telling };
        story.add(revision, seen, membership, &self.pipeline);
        let (assessment, raises) = story.weigh(&self.pipeline.weights);
        let returned = story.returned().cloned();
        let existing = self.issues.get(&membership.story);
        if let Some(change) = assessment.change(existing, membership.story, raises, revision.seq, self.at) {
            let known = change.issue.campaign.is_some();
            let again =
                returned.filter(|_| !known).and_then(|telling| again(&change.issue, &telling, self.at));
            self.record(change, senses, found);
            if let Some(change) = again {
                self.record(change, senses, found);
            }
            self.settle(membership.story, raises, revision.seq, senses, found);
        }
    }

    fn record(&mut self, change: IssueChange, senses: &mut Senses, found: &mut Effects) {
        senses.vigil.note(&change.issue);
        self.taken.insert(change.issue.id);
        if change.issue.merged_into.is_none() {
            self.issues.insert(change.issue.story, change.issue.clone());
        }
        found.issues.push(change);
    }

    /// Lets the issue about a story rest or resume, if it is time.
    fn settle(&mut self, story: StoryId, raises: bool, seq: Seq, senses: &mut Senses, found: &mut Effects) {
        let Some(issue) = self.issues.get(&story) else { return };
        let now = senses.clock.now();
        if let Some(change) = settle(issue, now, &self.pipeline.desk, raises, seq, self.at) {
            self.record(change, senses, found);
        }
    }

    /// Lets the candidates rest of which nothing more was heard.
    fn rest(&mut self, seq: Seq, senses: &mut Senses, found: &mut Effects) {
        for due in senses.vigil.due(senses.clock.now(), &self.pipeline.desk) {
            let issue = self.issues.values().find(|issue| issue.id == due).cloned();
            match issue {
                Some(issue) => {
                    // As it is now: a person may have taken it up.
                    senses.vigil.note(&issue);
                    self.settle(issue.story, true, seq, senses, found);
                }
                None => senses.vigil.forget(due),
            }
        }
    }

    /// Lets the issue about a story that drifted follow: it stays with the earlier articles, and the later ones become an issue of their own
    /// if they have what it takes and one of their names is free.
    fn parted(
        &mut self,
        change: &StoryChange,
        rest: &Assessment,
        (apart, raises): (&Assessment, bool),
        senses: &mut Senses,
        found: &mut Effects,
    ) {
        let names = change.articles.iter().map(|article| IssueId::new(article.get()));
        let free = names.into_iter().find(|name| !self.taken.contains(name)).filter(|_| raises);
        let Some(issue) = self.issues.get(&change.story) else {
            // A story that was no issue: what left it is judged when more of it comes.
            return;
        };
        let changes = match free {
            Some(id) => split(issue, rest, id, None, apart, change),
            None => vec![shrunk(issue, rest, change)],
        };
        for change in changes {
            self.record(change, senses, found);
        }
        for story in [change.story, change.other] {
            self.settle(story, true, change.seq, senses, found);
        }
    }

    /// Lets what is remembered of two stories, and their issues, follow a change of the stories.
    fn follow(
        &mut self,
        change: &StoryChange,
        stories: &mut Stories,
        senses: &mut Senses,
        found: &mut Effects,
    ) {
        let (from, to) = match change.kind {
            StoryChangeKind::Merged => (change.other, change.story),
            StoryChangeKind::Split => (change.story, change.other),
        };
        let mut source = stories.remove(&from).unwrap_or_default();
        let mut target = stories.remove(&to).unwrap_or_default();
        source.give(&mut target, change);
        let (assessment, raises) = target.weigh(&self.pipeline.weights);
        let (rest, _) = source.weigh(&self.pipeline.weights);
        stories.insert(to, target);
        if change.kind == StoryChangeKind::Split {
            stories.insert(from, source);
        }
        // Who changes a story by hand changes its issues at once.
        if change.by.is_some() {
            return;
        }
        if change.kind == StoryChangeKind::Split {
            self.parted(change, &rest, (&assessment, raises), senses, found);
            return;
        }
        let (here, there) = (self.issues.remove(&to), self.issues.remove(&from));
        let mut changes = merged(here.as_ref(), there.as_ref(), &assessment, change);
        if changes.is_empty() {
            changes.extend(assessment.change(None, to, raises, change.seq, change.at));
        }
        for change in changes {
            self.record(change, senses, found);
        }
        self.settle(to, raises, change.seq, senses, found);
    }
}
