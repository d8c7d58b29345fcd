-- What was written and sent in the course of an order goes with it: without orders, a case has one final plan.
UPDATE consultations SET plan_id = NULL WHERE plan_id IN (SELECT id FROM plans WHERE order_id IS NOT NULL);
DELETE FROM representations WHERE plan_id IN (SELECT id FROM plans WHERE order_id IS NOT NULL);
DELETE FROM plans WHERE order_id IS NOT NULL;
ALTER TABLE plans DROP COLUMN order_id;

DELETE FROM decisions WHERE order_id IS NOT NULL;
DROP INDEX decisions_by_order;
DROP INDEX decisions_by_case;
ALTER TABLE decisions DROP COLUMN order_id;
CREATE UNIQUE INDEX decisions_by_case ON decisions (case_id, about);

DROP TABLE orders;
DROP TABLE appeals;
DROP TABLE mediations;
