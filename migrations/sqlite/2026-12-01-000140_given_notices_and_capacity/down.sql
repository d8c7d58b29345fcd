ALTER TABLE people DROP COLUMN capacity_decided_by;
ALTER TABLE people DROP COLUMN capacity_decided_on;
ALTER TABLE people DROP COLUMN lacks_capacity;
DROP TABLE given_notices;
