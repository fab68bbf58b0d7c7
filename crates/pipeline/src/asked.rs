//! What a query means now: a story that was merged away is the one it went into.

use std::collections::BTreeMap;

use praden_model::{ChangesOf, MembersOf, Revision, Seq, Store, StoreError, StoryChangeKind, StoryId};
use praden_query::Expr;

/// Merges that are followed from one story, and changes of each that are looked through.
const STEPS_MAX: usize = 100;
const CHANGES_MAX: usize = 1_000;

/// The query with each story that was merged into another in place of that one, and which they were.
///
/// The index has every article under the story it is in now; a link or a saved query may still have the id of before.
///
/// # Errors
/// When the store cannot be read.
pub async fn follow_stories(
    store: &dyn Store,
    mut tree: Expr,
) -> Result<(Expr, BTreeMap<StoryId, StoryId>), StoreError> {
    let mut asked: BTreeMap<StoryId, StoryId> = BTreeMap::new();
    tree.for_each_story(&mut |story| {
        asked.insert(*story, *story);
    });
    for (story, now) in &mut asked {
        *now = follow(store, *story).await?;
    }
    asked.retain(|story, now| story != now);
    tree.for_each_story(&mut |story| {
        if let Some(now) = asked.get(story) {
            *story = *now;
        }
    });
    Ok((tree, asked))
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
