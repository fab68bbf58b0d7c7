//! Identifiers. Each is a type of its own, so that a story can never be passed where an issue is meant.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An identifier that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not {what}: expected {expected}")]
pub struct IdError {
    value: String,
    what: &'static str,
    expected: &'static str,
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(u64);

        impl $name {
            /// Before the first: what a reader that has read nothing holds.
            pub const ZERO: Self = Self(0);

            /// The identifier with this number.
            pub const fn new(number: u64) -> Self {
                Self(number)
            }

            /// The number inside.
            pub const fn get(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

number_id! {
    /// A position in the article log: 1 for the first revision, in commit order, never reused.
    ///
    /// Numbers grow but need not be dense: a store may leave holes.
    Seq
}
number_id! {
    /// A position in the event log: 1 for the first event, in commit order, never reused.
    EventSeq
}
number_id! {
    /// Identifies an article: the [`Seq`] of its first revision.
    ArticleId
}

impl From<Seq> for ArticleId {
    fn from(first_revision: Seq) -> Self {
        Self(first_revision.0)
    }
}

macro_rules! prefixed_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(u64);

        impl $name {
            /// The identifier with this number.
            pub const fn new(number: u64) -> Self {
                Self(number)
            }

            /// The number inside.
            pub const fn get(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(value: &str) -> Result<Self, IdError> {
                value.strip_prefix($prefix).and_then(|number| number.parse().ok()).map(Self).ok_or_else(|| IdError {
                    value: value.to_owned(),
                    what: $what,
                    expected: concat!($prefix, "NUMBER, such as ", $prefix, "42"),
                })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

prefixed_id! {
    /// Identifies a story: the [`Seq`] of the revision that founded it, written `st-42`. Survives re-clustering.
    StoryId, "st-", "a story"
}
prefixed_id! {
    /// Identifies an issue: the [`Seq`] of the revision whose arrival raised it, written `is-42`.
    ///
    /// A revision raises at most one issue, so the number needs no counter, and a stage that is run again after a
    /// crash gives the same issue the same name.
    IssueId, "is-", "an issue"
}

prefixed_id! {
    /// Identifies a campaign, a claim that returns: the [`Seq`] of the first revision that is known to have made it, written `ca-42`.
    CampaignId, "ca-", "a campaign"
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Reads an identifier.
            ///
            /// # Errors
            /// When it is empty, longer than 64 bytes, or has anything but `a-z`, `0-9`, `-` and `_` in it.
            pub fn new(value: impl Into<String>) -> Result<Self, IdError> {
                let value = value.into();
                let fits = (1..=64).contains(&value.len())
                    && value.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
                if fits {
                    Ok(Self(value))
                } else {
                    Err(IdError { value, what: $what, expected: "1 to 64 of a-z, 0-9, - and _" })
                }
            }

            /// The identifier as written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(value: &str) -> Result<Self, IdError> {
                Self::new(value)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }
    };
}

text_id! {
    /// Names a crawl source in the pipeline file. Stable: state is kept under it.
    SourceId, "a source id"
}
text_id! {
    /// Names an outlet, the publisher behind one or more sources.
    OutletId, "an outlet id"
}
text_id! {
    /// Names an agency in the lexicon.
    AgencyId, "an agency id"
}
text_id! {
    /// Names a desk's rule. Stable: hits are kept under it.
    RuleId, "a rule id"
}
text_id! {
    /// Names a province (`loei`) or one of its districts (`loei-chiang-khan`).
    PlaceId, "a place id"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixed_ids_read_back_what_they_print() {
        assert_eq!("st-42".parse::<StoryId>().map(|id| id.to_string()).as_deref(), Ok("st-42"));
        assert_eq!(
            "42".parse::<IssueId>().map_err(|error| error.to_string()),
            Err("`42` is not an issue: expected is-NUMBER, such as is-42".to_owned())
        );
    }

    #[test]
    fn text_ids_refuse_what_would_not_survive_a_url_or_a_spreadsheet() {
        for bad in ["", "Thai Rath", "ไทยรัฐ", "a/b", &"x".repeat(65)] {
            assert!(SourceId::new(bad).is_err(), "{bad:?}");
        }
        assert_eq!(SourceId::new("thairath-rss_2").map(|id| id.to_string()).as_deref(), Ok("thairath-rss_2"));
    }
}
