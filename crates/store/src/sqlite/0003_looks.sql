-- Schema 3: what became of articles after they were published, and indexes for looking back.

CREATE TABLE look (
    article INTEGER PRIMARY KEY REFERENCES article (id),
    source TEXT NOT NULL,
    link TEXT NOT NULL,                  -- what is asked for
    etag TEXT,
    last_modified TEXT,
    since TEXT NOT NULL,                 -- when it was published, or first fetched
    next_at TEXT,                        -- NULL: it is looked at no more
    gone_at TEXT,                        -- the first look, in a row up to the last one, that found it gone
    withdrawn_at TEXT                    -- a later look that found it gone still
) STRICT;
CREATE INDEX look_due ON look (source, next_at) WHERE next_at IS NOT NULL;

CREATE INDEX revision_source ON revision (source, seq);
