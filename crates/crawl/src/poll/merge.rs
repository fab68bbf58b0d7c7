//! One article from what its page says and what its source said of it.

use jiff::Timestamp;
use praden_model::{CanonicalUrl, CaptureHash, DateTrust, Published, Warning};
use url::Url;

use super::PolledArticle;
use super::pages::Job;
use crate::fetch::turn_of;
use crate::page::ExtractedPage;

/// A page text shorter than this many characters gives way to a longer one in the feed.
const PAGE_CHARS_MIN: usize = 200;

/// The name that a page gives itself, if it may: on its own site, and not the front page that careless templates name.
pub(super) fn name_of(page: &ExtractedPage, fetched: &Url) -> Option<CanonicalUrl> {
    let own = page.canonical_url.as_ref().filter(|canonical| {
        let front = canonical.path().len() <= 1 && canonical.query().is_none();
        turn_of(canonical) == turn_of(fetched) && (!front || fetched.path().len() <= 1)
    });
    CanonicalUrl::parse(own.unwrap_or(fetched).as_str()).ok()
}

/// One article from a page and from what the source said of it. Nothing when neither has a title or a text.
pub(super) fn merge(
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
    let mut authors = page.authors;
    if authors.is_empty() {
        authors = from_source.map(|candidate| candidate.authors.clone()).unwrap_or_default();
    }
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
        authors,
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
