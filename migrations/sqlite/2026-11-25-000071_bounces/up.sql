-- Addresses that refused mail for good, in lower case.
CREATE TABLE bounces (
    address TEXT NOT NULL PRIMARY KEY,
    refused INTEGER NOT NULL,
    last_message_id TEXT NOT NULL,
    last_answer TEXT NOT NULL,
    last_refused_at TEXT NOT NULL
) STRICT;
ALTER TABLE messages ADD COLUMN insisted INTEGER NOT NULL DEFAULT 0 CHECK (insisted IN (0, 1));
