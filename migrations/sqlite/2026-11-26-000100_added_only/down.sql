DROP TRIGGER report_snapshots_replace_none;
DROP TRIGGER audit_details_replace_none;
DROP TRIGGER access_records_replace_none;
DROP TRIGGER audit_events_replace_none;
DROP TRIGGER access_records_are_chained;
DROP TRIGGER audit_events_are_chained;
-- What an earlier version adds has to be chained again.
DELETE FROM job_marks WHERE name = 'earlier_records_chained';
