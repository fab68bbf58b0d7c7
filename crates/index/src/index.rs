//! Opening an index: a new one, one that fits, or a word about why not.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use praden_model::TextVersion;
use serde::{Deserialize, Serialize};
use tantivy::directory::MmapDirectory;
use tantivy::tokenizer::TextAnalyzer;
use tantivy::{IndexReader, ReloadPolicy};

use crate::error::{GONE, IndexError, show};
use crate::exact::{ReadySegments, SLOTS_FILE};
use crate::generation;
use crate::page::{Cursor, Order};
use crate::schema::{Fields, schema};
use crate::searcher::Searcher;
use crate::texts::{DICTIONARY_FILE, Lengths, TEXTS_FILE, Texts};
use crate::words::{TOKENIZER, WordsTokenizer};
use crate::writer::{Payload, Writer, WriterOptions};

/// The version of the fields and of what a word is. Raised with every change, so that no old index answers wrongly.
pub const SCHEMA_VERSION: u32 = 7;

/// The file that says which version made the index.
const VERSION_FILE: &str = "praden-index.json";

/// How many earlier states are kept for readers that page through them. Each keeps its files on disk.
const SNAPSHOTS_MAX: usize = 8;

/// What [`VERSION_FILE`] says.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Version {
    schema: u32,
    text: u32,
}

impl Version {
    const CURRENT: Self = Self { schema: SCHEMA_VERSION, text: TextVersion::CURRENT.0 };
}

/// An index in a folder of its own.
pub struct Index {
    pub(crate) inner: tantivy::Index,
    pub(crate) fields: Fields,
    /// Where its files are: the folder that was opened, or one inside it that took its place.
    pub(crate) dir: PathBuf,
    root: PathBuf,
    reader: IndexReader,
    snapshots: Mutex<VecDeque<Searcher>>,
    /// The texts as they were when they were last mapped.
    texts: Mutex<Option<(Lengths, Arc<Texts>)>>,
    /// The words by their letters, as far as they were made ready.
    ready: Arc<ReadySegments>,
}

impl Index {
    /// Opens the index in a folder. A folder that is missing or empty becomes an empty index with cursor 0.
    ///
    /// # Errors
    /// [`IndexError::Outdated`] and [`IndexError::Damaged`] for one that cannot be used; see [`Index::clear`].
    pub fn open(root: &Path) -> Result<Self, IndexError> {
        const ACT: &str = "open the index";
        let dir = &*generation::current(root)?;
        let io_failed = |error: io::Error| IndexError::sort_io(&error, ACT, dir);
        let failed = |error| IndexError::sort(error, ACT, dir);
        fs::create_dir_all(dir).map_err(io_failed)?;
        let has_meta = dir.join("meta.json").exists();
        match fs::read(dir.join(VERSION_FILE)) {
            Ok(bytes) => {
                let version: Version = serde_json::from_slice(&bytes).map_err(|error| {
                    IndexError::Damaged { place: show(dir), cause: format!("{VERSION_FILE}: {error}") }
                })?;
                if version != Version::CURRENT {
                    return Err(outdated(dir, &version));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && !has_meta => {
                write_version(dir).map_err(io_failed)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(outdated(dir, &Version { schema: 0, text: 0 }));
            }
            Err(error) => return Err(io_failed(error)),
        }
        let (schema, fields) = schema();
        let directory = MmapDirectory::open(dir).map_err(|error| failed(error.into()))?;
        // Two processes that create at once write the same empty meta.json; the lock on writing comes later.
        let inner = if has_meta {
            tantivy::Index::open(directory).map_err(failed)?
        } else {
            tantivy::Index::builder().schema(schema.clone()).open_or_create(directory).map_err(failed)?
        };
        if inner.schema() != schema {
            return Err(IndexError::Damaged {
                place: show(dir),
                cause: "its fields are not those its version has".into(),
            });
        }
        inner.tokenizers().register(TOKENIZER, TextAnalyzer::from(WordsTokenizer::default()));
        let reader = inner.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(failed)?;
        let index = Self {
            inner,
            fields,
            dir: dir.to_owned(),
            root: root.to_owned(),
            reader,
            snapshots: Mutex::default(),
            texts: Mutex::default(),
            ready: Arc::default(),
        };
        // A payload that cannot be read means that the cursor is not known.
        index.payload()?;
        Ok(index)
    }

    /// Whether this is the index that serves: nobody has built another in its place ([`crate::Rebuild`]). Reads a small file.
    pub fn is_current(&self) -> bool {
        generation::current(&self.root).is_ok_and(|current| current == self.dir)
    }

    /// Removes the files of an index, and nothing else, from a folder; [`Index::open`] then makes a new one.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn clear(dir: &Path) -> Result<(), IndexError> {
        let cleared = || {
            if !dir.try_exists()? {
                return Ok(());
            }
            generation::clear(dir)?;
            remove_files(dir)
        };
        cleared().map_err(|error| IndexError::sort_io(&error, "clear the index", dir))
    }

    /// The one writer. Nothing it adds is seen before its commit.
    ///
    /// # Errors
    /// [`IndexError::Locked`] while another lives, here or in another process.
    pub fn writer(&self, options: &WriterOptions) -> Result<Writer, IndexError> {
        Writer::open(self, options)
    }

    /// The state after the last commit, its own for as long as it lives. Costs well under a millisecond.
    ///
    /// # Errors
    /// When the files cannot be read.
    pub fn reader(&self) -> Result<Searcher, IndexError> {
        let failed = |error| IndexError::sort(error, "read the index", &self.dir);
        // Read before the documents: a commit in between gives a cursor that promises too little, never too much.
        let Payload { cursor, story_changes, .. } = self.payload()?;
        self.reader.reload().map_err(failed)?;
        // Read after the documents: texts that no document knows of do no harm, missing ones would.
        let texts = self.texts(self.payload()?.texts).map_err(failed)?;
        let searcher = Searcher::new(
            self.reader.searcher(),
            self.fields,
            &self.dir,
            cursor,
            texts,
            Arc::clone(&self.ready),
        )
        .knowing(story_changes);
        // Only memory is at stake in the list; a panic elsewhere does not spoil it.
        let mut snapshots = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        if snapshots.back().is_none_or(|last| last.snapshot() != searcher.snapshot()) {
            snapshots.push_back(searcher.clone());
            if snapshots.len() > SNAPSHOTS_MAX {
                snapshots.pop_front();
            }
        }
        Ok(searcher)
    }

    /// The state that a page's cursor belongs to, for the next page.
    ///
    /// A page by relevance needs the very state it came from, because every new article changes all scores a little;
    /// it is kept while this `Index` lives and fewer than eight newer ones were read. A page by date goes on in the
    /// newest state.
    ///
    /// # Errors
    /// [`IndexError::CursorGone`] when the state is gone.
    pub fn reader_at(&self, cursor: &Cursor) -> Result<Searcher, IndexError> {
        let newest = self.reader()?;
        if cursor.order() == Order::Newest || newest.snapshot() == cursor.snapshot() {
            return Ok(newest);
        }
        let snapshots = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        snapshots
            .iter()
            .find(|kept| kept.snapshot() == cursor.snapshot())
            .cloned()
            .ok_or(IndexError::CursorGone { because: GONE })
    }

    fn texts(&self, lengths: Lengths) -> tantivy::Result<Arc<Texts>> {
        let mut kept = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, texts)) = &*kept
            && *known == lengths
        {
            return Ok(Arc::clone(texts));
        }
        let texts = Arc::new(Texts::open(&self.dir, lengths, kept.as_ref().map(|(_, texts)| &**texts))?);
        *kept = Some((lengths, Arc::clone(&texts)));
        Ok(texts)
    }

    pub(crate) fn payload(&self) -> Result<Payload, IndexError> {
        let metas =
            self.inner.load_metas().map_err(|error| IndexError::sort(error, "read the index", &self.dir))?;
        let Some(text) = metas.payload else { return Ok(Payload::default()) };
        serde_json::from_str(&text).map_err(|error| IndexError::Damaged {
            place: show(&self.dir),
            cause: format!("its cursor: {error}"),
        })
    }
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index").field("dir", &self.dir).finish_non_exhaustive()
    }
}

fn outdated(dir: &Path, found: &Version) -> IndexError {
    IndexError::Outdated { place: show(dir), found_schema: found.schema, found_text: found.text }
}

fn write_version(dir: &Path) -> io::Result<()> {
    let draft = dir.join("praden-index.json.new");
    let mut file = File::create(&draft)?;
    file.write_all(serde_json::to_string(&Version::CURRENT)?.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, dir.join(VERSION_FILE))?;
    sync_dir(dir)
}

/// Makes the names in a folder durable.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Removes the files of an index, and nothing else, from a folder.
pub(crate) fn remove_files(dir: &Path) -> io::Result<()> {
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(dir)? {
        names.extend(entry?.file_name().into_string());
    }
    // The version goes last: a stop on the way leaves an index that opens as damaged or empty, never as another's.
    names.sort_by_key(|name| name == VERSION_FILE);
    for name in names.iter().filter(|name| is_index_file(name)) {
        fs::remove_file(dir.join(name))?;
    }
    sync_dir(dir)
}

/// Whether tantivy or this module makes files of such a name.
fn is_index_file(name: &str) -> bool {
    let segment_file = || {
        let (id, rest) = name.split_at_checked(32)?;
        Some(id.bytes().all(|byte| byte.is_ascii_hexdigit()) && rest.starts_with('.'))
    };
    matches!(
        name,
        "meta.json"
            | ".managed.json"
            | VERSION_FILE
            | "praden-index.json.new"
            | DICTIONARY_FILE
            | TEXTS_FILE
            | SLOTS_FILE
    ) || name.starts_with(".tantivy-")
        || segment_file().unwrap_or(false)
}
