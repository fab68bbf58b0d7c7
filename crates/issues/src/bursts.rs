//! Bursts: which agencies are in the news far more than is their habit, told from the times at which articles arrive.
//!
//! For each agency a rate is kept that forgets: articles that name it, and hours watched, both halving every fortnight.
//! What is usual for the last half hour, two hours and six hours follows from it in two ways, of which the higher counts: from the hours
//! of the week in which news comes at all, and from how much else came in the same time. So neither the morning's rush nor
//! a feed that catches up after a night is a burst of everybody. How surprising the articles are is the log-likelihood ratio
//! of a scan statistic (Kulldorff: A spatial scan statistic, 1997) for a rate that is itself not known exactly, divided by how
//! much an agency's articles come in heaps anyway.
//!
//! The state is small and bounded: a rate and the last hours of each agency. It is written down with the stage's cursor
//! ([`Watch::changed`]), bit by bit, so that a restart changes no answer.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use praden_model::{AgencyId, Burst, DateOrigin, FieldName, Mention, OutletId, Points, Revision, Seq};
use praden_text::Precision;
use serde::{Deserialize, Serialize};

use crate::reading::{LEAD_BYTES, Reading};

/// Seconds after which what was seen counts half.
const HALF_LIFE_S: f64 = 14.0 * 86_400.0;

/// Stretches of time that are looked at, in seconds. The shortest finds a loud burst at once, the longest a slow one.
const STRETCHES_S: [i64; 3] = [1_800, 7_200, 21_600];

/// How long before the latest article another may have arrived and still count: a slow feed, not an archive.
const LATE_S: i64 = 21_600;

/// What one outlet says again about an agency within this time counts half: a desk publishes in heaps.
const AGAIN_S: i64 = 7_200;

/// Articles that make a burst, at the least: three of two outlets, or four of one.
const ARTICLES_MIN: f64 = 2.5;

/// From how much surprise on, as [`Burst::surprise`]. On months of government news 4 gives up to two false alarms in 100 days of an
/// agency that is named daily, 5 less than one, 6.5 none; each step costs some minutes. The bench `bursts` prints both.
const SURPRISE_MIN: f64 = 5.0;

/// Time without surprise after which a burst is over.
const OVER_S: i64 = 21_600;

/// Hours that must have been watched before anything can be called unusual.
const WATCHED_HOURS_MIN: f64 = 72.0;

/// What is known of an agency that was never seen: half an article in a week.
const PRIOR_ARTICLES: f64 = 0.5;
const PRIOR_HOURS: f64 = 168.0;

/// How much articles come in heaps, as the variance of counts divided by what a steady rate would give; what is taken for
/// an agency of which little was seen, how much must be seen to change that, and the most it may be.
const HEAPS_PRIOR: f64 = 1.3;
const HEAPS_PRIOR_ARTICLES: f64 = 10.0;
const HEAPS_MAX: f64 = 4.0;

/// How many articles more than usual a block of a burst counts for at the most.
const TAUGHT_BY_BURST: f64 = 2.0;

/// Length of the blocks over which heaps are counted.
const BLOCK_S: i64 = 10_800;

/// Articles of one agency within the longest stretch that are remembered.
const RECENT_MAX: usize = 256;

/// Minutes of one count of everything that came.
const BUCKET_S: i64 = 300;

/// Hours of the day, for working days and for weekends.
const SLOTS: usize = 48;

/// Hours at the average rate that a slot is taken to have seen before.
const SLOT_PRIOR_HOURS: f64 = 3.0;

/// Agencies of one article that count: a list of everybody who came speaks of nobody.
const AGENCIES_MAX: usize = 8;

/// Share of articles from which more of an agency says nothing about it.
const SHARE_MAX: f64 = 0.8;

/// Whom an article speaks of: those named in its title and lead, and the one that should answer.
pub fn attention(reading: &Reading, mentions: &[Mention]) -> BTreeSet<AgencyId> {
    let early = |mention: &&Mention| {
        mention.field == FieldName::Title || (mention.normalized.start as usize) < LEAD_BYTES
    };
    let mut agencies = BTreeSet::new();
    let named = mentions.iter().filter(early).map(|mention| &mention.agency);
    for agency in reading.agencies.first().map(|first| &first.agency).into_iter().chain(named) {
        if agencies.len() < AGENCIES_MAX {
            agencies.insert(agency.clone());
        }
    }
    agencies
}

/// When an article came into the world, as exactly as bursts need it: when it was published, if that is known to the hour;
/// for one that was found on the web on the day of its publication, when it was found. Later revisions are no news.
pub fn arrival(revision: &Revision) -> Option<Timestamp> {
    let published = revision.published.as_ref()?;
    let at = published.believed()?;
    if revision.revision > 1 {
        return None;
    }
    let day = |at: Timestamp| at.to_zoned(TimeZone::fixed(BANGKOK)).date();
    match published.precision {
        Precision::Second | Precision::Minute | Precision::Hour => Some(at.min(revision.fetched_at)),
        _ if published.origin != DateOrigin::Archive && day(at) == day(revision.fetched_at) => {
            Some(revision.fetched_at)
        }
        _ => None,
    }
}

/// Thailand keeps one time all year.
const BANGKOK: Offset = Offset::constant(7);

/// Watches how often each agency is in the news.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    pace: Pace,
    agencies: BTreeMap<AgencyId, Habit>,
    /// Agencies whose habit changed since [`Watch::changed`] was last asked, and whether anything did.
    touched: BTreeSet<AgencyId>,
    moved: bool,
}

/// The news as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Pace {
    /// Second of the latest article.
    latest: i64,
    articles: Exact,
    hours: Exact,
    slots: Vec<(Exact, Exact)>,
    /// Starts of buckets of time, and what came in each.
    recent: VecDeque<(i64, u32)>,
}

/// One agency.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Habit {
    articles: Exact,
    /// Second up to which `articles` and the two below have been forgotten.
    at: i64,
    /// Sums of squared differences from what was usual, and of what was usual.
    differed: Exact,
    expected: Exact,
    /// The block that is being counted, and how many halves of articles so far.
    block: i64,
    in_block: u32,
    /// Seconds of arrival, in order, with the outlet as a hash, and what the article counts, in halves.
    recent: VecDeque<(i64, u32, u8)>,
    /// First article of the burst that goes on, and when it was last seen to.
    burst: Option<(i64, i64)>,
}

/// A number that comes back from JSON as the very same bits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Exact(f64);

impl Serialize for Exact {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0.to_bits())
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::from_bits(u64::deserialize(deserializer)?);
        // Habits are sums of squares and counts: anything else was not written by us.
        if number.is_finite() && number >= 0.0 {
            Ok(Self(number))
        } else {
            Err(serde::de::Error::custom("not a finite, positive number"))
        }
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            latest: 0,
            articles: Exact(0.0),
            hours: Exact(0.0),
            slots: vec![(Exact(0.0), Exact(0.0)); SLOTS],
            recent: VecDeque::new(),
        }
    }
}

impl Watch {
    /// A watch as it was when [`Watch::changed`] was asked, from what was written down under each name. What cannot be read
    /// is forgotten, and learned again.
    pub fn restore<'w>(written: impl IntoIterator<Item = (&'w str, &'w str)>) -> Self {
        let mut watch = Self::default();
        for (name, text) in written {
            if name == Self::PACE {
                let pace = serde_json::from_str(text).ok();
                watch.pace = pace.filter(|pace: &Pace| pace.slots.len() == SLOTS).unwrap_or_default();
            } else if let (Ok(agency), Ok(habit)) = (AgencyId::new(name), serde_json::from_str(text)) {
                watch.agencies.insert(agency, habit);
            }
        }
        watch
    }

    /// The name under which the news as a whole is written down; everything else goes by the ids of agencies.
    pub const PACE: &'static str = "*";

    /// What changed since this was last asked, to be written down: a name, and what to write under it.
    pub fn changed(&mut self) -> Vec<(String, String)> {
        let touched = std::mem::take(&mut self.touched);
        if !std::mem::take(&mut self.moved) {
            return Vec::new();
        }
        // Numbers and lists can always be written.
        let pace = (Self::PACE.to_owned(), serde_json::to_string(&self.pace).unwrap_or_default());
        let habits = touched.into_iter().filter_map(|agency| {
            let habit = self.agencies.get(&agency)?;
            Some((agency.to_string(), serde_json::to_string(habit).unwrap_or_default()))
        });
        std::iter::once(pace).chain(habits).collect()
    }

    /// Takes an article into account that arrived at `at` and speaks of `agencies`; answers which of them are in a burst now.
    ///
    /// Articles come in about the order of their arrival; one that is hours late is left out. Costs a microsecond or two for each agency.
    pub fn see(
        &mut self,
        seq: Seq,
        at: Timestamp,
        outlet: &OutletId,
        agencies: &BTreeSet<AgencyId>,
    ) -> Vec<Burst> {
        let outlet = hash(outlet);
        let at = at.as_second();
        if at < self.pace.latest - LATE_S {
            return Vec::new();
        }
        self.pace.add(at);
        self.moved = true;
        let mut bursts = Vec::new();
        for agency in agencies {
            let habit = self.agencies.entry(agency.clone()).or_default();
            self.touched.insert(agency.clone());
            habit.add(at, outlet, &self.pace);
            if let Some(found) = habit.judge(&self.pace) {
                bursts.push(Burst {
                    agency: agency.clone(),
                    seq,
                    at: Timestamp::from_second(at).unwrap_or_default(),
                    since: Timestamp::from_second(found.since).unwrap_or_default(),
                    articles: found.articles,
                    usual: Points::from_f64(found.usual),
                    minutes: u32::try_from(found.stretch / 60).unwrap_or(u32::MAX),
                    surprise: Points::from_f64(found.surprise),
                });
            }
        }
        bursts
    }
}

/// An outlet as a number (FNV-1a): 32 bits tell the few of six hours apart.
fn hash(outlet: &OutletId) -> u32 {
    outlet
        .as_str()
        .bytes()
        .fold(0x811C_9DC5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// What is left of something after so many seconds.
fn kept(seconds: i64) -> f64 {
    (-(seconds.max(0) as f64) / HALF_LIFE_S * std::f64::consts::LN_2).exp()
}

/// The slot of the week in which a second lies.
fn slot(second: i64) -> usize {
    let local = second + 7 * 3_600;
    let hour = local.rem_euclid(86_400) / 3_600;
    // The first of January 1970 was a Thursday: day 2 and 3 were a weekend.
    let is_weekend = matches!(local.div_euclid(86_400).rem_euclid(7), 2 | 3);
    usize::try_from(hour).unwrap_or(0) + if is_weekend { 24 } else { 0 }
}

impl Pace {
    fn add(&mut self, at: i64) {
        if self.latest == 0 {
            self.latest = at;
        }
        if at > self.latest {
            self.watch_until(at);
        }
        self.articles.0 += 1.0;
        if let Some((articles, _)) = self.slots.get_mut(slot(at)) {
            articles.0 += 1.0;
        }
        let bucket = at.div_euclid(BUCKET_S) * BUCKET_S;
        match self.recent.iter_mut().rev().find(|(start, _)| *start == bucket) {
            Some((_, count)) => *count += 1,
            None => {
                let place = self.recent.partition_point(|(start, _)| *start < bucket);
                self.recent.insert(place, (bucket, 1));
            }
        }
        let longest = STRETCHES_S.iter().max().copied().unwrap_or(0);
        while self.recent.front().is_some_and(|(start, _)| *start < self.latest - longest - BUCKET_S) {
            self.recent.pop_front();
        }
    }

    /// Lets time pass. A gap of weeks is a log that was not fed, not news that did not come: of it a fortnight counts.
    fn watch_until(&mut self, at: i64) {
        let passed = at - self.latest;
        let left = kept(passed);
        self.articles.0 *= left;
        self.hours.0 *= left;
        for (articles, hours) in &mut self.slots {
            articles.0 *= left;
            hours.0 *= left;
        }
        let mut from = at - passed.min(HALF_LIFE_S as i64);
        while from < at {
            let until = ((from.div_euclid(3_600) + 1) * 3_600).min(at);
            let hours = (until - from) as f64 / 3_600.0;
            self.hours.0 += hours;
            if let Some((_, watched)) = self.slots.get_mut(slot(from)) {
                watched.0 += hours;
            }
            from = until;
        }
        self.latest = at;
    }

    /// How many times more news than on average comes in the hours of a stretch.
    fn habit(&self, from: i64, until: i64) -> f64 {
        let average = (self.articles.0 / self.hours.0.max(1.0)).max(1e-6);
        let rate = |second: i64| {
            self.slots.get(slot(second)).map_or(1.0, |(articles, hours)| {
                (articles.0 + SLOT_PRIOR_HOURS * average) / (hours.0 + SLOT_PRIOR_HOURS) / average
            })
        };
        let (mut sum, mut second) = (0.0, from);
        while second < until {
            let next = ((second.div_euclid(3_600) + 1) * 3_600).min(until);
            sum += rate(second) * (next - second) as f64;
            second = next;
        }
        sum / (until - from).max(1) as f64
    }

    /// How many articles of everybody came in a stretch up to now.
    fn came(&self, stretch: i64) -> f64 {
        let since = self.latest - stretch;
        self.recent.iter().filter(|(start, _)| *start >= since).map(|(_, count)| f64::from(*count)).sum()
    }
}

/// What was found unusual.
struct Found {
    since: i64,
    articles: u32,
    usual: f64,
    stretch: i64,
    surprise: f64,
}

impl Habit {
    fn add(&mut self, at: i64, outlet: u32, pace: &Pace) {
        if self.at == 0 {
            (self.at, self.block) = (pace.latest, pace.latest.div_euclid(BLOCK_S));
        }
        let left = kept(pace.latest - self.at);
        for sum in [&mut self.articles, &mut self.differed, &mut self.expected] {
            sum.0 *= left;
        }
        self.at = pace.latest.max(self.at);
        let block = pace.latest.div_euclid(BLOCK_S);
        if block > self.block {
            self.end_block(block, pace);
        }
        let again = self.recent.iter().any(|(other, by, _)| *by == outlet && (at - other).abs() <= AGAIN_S);
        let halves = if again { 1 } else { 2 };
        self.articles.0 += f64::from(halves) / 2.0;
        self.in_block += u32::from(halves);
        let place = self.recent.partition_point(|(other, ..)| *other <= at);
        self.recent.insert(place, (at, outlet, halves));
        let longest = STRETCHES_S.iter().max().copied().unwrap_or(0);
        while self.recent.len() > RECENT_MAX
            || self.recent.front().is_some_and(|(first, ..)| *first < pace.latest - longest)
        {
            self.recent.pop_front();
        }
        if self.burst.is_some_and(|(_, last)| pace.latest - last > OVER_S) {
            self.burst = None;
        }
    }

    /// Counts how far a block was from what is usual. A burst teaches a little, too: one is news, but an agency whose articles come three at
    /// once every week has that habit, and would be called unusual for ever if only its quiet blocks counted.
    fn end_block(&mut self, block: i64, pace: &Pace) {
        let usual = self.rate(pace) * BLOCK_S as f64 / 3_600.0;
        let quiet = (block - self.block - 1).min(120) as f64;
        let most = if self.burst.is_some() { TAUGHT_BY_BURST } else { f64::INFINITY };
        let difference = (f64::from(self.in_block) / 2.0 - usual).min(most);
        self.differed.0 += difference * difference;
        self.expected.0 += usual;
        self.differed.0 += quiet * usual * usual;
        self.expected.0 += quiet * usual;
        (self.block, self.in_block) = (block, 0);
    }

    /// Articles an hour.
    fn rate(&self, pace: &Pace) -> f64 {
        (self.articles.0 + PRIOR_ARTICLES) / (pace.hours.0 + PRIOR_HOURS)
    }

    fn heaps(&self) -> f64 {
        let heaps =
            (self.differed.0 + HEAPS_PRIOR * HEAPS_PRIOR_ARTICLES) / (self.expected.0 + HEAPS_PRIOR_ARTICLES);
        heaps.clamp(1.0, HEAPS_MAX)
    }

    fn judge(&mut self, pace: &Pace) -> Option<Found> {
        if pace.hours.0 < WATCHED_HOURS_MIN {
            return None;
        }
        let stretches = STRETCHES_S.into_iter().filter_map(|stretch| self.surprise(stretch, pace));
        let found = stretches.max_by(|a, b| a.surprise.total_cmp(&b.surprise))?;
        if found.surprise < SURPRISE_MIN {
            return None;
        }
        let since = self.burst.map_or(found.since, |(since, _)| since);
        self.burst = Some((since, pace.latest));
        Some(Found { since, ..found })
    }

    fn surprise(&self, stretch: i64, pace: &Pace) -> Option<Found> {
        let from = pace.latest - stretch;
        let first = self.recent.partition_point(|(at, ..)| *at < from);
        let articles = self.recent.len() - first;
        let count = self.recent.range(first..).map(|(_, _, halves)| f64::from(*halves)).sum::<f64>() / 2.0;
        if count < ARTICLES_MIN {
            return None;
        }
        // Without what is being judged: an agency's own burst must not become its habit at once.
        let before = (self.articles.0 - count).max(0.0);
        let hours = stretch as f64 / 3_600.0;
        let by_hour =
            (before + PRIOR_ARTICLES) / (pace.hours.0 + PRIOR_HOURS) * hours * pace.habit(from, pace.latest);
        let others = (pace.came(stretch) - count).max(0.0);
        let all = (pace.articles.0 - count).max(1.0);
        let share = (before / all).min(SHARE_MAX);
        let usual = by_hour.max(others * share / (1.0 - share));
        if count <= usual {
            return None;
        }
        let known = before + PRIOR_ARTICLES;
        let ratio = count * (count / usual).ln() - (count + known) * ((count + known) / (usual + known)).ln();
        Some(Found {
            since: self.recent.get(first).map_or(from, |(at, ..)| *at),
            articles: u32::try_from(articles).unwrap_or(u32::MAX),
            usual,
            stretch,
            surprise: ratio / self.heaps(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn who(ids: &[&str]) -> BTreeSet<AgencyId> {
        ids.iter().map(|id| AgencyId::new(*id).unwrap()).collect()
    }

    fn outlet(number: usize) -> OutletId {
        OutletId::new(format!("o{number}")).unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_750_000_000 + second).unwrap()
    }

    /// A month in which each hour brings one article about something else, and every second day one about `rid`.
    fn quiet() -> Watch {
        let mut watch = Watch::default();
        for hour in 0..720 {
            let rid = hour % 48 == 5;
            let bursts = watch.see(
                Seq::new(hour),
                at(hour as i64 * 3_600),
                &outlet(0),
                &who(if rid { &["rid"] } else { &["moph"] }),
            );
            assert_eq!(bursts, [], "hour {hour}");
        }
        watch
    }

    /// How many of the articles, each so many minutes after the quiet month and of an outlet, are reported as in a burst of `rid`.
    #[track_caller]
    fn check(articles: &[(i64, usize)], want: usize) {
        let mut watch = quiet();
        let found: Vec<Burst> = articles
            .iter()
            .flat_map(|(minute, by)| {
                watch.see(Seq::new(1), at(720 * 3_600 + minute * 60), &outlet(*by), &who(&["rid"]))
            })
            .collect();
        assert_eq!(found.len(), want, "{articles:?}: {found:?}");
        assert!(found.iter().all(|burst| burst.since <= burst.at && burst.surprise > Points::ZERO));
    }

    #[test]
    fn many_articles_in_a_short_time_are_a_burst_and_few_are_none() {
        check(&[(0, 1), (10, 2)], 0);
        check(&[(0, 1), (10, 2), (20, 3), (25, 4)], 2);
        check(&[(0, 1), (1, 1), (2, 1)], 0); // One desk publishes in heaps.
        check(&[(0, 1), (1, 1), (2, 1), (3, 1), (4, 1)], 2);
        check(&[(0, 1), (1_440, 2), (2_880, 3), (4_320, 4)], 0); // One a day.
        check(&[(-1_000, 1), (-1_000, 2), (-1_000, 3), (-1_000, 4)], 0); // Hours late: an archive.
    }

    #[test]
    fn a_feed_that_catches_up_is_no_burst_of_everybody() {
        // Three articles within an hour are one on their own, and none among 360 others of that hour.
        check(&[(0, 1), (20, 2), (40, 3)], 1);
        let mut watch = quiet();
        for n in 0..360 {
            let agency = if n % 120 == 3 { "rid" } else { "moph" };
            let (at, by) = (at(720 * 3_600 + n as i64 * 10), outlet(n as usize % 9));
            let found = watch.see(Seq::new(n), at, &by, &who(&[agency]));
            assert!(agency == "moph" || found.is_empty(), "{found:?}");
        }
    }

    #[test]
    fn nothing_is_unusual_before_three_days_were_watched() {
        let mut watch = Watch::default();
        for n in 0..40 {
            assert_eq!(watch.see(Seq::new(n), at(n as i64 * 60), &outlet(n as usize), &who(&["rid"])), []);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn a_restart_changes_nothing(
            log in prop::collection::vec((0i64..20_000, 0usize..4, 0usize..3), 1..200),
            stop in 0usize..200,
        ) {
            let agencies = [who(&["rid"]), who(&["moph"]), who(&["rid", "moph"])];
            let (mut undisturbed, mut second) = (quiet(), 720 * 3_600);
            let mut restarted = undisturbed.clone();
            let mut written: BTreeMap<String, String> = restarted.changed().into_iter().collect();
            for (n, (pause, by, whom)) in log.iter().enumerate() {
                second += pause / 10;
                if n == stop {
                    restarted = Watch::restore(written.iter().map(|(name, text)| (name.as_str(), text.as_str())));
                }
                let want = undisturbed.see(Seq::new(1), at(second), &outlet(*by), &agencies[*whom]);
                prop_assert_eq!(restarted.see(Seq::new(1), at(second), &outlet(*by), &agencies[*whom]), want);
                written.extend(restarted.changed());
            }
        }
    }
}
