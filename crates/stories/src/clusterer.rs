//! The clusterer: what is remembered of the last articles, and where a new one belongs among them.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::hash::{BuildHasher, Hash};

use jiff::Timestamp;
use praden_model::{ArticleId, Membership, OutletId, Reason, ReasonKind, Revision, Seq, StoryId};
use serde::{Deserialize, Serialize};

use crate::background::Background;
use crate::changes::Merge;
use crate::drift::Split;
use crate::grams::{Grams, Probe};
use crate::sketch::{ByHash, Sketch};
use crate::terms::Terms;
use crate::title::{Title, is_sequel, reports_other_figures};

/// How far back articles are compared, and how like they must be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Window {
    /// Revisions that are remembered. Each takes about nine kilobytes.
    pub articles_max: usize,
    /// Hours that may lie between two dated articles of one story.
    pub hours: u32,
    /// How like two articles of the same day must be to be of one story, 0 to 1: the cosine of their weighted words.
    pub similarity: f32,
    /// What is asked for on top for every whole day between the two.
    pub similarity_per_day: f32,
    /// What is asked for when one of the two has no date.
    pub similarity_undated: f32,
    /// How like two articles of *different outlets* must be, 0 to 1.2: the cosine of their letters (runs of five), and a
    /// fifth of the cosine of their words on top. Outlets tell an event in words of their own, so this is far lower;
    /// what one outlet publishes shares its house style, and goes by `similarity`.
    pub retold: f32,
    /// What is asked for on top for every day between the two.
    pub retold_per_day: f32,
    /// What is asked for when one of the two has no date.
    pub retold_undated: f32,
    /// Share of common text from which an article is a copy, 0 to 1.
    pub copy: f32,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            articles_max: 10_000,
            hours: 72,
            similarity: 0.42,
            similarity_per_day: 0.04,
            similarity_undated: 0.62,
            retold: 0.065,
            retold_per_day: 0.0,
            retold_undated: 0.12,
            copy: 0.6,
        }
    }
}

/// Articles under one word that are looked at, newest first: a word that everybody uses finds nothing.
const POSTINGS_MAX: usize = 200;

/// Articles under one run of letters that are looked at, newest first: a run that more than these share names nothing.
const RUN_POSTINGS_MAX: usize = 64;

/// Like articles that are compared in full.
const CANDIDATES_MAX: usize = 64;

/// Members of a story that a new article is compared with.
pub(crate) const MEMBERS_MAX: usize = 12;

/// How like the whole story an article must be, as a share of how like its nearest member it must be: otherwise
/// chains of neighbours would join what has nothing in common.
const STORY_SHARE: f32 = 0.6;

/// What the words of two articles of different outlets add to what their letters say. Words alone tell such articles
/// from strangers badly; letters alone are least sure where a name stands once and the agencies agree.
pub(crate) const RETOLD_WORDS: f32 = 0.2;

/// Articles of other outlets that are compared in full, and runs of letters that these must share at least.
const RETOLD_CANDIDATES_MAX: usize = 32;
const RETOLD_RUNS_MIN: u8 = 3;

/// An article is about as like to many others where it only shares their topic: the likest story of another outlet must
/// be this many times liker than the one at place [`CROWD`].
const CONTRAST: f32 = 1.3;
const CROWD: usize = 4;

/// A shortened reprint: how much more of the shorter text must stand in the longer one than of both together.
const SHORTENED: f32 = 0.08;

/// Buckets of the index of runs: a power of two. With a full window a run meets about forty articles by chance.
const BUCKETS: usize = 1 << 17;

/// What headlines of digests say. A digest has a part in every story and is of none.
pub(crate) const DIGESTS: [&str; 10] = [
    "สรุปข่าว",
    "รวมข่าว",
    "ประมวลข่าว",
    "รอบสัปดาห์",
    "ข่าวเด่นประจำ",
    "ข่าวประจำวัน",
    "ข่าวเด่นน่าสนใจ",
    "ข่าวปลอมประจำสัปดาห์",
    "ข่าวประจำสัปดาห์",
    "ข่าวปลอมประจำวัน",
];

/// Words and numbers that a reason names.
const REASON_WORDS_MAX: usize = 8;

/// Finds the story of each article of a log, in order.
#[derive(Clone, Debug)]
pub struct Clusterer {
    window: Window,
    pub(crate) entries: VecDeque<Entry>,
    /// Number of the first entry still there; numbers are given in order of arrival.
    pub(crate) first: u64,
    by_term: ByHash<u64, VecDeque<u64>>,
    by_band: ByHash<u64, VecDeque<u64>>,
    /// Entries by the low bits of their runs' hashes.
    by_run: Vec<VecDeque<u64>>,
    by_article: HashMap<ArticleId, u64>,
    pub(crate) by_story: HashMap<StoryId, VecDeque<u64>>,
    /// Stories that were parted: they are never merged again by Praden.
    pub(crate) apart: BTreeSet<(StoryId, StoryId)>,
    /// Stories that a person joined: they are never parted by Praden.
    pub(crate) joined_by_hand: BTreeSet<StoryId>,
    /// Stories that became one since they were last asked for.
    pub(crate) merges: Vec<Merge>,
    /// Stories that became two since they were last asked for.
    pub(crate) splits: Vec<Split>,
}

/// What is remembered of a revision.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    seq: Seq,
    pub(crate) article: ArticleId,
    pub(crate) outlet: OutletId,
    pub(crate) story: StoryId,
    pub(crate) time: Option<Timestamp>,
    sketch: Sketch,
    pub(crate) terms: Terms,
    pub(crate) grams: Grams,
    pub(crate) title: Title,
    pub(crate) is_digest: bool,
    /// Whether its article gave a story its name.
    pub(crate) named: bool,
}

impl Entry {
    /// Whether it is the first revision of its article.
    pub(crate) fn is_first(&self) -> bool {
        self.seq.get() == self.article.get()
    }
}

/// A revision as the clusterer sees it, before it has a place.
struct Seen {
    entry: Entry,
    written: HashMap<u64, String>,
}

impl Clusterer {
    /// A clusterer that has seen nothing.
    pub fn new(window: Window) -> Self {
        Self {
            window,
            entries: VecDeque::new(),
            first: 0,
            by_term: ByHash::default(),
            by_band: ByHash::default(),
            by_run: vec![VecDeque::new(); BUCKETS],
            by_article: HashMap::new(),
            by_story: HashMap::new(),
            apart: BTreeSet::new(),
            joined_by_hand: BTreeSet::new(),
            merges: Vec::new(),
            splits: Vec::new(),
        }
    }

    /// How many of the last revisions must be [`remember`](Self::remember)ed after a restart.
    pub fn revisions_to_remember(&self) -> usize {
        self.window.articles_max
    }

    /// The oldest revision that is remembered.
    pub fn window_start(&self) -> Option<Seq> {
        self.entries.front().map(|entry| entry.seq)
    }

    /// Gives a revision its place, and remembers it. Revisions come in the order of the log.
    ///
    /// A further revision of a remembered article stays in its story. Costs a few dozen comparisons of short lists, whatever the window
    /// holds.
    pub fn place(&mut self, revision: &Revision) -> Membership {
        let seen = Seen::of(revision);
        let (membership, also) = match self.by_article.get(&revision.article).and_then(|&at| self.entry(at)) {
            Some(earlier) => (self.stay(&seen, earlier.story), Vec::new()),
            None => self.find(&seen),
        };
        self.keep(seen.entry, membership.story);
        let story = self.merge_with(membership.seq, membership.story, also);
        self.part_if_drifted(membership.seq, story);
        membership
    }

    pub(crate) fn asked(&self, days: Option<f32>) -> f32 {
        match days {
            // Whole days: within one, an outlet follows its own event up and other events have not yet come.
            Some(days) => self.window.similarity + self.window.similarity_per_day * days.floor(),
            None => self.window.similarity_undated,
        }
    }

    pub(crate) fn asked_retold(&self, days: Option<f32>) -> f32 {
        match days {
            Some(days) => self.window.retold + self.window.retold_per_day * days,
            None => self.window.retold_undated,
        }
    }

    /// Gives a revision of an article its place in the story that the article was in, and remembers it.
    ///
    /// For revisions of articles that left the window, whose earlier membership only the store knows.
    pub fn place_again(&mut self, revision: &Revision, story: StoryId) -> Membership {
        let seen = Seen::of(revision);
        let membership = self.stay(&seen, story);
        self.keep(seen.entry, story);
        membership
    }

    /// Takes up a revision whose place is known, as after a restart. Revisions come in the order of the log.
    pub fn remember(&mut self, revision: &Revision, membership: &Membership) {
        self.keep(Seen::of(revision).entry, membership.story);
    }

    /// The latest remembered revision of an article.
    pub(crate) fn entry_of(&self, article: ArticleId) -> Option<&Entry> {
        self.by_article.get(&article).and_then(|at| self.entry(*at))
    }

    /// The days that may lie between two articles of one story.
    pub(crate) fn window_days(&self) -> f32 {
        self.window.hours as f32 / 24.0
    }

    pub(crate) fn entry(&self, at: u64) -> Option<&Entry> {
        usize::try_from(at.checked_sub(self.first)?).ok().and_then(|at| self.entries.get(at))
    }

    /// A further revision: the story is given, the rest is found as for a new article.
    fn stay(&self, seen: &Seen, story: StoryId) -> Membership {
        let founded = story.get() == seen.entry.article.get();
        let (similarity, _) = self.likeness(&seen.entry, story);
        Membership {
            article: seen.entry.article,
            seq: seen.entry.seq,
            story,
            similarity: if founded { 1.0 } else { similarity },
            copy_of: self.copied(&seen.entry).map(|(entry, _)| entry.seq),
            because: vec![Reason { kind: ReasonKind::Revision, words: Vec::new(), weight: 1.0 }],
        }
    }

    /// The place of a new article, and the other stories that it could be of as well.
    fn find(&self, seen: &Seen) -> (Membership, Vec<StoryId>) {
        let new = &seen.entry;
        if let Some((original, share)) = self.copied(new) {
            let reason = Reason {
                kind: ReasonKind::Copy,
                words: vec![format!("{:.0} %", share * 100.0)],
                weight: share,
            };
            let membership = Membership {
                article: new.article,
                seq: new.seq,
                story: original.story,
                similarity: share,
                copy_of: Some(original.seq),
                because: vec![reason],
            };
            return (membership, Vec::new());
        }
        let mut fitting: Vec<(f32, &Entry)> = self
            .candidates(new)
            .into_iter()
            .filter_map(|other| Some((self.fits(new, other)?, other)))
            .collect();
        // The likest; of equals the one that came first.
        fitting.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.seq.cmp(&b.1.seq)));
        if fitting.is_empty() {
            fitting = self.retold(new);
        }
        let Some(&(similarity, other)) = fitting.first() else {
            let membership = Membership {
                article: new.article,
                seq: new.seq,
                story: StoryId::new(new.seq.get()),
                similarity: 1.0,
                copy_of: None,
                because: vec![Reason { kind: ReasonKind::Founded, words: Vec::new(), weight: 1.0 }],
            };
            return (membership, Vec::new());
        };
        let mut also: Vec<StoryId> = Vec::new();
        for (_, fits) in &fitting {
            if fits.story != other.story && !also.contains(&fits.story) {
                also.push(fits.story);
            }
        }
        let (_, shared) = new.terms.shared(&other.terms);
        let words = shared
            .iter()
            .take(REASON_WORDS_MAX)
            .filter_map(|(key, _)| seen.written.get(key).cloned())
            .collect();
        let membership = Membership {
            article: new.article,
            seq: new.seq,
            story: other.story,
            similarity,
            copy_of: None,
            because: vec![Reason { kind: ReasonKind::SharedTerms, words, weight: similarity }],
        };
        (membership, also)
    }

    /// The earliest remembered article that this one is a copy of, and the share of common text.
    fn copied(&self, new: &Entry) -> Option<(&Entry, f32)> {
        if !new.sketch.is_telling() {
            return None;
        }
        let mut near: Vec<u64> =
            new.sketch.bands().filter_map(|band| self.by_band.get(&band)).flatten().copied().collect();
        near.sort_unstable();
        near.dedup();
        near.into_iter()
            .filter_map(|at| self.entry(at))
            .filter(|other| {
                other.article != new.article
                    && self.days_apart(new, other).is_some()
                    && !is_sequel(new, other)
            })
            .find_map(|other| {
                let common = new.sketch.resemblance(&other.sketch);
                let contained =
                    new.sketch.contained(&other.sketch, common).map_or(0.0, |share| share - SHORTENED);
                let share = common.max(contained);
                (share >= self.window.copy).then_some((other, share))
            })
    }

    /// Remembered articles that share telling words, those that share most first.
    fn candidates(&self, new: &Entry) -> Vec<&Entry> {
        let postings = new.terms.lookup.iter().filter_map(|key| self.by_term.get(key));
        let counts = self.count(postings, POSTINGS_MAX);
        let mut hits: Vec<(u64, u8)> =
            counted(&counts, 2).map(|(place, shared)| (self.first + place as u64, shared)).collect();
        hits.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(b.0.cmp(&a.0)));
        hits.truncate(CANDIDATES_MAX);
        hits.into_iter().filter_map(|(at, _)| self.entry(at)).collect()
    }

    /// How like an article is to one of its candidates, if the two can be of one story.
    fn fits(&self, new: &Entry, other: &Entry) -> Option<f32> {
        let days = self.days_apart(new, other)?;
        if is_sequel(new, other) {
            return None;
        }
        let asked = self.asked(days);
        let similarity = new.terms.cosine(&other.terms);
        if similarity < asked {
            return None;
        }
        if self.continues_a_series(new, other.story) {
            return None;
        }
        let (_, mean) = self.likeness(new, other.story);
        (mean >= asked * STORY_SHARE).then_some(similarity)
    }

    /// Whether an article is a further instance of a series of which the story has one: today's report is no part of yesterday's story,
    /// though an article about yesterday's stands between them.
    fn continues_a_series(&self, new: &Entry, story: StoryId) -> bool {
        self.members(new, story).any(|member| is_sequel(new, member))
    }

    /// The stories of other outlets that an article tells again in words of its own, the likest first: their likest members, and
    /// how like.
    fn retold(&self, new: &Entry) -> Vec<(f32, &Entry)> {
        if new.is_digest {
            return Vec::new();
        }
        let probe = Probe::of(&new.grams);
        let likeness =
            |other: &Entry| probe.cosine(&other.grams) + RETOLD_WORDS * new.terms.cosine(&other.terms);
        let mut stories: BTreeMap<StoryId, (f32, &Entry)> = BTreeMap::new();
        for other in self.candidates_by_run(new) {
            let scored = (likeness(other), other);
            let likest = stories.entry(other.story).or_insert(scored);
            if (scored.0, likest.1.seq) > (likest.0, other.seq) {
                *likest = scored;
            }
        }
        let mut stories: Vec<_> = stories.into_values().collect();
        stories.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.seq.cmp(&b.1.seq)));
        let crowd = stories.get(CROWD - 1).map_or(0.0, |(similarity, _)| *similarity);
        let tells = |(similarity, other): (f32, _)| -> Option<(f32, &Entry)> {
            let asked = self.asked_retold(self.days_apart(new, other)?);
            if similarity < asked
                || similarity < CONTRAST * crowd
                || self.continues_a_series(new, other.story)
            {
                return None;
            }
            let (mut sum, mut count) = (0.0, 0.0);
            for member in self.members(new, other.story) {
                sum += likeness(member);
                count += 1.0;
            }
            (sum >= asked * STORY_SHARE * count).then_some((similarity.min(1.0), other))
        };
        stories.into_iter().take(CROWD).filter_map(tells).collect()
    }

    /// Remembered articles of other outlets that share rare runs of letters, those that share most first.
    fn candidates_by_run(&self, new: &Entry) -> Vec<&Entry> {
        let postings = new.grams.lookup.iter().map(|run| self.bucket(*run));
        let counts = self.count(postings, RUN_POSTINGS_MAX);
        let mut hits: Vec<(u8, &Entry)> = counted(&counts, RETOLD_RUNS_MIN)
            .filter_map(|(place, shared)| Some((shared, self.entries.get(place)?)))
            .filter(|(_, other)| {
                other.outlet != new.outlet
                    && !other.is_digest
                    && self.days_apart(new, other).is_some()
                    && !is_sequel(new, other)
                    && !reports_other_figures(new, other)
            })
            .collect();
        hits.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.seq.cmp(&a.1.seq)));
        hits.truncate(RETOLD_CANDIDATES_MAX);
        hits.into_iter().map(|(_, other)| other).collect()
    }

    /// For each remembered article under how many of the postings it stands, of which the newest are looked at.
    fn count<'p>(&self, postings: impl Iterator<Item = &'p VecDeque<u64>>, newest: usize) -> Vec<u8> {
        let mut counts = vec![0u8; self.entries.len()];
        for at in postings.flat_map(|postings| postings.range(postings.len().saturating_sub(newest)..)) {
            let place = at.checked_sub(self.first).and_then(|place| usize::try_from(place).ok());
            if let Some(count) = place.and_then(|place| counts.get_mut(place)) {
                *count = count.saturating_add(1);
            }
        }
        counts
    }

    fn bucket(&self, run: u32) -> &VecDeque<u64> {
        static NONE: VecDeque<u64> = VecDeque::new();
        self.by_run.get(run as usize % BUCKETS).unwrap_or(&NONE)
    }

    /// The newest members of a story, other than the article itself.
    fn members(&self, new: &Entry, story: StoryId) -> impl Iterator<Item = &Entry> {
        let article = new.article;
        self.by_story
            .get(&story)
            .into_iter()
            .flat_map(|members| members.iter().rev().take(MEMBERS_MAX))
            .filter_map(|&at| self.entry(at))
            .filter(move |member| member.article != article)
    }

    /// How like an article is to the members of a story: to the likest, and on average.
    fn likeness(&self, new: &Entry, story: StoryId) -> (f32, f32) {
        let likenesses: Vec<f32> =
            self.members(new, story).map(|member| new.terms.cosine(&member.terms)).collect();
        let most = likenesses.iter().copied().fold(0.0, f32::max);
        let mean = if likenesses.is_empty() {
            0.0
        } else {
            likenesses.iter().sum::<f32>() / likenesses.len() as f32
        };
        (most, mean)
    }

    /// Days between two articles; the inner `None` where one has no date, the outer where they are too far apart.
    pub(crate) fn days_apart(&self, a: &Entry, b: &Entry) -> Option<Option<f32>> {
        let (Some(a), Some(b)) = (a.time, b.time) else { return Some(None) };
        let hours = a.as_second().abs_diff(b.as_second()) as f32 / 3_600.0;
        (hours <= self.window.hours as f32).then_some(Some(hours / 24.0))
    }

    fn keep(&mut self, mut entry: Entry, story: StoryId) {
        entry.story = story;
        entry.named = entry.is_first() && story.get() == entry.article.get();
        let at = self.first + self.entries.len() as u64;
        for &key in &entry.terms.lookup {
            self.by_term.entry(key).or_default().push_back(at);
        }
        if entry.sketch.is_telling() {
            for band in entry.sketch.bands() {
                self.by_band.entry(band).or_default().push_back(at);
            }
        }
        for run in &entry.grams.lookup {
            if let Some(bucket) = self.by_run.get_mut(*run as usize % BUCKETS) {
                bucket.push_back(at);
            }
        }
        self.by_article.insert(entry.article, at);
        self.by_story.entry(story).or_default().push_back(at);
        self.entries.push_back(entry);
        while self.entries.len() > self.window.articles_max {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        let Some(entry) = self.entries.pop_front() else { return };
        let at = self.first;
        self.first += 1;
        for key in &entry.terms.lookup {
            drop_first(&mut self.by_term, key);
        }
        if entry.sketch.is_telling() {
            for band in entry.sketch.bands() {
                drop_first(&mut self.by_band, &band);
            }
        }
        for run in &entry.grams.lookup {
            if let Some(bucket) = self.by_run.get_mut(*run as usize % BUCKETS) {
                bucket.pop_front();
            }
        }
        drop_first(&mut self.by_story, &entry.story);
        if self.by_article.get(&entry.article) == Some(&at) {
            self.by_article.remove(&entry.article);
        }
    }
}

/// The places whose count is `least` and more. Most are zero: eight of them are passed over at once.
fn counted(counts: &[u8], least: u8) -> impl Iterator<Item = (usize, u8)> + '_ {
    counts
        .chunks(8)
        .enumerate()
        .filter(|(_, eight)| eight.iter().fold(0, |all, count| all | count) != 0)
        .flat_map(|(at, eight)| eight.iter().enumerate().map(move |(place, count)| (8 * at + place, *count)))
        .filter(move |(_, count)| *count >= least)
}

/// Takes out the oldest number under a key: the entry that is leaving is the oldest everywhere.
fn drop_first<K: Hash + Eq, S: BuildHasher>(index: &mut HashMap<K, VecDeque<u64>, S>, key: &K) {
    if let Some(postings) = index.get_mut(key) {
        postings.pop_front();
        if postings.is_empty() {
            index.remove(key);
        }
    }
}

impl Seen {
    fn of(revision: &Revision) -> Self {
        let (terms, written) = Terms::of(&revision.title, &revision.text, Background::embedded());
        let entry = Entry {
            seq: revision.seq,
            article: revision.article,
            outlet: revision.outlet.clone(),
            story: StoryId::new(revision.seq.get()),
            time: revision.event_time(),
            sketch: Sketch::of(revision.title.normalized(), revision.text.normalized()),
            terms,
            grams: Grams::of(revision.title.normalized(), revision.text.normalized()),
            title: Title::of(revision),
            is_digest: DIGESTS.iter().any(|words| revision.title.normalized().contains(words)),
            named: false,
        };
        Self { entry, written }
    }
}

#[cfg(test)]
mod tests;
