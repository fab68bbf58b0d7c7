//! The text of the article.

use std::panic::catch_unwind;

use praden_model::PageSelectors;
use scraper::Html;
use url::Url;

use super::FoundBy;
use super::meta::Meta;
use super::slim::slim;
use crate::markup::{Token, Tokens};
use crate::{html, listing};

/// Under this many characters a text is more likely a teaser or a notice than the article: another way is tried.
const CHARS_MIN: usize = 250;

/// A page with more tags than this is given to the fast extractor only: the thorough one takes over 7 s for 100,000.
const TAGS_THOROUGH_MAX: usize = 30_000;

/// A page with more tags than this, or more markup than the limit below, is not made into a tree at all.
const TAGS_MAX: usize = 250_000;

/// The longest page the thorough extractor is given, in bytes.
const BYTES_THOROUGH_MAX: usize = 3 * 1024 * 1024;

/// A page and its tree.
pub(super) struct Parsed {
    /// The tree.
    pub(super) document: Html,
    /// Whether it is small and plain enough for the thorough extractor.
    thorough: bool,
}

/// Builds the tree, unless the page is too large for one.
///
/// `flattened` says that its nesting was out of all measure: what is left of such a page is read by the fast extractor only.
pub(super) fn parse_bounded(text: &str, flattened: bool) -> Option<Parsed> {
    let tags =
        Tokens::new(text).filter(|(token, _)| matches!(token, Token::Open { .. })).take(TAGS_MAX + 1).count();
    let thorough = !flattened && tags <= TAGS_THOROUGH_MAX && text.len() <= BYTES_THOROUGH_MAX;
    (tags <= TAGS_MAX).then(|| Parsed { document: Html::parse_document(text), thorough })
}

/// Finds the text, and says what found it.
pub(super) fn find(
    text: &str,
    parsed: &Parsed,
    url: &Url,
    selectors: &PageSelectors,
    meta: &Meta,
) -> (String, FoundBy) {
    if let Some(selector) =
        selectors.body.as_deref().and_then(|selector| listing::read_selector(selector).ok())
    {
        let parts: Vec<String> =
            parsed.document.select(&selector).map(|element| html::to_text(&element.inner_html())).collect();
        let body = html::squeeze(&parts.join("\n"));
        // What the desk named counts as soon as it has anything in it.
        if !body.is_empty() {
            return (body, FoundBy::Selector);
        }
    }
    let mut best = if parsed.thorough { thorough(text, parsed, url) } else { None }
        .map(|body| (body, FoundBy::Trafilatura))
        .unwrap_or_default();
    if best.0.chars().count() < CHARS_MIN
        && let Some(second) = readability(text, url)
        && second.chars().count() > best.0.chars().count()
    {
        best = (second, FoundBy::Readability);
    }
    // Pages that are put together by scripts have their text nowhere but here.
    if let Some(own) = &meta.article_body
        && own.chars().count() > CHARS_MIN.max(2 * best.0.chars().count())
    {
        best = (own.clone(), FoundBy::StructuredData);
    }
    if best.0.is_empty() { (String::new(), FoundBy::Nothing) } else { best }
}

/// The first extractor's opinion.
///
/// Alone it takes a third of the time that it takes together with the two others that it compares itself with. It gives way to them
/// when it found next to nothing, or less than half of what they did; they cannot find more than all the prose that there is. So
/// where it found half of that, they need not be asked. On the 269 pages of the suites and fixtures that left every text as it was;
/// nine in ten are read in the short way.
fn thorough(text: &str, parsed: &Parsed, url: &Url) -> Option<String> {
    let slim = slim(&parsed.document);
    if let Some(content) = trafilatura(&slim.html, url, false) {
        let body = html::to_text(&content);
        let chars = body.chars().filter(|c| !c.is_whitespace()).count();
        // Text without paragraphs gives way to any other that has them.
        if chars >= CHARS_MIN && slim.prose_chars <= 2 * chars && content.contains("<p") {
            return Some(body);
        }
    }
    // Portals of one make put the whole page into a form, others draw it with scripts: what was cut away may be all there is.
    let text = if slim.prose_chars >= 2 * CHARS_MIN { &slim.html } else { text };
    let body = html::to_text(&trafilatura(text, url, true)?);
    (!body.is_empty()).then_some(body)
}

/// The article's markup. With `compared`, two other extractors are asked too.
fn trafilatura(text: &str, url: &Url, compared: bool) -> Option<String> {
    let mut options = trafilatura::Options::default()
        .with_url(url.clone())
        .with_fallback(compared)
        .with_exclude_comments(true);
    // Teasers and boxes around the article are other articles' words, which would be matched and counted as this one's.
    // News suite: F1 0.971 with this, 0.964 without; recall loses 0.003.
    options.focus = trafilatura::ExtractionFocus::FavorPrecision;
    // Dates are read by our own rules, which know where each came from.
    options.html_date_mode = trafilatura::HtmlDateMode::Disabled;
    // Other people's code on hostile input: a panic costs this page's first opinion and nothing else.
    let result = catch_unwind(|| trafilatura::extract(text, &options).ok()).ok().flatten()?;
    Some(result.content_html)
}

fn readability(text: &str, url: &Url) -> Option<String> {
    let config = dom_smoothie::Config {
        // Without it the words of neighbouring blocks are glued together.
        text_mode: dom_smoothie::TextMode::Formatted,
        max_elements_to_parse: 0,
        ..dom_smoothie::Config::default()
    };
    let result = catch_unwind(|| {
        let mut reader = dom_smoothie::Readability::new(text, Some(url.as_str()), Some(config)).ok()?;
        reader.parse().ok()
    });
    let body = html::squeeze(&result.ok().flatten()?.text_content);
    (!body.is_empty()).then_some(body)
}
