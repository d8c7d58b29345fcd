-- When each job last ran to its end, and when a mail server last took a mail.
CREATE TABLE job_marks (
    name TEXT NOT NULL PRIMARY KEY,
    at TEXT NOT NULL
) STRICT;

-- What went wrong with the mail or the jobs, from when to when; one at a time of a kind.
CREATE TABLE mail_troubles (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    since TEXT NOT NULL,
    ended_at TEXT
) STRICT;
CREATE UNIQUE INDEX mail_troubles_one_at_a_time ON mail_troubles (kind) WHERE ended_at IS NULL;
CREATE INDEX mail_troubles_by_end ON mail_troubles (ended_at);
