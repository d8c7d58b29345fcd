-- Links by which people choose a password. The token itself is kept nowhere: it is worked out when its mail leaves.
CREATE TABLE account_links (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    purpose text NOT NULL CHECK (purpose IN ('invitation', 'password_reset')),
    token_hash text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE UNIQUE INDEX account_links_by_token ON account_links (token_hash);
CREATE INDEX account_links_by_user ON account_links (user_id, id);
