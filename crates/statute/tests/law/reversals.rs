//! The authority reverses its own refusal; and what was entered in error.

use statute::{
    AdviceFacts, AdviceKind, AdviceStatus, AppealFacts, AssessmentOutcome, CaseFacts, ClockStatus, Code,
    ConsultationFacts, Deadline, DeadlineStatus, Disputed, End, EndKind, Inconsistent, MediationFacts, Mistake,
    OrderFacts, OrderKind, OrderSource, PlanOutcome, Progress, Reversals, RuleId, Stage, Step, Track,
    check_entered_in_error,
};

use crate::support::{
    assessment, deadline, deadlines, draft, final_plan, grounds, issued, on_day, plan_decision, progress, received,
    summary,
};

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

/// The refusal to assess, reversed so many days after receipt.
fn assessment_reversed(days: u64) -> CaseFacts {
    CaseFacts { reversals: Reversals { assessment: Some(on_day(days)), plan: None }, ..refused_assessment() }
}

fn plan_reversed(days: u64) -> CaseFacts {
    CaseFacts { reversals: Reversals { assessment: None, plan: Some(on_day(days)) }, ..refused_plan() }
}

fn status(deadline: &Deadline) -> DeadlineStatus {
    deadline.status(on_day(110), on_day(110))
}

#[test]
fn a_reversed_refusal_to_assess_is_the_decision_to_assess_on_that_day() {
    let before = progress(&refused_assessment());
    let facts = assessment_reversed(50);
    let Ok(Progress::GatheringAdvice(gathering)) = before.reverse_refusal(on_day(50)) else { panic!("no assessment") };
    assert_eq!(gathering.assessment, assessment(AssessmentOutcome::Assess, 50));
    assert_eq!(progress(&facts), Progress::GatheringAdvice(gathering));
    assert_eq!(Stage::of(&facts), Stage::GatheringAdvice);
    assert_eq!(facts.assessment, Some(assessment(AssessmentOutcome::Refuse, 30)), "the first decision stays");
    assert_eq!(facts.standing_assessment(), Some(assessment(AssessmentOutcome::Assess, 50)));
}

#[test]
fn a_reversed_refusal_to_issue_is_the_decision_to_issue_on_that_day() {
    let facts = plan_reversed(105);
    let Ok(Progress::Drafting(drafting)) = progress(&refused_plan()).reverse_refusal(on_day(105)) else {
        panic!("no plan")
    };
    assert_eq!(drafting.plan, plan_decision(PlanOutcome::Issue, 105));
    assert_eq!(progress(&facts), Progress::Drafting(drafting));
    assert_eq!(facts.standing_plan_decision(), Some(plan_decision(PlanOutcome::Issue, 105)));
}

#[test]
fn after_a_reversal_the_limits_from_receipt_are_open_again() {
    let refused = refused_assessment();
    assert!([RuleId::DecideOnPlan, RuleId::IssueFinalPlan].iter().all(|rule| !deadline(&refused, *rule).is_open()));
    assert_eq!(summary(&refused).ended, Some(ClockStatus::Ended));
    let reversed = assessment_reversed(50);
    for (rule, days) in [(RuleId::DecideOnPlan, 112), (RuleId::SendDraftPlan, 125), (RuleId::IssueFinalPlan, 140)] {
        let limit = deadline(&reversed, rule);
        assert!(limit.is_open(), "{rule}");
        assert_eq!((limit.starts_on, limit.due_on), (on_day(0), on_day(days)), "{rule}");
    }
    assert_eq!(deadline(&reversed, RuleId::DecideToAssess).met_on, Some(on_day(30)), "it was decided in time");
    assert_eq!((summary(&reversed).ended, summary(&reversed).due_on), (None, Some(on_day(140))));
    let reversed = plan_reversed(105);
    assert_eq!(deadline(&reversed, RuleId::DecideOnPlan).met_on, Some(on_day(100)), "the refusal stays on record");
    assert_eq!(deadline(&reversed, RuleId::IssueFinalPlan).due_on, on_day(140));
    assert!(deadline(&reversed, RuleId::IssueFinalPlan).is_open());
    let late = CaseFacts { plan: Some(plan_decision(PlanOutcome::Refuse, 113)), ..plan_reversed(120) };
    assert_eq!(status(&deadline(&late, RuleId::DecideOnPlan)), DeadlineStatus::MetLate, "late it stays");
}

#[test]
fn the_final_plan_after_a_reversal_is_judged_on_its_twenty_weeks_from_receipt() {
    for (days, expected) in [(140, ClockStatus::CompletedInTime), (141, ClockStatus::CompletedLate)] {
        for base in [assessment_reversed(50), plan_reversed(105)] {
            let plan = base.plan.or(Some(plan_decision(PlanOutcome::Issue, 90)));
            let facts = CaseFacts { plan, drafts: vec![draft(110)], final_plan: Some(final_plan(days)), ..base };
            assert_eq!(Progress::from_facts(&facts).map(|progress| progress.stage()), Ok(Stage::PlanIssued));
            assert_eq!(summary(&facts).ended, Some(expected), "day {days}");
        }
    }
}

#[test]
fn both_refusals_of_a_case_can_be_reversed_one_after_the_other() {
    let mut facts = assessment_reversed(50);
    facts.plan = Some(plan_decision(PlanOutcome::Refuse, 100));
    assert_eq!(Stage::of(&facts), Stage::PlanRefused);
    facts.reversals.plan = Some(on_day(105));
    assert_eq!(progress(&facts).stage(), Stage::Drafting);
}

#[test]
fn a_refusal_after_an_order_can_be_reversed_too_and_the_limits_of_the_order_stay() {
    let order = OrderFacts {
        id: "order".to_owned(),
        label: "order to assess".to_owned(),
        kind: OrderKind::Assess,
        about: Disputed::RefusalToAssess,
        source: OrderSource::Tribunal,
        on: on_day(60),
        appeal: None,
        days: Vec::new(),
    };
    let mut facts = refused_assessment();
    facts.tracks.push(Track {
        assessment: Some(assessment(AssessmentOutcome::Assess, 70)),
        plan: Some(plan_decision(PlanOutcome::Refuse, 100)),
        ..Track::opened_by(order)
    });
    assert_eq!(Stage::of(&facts), Stage::PlanRefused);
    facts.tracks[0].reversals.plan = Some(on_day(105));
    assert_eq!(progress(&facts).stage(), Stage::Drafting);
    let limit = deadline(&facts, RuleId::OrderAssessIssueFinal);
    assert_eq!((limit.is_open(), limit.due_on), (true, on_day(60 + 98)));
}

#[test]
fn what_disputes_a_reversed_refusal_is_overtaken() {
    let windows = [RuleId::ContactMediationAdviser, RuleId::Appeal, RuleId::MediationCertificateAppeal];
    let disputed = |facts: CaseFacts, about: Disputed, days: u64| CaseFacts {
        mediations: vec![MediationFacts {
            certificate_on: Some(on_day(days)),
            ..MediationFacts::of("mediation".to_owned(), about)
        }],
        appeals: vec![AppealFacts::registered("appeal".to_owned(), about, on_day(days))],
        ..facts
    };
    for (refused, reversed, about, days) in [
        (refused_assessment(), assessment_reversed(50), Disputed::RefusalToAssess, 40),
        (refused_plan(), plan_reversed(105), Disputed::RefusalToIssue, 102),
    ] {
        let (refused, reversed) = (disputed(refused, about, days), disputed(reversed, about, days));
        for rule in windows {
            assert_eq!(status(&deadline(&refused, rule)), DeadlineStatus::Met, "{rule}");
            let overtaken = deadline(&reversed, rule);
            assert_eq!(status(&overtaken), DeadlineStatus::NotApplicable, "{rule}");
            assert!(overtaken.derivation.ends_with("so what disputes it is overtaken."), "{}", overtaken.derivation);
        }
        assert!(reversed.was_disputed_before_order(about, on_day(days)), "it can still be recorded late");
        assert!(!reversed.was_disputed_before_order(about, on_day(106)), "but not what came after");
        let told_on = on_day(days).min(reversed.plan.map_or(on_day(30), |plan| plan.decided_on));
        let reversed_on = reversed.reversals.assessment.or(reversed.reversals.plan);
        assert_eq!(reversed.overtaken_on(about, told_on), reversed_on, "from the day of the notice");
        assert_eq!(reversed.overtaken_on(about, told_on - chrono::Days::new(1)), None);
        assert_eq!(reversed.overtaken_on(Disputed::Plan, on_day(days)), None);
        assert!(progress(&reversed).check_disputable(about, reversed.track()).is_err());
    }
    // The plan that follows opens windows of its own.
    let drafts = vec![draft(110)];
    let facts = CaseFacts { drafts, final_plan: Some(final_plan(139)), ..plan_reversed(105) };
    let open = |rule| deadlines(&facts).iter().filter(|deadline| deadline.rule == rule && deadline.applicable).count();
    assert_eq!(open(RuleId::Appeal), 1);
}

#[test]
fn only_a_refusal_that_stands_is_reversed() {
    let withdrawn = CaseFacts { ended: Some(End { kind: EndKind::Withdrawn, on: on_day(60) }), ..received() };
    for (facts, code) in [
        (received(), Code::NotInStage),
        (assessment_reversed(50), Code::NotInStage),
        (plan_reversed(105), Code::NotInStage),
        (issued(130), Code::CaseEnded),
        (withdrawn, Code::CaseEnded),
    ] {
        let refusal = progress(&facts).reverse_refusal(on_day(135)).unwrap_err();
        assert_eq!((refusal.code, refusal.citation), (code, None));
        assert!(refusal.sentence.ends_with("can be reversed."), "{}", refusal.sentence);
    }
}

#[test]
fn a_reversal_changes_only_what_was_a_refusal() {
    let facts = CaseFacts {
        assessment: Some(assessment(AssessmentOutcome::Assess, 30)),
        plan: Some(plan_decision(PlanOutcome::Issue, 80)),
        reversals: Reversals { assessment: Some(on_day(50)), plan: Some(on_day(105)) },
        ..received()
    };
    assert_eq!(facts.standing_assessment(), facts.assessment);
    assert_eq!(facts.standing_plan_decision(), facts.plan);
    let undecided = CaseFacts { assessment: None, plan: None, ..facts };
    assert_eq!((undecided.standing_assessment(), undecided.standing_plan_decision()), (None, None));
}

#[test]
fn a_reversal_has_its_place_among_the_days_of_a_case() {
    let outcome = |facts: &CaseFacts| Progress::from_facts(facts).map(|progress| progress.stage());
    let before = Inconsistent::OutOfOrder { earlier: Step::AssessmentDecision, later: Step::Reversal };
    assert_eq!(outcome(&assessment_reversed(29)), Err(before));
    let mut facts = assessment_reversed(50);
    facts.plan = Some(plan_decision(PlanOutcome::Issue, 49));
    assert_eq!(outcome(&facts), Err(Inconsistent::OutOfOrder { earlier: Step::Reversal, later: Step::PlanDecision }));
    let withdrawn =
        |facts: CaseFacts, days| CaseFacts { ended: Some(End { kind: EndKind::Withdrawn, on: on_day(days) }), ..facts };
    assert_eq!(outcome(&withdrawn(assessment_reversed(50), 60)), Ok(Stage::Withdrawn));
    let ended = Inconsistent::WithdrawnAfter(Step::AssessmentDecision);
    assert_eq!(outcome(&withdrawn(refused_assessment(), 60)), Err(ended));
}

#[test]
fn after_a_reversal_the_next_steps_can_be_taken_and_a_plan_refused() {
    let gathering = progress(&assessment_reversed(50));
    assert!(gathering.check_can_seek_advice().is_ok());
    assert_eq!(gathering.last_step_on(), on_day(50));
    let refused = gathering.decide_on_plan(plan_decision(PlanOutcome::Refuse, 100), Some(grounds()));
    assert_eq!(refused.map(|progress| progress.stage()), Ok(Stage::PlanRefused));
}

fn advice(status: AdviceStatus) -> AdviceFacts {
    AdviceFacts {
        id: "advice".to_owned(),
        label: "advice".to_owned(),
        kind: AdviceKind::Medical,
        status,
        section_31_body: true,
        received_by_body_on: on_day(30),
        submitted_on: None,
        exceptions: Vec::new(),
    }
}

fn consulted_on(days: u64) -> Vec<ConsultationFacts> {
    let received_on = on_day(days);
    vec![ConsultationFacts { id: String::new(), label: String::new(), received_on, responded_on: None }]
}

#[test]
fn a_step_is_undone_only_while_nothing_rests_on_it() {
    let assessed = |status| CaseFacts {
        assessment: Some(assessment(AssessmentOutcome::Assess, 30)),
        advice: vec![advice(status)],
        ..received()
    };
    let to_issue = CaseFacts { plan: Some(plan_decision(PlanOutcome::Issue, 80)), ..issued(120) };
    let drafting = CaseFacts { drafts: Vec::new(), final_plan: None, ..to_issue.clone() };
    let served = CaseFacts { final_plan: None, ..to_issue.clone() };
    let ended =
        |facts: CaseFacts| CaseFacts { ended: Some(End { kind: EndKind::Transferred, on: on_day(90) }), ..facts };
    let consulted = CaseFacts { consultations: consulted_on(80), ..drafting.clone() };
    let decided = Mistake::AssessmentDecision;
    for (facts, mistake, disputes, expected) in [
        (refused_assessment(), decided, vec![], Ok(())),
        (assessed(AdviceStatus::Requested), decided, vec![], Ok(())),
        (assessed(AdviceStatus::Acknowledged), decided, vec![], Ok(())),
        (assessed(AdviceStatus::Cancelled), decided, vec![], Ok(())),
        (assessed(AdviceStatus::Submitted), decided, vec![], Err("answered")),
        (assessed(AdviceStatus::Returned), decided, vec![], Err("answered")),
        (assessed(AdviceStatus::Accepted), decided, vec![], Err("answered")),
        (assessed(AdviceStatus::CoveredByExistingAdvice), decided, vec![], Err("answered")),
        (assessed(AdviceStatus::NotProvided), decided, vec![], Err("answered")),
        (refused_assessment(), decided, vec![(Disputed::RefusalToAssess, on_day(30))], Err("an appeal")),
        (refused_assessment(), decided, vec![(Disputed::RefusalToAssess, on_day(29))], Ok(())),
        (refused_assessment(), decided, vec![(Disputed::RefusalToIssue, on_day(31))], Ok(())),
        (assessment_reversed(50), decided, vec![], Err("reversed")),
        (drafting.clone(), decided, vec![], Err("whether to issue a plan has been decided")),
        (ended(assessed(AdviceStatus::Requested)), decided, vec![], Err("undo that first")),
        (refused_plan(), Mistake::PlanDecision, vec![], Ok(())),
        (refused_plan(), Mistake::PlanDecision, vec![(Disputed::RefusalToIssue, on_day(100))], Err("an appeal")),
        (plan_reversed(105), Mistake::PlanDecision, vec![], Err("reversed")),
        (drafting.clone(), Mistake::PlanDecision, vec![], Ok(())),
        (consulted, Mistake::PlanDecision, vec![], Err("consulted")),
        (served.clone(), Mistake::PlanDecision, vec![], Err("draft has been served")),
        (to_issue.clone(), Mistake::PlanDecision, vec![], Err("final plan has been issued")),
        (ended(drafting.clone()), Mistake::PlanDecision, vec![], Err("undo that first")),
        (to_issue.clone(), Mistake::FinalPlan, vec![], Ok(())),
        (to_issue.clone(), Mistake::FinalPlan, vec![(Disputed::Plan, on_day(120))], Err("an appeal")),
        (assessment_reversed(50), Mistake::Reversal, vec![], Ok(())),
        (
            CaseFacts { advice: vec![advice(AdviceStatus::Accepted)], ..assessment_reversed(50) },
            Mistake::Reversal,
            vec![],
            Err("answered"),
        ),
        (
            CaseFacts { plan: drafting.plan, ..assessment_reversed(50) },
            Mistake::Reversal,
            vec![],
            Err("whether to issue a plan has been decided"),
        ),
        (plan_reversed(105), Mistake::Reversal, vec![], Ok(())),
        (
            CaseFacts { advice: vec![advice(AdviceStatus::Accepted)], ..plan_reversed(105) },
            Mistake::Reversal,
            vec![],
            Ok(()),
        ),
        (CaseFacts { consultations: consulted_on(104), ..plan_reversed(105) }, Mistake::Reversal, vec![], Ok(())),
        (
            CaseFacts { consultations: consulted_on(105), ..plan_reversed(105) },
            Mistake::Reversal,
            vec![],
            Err("consulted"),
        ),
        (CaseFacts { drafts: vec![draft(110)], ..plan_reversed(105) }, Mistake::Reversal, vec![], Err("draft")),
        (ended(plan_reversed(80)), Mistake::Reversal, vec![], Err("undo that first")),
        (ended(drafting.clone()), Mistake::Transfer, vec![], Ok(())),
    ] {
        let outcome = check_entered_in_error(&facts, mistake, &disputes);
        match expected {
            Ok(()) => assert_eq!(outcome, Ok(()), "{mistake}"),
            Err(part) => {
                let refusal = outcome.unwrap_err();
                assert_eq!(refusal.code, Code::SomethingRestsOnIt, "{mistake}");
                assert!(refusal.sentence.contains(part), "{}", refusal.sentence);
            }
        }
    }
    for (facts, mistake) in [
        (received(), Mistake::AssessmentDecision),
        (refused_assessment(), Mistake::PlanDecision),
        (refused_plan(), Mistake::Reversal),
        (served, Mistake::FinalPlan),
        (ended(drafting.clone()), Mistake::Withdrawal),
        (drafting, Mistake::Transfer),
    ] {
        let refusal = check_entered_in_error(&facts, mistake, &[]).unwrap_err();
        assert_eq!(refusal.code, Code::NotInStage, "{mistake}");
        assert!(refusal.sentence.contains("is not on record"), "{}", refusal.sentence);
    }
}

#[test]
fn what_was_decided_before_an_order_is_not_undone_after_it() {
    let order = OrderFacts {
        id: "order".to_owned(),
        label: "order to assess".to_owned(),
        kind: OrderKind::Assess,
        about: Disputed::RefusalToAssess,
        source: OrderSource::Tribunal,
        on: on_day(60),
        appeal: None,
        days: Vec::new(),
    };
    let mut facts = refused_assessment();
    facts.advice = vec![advice(AdviceStatus::Accepted)];
    facts.tracks.push(Track::opened_by(order));
    let refusal = check_entered_in_error(&facts, Mistake::AssessmentDecision, &[]).unwrap_err();
    assert_eq!(refusal.code, Code::NotInStage);
    facts.tracks[0].assessment = Some(assessment(AssessmentOutcome::Assess, 70));
    assert_eq!(check_entered_in_error(&facts, Mistake::AssessmentDecision, &[]), Ok(()), "advice of before the order");
}

#[test]
fn only_a_dispute_about_the_same_decision_or_plan_rests_on_it() {
    let (decided, refused) = (Mistake::AssessmentDecision, Mistake::PlanDecision);
    for (facts, mistake, about, days, rests) in [
        (refused_assessment(), decided, Disputed::RefusalToAssess, 30, true),
        (refused_assessment(), decided, Disputed::RefusalToAssess, 31, true),
        (refused_assessment(), decided, Disputed::RefusalToAssess, 29, false),
        (refused_assessment(), decided, Disputed::RefusalToIssue, 40, false),
        (refused_plan(), refused, Disputed::RefusalToIssue, 100, true),
        (refused_plan(), refused, Disputed::RefusalToIssue, 99, false),
        (refused_plan(), refused, Disputed::RefusalToAssess, 110, false),
        (issued(120), Mistake::FinalPlan, Disputed::Plan, 120, true),
        (issued(120), Mistake::FinalPlan, Disputed::Ceasing, 120, true),
        (issued(120), Mistake::FinalPlan, Disputed::Plan, 119, false),
        (issued(120), Mistake::FinalPlan, Disputed::RefusalToIssue, 130, false),
    ] {
        let outcome = check_entered_in_error(&facts, mistake, &[(about, on_day(days))]);
        assert_eq!(outcome.is_err(), rests, "{mistake}, {about} on day {days}");
    }
}

#[test]
fn a_setting_consulted_before_an_order_does_not_rest_on_what_followed_it() {
    let order = OrderFacts {
        id: "order".to_owned(),
        label: "order to assess".to_owned(),
        kind: OrderKind::Assess,
        about: Disputed::RefusalToAssess,
        source: OrderSource::Tribunal,
        on: on_day(60),
        appeal: None,
        days: Vec::new(),
    };
    let mut facts = refused_assessment();
    facts.tracks.push(Track {
        assessment: Some(assessment(AssessmentOutcome::Assess, 70)),
        plan: Some(plan_decision(PlanOutcome::Issue, 90)),
        ..Track::opened_by(order)
    });
    for (days, rests) in [(50, false), (60, false), (89, false), (90, true), (95, true)] {
        facts.consultations = consulted_on(days);
        let outcome = check_entered_in_error(&facts, Mistake::PlanDecision, &[]);
        assert_eq!(outcome.is_err(), rests, "consulted on day {days}");
    }
    // Advice asked for anew and answered rests on the decision to assess that was told after the order.
    facts.consultations.clear();
    facts.tracks[0].plan = None;
    for (days, rests) in [(59, false), (60, true), (75, true)] {
        facts.advice = vec![AdviceFacts { received_by_body_on: on_day(days), ..advice(AdviceStatus::Accepted) }];
        let outcome = check_entered_in_error(&facts, Mistake::AssessmentDecision, &[]);
        assert_eq!(outcome.is_err(), rests, "asked on day {days}");
    }
}
