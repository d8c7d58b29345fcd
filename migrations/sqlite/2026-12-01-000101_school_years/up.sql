-- A school year ages each 1 September. Kept beside it is the school year it was told for, by the calendar year in which that
-- began; for what stands already, that of the day on which the person was recorded.
ALTER TABLE people ADD COLUMN curriculum_year_told_for INTEGER;
UPDATE people
SET curriculum_year_told_for =
    CAST(substr(created_at, 1, 4) AS INTEGER) - (CAST(substr(created_at, 6, 2) AS INTEGER) < 9)
WHERE national_curriculum_year IS NOT NULL;
