-- Who else was given notice of a request and of what was decided on it, and on which day.
CREATE TABLE given_notices (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    about text NOT NULL,
    recipient text NOT NULL,
    given_on date NOT NULL,
    cancelled_on date,
    cancellation_reason text,
    recorded_by uuid REFERENCES users (id),
    recorded_at timestamptz NOT NULL
);
CREATE INDEX given_notices_by_case ON given_notices (case_id, id);

-- Whether a young person has the capacity for what a case asks of them, where that was decided: who decided it, and when.
ALTER TABLE people ADD COLUMN lacks_capacity boolean;
ALTER TABLE people ADD COLUMN capacity_decided_on date;
ALTER TABLE people ADD COLUMN capacity_decided_by text;
