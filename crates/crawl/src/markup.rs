//! A reader for markup as it is found: XML that is not well formed, HTML inside it, tags that never end.
//!
//! One pass, no recursion, no allocation per token; every byte of the input belongs to exactly one token, so that a
//! slice of the source can be taken between two of them. It checks nothing and never fails. Which tags belong
//! together, and what they mean, is left to the readers of feeds, sitemaps and fragments built on it.

use std::borrow::Cow;
use std::ops::Range;

/// A piece of markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// `<name attributes>` or `<name attributes/>`.
    Open {
        /// The name as written, prefix included.
        name: &'a str,
        /// Everything between the name and the end of the tag.
        attributes: &'a str,
        /// Whether it closes itself.
        closed: bool,
    },
    /// `</name>`.
    Close {
        /// The name as written.
        name: &'a str,
    },
    /// Characters, with references not yet resolved.
    Text(&'a str),
    /// The inside of `<![CDATA[ ... ]]>`.
    CData(&'a str),
    /// Comments, processing instructions, document types.
    Other,
}

/// The tokens of a source, each with its byte range.
pub(crate) struct Tokens<'a> {
    source: &'a str,
    at: usize,
    // Where a search for an end ran to the end of the source without finding it, there is no use in searching again:
    // this keeps hostile input linear.
    missing: [bool; 7],
}

const COMMENT_END: usize = 0;
const CDATA_END: usize = 1;
const PI_END: usize = 2;
const DOUBLE_QUOTE: usize = 3;
const SINGLE_QUOTE: usize = 4;
const GREATER: usize = 5;
const SUBSET_END: usize = 6;

impl<'a> Tokens<'a> {
    pub(crate) fn new(source: &'a str) -> Self {
        Self { source, at: 0, missing: [false; 7] }
    }

    /// Goes back to a position already passed, the start of a token.
    pub(crate) fn back_to(&mut self, at: usize) {
        self.at = at.min(self.at);
    }

    /// Passes over what lies before a position: the inside of an element that holds text and no tags.
    pub(crate) fn skip_to(&mut self, at: usize) {
        self.at = at.max(self.at);
    }

    fn rest(&self, from: usize) -> &'a str {
        self.source.get(from..).unwrap_or("")
    }

    fn find(&mut self, what: usize, needle: &str, from: usize) -> Option<usize> {
        if self.missing.get(what).copied().unwrap_or(true) {
            return None;
        }
        let found = self.rest(from).find(needle).map(|at| from + at);
        if found.is_none()
            && let Some(missing) = self.missing.get_mut(what)
        {
            *missing = true;
        }
        found
    }

    fn slice(&self, range: Range<usize>) -> &'a str {
        self.source.get(range).unwrap_or("")
    }

    fn text_until(&self, from: usize, end: usize) -> (Token<'a>, usize) {
        (Token::Text(self.slice(from..end)), end)
    }

    /// The token at a `<`.
    fn markup(&mut self, start: usize) -> (Token<'a>, usize) {
        let rest = self.rest(start);
        let end_of_source = self.source.len();
        if let Some(after) = rest.strip_prefix("<!") {
            if after.starts_with("--") {
                return match self.find(COMMENT_END, "-->", start + 4) {
                    Some(end) => (Token::Other, end + 3),
                    // Browsers let an endless comment swallow the page; a feed is better off without that one tag.
                    None => {
                        (Token::Other, self.find(GREATER, ">", start).map_or(end_of_source, |end| end + 1))
                    }
                };
            }
            if let Some(prefix) = after.get(..7)
                && prefix.eq_ignore_ascii_case("[CDATA[")
            {
                let inside = start + 9;
                let end = self.find(CDATA_END, "]]>", inside);
                let inner = self.slice(inside..end.unwrap_or(end_of_source));
                return (Token::CData(inner), end.map_or(end_of_source, |end| end + 3));
            }
            if after.starts_with(|c: char| c.is_ascii_alphabetic()) {
                return (Token::Other, self.declaration_end(start));
            }
            return self.text_until(start, self.text_end(start + 1));
        }
        if rest.starts_with("<?") {
            let end = match self.find(PI_END, "?>", start) {
                Some(end) => end + 2,
                None => self.find(GREATER, ">", start).map_or(end_of_source, |end| end + 1),
            };
            return (Token::Other, end);
        }
        let closing = rest.starts_with("</");
        let name_start = start + if closing { 2 } else { 1 };
        let name_length = self
            .rest(name_start)
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, ':' | '_' | '-' | '.')))
            .unwrap_or(end_of_source - name_start.min(end_of_source));
        let name = self.slice(name_start..name_start + name_length);
        if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == ':') {
            return self.text_until(start, self.text_end(start + 1));
        }
        let name_end = name_start + name_length;
        let (inside_end, tag_end) = self.tag_end(name_end);
        if closing {
            return (Token::Close { name }, tag_end);
        }
        let attributes = self.slice(name_end..inside_end);
        let closed = attributes.ends_with('/');
        (
            Token::Open { name, attributes: attributes.strip_suffix('/').unwrap_or(attributes), closed },
            tag_end,
        )
    }

    /// Where the inside of a tag ends, and where the tag does: at `>` outside quotes, or before a `<` that shows that
    /// the end was forgotten.
    fn tag_end(&mut self, from: usize) -> (usize, usize) {
        let mut at = from;
        loop {
            let Some(next) = self.rest(at).find(['>', '<', '"', '\'']).map(|found| at + found) else {
                return (self.source.len(), self.source.len());
            };
            match self.source.as_bytes().get(next) {
                Some(b'>') => return (next, next + 1),
                Some(b'<') => return (next, next),
                Some(quote) => {
                    // A quote opens a value only after `=`; elsewhere it is an accident, as in `<a href="x"">`.
                    let opens = self.slice(from..next).trim_end().ends_with('=');
                    let (what, needle) =
                        if *quote == b'"' { (DOUBLE_QUOTE, "\"") } else { (SINGLE_QUOTE, "'") };
                    at = match if opens { self.find(what, needle, next + 1) } else { None } {
                        Some(end) => end + 1,
                        None => next + 1,
                    };
                }
                None => return (self.source.len(), self.source.len()),
            }
        }
    }

    /// The end of a document type, whose internal subset may have `>` in it.
    fn declaration_end(&mut self, start: usize) -> usize {
        let Some(first) = self.rest(start).find(['>', '[', '<']).and_then(|at| {
            // The first `<` is the declaration's own.
            if at == 0 {
                self.rest(start + 1).find(['>', '[', '<']).map(|at| start + 1 + at)
            } else {
                Some(start + at)
            }
        }) else {
            return self.source.len();
        };
        match self.source.as_bytes().get(first) {
            Some(b'[') => {
                // At the next `]` that a `>` follows; declarations of entities have none of these.
                match self.find(SUBSET_END, "]>", first) {
                    Some(end) => end + 2,
                    None => self.find(GREATER, ">", first).map_or(self.source.len(), |end| end + 1),
                }
            }
            Some(b'<') => first,
            _ => first + 1,
        }
    }

    fn text_end(&self, from: usize) -> usize {
        self.rest(from).find('<').map_or(self.source.len(), |at| from + at)
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = (Token<'a>, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        if start >= self.source.len() {
            return None;
        }
        let (token, end) = if self.rest(start).starts_with('<') {
            self.markup(start)
        } else {
            self.text_until(start, self.text_end(start))
        };
        // Every token takes at least one byte, whatever was found: the reader always ends.
        self.at =
            if end > start { end } else { start + self.rest(start).chars().next().map_or(1, char::len_utf8) };
        Some((token, start..self.at))
    }
}

/// The attributes of a tag: name as written, and value with references resolved. The first of a name counts.
pub(crate) fn attributes(source: &str) -> Attributes<'_> {
    Attributes { rest: source }
}

/// See [`attributes`].
pub(crate) struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, Cow<'a, str>);

    fn next(&mut self) -> Option<Self::Item> {
        self.rest = self
            .rest
            .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '=' | '<'));
        if self.rest.is_empty() {
            return None;
        }
        let end = self
            .rest
            .find(|c: char| c.is_whitespace() || matches!(c, '=' | '"' | '\''))
            .unwrap_or(self.rest.len());
        let (name, after) = self.rest.split_at(end);
        let trimmed = after.trim_start();
        let Some(value) = trimmed.strip_prefix('=') else {
            self.rest = after;
            return Some((name, Cow::Borrowed("")));
        };
        let value = value.trim_start();
        let (value, rest) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let inner = value.get(1..).unwrap_or("");
                inner.split_once(quote).unwrap_or((inner, ""))
            }
            _ => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
        };
        self.rest = rest;
        Some((name, resolve(value)))
    }
}

/// The value of one attribute, its name compared without case and without a prefix if `name` has none.
pub(crate) fn attribute<'a>(source: &'a str, name: &str) -> Option<Cow<'a, str>> {
    attributes(source).find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Resolves character references: decimal, hexadecimal, and every name of HTML. What is no reference stays as it is.
pub(crate) fn resolve(text: &str) -> Cow<'_, str> {
    resolve_where(text, |_| true)
}

/// Resolves references, except the four that protect markup: for text that stays markup.
pub(crate) fn resolve_in_markup(text: &str) -> Cow<'_, str> {
    resolve_where(text, |resolved| !matches!(resolved, "<" | ">" | "&" | "\""))
}

fn resolve_where(text: &str, wanted: impl Fn(&str) -> bool) -> Cow<'_, str> {
    let Some(first) = text.find('&') else {
        return Cow::Borrowed(text);
    };
    let (head, mut rest) = text.split_at(first);
    let mut resolved = String::with_capacity(text.len());
    resolved.push_str(head);
    while let Some(at) = rest.find('&') {
        let (before, reference) = rest.split_at(at);
        resolved.push_str(before);
        let mut buffer = [0; 8];
        match reference_at(reference, &mut buffer) {
            Some((value, length)) if wanted(value) => {
                resolved.push_str(value);
                rest = reference.get(length..).unwrap_or("");
            }
            _ => {
                resolved.push('&');
                rest = reference.get(1..).unwrap_or("");
            }
        }
    }
    resolved.push_str(rest);
    Cow::Owned(resolved)
}

/// What a reference at the start of `text` stands for, and its length. The longest name of HTML has 32 letters.
fn reference_at<'b>(text: &str, buffer: &'b mut [u8; 8]) -> Option<(&'b str, usize)> {
    const LENGTH_MAX: usize = 34;
    let window =
        text.get(1..).map(|body| body.as_bytes().get(..LENGTH_MAX.min(body.len())).unwrap_or_default())?;
    let length = window.iter().position(|byte| *byte == b';')?;
    let name = text.get(1..1 + length)?;
    let whole = length + 2;
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return Some((from_code(code)?.encode_utf8(buffer), whole));
    }
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    // The table's names end in the semicolon; a second code point of zero is none.
    let &(first, second) = markup5ever::data::NAMED_ENTITIES.get(text.get(1..whole)?)?;
    let mut length = char::from_u32(first)?.encode_utf8(buffer).len();
    if second != 0 {
        length += char::from_u32(second)?.encode_utf8(buffer.get_mut(length..)?).len();
    }
    Some((std::str::from_utf8(buffer.get(..length)?).ok()?, whole))
}

/// The character of a numeric reference: numbers of 128 to 159 mean windows-1252, as every browser reads them.
pub(crate) fn from_code(code: u32) -> Option<char> {
    const WINDOWS_1252: [u16; 32] = [
        0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152,
        0x8D, 0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122,
        0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
    ];
    match code {
        0 => Some('\u{FFFD}'),
        0x80..=0x9F => char::from_u32(u32::from(*WINDOWS_1252.get(code as usize - 0x80)?)),
        _ => char::from_u32(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes tokens in a short form: `+name` opens, `-name` closes, `=name` does both.
    #[track_caller]
    fn check(source: &str, want: &[&str]) {
        let mut end = 0;
        let got: Vec<String> = Tokens::new(source)
            .map(|(token, range)| {
                assert_eq!(range.start, end, "tokens lie end to end in {source:?}");
                end = range.end;
                match token {
                    Token::Open { name, closed: false, .. } => format!("+{name}"),
                    Token::Open { name, closed: true, .. } => format!("={name}"),
                    Token::Close { name } => format!("-{name}"),
                    Token::Text(text) => format!("'{text}"),
                    Token::CData(text) => format!("[{text}"),
                    Token::Other => "!".to_owned(),
                }
            })
            .collect();
        assert_eq!(got, want, "{source:?}");
        assert_eq!(end, source.len(), "nothing of {source:?} is left over");
    }

    #[test]
    fn well_formed_markup_is_cut_into_its_tokens() {
        check("<a>x</a>", &["+a", "'x", "-a"]);
        check("<dc:date/><br />", &["=dc:date", "=br"]);
        check("<?xml version=\"1.0\"?><!-- <b> --><![CDATA[<i>]]>", &["!", "!", "[<i>"]);
        check("<!DOCTYPE rss [<!ENTITY a \"<b>\">]><rss>", &["!", "+rss"]);
        check("<a title='x > y' b=\"<\">z", &["+a", "'z"]);
    }

    #[test]
    fn what_is_no_tag_is_text() {
        check("1 < 2 & 3", &["'1 ", "'< 2 & 3"]);
        check("<3", &["'<3"]);
        check("<!' <a>", &["'<!' ", "+a"]);
    }

    #[test]
    fn forgotten_ends_cost_one_tag() {
        check("<a href=\"x\"\"><b>", &["+a", "+b"]);
        check("<a <b>", &["+a", "+b"]);
        check("<a href='x><b>y", &["+a", "+b", "'y"]);
        check("<!-- <b>x", &["!", "'x"]);
        check("<![CDATA[x", &["[x"]);
        check("<a", &["+a"]);
        check("</", &["'</"]);
    }

    #[test]
    fn attributes_are_read_quoted_or_not() {
        let all =
            |source| attributes(source).map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        assert_eq!(all(" a=1 b='2 &amp; 3' c = \"x\" d"), ["a=1", "b=2 & 3", "c=x", "d="]);
        assert_eq!(all(" a=\"1\"b=\"2\" \" c"), ["a=1", "b=2", "c="]);
        assert_eq!(attribute(" HREF=x href=y", "href").as_deref(), Some("x"));
    }

    #[test]
    fn references_are_resolved_and_what_only_looks_like_one_is_kept() {
        for (text, want) in [
            ("A &amp; B", "A & B"),
            ("A & B &c; &; &#; &#xZ;", "A & B &c; &; &#; &#xZ;"),
            ("&ldquo;x&rdquo;&zeta;&nbsp;", "\u{201C}x\u{201D}ζ\u{A0}"),
            ("&#3586;&#xE48;&#X0E32;", "ข่า"),
            ("&#146;", "\u{2019}"),
            ("&#0;&#x110000;", "\u{FFFD}&#x110000;"),
            ("a=1&copy=2", "a=1&copy=2"),
            ("&NotEqualTilde;", "\u{2242}\u{338}"),
        ] {
            assert_eq!(resolve(text), want);
        }
        assert_eq!(resolve_in_markup("&lt;b&gt; &amp; &eacute;"), "&lt;b&gt; &amp; é");
    }

    proptest::proptest! {
        #[test]
        fn any_source_is_read_to_its_end(source in "([<>&;='\"/!?\\[\\]a-c -]|<!--|]]>|<!\\[CDATA\\[|ก)*") {
            let mut end = 0;
            for (token, range) in Tokens::new(&source) {
                assert_eq!(range.start, end);
                assert!(range.end > range.start);
                end = range.end;
                if let Token::Open { attributes: inside, .. } = token {
                    attributes(inside).for_each(drop);
                }
            }
            assert_eq!(end, source.len());
            resolve(&source);
        }
    }
}
