-- Preparation for adulthood may stand in every section of provision. Until now it was said of section F alone.
ALTER TABLE plan_sections ADD COLUMN preparing_for_adulthood boolean NOT NULL DEFAULT false;
UPDATE plan_sections SET preparing_for_adulthood = true
    WHERE section = 'F' AND plan_id IN (SELECT id FROM plans WHERE preparing_for_adulthood);
