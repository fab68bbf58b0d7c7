//! Mentions: where a text names an agency, to the byte.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::AgencyId;

/// A part of an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldName {
    /// The headline.
    Title,
    /// The body.
    Text,
}

impl FieldName {
    /// The name used in output and the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Text => "text",
        }
    }
}

/// A half-open range of bytes, in a text that is named beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span of a range. Texts are bounded far below 4 GiB, so nothing is cut.
    pub fn new(range: Range<usize>) -> Self {
        Self { start: range.start as u32, end: range.end as u32 }
    }

    /// The span as a range.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The text under the span, if it lies inside and on letter boundaries.
    pub fn of(self, text: &str) -> Option<&str> {
        text.get(self.range())
    }
}

/// Why a mention was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AcceptRule {
    /// The full name, in Thai or English.
    FullName,
    /// Another name.
    Alias,
    /// A name it used to have.
    FormerName,
    /// The title of its head.
    Head,
    /// An abbreviation that is no other word.
    Abbreviation,
    /// A form that needs context, and has it in this text.
    WeakInContext,
    /// The text itself says what the abbreviation stands for: `ชื่อเต็ม (ย่อ)`.
    Defined,
    /// The full name with one slip of the keyboard.
    Misspelt,
}

impl AcceptRule {
    /// All rules, the surest first.
    pub const ALL: [Self; 8] = [
        Self::FullName,
        Self::Alias,
        Self::FormerName,
        Self::Head,
        Self::Abbreviation,
        Self::WeakInContext,
        Self::Defined,
        Self::Misspelt,
    ];

    /// The name used in output and the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FullName => "full_name",
            Self::Alias => "alias",
            Self::FormerName => "former_name",
            Self::Head => "head",
            Self::Abbreviation => "abbreviation",
            Self::WeakInContext => "weak_in_context",
            Self::Defined => "defined",
            Self::Misspelt => "misspelt",
        }
    }

    /// The rule of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }
}

/// One place in one revision that names an agency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mention {
    /// Where: title or text.
    pub field: FieldName,
    /// The bytes in the field as published: `field[raw] == surface`.
    pub raw: Span,
    /// The bytes in the normalised field.
    pub normalized: Span,
    /// Whom.
    pub agency: AgencyId,
    /// What stands there, as published.
    pub surface: String,
    /// Why it counts.
    pub rule: AcceptRule,
}
