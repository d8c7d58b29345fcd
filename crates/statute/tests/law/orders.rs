//! What follows an order of the tribunal, an agreement at mediation or a concession.

use statute::{
    AppealFacts, AssessmentOutcome, CaseFacts, ClockStatus, Code, Deadline, DeadlineStatus, Disputed, Exception,
    Ground, Inconsistent, MediationFacts, OrderFacts, OrderKind, OrderSource, PlanOutcome, Progress, RuleId, Stage,
    Step, SubjectKind, Track, check_order,
};

use crate::support::{
    assessment, day, deadlines, draft, final_plan, grounds, issued, lawful_draft, lawful_final, on_day, plan_decision,
    progress, received, summary,
};

/// An order so many days after receipt.
fn order(kind: OrderKind, about: Disputed, days: u64) -> OrderFacts {
    OrderFacts {
        id: "order".to_owned(),
        label: kind.in_words().to_owned(),
        kind,
        about,
        source: OrderSource::Tribunal,
        on: on_day(days),
    }
}

fn ordered(mut facts: CaseFacts, kind: OrderKind, about: Disputed, days: u64) -> CaseFacts {
    facts.tracks.push(Track::opened_by(order(kind, about, days)));
    facts
}

fn refused_assessment() -> CaseFacts {
    CaseFacts { assessment: Some(assessment(AssessmentOutcome::Refuse, 30)), ..received() }
}

fn refused_plan() -> CaseFacts {
    CaseFacts {
        assessment: Some(assessment(AssessmentOutcome::Assess, 30)),
        plan: Some(plan_decision(PlanOutcome::Refuse, 100)),
        ..received()
    }
}

/// The limits of the authority that are open, with the days from the order to their last one.
fn open(facts: &CaseFacts, order_after: u64) -> Vec<(RuleId, i64)> {
    let ours = |deadline: &&Deadline| deadline.is_open() && deadline.holder == statute::Holder::LocalAuthority;
    let days = |deadline: &Deadline| deadline.due_on.signed_duration_since(on_day(order_after)).num_days();
    deadlines(facts).iter().filter(ours).map(|deadline| (deadline.rule, days(deadline))).collect()
}

fn of(facts: &CaseFacts, rule: RuleId) -> Vec<Deadline> {
    deadlines(facts).into_iter().filter(|deadline| deadline.rule == rule).collect()
}

#[test]
fn each_order_opens_its_own_limits_and_the_first_decision_stays() {
    for (facts, about, kind, stage, limits) in [
        (
            refused_assessment(),
            Disputed::RefusalToAssess,
            OrderKind::Assess,
            Stage::GatheringAdvice,
            &[
                (RuleId::OrderAssessNotify, 14),
                (RuleId::OrderAssessRefusePlan, 70),
                (RuleId::OrderAssessIssueFinal, 98),
            ][..],
        ),
        (
            refused_plan(),
            Disputed::RefusalToIssue,
            OrderKind::MakePlan,
            Stage::Drafting,
            &[(RuleId::OrderMakePlanDraft, 35), (RuleId::OrderMakePlanFinal, 77)],
        ),
        (
            refused_assessment(),
            Disputed::RefusalToAssess,
            OrderKind::Reconsider,
            Stage::AwaitingDecision,
            &[(RuleId::OrderReconsider, 14)],
        ),
        (
            refused_plan(),
            Disputed::RefusalToIssue,
            OrderKind::Reconsider,
            Stage::GatheringAdvice,
            &[(RuleId::OrderReconsider, 14)],
        ),
        (issued(130), Disputed::Plan, OrderKind::AmendContents, Stage::Drafting, &[(RuleId::OrderAmendContents, 35)]),
        (issued(130), Disputed::Plan, OrderKind::AmendPlacement, Stage::Drafting, &[(RuleId::OrderAmendPlacement, 14)]),
    ] {
        let before = deadlines(&facts);
        let after = ordered(facts, kind, about, 200);
        assert_eq!(Stage::of(&after), stage, "{kind}");
        assert_eq!(progress(&after).stage(), stage, "{kind}");
        assert_eq!(progress(&after).last_step_on(), on_day(200), "{kind}");
        assert_eq!(open(&after, 200), limits, "{kind}");
        for deadline in deadlines(&after).iter().filter(|one| limits.iter().any(|(rule, _)| *rule == one.rule)) {
            let subject = deadline.subject.as_ref().unwrap();
            assert_eq!((subject.kind, subject.id.as_str()), (SubjectKind::Order, "order"));
            assert!(deadline.derivation.starts_with("The order to"), "{}", deadline.derivation);
            assert!(deadline.citation.contains("44"));
        }
        // Whatever was met before the order stays met on the same day, and whatever was not is not owed again.
        for was in before.iter().filter(|deadline| deadline.met_on.is_some()) {
            let is =
                deadlines(&after).into_iter().find(|one| one.rule == was.rule && one.subject == was.subject).unwrap();
            assert_eq!((is.met_on, is.due_on), (was.met_on, was.due_on), "{kind}");
        }
        // The clock is judged on what is open.
        let sum = summary(&after);
        let (next, _) = limits[0];
        let earliest = limits.iter().map(|(_, days)| *days).min().unwrap();
        assert_eq!(sum.next.map(|next| next.rule), Some(next));
        let last = 200 + u64::try_from(earliest).unwrap();
        assert_eq!(sum.status(on_day(last), on_day(200)), ClockStatus::OnTrack, "{kind}");
        assert_eq!(sum.status(on_day(last + 1), on_day(200)), ClockStatus::Overdue, "{kind}");
    }
}

#[test]
fn an_order_to_assess_is_carried_out_step_by_step() {
    let mut facts = ordered(refused_assessment(), OrderKind::Assess, Disputed::RefusalToAssess, 200);
    let refuse = progress(&facts).decide_to_assess(assessment(AssessmentOutcome::Refuse, 205), Some(grounds()));
    assert_eq!(refuse.unwrap_err().code, Code::OrderBinds);
    assert!(progress(&facts).check_can_seek_advice().is_ok());
    let untold = progress(&facts).decide_on_plan(plan_decision(PlanOutcome::Issue, 260), None).unwrap_err();
    assert_eq!((untold.code, untold.citation), (Code::NotInStage, Some("Regulation 44 SEND Regulations 2014")));
    let told = assessment(AssessmentOutcome::Assess, 210);
    assert!(progress(&facts).decide_to_assess(told, None).is_ok());
    facts.tracks[0].assessment = Some(told);
    assert_eq!(progress(&facts).decide_to_assess(told, None).unwrap_err().code, Code::NotInStage, "told once");
    assert_eq!(of(&facts, RuleId::OrderAssessNotify)[0].met_on, Some(on_day(210)));
    assert_eq!(of(&facts, RuleId::DecideToAssess)[0].met_on, Some(on_day(30)), "the refusal stays on record");
    facts.tracks[0].plan = Some(plan_decision(PlanOutcome::Issue, 260));
    assert!(!of(&facts, RuleId::OrderAssessRefusePlan)[0].applicable, "it binds a refusal only");
    facts.tracks[0].drafts.push(draft(270));
    assert_eq!(Stage::of(&facts), Stage::DraftServed);
    assert!(progress(&facts).issue_final_plan(&lawful_final(280)).is_err(), "the family has its fifteen days");
    facts.tracks[0].final_plan = Some(final_plan(298));
    assert_eq!(of(&facts, RuleId::OrderAssessIssueFinal)[0].status(on_day(400), on_day(400)), DeadlineStatus::Met);
    assert_eq!(summary(&facts).ended, Some(ClockStatus::CompletedInTime), "judged on the limit of its order");
    facts.tracks[0].final_plan = Some(final_plan(299));
    assert_eq!(summary(&facts).ended, Some(ClockStatus::CompletedLate));
    assert!(deadlines(&facts).iter().all(|one| !one.is_open() || one.holder == statute::Holder::Family));
}

#[test]
fn a_refusal_after_an_order_is_late_after_ten_weeks() {
    let mut facts = ordered(refused_assessment(), OrderKind::Assess, Disputed::RefusalToAssess, 200);
    // Past the day it is work, and no breach: a plan may still be issued.
    assert_eq!(summary(&facts).status(on_day(214), on_day(200)), ClockStatus::OnTrack);
    facts.tracks[0].assessment = Some(assessment(AssessmentOutcome::Assess, 210));
    assert_eq!(summary(&facts).status(on_day(290), on_day(200)), ClockStatus::OnTrack);
    facts.tracks[0].plan = Some(plan_decision(PlanOutcome::Refuse, 271));
    let limit = of(&facts, RuleId::OrderAssessRefusePlan).remove(0);
    assert_eq!(limit.status(on_day(400), on_day(400)), DeadlineStatus::MetLate);
    assert_eq!((Stage::of(&facts), summary(&facts).ended), (Stage::PlanRefused, Some(ClockStatus::Ended)));
    let appeals: Vec<_> = of(&facts, RuleId::Appeal).into_iter().map(|one| one.subject.unwrap().id).collect();
    assert_eq!(appeals, ["assessment_decision", "plan_decision/order"], "each refusal opens its own appeal");
}

#[test]
fn a_second_final_plan_follows_only_an_order() {
    let refusal = progress(&issued(130)).issue_final_plan(&lawful_final(150)).unwrap_err();
    assert_eq!(refusal.code, Code::CaseEnded);
    assert!(refusal.citation.unwrap().contains("44"));
    let mut facts = ordered(issued(130), OrderKind::AmendContents, Disputed::Plan, 200);
    assert_eq!(progress(&facts).final_plan_not_before(), Ok(on_day(200)));
    let mut plan = lawful_final(220);
    plan.differing = vec![statute::DifferingSection { section: statute::Section::F, names_representation: false }];
    assert!(progress(&facts).issue_final_plan(&plan).is_ok(), "the order is the reason, and no draft need be served");
    plan.notice.appeal_rights = false;
    assert_eq!(progress(&facts).issue_final_plan(&plan).unwrap_err().code, Code::NoticeIncomplete);
    facts.tracks[0].final_plan = Some(final_plan(220));
    assert_eq!(progress(&facts).issue_final_plan(&lawful_final(230)).unwrap_err().code, Code::CaseEnded);
    assert_eq!(of(&facts, RuleId::OrderAmendContents)[0].met_on, Some(on_day(220)));
    assert_eq!(of(&facts, RuleId::IssueFinalPlan)[0].met_on, Some(on_day(130)));
    assert_eq!(
        summary(&facts).ended,
        Some(ClockStatus::CompletedInTime),
        "the first plan is judged on its twenty weeks"
    );
    assert_eq!(facts.plan_in_force().unwrap().issued_on, on_day(220));
}

#[test]
fn an_order_about_the_placement_alone_changes_nothing_else_without_a_draft() {
    let mut facts = ordered(issued(130), OrderKind::AmendPlacement, Disputed::Plan, 200);
    let mut plan = lawful_final(210);
    assert!(progress(&facts).issue_final_plan(&plan).is_ok());
    plan.differing = vec![statute::DifferingSection { section: statute::Section::F, names_representation: false }];
    let refusal = progress(&facts).issue_final_plan(&plan).unwrap_err();
    assert_eq!(refusal.code, Code::AmendedDraftNeeded);
    facts.tracks[0].further.push(order(OrderKind::AmendContents, Disputed::Plan, 200));
    assert!(progress(&facts).issue_final_plan(&plan).is_ok(), "the contents were ordered too");
}

#[test]
fn an_order_to_make_a_plan_does_not_spare_the_draft() {
    let facts = ordered(refused_plan(), OrderKind::MakePlan, Disputed::RefusalToIssue, 200);
    assert_eq!(progress(&facts).issue_final_plan(&lawful_final(220)).unwrap_err().code, Code::NotInStage);
    assert!(progress(&facts).serve_draft(&lawful_draft(220)).is_ok());
    let decided = progress(&facts).decide_on_plan(plan_decision(PlanOutcome::Refuse, 220), Some(grounds()));
    assert_eq!(decided.unwrap_err().code, Code::NotInStage, "a plan is ordered: nothing is left to decide");
}

#[test]
fn only_what_the_dispute_is_about_can_be_ordered() {
    for about in Disputed::ALL {
        for kind in OrderKind::ALL {
            let checked = check_order(*about, *kind);
            assert_eq!(checked.is_ok(), OrderKind::of(*about).contains(kind), "{kind} on {about}");
            if let Err(refusal) = checked {
                assert_eq!(refusal.code, Code::OrderNotAvailable);
                assert!(refusal.citation.unwrap().contains("43"));
            }
        }
    }
    assert!(check_order(Disputed::Plan, OrderKind::Assess).is_err());
}

#[test]
fn only_what_is_in_force_can_be_disputed() {
    let disputable = |facts: &CaseFacts, about| progress(facts).check_disputable(about, facts.track()).is_ok();
    for (facts, about) in [
        (refused_assessment(), Disputed::RefusalToAssess),
        (refused_plan(), Disputed::RefusalToIssue),
        (issued(130), Disputed::Plan),
    ] {
        for other in Disputed::ALL {
            assert_eq!(disputable(&facts, *other), *other == about, "{other}");
        }
    }
    assert!(!disputable(&received(), Disputed::RefusalToAssess));
    let mut amending = ordered(issued(130), OrderKind::AmendContents, Disputed::Plan, 200);
    assert!(disputable(&amending, Disputed::Plan), "both parts of a plan may be ordered to be amended");
    amending.tracks[0].further.push(order(OrderKind::AmendPlacement, Disputed::Plan, 200));
    assert_eq!(open(&amending, 200), [(RuleId::OrderAmendContents, 35), (RuleId::OrderAmendPlacement, 14)]);
    let ordered = ordered(refused_plan(), OrderKind::MakePlan, Disputed::RefusalToIssue, 200);
    assert!(!disputable(&ordered, Disputed::RefusalToIssue), "it is being carried out");
}

#[test]
fn an_order_is_not_dated_before_what_it_is_about() {
    let facts = ordered(issued(130), OrderKind::AmendContents, Disputed::Plan, 129);
    let fault = Progress::from_facts(&facts).unwrap_err();
    assert_eq!(fault, Inconsistent::OutOfOrder { earlier: Step::FinalPlan, later: Step::Order });
}

#[test]
fn fourteen_days_of_absence_relieve_a_limit_after_an_order() {
    let mut facts = ordered(issued(130), OrderKind::AmendContents, Disputed::Plan, 200);
    let absent = |to| Exception {
        rules: vec![RuleId::OrderAmendContents],
        ground: Ground::AbsentFromArea,
        from_on: Some(on_day(205)),
        to_on: Some(on_day(to)),
        from_history: false,
    };
    facts.exceptions = vec![absent(205 + 12)];
    assert!(!of(&facts, RuleId::OrderAmendContents)[0].excepted);
    facts.exceptions = vec![absent(205 + 13)];
    assert!(of(&facts, RuleId::OrderAmendContents)[0].excepted);
    assert_eq!(summary(&facts).status(on_day(240), on_day(200)), ClockStatus::OverdueExcepted);
}

#[test]
fn a_certificate_and_an_appeal_use_the_windows_they_are_for() {
    let mut facts = issued(130);
    facts.mediations.push(MediationFacts {
        id: "mediation".to_owned(),
        about: Disputed::Plan,
        certificate_on: day("2026-07-01"),
    });
    facts.appeals.push(AppealFacts { about: Disputed::Plan, registered_on: day("2026-07-20") });
    facts.appeals.push(AppealFacts { about: Disputed::RefusalToAssess, registered_on: day("2026-07-02") });
    let met = |rule| of(&facts, rule).remove(0).met_on;
    assert_eq!(met(RuleId::ContactMediationAdviser), Some(day("2026-07-01")));
    assert_eq!(met(RuleId::Appeal), Some(day("2026-07-20")));
    assert_eq!(met(RuleId::MediationCertificateAppeal), Some(day("2026-07-20")));
}

#[test]
fn a_case_withdrawn_after_an_order_has_ended() {
    let mut facts = ordered(refused_plan(), OrderKind::MakePlan, Disputed::RefusalToIssue, 200);
    facts.ended = Some(statute::End { kind: statute::EndKind::Withdrawn, on: on_day(210) });
    assert_eq!((Stage::of(&facts), progress(&facts).stage()), (Stage::Withdrawn, Stage::Withdrawn));
    assert_eq!(open(&facts, 200), []);
    assert_eq!(summary(&facts).ended, Some(ClockStatus::Ended));
}

#[test]
fn what_others_were_asked_before_an_order_is_not_waited_for_after_it() {
    let mut facts = refused_plan();
    facts.advice.push(asked("old", 40));
    facts.consultations.push(consulted("old", 90));
    let mut facts = ordered(facts, OrderKind::MakePlan, Disputed::RefusalToIssue, 200);
    facts.advice.push(asked("new", 200));
    facts.consultations.push(consulted("new", 201));
    for rule in [RuleId::Advice, RuleId::SettingConsultation] {
        let open: Vec<bool> = of(&facts, rule).iter().map(Deadline::is_open).collect();
        assert_eq!(open, [false, true], "{rule}");
        assert!(of(&facts, rule)[0].derivation.ends_with("an order has opened limits of its own."), "{rule}");
    }
    assert_eq!(facts.unsettled_advice(), 1);
    // What comes in all the same is on record.
    facts.advice[0].status = statute::AdviceStatus::Submitted;
    facts.advice[0].submitted_on = Some(on_day(205));
    assert_eq!(of(&facts, RuleId::Advice)[0].met_on, Some(on_day(205)));
}

fn asked(id: &str, days: u64) -> statute::AdviceFacts {
    statute::AdviceFacts {
        id: id.to_owned(),
        label: "medical advice".to_owned(),
        kind: statute::AdviceKind::Medical,
        status: statute::AdviceStatus::Requested,
        section_31_body: true,
        received_by_body_on: on_day(days),
        submitted_on: None,
        exceptions: Vec::new(),
    }
}

fn consulted(id: &str, days: u64) -> statute::ConsultationFacts {
    statute::ConsultationFacts {
        id: id.to_owned(),
        label: "consultation".to_owned(),
        received_on: on_day(days),
        responded_on: None,
    }
}

#[test]
fn an_appeal_uses_the_window_of_the_notice_that_it_is_about() {
    let mut facts = ordered(refused_assessment(), OrderKind::Reconsider, Disputed::RefusalToAssess, 100);
    facts.tracks[0].assessment = Some(assessment(AssessmentOutcome::Refuse, 110));
    let certificate =
        |days| MediationFacts { id: "one".to_owned(), about: Disputed::RefusalToAssess, certificate_on: on_day(days) };
    facts.mediations = vec![certificate(115), certificate(130)];
    facts.appeals = vec![AppealFacts { about: Disputed::RefusalToAssess, registered_on: on_day(140) }];
    for rule in [RuleId::Appeal, RuleId::ContactMediationAdviser] {
        let met: Vec<_> = of(&facts, rule).iter().map(|deadline| deadline.met_on).collect();
        let second = if rule == RuleId::Appeal { 140 } else { 115 };
        assert_eq!(met, [None, Some(on_day(second))], "{rule}: the first refusal was not appealed against");
    }
    // One more month counts from the last certificate, about the refusal that it is about.
    let after = of(&facts, RuleId::MediationCertificateAppeal);
    let about: Vec<_> = after.iter().map(|one| (one.starts_on, one.subject.clone().unwrap().id)).collect();
    assert_eq!(about, [(on_day(130), "assessment_decision/order".to_owned())]);
    assert!(facts.was_told(Disputed::RefusalToAssess, on_day(30)));
    assert!(!facts.was_told(Disputed::RefusalToAssess, on_day(29)));
    assert!(!facts.was_told(Disputed::Plan, on_day(300)));
}

#[test]
fn a_case_withdrawn_while_its_plan_is_amended_did_not_end_with_a_plan() {
    let mut facts = ordered(issued(130), OrderKind::AmendContents, Disputed::Plan, 200);
    facts.ended = Some(statute::End { kind: statute::EndKind::Withdrawn, on: on_day(210) });
    assert_eq!(summary(&facts).ended, Some(ClockStatus::Ended));
}

#[test]
fn an_agreement_and_a_concession_are_explained_as_what_they_are() {
    for (source, beginning, citation) in [
        (OrderSource::Tribunal, "The order to make a plan was made on ", "(Regulation 44 "),
        (
            OrderSource::Agreement,
            "The agreement at mediation to make a plan was reached on ",
            "(Regulations 42 and 44 ",
        ),
        (
            OrderSource::Concession,
            "The authority's notice that it concedes the appeal, and is to make a plan, was given on ",
            "(Regulations 44 and 45 ",
        ),
    ] {
        let mut facts = ordered(refused_plan(), OrderKind::MakePlan, Disputed::RefusalToIssue, 200);
        facts.tracks[0].order.source = source;
        let deadline = of(&facts, RuleId::OrderMakePlanFinal).remove(0);
        assert!(deadline.derivation.starts_with(beginning), "{}", deadline.derivation);
        assert!(deadline.derivation.contains(citation), "{}", deadline.derivation);
        assert_eq!(deadline.due_on, on_day(200 + 77), "the limits are the same");
    }
}
