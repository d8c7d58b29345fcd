CREATE TABLE plans (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('draft', 'amended_draft', 'final')),
    status TEXT NOT NULL CHECK (status IN ('editing', 'served', 'issued')),
    preparing_for_adulthood INTEGER NOT NULL CHECK (preparing_for_adulthood IN (0, 1)),
    served_on TEXT,
    served_to TEXT NOT NULL,
    override_reason TEXT,
    issued_on TEXT,
    issued_to TEXT NOT NULL,
    placement TEXT,
    signed_by TEXT,
    version INTEGER NOT NULL,
    created_by TEXT REFERENCES users (id),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX plans_by_case ON plans (case_id, number);

CREATE TABLE representations (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    plan_id TEXT NOT NULL REFERENCES plans (id),
    received_on TEXT NOT NULL,
    text TEXT,
    requested_setting TEXT,
    meeting_requested INTEGER NOT NULL CHECK (meeting_requested IN (0, 1)),
    finished INTEGER NOT NULL CHECK (finished IN (0, 1)),
    recorded_by TEXT REFERENCES users (id),
    recorded_at TEXT NOT NULL
) STRICT;
CREATE INDEX representations_by_case ON representations (case_id, id);

CREATE TABLE plan_sections (
    plan_id TEXT NOT NULL REFERENCES plans (id) ON DELETE CASCADE,
    section TEXT NOT NULL CHECK (section IN ('A', 'B', 'C', 'D', 'E', 'F', 'G', 'H1', 'H2', 'I', 'J', 'K')),
    text TEXT NOT NULL,
    sources TEXT NOT NULL,
    representation_id TEXT REFERENCES representations (id),
    PRIMARY KEY (plan_id, section)
) STRICT;
