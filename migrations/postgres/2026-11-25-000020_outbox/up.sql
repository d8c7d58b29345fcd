CREATE TABLE messages (
    id uuid NOT NULL PRIMARY KEY,
    dedupe_key text,
    kind text NOT NULL,
    recipient text NOT NULL,
    params jsonb NOT NULL,
    case_id uuid REFERENCES cases (id) ON DELETE CASCADE,
    advice_request_id uuid REFERENCES advice_requests (id) ON DELETE CASCADE,
    chase_number integer,
    at_any_hour boolean NOT NULL,
    not_before timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'sent', 'failed', 'withdrawn')),
    attempts integer NOT NULL,
    first_attempt_at timestamptz,
    next_attempt_at timestamptz NOT NULL,
    lease uuid,
    leased_until timestamptz,
    server_answer text,
    created_at timestamptz NOT NULL,
    settled_at timestamptz
);
CREATE UNIQUE INDEX messages_by_dedupe_key ON messages (dedupe_key);
CREATE INDEX messages_to_send ON messages (state, next_attempt_at);
CREATE INDEX messages_by_state ON messages (state, id);
CREATE INDEX messages_by_case ON messages (case_id, id);
CREATE INDEX messages_by_request ON messages (advice_request_id, chase_number);
CREATE INDEX messages_by_lease ON messages (lease);
