-- Whose record may not be erased for now, and why.
CREATE TABLE person_holds (
    person_id TEXT NOT NULL PRIMARY KEY REFERENCES people (id),
    reason TEXT NOT NULL,
    placed_by TEXT NOT NULL REFERENCES users (id),
    placed_at TEXT NOT NULL
) STRICT;

-- Whose record was erased: what is left of it are days and outcomes. The service itself erases what has been kept long
-- enough.
CREATE TABLE person_erasures (
    person_id TEXT NOT NULL PRIMARY KEY REFERENCES people (id),
    erased_by TEXT REFERENCES users (id),
    erased_at TEXT NOT NULL
) STRICT;
