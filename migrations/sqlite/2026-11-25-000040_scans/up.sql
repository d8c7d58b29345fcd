-- Whose answer a document belongs to, whether the authority recorded it for them, and what is known of its harmlessness.
ALTER TABLE documents ADD COLUMN organisation_id TEXT REFERENCES organisations (id);
ALTER TABLE documents ADD COLUMN on_behalf INTEGER NOT NULL DEFAULT 0 CHECK (on_behalf IN (0, 1));
ALTER TABLE documents ADD COLUMN scan TEXT NOT NULL DEFAULT 'not_scanned' CHECK (scan IN ('not_scanned', 'clean', 'unscanned', 'infected'));
CREATE INDEX documents_by_scan ON documents (scan, id);
