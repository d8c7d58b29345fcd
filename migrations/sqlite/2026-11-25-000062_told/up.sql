-- Whether a message was given up because no mail could leave, which says nothing against it.
ALTER TABLE messages ADD COLUMN lost INTEGER NOT NULL DEFAULT 0 CHECK (lost IN (0, 1));
-- What was last told of a kind, and what was written of it since.
CREATE INDEX messages_by_kind ON messages (kind, state, not_before, id);

-- From which day on a weekly mail can tell that a limit was broken: the day after its last one, or the day after it became
-- known that it was.
ALTER TABLE deadlines ADD COLUMN breach_told_from TEXT;
UPDATE deadlines SET breach_told_from = date(due_on, '+1 day')
    WHERE holder = 'local_authority' AND basis = 'statutory' AND applicable AND NOT excepted
        AND (met_on > due_on OR (met_on IS NULL AND rule NOT IN ('decide_on_plan', 'order_assess_refuse_plan')));
CREATE INDEX deadlines_by_breach ON deadlines (breach_told_from, id) WHERE breach_told_from IS NOT NULL;

-- The cases that have no caseworker.
CREATE INDEX cases_open_of_nobody ON cases (next_due_on, id) WHERE open AND caseworker_id IS NULL;
