//! What follows an order of the tribunal, an agreement at mediation or a concession.

use statute::{
    AppealFacts, AssessmentOutcome, CaseFacts, ClockStatus, Code, DayBasis, Deadline, DeadlineStatus, Disputed,
    Exception, Ground, HealthIssues, Inconsistent, MediationFacts, OrderFacts, OrderKind, OrderSource, PlanOutcome,
    PlanParts, Progress, RuleId, SetDay, Stage, Step, SubjectKind, Track, can_be_agreed, check_concession,
    check_day_basis, check_order,
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
        appeal: Some("appeal".to_owned()),
        days: Vec::new(),
    }
}

fn appealed(about: Disputed, on: chrono::NaiveDate) -> AppealFacts {
    AppealFacts::registered("appeal".to_owned(), about, on)
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
        // No longer taken, but such records from before are read as they were.
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
        (refused_assessment(), &[Disputed::RefusalToAssess][..]),
        (refused_plan(), &[Disputed::RefusalToIssue]),
        (issued(130), &[Disputed::Plan, Disputed::Ceasing]),
    ] {
        for other in Disputed::ALL {
            assert_eq!(disputable(&facts, *other), about.contains(other), "{other}");
        }
    }
    assert!(!disputable(&received(), Disputed::RefusalToAssess));
    let mut amending = ordered(issued(130), OrderKind::AmendContents, Disputed::Plan, 200);
    assert!(disputable(&amending, Disputed::Plan), "both parts of a plan may be ordered to be amended");
    assert!(disputable(&amending, Disputed::Ceasing), "and a plan that goes on is amended");
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
        certificate_on: Some(day("2026-07-01")),
        ..MediationFacts::of("mediation".to_owned(), Disputed::Plan)
    });
    facts.appeals.push(appealed(Disputed::Plan, day("2026-07-20")));
    facts.appeals.push(appealed(Disputed::RefusalToAssess, day("2026-07-02")));
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
    let certificate = |days| MediationFacts {
        certificate_on: Some(on_day(days)),
        ..MediationFacts::of("one".to_owned(), Disputed::RefusalToAssess)
    };
    facts.mediations = vec![certificate(115), certificate(130)];
    facts.appeals = vec![appealed(Disputed::RefusalToAssess, on_day(140))];
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
        (OrderSource::Consent, "The order to make a plan was made by consent on ", "(Regulation 44 "),
        (
            OrderSource::Concession,
            "The authority's notice that it concedes the appeal, and is to make a plan, was given on ",
            "(Regulation 45 SEND Regulations 2014, as amended in 2015)",
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

#[test]
fn after_an_order_to_reconsider_a_case_is_open_for_two_weeks_for_the_decision_and_the_draft_or_notice() {
    let mut facts = ordered(refused_plan(), OrderKind::Reconsider, Disputed::RefusalToIssue, 200);
    // To decide to issue a plan is half of it: the case stays next on the lists, and can be overdue.
    facts.tracks[0].plan = Some(plan_decision(PlanOutcome::Issue, 205));
    assert_eq!(open(&facts, 200), [(RuleId::OrderReconsider, 14)]);
    assert_eq!(summary(&facts).next.map(|next| (next.rule, next.due_on)), Some((RuleId::OrderReconsider, on_day(214))));
    assert_eq!(summary(&facts).status(on_day(214), on_day(200)), ClockStatus::OnTrack);
    assert_eq!(summary(&facts).status(on_day(215), on_day(200)), ClockStatus::Overdue);
    // The draft ends it, the first one and no later.
    facts.tracks[0].drafts = vec![draft(210), draft(216)];
    let reconsidered = of(&facts, RuleId::OrderReconsider).remove(0);
    assert_eq!(reconsidered.met_on, Some(on_day(210)));
    assert_eq!(reconsidered.status(on_day(300), on_day(300)), DeadlineStatus::Met);
    assert!(reconsidered.derivation.contains("send the draft plan or notify that no plan will be issued"));
    // The law sets no day for the final plan. The case stays on the lists by a target, which nothing breaches.
    let next = summary(&facts).next.map(|next| (next.rule, next.due_on));
    assert_eq!(next, Some((RuleId::OrderReconsiderFinal, on_day(216 + 15))));
    assert_eq!(summary(&facts).status(on_day(300), on_day(300)), ClockStatus::OnTrack);
    let target = of(&facts, RuleId::OrderReconsiderFinal).remove(0);
    assert_eq!((target.basis, target.subject.unwrap().id.as_str()), (statute::Basis::Target, "order"));
    facts.tracks[0].final_plan = Some(final_plan(240));
    assert_eq!(of(&facts, RuleId::OrderReconsiderFinal)[0].met_on, Some(on_day(240)));
    assert_eq!(summary(&facts).ended, Some(ClockStatus::CompletedInTime));
    // What was reconsidered late did not end in time.
    facts.tracks[0].drafts = vec![draft(215)];
    assert_eq!(summary(&facts).ended, Some(ClockStatus::CompletedLate));
    // Or the notice of a refusal ends it, on the day on which the family was told.
    let mut refused = ordered(refused_plan(), OrderKind::Reconsider, Disputed::RefusalToIssue, 200);
    refused.tracks[0].plan =
        Some(statute::PlanDecision { notified_on: Some(on_day(215)), ..plan_decision(PlanOutcome::Refuse, 210) });
    let notified = of(&refused, RuleId::OrderReconsider).remove(0);
    assert_eq!(notified.status(on_day(300), on_day(300)), DeadlineStatus::MetLate);
    assert!(of(&refused, RuleId::OrderReconsiderFinal).is_empty());
    assert_eq!(summary(&refused).ended, Some(ClockStatus::Ended));
}

#[test]
fn only_a_refusal_to_issue_is_sent_back_to_be_reconsidered() {
    for about in Disputed::ALL {
        let checked = check_order(*about, OrderKind::Reconsider);
        if *about == Disputed::RefusalToIssue {
            assert_eq!(checked, Ok(()));
            continue;
        }
        let refusal = checked.unwrap_err();
        assert_eq!(refusal.code, Code::OrderNotAvailable, "{about}");
        assert_eq!(refusal.citation, Some("Regulation 43(2)(d) SEND Regulations 2014"));
    }
    // What older records say is read all the same: the decision ends it.
    let mut facts = ordered(refused_assessment(), OrderKind::Reconsider, Disputed::RefusalToAssess, 200);
    assert_eq!(progress(&facts).stage(), Stage::AwaitingDecision);
    facts.tracks[0].assessment = Some(assessment(AssessmentOutcome::Assess, 210));
    assert_eq!(of(&facts, RuleId::OrderReconsider)[0].met_on, Some(on_day(210)));
    assert_eq!(progress(&facts).stage(), Stage::GatheringAdvice);
}

/// An appeal that the authority concedes, so many days after receipt.
fn conceded(mut facts: CaseFacts, kind: OrderKind, about: Disputed, parts: Option<PlanParts>) -> CaseFacts {
    facts.appeals.push(AppealFacts { parts, ..appealed(about, on_day(190)) });
    let mut facts = ordered(facts, kind, about, 200);
    facts.tracks[0].order.source = OrderSource::Concession;
    facts
}

#[test]
fn a_conceded_appeal_has_the_limits_of_regulation_45_counted_from_the_notice() {
    let (assess, issue, plan) = (Disputed::RefusalToAssess, Disputed::RefusalToIssue, Disputed::Plan);
    for (facts, kind, about, parts, limits) in [
        (refused_assessment(), OrderKind::Assess, assess, None, &[14, 70, 98][..]),
        (refused_plan(), OrderKind::MakePlan, issue, None, &[35, 77]),
        (issued(130), OrderKind::AmendContents, plan, Some(PlanParts::Contents), &[35]),
        (issued(130), OrderKind::AmendPlacement, plan, Some(PlanParts::Placement), &[14]),
        (issued(130), OrderKind::AmendPlacement, plan, None, &[14]),
        (issued(130), OrderKind::AmendPlacement, plan, Some(PlanParts::Both), &[35]),
        (issued(130), OrderKind::AmendPlacement, plan, Some(PlanParts::Contents), &[35]),
        (issued(130), OrderKind::AmendContents, Disputed::Ceasing, None, &[35]),
    ] {
        let facts = conceded(facts, kind, about, parts);
        let days: Vec<i64> = open(&facts, 200).into_iter().map(|(_, days)| days).collect();
        assert_eq!(days, limits, "{kind} {parts:?}");
        for rule in kind.limits() {
            let deadline = of(&facts, *rule).remove(0);
            assert_eq!(deadline.citation, "Regulation 45 SEND Regulations 2014, as amended in 2015");
        }
    }
}

#[test]
fn a_conceded_placement_takes_the_time_of_the_contents_that_are_conceded_with_it() {
    let mut facts = conceded(issued(130), OrderKind::AmendPlacement, Disputed::Plan, None);
    let contents = OrderFacts { id: "contents".to_owned(), ..order(OrderKind::AmendContents, Disputed::Plan, 200) };
    facts.tracks[0].further.push(OrderFacts { source: OrderSource::Concession, ..contents.clone() });
    assert_eq!(open(&facts, 200), [(RuleId::OrderAmendPlacement, 35), (RuleId::OrderAmendContents, 35)]);
    let placement = of(&facts, RuleId::OrderAmendPlacement).remove(0);
    assert!(
        placement.derivation.contains("Within 5 weeks") && placement.derivation.contains("contents of the plan too")
    );
    // Another appeal's contents are no matter of this one.
    facts.tracks[0].further[0].appeal = Some("another".to_owned());
    assert_eq!(open(&facts, 200)[0], (RuleId::OrderAmendPlacement, 14));
    // Neither an order of the tribunal, by consent or not, nor an agreement gives more than two weeks.
    facts.tracks[0].further[0].appeal = Some("appeal".to_owned());
    for source in [OrderSource::Tribunal, OrderSource::Consent, OrderSource::Agreement] {
        facts.tracks[0].order.source = source;
        assert_eq!(open(&facts, 200)[0], (RuleId::OrderAmendPlacement, 14), "{source}");
    }
}

#[test]
fn an_appeal_conceded_after_the_response_is_ended_by_an_order_made_by_consent() {
    assert_eq!(check_concession(on_day(210), None), Ok(()));
    assert_eq!(check_concession(on_day(209), Some(on_day(210))), Ok(()));
    for days in [210, 230] {
        let refusal = check_concession(on_day(days), Some(on_day(210))).unwrap_err();
        assert_eq!(refusal.code, Code::ConcededAfterResponse);
        assert!(refusal.citation.unwrap().contains("45"));
    }
}

#[test]
fn one_appeal_ends_in_several_orders_only_where_they_go_together() {
    assert!(OrderKind::AmendContents.goes_with(OrderKind::AmendPlacement));
    assert!(OrderKind::Continue.goes_with(OrderKind::AmendContents));
    assert!(!OrderKind::AmendContents.goes_with(OrderKind::AmendContents));
    for lost in [OrderKind::Dismissed, OrderKind::CeaseUpheld] {
        for kind in OrderKind::ALL {
            assert!(!lost.goes_with(*kind) && !kind.goes_with(lost), "{lost} and {kind}");
        }
    }
}

#[test]
fn what_is_neither_done_nor_amended_cannot_be_agreed() {
    for about in Disputed::ALL {
        for kind in OrderKind::ALL {
            let undone = matches!(kind, OrderKind::Reconsider | OrderKind::Dismissed | OrderKind::CeaseUpheld);
            assert_eq!(
                can_be_agreed(*about, *kind),
                OrderKind::of(*about).contains(kind) && !undone,
                "{kind} on {about}"
            );
        }
    }
}

#[test]
fn a_direction_or_a_written_agreement_sets_another_day_in_the_place_of_the_limit() {
    let mut facts = ordered(refused_plan(), OrderKind::MakePlan, Disputed::RefusalToIssue, 200);
    let set = |rule, days, basis, dated| SetDay { rule, due_on: on_day(days), basis, dated_on: on_day(dated) };
    facts.tracks[0].order.days = vec![
        set(RuleId::OrderMakePlanDraft, 210, DayBasis::Direction, 200),
        set(RuleId::OrderMakePlanDraft, 221, DayBasis::Direction, 205),
    ];
    let before = of(&facts, RuleId::OrderMakePlanFinal).remove(0);
    assert_eq!(before.due_on, on_day(277), "the other limit of the order stays");
    let draft = of(&facts, RuleId::OrderMakePlanDraft).remove(0);
    assert_eq!((draft.starts_on, draft.due_on), (on_day(200), on_day(221)), "the direction recorded last counts");
    assert!(draft.act_by <= draft.due_on && draft.act_by > on_day(216));
    assert_eq!(draft.citation, "Regulation 44(1) SEND Regulations 2014");
    assert!(
        draft.derivation.contains(
            "A direction of the tribunal, dated 29 July 2026, sets another day in the place of 28 August 2026: 14 August 2026 (Regulation 44(1) SEND Regulations 2014)."
        ),
        "{}",
        draft.derivation
    );
    assert!(draft.derivation.contains("Within 5 weeks"), "what the law counts is told too: {}", draft.derivation);
    assert_eq!(summary(&facts).status(on_day(221), on_day(200)), ClockStatus::OnTrack);
    assert_eq!(summary(&facts).status(on_day(222), on_day(200)), ClockStatus::Overdue);
    // What was agreed at mediation can be given another day in writing.
    facts.tracks[0].order.source = OrderSource::Agreement;
    facts.tracks[0].order.days = vec![set(RuleId::OrderMakePlanFinal, 300, DayBasis::WrittenAgreement, 210)];
    let last = of(&facts, RuleId::OrderMakePlanFinal).remove(0);
    assert_eq!((last.due_on, last.citation), (on_day(300), "Regulation 42(5) SEND Regulations 2014"));
    facts.tracks[0].drafts.push(self::draft(220));
    facts.tracks[0].final_plan = Some(final_plan(299));
    assert_eq!(summary(&facts).ended, Some(ClockStatus::CompletedInTime), "judged on the day that was set");
}

#[test]
fn the_limits_of_an_order_change_only_by_a_direction() {
    for source in OrderSource::ALL {
        assert_eq!(check_day_basis(*source, DayBasis::Direction), Ok(()));
        let agreed = check_day_basis(*source, DayBasis::WrittenAgreement);
        if *source == OrderSource::Agreement {
            assert_eq!(agreed, Ok(()));
        } else {
            let refusal = agreed.unwrap_err();
            assert_eq!(refusal.code, Code::DirectionNeeded, "{source}");
            assert!(refusal.citation.unwrap().contains("44(1)"));
        }
    }
}

fn mediation(about: Disputed) -> MediationFacts {
    MediationFacts::of("mediation".to_owned(), about)
}

#[test]
fn the_nhs_commissioner_is_told_of_mediation_about_health_within_three_working_days() {
    let mut facts = refused_assessment();
    // Told on a Thursday: Friday, Monday and Tuesday.
    let told = MediationFacts { told_on: Some(day("2026-03-05")), ..mediation(Disputed::RefusalToAssess) };
    facts.mediations = vec![told.clone()];
    assert!(of(&facts, RuleId::TellIcbOfMediation).is_empty(), "nothing says that it is about health");
    for about_health in [HealthIssues::InPart, HealthIssues::Alone] {
        facts.mediations = vec![MediationFacts { about_health: Some(about_health), ..told.clone() }];
        let deadline = of(&facts, RuleId::TellIcbOfMediation).remove(0);
        assert_eq!((deadline.due_on, deadline.met_on, deadline.applicable), (day("2026-03-10"), None, true));
        let subject = deadline.subject.unwrap();
        assert_eq!((subject.kind, subject.id.as_str()), (SubjectKind::Mediation, "mediation"));
        assert_eq!(subject.label, "mediation about the refusal to assess");
        facts.mediations[0].icb_told_on = Some(day("2026-03-11"));
        let late = of(&facts, RuleId::TellIcbOfMediation).remove(0);
        assert_eq!(late.status(day("2026-06-01"), day("2026-06-01")), DeadlineStatus::MetLate);
    }
    facts.mediations = vec![MediationFacts { about_health: Some(HealthIssues::None), ..told }];
    assert!(of(&facts, RuleId::TellIcbOfMediation).is_empty());
}

#[test]
fn mediation_is_arranged_within_thirty_days_and_about_health_alone_by_the_nhs_commissioner() {
    let mut facts = refused_assessment();
    facts.mediations = vec![MediationFacts { told_on: Some(on_day(40)), ..mediation(Disputed::RefusalToAssess) }];
    assert_eq!(open(&facts, 40), [(RuleId::ArrangeMediation, 30)]);
    let arranged = |change: &dyn Fn(&mut MediationFacts)| {
        let mut facts = facts.clone();
        change(&mut facts.mediations[0]);
        of(&facts, RuleId::ArrangeMediation)
    };
    assert_eq!(arranged(&|one| one.arranged_on = Some(on_day(50)))[0].met_on, Some(on_day(50)));
    assert_eq!(
        arranged(&|one| one.held_on = Some(on_day(60)))[0].met_on,
        Some(on_day(60)),
        "what is held was arranged"
    );
    assert_eq!(arranged(&|one| one.agreed_on = Some(on_day(61)))[0].met_on, Some(on_day(61)));
    let certified = arranged(&|one| one.certificate_on = Some(on_day(75))).remove(0);
    assert!(!certified.applicable && certified.derivation.ends_with("has issued the certificate."));
    let told = arranged(&|one| one.adviser_told_on = Some(on_day(70))).remove(0);
    assert!(!told.applicable && told.derivation.ends_with("that mediation cannot be arranged."), "{}", told.derivation);
    let appealed = AppealFacts { ended_on: Some(on_day(90)), ..appealed(Disputed::RefusalToAssess, on_day(50)) };
    let ended = CaseFacts { appeals: vec![appealed], ..facts.clone() };
    assert!(!of(&ended, RuleId::ArrangeMediation)[0].applicable, "an order has ended the dispute");
    assert!(arranged(&|one| one.about_health = Some(HealthIssues::Alone)).is_empty());
    assert_eq!(arranged(&|one| one.about_health = Some(HealthIssues::InPart)).len(), 1);
    assert!(arranged(&|one| one.told_on = None).is_empty());
}

#[test]
fn an_agreement_on_what_cannot_be_appealed_is_carried_out_within_two_weeks() {
    let mut facts = issued(130);
    facts.mediations = vec![MediationFacts { other_agreed_on: Some(on_day(150)), ..mediation(Disputed::Plan) }];
    assert_eq!(open(&facts, 150), [(RuleId::CarryOutAgreement, 14)]);
    assert!(of(&facts, RuleId::CarryOutAgreement)[0].citation.contains("42(3)"));
    facts.mediations[0].carried_out_on = Some(on_day(165));
    let deadline = of(&facts, RuleId::CarryOutAgreement).remove(0);
    assert_eq!(deadline.status(on_day(300), on_day(300)), DeadlineStatus::MetLate);
}

#[test]
fn an_appeal_is_responded_to_within_thirty_working_days_without_those_of_august_and_christmas() {
    let mut facts = issued(130);
    let received = |on: &str| AppealFacts { received_on: Some(day(on)), ..appealed(Disputed::Plan, day("2026-06-01")) };
    for (received_on, due_on) in [
        // 30 working days: 2 June to 13 July, no bank holiday between.
        ("2026-06-01", "2026-07-13"),
        // 10 days until 31 July, then 20 from 1 September on.
        ("2026-07-17", "2026-09-28"),
        // 17 days from 2 to 24 December, and 13 from 4 January on: 1 January and the days before are not counted.
        ("2026-12-01", "2027-01-20"),
    ] {
        facts.appeals = vec![received(received_on)];
        let deadline = of(&facts, RuleId::RespondToAppeal).remove(0);
        assert_eq!(deadline.due_on, day(due_on), "{received_on}: {}", deadline.derivation);
        let subject = deadline.subject.unwrap();
        assert_eq!((subject.kind, subject.label.as_str()), (SubjectKind::Appeal, "appeal against the final plan"));
    }
    facts.appeals[0].responded_on = Some(day("2027-01-21"));
    let late = of(&facts, RuleId::RespondToAppeal).remove(0);
    assert_eq!(late.status(day("2027-02-01"), day("2027-02-01")), DeadlineStatus::MetLate);
    // A day that the tribunal directed stands as given, on a weekend too, and says so.
    let directed = (day("2027-01-30"), day("2026-12-18"));
    facts.appeals = vec![AppealFacts { respond_by: Some(directed), ..received("2026-12-01") }];
    let set = of(&facts, RuleId::RespondToAppeal).remove(0);
    assert_eq!((set.due_on, set.act_by), (day("2027-01-30"), day("2027-01-29")));
    assert!(
        set.derivation.contains("18 December 2026, sets another day in the place of 20 January 2027"),
        "{}",
        set.derivation
    );
    // An appeal that was conceded or dismissed needs no response.
    facts.appeals = vec![AppealFacts { ended_on: Some(day("2027-01-05")), ..received("2026-12-01") }];
    assert!(!of(&facts, RuleId::RespondToAppeal)[0].applicable);
    facts.appeals = vec![appealed(Disputed::Plan, day("2026-06-01"))];
    assert!(of(&facts, RuleId::RespondToAppeal).is_empty(), "when it was received is not known");
}

#[test]
fn recommendations_on_health_and_social_care_are_answered_within_five_weeks() {
    let mut facts = issued(130);
    let ended = AppealFacts { ended_on: Some(on_day(200)), ..appealed(Disputed::Plan, on_day(140)) };
    facts.appeals = vec![AppealFacts { recommendations_on: Some(on_day(200)), ..ended }];
    assert_eq!(open(&facts, 200), [(RuleId::RespondToRecommendations, 35)], "they outlive the appeal");
    facts.appeals[0].answered_on = Some(on_day(235));
    let answered = of(&facts, RuleId::RespondToRecommendations).remove(0);
    assert_eq!(answered.status(on_day(300), on_day(300)), DeadlineStatus::Met);
}

#[test]
fn a_plan_that_was_to_cease_goes_on_at_once_or_may_end() {
    let mut facts = issued(130);
    facts.of_ceasing = vec![order(OrderKind::Continue, Disputed::Ceasing, 200)];
    let goes_on = of(&facts, RuleId::OrderContinue).remove(0);
    assert_eq!((goes_on.starts_on, goes_on.due_on, goes_on.met_on), (on_day(200), on_day(200), Some(on_day(200))));
    assert_eq!((Stage::of(&facts), summary(&facts).ended), (Stage::PlanIssued, Some(ClockStatus::CompletedInTime)));
    // What is to be amended of it is ordered beside.
    let amended = ordered(facts.clone(), OrderKind::AmendContents, Disputed::Ceasing, 200);
    assert_eq!(open(&amended, 200), [(RuleId::OrderAmendContents, 35)]);
    facts.of_ceasing = vec![order(OrderKind::CeaseUpheld, Disputed::Ceasing, 200)];
    assert!(of(&facts, RuleId::OrderContinue).is_empty());
    let ends = of(&facts, RuleId::OrderCeaseUpheld).remove(0);
    assert!(!ends.applicable && ends.derivation.contains("the plan may end at once."), "{}", ends.derivation);
    assert_eq!(check_order(Disputed::Ceasing, OrderKind::Dismissed).unwrap_err().code, Code::OrderNotAvailable);
}

#[test]
fn a_duty_of_a_dispute_keeps_an_ended_case_on_the_lists() {
    let mut facts = refused_assessment();
    assert_eq!(summary(&facts).ended, Some(ClockStatus::Ended));
    facts.mediations = vec![MediationFacts { told_on: Some(on_day(40)), ..mediation(Disputed::RefusalToAssess) }];
    let sum = summary(&facts);
    assert_eq!(sum.next.map(|next| (next.rule, next.due_on)), Some((RuleId::ArrangeMediation, on_day(70))));
    assert_eq!((sum.ended, sum.open), (None, false));
    assert_eq!(sum.status(on_day(70), on_day(40)), ClockStatus::OnTrack);
    assert_eq!(sum.status(on_day(71), on_day(40)), ClockStatus::Overdue);
    assert_eq!(sum.clock(facts.received_on, on_day(71), on_day(40)).days_left, None, "no plan is owed");
    facts.mediations[0].held_on = Some(on_day(60));
    assert_eq!(summary(&facts).ended, Some(ClockStatus::Ended), "once it is met, the case has ended as before");
    // Withdrawn or transferred, the case owes nothing any more.
    facts.mediations[0].held_on = None;
    facts.mediations[0].other_agreed_on = Some(on_day(60));
    facts.appeals =
        vec![AppealFacts { received_on: Some(on_day(60)), ..appealed(Disputed::RefusalToAssess, on_day(60)) }];
    let mut gone = ordered(facts, OrderKind::Assess, Disputed::RefusalToAssess, 80);
    gone.ended = Some(statute::End { kind: statute::EndKind::Transferred, on: on_day(90) });
    assert_eq!((open(&gone, 80), summary(&gone).ended), (Vec::new(), Some(ClockStatus::Ended)));
}

#[test]
fn what_an_order_opens_is_what_it_says_that_it_opens() {
    for (facts, about) in [
        (refused_assessment(), Disputed::RefusalToAssess),
        (refused_plan(), Disputed::RefusalToIssue),
        (issued(130), Disputed::Plan),
    ] {
        for kind in OrderKind::of(about).iter().copied().filter(|kind| kind.opens_track()) {
            let opened: Vec<RuleId> = deadlines(&ordered(facts.clone(), kind, about, 200))
                .into_iter()
                .filter(|one| one.subject.as_ref().is_some_and(|subject| subject.kind == SubjectKind::Order))
                .map(|one| one.rule)
                .collect();
            assert_eq!(opened, kind.limits(), "{kind}");
        }
    }
}

#[test]
fn a_refusal_that_the_authority_reverses_ends_the_duties_of_its_dispute() {
    let mut facts = refused_assessment();
    let told = MediationFacts { told_on: Some(on_day(40)), ..mediation(Disputed::RefusalToAssess) };
    facts.mediations = vec![MediationFacts { about_health: Some(HealthIssues::InPart), ..told }];
    facts.appeals =
        vec![AppealFacts { received_on: Some(on_day(50)), ..appealed(Disputed::RefusalToAssess, on_day(45)) }];
    let duties = [RuleId::TellIcbOfMediation, RuleId::ArrangeMediation, RuleId::RespondToAppeal];
    assert!(duties.iter().all(|rule| of(&facts, *rule)[0].is_open()));
    facts.reversals.assessment = Some(on_day(60));
    for rule in duties {
        let overtaken = of(&facts, rule).remove(0);
        assert!(!overtaken.applicable && overtaken.derivation.ends_with("is overtaken."), "{}", overtaken.derivation);
    }
}

#[test]
fn steps_follow_what_is_to_be_made_or_amended_and_nothing_else() {
    for kind in OrderKind::ALL.iter().copied() {
        // A plan that goes on, or may end, is left as it is; a dismissed appeal leaves everything as it is.
        let followed = !matches!(kind, OrderKind::Continue | OrderKind::CeaseUpheld | OrderKind::Dismissed);
        assert_eq!(kind.opens_track(), followed, "{kind}");
        assert_eq!(kind.limits().is_empty(), !followed, "{kind}: limits stand where steps follow");
    }
}

#[test]
fn what_was_disputed_before_an_order_is_known_by_its_day() {
    let facts = ordered(refused_assessment(), OrderKind::Assess, Disputed::RefusalToAssess, 100);
    let before = |about, days| facts.was_disputed_before_order(about, on_day(days));
    assert!(!before(Disputed::RefusalToAssess, 29), "the family had not been told yet");
    assert!(before(Disputed::RefusalToAssess, 30));
    assert!(before(Disputed::RefusalToAssess, 100), "on the day of the order");
    assert!(!before(Disputed::RefusalToAssess, 101));
    assert!(!before(Disputed::Plan, 50), "there was no plan to dispute");
    assert!(!refused_assessment().was_disputed_before_order(Disputed::RefusalToAssess, on_day(50)), "nothing ordered");
}

#[test]
fn a_dispute_on_the_day_of_a_second_notice_is_about_the_second() {
    let mut facts = ordered(refused_assessment(), OrderKind::Reconsider, Disputed::RefusalToAssess, 100);
    facts.tracks[0].assessment = Some(assessment(AssessmentOutcome::Refuse, 110));
    for (days, met) in [
        (30, [Some(on_day(30)), None]),
        (109, [Some(on_day(109)), None]),
        (110, [None, Some(on_day(110))]),
        (111, [None, Some(on_day(111))]),
    ] {
        facts.appeals = vec![appealed(Disputed::RefusalToAssess, on_day(days))];
        let used: Vec<_> = of(&facts, RuleId::Appeal).iter().map(|one| one.met_on).collect();
        assert_eq!(used, met, "day {days}");
    }
    facts.appeals = vec![appealed(Disputed::RefusalToAssess, on_day(29))];
    let used: Vec<_> = of(&facts, RuleId::Appeal).iter().map(|one| one.met_on).collect();
    assert_eq!(used, [None, None], "before the first notice there was nothing to appeal against");
}

#[test]
fn each_request_for_advice_that_is_not_settled_is_counted_once() {
    use statute::AdviceStatus::{Accepted, Acknowledged, Cancelled, Requested, Returned, Submitted};
    let unsettled = |statuses: &[statute::AdviceStatus]| {
        let advice = |status: &statute::AdviceStatus| statute::AdviceFacts { status: *status, ..asked("one", 40) };
        CaseFacts { advice: statuses.iter().map(advice).collect(), ..received() }.unsettled_advice()
    };
    assert_eq!(unsettled(&[]), 0);
    assert_eq!(unsettled(&[Accepted, Cancelled]), 0);
    assert_eq!(unsettled(&[Requested, Accepted]), 1);
    assert_eq!(unsettled(&[Requested, Acknowledged, Submitted, Returned, Accepted]), 4);
}

#[test]
fn the_first_draft_after_an_order_meets_its_limit_and_the_last_one_counts_for_the_plan() {
    let mut facts = ordered(refused_plan(), OrderKind::MakePlan, Disputed::RefusalToIssue, 200);
    // Recorded in another order than that of their days.
    facts.tracks[0].drafts = vec![draft(225), draft(220), draft(222)];
    let track = &facts.tracks[0];
    assert_eq!(track.first_draft().map(|draft| draft.served_on), Some(on_day(220)));
    assert_eq!(track.latest_draft().map(|draft| draft.served_on), Some(on_day(225)));
    assert_eq!(of(&facts, RuleId::OrderMakePlanDraft)[0].met_on, Some(on_day(220)));
    assert_eq!(progress(&facts).final_plan_not_before(), Ok(on_day(225)));
    assert_eq!(progress(&facts).issue_final_plan(&lawful_final(239)).unwrap_err().code, Code::RepresentationPeriodOpen);
    assert!(progress(&facts).issue_final_plan(&lawful_final(240)).is_ok());
    let none = Track::opened_by(order(OrderKind::MakePlan, Disputed::RefusalToIssue, 200));
    assert_eq!((none.first_draft(), none.latest_draft()), (None, None));
}

#[test]
fn what_changes_beside_an_order_is_refused_where_the_placement_alone_is_ordered() {
    use statute::{DifferingSection, Section, Severity, unexplained};
    let changed = [DifferingSection { section: Section::F, names_representation: false }];
    let explained = [DifferingSection { section: Section::F, names_representation: true }];
    let found = |track: Option<&Track>| unexplained(&changed, track).map(|one| (one.rule, one.severity));
    let placement = Track::opened_by(order(OrderKind::AmendPlacement, Disputed::Plan, 200));
    let contents = Track::opened_by(order(OrderKind::AmendContents, Disputed::Plan, 200));
    let make = Track::opened_by(order(OrderKind::MakePlan, Disputed::RefusalToIssue, 200));
    let mut both = placement.clone();
    both.further.push(order(OrderKind::AmendContents, Disputed::Plan, 200));
    assert_eq!(found(None), Some((Code::AmendedDraftNeeded, Severity::Warns)));
    assert_eq!(found(Some(&placement)), Some((Code::AmendedDraftNeeded, Severity::Refuses)));
    for track in [&contents, &both, &make] {
        assert_eq!(found(Some(track)), None, "what else an order amends, it explains");
    }
    let finding = unexplained(&changed, None).unwrap();
    assert_eq!((finding.section, finding.citation), (None, Some("SEND Code of Practice 2015, paragraph 9.125")));
    for track in [None, Some(&placement)] {
        assert_eq!(unexplained(&explained, track), None);
    }
}

#[test]
fn a_refusal_in_a_track_ends_the_case_on_the_day_of_its_notice() {
    let mut plan = ordered(refused_assessment(), OrderKind::Assess, Disputed::RefusalToAssess, 200);
    plan.tracks[0].assessment = Some(assessment(AssessmentOutcome::Assess, 210));
    plan.tracks[0].plan = Some(plan_decision(PlanOutcome::Refuse, 260));
    let mut assessed = ordered(refused_assessment(), OrderKind::Reconsider, Disputed::RefusalToAssess, 200);
    assessed.tracks[0].assessment = Some(assessment(AssessmentOutcome::Refuse, 210));
    let mut issued = ordered(issued(130), OrderKind::AmendContents, Disputed::Plan, 200);
    issued.tracks[0].final_plan = Some(final_plan(220));
    for (facts, stage, days) in
        [(plan, Stage::PlanRefused, 260), (assessed, Stage::AssessmentRefused, 210), (issued, Stage::PlanIssued, 220)]
    {
        let case = progress(&facts);
        assert_eq!((case.stage(), Stage::of(&facts), case.last_step_on()), (stage, stage, on_day(days)));
        assert_eq!(case.withdraw(on_day(300)).unwrap_err().code, Code::CaseEnded, "{stage}");
    }
}

#[test]
fn a_plan_that_is_reconsidered_is_decided_without_telling_the_family_that_it_will_assess() {
    let facts = ordered(refused_plan(), OrderKind::Reconsider, Disputed::RefusalToIssue, 200);
    for outcome in PlanOutcome::ALL {
        let decided = progress(&facts).decide_on_plan(plan_decision(*outcome, 205), Some(grounds()));
        let stage = if *outcome == PlanOutcome::Issue { Stage::Drafting } else { Stage::PlanRefused };
        assert_eq!(decided.map(|case| case.stage()), Ok(stage));
    }
    let told = progress(&facts).decide_to_assess(assessment(AssessmentOutcome::Assess, 205), None);
    assert_eq!(told.unwrap_err().code, Code::NotInStage);
}
