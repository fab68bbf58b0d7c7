//! The index stage: the latest revision of every article, searchable, with who and where it names, the rules
//! it meets and the story it is in.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use praden_index::{Findings, Index, IndexError, Writer, WriterOptions};
use praden_match::Places;
use praden_model::{
    ArticleId, ChangesOf, IssueKind, MembersOf, Mention, PlaceId, PlaceMention, Revision, RuleHit, RuleId,
    Seq, Store, StoryId,
};

use super::{Stage, StageError, compute};
use crate::progress::StageId;

/// Revisions held back before a commit. A commit costs 75 ms whatever its size.
const HELD_MAX: u64 = 1_000;

/// How long a revision may be held back. Articles are to be visible within 1.5 s of being logged; this and the lead of the
/// intake are what they wait for.
const HELD_FOR: Duration = Duration::from_millis(400);

/// Memory for revisions that are not committed yet. Smaller makes smaller segments, and more merging.
const HEAP_BYTES: usize = 40 << 20;

/// How often it is looked whether another index was put in place, and whether stories were merged or split by hand.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Changes of stories taken up at once, and articles of them indexed again at once.
const CHANGES_MAX: usize = 64;
const AGAIN_MAX: usize = 128;

/// The index that is written. One that another version made, or that is damaged, is cleared: the log makes it anew.
struct Opened {
    index: Index,
    writer: Writer,
}

impl Opened {
    fn open(folder: &Path) -> Result<Self, IndexError> {
        let open = || -> Result<Self, IndexError> {
            let index = Index::open(folder)?;
            let writer =
                index.writer(&WriterOptions { heap_bytes: HEAP_BYTES, ..WriterOptions::default() })?;
            Ok(Self { index, writer })
        };
        let opened = match open() {
            Err(error) if error.needs_rebuild() => {
                tracing::warn!(error = %error, "the index is made anew from the log");
                Index::clear(folder)?;
                open()
            }
            opened => opened,
        }?;
        // What a rebuild took the place of, or left behind when it was killed.
        praden_index::sweep(folder)?;
        Ok(opened)
    }

    /// The same, unless another index was put in its place: then that one, once what is under way has ended.
    fn look(self, folder: &Path) -> Result<(Self, bool), IndexError> {
        if self.index.is_current() {
            return Ok((self, false));
        }
        tracing::info!("another index was put in place");
        self.writer.finish()?;
        Ok((Self::open(folder)?, true))
    }
}

/// Feeds the index.
pub(crate) struct IndexStage {
    store: Arc<dyn Store>,
    folder: PathBuf,
    // Away while a computation has it; a stage whose computation broke is not used again.
    open: Option<Opened>,
    taken: Seq,
    durable: Seq,
    held_since: Option<Instant>,
    looked: Instant,
    /// The last change of stories that was taken up.
    changes: u64,
}

impl IndexStage {
    pub(crate) async fn open(store: Arc<dyn Store>, folder: PathBuf) -> Result<Self, StageError> {
        let to = folder.clone();
        let open = compute(StageId::Index, &[], move || Opened::open(&to)).await??;
        let (durable, changes) = (open.writer.cursor(), open.writer.story_changes());
        Ok(Self {
            store,
            folder,
            open: Some(open),
            taken: durable,
            durable,
            held_since: None,
            looked: Instant::now(),
            changes,
        })
    }

    async fn with_open<T: Send + 'static>(
        &mut self,
        batch: &[Arc<Revision>],
        work: impl FnOnce(Opened) -> Result<(Opened, T), IndexError> + Send + 'static,
    ) -> Result<T, StageError> {
        let Some(open) = self.open.take() else {
            return Err(StageError::Broke {
                stage: StageId::Index.name(),
                from: self.taken,
                to: self.taken,
                cause: "its writer was lost in an earlier failure".to_owned(),
            });
        };
        let (open, done) = compute(StageId::Index, batch, move || work(open)).await??;
        self.open = Some(open);
        Ok(done)
    }

    async fn with_writer<T: Send + 'static>(
        &mut self,
        batch: &[Arc<Revision>],
        work: impl FnOnce(&mut Writer) -> Result<T, IndexError> + Send + 'static,
    ) -> Result<T, StageError> {
        self.with_open(batch, move |mut open| {
            let done = work(&mut open.writer)?;
            Ok((open, done))
        })
        .await
    }

    /// Goes over to another index that was put in place. What it lacks is taken from the log again.
    async fn look(&mut self) -> Result<(), StageError> {
        let folder = self.folder.clone();
        let (is_new, cursor, changes) = self
            .with_open(&[], move |open| {
                let (open, is_new) = open.look(&folder)?;
                let at = (is_new, open.writer.cursor(), open.writer.story_changes());
                Ok((open, at))
            })
            .await?;
        if is_new {
            (self.taken, self.durable, self.changes) = (cursor, cursor, changes);
            self.held_since = None;
        }
        Ok(())
    }

    /// Waits for what is under way and lets go of the index. What is held back is dropped.
    pub(crate) async fn close(mut self) -> Result<(), StageError> {
        let Some(open) = self.open.take() else { return Ok(()) };
        Ok(compute(StageId::Index, &[], move || open.writer.finish()).await??)
    }

    /// Indexes again what merges and splits have put into another story, up to where the stage is.
    async fn follow_changes(&mut self) -> Result<(), StageError> {
        loop {
            let page = self.store.story_changes(ChangesOf::After(self.changes), CHANGES_MAX).await?;
            let mut articles: BTreeSet<ArticleId> = BTreeSet::new();
            let mut known = None;
            // A change of later than here waits: its articles may not be here yet.
            for (number, change) in page.into_iter().take_while(|(_, change)| change.seq <= self.taken) {
                known = Some(number);
                articles.extend(change.articles);
            }
            let Some(known) = known else { return Ok(()) };
            let articles: Vec<ArticleId> = articles.into_iter().collect();
            for some in articles.chunks(AGAIN_MAX) {
                self.add_again(some).await?;
            }
            self.with_writer(&[], move |writer| {
                writer.set_story_changes(known);
                Ok(())
            })
            .await?;
            self.changes = known;
            self.held_since.get_or_insert_with(Instant::now);
        }
    }

    /// Indexes the latest revisions of articles again, in the stories that they are in now.
    async fn add_again(&mut self, articles: &[ArticleId]) -> Result<(), StageError> {
        let mut seqs = Vec::new();
        let mut placed = Vec::new();
        for article in articles {
            let history = self.store.history(*article).await?;
            let Some(seq) = history.into_iter().rfind(|seq| *seq <= self.taken) else { continue };
            let of = MembersOf::Article { article: *article, upto: self.taken };
            let last = self.store.memberships(of).await?.pop();
            placed.push(last.map(|membership| (membership.story, membership.copy_of)));
            seqs.push(seq);
        }
        let revisions: Vec<Arc<Revision>> =
            self.store.revisions(&seqs).await?.into_iter().map(Arc::new).collect();
        self.add(revisions, placed).await
    }

    /// Adds revisions with what the stages before have found, and the stories that they are in.
    async fn add(
        &mut self,
        revisions: Vec<Arc<Revision>>,
        placed: Vec<Option<(StoryId, Option<Seq>)>>,
    ) -> Result<(), StageError> {
        let seqs: Vec<Seq> = revisions.iter().map(|revision| revision.seq).collect();
        let mentions = self.store.mentions(&seqs).await?;
        let (rule_hits, places) = (self.store.rule_hits(&seqs).await?, self.store.places(&seqs).await?);
        let batch = revisions.clone();
        self.with_writer(&batch, move |writer| {
            let found = mentions.iter().zip(&rule_hits).zip(&places);
            for ((revision, placed), ((mentions, hits), places)) in revisions.iter().zip(placed).zip(found) {
                add_one(writer, revision, placed, mentions, hits, places)?;
            }
            Ok(())
        })
        .await
    }
}

fn add_one(
    writer: &mut Writer,
    revision: &Revision,
    placed: Option<(StoryId, Option<Seq>)>,
    mentions: &[Mention],
    hits: &[RuleHit],
    places: &[PlaceMention],
) -> Result<(), IndexError> {
    let provinces = Places::embedded();
    let rules: Vec<RuleId> = hits.iter().map(|hit| hit.rule.clone()).collect();
    let kinds: BTreeSet<IssueKind> = hits.iter().filter_map(|hit| hit.effects.kind).collect();
    let named: BTreeSet<PlaceId> = places.iter().map(|place| place.place.clone()).collect();
    let lie_in: BTreeSet<PlaceId> =
        named.iter().filter_map(|id| provinces.get(id)).map(|place| place.province.clone()).collect();
    let findings = Findings {
        mentions,
        story: placed.map(|(story, _)| story),
        copy_of: placed.and_then(|(_, copy_of)| copy_of),
        rules: &rules,
        kinds: &kinds.into_iter().collect::<Vec<_>>(),
        places: &named.into_iter().collect::<Vec<_>>(),
        provinces: &lie_in.into_iter().collect::<Vec<_>>(),
    };
    writer.add(revision, &findings).map(|_| ())
}

#[async_trait]
impl Stage for IndexStage {
    async fn take(&mut self, batch: Vec<Arc<Revision>>, upto: Seq) -> Result<(), StageError> {
        let memberships = self.store.memberships(MembersOf::Revisions { after: self.taken, upto }).await?;
        let mut memberships = memberships.into_iter().peekable();
        let mut placed = Vec::with_capacity(batch.len());
        for revision in &batch {
            // Both are in order of position.
            while memberships.next_if(|membership| membership.seq < revision.seq).is_some() {}
            let membership = memberships.next_if(|membership| membership.seq == revision.seq);
            placed.push(membership.map(|membership| (membership.story, membership.copy_of)));
        }
        self.add(batch, placed).await?;
        self.taken = upto;
        self.held_since.get_or_insert_with(Instant::now);
        self.follow_changes().await?;
        // Under load the stage never rests, and what is held back is due all the same.
        self.flush(self.taken.get() - self.durable.get() >= HELD_MAX).await
    }

    async fn flush(&mut self, now: bool) -> Result<(), StageError> {
        if now || self.looked.elapsed() >= LOOK_EVERY {
            self.looked = Instant::now();
            self.look().await?;
            self.follow_changes().await?;
        }
        let due = self.held_since.is_some_and(|since| now || since.elapsed() >= HELD_FOR);
        if due {
            let cursor = self.taken;
            self.with_writer(&[], move |writer| writer.commit(cursor)).await?;
            self.durable = cursor;
            self.held_since = None;
        }
        Ok(())
    }

    fn taken(&self) -> Seq {
        self.taken
    }

    fn durable(&self) -> Seq {
        self.durable
    }
}
