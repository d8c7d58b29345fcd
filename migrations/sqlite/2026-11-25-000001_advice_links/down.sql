-- Readings through links can't be told without the table of links.
CREATE TABLE access_records_old (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    user_id TEXT NOT NULL,
    user_name TEXT NOT NULL,
    request_id TEXT NOT NULL,
    address TEXT,
    case_id TEXT NOT NULL,
    what TEXT NOT NULL
) STRICT;
INSERT INTO access_records_old (sequence, at, user_id, user_name, request_id, address, case_id, what)
    SELECT sequence, at, user_id, user_name, request_id, address, case_id, what FROM access_records
    WHERE user_id IS NOT NULL ORDER BY sequence;
DROP TABLE access_records;
ALTER TABLE access_records_old RENAME TO access_records;
CREATE INDEX access_records_by_case ON access_records (case_id, sequence);

DROP TABLE advice_links;
