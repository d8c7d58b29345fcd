-- Links by which people choose a password. The token itself is kept nowhere: it is worked out when its mail leaves.
CREATE TABLE account_links (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    purpose TEXT NOT NULL CHECK (purpose IN ('invitation', 'password_reset')),
    token_hash TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    ended_at TEXT
) STRICT;
CREATE UNIQUE INDEX account_links_by_token ON account_links (token_hash);
CREATE INDEX account_links_by_user ON account_links (user_id, id);
