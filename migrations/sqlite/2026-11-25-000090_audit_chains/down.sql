DROP TRIGGER audit_details_stay;
DROP TRIGGER access_records_are_kept;
DROP TRIGGER access_records_stay;
DROP TRIGGER audit_events_are_kept;
DROP TRIGGER audit_events_stay;

CREATE TABLE access_records_old (
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
INSERT INTO access_records_old (sequence, at, user_id, user_name, link_id, request_id, address, case_id, what)
    SELECT sequence, at, user_id, user_name, link_id, request_id, address, case_id, what FROM access_records
    WHERE refused IS NULL AND case_id IS NOT NULL ORDER BY sequence;
DROP TABLE access_records;
ALTER TABLE access_records_old RENAME TO access_records;
CREATE INDEX access_records_by_case ON access_records (case_id, sequence);
CREATE INDEX access_records_by_link ON access_records (link_id, sequence) WHERE link_id IS NOT NULL;

DROP INDEX audit_events_by_time;
DROP INDEX audit_events_by_actor;
CREATE INDEX audit_events_by_actor ON audit_events (actor_id, sequence);
DROP INDEX audit_events_unchained;
ALTER TABLE audit_events DROP COLUMN digest;
ALTER TABLE audit_events DROP COLUMN details_digest;
ALTER TABLE audit_events DROP COLUMN number;
ALTER TABLE audit_events ADD COLUMN reason TEXT;
ALTER TABLE audit_events ADD COLUMN before TEXT;
ALTER TABLE audit_events ADD COLUMN after TEXT;
UPDATE audit_events SET (reason, before, after) = (
    SELECT content ->> '$.reason', nullif(content -> '$.before', 'null'), nullif(content -> '$.after', 'null')
    FROM audit_details WHERE event_id = audit_events.id
) WHERE EXISTS (SELECT 1 FROM audit_details WHERE event_id = audit_events.id);
DROP TABLE audit_details;
DROP TABLE audit_heads;
