//! Whether a date can be believed.
//!
//! Articles from the future are what users of such systems complain of most: a Buddhist year read as a common one, a
//! template's placeholder, an event's date taken for the article's. Such a date is kept, marked, and never counted with.
//! Reading dates is left to [`praden_text`].
//!
//! ```
//! use praden_crawl::dating::judge_date;
//! use praden_model::{DateOrigin, DateTrust, Warning};
//!
//! let fetched_at = "2024-01-15T09:00:00+07:00".parse()?;
//! let (published, warning) = judge_date("2569-01-15", DateOrigin::Feed, fetched_at);
//! assert!(published.is_some() && warning.is_some_and(|warning| warning == Warning::DateInFuture));
//! assert_eq!(published.map(|date| date.trust), Some(DateTrust::Rejected));
//! # Ok::<(), jiff::Error>(())
//! ```

use jiff::{SignedDuration, Timestamp};
use praden_model::{DateOrigin, DateTrust, Published, Warning};
use praden_text::Precision;

/// How far after the fetch a date may lie: clocks and zones are wrong by hours, not by days.
const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(24);

/// 1 January 1990, Bangkok time: before there was a web to publish on.
const EARLIEST_S: i64 = 631_126_800;

/// Reads a written date and judges it. Nothing and a warning when it cannot be read; nothing at all when it is empty.
pub fn judge_date(
    written: &str,
    origin: DateOrigin,
    fetched_at: Timestamp,
) -> (Option<Published>, Option<Warning>) {
    const BYTES_MAX: usize = 200;
    let written = written.trim();
    if written.is_empty() {
        return (None, None);
    }
    let found = (written.len() <= BYTES_MAX).then(|| praden_text::parse_date(written, fetched_at)).flatten();
    match found.and_then(|found| Some((found.value.to_instant()?, found.precision))) {
        Some((at, precision)) => {
            let (published, warning) = judge_instant(at, precision, origin, written, fetched_at);
            (Some(published), warning)
        }
        None => (None, Some(Warning::DateUnreadable)),
    }
}

/// Judges an instant that has been read already.
pub fn judge_instant(
    at: Timestamp,
    precision: Precision,
    origin: DateOrigin,
    written: &str,
    fetched_at: Timestamp,
) -> (Published, Option<Warning>) {
    let warning = if at.duration_since(fetched_at) > AHEAD_MAX {
        Some(Warning::DateInFuture)
    } else if at.as_second() < EARLIEST_S {
        Some(Warning::DateTooOld)
    } else {
        None
    };
    let trust = match (warning, origin, precision) {
        (Some(_), ..) => DateTrust::Rejected,
        // Running text names many dates; a month or a year places nothing on a time line.
        (None, DateOrigin::PageText, _) | (None, _, Precision::Month | Precision::Year) => {
            DateTrust::Doubtful
        }
        (None, ..) => DateTrust::Trusted,
    };
    (Published { at, precision, origin, trust, written: written.to_owned() }, warning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written: &str, origin: DateOrigin, want: Option<(DateTrust, &str)>, warning: Option<Warning>) {
        let fetched_at = "2024-01-15T09:00:00+07:00".parse().unwrap();
        let (published, got) = judge_date(written, origin, fetched_at);
        let found = published.map(|published| (published.trust, published.at.to_string()));
        assert_eq!(found, want.map(|(trust, at)| (trust, at.to_owned())), "{written}");
        assert_eq!(got, warning, "{written}");
    }

    #[test]
    fn dates_near_the_fetch_are_believed_by_where_they_stood() {
        check(
            "2024-01-15T08:00:00+07:00",
            DateOrigin::Feed,
            Some((DateTrust::Trusted, "2024-01-15T01:00:00Z")),
            None,
        );
        check(
            "2024-01-16T08:59:00+07:00",
            DateOrigin::Feed,
            Some((DateTrust::Trusted, "2024-01-16T01:59:00Z")),
            None,
        );
        check(
            "15 ม.ค. 2567",
            DateOrigin::PageText,
            Some((DateTrust::Doubtful, "2024-01-14T17:00:00Z")),
            None,
        );
    }

    #[test]
    fn what_names_no_day_places_nothing_on_a_time_line() {
        let (at, now) =
            ("2023-12-31T17:00:00Z".parse().unwrap(), "2024-01-15T09:00:00+07:00".parse().unwrap());
        let (published, warning) = judge_instant(at, Precision::Month, DateOrigin::Markup, "ม.ค. 2567", now);
        assert_eq!((published.trust, warning), (DateTrust::Doubtful, None));
    }

    #[test]
    fn impossible_dates_are_kept_and_rejected() {
        let future = Some(Warning::DateInFuture);
        check(
            "2024-01-16T09:00:01+07:00",
            DateOrigin::Feed,
            Some((DateTrust::Rejected, "2024-01-16T02:00:01Z")),
            future,
        );
        check(
            "1 ม.ค. 2500",
            DateOrigin::Feed,
            Some((DateTrust::Rejected, "1956-12-31T17:00:00Z")),
            Some(Warning::DateTooOld),
        );
    }

    #[test]
    fn what_is_no_date_is_said_to_be_none() {
        check("เมื่อไรก็ได้", DateOrigin::Feed, None, Some(Warning::DateUnreadable));
        check(" ", DateOrigin::Feed, None, None);
    }
}
