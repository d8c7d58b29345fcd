-- Other days for the limits of an order: by a direction of the tribunal, or by a written agreement of the parties.
CREATE TABLE order_days (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    order_id uuid NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    rule text NOT NULL,
    due_on date NOT NULL,
    basis text NOT NULL CHECK (basis IN ('direction', 'written_agreement')),
    dated_on date NOT NULL,
    document_id uuid REFERENCES documents (id) ON DELETE SET NULL,
    reason text,
    recorded_by uuid REFERENCES users (id),
    recorded_at timestamptz NOT NULL
);
CREATE INDEX order_days_by_case ON order_days (case_id, id);
