//! What a poll gives back.

use jiff::Timestamp;
use praden_model::{
    CanonicalUrl, CaptureBody, CaptureHash, Dropped, Look, PollFailure, Published, SourceState, Warning,
};
use serde::Serialize;

/// An article as a poll found it.
#[derive(Clone, Debug, PartialEq)]
pub struct PolledArticle {
    /// What names it.
    pub url: CanonicalUrl,
    /// The link as the source gave it.
    pub link: String,
    /// Headline on one line; empty when there is none.
    pub title: String,
    /// Text, a line for each paragraph; empty when there is none.
    pub text: String,
    /// When it was published.
    pub published: Option<Published>,
    /// When it was fetched.
    pub fetched_at: Timestamp,
    /// The fetch it was read from.
    pub capture: Option<CaptureHash>,
    /// Who wrote it, as the page names them, or else the source.
    pub authors: Vec<String>,
    /// What was odd, each once.
    pub warnings: Vec<Warning>,
}

/// A known article that its outlet has taken down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawn {
    /// The article.
    pub url: CanonicalUrl,
    /// 404 or 410.
    pub status: u16,
    /// When that was seen.
    pub seen_at: Timestamp,
}

/// What one poll found.
#[derive(Clone, Debug, PartialEq)]
pub struct PollOutcome {
    /// What to remember.
    pub state: SourceState,
    /// Articles, new and looked at again, oldest first where their dates say so.
    pub articles: Vec<PolledArticle>,
    /// The fetches they were read from.
    pub captures: Vec<CaptureBody>,
    /// What did not become an article, and why.
    pub dropped: Vec<Dropped>,
    /// Whether the source said that nothing changed.
    pub unchanged: bool,
    /// Why the poll failed, if it did.
    pub failure: Option<(PollFailure, String)>,
    /// What was done, step by step, for people.
    pub steps: Vec<Step>,
    /// Entries of the source.
    pub entries: usize,
    /// Entries not seen before.
    pub new_links: usize,
    /// Article pages asked for.
    pub pages_fetched: usize,
    /// Links carried to the next poll.
    pub carried: usize,
    /// Entries that may have come and gone unseen since the last poll, an estimate.
    pub missed_estimate: usize,
    /// Known articles found gone for the second time.
    pub withdrawn: Vec<Withdrawn>,
    /// Articles that were withdrawn and are there again.
    pub returned: Vec<CanonicalUrl>,
    /// What looks at articles found, to be remembered with them: the latest of each article.
    pub looks: Vec<Look>,
}

/// One step of a poll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What was done.
    pub step: StepName,
    /// Whether it went well.
    pub ok: bool,
    /// What it gave, in words.
    pub detail: String,
}

/// The steps of a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepName {
    /// What robots.txt says.
    Robots,
    /// The HTTP answer.
    Response,
    /// The encoding.
    Charset,
    /// The entries of the source.
    Entries,
    /// The text of a page.
    Extraction,
    /// Its date.
    Dates,
    /// Kept as an article.
    Kept,
    /// Not kept, and why.
    NotKept,
    /// Left for the next poll.
    Carried,
}
