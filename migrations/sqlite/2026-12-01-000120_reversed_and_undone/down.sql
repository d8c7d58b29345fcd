DELETE FROM case_ends WHERE entered_in_error_at IS NOT NULL;
CREATE TABLE case_ends_without_ids (
    case_id TEXT NOT NULL PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('withdrawn', 'transferred')),
    ended_on TEXT NOT NULL,
    reason TEXT,
    to_local_authority TEXT,
    recorded_by TEXT REFERENCES users (id),
    recorded_at TEXT NOT NULL
) STRICT;
INSERT INTO case_ends_without_ids (case_id, kind, ended_on, reason, to_local_authority, recorded_by, recorded_at)
SELECT case_id, kind, ended_on, reason, to_local_authority, recorded_by, recorded_at FROM case_ends;
DROP TABLE case_ends;
ALTER TABLE case_ends_without_ids RENAME TO case_ends;

-- A version that was sent by mistake would be in force again: its text goes with it.
DELETE FROM plans WHERE entered_in_error_at IS NOT NULL;
ALTER TABLE plans DROP COLUMN entered_in_error_at;

DELETE FROM decisions WHERE entered_in_error_at IS NOT NULL;
DROP INDEX decisions_reversed;
DROP INDEX decisions_by_order;
DROP INDEX decisions_by_case;
ALTER TABLE decisions DROP COLUMN entered_in_error_at;
ALTER TABLE decisions DROP COLUMN reversal_reason;
ALTER TABLE decisions DROP COLUMN reversed_on;
CREATE UNIQUE INDEX decisions_by_case ON decisions (case_id, about) WHERE order_id IS NULL;
CREATE UNIQUE INDEX decisions_by_order ON decisions (order_id, about);
