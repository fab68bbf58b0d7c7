//! What has been read of an entry so far: which of several candidates counts.

use url::Url;

use super::value::Guess;
use super::{BodyKind, Draft, Taken, absolute};
use crate::feed::Enclosure;
use crate::html;
use crate::markup::{Token, Tokens, attribute, resolve};

impl Draft {
    pub(super) fn title(&mut self, rank: u8, taken: &Taken<'_>) {
        let (title, _) = taken.value(Guess::IfItLooksSo);
        if rank > self.title_rank && !title.is_empty() {
            self.title_rank = rank;
            self.entry.title = Some(title);
        }
    }

    pub(super) fn set_link(&mut self, rank: u8, link: &str, base: Option<&Url>) {
        let link = absolute(link, base);
        if rank >= self.link_rank && !link.is_empty() {
            self.link_rank = rank;
            self.entry.link = Some(link);
        }
    }

    /// RSS writes a link as text, Atom as an attribute; feeds of either kind use both.
    pub(super) fn link(&mut self, taken: &Taken<'_>) {
        let text = taken.text();
        let Some(href) = attribute(taken.attributes, "href").filter(|href| !href.trim().is_empty()) else {
            let rel = attribute(taken.attributes, "rel");
            if rel.is_none_or(|rel| rel == "alternate") {
                self.set_link(4, &text, taken.base.as_ref());
            }
            return;
        };
        let kind = attribute(taken.attributes, "type").unwrap_or_default();
        match attribute(taken.attributes, "rel").as_deref().map(str::trim) {
            None | Some("" | "alternate" | "http://www.iana.org/assignments/relation/alternate") => {
                // The first page counts; a link to something else only if there is no page.
                let rank = if kind.is_empty() || kind.contains("html") { 3 } else { 2 };
                if rank > self.link_rank {
                    self.set_link(rank, &href, taken.base.as_ref());
                }
            }
            Some("enclosure") => {
                self.entry.enclosures.push(Enclosure { url: absolute(&href, taken.base.as_ref()) });
            }
            Some(_) => {}
        }
    }

    pub(super) fn body(&mut self, kind: BodyKind, taken: &Taken<'_>) {
        // Content elsewhere is a link, not a text.
        let (text, _) = taken.value(Guess::Html);
        if !text.is_empty() || kind == BodyKind::Short && self.bodies.is_empty() {
            let kind = match kind {
                // The second short text is the longer one in the feeds that have two.
                BodyKind::Short
                    if self
                        .bodies
                        .iter()
                        .any(|(kind, text)| *kind == BodyKind::Short && !text.is_empty()) =>
                {
                    BodyKind::Full
                }
                kind => kind,
            };
            self.bodies.retain(|(_, text)| !text.is_empty());
            self.bodies.push((kind, text));
        }
    }

    pub(super) fn author(&mut self, taken: &Taken<'_>) {
        let (mut name, mut email) = (String::new(), String::new());
        let mut inside: Option<String> = None;
        for (token, _) in Tokens::new(taken.inner) {
            match token {
                Token::Open { name, closed: false, .. } => {
                    inside = Some(name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase());
                }
                Token::Close { .. } => inside = None,
                Token::Text(text) | Token::CData(text) => match inside.as_deref() {
                    Some("name") => name.push_str(&resolve(text)),
                    Some("email") => email.push_str(&resolve(text)),
                    _ => {}
                },
                _ => {}
            }
        }
        let (name, email) = (html::one_line(&name), html::one_line(&email));
        let author = match (name.is_empty(), email.is_empty()) {
            (false, false) => format!("{name} ({email})"),
            (false, true) => name,
            (true, false) => email,
            (true, true) if !taken.inner.contains('<') || taken.inner.contains("<![") => {
                html::one_line(&taken.text())
            }
            (true, true) => return,
        };
        // Who only helped is no author while there is one.
        if !author.is_empty()
            && !self.entry.authors.contains(&author)
            && (taken.name != "contributor" || self.entry.authors.is_empty())
        {
            self.entry.authors.push(author);
        }
    }

    pub(super) fn tag(&mut self, tag: &str) {
        const TAGS_MAX: usize = 100;
        let tag = html::one_line(tag);
        if !tag.is_empty() && self.entry.tags.len() < TAGS_MAX && !self.entry.tags.contains(&tag) {
            self.entry.tags.push(tag);
        }
    }
}
