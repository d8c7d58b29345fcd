-- What a setting is asked before it is decided whether to assess. It is no advice of Regs 6.
CREATE TABLE information_requests (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    asked_on TEXT NOT NULL,
    reply_by TEXT NOT NULL,
    answered_on TEXT,
    cancelled_on TEXT,
    cancellation_reason TEXT,
    recorded_by TEXT REFERENCES users (id),
    recorded_at TEXT NOT NULL
) STRICT;
CREATE INDEX information_requests_by_case ON information_requests (case_id, id);
CREATE INDEX information_requests_by_reply ON information_requests (answered_on, cancelled_on, reply_by, id);

ALTER TABLE messages ADD COLUMN information_request_id TEXT REFERENCES information_requests (id) ON DELETE CASCADE;
CREATE INDEX messages_by_information_request ON messages (information_request_id, chase_number);
