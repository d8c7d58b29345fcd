CREATE TABLE advice_requests (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('family', 'education', 'medical', 'psychological', 'social_care', 'other', 'preparing_for_adulthood', 'family_requested')),
    organisation_id TEXT REFERENCES organisations (id),
    section_31_body INTEGER NOT NULL CHECK (section_31_body IN (0, 1)),
    status TEXT NOT NULL CHECK (status IN ('requested', 'acknowledged', 'submitted', 'returned', 'accepted', 'covered_by_existing_advice', 'not_provided', 'cancelled')),
    questions TEXT,
    requested_on TEXT NOT NULL,
    received_by_body_on TEXT NOT NULL,
    due_on TEXT,
    act_by TEXT,
    acknowledged_on TEXT,
    submitted_on TEXT,
    accepted_on TEXT,
    excepted INTEGER NOT NULL CHECK (excepted IN (0, 1)),
    outstanding INTEGER NOT NULL CHECK (outstanding IN (0, 1)),
    closing TEXT,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX advice_requests_by_case ON advice_requests (case_id, outstanding, due_on);
CREATE INDEX advice_requests_by_organisation ON advice_requests (organisation_id, outstanding, due_on, id);
CREATE INDEX advice_requests_by_due ON advice_requests (outstanding, due_on, id);
CREATE INDEX advice_requests_rest_by_organisation ON advice_requests (organisation_id, outstanding, id);
CREATE INDEX advice_requests_rest ON advice_requests (outstanding, id);

CREATE TABLE advice_shared_documents (
    advice_request_id TEXT NOT NULL REFERENCES advice_requests (id) ON DELETE CASCADE,
    document_id TEXT NOT NULL REFERENCES documents (id),
    PRIMARY KEY (advice_request_id, document_id)
) STRICT;

CREATE TABLE advice_submissions (
    id TEXT NOT NULL PRIMARY KEY,
    advice_request_id TEXT NOT NULL REFERENCES advice_requests (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    submitted_on TEXT NOT NULL,
    recorded_on TEXT NOT NULL,
    recorded_by TEXT REFERENCES users (id),
    on_behalf INTEGER NOT NULL CHECK (on_behalf IN (0, 1)),
    content TEXT NOT NULL,
    returned_on TEXT,
    return_reason TEXT
) STRICT;
CREATE UNIQUE INDEX advice_submissions_by_request ON advice_submissions (advice_request_id, number);

CREATE TABLE exceptions (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    advice_request_id TEXT REFERENCES advice_requests (id) ON DELETE CASCADE,
    rules TEXT NOT NULL,
    ground TEXT NOT NULL CHECK (ground IN ('school_closed', 'early_years_provider_closed', 'exceptional_personal_circumstances', 'absent_from_area', 'exceptional_circumstances', 'missed_appointment')),
    from_on TEXT,
    to_on TEXT,
    evidence TEXT,
    family_told_on TEXT,
    state TEXT NOT NULL CHECK (state IN ('proposed', 'confirmed', 'lifted')),
    proposed_by TEXT REFERENCES users (id),
    proposed_at TEXT NOT NULL,
    confirmed_by TEXT REFERENCES users (id),
    confirmed_at TEXT,
    lifted_by TEXT REFERENCES users (id),
    lifted_at TEXT,
    lift_reason TEXT
) STRICT;
CREATE INDEX exceptions_by_case ON exceptions (case_id);
CREATE INDEX exceptions_by_advice_request ON exceptions (advice_request_id);

CREATE TABLE suggestion_answers (
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    closure_id TEXT NOT NULL,
    accepted INTEGER NOT NULL CHECK (accepted IN (0, 1)),
    reason TEXT NOT NULL,
    answered_by TEXT NOT NULL REFERENCES users (id),
    answered_at TEXT NOT NULL,
    PRIMARY KEY (case_id, closure_id)
) STRICT;
