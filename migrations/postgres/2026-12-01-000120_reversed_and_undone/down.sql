DELETE FROM case_ends WHERE entered_in_error_at IS NOT NULL;
DROP INDEX case_ends_by_case;
DROP INDEX case_ends_one_a_case;
ALTER TABLE case_ends DROP CONSTRAINT case_ends_pkey;
ALTER TABLE case_ends ADD PRIMARY KEY (case_id);
ALTER TABLE case_ends DROP COLUMN entered_in_error_at;
ALTER TABLE case_ends DROP COLUMN withdrawn_how;
ALTER TABLE case_ends DROP COLUMN withdrawn_by;
ALTER TABLE case_ends DROP COLUMN id;

-- A version that was sent by mistake would be in force again: its text goes with it.
DELETE FROM plans WHERE entered_in_error_at IS NOT NULL;
ALTER TABLE plans DROP COLUMN entered_in_error_at;

DELETE FROM decisions WHERE entered_in_error_at IS NOT NULL;
DROP INDEX decisions_reversed;
DROP INDEX decisions_by_order;
DROP INDEX decisions_by_case;
ALTER TABLE decisions DROP COLUMN entered_in_error_at;
ALTER TABLE decisions DROP COLUMN reversal_reason;
ALTER TABLE decisions DROP COLUMN reversed_on;
CREATE UNIQUE INDEX decisions_by_case ON decisions (case_id, about) WHERE order_id IS NULL;
CREATE UNIQUE INDEX decisions_by_order ON decisions (order_id, about);
