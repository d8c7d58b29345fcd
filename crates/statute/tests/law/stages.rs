//! The order of steps: what may follow what, from live steps and from history with gaps.

use statute::{
    AssessmentOutcome, CaseFacts, Code, DayFault, End, EndKind, Inconsistent, NoticeKind, PlanOutcome, Progress, Stage,
    Step, check_can_ask_for_information, check_day, check_notice,
};

use crate::support::{
    assessment, complete_notice, day_zero, draft, final_plan, grounds, issued, lawful_draft, lawful_final, on_day,
    plan_decision, progress, received,
};

/// One case in every stage, with the facts behind it.
fn every_stage() -> Vec<(Stage, CaseFacts)> {
    let assessed = CaseFacts { assessment: Some(assessment(AssessmentOutcome::Assess, 30)), ..received() };
    let ended = |kind| CaseFacts { ended: Some(End { kind, on: on_day(50) }), ..assessed.clone() };
    vec![
        (Stage::AwaitingDecision, received()),
        (Stage::GatheringAdvice, assessed.clone()),
        (Stage::Drafting, CaseFacts { plan: Some(plan_decision(PlanOutcome::Issue, 80)), ..assessed.clone() }),
        (Stage::DraftServed, CaseFacts { final_plan: None, ..issued(130) }),
        (Stage::PlanIssued, issued(130)),
        (
            Stage::AssessmentRefused,
            CaseFacts { assessment: Some(assessment(AssessmentOutcome::Refuse, 30)), ..received() },
        ),
        (Stage::PlanRefused, CaseFacts { plan: Some(plan_decision(PlanOutcome::Refuse, 80)), ..assessed.clone() }),
        (Stage::Withdrawn, ended(EndKind::Withdrawn)),
        (Stage::Transferred, ended(EndKind::Transferred)),
    ]
}

#[test]
fn the_facts_of_a_case_give_its_stage() {
    let cases = every_stage();
    assert_eq!(cases.len(), Stage::ALL.len());
    for (stage, facts) in cases {
        assert_eq!(progress(&facts).stage(), stage);
        assert_eq!(Stage::of(&facts), stage);
    }
}

#[test]
fn a_case_goes_from_request_to_final_plan() {
    let steps = progress(&received())
        .decide_to_assess(assessment(AssessmentOutcome::Assess, 30), None)
        .and_then(|case| case.decide_on_plan(plan_decision(PlanOutcome::Issue, 80), None))
        .and_then(|case| case.serve_draft(&lawful_draft(90)))
        .and_then(|case| case.issue_final_plan(&lawful_final(110)))
        .unwrap();
    assert_eq!(steps.stage(), Stage::PlanIssued);
    assert_eq!(steps.received_on(), day_zero());
    assert_eq!(steps.last_step_on(), on_day(110));
}

#[test]
fn a_setting_is_asked_for_information_only_until_it_is_decided_whether_to_assess() {
    // Every stage but the first comes with a decision of day 30.
    for (stage, facts) in every_stage() {
        assert_eq!(check_can_ask_for_information(&facts, on_day(0)), Ok(()), "{stage}");
        assert_eq!(check_can_ask_for_information(&facts, on_day(30)), Ok(()), "{stage}");
        let later = check_can_ask_for_information(&facts, on_day(31));
        if stage == Stage::AwaitingDecision {
            assert_eq!(later, Ok(()));
        } else {
            assert_eq!(later.unwrap_err().code, Code::NotInStage, "{stage}");
        }
    }
    let withdrawn = CaseFacts { ended: Some(End { kind: EndKind::Withdrawn, on: on_day(20) }), ..received() };
    assert_eq!(check_can_ask_for_information(&withdrawn, on_day(20)), Ok(()));
    assert!(check_can_ask_for_information(&withdrawn, on_day(21)).is_err());
    // History without the decision: that it was made is known, its day is not.
    let gap = CaseFacts { assessment: None, ..issued(130) };
    assert!(check_can_ask_for_information(&gap, on_day(10)).is_err());
}

#[test]
fn each_step_is_possible_only_in_its_stage() {
    for (stage, facts) in every_stage() {
        let case = || progress(&facts);
        let expected = |allowed: &[Stage]| {
            if allowed.contains(&stage) {
                None
            } else if stage.is_open() {
                Some(Code::NotInStage)
            } else {
                Some(Code::CaseEnded)
            }
        };
        let code = |answer: Result<Progress, statute::Refusal>| answer.err().map(|no| no.code);
        for outcome in AssessmentOutcome::ALL {
            assert_eq!(
                code(case().decide_to_assess(assessment(*outcome, 130), Some(grounds()))),
                expected(&[Stage::AwaitingDecision]),
                "{stage}"
            );
        }
        for outcome in PlanOutcome::ALL {
            assert_eq!(
                code(case().decide_on_plan(plan_decision(*outcome, 130), Some(grounds()))),
                expected(&[Stage::GatheringAdvice]),
                "{stage}"
            );
        }
        assert_eq!(
            code(case().serve_draft(&lawful_draft(130))),
            expected(&[Stage::Drafting, Stage::DraftServed]),
            "{stage}"
        );
        assert_eq!(
            case().check_can_draft().err().map(|no| no.code),
            expected(&[Stage::Drafting, Stage::DraftServed]),
            "{stage}"
        );
        assert_eq!(
            case().check_can_seek_advice().err().map(|no| no.code),
            expected(&[Stage::GatheringAdvice, Stage::Drafting, Stage::DraftServed]),
            "{stage}"
        );
        assert_eq!(case().draft_with_family().err().map(|no| no.code), expected(&[Stage::DraftServed]), "{stage}");
        assert_eq!(code(case().issue_final_plan(&lawful_final(150))), expected(&[Stage::DraftServed]), "{stage}");
        let open = [Stage::AwaitingDecision, Stage::GatheringAdvice, Stage::Drafting, Stage::DraftServed];
        assert_eq!(case().check_not_ended().err().map(|no| no.code), expected(&open), "{stage}");
        assert_eq!(code(case().withdraw(on_day(150))), expected(&open), "{stage}");
        assert_eq!(code(case().transfer(on_day(150))), expected(&open), "{stage}");
    }
}

#[test]
fn a_step_out_of_order_is_told_what_comes_first() {
    let early = progress(&received()).issue_final_plan(&lawful_final(110)).unwrap_err();
    assert!(early.sentence.contains("awaiting_decision"), "{early}");
    assert!(early.sentence.ends_with("Record the decision whether to assess first."), "{early}");
    let again =
        progress(&every_stage()[2].1).decide_to_assess(assessment(AssessmentOutcome::Assess, 90), None).unwrap_err();
    assert!(again.sentence.contains("The decision whether to assess is on record already"), "{again}");
}

#[test]
fn that_it_can_be_corrected_is_said_only_of_what_a_correction_takes() {
    let corrections = ["A manager can correct its days and its texts, not what was decided."];
    for (_, facts) in every_stage() {
        let case = || progress(&facts);
        let decisions = [
            case().decide_to_assess(assessment(AssessmentOutcome::Assess, 130), None).err(),
            case().decide_on_plan(plan_decision(PlanOutcome::Issue, 130), None).err(),
        ];
        let others = [
            case().serve_draft(&lawful_draft(130)).err(),
            case().issue_final_plan(&lawful_final(150)).err(),
            case().withdraw(on_day(150)).err(),
        ];
        for refusal in decisions.into_iter().flatten() {
            let taken = refusal.sentence.contains("on record already");
            assert_eq!(corrections.iter().any(|said| refusal.sentence.ends_with(said)), taken, "{refusal}");
            assert!(!refusal.sentence.contains("it can be corrected"), "its outcome can't: {refusal}");
        }
        for refusal in others.into_iter().flatten() {
            assert!(!refusal.sentence.contains("correct"), "{refusal}");
        }
    }
}

#[test]
fn a_refusal_without_reasons_is_not_recorded() {
    let mut without = grounds();
    without.reasons = false;
    for given in [None, Some(without)] {
        let refusals = [
            progress(&every_stage()[0].1)
                .decide_to_assess(assessment(AssessmentOutcome::Refuse, 30), given)
                .unwrap_err(),
            progress(&every_stage()[1].1).decide_on_plan(plan_decision(PlanOutcome::Refuse, 80), given).unwrap_err(),
        ];
        for refusal in refusals {
            assert_eq!(refusal.code, Code::ReasonsRequired);
            assert!(refusal.citation.is_some());
        }
    }
}

#[test]
fn a_refusal_notice_that_leaves_something_out_is_not_recorded() {
    let mut incomplete = grounds();
    incomplete.notice.mediation = false;
    incomplete.notice.time_limits = false;
    let refusal = progress(&received())
        .decide_to_assess(assessment(AssessmentOutcome::Refuse, 30), Some(incomplete))
        .unwrap_err();
    assert_eq!(refusal.code, Code::NoticeIncomplete);
    assert!(refusal.citation.unwrap().contains("5(3)"));
    assert!(refusal.sentence.contains("the time limits for an appeal and mediation."), "{refusal}");
    let refusal = progress(&every_stage()[1].1)
        .decide_on_plan(plan_decision(PlanOutcome::Refuse, 80), Some(incomplete))
        .unwrap_err();
    assert_eq!(refusal.code, Code::NoticeIncomplete);
}

#[test]
fn each_part_of_the_notice_is_looked_at() {
    type Part = fn(&mut statute::Notice) -> &mut bool;
    let parts: [Part; 6] = [
        |notice| &mut notice.reasons,
        |notice| &mut notice.appeal_rights,
        |notice| &mut notice.time_limits,
        |notice| &mut notice.mediation,
        |notice| &mut notice.disagreement_resolution,
        |notice| &mut notice.advice_and_information,
    ];
    for kind in NoticeKind::ALL {
        assert!(check_notice(*kind, &complete_notice()).is_ok());
        for (index, part) in parts.iter().enumerate() {
            let mut notice = complete_notice();
            *part(&mut notice) = false;
            let reasons_of_a_plan = *kind == NoticeKind::FinalPlan && index == 0;
            assert_eq!(check_notice(*kind, &notice).is_ok(), reasons_of_a_plan, "{kind}, part {index}");
        }
    }
}

// Days.

#[test]
fn a_step_lies_between_the_one_before_and_today() {
    let case = progress(&every_stage()[1].1);
    let check = |days| check_day(on_day(days), case.last_step_on(), on_day(40));
    assert_eq!(check(29), Err(DayFault::BeforePreviousStep));
    assert_eq!(check(30), Ok(()));
    assert_eq!(check(40), Ok(()));
    assert_eq!(check(41), Err(DayFault::InFuture));
}

#[test]
fn the_step_after_a_decision_to_assess_does_not_precede_its_notice() {
    let mut facts = received();
    let mut decision = assessment(AssessmentOutcome::Assess, 30);
    decision.notified_on = on_day(35);
    facts.assessment = Some(decision);
    assert_eq!(progress(&facts).last_step_on(), on_day(35));
}

#[test]
fn a_final_plan_is_not_dated_before_its_draft_and_not_issued_without_one() {
    for (stage, facts) in every_stage() {
        let not_before = progress(&facts).final_plan_not_before();
        if stage == Stage::DraftServed {
            assert_eq!(not_before, Ok(on_day(90)));
        } else {
            let code = if stage.is_open() { Code::NotInStage } else { Code::CaseEnded };
            assert_eq!(not_before.unwrap_err().code, code, "{stage}");
        }
    }
}

// History.

#[test]
fn history_may_lack_the_steps_in_between() {
    for (facts, stage) in [
        (CaseFacts { final_plan: Some(final_plan(130)), ..received() }, Stage::PlanIssued),
        (CaseFacts { drafts: vec![draft(90)], ..received() }, Stage::DraftServed),
        (CaseFacts { plan: Some(plan_decision(PlanOutcome::Refuse, 80)), ..received() }, Stage::PlanRefused),
    ] {
        assert_eq!(progress(&facts).stage(), stage);
    }
}

#[test]
fn facts_dated_out_of_order_are_inconsistent() {
    let mut facts = issued(130);
    facts.final_plan = Some(final_plan(89));
    assert_eq!(
        Progress::from_facts(&facts),
        Err(Inconsistent::OutOfOrder { earlier: Step::Draft, later: Step::FinalPlan })
    );
    let mut facts = received();
    facts.received_on = on_day(50);
    facts.final_plan = Some(final_plan(49));
    let fault = Progress::from_facts(&facts).unwrap_err();
    assert_eq!(fault, Inconsistent::OutOfOrder { earlier: Step::Receipt, later: Step::FinalPlan });
    assert_eq!(fault.to_string(), "the issue of the final plan is dated before the receipt of the request");
}

#[test]
fn a_notice_before_its_decision_is_inconsistent() {
    let mut facts = received();
    let mut decision = assessment(AssessmentOutcome::Assess, 30);
    decision.notified_on = on_day(29);
    facts.assessment = Some(decision);
    assert_eq!(Progress::from_facts(&facts), Err(Inconsistent::NotifiedBeforeDecided(Step::AssessmentDecision)));
    let mut facts = received();
    let mut decision = plan_decision(PlanOutcome::Refuse, 80);
    decision.notified_on = Some(on_day(79));
    facts.plan = Some(decision);
    assert_eq!(Progress::from_facts(&facts), Err(Inconsistent::NotifiedBeforeDecided(Step::PlanDecision)));
}

#[test]
fn a_step_after_a_refusal_needs_mediation_or_a_tribunal_between() {
    let mut facts = CaseFacts {
        assessment: Some(assessment(AssessmentOutcome::Refuse, 30)),
        plan: Some(plan_decision(PlanOutcome::Issue, 80)),
        ..received()
    };
    assert_eq!(
        Progress::from_facts(&facts),
        Err(Inconsistent::AfterRefusal { refusal: Step::AssessmentDecision, later: Step::PlanDecision })
    );
    facts.mediation_or_tribunal = true;
    assert_eq!(progress(&facts).stage(), Stage::Drafting);
    let refused_plan = CaseFacts {
        plan: Some(plan_decision(PlanOutcome::Refuse, 80)),
        final_plan: Some(final_plan(130)),
        ..received()
    };
    assert!(matches!(
        Progress::from_facts(&refused_plan),
        Err(Inconsistent::AfterRefusal { refusal: Step::PlanDecision, .. })
    ));
}

#[test]
fn a_case_that_a_decision_ended_cannot_be_withdrawn_but_a_family_may_move() {
    let mut facts = issued(130);
    facts.ended = Some(End { kind: EndKind::Withdrawn, on: on_day(140) });
    assert_eq!(Progress::from_facts(&facts), Err(Inconsistent::WithdrawnAfter(Step::FinalPlan)));
    facts.ended = Some(End { kind: EndKind::Transferred, on: on_day(140) });
    assert_eq!(progress(&facts).stage(), Stage::Transferred);
}
