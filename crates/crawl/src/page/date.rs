//! When an article was published, as far as its page tells.
//!
//! First what is written for machines, then the day in the address, then what readers see: every date of the page is
//! weighed by what it stands in (`time`, a class that speaks of dates, a line that is only a date), by the words before it
//! ("published", "updated"), by how near it is to the headline, and by whether it lies in a part about something else. The
//! heaviest wins, if it weighs enough: no date is better than another article's.
//!
//! Which of these can be believed is decided by [`crate::dating`].

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use praden_model::{DateOrigin, DateTrust, PageSelectors, Published, Warning};
use praden_text::dates::{BANGKOK, DatePoint};
use praden_text::{DateValue, Precision};
use scraper::{ElementRef, Html};
use url::Url;

use super::data::StructuredData;
use super::meta::{MetaTags, all, is_elsewhere, text_of};
use super::places::Places;
use super::written;
use crate::dating::judge_instant;
use crate::listing;

/// Names under which pages give their publication date in a `meta` element, the best first.
const DATE_NAMES: &[&str] = &[
    "article:published_time",
    "og:article:published_time",
    "article:published",
    "og:published_time",
    "og:datepublished",
    "og:pubdate",
    "datepublished",
    "published",
    "pubdate",
    "pub_date",
    "pub-date",
    "publishdate",
    "publish-date",
    "publish_date",
    "publication_date",
    "publication-date",
    "publicationdate",
    "published_at",
    "published-date",
    "publisheddate",
    "published_time",
    "published_time_telegram",
    "date.issued",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "dcterms.date",
    "dc.date.published",
    "dc.date.created",
    "dc.date",
    "dcsext.articlefirstpublished",
    "parsely-pub-date",
    "sailthru.date",
    "article.published",
    "article:post_date",
    "sn-post-date",
    "post_date",
    "article.created",
    "article_date_original",
    "article:publication_date",
    "article-publish-date",
    "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime",
    "cxenseparse:publishdate",
    "citation_publication_date",
    "citation_online_date",
    "citation_date",
    "date_published",
    "date-published",
    "originalpublicationdate",
    "analyticsattributes.articledate",
    "rbpubdate",
    "bt:pubdate",
    "shareaholic:article_published_time",
    "eprints.datestamp",
    "prism.publicationdate",
    "rnews:datepublished",
    "nrbi:pubdate",
    "vr:published_time",
    "utime",
    "gentime",
    "date.release",
    "pdate",
];

/// Names that mean the publication date on one site and the date of the last change, or of today, on the next.
const VAGUE_NAMES: &[&str] = &[
    "date",
    "datecreated",
    "created",
    "creation_date",
    "creationdate",
    "displaydate",
    "doc_date",
    "ptime",
    "timestamp",
    "dc.created",
    "article_date",
    "page_date",
    "datetime",
];

/// The same for the date of the last change: better than nothing, said to be doubtful.
const CHANGED_NAMES: &[&str] = &[
    "article:modified_time",
    "og:updated_time",
    "og:article:modified_time",
    "datemodified",
    "dateupdated",
    "last-modified",
    "lastmodified",
    "lastmod",
    "revision_date",
    "dcterms.modified",
    "dc.date.modified",
    "dc.modified",
    "updated_time",
    "modified",
    "update_date",
    "updated-date",
    "article:modified",
    "article.updated",
    "cxenseparse:modifiedtime",
];

/// Elements that name the publication date in their attributes.
const MARKED: &str = "[itemprop~=datePublished], [itemprop~=datepublished], [itemprop~=dateCreated], [property~='schema:datePublished'], \
    [property='dc:date dc:created'], [property~='dc:created'], [property~='datePublished']";

/// Names of fields in which scripts hold the publication date, without signs and in lower case.
const SCRIPT_NAMES: &[&str] = &[
    "datepublished",
    "publishedat",
    "publishdate",
    "publisheddate",
    "pubdate",
    "publicationdate",
    "firstpublished",
    "firstpublisheddate",
    "firstpublishdate",
    "firstpublishedat",
    "articlepublishedtime",
    "articlepublishtime",
    "articlepublishdate",
    "articlepubdate",
    "publishedtime",
    "publishtime",
    "publishedon",
    "postdate",
];

/// A date among those that readers see has to weigh this much.
const WEIGHT_MIN: i32 = 30;

/// Two days that lie so near to each other may be one, told in two zones.
const SAME_DAYS: i32 = 1;

/// A date, and what is odd about it.
pub(super) type Dated = (Published, Option<Warning>);

/// What is known of the page around its dates.
pub(super) struct Surroundings<'a> {
    pub(super) document: &'a Html,
    /// The whole page as it came, with its scripts.
    pub(super) source: &'a str,
    pub(super) tags: &'a MetaTags,
    pub(super) data: &'a StructuredData,
    pub(super) url: &'a Url,
    pub(super) selectors: &'a PageSelectors,
    /// The headline, if one was found.
    pub(super) title: Option<&'a str>,
    /// The language that the page declares.
    pub(super) language: Option<&'a str>,
    /// When the page was fetched.
    pub(super) now: Timestamp,
}

/// The publication date, from the first place that gives one that can be believed.
pub(super) fn find(around: &Surroundings<'_>) -> (Option<Published>, Vec<Warning>) {
    let in_url = date_in_url(around.url.path());
    let mut search = DateSearch {
        around,
        url_day: in_url.as_deref().and_then(|written| written.parse().ok()),
        url_month: month_in_url(around.url.path()),
        month_first: month_first(around),
        rejected: None,
        unreadable: false,
    };
    match search.run(in_url.as_deref()).or_else(|| search.rejected.clone()) {
        Some((published, warning)) => (Some(published), warning.into_iter().collect()),
        None if search.unreadable => (None, vec![Warning::DateUnreadable]),
        None => (None, Vec::new()),
    }
}

struct DateSearch<'a> {
    around: &'a Surroundings<'a>,
    url_day: Option<Date>,
    url_month: Option<(i16, i8)>,
    month_first: bool,
    rejected: Option<Dated>,
    unreadable: bool,
}

/// A date that readers see.
struct Weighed {
    dated: Dated,
    day: Date,
    weight: i32,
}

impl Weighed {
    /// Whether it has a time of day.
    fn is_fine(&self) -> bool {
        !matches!(self.dated.0.precision, Precision::Day | Precision::Month | Precision::Year)
    }
}

impl DateSearch<'_> {
    fn run(&mut self, in_url: Option<&str>) -> Option<Dated> {
        let Surroundings { document, selectors, .. } = *self.around;
        let own = selectors.date.as_deref().and_then(|selector| listing::read_selector(selector).ok());
        if let Some(selector) = own
            && let Some(dated) = document.select(&selector).find_map(|element| self.element(element))
        {
            return Some(dated);
        }
        let told = self.told_to_machines();
        let mut seen: Option<Vec<Weighed>> = None;
        if let Some((day, dated)) = self.url_day.zip(told.as_ref()) {
            let apart = days_apart(day_of(&dated.0), day);
            if apart <= SAME_DAYS {
                return told;
            }
            // The system moved, and its dates with it; or the address names an event. What readers see decides.
            let weighed = self.weigh();
            let supports = |day: Date| {
                weighed.iter().any(|date| date.weight >= WEIGHT_MIN && days_apart(date.day, day) <= SAME_DAYS)
            };
            if supports(day_of(&dated.0)) || !supports(day) && apart <= 3 {
                return told;
            }
            seen = Some(weighed);
        } else if told.is_some() {
            return told;
        }
        let weighed = match seen {
            Some(weighed) => weighed,
            None => self.weigh(),
        };
        if let Some(day) = self.url_day
            && let Some(written) = in_url
        {
            let same = weighed
                .iter()
                .filter(|date| days_apart(date.day, day) <= SAME_DAYS && date.weight >= WEIGHT_MIN);
            if let Some(dated) = same.max_by_key(|date| date.weight).map(|date| date.dated.clone()) {
                return Some(dated);
            }
            // A day in the address is chosen by the system that published the page.
            if let Some(dated) = self.take(written, DateOrigin::Markup) {
                return Some(doubtful(dated));
            }
        }
        // The first of the heaviest: what comes earlier in the page is nearer to its head.
        let heaviest = weighed.iter().map(|date| date.weight).max().unwrap_or(0);
        if heaviest >= WEIGHT_MIN
            && let Some(date) = weighed.iter().find(|date| date.weight == heaviest)
        {
            // The same day with its time of day, where another place has it.
            let finer = weighed.iter().find(|other| {
                other.day == date.day && other.weight >= WEIGHT_MIN && other.is_fine() && !date.is_fine()
            });
            return Some(finer.unwrap_or(date).dated.clone());
        }
        self.in_scripts().or_else(|| self.changed()).or_else(|| self.in_picture())
    }

    /// What is written for machines.
    fn told_to_machines(&mut self) -> Option<Dated> {
        let Surroundings { document, tags, data, .. } = *self.around;
        let machine = DateOrigin::StructuredData;
        // A page's own date comes behind an article's, wherever that stands.
        let (article, page) = if data.rank >= 3 {
            (data.published.as_deref(), None)
        } else {
            (None, data.published.as_deref())
        };
        if let Some(dated) = article.and_then(|written| self.take(written, machine)) {
            return Some(dated);
        }
        for name in DATE_NAMES {
            if let Some(dated) = tags.every(name).find_map(|written| self.take(written, machine)) {
                return Some(dated);
            }
        }
        for element in all(document, MARKED) {
            if !is_elsewhere(element)
                && let Some((published, warning)) = self.element(element)
            {
                return Some((Published { origin: machine, ..published }, warning));
            }
        }
        page.and_then(|written| self.take(written, machine))
    }

    /// All dates that readers see, and those that one name means here and another there, in the order of the page.
    fn weigh(&mut self) -> Vec<Weighed> {
        const CANDIDATES_MAX: usize = 300;
        let Surroundings { document, tags, title, .. } = *self.around;
        let mut found: Vec<Weighed> = Vec::new();
        for name in VAGUE_NAMES {
            if let Some(dated) =
                tags.every(name).find_map(|written| self.take(written, DateOrigin::StructuredData))
            {
                found.push(Weighed { day: day_of(&dated.0), dated, weight: 60 });
                break;
            }
        }
        let places = Places::read(document, title);
        for piece in places.pieces.iter().take(CANDIDATES_MAX) {
            let before = found.len();
            if let Some(dated) = piece.element.and_then(|element| self.attribute(element)) {
                found.push(Weighed { day: day_of(&dated.0), dated, weight: piece.weight(places.headline) });
            }
            let origin = if piece.element.is_some() { DateOrigin::Markup } else { DateOrigin::PageText };
            for (dated, start, end) in self.in_text(&piece.text, origin) {
                // The attribute and the text of one element are one date.
                if found.len() > before
                    && piece.element.is_some()
                    && found
                        .get(before)
                        .is_some_and(|first| days_apart(first.day, day_of(&dated.0)) <= SAME_DAYS)
                {
                    continue;
                }
                let weight = piece.weight(places.headline) + piece.weight_of_text(start, end);
                found.push(Weighed { day: day_of(&dated.0), dated, weight });
            }
        }
        let days: Vec<Date> = found.iter().map(|date| date.day).collect();
        for (index, date) in found.iter_mut().enumerate() {
            if self.url_month.is_some_and(|month| month == (date.day.year(), date.day.month())) {
                date.weight += 20;
            }
            // Told twice: at the head and at the foot of the article.
            if days.iter().enumerate().any(|(other, day)| other != index && *day == date.day) {
                date.weight += 3;
            }
        }
        found
    }

    /// Judges a candidate; keeps an impossible one aside, in case nothing better comes.
    fn take(&mut self, written: &str, origin: DateOrigin) -> Option<Dated> {
        const BYTES_MAX: usize = 200;
        let written = written.trim();
        if written.is_empty() || written.len() > BYTES_MAX {
            return None;
        }
        if let Some(found) = praden_text::parse_date(written, self.around.now) {
            // A month or a year places nothing on a time line; a date without a year is a guess; and "2 hours ago" is
            // true only of the hour in which the page was made.
            let whole = !matches!(found.precision, Precision::Month | Precision::Year);
            let counted = written.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            if whole && (found.calendar.is_some() || counted) {
                return self.judge(found.value.to_instant()?, found.precision, origin, written);
            }
            return None;
        }
        if let Some(day) = written::find(written).first() {
            return self.judge(start_of(day.date)?, Precision::Day, origin, written);
        }
        self.unreadable |=
            origin != DateOrigin::PageText && written.bytes().any(|byte| byte.is_ascii_digit());
        None
    }

    fn judge(
        &mut self,
        at: Timestamp,
        precision: Precision,
        origin: DateOrigin,
        written: &str,
    ) -> Option<Dated> {
        let at = self.turned(written, at);
        let (published, warning) = judge_instant(at, precision, origin, written, self.around.now);
        if published.trust == DateTrust::Rejected {
            self.rejected.get_or_insert((published, warning));
            return None;
        }
        Some((published, warning))
    }

    /// The instant with day and month exchanged, where the page's country writes the month first.
    ///
    /// The date was read day first, as nearly all of the world writes it.
    fn turned(&self, written: &str, at: Timestamp) -> Timestamp {
        let Some((day_first, month_first)) = both_orders(written) else { return at };
        let month_of = |date: Date| (date.year(), date.month());
        let wanted = match self.url_month {
            Some(month) if month == month_of(month_first) => true,
            Some(month) if month == month_of(day_first) => false,
            _ => self.month_first,
        };
        let shift = SignedDuration::from_hours(i64::from(days_between(day_first, month_first)) * 24);
        match at.checked_add(shift) {
            Ok(turned) if wanted && turned <= self.around.now => turned,
            // A date of the future is the other order's.
            Ok(turned) if !wanted && at > self.around.now && turned <= self.around.now => turned,
            _ => at,
        }
    }

    /// The date of one element: of its attribute for machines, else of its text.
    fn element(&mut self, element: ElementRef<'_>) -> Option<Dated> {
        self.attribute(element).or_else(|| {
            let text = text_of(element);
            self.take(&text, DateOrigin::Markup).or_else(|| {
                self.in_text(&text, DateOrigin::Markup).into_iter().next().map(|(dated, ..)| dated)
            })
        })
    }

    fn attribute(&mut self, element: ElementRef<'_>) -> Option<Dated> {
        const NAMES: &[&str] = &[
            "datetime",
            "content",
            "data-datetime",
            "data-date",
            "data-published",
            "data-pubdate",
            "data-utime",
            "data-timestamp",
            "data-time",
            "title",
        ];
        let value = element.value();
        NAMES
            .iter()
            .filter_map(|name| value.attr(name))
            // A title may be any sentence; a date in it is looked for only where it is the whole.
            .find_map(|written| self.take(written, DateOrigin::Markup))
    }

    /// The whole dates in a short text, with the bytes that name them.
    fn in_text(&mut self, text: &str, origin: DateOrigin) -> Vec<(Dated, usize, usize)> {
        const BYTES_MAX: usize = 600;
        let text = text.get(..text.floor_char_boundary(BYTES_MAX)).unwrap_or(text);
        if !text.chars().any(char::is_numeric) {
            return Vec::new();
        }
        let mut dates: Vec<(Timestamp, Precision, usize, usize)> = Vec::new();
        for found in praden_text::find_dates(text, self.around.now) {
            // A clock time alone is read as today's: that is no date of publication. A year is a number. A range is the
            // time of an event.
            let whole = !matches!(found.precision, Precision::Month | Precision::Year);
            if whole
                && found.calendar.is_some()
                && matches!(found.value, DateValue::One(_))
                && let Some(at) = found.value.to_instant()
            {
                dates.push((at, found.precision, found.start, found.end));
            }
        }
        // "23 พ.ค. 66 | 10:22 น.": the clock time of a line that is a date and nothing else, whatever parts the two.
        if let [date] = dates.as_mut_slice()
            && date.1 == Precision::Day
            && text.chars().count() <= 60
            && let Some(whole) = praden_text::parse_date(&text.replace('|', " "), self.around.now)
            && let Some(at) = whole.value.to_instant()
            && (0..24 * 3600).contains(&(at.as_second() - date.0.as_second()))
        {
            (date.0, date.1) = (at, whole.precision);
        }
        for day in written::find(text) {
            let known = dates.iter().any(|(_, _, start, end)| *start < day.end && day.start < *end);
            if !known && let Some(at) = start_of(day.date) {
                dates.push((at, Precision::Day, day.start, day.end));
            }
        }
        dates.sort_by_key(|(_, _, start, _)| *start);
        let judged = dates.into_iter().filter_map(|(at, precision, start, end)| {
            let dated = self.judge(at, precision, origin, text.get(start..end).unwrap_or(""))?;
            Some((dated, start, end))
        });
        judged.collect()
    }

    /// The publication date in a script's data: pages that are put together in the browser have it nowhere else.
    fn in_scripts(&mut self) -> Option<Dated> {
        for (name, value) in fields(self.around.source) {
            let name: String =
                name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
            if SCRIPT_NAMES.contains(&name.as_str())
                && let Some(dated) = self.take(&value.replace("\\/", "/"), DateOrigin::StructuredData)
            {
                return Some(doubtful(dated));
            }
        }
        None
    }

    /// The date of the last change, which is not before publication.
    fn changed(&mut self) -> Option<Dated> {
        let Surroundings { tags, data, .. } = *self.around;
        let names = CHANGED_NAMES.iter().filter_map(|name| tags.get(name));
        let written = data.changed.as_deref().into_iter().chain(names).collect::<Vec<_>>();
        written.into_iter().find_map(|written| self.take(written, DateOrigin::StructuredData)).map(doubtful)
    }

    /// The day in the address of the article's picture: systems file uploads by day.
    fn in_picture(&mut self) -> Option<Dated> {
        let picture = self.around.tags.get("og:image")?;
        let written = date_in_url(picture)?;
        self.take(&written, DateOrigin::Markup).map(doubtful)
    }
}

fn doubtful(dated: Dated) -> Dated {
    (Published { trust: DateTrust::Doubtful, ..dated.0 }, dated.1)
}

/// Where the page stands in time as its writer wrote it: the offset of the written date, else Bangkok's.
pub(super) fn offset_of(published: &Published) -> jiff::tz::Offset {
    match praden_text::parse_date(&published.written, published.at).map(|found| found.value) {
        Some(DateValue::One(DatePoint::Instant(_, offset))) => offset,
        _ => BANGKOK,
    }
}

/// The day of a date where it was written.
fn day_of(published: &Published) -> Date {
    offset_of(published).to_datetime(published.at).date()
}

fn start_of(day: Date) -> Option<Timestamp> {
    day.to_zoned(TimeZone::fixed(BANGKOK)).ok().map(|zoned| zoned.timestamp())
}

fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(i32::MAX, |span| span.get_days())
}

fn days_apart(one: Date, other: Date) -> i32 {
    days_between(one, other).saturating_abs()
}

/// A date of digits that is a date in both orders: day first, and month first.
fn both_orders(written: &str) -> Option<(Date, Date)> {
    let at = written.find(|c: char| c.is_ascii_digit())?;
    let mut numbers = written.get(at..)?.split('/').map(|part| {
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        (part.get(..end).unwrap_or(""), end == part.len())
    });
    let ((first, true), (second, true), (year, _)) = (numbers.next()?, numbers.next()?, numbers.next()?)
    else {
        return None;
    };
    if first.len() > 2 || second.len() > 2 || !matches!(year.len(), 2 | 4) {
        return None;
    }
    let year: i16 = year.parse().ok()?;
    // A Buddhist year is written by people who put the day first.
    let year = if year < 100 { 2000 + year } else { year };
    if !(1990..=2100).contains(&year) {
        return None;
    }
    let (first, second): (i8, i8) = (first.parse().ok()?, second.parse().ok()?);
    let orders = Date::new(year, second, first).ok().zip(Date::new(year, first, second).ok());
    orders.filter(|(day_first, month_first)| day_first != month_first)
}

/// Whether the page comes from where `6/5/2019` is the fifth of June: from the United States, as far as can be told.
fn month_first(around: &Surroundings<'_>) -> bool {
    const DAY_FIRST: &[&str] = &[
        "uk", "au", "nz", "in", "ie", "za", "sg", "my", "th", "hk", "ng", "ke", "pk", "lk", "bd", "eu", "gh",
    ];
    let suffix = around.url.host_str().and_then(|host| host.rsplit('.').next()).unwrap_or("");
    if matches!(suffix, "us" | "gov" | "mil") {
        return true;
    }
    let language = around.language.unwrap_or("").to_ascii_lowercase();
    (language == "en" || language == "en-us") && !DAY_FIRST.contains(&suffix)
}

/// The fields of the objects in a script: `"name": "value"`.
fn fields(source: &str) -> impl Iterator<Item = (&str, &str)> {
    const VALUE_BYTES_MAX: usize = 60;
    let mut rest = source;
    std::iter::from_fn(move || {
        loop {
            let (_, after) = rest.split_once('"')?;
            rest = after;
            let (name, after) = rest.split_once('"')?;
            let value = after.trim_start().strip_prefix(':').map(str::trim_start);
            if let Some(value) = value.and_then(|value| value.strip_prefix('"')) {
                let end = value.find('"')?;
                rest = value.get(end + 1..)?;
                if end <= VALUE_BYTES_MAX {
                    return Some((name, value.get(..end)?));
                }
            }
        }
    })
}

/// `/2024/01/15/` or `20240115` or `2024-01-15` in a path.
fn date_in_url(path: &str) -> Option<String> {
    let digits =
        |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = path.split(['/', '-', '_', '.']).collect();
    for window in parts.windows(3) {
        if let [year, month, day] = window
            && digits(year, 4)
            && (digits(day, 2) || digits(day, 1))
        {
            let month = if digits(month, 2) || digits(month, 1) {
                (*month).to_owned()
            } else {
                // `/2019/nov/18/`
                const SHORT: &str = "jan feb mar apr may jun jul aug sep oct nov dec";
                let Some(at) = SHORT.split(' ').position(|name| name.eq_ignore_ascii_case(month)) else {
                    continue;
                };
                (at + 1).to_string()
            };
            let written = format!("{year}-{month:0>2}-{day:0>2}");
            if plausible(&written) {
                return Some(written);
            }
        }
    }
    parts.iter().filter(|part| digits(part, 8)).find_map(|part| {
        let written = format!("{}-{}-{}", part.get(..4)?, part.get(4..6)?, part.get(6..)?);
        plausible(&written).then_some(written)
    })
}

/// `/2024/01/` in a path.
fn month_in_url(path: &str) -> Option<(i16, i8)> {
    let parts: Vec<&str> = path.split(['/', '-']).collect();
    parts.windows(2).find_map(|window| {
        let [year, month] = window else { return None };
        let (year, month): (i16, i8) = (year.parse().ok()?, month.parse().ok()?);
        ((1995..=2100).contains(&year) && (1..=12).contains(&month)).then_some((year, month))
    })
}

fn plausible(written: &str) -> bool {
    written.parse::<Date>().is_ok_and(|date| (1995..=2100).contains(&date.year()))
}
