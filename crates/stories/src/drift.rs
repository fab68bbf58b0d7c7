//! Stories that drifted: two cores that would never have been merged, parted again.
//!
//! A story is joined article by article, and each must be like those before it; over a week of daily news the last may yet have little in
//! common with the first. What asks for a split is the mirror of what asks for a merge ([`changes`](crate::changes)): the later members hold
//! together, the earlier members hold together, and the two have hardly anything in common. What a person joined is never parted, and
//! what was parted is never joined again by Praden.

use std::collections::BTreeMap;

use praden_model::{ArticleId, Seq, StoryId};

use crate::changes::MERGE_SHARE;
use crate::clusterer::{Clusterer, Entry, RETOLD_WORDS};
use crate::grams::Probe;
use crate::title::is_sequel;

/// Members of a story from which it is looked at, and how many arrivals lie between two looks: two cores of four can be told, and looking at
/// each arrival would find the same a little earlier.
const MEMBERS_MIN: usize = 8;
const LOOK_EVERY: usize = 4;

/// The first and the last members that make a core each; those between go to the one that they are more like.
const CORE_MAX: usize = 8;

/// How like the two cores may be on average and still be parted, as a share of what one story asks for: well below what
/// [`MERGE_SHARE`] asks, so that a story is not parted and joined by turns.
const APART_SHARE: f32 = 0.4;

/// How much one pair can add to a mean.
const SHARE_OF_PAIR_MAX: f32 = 1.5;

/// A story that became two, because its later members are about something else than its earlier ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// The revision after whose arrival it was seen.
    pub seq: Seq,
    /// The story, which goes on with its earlier members.
    pub story: StoryId,
    /// The new story of the later ones.
    pub other: StoryId,
    /// The later ones.
    pub articles: Vec<ArticleId>,
    /// How like the two cores are, as a share of what one story asks for.
    pub likeness: f32,
}

impl Clusterer {
    /// The stories that became two since this was last asked, in order. What left counts with the new story from then on.
    pub fn take_splits(&mut self) -> Vec<Split> {
        std::mem::take(&mut self.splits)
    }

    /// Parts a story that has drifted into two cores.
    pub(crate) fn part_if_drifted(&mut self, seq: Seq, story: StoryId) {
        let count = self.by_story.get(&story).map_or(0, std::collections::VecDeque::len);
        if count < MEMBERS_MIN || !count.is_multiple_of(LOOK_EVERY) || self.joined_by_hand.contains(&story) {
            return;
        }
        let Some((likeness, later)) = self.cores(story) else { return };
        let Some(other) = self.free_name(&later) else { return };
        let mut articles: Vec<ArticleId> = later;
        articles.sort_unstable();
        self.splits.push(Split { seq, story, other, articles: articles.clone(), likeness });
        self.part(story, other, &articles.into_iter().collect());
        self.keep_apart(story, other);
    }

    /// What leaves a story that has two cores, in order of arrival, and how like the two are.
    fn cores(&self, story: StoryId) -> Option<(f32, Vec<ArticleId>)> {
        // The latest revision of each article, in order of publication; what has no date comes first.
        let mut latest: BTreeMap<ArticleId, (u64, &Entry)> = BTreeMap::new();
        for &at in self.by_story.get(&story)?.iter().rev() {
            if let Some(entry) = self.entry(at) {
                latest.entry(entry.article).or_insert((at, entry));
            }
        }
        let mut members: Vec<(u64, &Entry)> = latest.into_values().collect();
        members.sort_by_key(|(at, entry)| (entry.time, *at));
        let size = CORE_MAX.min(members.len() / 2);
        if members.len() < MEMBERS_MIN {
            return None;
        }
        fn core<'e>(members: &[(u64, &'e Entry)]) -> Vec<(Probe, &'e Entry)> {
            members.iter().map(|(_, entry)| (Probe::of(&entry.grams), *entry)).collect()
        }
        let (early, between, late) = (
            members.get(..size)?,
            members.get(size..members.len() - size)?,
            members.get(members.len() - size..)?,
        );
        let (first, last) = (core(early), core(late));
        let across = |core: &[(Probe, &Entry)], entry: &Entry| {
            let others = core.iter().filter(|(_, other)| other.article != entry.article);
            let shares: Vec<f32> = others.map(|(probe, other)| self.share(probe, other, entry)).collect();
            shares.iter().sum::<f32>() / shares.len().max(1) as f32
        };
        let mean = |core: &[(Probe, &Entry)], others: &[(u64, &Entry)]| {
            others.iter().map(|(_, entry)| across(core, entry)).sum::<f32>() / others.len().max(1) as f32
        };
        let likeness = mean(&first, late);
        if likeness >= APART_SHARE || mean(&first, early) < MERGE_SHARE || mean(&last, late) < MERGE_SHARE {
            return None;
        }
        let leaves = between.iter().filter(|(_, entry)| across(&last, entry) > across(&first, entry));
        let mut leaving: Vec<(u64, ArticleId)> =
            leaves.chain(late).map(|(at, entry)| (*at, entry.article)).collect();
        leaving.sort_unstable();
        Some((likeness, leaving.into_iter().map(|(_, article)| article).collect()))
    }

    /// How like two members are, as a share of what one story asks for on the days between them.
    fn share(&self, probe: &Probe, one: &Entry, two: &Entry) -> f32 {
        if is_sequel(one, two) {
            return 0.0;
        }
        let days = self.days_apart(one, two).unwrap_or(Some(self.window_days()));
        let words = one.terms.cosine(&two.terms);
        let share = if one.outlet == two.outlet {
            words / self.asked(days)
        } else {
            (probe.cosine(&two.grams) + RETOLD_WORDS * words) / self.asked_retold(days)
        };
        share.min(SHARE_OF_PAIR_MAX)
    }

    /// The name of a story for articles that leave another: that of the first that never named one. Only a first revision knows whether it
    /// did.
    fn free_name(&self, articles: &[ArticleId]) -> Option<StoryId> {
        let is_free = |article: &&ArticleId| {
            let entry = self.entry_of(**article);
            entry.is_some_and(|entry| entry.is_first() && !entry.named)
        };
        articles.iter().find(is_free).map(|article| StoryId::new(article.get()))
    }
}
