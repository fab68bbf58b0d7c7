//! The ports: what the stages need from the world, without saying how.
//!
//! A [`Store`] keeps the two logs and everything between them. Implementations live in the `store` crate; each passes
//! the behaviour suite there. The rules that every implementation keeps, and every stage relies on:
//!
//! - A verb is atomic: all of it is durable when it returns, or none of it happened.
//! - [`Seq`] and [`EventSeq`] are given in commit order: a reader that has seen `n` will never be shown a lower one it
//!   has not seen.
//! - A stage's effects and its cursor move together ([`Store::commit`]), and only from where the caller thinks the
//!   cursor is; otherwise nothing happens and the caller is told ([`StoreError::Conflict`]).

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    Appended, Article, ArticleId, Burst, CampaignId, CanonicalUrl, CaptureBody, CaptureHash, DropReason,
    Dropped, Event, EventSeq, Fact, Issue, IssueId, IssueState, Look, Membership, Mention, NewRevision,
    PlaceMention, Revision, RuleHit, Seq, SourceId, SourceState, StoryChange, StoryId, Telling,
};

/// The time of day. The only way any room learns it.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// The name under which a stage keeps its cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StageName {
    /// Agencies named in each revision.
    Match,
    /// Which articles are about the same event.
    Stories,
    /// What an agency should answer.
    Issues,
}

impl StageName {
    /// The stages whose cursor a store keeps. The index keeps its own, in its commits.
    pub const ALL: [Self; 3] = [Self::Match, Self::Stories, Self::Issues];

    /// The name used in output, metrics and the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Stories => "stories",
            Self::Issues => "issues",
        }
    }
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Something else moved first. Read again and decide again.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The disk is full. Nothing was written; make room and try again.
    #[error("the disk that holds {place} is full; nothing was written: make room and run again")]
    DiskFull {
        /// The data folder or database.
        place: String,
    },
    /// What is stored was made by a newer Praden.
    #[error(
        "{place} was written by a newer Praden (schema {found}, this program knows {known}); use that program"
    )]
    TooNew {
        /// The data folder or database.
        place: String,
        /// Its schema.
        found: u32,
        /// The newest schema known here.
        known: u32,
    },
    /// It cannot be opened or reached.
    #[error("cannot open {place}: {cause}")]
    Unavailable {
        /// The data folder or database.
        place: String,
        /// What the system said.
        cause: String,
    },
    /// What is stored contradicts itself.
    #[error("{place} is damaged: {cause}; restore a backup")]
    Damaged {
        /// The data folder or database.
        place: String,
        /// What was found.
        cause: String,
    },
    /// Anything else the adapter met.
    #[error("the store failed while it tried to {act}: {cause}")]
    Failed {
        /// What it was doing.
        act: &'static str,
        /// What the adapter said.
        cause: String,
    },
}

/// What a compare-and-set found changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// A stage's cursor is not where the caller read from.
    #[error("stage `{stage}` is at {found}, not at {expected}: another process moved it", stage = .stage.name())]
    Cursor {
        /// The stage.
        stage: StageName,
        /// Where the caller thought it was.
        expected: Seq,
        /// Where it is.
        found: Seq,
    },
    /// An issue has changed since it was read.
    #[error(
        "issue {issue} is at version {found}, not {expected}: somebody changed it meanwhile; look at it again"
    )]
    Issue {
        /// The issue.
        issue: IssueId,
        /// The version the caller saw.
        expected: u64,
        /// The version it has.
        found: u64,
    },
    /// Stories were merged or split by somebody meanwhile.
    #[error("stories were merged or split meanwhile: look at them again")]
    Stories,
    /// A lease has run out and another process holds the source.
    #[error("the lease on source `{source_id}` was lost")]
    Lease {
        /// The source.
        source_id: SourceId,
    },
}

/// How far each log reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Heads {
    /// The newest revision.
    pub articles: Seq,
    /// The newest event.
    pub events: EventSeq,
}

/// A durable note of how far a reader of something outside has come, such as a file that is being ingested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which reader of which thing.
    pub name: String,
    /// How far, in the reader's own words.
    pub value: String,
}

/// The end of one poll of a source, committed with what the poll brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollRecord {
    /// Who holds the lease.
    pub owner: String,
    /// What is to be remembered. The lease ends with it.
    pub state: SourceState,
}

/// Everything one act of intake adds, in one transaction.
#[derive(Clone, Debug, Default)]
pub struct Append {
    /// Revisions in order; each is appended, or found to be known.
    pub revisions: Vec<NewRevision>,
    /// Fetches they were read from. One that is stored already is not stored again.
    pub captures: Vec<CaptureBody>,
    /// What was not kept, and why. The same origin, place and reason counts once.
    pub dropped: Vec<Dropped>,
    /// What looks at known articles found, the latest of each article; of articles that are in the log, these revisions included.
    pub looks: Vec<Look>,
    /// How far the intake has come.
    pub checkpoint: Option<Checkpoint>,
    /// The poll that ends here.
    pub poll: Option<PollRecord>,
}

/// What a stage found, in one transaction with its cursor.
#[derive(Clone, Debug)]
pub struct StageCommit {
    /// The stage.
    pub stage: StageName,
    /// Where its cursor is, as far as the caller knows.
    pub from: Seq,
    /// Where it is to be.
    pub to: Seq,
    /// What it found between the two.
    pub effects: Effects,
}

/// What stages add.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    /// All mentions of each of these revisions, in place of any that are there.
    pub mentions: Vec<(Seq, Vec<Mention>)>,
    /// All rules that match each of these revisions, in place of any that are there.
    pub rule_hits: Vec<(Seq, Vec<RuleHit>)>,
    /// All places that each of these revisions names, in place of any that are there.
    pub places: Vec<(Seq, Vec<PlaceMention>)>,
    /// Memberships; an article's later one replaces its earlier.
    pub memberships: Vec<Membership>,
    /// Stories that became one or two, in order. What was judged up to here counts with them from now on.
    pub story_changes: Vec<StoryChange>,
    /// The number of the last change of stories that the stage knew of: if there are later ones, nothing happens.
    pub story_changes_known: Option<u64>,
    /// Agencies that were in a burst when a revision came.
    pub bursts: Vec<Burst>,
    /// Revisions that make a claim, or judge one.
    pub tellings: Vec<Telling>,
    /// What a stage writes down for itself, such as counts that it cannot read from the log again.
    pub notes: Vec<Checkpoint>,
    /// Changes of issues, in order.
    pub issues: Vec<IssueChange>,
}

/// One change of one issue, and the fact that goes to the event log with it.
#[derive(Clone, Debug, PartialEq)]
pub struct IssueChange {
    /// The issue as it is afterwards. Its version is one more than the stored one: that is checked.
    pub issue: Issue,
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub fact: Fact,
}

/// Which issues to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssueFilter {
    /// Only these; empty for any.
    pub ids: Vec<IssueId>,
    /// Only about these stories; empty for any.
    pub stories: Vec<StoryId>,
    /// Only in these states; empty for any.
    pub states: Vec<IssueState>,
    /// At most so many, the highest scores first.
    pub limit: Option<usize>,
}

/// Which memberships to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MembersOf {
    /// Those judged at a revision in `(after, upto]`, in that order.
    Revisions {
        /// Exclusive.
        after: Seq,
        /// Inclusive.
        upto: Seq,
    },
    /// Those of one article judged up to a revision, in that order.
    Article {
        /// The article.
        article: ArticleId,
        /// Inclusive.
        upto: Seq,
    },
    /// Those of one story judged up to a revision, in that order.
    Story {
        /// The story.
        story: StoryId,
        /// Inclusive.
        upto: Seq,
    },
}

/// Which changes of stories to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangesOf {
    /// All with a higher number than this.
    After(u64),
    /// Those in which this story took part.
    Story(StoryId),
}

/// Which tellings of claims to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TellingsOf {
    /// Those of these revisions.
    Revisions(Vec<Seq>),
    /// Those that later ones are compared with.
    Sources,
    /// Those of one campaign, the first telling included.
    Campaign(CampaignId),
    /// Those that make a claim again.
    Returned,
}

/// Which captures to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaptureFilter {
    /// Only those of this source.
    pub source: Option<SourceId>,
    /// Only those of this article.
    pub url: Option<CanonicalUrl>,
    /// At most so many.
    pub limit: Option<usize>,
}

/// What a revision was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    /// The revision.
    pub seq: Seq,
    /// Its source.
    pub source: SourceId,
    /// Its article.
    pub url: CanonicalUrl,
    /// The fetch.
    pub capture: CaptureHash,
}

/// Which looks to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LooksOf {
    /// Those of these articles, in any order.
    Articles(Vec<CanonicalUrl>),
    /// Those of one source that are due, the longest due first.
    Due {
        /// The source.
        source: SourceId,
        /// The present.
        now: Timestamp,
        /// At most so many.
        limit: usize,
    },
}

/// A wish for a source to poll.
#[derive(Clone, Debug)]
pub struct LeaseRequest<'a> {
    /// The sources to choose from.
    pub sources: &'a [SourceId],
    /// The present: only sources that are due by now and not leased to somebody else.
    pub now: Timestamp,
    /// Until when the lease holds.
    pub until: Timestamp,
    /// Who asks.
    pub owner: &'a str,
    /// Take sources that are not due, too.
    pub even_if_not_due: bool,
}

/// A source that nobody else will poll until the lease ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leased {
    /// What is remembered of it.
    pub state: SourceState,
    /// Until when.
    pub until: Timestamp,
}

/// How much there is of everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Revisions in the article log.
    pub revisions: u64,
    /// Articles.
    pub articles: u64,
    /// Mentions.
    pub mentions: u64,
    /// Stories.
    pub stories: u64,
    /// Issues by state.
    pub issues: Vec<(IssueState, u64)>,
    /// Events.
    pub events: u64,
    /// What was not kept, by reason.
    pub dropped: Vec<(DropReason, u64)>,
}

/// The two logs, and everything between them.
///
/// Each verb returns [`StoreError`]: `Conflict` where something moved first, otherwise a reason a person can act on.
#[async_trait]
pub trait Store: Send + Sync {
    /// Appends revisions, and everything that came with them, in one transaction. One answer for each revision, in order.
    async fn append(&self, batch: Append) -> Result<Vec<Appended>, StoreError>;

    /// Up to `limit` revisions after a position, in order. Fewer than `limit` means the log ended there.
    async fn read_after(&self, after: Seq, limit: usize) -> Result<Vec<Revision>, StoreError>;

    /// These revisions, in the order asked; one that does not exist is left out.
    async fn revisions(&self, seqs: &[Seq]) -> Result<Vec<Revision>, StoreError>;

    /// What is known under each URL, in the order asked.
    async fn articles(&self, urls: &[CanonicalUrl]) -> Result<Vec<Option<Article>>, StoreError>;

    /// The revisions of one article, the oldest first.
    async fn history(&self, article: ArticleId) -> Result<Vec<Seq>, StoreError>;

    /// What looks at articles found, and when the next ones are. An article that nobody looks at has none.
    async fn looks(&self, of: &LooksOf) -> Result<Vec<Look>, StoreError>;

    /// How far each log reaches.
    async fn heads(&self) -> Result<Heads, StoreError>;

    /// Where a stage's cursor is: zero before its first commit.
    async fn cursor(&self, stage: StageName) -> Result<Seq, StoreError>;

    /// Writes a stage's effects and moves its cursor. Nothing happens if the cursor or an issue has moved meanwhile.
    async fn commit(&self, commit: StageCommit) -> Result<(), StoreError>;

    /// How far a reader of something outside has come.
    async fn checkpoint(&self, name: &str) -> Result<Option<String>, StoreError>;

    /// The mentions of each of these revisions, in the order asked, each list in order of place.
    async fn mentions(&self, seqs: &[Seq]) -> Result<Vec<Vec<Mention>>, StoreError>;

    /// The rules that match each of these revisions, in the order asked, each list in order of the rules' names.
    async fn rule_hits(&self, seqs: &[Seq]) -> Result<Vec<Vec<RuleHit>>, StoreError>;

    /// The places that each of these revisions names, in the order asked, each list in order of place.
    async fn places(&self, seqs: &[Seq]) -> Result<Vec<Vec<PlaceMention>>, StoreError>;

    /// The bursts that each of these revisions was part of, in the order asked, each list in order of agency.
    async fn bursts(&self, seqs: &[Seq]) -> Result<Vec<Vec<Burst>>, StoreError>;

    /// The latest bursts, newest first, up to `limit`.
    async fn latest_bursts(&self, limit: usize) -> Result<Vec<Burst>, StoreError>;

    /// Claims that were told, in order of their revisions; of more than `limit` the latest.
    async fn tellings(&self, of: &TellingsOf, limit: usize) -> Result<Vec<Telling>, StoreError>;

    /// Changes of stories with their numbers, in order, up to `limit`.
    async fn story_changes(&self, of: ChangesOf, limit: usize)
    -> Result<Vec<(u64, StoryChange)>, StoreError>;

    /// Merges or splits a story at a person's word, and changes the issues that follow it, all at once. Answers the events.
    async fn change_story(
        &self,
        change: StoryChange,
        issues: Vec<IssueChange>,
    ) -> Result<Vec<Event>, StoreError>;

    /// Memberships in stories. Of one story or article they are as they stand at `upto`, merges and splits up to there
    /// included; of a stretch of the log they are as each was judged.
    async fn memberships(&self, of: MembersOf) -> Result<Vec<Membership>, StoreError>;

    /// Issues, the highest score first, then the lowest id.
    async fn issues(&self, filter: &IssueFilter) -> Result<Vec<Issue>, StoreError>;

    /// Changes one issue at a person's word.
    async fn change_issue(&self, change: IssueChange) -> Result<Event, StoreError>;

    /// Up to `limit` events after a position, in order.
    async fn events_after(&self, after: EventSeq, limit: usize) -> Result<Vec<Event>, StoreError>;

    /// The latest events of one issue, up to `limit`, in order. [`Issue::version`] says how many there are.
    async fn events_of(&self, issue: IssueId, limit: usize) -> Result<Vec<Event>, StoreError>;

    /// Takes one due source for one owner, the longest due first. `None` when there is none to take.
    ///
    /// An owner may take again what it holds: only it can know that the poll it leased it for is dead.
    async fn lease_source(&self, request: LeaseRequest<'_>) -> Result<Option<Leased>, StoreError>;

    /// What is remembered of every source that was ever polled.
    async fn source_states(&self) -> Result<Vec<SourceState>, StoreError>;

    /// The latest drops, newest first, up to `limit`; of one reason if given.
    async fn dropped(&self, reason: Option<DropReason>, limit: usize) -> Result<Vec<Dropped>, StoreError>;

    /// The bytes of a fetch.
    async fn capture(&self, hash: CaptureHash) -> Result<Option<CaptureBody>, StoreError>;

    /// What revisions were read from, the latest first.
    async fn captured(&self, filter: &CaptureFilter) -> Result<Vec<Captured>, StoreError>;

    /// How much there is of everything.
    async fn counts(&self) -> Result<Counts, StoreError>;
}
