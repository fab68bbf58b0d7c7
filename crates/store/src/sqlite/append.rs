//! The intake's transaction: revisions, captures, drops, a checkpoint and the end of a poll.

use praden_model::{
    Append, Appended, CaptureBody, Conflict, ContentHash, Dropped, Look, NewRevision, Observed, PollRecord,
    Seq, TextVersion,
};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Fault, blob, to_stored};

/// Zstandard level of captures: 3 takes a page to a fifth, faster than a disk writes it.
const CAPTURE_LEVEL: i32 = 3;

pub(super) fn append(connection: &Connection, batch: &Append) -> Result<Vec<Appended>, Fault> {
    if let Some(poll) = &batch.poll {
        end_poll(connection, poll)?;
    }
    for capture in &batch.captures {
        add_capture(connection, capture)?;
    }
    let mut head: u64 =
        connection.query_row("SELECT seq FROM log_head WHERE log = 'articles'", [], |row| row.get(0))?;
    let appended = batch
        .revisions
        .iter()
        .map(|revision| add_revision(connection, revision, &mut head))
        .collect::<Result<_, _>>()?;
    connection.execute("UPDATE log_head SET seq = ?1 WHERE log = 'articles'", [head])?;
    for look in &batch.looks {
        keep_look(connection, look)?;
    }
    for dropped in &batch.dropped {
        add_dropped(connection, dropped)?;
    }
    if let Some(checkpoint) = &batch.checkpoint {
        super::commit::put_checkpoint(connection, checkpoint)?;
    }
    Ok(appended)
}

struct Known {
    id: u64,
    latest: u64,
    revisions: u32,
    content: [u8; 32],
}

fn add_revision(connection: &Connection, new: &NewRevision, head: &mut u64) -> Result<Appended, Fault> {
    let content = new.content();
    let fetched_at = to_stored(new.fetched_at);
    let known = connection
        .prepare_cached("SELECT id, latest, revisions, content FROM article WHERE url = ?1")?
        .query_row([new.url.as_str()], |row| {
            Ok(Known { id: row.get(0)?, latest: row.get(1)?, revisions: row.get(2)?, content: row.get(3)? })
        })
        .optional()?;
    let Some(known) = known else {
        *head += 1;
        connection
            .prepare_cached("INSERT INTO article (id, url, latest, revisions, content, fetched_at) VALUES (?1, ?2, ?1, 1, ?3, ?4)")?
            .execute(params![*head, new.url.as_str(), content.0, fetched_at])?;
        insert(connection, new, content, *head, *head, 1)?;
        return Ok(Appended::New { seq: Seq::new(*head) });
    };
    if let Some(seq) = same_content(connection, new, content, &known)? {
        connection
            .prepare_cached("UPDATE article SET fetched_at = max(fetched_at, ?2) WHERE id = ?1")?
            .execute(params![known.id, fetched_at])?;
        return Ok(Appended::Unchanged { seq: Seq::new(seq) });
    }
    *head += 1;
    let number = known.revisions + 1;
    connection
        .prepare_cached(
            "UPDATE article SET latest = ?2, revisions = ?3, content = ?4, fetched_at = max(fetched_at, ?5) WHERE id = ?1",
        )?
        .execute(params![known.id, *head, number, content.0, fetched_at])?;
    insert(connection, new, content, *head, known.id, number)?;
    Ok(Appended::Revised { seq: Seq::new(*head), revision: number })
}

fn same_content(
    connection: &Connection,
    new: &NewRevision,
    content: ContentHash,
    known: &Known,
) -> Result<Option<u64>, Fault> {
    if known.content == content.0 {
        return Ok(Some(known.latest));
    }
    match new.observed {
        Observed::Live => Ok(None),
        Observed::Archived => Ok(connection
            .prepare_cached(
                "SELECT seq FROM revision WHERE article = ?1 AND content = ?2 ORDER BY seq LIMIT 1",
            )?
            .query_row(params![known.id, content.0], |row| row.get(0))
            .optional()?),
    }
}

fn insert(
    connection: &Connection,
    new: &NewRevision,
    content: ContentHash,
    seq: u64,
    article: u64,
    number: u32,
) -> Result<(), Fault> {
    let published = new.published.as_ref();
    let authors = (!new.authors.is_empty()).then(|| serde_json::to_string(&new.authors)).transpose()?;
    connection
        .prepare_cached(
            "INSERT INTO revision (seq, article, number, source, outlet, link, published_at, published, fetched_at, capture, \
             warnings, content, text_version, title_ends, text_ends, title, text, authors) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
        )?
        .execute(params![
            seq,
            article,
            number,
            new.source.as_str(),
            new.outlet.as_str(),
            new.link,
            published.map(|published| to_stored(published.at)),
            published.map(serde_json::to_string).transpose()?,
            to_stored(new.fetched_at),
            new.capture.map(|hash| hash.0),
            serde_json::to_string(&new.warnings)?,
            content.0,
            TextVersion::CURRENT.0,
            blob::pack(new.title.ends()),
            blob::pack(new.text.ends()),
            new.title.raw(),
            new.text.raw(),
            authors,
        ])?;
    Ok(())
}

fn add_capture(connection: &Connection, capture: &CaptureBody) -> Result<(), Fault> {
    let stored =
        connection.prepare_cached("SELECT 1 FROM capture WHERE hash = ?1")?.exists([capture.hash.0])?;
    if stored {
        return Ok(());
    }
    let body = zstd::bulk::compress(&capture.body, CAPTURE_LEVEL)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    connection
        .prepare_cached("INSERT INTO capture (hash, url, fetched_at, status, content_type, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![
            capture.hash.0,
            capture.url,
            to_stored(capture.fetched_at),
            capture.status,
            capture.content_type,
            body
        ])?;
    Ok(())
}

fn add_dropped(connection: &Connection, dropped: &Dropped) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO dropped (origin, place, reason, detail, at) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT (origin, place, reason) DO NOTHING",
        )?
        .execute(params![
            dropped.origin,
            dropped.place,
            dropped.reason.name(),
            dropped.detail,
            to_stored(dropped.at)
        ])?;
    Ok(())
}

fn keep_look(connection: &Connection, look: &Look) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO look (article, source, link, etag, last_modified, since, next_at, gone_at, withdrawn_at) \
             SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM article WHERE url = ?1 \
             ON CONFLICT (article) DO UPDATE SET source = excluded.source, link = excluded.link, etag = excluded.etag, \
             last_modified = excluded.last_modified, since = excluded.since, next_at = excluded.next_at, \
             gone_at = excluded.gone_at, withdrawn_at = excluded.withdrawn_at",
        )?
        .execute(params![
            look.url.as_str(),
            look.source.as_str(),
            look.link,
            look.etag,
            look.last_modified,
            to_stored(look.since),
            look.next_at.map(to_stored),
            look.gone_at.map(to_stored),
            look.withdrawn_at.map(to_stored),
        ])?;
    Ok(())
}

fn end_poll(connection: &Connection, poll: &PollRecord) -> Result<(), Fault> {
    let id = &poll.state.id;
    let changed = connection
        .prepare_cached(
            "UPDATE source SET due_at = ?3, state = ?4, lease_owner = NULL, lease_until = NULL WHERE id = ?1 AND lease_owner = ?2",
        )?
        .execute(params![id.as_str(), poll.owner, to_stored(poll.state.due_at), serde_json::to_string(&poll.state)?])?;
    if changed == 1 { Ok(()) } else { Err(Fault::Store(Conflict::Lease { source_id: id.clone() }.into())) }
}
