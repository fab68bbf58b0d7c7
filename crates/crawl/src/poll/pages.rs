//! Article pages: fetched one after the other, within the source's limit, and read.

use std::collections::{HashSet, VecDeque};

use praden_model::{Article, CanonicalUrl, DateTrust, DropReason, Look, PollFailure, Published, Warning};
use tracing::Instrument as _;
use url::Url;

use super::candidates::Candidate;
use super::merge::{merge, name_of};
use super::{ATTEMPTS_MAX, CARRIED_MAX, Poll, StepName};
use crate::fetch::{Accept, FetchError, FetchRequest, Fetched, turn_of};
use crate::page::{ExtractedPage, extract_page_guarded};

/// A page to fetch.
pub(super) struct Job {
    pub(super) link: String,
    pub(super) attempts: u32,
    pub(super) known: Option<Article>,
    pub(super) candidate: Option<Candidate>,
    /// What earlier looks at a known article found.
    pub(super) look: Option<Look>,
    /// Only to see whether it is there and the same: the request is conditional, and another article is not wanted.
    pub(super) conditional: bool,
}

impl Job {
    pub(super) fn new(
        link: String,
        attempts: u32,
        known: Option<Article>,
        candidate: Option<Candidate>,
    ) -> Self {
        Self { link, attempts, known, candidate, look: None, conditional: false }
    }
}

impl Poll<'_> {
    /// Fetches pages one after the other, up to the source's limit; what is left over is carried.
    ///
    /// First what is new, then what is listed and due again, then old articles that are `due` for a look.
    pub(super) async fn fetch_pages(
        &mut self,
        mut jobs: VecDeque<Job>,
        mut again: VecDeque<Job>,
        due: Vec<Look>,
    ) {
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
                && is_silence(failure)
            {
                silent.insert(turn);
            }
        }
        for job in jobs {
            self.carry(job);
        }
        for look in due.into_iter().take(left as usize) {
            let turn = Url::parse(&look.link).map(|url| turn_of(&url)).unwrap_or_default();
            if silent.contains(&turn) || self.out.looks.iter().any(|seen| seen.url == look.url) {
                continue;
            }
            self.out.pages_fetched += 1;
            if let Some(failure) = self.look_again(look).await
                && is_silence(failure)
            {
                silent.insert(turn);
            }
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
    pub(super) async fn read_page(&mut self, job: Job) -> Option<PollFailure> {
        let mut request = FetchRequest::new(&job.link, Accept::Page);
        if job.conditional
            && let Some(look) = &job.look
        {
            request.etag.clone_from(&look.etag);
            request.last_modified.clone_from(&look.last_modified);
        }
        let result = self.fetcher.fetch(&request).await;
        let error = match result {
            Ok(fetched) => match fetched.refusal() {
                None if fetched.status == 304 => {
                    if let Some(look) = job.look {
                        self.note_there(look, &fetched);
                    }
                    return None;
                }
                None => {
                    self.read_fetched(job, fetched).await;
                    return None;
                }
                Some(refusal) => refusal,
            },
            Err(error) => error,
        };
        let failure = error.failure();
        if let Some(look) = &job.look
            && let FetchError::Status { status: status @ (404 | 410), .. } = error
        {
            self.note_gone(look.clone(), status);
            return None;
        }
        tracing::warn!("error.type" = failure.name(), error = %error, "page not fetched");
        match job.look {
            Some(look) if job.conditional => self.note_unknown(look, &error.to_string()),
            _ => self.give_up_or_carry(job, &error),
        }
        Some(failure)
    }

    /// A page that was not had: tried again with a later poll, or replaced by what the source said of it, or dropped.
    fn give_up_or_carry(&mut self, job: Job, error: &FetchError) {
        if job.known.is_some() || job.conditional {
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
    async fn read_fetched(&mut self, job: Job, mut fetched: Fetched) {
        let capture = fetched.capture();
        let page = extract_page_guarded(
            std::mem::take(&mut fetched.body),
            fetched.final_url.clone(),
            fetched.content_type.clone(),
            self.spec.selectors.clone(),
            fetched.fetched_at,
        )
        .await;
        let page = match page {
            Ok(page) => page,
            Err(error) => {
                self.step(StepName::Extraction, false, format!("{}: {error}", job.link));
                if let Some(look) = job.look.as_ref().filter(|_| job.conditional) {
                    self.note_unknown(look.clone(), &error.to_string());
                    return;
                }
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
        if let Some(look) = &job.look
            && job.conditional
            && look.url != url
        {
            // Moved, or led to a front page: whatever it is, it is not this article, and nobody said that this one is gone.
            self.note_unknown(look.clone(), &format!("another page answers: {url}"));
            return;
        }
        if let Ok(linked) = CanonicalUrl::parse(&job.link) {
            self.fetcher.remember_alias(linked, &url);
        }
        let Some(article) = merge(url, &job, page, fetched.fetched_at, capture.hash) else {
            self.drop_link(&job.link, DropReason::NoArticle, "the page has neither a title nor a text");
            return;
        };
        let look = job.look.filter(|look| look.url == article.url).unwrap_or_else(|| Look {
            url: article.url.clone(),
            source: self.spec.id.clone(),
            link: job.link,
            etag: None,
            last_modified: None,
            since: article
                .published
                .as_ref()
                .and_then(Published::believed)
                .map_or(article.fetched_at, |published| published.min(article.fetched_at)),
            next_at: None,
            gone_at: None,
            withdrawn_at: None,
        });
        self.note_there(look, &fetched);
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
}

/// Whether a host is better left alone for the rest of the poll.
fn is_silence(failure: PollFailure) -> bool {
    matches!(failure, PollFailure::Throttled | PollFailure::Unreachable | PollFailure::Timeout)
}
