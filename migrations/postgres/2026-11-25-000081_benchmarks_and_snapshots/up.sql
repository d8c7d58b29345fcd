-- What the Department for Education publishes, as the last refresh brought it; none until there was one. An area that was
-- given another code in a year stands with both.
CREATE TABLE benchmarks (
    year integer NOT NULL,
    level text NOT NULL CHECK (level IN ('country', 'region', 'local_authority')),
    code text NOT NULL,
    ons_code text NOT NULL,
    name text NOT NULL,
    region text NOT NULL,
    plans_issued integer,
    plans_issued_ex integer,
    within_20_weeks integer,
    within_20_weeks_ex integer,
    tenths_within_20_weeks integer,
    tenths_within_20_weeks_ex integer,
    requests_received integer,
    requests_refused integer,
    PRIMARY KEY (year, level, name, ons_code)
);

-- What a board was shown, word for word.
CREATE TABLE report_snapshots (
    id uuid NOT NULL PRIMARY KEY,
    report text NOT NULL,
    query jsonb NOT NULL,
    note text,
    as_at date NOT NULL,
    content text NOT NULL,
    sha256 text NOT NULL,
    named_cases jsonb NOT NULL,
    taken_by uuid NOT NULL,
    taken_by_name text NOT NULL,
    taken_at timestamptz NOT NULL
);
CREATE FUNCTION keep_report_snapshots() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a snapshot of a report is never changed nor removed';
END;
$$;
CREATE TRIGGER report_snapshots_stay_as_they_are BEFORE UPDATE ON report_snapshots
    FOR EACH ROW EXECUTE FUNCTION keep_report_snapshots();
CREATE TRIGGER report_snapshots_are_kept BEFORE DELETE OR TRUNCATE ON report_snapshots
    FOR EACH STATEMENT EXECUTE FUNCTION keep_report_snapshots();
