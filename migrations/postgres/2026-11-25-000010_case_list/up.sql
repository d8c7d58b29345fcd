-- A page of the list in each of its orders, for each filter that most lists are drawn with. The columns after the order are
-- what an open case's status is judged by: they are read from the index, and the row itself only where it is shown.
CREATE INDEX cases_open_by_due ON cases (next_due_on, id, open_due_on, excepted_due_on, soonest_act_by, restricted)
    WHERE ended_status IS NULL;
CREATE INDEX cases_open_by_received ON cases (received_on, id, open_due_on, excepted_due_on, soonest_act_by, restricted)
    WHERE ended_status IS NULL;
CREATE INDEX cases_open_by_reference ON cases (reference, open_due_on, excepted_due_on, soonest_act_by, restricted)
    WHERE ended_status IS NULL;
CREATE INDEX cases_ended_by_due ON cases (ended_status, next_due_on, id) WHERE ended_status IS NOT NULL;
CREATE INDEX cases_ended_by_received ON cases (ended_status, received_on, id) WHERE ended_status IS NOT NULL;
CREATE INDEX cases_ended_by_reference ON cases (ended_status, reference) WHERE ended_status IS NOT NULL;
CREATE INDEX cases_by_stage_received ON cases (stage, received_on, id);
CREATE INDEX cases_by_stage_reference ON cases (stage, reference);
CREATE INDEX cases_by_caseworker_received ON cases (caseworker_id, received_on, id);
CREATE INDEX cases_by_caseworker_reference ON cases (caseworker_id, reference);
-- It led SQLite to find every late case and sort them all.
DROP INDEX cases_by_open_due;
