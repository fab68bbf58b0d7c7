-- Schema 6: claims that were told, and which of them return.

CREATE TABLE telling (
    seq INTEGER PRIMARY KEY,             -- the revision
    campaign INTEGER,                    -- of what it is an instance, where it returns; a first telling bears its name as `seq`
    is_source INTEGER NOT NULL,          -- whether later ones are compared with it
    body TEXT NOT NULL                   -- JSON, the whole telling
) STRICT;
CREATE INDEX telling_campaign ON telling (campaign, seq) WHERE campaign IS NOT NULL;
CREATE INDEX telling_source ON telling (seq) WHERE is_source;
