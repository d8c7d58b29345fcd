DROP TABLE bounces;
ALTER TABLE messages DROP COLUMN insisted;
