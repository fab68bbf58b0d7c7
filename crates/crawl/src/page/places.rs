//! The places of a page where readers may see a date, each with what it stands in.
//!
//! One walk over the tree. Which of the dates is the article's is decided by [`super::date`].

use std::collections::HashSet;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use scraper::{ElementRef, Html, Node};

use super::meta::{all, is_named_elsewhere, names_automaton, text_of};
use crate::html;

/// The longest text that is a date line, in characters. The whole article may carry such a class.
const LINE_CHARS_MAX: usize = 200;

/// Parts of class names and ids that speak of publication.
const PUBLISHED_NAMES: &[&str] = &[
    "publish",
    "posted",
    "pubdate",
    "pub-date",
    "pub_date",
    "entry-date",
    "entry_date",
    "post-date",
    "post_date",
    "postdate",
    "article-date",
    "article_date",
    "articledate",
    "news-date",
    "newsdate",
    "created",
    "createdate",
    "submitted",
    "dateline",
    "date-header",
    "erstellt",
    "veroeffentlich",
    "fecha",
    "postmetadata",
];

/// Words of class names and ids that speak of dates at all, each a whole word of the name.
const DATE_WORDS: &[&str] = &[
    "date",
    "dates",
    "datetime",
    "time",
    "timestamp",
    "datum",
    "data",
    "day",
    "byline",
    "meta",
    "info",
    "when",
    "author",
    "details",
    "infos",
    "credit",
    "kicker",
    "subline",
];

/// Words before a date of publication.
const PUBLISHED_WORDS: &[&str] = &[
    "เผยแพร่",
    "โพสต์เมื่อ",
    "วันที่โพสต์",
    "ลงวันที่",
    "ประกาศเมื่อ",
    "วันที่ลง",
    "วันที่ประกาศ",
    "วันที่เผยแพร่",
    "ข่าววันที่",
    "published",
    "posted",
    "publish",
    "veröffentlicht",
    "erstellt",
    "erschienen",
    "publié",
    "publicado",
    "publicada",
    "pubblicato",
    "geplaatst",
    "gepubliceerd",
    "opublikowano",
    "dodano",
    "опубликовано",
    "diterbitkan",
    "dipublikasikan",
    "yayın",
    "first published",
    "created",
    "submitted",
    "written",
    "geschrieben",
    "mis en ligne",
    "date:",
    "datum:",
    "data:",
    "fecha:",
    "written on",
    "入力",
    "掲載",
    "発表",
    "投稿日",
    "公開日",
    "등록",
    "입력",
    "发布",
    "來源",
];

/// Words before a date of change.
const CHANGED_WORDS: &[&str] = &[
    "อัปเดต",
    "อัพเดต",
    "อัพเดท",
    "ปรับปรุง",
    "แก้ไข",
    "updated",
    "update",
    "modified",
    "changed",
    "edited",
    "aktualisiert",
    "geändert",
    "stand:",
    "mis à jour",
    "modifié",
    "actualizado",
    "aggiornato",
    "atualizado",
    "bijgewerkt",
    "обновлено",
    "zuletzt",
    "reviewed",
    "accessed",
    "abgerufen",
    "更新",
    "수정",
];

/// Words before dates that are not about the article.
const OTHER_WORDS: &[&str] = &[
    "copyright",
    "©",
    "born",
    "geboren",
    "expires",
    "deadline",
    "since",
    "seit",
    "until",
    "bis ",
    "from ",
    "termin",
    "effective",
    "joined",
    "registered",
    "registriert",
    "valid",
    "today",
    "heute",
];

/// Classes of parts that show the present day.
const PRESENT_NAMES: &[&str] =
    &["current", "today", "clock", "weather", "masthead", "topbar", "top-bar", "ticker"];

/// One place.
pub(super) struct Piece<'a> {
    /// The element, where it is one that speaks of dates; nothing for a bare line.
    pub(super) element: Option<ElementRef<'a>>,
    /// Its text, on one line.
    pub(super) text: String,
    /// The words before it.
    before: String,
    /// How many characters of text stand before it in the page.
    at: usize,
    /// What the element alone says for it.
    base: i32,
}

/// The places of a page.
pub(super) struct Places<'a> {
    /// In the order of the page.
    pub(super) pieces: Vec<Piece<'a>>,
    /// Where the headline is, in characters of text before it.
    pub(super) headline: Option<usize>,
}

impl Piece<'_> {
    /// How much the place speaks for its dates.
    pub(super) fn weight(&self, headline: Option<usize>) -> i32 {
        let near = match headline {
            Some(headline) if self.at >= headline => match self.at - headline {
                0..=400 => 20,
                401..=1500 => 8,
                1501..=6000 => 0,
                _ => -10,
            },
            Some(headline) => match headline - self.at {
                0..=200 => 15,
                201..=500 => 0,
                _ => -20,
            },
            None => match self.at {
                0..=1500 => 5,
                1501..=6000 => 0,
                _ => -10,
            },
        };
        self.base + near
    }

    /// How much the words around a date in the text speak for it.
    pub(super) fn weight_of_text(&self, start: usize, end: usize) -> i32 {
        let inside = self.text.get(..start).unwrap_or("");
        let words = if inside.trim().chars().count() >= 4 {
            inside.to_lowercase()
        } else {
            format!("{} {inside}", self.before).to_lowercase()
        };
        // The last word before the date is the one that is about it.
        let last = |list: &[&str]| list.iter().filter_map(|word| words.rfind(word)).max();
        let (published, changed, other) = (last(PUBLISHED_WORDS), last(CHANGED_WORDS), last(OTHER_WORDS));
        let latest = published.max(changed).max(other);
        let labelled = match latest {
            // "on", "am", "le": a sign of a date, of whatever.
            None if ["on", "am", "vom", "le", "el", "op", "le:", "dne"]
                .iter()
                .any(|word| words.trim_end().ends_with(word)) =>
            {
                5
            }
            None => 0,
            _ if latest == other => -40,
            _ if latest == changed => -15,
            Some(at) if words.len() - at <= 60 => 20,
            Some(_) => 5,
        };
        // The more of the line is the date, the more the line is about it.
        let rest = self.text.chars().count() - self.text.get(start..end).unwrap_or("").chars().count();
        let alone = match rest {
            0..=3 => 10,
            4..=60 => 0,
            61..=120 => -10,
            _ => -20,
        };
        labelled + alone
    }
}

impl<'a> Places<'a> {
    /// Walks over the page.
    pub(super) fn read(document: &'a Html, title: Option<&str>) -> Self {
        let headline = headline(document, title);
        // What the headline lies in is not about something else, whatever its name says.
        let around: HashSet<_> = headline
            .iter()
            .flat_map(|element| element.ancestors().map(|node| node.id()).chain([element.id()]))
            .collect();
        let mut places = Self { pieces: Vec::new(), headline: None };
        let mut at = 0_usize;
        let mut before = String::new();
        // Elements that are open: whether what is in them is about something else, and whether it has been taken whole.
        let mut open: Vec<State> = vec![State::default()];
        let mut node = document.tree.root();
        loop {
            let mut state = open.last().copied().unwrap_or_default();
            let mut enter = true;
            match node.value() {
                Node::Element(element) => {
                    let name = element.name();
                    if matches!(
                        name,
                        "script" | "style" | "noscript" | "template" | "head" | "svg" | "select" | "iframe"
                    ) {
                        enter = false;
                    } else if let Some(reference) = ElementRef::wrap(node) {
                        if headline.is_some_and(|headline| headline.id() == node.id()) {
                            places.headline = Some(at);
                        }
                        if !around.contains(&node.id()) && is_named_elsewhere(reference) {
                            state.elsewhere = true;
                        }
                        let names = names_of(reference);
                        state.present |= !names.is_empty()
                            && !around.contains(&node.id())
                            && PRESENT_NAMES.iter().any(|part| names.contains(part));
                        state.link |= name == "a";
                        if let Some(base) = base_of(name, &names)
                            // A line with a name and a date in it hides nothing from the `time` inside.
                            && (!state.taken || matches!(name, "time" | "abbr"))
                            && let Some(text) = short_text(reference)
                        {
                            places.pieces.push(Piece {
                                element: Some(reference),
                                text,
                                before: before.clone(),
                                at,
                                base: base + state.weight(),
                            });
                            state.taken = true;
                        }
                    }
                }
                Node::Text(text) => {
                    let count = text.trim().chars().count();
                    if count > 0 {
                        // Old pages have a large font where others have a heading.
                        if places.headline.is_none()
                            && headline.is_none()
                            && title.is_some_and(|title| html::one_line(text) == title)
                        {
                            places.headline = Some(at);
                        }
                        if !state.taken && count <= LINE_CHARS_MAX && text.chars().any(char::is_numeric) {
                            places.pieces.push(Piece {
                                element: None,
                                text: html::one_line(text),
                                before: before.clone(),
                                at,
                                base: 10 + state.weight() + if count <= 60 { 10 } else { 0 },
                            });
                        }
                        before.clear();
                        before.push_str(
                            text.get(text.ceil_char_boundary(text.len().saturating_sub(120))..)
                                .unwrap_or("")
                                .trim(),
                        );
                        at += count;
                    }
                }
                _ => {}
            }
            if enter && let Some(child) = node.first_child() {
                open.push(state);
                node = child;
                continue;
            }
            loop {
                if let Some(next) = node.next_sibling() {
                    node = next;
                    break;
                }
                match node.parent() {
                    Some(parent) => node = parent,
                    None => return places,
                }
                open.pop();
            }
        }
    }
}

/// What the elements around a place say.
#[derive(Clone, Copy, Default)]
struct State {
    elsewhere: bool,
    present: bool,
    link: bool,
    taken: bool,
}

impl State {
    fn weight(self) -> i32 {
        (if self.elsewhere { -40 } else { 0 })
            + (if self.present { -25 } else { 0 })
            + (if self.link { -5 } else { 0 })
    }
}

/// The headline: a heading with the words of the title, else the first.
fn headline<'a>(document: &'a Html, title: Option<&str>) -> Option<ElementRef<'a>> {
    let headings = all(document, "h1, h2, h3");
    let same = title.and_then(|title| {
        headings.iter().find(|heading| {
            let text = text_of(**heading);
            !text.is_empty()
                && (text == title
                    || title.starts_with(&text) && text.chars().count() >= 12
                    || text.starts_with(title))
        })
    });
    same.or_else(|| headings.iter().find(|heading| heading.value().name() == "h1")).copied()
}

/// Finds whatever part of a name speaks of dates, of publication or of the present day.
static TELLING_PARTS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    names_automaton(&[PUBLISHED_NAMES, DATE_WORDS, PRESENT_NAMES, &["date", "modified"]].concat())
});

/// Class and id in lower case; nothing where neither speaks of dates in any way.
fn names_of(element: ElementRef<'_>) -> String {
    let value = element.value();
    let mut names = String::new();
    let given = [value.attr("class"), value.attr("id")];
    if !given.iter().flatten().any(|name| TELLING_PARTS.is_match(name)) {
        return names;
    }
    for name in given.into_iter().flatten() {
        names.push_str(&name.to_ascii_lowercase());
        names.push(' ');
    }
    names
}

/// What an element says for the dates in it, when it speaks of dates.
fn base_of(name: &str, names: &str) -> Option<i32> {
    let published = PUBLISHED_NAMES.iter().any(|part| names.contains(part));
    let changed = ["update", "modified"].iter().any(|part| names.contains(part));
    let marked = matches!(name, "time") || name == "abbr" && published;
    let word = || {
        names.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| {
            DATE_WORDS.contains(&word)
                || word.ends_with("date") && word.len() <= 12 && !word.ends_with("update")
        })
    };
    let base = match (marked, published) {
        (true, true) => 60,
        (true, false) => 45,
        (false, true) => 45,
        (false, false) if word() => 30,
        (false, false) => return None,
    };
    Some(if changed && !published { base - 15 } else { base })
}

/// The text of an element on one line, unless it is too long to be a date line.
fn short_text(element: ElementRef<'_>) -> Option<String> {
    let mut text = String::new();
    for piece in element.text() {
        text.push_str(piece);
        text.push(' ');
        if text.len() > 6 * LINE_CHARS_MAX {
            return None;
        }
    }
    let text = html::one_line(&text);
    (text.chars().count() <= LINE_CHARS_MAX).then_some(text)
}
