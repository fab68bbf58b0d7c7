//! The body of a page without what the first extractor throws away before it looks: frames, forms, menus, comments, and every
//! attribute that none of its rules asks for.
//!
//! That extractor copies its tree several times over. A page cut down to what it will weigh is read in a third of the time, and
//! comes out the same. On the way the words are counted that stand outside links and side columns: they bound what another
//! extractor could find.

use scraper::node::Element;
use scraper::{ElementRef, Html, Node};

use super::meta::is_named_elsewhere;

/// Elements that the extractor leaves out with all that is in them (its `TAGS_TO_CLEAN`); `figure` is not here, because one that
/// holds a table is kept.
const LEFT_OUT: &[&str] = &[
    "head", "aside", "embed", "footer", "form", "iframe", "menu", "object", "script", "applet", "audio",
    "canvas", "map", "picture", "svg", "video", "area", "blink", "button", "datalist", "dialog", "frame",
    "frameset", "fieldset", "link", "input", "label", "legend", "marquee", "math", "menuitem", "meta", "nav",
    "noembed", "noframes", "noscript", "optgroup", "option", "output", "param", "progress", "rp", "rt",
    "rtc", "select", "source", "style", "track", "textarea", "time", "title", "use", "img", "template",
];

/// Attributes that its rules ask for.
const READ: &[&str] = &[
    "class",
    "id",
    "itemprop",
    "role",
    "style",
    "aria-hidden",
    "data-component",
    "data-lp-replacement-content",
];

/// A value longer than this says nothing that a rule could find.
const VALUE_BYTES_MAX: usize = 1000;

/// A block with so many links and no word beside them is a menu or a list of other articles.
const LINKS_OF_MENU: usize = 3;

const BLOCKS: &[&str] = &["ul", "ol", "div", "section", "table", "dl"];

const VOID: &[&str] = &["br", "hr", "wbr", "col", "base", "img"];

/// What the extractor looks for in the head of a page when it is not given: each would cost a search of the whole tree.
const HEAD: &str = "<html><head><meta property=\"og:title\" content=\"a b\"><meta property=\"og:author\" content=\"A B\">\
    <meta property=\"og:url\" content=\"http://a.example/\"><meta property=\"og:description\" content=\"a\">\
    <meta property=\"og:site_name\" content=\"A\"><meta property=\"og:image\" content=\"http://a.example/a.png\">\
    <meta property=\"og:type\" content=\"article\"><meta property=\"og:article:tag\" content=\"a\"></head>";

/// A page cut down.
pub(super) struct Slim {
    /// The page as markup.
    pub(super) html: String,
    /// Characters of text outside links, menus and side columns, white space not counted.
    pub(super) prose_chars: usize,
}

/// An element that is open.
struct Open {
    /// Where its tag starts in what is written.
    start: usize,
    /// Text in it is not prose.
    is_aside: bool,
    is_link: bool,
    /// Links before it.
    links: usize,
    /// Characters outside links before it.
    words: usize,
}

/// Cuts a page down.
pub(super) fn slim(document: &Html) -> Slim {
    let mut out = Slim { html: String::with_capacity(64 * 1024), prose_chars: 0 };
    out.html.push_str(HEAD);
    let root = document.root_element();
    let Some(first) = root.first_child() else { return out };
    let mut open: Vec<Open> = Vec::new();
    let (mut aside, mut links, mut links_open, mut words) = (0_usize, 0_usize, 0_usize, 0_usize);
    let mut node = first;
    loop {
        match node.value() {
            Node::Element(element) if !LEFT_OUT.contains(&element.name()) => {
                let name = element.name();
                let start = out.html.len();
                open_tag(&mut out.html, element);
                if !VOID.contains(&name) {
                    if let Some(child) = node.first_child() {
                        let is_link = name == "a";
                        let is_aside = is_link || ElementRef::wrap(node).is_some_and(is_named_elsewhere);
                        open.push(Open { start, is_aside, is_link, links, words });
                        aside += usize::from(is_aside);
                        links += usize::from(is_link);
                        links_open += usize::from(is_link);
                        node = child;
                        continue;
                    }
                    close_tag(&mut out.html, name);
                }
            }
            Node::Text(text) => {
                escape(&mut out.html, text, false);
                if links_open == 0 {
                    words += text.chars().filter(|c| c.is_alphanumeric()).count();
                    if aside == 0 {
                        out.prose_chars += text.chars().filter(|c| !c.is_whitespace()).count();
                    }
                }
            }
            _ => {}
        }
        loop {
            if let Some(next) = node.next_sibling() {
                node = next;
                break;
            }
            let (Some(parent), Some(closed)) = (node.parent(), open.pop()) else { return out };
            aside -= usize::from(closed.is_aside);
            links_open -= usize::from(closed.is_link);
            if let Node::Element(element) = parent.value() {
                let name = element.name();
                if BLOCKS.contains(&name)
                    && links >= closed.links + LINKS_OF_MENU
                    && words - closed.words <= (8 * (links - closed.links)).min(60)
                {
                    out.html.truncate(closed.start);
                } else {
                    close_tag(&mut out.html, name);
                }
            }
            node = parent;
        }
    }
}

fn open_tag(out: &mut String, element: &Element) {
    out.push('<');
    out.push_str(element.name());
    for (key, value) in element.attrs() {
        if READ.contains(&key) && value.len() <= VALUE_BYTES_MAX {
            out.push(' ');
            out.push_str(key);
            out.push_str("=\"");
            escape(out, value, true);
            out.push('"');
        }
    }
    out.push('>');
}

fn close_tag(out: &mut String, name: &str) {
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

fn escape(out: &mut String, text: &str, quoted: bool) {
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| matches!(c, '&' | '<' | '>') || quoted && c == '"') {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        out.push_str(match special.as_bytes().first() {
            Some(b'&') => "&amp;",
            Some(b'<') => "&lt;",
            Some(b'>') => "&gt;",
            _ => "&quot;",
        });
        rest = special.get(1..).unwrap_or("");
    }
    out.push_str(rest);
}
