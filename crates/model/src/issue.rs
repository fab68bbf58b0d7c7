//! Issues: a story that an agency should answer, its score in parts, and the room it is in.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AgencyId, CampaignId, FieldName, IssueId, Points, Seq, Span, StoryId};

/// A story that an agency should answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Issue {
    /// Its name, for good.
    pub id: IssueId,
    /// The story it is about.
    pub story: StoryId,
    /// The room it is in.
    pub state: IssueState,
    /// What kind of issue it is.
    pub kind: IssueKind,
    /// The headline of the article that says it best.
    pub title: String,
    /// The sum of `signals`.
    pub score: Points,
    /// The parts of the score, in a fixed order.
    pub signals: Vec<Signal>,
    /// Who should answer, most responsible first.
    pub agencies: Vec<Proposal>,
    /// How many articles the story has, copies included.
    pub articles: u32,
    /// How many outlets carry it, copies not counted.
    pub outlets: u32,
    /// Publication of the earliest dated article.
    pub first_published_at: Option<Timestamp>,
    /// Publication of the latest dated article.
    pub last_published_at: Option<Timestamp>,
    /// When Praden raised it.
    pub raised_at: Timestamp,
    /// How many events it has had: 1 when raised.
    pub version: u64,
    /// Who was asked to answer, and by when.
    pub assignment: Option<Assignment>,
    /// What they did.
    pub report: Option<Report>,
    /// The issue that goes on in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<IssueId>,
    /// The campaign of which its story is an instance: a claim that returned.
    #[serde(default)]
    pub campaign: Option<CampaignId>,
    /// When its story was last heard of: publication of the latest article; of one without a date, when it came.
    #[serde(default)]
    pub heard_at: Option<Timestamp>,
}

/// The room an issue is in, or the door it left by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssueState {
    /// Raised by Praden; nobody has looked yet. Issue Discussion.
    Candidate,
    /// A person says it needs an answer. Issue Discussion.
    Accepted,
    /// An agency has it, with a deadline. Issue Assignment.
    Assigned,
    /// The agency says what it did. Issue Report.
    Reported,
    /// Done.
    Closed,
    /// Needs no answer.
    Dismissed,
    /// Its story became that of another issue, which goes on.
    Merged,
    /// A candidate that nobody took up, and of which nothing more was heard. It wakes when its story goes on.
    Resting,
}

impl IssueState {
    /// All states, in the order an issue passes them.
    pub const ALL: [Self; 8] = [
        Self::Candidate,
        Self::Accepted,
        Self::Assigned,
        Self::Reported,
        Self::Closed,
        Self::Dismissed,
        Self::Merged,
        Self::Resting,
    ];

    /// The name used in output and the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Accepted => "accepted",
            Self::Assigned => "assigned",
            Self::Reported => "reported",
            Self::Closed => "closed",
            Self::Dismissed => "dismissed",
            Self::Merged => "merged",
            Self::Resting => "resting",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether the issue still waits for somebody.
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Closed | Self::Dismissed | Self::Merged | Self::Resting)
    }
}

impl fmt::Display for IssueState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What kind of issue it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssueKind {
    /// People suffer from something and ask for help.
    Complaint,
    /// Somebody finds fault with an agency or a policy.
    Criticism,
    /// Something untrue, or not shown to be true, goes round.
    RumourOrFake,
    /// Danger to life, health or property.
    Safety,
    /// People do not know what the rule is.
    PolicyConfusion,
    /// Public money or office, misused or said to be.
    Corruption,
}

impl IssueKind {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::Complaint,
        Self::Criticism,
        Self::RumourOrFake,
        Self::Safety,
        Self::PolicyConfusion,
        Self::Corruption,
    ];

    /// The name used in output and the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complaint => "complaint",
            Self::Criticism => "criticism",
            Self::RumourOrFake => "rumour_or_fake",
            Self::Safety => "safety",
            Self::PolicyConfusion => "policy_confusion",
            Self::Corruption => "corruption",
        }
    }
}

impl fmt::Display for IssueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The names of the parts of a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalName {
    /// Independent outlets that carry the story.
    Outlets,
    /// How fast the articles came.
    Speed,
    /// Who should answer is in the news far more than is their habit.
    Burst,
    /// Words of complaint and suffering.
    Complaint,
    /// Words of criticism and controversy.
    Criticism,
    /// Words of danger, illness and death.
    Danger,
    /// Words of corruption and irregularity.
    Corruption,
    /// Words of rumour and falsehood.
    Rumour,
    /// Words of denial and clarification.
    Denial,
    /// Words that say people do not know what holds.
    Confusion,
    /// Claims that are handed on from pages, posts and clips.
    Attributed,
    /// Words that say an old claim goes round again.
    Recirculation,
    /// An official statement about the story that says otherwise than the press does.
    Contradiction,
    /// Hours through which the story went on without a word of an official outlet.
    Silence,
    /// How prominently an agency is named: in titles, in leads.
    Prominence,
    /// Ceremony, publicity and digests: takes points away.
    Routine,
    /// How long nothing was heard of it while other news came: takes points away.
    Decay,
}

impl SignalName {
    /// All names, in the order in which scores list them.
    pub const ALL: [Self; 17] = [
        Self::Outlets,
        Self::Speed,
        Self::Burst,
        Self::Complaint,
        Self::Criticism,
        Self::Danger,
        Self::Corruption,
        Self::Rumour,
        Self::Denial,
        Self::Confusion,
        Self::Attributed,
        Self::Recirculation,
        Self::Contradiction,
        Self::Silence,
        Self::Prominence,
        Self::Routine,
        Self::Decay,
    ];

    /// The name used in output, pipeline files and the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Outlets => "outlets",
            Self::Speed => "speed",
            Self::Burst => "burst",
            Self::Complaint => "complaint",
            Self::Criticism => "criticism",
            Self::Danger => "danger",
            Self::Corruption => "corruption",
            Self::Rumour => "rumour",
            Self::Denial => "denial",
            Self::Confusion => "confusion",
            Self::Attributed => "attributed",
            Self::Recirculation => "recirculation",
            Self::Contradiction => "contradiction",
            Self::Silence => "silence",
            Self::Prominence => "prominence",
            Self::Routine => "routine",
            Self::Decay => "decay",
        }
    }

    /// The signal of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|signal| signal.name() == name)
    }
}

impl fmt::Display for SignalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One named part of a score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// Which part.
    pub name: SignalName,
    /// What it adds to the score.
    pub value: Points,
    /// Where it was read, strongest first, bounded in number.
    pub spans: Vec<Evidence>,
}

/// Bytes in the log that say so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Evidence {
    /// The revision.
    pub seq: Seq,
    /// Which part of it.
    pub field: FieldName,
    /// The bytes in the field as published: `field[span] == surface`.
    #[serde(flatten)]
    pub span: Span,
    /// What stands there.
    pub surface: String,
}

/// An agency that should answer, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// Whom.
    pub agency: AgencyId,
    /// How strongly: comparable within one issue only.
    pub score: Points,
    /// Why, in words.
    pub reasons: Vec<String>,
    /// Where it was read.
    pub spans: Vec<Evidence>,
}

/// Who did something: a person or a program, as they name themselves.
pub type Actor = String;

/// An issue given to an agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Who is to answer.
    pub agency: AgencyId,
    /// By when.
    pub due_at: Timestamp,
    /// Since when.
    pub assigned_at: Timestamp,
    /// Who gave it.
    pub by: Actor,
}

/// What an agency did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// In its own words.
    pub text: String,
    /// Links that prove it.
    pub links: Vec<String>,
    /// When it said so.
    pub reported_at: Timestamp,
    /// Who said so.
    pub by: Actor,
}
