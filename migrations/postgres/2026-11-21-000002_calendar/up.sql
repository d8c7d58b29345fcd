CREATE TABLE bank_holidays (
    day date PRIMARY KEY,
    title text NOT NULL,
    notes text NOT NULL,
    bunting boolean NOT NULL
);

CREATE TABLE closures (
    id uuid PRIMARY KEY,
    setting_id uuid REFERENCES organisations (id),
    closed_from date NOT NULL,
    reopens_on date NOT NULL,
    label text NOT NULL,
    created_at timestamptz NOT NULL,
    CHECK (reopens_on > closed_from)
);
CREATE INDEX closures_by_setting ON closures (setting_id, closed_from);
