//! The store on SQLite: one file, WAL, `synchronous=FULL`.
//!
//! One thread owns the writing connection and runs one job at a time; a few others own reading connections. SQLite's
//! WAL lets readers go on while the writer commits. Jobs are closures, so each verb reads as the transaction it is.

mod append;
mod blob;
mod commit;
mod read;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use praden_model::{
    Append, Appended, Article, ArticleId, Burst, CanonicalUrl, CaptureBody, CaptureFilter, CaptureHash,
    Captured, ChangesOf, Counts, DropReason, Dropped, Event, EventSeq, Heads, Issue, IssueChange,
    IssueFilter, IssueId, LeaseRequest, Leased, Look, LooksOf, MembersOf, Membership, Mention, PlaceMention,
    Revision, RuleHit, Seq, SourceState, StageCommit, StageName, Store, StoreError, StoryChange, Telling,
    TellingsOf,
};
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use tokio::sync::oneshot;

/// Migrations in order; the schema's number is how many have been applied.
const MIGRATIONS: &[&str] = &[
    include_str!("0001_logs.sql"),
    include_str!("0002_rules.sql"),
    include_str!("0003_looks.sql"),
    include_str!("0004_stories.sql"),
    include_str!("0005_authors.sql"),
    include_str!("0006_tellings.sql"),
];

/// Marks the file as ours: "Prdn".
const APPLICATION_ID: i32 = 0x5072_646E;

/// Reading connections. Two cores' worth: readers are short, and more would only hold more page cache.
const READERS: usize = 2;

/// Jobs waiting for a thread; a full queue makes the caller wait.
const QUEUE_MAX: usize = 64;

/// How long to wait for another process that writes, before giving up.
const BUSY_WAIT: Duration = Duration::from_secs(15);

/// A statement's failure, or a finding that is an answer of its own.
pub(crate) enum Fault {
    Sql(rusqlite::Error),
    Store(StoreError),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        // Only our own JSON is read here, so one that cannot be read is damage.
        Self::Sql(rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error)))
    }
}

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// The [`Store`] port on one SQLite file, `praden.sqlite` in the data folder.
///
/// Cheap to clone; the threads end with the last clone. Several processes may open the same folder: SQLite lets one
/// write at a time, and [`praden_model::Conflict`] tells a stage that another moved first.
#[derive(Clone)]
pub struct SqliteStore {
    writer: mpsc::SyncSender<Job>,
    readers: mpsc::SyncSender<Job>,
    place: Arc<PathBuf>,
}

impl SqliteStore {
    /// The file's name in the data folder.
    pub const FILE: &str = "praden.sqlite";

    /// Opens the store in a folder, which must exist, and brings its schema up to date.
    ///
    /// # Errors
    /// When the file cannot be opened, is damaged, belongs to another program or to a newer Praden.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let place = folder.join(Self::FILE);
        let mut connection =
            connect(&place, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        migrate(&mut connection, &place)?;
        let writer = spawn("store-writer", vec![connection], &place)?;
        let readers = (0..READERS)
            .map(|_| connect(&place, OpenFlags::SQLITE_OPEN_READ_WRITE).and_then(|c| read_only(c, &place)))
            .collect::<Result<Vec<_>, _>>()?;
        let readers = spawn("store-reader", readers, &place)?;
        Ok(Self { writer, readers, place: Arc::new(place) })
    }

    /// Writes a consistent copy of the whole store to a new file, while others go on.
    ///
    /// # Errors
    /// When the file exists already or cannot be written.
    pub async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        let (to, place) = (to.to_string_lossy().into_owned(), Arc::clone(&self.place));
        self.run(&self.readers, "write a backup", move |_| {
            // A connection of its own: the readers may not write, not even elsewhere, and a copy takes long.
            let connection = connect(&place, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            connection.execute("VACUUM INTO ?1", [to])?;
            Ok(())
        })
        .await
    }

    async fn read<T: Send + 'static>(
        &self,
        act: &'static str,
        job: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.run(&self.readers, act, move |connection| {
            // One transaction, so that all statements of a verb see one state of the store.
            let transaction = connection.transaction()?;
            let answer = job(&transaction)?;
            transaction.finish()?;
            Ok(answer)
        })
        .await
    }

    async fn write<T: Send + 'static>(
        &self,
        act: &'static str,
        job: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.run(&self.writer, act, move |connection| {
            // Immediate: take the write lock first, so that what is read cannot change before it is written.
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let answer = job(&transaction)?;
            fail::fail_point!("store.commit.before", |_| std::process::abort());
            transaction.commit()?;
            fail::fail_point!("store.commit.after", |_| std::process::abort());
            Ok(answer)
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        queue: &mpsc::SyncSender<Job>,
        act: &'static str,
        job: impl FnOnce(&mut Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, waiting) = oneshot::channel();
        let place = Arc::clone(&self.place);
        let mut boxed: Job = Box::new(move |connection| {
            let result = job(connection).map_err(|fault| name_fault(fault, act, &place));
            // The caller may have gone away; its transaction stands all the same.
            let _ = answer.send(result);
        });
        loop {
            match queue.try_send(boxed) {
                Ok(()) => break,
                Err(mpsc::TrySendError::Full(back)) => {
                    boxed = back;
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                Err(mpsc::TrySendError::Disconnected(_)) => return Err(thread_ended(act)),
            }
        }
        waiting.await.unwrap_or_else(|_| Err(thread_ended(act)))
    }
}

fn thread_ended(act: &'static str) -> StoreError {
    StoreError::Failed { act, cause: "its thread ended early; see the log".to_owned() }
}

/// Starts one thread for each connection; they share one queue.
fn spawn(
    name: &str,
    connections: Vec<Connection>,
    place: &Path,
) -> Result<mpsc::SyncSender<Job>, StoreError> {
    let (sender, receiver) = mpsc::sync_channel::<Job>(QUEUE_MAX);
    let receiver = Arc::new(Mutex::new(receiver));
    for mut connection in connections {
        let receiver = Arc::clone(&receiver);
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                loop {
                    // The lock is held while waiting for a job, not while doing it.
                    let job = match receiver.lock() {
                        Ok(receiver) => receiver.recv(),
                        Err(_) => return,
                    };
                    match job {
                        Ok(job) => job(&mut connection),
                        Err(mpsc::RecvError) => return,
                    }
                }
            })
            .map_err(|error| unavailable(place, &error.to_string()))?;
    }
    Ok(sender)
}

fn connect(place: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let open = || {
        let connection = Connection::open_with_flags(place, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(BUSY_WAIT)?;
        // Articles are 7 to 10 kB: with 8 kB pages one takes a page or two instead of three.
        connection.pragma_update(None, "page_size", 8192)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "cache_size", -16_000)?;
        connection.pragma_update(None, "temp_store", "memory")?;
        connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0))?;
        // FULL costs 4 % over NORMAL at our batch sizes, and is what survives a power cut.
        connection.pragma_update(None, "synchronous", "full")?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(connection)
    };
    open().map_err(|error| name_fault(Fault::Sql(error), "open it", place))
}

fn read_only(connection: Connection, place: &Path) -> Result<Connection, StoreError> {
    connection
        .pragma_update(None, "query_only", true)
        .map(|()| connection)
        .map_err(|error| name_fault(Fault::Sql(error), "open it", place))
}

fn migrate(connection: &mut Connection, place: &Path) -> Result<(), StoreError> {
    let mut apply = || -> Result<(), Fault> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let number = |pragma| transaction.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
        let (schema, owner) = (number("user_version")?, number("application_id")?);
        if owner != i64::from(APPLICATION_ID) && (owner != 0 || schema != 0) {
            return Err(unavailable(place, "it is another program's database").into());
        }
        let found = u32::try_from(schema).unwrap_or(u32::MAX);
        let known = MIGRATIONS.len() as u32;
        if found > known {
            return Err(StoreError::TooNew { place: place.display().to_string(), found, known }.into());
        }
        for migration in MIGRATIONS.iter().skip(found as usize) {
            transaction.execute_batch(migration)?;
        }
        if found < known {
            transaction.pragma_update(None, "user_version", known)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            tracing::info!(schema.from = found, schema.to = known, "store migrated");
        }
        transaction.commit()?;
        Ok(())
    };
    apply().map_err(|fault| name_fault(fault, "bring its schema up to date", place))
}

fn unavailable(place: &Path, cause: &str) -> StoreError {
    StoreError::Unavailable { place: place.display().to_string(), cause: cause.to_owned() }
}

/// Turns SQLite's codes into what a person can act on.
fn name_fault(fault: Fault, act: &'static str, place: &Path) -> StoreError {
    let error = match fault {
        Fault::Store(error) => return error,
        Fault::Sql(error) => error,
    };
    let folder = || place.parent().unwrap_or(place).display().to_string();
    match &error {
        rusqlite::Error::SqliteFailure(code, _) => match code.code {
            ErrorCode::DiskFull => StoreError::DiskFull { place: folder() },
            // The shared-memory file of the WAL is the one file whose lack of room has a code of its own.
            ErrorCode::SystemIoFailure if code.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE => {
                StoreError::DiskFull { place: folder() }
            }
            ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly => {
                unavailable(place, &error.to_string())
            }
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                StoreError::Damaged { place: place.display().to_string(), cause: error.to_string() }
            }
            _ => StoreError::Failed { act, cause: error.to_string() },
        },
        rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::IntegralValueOutOfRange(..) => {
            StoreError::Damaged { place: place.display().to_string(), cause: error.to_string() }
        }
        _ => StoreError::Failed { act, cause: error.to_string() },
    }
}

/// An instant as it is stored: UTC, milliseconds, always the same width.
fn to_stored(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

#[async_trait]
impl Store for SqliteStore {
    async fn append(&self, batch: Append) -> Result<Vec<Appended>, StoreError> {
        self.write("append to the article log", move |connection| append::append(connection, &batch)).await
    }

    async fn read_after(&self, after: Seq, limit: usize) -> Result<Vec<Revision>, StoreError> {
        self.read("read the article log", move |connection| read::read_after(connection, after, limit)).await
    }

    async fn revisions(&self, seqs: &[Seq]) -> Result<Vec<Revision>, StoreError> {
        let seqs = seqs.to_vec();
        self.read("read revisions", move |connection| read::revisions(connection, &seqs)).await
    }

    async fn articles(&self, urls: &[CanonicalUrl]) -> Result<Vec<Option<Article>>, StoreError> {
        let urls = urls.to_vec();
        self.read("look articles up", move |connection| read::articles(connection, &urls)).await
    }

    async fn history(&self, article: ArticleId) -> Result<Vec<Seq>, StoreError> {
        self.read("list the revisions of an article", move |connection| read::history(connection, article))
            .await
    }

    async fn looks(&self, of: &LooksOf) -> Result<Vec<Look>, StoreError> {
        let of = of.clone();
        self.read("list looks", move |connection| read::looks(connection, &of)).await
    }

    async fn heads(&self) -> Result<Heads, StoreError> {
        self.read("read the heads of the logs", read::heads).await
    }

    async fn cursor(&self, stage: StageName) -> Result<Seq, StoreError> {
        self.read("read a cursor", move |connection| read::cursor(connection, stage)).await
    }

    async fn commit(&self, commit: StageCommit) -> Result<(), StoreError> {
        self.write("commit a stage", move |connection| commit::commit(connection, &commit)).await
    }

    async fn checkpoint(&self, name: &str) -> Result<Option<String>, StoreError> {
        let name = name.to_owned();
        self.read("read a checkpoint", move |connection| read::checkpoint(connection, &name)).await
    }

    async fn mentions(&self, seqs: &[Seq]) -> Result<Vec<Vec<Mention>>, StoreError> {
        let seqs = seqs.to_vec();
        self.read("read mentions", move |connection| read::mentions(connection, &seqs)).await
    }

    async fn rule_hits(&self, seqs: &[Seq]) -> Result<Vec<Vec<RuleHit>>, StoreError> {
        let seqs = seqs.to_vec();
        self.read("read rule hits", move |connection| read::rule_hits(connection, &seqs)).await
    }

    async fn places(&self, seqs: &[Seq]) -> Result<Vec<Vec<PlaceMention>>, StoreError> {
        let seqs = seqs.to_vec();
        self.read("read places", move |connection| read::places(connection, &seqs)).await
    }

    async fn bursts(&self, seqs: &[Seq]) -> Result<Vec<Vec<Burst>>, StoreError> {
        let seqs = seqs.to_vec();
        self.read("read bursts", move |connection| read::bursts(connection, &seqs)).await
    }

    async fn latest_bursts(&self, limit: usize) -> Result<Vec<Burst>, StoreError> {
        self.read("list bursts", move |connection| read::latest_bursts(connection, limit)).await
    }

    async fn tellings(&self, of: &TellingsOf, limit: usize) -> Result<Vec<Telling>, StoreError> {
        let of = of.clone();
        self.read("read tellings", move |connection| read::tellings(connection, &of, limit)).await
    }

    async fn story_changes(
        &self,
        of: ChangesOf,
        limit: usize,
    ) -> Result<Vec<(u64, StoryChange)>, StoreError> {
        self.read("read changes of stories", move |connection| read::story_changes(connection, of, limit))
            .await
    }

    async fn change_story(
        &self,
        change: StoryChange,
        issues: Vec<IssueChange>,
    ) -> Result<Vec<Event>, StoreError> {
        self.write("change a story", move |connection| {
            commit::change_story(connection, &change)?;
            issues.iter().map(|issue| commit::change_issue(connection, issue)).collect()
        })
        .await
    }

    async fn memberships(&self, of: MembersOf) -> Result<Vec<Membership>, StoreError> {
        self.read("read memberships", move |connection| read::memberships(connection, &of)).await
    }

    async fn issues(&self, filter: &IssueFilter) -> Result<Vec<Issue>, StoreError> {
        let filter = filter.clone();
        self.read("list issues", move |connection| read::issues(connection, &filter)).await
    }

    async fn change_issue(&self, change: IssueChange) -> Result<Event, StoreError> {
        self.write("change an issue", move |connection| commit::change_issue(connection, &change)).await
    }

    async fn events_after(&self, after: EventSeq, limit: usize) -> Result<Vec<Event>, StoreError> {
        self.read("read the event log", move |connection| read::events_after(connection, after, limit)).await
    }

    async fn events_of(&self, issue: IssueId, limit: usize) -> Result<Vec<Event>, StoreError> {
        self.read("read an issue's events", move |connection| read::events_of(connection, issue, limit)).await
    }

    async fn lease_source(&self, request: LeaseRequest<'_>) -> Result<Option<Leased>, StoreError> {
        let wish = commit::LeaseWish::from(&request);
        self.write("lease a source", move |connection| commit::lease_source(connection, &wish)).await
    }

    async fn source_states(&self) -> Result<Vec<SourceState>, StoreError> {
        self.read("read source states", read::source_states).await
    }

    async fn dropped(&self, reason: Option<DropReason>, limit: usize) -> Result<Vec<Dropped>, StoreError> {
        self.read("list drops", move |connection| read::dropped(connection, reason, limit)).await
    }

    async fn capture(&self, hash: CaptureHash) -> Result<Option<CaptureBody>, StoreError> {
        self.read("read a capture", move |connection| read::capture(connection, hash)).await
    }

    async fn captured(&self, filter: &CaptureFilter) -> Result<Vec<Captured>, StoreError> {
        let filter = filter.clone();
        self.read("list captures", move |connection| read::captured(connection, &filter)).await
    }

    async fn counts(&self) -> Result<Counts, StoreError> {
        self.read("count", read::counts).await
    }
}
