//! Looking again at articles that are long published: has their outlet changed them, or taken them down?
//!
//! A day after publication, then each time twice as long after it, until the pipeline's limit. Requests are conditional, come after
//! everything new, and take a fourth of the source's pages at most. A page that is gone is asked for once more some hours later:
//! one 404 may be a slip. A page that has come back is there.

use jiff::{SignedDuration, Timestamp};
use praden_model::{Look, LooksOf, PollFailure, StoreError};
use tracing::Instrument as _;

use super::pages::Job;
use super::{Poll, StepName, Withdrawn};
use crate::fetch::Fetched;

const DAY_S: i64 = 24 * 60 * 60;

/// The least time between the two looks that find an article gone: longer than most faults of an outlet last.
pub const CONFIRM_AFTER: SignedDuration = SignedDuration::from_hours(6);

/// One in so many pages of a poll may be a look at an old one.
const LOOKS_SHARE: u32 = 4;

/// When an article is looked at next: 1, 2, 4, 8 ... days after its publication, up to `days`.
pub fn next_look(since: Timestamp, now: Timestamp, days: u32) -> Option<Timestamp> {
    let ages = std::iter::successors(Some(1_i64), |age| age.checked_mul(2));
    let ages = ages.take_while(|age| *age <= i64::from(days));
    ages.filter_map(|age| since.checked_add(SignedDuration::from_secs(age * DAY_S)).ok()).find(|at| *at > now)
}

/// The page was there.
fn found_there(look: Look, now: Timestamp, days: u32) -> Look {
    Look { next_at: next_look(look.since, now, days), gone_at: None, withdrawn_at: None, ..look }
}

/// The page was gone: perhaps, the first time; withdrawn, when it still is after [`CONFIRM_AFTER`].
fn found_gone(look: Look, now: Timestamp, days: u32) -> Look {
    match look.gone_at {
        Some(first) if now.duration_since(first) >= CONFIRM_AFTER => Look {
            next_at: next_look(look.since, now, days),
            withdrawn_at: look.withdrawn_at.or(Some(now)),
            ..look
        },
        first => {
            let first = first.unwrap_or(now);
            Look { gone_at: Some(first), next_at: first.checked_add(CONFIRM_AFTER).ok(), ..look }
        }
    }
}

/// Nothing can be said of the page: it is asked for again later, but not for ever.
fn not_answered(look: Look, now: Timestamp, days: u32) -> Look {
    let soon = next_look(look.since, now, days.saturating_mul(2)).and(now.checked_add(CONFIRM_AFTER).ok());
    Look { next_at: soon, ..look }
}

impl Poll<'_> {
    /// How many old articles may be looked at in this poll.
    pub(super) fn looks_max(&self) -> usize {
        if self.options.look_days == 0 || !self.spec.fetch_pages {
            return 0;
        }
        (self.spec.pages_per_poll_max / LOOKS_SHARE).max(1) as usize
    }

    /// Looks at one old article. Returns why not, when the host is the cause.
    pub(super) async fn look_again(&mut self, look: Look) -> Option<PollFailure> {
        let span = tracing::info_span!("crawl.page.look", "url.full" = look.link);
        let job = Job {
            link: look.link.clone(),
            attempts: 0,
            known: None,
            candidate: None,
            look: Some(look),
            conditional: true,
        };
        self.read_page(job).instrument(span).await
    }

    /// Notes that an article's page is there, as it was or changed.
    pub(super) fn note_there(&mut self, look: Look, fetched: &Fetched) {
        if self.options.look_days == 0 {
            return;
        }
        if look.withdrawn_at.is_some() {
            self.step(StepName::Kept, true, format!("{}: is there again", look.url));
            self.out.returned.push(look.url.clone());
        }
        let look = Look {
            // An answer that says "not modified" may leave out what it was asked with.
            etag: fetched.etag.clone().or(look.etag),
            last_modified: fetched.last_modified.clone().or(look.last_modified),
            ..look
        };
        self.out.looks.push(found_there(look, fetched.fetched_at, self.options.look_days));
    }

    /// Notes that an article's page is gone.
    pub(super) fn note_gone(&mut self, look: Look, status: u16) {
        let now = self.fetcher.now();
        let was_withdrawn = look.withdrawn_at.is_some();
        let look = found_gone(look, now, self.options.look_days);
        let words = match (look.withdrawn_at, look.next_at) {
            (Some(_), _) => "withdrawn by its outlet".to_owned(),
            (None, Some(next)) => format!("gone; it counts as withdrawn when it still is at {next}"),
            (None, None) => "gone".to_owned(),
        };
        self.step(StepName::NotKept, true, format!("{}: {words}, status {status}", look.url));
        if look.withdrawn_at.is_some() && !was_withdrawn {
            self.out.withdrawn.push(Withdrawn { url: look.url.clone(), status, seen_at: now });
        }
        self.out.looks.push(look);
    }

    /// Notes that nothing could be learned of an article's page.
    pub(super) fn note_unknown(&mut self, look: Look, words: &str) {
        let look = not_answered(look, self.fetcher.now(), self.options.look_days);
        self.step(StepName::NotKept, false, format!("{}: {words}", look.url));
        self.out.looks.push(look);
    }

    /// What earlier looks found, for known articles that are looked at because their source lists them.
    pub(super) async fn add_looks(&mut self, jobs: &mut [Job]) -> Result<(), StoreError> {
        let urls: Vec<_> = jobs.iter().filter_map(|job| Some(job.known.as_ref()?.url.clone())).collect();
        if urls.is_empty() {
            return Ok(());
        }
        let looks = self.known.looks(&LooksOf::Articles(urls)).await?;
        for job in jobs {
            let Some(known) = &job.known else { continue };
            let found = looks.iter().find(|look| look.url == known.url).cloned();
            job.look = Some(found.unwrap_or_else(|| Look {
                url: known.url.clone(),
                source: self.spec.id.clone(),
                link: job.link.clone(),
                etag: None,
                last_modified: None,
                since: known.fetched_at,
                next_at: None,
                gone_at: None,
                withdrawn_at: known.withdrawn_at,
            }));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use praden_model::{CanonicalUrl, SourceId};

    use super::*;

    const HOUR_S: i64 = 3600;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(hours * HOUR_S).unwrap()
    }

    fn look() -> Look {
        Look {
            url: CanonicalUrl::parse("https://a.example/1").unwrap(),
            source: SourceId::new("a-rss").unwrap(),
            link: "https://a.example/1".to_owned(),
            etag: None,
            last_modified: None,
            since: at(0),
            next_at: Some(at(24)),
            gone_at: None,
            withdrawn_at: None,
        }
    }

    #[test]
    fn looks_become_rarer_and_end() {
        let hours = |now: i64, days| next_look(at(0), at(now), days).map(|at| at.as_second() / HOUR_S);
        assert_eq!(hours(0, 30), Some(24));
        assert_eq!(hours(24, 30), Some(48));
        assert_eq!(hours(50, 30), Some(96));
        assert_eq!(hours(10 * 24, 30), Some(16 * 24));
        assert_eq!(hours(16 * 24, 30), None);
        assert_eq!(hours(0, 0), None);
        assert_eq!(next_look(Timestamp::MAX, at(0), u32::MAX), None);
    }

    #[test]
    fn gone_twice_is_withdrawn_and_back_is_back() {
        let once = found_gone(look(), at(24), 30);
        assert_eq!((once.gone_at, once.withdrawn_at, once.next_at), (Some(at(24)), None, Some(at(30))));
        let soon = found_gone(once.clone(), at(26), 30);
        assert_eq!((soon.withdrawn_at, soon.next_at), (None, Some(at(30))), "too soon to be sure");
        let twice = found_gone(once, at(31), 30);
        assert_eq!((twice.withdrawn_at, twice.next_at), (Some(at(31)), Some(at(48))));
        let still = found_gone(twice, at(48), 30);
        assert_eq!(still.withdrawn_at, Some(at(31)), "since it was first sure");
        let back = found_there(still, at(96), 30);
        assert_eq!((back.gone_at, back.withdrawn_at, back.next_at), (None, None, Some(at(8 * 24))));
    }

    #[test]
    fn a_host_that_does_not_answer_proves_nothing() {
        let gone = found_gone(look(), at(24), 30);
        let silent = not_answered(gone, at(30), 30);
        assert_eq!((silent.gone_at, silent.withdrawn_at, silent.next_at), (Some(at(24)), None, Some(at(36))));
        assert_eq!(not_answered(look(), at(60 * 24), 30).next_at, None);
    }
}
