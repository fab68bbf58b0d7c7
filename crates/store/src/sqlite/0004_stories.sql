-- Schema 4: stories that become one or two, and agencies that are suddenly in the news.

CREATE TABLE story_change (
    id INTEGER PRIMARY KEY,              -- in the order in which they happened
    seq INTEGER NOT NULL,                -- the revision after whose arrival it happened
    kind TEXT NOT NULL,
    story INTEGER NOT NULL,              -- goes on under its id
    other INTEGER NOT NULL,              -- came to it, or left it
    body TEXT NOT NULL                   -- JSON, the whole change
) STRICT;
CREATE INDEX story_change_story ON story_change (story);
CREATE INDEX story_change_other ON story_change (other);

-- A membership stays as it was judged; where its revision counts since a change stands here.
CREATE TABLE placing (
    seq INTEGER NOT NULL,                -- of the membership
    change INTEGER NOT NULL REFERENCES story_change (id),
    since INTEGER NOT NULL,              -- the change's seq
    story INTEGER NOT NULL,
    PRIMARY KEY (seq, change)
) STRICT, WITHOUT ROWID;
CREATE INDEX placing_story ON placing (story, seq);

CREATE TABLE burst (
    seq INTEGER NOT NULL,
    agency TEXT NOT NULL,
    body TEXT NOT NULL,                  -- JSON
    PRIMARY KEY (seq, agency)
) STRICT, WITHOUT ROWID;
