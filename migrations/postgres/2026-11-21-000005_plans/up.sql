CREATE TABLE plans (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    number integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('draft', 'amended_draft', 'final')),
    status text NOT NULL CHECK (status IN ('editing', 'served', 'issued')),
    preparing_for_adulthood boolean NOT NULL,
    served_on date,
    served_to jsonb NOT NULL,
    override_reason text,
    issued_on date,
    issued_to jsonb NOT NULL,
    placement jsonb,
    signed_by text,
    version integer NOT NULL,
    created_by uuid REFERENCES users (id),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX plans_by_case ON plans (case_id, number);

CREATE TABLE representations (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    plan_id uuid NOT NULL REFERENCES plans (id),
    received_on date NOT NULL,
    text text,
    requested_setting text,
    meeting_requested boolean NOT NULL,
    finished boolean NOT NULL,
    recorded_by uuid REFERENCES users (id),
    recorded_at timestamptz NOT NULL
);
CREATE INDEX representations_by_case ON representations (case_id, id);

CREATE TABLE plan_sections (
    plan_id uuid NOT NULL REFERENCES plans (id) ON DELETE CASCADE,
    section text NOT NULL CHECK (section IN ('A', 'B', 'C', 'D', 'E', 'F', 'G', 'H1', 'H2', 'I', 'J', 'K')),
    text text NOT NULL,
    sources jsonb NOT NULL,
    representation_id uuid REFERENCES representations (id),
    PRIMARY KEY (plan_id, section)
);
