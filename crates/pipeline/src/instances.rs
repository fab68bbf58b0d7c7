//! The instances of a campaign: where a claim was told, and which issues are about it.

use praden_model::{
    CampaignId, IssueFilter, IssueId, IssueState, MembersOf, Seq, Store, StoreError, StoryId, Telling,
    TellingsOf,
};
use serde::Serialize;

/// Tellings of one campaign that are shown, the latest.
const INSTANCES_MAX: usize = 100;

/// One telling of a campaign's claim.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Instance {
    /// What was told, and what it was judged.
    #[serde(flatten)]
    pub telling: Telling,
    /// The story that it is of now.
    pub now_in: StoryId,
    /// The issue about that story.
    pub issue: Option<IssueId>,
}

/// The tellings of a campaign, the latest hundred, in order.
///
/// # Errors
/// When the store cannot be read.
pub async fn instances(store: &dyn Store, campaign: CampaignId) -> Result<Vec<Instance>, StoreError> {
    let upto: Seq = store.heads().await?.articles;
    let mut instances = Vec::new();
    for telling in store.tellings(&TellingsOf::Campaign(campaign), INSTANCES_MAX).await? {
        let of = MembersOf::Article { article: telling.article, upto };
        let now_in = store.memberships(of).await?.last().map_or(telling.story, |last| last.story);
        let filter = IssueFilter { stories: vec![now_in], ..IssueFilter::default() };
        let mut issues = store.issues(&filter).await?;
        issues.retain(|issue| issue.state != IssueState::Merged);
        instances.push(Instance { issue: issues.first().map(|issue| issue.id), now_in, telling });
    }
    Ok(instances)
}
