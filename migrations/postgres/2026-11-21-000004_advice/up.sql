CREATE TABLE advice_requests (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('family', 'education', 'medical', 'psychological', 'social_care', 'other', 'preparing_for_adulthood', 'family_requested')),
    organisation_id uuid REFERENCES organisations (id),
    section_31_body boolean NOT NULL,
    status text NOT NULL CHECK (status IN ('requested', 'acknowledged', 'submitted', 'returned', 'accepted', 'covered_by_existing_advice', 'not_provided', 'cancelled')),
    questions text,
    requested_on date NOT NULL,
    received_by_body_on date NOT NULL,
    due_on date,
    act_by date,
    acknowledged_on date,
    submitted_on date,
    accepted_on date,
    excepted boolean NOT NULL,
    outstanding boolean NOT NULL,
    closing jsonb,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX advice_requests_by_case ON advice_requests (case_id, outstanding, due_on);
CREATE INDEX advice_requests_by_organisation ON advice_requests (organisation_id, outstanding, due_on, id);
CREATE INDEX advice_requests_by_due ON advice_requests (outstanding, due_on, id);
CREATE INDEX advice_requests_rest_by_organisation ON advice_requests (organisation_id, outstanding, id);
CREATE INDEX advice_requests_rest ON advice_requests (outstanding, id);

CREATE TABLE advice_shared_documents (
    advice_request_id uuid NOT NULL REFERENCES advice_requests (id) ON DELETE CASCADE,
    document_id uuid NOT NULL REFERENCES documents (id),
    PRIMARY KEY (advice_request_id, document_id)
);

CREATE TABLE advice_submissions (
    id uuid PRIMARY KEY,
    advice_request_id uuid NOT NULL REFERENCES advice_requests (id) ON DELETE CASCADE,
    number integer NOT NULL,
    submitted_on date NOT NULL,
    recorded_on date NOT NULL,
    recorded_by uuid REFERENCES users (id),
    on_behalf boolean NOT NULL,
    content jsonb NOT NULL,
    returned_on date,
    return_reason text
);
CREATE UNIQUE INDEX advice_submissions_by_request ON advice_submissions (advice_request_id, number);

CREATE TABLE exceptions (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    advice_request_id uuid REFERENCES advice_requests (id) ON DELETE CASCADE,
    rules jsonb NOT NULL,
    ground text NOT NULL CHECK (ground IN ('school_closed', 'early_years_provider_closed', 'exceptional_personal_circumstances', 'absent_from_area', 'exceptional_circumstances', 'missed_appointment')),
    from_on date,
    to_on date,
    evidence text,
    family_told_on date,
    state text NOT NULL CHECK (state IN ('proposed', 'confirmed', 'lifted')),
    proposed_by uuid REFERENCES users (id),
    proposed_at timestamptz NOT NULL,
    confirmed_by uuid REFERENCES users (id),
    confirmed_at timestamptz,
    lifted_by uuid REFERENCES users (id),
    lifted_at timestamptz,
    lift_reason text
);
CREATE INDEX exceptions_by_case ON exceptions (case_id);
CREATE INDEX exceptions_by_advice_request ON exceptions (advice_request_id);

CREATE TABLE suggestion_answers (
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    closure_id uuid NOT NULL,
    accepted boolean NOT NULL,
    reason text NOT NULL,
    answered_by uuid NOT NULL REFERENCES users (id),
    answered_at timestamptz NOT NULL,
    PRIMARY KEY (case_id, closure_id)
);
