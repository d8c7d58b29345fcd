ALTER TABLE plan_sections ADD COLUMN changed_in INTEGER NOT NULL DEFAULT 1;

CREATE TABLE consultations (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    plan_id TEXT REFERENCES plans (id),
    setting_id TEXT NOT NULL REFERENCES organisations (id),
    sent_on TEXT NOT NULL,
    received_on TEXT NOT NULL,
    requested_by_family INTEGER NOT NULL CHECK (requested_by_family IN (0, 1)),
    responded_on TEXT,
    can_meet_need INTEGER CHECK (can_meet_need IN (0, 1)),
    grounds TEXT NOT NULL,
    text TEXT,
    recorded_by TEXT REFERENCES users (id),
    recorded_at TEXT NOT NULL,
    response_recorded_by TEXT REFERENCES users (id),
    response_recorded_at TEXT
) STRICT;
CREATE INDEX consultations_by_case ON consultations (case_id, id);
