//! Normalisation: one spelling for what is one text, with the way back to the bytes as published.
//!
//! What it does, each as a rule on what has been written so far:
//!
//! | rule | example |
//! |---|---|
//! | invisible characters out (zero-width, BOM, soft hyphen, bidi and control characters) | `กรม\u{200B}การ` to `กรมการ` |
//! | exotic spaces to a space, Unicode line ends to a line feed | `ก\u{A0}ข` to `ก ข` |
//! | HTML entities left in text are decoded | `&nbsp;`, `&#3585;`, `&amp;amp;` |
//! | NFC (never NFKC, which would split ำ) | `e` and U+0301 to `é` |
//! | nikhahit and sara aa become sara am, the tone before it, whatever the order was | `นํ้า`, `น้ํา`, `นำ้` to `น้ำ` |
//! | two sara e become sara ae | `เเปล` to `แปล` |
//! | marks in one order: vowel, tone, thanthakhat; the same mark once; a tone typed after its vowel goes before it | `ท่ี` to `ที่`, `มา้` to `ม้า` |
//! | a vowel written repeatedly stands once | `จ้าาา` to `จ้า` |
//! | Thai digits become Arabic ones | `๒๕๖๐` to `2560` |
//! | no space before ๆ, none before ฯ (but before ฯลฯ) | `ต่าง ๆ` to `ต่างๆ` |
//! | Thai letters in the private use area (old Windows and Mac fonts) | U+F70A to mai ek |
//!
//! What it never does: fold vowels, tones or consonants, change case, collapse spaces, touch the inside of a URL, or alter
//! numbers beyond the shape of their digits. Stretched letters and dotless abbreviations change words and are left to
//! [`crate::variants`]; bytes that are not UTF-8 yet are left to the decoder of the crawler.
//!
//! ```
//! let clean = praden_text::normalize("นํ้าท่วม เเจ้ง ๑๑๑");
//! assert_eq!(clean.as_str(), "น้ำท่วม แจ้ง 111");
//! let at = clean.as_str().find("แจ้ง").unwrap();
//! let raw = clean.map().to_raw(at..at + "แจ้ง".len());
//! assert_eq!("นํ้าท่วม เเจ้ง ๑๑๑".get(raw), Some("เเจ้ง"));
//! ```
//!
//! Every rule looks only at the end of the output and the next character, and leaves no place where a rule would still
//! apply. That makes it linear, and makes a second run change nothing.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// Grows when [`normalize`] may answer differently for some text, so that stored normalised texts can be told apart.
pub const NORMALIZER_VERSION: u32 = 1;

/// The most marks looked back over for one letter. Longer heaps are no text; the bound keeps the work linear.
const MARKS_MAX: usize = 32;

/// How far back a URL may have begun, in bytes. The bound keeps the work linear.
const URL_BYTES_MAX: usize = 2048;

/// A normalised text with its way back to the raw one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normalized<'a> {
    text: Cow<'a, str>,
    map: OffsetMap,
}

impl Normalized<'_> {
    /// The normalised text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The map between byte offsets of the normalised and of the raw text.
    #[must_use]
    pub fn map(&self) -> &OffsetMap {
        &self.map
    }

    /// The normalised text and its map, owned.
    #[must_use]
    pub fn into_parts(self) -> (String, OffsetMap) {
        (self.text.into_owned(), self.map)
    }

    /// Whether the raw text was already normal; then nothing was copied.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.map.edits.is_empty()
    }
}

/// One replaced stretch: these normalised bytes stand for those raw bytes. Either side may be empty, not both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Edit {
    norm_start: usize,
    norm_end: usize,
    raw_start: usize,
    raw_end: usize,
}

/// Where each byte of a normalised text came from: the edits, sparse; between them offsets run in step.
///
/// All offsets are bytes. Ranges are half open. Takes 32 bytes per edit and nothing for a clean text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffsetMap {
    edits: Vec<Edit>,
    norm_len: usize,
    raw_len: usize,
}

impl OffsetMap {
    /// The raw range that was read as `normalized_range`: the smallest that covers it, without invisible characters that
    /// were deleted at its edges. A range that cuts into a repaired cluster gives the whole cluster. Offsets beyond the
    /// end give the end. Takes a binary search.
    #[must_use]
    pub fn to_raw(&self, normalized_range: Range<usize>) -> Range<usize> {
        let start = self.raw_of(normalized_range.start, true);
        let end = self.raw_of(normalized_range.end, false);
        if normalized_range.is_empty() { start..start } else { start..end.max(start) }
    }

    /// The normalised range that `raw_range` became; empty when all of it was deleted. A range that cuts into a repaired
    /// cluster gives the whole cluster. Offsets beyond the end give the end. Takes a binary search.
    #[must_use]
    pub fn to_normalized(&self, raw_range: Range<usize>) -> Range<usize> {
        let start = self.norm_of(raw_range.start, true);
        let end = self.norm_of(raw_range.end, false);
        if raw_range.is_empty() { start..start } else { start..end.max(start) }
    }

    /// The offsets at which the distance between the two texts changes, as (normalised byte, raw byte), in order; the first
    /// is (0, 0) and the last the two lengths. Between two points that are equally far apart in both texts, offsets run in
    /// step; other stretches were replaced as a whole.
    pub fn points(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let inner = self
            .edits
            .iter()
            .flat_map(|edit| [(edit.norm_start, edit.raw_start), (edit.norm_end, edit.raw_end)]);
        let mut last = None;
        std::iter::once((0, 0)).chain(inner).chain(std::iter::once((self.norm_len, self.raw_len))).filter(
            move |&point| {
                let is_new = last != Some(point);
                last = Some(point);
                is_new
            },
        )
    }

    /// Whether both texts are the same.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.edits.is_empty()
    }

    fn raw_of(&self, norm: usize, is_start: bool) -> usize {
        let norm = norm.min(self.norm_len);
        // Edits that end at or before a range's start lie behind it; at a range's end only those that begin before it do.
        let behind = if is_start {
            self.edits.partition_point(|edit| edit.norm_end <= norm && edit.norm_start <= norm)
        } else {
            self.edits.partition_point(|edit| edit.norm_start < norm)
        };
        let Some(edit) = behind.checked_sub(1).and_then(|last| self.edits.get(last)) else {
            return match self.edits.get(behind) {
                Some(next) if is_start && next.norm_start < norm => next.raw_start,
                _ => norm,
            };
        };
        if is_start {
            match self.edits.get(behind) {
                Some(next) if next.norm_start < norm => next.raw_start,
                _ => edit.raw_end + (norm - edit.norm_end),
            }
        } else {
            edit.raw_end + norm.saturating_sub(edit.norm_end)
        }
    }

    fn norm_of(&self, raw: usize, is_start: bool) -> usize {
        let raw = raw.min(self.raw_len);
        let behind = if is_start {
            self.edits.partition_point(|edit| edit.raw_end <= raw)
        } else {
            self.edits.partition_point(|edit| edit.raw_start < raw)
        };
        if is_start
            && let Some(next) = self.edits.get(behind)
            && next.raw_start < raw
        {
            return next.norm_start;
        }
        match behind.checked_sub(1).and_then(|last| self.edits.get(last)) {
            Some(edit) => edit.norm_end + raw.saturating_sub(edit.raw_end),
            None => raw,
        }
    }
}

/// What a character can do to its neighbours. Pairs of kinds decide whether the slow path must look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Kind {
    /// Nothing: letters and signs that no rule knows.
    Plain,
    Space,
    /// Thai letters that are neither vowels nor marks.
    Letter,
    Lead,
    /// ะ า ำ: vowels that follow their consonant and its tone.
    Follow,
    Phinthu,
    Vowel,
    Tone,
    Nikhahit,
    Thanthakhat,
    Yamok,
    Paiyannoi,
    Digit,
    Semicolon,
    /// To be deleted, replaced by a space or line feed, mapped, or composed: always looked at.
    Odd,
}

impl Kind {
    /// The place of a mark in its cluster; `None` for what is not a Thai mark.
    fn rank(self) -> Option<u8> {
        match self {
            Self::Phinthu => Some(0),
            Self::Vowel => Some(1),
            Self::Tone => Some(2),
            Self::Nikhahit => Some(3),
            Self::Thanthakhat => Some(4),
            _ => None,
        }
    }

    fn is_thai(self) -> bool {
        !matches!(self, Self::Plain | Self::Space | Self::Semicolon | Self::Odd)
    }
}

fn kind(c: char) -> Kind {
    match c {
        ' ' => Kind::Space,
        ';' => Kind::Semicolon,
        '\t' | '\n' | '\r' => Kind::Plain,
        '\u{00}'..='\u{1F}' | '\u{7F}'..='\u{A0}' | '\u{AD}' => Kind::Odd,
        '\u{20}'..='\u{2FF}' => Kind::Plain,
        'ก'..='ฮ' | 'ๅ' => Kind::Letter,
        'ฯ' => Kind::Paiyannoi,
        'ะ' | 'า' | 'ำ' => Kind::Follow,
        'เ'..='ไ' => Kind::Lead,
        '\u{E3A}' => Kind::Phinthu,
        '\u{E31}' | '\u{E34}'..='\u{E39}' | '\u{E47}' => Kind::Vowel,
        '\u{E48}'..='\u{E4B}' => Kind::Tone,
        '\u{E4D}' => Kind::Nikhahit,
        '\u{E4C}' | '\u{E4E}' => Kind::Thanthakhat,
        'ๆ' => Kind::Yamok,
        '๐'..='๙' => Kind::Digit,
        _ if replacement(c).is_some() || !is_stable(c) => Kind::Odd,
        _ => Kind::Plain,
    }
}

/// Whether NFC never changes `c` nor what stands before it.
fn is_stable(c: char) -> bool {
    // Most of what meets a Thai text beyond Latin: quotation marks, dashes, bullets, emoji.
    if matches!(c, '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205E}' | '\u{1F000}'..='\u{1FAFF}' | '\u{FE00}'..='\u{FE0F}')
    {
        return true;
    }
    canonical_combining_class(c) == 0
        && unicode_normalization::is_nfc_quick(std::iter::once(c)) == unicode_normalization::IsNormalized::Yes
}

/// The one character that NFC always writes for `c`, such as K for the Kelvin sign.
fn singleton(c: char) -> Option<char> {
    let mut composed = std::iter::once(c).nfc();
    composed.next().filter(|&same| same != c && composed.next().is_none())
}

/// What stands for `c` wherever it occurs: `Some("")` deletes it.
fn replacement(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{00}'..='\u{08}'
        | '\u{0B}'
        | '\u{0C}'
        | '\u{0E}'..='\u{1F}'
        | '\u{7F}'..='\u{84}'
        | '\u{86}'..='\u{9F}' => "",
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' => {
            ""
        }
        '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' => "",
        '\u{85}' | '\u{2028}' | '\u{2029}' => "\n",
        '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => " ",
        '\u{F700}'..='\u{F71A}' | '\u{F884}'..='\u{F89E}' => return private_thai(c),
        _ => return None,
    })
}

/// Thai glyphs that Windows (U+F700..) and Mac (U+F884..) fonts kept in the private use area: shifted marks and letters
/// without their lower part. The table is that of the HarfBuzz Thai shaper (`hb-ot-shaper-thai.cc`).
fn private_thai(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{F700}' | '\u{F89E}' => "ฐ",
        '\u{F70F}' | '\u{F89A}' => "ญ",
        '\u{F701}' | '\u{F885}' => "\u{E34}",
        '\u{F702}' | '\u{F886}' => "\u{E35}",
        '\u{F703}' | '\u{F887}' => "\u{E36}",
        '\u{F704}' | '\u{F888}' => "\u{E37}",
        '\u{F710}' | '\u{F884}' => "\u{E31}",
        '\u{F712}' | '\u{F889}' => "\u{E47}",
        '\u{F711}' | '\u{F899}' => "\u{E4D}",
        '\u{F705}' | '\u{F70A}' | '\u{F713}' | '\u{F88A}' | '\u{F88B}' | '\u{F88C}' => "\u{E48}",
        '\u{F706}' | '\u{F70B}' | '\u{F714}' | '\u{F88D}' | '\u{F88E}' | '\u{F88F}' => "\u{E49}",
        '\u{F707}' | '\u{F70C}' | '\u{F715}' | '\u{F890}' | '\u{F891}' | '\u{F892}' => "\u{E4A}",
        '\u{F708}' | '\u{F70D}' | '\u{F716}' | '\u{F893}' | '\u{F894}' | '\u{F895}' => "\u{E4B}",
        '\u{F709}' | '\u{F70E}' | '\u{F717}' | '\u{F896}' | '\u{F897}' | '\u{F898}' => "\u{E4C}",
        '\u{F718}' | '\u{F89B}' => "\u{E38}",
        '\u{F719}' | '\u{F89C}' => "\u{E39}",
        '\u{F71A}' | '\u{F89D}' => "\u{E3A}",
        _ => return None,
    })
}

/// Whether a rule may apply when `c` is written after `before`. `false` is certain, `true` sends the pair to the slow path.
fn may_change(before: Option<char>, c: char, c_kind: Kind) -> bool {
    let before_kind = before.map_or(Kind::Plain, kind);
    match c_kind {
        Kind::Odd | Kind::Digit | Kind::Semicolon => true,
        _ if before_kind == Kind::Paiyannoi && c != 'ล' => true,
        Kind::Yamok | Kind::Paiyannoi => before_kind == Kind::Space,
        Kind::Lead | Kind::Follow => {
            before == Some(c)
                || (c == 'เ' && before == Some('แ'))
                || (c == 'า' && before_kind == Kind::Nikhahit)
        }
        _ => match (before_kind.rank(), c_kind.rank()) {
            (Some(left), Some(right)) => left > right || before == Some(c),
            (None, Some(_)) => c_kind == Kind::Tone && before_kind == Kind::Follow,
            _ => false,
        },
    }
}

/// Codes of characters for the table of changes: Thai letters by their place in the block, of which U+0E00 and the places from
/// U+0E7B on are empty and stand for others.
const OTHER: usize = 0;
const SPACE: usize = 0x7B;
const SEMICOLON: usize = 0x7C;
const CONTROL: usize = 0x7D;
const UNKNOWN: usize = 0x7F;

fn ascii_code(byte: u8) -> usize {
    match byte {
        b' ' => SPACE,
        b';' => SEMICOLON,
        b'\t' | b'\n' | b'\r' => OTHER,
        0..0x20 | 0x7F => CONTROL,
        _ => OTHER,
    }
}

fn code_of(c: char) -> usize {
    match c {
        '\0'..='\x7F' => ascii_code(c as u8),
        '\u{E00}'..='\u{E7F}' => c as usize - 0xE00,
        _ => OTHER,
    }
}

/// For each code the codes that may change behind it, as bits: [`may_change`] asked once for every pair.
fn changes() -> &'static [u128; 128] {
    static CHANGES: OnceLock<[u128; 128]> = OnceLock::new();
    CHANGES.get_or_init(|| {
        let char_of = |code: usize| match code {
            OTHER => Some('x'),
            SPACE => Some(' '),
            SEMICOLON => Some(';'),
            _ => char::from_u32(0xE00 + code as u32),
        };
        std::array::from_fn(|before| {
            let asked = |code: usize| {
                let is_odd = matches!(code, CONTROL..=UNKNOWN);
                is_odd || char_of(code).is_some_and(|c| may_change(char_of(before), c, kind(c)))
            };
            (0..128).filter(|&code| asked(code)).fold(0, |row, code| row | 1 << code)
        })
    })
}

/// Normalises `raw`. See the [module](self) for what changes and what never does.
///
/// Linear in the length; normalising twice changes nothing more; borrows when there is nothing to do.
#[must_use]
pub fn normalize(raw: &str) -> Normalized<'_> {
    let mut writer = Writer { raw, out: String::new(), edits: Vec::new(), copied_to: 0, may_hold_url: true };
    let changes = changes();
    let bytes = raw.as_bytes();
    let (mut at, mut before) = (0, OTHER);
    while let Some(&first) = bytes.get(at) {
        // Nearly all text is ASCII or Thai and needs one look at a table; the rest goes the long way.
        let (code, length) = match (first, bytes.get(at + 1), bytes.get(at + 2)) {
            (0..0x80, ..) => (ascii_code(first), 1),
            (0xE0, Some(&second @ (0xB8 | 0xB9)), Some(&third)) => {
                (usize::from(second & 1) << 6 | usize::from(third & 0x3F), 3)
            }
            _ => (UNKNOWN, 1),
        };
        if changes.get(before).is_some_and(|row| row >> code & 1 == 0) {
            before = code;
            at += length;
            continue;
        }
        let Some(c) = raw.get(at..).and_then(|rest| rest.chars().next()) else { break };
        let end = at + c.len_utf8();
        let written =
            if writer.copied_to == at { writer.out.as_str() } else { raw.get(..at).unwrap_or_default() };
        if code != UNKNOWN || may_change(written.chars().next_back(), c, kind(c)) {
            if writer.copied_to == 0 {
                // Entities may spell out the characters that a URL needs.
                writer.may_hold_url = memchr::memchr3(b'/', b'w', b'&', bytes).is_some();
            }
            writer.copy_to(at);
            writer.write(c, end);
            before = writer.out.chars().next_back().map_or(OTHER, code_of);
        } else {
            before = OTHER;
        }
        at = end;
    }
    writer.finish()
}

/// The output so far, its edits, and how much of the raw text it stands for.
struct Writer<'a> {
    raw: &'a str,
    out: String,
    edits: Vec<Edit>,
    /// Raw bytes before this offset are in `out`.
    copied_to: usize,
    /// Whether a URL can occur at all: asked for every change, so answered once.
    may_hold_url: bool,
}

impl<'a> Writer<'a> {
    fn copy_to(&mut self, raw_at: usize) {
        self.out.push_str(self.raw.get(self.copied_to..raw_at).unwrap_or_default());
        self.copied_to = raw_at;
    }

    fn finish(mut self) -> Normalized<'a> {
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

    /// Writes one character that ends at `raw_end`, applying every rule.
    fn write(&mut self, c: char, raw_end: usize) {
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

    fn is_in_url(&self) -> bool {
        self.may_hold_url && is_in_url(&self.out)
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

/// Whether the end of `text` lies inside a URL, where nothing is altered.
///
/// A URL runs from `http://`, `https://`, `ftp://` or `www.` to white space, a quotation mark or an angle bracket. Letters
/// beyond ASCII belong to it only after one of `/ ? = & # _ - %` or another such letter: Thai text often follows a URL unspaced.
fn is_in_url(text: &str) -> bool {
    let tail =
        text.get(text.ceil_char_boundary(text.len().saturating_sub(URL_BYTES_MAX))..).unwrap_or_default();
    let token =
        tail.rsplit(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"')).next().unwrap_or_default();
    let Some(start) =
        ["http://", "https://", "ftp://", "www."].iter().filter_map(|head| token.find(head)).min()
    else {
        return false;
    };
    let mut before = ' ';
    token.get(start..).unwrap_or_default().chars().all(|c| {
        let belongs = c.is_ascii()
            || !before.is_ascii()
            || matches!(before, '/' | '?' | '=' | '&' | '#' | '_' | '-' | '%');
        before = c;
        belongs
    })
}

/// The entity that a `;` would close at the end of `out`: where its `&` stands, and what it means.
fn entity_before(out: &str) -> Option<(usize, char)> {
    const NAME_BYTES_MAX: usize = 10;
    let window = out.len().saturating_sub(NAME_BYTES_MAX + 1);
    let start = window + out.as_bytes().get(window..)?.iter().rposition(|&byte| byte == b'&')?;
    let name = out.get(start + 1..)?;
    let decoded = if let Some(digits) = name.strip_prefix('#') {
        let number = match digits.strip_prefix(['x', 'X']) {
            Some(hex) if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                u32::from_str_radix(hex, 16).ok()?
            }
            None if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
            _ => return None,
        };
        char::from_u32(number).filter(|&c| c != '\0')?
    } else {
        named_entity(name)?
    };
    Some((start, decoded))
}

/// The named entities met in news text (HTML Living Standard, section 13.5, a selection).
fn named_entity(name: &str) -> Option<char> {
    Some(match name {
        "nbsp" | "NBSP" => '\u{A0}',
        "amp" | "AMP" => '&',
        "lt" | "LT" => '<',
        "gt" | "GT" => '>',
        "quot" | "QUOT" => '"',
        "apos" => '\'',
        "ldquo" => '“',
        "rdquo" => '”',
        "bdquo" => '„',
        "lsquo" => '‘',
        "rsquo" => '’',
        "sbquo" => '‚',
        "laquo" => '«',
        "raquo" => '»',
        "lsaquo" => '‹',
        "rsaquo" => '›',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        "bull" => '•',
        "middot" => '·',
        "deg" => '°',
        "times" => '×',
        "divide" => '÷',
        "plusmn" => '±',
        "frac12" => '½',
        "frac14" => '¼',
        "frac34" => '¾',
        "sup2" => '²',
        "sup3" => '³',
        "micro" => 'µ',
        "permil" => '‰',
        "copy" => '©',
        "reg" => '®',
        "trade" => '™',
        "euro" => '€',
        "pound" => '£',
        "yen" => '¥',
        "cent" => '¢',
        "sect" => '§',
        "para" => '¶',
        "prime" => '′',
        "rarr" => '→',
        "larr" => '←',
        "uarr" => '↑',
        "darr" => '↓',
        "le" => '≤',
        "ge" => '≥',
        "ne" => '≠',
        "asymp" => '≈',
        "infin" => '∞',
        "eacute" => 'é',
        "egrave" => 'è',
        "agrave" => 'à',
        "aacute" => 'á',
        "ccedil" => 'ç',
        "ntilde" => 'ñ',
        "ouml" => 'ö',
        "uuml" => 'ü',
        "auml" => 'ä',
        "ensp" => '\u{2002}',
        "emsp" => '\u{2003}',
        "thinsp" => '\u{2009}',
        "zwnj" => '\u{200C}',
        "zwj" => '\u{200D}',
        "lrm" => '\u{200E}',
        "rlm" => '\u{200F}',
        "shy" => '\u{AD}',
        _ => return None,
    })
}

#[cfg(test)]
#[path = "normalize_tests.rs"]
mod tests;
