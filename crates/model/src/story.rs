//! Stories: articles about the same event.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Actor, ArticleId, Seq, StoryId};

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

/// That two stories became one, or one became two. Changes are numbered in the order in which they happened, and are never taken
/// back: a change back is another change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoryChange {
    /// Which.
    pub kind: StoryChangeKind,
    /// The revision after whose arrival it happened.
    pub seq: Seq,
    /// When.
    pub at: Timestamp,
    /// The story that goes on under its id.
    pub story: StoryId,
    /// The story whose members came to `story`, or the new one that left it.
    pub other: StoryId,
    /// The articles that changed their story.
    pub articles: Vec<ArticleId>,
    /// Who did it; nobody when Praden did.
    pub by: Option<Actor>,
    /// Why.
    pub why: String,
}

/// Kinds of changes of stories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoryChangeKind {
    /// Two stories became one: the older id survives.
    Merged,
    /// Articles left a story for one of their own.
    Split,
}
