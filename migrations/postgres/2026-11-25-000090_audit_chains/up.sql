-- Where each chain of records has come to: a case's changes, the changes of no case, the readings.
CREATE TABLE audit_heads (
    chain uuid NOT NULL PRIMARY KEY,
    number bigint NOT NULL,
    digest text NOT NULL
);
-- Those of the changes of no case, and of the readings.
INSERT INTO audit_heads (chain, number, digest) VALUES
    ('00000000-0000-0000-0000-000000000000', 0, ''), ('ffffffff-ffff-ffff-ffff-ffffffffffff', 0, '');

-- What may be forgotten of an event. The chain holds a digest of it, with a salt, so that nobody can try guesses on it.
CREATE TABLE audit_details (
    event_id uuid NOT NULL PRIMARY KEY,
    case_id uuid,
    salt text NOT NULL,
    content text NOT NULL
);
CREATE INDEX audit_details_by_case ON audit_details (case_id);
INSERT INTO audit_details (event_id, case_id, salt, content)
    SELECT id, case_id, replace(gen_random_uuid()::text, '-', ''),
        jsonb_build_object('reason', reason, 'before', before, 'after', after)::text
    FROM audit_events WHERE reason IS NOT NULL OR before IS NOT NULL OR after IS NOT NULL;
ALTER TABLE audit_events DROP COLUMN reason, DROP COLUMN before, DROP COLUMN after;

-- A record without a digest is one from before there were chains: the program adds it to its chain when it starts.
ALTER TABLE audit_events
    ADD COLUMN number bigint NOT NULL DEFAULT 0,
    ADD COLUMN details_digest text,
    ADD COLUMN digest text NOT NULL DEFAULT '';
CREATE INDEX audit_events_unchained ON audit_events (sequence) WHERE number = 0;
DROP INDEX audit_events_by_actor;
CREATE INDEX audit_events_by_actor ON audit_events (actor_id, at, sequence);
CREATE INDEX audit_events_by_time ON audit_events (at, sequence);

-- A refused attempt may be about no case.
ALTER TABLE access_records
    ALTER COLUMN case_id DROP NOT NULL,
    ADD COLUMN refused text,
    ADD COLUMN number bigint NOT NULL DEFAULT 0,
    ADD COLUMN digest text NOT NULL DEFAULT '';
CREATE INDEX access_records_by_user ON access_records (user_id, at, sequence);
CREATE INDEX access_records_by_time ON access_records (at, sequence);
CREATE INDEX access_records_unchained ON access_records (sequence) WHERE number = 0;

CREATE FUNCTION refuse_to_change_the_record() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the record is append-only'; END $$;
CREATE TRIGGER audit_events_stay BEFORE UPDATE ON audit_events FOR EACH ROW WHEN (OLD.digest <> '')
    EXECUTE FUNCTION refuse_to_change_the_record();
CREATE TRIGGER audit_events_are_kept BEFORE DELETE ON audit_events FOR EACH ROW
    EXECUTE FUNCTION refuse_to_change_the_record();
CREATE TRIGGER audit_events_are_all_kept BEFORE TRUNCATE ON audit_events FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_to_change_the_record();
CREATE TRIGGER access_records_stay BEFORE UPDATE ON access_records FOR EACH ROW WHEN (OLD.digest <> '')
    EXECUTE FUNCTION refuse_to_change_the_record();
CREATE TRIGGER access_records_are_kept BEFORE DELETE ON access_records FOR EACH ROW
    EXECUTE FUNCTION refuse_to_change_the_record();
CREATE TRIGGER access_records_are_all_kept BEFORE TRUNCATE ON access_records FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_to_change_the_record();
-- Details may be forgotten, never changed.
CREATE TRIGGER audit_details_stay BEFORE UPDATE ON audit_details FOR EACH ROW
    EXECUTE FUNCTION refuse_to_change_the_record();
