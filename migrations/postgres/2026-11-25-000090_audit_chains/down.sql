DROP TRIGGER audit_details_stay ON audit_details;
DROP TRIGGER access_records_are_all_kept ON access_records;
DROP TRIGGER access_records_are_kept ON access_records;
DROP TRIGGER access_records_stay ON access_records;
DROP TRIGGER audit_events_are_all_kept ON audit_events;
DROP TRIGGER audit_events_are_kept ON audit_events;
DROP TRIGGER audit_events_stay ON audit_events;
DROP FUNCTION refuse_to_change_the_record();

DELETE FROM access_records WHERE refused IS NOT NULL OR case_id IS NULL;
DROP INDEX access_records_unchained;
DROP INDEX access_records_by_time;
DROP INDEX access_records_by_user;
ALTER TABLE access_records
    DROP COLUMN digest,
    DROP COLUMN number,
    DROP COLUMN refused,
    ALTER COLUMN case_id SET NOT NULL;

DROP INDEX audit_events_by_time;
DROP INDEX audit_events_by_actor;
CREATE INDEX audit_events_by_actor ON audit_events (actor_id, sequence);
DROP INDEX audit_events_unchained;
ALTER TABLE audit_events
    DROP COLUMN digest,
    DROP COLUMN details_digest,
    DROP COLUMN number,
    ADD COLUMN reason text,
    ADD COLUMN before jsonb,
    ADD COLUMN after jsonb;
UPDATE audit_events SET
    reason = content::jsonb ->> 'reason',
    before = nullif(content::jsonb -> 'before', 'null'::jsonb),
    after = nullif(content::jsonb -> 'after', 'null'::jsonb)
FROM audit_details WHERE event_id = audit_events.id;
DROP TABLE audit_details;
DROP TABLE audit_heads;
