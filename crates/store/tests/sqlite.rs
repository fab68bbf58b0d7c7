//! The behaviour suite on SQLite, and what only SQLite can show.

#![expect(clippy::expect_used, reason = "a test ends with the message")]

mod behaviour;

use std::sync::Arc;

use behaviour::{Harness, Opened};
use praden_model::{Append, Seq, Store as _, StoreError};
use praden_store::SqliteStore;
use tempfile::TempDir;

struct Sqlite;

impl Harness for Sqlite {
    type Keeper = TempDir;

    fn open_new(&self) -> Opened<TempDir> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = Arc::new(SqliteStore::open(folder.path()).expect("a new store"));
        Opened { store, keeper: folder }
    }

    fn open_again(&self, folder: &TempDir) -> Arc<dyn praden_model::Store> {
        Arc::new(SqliteStore::open(folder.path()).expect("the store again"))
    }
}

behaviour::suite!(Sqlite);

#[tokio::test]
async fn a_newer_schema_is_left_alone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    drop(SqliteStore::open(folder.path()).expect("a new store"));
    let raw = rusqlite::Connection::open(folder.path().join(SqliteStore::FILE)).expect("the file");
    raw.pragma_update(None, "user_version", 99).expect("a newer schema");
    drop(raw);
    let error = SqliteStore::open(folder.path()).err().expect("refused");
    assert!(matches!(error, StoreError::TooNew { found: 99, .. }), "{error}");
}

#[tokio::test]
async fn another_programs_database_is_left_alone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(SqliteStore::FILE);
    let raw = rusqlite::Connection::open(&path).expect("a file");
    raw.execute_batch("PRAGMA user_version = 1; CREATE TABLE theirs (x)").expect("their schema");
    drop(raw);
    let error = SqliteStore::open(folder.path()).err().expect("refused");
    assert!(error.to_string().contains("another program's database"), "{error}");
    std::fs::write(&path, b"not a database at all, but long enough to be read as one ................")
        .expect("written");
    let error = SqliteStore::open(folder.path()).err().expect("refused");
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}

#[tokio::test]
async fn a_backup_opens_and_holds_the_same() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = SqliteStore::open(folder.path()).expect("a new store");
    let revisions = vec![behaviour::revision("https://a.example/1", "หัวข้อ", "เนื้อหา")];
    store.append(Append { revisions, ..Append::default() }).await.expect("appended");
    let copy = tempfile::tempdir().expect("a temporary folder");
    store.backup(&copy.path().join(SqliteStore::FILE)).await.expect("a backup");
    let copied = SqliteStore::open(copy.path()).expect("the copy");
    assert_eq!(
        copied.read_after(Seq::ZERO, 10).await.expect("read"),
        store.read_after(Seq::ZERO, 10).await.expect("read")
    );
}

#[tokio::test]
async fn the_log_can_be_read_with_plain_sql() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = SqliteStore::open(folder.path()).expect("a new store");
    let revisions = vec![behaviour::revision("https://a.example/1", "น้ำท่วม", "ฝนตกหนัก")];
    store.append(Append { revisions, ..Append::default() }).await.expect("appended");
    let raw = rusqlite::Connection::open(folder.path().join(SqliteStore::FILE)).expect("opened while in use");
    let row: (String, String, String) = raw
        .query_row("SELECT title, text, fetched_at FROM revision", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .expect("a row");
    assert_eq!(row, ("น้ำท่วม".into(), "ฝนตกหนัก".into(), "2026-11-23T02:30:00.000Z".into()));
}
