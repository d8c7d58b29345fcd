-- What follows a plan that was to cease was not known before.
UPDATE consultations SET plan_id = NULL WHERE plan_id IN
    (SELECT plans.id FROM plans JOIN orders ON orders.id = plans.order_id WHERE orders.about = 'ceasing');
DELETE FROM representations WHERE plan_id IN
    (SELECT plans.id FROM plans JOIN orders ON orders.id = plans.order_id WHERE orders.about = 'ceasing');
DELETE FROM plans WHERE order_id IN (SELECT id FROM orders WHERE about = 'ceasing');
DELETE FROM decisions WHERE order_id IN (SELECT id FROM orders WHERE about = 'ceasing');
UPDATE orders SET track_id = NULL WHERE track_id IN (SELECT id FROM orders WHERE about = 'ceasing');
DELETE FROM orders WHERE about = 'ceasing';
DELETE FROM appeals WHERE about = 'ceasing';
DELETE FROM mediations WHERE about = 'ceasing';
DELETE FROM deadlines WHERE subject_kind IN ('mediation', 'appeal');

ALTER TABLE orders DROP COLUMN by_consent;
ALTER TABLE appeals DROP COLUMN answered_on;
ALTER TABLE appeals DROP COLUMN recommendations_on;
ALTER TABLE appeals DROP COLUMN responded_on;
ALTER TABLE appeals DROP COLUMN received_on;
ALTER TABLE appeals DROP COLUMN plan_parts;
ALTER TABLE mediations DROP COLUMN carried_out_on;
ALTER TABLE mediations DROP COLUMN other_agreed_on;
ALTER TABLE mediations DROP COLUMN arranged_on;
ALTER TABLE mediations DROP COLUMN icb_told_on;
ALTER TABLE mediations DROP COLUMN about_health;
ALTER TABLE mediations DROP COLUMN told_on;

ALTER TABLE deadlines DROP CONSTRAINT deadlines_subject_kind_check;
ALTER TABLE deadlines ADD CONSTRAINT deadlines_subject_kind_check CHECK (subject_kind IN ('advice_request', 'plan', 'consultation', 'decision', 'order'));
ALTER TABLE orders DROP CONSTRAINT orders_kind_check;
ALTER TABLE orders ADD CONSTRAINT orders_kind_check CHECK (kind IN ('assess', 'make_plan', 'reconsider', 'amend_contents', 'amend_placement', 'dismissed'));
ALTER TABLE orders DROP CONSTRAINT orders_about_check;
ALTER TABLE orders ADD CONSTRAINT orders_about_check CHECK (about IN ('refusal_to_assess', 'refusal_to_issue', 'plan'));
ALTER TABLE appeals DROP CONSTRAINT appeals_about_check;
ALTER TABLE appeals ADD CONSTRAINT appeals_about_check CHECK (about IN ('refusal_to_assess', 'refusal_to_issue', 'plan'));
ALTER TABLE mediations DROP CONSTRAINT mediations_about_check;
ALTER TABLE mediations ADD CONSTRAINT mediations_about_check CHECK (about IN ('refusal_to_assess', 'refusal_to_issue', 'plan'));

DROP INDEX cases_open_of_nobody;
CREATE INDEX cases_open_of_nobody ON cases (next_due_on, id) WHERE open AND caseworker_id IS NULL;
