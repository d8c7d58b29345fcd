-- A record comes with its place in its chain: none is added to one later.
CREATE TRIGGER audit_events_are_chained BEFORE INSERT ON audit_events WHEN NEW.digest = '' OR NEW.number < 1
    BEGIN SELECT RAISE(ABORT, 'a record comes with its place in its chain'); END;
CREATE TRIGGER access_records_are_chained BEFORE INSERT ON access_records WHEN NEW.digest = '' OR NEW.number < 1
    BEGIN SELECT RAISE(ABORT, 'a record comes with its place in its chain'); END;

-- REPLACE removes a row without asking the triggers that refuse to.
CREATE TRIGGER audit_events_replace_none BEFORE INSERT ON audit_events
    WHEN EXISTS (SELECT 1 FROM audit_events WHERE sequence = NEW.sequence)
    BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END;
CREATE TRIGGER access_records_replace_none BEFORE INSERT ON access_records
    WHEN EXISTS (SELECT 1 FROM access_records WHERE sequence = NEW.sequence)
    BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END;
CREATE TRIGGER audit_details_replace_none BEFORE INSERT ON audit_details
    WHEN EXISTS (SELECT 1 FROM audit_details WHERE event_id = NEW.event_id)
    BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END;
CREATE TRIGGER report_snapshots_replace_none BEFORE INSERT ON report_snapshots
    WHEN EXISTS (SELECT 1 FROM report_snapshots WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'a snapshot of a report is never changed'); END;
