-- A school year ages each 1 September. Kept beside it is the school year it was told for, by the calendar year in which that
-- began; for what stands already, that of the day on which the person was recorded.
ALTER TABLE people ADD COLUMN curriculum_year_told_for integer;
UPDATE people
SET curriculum_year_told_for =
    extract(year FROM created_at)::integer - (extract(month FROM created_at) < 9)::integer
WHERE national_curriculum_year IS NOT NULL;
