-- Schema 2: what the desk's rules found in each revision, and the places that it names.

CREATE TABLE rule_hit (
    seq INTEGER NOT NULL,
    rule TEXT NOT NULL,
    effects TEXT NOT NULL,               -- JSON, as the rule said when the revision was matched
    evidence TEXT NOT NULL,              -- JSON list
    PRIMARY KEY (seq, rule)
) STRICT, WITHOUT ROWID;
CREATE INDEX rule_hit_rule ON rule_hit (rule, seq);

CREATE TABLE place (
    seq INTEGER NOT NULL,
    field TEXT NOT NULL,
    raw_start INTEGER NOT NULL,          -- bytes of the field as published
    raw_end INTEGER NOT NULL,
    start INTEGER NOT NULL,              -- bytes of the normalised field
    end INTEGER NOT NULL,
    place TEXT NOT NULL,                 -- id of a province or district
    surface TEXT NOT NULL,
    PRIMARY KEY (seq, field, raw_start, raw_end, place)
) STRICT, WITHOUT ROWID;
