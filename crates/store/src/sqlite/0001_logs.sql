-- Schema 1: the article log, the event log, and everything between them.
-- Instants are RFC 3339 in UTC with milliseconds, so that they sort as text. Hashes are BLAKE3, 32 bytes.

-- Where each log ends. A number is given inside the transaction that uses it: commit order is number order.
CREATE TABLE log_head (
    log TEXT PRIMARY KEY,
    seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO log_head VALUES ('articles', 0), ('events', 0);

CREATE TABLE article (
    id INTEGER PRIMARY KEY,              -- seq of its first revision
    url TEXT NOT NULL UNIQUE,            -- canonical
    latest INTEGER NOT NULL,             -- seq of its latest revision
    revisions INTEGER NOT NULL,
    content BLOB NOT NULL,               -- hash of the latest normalised title and text
    fetched_at TEXT NOT NULL             -- when it was last seen, changed or not
) STRICT;

CREATE TABLE revision (
    seq INTEGER PRIMARY KEY,
    article INTEGER NOT NULL REFERENCES article (id),
    number INTEGER NOT NULL,             -- 1 for the first
    source TEXT NOT NULL,
    outlet TEXT NOT NULL,
    link TEXT NOT NULL,                  -- as it was found
    published_at TEXT,
    published TEXT,                      -- JSON: precision, origin, trust, as written
    fetched_at TEXT NOT NULL,
    capture BLOB,
    warnings TEXT NOT NULL,              -- JSON list of names
    content BLOB NOT NULL,
    text_version INTEGER NOT NULL,       -- which normaliser and segmenter made the ends
    title_ends BLOB NOT NULL,            -- token lengths, LEB128
    text_ends BLOB NOT NULL,
    title TEXT NOT NULL,                 -- as published
    text TEXT NOT NULL,                  -- as published
    UNIQUE (article, number)
) STRICT;
CREATE INDEX revision_content ON revision (article, content);

CREATE TABLE capture (
    hash BLOB PRIMARY KEY,
    url TEXT NOT NULL,
    fetched_at TEXT NOT NULL,
    status INTEGER NOT NULL,
    content_type TEXT,
    body BLOB NOT NULL                   -- Zstandard
) STRICT;

CREATE TABLE dropped (
    id INTEGER PRIMARY KEY,
    origin TEXT NOT NULL,
    place TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    at TEXT NOT NULL,
    UNIQUE (origin, place, reason)
) STRICT;

CREATE TABLE source (
    id TEXT PRIMARY KEY,
    due_at TEXT NOT NULL,
    lease_owner TEXT,
    lease_until TEXT,
    state TEXT NOT NULL                  -- JSON
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoint (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE cursor (
    stage TEXT PRIMARY KEY,
    seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE mention (
    seq INTEGER NOT NULL,
    field TEXT NOT NULL,
    raw_start INTEGER NOT NULL,          -- bytes of the field as published
    raw_end INTEGER NOT NULL,
    start INTEGER NOT NULL,              -- bytes of the normalised field
    end INTEGER NOT NULL,
    agency TEXT NOT NULL,
    surface TEXT NOT NULL,
    rule TEXT NOT NULL,
    PRIMARY KEY (seq, field, raw_start, raw_end, agency)
) STRICT, WITHOUT ROWID;

CREATE TABLE membership (
    seq INTEGER PRIMARY KEY,             -- the revision that was judged
    article INTEGER NOT NULL,
    story INTEGER NOT NULL,
    similarity REAL NOT NULL,
    copy_of INTEGER,
    because TEXT NOT NULL                -- JSON
) STRICT;
CREATE INDEX membership_story ON membership (story, seq);
CREATE INDEX membership_article ON membership (article, seq);

CREATE TABLE issue (
    id INTEGER PRIMARY KEY,
    story INTEGER NOT NULL,
    state TEXT NOT NULL,
    score INTEGER NOT NULL,              -- hundredths of a point
    version INTEGER NOT NULL,
    body TEXT NOT NULL                   -- JSON, the whole issue
) STRICT;
CREATE INDEX issue_story ON issue (story);
CREATE INDEX issue_score ON issue (score DESC, id);

CREATE TABLE event (
    seq INTEGER PRIMARY KEY,
    issue INTEGER NOT NULL,
    version INTEGER NOT NULL,
    time TEXT NOT NULL,
    fact TEXT NOT NULL,                  -- JSON: type and data
    UNIQUE (issue, version)
) STRICT;
