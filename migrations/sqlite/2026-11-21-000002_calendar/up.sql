CREATE TABLE bank_holidays (
    day TEXT NOT NULL PRIMARY KEY,
    title TEXT NOT NULL,
    notes TEXT NOT NULL,
    bunting INTEGER NOT NULL CHECK (bunting IN (0, 1))
) STRICT;

CREATE TABLE closures (
    id TEXT NOT NULL PRIMARY KEY,
    setting_id TEXT REFERENCES organisations (id),
    closed_from TEXT NOT NULL,
    reopens_on TEXT NOT NULL,
    label TEXT NOT NULL,
    created_at TEXT NOT NULL,
    CHECK (reopens_on > closed_from)
) STRICT;
CREATE INDEX closures_by_setting ON closures (setting_id, closed_from);
