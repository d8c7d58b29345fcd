CREATE TABLE messages (
    id TEXT NOT NULL PRIMARY KEY,
    dedupe_key TEXT,
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    params TEXT NOT NULL,
    case_id TEXT REFERENCES cases (id) ON DELETE CASCADE,
    advice_request_id TEXT REFERENCES advice_requests (id) ON DELETE CASCADE,
    chase_number INTEGER,
    at_any_hour INTEGER NOT NULL CHECK (at_any_hour IN (0, 1)),
    not_before TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed', 'withdrawn')),
    attempts INTEGER NOT NULL,
    first_attempt_at TEXT,
    next_attempt_at TEXT NOT NULL,
    lease TEXT,
    leased_until TEXT,
    server_answer TEXT,
    created_at TEXT NOT NULL,
    settled_at TEXT
) STRICT;
CREATE UNIQUE INDEX messages_by_dedupe_key ON messages (dedupe_key);
CREATE INDEX messages_to_send ON messages (state, next_attempt_at);
CREATE INDEX messages_by_state ON messages (state, id);
CREATE INDEX messages_by_case ON messages (case_id, id);
CREATE INDEX messages_by_request ON messages (advice_request_id, chase_number);
CREATE INDEX messages_by_lease ON messages (lease);
