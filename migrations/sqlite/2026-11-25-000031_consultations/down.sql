DROP TABLE consultations;
ALTER TABLE plan_sections DROP COLUMN changed_in;
