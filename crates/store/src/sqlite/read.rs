//! Reading: each function is one verb, inside one read transaction.

use jiff::Timestamp;
use praden_model::{
    AcceptRule, AgencyId, AnalyzedText, Article, ArticleId, Burst, CanonicalUrl, CaptureBody, CaptureFilter,
    CaptureHash, Captured, ChangesOf, Counts, DropReason, Dropped, Event, EventId, EventSeq, FieldName,
    Heads, Issue, IssueFilter, IssueId, IssueState, Look, LooksOf, MembersOf, Membership, Mention,
    PlaceMention, Revision, RuleHit, Seq, SourceId, SourceState, Span, StageName, StoryChange, StoryId,
    Telling, TellingsOf, TextVersion,
};
use praden_text::Segmenter;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Fault, blob, to_stored};

type Answer<T> = Result<T, Fault>;

/// Columns of a revision, in the order [`revision`] reads them.
const REVISION: &str = "SELECT r.seq, r.article, r.number, a.url, r.source, r.outlet, r.published, r.fetched_at, r.capture, \
     r.warnings, r.text_version, r.title_ends, r.text_ends, r.title, r.text, r.authors FROM revision r JOIN article a ON a.id = r.article";

/// The largest decompressed capture given back. Larger ones are refused before they are stored.
const CAPTURE_BYTES_MAX: usize = 64 << 20;

pub(super) fn read_after(connection: &Connection, after: Seq, limit: usize) -> Answer<Vec<Revision>> {
    let mut statement =
        connection.prepare_cached(&format!("{REVISION} WHERE r.seq > ?1 ORDER BY r.seq LIMIT ?2"))?;
    let rows = statement.query_map(params![after.get(), limit], revision)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn revisions(connection: &Connection, seqs: &[Seq]) -> Answer<Vec<Revision>> {
    let mut statement = connection.prepare_cached(&format!("{REVISION} WHERE r.seq = ?1"))?;
    let found = seqs.iter().map(|seq| statement.query_row([seq.get()], revision).optional());
    Ok(found.filter_map(Result::transpose).collect::<Result<_, _>>()?)
}

fn revision(row: &Row<'_>) -> rusqlite::Result<Revision> {
    let version = TextVersion(row.get(10)?);
    let text = |ends: usize, raw: usize| -> rusqlite::Result<AnalyzedText> {
        let ends = blob::unpack(row.get_ref(ends)?.as_blob()?);
        Ok(AnalyzedText::restore(row.get(raw)?, ends, version, Segmenter::embedded()))
    };
    Ok(Revision {
        seq: Seq::new(row.get(0)?),
        article: ArticleId::new(row.get(1)?),
        revision: row.get(2)?,
        url: json_text(row, 3)?,
        source: json_text(row, 4)?,
        outlet: json_text(row, 5)?,
        title: text(11, 13)?,
        text: text(12, 14)?,
        published: row.get_ref(6)?.as_str_or_null()?.map(|json| json_of(6, json)).transpose()?,
        fetched_at: instant(row, 7)?,
        capture: row.get::<_, Option<[u8; 32]>>(8)?.map(CaptureHash),
        authors: row
            .get_ref(15)?
            .as_str_or_null()?
            .map_or_else(|| Ok(Vec::new()), |json| json_of(15, json))?,
        warnings: json_of(9, row.get_ref(9)?.as_str()?)?,
    })
}

pub(super) fn articles(connection: &Connection, urls: &[CanonicalUrl]) -> Answer<Vec<Option<Article>>> {
    let mut statement = connection.prepare_cached(
        "SELECT a.id, a.url, a.latest, a.revisions, a.fetched_at, l.withdrawn_at FROM article a \
             LEFT JOIN look l ON l.article = a.id WHERE a.url = ?1",
    )?;
    let look_up = |url: &CanonicalUrl| {
        statement
            .query_row([url.as_str()], |row| {
                Ok(Article {
                    id: ArticleId::new(row.get(0)?),
                    url: json_text(row, 1)?,
                    latest: Seq::new(row.get(2)?),
                    revisions: row.get(3)?,
                    fetched_at: instant(row, 4)?,
                    withdrawn_at: instant_or_null(row, 5)?,
                })
            })
            .optional()
    };
    Ok(urls.iter().map(look_up).collect::<Result<_, _>>()?)
}

pub(super) fn history(connection: &Connection, article: ArticleId) -> Answer<Vec<Seq>> {
    let mut statement =
        connection.prepare_cached("SELECT seq FROM revision WHERE article = ?1 ORDER BY number")?;
    let rows = statement.query_map([article.get()], |row| Ok(Seq::new(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Columns of a look, in the order [`look`] reads them.
const LOOK: &str = "SELECT a.url, l.source, l.link, l.etag, l.last_modified, l.since, l.next_at, l.gone_at, l.withdrawn_at \
     FROM look l JOIN article a ON a.id = l.article";

pub(super) fn looks(connection: &Connection, of: &LooksOf) -> Answer<Vec<Look>> {
    match of {
        LooksOf::Articles(urls) => {
            let mut statement = connection.prepare_cached(&format!("{LOOK} WHERE a.url = ?1"))?;
            let found = urls.iter().map(|url| statement.query_row([url.as_str()], look).optional());
            Ok(found.filter_map(Result::transpose).collect::<Result<_, _>>()?)
        }
        LooksOf::Due { source, now, limit } => {
            let mut statement = connection.prepare_cached(&format!(
                "{LOOK} WHERE l.source = ?1 AND l.next_at <= ?2 ORDER BY l.next_at, l.article LIMIT ?3"
            ))?;
            let rows = statement.query_map(params![source.as_str(), to_stored(*now), limit], look)?;
            Ok(rows.collect::<Result<_, _>>()?)
        }
    }
}

fn look(row: &Row<'_>) -> rusqlite::Result<Look> {
    Ok(Look {
        url: json_text(row, 0)?,
        source: json_text(row, 1)?,
        link: row.get(2)?,
        etag: row.get(3)?,
        last_modified: row.get(4)?,
        since: instant(row, 5)?,
        next_at: instant_or_null(row, 6)?,
        gone_at: instant_or_null(row, 7)?,
        withdrawn_at: instant_or_null(row, 8)?,
    })
}

pub(super) fn heads(connection: &Connection) -> Answer<Heads> {
    let head = |log: &str| {
        connection.query_row("SELECT seq FROM log_head WHERE log = ?1", [log], |row| row.get::<_, u64>(0))
    };
    Ok(Heads { articles: Seq::new(head("articles")?), events: EventSeq::new(head("events")?) })
}

pub(super) fn cursor(connection: &Connection, stage: StageName) -> Answer<Seq> {
    let seq = connection
        .prepare_cached("SELECT seq FROM cursor WHERE stage = ?1")?
        .query_row([stage.name()], |row| row.get(0))
        .optional()?;
    Ok(Seq::new(seq.unwrap_or(0)))
}

pub(super) fn checkpoint(connection: &Connection, name: &str) -> Answer<Option<String>> {
    Ok(connection
        .query_row("SELECT value FROM checkpoint WHERE name = ?1", [name], |row| row.get(0))
        .optional()?)
}

pub(super) fn mentions(connection: &Connection, seqs: &[Seq]) -> Answer<Vec<Vec<Mention>>> {
    let mut statement = connection.prepare_cached(
        "SELECT field, raw_start, raw_end, start, end, agency, surface, rule FROM mention WHERE seq = ?1 \
         ORDER BY field = 'text', raw_start, raw_end, agency",
    )?;
    let mut list = |seq: &Seq| -> rusqlite::Result<Vec<Mention>> {
        statement.query_map([seq.get()], mention)?.collect()
    };
    Ok(seqs.iter().map(&mut list).collect::<Result<_, _>>()?)
}

pub(super) fn rule_hits(connection: &Connection, seqs: &[Seq]) -> Answer<Vec<Vec<RuleHit>>> {
    let mut statement = connection
        .prepare_cached("SELECT rule, effects, evidence FROM rule_hit WHERE seq = ?1 ORDER BY rule")?;
    let mut list = |seq: &Seq| -> rusqlite::Result<Vec<RuleHit>> {
        let hit = |row: &Row<'_>| {
            Ok(RuleHit {
                rule: json_text(row, 0)?,
                effects: json_of(1, row.get_ref(1)?.as_str()?)?,
                evidence: json_of(2, row.get_ref(2)?.as_str()?)?,
            })
        };
        statement.query_map([seq.get()], hit)?.collect()
    };
    Ok(seqs.iter().map(&mut list).collect::<Result<_, _>>()?)
}

pub(super) fn places(connection: &Connection, seqs: &[Seq]) -> Answer<Vec<Vec<PlaceMention>>> {
    let mut statement = connection.prepare_cached(
        "SELECT field, raw_start, raw_end, start, end, place, surface FROM place WHERE seq = ?1 \
         ORDER BY field = 'text', raw_start, raw_end, place",
    )?;
    let mut list = |seq: &Seq| -> rusqlite::Result<Vec<PlaceMention>> {
        let place = |row: &Row<'_>| {
            Ok(PlaceMention {
                field: field(row, 0)?,
                raw: Span { start: row.get(1)?, end: row.get(2)? },
                normalized: Span { start: row.get(3)?, end: row.get(4)? },
                place: json_text(row, 5)?,
                surface: row.get(6)?,
            })
        };
        statement.query_map([seq.get()], place)?.collect()
    };
    Ok(seqs.iter().map(&mut list).collect::<Result<_, _>>()?)
}

fn field(row: &Row<'_>, column: usize) -> rusqlite::Result<FieldName> {
    let is_title = row.get_ref(column)?.as_str()? == FieldName::Title.name();
    Ok(if is_title { FieldName::Title } else { FieldName::Text })
}

fn mention(row: &Row<'_>) -> rusqlite::Result<Mention> {
    let rule: String = row.get(7)?;
    Ok(Mention {
        field: field(row, 0)?,
        raw: Span { start: row.get(1)?, end: row.get(2)? },
        normalized: Span { start: row.get(3)?, end: row.get(4)? },
        agency: json_text::<AgencyId>(row, 5)?,
        surface: row.get(6)?,
        rule: AcceptRule::from_name(&rule).ok_or_else(|| damaged(7, &format!("unknown rule `{rule}`")))?,
    })
}

pub(super) fn memberships(connection: &Connection, of: &MembersOf) -> Answer<Vec<Membership>> {
    // Where a revision counts at ?2: where the last change up to there put it, or where it was judged to be.
    const PLACED: &str = "coalesce((SELECT story FROM placing WHERE placing.seq = membership.seq AND since <= ?2 \
                          ORDER BY change DESC LIMIT 1), story)";
    let (story, condition, from, upto) = match of {
        MembersOf::Revisions { after, upto } => {
            ("story", "seq > ?1 AND seq <= ?2".to_owned(), after.get(), upto)
        }
        MembersOf::Article { article, upto } => {
            (PLACED, "article = ?1 AND seq <= ?2".to_owned(), article.get(), upto)
        }
        MembersOf::Story { story, upto } => {
            let condition = format!(
                "seq <= ?2 AND seq IN (SELECT seq FROM membership WHERE story = ?1 UNION SELECT seq FROM placing WHERE story = ?1) \
                 AND {PLACED} = ?1"
            );
            (PLACED, condition, story.get(), upto)
        }
    };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT article, seq, {story}, similarity, copy_of, because FROM membership WHERE {condition} ORDER BY seq"
    ))?;
    let rows = statement.query_map([from, upto.get()], |row| {
        Ok(Membership {
            article: ArticleId::new(row.get(0)?),
            seq: Seq::new(row.get(1)?),
            story: StoryId::new(row.get(2)?),
            similarity: row.get(3)?,
            copy_of: row.get::<_, Option<u64>>(4)?.map(Seq::new),
            because: json_of(5, row.get_ref(5)?.as_str()?)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn story_changes(
    connection: &Connection,
    of: ChangesOf,
    limit: usize,
) -> Answer<Vec<(u64, StoryChange)>> {
    let (condition, value) = match of {
        ChangesOf::After(id) => ("id > ?1", id),
        ChangesOf::Story(story) => ("story = ?1 OR other = ?1", story.get()),
    };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT id, body FROM story_change WHERE {condition} ORDER BY id LIMIT ?2"
    ))?;
    let rows = statement.query_map(params![value, i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
        Ok((row.get(0)?, json_of(1, row.get_ref(1)?.as_str()?)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn bursts(connection: &Connection, seqs: &[Seq]) -> Answer<Vec<Vec<Burst>>> {
    let mut statement = connection.prepare_cached("SELECT body FROM burst WHERE seq = ?1 ORDER BY agency")?;
    let mut list = |seq: &Seq| -> rusqlite::Result<Vec<Burst>> {
        statement.query_map([seq.get()], |row| json_of(0, row.get_ref(0)?.as_str()?))?.collect()
    };
    Ok(seqs.iter().map(&mut list).collect::<Result<_, _>>()?)
}

pub(super) fn latest_bursts(connection: &Connection, limit: usize) -> Answer<Vec<Burst>> {
    let mut statement =
        connection.prepare_cached("SELECT body FROM burst ORDER BY seq DESC, agency LIMIT ?1")?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map([limit], |row| json_of(0, row.get_ref(0)?.as_str()?))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn tellings(connection: &Connection, of: &TellingsOf, limit: usize) -> Answer<Vec<Telling>> {
    let (condition, value) = match of {
        TellingsOf::Revisions(seqs) => {
            let seqs: Vec<u64> = seqs.iter().map(|seq| seq.get()).collect();
            ("seq IN (SELECT value FROM json_each(?1))", serde_json::to_string(&seqs)?)
        }
        TellingsOf::Sources => ("is_source AND ?1 = ''", String::new()),
        TellingsOf::Campaign(campaign) => {
            ("seq = CAST(?1 AS INTEGER) OR campaign = CAST(?1 AS INTEGER)", campaign.get().to_string())
        }
        TellingsOf::Returned => ("campaign IS NOT NULL AND ?1 = ''", String::new()),
    };
    let mut statement = connection
        .prepare_cached(&format!("SELECT body FROM telling WHERE {condition} ORDER BY seq DESC LIMIT ?2"))?;
    let rows = statement.query_map(params![value, i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
        json_of(0, row.get_ref(0)?.as_str()?)
    })?;
    let mut latest: Vec<Telling> = rows.collect::<Result<_, _>>()?;
    latest.reverse();
    Ok(latest)
}

pub(super) fn issues(connection: &Connection, filter: &IssueFilter) -> Answer<Vec<Issue>> {
    // An empty list means any: `json_each` of a list needs no SQL that is put together from values.
    let ids: Vec<u64> = filter.ids.iter().map(|id| id.get()).collect();
    let stories: Vec<u64> = filter.stories.iter().map(|story| story.get()).collect();
    let states: Vec<&str> = filter.states.iter().map(|state| state.name()).collect();
    let mut statement = connection.prepare_cached(
        "SELECT body FROM issue WHERE (?1 = '[]' OR id IN (SELECT value FROM json_each(?1))) \
         AND (?2 = '[]' OR story IN (SELECT value FROM json_each(?2))) \
         AND (?3 = '[]' OR state IN (SELECT value FROM json_each(?3))) ORDER BY score DESC, id LIMIT ?4",
    )?;
    let limit = filter.limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
    let lists =
        (serde_json::to_string(&ids)?, serde_json::to_string(&stories)?, serde_json::to_string(&states)?);
    let rows = statement.query_map(params![lists.0, lists.1, lists.2, limit], |row| {
        json_of::<Issue>(0, row.get_ref(0)?.as_str()?)
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Columns of an event, in the order [`event`] reads them.
const EVENT: &str = "SELECT seq, issue, version, time, fact FROM event";

pub(super) fn events_after(connection: &Connection, after: EventSeq, limit: usize) -> Answer<Vec<Event>> {
    let mut statement =
        connection.prepare_cached(&format!("{EVENT} WHERE seq > ?1 ORDER BY seq LIMIT ?2"))?;
    let rows = statement.query_map(params![after.get(), limit], event)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn events_of(connection: &Connection, issue: IssueId, limit: usize) -> Answer<Vec<Event>> {
    let mut statement =
        connection.prepare_cached(&format!("{EVENT} WHERE issue = ?1 ORDER BY version DESC LIMIT ?2"))?;
    let rows = statement.query_map(params![issue.get(), limit], event)?;
    let mut latest: Vec<Event> = rows.collect::<Result<_, _>>()?;
    latest.reverse();
    Ok(latest)
}

fn event(row: &Row<'_>) -> rusqlite::Result<Event> {
    let issue = IssueId::new(row.get(1)?);
    Ok(Event {
        seq: EventSeq::new(row.get(0)?),
        id: EventId { issue, version: row.get(2)? },
        time: instant(row, 3)?,
        issue,
        fact: json_of(4, row.get_ref(4)?.as_str()?)?,
    })
}

pub(super) fn source_states(connection: &Connection) -> Answer<Vec<SourceState>> {
    let mut statement = connection.prepare_cached("SELECT state FROM source ORDER BY id")?;
    let rows = statement.query_map([], |row| json_of(0, row.get_ref(0)?.as_str()?))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn dropped(
    connection: &Connection,
    reason: Option<DropReason>,
    limit: usize,
) -> Answer<Vec<Dropped>> {
    let mut statement = connection.prepare_cached(
        "SELECT origin, place, reason, detail, at FROM dropped WHERE ?1 IS NULL OR reason = ?1 ORDER BY id DESC LIMIT ?2",
    )?;
    let rows = statement.query_map(params![reason.map(DropReason::name), limit], |row| {
        Ok(Dropped {
            origin: row.get(0)?,
            place: row.get(1)?,
            reason: json_text(row, 2)?,
            detail: row.get(3)?,
            at: instant(row, 4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn capture(connection: &Connection, hash: CaptureHash) -> Answer<Option<CaptureBody>> {
    let mut statement = connection
        .prepare_cached("SELECT url, fetched_at, status, content_type, body FROM capture WHERE hash = ?1")?;
    let found = statement.query_row([hash.0], |row| {
        let body = zstd::bulk::decompress(row.get_ref(4)?.as_blob()?, CAPTURE_BYTES_MAX)
            .map_err(|error| damaged(4, &error.to_string()))?;
        Ok(CaptureBody {
            hash,
            url: row.get(0)?,
            fetched_at: instant(row, 1)?,
            status: row.get(2)?,
            content_type: row.get(3)?,
            body,
        })
    });
    Ok(found.optional()?)
}

pub(super) fn captured(connection: &Connection, filter: &CaptureFilter) -> Answer<Vec<Captured>> {
    // Each wish in words of its own: a condition that may be absent keeps SQLite from its indexes.
    let of_source = if filter.source.is_some() { "r.source = ?1" } else { "?1 IS NULL" };
    let of_article = if filter.url.is_some() {
        "r.article = (SELECT id FROM article WHERE url = ?2)"
    } else {
        "?2 IS NULL"
    };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT r.seq, r.source, a.url, r.capture FROM revision r JOIN article a ON a.id = r.article \
         WHERE r.capture IS NOT NULL AND {of_source} AND {of_article} ORDER BY r.seq DESC LIMIT ?3"
    ))?;
    let source = filter.source.as_ref().map(SourceId::as_str);
    let url = filter.url.as_ref().map(CanonicalUrl::as_str);
    let limit = filter.limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(-1));
    let rows = statement.query_map(params![source, url, limit], |row| {
        Ok(Captured {
            seq: Seq::new(row.get(0)?),
            source: json_text(row, 1)?,
            url: json_text(row, 2)?,
            capture: CaptureHash(row.get(3)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn counts(connection: &Connection) -> Answer<Counts> {
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, u64>(0));
    let groups = |sql: &str| -> rusqlite::Result<Vec<(String, u64)>> {
        connection.prepare(sql)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    };
    Ok(Counts {
        revisions: count("SELECT count(*) FROM revision")?,
        articles: count("SELECT count(*) FROM article")?,
        mentions: count("SELECT count(*) FROM mention")?,
        stories: count(
            "SELECT count(*) FROM (SELECT story FROM membership UNION SELECT other FROM story_change WHERE kind = 'split' \
             EXCEPT SELECT other FROM story_change WHERE kind = 'merged')",
        )?,
        issues: groups("SELECT state, count(*) FROM issue GROUP BY state")?
            .into_iter()
            .filter_map(|(state, n)| Some((IssueState::from_name(&state)?, n)))
            .collect(),
        events: count("SELECT count(*) FROM event")?,
        dropped: groups("SELECT reason, count(*) FROM dropped GROUP BY reason ORDER BY reason")?
            .into_iter()
            .map(|(reason, n)| Ok((word_of(0, &reason)?, n)))
            .collect::<rusqlite::Result<_>>()?,
    })
}

/// A column of one JSON value.
fn json_of<T: serde::de::DeserializeOwned>(column: usize, json: &str) -> rusqlite::Result<T> {
    serde_json::from_str(json)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

/// A column whose text is an identifier or the name of a variant.
fn json_text<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    word_of(column, row.get_ref(column)?.as_str()?)
}

fn word_of<T: serde::de::DeserializeOwned>(column: usize, text: &str) -> rusqlite::Result<T> {
    T::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new(text))
        .map_err(|error| damaged(column, &error.to_string()))
}

fn instant(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get_ref(column)?.as_str()?.parse().map_err(|error: jiff::Error| damaged(column, &error.to_string()))
}

fn instant_or_null(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    row.get_ref(column)?.as_str_or_null()?.map(|_| instant(row, column)).transpose()
}

fn damaged(column: usize, cause: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, cause.to_owned().into())
}
