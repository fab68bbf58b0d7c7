//! Stories that become one or two: by what an article shows, or by a person's word.

use std::collections::BTreeSet;

use praden_model::{ArticleId, Seq, StoryChange, StoryChangeKind, StoryId};

use crate::clusterer::{Clusterer, Entry, MEMBERS_MAX, RETOLD_WORDS};
use crate::grams::Probe;
use crate::title::{is_sequel, reports_other_figures};

/// How like the members of two stories must be on average to be merged, and how much one pair can add: one copy among strangers
/// proves nothing.
pub(crate) const MERGE_SHARE: f32 = 0.6;
const SHARE_OF_PAIR_MAX: f32 = 1.5;

/// Two stories that turned out to be one, because an article belongs to both.
#[derive(Clone, Debug, PartialEq)]
pub struct Merge {
    /// The revision that showed it.
    pub seq: Seq,
    /// The older story, which goes on.
    pub story: StoryId,
    /// The one whose members come to it.
    pub other: StoryId,
    /// Those of its articles that are remembered.
    pub articles: Vec<ArticleId>,
    /// How like the members of the two are, as a share of what one story asks for; 0.6 and more.
    pub likeness: f32,
}

impl Clusterer {
    /// Merges the stories to which a new article belongs besides its own, where they are one; answers its story then.
    pub(crate) fn merge_with(&mut self, seq: Seq, mut story: StoryId, also: Vec<StoryId>) -> StoryId {
        for other in also {
            if let Some(likeness) = self.are_one(story, other) {
                let (older, younger) = (story.min(other), story.max(other));
                let articles = self.articles_of(younger);
                self.merges.push(Merge { seq, story: older, other: younger, articles, likeness });
                self.unite(older, younger);
                story = older;
            }
        }
        story
    }

    /// The stories that became one since this was last asked, in order. What was placed before counts with the older from then on.
    pub fn take_merges(&mut self) -> Vec<Merge> {
        std::mem::take(&mut self.merges)
    }

    /// Takes up that stories became one or two, by Praden's word or a person's. The same change again changes nothing.
    pub fn apply(&mut self, change: &StoryChange) {
        match change.kind {
            StoryChangeKind::Merged => {
                self.unite(change.story, change.other);
                if change.by.is_some() {
                    self.joined_by_hand.insert(change.story);
                }
            }
            StoryChangeKind::Split => {
                let moved: BTreeSet<ArticleId> = change.articles.iter().copied().collect();
                self.part(change.story, change.other, &moved);
                self.keep_apart(change.story, change.other);
            }
        }
    }

    /// Gives the articles that leave a story to another, which bears the name of one of them.
    pub(crate) fn part(&mut self, story: StoryId, other: StoryId, moved: &BTreeSet<ArticleId>) {
        let members = self.by_story.remove(&story).unwrap_or_default();
        for at in members {
            let leaves = self.entry(at).is_some_and(|entry| moved.contains(&entry.article));
            self.assign(at, if leaves { other } else { story });
            if let Some(entry) = self.entry_at(at).filter(|entry| entry.article.get() == other.get()) {
                entry.named = true;
            }
        }
    }

    pub(crate) fn keep_apart(&mut self, story: StoryId, other: StoryId) {
        self.apart.insert((story.min(other), story.max(other)));
    }

    fn entry_at(&mut self, at: u64) -> Option<&mut Entry> {
        let place = at.checked_sub(self.first).and_then(|place| usize::try_from(place).ok())?;
        self.entries.get_mut(place)
    }

    fn assign(&mut self, at: u64, story: StoryId) {
        if let Some(entry) = self.entry_at(at) {
            entry.story = story;
            self.by_story.entry(story).or_default().push_back(at);
        }
    }

    fn unite(&mut self, story: StoryId, other: StoryId) {
        let mut members: Vec<u64> =
            [story, other].iter().filter_map(|id| self.by_story.remove(id)).flatten().collect();
        members.sort_unstable();
        for at in members {
            self.assign(at, story);
        }
        let rename = |id: StoryId| if id == other { story } else { id };
        self.apart = std::mem::take(&mut self.apart)
            .into_iter()
            .map(|(a, b)| (rename(a), rename(b)))
            .map(|(a, b)| (a.min(b), a.max(b)))
            .collect();
        if self.joined_by_hand.remove(&other) {
            self.joined_by_hand.insert(story);
        }
    }

    fn articles_of(&self, story: StoryId) -> Vec<ArticleId> {
        let members = self.by_story.get(&story).into_iter().flatten();
        let articles: BTreeSet<ArticleId> =
            members.filter_map(|&at| self.entry(at)).map(|entry| entry.article).collect();
        articles.into_iter().collect()
    }

    /// Whether two stories to which one article belongs are one: how like their members are to each other on average, as a share of what
    /// one story asks for, if that is enough. It is what would have been asked of the later of them, had that article come first.
    fn are_one(&self, a: StoryId, b: StoryId) -> Option<f32> {
        if a == b || self.apart.contains(&(a.min(b), a.max(b))) {
            return None;
        }
        let members = |story: StoryId| -> Vec<&Entry> {
            let members = self.by_story.get(&story).into_iter();
            members
                .flat_map(|members| members.iter().rev().take(MEMBERS_MAX))
                .filter_map(|&at| self.entry(at))
                .collect()
        };
        let (here, there) = (members(a), members(b));
        let (mut sum, mut pairs) = (0.0, 0.0);
        for one in &here {
            let probe = Probe::of(&one.grams);
            for two in &there {
                let days = self.days_apart(one, two)?;
                if is_sequel(one, two) || one.is_digest || two.is_digest || reports_other_figures(one, two) {
                    return None;
                }
                let words = one.terms.cosine(&two.terms);
                let share = if one.outlet == two.outlet {
                    words / self.asked(days)
                } else {
                    (probe.cosine(&two.grams) + RETOLD_WORDS * words) / self.asked_retold(days)
                };
                sum += share.min(SHARE_OF_PAIR_MAX);
                pairs += 1.0;
            }
        }
        let likeness = sum / f32::max(pairs, 1.0);
        (likeness >= MERGE_SHARE).then_some(likeness)
    }
}
