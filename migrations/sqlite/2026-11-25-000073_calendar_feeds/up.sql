-- Private calendar addresses. Of the token only its digest is kept.
CREATE TABLE calendar_feeds (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    scope TEXT NOT NULL CHECK (scope IN ('caseworker', 'team', 'organisation')),
    caseworker_ids TEXT NOT NULL,
    organisation_id TEXT REFERENCES organisations (id),
    token_hash TEXT NOT NULL,
    created_at TEXT NOT NULL,
    revoked_at TEXT,
    content_hash TEXT,
    changed_at TEXT
) STRICT;
CREATE UNIQUE INDEX calendar_feeds_by_token ON calendar_feeds (token_hash);
CREATE INDEX calendar_feeds_by_user ON calendar_feeds (user_id, id);
