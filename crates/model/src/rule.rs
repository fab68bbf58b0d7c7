//! Rules: what a desk's stored query found in an article, and what it does with it.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{AgencyId, FieldName, IssueKind, RuleId, Span};

/// What a rule does with an article that it finds, beside saying so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct RuleEffects {
    /// Words that the desk sorts by. Not searched in the text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What kind of issue it would be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<IssueKind>,
    /// Who should answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agency: Option<AgencyId>,
    /// Whether it is to be an issue at all.
    #[serde(skip_serializing_if = "Attention::is_unchanged")]
    pub attention: Attention,
}

/// Whether a rule makes an article an issue, or keeps it from being one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attention {
    /// The score decides.
    #[default]
    Unchanged,
    /// It is an issue, whatever the score. Wins over [`Attention::Silence`]: what a desk asked for must not vanish.
    Raise,
    /// It is no issue, whatever the score.
    Silence,
}

impl Attention {
    fn is_unchanged(&self) -> bool {
        *self == Self::Unchanged
    }
}

/// One rule that matched one revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleHit {
    /// The rule.
    pub rule: RuleId,
    /// What it does, as the rule said when the revision was matched.
    pub effects: RuleEffects,
    /// Where it shows, in order of place, the title first. Empty when only properties, or the absence of words, made it
    /// match.
    pub evidence: Vec<RuleEvidence>,
}

/// A place that made a rule match.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RuleEvidence {
    /// Where: title or text.
    pub field: FieldName,
    /// The bytes in the field as published: `field[raw] == surface`.
    pub raw: Span,
    /// The bytes in the normalised field.
    pub normalized: Span,
    /// The part of the rule's query that stands there, in the query's canonical form.
    pub clause: SharedText,
    /// What stands there, as published.
    pub surface: SharedText,
}

/// A text that many hits of one article share. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SharedText(Arc<str>);

impl SharedText {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for SharedText {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for SharedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for SharedText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SharedText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(text.into()))
    }
}
