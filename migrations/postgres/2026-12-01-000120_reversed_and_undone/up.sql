-- The authority's reversal of its own refusal. What was entered in error stays, marked, and counts for nothing.
ALTER TABLE decisions ADD COLUMN reversed_on date;
ALTER TABLE decisions ADD COLUMN reversal_reason text;
ALTER TABLE decisions ADD COLUMN entered_in_error_at timestamptz;
DROP INDEX decisions_by_case;
DROP INDEX decisions_by_order;
CREATE UNIQUE INDEX decisions_by_case ON decisions (case_id, about) WHERE order_id IS NULL AND entered_in_error_at IS NULL;
CREATE UNIQUE INDEX decisions_by_order ON decisions (order_id, about) WHERE entered_in_error_at IS NULL;
CREATE INDEX decisions_reversed ON decisions (case_id) WHERE reversed_on IS NOT NULL;

ALTER TABLE plans ADD COLUMN entered_in_error_at timestamptz;

-- One that was entered in error may be followed by another: each has an id. A case had one at most, so the old take its.
ALTER TABLE case_ends ADD COLUMN id uuid;
ALTER TABLE case_ends ADD COLUMN withdrawn_by text;
ALTER TABLE case_ends ADD COLUMN withdrawn_how text CHECK (withdrawn_how IN ('letter', 'email', 'telephone', 'meeting'));
ALTER TABLE case_ends ADD COLUMN entered_in_error_at timestamptz;
UPDATE case_ends SET id = case_id;
ALTER TABLE case_ends DROP CONSTRAINT case_ends_pkey;
ALTER TABLE case_ends ADD PRIMARY KEY (id);
CREATE UNIQUE INDEX case_ends_one_a_case ON case_ends (case_id) WHERE entered_in_error_at IS NULL;
CREATE INDEX case_ends_by_case ON case_ends (case_id, id);
