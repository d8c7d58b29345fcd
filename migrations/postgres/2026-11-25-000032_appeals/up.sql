CREATE TABLE mediations (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    about text NOT NULL CHECK (about IN ('refusal_to_assess', 'refusal_to_issue', 'plan')),
    certificate_on date,
    held_on date,
    agreed_on date,
    recorded_by uuid REFERENCES users (id),
    recorded_at timestamptz NOT NULL
);
CREATE INDEX mediations_by_case ON mediations (case_id, id);

CREATE TABLE appeals (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    about text NOT NULL CHECK (about IN ('refusal_to_assess', 'refusal_to_issue', 'plan')),
    registered_on date NOT NULL,
    recorded_by uuid REFERENCES users (id),
    recorded_at timestamptz NOT NULL
);
CREATE INDEX appeals_by_case ON appeals (case_id, id);

CREATE TABLE orders (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    appeal_id uuid REFERENCES appeals (id),
    mediation_id uuid REFERENCES mediations (id),
    track_id uuid REFERENCES orders (id),
    about text NOT NULL CHECK (about IN ('refusal_to_assess', 'refusal_to_issue', 'plan')),
    kind text NOT NULL CHECK (kind IN ('assess', 'make_plan', 'reconsider', 'amend_contents', 'amend_placement', 'dismissed')),
    ordered_on date NOT NULL,
    conceded boolean NOT NULL,
    recorded_by uuid REFERENCES users (id),
    recorded_at timestamptz NOT NULL
);
CREATE INDEX orders_by_case ON orders (case_id, id);

ALTER TABLE decisions ADD COLUMN order_id uuid REFERENCES orders (id);
DROP INDEX decisions_by_case;
CREATE UNIQUE INDEX decisions_by_case ON decisions (case_id, about) WHERE order_id IS NULL;
CREATE UNIQUE INDEX decisions_by_order ON decisions (order_id, about);

ALTER TABLE plans ADD COLUMN order_id uuid REFERENCES orders (id);
