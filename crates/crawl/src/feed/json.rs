//! JSON Feed, versions 1 and 1.1 (<https://www.jsonfeed.org/version/1.1/>).

use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use super::{ENTRIES_MAX, Enclosure, Entry, FeedDate, FeedInfo, ParsedFeed};
use crate::html;

/// Reads a document that starts with `{`. Nothing when it is not JSON or has no list of items.
pub(super) fn parse(text: &str, base: Option<&Url>, now: Timestamp) -> Option<ParsedFeed> {
    let document: Value = serde_json::from_str(text).ok()?;
    let items = document.get("items")?.as_array()?;
    let link = |value: &Value, name: &str| text_of(value, name).map(|link| resolve(&link, base));
    let feed = FeedInfo {
        title: text_of(&document, "title"),
        link: link(&document, "home_page_url"),
        language: text_of(&document, "language"),
        id: text_of(&document, "feed_url"),
        subtitle: text_of(&document, "description"),
        authors: authors(&document),
        ..FeedInfo::default()
    };
    let entries = items
        .iter()
        .take(ENTRIES_MAX)
        .map(|item| {
            let date = |name| text_of(item, name);
            let updated = date("date_modified").and_then(|written| FeedDate::read(&written, now));
            let published = date("date_published").and_then(|written| FeedDate::read(&written, now));
            let date_unreadable = date("date_published").filter(|_| published.is_none());
            Entry {
                id: text_of(item, "id").unwrap_or_default(),
                title: text_of(item, "title"),
                link: link(item, "url").or_else(|| link(item, "external_url")),
                published: published.or_else(|| updated.clone()),
                updated,
                authors: authors(item),
                summary: text_of(item, "summary"),
                content: text_of(item, "content_html")
                    .map(|content| html::clean(&content, base, false))
                    .or_else(|| {
                        text_of(item, "content_text")
                            .map(|text| text.replace('&', "&amp;").replace('<', "&lt;"))
                    }),
                tags: item
                    .get("tags")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .filter_map(plain)
                    .collect(),
                enclosures: item
                    .get("attachments")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .filter_map(|attachment| link(attachment, "url").map(|url| Enclosure { url }))
                    .collect(),
                date_unreadable,
                ..Entry::default()
            }
        })
        .collect();
    Some(ParsedFeed {
        feed,
        entries,
        entries_over_limit: items.len().saturating_sub(ENTRIES_MAX),
        ..ParsedFeed::default()
    })
}

/// A string; a number counts as one, because some writers give numbers as identifiers.
fn plain(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn text_of(value: &Value, name: &str) -> Option<String> {
    plain(value.get(name)?)
}

fn resolve(link: &str, base: Option<&Url>) -> String {
    base.and_then(|base| base.join(link).ok()).map_or_else(|| link.to_owned(), |url| url.to_string())
}

fn authors(value: &Value) -> Vec<String> {
    let many = value.get("authors").and_then(Value::as_array).into_iter().flatten();
    many.chain(value.get("author"))
        .filter_map(|author| text_of(author, "name").or_else(|| plain(author)))
        .collect()
}
