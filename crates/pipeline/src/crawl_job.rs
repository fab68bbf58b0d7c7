//! One crawl job: the sources that are due, each polled once, everything they bring in the log.
//!
//! The same job serves `praden crawl` from cron, the daemon's own scheduler and the demo.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use praden_crawl::fetch::Fetcher;
use praden_crawl::health::{Alarm, AlarmChange, alarm_change};
use praden_crawl::poll::{Known, PollOptions, PollOutcome, PolledArticle, poll_source};
use praden_model::{
    AnalyzedText, Append, Appended, Article, CanonicalUrl, Clock, Conflict, DropReason, Dropped,
    LeaseRequest, Look, LooksOf, NewRevision, Observed, PollFailure, PollRecord, SourceId, SourceSpec, Store,
    StoreError, Warning,
};
use praden_text::Segmenter;
use serde::Serialize;
use tokio::sync::{Mutex, watch};

use crate::intake::{authors, check_content, cut};
use crate::progress::Progress;

/// How long a poll may hold a source. A process that dies gives it back after that.
const LEASE: SignedDuration = SignedDuration::from_mins(15);

/// What one crawl job did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CrawlReport {
    /// Sources polled.
    pub polled: u64,
    /// Requests answered with a body: feeds, sitemaps, listings and pages.
    pub fetched: u64,
    /// Sources that had nothing new.
    pub unchanged: u64,
    /// New articles.
    pub new: u64,
    /// New revisions of known articles.
    pub revised: u64,
    /// What was not kept, by reason.
    pub dropped: BTreeMap<DropReason, u64>,
    /// Sources whose poll failed, by cause.
    pub failed: BTreeMap<PollFailure, u64>,
    /// Oddities of what was kept.
    pub warnings: BTreeMap<Warning, u64>,
    /// Entries that may have been missed between polls, an estimate.
    pub missed_estimate: u64,
    /// Known articles found withdrawn by their outlets: gone at two looks some hours apart.
    pub withdrawn: u64,
    /// Withdrawn articles that are there again.
    pub returned: u64,
    /// Alarms that began.
    pub alarms_began: BTreeMap<Alarm, u64>,
    /// Alarms that ended.
    pub alarms_ended: BTreeMap<Alarm, u64>,
    /// Each source, in the order they ended.
    pub sources: Vec<SourceReport>,
    /// Whether somebody asked to stop before all were polled.
    pub stopped: bool,
}

/// What the poll of one source did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SourceReport {
    /// The source.
    pub source: SourceId,
    /// New articles.
    pub new: u64,
    /// New revisions.
    pub revised: u64,
    /// Why it failed, in words.
    pub failure: Option<String>,
    /// Entries that may have come and gone unseen since the poll before, an estimate: nothing in its list was known.
    pub missed_estimate: u64,
    /// Known articles that the outlet no longer has: it answered 404 or 410 at two looks some hours apart.
    pub withdrawn: Vec<String>,
    /// Withdrawn articles that it has again.
    pub returned: Vec<String>,
    /// The alarm that began or ended with this poll.
    pub alarm: Option<AlarmChange>,
    /// When it is polled again.
    pub due_at: Timestamp,
}

/// Which sources a job takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// Those that are due.
    Due,
    /// All that are enabled, due or not.
    All,
}

/// Everything a crawl job works with.
#[derive(Clone)]
pub struct CrawlJob {
    /// The log.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The fetcher, shared by all jobs of the process: it knows when each host was last asked.
    pub fetcher: Arc<Fetcher>,
    /// Where the stages are told of new articles.
    pub progress: Arc<Progress>,
    /// The name under which sources are leased.
    pub owner: String,
    /// Random numbers from 0 to 1, which spread the next polls over time.
    pub jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
    /// When known articles are looked at again.
    pub options: PollOptions,
    /// Sources polled at the same time.
    pub polls_max: usize,
    /// Turns true when the job is to stop: polls that run are finished, no other is begun.
    pub stop: watch::Receiver<bool>,
}

impl CrawlJob {
    /// Polls sources, each at most once. `on_poll` hears of each that ended.
    ///
    /// # Errors
    /// When the store refuses. What goes wrong with a source is in the report.
    pub async fn run(
        &self,
        sources: &[SourceSpec],
        pick: Pick,
        on_poll: &(dyn Fn(&SourceReport) + Send + Sync),
    ) -> Result<CrawlReport, StoreError> {
        let specs: HashMap<&SourceId, &SourceSpec> =
            sources.iter().filter(|spec| spec.disabled.is_none()).map(|spec| (&spec.id, spec)).collect();
        // What is left to take: a source is taken once, also when all are to be polled.
        let left = Mutex::new(specs.keys().map(|id| (*id).clone()).collect::<Vec<_>>());
        let report = Mutex::new(CrawlReport::default());
        let workers = (0..self.polls_max.clamp(1, specs.len().max(1))).map(|_| async {
            while !*self.stop.borrow() {
                let Some(poll) = self.poll_next(&specs, &left, pick).await? else { return Ok(()) };
                let mut report = report.lock().await;
                report.add(&poll);
                on_poll(&poll.source);
                report.sources.push(poll.source);
            }
            Ok(())
        });
        let mut workers = stream::iter(workers).buffer_unordered(self.polls_max.max(1));
        let mut result = Ok(());
        while let Some(worker) = workers.next().await {
            result = result.and(worker);
        }
        drop(workers);
        result.map(|()| {
            let mut report = report.into_inner();
            report.stopped = *self.stop.borrow();
            report
        })
    }

    async fn poll_next(
        &self,
        specs: &HashMap<&SourceId, &SourceSpec>,
        left: &Mutex<Vec<SourceId>>,
        pick: Pick,
    ) -> Result<Option<Polled>, StoreError> {
        let now = self.clock.now();
        let (spec, state) = {
            let mut left = left.lock().await;
            let request = LeaseRequest {
                sources: &left,
                now,
                until: now + LEASE,
                owner: &self.owner,
                even_if_not_due: pick == Pick::All,
            };
            let Some(leased) = self.store.lease_source(request).await? else { return Ok(None) };
            left.retain(|id| *id != leased.state.id);
            let Some(spec) = specs.get(&leased.state.id) else { return Ok(None) };
            (*spec, leased.state)
        };
        let known = StoreKnown(Arc::clone(&self.store));
        let before = state.clone();
        let outcome = poll_source(&self.fetcher, spec, state, &known, &self.options, (self.jitter)()).await?;
        let alarm = alarm_change(&before, &outcome.state);
        self.settle(spec, outcome, alarm).await.map(Some)
    }

    /// Puts what a poll brought into the log, together with the end of the poll.
    async fn settle(
        &self,
        spec: &SourceSpec,
        outcome: PollOutcome,
        alarm: Option<AlarmChange>,
    ) -> Result<Polled, StoreError> {
        let mut polled = Polled {
            source: SourceReport {
                source: spec.id.clone(),
                new: 0,
                revised: 0,
                failure: outcome.state.failure.as_ref().map(|(_, words)| words.clone()),
                missed_estimate: outcome.missed_estimate as u64,
                withdrawn: outcome.withdrawn.iter().map(|gone| gone.url.to_string()).collect(),
                returned: outcome.returned.iter().map(CanonicalUrl::to_string).collect(),
                alarm,
                due_at: outcome.state.due_at,
            },
            fetched: outcome.captures.len() as u64,
            unchanged: outcome.unchanged,
            failure: outcome.state.failure.as_ref().map(|(cause, _)| *cause),
            dropped: BTreeMap::new(),
            warnings: BTreeMap::new(),
        };
        if let Some(alarm) = alarm.and_then(|change| change.began) {
            tracing::warn!(source.id = %spec.id, alarm.name = alarm.name(), "alarm began: {}", alarm.explain().en);
        }
        if let Some(alarm) = alarm.and_then(|change| change.ended) {
            tracing::warn!(source.id = %spec.id, alarm.name = alarm.name(), "alarm ended");
        }
        if outcome.missed_estimate > 0 {
            tracing::warn!(source.id = %spec.id, entries = outcome.missed_estimate, "nothing listed was known: entries may have been missed");
        }
        for gone in &outcome.withdrawn {
            tracing::warn!(source.id = %spec.id, url.full = %gone.url, http.response.status_code = gone.status, "an article was withdrawn");
        }
        for back in &outcome.returned {
            tracing::warn!(source.id = %spec.id, url.full = %back, "a withdrawn article is there again");
        }
        let mut dropped = outcome.dropped;
        // Segmenting a hundred pages takes a tenth of a second: not on the async threads.
        let (spec, articles, now) = (spec.clone(), outcome.articles, self.clock.now());
        let prepared = tokio::task::spawn_blocking(move || prepare(&spec, articles, now)).await;
        let (revisions, refused) = prepared.map_err(|error| StoreError::Failed {
            act: "prepare what a poll brought",
            cause: error.to_string(),
        })?;
        dropped.extend(refused);
        for dropped in &dropped {
            *polled.dropped.entry(dropped.reason).or_default() += 1;
        }
        for warning in revisions.iter().flat_map(|revision| &revision.warnings) {
            *polled.warnings.entry(*warning).or_default() += 1;
        }
        let poll = Some(PollRecord { owner: self.owner.clone(), state: outcome.state });
        let append = Append {
            revisions,
            captures: outcome.captures,
            dropped,
            looks: outcome.looks,
            checkpoint: None,
            poll,
        };
        let appended = match self.store.append(append).await {
            Ok(appended) => appended,
            Err(StoreError::Conflict(Conflict::Lease { source_id })) => {
                // Another process took over; it brings the same articles.
                tracing::warn!(source.id = %source_id, "the poll outlived its lease; its articles are left to the next");
                Vec::new()
            }
            Err(error) => return Err(error),
        };
        for appended in appended {
            match appended {
                Appended::New { seq } => {
                    polled.source.new += 1;
                    self.progress.set_head(seq);
                }
                Appended::Revised { seq, .. } => {
                    polled.source.revised += 1;
                    self.progress.set_head(seq);
                }
                Appended::Unchanged { .. } => {}
            }
        }
        tracing::info!(
            articles.new = polled.source.new,
            articles.revised = polled.source.revised,
            error.type = polled.failure.map(PollFailure::name),
            "source polled"
        );
        Ok(polled)
    }

    /// Polls whatever is due, again and again, until the job is told to stop.
    ///
    /// # Errors
    /// Never ends for a failing store: it waits and goes on. Errors come from nothing else.
    pub async fn schedule(&self, sources: &[SourceSpec]) {
        const LOOK_EVERY: Duration = Duration::from_secs(2);
        const PAUSE: Duration = Duration::from_secs(15);
        let mut stop = self.stop.clone();
        while !*stop.borrow() {
            let wait = match self.run(sources, Pick::Due, &|_| {}).await {
                Ok(_) => LOOK_EVERY,
                Err(error) => {
                    tracing::error!(error = %error, pause_s = PAUSE.as_secs(), "crawl job failed; it will try again");
                    PAUSE
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                changed = stop.changed() => if changed.is_err() { return },
            }
        }
    }
}

struct Polled {
    source: SourceReport,
    fetched: u64,
    unchanged: bool,
    failure: Option<PollFailure>,
    dropped: BTreeMap<DropReason, u64>,
    warnings: BTreeMap<Warning, u64>,
}

impl CrawlReport {
    fn add(&mut self, poll: &Polled) {
        self.polled += 1;
        self.fetched += poll.fetched;
        self.unchanged += u64::from(poll.unchanged);
        self.new += poll.source.new;
        self.revised += poll.source.revised;
        self.missed_estimate += poll.source.missed_estimate;
        self.withdrawn += poll.source.withdrawn.len() as u64;
        self.returned += poll.source.returned.len() as u64;
        for (reason, count) in &poll.dropped {
            *self.dropped.entry(*reason).or_default() += count;
        }
        for (warning, count) in &poll.warnings {
            *self.warnings.entry(*warning).or_default() += count;
        }
        if let Some(change) = poll.source.alarm {
            for (alarms, alarm) in
                [(&mut self.alarms_began, change.began), (&mut self.alarms_ended, change.ended)]
            {
                if let Some(alarm) = alarm {
                    *alarms.entry(alarm).or_default() += 1;
                }
            }
        }
        if let Some(failure) = poll.failure {
            *self.failed.entry(failure).or_default() += 1;
        }
    }
}

fn prepare(
    spec: &SourceSpec,
    articles: Vec<PolledArticle>,
    now: Timestamp,
) -> (Vec<NewRevision>, Vec<Dropped>) {
    let segmenter = Segmenter::embedded();
    let (mut revisions, mut dropped) = (Vec::new(), Vec::new());
    for article in articles {
        let link = article.link.clone();
        let mut warnings = article.warnings;
        if article.published.is_none() && !warnings.contains(&Warning::DateUnreadable) {
            warnings.push(Warning::DateMissing);
        }
        let text = cut(article.text, &mut warnings);
        let checked = check_content(NewRevision {
            url: article.url,
            link: article.link,
            source: spec.id.clone(),
            outlet: spec.outlet.clone(),
            title: AnalyzedText::analyze(article.title, segmenter),
            text: AnalyzedText::analyze(text, segmenter),
            published: article.published,
            fetched_at: article.fetched_at,
            capture: article.capture,
            authors: authors(article.authors),
            warnings,
            observed: Observed::Live,
        });
        match checked {
            Ok(revision) => revisions.push(revision),
            Err(refused) => dropped.push(Dropped {
                origin: spec.id.to_string(),
                place: link,
                reason: refused.reason,
                detail: refused.detail,
                at: now,
            }),
        }
    }
    (revisions, dropped)
}

/// What the crawler may know of the log: which articles are there.
struct StoreKnown(Arc<dyn Store>);

#[async_trait]
impl Known for StoreKnown {
    async fn known(&self, urls: &[CanonicalUrl]) -> Result<Vec<Option<Article>>, StoreError> {
        self.0.articles(urls).await
    }

    async fn looks(&self, of: &LooksOf) -> Result<Vec<Look>, StoreError> {
        self.0.looks(of).await
    }
}
