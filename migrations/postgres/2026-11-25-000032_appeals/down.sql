ALTER TABLE plans DROP COLUMN order_id;

DELETE FROM decisions WHERE order_id IS NOT NULL;
DROP INDEX decisions_by_order;
DROP INDEX decisions_by_case;
ALTER TABLE decisions DROP COLUMN order_id;
CREATE UNIQUE INDEX decisions_by_case ON decisions (case_id, about);

DROP TABLE orders;
DROP TABLE appeals;
DROP TABLE mediations;
