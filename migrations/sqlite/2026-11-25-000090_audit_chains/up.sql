-- Where each chain of records has come to: a case's changes, the changes of no case, the readings.
CREATE TABLE audit_heads (
    chain TEXT NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL,
    digest TEXT NOT NULL
) STRICT;
-- Those of the changes of no case, and of the readings.
INSERT INTO audit_heads (chain, number, digest) VALUES
    ('00000000-0000-0000-0000-000000000000', 0, ''), ('ffffffff-ffff-ffff-ffff-ffffffffffff', 0, '');

-- What may be forgotten of an event. The chain holds a digest of it, with a salt, so that nobody can try guesses on it.
CREATE TABLE audit_details (
    event_id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT,
    salt TEXT NOT NULL,
    content TEXT NOT NULL
) STRICT;
CREATE INDEX audit_details_by_case ON audit_details (case_id);
INSERT INTO audit_details (event_id, case_id, salt, content)
    SELECT id, case_id, lower(hex(randomblob(16))),
        json_object('reason', reason, 'before', json(before), 'after', json(after))
    FROM audit_events WHERE reason IS NOT NULL OR before IS NOT NULL OR after IS NOT NULL;
ALTER TABLE audit_events DROP COLUMN reason;
ALTER TABLE audit_events DROP COLUMN before;
ALTER TABLE audit_events DROP COLUMN after;

-- A record without a digest is one from before there were chains: the program adds it to its chain when it starts.
ALTER TABLE audit_events ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE audit_events ADD COLUMN details_digest TEXT;
ALTER TABLE audit_events ADD COLUMN digest TEXT NOT NULL DEFAULT '';
CREATE INDEX audit_events_unchained ON audit_events (sequence) WHERE number = 0;
DROP INDEX audit_events_by_actor;
CREATE INDEX audit_events_by_actor ON audit_events (actor_id, at, sequence);
CREATE INDEX audit_events_by_time ON audit_events (at, sequence);

-- A refused attempt may be about no case. SQLite can't make a column nullable in place.
CREATE TABLE access_records_new (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    user_id TEXT,
    user_name TEXT NOT NULL,
    link_id TEXT,
    request_id TEXT NOT NULL,
    address TEXT,
    case_id TEXT,
    what TEXT NOT NULL,
    refused TEXT,
    number INTEGER NOT NULL DEFAULT 0,
    digest TEXT NOT NULL DEFAULT '',
    CHECK ((user_id IS NULL) <> (link_id IS NULL))
) STRICT;
INSERT INTO access_records_new (sequence, at, user_id, user_name, link_id, request_id, address, case_id, what)
    SELECT sequence, at, user_id, user_name, link_id, request_id, address, case_id, what FROM access_records ORDER BY sequence;
DROP TABLE access_records;
ALTER TABLE access_records_new RENAME TO access_records;
CREATE INDEX access_records_by_case ON access_records (case_id, sequence);
CREATE INDEX access_records_by_link ON access_records (link_id, sequence) WHERE link_id IS NOT NULL;
CREATE INDEX access_records_by_user ON access_records (user_id, at, sequence);
CREATE INDEX access_records_by_time ON access_records (at, sequence);
CREATE INDEX access_records_unchained ON access_records (sequence) WHERE number = 0;

CREATE TRIGGER audit_events_stay BEFORE UPDATE ON audit_events WHEN OLD.digest <> ''
    BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END;
CREATE TRIGGER audit_events_are_kept BEFORE DELETE ON audit_events
    BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END;
CREATE TRIGGER access_records_stay BEFORE UPDATE ON access_records WHEN OLD.digest <> ''
    BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END;
CREATE TRIGGER access_records_are_kept BEFORE DELETE ON access_records
    BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END;
-- Details may be forgotten, never changed.
CREATE TRIGGER audit_details_stay BEFORE UPDATE ON audit_details
    BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END;
