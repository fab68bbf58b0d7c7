//! What a page says of its article in JSON-LD (<https://schema.org/Article>), read as leniently as pages write it.

use scraper::Html;
use serde_json::Value;

use super::meta::all;
use crate::html;

/// What JSON-LD says of the article.
#[derive(Default)]
pub(super) struct StructuredData {
    /// How surely it is about the article: 3 for an article, 1 for a page.
    pub(super) rank: u8,
    pub(super) headline: Option<String>,
    pub(super) published: Option<String>,
    pub(super) changed: Option<String>,
    pub(super) authors: Vec<String>,
    pub(super) image: Option<String>,
    pub(super) body: Option<String>,
}

impl StructuredData {
    pub(super) fn read(document: &Html) -> Self {
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
