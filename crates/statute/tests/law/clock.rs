//! Deadlines and the clock: what is in time, what is a breach, what no longer applies.

use statute::{
    AdviceFacts, AdviceKind, AdviceStatus, AssessmentOutcome, Basis, CaseFacts, ClockStatus, ConsultationFacts,
    DeadlineStatus, Disputed, End, EndKind, Exception, Ground, Holder, MediationFacts, PlanDecision, PlanOutcome,
    RuleId, ServedDraft, SubjectKind,
};

use crate::support::{
    assessment, day, deadline, deadlines, draft, final_plan, issued, on_day, plan_decision, received, summary,
};

fn status(facts: &CaseFacts, rule: RuleId, today: chrono::NaiveDate) -> DeadlineStatus {
    deadline(facts, rule).status(today, today)
}

fn clock_status(facts: &CaseFacts, days: u64) -> ClockStatus {
    summary(facts).status(on_day(days), on_day(days))
}

fn assessed() -> CaseFacts {
    CaseFacts { assessment: Some(assessment(AssessmentOutcome::Assess, 30)), ..received() }
}

fn excepted(rules: &[RuleId]) -> Vec<Exception> {
    vec![Exception {
        rules: rules.to_vec(),
        ground: Ground::ExceptionalPersonalCircumstances,
        from_on: None,
        to_on: None,
        from_history: false,
    }]
}

fn advice(kind: AdviceKind, status: AdviceStatus) -> AdviceFacts {
    AdviceFacts {
        id: "advice".to_owned(),
        label: "an adviser".to_owned(),
        kind,
        status,
        section_31_body: kind == AdviceKind::Medical,
        received_by_body_on: on_day(32),
        submitted_on: None,
        exceptions: Vec::new(),
    }
}

// Trap 1: how days are counted.

#[test]
fn a_final_plan_on_day_140_is_in_time() {
    assert_eq!(status(&issued(140), RuleId::IssueFinalPlan, on_day(200)), DeadlineStatus::Met);
    assert_eq!(clock_status(&issued(140), 200), ClockStatus::CompletedInTime);
}

#[test]
fn a_final_plan_on_day_141_is_late() {
    assert_eq!(status(&issued(141), RuleId::IssueFinalPlan, on_day(200)), DeadlineStatus::MetLate);
    assert_eq!(clock_status(&issued(141), 200), ClockStatus::CompletedLate);
}

#[test]
fn a_decision_to_assess_counts_on_the_day_it_was_notified() {
    let mut facts = assessed();
    let mut decision = assessment(AssessmentOutcome::Assess, 42);
    facts.assessment = Some(decision);
    assert_eq!(status(&facts, RuleId::DecideToAssess, on_day(50)), DeadlineStatus::Met);
    decision.notified_on = on_day(43);
    facts.assessment = Some(decision);
    assert_eq!(
        status(&facts, RuleId::DecideToAssess, on_day(50)),
        DeadlineStatus::MetLate,
        "decided in time, notified late"
    );
}

#[test]
fn the_day_of_service_is_the_first_of_the_familys_fifteen_days() {
    let facts = CaseFacts { drafts: vec![draft(90)], ..assessed() };
    let window = deadline(&facts, RuleId::Representations);
    assert_eq!(window.due_on, on_day(90 + 14));
    assert_eq!(window.holder, Holder::Family);
}

// Trap 2: nothing moves; what is added is `act_by`.

#[test]
fn a_due_day_on_a_bank_holiday_stays_and_people_plan_by_the_day_before() {
    let last = deadline(&received(), RuleId::IssueFinalPlan);
    assert_eq!(last.due_on, day("2026-05-25"));
    assert_eq!(last.act_by, day("2026-05-22"));
    assert_eq!(
        last.status(day("2026-05-25"), day("2026-05-21")),
        DeadlineStatus::Pending,
        "breach is judged by the last day, not by the day to act"
    );
    assert_eq!(last.status(day("2026-05-26"), day("2026-05-26")), DeadlineStatus::Overdue);
}

#[test]
fn a_deadline_is_due_soon_once_the_day_to_act_is_within_reach() {
    let last = deadline(&received(), RuleId::IssueFinalPlan);
    assert_eq!(last.status(day("2026-05-08"), day("2026-05-21")), DeadlineStatus::Pending);
    assert_eq!(last.status(day("2026-05-11"), day("2026-05-22")), DeadlineStatus::DueSoon);
}

// Trap 3: sixteen weeks bind only a refusal, and the draft has no statutory date.

#[test]
fn past_day_112_an_undecided_case_shows_overdue_but_breaches_nothing() {
    let facts = assessed();
    assert_eq!(status(&facts, RuleId::DecideOnPlan, on_day(112)), DeadlineStatus::DueSoon);
    assert_eq!(status(&facts, RuleId::DecideOnPlan, on_day(113)), DeadlineStatus::Overdue);
    assert_eq!(clock_status(&facts, 113), ClockStatus::OnTrack);
    assert_eq!(summary(&facts).next.unwrap().rule, RuleId::DecideOnPlan);
}

#[test]
fn a_decision_to_issue_makes_the_sixteen_weeks_not_applicable_however_late() {
    let facts = CaseFacts { plan: Some(plan_decision(PlanOutcome::Issue, 130)), ..assessed() };
    assert_eq!(status(&facts, RuleId::DecideOnPlan, on_day(135)), DeadlineStatus::NotApplicable);
}

#[test]
fn a_refusal_to_issue_notified_on_day_113_is_late() {
    let refusal = |notified| CaseFacts {
        plan: Some(PlanDecision { notified_on: Some(on_day(notified)), ..plan_decision(PlanOutcome::Refuse, 100) }),
        ..assessed()
    };
    assert_eq!(status(&refusal(112), RuleId::DecideOnPlan, on_day(150)), DeadlineStatus::Met);
    assert_eq!(status(&refusal(113), RuleId::DecideOnPlan, on_day(150)), DeadlineStatus::MetLate);
}

#[test]
fn a_late_draft_is_a_missed_target_and_no_breach() {
    let facts = CaseFacts { plan: Some(plan_decision(PlanOutcome::Issue, 80)), ..assessed() };
    let target = deadline(&facts, RuleId::SendDraftPlan);
    assert_eq!(target.basis, Basis::Target);
    assert_eq!(target.due_on, on_day(125));
    assert_eq!(target.status(on_day(126), on_day(126)), DeadlineStatus::Overdue);
    assert_eq!(clock_status(&facts, 126), ClockStatus::OnTrack);
    assert_eq!(summary(&facts).next.unwrap().rule, RuleId::SendDraftPlan, "targets are planned by");
}

#[test]
fn a_draft_on_the_target_day_leaves_its_days_to_the_family_and_the_plan_in_time() {
    let served_on = deadline(&received(), RuleId::SendDraftPlan).due_on;
    assert_eq!(
        statute::earliest_final_on(served_on, received().received_on),
        deadline(&received(), RuleId::IssueFinalPlan).due_on
    );
}

#[test]
fn the_first_draft_meets_the_target_though_an_amended_one_follows() {
    let facts = CaseFacts { drafts: vec![draft(130), draft(120)], ..assessed() };
    assert_eq!(deadline(&facts, RuleId::SendDraftPlan).met_on, Some(on_day(120)));
    let windows = deadlines(&facts).into_iter().filter(|deadline| deadline.rule == RuleId::Representations);
    assert_eq!(windows.count(), 2, "each draft gives the family its days");
}

// The day of a step: known, unknown, or never to come.

#[test]
fn a_decision_undue_at_the_end_of_the_case_is_not_applicable() {
    for kind in [EndKind::Withdrawn, EndKind::Transferred] {
        let facts = CaseFacts { ended: Some(End { kind, on: on_day(150) }), ..received() };
        for deadline in deadlines(&facts) {
            assert_eq!(deadline.status(on_day(200), on_day(200)), DeadlineStatus::NotApplicable, "{}", deadline.rule);
            assert!(deadline.derivation.ends_with("the case has ended."));
        }
        assert_eq!(clock_status(&facts, 200), ClockStatus::Ended);
        assert_eq!(summary(&facts).next, None);
    }
}

#[test]
fn a_refusal_to_assess_ends_the_case_and_its_own_limit_is_judged() {
    let facts = CaseFacts { assessment: Some(assessment(AssessmentOutcome::Refuse, 43)), ..received() };
    assert_eq!(status(&facts, RuleId::DecideToAssess, on_day(200)), DeadlineStatus::MetLate);
    for rule in [RuleId::DecideOnPlan, RuleId::SendDraftPlan, RuleId::IssueFinalPlan] {
        assert_eq!(status(&facts, rule, on_day(200)), DeadlineStatus::NotApplicable);
    }
    assert_eq!(clock_status(&facts, 200), ClockStatus::Ended);
}

#[test]
fn a_step_whose_day_is_not_known_is_not_judged_and_says_so() {
    let facts = CaseFacts { final_plan: Some(final_plan(130)), ..received() };
    for rule in [RuleId::DecideToAssess, RuleId::SendDraftPlan] {
        let unknown = deadline(&facts, rule);
        assert_eq!(unknown.status(on_day(200), on_day(200)), DeadlineStatus::NotApplicable);
        assert!(unknown.derivation.contains("not known"), "{rule}");
    }
    assert_eq!(status(&facts, RuleId::DecideOnPlan, on_day(200)), DeadlineStatus::NotApplicable);
    assert_eq!(clock_status(&facts, 200), ClockStatus::CompletedInTime);
}

#[test]
fn each_later_step_shows_that_an_assessment_was_decided_on_a_day_not_known() {
    let known = received();
    for facts in [
        CaseFacts { plan: Some(plan_decision(PlanOutcome::Issue, 80)), ..known.clone() },
        CaseFacts { drafts: vec![draft(90)], ..known.clone() },
        CaseFacts { final_plan: Some(final_plan(130)), ..known.clone() },
    ] {
        let decided = deadline(&facts, RuleId::DecideToAssess);
        assert_eq!(decided.status(on_day(200), on_day(200)), DeadlineStatus::NotApplicable);
        assert!(decided.derivation.ends_with("its day is not known, so it is not judged."), "{}", decided.derivation);
    }
    assert!(deadline(&known, RuleId::DecideToAssess).is_open());
}

#[test]
fn a_draft_shows_that_a_plan_is_to_be_issued_though_the_decision_is_not_known() {
    let facts = CaseFacts { drafts: vec![draft(90)], ..assessed() };
    assert_eq!(status(&facts, RuleId::DecideOnPlan, on_day(120)), DeadlineStatus::NotApplicable);
}

// Advice.

#[test]
fn advice_is_due_six_weeks_after_the_body_had_the_request() {
    let facts = CaseFacts { advice: vec![advice(AdviceKind::Medical, AdviceStatus::Requested)], ..assessed() };
    let due = deadline(&facts, RuleId::Advice);
    assert_eq!(due.starts_on, on_day(32));
    assert_eq!(due.due_on, on_day(32 + 42));
    assert_eq!((due.basis, due.holder), (Basis::Statutory, Holder::Adviser));
    assert_eq!(due.subject.unwrap().kind, SubjectKind::AdviceRequest);
    assert_eq!(clock_status(&facts, 80), ClockStatus::OnTrack, "not the authority's");
}

#[test]
fn advice_of_a_body_outside_section_31_is_due_by_guidance() {
    let facts = CaseFacts { advice: vec![advice(AdviceKind::Education, AdviceStatus::Requested)], ..assessed() };
    let due = deadline(&facts, RuleId::Advice);
    assert_eq!(due.basis, Basis::Guidance);
    assert!(due.derivation.contains("Code of Practice"));
}

#[test]
fn the_familys_own_advice_is_never_due() {
    let facts = CaseFacts { advice: vec![advice(AdviceKind::Family, AdviceStatus::Requested)], ..assessed() };
    assert!(deadlines(&facts).iter().all(|found| found.rule != RuleId::Advice));
}

#[test]
fn returned_advice_is_outstanding_again() {
    let with = |status| CaseFacts {
        advice: vec![AdviceFacts { submitted_on: Some(on_day(70)), ..advice(AdviceKind::Medical, status) }],
        ..assessed()
    };
    for (advice, expected) in [
        (AdviceStatus::Submitted, DeadlineStatus::Met),
        (AdviceStatus::Accepted, DeadlineStatus::Met),
        (AdviceStatus::Returned, DeadlineStatus::Overdue),
        (AdviceStatus::Requested, DeadlineStatus::Overdue),
        (AdviceStatus::Acknowledged, DeadlineStatus::Overdue),
        (AdviceStatus::CoveredByExistingAdvice, DeadlineStatus::NotApplicable),
        (AdviceStatus::NotProvided, DeadlineStatus::NotApplicable),
        (AdviceStatus::Declined, DeadlineStatus::NotApplicable),
        (AdviceStatus::Cancelled, DeadlineStatus::NotApplicable),
    ] {
        assert_eq!(status(&with(advice), RuleId::Advice, on_day(80)), expected, "{advice}");
    }
}

#[test]
fn a_consulted_setting_has_fifteen_days_the_day_it_heard_not_counted() {
    let facts = CaseFacts {
        consultations: vec![ConsultationFacts {
            id: "consultation".to_owned(),
            label: "a school".to_owned(),
            received_on: on_day(95),
            responded_on: Some(on_day(95 + 15)),
        }],
        ..assessed()
    };
    let due = deadline(&facts, RuleId::SettingConsultation);
    assert_eq!(due.due_on, on_day(95 + 15));
    assert_eq!((due.basis, due.holder), (Basis::Guidance, Holder::Setting));
    assert_eq!(due.status(on_day(200), on_day(200)), DeadlineStatus::Met);
}

// The family's windows.

#[test]
fn a_familys_window_closes_and_is_never_overdue_or_late() {
    let facts = CaseFacts { drafts: vec![draft(90)], ..assessed() };
    let open = deadline(&facts, RuleId::Representations);
    assert_eq!(open.status(on_day(104), on_day(90)), DeadlineStatus::Pending);
    assert_eq!(open.status(on_day(105), on_day(105)), DeadlineStatus::NotApplicable);
    let late = CaseFacts { drafts: vec![ServedDraft { finished_on: Some(on_day(107)), ..draft(90) }], ..assessed() };
    assert_eq!(status(&late, RuleId::Representations, on_day(110)), DeadlineStatus::Met);
}

#[test]
fn each_refusal_and_the_final_plan_open_mediation_and_appeal() {
    let refused_assessment = CaseFacts { assessment: Some(assessment(AssessmentOutcome::Refuse, 30)), ..received() };
    let refused_plan = CaseFacts { plan: Some(plan_decision(PlanOutcome::Refuse, 90)), ..assessed() };
    for (facts, starts_on, subject) in [
        (refused_assessment, on_day(30), "assessment_decision"),
        (refused_plan, on_day(90), "plan_decision"),
        (issued(130), on_day(130), "final"),
    ] {
        for rule in [RuleId::ContactMediationAdviser, RuleId::Appeal] {
            let window = deadline(&facts, rule);
            assert_eq!(window.starts_on, starts_on);
            assert_eq!(window.subject.as_ref().unwrap().id, subject);
            assert_eq!(window.holder, Holder::Family);
            assert!(window.applicable, "the window is open though the case has ended");
        }
    }
    assert!(deadlines(&assessed()).iter().all(|found| found.rule != RuleId::Appeal));
}

#[test]
fn a_certificate_gives_one_more_month_to_appeal() {
    let mediation = MediationFacts {
        certificate_on: Some(day("2026-08-31")),
        ..MediationFacts::of("one".to_owned(), Disputed::Plan)
    };
    let facts = CaseFacts { mediations: vec![mediation], ..issued(130) };
    let window = deadline(&facts, RuleId::MediationCertificateAppeal);
    assert_eq!(window.due_on, day("2026-09-30"), "the month has no 31st");
    assert!(window.applicable);
}

// Exceptions and the clock.

#[test]
fn a_late_plan_with_an_exception_is_late_but_excepted() {
    let mut facts = issued(141);
    facts.exceptions = excepted(&[RuleId::IssueFinalPlan]);
    assert_eq!(status(&facts, RuleId::IssueFinalPlan, on_day(200)), DeadlineStatus::MetLate);
    assert!(deadline(&facts, RuleId::IssueFinalPlan).excepted);
    assert_eq!(clock_status(&facts, 200), ClockStatus::CompletedLateExcepted);
    facts.final_plan = Some(final_plan(140));
    assert_eq!(clock_status(&facts, 200), ClockStatus::CompletedInTime);
}

#[test]
fn an_advisers_exception_is_that_of_the_request_and_not_of_the_case() {
    let missed = Exception {
        rules: vec![RuleId::Advice],
        ground: Ground::MissedAppointment,
        from_on: Some(on_day(50)),
        to_on: Some(on_day(50)),
        from_history: false,
    };
    let mut facts = CaseFacts {
        advice: vec![advice(AdviceKind::Medical, AdviceStatus::Requested)],
        exceptions: vec![missed.clone()],
        ..assessed()
    };
    assert!(!deadline(&facts, RuleId::Advice).excepted);
    facts.advice[0].exceptions.push(missed);
    let late = deadline(&facts, RuleId::Advice);
    assert!(late.excepted);
    assert!(late.derivation.contains("Regulation 8(2)"));
}

#[test]
fn a_breach_weighs_more_than_an_excepted_one_and_that_more_than_what_is_soon() {
    let mut facts = received();
    assert_eq!(clock_status(&facts, 41), ClockStatus::OnTrack);
    assert_eq!(clock_status(&facts, 42), ClockStatus::DueSoon);
    assert_eq!(clock_status(&facts, 43), ClockStatus::Overdue);
    facts.exceptions = excepted(&[RuleId::DecideToAssess]);
    assert_eq!(clock_status(&facts, 42), ClockStatus::DueSoon);
    assert_eq!(clock_status(&facts, 43), ClockStatus::OverdueExcepted);
    assert_eq!(clock_status(&facts, 140), ClockStatus::OverdueExcepted, "what is soon weighs less");
    assert_eq!(clock_status(&facts, 141), ClockStatus::Overdue);
}

#[test]
fn the_summary_keeps_excepted_days_apart() {
    let mut facts = received();
    facts.exceptions = excepted(&[RuleId::DecideToAssess]);
    let summary = summary(&facts);
    assert_eq!(summary.excepted_due_on, Some(on_day(42)));
    assert_eq!(summary.due_on, Some(on_day(140)));
    assert_eq!(summary.act_by, Some(on_day(42)), "the earliest of both");
    assert_eq!(summary.next.unwrap().rule, RuleId::DecideToAssess);
    facts.exceptions = excepted(&[RuleId::IssueFinalPlan]);
    let summary = crate::support::summary(&facts);
    assert_eq!(summary.excepted_due_on, Some(on_day(140)));
    assert_eq!(summary.due_on, Some(on_day(42)));
}

#[test]
fn the_clock_counts_days_and_weeks_from_day_zero() {
    let facts = received();
    let clock = |days| summary(&facts).clock(facts.received_on, on_day(days), on_day(days));
    assert_eq!((clock(0).day, clock(0).week), (0, 0));
    assert_eq!((clock(6).week, clock(7).week), (0, 1));
    assert_eq!(clock(140).days_left, Some(0));
    assert_eq!(clock(150).days_left, Some(-10));
    assert_eq!(clock(150).final_due_on, on_day(140));
    let ended = issued(130);
    let clock = summary(&ended).clock(ended.received_on, on_day(150), on_day(150));
    assert_eq!((clock.days_left, clock.next), (None, None));
}

#[test]
fn a_case_is_past_a_limit_from_the_day_after_its_last_one_whether_or_not_it_is_excepted() {
    let past = |facts: &CaseFacts, days| summary(facts).is_past_a_limit(on_day(days));
    let mut facts = received();
    assert!(!past(&facts, 41));
    assert!(!past(&facts, 42), "on the last day it is in time");
    assert!(past(&facts, 43));
    facts.exceptions = excepted(&[RuleId::DecideToAssess]);
    assert!(!past(&facts, 42));
    assert!(past(&facts, 43), "an exception moves no day");
    // Past the 112 days nothing is breached while a plan may still be issued, and an ended case owes nothing.
    assert!(!past(&assessed(), 113));
    assert!(past(&assessed(), 141));
    assert!(!past(&issued(141), 200));
}

#[test]
fn a_case_moved_away_after_its_plan_is_judged_on_the_plan() {
    let mut facts = issued(141);
    facts.ended = Some(End { kind: EndKind::Transferred, on: on_day(160) });
    assert_eq!(clock_status(&facts, 200), ClockStatus::CompletedLate);
}

// Trap 6: every deadline explains itself.

#[test]
fn a_derivation_can_be_pasted_into_a_letter() {
    assert_eq!(
        deadline(&received(), RuleId::IssueFinalPlan).derivation,
        "The request was received on 5 January 2026. Within 20 weeks (140 days, that day not counted) the final plan must be sent: by 25 May 2026 (Regulation 13(2) SEND Regulations 2014)."
    );
    let facts = CaseFacts { drafts: vec![draft(90)], ..assessed() };
    assert_eq!(
        deadline(&facts, RuleId::Representations).derivation,
        "The draft plan was served on 5 April 2026. Within 15 days (that day counted as the first) the family may comment on the draft, ask for a school and ask for a meeting: by 19 April 2026 (Regulation 13(1)(a) SEND Regulations 2014)."
    );
}

#[test]
fn a_derivation_names_the_exception_and_that_it_moves_nothing() {
    let mut facts = received();
    facts.exceptions = excepted(&[RuleId::IssueFinalPlan]);
    let derivation = deadline(&facts, RuleId::IssueFinalPlan).derivation;
    assert!(derivation.contains("by 25 May 2026"));
    assert!(derivation.contains("exceptional personal circumstances"));
    assert!(derivation.contains("Regulation 13(3)"));
    assert!(derivation.contains("as soon as practicable"));
}
