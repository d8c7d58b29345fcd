-- Who else was given notice of a request and of what was decided on it, and on which day.
CREATE TABLE given_notices (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    about TEXT NOT NULL,
    recipient TEXT NOT NULL,
    given_on TEXT NOT NULL,
    cancelled_on TEXT,
    cancellation_reason TEXT,
    recorded_by TEXT REFERENCES users (id),
    recorded_at TEXT NOT NULL
) STRICT;
CREATE INDEX given_notices_by_case ON given_notices (case_id, id);

-- Whether a young person has the capacity for what a case asks of them, where that was decided: who decided it, and when.
ALTER TABLE people ADD COLUMN lacks_capacity INTEGER CHECK (lacks_capacity IN (0, 1));
ALTER TABLE people ADD COLUMN capacity_decided_on TEXT;
ALTER TABLE people ADD COLUMN capacity_decided_by TEXT;
