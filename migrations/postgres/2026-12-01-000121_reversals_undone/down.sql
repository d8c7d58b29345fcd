UPDATE decisions SET reversed_on = NULL, reversal_reason = NULL WHERE reversal_in_error_at IS NOT NULL;
ALTER TABLE decisions DROP COLUMN reversal_in_error_at;
