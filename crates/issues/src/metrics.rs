//! Measuring on labelled texts: precision, recall, average precision, top-k and BCubed, and the naive baselines to beat.
//!
//! Pure functions over what was proposed and what was labelled; reading labelled files is left to others.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use praden_model::{Agency, AgencyId};
use serde::Serialize;

/// How many of the proposed are right, and how many of the labelled were found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Proposed and right.
    pub right: usize,
    /// Proposed.
    pub proposed: usize,
    /// Labelled and found.
    pub found: usize,
    /// Labelled.
    pub labelled: usize,
}

impl Tally {
    /// Right among the proposed, 0 to 1; 0 where nothing was proposed.
    pub fn precision(&self) -> f64 {
        ratio(self.right, self.proposed)
    }

    /// Found among the labelled, 0 to 1; 0 where nothing was labelled.
    pub fn recall(&self) -> f64 {
        ratio(self.found, self.labelled)
    }

    /// The harmonic mean of the two.
    pub fn f1(&self) -> f64 {
        harmonic(self.precision(), self.recall())
    }

    /// Adds another tally.
    pub fn add(&mut self, other: Self) {
        self.right += other.right;
        self.proposed += other.proposed;
        self.found += other.found;
        self.labelled += other.labelled;
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn harmonic(a: f64, b: f64) -> f64 {
    if a + b == 0.0 { 0.0 } else { 2.0 * a * b / (a + b) }
}

/// A mention as it is measured: agency, surface, and places in title + newline + text, in bytes as published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Whom.
    pub agency: AgencyId,
    /// What stands there.
    pub surface: String,
    /// Where.
    pub places: Vec<Range<usize>>,
}

/// Tallies the mentions of one article. Each distinct agency and surface counts once, and is right when one of its places
/// overlaps a labelled one of the same agency.
pub fn mentions(proposed: &[Named], labelled: &[Named]) -> Tally {
    let meets = |a: &Named, others: &[Named]| {
        others.iter().filter(|other| other.agency == a.agency).any(|other| {
            other.places.iter().any(|b| a.places.iter().any(|a| a.start < b.end && b.start < a.end))
        })
    };
    Tally {
        right: proposed.iter().filter(|named| meets(named, labelled)).count(),
        proposed: proposed.len(),
        found: labelled.iter().filter(|named| meets(named, proposed)).count(),
        labelled: labelled.len(),
    }
}

/// Mentions with the same agency and surface put together, in order.
pub fn distinct(mentions: impl Iterator<Item = (AgencyId, String, Range<usize>)>) -> Vec<Named> {
    let mut places: BTreeMap<(AgencyId, String), Vec<Range<usize>>> = BTreeMap::new();
    for (agency, surface, place) in mentions {
        places.entry((agency, surface)).or_default().push(place);
    }
    places.into_iter().map(|((agency, surface), places)| Named { agency, surface, places }).collect()
}

/// Whether one of the first `k` proposed is among the labelled.
pub fn in_top(k: usize, proposed: &[AgencyId], labelled: &[AgencyId]) -> bool {
    proposed.iter().take(k).any(|agency| labelled.contains(agency))
}

/// The threshold that tells the labelled apart best, and the F1 that it would give: of equals the highest. None where nothing is labelled
/// true.
///
/// A desk that takes it over for `issues.weights.threshold` should know that it was chosen on these very labels.
pub fn best_threshold(scored: &[(f64, bool)]) -> Option<(f64, f64)> {
    let mut thresholds: Vec<f64> = scored.iter().map(|(score, _)| *score).collect();
    thresholds.sort_by(|a, b| b.total_cmp(a));
    thresholds.dedup();
    let f1 = |threshold: f64| decisions(scored.iter().map(|(score, is)| (*score >= threshold, *is))).f1();
    let mut best: Option<(f64, f64)> = None;
    for threshold in thresholds {
        let f1 = f1(threshold);
        if f1 > best.map_or(0.0, |(_, most)| most) {
            best = Some((threshold, f1));
        }
    }
    best
}

/// Average precision of a ranking: the mean, over what is labelled, of the precision at its place. Texts of equal score are
/// taken at the worst order.
pub fn average_precision(scored: &[(f64, bool)]) -> f64 {
    let mut order: Vec<&(f64, bool)> = scored.iter().collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let (mut hits, mut sum) = (0usize, 0.0);
    for (at, (_, labelled)) in order.into_iter().enumerate() {
        if *labelled {
            hits += 1;
            sum += ratio(hits, at + 1);
        }
    }
    if hits == 0 { 0.0 } else { sum / hits as f64 }
}

/// Tallies a decision over texts: `(proposed, labelled)` for each.
pub fn decisions(texts: impl Iterator<Item = (bool, bool)>) -> Tally {
    let mut tally = Tally::default();
    for (proposed, labelled) in texts {
        tally.proposed += usize::from(proposed);
        tally.labelled += usize::from(labelled);
        tally.right += usize::from(proposed && labelled);
        tally.found += usize::from(proposed && labelled);
    }
    tally
}

/// BCubed precision, recall and F1 (Amigó et al. 2009).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct BCubed {
    /// Of those in a document's story, how many belong to its group; the mean over documents.
    pub precision: f64,
    /// Of those in a document's group, how many are in its story; the mean over documents.
    pub recall: f64,
    /// The harmonic mean of the two.
    pub f1: f64,
}

/// Measures stories against groups. `groups` are the documents that belong together, `labelled` all documents that anybody
/// looked at: strangers in a story count only among these. `story_of` says where each is.
pub fn bcubed<D: Ord + Clone, S: PartialEq>(
    groups: &[Vec<D>],
    labelled: &BTreeSet<D>,
    story_of: impl Fn(&D) -> Option<S>,
) -> BCubed {
    let (mut precision, mut recall, mut count) = (0.0, 0.0, 0usize);
    for group in groups {
        for document in group {
            let Some(story) = story_of(document) else { continue };
            let with = |other: &&D| story_of(other).as_ref() == Some(&story);
            let right = group.iter().filter(with).count();
            precision += ratio(right, labelled.iter().filter(with).count());
            recall += ratio(right, group.len());
            count += 1;
        }
    }
    let (precision, recall) = (precision / count.max(1) as f64, recall / count.max(1) as f64);
    BCubed { precision, recall, f1: harmonic(precision, recall) }
}

/// The baselines: what one would write in an afternoon.
pub mod naive {
    use super::{Agency, AgencyId, AhoCorasick, BTreeMap, BTreeSet, MatchKind, Range};

    /// Words of complaint and denial that make a text an issue.
    const WORDS: [&str; 21] = [
        "ร้องเรียน",
        "ร้องทุกข์",
        "เดือดร้อน",
        "ประท้วง",
        "คัดค้าน",
        "วิจารณ์",
        "ทุจริต",
        "โกง",
        "ข่าวปลอม",
        "ข่าวลือ",
        "ไม่เป็นความจริง",
        "ชี้แจง",
        "ปฏิเสธ",
        "แอบอ้าง",
        "อันตราย",
        "เสียชีวิต",
        "ระบาด",
        "ปนเปื้อน",
        "ล่าช้า",
        "หลอกลวง",
        "บิดเบือน",
    ];

    /// Names found by longest match, and routing by counting them and remit words.
    pub struct Lookup {
        names: AhoCorasick,
        owners: Vec<Vec<AgencyId>>,
        remits: Vec<(String, AgencyId)>,
    }

    impl Lookup {
        /// Takes every name of every agency.
        ///
        /// # Errors
        /// When there are too many names for an automaton.
        pub fn new(agencies: &[Agency]) -> Result<Self, aho_corasick::BuildError> {
            let mut names: BTreeMap<&str, Vec<AgencyId>> = BTreeMap::new();
            let mut remits = Vec::new();
            for agency in agencies {
                let called = [&agency.name_th, &agency.name_en]
                    .into_iter()
                    .chain(&agency.abbreviations)
                    .chain(&agency.abbreviations_undotted)
                    .chain(&agency.aliases)
                    .chain(&agency.former)
                    .chain(&agency.heads);
                for name in called.filter(|name| !name.is_empty()) {
                    names.entry(name).or_default().push(agency.id.clone());
                }
                remits.extend(agency.remit.iter().map(|word| (word.clone(), agency.id.clone())));
            }
            let automaton =
                AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(names.keys().copied())?;
            Ok(Self { names: automaton, owners: names.into_values().collect(), remits })
        }

        /// Every name at every place, the longest first.
        pub fn mentions<'s>(
            &'s self,
            text: &'s str,
        ) -> impl Iterator<Item = (AgencyId, String, Range<usize>)> + 's {
            self.names.find_iter(text).filter_map(move |hit| {
                let agency = self.owners.get(hit.pattern().as_usize())?.first()?.clone();
                Some((agency, text.get(hit.range())?.to_owned(), hit.range()))
            })
        }

        /// Agencies by how often they are named, then by how many of their remit words stand there.
        pub fn route(&self, text: &str) -> Vec<AgencyId> {
            let mut counts: BTreeMap<AgencyId, usize> = BTreeMap::new();
            for (agency, ..) in self.mentions(text) {
                *counts.entry(agency).or_default() += 3;
            }
            for (word, agency) in &self.remits {
                if text.contains(word.as_str()) {
                    *counts.entry(agency.clone()).or_default() += 1;
                }
            }
            let mut ranked: Vec<(AgencyId, usize)> = counts.into_iter().collect();
            ranked.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            ranked.into_iter().map(|(agency, _)| agency).collect()
        }
    }

    /// How many of the words stand in a text. From one on it is an issue.
    pub fn issue_score(text: &str) -> f64 {
        WORDS.iter().filter(|word| text.contains(**word)).count() as f64
    }

    /// Stories by titles whose character trigrams have a Jaccard similarity of 0.55 or more: the number of each document's story.
    pub fn stories(titles: &[&str]) -> Vec<usize> {
        let trigrams: Vec<BTreeSet<[char; 3]>> = titles
            .iter()
            .map(|title| {
                let letters: Vec<char> = title.chars().collect();
                letters.windows(3).filter_map(|window| <[char; 3]>::try_from(window).ok()).collect()
            })
            .collect();
        let mut by_trigram: BTreeMap<[char; 3], Vec<usize>> = BTreeMap::new();
        let mut stories: Vec<usize> = Vec::new();
        for (at, mine) in trigrams.iter().enumerate() {
            let mut common: BTreeMap<usize, usize> = BTreeMap::new();
            for trigram in mine {
                let with = by_trigram.entry(*trigram).or_default();
                for &other in with.iter() {
                    *common.entry(other).or_default() += 1;
                }
                with.push(at);
            }
            let likest = common
                .into_iter()
                .filter_map(|(other, shared)| {
                    let union = mine.len() + trigrams.get(other)?.len() - shared;
                    Some((shared as f64 / union.max(1) as f64, other))
                })
                .filter(|(jaccard, _)| *jaccard >= 0.55)
                .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
            stories.push(likest.and_then(|(_, other)| stories.get(other).copied()).unwrap_or(at));
        }
        stories
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn average_precision_is_that_of_the_textbook() {
        for (scored, want) in [
            (vec![(3.0, true), (2.0, true), (1.0, false)], 1.0),
            (vec![(3.0, false), (2.0, true), (1.0, true)], (0.5 + 2.0 / 3.0) / 2.0),
            (vec![(1.0, true), (1.0, false)], 0.5),
            (vec![(1.0, false)], 0.0),
        ] {
            assert!((average_precision(&scored) - want).abs() < 1e-12, "{scored:?}");
        }
    }

    #[test]
    fn the_best_threshold_is_the_one_of_the_highest_f1() {
        for (scored, want) in [
            (vec![(3.0, true), (2.0, true), (1.0, false)], Some((2.0, 1.0))),
            (vec![(3.0, false), (2.0, true), (1.0, true)], Some((1.0, 0.8))),
            (vec![(1.0, false)], None),
            (Vec::new(), None),
        ] {
            assert_eq!(best_threshold(&scored), want, "{scored:?}");
        }
    }

    #[test]
    fn bcubed_of_singletons_is_that_of_the_data_sheet() {
        // Groups of 2, 2 and 3: each document alone is pure and finds itself.
        let groups = vec![vec![1, 2], vec![3, 4], vec![5, 6, 7]];
        let labelled: BTreeSet<i32> = (1..9).collect();
        let alone = bcubed(&groups, &labelled, |document| Some(*document));
        assert!(
            (alone.precision - 1.0).abs() < 1e-12
                && (alone.recall - (4.0 * 0.5 + 3.0 / 3.0) / 7.0).abs() < 1e-12
        );
        let together = bcubed(&groups, &labelled, |_| Some(0));
        assert!(
            (together.recall - 1.0).abs() < 1e-12
                && (together.precision - (4.0 * 0.25 + 3.0 * 0.375) / 7.0).abs() < 1e-12
        );
    }

    #[test]
    fn like_titles_are_one_naive_story() {
        assert_eq!(naive::stories(&["น้ำท่วมหาดใหญ่วันนี้", "ราคายาง", "น้ำท่วมหาดใหญ่วันนี้ครับ"]), [0, 1, 0]);
    }
}
