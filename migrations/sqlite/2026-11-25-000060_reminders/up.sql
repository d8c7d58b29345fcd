-- Advice that waits to be read, for digests.
CREATE INDEX advice_requests_by_status ON advice_requests (status, id);
-- A refusal breaches its limit on the day it is notified, however long after the limit that is.
CREATE INDEX decisions_by_outcome ON decisions (about, outcome, notified_on, case_id);
