DROP TABLE access_records;
DROP TABLE audit_events;
