//! What each character is to the rules, and what stands for the odd ones.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// What a character can do to its neighbours. Pairs of kinds decide whether the slow path must look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
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
    pub(super) fn rank(self) -> Option<u8> {
        match self {
            Self::Phinthu => Some(0),
            Self::Vowel => Some(1),
            Self::Tone => Some(2),
            Self::Nikhahit => Some(3),
            Self::Thanthakhat => Some(4),
            _ => None,
        }
    }

    pub(super) fn is_thai(self) -> bool {
        !matches!(self, Self::Plain | Self::Space | Self::Semicolon | Self::Odd)
    }
}

pub(super) fn kind(c: char) -> Kind {
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
pub(super) fn is_stable(c: char) -> bool {
    // Most of what meets a Thai text beyond Latin: quotation marks, dashes, bullets, emoji.
    if matches!(c, '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205E}' | '\u{1F000}'..='\u{1FAFF}' | '\u{FE00}'..='\u{FE0F}')
    {
        return true;
    }
    canonical_combining_class(c) == 0
        && unicode_normalization::is_nfc_quick(std::iter::once(c)) == unicode_normalization::IsNormalized::Yes
}

/// The one character that NFC always writes for `c`, such as K for the Kelvin sign.
pub(super) fn singleton(c: char) -> Option<char> {
    let mut composed = std::iter::once(c).nfc();
    composed.next().filter(|&same| same != c && composed.next().is_none())
}

/// What stands for `c` wherever it occurs: `Some("")` deletes it.
pub(super) fn replacement(c: char) -> Option<&'static str> {
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
pub(super) fn private_thai(c: char) -> Option<&'static str> {
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
pub(super) fn may_change(before: Option<char>, c: char, c_kind: Kind) -> bool {
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
