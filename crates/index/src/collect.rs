//! What is gathered from the documents that match: the best, how many, how many of each.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{Column, StrColumn};
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader};

use crate::schema::column;

/// By what the best are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rank {
    Relevance,
    /// Relevance, more for what was published close to this second.
    Fresh(i64),
    Newest,
}

impl Rank {
    fn major(self, score: Score, published: impl FnOnce() -> Option<i64>) -> u64 {
        match self {
            Self::Relevance => u64::from(score.max(0.0).to_bits()),
            Self::Fresh(newest) => {
                const WEEK_S: f32 = 7.0 * 86_400.0;
                let weeks = published().map(|at| (newest - at).max(0) as f32 / WEEK_S);
                // Half of what can be lost is lost in a week.
                let share = weeks.map_or(0.0, |weeks| (-weeks).exp2());
                u64::from((score.max(0.0) * (1.0 + 2.0 * share) / 3.0).to_bits())
            }
            // Flipping the sign bit turns the order of signed numbers into that of unsigned ones.
            Self::Newest => published().map_or(0, |seconds| seconds as u64 ^ (1 << 63)),
        }
    }
}

/// The place of a document in an order: greater is earlier. `seq` makes it unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// The score's bits, which order as scores do because none is negative; or the date, moved so that it orders
    /// without a sign and 0 is free for the undated.
    pub major: u64,
    pub seq: u64,
}

impl Key {
    pub(crate) fn score(self) -> f32 {
        f32::from_bits(self.major as u32)
    }
}

/// What documents of a segment are put in order by. Opening it costs more than a rare word does, so it is done once for a
/// state of the index.
#[derive(Clone)]
pub(crate) struct Keys {
    seq: Column<u64>,
    article: Column<u64>,
    published: Column<i64>,
}

impl Keys {
    pub(crate) fn open(segment: &SegmentReader) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        Ok(Self {
            seq: columns.u64(column::SEQ)?,
            article: columns.u64(column::ARTICLE)?,
            published: columns.i64(column::PUBLISHED)?,
        })
    }
}

/// Collects the first `limit` in an order, after a key, and counts all.
pub(crate) struct Top<'s> {
    /// Of each segment.
    pub keys: &'s [Keys],
    pub limit: usize,
    pub rank: Rank,
    pub after: Option<Key>,
}

/// What [`Top`] found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// All that match.
    pub total: u64,
    /// Those of them that come after the key.
    pub remaining: u64,
    /// Key and article, best first.
    pub best: Vec<(Key, u64)>,
}

pub(crate) struct TopSegment {
    limit: usize,
    rank: Rank,
    after: Option<Key>,
    keys: Keys,
    heap: BinaryHeap<Reverse<(Key, DocId)>>,
    /// The least that may still be among the best: nothing until there are enough.
    threshold: u64,
    found: Found,
}

impl Collector for Top<'_> {
    type Fruit = Found;
    type Child = TopSegment;

    fn for_segment(&self, ordinal: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<TopSegment> {
        Ok(TopSegment {
            limit: self.limit,
            rank: self.rank,
            after: self.after,
            keys: self.keys.get(ordinal as usize).cloned().map_or_else(|| Keys::open(segment), Ok)?,
            heap: BinaryHeap::new(),
            threshold: 0,
            found: Found::default(),
        })
    }

    fn requires_scoring(&self) -> bool {
        self.rank != Rank::Newest
    }

    fn merge_fruits(&self, fruits: Vec<Found>) -> tantivy::Result<Found> {
        let mut all = Found::default();
        for found in fruits {
            all.total += found.total;
            all.remaining += found.remaining;
            all.best.extend(found.best);
        }
        all.best.sort_unstable_by_key(|&(key, _)| Reverse(key));
        all.best.truncate(self.limit);
        Ok(all)
    }
}

impl SegmentCollector for TopSegment {
    type Fruit = Found;

    fn collect(&mut self, doc: DocId, score: Score) {
        self.found.total += 1;
        let major = self.rank.major(score, || self.keys.published.first(doc));
        // Most documents are settled here, without a look at another column. What is in the heap comes after the key, and
        // so does whatever is worse.
        if major < self.threshold {
            self.found.remaining += 1;
            return;
        }
        if self.after.is_some_and(|after| major > after.major) {
            return;
        }
        let is_full = self.heap.len() >= self.limit;
        let key = Key { major, seq: self.keys.seq.first(doc).unwrap_or(0) };
        if self.after.is_some_and(|after| key >= after) {
            return;
        }
        self.found.remaining += 1;
        if !is_full {
            self.heap.push(Reverse((key, doc)));
        } else if let Some(mut worst) = self.heap.peek_mut()
            && key > worst.0.0
        {
            *worst = Reverse((key, doc));
        }
        if self.heap.len() >= self.limit {
            self.threshold = self.heap.peek().map_or(0, |Reverse((worst, _))| worst.major);
        }
    }

    fn harvest(mut self) -> Found {
        let article = |doc| self.keys.article.first(doc).unwrap_or(0);
        self.found.best = self.heap.iter().map(|&Reverse((key, doc))| (key, article(doc))).collect();
        self.found.best.sort_unstable_by_key(|&(key, _)| Reverse(key));
        self.found
    }
}

/// Collects the best of each group of near-duplicates, with their number.
pub(crate) struct Folded {
    pub rank: Rank,
}

/// The best of a group, its article, and how many there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    pub key: Key,
    pub article: u64,
    pub count: u64,
}

pub(crate) struct FoldedSegment {
    rank: Rank,
    seq: Column<u64>,
    article: Column<u64>,
    original: Column<u64>,
    published: Column<i64>,
    groups: HashMap<u64, Group>,
}

impl Collector for Folded {
    /// Groups by the article that the others copy.
    type Fruit = HashMap<u64, Group>;
    type Child = FoldedSegment;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<FoldedSegment> {
        let columns = segment.fast_fields();
        Ok(FoldedSegment {
            rank: self.rank,
            seq: columns.u64(column::SEQ)?,
            article: columns.u64(column::ARTICLE)?,
            original: columns.u64(column::ORIGINAL)?,
            published: columns.i64(column::PUBLISHED)?,
            groups: HashMap::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        self.rank != Rank::Newest
    }

    fn merge_fruits(&self, fruits: Vec<Self::Fruit>) -> tantivy::Result<Self::Fruit> {
        let mut all = HashMap::new();
        for (original, group) in fruits.into_iter().flatten() {
            add_group(&mut all, original, group);
        }
        Ok(all)
    }
}

fn add_group(groups: &mut HashMap<u64, Group>, original: u64, group: Group) {
    groups
        .entry(original)
        .and_modify(|known| {
            let count = known.count + group.count;
            *known = Group { count, ..if group.key > known.key { group } else { *known } };
        })
        .or_insert(group);
}

impl SegmentCollector for FoldedSegment {
    type Fruit = HashMap<u64, Group>;

    fn collect(&mut self, doc: DocId, score: Score) {
        let major = self.rank.major(score, || self.published.first(doc));
        let key = Key { major, seq: self.seq.first(doc).unwrap_or(0) };
        let article = self.article.first(doc).unwrap_or(0);
        let original = self.original.first(doc).unwrap_or(article);
        add_group(&mut self.groups, original, Group { key, article, count: 1 });
    }

    fn harvest(self) -> Self::Fruit {
        self.groups
    }
}

/// Collects every document: its position in the log and where its text starts.
pub(crate) struct Places;

pub(crate) struct PlacesSegment {
    seq: Column<u64>,
    text_at: Column<u64>,
    found: Vec<(u64, u64)>,
}

impl Collector for Places {
    /// In no order.
    type Fruit = Vec<(u64, u64)>;
    type Child = PlacesSegment;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<PlacesSegment> {
        let columns = segment.fast_fields();
        let (seq, text_at) = (columns.u64(column::SEQ)?, columns.u64(column::PLACE)?);
        Ok(PlacesSegment { seq, text_at, found: Vec::new() })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, fruits: Vec<Self::Fruit>) -> tantivy::Result<Self::Fruit> {
        Ok(fruits.concat())
    }
}

impl SegmentCollector for PlacesSegment {
    type Fruit = Vec<(u64, u64)>;

    fn collect(&mut self, doc: DocId, _: Score) {
        self.found.push((self.seq.first(doc).unwrap_or(0), self.text_at.first(doc).unwrap_or(0)));
    }

    fn harvest(self) -> Self::Fruit {
        self.found
    }
}

/// Counts the documents of each value of a text column.
pub(crate) struct Values {
    pub column: &'static str,
}

/// What [`Values`] found.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    pub values: BTreeMap<String, u64>,
    /// Documents without any value.
    pub without: u64,
}

pub(crate) struct ValuesSegment {
    column: Option<StrColumn>,
    counts: Vec<u64>,
    without: u64,
}

impl Collector for Values {
    type Fruit = Counted;
    type Child = ValuesSegment;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<ValuesSegment> {
        let column = segment.fast_fields().str(self.column)?;
        let counts = vec![0; column.as_ref().map_or(0, |column| column.num_terms())];
        Ok(ValuesSegment { column, counts, without: 0 })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, fruits: Vec<tantivy::Result<Counted>>) -> tantivy::Result<Counted> {
        let mut all = Counted::default();
        for counted in fruits {
            let counted = counted?;
            all.without += counted.without;
            for (value, count) in counted.values {
                *all.values.entry(value).or_default() += count;
            }
        }
        Ok(all)
    }
}

impl SegmentCollector for ValuesSegment {
    type Fruit = tantivy::Result<Counted>;

    fn collect(&mut self, doc: DocId, _: Score) {
        let mut any = false;
        if let Some(column) = &self.column {
            for ord in column.term_ords(doc) {
                any = true;
                if let Some(count) = self.counts.get_mut(ord as usize) {
                    *count += 1;
                }
            }
        }
        self.without += u64::from(!any);
    }

    fn harvest(self) -> tantivy::Result<Counted> {
        let mut counted = Counted { values: BTreeMap::new(), without: self.without };
        if let Some(column) = &self.column {
            for (ord, &count) in (0..).zip(&self.counts).filter(|&(_, &count)| count > 0) {
                let mut value = String::new();
                column.ord_to_str(ord, &mut value)?;
                counted.values.insert(value, count);
            }
        }
        Ok(counted)
    }
}

/// Counts the documents of each day, at an offset from UTC.
pub(crate) struct Days {
    pub offset_s: i64,
}

pub(crate) struct DaysSegment {
    offset_s: i64,
    published: Column<i64>,
    days: BTreeMap<i64, u64>,
    undated: u64,
}

impl Collector for Days {
    /// Documents of each day since 1970, and those without a date.
    type Fruit = (BTreeMap<i64, u64>, u64);
    type Child = DaysSegment;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<DaysSegment> {
        let published = segment.fast_fields().i64(column::PUBLISHED)?;
        Ok(DaysSegment { offset_s: self.offset_s, published, days: BTreeMap::new(), undated: 0 })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, fruits: Vec<Self::Fruit>) -> tantivy::Result<Self::Fruit> {
        let mut all = (BTreeMap::new(), 0);
        for (days, undated) in fruits {
            all.1 += undated;
            for (day, count) in days {
                *all.0.entry(day).or_default() += count;
            }
        }
        Ok(all)
    }
}

impl SegmentCollector for DaysSegment {
    type Fruit = (BTreeMap<i64, u64>, u64);

    fn collect(&mut self, doc: DocId, _: Score) {
        const DAY_S: i64 = 86_400;
        match self.published.first(doc) {
            Some(seconds) => *self.days.entry((seconds + self.offset_s).div_euclid(DAY_S)).or_default() += 1,
            None => self.undated += 1,
        }
    }

    fn harvest(self) -> Self::Fruit {
        (self.days, self.undated)
    }
}
