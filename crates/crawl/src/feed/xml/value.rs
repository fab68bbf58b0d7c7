//! The text of an element, by the type that it declares or that it looks like.

use super::{ATOM_10, Taken};
use crate::html;
use crate::markup::{Token, Tokens, attribute, resolve, resolve_in_markup};

/// What a text without a declared type is taken for.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Guess {
    /// HTML: what RSS descriptions are in practice.
    Html,
    /// HTML when it has a tag that ends or a reference, else text: `1 < 2` is a title.
    #[default]
    IfItLooksSo,
}

impl Taken<'_> {
    /// The inside as plain characters: for links, dates, names.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        for (token, _) in Tokens::new(self.inner) {
            match token {
                Token::Text(text) => out.push_str(&resolve(text)),
                Token::CData(text) => out.push_str(text),
                _ => {}
            }
        }
        out.trim().to_owned()
    }

    /// The inside as a text construct: the text, and whether it is HTML.
    pub(super) fn value(&self, guess: Guess) -> (String, bool) {
        let kind = attribute(self.attributes, "type")
            .map(|kind| kind.trim().to_ascii_lowercase())
            .unwrap_or_default();
        let has_markup = Tokens::new(self.inner)
            .any(|(token, _)| matches!(token, Token::Open { .. } | Token::Close { .. }));
        let declared_html = kind == "html" || kind == "text/html";
        if has_markup {
            let mut fragment = self.inline();
            let atom_10 = self.namespace.contains(ATOM_10);
            if atom_10 && (kind.contains("html") || self.name.starts_with("xhtml")) {
                fragment = without_div(&fragment).to_owned();
            }
            if declared_html {
                // Escaped twice over: the markup was only a wrapper.
                fragment = resolve(&fragment).into_owned();
            }
            return (html::clean(&fragment, self.base.as_ref(), !declared_html).trim().to_owned(), true);
        }
        let text = self.text();
        let is_html = match kind.as_str() {
            "text" | "text/plain" => false,
            "" => guess == Guess::Html && !self.plain_by_default() || looks_like_html(&text),
            _ => declared_html || kind.contains("html") || looks_like_html(&text),
        };
        if is_html {
            (html::clean(&text, self.base.as_ref(), false).trim().to_owned(), true)
        } else {
            (text, false)
        }
    }

    /// Atom 1.0 says that a text without a type is plain.
    fn plain_by_default(&self) -> bool {
        self.namespace.contains(ATOM_10)
    }

    /// The inside as one fragment of markup: CDATA becomes what it says, names of characters become characters.
    fn inline(&self) -> String {
        let mut out = String::with_capacity(self.inner.len());
        for (token, range) in Tokens::new(self.inner) {
            match token {
                Token::Text(text) => out.push_str(&resolve_in_markup(text)),
                // In a description with raw markup beside it, CDATA holds more of the same markup.
                Token::CData(text) => out.push_str(text),
                Token::Other => {}
                Token::Open { .. } | Token::Close { .. } => out.push_str(self.inner.get(range).unwrap_or("")),
            }
        }
        out
    }
}

fn without_div(fragment: &str) -> &str {
    let trimmed = fragment.trim();
    let mut tokens = Tokens::new(trimmed);
    let Some((Token::Open { name, closed: false, .. }, open)) = tokens.next() else { return fragment };
    if !name.rsplit(':').next().unwrap_or(name).eq_ignore_ascii_case("div") {
        return fragment;
    }
    let inner = trimmed.get(open.end..).unwrap_or("");
    match inner.rfind("</") {
        Some(at) if inner.get(at..).is_some_and(|close| close.trim_start_matches("</").starts_with(name)) => {
            inner.get(..at).unwrap_or("")
        }
        _ => inner,
    }
}

/// Whether a text has a tag that ends, or a character reference: then it is HTML.
fn looks_like_html(text: &str) -> bool {
    resolve(text) != text
        || Tokens::new(text)
            .any(|(token, _)| matches!(token, Token::Close { .. } | Token::Open { closed: true, .. }))
}
