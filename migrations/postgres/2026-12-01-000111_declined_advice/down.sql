ALTER TABLE people DROP COLUMN parent_in_armed_forces;

ALTER TABLE advice_requests DROP CONSTRAINT advice_requests_kind_check;
UPDATE advice_requests SET kind = 'other' WHERE kind = 'armed_forces';
ALTER TABLE advice_requests ADD CONSTRAINT advice_requests_kind_check CHECK (kind IN ('family', 'education', 'medical', 'psychological', 'social_care', 'other', 'preparing_for_adulthood', 'family_requested'));
ALTER TABLE advice_requests DROP CONSTRAINT advice_requests_status_check;
UPDATE advice_requests SET status = 'cancelled' WHERE status = 'declined';
ALTER TABLE advice_requests ADD CONSTRAINT advice_requests_status_check CHECK (status IN ('requested', 'acknowledged', 'submitted', 'returned', 'accepted', 'covered_by_existing_advice', 'not_provided', 'cancelled'));
