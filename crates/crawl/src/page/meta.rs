//! What a page says of itself: title, authors, address, picture, language.
//!
//! Written for machines first (JSON-LD, then `meta`, then `itemprop`), then marked up for readers. The date is found by
//! [`super::date`].

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use jiff::Timestamp;
use praden_model::{PageSelectors, Published, Warning};
use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::body::Parsed;
use super::data::StructuredData;
use super::date::{self, Surroundings};
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

/// A heading or a named place says what the page is about from this many characters on; menus and boxes have shorter ones.
const CHARS_TELLING: usize = 16;

/// A window title up to this long may be an outlet's name alone.
const WINDOW_CHARS_MAX: usize = 60;

/// Where pages without headings have their title.
const TITLE_PLACES: &str = "[itemprop=headline], [class*=news_title], [class*=news-title], [class*=newstitle], [class*=post-title], \
    [class*=article-title], [class*=headline], [class*=topic], [class*=subject], [id*=lblTitle], [id*=lblHeader], [id*=lblTopic]";

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
    "super user",
    "anonymous",
    "unknown",
    "null",
    "undefined",
];

/// Reads everything. `source` is the whole page, with its scripts.
pub(super) fn read(
    parsed: &Parsed,
    source: &str,
    url: &Url,
    selectors: &PageSelectors,
    now: Timestamp,
) -> Meta {
    let document = &parsed.document;
    let base = listing::base_of(document, url);
    let link =
        |written: &str| base.join(written.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let tags = MetaTags::read(document);
    let data = StructuredData::read(document);
    let title = title(document, &tags, &data, selectors);
    let language = first(document, "html[lang]")
        .and_then(|element| element.value().attr("lang"))
        .or_else(|| tags.get("content-language"))
        .or_else(|| tags.get("og:locale"))
        .map(|language| language.trim().replace('_', "-"))
        .filter(|language| !language.is_empty() && language.len() <= 35);
    let (published, warnings) = date::find(&Surroundings {
        document,
        source,
        tags: &tags,
        data: &data,
        url,
        selectors,
        title: title.as_deref(),
        language: language.as_deref(),
        now,
    });
    Meta {
        title,
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
        language,
        article_body: data.body,
        warnings,
    }
}

pub(super) fn all<'a>(document: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    Selector::parse(selector).map(|selector| document.select(&selector).collect()).unwrap_or_default()
}

pub(super) fn first<'a>(document: &'a Html, selector: &str) -> Option<ElementRef<'a>> {
    document.select(&Selector::parse(selector).ok()?).next()
}

pub(super) fn text_of(element: ElementRef<'_>) -> String {
    html::one_line(&element.text().collect::<Vec<_>>().join(" "))
}

/// The `meta` elements of a page: name, property, http-equiv or itemprop in lower case, and content.
pub(super) struct MetaTags(Vec<(String, String)>);

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

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, content)| content.as_str())
    }

    pub(super) fn every<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, content)| content.as_str())
    }
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
    let texts = |selector: &str| -> Vec<String> {
        let elements = all(document, selector).into_iter().filter(|element| !is_elsewhere(*element));
        elements.filter_map(|element| clean(&text_of(element))).collect()
    };
    let headings = texts("h1");
    let social = tags.get("og:title").or_else(|| tags.get("twitter:title")).and_then(clean);
    let window = first(document, "head title, title").and_then(|title| clean(&text_of(title)));
    let site = tags.get("og:site_name").map(str::to_owned);
    let told = data.headline.as_deref().filter(|_| data.rank >= 3).and_then(clean).or_else(|| social.clone());
    let whole = told.clone().or_else(|| window.clone());
    // The heading that readers see is the title without the outlet's name before or behind it; the longest such heading,
    // because the outlet's name may be a heading itself.
    let lower = texts("h2, h3");
    let of_title = |heading: &&String, chars_min: usize| {
        let (heading, chars) = (heading.as_str(), heading.chars().count());
        [&whole, &social, &window].into_iter().flatten().any(|title| {
            title.starts_with(heading)
                || heading.starts_with(title.as_str()) && chars_min == 0
                || title.ends_with(heading) && chars >= CHARS_TELLING && 2 * chars >= title.chars().count()
        }) && chars >= chars_min
    };
    let first_heading = headings.iter().filter(|heading| of_title(heading, 0));
    let lower_heading = lower.iter().filter(|heading| of_title(heading, CHARS_TELLING));
    // The first of the longest: `max_by_key` gives the last.
    let seen = first_heading.chain(lower_heading).rev().max_by_key(|heading| heading.chars().count());
    if let Some(seen) = seen {
        return Some(seen.clone());
    }
    // A window with the outlet's name and nothing more, as old portals have: the title stands where readers see it.
    if told.is_none() && headings.is_empty() {
        let named = texts(TITLE_PLACES).into_iter().chain(lower).find(|text| {
            (CHARS_TELLING..=300).contains(&text.chars().count())
                && window.as_ref().is_none_or(|window| !window.contains(text.as_str()))
        });
        let short = window.as_ref().is_none_or(|window| window.chars().count() <= WINDOW_CHARS_MAX);
        if short && named.is_some() {
            return named;
        }
    }
    whole.map(|whole| without_site(&whole, site.as_deref())).or_else(|| headings.into_iter().next())
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
    let add = |found: &mut Vec<String>, name: &str| {
        let name = html::one_line(&html::to_text(name));
        let name = name
            .trim_start_matches("เขียน")
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
    data.authors.iter().for_each(|name| add(&mut found, name));
    if data.authors.is_empty() {
        for key in ["author", "article:author", "dc.creator", "parsely-author", "sailthru.author", "byl"] {
            tags.every(key).for_each(|name| add(&mut found, name));
        }
    }
    if found.is_empty() {
        let marked = all(document, "[itemprop=author] [itemprop=name], [itemprop=author], a[rel~=author]");
        let own = marked.into_iter().filter(|element| {
            // Around a name there is more than the name.
            let around = element.descendants().filter_map(ElementRef::wrap).skip(1);
            !is_elsewhere(*element)
                && !around.into_iter().any(|inner| inner.value().attr("itemprop") == Some("name"))
        });
        for element in own.take(3) {
            if found.is_empty() {
                add(
                    &mut found,
                    &element.value().attr("content").map(str::to_owned).unwrap_or_else(|| text_of(element)),
                );
            }
        }
    }
    found
}

/// Whether an element lies in a part of the page about something else.
pub(super) fn is_elsewhere(element: ElementRef<'_>) -> bool {
    let around = std::iter::once(element).chain(element.ancestors().filter_map(ElementRef::wrap));
    let mut in_article = false;
    for element in around.take(30) {
        // What an article lies in says nothing about it by its name: builders call everything a widget.
        let by_tag = matches!(element.value().name(), "aside" | "nav");
        if by_tag || !in_article && is_named_elsewhere(element) {
            return true;
        }
        in_article |= is_article(element);
    }
    false
}

fn is_article(element: ElementRef<'_>) -> bool {
    let value = element.value();
    let kind = value.attr("itemtype").unwrap_or("");
    kind.ends_with("Article")
        || kind.ends_with("BlogPosting")
        || value.classes().any(|class| class == "hentry")
}

/// Finds the parts of names in [`ELSEWHERE`], however they are written.
static ELSEWHERE_PARTS: LazyLock<AhoCorasick> = LazyLock::new(|| names_automaton(ELSEWHERE));

/// An automaton over parts of names: asked of every element of a page, it has to be quick to say no.
#[expect(clippy::expect_used, reason = "a hundred short names fit an automaton")]
pub(super) fn names_automaton(parts: &[&str]) -> AhoCorasick {
    AhoCorasick::builder().ascii_case_insensitive(true).build(parts).expect("a hundred names")
}

/// Whether an element's own name says that it is about something else.
pub(super) fn is_named_elsewhere(element: ElementRef<'_>) -> bool {
    let value = element.value();
    let names = [value.attr("class"), value.attr("id")];
    // Many blogs close an article with a `footer` that says who wrote it and when.
    let foot = |names: &str| ["entry", "post", "article", "meta"].iter().any(|part| names.contains(part));
    match value.name() {
        "html" | "body" => false,
        "aside" | "nav" => true,
        "footer" => !names.into_iter().flatten().any(foot),
        _ => names.into_iter().flatten().flat_map(str::split_whitespace).any(|name| {
            if !ELSEWHERE_PARTS.is_match(name) {
                return false;
            }
            let name = name.to_ascii_lowercase();
            // What a page builder calls everything, and what only says how the page is laid out.
            let layout =
                ["elementor", "no-", "has-", "with-", "without-"].iter().any(|start| name.starts_with(start));
            !(layout || name.contains("footer") && foot(&name))
        }),
    }
}
