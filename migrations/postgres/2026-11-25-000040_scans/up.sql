-- Whose answer a document belongs to, whether the authority recorded it for them, and what is known of its harmlessness.
ALTER TABLE documents ADD COLUMN organisation_id uuid REFERENCES organisations (id);
ALTER TABLE documents ADD COLUMN on_behalf boolean NOT NULL DEFAULT FALSE;
ALTER TABLE documents ADD COLUMN scan text NOT NULL DEFAULT 'not_scanned' CHECK (scan IN ('not_scanned', 'clean', 'unscanned', 'infected'));
CREATE INDEX documents_by_scan ON documents (scan, id);
