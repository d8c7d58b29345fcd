-- A reversal that was entered in error: the refusal stands again.
ALTER TABLE decisions ADD COLUMN reversal_in_error_at TEXT;
