CREATE TABLE people (
    id uuid PRIMARY KEY,
    forename text NOT NULL,
    surname text NOT NULL,
    name_key text NOT NULL,
    date_of_birth date NOT NULL,
    sex text CHECK (sex IN ('M', 'F', 'U')),
    ethnicity text,
    postcode text,
    upn text,
    uln text,
    nhs_number text,
    national_curriculum_year integer,
    social_care_status text NOT NULL CHECK (social_care_status IN ('none', 'child_in_need', 'child_protection', 'looked_after')),
    sensory_impairment text NOT NULL CHECK (sensory_impairment IN ('none', 'vision', 'hearing', 'both')),
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX people_by_name_and_birth ON people (name_key, date_of_birth);
CREATE INDEX people_by_upn ON people (upn);
CREATE INDEX people_by_nhs_number ON people (nhs_number);

CREATE TABLE reference_counters (
    year integer PRIMARY KEY,
    last_number integer NOT NULL
);

CREATE TABLE cases (
    id uuid PRIMARY KEY,
    reference text COLLATE "C" NOT NULL,
    stage text NOT NULL CHECK (stage IN ('awaiting_decision', 'gathering_advice', 'drafting', 'draft_served', 'plan_issued', 'assessment_refused', 'plan_refused', 'withdrawn', 'transferred')),
    open boolean NOT NULL,
    person_id uuid NOT NULL REFERENCES people (id),
    received_on date NOT NULL,
    request_source text NOT NULL CHECK (request_source IN ('family', 'education_setting', 'health_professional', 'social_care_professional', 'other')),
    requester jsonb,
    contacts jsonb NOT NULL,
    setting_id uuid REFERENCES organisations (id),
    caseworker_id uuid REFERENCES users (id),
    restricted boolean NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    final_due_on date NOT NULL,
    next_rule text,
    next_due_on date NOT NULL,
    next_act_by date,
    open_due_on date,
    excepted_due_on date,
    soonest_act_by date,
    ended_status text,
    advice_requested integer NOT NULL,
    advice_received integer NOT NULL,
    advice_accepted integer NOT NULL
);
CREATE UNIQUE INDEX cases_by_reference ON cases (reference);
CREATE UNIQUE INDEX cases_one_open_a_person ON cases (person_id) WHERE open;
CREATE INDEX cases_by_person ON cases (person_id);
CREATE INDEX cases_by_next_due ON cases (next_due_on, id);
CREATE INDEX cases_by_received ON cases (received_on, id);
CREATE INDEX cases_by_stage ON cases (stage, next_due_on, id);
CREATE INDEX cases_by_caseworker ON cases (caseworker_id, next_due_on, id);
CREATE INDEX cases_by_setting ON cases (setting_id, next_due_on, id);
CREATE INDEX cases_by_open_due ON cases (open_due_on);

CREATE TABLE case_viewers (
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users (id),
    PRIMARY KEY (case_id, user_id)
);

CREATE TABLE case_words (
    word text COLLATE "C" NOT NULL,
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    PRIMARY KEY (word, case_id)
);
CREATE INDEX case_words_by_case ON case_words (case_id);

CREATE TABLE case_imports (
    case_id uuid PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE,
    external_reference text NOT NULL,
    digest text NOT NULL,
    mediation boolean NOT NULL,
    tribunal boolean NOT NULL,
    imported_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX case_imports_by_external_reference ON case_imports (external_reference);

CREATE TABLE case_ends (
    case_id uuid PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('withdrawn', 'transferred')),
    ended_on date NOT NULL,
    reason text,
    to_local_authority text,
    recorded_by uuid REFERENCES users (id),
    recorded_at timestamptz NOT NULL
);

CREATE TABLE decisions (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    about text NOT NULL CHECK (about IN ('assessment', 'plan')),
    outcome text NOT NULL CHECK (outcome IN ('assess', 'issue', 'refuse')),
    decided_on date NOT NULL,
    notified_on date,
    decided_by text,
    panel_on date,
    reasons text,
    refusal_reason text CHECK (refusal_reason IN ('no_evidence_of_sen', 'needs_met_without_plan', 'insufficient_action_so_far', 'service_unavailable', 'evidence_incomplete', 'other')),
    notice jsonb,
    recorded_by uuid REFERENCES users (id),
    recorded_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX decisions_by_case ON decisions (case_id, about);

CREATE TABLE notes (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    text text NOT NULL,
    created_by uuid NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL
);
CREATE INDEX notes_by_case ON notes (case_id, id);

CREATE TABLE documents (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id),
    advice_request_id uuid,
    title text NOT NULL,
    file_name text NOT NULL,
    media_type text NOT NULL,
    size bigint NOT NULL,
    sha256 text NOT NULL,
    shared_with_advisers boolean NOT NULL,
    uploaded_by uuid REFERENCES users (id),
    created_at timestamptz NOT NULL
);
CREATE INDEX documents_by_case ON documents (case_id, id);
CREATE INDEX documents_by_content ON documents (sha256);

CREATE TABLE deadlines (
    id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    rule text NOT NULL,
    basis text NOT NULL CHECK (basis IN ('statutory', 'guidance', 'target')),
    holder text NOT NULL CHECK (holder IN ('local_authority', 'adviser', 'family', 'setting')),
    citation text NOT NULL,
    subject_kind text CHECK (subject_kind IN ('advice_request', 'plan', 'consultation', 'decision', 'order')),
    subject_id text,
    subject_label text,
    starts_on date NOT NULL,
    due_on date NOT NULL,
    act_by date NOT NULL,
    met_on date,
    applicable boolean NOT NULL,
    excepted boolean NOT NULL,
    derivation text NOT NULL
);
CREATE INDEX deadlines_by_case ON deadlines (case_id, due_on);
CREATE INDEX deadlines_by_due ON deadlines (due_on);
