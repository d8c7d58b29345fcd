-- The authority's reversal of its own refusal. What was entered in error stays, marked, and counts for nothing.
ALTER TABLE decisions ADD COLUMN reversed_on TEXT;
ALTER TABLE decisions ADD COLUMN reversal_reason TEXT;
ALTER TABLE decisions ADD COLUMN entered_in_error_at TEXT;
DROP INDEX decisions_by_case;
DROP INDEX decisions_by_order;
CREATE UNIQUE INDEX decisions_by_case ON decisions (case_id, about) WHERE order_id IS NULL AND entered_in_error_at IS NULL;
CREATE UNIQUE INDEX decisions_by_order ON decisions (order_id, about) WHERE entered_in_error_at IS NULL;
CREATE INDEX decisions_reversed ON decisions (case_id) WHERE reversed_on IS NOT NULL;

ALTER TABLE plans ADD COLUMN entered_in_error_at TEXT;

-- One that was entered in error may be followed by another: each has an id. A case had one at most, so the old take its.
CREATE TABLE case_ends_with_ids (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('withdrawn', 'transferred')),
    ended_on TEXT NOT NULL,
    reason TEXT,
    to_local_authority TEXT,
    recorded_by TEXT REFERENCES users (id),
    recorded_at TEXT NOT NULL,
    withdrawn_by TEXT,
    withdrawn_how TEXT CHECK (withdrawn_how IN ('letter', 'email', 'telephone', 'meeting')),
    entered_in_error_at TEXT
) STRICT;
INSERT INTO case_ends_with_ids (id, case_id, kind, ended_on, reason, to_local_authority, recorded_by, recorded_at)
SELECT case_id, case_id, kind, ended_on, reason, to_local_authority, recorded_by, recorded_at FROM case_ends;
DROP TABLE case_ends;
ALTER TABLE case_ends_with_ids RENAME TO case_ends;
CREATE UNIQUE INDEX case_ends_one_a_case ON case_ends (case_id) WHERE entered_in_error_at IS NULL;
CREATE INDEX case_ends_by_case ON case_ends (case_id, id);
