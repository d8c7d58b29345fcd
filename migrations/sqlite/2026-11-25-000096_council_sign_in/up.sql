-- Who a user is at the council's own sign-in.
CREATE TABLE council_identities (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    linked_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX council_identities_by_subject ON council_identities (issuer, subject);

-- A token of the council's sign-in is a session here from its first use, so that it can be listed and ended.
CREATE TABLE council_tokens (
    token_hash TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX council_tokens_by_session ON council_tokens (session_id);
