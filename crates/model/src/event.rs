//! Events: facts about an issue, in the past tense, in the order they were committed.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Actor, AgencyId, ArticleId, CampaignId, EventSeq, Issue, IssueId, IssueKind, Points, Proposal, Seq,
    Signal, SignalName, StoryId,
};

/// An event's name, the same however often it is sent: `is-42.3` is the third event of issue `is-42`.
///
/// Receivers drop repeats by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId {
    /// The issue.
    pub issue: IssueId,
    /// The version of the issue that the event made, from 1.
    pub version: u64,
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.issue, self.version)
    }
}

impl Serialize for EventId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EventId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.rsplit_once('.')
            .and_then(|(issue, version)| {
                Some(Self { issue: issue.parse().ok()?, version: version.parse().ok()? })
            })
            .ok_or_else(|| {
                serde::de::Error::custom(format!("`{text}` is not an event: expected is-NUMBER.NUMBER"))
            })
    }
}

/// A fact in the event log.
///
/// As JSON: `{"seq", "id", "time", "issue", "type": "issue.raised", "data": {..}}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Position in the event log: what a reader gives back to go on.
    pub seq: EventSeq,
    /// Its name.
    pub id: EventId,
    /// When it became true.
    pub time: Timestamp,
    /// The issue it is about.
    pub issue: IssueId,
    /// What happened.
    #[serde(flatten)]
    pub fact: Fact,
}

/// What can happen to an issue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Fact {
    /// Praden found it.
    #[serde(rename = "issue.raised")]
    Raised(Box<Raised>),
    /// Its story grew, or an article of it was revised.
    #[serde(rename = "issue.updated")]
    Updated {
        /// The revision that changed it.
        seq: Seq,
        /// The score now.
        score: Points,
        /// Articles now.
        articles: u32,
        /// Outlets now.
        outlets: u32,
        /// Who should answer, now.
        agencies: Vec<AgencyId>,
        /// The score before.
        #[serde(default)]
        before: Points,
        /// Articles that came.
        #[serde(default)]
        new_articles: u32,
        /// Outlets that had not carried it before.
        #[serde(default)]
        new_outlets: u32,
        /// Agencies that were not proposed before.
        #[serde(default)]
        new_agencies: Vec<AgencyId>,
        /// Signals that said nothing before.
        #[serde(default)]
        new_signals: Vec<SignalName>,
    },
    /// Another story became part of its story.
    #[serde(rename = "story.merged")]
    StoryMerged {
        /// The story, which goes on under its id.
        story: StoryId,
        /// The story that came to it.
        other: StoryId,
        /// Who did it; nobody when Praden did.
        by: Option<Actor>,
        /// Why.
        why: String,
        /// Score now.
        score: Points,
        /// Articles now.
        articles: u32,
        /// Outlets now.
        outlets: u32,
    },
    /// Articles left its story for one of their own.
    #[serde(rename = "story.split")]
    StorySplit {
        /// The story, which goes on under its id.
        story: StoryId,
        /// The new story.
        other: StoryId,
        /// What left.
        moved: Vec<ArticleId>,
        /// The issue about the new story.
        issue: Option<IssueId>,
        /// Who did it; nobody when Praden did.
        by: Option<Actor>,
        /// Why.
        why: String,
        /// Score now.
        score: Points,
        /// Articles now.
        articles: u32,
        /// Outlets now.
        outlets: u32,
    },
    /// Another issue goes on in its place: the two are about one story.
    #[serde(rename = "issue.merged")]
    Merged {
        /// The issue that goes on.
        into: IssueId,
        /// Who did it; nobody when Praden did.
        by: Option<Actor>,
        /// Why.
        why: String,
    },
    /// Its story makes a claim again that went round before: a further instance of a campaign.
    #[serde(rename = "campaign.returned")]
    CampaignReturned {
        /// The campaign.
        campaign: CampaignId,
        /// The revision that makes the claim again.
        seq: Seq,
        /// The earlier one.
        earlier: Seq,
        /// Days between the two.
        days: u32,
        /// The words that both have.
        words: Vec<String>,
    },
    /// Nobody took it up, and nothing more was heard of it: it leaves the morning's list.
    #[serde(rename = "issue.rested")]
    Rested {
        /// Hours for which other news came and nothing of its story.
        quiet_hours: u32,
        /// What it scored before silence took points away.
        score: Points,
    },
    /// It rested, and its story goes on: it is a candidate again, under its id.
    #[serde(rename = "issue.resumed")]
    Resumed {
        /// The revision that woke it.
        seq: Seq,
        /// The score now.
        score: Points,
    },
    /// A person says it needs an answer.
    #[serde(rename = "issue.accepted")]
    Accepted {
        /// Who.
        by: Actor,
    },
    /// A person says it needs none.
    #[serde(rename = "issue.dismissed")]
    Dismissed {
        /// Who.
        by: Actor,
        /// Why.
        reason: String,
    },
    /// An agency has it.
    #[serde(rename = "issue.assigned")]
    Assigned {
        /// Which.
        agency: AgencyId,
        /// By when it is to answer.
        due_at: Timestamp,
        /// Who gave it.
        by: Actor,
    },
    /// The agency says what it did.
    #[serde(rename = "issue.reported")]
    Reported {
        /// Which.
        agency: AgencyId,
        /// In its own words.
        text: String,
        /// Links that prove it.
        links: Vec<String>,
        /// Who said so.
        by: Actor,
    },
    /// It is done.
    #[serde(rename = "issue.closed")]
    Closed {
        /// Who closed it.
        by: Actor,
        /// What was said.
        note: String,
    },
}

/// An issue as it was when it was raised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Raised {
    /// Its story.
    pub story: StoryId,
    /// The revision whose arrival raised it.
    pub seq: Seq,
    /// Headline.
    pub title: String,
    /// Kind.
    pub kind: IssueKind,
    /// Score.
    pub score: Points,
    /// The score in parts.
    pub signals: Vec<Signal>,
    /// Who should answer.
    pub agencies: Vec<Proposal>,
    /// Articles.
    pub articles: u32,
    /// Outlets.
    pub outlets: u32,
}

impl Fact {
    /// The type as written: `issue.raised` and so on.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Raised(_) => "issue.raised",
            Self::Updated { .. } => "issue.updated",
            Self::StoryMerged { .. } => "story.merged",
            Self::StorySplit { .. } => "story.split",
            Self::Merged { .. } => "issue.merged",
            Self::CampaignReturned { .. } => "campaign.returned",
            Self::Rested { .. } => "issue.rested",
            Self::Resumed { .. } => "issue.resumed",
            Self::Accepted { .. } => "issue.accepted",
            Self::Dismissed { .. } => "issue.dismissed",
            Self::Assigned { .. } => "issue.assigned",
            Self::Reported { .. } => "issue.reported",
            Self::Closed { .. } => "issue.closed",
        }
    }

    /// The fact that `issue` was raised by the arrival of `seq`.
    pub fn raised(issue: &Issue, seq: Seq) -> Self {
        Self::Raised(Box::new(Raised {
            story: issue.story,
            seq,
            title: issue.title.clone(),
            kind: issue.kind,
            score: issue.score,
            signals: issue.signals.clone(),
            agencies: issue.agencies.clone(),
            articles: issue.articles,
            outlets: issue.outlets,
        }))
    }
}
