-- Whose record may not be erased for now, and why.
CREATE TABLE person_holds (
    person_id uuid NOT NULL PRIMARY KEY REFERENCES people (id),
    reason text NOT NULL,
    placed_by uuid NOT NULL REFERENCES users (id),
    placed_at timestamptz NOT NULL
);

-- Whose record was erased: what is left of it are days and outcomes. The service itself erases what has been kept long
-- enough.
CREATE TABLE person_erasures (
    person_id uuid NOT NULL PRIMARY KEY REFERENCES people (id),
    erased_by uuid REFERENCES users (id),
    erased_at timestamptz NOT NULL
);
