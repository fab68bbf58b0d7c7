//! The words of Praden as types: what an article, an agency, a mention, a story, an issue and an event are, and the
//! ports through which rooms reach what they may not hold themselves.
//!
//! Everything here is plain data and pure functions. SQL, HTTP and file formats stay outside; so does every decision
//! about what matters. The words follow the design's glossary, one word for one thing.
//!
//! ```
//! use praden_model::{CanonicalUrl, Points};
//!
//! let url = CanonicalUrl::parse("HTTP://Example.com:80/news/1?utm_source=line#top")?;
//! assert_eq!(url.as_str(), "http://example.com/news/1");
//! assert_eq!(Points::from_hundredths(150).to_string(), "1.50");
//! # Ok::<(), praden_model::UrlError>(())
//! ```

mod agency;
mod article;
mod burst;
mod campaign;
mod event;
mod ids;
mod issue;
mod mention;
mod place;
mod points;
mod ports;
mod rule;
mod source;
mod story;
mod text;
mod url;

pub use agency::{Agency, AgencyKind};
pub use article::{
    AUTHORS_MAX, Appended, Article, CaptureBody, CaptureHash, ContentHash, DateOrigin, DateTrust, DropReason,
    Dropped, Look, NewRevision, Observed, Published, Revision, Warning,
};
pub use burst::Burst;
pub use campaign::{Returns, Telling, Verdict, VerdictKind};
pub use event::{Event, EventId, Fact, Raised};
pub use ids::{
    AgencyId, ArticleId, CampaignId, EventSeq, IdError, IssueId, OutletId, PlaceId, RuleId, Seq, SourceId,
    StoryId,
};
pub use issue::{
    Actor, Assignment, Evidence, Issue, IssueKind, IssueState, Proposal, Report, Signal, SignalName,
};
pub use mention::{AcceptRule, FieldName, Mention, Span};
pub use place::PlaceMention;
pub use points::Points;
pub use ports::{
    Append, CaptureFilter, Captured, ChangesOf, Checkpoint, Clock, Conflict, Counts, Effects, Heads,
    IssueChange, IssueFilter, LeaseRequest, Leased, LooksOf, MembersOf, PollRecord, StageCommit, StageName,
    Store, StoreError, TellingsOf,
};
pub use rule::{Attention, RuleEffects, RuleEvidence, RuleHit, SharedText};
pub use source::{
    Exceptions, Habit, Outlet, OutletKind, PageSelectors, PollFailure, SourceKind, SourceSpec, SourceState,
    Tls,
};
pub use story::{Membership, Reason, ReasonKind, StoryChange, StoryChangeKind};
pub use text::{AnalyzedText, TextVersion};
pub use url::{CanonicalUrl, UrlError};
