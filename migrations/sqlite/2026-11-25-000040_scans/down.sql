DROP INDEX documents_by_scan;
ALTER TABLE documents DROP COLUMN scan;
ALTER TABLE documents DROP COLUMN on_behalf;
ALTER TABLE documents DROP COLUMN organisation_id;
