//! Writing: articles in, one commit with its cursor, nothing half done.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;

use praden_model::{ArticleId, Mention, Revision, Seq, StoryId};
use serde::{Deserialize, Serialize};
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet as _, IndexWriter, Searcher, TERMINATED, Term};

use crate::error::IndexError;
use crate::exact::SlotsWriter;
use crate::index::{Index, sync_dir};
use crate::schema::{Document, Fields, Findings, Placed, column, document};
use crate::texts::{Added, Lengths, TextsWriter};
use crate::words::{Words, list_of};

/// How much a writer may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriterOptions {
    /// Memory for words that are not yet on disk, in bytes, shared by all threads. At least 15 MB for each.
    pub heap_bytes: usize,
    /// Threads that build segments: 1 or 2. One indexes far more than a desk's news; two help a first fill.
    pub threads: usize,
}

impl Default for WriterOptions {
    fn default() -> Self {
        Self { heap_bytes: 64_000_000, threads: 1 }
    }
}

/// What goes with each commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payload {
    /// The position up to which the log is indexed.
    pub cursor: Seq,
    /// The greatest position of any document. Greater than the cursor while a replay is under way.
    pub newest: Seq,
    /// How long the files of the texts are.
    pub texts: Lengths,
    /// How many changes of stories the documents know of.
    #[serde(default)]
    pub story_changes: u64,
}

/// Which revision of an article there is, and where its text is.
#[derive(Clone, Copy, Debug)]
struct Present {
    seq: Seq,
    placed: Placed,
}

/// The one writer of an index. Dropping it drops what was not committed.
pub struct Writer {
    inner: IndexWriter<Document>,
    committed: Searcher,
    index: tantivy::Index,
    fields: Fields,
    dir: PathBuf,
    payload: Payload,
    /// Articles added since the last commit.
    pending: HashMap<ArticleId, Present>,
    newest: Seq,
    story_changes: u64,
    texts: TextsWriter,
    slots: SlotsWriter,
}

impl Writer {
    pub(crate) fn open(index: &Index, options: &WriterOptions) -> Result<Self, IndexError> {
        let failed = |error| IndexError::sort(error, "open the index for writing", &index.dir);
        let threads = options.threads.clamp(1, 2);
        let options = IndexWriterOptions::builder()
            .num_worker_threads(threads)
            .memory_budget_per_thread(options.heap_bytes / threads)
            .num_merge_threads(1)
            .build();
        let inner: IndexWriter<Document> = index.inner.writer_with_options(options).map_err(failed)?;
        let mut policy = LogMergePolicy::default();
        // A revised article leaves a dead document behind; a segment with a third of them is worth writing anew.
        policy.set_del_docs_ratio_before_merge(0.33);
        inner.set_merge_policy(Box::new(policy));
        // Read under the lock: nobody else commits from here on.
        let payload = index.payload()?;
        let committed = reload(&index.inner).map_err(failed)?;
        let sort = |error: io::Error| {
            if matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData) {
                let place = index.dir.display().to_string();
                return IndexError::Damaged { place, cause: format!("its texts: {error}") };
            }
            IndexError::sort_io(&error, "open the index for writing", &index.dir)
        };
        let texts = TextsWriter::open(&index.dir, payload.texts).map_err(sort)?;
        let slots = SlotsWriter::open(&index.dir, payload.texts.slots).map_err(sort)?;
        Ok(Self {
            inner,
            committed,
            index: index.inner.clone(),
            fields: index.fields,
            dir: index.dir.clone(),
            payload,
            pending: HashMap::new(),
            newest: payload.newest,
            story_changes: payload.story_changes,
            texts,
            slots,
        })
    }

    /// The position in the article log that the last commit came with; zero where there was none.
    pub fn cursor(&self) -> Seq {
        self.payload.cursor
    }

    /// The number of the last change of stories (merges and splits) that the documents know of.
    pub fn story_changes(&self) -> u64 {
        self.story_changes
    }

    /// Notes that documents added so far know of the changes of stories up to this number: durable with the next commit.
    pub fn set_story_changes(&mut self, known: u64) {
        self.story_changes = known;
    }

    /// [`Writer::add`] with the findings that most callers have.
    ///
    /// # Errors
    /// Those of [`Writer::add`].
    pub fn upsert(
        &mut self,
        revision: &Revision,
        mentions: &[Mention],
        story: Option<StoryId>,
    ) -> Result<bool, IndexError> {
        self.add(revision, &Findings { mentions, story, ..Findings::default() })
    }

    /// Adds a revision in place of any earlier one of its article. Says whether it did: where the index has a later
    /// revision already, as in a replay, that one stays. The same revision again replaces itself, with new findings.
    ///
    /// # Errors
    /// [`IndexError::DiskFull`] and others; the writer is then of no more use.
    pub fn add(&mut self, revision: &Revision, findings: &Findings<'_>) -> Result<bool, IndexError> {
        const ACT: &str = "add an article";
        // Beyond everything in the index there is nothing to look for, and a first revision replaces nothing: so new
        // articles, which nearly all are, cost no look-up.
        let is_known = revision.seq <= self.newest || revision.revision != 1;
        let mut placed = None;
        if is_known {
            let present = match self.pending.get(&revision.article) {
                Some(&present) => Some(present),
                None => {
                    self.present(revision.article).map_err(|error| self.sort(error, "look up an article"))?
                }
            };
            if present.is_some_and(|present| present.seq > revision.seq) {
                return Ok(false);
            }
            // The text of a revision never changes, and is kept once.
            placed = present.filter(|present| present.seq == revision.seq).map(|present| present.placed);
            self.inner.delete_term(Term::from_field_u64(self.fields.article, revision.article.get()));
        }
        let failed = |error: io::Error| IndexError::sort_io(&error, ACT, &self.dir);
        let (placed, words) = match placed {
            Some(placed) => {
                (placed, Words { title: list_of(&revision.title), text: list_of(&revision.text) })
            }
            None => {
                let Added { at: text_at, words } = self.texts.add(revision).map_err(failed)?;
                let (title, text) = (revision.title.normalized(), revision.text.normalized());
                let (slot, slots) = self.slots.add(title, text).map_err(failed)?;
                (Placed { text_at, slot, slots }, words)
            }
        };
        let document = document(&self.fields, revision, findings, placed, words);
        self.inner.add_document(document).map_err(|error| self.sort(error, ACT))?;
        self.pending.insert(revision.article, Present { seq: revision.seq, placed });
        self.newest = self.newest.max(revision.seq);
        Ok(true)
    }

    /// Makes everything added so far, and the cursor, durable and visible: both or neither, whatever happens.
    ///
    /// Costs some 75 ms whatever its size (files are synced one by one), so commit about once a second.
    ///
    /// # Errors
    /// [`IndexError::DiskFull`] and others; the last commit stands and the writer is of no more use.
    pub fn commit(&mut self, cursor: Seq) -> Result<(), IndexError> {
        const ACT: &str = "commit";
        // Before the documents: a text that no document knows of does no harm.
        let failed = |error: io::Error| IndexError::sort_io(&error, ACT, &self.dir);
        let (dictionary, texts) = self.texts.sync().map_err(failed)?;
        let texts = Lengths { dictionary, texts, slots: self.slots.sync().map_err(failed)? };
        let payload = Payload { cursor, newest: self.newest, texts, story_changes: self.story_changes };
        let text = serde_json::to_string(&payload)
            .map_err(|error| IndexError::Failed { act: ACT, cause: error.to_string() })?;
        fail::fail_point!("index.commit.before", |_| std::process::abort());
        let committed = self.inner.prepare_commit().and_then(|mut prepared| {
            prepared.set_payload(&text);
            fail::fail_point!("index.commit.prepared", |_| std::process::abort());
            prepared.commit()
        });
        committed.map_err(|error| self.sort(error, ACT))?;
        // tantivy syncs the folder before it renames meta.json; a power failure after that rename could undo a commit
        // that was acknowledged.
        sync_dir(&self.dir).map_err(|error| IndexError::sort_io(&error, ACT, &self.dir))?;
        fail::fail_point!("index.commit.after", |_| std::process::abort());
        self.payload = payload;
        self.pending.clear();
        self.committed = reload(&self.index).map_err(|error| self.sort(error, ACT))?;
        tracing::debug!(cursor = cursor.get(), documents = self.committed.num_docs(), "committed");
        Ok(())
    }

    /// Waits for merges that are under way and lets go of the index. What was not committed is dropped.
    ///
    /// # Errors
    /// When a merge failed. Everything committed is readable all the same.
    pub fn finish(self) -> Result<(), IndexError> {
        let dir = self.dir;
        self.inner.wait_merging_threads().map_err(|error| IndexError::sort(error, "finish merging", &dir))
    }

    /// What the committed index has of an article.
    fn present(&self, article: ArticleId) -> tantivy::Result<Option<Present>> {
        let term = Term::from_field_u64(self.fields.article, article.get());
        for segment in self.committed.segment_readers() {
            let inverted = segment.inverted_index(self.fields.article)?;
            let Some(mut list) = inverted.read_postings(&term, IndexRecordOption::Basic)? else { continue };
            let mut doc = list.doc();
            while doc != TERMINATED {
                // At most one live document has the article.
                if !segment.is_deleted(doc) {
                    let number = |name| -> tantivy::Result<u64> {
                        Ok(segment.fast_fields().u64(name)?.first(doc).unwrap_or(0))
                    };
                    return Ok(Some(Present {
                        seq: Seq::new(number(column::SEQ)?),
                        placed: Placed {
                            text_at: number(column::PLACE)?,
                            slot: number(column::SLOT)?,
                            slots: number(column::SLOTS)?,
                        },
                    }));
                }
                doc = list.advance();
            }
        }
        Ok(None)
    }

    /// Sorts an error. A writer whose thread met a full disk says only that it is gone, so the disk is asked.
    fn sort(&self, error: tantivy::TantivyError, act: &'static str) -> IndexError {
        match IndexError::sort(error, act, &self.dir) {
            IndexError::Failed { act, cause } => match self.try_to_write() {
                Err(error) => match IndexError::sort_io(&error, act, &self.dir) {
                    full @ IndexError::DiskFull { .. } => full,
                    _ => IndexError::Failed { act, cause },
                },
                Ok(()) => IndexError::Failed { act, cause },
            },
            sorted => sorted,
        }
    }

    fn try_to_write(&self) -> io::Result<()> {
        let path = self.dir.join(".tantivy-probe");
        let written = File::create(&path).and_then(|mut file| {
            file.write_all(&[0; 64 * 1024])?;
            file.sync_all()
        });
        // It may never have come to be.
        let _ = fs::remove_file(&path);
        written
    }
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer")
            .field("dir", &self.dir)
            .field("payload", &self.payload)
            .finish_non_exhaustive()
    }
}

fn reload(index: &tantivy::Index) -> tantivy::Result<Searcher> {
    let reader: tantivy::IndexReader =
        index.reader_builder().reload_policy(tantivy::ReloadPolicy::Manual).try_into()?;
    Ok(reader.searcher())
}
