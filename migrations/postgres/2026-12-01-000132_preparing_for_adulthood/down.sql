ALTER TABLE plan_sections DROP COLUMN preparing_for_adulthood;
