ALTER TABLE people DROP COLUMN curriculum_year_told_for;
