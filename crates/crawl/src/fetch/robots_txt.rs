//! robots.txt: fetched once a day for each origin, and asked before everything else.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use praden_model::PollFailure;
use url::Url;

use super::{Accept, FetchError, FetchRequest, Fetcher, HOSTS_MAX, host_of, redirect_of};
use crate::robots::{ROBOTS_BYTES_MAX, Robots, RobotsVerdict};

/// How long a robots.txt is believed. RFC 9309 section 2.4: no longer than 24 hours.
const ROBOTS_AGE_S_MAX: i64 = 24 * 60 * 60;

/// How long a robots.txt that could not be had is believed to be unavailable, before it is asked for again.
const ROBOTS_RETRY_S: i64 = 10 * 60;

#[derive(Clone)]
pub(super) struct CachedRobots {
    fetched_at: Timestamp,
    file: Result<Arc<Robots>, (String, PollFailure)>,
}

impl Fetcher {
    /// What robots.txt says about a URL. Asks for the file when it is not known or too old.
    ///
    /// # Errors
    /// When the file cannot be had: a server error or no answer. A file that is not there allows everything.
    pub async fn robots_verdict(&self, url: &Url) -> Result<RobotsVerdict, FetchError> {
        let host = host_of(url);
        let file = self.robots_of(url).await.map_err(|(cause, failure)| FetchError::RobotsUnavailable {
            host,
            cause,
            failure,
        })?;
        Ok(file.check(&self.shared.config.robots_agent, url.as_str()))
    }

    /// A source with exceptions has its own view of its site: what others could not have, it may.
    fn robots_key(&self, url: &Url) -> String {
        let origin = url.origin().ascii_serialization();
        match self.own(url) {
            Some(own) => format!("{origin} by exception {}", own.number),
            None => origin,
        }
    }

    async fn robots_of(&self, url: &Url) -> Result<Arc<Robots>, (String, PollFailure)> {
        let origin = self.robots_key(url);
        let cell = {
            let mut cache = self.shared.robots.lock().unwrap_or_else(PoisonError::into_inner);
            if cache.len() >= HOSTS_MAX {
                cache.retain(|_, cell| Arc::strong_count(cell) > 1);
            }
            Arc::clone(cache.entry(origin).or_default())
        };
        // Held while the file is fetched: everyone else who wants the same file waits for it instead of asking too.
        // Nobody who holds a turn at a host waits for this, so the two locks cannot wait for each other.
        let mut cached = cell.lock().await;
        let now = self.now();
        if let Some(known) = cached.as_ref() {
            let age_s = now.as_second().saturating_sub(known.fetched_at.as_second());
            let age_s_max = if known.file.is_ok() { ROBOTS_AGE_S_MAX } else { ROBOTS_RETRY_S };
            if (0..age_s_max).contains(&age_s) {
                return known.file.clone();
            }
        }
        let file = self.fetch_robots(url).await.map(Arc::new);
        if let Err((cause, _)) = &file {
            tracing::warn!("server.address" = host_of(url), cause, "robots.txt cannot be had");
        }
        *cached = Some(CachedRobots { fetched_at: self.now(), file: file.clone() });
        file
    }

    async fn fetch_robots(&self, url: &Url) -> Result<Robots, (String, PollFailure)> {
        let mut at = url.clone();
        at.set_path("/robots.txt");
        at.set_query(None);
        at.set_fragment(None);
        let request = FetchRequest::new(at.as_str(), Accept::Page);
        let mut left = self.shared.config.total_timeout;
        let mut failed = |error: FetchError| (error.to_string(), error.failure());
        for _ in 0..=self.shared.config.redirects_max {
            self.check_url(&at).map_err(&mut failed)?;
            // A robots.txt over the limit is read up to it, as the RFC says: so it is not "too large" here.
            let (answer, took) =
                self.in_turn(&at, &request, left, ROBOTS_BYTES_MAX).await.map_err(&mut failed)?;
            left = left.saturating_sub(took);
            if let Some(next) = redirect_of(&answer, &at) {
                at = next;
                continue;
            }
            return match answer.status {
                200..=299 => Ok(Robots::parse(&answer.body)),
                // "Too many requests" is no statement that there is no file.
                429 => Err(("status 429".to_owned(), PollFailure::Throttled)),
                500..=599 => Err((format!("status {}", answer.status), PollFailure::ServerError)),
                _ => Ok(Robots::default()),
            };
        }
        // More redirects than are followed: the RFC lets this count as a file that is not there.
        Ok(Robots::default())
    }

    /// The pause that robots.txt asks for, if the file is at hand.
    pub(super) fn asked_delay(&self, url: &Url) -> Duration {
        let cache = self.shared.robots.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(cell) = cache.get(&self.robots_key(url)) else { return Duration::ZERO };
        let Ok(cached) = cell.try_lock() else { return Duration::ZERO };
        let file = cached.as_ref().and_then(|cached| cached.file.as_ref().ok());
        file.and_then(|file| file.crawl_delay_s(&self.shared.config.robots_agent))
            .map_or(Duration::ZERO, Duration::from_secs_f32)
    }
}
