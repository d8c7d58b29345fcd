ALTER TABLE plan_sections ADD COLUMN changed_in integer NOT NULL DEFAULT 1;

CREATE TABLE consultations (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    plan_id uuid REFERENCES plans (id),
    setting_id uuid NOT NULL REFERENCES organisations (id),
    sent_on date NOT NULL,
    received_on date NOT NULL,
    requested_by_family boolean NOT NULL,
    responded_on date,
    can_meet_need boolean,
    grounds jsonb NOT NULL,
    text text,
    recorded_by uuid REFERENCES users (id),
    recorded_at timestamptz NOT NULL,
    response_recorded_by uuid REFERENCES users (id),
    response_recorded_at timestamptz
);
CREATE INDEX consultations_by_case ON consultations (case_id, id);
