//! Transactions that move a cursor, an issue or a lease.

use jiff::Timestamp;
use praden_model::{
    CampaignId, Checkpoint, Conflict, Event, EventId, EventSeq, IssueChange, LeaseRequest, Leased,
    Membership, Mention, PlaceMention, RuleHit, Seq, SourceId, SourceState, StageCommit, StoryChange,
    StoryChangeKind,
};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Fault, read, to_stored};

pub(super) fn commit(connection: &Connection, commit: &StageCommit) -> Result<(), Fault> {
    let found = read::cursor(connection, commit.stage)?;
    if found != commit.from {
        let conflict = Conflict::Cursor { stage: commit.stage, expected: commit.from, found };
        return Err(Fault::Store(conflict.into()));
    }
    if let Some(known) = commit.effects.story_changes_known {
        let last: u64 = connection
            .prepare_cached("SELECT coalesce(max(id), 0) FROM story_change")?
            .query_row([], |row| row.get(0))?;
        if last != known {
            return Err(Fault::Store(Conflict::Stories.into()));
        }
    }
    for (seq, mentions) in &commit.effects.mentions {
        put_mentions(connection, *seq, mentions)?;
    }
    for (seq, hits) in &commit.effects.rule_hits {
        put_rule_hits(connection, *seq, hits)?;
    }
    for (seq, places) in &commit.effects.places {
        put_places(connection, *seq, places)?;
    }
    for membership in &commit.effects.memberships {
        put_membership(connection, membership)?;
    }
    for change in &commit.effects.story_changes {
        change_story(connection, change)?;
    }
    for burst in &commit.effects.bursts {
        connection
            .prepare_cached("INSERT OR REPLACE INTO burst (seq, agency, body) VALUES (?1, ?2, ?3)")?
            .execute(params![burst.seq.get(), burst.agency.as_str(), serde_json::to_string(burst)?])?;
    }
    for telling in &commit.effects.tellings {
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO telling (seq, campaign, is_source, body) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                telling.seq.get(),
                telling.campaign.map(CampaignId::get),
                telling.is_source,
                serde_json::to_string(telling)?
            ])?;
    }
    for note in &commit.effects.notes {
        put_checkpoint(connection, note)?;
    }
    for change in &commit.effects.issues {
        change_issue(connection, change)?;
    }
    connection
        .prepare_cached(
            "INSERT INTO cursor VALUES (?1, ?2) ON CONFLICT (stage) DO UPDATE SET seq = excluded.seq",
        )?
        .execute(params![commit.stage.name(), commit.to.get()])?;
    Ok(())
}

/// Writes down how far something has come, or what is to be remembered under a name.
pub(super) fn put_checkpoint(connection: &Connection, checkpoint: &Checkpoint) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO checkpoint VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )?
        .execute([&checkpoint.name, &checkpoint.value])?;
    Ok(())
}

/// Writes a change of stories down, and where the revisions of the articles that it moves count from now on.
pub(super) fn change_story(connection: &Connection, change: &StoryChange) -> Result<(), Fault> {
    let (kind, to) = match change.kind {
        StoryChangeKind::Merged => ("merged", change.story),
        StoryChangeKind::Split => ("split", change.other),
    };
    let id: u64 = connection
        .prepare_cached("INSERT INTO story_change (seq, kind, story, other, body) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id")?
        .query_row(
            params![change.seq.get(), kind, change.story.get(), change.other.get(), serde_json::to_string(change)?],
            |row| row.get(0),
        )?;
    if change.kind == StoryChangeKind::Merged {
        // All of the other story goes, also what the one who merged did not look at.
        connection
            .prepare_cached(
                "INSERT INTO placing (seq, change, since, story) SELECT seq, ?1, ?2, ?3 FROM membership WHERE seq <= ?2 \
                 AND seq IN (SELECT seq FROM membership WHERE story = ?4 UNION SELECT seq FROM placing WHERE story = ?4) \
                 AND coalesce((SELECT story FROM placing WHERE placing.seq = membership.seq AND since <= ?2 \
                 ORDER BY change DESC LIMIT 1), story) = ?4",
            )?
            .execute(params![id, change.seq.get(), to.get(), change.other.get()])?;
        return Ok(());
    }
    let articles: Vec<u64> = change.articles.iter().map(|article| article.get()).collect();
    connection
        .prepare_cached(
            "INSERT INTO placing (seq, change, since, story) SELECT seq, ?1, ?2, ?3 FROM membership \
             WHERE article IN (SELECT value FROM json_each(?4)) AND seq <= ?2",
        )?
        .execute(params![id, change.seq.get(), to.get(), serde_json::to_string(&articles)?])?;
    Ok(())
}

fn put_mentions(connection: &Connection, seq: Seq, mentions: &[Mention]) -> Result<(), Fault> {
    connection.prepare_cached("DELETE FROM mention WHERE seq = ?1")?.execute([seq.get()])?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO mention (seq, field, raw_start, raw_end, start, end, agency, surface, rule) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for mention in mentions {
        insert.execute(params![
            seq.get(),
            mention.field.name(),
            mention.raw.start,
            mention.raw.end,
            mention.normalized.start,
            mention.normalized.end,
            mention.agency.as_str(),
            mention.surface,
            mention.rule.name(),
        ])?;
    }
    Ok(())
}

fn put_rule_hits(connection: &Connection, seq: Seq, hits: &[RuleHit]) -> Result<(), Fault> {
    connection.prepare_cached("DELETE FROM rule_hit WHERE seq = ?1")?.execute([seq.get()])?;
    let mut insert = connection
        .prepare_cached("INSERT INTO rule_hit (seq, rule, effects, evidence) VALUES (?1, ?2, ?3, ?4)")?;
    for hit in hits {
        let (effects, evidence) =
            (serde_json::to_string(&hit.effects)?, serde_json::to_string(&hit.evidence)?);
        insert.execute(params![seq.get(), hit.rule.as_str(), effects, evidence])?;
    }
    Ok(())
}

fn put_places(connection: &Connection, seq: Seq, places: &[PlaceMention]) -> Result<(), Fault> {
    connection.prepare_cached("DELETE FROM place WHERE seq = ?1")?.execute([seq.get()])?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO place (seq, field, raw_start, raw_end, start, end, place, surface) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for place in places {
        insert.execute(params![
            seq.get(),
            place.field.name(),
            place.raw.start,
            place.raw.end,
            place.normalized.start,
            place.normalized.end,
            place.place.as_str(),
            place.surface,
        ])?;
    }
    Ok(())
}

fn put_membership(connection: &Connection, membership: &Membership) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO membership (seq, article, story, similarity, copy_of, because) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            membership.seq.get(),
            membership.article.get(),
            membership.story.get(),
            membership.similarity,
            membership.copy_of.map(Seq::get),
            serde_json::to_string(&membership.because)?,
        ])?;
    Ok(())
}

pub(super) fn change_issue(connection: &Connection, change: &IssueChange) -> Result<Event, Fault> {
    let issue = &change.issue;
    let found: u64 = connection
        .prepare_cached("SELECT version FROM issue WHERE id = ?1")?
        .query_row([issue.id.get()], |row| row.get(0))
        .optional()?
        .unwrap_or(0);
    if found + 1 != issue.version {
        let conflict = Conflict::Issue { issue: issue.id, expected: issue.version.saturating_sub(1), found };
        return Err(Fault::Store(conflict.into()));
    }
    connection
        .prepare_cached(
            "INSERT INTO issue (id, story, state, score, version, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
             ON CONFLICT (id) DO UPDATE SET story = excluded.story, state = excluded.state, score = excluded.score, \
             version = excluded.version, body = excluded.body",
        )?
        .execute(params![
            issue.id.get(),
            issue.story.get(),
            issue.state.name(),
            issue.score.hundredths(),
            issue.version,
            serde_json::to_string(issue)?,
        ])?;
    let seq: u64 = connection
        .prepare_cached("UPDATE log_head SET seq = seq + 1 WHERE log = 'events' RETURNING seq")?
        .query_row([], |row| row.get(0))?;
    connection
        .prepare_cached("INSERT INTO event (seq, issue, version, time, fact) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            seq,
            issue.id.get(),
            issue.version,
            to_stored(change.at),
            serde_json::to_string(&change.fact)?
        ])?;
    Ok(Event {
        seq: EventSeq::new(seq),
        id: EventId { issue: issue.id, version: issue.version },
        time: change.at,
        issue: issue.id,
        fact: change.fact.clone(),
    })
}

/// A [`LeaseRequest`] that can cross to the writer's thread.
pub(super) struct LeaseWish {
    sources: Vec<SourceId>,
    now: Timestamp,
    until: Timestamp,
    owner: String,
    even_if_not_due: bool,
}

impl From<&LeaseRequest<'_>> for LeaseWish {
    fn from(request: &LeaseRequest<'_>) -> Self {
        Self {
            sources: request.sources.to_vec(),
            now: request.now,
            until: request.until,
            owner: request.owner.to_owned(),
            even_if_not_due: request.even_if_not_due,
        }
    }
}

pub(super) fn lease_source(connection: &Connection, wish: &LeaseWish) -> Result<Option<Leased>, Fault> {
    let now = to_stored(wish.now);
    for id in &wish.sources {
        let fresh = SourceState::fresh(id.clone());
        connection
            .prepare_cached(
                "INSERT INTO source (id, due_at, state) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING",
            )?
            .execute(params![id.as_str(), to_stored(fresh.due_at), serde_json::to_string(&fresh)?])?;
    }
    // A lease that has run out belongs to a process that died, or as good as.
    let wanted: Vec<&str> = wish.sources.iter().map(SourceId::as_str).collect();
    let taken: Option<String> = connection
        .prepare_cached(
            "UPDATE source SET lease_owner = ?1, lease_until = ?2 WHERE id = ( \
               SELECT id FROM source WHERE id IN (SELECT value FROM json_each(?3)) AND (due_at <= ?4 OR ?5) \
               AND (lease_until IS NULL OR lease_until <= ?4 OR lease_owner = ?1) ORDER BY due_at, id LIMIT 1) RETURNING state",
        )?
        .query_row(
            params![
                wish.owner,
                to_stored(wish.until),
                serde_json::to_string(&wanted)?,
                now,
                wish.even_if_not_due
            ],
            |row| row.get(0),
        )
        .optional()?;
    taken.map(|state| Ok(Leased { state: serde_json::from_str(&state)?, until: wish.until })).transpose()
}
