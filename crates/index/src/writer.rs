//! Writing: articles in, one commit with its cursor, nothing half done.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;

use praden_model::{ArticleId, Mention, Revision, Seq, StoryId};
use serde::{Deserialize, Serialize};
use tantivy::collector::Collector as _;
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::query::{EnableScoring, Query as _, TermQuery};
use tantivy::schema::IndexRecordOption;
use tantivy::{IndexWriter, Searcher, Term};

use crate::collect::{Key, Rank, Top};
use crate::error::IndexError;
use crate::index::{Index, sync_dir};
use crate::schema::{Fields, document};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payload {
    /// The position up to which the log is indexed.
    pub cursor: Seq,
    /// The greatest position of any document. Greater than the cursor while a replay is under way.
    pub newest: Seq,
}

/// The one writer of an index. Dropping it drops what was not committed.
pub struct Writer {
    inner: IndexWriter,
    committed: Searcher,
    index: tantivy::Index,
    fields: Fields,
    dir: PathBuf,
    payload: Payload,
    /// Articles added since the last commit, with their position.
    pending: HashMap<ArticleId, Seq>,
    newest: Seq,
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
        let inner: IndexWriter = index.inner.writer_with_options(options).map_err(failed)?;
        let mut policy = LogMergePolicy::default();
        // A revised article leaves a dead document behind; a segment with a third of them is worth writing anew.
        policy.set_del_docs_ratio_before_merge(0.33);
        inner.set_merge_policy(Box::new(policy));
        // Read under the lock: nobody else commits from here on.
        let payload = index.payload()?;
        let committed = reload(&index.inner).map_err(failed)?;
        Ok(Self {
            inner,
            committed,
            index: index.inner.clone(),
            fields: index.fields,
            dir: index.dir.clone(),
            payload,
            pending: HashMap::new(),
            newest: payload.newest,
        })
    }

    /// The position in the article log that the last commit came with; zero where there was none.
    pub fn cursor(&self) -> Seq {
        self.payload.cursor
    }

    /// Adds a revision in place of any earlier one of its article. Says whether it did: where the index has a later
    /// revision already, as in a replay, that one stays. The same revision again replaces itself, with new mentions.
    ///
    /// # Errors
    /// [`IndexError::DiskFull`] and others; the writer is then of no more use.
    pub fn upsert(
        &mut self,
        revision: &Revision,
        mentions: &[Mention],
        story: Option<StoryId>,
    ) -> Result<bool, IndexError> {
        // Beyond everything in the index there is nothing to look for, and a first revision replaces nothing: so new
        // articles, which nearly all are, cost no look-up.
        let is_known = revision.seq <= self.newest || revision.revision != 1;
        if is_known {
            let present = match self.pending.get(&revision.article) {
                Some(&seq) => Some(seq),
                None => {
                    self.position(revision.article).map_err(|error| self.sort(error, "look up an article"))?
                }
            };
            if present.is_some_and(|present| present > revision.seq) {
                return Ok(false);
            }
            self.inner.delete_term(Term::from_field_u64(self.fields.article, revision.article.get()));
        }
        self.inner
            .add_document(document(&self.fields, revision, mentions, story))
            .map_err(|error| self.sort(error, "add an article"))?;
        self.pending.insert(revision.article, revision.seq);
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
        let payload = Payload { cursor, newest: self.newest };
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

    /// Where the committed index has an article.
    fn position(&self, article: ArticleId) -> tantivy::Result<Option<Seq>> {
        let term = Term::from_field_u64(self.fields.article, article.get());
        let query = TermQuery::new(term, IndexRecordOption::Basic);
        let weight = query.weight(EnableScoring::disabled_from_searcher(&self.committed))?;
        let top = Top { limit: 1, rank: Rank::Newest, after: None };
        for (ord, segment) in (0..).zip(self.committed.segment_readers()) {
            // At most one live document has the article.
            if let Some((Key { seq, .. }, _)) =
                top.collect_segment(weight.as_ref(), ord, segment)?.best.first()
            {
                return Ok(Some(Seq::new(*seq)));
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
