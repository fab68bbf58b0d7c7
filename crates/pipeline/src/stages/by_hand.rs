//! Merging and splitting stories at a person's word, with the issues about them, at once.

use std::sync::Arc;

use jiff::Timestamp;
use praden_issues::{merged, split};
use praden_model::{
    ArticleId, ChangesOf, Event, Issue, IssueFilter, IssueId, IssueState, MembersOf, Seq, StageName, Store,
    StoryChange, StoryChangeKind, StoryId,
};

use super::StageError;
use super::issues::{Story, recall};
use crate::definition::Pipeline;

/// Why a story was not merged or split, in a sentence a clerk can act on.
#[derive(Debug, thiserror::Error)]
pub enum ByHandError {
    /// What was asked for is not possible.
    #[error("{0}")]
    Impossible(String),
    /// The store or a stage refused.
    #[error(transparent)]
    Stage(#[from] StageError),
}

/// Who wants it, why, and when.
#[derive(Clone, Debug)]
pub struct Word {
    /// Who.
    pub by: String,
    /// Why.
    pub why: String,
    /// When.
    pub at: Timestamp,
}

/// Changes of one story that are looked through.
const CHANGES_MAX: usize = 1_000;

fn impossible<T>(sentence: impl Into<String>) -> Result<T, ByHandError> {
    Err(ByHandError::Impossible(sentence.into()))
}

impl Word {
    fn check(&self) -> Result<(), ByHandError> {
        if self.by.trim().is_empty() {
            return impossible("the name of who does it is missing: say who you are");
        }
        if self.why.trim().is_empty() {
            return impossible("the reason is missing: say why with --why");
        }
        Ok(())
    }
}

/// Merges the stories of two issues. The older story goes on, and one of the issues with it; the other says where it went.
///
/// # Errors
/// When they are one story already, when one of them was merged away before, or when the store refuses.
pub async fn merge(
    store: &Arc<dyn Store>,
    pipeline: &Arc<Pipeline>,
    (one, two): (&Issue, &Issue),
    word: &Word,
) -> Result<Vec<Event>, ByHandError> {
    word.check()?;
    for issue in [one, two] {
        if let Some(into) = issue.merged_into {
            return impossible(format!("issue {} was merged into {into}; name that one", issue.id));
        }
    }
    if one.story == two.story {
        return impossible(format!("issues {} and {} are about one story already", one.id, two.id));
    }
    let (older, younger) = if one.story < two.story { (one, two) } else { (two, one) };
    let seq = store.cursor(StageName::Stories).await.map_err(StageError::from)?;
    let reader = Arc::new(pipeline.reader());
    let mut target = recall(store, &reader, pipeline, older.story, seq).await?;
    let mut source = recall(store, &reader, pipeline, younger.story, seq).await?;
    let change = StoryChange {
        kind: StoryChangeKind::Merged,
        seq,
        at: word.at,
        story: older.story,
        other: younger.story,
        articles: source.articles(),
        by: Some(word.by.clone()),
        why: word.why.clone(),
    };
    source.give(&mut target, &change);
    let (assessment, _) = target.weigh(&pipeline.weights);
    let changes = merged(Some(older), Some(younger), &assessment, &change);
    Ok(store.change_story(change, changes).await.map_err(StageError::from)?)
}

/// Parts articles from the story of an issue: they become a story and an issue of their own, and Praden never merges the two again.
///
/// # Errors
/// When an article is not of the story, when none would stay, or when the store refuses.
pub async fn part(
    store: &Arc<dyn Store>,
    pipeline: &Arc<Pipeline>,
    issue: &Issue,
    articles: &[Seq],
    word: &Word,
) -> Result<Vec<Event>, ByHandError> {
    word.check()?;
    if issue.state == IssueState::Merged {
        return impossible(format!("issue {} was merged into another; split that one", issue.id));
    }
    let seq = store.cursor(StageName::Stories).await.map_err(StageError::from)?;
    let reader = Arc::new(pipeline.reader());
    let mut source = recall(store, &reader, pipeline, issue.story, seq).await?;
    let members = source.articles();
    // An article goes by the number of any of its revisions.
    let mut moved: Vec<ArticleId> = Vec::new();
    for wanted in articles {
        match source
            .article_of(*wanted)
            .or_else(|| members.iter().copied().find(|member| member.get() == wanted.get()))
        {
            Some(article) if !moved.contains(&article) => moved.push(article),
            Some(_) => {}
            None => {
                return impossible(format!(
                    "article {wanted} is not of issue {}: `praden issues show {}` lists its members by `seq`",
                    issue.id, issue.id
                ));
            }
        }
    }
    moved.sort_unstable();
    if moved.is_empty() || moved.len() == members.len() {
        return impossible("name at least one article that leaves, and leave at least one");
    }
    // A story is named after its first article; the one that goes on keeps its name, whoever founded it.
    let other = free_story(store, issue.story, &moved, seq).await?;
    let Some(other) = other else {
        return impossible(format!(
            "the articles {moved:?} gave their names to stories already; split off another one with them"
        ));
    };
    let judged = store.cursor(StageName::Issues).await.map_err(StageError::from)?;
    let id = free_issue(store, other, judged).await?;
    let filter =
        IssueFilter { stories: vec![other], states: vec![IssueState::Merged], ..IssueFilter::default() };
    let before = store.issues(&filter).await.map_err(StageError::from)?.pop();
    let change = StoryChange {
        kind: StoryChangeKind::Split,
        seq,
        at: word.at,
        story: issue.story,
        other,
        articles: moved,
        by: Some(word.by.clone()),
        why: word.why.clone(),
    };
    let mut target = Story::default();
    source.give(&mut target, &change);
    let ((rest, _), (apart, _)) = (source.weigh(&pipeline.weights), target.weigh(&pipeline.weights));
    let changes = split(issue, &rest, id, before.as_ref(), &apart, &change);
    Ok(store.change_story(change, changes).await.map_err(StageError::from)?)
}

/// The name of a story for articles that leave another: that of the first after which no story was ever named, or whose story had
/// been merged into the one they leave and so comes back.
async fn free_story(
    store: &Arc<dyn Store>,
    leaves: StoryId,
    articles: &[ArticleId],
    upto: Seq,
) -> Result<Option<StoryId>, StageError> {
    for article in articles {
        let of = MembersOf::Article { article: *article, upto };
        let founded =
            store.memberships(of).await?.first().is_some_and(|first| first.story.get() == article.get());
        let story = StoryId::new(article.get());
        let changes = store.story_changes(ChangesOf::Story(story), CHANGES_MAX).await?;
        let last = changes.last().map(|(_, change)| change);
        let comes_back = last.is_some_and(|change| {
            change.kind == StoryChangeKind::Merged && change.other == story && change.story == leaves
        });
        if comes_back || (!founded && changes.is_empty()) {
            return Ok(Some(story));
        }
    }
    Ok(None)
}

/// A name for an issue that none has had: those of revisions that were judged long ago and raised nothing are free for good.
async fn free_issue(store: &Arc<dyn Store>, story: StoryId, upto: Seq) -> Result<IssueId, StageError> {
    let names = std::iter::once(story.get()).chain((1..=upto.get()).rev());
    for name in names {
        let filter = IssueFilter { ids: vec![IssueId::new(name)], ..IssueFilter::default() };
        if store.issues(&filter).await?.is_empty() {
            return Ok(IssueId::new(name));
        }
    }
    Ok(IssueId::new(story.get()))
}
