//! Asking one state of the index.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};
use praden_model::{ArticleId, Seq};
use praden_query::Expr;
use tantivy::Term;
use tantivy::collector::{Collector, Count};

use crate::collect::{Days, Folded, Group, Key, Keys, Places, Rank, Top, Values};
use crate::compile::Compiler;
use crate::error::{GONE, IndexError, TERMS_MAX};
use crate::exact::ReadySegments;
use crate::page::{Cursor, Hit, Order, Results, SearchOptions, fingerprint};
use crate::schema::{Fields, column};
use crate::texts::Texts;

/// What may be kept in memory for exact letters: see [`Searcher::make_ready`].
const READY_BYTES_MAX: usize = 1 << 30;

/// One state of the index. It does not change while it lives; cheap to clone and to share between threads.
#[derive(Clone)]
pub struct Searcher {
    inner: tantivy::Searcher,
    fields: Fields,
    dir: PathBuf,
    cursor: Seq,
    snapshot: u64,
    texts: Arc<Texts>,
    ready: Arc<ReadySegments>,
    /// What documents are put in order by, once somebody asks.
    keys: Arc<OnceLock<Vec<Keys>>>,
    terms_max: usize,
    story_changes: u64,
}

/// A property whose values can be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FacetField {
    /// Who published.
    Outlet,
    /// What brought it.
    Source,
    /// Who is named. An article may have several.
    Agency,
    /// Which story it belongs to.
    Story,
    /// Which rules found it. An article may have several.
    Rule,
    /// What kinds of issue it is.
    Kind,
    /// Which provinces are named. An article may have several.
    Province,
    /// In which language it is written.
    Language,
    /// Who wrote it. An article may have several.
    Author,
}

impl FacetField {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Outlet,
        Self::Source,
        Self::Agency,
        Self::Story,
        Self::Rule,
        Self::Kind,
        Self::Province,
        Self::Language,
        Self::Author,
    ];

    /// The name used in commands and output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Outlet => column::OUTLET,
            Self::Source => column::SOURCE,
            Self::Agency => column::AGENCY,
            Self::Story => column::STORY,
            Self::Rule => column::RULE,
            Self::Kind => column::KIND,
            Self::Province => column::PROVINCE,
            Self::Language => column::LANGUAGE,
            Self::Author => "author",
        }
    }

    const fn column(self) -> &'static str {
        match self {
            Self::Author => column::AUTHOR,
            other => other.name(),
        }
    }

    /// The field of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// How many of the articles that match have each value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    /// The commonest values with their exact numbers, most first, then by name.
    pub values: Vec<(String, u64)>,
    /// How many different values there are, those not listed too.
    pub distinct: u64,
    /// Articles that have no value.
    pub without: u64,
}

/// The length of the steps of a count over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Days at +07:00.
    Day,
    /// Months at +07:00.
    Month,
}

/// How many articles were published when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// The first day of each step that has any, and how many, in order.
    pub counts: Vec<(Date, u64)>,
    /// Articles without a date that can be believed. They are in no step.
    pub undated: u64,
}

/// A word that the articles found have more often than others.
#[derive(Clone, Debug, PartialEq)]
pub struct SignificantWord {
    /// The word.
    pub word: String,
    /// How many of the articles that were looked at have it.
    pub articles: u64,
    /// How many were looked at.
    pub of: u64,
    /// How many articles of the whole index have it.
    pub background: u64,
    /// How much it says; only the order matters.
    pub weight: f64,
}

impl Searcher {
    pub(crate) fn new(
        inner: tantivy::Searcher,
        fields: Fields,
        dir: &Path,
        cursor: Seq,
        texts: Arc<Texts>,
        ready: Arc<ReadySegments>,
    ) -> Self {
        // Which segments there are and what is deleted in them: the same means the same scores for every query.
        let mut parts: Vec<String> = inner
            .segment_readers()
            .iter()
            .map(|segment| format!("{}:{}", segment.segment_id().uuid_string(), segment.num_deleted_docs()))
            .collect();
        parts.sort_unstable();
        let snapshot = fingerprint(parts.join(",").as_bytes());
        let terms_max = TERMS_MAX;
        Self {
            inner,
            fields,
            dir: dir.to_owned(),
            cursor,
            snapshot,
            texts,
            ready,
            keys: Arc::default(),
            terms_max,
            story_changes: 0,
        }
    }

    /// The same, with another limit than [`TERMS_MAX`] to what one query may look up.
    #[must_use]
    pub fn with_terms_max(self, terms_max: usize) -> Self {
        Self { terms_max, ..self }
    }

    pub(crate) fn with_terms_twice(self) -> Self {
        let terms_max = self.terms_max.saturating_mul(2);
        Self { terms_max, ..self }
    }

    pub(crate) fn knowing(self, story_changes: u64) -> Self {
        Self { story_changes, ..self }
    }

    pub(crate) fn snapshot(&self) -> u64 {
        self.snapshot
    }

    /// Sorts the words of this state by their letters, and notes where words meet, which makes searches for exact letters
    /// several times faster as long as their files are the same: worth it for whoever searches more than once. Takes about
    /// two seconds for sixty thousand articles that are new, and about a byte of memory for three of their text, but no more
    /// than a gigabyte: of an index of more than some 350,000 articles a part is searched as without.
    ///
    /// # Errors
    /// When the files cannot be read.
    pub fn make_ready(&self) -> Result<(), IndexError> {
        self.make_ready_within(READY_BYTES_MAX).map(|_| ())
    }

    /// As [`Searcher::make_ready`], with no more memory than so many bytes. Says how many are taken.
    ///
    /// # Errors
    /// When the files cannot be read.
    pub fn make_ready_within(&self, bytes_max: usize) -> Result<usize, IndexError> {
        let ready = self.ready.make_ready(&self.inner, &self.fields, &self.texts, bytes_max);
        ready.map_err(|error| IndexError::sort(error, "read the words of the index", &self.dir))
    }

    /// How many articles there are.
    pub fn documents(&self) -> u64 {
        self.inner.num_docs()
    }

    /// The position up to which the log is indexed here.
    pub fn cursor(&self) -> Seq {
        self.cursor
    }

    /// The number of the last change of stories (merges and splits) that is indexed here.
    pub fn story_changes(&self) -> u64 {
        self.story_changes
    }

    /// One page of the articles that match.
    ///
    /// Costs about what all that match cost to look at, whatever the page: the total is exact.
    ///
    /// # Errors
    /// [`IndexError::TooBroad`] for a query that stands for too many words; [`IndexError::CursorGone`] for a cursor of
    /// another query or order, or, by relevance, of another state ([`crate::Index::reader_at`] finds that).
    pub fn search(&self, tree: &Expr, options: &SearchOptions) -> Result<Results, IndexError> {
        if let Some(after) = &options.after {
            let because = if !after.is_of(tree) {
                Some("it belongs to another query")
            } else if after.order() != options.order {
                Some("it belongs to another order")
            } else if options.order != Order::Newest && after.snapshot() != self.snapshot {
                Some(GONE)
            } else {
                None
            };
            if let Some(because) = because {
                return Err(IndexError::CursorGone { because });
            }
        }
        let rank = match options.order {
            Order::Relevance => Rank::Relevance,
            Order::Fresh => Rank::Fresh(self.newest().map_err(|error| self.failed(error))?),
            Order::Newest => Rank::Newest,
        };
        let limit = options.limit.min(SearchOptions::LIMIT_MAX);
        let after = options.after.as_ref().map(Cursor::key);
        let next = |key: Option<Key>, remaining: u64, shown: usize| {
            key.filter(|_| remaining > shown as u64)
                .map(|key| Cursor::new(options.order, tree, self.snapshot, key))
        };
        let hit = |key: Key, article: u64, copies: u64| Hit {
            seq: Seq::new(key.seq),
            article: ArticleId::new(article),
            score: (rank != Rank::Newest).then(|| key.score()),
            copies,
        };
        if options.fold {
            let mut groups: Vec<Group> = self.collect(tree, &Folded { rank })?.into_values().collect();
            let total = groups.iter().map(|group| group.count).sum();
            let hits_total = groups.len() as u64;
            groups.retain(|group| after.is_none_or(|after| group.key < after));
            groups.sort_unstable_by_key(|group| std::cmp::Reverse(group.key));
            let remaining = groups.len() as u64;
            groups.truncate(limit);
            let next = next(groups.last().map(|group| group.key), remaining, groups.len());
            let hits = groups.iter().map(|group| hit(group.key, group.article, group.count - 1)).collect();
            return Ok(Results { total, hits_total, hits, next });
        }
        let keys = self.keys()?;
        let found = self.collect(tree, &Top { keys, limit, rank, after })?;
        let next = next(found.best.last().map(|&(key, _)| key), found.remaining, found.best.len());
        let hits = found.best.iter().map(|&(key, article)| hit(key, article, 0)).collect();
        Ok(Results { total: found.total, hits_total: found.total, hits, next })
    }

    /// Every article that matches, by its position in the log, in that order: for exports, which must be complete.
    ///
    /// # Errors
    /// [`IndexError::TooBroad`] for a query that stands for too many words.
    pub fn all(&self, tree: &Expr) -> Result<Vec<Seq>, IndexError> {
        let mut seqs: Vec<Seq> =
            self.collect(tree, &Places)?.into_iter().map(|(seq, _)| Seq::new(seq)).collect();
        seqs.sort_unstable();
        Ok(seqs)
    }

    /// The words that the articles that match have much more often than others do, the most telling first.
    ///
    /// Looks at no more than some two thousand of the articles, evenly chosen. A word is weighed by how much larger its
    /// share of these articles is than its share of all, both as difference and as ratio; one that stands in fewer than
    /// three of them says nothing.
    ///
    /// # Errors
    /// [`IndexError::TooBroad`] for a query that stands for too many words.
    pub fn significant_words(&self, tree: &Expr, limit: usize) -> Result<Vec<SignificantWord>, IndexError> {
        const SAMPLE_MAX: usize = 2_000;
        const ARTICLES_MIN: u64 = 3;
        let mut places = self.collect(tree, &Places)?;
        places.sort_unstable();
        let step = places.len().div_ceil(SAMPLE_MAX).max(1);
        let sample: Vec<u64> = places.iter().step_by(step).map(|&(_, at)| at).collect();
        let all = self.documents().max(1) as f64;
        let mut words = Vec::new();
        for (word, articles) in self.texts.words_of(&sample) {
            if articles < ARTICLES_MIN {
                continue;
            }
            let term = Term::from_field_text(self.fields.text, &word);
            let background = self.inner.doc_freq(&term).map_err(|error| self.failed(error))?.max(articles);
            let share = articles as f64 / sample.len() as f64;
            let share_of_all = background as f64 / all;
            let weight = (share - share_of_all) * (share / share_of_all);
            if weight > 0.0 {
                words.push(SignificantWord { word, articles, of: sample.len() as u64, background, weight });
            }
        }
        words.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.word.cmp(&b.word)));
        words.truncate(limit);
        Ok(words)
    }

    /// What documents are put in order by, of each segment.
    fn keys(&self) -> Result<&[Keys], IndexError> {
        if let Some(keys) = self.keys.get() {
            return Ok(keys);
        }
        let keys =
            self.inner.segment_readers().iter().map(Keys::open).collect::<tantivy::Result<Vec<Keys>>>();
        let keys = keys.map_err(|error| self.failed(error))?;
        Ok(self.keys.get_or_init(|| keys))
    }

    /// The second of the latest publication, but of none that lies after the latest fetch.
    fn newest(&self) -> tantivy::Result<i64> {
        let (mut published, mut fetched) = (i64::MIN, i64::MIN);
        for segment in self.inner.segment_readers().iter().filter(|segment| segment.num_docs() > 0) {
            published = published.max(segment.fast_fields().i64(column::PUBLISHED)?.max_value());
            fetched = fetched.max(segment.fast_fields().i64(column::FETCHED)?.max_value());
        }
        Ok(published.min(fetched).max(0))
    }

    fn failed(&self, error: tantivy::TantivyError) -> IndexError {
        IndexError::sort(error, "search", &self.dir)
    }

    /// How many articles match, exactly.
    ///
    /// # Errors
    /// [`IndexError::TooBroad`] for a query that stands for too many words.
    pub fn count(&self, tree: &Expr) -> Result<u64, IndexError> {
        self.collect(tree, &Count).map(|count| count as u64)
    }

    /// How many of the articles that match have each value of a property; the `limit` commonest by name.
    ///
    /// # Errors
    /// [`IndexError::TooBroad`] for a query that stands for too many words.
    pub fn facet(&self, tree: &Expr, field: FacetField, limit: usize) -> Result<Facet, IndexError> {
        let counted = self.collect(tree, &Values { column: field.column() })?;
        let distinct = counted.values.len() as u64;
        let mut values: Vec<(String, u64)> = counted.values.into_iter().collect();
        // A stable sort leaves equals in order of name.
        values.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        values.truncate(limit);
        Ok(Facet { values, distinct, without: counted.without })
    }

    /// How many of the articles that match were published in each day or month at +07:00.
    ///
    /// # Errors
    /// [`IndexError::TooBroad`] for a query that stands for too many words.
    pub fn over_time(&self, tree: &Expr, unit: Unit) -> Result<Timeline, IndexError> {
        let bangkok = SignedDuration::from_hours(7);
        let (days, undated) = self.collect(tree, &Days { offset_s: bangkok.as_secs() })?;
        let mut timeline = Timeline { counts: Vec::new(), undated };
        for (day, count) in days {
            // Dates come from timestamps, which reach no further than dates do.
            let Ok(day) = Date::new(1970, 1, 1).and_then(|epoch| epoch.checked_add(day.days())) else {
                continue;
            };
            let step = match unit {
                Unit::Day => day,
                Unit::Month => day.first_of_month(),
            };
            match timeline.counts.last_mut() {
                Some((last, total)) if *last == step => *total += count,
                _ => timeline.counts.push((step, count)),
            }
        }
        Ok(timeline)
    }

    fn collect<C: Collector>(&self, tree: &Expr, collector: &C) -> Result<C::Fruit, IndexError> {
        let is_scored = collector.requires_scoring();
        let compiler = Compiler::new(
            &self.inner,
            &self.fields,
            &self.dir,
            &self.texts,
            &self.ready,
            is_scored,
            self.terms_max,
        );
        let query = compiler.compile(tree)?;
        self.inner.search(&query, collector).map_err(|error| self.failed(error))
    }
}

impl std::fmt::Debug for Searcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Searcher")
            .field("cursor", &self.cursor)
            .field("documents", &self.documents())
            .finish_non_exhaustive()
    }
}
