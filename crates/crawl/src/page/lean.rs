//! A page without what no reader of it needs: scripts, styles, drawings, comments, and tags swollen by data.
//!
//! Half of a news page and more is for browsers only. It is left out once, before two trees are built of the page. What
//! pages say to machines (`meta`, JSON-LD) stays.

use crate::markup::{Token, Tokens, attributes};

/// Elements left out with all that is in them.
const DROPPED: &[&str] =
    &["script", "style", "svg", "template", "noscript", "iframe", "canvas", "object", "datalist"];

/// A tag longer than this, in bytes, is written anew without the attributes that nobody here reads.
const TAG_BYTES_MAX: usize = 160;

/// An attribute longer than this is data of a script or a picture in letters. Of `content` more is kept.
const VALUE_BYTES_MAX: usize = 1000;

/// The page, leaner. The text of a reader is the same.
pub(super) fn lean(page: &str) -> String {
    let mut out = String::with_capacity(page.len() / 2);
    let mut tokens = Tokens::new(page);
    while let Some((token, range)) = tokens.next() {
        let end = range.end;
        let source = page.get(range).unwrap_or("");
        match token {
            Token::Other if source.starts_with("<!--") || source.starts_with("<?") => {}
            Token::Open { name, attributes: inside, closed } => {
                let dropped = DROPPED.iter().find(|known| known.eq_ignore_ascii_case(name));
                let Some(dropped) = dropped else {
                    if source.len() > TAG_BYTES_MAX {
                        write_tag(&mut out, name, inside, closed);
                    } else {
                        out.push_str(source);
                    }
                    continue;
                };
                // Only SVG knows elements that close themselves.
                let whole = closed && *dropped == "svg";
                let (inner, after) = if whole { (end, end) } else { end_of(page, dropped, end) };
                if *dropped == "script" && inside.contains("ld+json") {
                    out.push_str(page.get(end - source.len()..after).unwrap_or(""));
                } else {
                    // Words on both sides of it stay two.
                    out.push(' ');
                }
                // An element that never ends swallows nothing but its tag: the page behind it may be all there is.
                tokens.skip_to(if inner < page.len() { after } else { end });
            }
            _ => out.push_str(source),
        }
    }
    out
}

/// Where the closing tag of an element begins and ends, from a position inside it. The end of the page when it has none.
fn end_of(page: &str, name: &str, from: usize) -> (usize, usize) {
    let rest = page.get(from..).unwrap_or("");
    for (at, _) in rest.match_indices("</") {
        let tag = rest.get(at + 2..).unwrap_or("");
        if tag.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)) {
            let end = tag.find('>').map_or(rest.len(), |end| at + 2 + end + 1);
            return (from + at, from + end);
        }
    }
    (page.len(), page.len())
}

fn write_tag(out: &mut String, name: &str, inside: &str, closed: bool) {
    out.push('<');
    out.push_str(name);
    for (key, value) in attributes(inside) {
        let lower = key.to_ascii_lowercase();
        let unread = lower.starts_with("on")
            || matches!(
                lower.as_str(),
                "style" | "srcset" | "sizes" | "integrity" | "jsaction" | "jsdata" | "d"
            )
            || lower.starts_with("data-") && !["date", "time", "pub"].iter().any(|part| lower.contains(part));
        let long = value.len() > VALUE_BYTES_MAX && lower != "content";
        let embedded = value.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("data:"));
        if !unread && !long && !embedded {
            out.push(' ');
            out.push_str(&lower);
            out.push_str("=\"");
            out.push_str(&value.replace('&', "&amp;").replace('"', "&quot;"));
            out.push('"');
        }
    }
    out.push_str(if closed { " />" } else { ">" });
}
