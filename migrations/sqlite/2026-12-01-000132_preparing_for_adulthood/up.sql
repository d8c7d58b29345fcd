-- Preparation for adulthood may stand in every section of provision. Until now it was said of section F alone.
ALTER TABLE plan_sections ADD COLUMN preparing_for_adulthood INTEGER NOT NULL DEFAULT 0 CHECK (preparing_for_adulthood IN (0, 1));
UPDATE plan_sections SET preparing_for_adulthood = 1
    WHERE section = 'F' AND plan_id IN (SELECT id FROM plans WHERE preparing_for_adulthood = 1);
