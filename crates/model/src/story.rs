//! Stories: articles about the same event.

use serde::{Deserialize, Serialize};

use crate::{ArticleId, Seq, StoryId};

/// An article's place in a story, and why it is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Membership {
    /// The article.
    pub article: ArticleId,
    /// The revision that was judged.
    pub seq: Seq,
    /// The story.
    pub story: StoryId,
    /// How like the story it is, 0 to 1; 1 for the article that founded it.
    pub similarity: f32,
    /// The earlier revision it copies, where it is a near-duplicate.
    pub copy_of: Option<Seq>,
    /// Why it is there, strongest first.
    pub because: Vec<Reason>,
}

/// One reason for a membership.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// What kind of reason.
    pub kind: ReasonKind,
    /// The words or numbers that it rests on.
    pub words: Vec<String>,
    /// How much it weighs, 0 to 1.
    pub weight: f32,
}

/// Kinds of reasons for a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    /// It is the first: nothing in the window was like it.
    Founded,
    /// Most of its text stands in an earlier article.
    Copy,
    /// It shares weighted terms.
    SharedTerms,
    /// It is a further revision of a member.
    Revision,
}
