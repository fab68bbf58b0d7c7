//! The index stage: the latest revision of every article, searchable, with who and where it names, the rules
//! it meets and the story it is in.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use praden_index::{Findings, Index, IndexError, Writer, WriterOptions};
use praden_match::Places;
use praden_model::{IssueKind, MembersOf, PlaceId, Revision, RuleId, Seq, Store};

use super::{Stage, StageError, compute};
use crate::progress::StageId;

/// Revisions held back before a commit. A commit costs 75 ms whatever its size. Fewer than the lead that the intake may
/// have: an intake that waits for what is held back would wait for [`HELD_FOR`] each time.
const HELD_MAX: u64 = 1_000;

/// How long a revision may be held back. Articles are to be visible within 1.5 s.
const HELD_FOR: Duration = Duration::from_millis(800);

/// Memory for revisions that are not committed yet. Smaller makes smaller segments, and more merging.
const HEAP_BYTES: usize = 40 << 20;

/// Opens the index for writing. One that another version made, or that is damaged, is cleared: the log makes it anew.
fn open_writer(folder: &Path) -> Result<Writer, IndexError> {
    let open =
        || Index::open(folder)?.writer(&WriterOptions { heap_bytes: HEAP_BYTES, ..WriterOptions::default() });
    match open() {
        Err(error) if error.needs_rebuild() => {
            tracing::warn!(error = %error, "the index is made anew from the log");
            Index::clear(folder)?;
            open()
        }
        opened => opened,
    }
}

/// Feeds the index.
pub(crate) struct IndexStage {
    store: Arc<dyn Store>,
    // Away while a computation has it; a stage whose computation broke is not used again.
    writer: Option<Writer>,
    taken: Seq,
    durable: Seq,
    held_since: Option<Instant>,
}

impl IndexStage {
    pub(crate) async fn open(store: Arc<dyn Store>, folder: PathBuf) -> Result<Self, StageError> {
        let writer = compute(StageId::Index, &[], move || open_writer(&folder)).await??;
        let durable = writer.cursor();
        Ok(Self { store, writer: Some(writer), taken: durable, durable, held_since: None })
    }

    async fn with_writer<T: Send + 'static>(
        &mut self,
        batch: &[Arc<Revision>],
        work: impl FnOnce(&mut Writer) -> Result<T, IndexError> + Send + 'static,
    ) -> Result<T, StageError> {
        let Some(mut writer) = self.writer.take() else {
            return Err(StageError::Broke {
                stage: StageId::Index.name(),
                from: self.taken,
                to: self.taken,
                cause: "its writer was lost in an earlier failure".to_owned(),
            });
        };
        let (writer, result) = compute(StageId::Index, batch, move || {
            let result = work(&mut writer);
            (writer, result)
        })
        .await?;
        self.writer = Some(writer);
        Ok(result?)
    }
}

#[async_trait]
impl Stage for IndexStage {
    async fn take(&mut self, batch: Vec<Arc<Revision>>, upto: Seq) -> Result<(), StageError> {
        let seqs: Vec<Seq> = batch.iter().map(|revision| revision.seq).collect();
        let mentions = self.store.mentions(&seqs).await?;
        let memberships = self.store.memberships(MembersOf::Revisions { after: self.taken, upto }).await?;
        let (rule_hits, places) = (self.store.rule_hits(&seqs).await?, self.store.places(&seqs).await?);
        let provinces = Places::embedded();
        let revisions = batch.clone();
        self.with_writer(&batch, move |writer| {
            let mut memberships = memberships.into_iter().peekable();
            for (((revision, mentions), hits), places) in
                revisions.iter().zip(&mentions).zip(&rule_hits).zip(&places)
            {
                // Both are in order of position.
                while memberships.next_if(|membership| membership.seq < revision.seq).is_some() {}
                let membership = memberships.next_if(|membership| membership.seq == revision.seq);
                let rules: Vec<RuleId> = hits.iter().map(|hit| hit.rule.clone()).collect();
                let kinds: BTreeSet<IssueKind> = hits.iter().filter_map(|hit| hit.effects.kind).collect();
                let named: BTreeSet<PlaceId> = places.iter().map(|place| place.place.clone()).collect();
                let lie_in: BTreeSet<PlaceId> = named
                    .iter()
                    .filter_map(|id| provinces.get(id))
                    .map(|place| place.province.clone())
                    .collect();
                let findings = Findings {
                    mentions,
                    story: membership.as_ref().map(|membership| membership.story),
                    copy_of: membership.and_then(|membership| membership.copy_of),
                    rules: &rules,
                    kinds: &kinds.into_iter().collect::<Vec<_>>(),
                    places: &named.into_iter().collect::<Vec<_>>(),
                    provinces: &lie_in.into_iter().collect::<Vec<_>>(),
                };
                writer.add(revision, &findings)?;
            }
            Ok(())
        })
        .await?;
        self.taken = upto;
        self.held_since.get_or_insert_with(Instant::now);
        if self.taken.get() - self.durable.get() >= HELD_MAX {
            self.flush(true).await?;
        }
        Ok(())
    }

    async fn flush(&mut self, now: bool) -> Result<(), StageError> {
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
