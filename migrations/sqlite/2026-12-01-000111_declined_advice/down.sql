ALTER TABLE people DROP COLUMN parent_in_armed_forces;

DROP INDEX advice_requests_by_status;
DROP INDEX advice_requests_by_day;
ALTER TABLE advice_requests ADD COLUMN new_kind TEXT NOT NULL DEFAULT 'other' CHECK (new_kind IN ('family', 'education', 'medical', 'psychological', 'social_care', 'other', 'preparing_for_adulthood', 'family_requested'));
UPDATE advice_requests SET new_kind = CASE kind WHEN 'armed_forces' THEN 'other' ELSE kind END;
ALTER TABLE advice_requests DROP COLUMN kind;
ALTER TABLE advice_requests RENAME COLUMN new_kind TO kind;
ALTER TABLE advice_requests ADD COLUMN new_status TEXT NOT NULL DEFAULT 'requested' CHECK (new_status IN ('requested', 'acknowledged', 'submitted', 'returned', 'accepted', 'covered_by_existing_advice', 'not_provided', 'cancelled'));
UPDATE advice_requests SET new_status = CASE status WHEN 'declined' THEN 'cancelled' ELSE status END;
ALTER TABLE advice_requests DROP COLUMN status;
ALTER TABLE advice_requests RENAME COLUMN new_status TO status;
CREATE INDEX advice_requests_by_status ON advice_requests (status, id);
CREATE INDEX advice_requests_by_day ON advice_requests (requested_on, kind, organisation_id);
