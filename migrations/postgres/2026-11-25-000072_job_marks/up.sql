-- When each job last ran to its end, and when a mail server last took a mail.
CREATE TABLE job_marks (
    name text PRIMARY KEY,
    at timestamptz NOT NULL
);

-- What went wrong with the mail or the jobs, from when to when; one at a time of a kind.
CREATE TABLE mail_troubles (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    since timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE UNIQUE INDEX mail_troubles_one_at_a_time ON mail_troubles (kind) WHERE ended_at IS NULL;
CREATE INDEX mail_troubles_by_end ON mail_troubles (ended_at);
