//! The tables as diesel sees them. Column types are the service's own where the two databases differ (`columns`).

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    organisations (id) {
        id -> Id,
        name -> Text,
        kind -> Text,
        mailbox -> Nullable<Text>,
        escalation_mailbox -> Nullable<Text>,
        urn -> Nullable<Text>,
        section_31_body -> Bool,
        answers_by_link -> Bool,
        default_for -> Doc,
        version -> Integer,
        created_at -> Instant,
        updated_at -> Instant,
        setting_type -> Nullable<Text>,
        setting_kind -> Nullable<Text>,
        maintained_by -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    users (id) {
        id -> Id,
        email -> Text,
        name -> Text,
        role -> Text,
        organisation_id -> Nullable<Id>,
        active -> Bool,
        password_hash -> Nullable<Text>,
        version -> Integer,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    sessions (id) {
        id -> Id,
        user_id -> Id,
        created_at -> Instant,
        last_used_at -> Instant,
        expires_at -> Instant,
        revoked_at -> Nullable<Instant>,
        address -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    refresh_tokens (token_hash) {
        token_hash -> Text,
        session_id -> Id,
        issued_at -> Instant,
        used_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    sign_in_failures (id) {
        id -> Id,
        account_hash -> Text,
        address -> Text,
        failed_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    one_time_secrets (user_id) {
        user_id -> Id,
        secret -> Text,
        begun_at -> Instant,
        confirmed_at -> Nullable<Instant>,
        last_step -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    recovery_codes (code_hash) {
        code_hash -> Text,
        user_id -> Id,
        used_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    council_identities (user_id) {
        user_id -> Id,
        issuer -> Text,
        subject -> Text,
        linked_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    council_tokens (token_hash) {
        token_hash -> Text,
        session_id -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    idempotency_keys (user_id, key) {
        user_id -> Id,
        key -> Text,
        fingerprint -> Text,
        status -> Integer,
        headers -> Doc,
        body -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    bank_holidays (day) {
        day -> Date,
        title -> Text,
        notes -> Text,
        bunting -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    closures (id) {
        id -> Id,
        setting_id -> Nullable<Id>,
        closed_from -> Date,
        reopens_on -> Date,
        label -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    people (id) {
        id -> Id,
        forename -> Text,
        surname -> Text,
        name_key -> Text,
        date_of_birth -> Date,
        sex -> Nullable<Text>,
        ethnicity -> Nullable<Text>,
        postcode -> Nullable<Text>,
        upn -> Nullable<Text>,
        uln -> Nullable<Text>,
        nhs_number -> Nullable<Text>,
        national_curriculum_year -> Nullable<Integer>,
        curriculum_year_told_for -> Nullable<Integer>,
        social_care_status -> Text,
        sensory_impairment -> Text,
        parent_in_armed_forces -> Nullable<Bool>,
        version -> Integer,
        created_at -> Instant,
        updated_at -> Instant,
        lacks_capacity -> Nullable<Bool>,
        capacity_decided_on -> Nullable<Date>,
        capacity_decided_by -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    reference_counters (year) {
        year -> Integer,
        last_number -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    cases (id) {
        id -> Id,
        reference -> Text,
        stage -> Text,
        open -> Bool,
        person_id -> Id,
        received_on -> Date,
        request_source -> Text,
        requester -> Nullable<Doc>,
        contacts -> Doc,
        setting_id -> Nullable<Id>,
        caseworker_id -> Nullable<Id>,
        restricted -> Bool,
        version -> Integer,
        created_at -> Instant,
        updated_at -> Instant,
        final_due_on -> Date,
        next_rule -> Nullable<Text>,
        next_due_on -> Date,
        next_act_by -> Nullable<Date>,
        open_due_on -> Nullable<Date>,
        excepted_due_on -> Nullable<Date>,
        soonest_act_by -> Nullable<Date>,
        ended_status -> Nullable<Text>,
        advice_requested -> Integer,
        advice_received -> Integer,
        advice_accepted -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    case_viewers (case_id, user_id) {
        case_id -> Id,
        user_id -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    case_words (word, case_id) {
        word -> Text,
        case_id -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    case_imports (case_id) {
        case_id -> Id,
        external_reference -> Text,
        digest -> Text,
        mediation -> Bool,
        tribunal -> Bool,
        imported_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    case_ends (id) {
        id -> Id,
        case_id -> Id,
        kind -> Text,
        ended_on -> Date,
        reason -> Nullable<Text>,
        to_local_authority -> Nullable<Text>,
        recorded_by -> Nullable<Id>,
        recorded_at -> Instant,
        withdrawn_by -> Nullable<Text>,
        withdrawn_how -> Nullable<Text>,
        entered_in_error_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    decisions (id) {
        id -> Id,
        case_id -> Id,
        about -> Text,
        outcome -> Text,
        decided_on -> Date,
        notified_on -> Nullable<Date>,
        decided_by -> Nullable<Text>,
        panel_on -> Nullable<Date>,
        reasons -> Nullable<Text>,
        refusal_reason -> Nullable<Text>,
        notice -> Nullable<Doc>,
        recorded_by -> Nullable<Id>,
        recorded_at -> Instant,
        order_id -> Nullable<Id>,
        reversed_on -> Nullable<Date>,
        reversal_reason -> Nullable<Text>,
        reversal_in_error_at -> Nullable<Instant>,
        entered_in_error_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    given_notices (id) {
        id -> Id,
        case_id -> Id,
        about -> Text,
        recipient -> Text,
        given_on -> Date,
        cancelled_on -> Nullable<Date>,
        cancellation_reason -> Nullable<Text>,
        recorded_by -> Nullable<Id>,
        recorded_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    notes (id) {
        id -> Id,
        case_id -> Id,
        text -> Text,
        created_by -> Id,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    documents (id) {
        id -> Id,
        case_id -> Id,
        advice_request_id -> Nullable<Id>,
        title -> Text,
        file_name -> Text,
        media_type -> Text,
        size -> BigInt,
        sha256 -> Text,
        shared_with_advisers -> Bool,
        uploaded_by -> Nullable<Id>,
        created_at -> Instant,
        organisation_id -> Nullable<Id>,
        on_behalf -> Bool,
        scan -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    deadlines (id) {
        id -> Id,
        case_id -> Id,
        rule -> Text,
        basis -> Text,
        holder -> Text,
        citation -> Text,
        subject_kind -> Nullable<Text>,
        subject_id -> Nullable<Text>,
        subject_label -> Nullable<Text>,
        starts_on -> Date,
        due_on -> Date,
        act_by -> Date,
        met_on -> Nullable<Date>,
        applicable -> Bool,
        excepted -> Bool,
        derivation -> Text,
        breach_told_from -> Nullable<Date>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    advice_requests (id) {
        id -> Id,
        case_id -> Id,
        kind -> Text,
        organisation_id -> Nullable<Id>,
        section_31_body -> Bool,
        status -> Text,
        questions -> Nullable<Text>,
        requested_on -> Date,
        received_by_body_on -> Date,
        due_on -> Nullable<Date>,
        act_by -> Nullable<Date>,
        acknowledged_on -> Nullable<Date>,
        submitted_on -> Nullable<Date>,
        accepted_on -> Nullable<Date>,
        excepted -> Bool,
        outstanding -> Bool,
        closing -> Nullable<Doc>,
        version -> Integer,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    advice_shared_documents (advice_request_id, document_id) {
        advice_request_id -> Id,
        document_id -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    advice_submissions (id) {
        id -> Id,
        advice_request_id -> Id,
        number -> Integer,
        submitted_on -> Date,
        recorded_on -> Date,
        recorded_by -> Nullable<Id>,
        on_behalf -> Bool,
        content -> Doc,
        returned_on -> Nullable<Date>,
        return_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    advice_links (id) {
        id -> Id,
        advice_request_id -> Id,
        organisation_id -> Id,
        mailed_to -> Text,
        token_hash -> Text,
        created_by -> Nullable<Id>,
        created_at -> Instant,
        expires_at -> Instant,
        spent_at -> Nullable<Instant>,
        revoked_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    exceptions (id) {
        id -> Id,
        case_id -> Id,
        advice_request_id -> Nullable<Id>,
        rules -> Doc,
        ground -> Text,
        from_on -> Nullable<Date>,
        to_on -> Nullable<Date>,
        evidence -> Nullable<Text>,
        family_told_on -> Nullable<Date>,
        state -> Text,
        proposed_by -> Nullable<Id>,
        proposed_at -> Instant,
        confirmed_by -> Nullable<Id>,
        confirmed_at -> Nullable<Instant>,
        lifted_by -> Nullable<Id>,
        lifted_at -> Nullable<Instant>,
        lift_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    suggestion_answers (case_id, closure_id) {
        case_id -> Id,
        closure_id -> Id,
        accepted -> Bool,
        reason -> Text,
        answered_by -> Id,
        answered_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    plans (id) {
        id -> Id,
        case_id -> Id,
        number -> Integer,
        kind -> Text,
        status -> Text,
        preparing_for_adulthood -> Bool,
        served_on -> Nullable<Date>,
        served_to -> Doc,
        override_reason -> Nullable<Text>,
        issued_on -> Nullable<Date>,
        issued_to -> Doc,
        placement -> Nullable<Doc>,
        signed_by -> Nullable<Text>,
        version -> Integer,
        created_by -> Nullable<Id>,
        created_at -> Instant,
        updated_at -> Instant,
        order_id -> Nullable<Id>,
        printed -> Nullable<Doc>,
        entered_in_error_at -> Nullable<Instant>,
        not_named -> Nullable<Doc>,
        overrides -> Nullable<Doc>,
        sent_by -> Nullable<Text>,
        draft_notice -> Nullable<Doc>,
        health_agreement -> Nullable<Doc>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    representations (id) {
        id -> Id,
        case_id -> Id,
        plan_id -> Id,
        received_on -> Date,
        text -> Nullable<Text>,
        requested_setting -> Nullable<Text>,
        meeting_requested -> Bool,
        finished -> Bool,
        recorded_by -> Nullable<Id>,
        recorded_at -> Instant,
        requested_setting_id -> Nullable<Id>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    plan_sections (plan_id, section) {
        plan_id -> Id,
        section -> Text,
        text -> Text,
        sources -> Doc,
        representation_id -> Nullable<Id>,
        changed_in -> Integer,
        preparing_for_adulthood -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    consultations (id) {
        id -> Id,
        case_id -> Id,
        plan_id -> Nullable<Id>,
        setting_id -> Id,
        sent_on -> Date,
        received_on -> Date,
        requested_by_family -> Bool,
        responded_on -> Nullable<Date>,
        can_meet_need -> Nullable<Bool>,
        grounds -> Doc,
        text -> Nullable<Text>,
        recorded_by -> Nullable<Id>,
        recorded_at -> Instant,
        response_recorded_by -> Nullable<Id>,
        response_recorded_at -> Nullable<Instant>,
        authority_consulted_on -> Nullable<Date>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Id, Instant};

    information_requests (id) {
        id -> Id,
        case_id -> Id,
        organisation_id -> Id,
        asked_on -> Date,
        reply_by -> Date,
        answered_on -> Nullable<Date>,
        cancelled_on -> Nullable<Date>,
        cancellation_reason -> Nullable<Text>,
        recorded_by -> Nullable<Id>,
        recorded_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    mediations (id) {
        id -> Id,
        case_id -> Id,
        about -> Text,
        certificate_on -> Nullable<Date>,
        held_on -> Nullable<Date>,
        agreed_on -> Nullable<Date>,
        told_on -> Nullable<Date>,
        about_health -> Nullable<Text>,
        icb_told_on -> Nullable<Date>,
        arranged_on -> Nullable<Date>,
        other_agreed_on -> Nullable<Date>,
        carried_out_on -> Nullable<Date>,
        adviser_told_on -> Nullable<Date>,
        recorded_by -> Nullable<Id>,
        recorded_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    appeals (id) {
        id -> Id,
        case_id -> Id,
        about -> Text,
        registered_on -> Date,
        plan_parts -> Nullable<Text>,
        received_on -> Nullable<Date>,
        responded_on -> Nullable<Date>,
        recommendations_on -> Nullable<Date>,
        answered_on -> Nullable<Date>,
        respond_by -> Nullable<Date>,
        directed_on -> Nullable<Date>,
        recorded_by -> Nullable<Id>,
        recorded_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    orders (id) {
        id -> Id,
        case_id -> Id,
        appeal_id -> Nullable<Id>,
        mediation_id -> Nullable<Id>,
        track_id -> Nullable<Id>,
        about -> Text,
        kind -> Text,
        ordered_on -> Date,
        conceded -> Bool,
        by_consent -> Bool,
        recorded_by -> Nullable<Id>,
        recorded_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    order_days (id) {
        id -> Id,
        case_id -> Id,
        order_id -> Id,
        rule -> Text,
        due_on -> Date,
        basis -> Text,
        dated_on -> Date,
        document_id -> Nullable<Id>,
        reason -> Nullable<Text>,
        recorded_by -> Nullable<Id>,
        recorded_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    audit_events (sequence) {
        sequence -> BigInt,
        id -> Id,
        at -> Instant,
        actor_id -> Nullable<Id>,
        actor_name -> Text,
        request_id -> Text,
        address -> Nullable<Text>,
        case_id -> Nullable<Id>,
        subject_kind -> Text,
        subject_id -> Nullable<Id>,
        action -> Text,
        on_day -> Nullable<Date>,
        number -> BigInt,
        details_digest -> Nullable<Text>,
        digest -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    audit_details (event_id) {
        event_id -> Id,
        case_id -> Nullable<Id>,
        salt -> Text,
        content -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    audit_heads (chain) {
        chain -> Id,
        number -> BigInt,
        digest -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    access_records (sequence) {
        sequence -> BigInt,
        at -> Instant,
        user_id -> Nullable<Id>,
        user_name -> Text,
        link_id -> Nullable<Id>,
        request_id -> Text,
        address -> Nullable<Text>,
        case_id -> Nullable<Id>,
        what -> Text,
        refused -> Nullable<Text>,
        number -> BigInt,
        digest -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    messages (id) {
        id -> Id,
        dedupe_key -> Nullable<Text>,
        kind -> Text,
        recipient -> Text,
        params -> Doc,
        case_id -> Nullable<Id>,
        advice_request_id -> Nullable<Id>,
        chase_number -> Nullable<Integer>,
        at_any_hour -> Bool,
        not_before -> Instant,
        state -> Text,
        attempts -> Integer,
        first_attempt_at -> Nullable<Instant>,
        next_attempt_at -> Instant,
        lease -> Nullable<Id>,
        leased_until -> Nullable<Instant>,
        server_answer -> Nullable<Text>,
        created_at -> Instant,
        settled_at -> Nullable<Instant>,
        insisted -> Bool,
        lost -> Bool,
        information_request_id -> Nullable<Id>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Id, Instant};

    account_links (id) {
        id -> Id,
        user_id -> Id,
        purpose -> Text,
        token_hash -> Text,
        created_at -> Instant,
        expires_at -> Instant,
        ended_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Id, Instant};

    bounces (address) {
        address -> Text,
        refused -> Integer,
        last_message_id -> Id,
        last_answer -> Text,
        last_refused_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::Instant;

    job_marks (name) {
        name -> Text,
        at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Id, Instant};

    mail_troubles (id) {
        id -> Id,
        kind -> Text,
        since -> Instant,
        ended_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    calendar_feeds (id) {
        id -> Id,
        user_id -> Id,
        scope -> Text,
        caseworker_ids -> Doc,
        organisation_id -> Nullable<Id>,
        token_hash -> Text,
        created_at -> Instant,
        revoked_at -> Nullable<Instant>,
        content_hash -> Nullable<Text>,
        changed_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    case_figures (case_id, known_from) {
        case_id -> Id,
        known_from -> Date,
        known_to -> Nullable<Date>,
        received_on -> Date,
        request_source -> Text,
        setting_id -> Nullable<Id>,
        caseworker_id -> Nullable<Id>,
        social_care_status -> Text,
        decide_due_on -> Date,
        refuse_due_on -> Date,
        final_due_on -> Date,
        final_excepted -> Bool,
        assessment_outcome -> Nullable<Text>,
        assessment_notified_on -> Nullable<Date>,
        refusal_reason -> Nullable<Text>,
        plan_refused_on -> Nullable<Date>,
        issued_on -> Nullable<Date>,
        issued_after -> Nullable<Integer>,
        disputed_on -> Nullable<Date>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    benchmarks (year, level, name, ons_code) {
        year -> Integer,
        level -> Text,
        code -> Text,
        ons_code -> Text,
        name -> Text,
        region -> Text,
        plans_issued -> Nullable<Integer>,
        plans_issued_ex -> Nullable<Integer>,
        within_20_weeks -> Nullable<Integer>,
        within_20_weeks_ex -> Nullable<Integer>,
        tenths_within_20_weeks -> Nullable<Integer>,
        tenths_within_20_weeks_ex -> Nullable<Integer>,
        requests_received -> Nullable<Integer>,
        requests_refused -> Nullable<Integer>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    report_snapshots (id) {
        id -> Id,
        report -> Text,
        query -> Doc,
        note -> Nullable<Text>,
        as_at -> Date,
        content -> Text,
        sha256 -> Text,
        named_cases -> Doc,
        taken_by -> Id,
        taken_by_name -> Text,
        taken_at -> Instant,
    }
}

diesel::joinable!(users -> organisations (organisation_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::joinable!(one_time_secrets -> users (user_id));
diesel::joinable!(recovery_codes -> users (user_id));
diesel::joinable!(council_identities -> users (user_id));
diesel::joinable!(council_tokens -> sessions (session_id));
diesel::joinable!(idempotency_keys -> users (user_id));
diesel::joinable!(closures -> organisations (setting_id));
diesel::joinable!(cases -> people (person_id));
diesel::joinable!(cases -> organisations (setting_id));
diesel::joinable!(cases -> users (caseworker_id));
diesel::joinable!(case_viewers -> cases (case_id));
diesel::joinable!(case_viewers -> users (user_id));
diesel::joinable!(case_words -> cases (case_id));
diesel::joinable!(case_imports -> cases (case_id));
diesel::joinable!(case_ends -> cases (case_id));
diesel::joinable!(case_ends -> users (recorded_by));
diesel::joinable!(decisions -> cases (case_id));
diesel::joinable!(decisions -> users (recorded_by));
diesel::joinable!(given_notices -> cases (case_id));
diesel::joinable!(given_notices -> users (recorded_by));
diesel::joinable!(notes -> cases (case_id));
diesel::joinable!(notes -> users (created_by));
diesel::joinable!(documents -> cases (case_id));
diesel::joinable!(documents -> users (uploaded_by));
diesel::joinable!(documents -> organisations (organisation_id));
diesel::joinable!(deadlines -> cases (case_id));
diesel::joinable!(advice_requests -> cases (case_id));
diesel::joinable!(advice_requests -> organisations (organisation_id));
diesel::joinable!(advice_shared_documents -> advice_requests (advice_request_id));
diesel::joinable!(advice_shared_documents -> documents (document_id));
diesel::joinable!(advice_submissions -> advice_requests (advice_request_id));
diesel::joinable!(advice_submissions -> users (recorded_by));
diesel::joinable!(advice_links -> advice_requests (advice_request_id));
diesel::joinable!(advice_links -> organisations (organisation_id));
diesel::joinable!(advice_links -> users (created_by));
diesel::joinable!(exceptions -> cases (case_id));
diesel::joinable!(exceptions -> advice_requests (advice_request_id));
diesel::joinable!(suggestion_answers -> cases (case_id));
diesel::joinable!(suggestion_answers -> users (answered_by));
diesel::joinable!(plans -> cases (case_id));
diesel::joinable!(plans -> users (created_by));
diesel::joinable!(representations -> cases (case_id));
diesel::joinable!(representations -> plans (plan_id));
diesel::joinable!(representations -> users (recorded_by));
diesel::joinable!(plan_sections -> plans (plan_id));
diesel::joinable!(plan_sections -> representations (representation_id));
diesel::joinable!(representations -> organisations (requested_setting_id));
diesel::joinable!(mediations -> cases (case_id));
diesel::joinable!(appeals -> cases (case_id));
diesel::joinable!(orders -> cases (case_id));
diesel::joinable!(order_days -> cases (case_id));
diesel::joinable!(information_requests -> cases (case_id));
diesel::joinable!(information_requests -> organisations (organisation_id));
diesel::joinable!(consultations -> cases (case_id));
diesel::joinable!(consultations -> plans (plan_id));
diesel::joinable!(consultations -> organisations (setting_id));
diesel::joinable!(messages -> cases (case_id));
diesel::joinable!(case_figures -> cases (case_id));

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    person_holds (person_id) {
        person_id -> Id,
        reason -> Text,
        placed_by -> Id,
        placed_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::columns::sql::{Doc, Id, Instant};

    person_erasures (person_id) {
        person_id -> Id,
        erased_by -> Nullable<Id>,
        erased_at -> Instant,
    }
}

diesel::joinable!(person_holds -> users (placed_by));

diesel::allow_tables_to_appear_in_same_query!(
    organisations,
    users,
    sessions,
    refresh_tokens,
    sign_in_failures,
    one_time_secrets,
    recovery_codes,
    council_identities,
    council_tokens,
    idempotency_keys,
    bank_holidays,
    closures,
    people,
    reference_counters,
    cases,
    case_viewers,
    case_words,
    case_imports,
    case_ends,
    decisions,
    given_notices,
    notes,
    documents,
    deadlines,
    advice_requests,
    advice_shared_documents,
    advice_submissions,
    advice_links,
    exceptions,
    suggestion_answers,
    plans,
    representations,
    plan_sections,
    consultations,
    information_requests,
    mediations,
    appeals,
    orders,
    order_days,
    audit_events,
    audit_details,
    audit_heads,
    access_records,
    messages,
    calendar_feeds,
    case_figures,
    benchmarks,
    report_snapshots,
    person_holds,
    person_erasures,
);
