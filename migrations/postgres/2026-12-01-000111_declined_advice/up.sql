-- A body of section 31 may decline; where a parent serves in the armed forces the Secretary of State for Defence is asked.
ALTER TABLE advice_requests DROP CONSTRAINT advice_requests_status_check;
ALTER TABLE advice_requests ADD CONSTRAINT advice_requests_status_check CHECK (status IN ('requested', 'acknowledged', 'submitted', 'returned', 'accepted', 'covered_by_existing_advice', 'not_provided', 'declined', 'cancelled'));
ALTER TABLE advice_requests DROP CONSTRAINT advice_requests_kind_check;
ALTER TABLE advice_requests ADD CONSTRAINT advice_requests_kind_check CHECK (kind IN ('family', 'education', 'armed_forces', 'medical', 'psychological', 'social_care', 'other', 'preparing_for_adulthood', 'family_requested'));

ALTER TABLE people ADD COLUMN parent_in_armed_forces boolean;
