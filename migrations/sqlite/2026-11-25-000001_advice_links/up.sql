CREATE TABLE advice_links (
    id TEXT NOT NULL PRIMARY KEY,
    advice_request_id TEXT NOT NULL REFERENCES advice_requests (id) ON DELETE CASCADE,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    mailed_to TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    created_by TEXT REFERENCES users (id),
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    spent_at TEXT,
    revoked_at TEXT
) STRICT;
CREATE UNIQUE INDEX advice_links_by_token ON advice_links (token_hash);
CREATE INDEX advice_links_by_request ON advice_links (advice_request_id, id);

-- A reading is by a user or through a secure link. SQLite can't make a column nullable in place.
CREATE TABLE access_records_new (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    user_id TEXT,
    user_name TEXT NOT NULL,
    link_id TEXT,
    request_id TEXT NOT NULL,
    address TEXT,
    case_id TEXT NOT NULL,
    what TEXT NOT NULL,
    CHECK ((user_id IS NULL) <> (link_id IS NULL))
) STRICT;
INSERT INTO access_records_new (sequence, at, user_id, user_name, request_id, address, case_id, what)
    SELECT sequence, at, user_id, user_name, request_id, address, case_id, what FROM access_records ORDER BY sequence;
DROP TABLE access_records;
ALTER TABLE access_records_new RENAME TO access_records;
CREATE INDEX access_records_by_case ON access_records (case_id, sequence);
CREATE INDEX access_records_by_link ON access_records (link_id, sequence) WHERE link_id IS NOT NULL;
