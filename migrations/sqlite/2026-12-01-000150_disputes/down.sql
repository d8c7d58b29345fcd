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

ALTER TABLE deadlines ADD COLUMN subject_kind_now TEXT CHECK (subject_kind_now IN ('advice_request', 'plan', 'consultation', 'decision', 'order'));
UPDATE deadlines SET subject_kind_now = subject_kind;
ALTER TABLE deadlines DROP COLUMN subject_kind;
ALTER TABLE deadlines RENAME COLUMN subject_kind_now TO subject_kind;
ALTER TABLE orders ADD COLUMN kind_now TEXT NOT NULL DEFAULT 'dismissed' CHECK (kind_now IN ('assess', 'make_plan', 'reconsider', 'amend_contents', 'amend_placement', 'dismissed'));
UPDATE orders SET kind_now = kind;
ALTER TABLE orders DROP COLUMN kind;
ALTER TABLE orders RENAME COLUMN kind_now TO kind;
ALTER TABLE orders ADD COLUMN about_now TEXT NOT NULL DEFAULT 'plan' CHECK (about_now IN ('refusal_to_assess', 'refusal_to_issue', 'plan'));
UPDATE orders SET about_now = about;
ALTER TABLE orders DROP COLUMN about;
ALTER TABLE orders RENAME COLUMN about_now TO about;
ALTER TABLE appeals ADD COLUMN about_now TEXT NOT NULL DEFAULT 'plan' CHECK (about_now IN ('refusal_to_assess', 'refusal_to_issue', 'plan'));
UPDATE appeals SET about_now = about;
ALTER TABLE appeals DROP COLUMN about;
ALTER TABLE appeals RENAME COLUMN about_now TO about;
ALTER TABLE mediations ADD COLUMN about_now TEXT NOT NULL DEFAULT 'plan' CHECK (about_now IN ('refusal_to_assess', 'refusal_to_issue', 'plan'));
UPDATE mediations SET about_now = about;
ALTER TABLE mediations DROP COLUMN about;
ALTER TABLE mediations RENAME COLUMN about_now TO about;

DROP INDEX cases_open_of_nobody;
CREATE INDEX cases_open_of_nobody ON cases (next_due_on, id) WHERE open AND caseworker_id IS NULL;
