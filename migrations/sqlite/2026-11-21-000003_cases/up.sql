CREATE TABLE people (
    id TEXT NOT NULL PRIMARY KEY,
    forename TEXT NOT NULL,
    surname TEXT NOT NULL,
    name_key TEXT NOT NULL,
    date_of_birth TEXT NOT NULL,
    sex TEXT CHECK (sex IN ('M', 'F', 'U')),
    ethnicity TEXT,
    postcode TEXT,
    upn TEXT,
    uln TEXT,
    nhs_number TEXT,
    national_curriculum_year INTEGER,
    social_care_status TEXT NOT NULL CHECK (social_care_status IN ('none', 'child_in_need', 'child_protection', 'looked_after')),
    sensory_impairment TEXT NOT NULL CHECK (sensory_impairment IN ('none', 'vision', 'hearing', 'both')),
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX people_by_name_and_birth ON people (name_key, date_of_birth);
CREATE INDEX people_by_upn ON people (upn);
CREATE INDEX people_by_nhs_number ON people (nhs_number);

CREATE TABLE reference_counters (
    year INTEGER NOT NULL PRIMARY KEY,
    last_number INTEGER NOT NULL
) STRICT;

CREATE TABLE cases (
    id TEXT NOT NULL PRIMARY KEY,
    reference TEXT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('awaiting_decision', 'gathering_advice', 'drafting', 'draft_served', 'plan_issued', 'assessment_refused', 'plan_refused', 'withdrawn', 'transferred')),
    open INTEGER NOT NULL CHECK (open IN (0, 1)),
    person_id TEXT NOT NULL REFERENCES people (id),
    received_on TEXT NOT NULL,
    request_source TEXT NOT NULL CHECK (request_source IN ('family', 'education_setting', 'health_professional', 'social_care_professional', 'other')),
    requester TEXT,
    contacts TEXT NOT NULL,
    setting_id TEXT REFERENCES organisations (id),
    caseworker_id TEXT REFERENCES users (id),
    restricted INTEGER NOT NULL CHECK (restricted IN (0, 1)),
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    final_due_on TEXT NOT NULL,
    next_rule TEXT,
    next_due_on TEXT NOT NULL,
    next_act_by TEXT,
    open_due_on TEXT,
    excepted_due_on TEXT,
    soonest_act_by TEXT,
    ended_status TEXT,
    advice_requested INTEGER NOT NULL,
    advice_received INTEGER NOT NULL,
    advice_accepted INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX cases_by_reference ON cases (reference);
CREATE UNIQUE INDEX cases_one_open_a_person ON cases (person_id) WHERE open = 1;
CREATE INDEX cases_by_person ON cases (person_id);
CREATE INDEX cases_by_next_due ON cases (next_due_on, id);
CREATE INDEX cases_by_received ON cases (received_on, id);
CREATE INDEX cases_by_stage ON cases (stage, next_due_on, id);
CREATE INDEX cases_by_caseworker ON cases (caseworker_id, next_due_on, id);
CREATE INDEX cases_by_setting ON cases (setting_id, next_due_on, id);
CREATE INDEX cases_by_open_due ON cases (open_due_on);

CREATE TABLE case_viewers (
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id),
    PRIMARY KEY (case_id, user_id)
) STRICT;

CREATE TABLE case_words (
    word TEXT NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    PRIMARY KEY (word, case_id)
) STRICT;
CREATE INDEX case_words_by_case ON case_words (case_id);

CREATE TABLE case_imports (
    case_id TEXT NOT NULL PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE,
    external_reference TEXT NOT NULL,
    digest TEXT NOT NULL,
    mediation INTEGER NOT NULL CHECK (mediation IN (0, 1)),
    tribunal INTEGER NOT NULL CHECK (tribunal IN (0, 1)),
    imported_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX case_imports_by_external_reference ON case_imports (external_reference);

CREATE TABLE case_ends (
    case_id TEXT NOT NULL PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('withdrawn', 'transferred')),
    ended_on TEXT NOT NULL,
    reason TEXT,
    to_local_authority TEXT,
    recorded_by TEXT REFERENCES users (id),
    recorded_at TEXT NOT NULL
) STRICT;

CREATE TABLE decisions (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    about TEXT NOT NULL CHECK (about IN ('assessment', 'plan')),
    outcome TEXT NOT NULL CHECK (outcome IN ('assess', 'issue', 'refuse')),
    decided_on TEXT NOT NULL,
    notified_on TEXT,
    decided_by TEXT,
    panel_on TEXT,
    reasons TEXT,
    refusal_reason TEXT CHECK (refusal_reason IN ('no_evidence_of_sen', 'needs_met_without_plan', 'insufficient_action_so_far', 'service_unavailable', 'evidence_incomplete', 'other')),
    notice TEXT,
    recorded_by TEXT REFERENCES users (id),
    recorded_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX decisions_by_case ON decisions (case_id, about);

CREATE TABLE notes (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX notes_by_case ON notes (case_id, id);

CREATE TABLE documents (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id),
    advice_request_id TEXT,
    title TEXT NOT NULL,
    file_name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    shared_with_advisers INTEGER NOT NULL CHECK (shared_with_advisers IN (0, 1)),
    uploaded_by TEXT REFERENCES users (id),
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX documents_by_case ON documents (case_id, id);
CREATE INDEX documents_by_content ON documents (sha256);

CREATE TABLE deadlines (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    rule TEXT NOT NULL,
    basis TEXT NOT NULL CHECK (basis IN ('statutory', 'guidance', 'target')),
    holder TEXT NOT NULL CHECK (holder IN ('local_authority', 'adviser', 'family', 'setting')),
    citation TEXT NOT NULL,
    subject_kind TEXT CHECK (subject_kind IN ('advice_request', 'plan', 'consultation', 'decision', 'order')),
    subject_id TEXT,
    subject_label TEXT,
    starts_on TEXT NOT NULL,
    due_on TEXT NOT NULL,
    act_by TEXT NOT NULL,
    met_on TEXT,
    applicable INTEGER NOT NULL CHECK (applicable IN (0, 1)),
    excepted INTEGER NOT NULL CHECK (excepted IN (0, 1)),
    derivation TEXT NOT NULL
) STRICT;
CREATE INDEX deadlines_by_case ON deadlines (case_id, due_on);
CREATE INDEX deadlines_by_due ON deadlines (due_on);
