CREATE TABLE audit_events (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    at TEXT NOT NULL,
    actor_id TEXT,
    actor_name TEXT NOT NULL,
    request_id TEXT NOT NULL,
    address TEXT,
    case_id TEXT,
    subject_kind TEXT NOT NULL,
    subject_id TEXT,
    action TEXT NOT NULL,
    on_day TEXT,
    reason TEXT,
    before TEXT,
    after TEXT
) STRICT;
CREATE INDEX audit_events_by_case ON audit_events (case_id, sequence);
CREATE INDEX audit_events_by_actor ON audit_events (actor_id, sequence);

CREATE TABLE access_records (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    user_id TEXT NOT NULL,
    user_name TEXT NOT NULL,
    request_id TEXT NOT NULL,
    address TEXT,
    case_id TEXT NOT NULL,
    what TEXT NOT NULL
) STRICT;
CREATE INDEX access_records_by_case ON access_records (case_id, sequence);
