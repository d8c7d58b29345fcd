-- Other days for the limits of an order: by a direction of the tribunal, or by a written agreement of the parties.
CREATE TABLE order_days (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    order_id TEXT NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    rule TEXT NOT NULL,
    due_on TEXT NOT NULL,
    basis TEXT NOT NULL CHECK (basis IN ('direction', 'written_agreement')),
    dated_on TEXT NOT NULL,
    document_id TEXT REFERENCES documents (id) ON DELETE SET NULL,
    reason TEXT,
    recorded_by TEXT REFERENCES users (id),
    recorded_at TEXT NOT NULL
) STRICT;
CREATE INDEX order_days_by_case ON order_days (case_id, id);
