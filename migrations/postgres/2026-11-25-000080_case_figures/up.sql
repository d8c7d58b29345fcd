-- What the figures count of a case, as it was known from one day to another: a correction closes one row and opens the
-- next, so that a figure can be had as it stood. known_to is the first day on which a row was no longer what was known.
CREATE TABLE case_figures (
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    known_from date NOT NULL,
    known_to date,
    received_on date NOT NULL,
    request_source text NOT NULL,
    setting_id uuid,
    caseworker_id uuid,
    social_care_status text NOT NULL,
    decide_due_on date NOT NULL,
    refuse_due_on date NOT NULL,
    final_due_on date NOT NULL,
    final_excepted boolean NOT NULL,
    assessment_outcome text,
    assessment_notified_on date,
    refusal_reason text,
    plan_refused_on date,
    issued_on date,
    issued_after integer,
    disputed_on date,
    PRIMARY KEY (case_id, known_from)
);

INSERT INTO case_figures (case_id, known_from, known_to, received_on, request_source, setting_id, caseworker_id,
    social_care_status, decide_due_on, refuse_due_on, final_due_on, final_excepted, assessment_outcome,
    assessment_notified_on, refusal_reason, plan_refused_on, issued_on, issued_after, disputed_on)
SELECT cases.id, DATE '0001-01-01', NULL, cases.received_on, cases.request_source, cases.setting_id, cases.caseworker_id,
    people.social_care_status, decide.due_on, refuse.due_on, final.due_on, final.excepted, assessment.outcome,
    COALESCE(assessment.notified_on, assessment.decided_on), assessment.refusal_reason, refusal.notified_on,
    issued.issued_on, issued.issued_on - cases.received_on, disputed.disputed_on
FROM cases
JOIN people ON people.id = cases.person_id
JOIN deadlines AS decide ON decide.case_id = cases.id AND decide.rule = 'decide_to_assess'
JOIN deadlines AS refuse ON refuse.case_id = cases.id AND refuse.rule = 'decide_on_plan'
JOIN deadlines AS final ON final.case_id = cases.id AND final.rule = 'issue_final_plan'
LEFT JOIN decisions AS assessment
    ON assessment.case_id = cases.id AND assessment.about = 'assessment' AND assessment.order_id IS NULL
LEFT JOIN decisions AS refusal
    ON refusal.case_id = cases.id AND refusal.about = 'plan' AND refusal.outcome = 'refuse' AND refusal.order_id IS NULL
LEFT JOIN (SELECT case_id, MIN(issued_on) AS issued_on FROM plans WHERE status = 'issued' GROUP BY case_id) AS issued
    ON issued.case_id = cases.id
LEFT JOIN (
    SELECT case_id, MIN(happened_on) AS disputed_on FROM (
        SELECT case_id, DATE '0001-01-01' AS happened_on FROM case_imports WHERE mediation OR tribunal
        UNION ALL SELECT case_id, held_on FROM mediations WHERE held_on IS NOT NULL
        UNION ALL SELECT case_id, agreed_on FROM mediations WHERE agreed_on IS NOT NULL
        UNION ALL SELECT case_id, registered_on FROM appeals
    ) AS disputes GROUP BY case_id
) AS disputed ON disputed.case_id = cases.id;

-- Each holds all that its figure reads, the column of its condition included: so the rows themselves are not looked at.
CREATE INDEX case_figures_issued ON case_figures (issued_on, issued_after, final_due_on, final_excepted, disputed_on, known_from, known_to)
    WHERE known_to IS NULL AND issued_on IS NOT NULL;
CREATE INDEX case_figures_decided ON case_figures (assessment_notified_on, assessment_outcome, refusal_reason, decide_due_on, known_from, known_to)
    WHERE known_to IS NULL AND assessment_notified_on IS NOT NULL;
CREATE INDEX case_figures_plan_refused ON case_figures (plan_refused_on, refuse_due_on, known_from, known_to)
    WHERE known_to IS NULL AND plan_refused_on IS NOT NULL;
CREATE INDEX case_figures_received ON case_figures (received_on, known_from, known_to) WHERE known_to IS NULL;
CREATE INDEX case_figures_due ON case_figures (final_due_on, issued_on, known_to) WHERE known_to IS NULL;
CREATE INDEX case_figures_superseded ON case_figures (known_to, known_from) WHERE known_to IS NOT NULL;

-- The caseload of every caseworker, from the index alone.
CREATE INDEX cases_open_by_caseworker ON cases (caseworker_id, stage, open_due_on, excepted_due_on, soonest_act_by, ended_status) WHERE ended_status IS NULL;
-- What is late today, the longest first.
CREATE INDEX deadlines_open_by_due ON deadlines (due_on, id, rule)
    WHERE basis = 'statutory' AND holder <> 'family' AND met_on IS NULL AND applicable;
CREATE INDEX advice_requests_by_day ON advice_requests (requested_on, kind, organisation_id);
