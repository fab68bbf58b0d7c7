//! One poll of one source: the source itself, then the pages of its new articles.
//!
//! Everything that was found is handed back at once, together with the state to remember, so that the pipeline can keep
//! both in one transaction: a poll that is cut short has not happened. No link is lost: what does not fit into one poll
//! or fails is carried in the state to the next. What is known already is asked through [`Known`]; keeping, matching and
//! scheduling across sources are left to the pipeline.
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use praden_crawl::{fetch::{FetchConfig, Fetcher}, poll::{NothingKnown, PollOptions, poll_source}};
//! # use praden_model::{Clock, SourceSpec, SourceState};
//! # async fn example(clock: Arc<dyn Clock>, spec: &SourceSpec) -> Result<(), Box<dyn std::error::Error>> {
//! let fetcher = Fetcher::new(FetchConfig::new("desk@desk.example"), clock)?;
//! let state = SourceState::fresh(spec.id.clone());
//! let outcome = poll_source(&fetcher, spec, state, &NothingKnown, &PollOptions::default(), 0.5).await?;
//! println!("{} articles, next at {}", outcome.articles.len(), outcome.state.due_at);
//! # Ok(()) }
//! ```

mod candidates;
mod looks;
mod merge;
mod outcome;
mod pages;

use std::collections::{HashMap, HashSet, VecDeque};

use async_trait::async_trait;
use jiff::Timestamp;
use praden_model::{
    Article, CanonicalUrl, CaptureHash, DropReason, Dropped, Look, LooksOf, PollFailure, Published,
    SourceSpec, SourceState, StoreError, Tls, Warning,
};
use tracing::Instrument as _;

use crate::fetch::{Accept, FetchError, FetchRequest, Fetched, Fetcher};
use crate::habit::learn;
use crate::schedule::{Gave, missed_estimate, next_due};
use candidates::{Candidate, Found};
use pages::Job;

pub use looks::{CONFIRM_AFTER, next_look};
pub use outcome::{PollOutcome, PolledArticle, Step, StepName, Withdrawn};

/// How often a page is tried, over as many polls, before it is dropped.
pub const ATTEMPTS_MAX: u32 = 5;

/// Links carried from one poll to the next at most; the first poll of a large sitemap is the largest case.
pub const CARRIED_MAX: usize = 5000;

/// Names of links remembered of one source at most; lists are shorter, but for sitemaps.
const ALIASES_MAX: usize = 1000;

/// What a poll does beyond what the source's definition says.
#[derive(Clone, Debug)]
pub struct PollOptions {
    /// When known articles are looked at again while their source lists them.
    pub recheck: Recheck,
    /// For how many days after publication known articles are looked at again, listed or not, to see whether they were taken
    /// down; zero for never.
    pub look_days: u32,
}

impl Default for PollOptions {
    fn default() -> Self {
        Self { recheck: Recheck::AtAges(vec![3600, 3 * 3600, 8 * 3600, 24 * 3600]), look_days: 30 }
    }
}

/// When known articles are looked at again, beside when the source says that they changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recheck {
    /// Never.
    Never,
    /// Once after each of these ages, in seconds since publication: outlets edit most in the first hours.
    AtAges(Vec<u32>),
    /// In every poll, while the source lists them.
    EveryPoll,
}

/// Answers whether articles are known. The pipeline asks the store.
#[async_trait]
pub trait Known: Send + Sync {
    /// What is known under each URL, in the order asked.
    async fn known(&self, urls: &[CanonicalUrl]) -> Result<Vec<Option<Article>>, StoreError>;

    /// What looks at known articles found. Nothing where nobody remembers.
    async fn looks(&self, _of: &LooksOf) -> Result<Vec<Look>, StoreError> {
        Ok(Vec::new())
    }
}

/// Knows nothing: for trying a source out.
#[derive(Clone, Copy, Debug)]
pub struct NothingKnown;

#[async_trait]
impl Known for NothingKnown {
    async fn known(&self, urls: &[CanonicalUrl]) -> Result<Vec<Option<Article>>, StoreError> {
        Ok(vec![None; urls.len()])
    }
}

/// Polls a source once.
///
/// `jitter`, from 0 to 1, spreads the next poll over time.
///
/// # Errors
/// Only when [`Known`] fails. What the source does wrong is in the outcome.
pub async fn poll_source(
    fetcher: &Fetcher,
    spec: &SourceSpec,
    state: SourceState,
    known: &dyn Known,
    options: &PollOptions,
    jitter: f64,
) -> Result<PollOutcome, StoreError> {
    let span = tracing::info_span!("crawl.source.poll", "source.id" = %spec.id, "url.full" = spec.url);
    let own = fetcher.for_source(spec);
    let poll = Poll::new(own.as_ref().unwrap_or(fetcher), spec, state, known, options, jitter);
    poll.run(own.as_ref().err()).instrument(span).await
}

struct Poll<'a> {
    fetcher: &'a Fetcher,
    spec: &'a SourceSpec,
    known: &'a dyn Known,
    options: &'a PollOptions,
    jitter: f64,
    before: SourceState,
    /// Articles that were known before this poll.
    known_urls: HashSet<CanonicalUrl>,
    /// Articles of this poll that were not.
    fresh: u32,
    out: PollOutcome,
}

impl<'a> Poll<'a> {
    fn new(
        fetcher: &'a Fetcher,
        spec: &'a SourceSpec,
        state: SourceState,
        known: &'a dyn Known,
        options: &'a PollOptions,
        jitter: f64,
    ) -> Self {
        let out = PollOutcome {
            state: state.clone(),
            articles: Vec::new(),
            captures: Vec::new(),
            dropped: Vec::new(),
            unchanged: false,
            failure: None,
            steps: Vec::new(),
            entries: 0,
            new_links: 0,
            pages_fetched: 0,
            carried: 0,
            missed_estimate: 0,
            withdrawn: Vec::new(),
            returned: Vec::new(),
            looks: Vec::new(),
        };
        let (before, known_urls) = (state, HashSet::new());
        Self { fetcher, spec, known, options, jitter, before, known_urls, fresh: 0, out }
    }

    /// `unfit` says why what the source may do cannot be had: then nothing is fetched.
    async fn run(mut self, unfit: Option<&FetchError>) -> Result<PollOutcome, StoreError> {
        let started = self.fetcher.now();
        self.out.state.polled_at = Some(started);
        if self.spec.exceptions.tls == Tls::AcceptInvalid {
            tracing::warn!("the certificate of this source is not checked, as its definition says");
        }
        let found = match unfit {
            None => self.find_candidates().await,
            Some(error) => {
                self.step(StepName::Response, false, error.to_string());
                Err(SourceFailure { failure: error.failure(), words: error.to_string(), retry_after_s: None })
            }
        };
        match found {
            Ok(found) => {
                self.out.entries = found.candidates.len();
                self.read_articles(found).await?;
                self.succeed(started);
            }
            Err(failure) => self.fail(failure, started),
        }
        self.out.articles.sort_by_key(|article| article.published.as_ref().and_then(Published::believed));
        let failure = self.out.failure.as_ref().map(|(failure, _)| failure.name());
        tracing::info!(
            entries = self.out.entries,
            new = self.out.new_links,
            pages = self.out.pages_fetched,
            articles = self.out.articles.len(),
            dropped = self.out.dropped.len(),
            carried = self.out.carried,
            "error.type" = failure,
            "source polled"
        );
        Ok(self.out)
    }

    fn step(&mut self, step: StepName, ok: bool, detail: impl Into<String>) {
        self.out.steps.push(Step { step, ok, detail: detail.into() });
    }

    fn drop_link(&mut self, place: &str, reason: DropReason, detail: impl Into<String>) {
        let detail = detail.into();
        self.step(StepName::NotKept, false, format!("{place}: {reason}: {detail}"));
        let at = self.fetcher.now();
        self.out.dropped.push(Dropped {
            origin: self.spec.id.to_string(),
            place: place.to_owned(),
            reason,
            detail,
            at,
        });
    }

    /// Fetches the source and reads its entries.
    async fn find_candidates(&mut self) -> Result<Found, SourceFailure> {
        let mut request = FetchRequest::new(&self.spec.url, Accept::Feed);
        // Links that were put off need their entries again, with the dates and texts in them.
        let put_off = self.before.retry.iter().any(|(_, attempts)| *attempts == 0);
        if !put_off {
            request.etag.clone_from(&self.before.etag);
            request.last_modified.clone_from(&self.before.last_modified);
        }
        let fetched = self.fetch_step(&request, "crawl.feed.fetch").await?;
        if fetched.status == 304 {
            self.out.unchanged = true;
            self.step(StepName::Entries, true, "not modified since the last poll");
            return Ok(Found::default());
        }
        let found = candidates::read(self, &fetched).await?;
        // Only now: an answer that could not be read must not be taken for known the next time.
        self.out.state.etag.clone_from(&fetched.etag);
        self.out.state.last_modified.clone_from(&fetched.last_modified);
        Ok(Found { source: Some(fetched), ..found })
    }

    /// Fetches something of the source itself, and notes how.
    async fn fetch_step(
        &mut self,
        request: &FetchRequest,
        span: &'static str,
    ) -> Result<Fetched, SourceFailure> {
        let span = match span {
            "crawl.feed.fetch" => tracing::info_span!("crawl.feed.fetch", "url.full" = request.url),
            _ => tracing::info_span!("crawl.page.fetch", "url.full" = request.url),
        };
        let result = self.fetcher.fetch(request).instrument(span).await;
        match &result {
            Ok(fetched) => {
                let rule = fetched.robots.rule.as_deref().unwrap_or("no rule matches");
                self.step(StepName::Robots, true, format!("allowed ({rule})"));
                let detail = format!(
                    "status {}, {} bytes in {} ms from {}, {}",
                    fetched.status,
                    fetched.body.len(),
                    fetched.elapsed.as_millis(),
                    fetched.final_url,
                    fetched.content_type.as_deref().unwrap_or("no content type"),
                );
                self.step(StepName::Response, fetched.refusal().is_none(), detail);
            }
            Err(error) => {
                let step =
                    if matches!(error, FetchError::Robots { .. } | FetchError::RobotsUnavailable { .. }) {
                        StepName::Robots
                    } else {
                        StepName::Response
                    };
                self.step(step, false, error.to_string());
            }
        }
        let fetched = result?;
        match fetched.refusal() {
            Some(refusal) => Err(refusal.into()),
            None => Ok(fetched),
        }
    }

    /// Decides what to look at, and looks at it.
    async fn read_articles(&mut self, found: Found) -> Result<(), StoreError> {
        let now = self.fetcher.now();
        let Found { source, candidates, warnings } = found;
        for (link, url) in &self.before.aliases {
            if let (Ok(link), Ok(url)) = (CanonicalUrl::parse(link), CanonicalUrl::parse(url)) {
                self.fetcher.remember_alias(link, &url);
            }
        }
        let links: Vec<CanonicalUrl> = candidates.iter().map(|candidate| candidate.url.clone()).collect();
        let urls: Vec<CanonicalUrl> =
            candidates.iter().map(|candidate| self.fetcher.alias_of(&candidate.url)).collect();
        let known = self.known.known(&urls).await?;
        self.known_urls.extend(known.iter().flatten().map(|article| article.url.clone()));
        let retried: HashMap<&str, u32> =
            self.before.retry.iter().map(|(link, attempts)| (link.as_str(), *attempts)).collect();
        let (mut fresh, mut again) = (VecDeque::new(), VecDeque::new());
        let mut listed: HashSet<String> = HashSet::new();
        let mut from_source = Vec::new();
        for (candidate, known) in candidates.into_iter().zip(known) {
            self.out.new_links += usize::from(known.is_none());
            listed.insert(candidate.link.clone());
            let wanted = known.as_ref().is_none_or(|article| self.is_due_again(&candidate, article, now));
            if !wanted {
                continue;
            }
            if !self.spec.fetch_pages || !candidate.has_page {
                from_source.push(candidate);
                continue;
            }
            let attempts = retried.get(candidate.link.as_str()).copied().unwrap_or(0);
            let job = Job::new(candidate.link.clone(), attempts, known, Some(candidate));
            if job.known.is_none() { fresh.push_back(job) } else { again.push_back(job) }
        }
        self.out.missed_estimate =
            missed_estimate(self.out.entries, self.out.new_links, self.before.succeeded_at.is_none());
        // What is left from before comes first, and what the source no longer lists before what it still does.
        let carried = self.before.retry.iter().filter(|(link, _)| !listed.contains(link.as_str()));
        let carried = carried.map(|(link, attempts)| Job::new(link.clone(), *attempts, None, None));
        let mut jobs: VecDeque<Job> = carried.collect();
        jobs.append(&mut fresh);
        self.keep_from_source(from_source, source.as_ref(), &warnings);
        self.out.state.retry.clear();
        self.add_looks(again.make_contiguous()).await?;
        let due = LooksOf::Due { source: self.spec.id.clone(), now, limit: self.looks_max() };
        let due = self.known.looks(&due).await?;
        self.fetch_pages(jobs, again, due).await;
        // What is no longer listed need not be remembered; a list that did not change has not been read.
        if !links.is_empty() {
            let aliases = links.into_iter().filter_map(|link| {
                let url = self.fetcher.alias_of(&link);
                (link != url).then(|| (link.to_string(), url.to_string()))
            });
            self.out.state.aliases = aliases.take(ALIASES_MAX).collect();
        }
        Ok(())
    }

    /// Whether a known article is looked at again.
    fn is_due_again(&self, candidate: &Candidate, article: &Article, now: Timestamp) -> bool {
        // The source says that it changed after we last had it.
        if candidate.updated.is_some_and(|updated| updated > article.fetched_at && updated <= now) {
            return true;
        }
        match &self.options.recheck {
            Recheck::Never => false,
            Recheck::EveryPoll => true,
            Recheck::AtAges(ages) => {
                let published =
                    candidate.published.as_ref().and_then(Published::believed).unwrap_or(article.fetched_at);
                let since = |instant: Timestamp| instant.as_second().saturating_sub(published.as_second());
                let looked_at = self.before.polled_at.map_or(i64::MIN, since).max(since(article.fetched_at));
                ages.iter().any(|age| {
                    (looked_at..=since(now)).contains(&i64::from(*age)) && looked_at < i64::from(*age)
                })
            }
        }
    }

    /// Articles whose text is the source's own.
    fn keep_from_source(
        &mut self,
        candidates: Vec<Candidate>,
        source: Option<&Fetched>,
        warnings: &[Warning],
    ) {
        let Some(source) = source else { return };
        let capture = source.capture();
        let mut used = false;
        for candidate in candidates {
            let title = candidate.title.clone().unwrap_or_default();
            if title.is_empty() && candidate.body.is_empty() {
                self.drop_link(
                    &candidate.link,
                    DropReason::Empty,
                    "the entry has neither a title nor a text",
                );
                continue;
            }
            used = true;
            self.keep_feed_text(&candidate, Some(capture.hash), source.fetched_at, warnings);
        }
        if used {
            self.out.captures.push(capture);
        }
    }

    fn keep_feed_text(
        &mut self,
        candidate: &Candidate,
        capture: Option<CaptureHash>,
        fetched_at: Timestamp,
        warnings: &[Warning],
    ) {
        let mut warnings = warnings.to_vec();
        warnings.extend(&candidate.warnings);
        let title = candidate.title.clone().unwrap_or_default();
        if title.is_empty() {
            warnings.push(Warning::TitleMissing);
        }
        if candidate.body.is_empty() {
            warnings.push(Warning::TextEmpty);
        }
        if candidate.published.is_none() && !warnings.contains(&Warning::DateUnreadable) {
            warnings.push(Warning::DateMissing);
        }
        self.keep(PolledArticle {
            url: candidate.url.clone(),
            link: candidate.link.clone(),
            title,
            text: candidate.body.clone(),
            published: candidate.published.clone(),
            fetched_at,
            capture,
            authors: candidate.authors.clone(),
            warnings,
        });
    }

    fn keep(&mut self, mut article: PolledArticle) {
        article.warnings.sort_unstable();
        article.warnings.dedup();
        let date = article
            .published
            .as_ref()
            .map_or_else(|| "no date".to_owned(), |published| published.at.to_string());
        let warnings: Vec<&str> = article.warnings.iter().map(|warning| warning.name()).collect();
        let detail = format!(
            "{} ({} bytes, {date}{}{})",
            article.url,
            article.text.len(),
            if warnings.is_empty() { "" } else { "; " },
            warnings.join(", ")
        );
        self.step(StepName::Kept, true, detail);
        self.fresh += u32::from(!self.known_urls.contains(&article.url));
        self.out.articles.push(article);
    }

    fn succeed(&mut self, now: Timestamp) {
        let state = &mut self.out.state;
        let quiet_s =
            self.before.news_at.or(self.before.succeeded_at).map(|at| now.as_second() - at.as_second());
        let since_s = self.before.polled_at.map(|at| now.as_second() - at.as_second());
        let waiting = state.retry.iter().any(|(_, attempts)| *attempts == 0);
        let gave =
            Gave::Answered { entries: self.out.entries, new: self.out.new_links, quiet_s, since_s, waiting };
        state.due_at = next_due(self.spec.every_s, now, &gave, self.jitter);
        state.succeeded_at = Some(now);
        state.habit = learn(&self.before, self.fresh, now);
        // Not for new links alone: a link that never becomes an article is new in every poll.
        if self.fresh > 0 {
            state.news_at = Some(now);
        }
        state.failures = 0;
        state.failure = None;
    }

    fn fail(&mut self, failure: SourceFailure, now: Timestamp) {
        tracing::warn!("error.type" = failure.failure.name(), error = failure.words, "source not read");
        let state = &mut self.out.state;
        state.failures = state.failures.saturating_add(1);
        let gone = failure.failure == PollFailure::Gone;
        let gave = Gave::Failed { failures: state.failures, retry_after_s: failure.retry_after_s, gone };
        state.due_at = next_due(self.spec.every_s, now, &gave, self.jitter);
        state.failure = Some((failure.failure, failure.words.clone()));
        self.out.carried = state.retry.len();
        self.out.failure = Some((failure.failure, failure.words));
    }
}

/// Why a source gave nothing.
struct SourceFailure {
    failure: PollFailure,
    words: String,
    retry_after_s: Option<u32>,
}

impl From<FetchError> for SourceFailure {
    fn from(error: FetchError) -> Self {
        Self { failure: error.failure(), words: error.to_string(), retry_after_s: error.retry_after_s() }
    }
}
