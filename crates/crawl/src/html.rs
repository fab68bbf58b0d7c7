//! Fragments of HTML as feeds carry them: made harmless, made plain, and measured before a parser may see them.
//!
//! Works on tokens, without a tree. Whole pages and what is the article in them are left to [`crate::page`].

use std::borrow::Cow;
use std::fmt::Write as _;

use url::Url;

use crate::markup::{self, Token, Tokens, attributes, resolve};

/// Elements whose content is no text for a reader, dropped with all that is in them.
const DROPPED: &[&str] =
    &["script", "style", "iframe", "object", "embed", "applet", "noscript", "template", "form", "frameset"];

/// Elements that never have content.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];

/// Elements that start a new line when text is made of them.
const BLOCK: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "dd",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "td",
    "th",
    "tr",
    "ul",
];

/// Attributes whose value is a link.
const LINKS: &[&str] = &["href", "src", "cite", "longdesc", "poster", "background", "usemap"];

const XLINK: &str = "http://www.w3.org/1999/xlink";

fn is(name: &str, list: &[&str]) -> bool {
    list.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Brings a fragment to one form and takes out what could act: scripts, frames, forms, event handlers, styles, links of
/// other schemes. Relative links are resolved against `base`. Character references stay as they are.
///
/// `xml` says which rules the fragment was written under: only there does `<x/>` close an element that HTML does not
/// know to be empty.
pub(crate) fn clean(fragment: &str, base: Option<&Url>, xml: bool) -> String {
    let mut out = String::with_capacity(fragment.len());
    // The names of dropped elements that are open: nothing is written while there is one.
    let mut dropped: Option<(String, usize)> = None;
    let mut xlink_declared = false;
    // SVG and MathML close what is empty; HTML does not know that form.
    let mut foreign: Option<&str> = None;
    let mut open = 0_usize;
    for (token, range) in Tokens::new(fragment) {
        if let Some((name, depth)) = &mut dropped {
            match token {
                Token::Open { name: inner, closed: false, .. } if inner.eq_ignore_ascii_case(name) => {
                    *depth += 1;
                }
                Token::Close { name: inner } if inner.eq_ignore_ascii_case(name) => *depth -= 1,
                _ => {}
            }
            if *depth == 0 {
                dropped = None;
            }
            continue;
        }
        match token {
            Token::Text(text) => push_text(&mut out, text),
            Token::CData(text) => push_text(&mut out, text),
            // A declaration that never ends is a writer's `<!`, not a declaration.
            Token::Other => {
                let source = fragment.get(range).unwrap_or("");
                if !source.ends_with('>') {
                    out.push_str(source);
                }
            }
            Token::Open { name, attributes: inside, closed } => {
                if is(name, DROPPED) {
                    if !closed && !is(name, VOID) {
                        dropped = Some((name.to_owned(), 1));
                    }
                    continue;
                }
                let local = name.rsplit(':').next().unwrap_or(name);
                let namespace = match (local.to_ascii_lowercase().as_str(), foreign) {
                    ("svg", None) => Some("http://www.w3.org/2000/svg"),
                    ("math", None) => Some("http://www.w3.org/1998/Math/MathML"),
                    _ => None,
                };
                let written = match foreign.or(namespace) {
                    Some(_) => Cow::Borrowed(local),
                    None => Cow::Owned(local.to_ascii_lowercase()),
                };
                open_tag(&mut out, &written, inside, namespace, base, &mut xlink_declared);
                if foreign.is_none() && is(&written, VOID) {
                    out.push_str(" />");
                } else if closed && xml {
                    let _ = write!(out, "></{written}>");
                } else {
                    out.push('>');
                    if namespace.is_some() && !closed {
                        foreign = namespace;
                        open = 0;
                    } else if foreign.is_some() && !closed {
                        open += 1;
                    }
                }
            }
            Token::Close { name } => {
                let local = name.rsplit(':').next().unwrap_or(name);
                if foreign.is_some() {
                    let _ = write!(out, "</{local}>");
                    if open == 0 || local.eq_ignore_ascii_case("svg") || local.eq_ignore_ascii_case("math") {
                        foreign = None;
                    } else {
                        open -= 1;
                    }
                } else if !is(local, VOID) {
                    let _ = write!(out, "</{}>", local.to_ascii_lowercase());
                }
            }
        }
    }
    out
}

fn open_tag(
    out: &mut String,
    name: &str,
    inside: &str,
    namespace: Option<&str>,
    base: Option<&Url>,
    xlink: &mut bool,
) {
    let mut kept: Vec<(&str, Cow<'_, str>)> = Vec::new();
    for (key, value) in attributes(inside) {
        let lower = key.to_ascii_lowercase();
        let harmful = lower.starts_with("on")
            || lower.starts_with("xmlns")
            || matches!(lower.as_str(), "style" | "srcdoc" | "formaction");
        if harmful || kept.iter().any(|(seen, _)| seen.eq_ignore_ascii_case(key)) {
            continue;
        }
        let linked = is(lower.rsplit(':').next().unwrap_or(&lower), LINKS);
        let value = if linked { resolve_link(&value, base).map(Cow::Owned) } else { Some(value) };
        if let Some(value) = value {
            kept.push((key, value));
        }
    }
    if let Some(namespace) = namespace {
        kept.push(("xmlns", Cow::Borrowed(namespace)));
    }
    if !*xlink && kept.iter().any(|(key, _)| key.starts_with("xlink:")) {
        *xlink = true;
        kept.push(("xmlns:xlink", Cow::Borrowed(XLINK)));
    }
    // One order, so that the same fragment is the same text however its writer ordered it.
    kept.sort_by(|a, b| a.0.cmp(b.0));
    out.push('<');
    out.push_str(name);
    for (key, value) in kept {
        let _ = write!(
            out,
            " {key}=\"{}\"",
            value.replace('&', "&amp;").replace('"', "&quot;").replace("&amp;amp;", "&amp;")
        );
    }
}

/// A link made absolute; nothing for schemes that run code.
fn resolve_link(link: &str, base: Option<&Url>) -> Option<String> {
    let squeezed: String = link.chars().filter(|c| !c.is_whitespace() && !c.is_control()).take(16).collect();
    let lower = squeezed.to_ascii_lowercase();
    if ["javascript:", "vbscript:", "data:text"].iter().any(|scheme| lower.starts_with(scheme)) {
        return None;
    }
    let link = link.trim();
    match base {
        // Only what is relative: an absolute link stays as its writer wrote it.
        Some(base) if Url::parse(link).is_err() && !link.is_empty() => {
            Some(base.join(link).map_or_else(|_| link.to_owned(), |url| readable(&url, link)))
        }
        _ => Some(link.to_owned()),
    }
}

/// A resolved URL, with the letters that its relative form had left unescaped.
fn readable(url: &Url, link: &str) -> String {
    if link.is_ascii() {
        return url.to_string();
    }
    let escaped: String = link
        .chars()
        .map(|c| {
            if c.is_ascii() {
                c.to_string()
            } else {
                c.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect()
            }
        })
        .collect();
    url.as_str().replace(&escaped, link)
}

fn push_text(out: &mut String, text: &str) {
    // Bare angle brackets become what they look like; references stay references, in one spelling.
    let mut parts = text.replace('<', "&lt;").replace("&#X", "&#x");
    // Numbers of windows-1252, which no standard ever gave a meaning, become the letters that were meant.
    if parts.contains("&#1") {
        for code in 128..=159_u32 {
            if let Some(meant) = markup::from_code(code).filter(|meant| u32::from(*meant) != code) {
                parts = parts.replace(&format!("&#{code};"), &format!("&#x{:x};", u32::from(meant)));
            }
        }
    }
    out.push_str(&parts);
}

/// The text of a fragment for a reader: lines for blocks, no markup, references resolved, white space squeezed.
pub(crate) fn to_text(fragment: &str) -> String {
    let mut out = String::with_capacity(fragment.len());
    let mut dropped: Option<&str> = None;
    for (token, _) in Tokens::new(fragment) {
        match (token, dropped) {
            (Token::Close { name }, Some(open)) if name.eq_ignore_ascii_case(open) => dropped = None,
            (_, Some(_)) | (Token::Other, None) => {}
            (Token::Open { name, closed, .. }, None) if is(name, DROPPED) => {
                dropped = (!closed && !is(name, VOID)).then_some(name);
            }
            (Token::Open { name, .. } | Token::Close { name }, None) => {
                if is(name, BLOCK) {
                    out.push('\n');
                }
            }
            (Token::Text(text) | Token::CData(text), None) => {
                // A line break in the source is only white space.
                out.extend(resolve(text).chars().map(|c| if c == '\n' || c == '\r' { ' ' } else { c }));
            }
        }
    }
    squeeze(&out)
}

/// Trims lines, squeezes white space inside them, and leaves out empty ones.
pub(crate) fn squeeze(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split(['\n', '\r']) {
        let mut words =
            line.split(|c: char| c.is_whitespace() || c == '\u{A0}').filter(|word| !word.is_empty());
        if let Some(first) = words.next() {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(first);
            for word in words {
                out.push(' ');
                out.push_str(word);
            }
        }
    }
    out
}

/// Squeezes all white space to single spaces: for titles and names.
pub(crate) fn one_line(text: &str) -> String {
    squeeze(text).replace('\n', " ")
}

/// How deep elements may lie in each other in a page at most, counted without knowing which tags HTML closes by itself.
///
/// Too high a figure is only a page that is flattened; too low a one is a stack overflow, which cannot be caught.
pub(crate) fn depth(html: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    for (token, _) in Tokens::new(html) {
        match token {
            Token::Open { name, closed: false, .. } if nests(name) => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            Token::Close { name } if nests(name) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Whether an element nests when it is not closed: void elements do not, and a paragraph, item or cell ends the one
/// before it.
fn nests(name: &str) -> bool {
    const CLOSED_BY_THE_NEXT: &[&str] =
        &["p", "li", "dt", "dd", "option", "optgroup", "tr", "td", "th", "thead", "tbody", "tfoot"];
    !is(name, VOID) && !is(name, CLOSED_BY_THE_NEXT)
}

/// The same page with nothing deeper than `limit`: tags below are left out, their text stays.
pub(crate) fn flatten(html: &str, limit: usize) -> String {
    let mut out = String::with_capacity(html.len());
    let mut depth = 0_usize;
    for (token, range) in Tokens::new(html) {
        let keep = match token {
            Token::Open { name, closed: false, .. } if nests(name) => {
                depth += 1;
                depth <= limit
            }
            Token::Close { name } if nests(name) => {
                depth = depth.saturating_sub(1);
                depth < limit
            }
            _ => true,
        };
        if keep {
            out.push_str(html.get(range).unwrap_or(""));
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_are_brought_to_one_harmless_form() {
        let base = Url::parse("http://any.test/x/").ok();
        for (fragment, want) in [
            ("a<br>b<BR/>", "a<br />b<br />"),
            ("<a href=foo onclick='x()'>t</a>", "<a href=\"http://any.test/x/foo\">t</a>"),
            ("<a href=\" java\nscript:x\">t</a>", "<a>t</a>"),
            ("x<script>alert(1)</script>y<style>z", "xy"),
            ("<img width=1 src=/a.png>", "<img src=\"http://any.test/a.png\" width=\"1\" />"),
            ("1 &lt; 2 < 3 &#X61;", "1 &lt; 2 &lt; 3 &#x61;"),
            ("<!DOCTYPE html>x<!-- y -->z", "xz"),
            ("<p><b>ก</p>", "<p><b>ก</p>"),
        ] {
            assert_eq!(clean(fragment, base.as_ref(), false), want, "{fragment}");
        }
    }

    #[test]
    fn text_has_a_line_for_each_block() {
        for (fragment, want) in [
            ("<p>หนึ่ง</p>\n<p>สอง &amp; สาม</p>", "หนึ่ง\nสอง & สาม"),
            ("ก<br>ข<br/>\n\nค", "ก\nข\nค"),
            ("<b>ก</b>ข\nค", "กข ค"),
            ("x<script>if (a<b) y()</script>z", "xz"),
            ("&nbsp; ก &nbsp;", "ก"),
        ] {
            assert_eq!(to_text(fragment), want, "{fragment}");
        }
    }

    #[test]
    fn depth_is_seen_and_cut() {
        assert_eq!(depth("<div><p>a<p>b<br><img></div><div></div>"), 1);
        let deep = format!("{}ลึก{}", "<div>".repeat(1000), "</div>".repeat(1000));
        assert_eq!(depth(&deep), 1000);
        let flat = flatten(&deep, 100);
        assert_eq!(depth(&flat), 100);
        assert!(flat.contains("ลึก"));
    }

    proptest::proptest! {
        #[test]
        fn cleaning_twice_changes_nothing_more(fragment in "(<(p|br|a href=x|b|script|/p|/a|/b|/script)>|[a-z&; ]|&lt;|&amp;|<|>)*") {
            let once = clean(&fragment, None, false);
            assert_eq!(clean(&once, None, false), once);
            to_text(&fragment);
            depth(&fragment);
        }
    }
}
