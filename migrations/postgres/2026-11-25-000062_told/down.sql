DROP INDEX cases_open_of_nobody;
DROP INDEX deadlines_by_breach;
ALTER TABLE deadlines DROP COLUMN breach_told_from;
DROP INDEX messages_by_kind;
ALTER TABLE messages DROP COLUMN lost;
