-- What a setting is asked before it is decided whether to assess. It is no advice of Regs 6.
CREATE TABLE information_requests (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    asked_on date NOT NULL,
    reply_by date NOT NULL,
    answered_on date,
    cancelled_on date,
    cancellation_reason text,
    recorded_by uuid REFERENCES users (id),
    recorded_at timestamptz NOT NULL
);
CREATE INDEX information_requests_by_case ON information_requests (case_id, id);
CREATE INDEX information_requests_by_reply ON information_requests (answered_on, cancelled_on, reply_by, id);

ALTER TABLE messages ADD COLUMN information_request_id uuid REFERENCES information_requests (id) ON DELETE CASCADE;
CREATE INDEX messages_by_information_request ON messages (information_request_id, chase_number);
