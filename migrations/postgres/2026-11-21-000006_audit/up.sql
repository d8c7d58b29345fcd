CREATE TABLE audit_events (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    actor_id uuid,
    actor_name text NOT NULL,
    request_id text NOT NULL,
    address text,
    case_id uuid,
    subject_kind text NOT NULL,
    subject_id uuid,
    action text NOT NULL,
    on_day date,
    reason text,
    before jsonb,
    after jsonb
);
CREATE INDEX audit_events_by_case ON audit_events (case_id, sequence);
CREATE INDEX audit_events_by_actor ON audit_events (actor_id, sequence);

CREATE TABLE access_records (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    user_id uuid NOT NULL,
    user_name text NOT NULL,
    request_id text NOT NULL,
    address text,
    case_id uuid NOT NULL,
    what text NOT NULL
);
CREATE INDEX access_records_by_case ON access_records (case_id, sequence);
