//! What a page says of itself: title, authors, dates, address, picture, language.
//!
//! Written for machines first (JSON-LD, then `meta`, then `itemprop`), then marked up for readers, then running text: the
//! further down, the less it is believed.

use jiff::Timestamp;
use praden_model::{DateOrigin, DateTrust, PageSelectors, Published, Warning};
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;
use url::Url;

use super::body::Parsed;
use crate::dating::{judge_date, judge_instant};
use crate::{html, listing, markup};

/// What was found.
#[derive(Default)]
pub(super) struct Meta {
    pub(super) title: Option<String>,
    pub(super) authors: Vec<String>,
    pub(super) published: Option<Published>,
    pub(super) canonical_url: Option<Url>,
    pub(super) image: Option<Url>,
    pub(super) language: Option<String>,
    pub(super) article_body: Option<String>,
    pub(super) warnings: Vec<Warning>,
}

/// Names under which pages give their publication date in a `meta` element, the best first.
const DATE_NAMES: &[&str] = &[
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "og:pubdate",
    "datepublished",
    "pubdate",
    "publishdate",
    "publish-date",
    "publish_date",
    "publication_date",
    "publication-date",
    "published_at",
    "published-date",
    "date.issued",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "dcterms.date",
    "dc.date",
    "dc.date.created",
    "dcsext.articlefirstpublished",
    "parsely-pub-date",
    "sailthru.date",
    "article.published",
    "article.created",
    "article_date_original",
    "cxenseparse:recs:publishtime",
    "citation_publication_date",
    "citation_date",
    "date_published",
    "originalpublicationdate",
    "analyticsattributes.articledate",
    "rbpubdate",
    "shareaholic:article_published_time",
    "bt:pubdate",
    "gentime",
    "created",
    "date",
    "displaydate",
    "doc_date",
    "ptime",
    "timestamp",
];

/// The same for the date of the last change: better than nothing, said to be doubtful.
const CHANGED_NAMES: &[&str] = &[
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "dateupdated",
    "last-modified",
    "lastmod",
    "revision_date",
    "dcterms.modified",
    "dc.date.modified",
    "updated_time",
    "modified",
    "update_date",
    "article:modified",
];

/// Where readers see the date: the usual names of classes and ids.
const DATE_PLACES: &str = "[class*=publish], [class*=Publish], [class*=pubdate], [class*=entry-date], [class*=post-date], [class*=postdate], \
    [class*=article-date], [class*=article__date], [class*=news-date], [class*=date-time], [class*=datetime], [class*=timestamp], [class*=byline], \
    [class*=meta-date], [class*=post-meta], [class*=entry-meta], [class*=article-info], [class*=article-meta], [class*=submitted], [class*=createdate], [class*=dateline], \
    [id*=publish], [id*=pubdate], [id*=date], [class~=date], [class~=time], [class*=Date], [class*=_date], [class*=-date]";

/// Where a page names other articles with dates of their own.
const ELSEWHERE: &[&str] = &[
    "comment",
    "related",
    "sidebar",
    "footer",
    "widget",
    "recommend",
    "latest",
    "popular",
    "trending",
    "read-more",
    "readmore",
    "carousel",
    "breaking",
    "teaser",
    "copyright",
];

/// Authors that name nobody.
const NOBODY: &[&str] = &[
    "admin",
    "administrator",
    "submitted",
    "editor",
    "webmaster",
    "staff",
    "user",
    "root",
    "superuser",
    "anonymous",
    "unknown",
    "null",
    "undefined",
];

/// Reads everything.
pub(super) fn read(parsed: &Parsed, url: &Url, selectors: &PageSelectors, now: Timestamp) -> Meta {
    let document = &parsed.document;
    let base = listing::base_of(document, url);
    let link =
        |written: &str| base.join(written.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let tags = MetaTags::read(document);
    let data = StructuredData::read(document);
    let (published, warnings) = date(document, &tags, &data, url, selectors, now);
    Meta {
        title: title(document, &tags, &data, selectors),
        authors: authors(document, &tags, &data),
        published,
        canonical_url: first(document, "link[rel~=canonical][href]")
            .and_then(|element| link(element.value().attr("href")?))
            .or_else(|| link(tags.get("og:url")?)),
        image: tags
            .get("og:image")
            .or_else(|| tags.get("twitter:image"))
            .map(str::to_owned)
            .or(data.image)
            .and_then(|image| link(&image)),
        language: first(document, "html[lang]")
            .and_then(|element| element.value().attr("lang"))
            .or_else(|| tags.get("content-language"))
            .or_else(|| tags.get("og:locale"))
            .map(|language| language.trim().replace('_', "-"))
            .filter(|language| !language.is_empty() && language.len() <= 35),
        article_body: data.body,
        warnings,
    }
}

fn all<'a>(document: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    Selector::parse(selector).map(|selector| document.select(&selector).collect()).unwrap_or_default()
}

fn first<'a>(document: &'a Html, selector: &str) -> Option<ElementRef<'a>> {
    document.select(&Selector::parse(selector).ok()?).next()
}

fn text_of(element: ElementRef<'_>) -> String {
    html::one_line(&element.text().collect::<Vec<_>>().join(" "))
}

/// The `meta` elements of a page: name, property, http-equiv or itemprop in lower case, and content.
struct MetaTags(Vec<(String, String)>);

impl MetaTags {
    fn read(document: &Html) -> Self {
        let mut tags = Vec::new();
        for element in all(document, "meta[content]") {
            let content = html::one_line(element.value().attr("content").unwrap_or(""));
            for key in ["name", "property", "itemprop", "http-equiv"] {
                if let Some(name) = element.value().attr(key)
                    && !content.is_empty()
                {
                    tags.push((name.trim().to_ascii_lowercase(), content.clone()));
                }
            }
        }
        Self(tags)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, content)| content.as_str())
    }

    fn every<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, content)| content.as_str())
    }
}

/// What JSON-LD says of the article (<https://schema.org/Article>).
#[derive(Default)]
struct StructuredData {
    rank: u8,
    headline: Option<String>,
    published: Option<String>,
    changed: Option<String>,
    authors: Vec<String>,
    image: Option<String>,
    body: Option<String>,
}

impl StructuredData {
    fn read(document: &Html) -> Self {
        let mut best = Self::default();
        for script in all(document, "script[type*='ld+json']") {
            let source: String = script.text().collect();
            if let Some(value) = parse_leniently(&source) {
                best.walk(&value, 0);
            }
        }
        best
    }

    fn walk(&mut self, value: &Value, depth: usize) {
        const DEPTH_MAX: usize = 8;
        if depth > DEPTH_MAX {
            return;
        }
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.walk(value, depth + 1)),
            Value::Object(fields) => {
                self.take(value);
                for name in ["@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "hasPart"] {
                    if let Some(inner) = fields.get(name) {
                        self.walk(inner, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }

    /// Takes an article over a page, and what comes first over what comes later.
    fn take(&mut self, node: &Value) {
        let mut kinds = Vec::new();
        match node.get("@type") {
            Some(Value::String(kind)) => kinds.push(kind.as_str()),
            Some(Value::Array(list)) => kinds.extend(list.iter().filter_map(Value::as_str)),
            _ => {}
        }
        let rank = kinds.iter().map(|kind| {
            let kind = kind.rsplit('/').next().unwrap_or(kind);
            if kind.ends_with("Article")
                || kind.ends_with("BlogPosting")
                || kind == "Report"
                || kind.ends_with("LiveBlogPosting")
            {
                3
            } else if kind.ends_with("WebPage") || kind == "VideoObject" || kind == "CreativeWork" {
                1
            } else {
                0
            }
        });
        let rank = rank.max().unwrap_or(0);
        if rank <= self.rank {
            return;
        }
        let text = |name: &str| node.get(name).and_then(plain);
        let mut authors = Vec::new();
        for name in ["author", "creator"] {
            if authors.is_empty()
                && let Some(value) = node.get(name)
            {
                names(value, &mut authors, 0);
            }
        }
        *self = Self {
            rank,
            headline: text("headline").or_else(|| text("name")),
            published: text("datePublished").or_else(|| text("dateCreated")).or_else(|| text("uploadDate")),
            changed: text("dateModified"),
            authors,
            image: node.get("image").and_then(picture),
            body: text("articleBody").map(|body| html::to_text(&body.replace('\n', "<br>"))),
        };
    }
}

fn plain(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Array(values) => return values.iter().find_map(plain),
        Value::Object(fields) => return fields.get("@value").and_then(plain),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn names(value: &Value, into: &mut Vec<String>, depth: usize) {
    match value {
        Value::String(name) => into.push(name.clone()),
        Value::Array(values) if depth < 4 => values.iter().for_each(|value| names(value, into, depth + 1)),
        Value::Object(fields) if depth < 4 => {
            if let Some(name) = fields.get("name") {
                names(name, into, depth + 1);
            }
        }
        _ => {}
    }
}

fn picture(value: &Value) -> Option<String> {
    match value {
        Value::String(url) => Some(url.clone()),
        Value::Array(values) => values.iter().find_map(picture),
        Value::Object(fields) => fields.get("url").or_else(|| fields.get("contentUrl")).and_then(picture),
        _ => None,
    }
}

/// JSON as pages write it: with line breaks inside strings, in comments, with a semicolon after it.
fn parse_leniently(source: &str) -> Option<Value> {
    const BYTES_MAX: usize = 2 * 1024 * 1024;
    if source.len() > BYTES_MAX {
        return None;
    }
    let trimmed = source.trim().trim_start_matches("<!--").trim_end_matches("-->").trim();
    let trimmed = trimmed.trim_start_matches("//<![CDATA[").trim_start_matches("<![CDATA[");
    let trimmed = trimmed.trim_end_matches("//]]>").trim_end_matches("]]>").trim().trim_end_matches(';');
    serde_json::from_str(trimmed)
        .or_else(|_| {
            // A raw control character is the commonest fault, and white space to JSON wherever it does no harm.
            let repaired: String = trimmed.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            serde_json::from_str(&repaired)
        })
        .ok()
        // A fault further on leaves the fields before it readable.
        .or_else(|| salvage(trimmed))
}

/// The fields that matter from JSON that cannot be parsed, each where it first stands.
fn salvage(source: &str) -> Option<Value> {
    let field = |name: &str| -> Option<Value> {
        let at = source.find(&format!("\"{name}\""))?;
        let rest = source.get(at + name.len() + 2..)?.trim_start().strip_prefix(':')?.trim_start();
        let inner = rest.strip_prefix('"')?;
        let mut escaped = false;
        let end = inner.find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        })?;
        let quoted: String =
            rest.get(..end + 2)?.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        serde_json::from_str(&quoted).ok()
    };
    let mut node = serde_json::Map::new();
    for name in ["@type", "headline", "datePublished", "dateModified"] {
        if let Some(value) = field(name) {
            node.insert(name.to_owned(), value);
        }
    }
    // Without a date or a headline there is nothing to say that this is about the article.
    node.insert("@type".to_owned(), Value::from("Article"));
    node.contains_key("datePublished").then_some(Value::Object(node))
}

fn title(
    document: &Html,
    tags: &MetaTags,
    data: &StructuredData,
    selectors: &PageSelectors,
) -> Option<String> {
    let clean = |text: &str| {
        // Some write references twice over.
        let text = html::one_line(&markup::resolve(text));
        let text: String = text.chars().take(1000).collect();
        (!text.is_empty()).then_some(text)
    };
    let own = selectors.title.as_deref().and_then(|selector| listing::read_selector(selector).ok());
    if let Some(title) =
        own.and_then(|selector| document.select(&selector).find_map(|element| clean(&text_of(element))))
    {
        return Some(title);
    }
    let headings: Vec<String> = all(document, "h1")
        .into_iter()
        .filter(|heading| !is_elsewhere(*heading))
        .filter_map(|heading| clean(&text_of(heading)))
        .collect();
    let social = tags.get("og:title").or_else(|| tags.get("twitter:title")).and_then(clean);
    let window = first(document, "head title, title").and_then(|title| clean(&text_of(title)));
    let site = tags.get("og:site_name").map(str::to_owned);
    let whole = data
        .headline
        .as_deref()
        .filter(|_| data.rank >= 3)
        .and_then(clean)
        .or_else(|| social.clone())
        .or_else(|| window.clone());
    // The heading that readers see is the title without the outlet's name behind it.
    let seen = headings.iter().find(|heading| {
        [&whole, &social, &window]
            .into_iter()
            .flatten()
            .any(|title| title.starts_with(heading.as_str()) || heading.starts_with(title.as_str()))
    });
    match (seen, whole) {
        (Some(seen), _) => Some(seen.clone()),
        (None, Some(whole)) => Some(without_site(&whole, site.as_deref())),
        (None, None) => headings.into_iter().next(),
    }
}

/// Cuts the outlet's name off the end of a title.
fn without_site(title: &str, site: Option<&str>) -> String {
    for separator in [" | ", " - ", " – ", " — ", " :: ", " » ", " · "] {
        if let Some((head, tail)) = title.rsplit_once(separator) {
            let named = site.is_some_and(|site| tail.trim().eq_ignore_ascii_case(site.trim()));
            let longer = head.chars().count() >= 3 * tail.chars().count();
            if !head.trim().is_empty() && (named || site.is_none() && longer) {
                return head.trim().to_owned();
            }
        }
    }
    title.to_owned()
}

fn authors(document: &Html, tags: &MetaTags, data: &StructuredData) -> Vec<String> {
    const AUTHORS_MAX: usize = 20;
    let mut found: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        let name = html::one_line(&html::to_text(name));
        let name = name
            .trim_start_matches("โดย")
            .trim_start_matches("By ")
            .trim_start_matches("by ")
            .trim()
            .to_owned();
        let named =
            !name.is_empty() && name.chars().count() <= 80 && !name.contains("://") && !name.starts_with('@');
        if named
            && !NOBODY.iter().any(|nobody| name.eq_ignore_ascii_case(nobody))
            && !found.contains(&name)
            && found.len() < AUTHORS_MAX
        {
            found.push(name);
        }
    };
    data.authors.iter().for_each(|name| add(name));
    if data.authors.is_empty() {
        for key in ["author", "article:author", "dc.creator", "parsely-author", "sailthru.author", "byl"] {
            tags.every(key).for_each(&mut add);
        }
    }
    if found.is_empty() {
        let marked = all(document, "[itemprop=author] [itemprop=name], [itemprop=author], a[rel~=author]");
        for element in marked.into_iter().filter(|element| !is_elsewhere(*element)).take(3) {
            let name = element.value().attr("content").map(str::to_owned).unwrap_or_else(|| text_of(element));
            if found.is_empty()
                && name.chars().count() <= 80
                && !NOBODY.iter().any(|nobody| name.eq_ignore_ascii_case(nobody))
                && !name.is_empty()
            {
                found.push(name);
            }
        }
    }
    found
}

/// Whether an element lies in a part of the page about something else.
fn is_elsewhere(element: ElementRef<'_>) -> bool {
    let around = std::iter::once(element).chain(element.ancestors().filter_map(ElementRef::wrap));
    around.take(30).any(|element| {
        let value = element.value();
        matches!(value.name(), "aside" | "footer" | "nav")
            || value.name() != "body"
                && value.name() != "html"
                && [value.attr("class"), value.attr("id")].into_iter().flatten().any(|names| {
                    let names = names.to_ascii_lowercase();
                    ELSEWHERE.iter().any(|part| names.contains(part))
                })
    })
}

/// The publication date, from the first place that gives one that can be believed.
fn date(
    document: &Html,
    tags: &MetaTags,
    data: &StructuredData,
    url: &Url,
    selectors: &PageSelectors,
    now: Timestamp,
) -> (Option<Published>, Vec<Warning>) {
    let mut search = DateSearch { now, rejected: None, unreadable: false };
    let found = search.run(document, tags, data, url, selectors);
    let mut warnings = Vec::new();
    match found.or(search.rejected) {
        Some((published, warning)) => {
            warnings.extend(warning);
            (Some(published), warnings)
        }
        None => {
            if search.unreadable {
                warnings.push(Warning::DateUnreadable);
            }
            (None, warnings)
        }
    }
}

type Dated = (Published, Option<Warning>);

struct DateSearch {
    now: Timestamp,
    rejected: Option<Dated>,
    unreadable: bool,
}

impl DateSearch {
    /// Judges a candidate; keeps an impossible one aside, in case nothing better comes.
    fn take(&mut self, written: &str, origin: DateOrigin) -> Option<Dated> {
        let (published, warning) = judge_date(written, origin, self.now);
        match published {
            Some(published) if published.trust == DateTrust::Rejected => {
                self.rejected.get_or_insert((published, warning));
                None
            }
            Some(published) => Some((published, warning)),
            None => {
                self.unreadable |= warning.is_some() && origin != DateOrigin::PageText;
                None
            }
        }
    }

    fn doubtful(dated: Dated) -> Dated {
        (Published { trust: DateTrust::Doubtful, ..dated.0 }, dated.1)
    }

    fn run(
        &mut self,
        document: &Html,
        tags: &MetaTags,
        data: &StructuredData,
        url: &Url,
        selectors: &PageSelectors,
    ) -> Option<Dated> {
        let own = selectors.date.as_deref().and_then(|selector| listing::read_selector(selector).ok());
        if let Some(selector) = own
            && let Some(dated) = document.select(&selector).find_map(|element| self.element(element))
        {
            return Some(dated);
        }
        let machine = DateOrigin::StructuredData;
        if let Some(dated) = data.published.as_deref().and_then(|written| self.take(written, machine)) {
            return Some(dated);
        }
        for name in DATE_NAMES {
            if let Some(dated) = tags.every(name).find_map(|written| self.take(written, machine)) {
                return Some(dated);
            }
        }
        for element in all(
            document,
            "[itemprop=datePublished], [itemprop=dateCreated], [property='schema:datePublished'], [property='dc:date dc:created'], [property='dc:created']",
        ) {
            if !is_elsewhere(element)
                && let Some((published, warning)) = self.element(element)
            {
                return Some((Published { origin: machine, ..published }, warning));
            }
        }
        let times = all(document, "time[datetime], time[pubdate], time, abbr.published[title]");
        if let Some(dated) =
            times.into_iter().filter(|time| !is_elsewhere(*time)).find_map(|time| self.element(time))
        {
            return Some(dated);
        }
        let in_url = date_in_url(url);
        if let Some(dated) = self.visible(document) {
            return Some(dated);
        }
        // A day in the address is chosen by the system that published the page.
        if let Some(dated) = in_url.and_then(|written| self.take(&written, DateOrigin::Markup)) {
            return Some(Self::doubtful(dated));
        }
        let changed =
            data.changed.as_deref().into_iter().chain(CHANGED_NAMES.iter().filter_map(|name| tags.get(name)));
        for written in changed {
            if let Some(dated) = self.take(written, machine) {
                return Some(Self::doubtful(dated));
            }
        }
        self.running_text(document)
    }

    /// The date of one element: of its attribute for machines, else of its text.
    fn element(&mut self, element: ElementRef<'_>) -> Option<Dated> {
        for name in ["datetime", "content", "data-datetime", "title"] {
            if let Some(dated) =
                element.value().attr(name).and_then(|written| self.take(written, DateOrigin::Markup))
            {
                return Some(dated);
            }
        }
        let text = text_of(element);
        self.take(&text, DateOrigin::Markup).or_else(|| self.in_text(&text, DateOrigin::Markup))
    }

    /// The first whole date in a short text.
    fn in_text(&mut self, text: &str, origin: DateOrigin) -> Option<Dated> {
        const BYTES_MAX: usize = 600;
        let text = text.get(..text.floor_char_boundary(BYTES_MAX))?;
        for found in praden_text::find_dates(text, self.now) {
            use praden_text::Precision::{Month, Year};
            // A clock time alone is read as today's: that is no date of publication. A year is a number.
            if matches!(found.precision, Month | Year) || found.calendar.is_none() {
                continue;
            }
            let Some(at) = found.value.to_instant() else { continue };
            let written = text.get(found.start..found.end).unwrap_or("");
            let (published, warning) = judge_instant(at, found.precision, origin, written, self.now);
            if published.trust == DateTrust::Rejected {
                self.rejected.get_or_insert((published, warning));
            } else {
                return Some((published, warning));
            }
        }
        None
    }

    /// Dates where readers see them, near the top of the article.
    fn visible(&mut self, document: &Html) -> Option<Dated> {
        const PLACES_MAX: usize = 60;
        let places = all(document, DATE_PLACES);
        for element in places.into_iter().filter(|element| !is_elsewhere(*element)).take(PLACES_MAX) {
            let text = text_of(element);
            // The whole article may carry such a class: only short texts are date lines.
            if text.chars().count() <= 200
                && let Some(dated) = self.in_text(&text, DateOrigin::Markup)
            {
                return Some(dated);
            }
        }
        None
    }

    /// Dates in running text: where it says that this is the date, else the first one after the headline.
    fn running_text(&mut self, document: &Html) -> Option<Dated> {
        const BYTES_MAX: usize = 20_000;
        const SAYS_SO: &[&str] = &[
            "เผยแพร่",
            "วันที่โพสต์",
            "โพสต์เมื่อ",
            "อัปเดต",
            "อัพเดต",
            "ปรับปรุง",
            "ประกาศเมื่อ",
            "วันที่ลง",
            "ลงวันที่",
            "published",
            "posted",
            "publish date",
            "date:",
            "updated",
        ];
        let body = first(document, "body")?;
        let mut text = String::new();
        for node in body.descendants() {
            if let Some(piece) = node.value().as_text() {
                let hidden = node.parent().and_then(ElementRef::wrap).is_some_and(|parent| {
                    matches!(parent.value().name(), "script" | "style" | "noscript" | "template")
                });
                if !hidden {
                    text.push_str(piece);
                    text.push(' ');
                }
            }
            if text.len() > BYTES_MAX {
                break;
            }
        }
        let lower = text.to_lowercase();
        // Lower case may change lengths; then the place is only near the word, which is near enough for a date after it.
        let mut places: Vec<usize> = SAYS_SO.iter().filter_map(|word| lower.find(word)).collect();
        places.sort_unstable();
        for place in places {
            let start = text.floor_char_boundary(place);
            let end = text.floor_char_boundary((start + 300).min(text.len()));
            let window = html::one_line(text.get(start..end).unwrap_or(""));
            if let Some(dated) = self.in_text(&window, DateOrigin::PageText) {
                return Some(dated);
            }
        }
        None
    }
}

/// `/2024/01/15/` or `20240115` or `2024-01-15` in the path.
fn date_in_url(url: &Url) -> Option<String> {
    let path = url.path();
    let digits =
        |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = path.split(['/', '-', '_', '.']).collect();
    for window in parts.windows(3) {
        if let [year, month, day] = window
            && digits(year, 4)
            && (digits(month, 2) || digits(month, 1))
            && (digits(day, 2) || digits(day, 1))
        {
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

fn plausible(written: &str) -> bool {
    written.parse::<jiff::civil::Date>().is_ok_and(|date| (1995..=2100).contains(&date.year()))
}
