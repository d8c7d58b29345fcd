-- A body of section 31 may decline; where a parent serves in the armed forces the Secretary of State for Defence is asked.
-- SQLite changes no CHECK: the column is made anew, and the table, which others refer to, stays.
DROP INDEX advice_requests_by_status;
DROP INDEX advice_requests_by_day;
ALTER TABLE advice_requests ADD COLUMN new_status TEXT NOT NULL DEFAULT 'requested' CHECK (new_status IN ('requested', 'acknowledged', 'submitted', 'returned', 'accepted', 'covered_by_existing_advice', 'not_provided', 'declined', 'cancelled'));
UPDATE advice_requests SET new_status = status;
ALTER TABLE advice_requests DROP COLUMN status;
ALTER TABLE advice_requests RENAME COLUMN new_status TO status;
ALTER TABLE advice_requests ADD COLUMN new_kind TEXT NOT NULL DEFAULT 'other' CHECK (new_kind IN ('family', 'education', 'armed_forces', 'medical', 'psychological', 'social_care', 'other', 'preparing_for_adulthood', 'family_requested'));
UPDATE advice_requests SET new_kind = kind;
ALTER TABLE advice_requests DROP COLUMN kind;
ALTER TABLE advice_requests RENAME COLUMN new_kind TO kind;
CREATE INDEX advice_requests_by_status ON advice_requests (status, id);
CREATE INDEX advice_requests_by_day ON advice_requests (requested_on, kind, organisation_id);

ALTER TABLE people ADD COLUMN parent_in_armed_forces INTEGER CHECK (parent_in_armed_forces IN (0, 1));
