-- A plan that was to cease can be disputed, and duties of a dispute have deadlines of their own.
ALTER TABLE mediations DROP CONSTRAINT mediations_about_check;
ALTER TABLE mediations ADD CONSTRAINT mediations_about_check CHECK (about IN ('refusal_to_assess', 'refusal_to_issue', 'plan', 'ceasing'));
ALTER TABLE appeals DROP CONSTRAINT appeals_about_check;
ALTER TABLE appeals ADD CONSTRAINT appeals_about_check CHECK (about IN ('refusal_to_assess', 'refusal_to_issue', 'plan', 'ceasing'));
ALTER TABLE orders DROP CONSTRAINT orders_about_check;
ALTER TABLE orders ADD CONSTRAINT orders_about_check CHECK (about IN ('refusal_to_assess', 'refusal_to_issue', 'plan', 'ceasing'));
ALTER TABLE orders DROP CONSTRAINT orders_kind_check;
ALTER TABLE orders ADD CONSTRAINT orders_kind_check CHECK (kind IN ('assess', 'make_plan', 'reconsider', 'amend_contents', 'amend_placement', 'continue', 'cease_upheld', 'dismissed'));
ALTER TABLE deadlines DROP CONSTRAINT deadlines_subject_kind_check;
ALTER TABLE deadlines ADD CONSTRAINT deadlines_subject_kind_check CHECK (subject_kind IN ('advice_request', 'plan', 'consultation', 'decision', 'order', 'mediation', 'appeal'));

ALTER TABLE mediations ADD COLUMN told_on date;
ALTER TABLE mediations ADD COLUMN about_health text CHECK (about_health IN ('none', 'in_part', 'alone'));
ALTER TABLE mediations ADD COLUMN icb_told_on date;
ALTER TABLE mediations ADD COLUMN arranged_on date;
ALTER TABLE mediations ADD COLUMN other_agreed_on date;
ALTER TABLE mediations ADD COLUMN carried_out_on date;

ALTER TABLE appeals ADD COLUMN plan_parts text CHECK (plan_parts IN ('contents', 'placement', 'contents_and_placement'));
ALTER TABLE appeals ADD COLUMN received_on date;
ALTER TABLE appeals ADD COLUMN responded_on date;
ALTER TABLE appeals ADD COLUMN recommendations_on date;
ALTER TABLE appeals ADD COLUMN answered_on date;

ALTER TABLE orders ADD COLUMN by_consent boolean NOT NULL DEFAULT false;

-- A case that has ended, and on which something is owed around a dispute, stands on the lists too.
DROP INDEX cases_open_of_nobody;
CREATE INDEX cases_open_of_nobody ON cases (next_due_on, id) WHERE ended_status IS NULL AND caseworker_id IS NULL;
