//! Segmentation: Thai has no spaces, so words are found, and everything else is kept whole.
//!
//! A linear model over n-grams of orthographic units says where Thai words begin (see [`Segmenter`]); rules keep together what is one
//! thing: dotted abbreviations (`ก.พ.ร.`, `พล.อ.`), numbers, words of other alphabets, URLs, e-mail addresses, hashtags, emoji.
//! ๆ, ฯ and ฯลฯ are tokens of their own, so that `ต่างๆ` is found by `ต่าง`. What the words mean is left to others.
//!
//! ```
//! use praden_text::{Segmenter, TokenKind};
//! let tokens = Segmenter::embedded().segment("เลขาธิการ ก.พ.ร. แถลงวันนี้");
//! let words: Vec<_> = tokens.iter().filter(|token| token.kind != TokenKind::Space).map(|token| token.text).collect();
//! assert_eq!(words, ["เลขาธิการ", "ก.พ.ร.", "แถลง", "วัน", "นี้"]);
//! ```

use std::sync::{Arc, OnceLock};

use crate::clusters::{floor_cluster, is_attached};
use crate::model::{self, Model, Unit, Work, class, mark};

/// Grows when [`Segmenter`] may cut some text differently, so that stored tokens can be told apart.
pub const SEGMENTER_VERSION: u32 = 3;

/// What a token is, seen from its characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenKind {
    /// A Thai word or part of one, also ๆ, ฯ and ฯลฯ.
    Thai,
    /// A word in another alphabet, with its digits: `COVID-19`, `H1N1`, `5G`.
    Latin,
    /// A number in Arabic or Thai digits with its separators: `1,234.50`, `๒๕๖๐`, `14.30`.
    Number,
    /// A dotted Thai abbreviation: `ก.พ.ร.`, `พล.อ.`, `น.`.
    Abbreviation,
    /// A URL, a host name or an e-mail address.
    Url,
    /// `#` and the word after it.
    Hashtag,
    /// `@` and the name after it.
    Mention,
    /// One emoji with its modifiers and joined parts.
    Emoji,
    /// A run of white space.
    Space,
    /// Punctuation and symbols; the same sign repeated is one token.
    Punctuation,
    /// Anything else.
    Other,
}

/// One token of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'t> {
    /// The characters of the token.
    pub text: &'t str,
    /// Where it starts, in bytes of the segmented text.
    pub start: usize,
    /// What it is.
    pub kind: TokenKind,
}

impl Token<'_> {
    /// Where it ends, in bytes of the segmented text.
    #[must_use]
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// Cuts text into words. Cheap to clone and to share between threads.
#[derive(Clone, Debug)]
pub struct Segmenter {
    model: Arc<Model>,
    words: Option<Arc<UserWords>>,
}

impl Segmenter {
    /// The segmenter with the embedded model, read on first use (some ten milliseconds and a few megabytes).
    #[must_use]
    pub fn embedded() -> &'static Self {
        static EMBEDDED: OnceLock<Segmenter> = OnceLock::new();
        EMBEDDED.get_or_init(|| Self { model: Arc::new(Model::embedded()), words: None })
    }

    /// A segmenter with a model file of one's own, made by the crate's training program; `None` when it is not one.
    #[must_use]
    pub fn from_model(file: &[u8]) -> Option<Self> {
        Some(Self { model: Arc::new(Model::from_bytes(file)?), words: None })
    }

    /// The same segmenter with a user dictionary, added to the words given before.
    ///
    /// Where one of these words occurs it becomes one token, the leftmost first and the longest of those; the model cuts what
    /// is around it. A word is taken as it is written: normalise it first. Empty words and words with white space at an edge are
    /// ignored. Building takes time and memory in proportion to the words.
    #[must_use]
    pub fn with_words<I: IntoIterator<Item: AsRef<str>>>(&self, words: I) -> Self {
        let old = self.words.iter().flat_map(|words| words.all.iter().cloned());
        let all: Vec<String> = old.chain(words.into_iter().map(|word| word.as_ref().to_owned())).collect();
        Self { model: Arc::clone(&self.model), words: UserWords::new(all).map(Arc::new) }
    }

    /// Appends the end offsets (bytes) of the tokens of `normalized` to `ends`.
    ///
    /// Tokens are the ranges between consecutive ends; joined, they are the whole text. White space runs are tokens of
    /// their own. Works on any text, best on a normalised one. Linear. Offsets beyond 4 GiB are not counted: such a text ends
    /// in one long token.
    pub fn segment_into(&self, normalized: &str, ends: &mut Vec<u32>) {
        let mut scratch = Scratch::default();
        let mut from = 0;
        while let Some(rest) = normalized.get(from..).filter(|rest| !rest.is_empty()) {
            let piece = rest.get(..paragraph_end(rest)).unwrap_or(rest);
            let Scratch { classes, starts, units, work, marks } = &mut scratch;
            read(piece, classes, starts);
            self.model.mark(model::read_units(classes, units, marks), work, marks);
            self.cut(piece, from, &scratch, ends);
            from += piece.len();
        }
    }

    /// The tokens of `text`, in order; joined, they are the whole text.
    #[must_use]
    pub fn segment<'t>(&self, text: &'t str) -> Vec<Token<'t>> {
        let mut ends = Vec::with_capacity(text.len() / 8);
        self.segment_into(text, &mut ends);
        let mut start = 0;
        ends.into_iter()
            .filter_map(|end| {
                let end = end as usize;
                let token = text.get(start..end).map(|text| Token { text, start, kind: token_kind(text) });
                start = end;
                token
            })
            .collect()
    }

    fn cut(&self, piece: &str, from: usize, scratch: &Scratch, ends: &mut Vec<u32>) {
        let cutter = Cutter { text: piece, scratch };
        let mut push = |at: usize| {
            let end = from + scratch.starts.get(at).map_or(piece.len(), |&start| start as usize);
            ends.push(u32::try_from(end).unwrap_or(u32::MAX));
        };
        let Some(words) = &self.words else {
            return cutter.cut(0, cutter.len(), &mut push);
        };
        // User words first; the rest is cut around them, still seen by the model as one text.
        let mut done = 0;
        for range in words.find(piece) {
            let place = |byte: usize| scratch.starts.binary_search(&u32::try_from(byte).unwrap_or(u32::MAX));
            let (Ok(start), Ok(end)) = (place(range.start), place(range.end)) else { continue };
            if cutter.may_be_word(start, end) {
                cutter.cut(done, start, &mut push);
                push(end);
                done = end;
            }
        }
        cutter.cut(done, cutter.len(), &mut push);
    }
}

/// Cuts one line with given scores (above 0: a word begins before this character) instead of the model's.
/// For the training of the model, which must judge itself with the same rules.
#[doc(hidden)]
#[must_use]
pub fn cut_scored<'t>(text: &'t str, scores: &[i16]) -> Vec<&'t str> {
    let mut scratch = Scratch::default();
    read(text, &mut scratch.classes, &mut scratch.starts);
    model::read_units(&scratch.classes, &mut scratch.units, &mut scratch.marks);
    for (at, (mark, score)) in scratch.marks.iter_mut().zip(scores).enumerate().skip(1) {
        if *score > 0
            && let Some(&[left, right]) = scratch.classes.get(at - 1..=at)
            && model::may_cut(left, right)
        {
            *mark |= mark::WORD;
        }
    }
    let mut tokens = Vec::new();
    let mut start = 0;
    Cutter { text, scratch: &scratch }.cut(0, scratch.classes.len(), &mut |at| {
        let end = scratch.starts.get(at).map_or(text.len(), |&end| end as usize);
        tokens.extend(text.get(start..end));
        start = end;
    });
    tokens
}

/// Where the first paragraph of `text` ends: after a line feed and all white space that follows it.
///
/// The work is done paragraph by paragraph, so that scratch space follows the paragraph and not the text, and stays in the caches. A
/// paragraph of more than [`PIECE_BYTES_MAX`] ends after the last white space within that, or for want of one between two letters.
fn paragraph_end(text: &str) -> usize {
    let head = text.get(..text.floor_char_boundary(PIECE_BYTES_MAX)).unwrap_or_default();
    let end = match memchr::memchr(b'\n', head.as_bytes()) {
        Some(line) => line,
        None if head.len() == text.len() => return text.len(),
        None => match head.rfind(char::is_whitespace) {
            Some(space) => space,
            None => {
                return Some(floor_cluster(text, PIECE_BYTES_MAX))
                    .filter(|&end| end > 0)
                    .unwrap_or(head.len());
            }
        },
    };
    text.len() - text.get(end..).unwrap_or_default().trim_start().len()
}

/// The most bytes of a paragraph that are read at once: no paragraph of an article is near it.
const PIECE_BYTES_MAX: usize = 64 * 1024;

/// The user dictionary as one automaton.
#[derive(Debug)]
struct UserWords {
    all: Vec<String>,
    automaton: aho_corasick::AhoCorasick,
}

impl UserWords {
    /// `None` when no word is left, or when they are too many for the automaton (some hundred million bytes).
    fn new(mut all: Vec<String>) -> Option<Self> {
        all.retain(|word| !word.is_empty() && word.trim() == word);
        if all.is_empty() {
            return None;
        }
        let automaton = aho_corasick::AhoCorasick::builder()
            .match_kind(aho_corasick::MatchKind::LeftmostLongest)
            .build(&all)
            .ok()?;
        Some(Self { all, automaton })
    }

    fn find<'w>(&'w self, text: &'w str) -> impl Iterator<Item = std::ops::Range<usize>> + 'w {
        self.automaton.find_iter(text).map(|found| found.range())
    }
}

/// What is known of a paragraph, by character: filled once, read by the model and the rules.
#[derive(Default)]
struct Scratch {
    classes: Vec<u8>,
    /// Byte offsets; one more than characters, the last being the length.
    starts: Vec<u32>,
    /// What spelling never tears.
    units: Vec<Unit>,
    work: Work,
    /// What happens before each character, see [`mark`].
    marks: Vec<u8>,
}

/// Fills in the class and the byte offset of every character of `text`, and at the end its length.
fn read(text: &str, classes: &mut Vec<u8>, starts: &mut Vec<u32>) {
    let bytes = text.as_bytes();
    classes.clear();
    starts.clear();
    // ASCII needs the most room, Thai a third of it.
    classes.reserve(text.len() / 2);
    starts.reserve(text.len() / 2 + 1);
    let mut at = 0;
    while let Some(&first) = bytes.get(at) {
        // Offsets beyond 4 GiB all count as there.
        starts.push(u32::try_from(at).unwrap_or(u32::MAX));
        if let Some(&class) = class::ASCII.get(usize::from(first)) {
            classes.push(class);
            at += 1;
        } else if first == 0xE0
            && let Some(&[second @ (0xB8 | 0xB9), third]) = bytes.get(at + 1..at + 3)
        {
            let letter = usize::from(second & 1) << 6 | usize::from(third & 0x3F);
            classes.push(class::THAI_BLOCK.get(letter).copied().unwrap_or(class::OTHER));
            at += 3;
        } else {
            let c = text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or('\0');
            classes.push(class::class_of(c));
            at += c.len_utf8();
        }
    }
    starts.push(u32::try_from(at).unwrap_or(u32::MAX));
}

/// The rules. All positions are characters of the paragraph.
struct Cutter<'a> {
    text: &'a str,
    scratch: &'a Scratch,
}

impl Cutter<'_> {
    fn len(&self) -> usize {
        self.scratch.classes.len()
    }

    fn class(&self, at: usize) -> u8 {
        self.scratch.classes.get(at).copied().unwrap_or(class::EDGE)
    }

    fn byte(&self, at: usize) -> usize {
        self.scratch.starts.get(at).map_or(self.text.len(), |&start| start as usize)
    }

    fn rest(&self, at: usize) -> &str {
        self.text.get(self.byte(at)..).unwrap_or_default()
    }

    fn char(&self, at: usize) -> Option<char> {
        self.rest(at).chars().next()
    }

    /// Pushes the end of every token in `from..to`.
    fn cut(&self, from: usize, to: usize, push: &mut impl FnMut(usize)) {
        let mut at = from;
        while at < to {
            let class = self.class(at);
            if model::is_thai(class) {
                at = self.cut_thai(at, to, push);
            } else {
                at = self.other_token(at, class).clamp(at + 1, to);
                push(at);
            }
        }
    }

    /// Cuts the run of Thai at `from`, with the dots of its abbreviations; gives its end.
    fn cut_thai(&self, from: usize, to: usize, push: &mut impl FnMut(usize)) -> usize {
        let classes = self.scratch.classes.get(..to).unwrap_or_default();
        let marks = self.scratch.marks.get(..to).unwrap_or_default();
        let mut start = from;
        let mut at = from;
        loop {
            at += 1;
            while marks.get(at) == Some(&0) {
                at += 1;
            }
            let mark = marks.get(at).copied().unwrap_or(mark::RULE);
            if mark & mark::RULE != 0 {
                let left = classes.get(at - 1).copied().unwrap_or(class::EDGE);
                let right = classes.get(at).copied().unwrap_or(class::EDGE);
                if !model::is_thai(right) {
                    if right == class::DOT
                        && let Some(end) = self.abbreviation_end(start, at, to)
                    {
                        at = end;
                    }
                    push(at);
                    return at;
                }
                let is_word_start = if left == class::PAIYANNOI || right == class::PAIYANNOI {
                    !self.is_in_etc(at)
                } else {
                    left != right
                };
                if !is_word_start {
                    continue;
                }
            }
            push(at);
            start = at;
        }
    }

    /// Whether the place before character `at` lies inside `ฯลฯ` or `ฯพณฯ`.
    fn is_in_etc(&self, at: usize) -> bool {
        (1..=3).filter_map(|back| at.checked_sub(back).map(|start| (back, start))).any(|(back, start)| {
            let rest = self.rest(start);
            rest.starts_with("ฯพณฯ") || (back < 3 && rest.starts_with("ฯลฯ"))
        })
    }

    /// Where the abbreviation ends whose first dot stands at `dot`, after a Thai token that began at `start`; `None` when the dot is
    /// only a full stop.
    ///
    /// Two dotted groups of few letters (`พ.ศ.`, `พล.ต.อ.`, `เม.ย.`) are one; a single one (`น.`, `กทม.`) when it has
    /// consonants only and is not one of the common words that look so.
    fn abbreviation_end(&self, start: usize, dot: usize, to: usize) -> Option<usize> {
        let first = self.text.get(self.byte(start)..self.byte(dot))?;
        let mut end = dot + 1;
        while let Some(next_dot) = self.group_end(end, to) {
            end = next_dot + 1;
        }
        let is_chain = end > dot + 1 && dot - start <= GROUP_MAX;
        let is_short = dot - start <= GROUP_MAX
            && (start..dot).all(|at| is_consonant(self.class(at)))
            && !FULL_STOP_WORDS.contains(&first);
        (is_chain || is_short || VOWELLED_ABBREVIATIONS.contains(&first)).then_some(end.min(to))
    }

    /// The dot after the dotted group that begins at `at`.
    fn group_end(&self, at: usize, to: usize) -> Option<usize> {
        let dot = (at..to.min(at + GROUP_MAX)).find(|&place| !model::is_thai(self.class(place)))?;
        let is_group = dot > at
            && self.class(dot) == class::DOT
            && (at..dot).any(|place| is_consonant(self.class(place)))
            && !matches!(self.class(at), class::YAMOK | class::PAIYANNOI);
        is_group.then_some(dot)
    }

    /// The end of the token that begins at `at` with something that is not a Thai letter.
    fn other_token(&self, at: usize, class: u8) -> usize {
        match class {
            class::SPACE | class::EDGE => self.run(at, |class| class <= class::SPACE),
            class::DIGIT => self.number_end(at),
            class::LATIN => self.latin_end(at),
            _ => self.sign_end(at),
        }
    }

    fn run(&self, at: usize, belongs: impl Fn(u8) -> bool) -> usize {
        let classes = self.scratch.classes.get(at..).unwrap_or_default();
        at + classes.iter().position(|&class| !belongs(class)).unwrap_or(classes.len())
    }

    fn is_alphanumeric(&self, at: usize) -> bool {
        matches!(self.class(at), class::LATIN | class::DIGIT)
    }

    /// Digits with `,` `.` `:` between them; with letters right after, a word such as `5G`.
    fn number_end(&self, at: usize) -> usize {
        let mut end = self.run(at, |class| class == class::DIGIT);
        if self.class(end) == class::LATIN {
            return self.latin_end(at);
        }
        while self.class(end + 1) == class::DIGIT && matches!(self.char(end), Some(',' | '.' | ':')) {
            end = self.run(end + 1, |class| class == class::DIGIT);
        }
        end
    }

    /// A word of letters and digits with inner hyphens and apostrophes; or a URL, host name or e-mail address.
    fn latin_end(&self, at: usize) -> usize {
        if let Some(length) = address_length(self.rest(at)) {
            let end = self.byte(at) + length;
            return self.scratch.starts.partition_point(|&start| (start as usize) < end);
        }
        let mut end = at;
        loop {
            end = self.run(end, |class| matches!(class, class::LATIN | class::DIGIT));
            while self.char(end).is_some_and(is_attached) && !model::is_thai(self.class(end)) {
                end += 1;
            }
            if self.is_alphanumeric(end) {
                continue;
            }
            let is_joined =
                matches!(self.char(end), Some('-' | '\'' | '’' | '_' | '&')) && self.is_alphanumeric(end + 1);
            // Letters joined to letters with a dot each: U.S.A., but not the end of a sentence.
            let is_initial =
                self.class(end) == class::DOT && end == at + 1 && self.class(end + 1) == class::LATIN;
            if is_joined {
                end += 1;
            } else if is_initial {
                let mut last = end;
                while self.class(last) == class::DOT
                    && self.class(last + 1) == class::LATIN
                    && self.class(last + 2) == class::DOT
                {
                    last += 2;
                }
                return if last > end { last + 1 } else { end };
            } else {
                return end;
            }
        }
    }

    /// A hashtag, a mention, an emoji, a sign or a run of the same sign.
    fn sign_end(&self, at: usize) -> usize {
        let Some(first) = self.char(at) else { return at + 1 };
        let next = self.class(at + 1);
        match first {
            '#' if next == class::LATIN || (model::is_thai(next) && next < class::COUNT) => {
                let mut end = at + 1;
                loop {
                    end = self.run(end, |class| {
                        class >= class::THAI || matches!(class, class::LATIN | class::DIGIT)
                    });
                    if self.char(end) != Some('_') {
                        return end;
                    }
                    end += 1;
                }
            }
            '@' if self.is_alphanumeric(at + 1) => {
                let mut end = at + 1;
                while self.is_alphanumeric(end)
                    || (matches!(self.char(end), Some('_' | '.')) && self.is_alphanumeric(end + 1))
                {
                    end += 1;
                }
                end
            }
            '\u{1F1E6}'..='\u{1F1FF}' if self.char(at + 1).is_some_and(is_flag_letter) => at + 2,
            _ => {
                let mut end = at + 1;
                let is_sign = matches!(self.class(at), class::DOT | class::OPEN | class::MARK);
                while self.char(end).is_some_and(|c| is_sign && c == first) {
                    end += 1;
                }
                loop {
                    match self.char(end) {
                        Some('\u{200D}') if self.char(end + 1).is_some_and(is_pictograph) => end += 2,
                        Some(c) if is_attached(c) && !model::is_thai(self.class(end)) => end += 1,
                        _ => return end,
                    }
                }
            }
        }
    }

    /// Whether a user word may stand at `start..end`: not torn out of a letter, nor out of a Latin word or a number.
    fn may_be_word(&self, start: usize, end: usize) -> bool {
        let may_cut_at = |at: usize| {
            let (Some(left), Some(right)) = (at.checked_sub(1).map(|at| self.class(at)), self.char(at))
            else {
                return true;
            };
            let right_class = self.class(at);
            match (model::is_thai(left), model::is_thai(right_class)) {
                (true, true) => model::may_cut(left, right_class),
                (_, false) if is_attached(right) => false,
                _ => {
                    left != right_class
                        || !matches!(left, class::LATIN | class::DIGIT | class::SPACE | class::EDGE)
                }
            }
        };
        may_cut_at(start) && may_cut_at(end)
    }
}

/// The most characters of one group of a dotted abbreviation.
const GROUP_MAX: usize = 5;

/// Abbreviations with one dot whose letters are not all consonants.
const VOWELLED_ABBREVIATIONS: &[&str] = &["โทร", "ผอ", "มิย", "มีค", "เมย", "อำ", "สำ"];

/// Words of consonants only that end a sentence more often than they are abbreviations.
const FULL_STOP_WORDS: &[&str] = &[
    "กฎ",
    "กด",
    "กบ",
    "กรม",
    "กรอบ",
    "กลม",
    "กลอง",
    "กอด",
    "ขน",
    "ขนม",
    "ขอ",
    "ขอบ",
    "คง",
    "คด",
    "คน",
    "ครบ",
    "คลอง",
    "ควร",
    "งบ",
    "จน",
    "จบ",
    "จม",
    "จอง",
    "จอด",
    "จวน",
    "ชน",
    "ชนบท",
    "ชวน",
    "ชอบ",
    "ชม",
    "ดง",
    "ดอก",
    "ตก",
    "ตน",
    "ตรง",
    "ตลก",
    "ตลอด",
    "ตอน",
    "ตอบ",
    "ถนน",
    "ถล่ม",
    "ถอน",
    "ทน",
    "ทอง",
    "ธง",
    "นก",
    "นม",
    "นอก",
    "นอน",
    "บก",
    "บท",
    "บน",
    "บวก",
    "บอก",
    "ปน",
    "ปลด",
    "ปลอม",
    "ผง",
    "ผม",
    "ผล",
    "ผสม",
    "ฝน",
    "พบ",
    "พร",
    "พล",
    "พวก",
    "พอ",
    "ฟอง",
    "มด",
    "มอง",
    "มอบ",
    "ยก",
    "ยศ",
    "ยอด",
    "ยอม",
    "รก",
    "รถ",
    "รบ",
    "รวม",
    "รส",
    "รอ",
    "รอง",
    "รอด",
    "รอบ",
    "ลง",
    "ลด",
    "ลม",
    "ลอง",
    "วง",
    "วน",
    "ศพ",
    "สงบ",
    "สด",
    "สวน",
    "สอง",
    "สอด",
    "สอน",
    "สอบ",
    "หก",
    "หมด",
    "หอม",
    "อก",
    "อด",
    "ออก",
    "ของ",
];

fn is_consonant(class: u8) -> bool {
    (class::THAI..class::THAI + 0x2E).contains(&class)
}

fn is_flag_letter(c: char) -> bool {
    ('\u{1F1E6}'..='\u{1F1FF}').contains(&c)
}

fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{1F000}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}' | '\u{2190}'..='\u{21FF}' | '\u{2B00}'..='\u{2BFF}' | '\u{2300}'..='\u{23FF}')
}

/// The length in bytes of the URL, host name or e-mail address that `rest` begins with.
fn address_length(rest: &str) -> Option<usize> {
    /// Longer addresses are cut here, so that a text of one word stays linear.
    const URL_BYTES_MAX: usize = 4096;
    /// No host name is longer (RFC 1035).
    const HOST_BYTES_MAX: usize = 255;
    let has_scheme = ["http://", "https://", "ftp://"]
        .iter()
        .any(|scheme| rest.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)));
    let url_length = |from: usize| {
        let tail = rest.as_bytes().get(from..).unwrap_or_default();
        let belongs = |byte: &u8| {
            byte.is_ascii_graphic()
                && !matches!(byte, b'<' | b'>' | b'"' | b'|' | b'\\' | b'^' | b'`' | b'{' | b'}')
        };
        let url = tail
            .get(..tail.iter().take(URL_BYTES_MAX).take_while(|byte| belongs(byte)).count())
            .unwrap_or_default();
        let is_end =
            |byte: &u8| !matches!(byte, b'.' | b',' | b';' | b':' | b'!' | b'?' | b'\'' | b')' | b']' | b'*');
        from + url.iter().rposition(is_end).map_or(0, |last| last + 1)
    };
    if has_scheme {
        return Some(url_length(0)).filter(|&length| length > "https://".len());
    }
    // A host name or an address: labels of letters, digits and hyphens, the last one of letters only.
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let word_end = |from: usize| {
        from + rest.bytes().skip(from).take(HOST_BYTES_MAX).take_while(|&byte| is_word(byte)).count()
    };
    let mut end = word_end(0);
    let mut host_start = 0;
    if rest.as_bytes().get(end) == Some(&b'@') {
        host_start = end + 1;
        end = word_end(host_start);
    }
    let host = rest.get(host_start..end)?.trim_end_matches(['.', '-', '_']);
    let (labels, top) = host.rsplit_once('.')?;
    let is_host = top.len() >= 2
        && top.bytes().all(|byte| byte.is_ascii_lowercase())
        && labels.split('.').all(|label| !label.is_empty())
        && labels.bytes().any(|byte| byte.is_ascii_alphabetic());
    if !is_host {
        return None;
    }
    end = host_start + host.len();
    let has_path = host_start == 0 && rest.as_bytes().get(end) == Some(&b'/');
    Some(if has_path { url_length(end).max(end) } else { end })
}

/// What a token of this text is. Reads only the characters given.
#[must_use]
pub fn token_kind(token: &str) -> TokenKind {
    let mut rest = token.chars();
    let Some(first) = rest.next() else { return TokenKind::Other };
    let is_single = rest.next().is_none();
    match model::class_of(first) {
        class::EDGE | class::SPACE => TokenKind::Space,
        class::DIGIT if token.contains(|c: char| model::class_of(c) == class::LATIN) => latin_kind(token),
        class::DIGIT => TokenKind::Number,
        class::LATIN => latin_kind(token),
        class if model::is_thai(class) && token.ends_with('.') => TokenKind::Abbreviation,
        class if model::is_thai(class) => TokenKind::Thai,
        _ if first == '#' && !is_single && !token.ends_with('#') => TokenKind::Hashtag,
        _ if first == '@' && !is_single && !token.ends_with('@') => TokenKind::Mention,
        _ if is_pictograph(first) || token.contains('\u{FE0F}') => TokenKind::Emoji,
        class::DOT | class::OPEN | class::MARK => TokenKind::Punctuation,
        _ if matches!(first, '\u{A1}'..='\u{BF}' | '\u{D7}' | '\u{F7}' | '\u{3001}'..='\u{3030}') => {
            TokenKind::Punctuation
        }
        _ => TokenKind::Other,
    }
}

fn latin_kind(token: &str) -> TokenKind {
    if address_length(token) == Some(token.len()) { TokenKind::Url } else { TokenKind::Latin }
}

#[cfg(test)]
#[path = "segment_tests.rs"]
mod tests;
