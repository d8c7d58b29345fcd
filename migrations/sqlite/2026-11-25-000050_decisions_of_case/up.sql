-- The unique index holds the first course of a case alone: what is asked of a whole case needs one without a condition.
CREATE INDEX decisions_of_case ON decisions (case_id, id);
