//! Claims that go round: who told them, who checked them, and which return.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ArticleId, CampaignId, Evidence, Seq, StoryId};

/// That an article makes a claim, or passes judgement on one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Telling {
    /// The revision.
    pub seq: Seq,
    /// Its article.
    pub article: ArticleId,
    /// The story that it was of when it came.
    pub story: StoryId,
    /// When it was told: publication, or arrival where it has no date.
    pub at: Timestamp,
    /// The headline, as it is compared.
    pub text: String,
    /// Where the claim stands.
    pub claim: Evidence,
    /// Whether it is of those that later ones are compared with: what speaks of rumour, or judges one.
    pub is_source: bool,
    /// What it says of the claim, where it judges it.
    pub verdict: Option<Verdict>,
    /// The campaign, where the claim returns after a week and more.
    pub campaign: Option<CampaignId>,
    /// The earlier telling.
    pub returns: Option<Returns>,
}

/// The earlier telling of a claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Returns {
    /// The earlier revision.
    pub earlier: Seq,
    /// Where the claim stands in it.
    pub claim: Evidence,
    /// Days between the two.
    pub days: u32,
    /// How like the two are, 0 to 1.
    pub likeness: f32,
    /// The words that both have, the most telling first.
    pub words: Vec<String>,
    /// What was said of it then.
    pub verdict: Option<Verdict>,
}

/// What somebody who checked says of a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// What.
    pub says: VerdictKind,
    /// The words.
    pub span: Evidence,
}

/// What a verdict says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    /// It is not so.
    False,
    /// Some of it is so, and it misleads.
    Misleading,
    /// It is so.
    True,
}
