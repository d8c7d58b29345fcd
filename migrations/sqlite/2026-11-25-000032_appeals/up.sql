CREATE TABLE mediations (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    about TEXT NOT NULL CHECK (about IN ('refusal_to_assess', 'refusal_to_issue', 'plan')),
    certificate_on TEXT,
    held_on TEXT,
    agreed_on TEXT,
    recorded_by TEXT REFERENCES users (id),
    recorded_at TEXT NOT NULL
) STRICT;
CREATE INDEX mediations_by_case ON mediations (case_id, id);

CREATE TABLE appeals (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    about TEXT NOT NULL CHECK (about IN ('refusal_to_assess', 'refusal_to_issue', 'plan')),
    registered_on TEXT NOT NULL,
    recorded_by TEXT REFERENCES users (id),
    recorded_at TEXT NOT NULL
) STRICT;
CREATE INDEX appeals_by_case ON appeals (case_id, id);

CREATE TABLE orders (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    appeal_id TEXT REFERENCES appeals (id),
    mediation_id TEXT REFERENCES mediations (id),
    track_id TEXT REFERENCES orders (id),
    about TEXT NOT NULL CHECK (about IN ('refusal_to_assess', 'refusal_to_issue', 'plan')),
    kind TEXT NOT NULL CHECK (kind IN ('assess', 'make_plan', 'reconsider', 'amend_contents', 'amend_placement', 'dismissed')),
    ordered_on TEXT NOT NULL,
    conceded INTEGER NOT NULL CHECK (conceded IN (0, 1)),
    recorded_by TEXT REFERENCES users (id),
    recorded_at TEXT NOT NULL
) STRICT;
CREATE INDEX orders_by_case ON orders (case_id, id);

ALTER TABLE decisions ADD COLUMN order_id TEXT REFERENCES orders (id);
DROP INDEX decisions_by_case;
CREATE UNIQUE INDEX decisions_by_case ON decisions (case_id, about) WHERE order_id IS NULL;
CREATE UNIQUE INDEX decisions_by_order ON decisions (order_id, about);

ALTER TABLE plans ADD COLUMN order_id TEXT REFERENCES orders (id);
