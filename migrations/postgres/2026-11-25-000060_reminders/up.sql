-- Advice that waits to be read, for digests.
CREATE INDEX advice_requests_by_status ON advice_requests (status, id);
-- A refusal breaches its limit on the day it is notified, however long after the limit that is.
CREATE INDEX deadlines_of_refusals ON deadlines (met_on, id)
    WHERE rule IN ('decide_on_plan', 'order_assess_refuse_plan') AND met_on IS NOT NULL;
