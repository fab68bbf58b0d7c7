//! Character classes: what the model can tell apart, and which classes stay together.

/// The end of a line or of the text.
pub const EDGE: u8 = 0;
/// White space within a line.
pub const SPACE: u8 = 1;
/// Arabic and Thai digits.
pub const DIGIT: u8 = 2;
/// Letters of other alphabets.
pub const LATIN: u8 = 3;
/// A full stop.
pub const DOT: u8 = 4;
/// Opening brackets and quotation marks.
pub const OPEN: u8 = 5;
/// Other punctuation and symbols.
pub const MARK: u8 = 6;
/// Everything else: emoji, combining marks, control characters.
pub const OTHER: u8 = 7;
/// ก. The other Thai letters follow in the order of Unicode.
pub const THAI: u8 = 8;
/// ฯ.
pub const PAIYANNOI: u8 = THAI + 0x2E;
/// ะ, the first vowel that follows its consonant.
pub const SARA_A: u8 = THAI + 0x2F;
/// เ, the first leading vowel.
pub const SARA_E: u8 = THAI + 0x3A;
/// ๆ.
pub const YAMOK: u8 = SARA_E + 6;
/// The number of classes.
pub const COUNT: u8 = SARA_E + 15;

const _: () = assert!(COUNT <= 128, "seven bits hold a class");

/// The class of a character.
#[must_use]
pub fn class_of(c: char) -> u8 {
    match class_of_known(c) {
        OTHER if c.is_whitespace() => SPACE,
        OTHER if c.is_alphabetic() => LATIN,
        class => class,
    }
}

/// The classes that can be told without Unicode's tables; [`OTHER`] for the rest.
const fn class_of_known(c: char) -> u8 {
    match c {
        '\n' | '\r' => EDGE,
        '0'..='9' | '๐'..='๙' => DIGIT,
        'a'..='z' | 'A'..='Z' => LATIN,
        '.' => DOT,
        '(' | '[' | '{' | '"' | '\'' | '“' | '‘' | '«' | '<' => OPEN,
        ' ' | '\t' | '\u{0B}' | '\u{0C}' => SPACE,
        '!'..='~' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205E}' | '฿' | '๏' | '๚' | '๛' => MARK,
        '\u{E01}'..='\u{E3A}' => THAI + (c as u32 - 0xE01) as u8,
        '\u{E40}'..='\u{E4E}' => SARA_E + (c as u32 - 0xE40) as u8,
        _ => OTHER,
    }
}

/// The classes of ASCII, by byte.
pub(crate) const ASCII: [u8; 128] = classes_from('\0');

/// The classes of U+0E00 to U+0E7F.
pub(crate) const THAI_BLOCK: [u8; 128] = classes_from('\u{E00}');

const fn classes_from(first: char) -> [u8; 128] {
    let mut classes = [OTHER; 128];
    let mut at = 0;
    while at < classes.len() {
        if let Some(c) = char::from_u32(first as u32 + at as u32) {
            classes[at] = class_of_known(c);
        }
        at += 1;
    }
    classes
}

/// Whether a class is that of a Thai letter or mark, ๆ and ฯ included.
#[must_use]
pub fn is_thai(class: u8) -> bool {
    class >= THAI
}

/// ั, which needs a consonant after it.
const MAI_HAN_AKAT: u8 = THAI + 0x30;
/// ื, which needs one too.
const SARA_UEE: u8 = THAI + 0x36;
/// ์, which silences the consonant before it.
pub(super) const THANTHAKHAT: u8 = SARA_E + 12;

/// Whether a class is a vowel or mark that leans on what is before it: ะ ั า ำ ิ ี ึ ื ุ ู ฺ ๅ ็ ่ ้ ๊ ๋ ์ ํ ๎.
const fn is_leaning(class: u8) -> bool {
    (class >= SARA_A && class < SARA_E) || class == SARA_E + 5 || (class > YAMOK && class < COUNT)
}

/// Whether a class is a vowel that stands before its consonant: เ แ โ ใ ไ.
const fn is_leading(class: u8) -> bool {
    class >= SARA_E && class < SARA_E + 5
}

/// Whether a class is a Thai consonant (or ฤ, ฦ).
pub(super) const fn is_consonant(class: u8) -> bool {
    class >= THAI && class < PAIYANNOI
}

/// Whether a word may begin with a character of class `right` after one of class `left`, both Thai: not before a vowel or mark
/// that leans on what is before it, not after a leading vowel.
#[must_use]
pub const fn may_cut(left: u8, right: u8) -> bool {
    !is_leaning(right) && !is_leading(left)
}

/// Reasons for two neighbours to be one unit: they are when what the first asks meets what the second offers, see [`JOINTS`].
pub(super) mod joint {
    /// A Thai letter, and a mark that leans on it.
    pub const LEANS: u8 = 1;
    /// A leading vowel, and any Thai letter.
    pub const LEADS: u8 = 2;
    /// A vowel that needs a consonant, and a consonant; tone marks between them pass it on.
    pub const CODA: u8 = 4;
    /// Runs of one class each, that count as one character.
    pub const RUNS: u8 = 0x78;
    /// All of these.
    pub const ALL: u8 = 0x7F;
    /// Not a reason, but beside them: the places before and after belong to the rules.
    pub const RULE: u8 = 0x80;
}

/// By class, from the lowest byte: what it asks of the character after it, what it offers to the one before it, and what it
/// passes on from the one before to the one after.
pub(super) const JOINTS: [u32; 128] = {
    let (left, right) = (joints(true), joints(false));
    let mut all = [0; 128];
    let mut at = 0;
    while at < all.len() {
        let is_tone = at >= SARA_E as usize + 8 && at < SARA_E as usize + 12;
        let passed = if is_tone { joint::CODA } else { 0 };
        all[at] = left[at] as u32 | (right[at] as u32) << 8 | (passed as u32) << 16;
        at += 1;
    }
    all
};

const fn joints(is_left: bool) -> [u8; 128] {
    let mut joints = [joint::RULE; 128];
    let mut at = 0;
    while at < COUNT {
        joints[at as usize] = match at {
            EDGE..=LATIN => joint::RULE | 0x08 << at,
            PAIYANNOI | YAMOK => joint::RULE | if is_left { joint::LEANS } else { joint::LEADS },
            THAI.. if is_left => {
                let coda = if at == MAI_HAN_AKAT || at == SARA_UEE { joint::CODA } else { 0 };
                joint::LEANS | coda | if is_leading(at) { joint::LEADS } else { 0 }
            }
            THAI.. => {
                let coda = if is_consonant(at) { joint::CODA } else { 0 };
                joint::LEADS | coda | if is_leaning(at) { joint::LEANS } else { 0 }
            }
            _ => joint::RULE,
        };
        at += 1;
    }
    joints
}
