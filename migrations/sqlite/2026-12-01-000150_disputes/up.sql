-- A plan that was to cease can be disputed, and duties of a dispute have deadlines of their own.
ALTER TABLE mediations ADD COLUMN about_now TEXT NOT NULL DEFAULT 'plan' CHECK (about_now IN ('refusal_to_assess', 'refusal_to_issue', 'plan', 'ceasing'));
UPDATE mediations SET about_now = about;
ALTER TABLE mediations DROP COLUMN about;
ALTER TABLE mediations RENAME COLUMN about_now TO about;
ALTER TABLE appeals ADD COLUMN about_now TEXT NOT NULL DEFAULT 'plan' CHECK (about_now IN ('refusal_to_assess', 'refusal_to_issue', 'plan', 'ceasing'));
UPDATE appeals SET about_now = about;
ALTER TABLE appeals DROP COLUMN about;
ALTER TABLE appeals RENAME COLUMN about_now TO about;
ALTER TABLE orders ADD COLUMN about_now TEXT NOT NULL DEFAULT 'plan' CHECK (about_now IN ('refusal_to_assess', 'refusal_to_issue', 'plan', 'ceasing'));
UPDATE orders SET about_now = about;
ALTER TABLE orders DROP COLUMN about;
ALTER TABLE orders RENAME COLUMN about_now TO about;
ALTER TABLE orders ADD COLUMN kind_now TEXT NOT NULL DEFAULT 'dismissed' CHECK (kind_now IN ('assess', 'make_plan', 'reconsider', 'amend_contents', 'amend_placement', 'continue', 'cease_upheld', 'dismissed'));
UPDATE orders SET kind_now = kind;
ALTER TABLE orders DROP COLUMN kind;
ALTER TABLE orders RENAME COLUMN kind_now TO kind;
ALTER TABLE deadlines ADD COLUMN subject_kind_now TEXT CHECK (subject_kind_now IN ('advice_request', 'plan', 'consultation', 'decision', 'order', 'mediation', 'appeal'));
UPDATE deadlines SET subject_kind_now = subject_kind;
ALTER TABLE deadlines DROP COLUMN subject_kind;
ALTER TABLE deadlines RENAME COLUMN subject_kind_now TO subject_kind;

ALTER TABLE mediations ADD COLUMN told_on TEXT;
ALTER TABLE mediations ADD COLUMN about_health TEXT CHECK (about_health IN ('none', 'in_part', 'alone'));
ALTER TABLE mediations ADD COLUMN icb_told_on TEXT;
ALTER TABLE mediations ADD COLUMN arranged_on TEXT;
ALTER TABLE mediations ADD COLUMN other_agreed_on TEXT;
ALTER TABLE mediations ADD COLUMN carried_out_on TEXT;

ALTER TABLE appeals ADD COLUMN plan_parts TEXT CHECK (plan_parts IN ('contents', 'placement', 'contents_and_placement'));
ALTER TABLE appeals ADD COLUMN received_on TEXT;
ALTER TABLE appeals ADD COLUMN responded_on TEXT;
ALTER TABLE appeals ADD COLUMN recommendations_on TEXT;
ALTER TABLE appeals ADD COLUMN answered_on TEXT;

ALTER TABLE orders ADD COLUMN by_consent INTEGER NOT NULL DEFAULT 0 CHECK (by_consent IN (0, 1));

-- A case that has ended, and on which something is owed around a dispute, stands on the lists too.
DROP INDEX cases_open_of_nobody;
CREATE INDEX cases_open_of_nobody ON cases (next_due_on, id) WHERE ended_status IS NULL AND caseworker_id IS NULL;
