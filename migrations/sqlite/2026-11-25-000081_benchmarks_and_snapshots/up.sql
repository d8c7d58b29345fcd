-- What the Department for Education publishes, as the last refresh brought it; none until there was one. An area that was
-- given another code in a year stands with both.
CREATE TABLE benchmarks (
    year INTEGER NOT NULL,
    level TEXT NOT NULL CHECK (level IN ('country', 'region', 'local_authority')),
    code TEXT NOT NULL,
    ons_code TEXT NOT NULL,
    name TEXT NOT NULL,
    region TEXT NOT NULL,
    plans_issued INTEGER,
    plans_issued_ex INTEGER,
    within_20_weeks INTEGER,
    within_20_weeks_ex INTEGER,
    tenths_within_20_weeks INTEGER,
    tenths_within_20_weeks_ex INTEGER,
    requests_received INTEGER,
    requests_refused INTEGER,
    PRIMARY KEY (year, level, name, ons_code)
) STRICT;

-- What a board was shown, word for word.
CREATE TABLE report_snapshots (
    id TEXT NOT NULL PRIMARY KEY,
    report TEXT NOT NULL,
    query TEXT NOT NULL,
    note TEXT,
    as_at TEXT NOT NULL,
    content TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    named_cases TEXT NOT NULL,
    taken_by TEXT NOT NULL,
    taken_by_name TEXT NOT NULL,
    taken_at TEXT NOT NULL
) STRICT;
CREATE TRIGGER report_snapshots_stay_as_they_are BEFORE UPDATE ON report_snapshots
    BEGIN SELECT RAISE(ABORT, 'a snapshot of a report is never changed'); END;
CREATE TRIGGER report_snapshots_are_kept BEFORE DELETE ON report_snapshots
    BEGIN SELECT RAISE(ABORT, 'a snapshot of a report is never removed'); END;
