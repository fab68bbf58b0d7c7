-- Schema 5: who wrote a revision.

ALTER TABLE revision ADD COLUMN authors TEXT;          -- JSON list of names as published; NULL where nobody is named
