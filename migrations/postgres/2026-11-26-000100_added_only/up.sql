-- A record comes with its place in its chain: none is added to one later. What REPLACE does on SQLite, ON CONFLICT DO UPDATE
-- does here, and the triggers that refuse an update refuse it.
CREATE FUNCTION refuse_a_record_without_its_place() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'a record comes with its place in its chain'; END $$;
CREATE TRIGGER audit_events_are_chained BEFORE INSERT ON audit_events FOR EACH ROW
    WHEN (NEW.digest = '' OR NEW.number < 1) EXECUTE FUNCTION refuse_a_record_without_its_place();
CREATE TRIGGER access_records_are_chained BEFORE INSERT ON access_records FOR EACH ROW
    WHEN (NEW.digest = '' OR NEW.number < 1) EXECUTE FUNCTION refuse_a_record_without_its_place();
