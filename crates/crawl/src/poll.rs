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

use std::collections::{HashMap, HashSet, VecDeque};

use async_trait::async_trait;
use jiff::Timestamp;
use praden_model::{
    Article, CanonicalUrl, CaptureBody, CaptureHash, DateTrust, DropReason, Dropped, PollFailure, Published,
    SourceSpec, SourceState, StoreError, Warning,
};
use serde::Serialize;
use tracing::Instrument as _;
use url::Url;

use crate::fetch::{Accept, FetchError, FetchRequest, Fetched, Fetcher, turn_of};
use crate::habit::learn;
use crate::page::{ExtractedPage, extract_page_guarded};
use crate::schedule::{Gave, missed_estimate, next_due};
use candidates::{Candidate, Found};

/// How often a page is tried, over as many polls, before it is dropped.
pub const ATTEMPTS_MAX: u32 = 5;

/// Links carried from one poll to the next at most; the first poll of a large sitemap is the largest case.
pub const CARRIED_MAX: usize = 5000;

/// Names of links remembered of one source at most; lists are shorter, but for sitemaps.
const ALIASES_MAX: usize = 1000;

/// A page text shorter than this many characters gives way to a longer one in the feed.
const PAGE_CHARS_MIN: usize = 200;

/// What a poll does beyond what the source's definition says.
#[derive(Clone, Debug)]
pub struct PollOptions {
    /// When known articles are looked at again.
    pub recheck: Recheck,
}

impl Default for PollOptions {
    fn default() -> Self {
        Self { recheck: Recheck::AtAges(vec![3600, 3 * 3600, 8 * 3600, 24 * 3600]) }
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

/// An article as a poll found it.
#[derive(Clone, Debug, PartialEq)]
pub struct PolledArticle {
    /// What names it.
    pub url: CanonicalUrl,
    /// The link as the source gave it.
    pub link: String,
    /// Headline on one line; empty when there is none.
    pub title: String,
    /// Text, a line for each paragraph; empty when there is none.
    pub text: String,
    /// When it was published.
    pub published: Option<Published>,
    /// When it was fetched.
    pub fetched_at: Timestamp,
    /// The fetch it was read from.
    pub capture: Option<CaptureHash>,
    /// What was odd, each once.
    pub warnings: Vec<Warning>,
}

/// A known article that its outlet has taken down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawn {
    /// The article.
    pub url: CanonicalUrl,
    /// 404 or 410.
    pub status: u16,
    /// When that was seen.
    pub seen_at: Timestamp,
}

/// What one poll found.
#[derive(Clone, Debug, PartialEq)]
pub struct PollOutcome {
    /// What to remember.
    pub state: SourceState,
    /// Articles, new and looked at again, oldest first where their dates say so.
    pub articles: Vec<PolledArticle>,
    /// The fetches they were read from.
    pub captures: Vec<CaptureBody>,
    /// What did not become an article, and why.
    pub dropped: Vec<Dropped>,
    /// Whether the source said that nothing changed.
    pub unchanged: bool,
    /// Why the poll failed, if it did.
    pub failure: Option<(PollFailure, String)>,
    /// What was done, step by step, for people.
    pub steps: Vec<Step>,
    /// Entries of the source.
    pub entries: usize,
    /// Entries not seen before.
    pub new_links: usize,
    /// Article pages asked for.
    pub pages_fetched: usize,
    /// Links carried to the next poll.
    pub carried: usize,
    /// Entries that may have come and gone unseen since the last poll, an estimate.
    pub missed_estimate: usize,
    /// Known articles that are gone.
    pub withdrawn: Vec<Withdrawn>,
}

/// One step of a poll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What was done.
    pub step: StepName,
    /// Whether it went well.
    pub ok: bool,
    /// What it gave, in words.
    pub detail: String,
}

/// The steps of a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepName {
    /// What robots.txt says.
    Robots,
    /// The HTTP answer.
    Response,
    /// The encoding.
    Charset,
    /// The entries of the source.
    Entries,
    /// The text of a page.
    Extraction,
    /// Its date.
    Dates,
    /// Kept as an article.
    Kept,
    /// Not kept, and why.
    NotKept,
    /// Left for the next poll.
    Carried,
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
    Poll::new(fetcher, spec, state, known, options, jitter).run().instrument(span).await
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

/// A page to fetch.
struct Job {
    link: String,
    attempts: u32,
    known: Option<Article>,
    candidate: Option<Candidate>,
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
        };
        let (before, known_urls) = (state, HashSet::new());
        Self { fetcher, spec, known, options, jitter, before, known_urls, fresh: 0, out }
    }

    async fn run(mut self) -> Result<PollOutcome, StoreError> {
        let started = self.fetcher.now();
        self.out.state.polled_at = Some(started);
        match self.find_candidates().await {
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
            let job = Job { link: candidate.link.clone(), attempts, known, candidate: Some(candidate) };
            if job.known.is_none() { fresh.push_back(job) } else { again.push_back(job) }
        }
        self.out.missed_estimate =
            missed_estimate(self.out.entries, self.out.new_links, self.before.succeeded_at.is_none());
        // What is left from before comes first, and what the source no longer lists before what it still does.
        let carried = self.before.retry.iter().filter(|(link, _)| !listed.contains(link.as_str()));
        let carried = carried.map(|(link, attempts)| Job {
            link: link.clone(),
            attempts: *attempts,
            known: None,
            candidate: None,
        });
        let mut jobs: VecDeque<Job> = carried.collect();
        jobs.append(&mut fresh);
        self.keep_from_source(from_source, source.as_ref(), &warnings);
        self.out.state.retry.clear();
        self.fetch_pages(jobs, again).await;
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

    /// Fetches pages one after the other, up to the source's limit; what is left over is carried.
    async fn fetch_pages(&mut self, mut jobs: VecDeque<Job>, mut again: VecDeque<Job>) {
        let mut left = self.spec.pages_per_poll_max;
        // A host that asked to wait is not asked again in this poll, nor one that does not answer.
        let mut silent: HashSet<String> = HashSet::new();
        while left > 0 {
            let Some(job) = jobs.pop_front().or_else(|| again.pop_front()) else { break };
            let turn = Url::parse(&job.link).map(|url| turn_of(&url)).unwrap_or_default();
            if silent.contains(&turn) {
                self.carry(job);
                continue;
            }
            left -= 1;
            self.out.pages_fetched += 1;
            let span =
                tracing::info_span!("crawl.page.fetch", "url.full" = job.link, attempt = job.attempts + 1);
            if let Some(failure) = self.read_page(job).instrument(span).await
                && matches!(failure, PollFailure::Throttled | PollFailure::Unreachable | PollFailure::Timeout)
            {
                silent.insert(turn);
            }
        }
        for job in jobs {
            self.carry(job);
        }
        self.out.carried = self.out.state.retry.len();
        if self.out.carried > 0 {
            self.step(
                StepName::Carried,
                true,
                format!("{} links are left for the next poll", self.out.carried),
            );
        }
    }

    /// Leaves a link for the next poll. A look at a known article is not worth carrying: it will come up again.
    fn carry(&mut self, job: Job) {
        if job.known.is_some() {
            return;
        }
        if self.out.state.retry.len() >= CARRIED_MAX {
            let detail = format!("{CARRIED_MAX} links are waiting already");
            self.drop_link(&job.link, DropReason::OverLimit, detail);
            return;
        }
        self.out.state.retry.push((job.link, job.attempts));
    }

    /// Fetches and reads one page. Returns why not, when the host is the cause.
    async fn read_page(&mut self, job: Job) -> Option<PollFailure> {
        let request = FetchRequest::new(&job.link, Accept::Page);
        let result = self.fetcher.fetch(&request).await;
        let error = match result {
            Ok(fetched) => match fetched.refusal() {
                None => {
                    self.read_fetched(job, fetched).await;
                    return None;
                }
                Some(refusal) => refusal,
            },
            Err(error) => error,
        };
        let failure = error.failure();
        if let (Some(article), FetchError::Status { status: status @ (404 | 410), .. }) = (&job.known, &error)
        {
            self.step(
                StepName::NotKept,
                true,
                format!("{}: withdrawn by its outlet, status {status}", article.url),
            );
            let withdrawn =
                Withdrawn { url: article.url.clone(), status: *status, seen_at: self.fetcher.now() };
            self.out.withdrawn.push(withdrawn);
            return None;
        }
        tracing::warn!("error.type" = failure.name(), error = %error, "page not fetched");
        self.give_up_or_carry(job, &error);
        Some(failure)
    }

    /// A page that was not had: tried again with a later poll, or replaced by what the source said of it, or dropped.
    fn give_up_or_carry(&mut self, job: Job, error: &FetchError) {
        if job.known.is_some() {
            return;
        }
        // To be asked to wait is no attempt.
        let attempts = job.attempts + u32::from(error.failure() != PollFailure::Throttled);
        if error.is_passing() && attempts < ATTEMPTS_MAX {
            self.step(
                StepName::Carried,
                false,
                format!("{}: {error}; attempt {attempts} of {ATTEMPTS_MAX}", job.link),
            );
            self.carry(Job { attempts, ..job });
            return;
        }
        match &job.candidate {
            Some(candidate) if !candidate.body.is_empty() && candidate.title.is_some() => {
                let fetched_at = self.fetcher.now();
                self.step(
                    StepName::Extraction,
                    false,
                    format!("{}: {error}; the source's own text is kept", job.link),
                );
                self.keep_feed_text(candidate, None, fetched_at, &[Warning::TextFromFeed]);
            }
            _ => {
                let reason = match error {
                    FetchError::Robots { .. } => DropReason::Robots,
                    FetchError::BadUrl { .. } => DropReason::BadUrl,
                    _ => DropReason::FetchFailed,
                };
                self.drop_link(&job.link, reason, error.to_string());
            }
        }
    }

    /// Makes an article of a page and of what the source said about it.
    async fn read_fetched(&mut self, job: Job, fetched: Fetched) {
        let capture = fetched.capture();
        let page = extract_page_guarded(
            fetched.body,
            fetched.final_url.clone(),
            fetched.content_type,
            self.spec.selectors.clone(),
            fetched.fetched_at,
        )
        .await;
        let page = match page {
            Ok(page) => page,
            Err(error) => {
                self.step(StepName::Extraction, false, format!("{}: {error}", job.link));
                let broken = FetchError::Broken {
                    host: fetched.final_url.host_str().unwrap_or("").to_owned(),
                    cause: error.to_string(),
                };
                self.give_up_or_carry(job, &broken);
                return;
            }
        };
        self.page_steps(&job.link, &page);
        let named = name_of(&page, &fetched.final_url);
        let Some(url) = named.or_else(|| CanonicalUrl::parse(&job.link).ok()) else {
            self.drop_link(
                &job.link,
                DropReason::BadUrl,
                "neither the link nor the page's own address can name an article",
            );
            return;
        };
        if let Ok(linked) = CanonicalUrl::parse(&job.link) {
            self.fetcher.remember_alias(linked, &url);
        }
        let Some(article) = merge(url, &job, page, fetched.fetched_at, capture.hash) else {
            self.drop_link(&job.link, DropReason::NoArticle, "the page has neither a title nor a text");
            return;
        };
        self.out.captures.push(capture);
        self.keep(article);
    }

    fn page_steps(&mut self, link: &str, page: &ExtractedPage) {
        self.step(StepName::Charset, true, format!("{link}: {}", page.charset));
        let found_by = serde_json::to_value(page.found_by)
            .ok()
            .and_then(|name| name.as_str().map(str::to_owned))
            .unwrap_or_default();
        self.step(
            StepName::Extraction,
            !page.text.is_empty(),
            format!("{link}: {} characters by {found_by}", page.text.chars().count()),
        );
        match &page.published {
            Some(published) => {
                let detail = format!(
                    "{link}: {} from `{}`, {:?}, {:?}",
                    published.at, published.written, published.origin, published.trust
                );
                self.step(StepName::Dates, published.trust != DateTrust::Rejected, detail);
            }
            None => self.step(StepName::Dates, false, format!("{link}: none found on the page")),
        }
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

/// The name that a page gives itself, if it may: on its own site, and not the front page that careless templates name.
fn name_of(page: &ExtractedPage, fetched: &Url) -> Option<CanonicalUrl> {
    let own = page.canonical_url.as_ref().filter(|canonical| {
        let front = canonical.path().len() <= 1 && canonical.query().is_none();
        turn_of(canonical) == turn_of(fetched) && (!front || fetched.path().len() <= 1)
    });
    CanonicalUrl::parse(own.unwrap_or(fetched).as_str()).ok()
}

/// One article from a page and from what the source said of it. Nothing when neither has a title or a text.
fn merge(
    url: CanonicalUrl,
    job: &Job,
    page: ExtractedPage,
    fetched_at: Timestamp,
    capture: CaptureHash,
) -> Option<PolledArticle> {
    let from_source = job.candidate.as_ref();
    let mut warnings = page.warnings;
    let title = match (page.title, from_source.and_then(|candidate| candidate.title.clone())) {
        // The source's headline is the page's without the outlet's name behind it.
        (Some(page), Some(source)) if page.starts_with(&source) => source,
        (Some(page), _) => page,
        (None, Some(source)) => source,
        (None, None) => String::new(),
    };
    let mut text = page.text;
    if let Some(candidate) = from_source
        && text.chars().count() < PAGE_CHARS_MIN
        && candidate.body.len() > text.len()
    {
        text.clone_from(&candidate.body);
        warnings.push(Warning::TextFromFeed);
    }
    if title.is_empty() && text.is_empty() {
        return None;
    }
    let (published, source_warnings) = better_date(
        from_source.and_then(|candidate| candidate.published.clone()),
        page.published,
        from_source.map_or(&[], |candidate| &candidate.warnings),
    );
    warnings.extend(source_warnings);
    // Said anew of what came out, not of the page alone.
    let about_result = [
        Warning::TitleMissing,
        Warning::TextEmpty,
        Warning::DateMissing,
        Warning::DateUnreadable,
        Warning::DateInFuture,
        Warning::DateTooOld,
    ];
    let unreadable = published.is_none() && warnings.contains(&Warning::DateUnreadable);
    let impossible =
        published.as_ref().filter(|published| published.trust == DateTrust::Rejected).map(|published| {
            if published.at > fetched_at { Warning::DateInFuture } else { Warning::DateTooOld }
        });
    warnings.retain(|warning| !about_result.contains(warning));
    warnings.extend(impossible);
    if title.is_empty() {
        warnings.push(Warning::TitleMissing);
    }
    if text.is_empty() {
        warnings.push(Warning::TextEmpty);
    }
    if published.is_none() {
        warnings.push(if unreadable { Warning::DateUnreadable } else { Warning::DateMissing });
    }
    Some(PolledArticle {
        url,
        link: job.link.clone(),
        title,
        text,
        published,
        fetched_at,
        capture: Some(capture),
        warnings,
    })
}

/// The source's date or the page's: the more trusted, then the finer, then the source's.
fn better_date(
    source: Option<Published>,
    page: Option<Published>,
    warnings: &[Warning],
) -> (Option<Published>, Vec<Warning>) {
    let rank = |published: &Published| match published.trust {
        DateTrust::Trusted => 2,
        DateTrust::Doubtful => 1,
        DateTrust::Rejected => 0,
    };
    let fine = |published: &Published| {
        use praden_text::Precision::{Hour, Minute, Second};
        u8::from(matches!(published.precision, Second | Minute | Hour))
    };
    let best = match (source, page) {
        (Some(source), Some(page)) if (rank(&page), fine(&page)) > (rank(&source), fine(&source)) => {
            Some(page)
        }
        (Some(source), _) => Some(source),
        (None, page) => page,
    };
    (best, warnings.to_vec())
}
