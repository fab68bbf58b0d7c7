//! The rules at work: characters are written one after another, and each rule looks only at the end of the output.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

use super::entities::entity_before;
use super::kinds::{Kind, kind, replacement, singleton};
use super::map::{Edit, Normalized, OffsetMap};
use super::urls::Urls;

/// The most marks looked back over for one letter. Longer heaps are no text; the bound keeps the work linear.
const MARKS_MAX: usize = 32;

/// The output so far, its edits, and how much of the raw text it stands for.
pub(super) struct Writer<'a> {
    raw: &'a str,
    pub(super) out: String,
    edits: Vec<Edit>,
    /// Raw bytes before this offset are in `out`.
    pub(super) copied_to: usize,
    urls: Urls<'a>,
    /// Where the character in work stands in the raw text.
    now: usize,
}

impl<'a> Writer<'a> {
    pub(super) fn new(raw: &'a str) -> Self {
        Self { raw, out: String::new(), edits: Vec::new(), copied_to: 0, urls: Urls::new(raw), now: 0 }
    }

    pub(super) fn copy_to(&mut self, raw_at: usize) {
        self.out.push_str(self.raw.get(self.copied_to..raw_at).unwrap_or_default());
        self.copied_to = raw_at;
    }

    pub(super) fn finish(mut self) -> Normalized<'a> {
        if self.edits.is_empty() && self.copied_to == 0 && !ends_with_loose_paiyannoi(self.raw) {
            let map = OffsetMap { edits: Vec::new(), norm_len: self.raw.len(), raw_len: self.raw.len() };
            return Normalized { text: Cow::Borrowed(self.raw), map };
        }
        self.copy_to(self.raw.len());
        self.close_paiyannoi();
        let map = OffsetMap { edits: self.edits, norm_len: self.out.len(), raw_len: self.raw.len() };
        let text = if map.edits.is_empty() { Cow::Borrowed(self.raw) } else { Cow::Owned(self.out) };
        Normalized { text, map }
    }

    /// Writes one character that stands at `raw_start..raw_end`, applying every rule.
    pub(super) fn write(&mut self, c: char, raw_start: usize, raw_end: usize) {
        self.now = raw_start;
        // A decoded entity is a character like any other and goes round again; each round shortens the output.
        let mut next = Some((c, false));
        while let Some((c, is_decoded)) = next.take() {
            let c_kind = kind(c);
            if c != 'ล' {
                self.close_paiyannoi();
            }
            let length = self.out.len();
            match c_kind {
                Kind::Odd => match replacement(c) {
                    Some("") if c == '\u{200D}' && self.ends_with_emoji() => {
                        self.push(c, raw_end, is_decoded);
                    }
                    Some(text) => match text.chars().next() {
                        Some(mapped) if kind(mapped) != Kind::Odd => next = Some((mapped, true)),
                        _ => self.replace_tail(length, text, raw_end),
                    },
                    None => match singleton(c) {
                        Some(same) => next = Some((same, true)),
                        None => self.compose(c, raw_end, is_decoded),
                    },
                },
                Kind::Digit if !self.is_in_url() => {
                    let digit = char::from_u32(c as u32 - '๐' as u32 + '0' as u32).unwrap_or(c);
                    next = Some((digit, true));
                }
                Kind::Semicolon if !self.is_in_url() => match entity_before(&self.out) {
                    Some((start, decoded)) => {
                        self.replace_tail(start, "", raw_end);
                        next = Some((decoded, true));
                    }
                    None => self.push(c, raw_end, is_decoded),
                },
                Kind::Yamok => {
                    self.drop_spaces_after_thai(raw_end);
                    self.push(c, raw_end, is_decoded);
                }
                Kind::Follow if c == 'า' && self.out.ends_with('\u{E4D}') && !self.is_in_url() => {
                    self.replace_tail(length - '\u{E4D}'.len_utf8(), "", raw_end);
                    next = Some(('ำ', true));
                }
                Kind::Lead | Kind::Follow if !self.is_in_url() => self.write_vowel(c, raw_end, is_decoded),
                _ if c_kind.rank().is_some() && !self.is_in_url() => {
                    self.write_mark(c, c_kind, raw_end, is_decoded);
                }
                _ => self.push(c, raw_end, is_decoded),
            }
        }
    }

    /// Appends `c` as it is: in step with the raw text, or as part of an edit when it was not written so there.
    fn push(&mut self, c: char, raw_end: usize, is_edit: bool) {
        if is_edit || raw_end != self.copied_to + c.len_utf8() {
            let mut buffer = [0; 4];
            self.replace_tail(self.out.len(), c.encode_utf8(&mut buffer), raw_end);
        } else {
            self.out.push(c);
            self.copied_to = raw_end;
        }
    }

    fn write_vowel(&mut self, c: char, raw_end: usize, is_decoded: bool) {
        let end = self.out.len();
        match (c, self.out.chars().next_back()) {
            ('เ', Some('เ')) => {
                let start = end - 'เ'.len_utf8();
                // แ after แ: the same vowel once more.
                let text =
                    if self.out.get(..start).is_some_and(|head| head.ends_with('แ')) { "" } else { "แ" };
                self.replace_tail(start, text, raw_end);
            }
            ('เ', Some('แ')) => self.replace_tail(end, "", raw_end),
            (_, Some(before)) if before == c => self.replace_tail(end, "", raw_end),
            _ => self.push(c, raw_end, is_decoded),
        }
    }

    /// Puts a mark at its place among those already on the letter; the same mark twice stands once.
    fn write_mark(&mut self, c: char, c_kind: Kind, raw_end: usize, is_decoded: bool) {
        let Some(mut place) = mark_place(&self.out, c, c_kind) else {
            return self.push(c, raw_end, is_decoded);
        };
        let mut tail_start = place.at;
        if c_kind == Kind::Tone && !place.is_there {
            // A tone after ะ, า or ำ was meant for the consonant before them.
            let head = self.out.get(..place.at).unwrap_or_default();
            let vowel = head.chars().next_back().filter(|&vowel| kind(vowel) == Kind::Follow);
            let before_vowel = vowel.and_then(|vowel| head.get(..head.len() - vowel.len_utf8()));
            if let Some(before_vowel) = before_vowel.filter(|head| stands_on_letter(head))
                && let Some(earlier) = mark_place(before_vowel, c, c_kind)
            {
                tail_start = earlier.at;
                place = earlier;
            }
        }
        if place.at == self.out.len() && !place.is_there {
            return self.push(c, raw_end, is_decoded);
        }
        let mut tail = String::new();
        if !place.is_there {
            tail.push(c);
        }
        tail.push_str(self.out.get(tail_start..).unwrap_or_default());
        self.replace_tail(tail_start, &tail, raw_end);
    }

    /// Composes a combining character (or one that NFC replaces) with the cluster before it.
    fn compose(&mut self, c: char, raw_end: usize, is_decoded: bool) {
        let mut start = self.out.len();
        let mut is_bounded = false;
        for before in self.out.chars().rev().take(MARKS_MAX) {
            if kind(before).is_thai() {
                // Thai marks keep the order of the rules above, also in a heap with foreign ones.
                is_bounded = true;
                break;
            }
            start -= before.len_utf8();
            if canonical_combining_class(before) == 0 {
                is_bounded = true;
                break;
            }
        }
        if !is_bounded && start > 0 {
            return self.push(c, raw_end, is_decoded);
        }
        let tail = self.out.get(start..).unwrap_or_default();
        let composed: String = tail.chars().chain(std::iter::once(c)).nfc().collect();
        if composed.strip_prefix(tail).is_some_and(|added| added.chars().eq(std::iter::once(c))) {
            self.push(c, raw_end, is_decoded);
        } else {
            self.replace_tail(start, &composed, raw_end);
        }
    }

    fn drop_spaces_after_thai(&mut self, raw_end: usize) {
        let head = self.out.trim_end_matches(' ');
        if head.len() < self.out.len() && head.chars().next_back().is_some_and(|c| kind(c).is_thai()) {
            let start = head.len();
            self.replace_tail(start, "", raw_end);
        }
    }

    /// Takes the space out of `กรุงเทพ ฯ` once it is sure that no `ลฯ` follows.
    fn close_paiyannoi(&mut self) {
        if ends_with_loose_paiyannoi(&self.out) {
            let start = self.out.trim_end_matches('ฯ').trim_end_matches(' ').len();
            self.replace_tail(start, "ฯ", self.copied_to);
        }
    }

    fn ends_with_emoji(&self) -> bool {
        self.out
            .chars()
            .next_back()
            .is_some_and(|c| matches!(c, '\u{1F000}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}' | '\u{FE0F}'))
    }

    fn is_in_url(&mut self) -> bool {
        self.urls.reach(self.now)
    }

    /// Replaces everything from output offset `start` on by `text`, which then stands for all raw bytes from there to
    /// `raw_end`. An edit that `start` cuts into is taken in whole.
    fn replace_tail(&mut self, start: usize, text: &str, raw_end: usize) {
        let mut norm_start = start;
        let raw_start = loop {
            match self.edits.last() {
                None => break norm_start,
                Some(edit) if edit.norm_end <= start => break edit.raw_end + (start - edit.norm_end),
                Some(&edit) => {
                    self.edits.pop();
                    if edit.norm_start <= start {
                        norm_start = edit.norm_start;
                        break edit.raw_start;
                    }
                }
            }
        };
        self.out.truncate(start);
        self.out.push_str(text);
        self.copied_to = raw_end;
        let norm_end = self.out.len();
        match self.edits.last_mut() {
            _ if norm_start == norm_end && raw_start == raw_end => {}
            // What was taken out a moment ago comes back in another shape: a decoded entity, sara am, ๆ without its space.
            Some(last) if raw_start == raw_end && last.norm_end == norm_start && last.raw_end == raw_end => {
                last.norm_end = norm_end;
            }
            // A run of deleted characters is one edit, however long.
            Some(last)
                if (last.norm_start, last.norm_end, last.raw_end) == (norm_end, norm_start, raw_start) =>
            {
                last.raw_end = raw_end;
            }
            _ => self.edits.push(Edit { norm_start, norm_end, raw_start, raw_end }),
        }
    }
}

/// Where a mark belongs among the marks at the end of a text, and whether it is there already.
struct MarkPlace {
    at: usize,
    is_there: bool,
}

/// The place of mark `c` at the end of `text`; `None` when the heap of marks there is too high to be a letter's.
fn mark_place(text: &str, c: char, c_kind: Kind) -> Option<MarkPlace> {
    let mut at = text.len();
    for (looked, mark) in text.chars().rev().enumerate() {
        if looked == MARKS_MAX {
            return None;
        }
        match (kind(mark).rank(), c_kind.rank()) {
            _ if mark == c => return Some(MarkPlace { at, is_there: true }),
            (Some(left), Some(right)) if left > right => at -= mark.len_utf8(),
            _ => break,
        }
    }
    Some(MarkPlace { at, is_there: false })
}

/// Whether `text` ends with a Thai letter and its marks.
fn stands_on_letter(text: &str) -> bool {
    let base = text.chars().rev().take(MARKS_MAX).find(|&c| kind(c).rank().is_none());
    base.is_some_and(|base| kind(base) == Kind::Letter)
}

fn ends_with_loose_paiyannoi(text: &str) -> bool {
    text.strip_suffix('ฯ').is_some_and(|head| {
        let word = head.trim_end_matches(' ');
        word.len() < head.len() && word.chars().next_back().is_some_and(|c| kind(c).is_thai() && c != 'ฯ')
    })
}
