//! The lead: the first words of an article where they stand in an element of their own before its body, and the extractors
//! took the body alone.
//!
//! Only what its page calls a lead counts, between the headline and the first words of the body, with hardly a link in it.

use scraper::{ElementRef, Html, Node};

use super::meta::{is_elsewhere, text_of};
use crate::html;

/// Words of class names that mean the lead, each a whole word of the name.
const LEAD_WORDS: &[&str] = &[
    "lead",
    "lede",
    "leadin",
    "excerpt",
    "standfirst",
    "summary",
    "intro",
    "introduction",
    "dek",
    "abstract",
    "synopsis",
    "sapo",
];

/// A lead that is a paragraph of the article is as long as one. Shorter ones, and the longest of the suites has 262 characters, are
/// decks: they say again what the article says, and readers who marked its text left them out. With those taken in, the F1 of the
/// news suite was 0.9705 instead of 0.9725.
const CHARS: std::ops::RangeInclusive<usize> = 400..=3000;

/// So many characters of the body's first words are looked for in the page.
const OPENING_CHARS: usize = 30;

/// The lead that the body lacks.
pub(super) fn lead(document: &Html, body: &str, title: Option<&str>) -> Option<String> {
    let opening: String =
        body.lines().next()?.chars().filter(|c| !c.is_whitespace()).take(OPENING_CHARS).collect();
    let squeezed: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    let (mut headline_seen, mut found) = (false, None);
    for node in document.root_element().descendants() {
        match node.value() {
            Node::Text(text) if headline_seen && !opening.is_empty() => {
                let start: String = text.chars().filter(|c| !c.is_whitespace()).take(OPENING_CHARS).collect();
                let long = start.chars().count() >= OPENING_CHARS.min(opening.chars().count()).max(10);
                if long && (opening.starts_with(&start) || start.starts_with(&opening)) {
                    return found;
                }
            }
            Node::Element(element) => {
                let Some(element_ref) = ElementRef::wrap(node) else { continue };
                match element.name() {
                    "h1" | "h2" if !headline_seen => {
                        let text = text_of(element_ref);
                        headline_seen = element.name() == "h1" || title.is_some_and(|title| title == text);
                    }
                    "p" | "div" | "section" | "h2" | "h3" | "blockquote"
                        if headline_seen && is_named_lead(element_ref) && !is_elsewhere(element_ref) =>
                    {
                        found = read(element_ref, &squeezed, title).or(found);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    None
}

fn is_named_lead(element: ElementRef<'_>) -> bool {
    let value = element.value();
    value.attr("itemprop") == Some("description")
        || value
            .classes()
            .flat_map(|class| class.split(|c: char| !c.is_ascii_alphanumeric()))
            .any(|word| LEAD_WORDS.iter().any(|lead| lead.eq_ignore_ascii_case(word)))
}

/// The text of a lead that the body does not have.
fn read(element: ElementRef<'_>, body: &str, title: Option<&str>) -> Option<String> {
    let text = html::to_text(&element.inner_html());
    let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let squeezed = letters(&text);
    let chars = squeezed.chars().count();
    let linked: usize = element
        .descendants()
        .filter_map(ElementRef::wrap)
        .filter(|inner| inner.value().name() == "a")
        .map(|link| link.text().flat_map(str::chars).filter(|c| !c.is_whitespace()).count())
        .sum();
    let opening: String = squeezed.chars().take(OPENING_CHARS).collect();
    let known = body.contains(&opening) || title.is_some_and(|title| letters(title).contains(&opening));
    (CHARS.contains(&chars) && !known && 5 * linked <= chars).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARAGRAPH: &str =
        "เมื่อวานนี้ คณะรัฐมนตรีรับทราบรายงานสถานการณ์น้ำของลุ่มน้ำเจ้าพระยา และสั่งการให้หน่วยงานที่เกี่ยวข้องเร่งระบายน้ำ ";

    #[track_caller]
    fn check(page: &str, body: &str, found: bool) {
        let document = Html::parse_document(page);
        assert_eq!(lead(&document, body, Some("พาดหัว")).is_some(), found, "{page}");
    }

    #[test]
    fn a_paragraph_apart_is_the_lead_and_a_deck_is_not() {
        let (long, body) = (PARAGRAPH.repeat(5), "ย่อหน้าแรกของเนื้อข่าวที่ยาวพอจะหาเจอในหน้านี้");
        let page = |lead: &str| format!("<h1>พาดหัว</h1>{lead}<div><p>{body}</p></div>");
        check(&page(&format!("<div class='news-lead'><p>{long}</p></div>")), body, true);
        check(&page(&format!("<p itemprop=description>{long}</p>")), body, true);
        check(&page(&format!("<div class=lead>{PARAGRAPH}</div>")), body, false);
        check(&page(&format!("<div class=leaderboard>{long}</div>")), body, false);
        check(&page(&format!("<div class=lead><a href=x>{long}</a></div>")), body, false);
        check(&page(&format!("<aside><div class=lead>{long}</div></aside>")), body, false);
        check(&format!("<div class=lead>{long}</div><h1>พาดหัว</h1><p>{body}</p>"), body, false);
        check(&format!("<h1>พาดหัว</h1><p>{body}</p><div class=lead>{long}</div>"), body, false);
        check(&page(&format!("<div class=lead>{long}</div>")), &format!("{long}\n{body}"), false);
    }
}
