//! The entries of a source, of whatever kind, in one form.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use praden_model::{
    CanonicalUrl, DateOrigin, DropReason, PollFailure, Published, SourceKind, SourceSpec, Warning,
};

use super::{Poll, SourceFailure, StepName};
use crate::dating::{judge_date, judge_instant};
use crate::fetch::{Accept, FetchRequest, Fetched};
use crate::listing::{ListingError, discover_feeds, parse_listing};
use crate::sitemap::{Sitemap, SitemapEntry, parse_sitemap};
use crate::{feed, html};

/// Sitemaps fetched for one index in one poll. News sites name their news sitemap first or last.
const CHILD_SITEMAPS_MAX: usize = 3;

/// Feeds named in the words of a failure.
const OFFERED_MAX: usize = 5;

/// Indexes inside indexes.
const INDEX_DEPTH_MAX: usize = 2;

/// How old an entry of a sitemap may be to count as news. Sitemaps list whole archives.
const SITEMAP_AGE_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Entries of a sitemap without any date.
const UNDATED_MAX: usize = 1000;

/// An entry of a source.
pub(super) struct Candidate {
    /// What names the article as far as the link says.
    pub(super) url: CanonicalUrl,
    /// The link as given, absolute.
    pub(super) link: String,
    pub(super) title: Option<String>,
    /// The text that the source gives.
    pub(super) body: String,
    pub(super) published: Option<Published>,
    pub(super) updated: Option<Timestamp>,
    pub(super) authors: Vec<String>,
    pub(super) warnings: Vec<Warning>,
    /// Whether the link is a page; an entry without a link has only what the source says.
    pub(super) has_page: bool,
}

/// What a source gave.
#[derive(Default)]
pub(super) struct Found {
    pub(super) source: Option<Fetched>,
    pub(super) candidates: Vec<Candidate>,
    pub(super) warnings: Vec<Warning>,
}

/// Reads a source's answer.
pub(super) async fn read(poll: &mut Poll<'_>, fetched: &Fetched) -> Result<Found, SourceFailure> {
    let mut found = match poll.spec.kind {
        SourceKind::Feed => read_feed(poll, fetched),
        SourceKind::Sitemap => read_sitemap(poll, fetched).await,
        SourceKind::Listing => read_listing(poll, fetched),
    }?;
    // The same article twice in one list is one.
    let mut seen = HashSet::new();
    found.candidates.retain(|candidate| seen.insert(candidate.url.clone()));
    Ok(found)
}

fn read_feed(poll: &mut Poll<'_>, fetched: &Fetched) -> Result<Found, SourceFailure> {
    let parsed = feed::parse_feed(
        &fetched.body,
        fetched.content_type.as_deref(),
        Some(&fetched.final_url),
        fetched.fetched_at,
    );
    let parsed = parsed.map_err(|error| {
        let mut words = error.to_string();
        // Many outlets name their feeds on every page: what came instead may say where the feed is now.
        if error.failure() == PollFailure::NotAFeed {
            let url = &fetched.final_url;
            let offered = discover_feeds(&fetched.body, fetched.content_type.as_deref(), url);
            let offered: Vec<&str> = offered
                .iter()
                .filter(|feed| *feed != url)
                .take(OFFERED_MAX)
                .map(|feed| feed.as_str())
                .collect();
            if !offered.is_empty() {
                words = format!("{words}; the page names these feeds: {}", offered.join(", "));
            }
        }
        poll.step(StepName::Entries, false, words.clone());
        SourceFailure { failure: error.failure(), words, retry_after_s: None }
    })?;
    let names: Vec<&str> = parsed.warnings.iter().map(|warning| warning.name()).collect();
    poll.step(
        StepName::Charset,
        true,
        format!("{}{}{}", parsed.charset, if names.is_empty() { "" } else { ": " }, names.join(", ")),
    );
    poll.step(StepName::Entries, !parsed.entries.is_empty(), format!("{} entries", parsed.entries.len()));
    if parsed.entries_over_limit > 0 {
        let detail = format!("{} entries after the first {}", parsed.entries_over_limit, feed::ENTRIES_MAX);
        poll.drop_link(&poll.spec.url, DropReason::OverLimit, detail);
    }
    let mut candidates = Vec::new();
    for entry in parsed.entries {
        let named = match entry.link.as_deref().filter(|link| !link.trim().is_empty()) {
            Some(link) => CanonicalUrl::parse(link).map(|url| (url, link.trim().to_owned(), true)),
            // Without a link the entry is all there is of the article.
            None => {
                Ok((CanonicalUrl::for_archive_id(poll.spec.id.as_str(), &entry.id), entry.id.clone(), false))
            }
        };
        let (url, link, has_page) = match named {
            Ok(named) => named,
            Err(error) => {
                poll.drop_link(
                    entry.link.as_deref().unwrap_or(&entry.id),
                    DropReason::BadUrl,
                    error.to_string(),
                );
                continue;
            }
        };
        let mut warnings = Vec::new();
        let published = entry.published.as_ref().map(|date| {
            let (published, warning) =
                judge_instant(date.at, date.precision, DateOrigin::Feed, &date.written, fetched.fetched_at);
            warnings.extend(warning);
            published
        });
        if entry.date_unreadable.is_some() {
            warnings.push(Warning::DateUnreadable);
        }
        candidates.push(Candidate {
            url,
            link,
            title: entry.title_text(),
            body: entry.body_text(),
            published,
            updated: entry.updated.as_ref().map(|date| date.at),
            authors: entry.authors,
            warnings,
            has_page,
        });
    }
    Ok(Found { source: None, candidates, warnings: parsed.warnings })
}

async fn read_sitemap(poll: &mut Poll<'_>, fetched: &Fetched) -> Result<Found, SourceFailure> {
    let mut entries: Vec<SitemapEntry> = Vec::new();
    let mut waiting = vec![(None, 0_usize)];
    let mut children = 0;
    while let Some((url, depth)) = waiting.pop() {
        let child;
        let answer = match url {
            None => fetched,
            Some(url) => {
                let request = FetchRequest::new(url, Accept::Feed);
                match poll.fetch_step(&request, "crawl.feed.fetch").await {
                    Ok(fetched) => {
                        child = fetched;
                        &child
                    }
                    // One sitemap of several: the others still count, and the step has been noted.
                    Err(_) => continue,
                }
            }
        };
        match parse_sitemap(&answer.body, answer.content_type.as_deref()) {
            Ok(Sitemap::Urls(urls)) => entries.extend(urls),
            Ok(Sitemap::Index(sitemaps)) => {
                poll.step(StepName::Entries, true, format!("an index of {} sitemaps", sitemaps.len()));
                let room = CHILD_SITEMAPS_MAX.saturating_sub(children);
                let newest = newest_sitemaps(
                    sitemaps,
                    if depth < INDEX_DEPTH_MAX { room } else { 0 },
                    fetched.fetched_at,
                );
                children += newest.len();
                let resolved = newest.iter().filter_map(|entry| answer.final_url.join(&entry.loc).ok());
                waiting.extend(resolved.map(|url| (Some(url.to_string()), depth + 1)));
            }
            Err(error) if depth == 0 => {
                poll.step(StepName::Entries, false, error.to_string());
                return Err(SourceFailure {
                    failure: error.failure(),
                    words: error.to_string(),
                    retry_after_s: None,
                });
            }
            Err(error) => poll.step(StepName::Entries, false, error.to_string()),
        }
    }
    Ok(from_sitemap(poll, entries, fetched))
}

/// The sitemaps of an index worth a look: those that say they are news, then the newest.
fn newest_sitemaps(mut sitemaps: Vec<SitemapEntry>, count: usize, now: Timestamp) -> Vec<SitemapEntry> {
    let changed = |entry: &SitemapEntry| {
        let written = entry.lastmod.as_deref()?;
        judge_date(written, DateOrigin::Sitemap, now).0.and_then(|published| published.believed())
    };
    sitemaps.sort_by_cached_key(|entry| {
        (!entry.loc.to_ascii_lowercase().contains("news"), std::cmp::Reverse(changed(entry)))
    });
    sitemaps.truncate(count);
    sitemaps
}

fn from_sitemap(poll: &mut Poll<'_>, entries: Vec<SitemapEntry>, fetched: &Fetched) -> Found {
    let now = fetched.fetched_at;
    let (mut candidates, mut old, mut undated) = (Vec::new(), 0_usize, 0_usize);
    for entry in entries {
        let mut warnings = Vec::new();
        let mut read = |written: &Option<String>| {
            let (published, warning) = judge_date(written.as_deref().unwrap_or(""), DateOrigin::Sitemap, now);
            warnings.extend(warning);
            published
        };
        let (published, changed) = (read(&entry.published), read(&entry.lastmod));
        let updated = changed.as_ref().and_then(Published::believed);
        match published.as_ref().and_then(Published::believed).max(updated) {
            Some(at) if now.duration_since(at) > SITEMAP_AGE_MAX => {
                old += 1;
                continue;
            }
            Some(_) => {}
            None if undated >= UNDATED_MAX => {
                old += 1;
                continue;
            }
            None => undated += 1,
        }
        let Ok(link) = fetched.final_url.join(&entry.loc) else { continue };
        match CanonicalUrl::parse(link.as_str()) {
            Ok(url) => candidates.push(Candidate {
                url,
                link: link.to_string(),
                title: entry.title.as_deref().map(html::one_line).filter(|title| !title.is_empty()),
                body: String::new(),
                published,
                updated,
                authors: Vec::new(),
                warnings,
                has_page: true,
            }),
            Err(error) => poll.drop_link(&entry.loc, DropReason::BadUrl, error.to_string()),
        }
    }
    let detail = format!(
        "{} entries; {old} more are older than {} days or have no date",
        candidates.len(),
        SITEMAP_AGE_MAX.as_hours() / 24
    );
    poll.step(StepName::Entries, !candidates.is_empty(), detail);
    Found { source: None, candidates, warnings: Vec::new() }
}

fn read_listing(poll: &mut Poll<'_>, fetched: &Fetched) -> Result<Found, SourceFailure> {
    let SourceSpec { selectors, .. } = poll.spec;
    let links = parse_listing(
        &fetched.body,
        fetched.content_type.as_deref(),
        &fetched.final_url,
        selectors.links.as_deref(),
    );
    let links = links.map_err(|error: ListingError| {
        poll.step(StepName::Entries, false, error.to_string());
        SourceFailure { failure: error.failure(), words: error.to_string(), retry_after_s: None }
    })?;
    poll.step(StepName::Entries, true, format!("{} links", links.len()));
    let mut candidates = Vec::new();
    for link in links {
        match CanonicalUrl::parse(link.url.as_str()) {
            Ok(url) => candidates.push(Candidate {
                url,
                link: link.url.to_string(),
                // The text of a link is shortened or has more than the headline in it: the page's own title counts.
                title: None,
                body: String::new(),
                published: None,
                updated: None,
                authors: Vec::new(),
                warnings: Vec::new(),
                has_page: true,
            }),
            Err(error) => poll.drop_link(link.url.as_str(), DropReason::BadUrl, error.to_string()),
        }
    }
    Ok(Found { source: None, candidates, warnings: Vec::new() })
}
