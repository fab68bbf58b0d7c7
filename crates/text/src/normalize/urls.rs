//! URLs in a text: what identifies a thing is not altered.
//!
//! A URL runs from `http://`, `https://`, `ftp://` or `www.` to white space, a quotation mark or an angle bracket. Letters beyond ASCII
//! belong to it only after one of `/ ? = & # _ - %` or another such letter: Thai text often follows a URL unspaced.

use memchr::memmem;

use super::kinds::{replacement, singleton};

/// The places of a raw text that lie in URLs, asked for in order. Linear over the whole text, however long its URLs are.
pub(super) struct Urls<'a> {
    raw: &'a str,
    /// The URL found last: its first byte, and the first byte that does not belong to it.
    start: usize,
    end: usize,
    /// The next `www.`, looked for once and kept until it lies behind.
    www: Option<usize>,
}

impl<'a> Urls<'a> {
    pub(super) fn new(raw: &'a str) -> Self {
        Self { raw, start: 0, end: 0, www: None }
    }

    /// Whether everything from the head of a URL up to the character at byte `at` belongs to the URL. The character itself need
    /// not: a Thai digit right behind a URL, made Arabic, would become a part of it.
    pub(super) fn reach(&mut self, at: usize) -> bool {
        while at > self.end {
            self.find_next();
        }
        self.start < at && self.start < self.end
    }

    /// Finds the first URL behind the last one; an empty one at the end of the text when there is none.
    fn find_next(&mut self) {
        self.start = self.find_head(self.end).unwrap_or(self.raw.len());
        self.end = self.raw.len();
        let mut before = ' ';
        for (place, c) in self.raw.get(self.start..).unwrap_or_default().char_indices() {
            // Judged as it will be written: without what is deleted, the Kelvin sign as a K.
            if !c.is_ascii() && replacement(c) == Some("") {
                continue;
            }
            let c = if c.is_ascii() { c } else { singleton(c).unwrap_or(c) };
            let is_over = c.is_whitespace()
                || matches!(c, '<' | '>' | '"')
                || (!c.is_ascii()
                    && before.is_ascii()
                    && !matches!(before, '/' | '?' | '=' | '&' | '#' | '_' | '-' | '%'));
            if is_over {
                self.end = self.start + place;
                return;
            }
            before = c;
        }
    }

    /// Where the first head of a URL begins, from byte `from` on.
    fn find_head(&mut self, from: usize) -> Option<usize> {
        let bytes = self.raw.as_bytes();
        let find = |what: &[u8]| Some(from + memmem::find(bytes.get(from..)?, what)?);
        let www = match self.www.filter(|&www| www >= from) {
            Some(www) => www,
            None => find(b"www.").unwrap_or(bytes.len()),
        };
        self.www = Some(www);
        let scheme = memmem::find_iter(bytes.get(from..www)?, b"://").find_map(|colon| {
            let head = bytes.get(from..from + colon)?;
            let scheme =
                [&b"https"[..], b"http", b"ftp"].into_iter().find(|scheme| head.ends_with(scheme))?;
            Some(from + colon - scheme.len())
        });
        scheme.or(Some(www).filter(|&www| www < bytes.len()))
    }
}
