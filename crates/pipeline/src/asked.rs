//! What a query means now: a story that was merged away is the one it went into; and what it misses: words that articles cut
//! otherwise.

use std::collections::BTreeMap;

use praden_index::Missed;
use praden_model::{ChangesOf, MembersOf, Revision, Seq, Store, StoreError, StoryChangeKind, StoryId};
use praden_query::{DocumentView, Expr};
use serde::Serialize;

/// Merges that are followed from one story, and changes of each that are looked through.
const STEPS_MAX: usize = 100;
const CHANGES_MAX: usize = 1_000;

/// The query with each story that was merged into another in place of that one, and which they were.
///
/// The index has every article under the story it is in, once it knows of the merge: a link or a saved query may still
/// have the id of before. `known` is how many merges and splits the index knows of ([`praden_index::Searcher::story_changes`]);
/// what came into a story after that is asked for by its former id, too.
///
/// # Errors
/// When the store cannot be read.
pub async fn follow_stories(
    store: &dyn Store,
    tree: Expr,
    known: u64,
) -> Result<(Expr, BTreeMap<StoryId, StoryId>), StoreError> {
    let mut now: BTreeMap<StoryId, Vec<StoryId>> = BTreeMap::new();
    for story in tree.stories() {
        let into = follow(store, story).await?;
        let mut all = vec![into];
        let mut next = 0;
        while let Some(&story) = all.get(next).filter(|_| next < STEPS_MAX) {
            next += 1;
            for other in came_to(store, story, known).await? {
                if !all.contains(&other) && follow(store, other).await? == into {
                    all.push(other);
                }
            }
        }
        now.insert(story, all);
    }
    let tree = tree.with_stories(&|story| now.get(&story).cloned().unwrap_or_default());
    let moved = now.into_iter().filter_map(|(story, all)| Some((story, *all.first()?)));
    Ok((tree, moved.filter(|(story, into)| story != into).collect()))
}

/// The stories that came to a story after the changes that are known.
async fn came_to(store: &dyn Store, story: StoryId, known: u64) -> Result<Vec<StoryId>, StoreError> {
    let changes = store.story_changes(ChangesOf::Story(story), CHANGES_MAX).await?;
    let merged = changes.into_iter().filter(|(number, change)| {
        *number > known && change.kind == StoryChangeKind::Merged && change.story == story
    });
    Ok(merged.map(|(_, change)| change.other).collect())
}

/// Where the articles of a story are now.
async fn follow(store: &dyn Store, mut story: StoryId) -> Result<StoryId, StoreError> {
    for _ in 0..STEPS_MAX {
        let changes = store.story_changes(ChangesOf::Story(story), CHANGES_MAX).await?;
        // What happened last to the story itself: it went into another, or came back out of it.
        let last = changes.iter().rev().map(|(_, change)| change).find(|change| change.other == story);
        match last {
            Some(change) if change.kind == StoryChangeKind::Merged => story = change.story,
            _ => break,
        }
    }
    Ok(story)
}

/// The story that an article is in, merges and splits up to a position included: what the index says at that position.
///
/// # Errors
/// When the store cannot be read.
pub async fn story_of(
    store: &dyn Store,
    revision: &Revision,
    upto: Seq,
) -> Result<Option<StoryId>, StoreError> {
    let of = MembersOf::Article { article: revision.article, upto: upto.max(revision.seq) };
    Ok(store.memberships(of).await?.last().map(|membership| membership.story))
}

/// Articles that have the letters of a query's words where words are cut otherwise, as it is told to whoever asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CutOtherwise {
    /// How many they are.
    pub articles: u64,
    /// The query that goes by letters, too: it finds them as well, or leaves them out.
    pub query: String,
    /// How some of them cut the letters, and what they glue to them: `จังหวัดปัตตานี`, `ท่า|เรือ`.
    pub cut: Vec<String>,
}

/// How the articles that a query misses cut its letters. Nothing if those that are looked at have the letters inside strangers only:
/// น้ำเสีย in น้ำเสียง is no miss.
///
/// # Errors
/// When the store cannot be read.
pub async fn cut_otherwise(
    store: &dyn Store,
    tree: &Expr,
    missed: &Missed,
) -> Result<Option<CutOtherwise>, StoreError> {
    tell(store, missed, |document| tree.cut_otherwise(document)).await
}

/// The same of the articles that a query finds in spite of its NOT.
///
/// # Errors
/// When the store cannot be read.
pub async fn let_through(
    store: &dyn Store,
    tree: &Expr,
    missed: &Missed,
) -> Result<Option<CutOtherwise>, StoreError> {
    tell(store, missed, |document| tree.denied_cut_otherwise(document)).await
}

async fn tell(
    store: &dyn Store,
    missed: &Missed,
    cut_in: impl Fn(&DocumentView<'_>) -> Option<String> + Send,
) -> Result<Option<CutOtherwise>, StoreError> {
    const SHOWN_MAX: usize = 3;
    let mut cut: Vec<String> = Vec::new();
    for revision in store.revisions(&missed.some).await? {
        // Letters stand in the title and the text: what else is known of the article does not matter.
        let found = cut_in(&DocumentView::new(&revision, &[], None));
        cut.extend(found.filter(|found| !cut.contains(found)));
    }
    cut.truncate(SHOWN_MAX);
    let told = CutOtherwise { articles: missed.articles, query: missed.instead.to_string(), cut };
    Ok((!told.cut.is_empty()).then_some(told))
}
