-- Whose plan it was when it was served or sent, and whose council's: what its document shows for ever.
ALTER TABLE plans ADD COLUMN printed jsonb;
