//! The intake: from what was offered to what is appended, with nothing dropped in silence.
//!
//! Text is normalised and segmented here, once, on the way into the log; every stage sees the same tokens.

use jiff::Timestamp;
use praden_model::{
    AUTHORS_MAX, AnalyzedText, CanonicalUrl, DateOrigin, DropReason, NewRevision, Observed, OutletId,
    SourceId, Warning,
};
use praden_text::Segmenter;

/// Something that may become an article: as it was found, nothing checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offered {
    /// The link.
    pub url: Option<String>,
    /// An archive's identifier, used where there is no link.
    pub id: Option<String>,
    /// Headline.
    pub title: String,
    /// Body.
    pub text: String,
    /// Publication date as it was written, if it was.
    pub date: Option<String>,
    /// Who published it.
    pub source: Option<String>,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// What was odd on the way here.
    pub warnings: Vec<Warning>,
}

/// Why something offered was not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The reason that is counted.
    pub reason: DropReason,
    /// The reason in words, with the value.
    pub detail: String,
}

/// Text kept of one article, in bytes. The longest article of the corpus, a cabinet digest, has 0.7 MB.
pub const TEXT_BYTES_MAX: usize = 8 << 20;

/// Where archived articles come from when nobody says.
const ARCHIVE: &str = "archive";

/// Checks an archived article and prepares it for the log.
///
/// # Errors
/// When it has neither title nor text, or nothing that names it.
pub fn prepare_archived(
    offered: Offered,
    now: Timestamp,
    segmenter: &Segmenter,
) -> Result<NewRevision, Refused> {
    let mut warnings = offered.warnings;
    let source = offered.source.as_deref().map(slug).filter(|slug| !slug.is_empty());
    let link = offered.url.as_deref().map(str::trim).filter(|url| !url.is_empty());
    let id = offered.id.as_deref().map(str::trim).filter(|id| !id.is_empty());
    let url = match (link, id) {
        (Some(link), _) => CanonicalUrl::parse(link)
            .map_err(|error| Refused { reason: DropReason::BadUrl, detail: error.to_string() })?,
        (None, Some(id)) => {
            warnings.push(Warning::UrlMissing);
            CanonicalUrl::for_archive_id(source.as_deref().unwrap_or(ARCHIVE), id)
        }
        (None, None) => {
            let detail = "it has neither `url` nor `id`, so it could not be told apart".to_owned();
            return Err(Refused { reason: DropReason::Unnamed, detail });
        }
    };
    let published = match offered.date.as_deref().map(str::trim).filter(|date| !date.is_empty()) {
        None => {
            warnings.push(Warning::DateMissing);
            None
        }
        Some(date) => {
            let (published, warning) = praden_crawl::dating::judge_date(date, DateOrigin::Archive, now);
            warnings.extend(warning);
            published
        }
    };
    let host = slug(url.host().trim_start_matches("www."));
    let outlet = source.clone().or((!host.is_empty()).then_some(host)).unwrap_or_else(|| ARCHIVE.to_owned());
    let id = |what: &str, value: String| {
        let refuse = |error: praden_model::IdError| Refused {
            reason: DropReason::WrongField,
            detail: format!("{what}: {error}"),
        };
        Ok::<_, Refused>((
            SourceId::new(value.clone()).map_err(refuse)?,
            OutletId::new(value).map_err(refuse)?,
        ))
    };
    let revision = NewRevision {
        link: link.unwrap_or_else(|| url.as_str()).to_owned(),
        source: id("source", source.unwrap_or_else(|| ARCHIVE.to_owned()))?.0,
        outlet: id("outlet", outlet)?.1,
        url,
        title: AnalyzedText::analyze(offered.title, segmenter),
        text: AnalyzedText::analyze(cut(offered.text, &mut warnings), segmenter),
        published,
        fetched_at: now,
        capture: None,
        authors: authors(offered.authors),
        warnings,
        observed: Observed::Archived,
    };
    check_content(revision)
}

/// Cuts a text at the limit, on a letter boundary.
pub(crate) fn cut(mut text: String, warnings: &mut Vec<Warning>) -> String {
    if text.len() > TEXT_BYTES_MAX {
        text.truncate(praden_text::floor_cluster(&text, TEXT_BYTES_MAX));
        warnings.push(Warning::TextTruncated);
    }
    text
}

/// Authors as they are kept: names on one line, each once. Feeds write an address beside a name, in either order.
pub(crate) fn authors(written: Vec<String>) -> Vec<String> {
    const NAME_BYTES_MAX: usize = 240;
    let mut names: Vec<String> = Vec::new();
    for author in written {
        let (before, inside) = match author.trim().strip_suffix(')').and_then(|rest| rest.split_once('(')) {
            Some((before, inside)) if before.contains('@') != inside.contains('@') => (before, inside),
            _ => (author.as_str(), ""),
        };
        let name = if before.contains('@') && !inside.is_empty() { inside } else { before };
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let name =
            name.get(..praden_text::floor_cluster(&name, NAME_BYTES_MAX.min(name.len()))).unwrap_or("");
        if !name.is_empty() && names.len() < AUTHORS_MAX && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// The last check before the log, the same for archives and the web.
///
/// # Errors
/// When there is neither a title nor a text.
pub(crate) fn check_content(mut revision: NewRevision) -> Result<NewRevision, Refused> {
    let blank = |text: &AnalyzedText| text.normalized().trim().is_empty();
    match (blank(&revision.title), blank(&revision.text)) {
        (true, true) => {
            let detail = format!("{} has neither a title nor a text", revision.url);
            return Err(Refused { reason: DropReason::Empty, detail });
        }
        (true, false) => revision.warnings.push(Warning::TitleMissing),
        (false, true) => revision.warnings.push(Warning::TextEmpty),
        (false, false) => {}
    }
    revision.warnings.sort_unstable();
    revision.warnings.dedup();
    Ok(revision)
}

/// A name as an identifier: what does not fit becomes `-`; a name in Thai becomes a hash of it.
fn slug(name: &str) -> String {
    const BYTES_MAX: usize = 64;
    let name = name.trim().to_lowercase();
    let mut slug: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' })
        .skip_while(|c| *c == '-')
        .take(BYTES_MAX)
        .collect();
    slug.truncate(slug.trim_end_matches('-').len());
    if name.is_ascii() && name.len() <= BYTES_MAX {
        slug
    } else {
        format!("x-{}", &blake3::hash(name.as_bytes()).to_hex()[..16])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-23T09:30:00+07:00".parse().expect("an instant")
    }

    fn offered() -> Offered {
        Offered {
            url: Some("https://www.outlet.example/1?utm_source=x".to_owned()),
            title: "น้ำท่วม".to_owned(),
            text: "ฝนตกหนัก".to_owned(),
            date: Some("2026-11-22".to_owned()),
            ..Offered::default()
        }
    }

    /// What becomes of an article: its URL, outlet, date and warnings, or the reason why not.
    #[track_caller]
    fn check(offered: Offered, want: &str) {
        let got = match prepare_archived(offered, now(), Segmenter::embedded()) {
            Ok(revision) => {
                let date = revision.published.as_ref().map_or_else(
                    || "-".to_owned(),
                    |date| format!("{}{}", date.at, if date.believed().is_none() { "?" } else { "" }),
                );
                let warnings: Vec<_> = revision.warnings.iter().map(|warning| warning.name()).collect();
                format!("{} {} {date} {}", revision.url, revision.outlet, warnings.join(","))
            }
            Err(refused) => format!("{}: {}", refused.reason, refused.detail),
        };
        assert_eq!(got.trim_end(), want);
    }

    #[test]
    fn what_is_odd_is_kept_with_a_warning() {
        let url = "https://www.outlet.example/1";
        check(offered(), &format!("{url} outlet-example 2026-11-21T17:00:00Z"));
        check(
            Offered { title: String::new(), ..offered() },
            &format!("{url} outlet-example 2026-11-21T17:00:00Z title_missing"),
        );
        check(
            Offered { text: " \n".to_owned(), ..offered() },
            &format!("{url} outlet-example 2026-11-21T17:00:00Z text_empty"),
        );
        check(Offered { date: None, ..offered() }, &format!("{url} outlet-example - date_missing"));
        check(
            Offered { date: Some("ไม่ระบุ".to_owned()), ..offered() },
            &format!("{url} outlet-example - date_unreadable"),
        );
        check(
            Offered { date: Some("2569-11-20".to_owned()), ..offered() },
            &format!("{url} outlet-example 2026-11-19T17:00:00Z"),
        );
        check(
            Offered { date: Some("2026-12-25".to_owned()), ..offered() },
            &format!("{url} outlet-example 2026-12-24T17:00:00Z? date_in_future"),
        );
        check(
            Offered { date: Some("1970-01-01".to_owned()), ..offered() },
            &format!("{url} outlet-example 1969-12-31T17:00:00Z? date_too_old"),
        );
    }

    #[test]
    fn what_has_no_link_is_known_by_its_id() {
        let nameless = Offered { url: None, ..offered() };
        check(
            Offered { id: Some("tg-1".to_owned()), source: Some("AFNC".to_owned()), ..nameless.clone() },
            "urn:praden:afnc:tg-1 afnc 2026-11-21T17:00:00Z url_missing",
        );
        check(nameless, "unnamed: it has neither `url` nor `id`, so it could not be told apart");
    }

    #[test]
    fn what_cannot_be_kept_says_why() {
        check(
            Offered { title: " ".to_owned(), text: "\u{200B}".to_owned(), ..offered() },
            "empty: https://www.outlet.example/1 has neither a title nor a text",
        );
        check(
            Offered { url: Some("ftp://a/b".to_owned()), ..offered() },
            "bad_url: `ftp://a/b` is not http or https",
        );
    }

    #[test]
    fn authors_are_names_without_addresses() {
        for (written, want) in [
            (vec!["  สมชาย\n ใจดี ", "สมชาย ใจดี", ""], vec!["สมชาย ใจดี"]),
            (
                vec!["desk@outlet.example (สมหญิง รักเรียน)", "Jane Doe (jane@outlet.example)"],
                vec!["สมหญิง รักเรียน", "Jane Doe"],
            ),
            (
                vec!["somebody@outlet.example", "กอง บก. (ภูมิภาค)"],
                vec!["somebody@outlet.example", "กอง บก. (ภูมิภาค)"],
            ),
        ] {
            assert_eq!(authors(written.into_iter().map(str::to_owned).collect()), want);
        }
        assert_eq!(authors((0..100).map(|n| format!("n{n}")).collect()).len(), AUTHORS_MAX);
        assert!(authors(vec!["ก".repeat(1_000)]).iter().all(|name| name.len() <= 240));
    }

    #[test]
    fn names_become_identifiers() {
        for (name, want) in [
            ("Thai PBS", "thai-pbs"),
            ("www.thairath.co.th", "www-thairath-co-th"),
            ("--", ""),
            ("ไทยรัฐ", "x-"),
        ] {
            assert!(slug(name).starts_with(want), "{name}: {}", slug(name));
        }
        assert_ne!(slug("ไทยรัฐ"), slug("มติชน"));
        assert!(SourceId::new(slug("ไทยรัฐ")).is_ok());
    }
}
