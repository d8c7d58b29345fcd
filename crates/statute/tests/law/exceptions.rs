//! Which ground relieves which limit, and when.

use chrono::NaiveDate;
use statute::{
    AskedFor, Closure, Code, Exception, Ground, RuleId, SettingAsked, WarningCode, check_evidence, check_ground,
    exception_not_told_warning, rule, suggest_closures,
};

use crate::support::{day, day_zero, england, on_day};

fn exception(rules: &[RuleId], ground: Ground, from_on: Option<NaiveDate>, to_on: Option<NaiveDate>) -> Exception {
    Exception { rules: rules.to_vec(), ground, from_on, to_on, from_history: false }
}

/// Whether it relieves the limit counted from day zero, of a case whose setting was never asked.
fn relieves(exception: &Exception, id: RuleId, asked: Option<SettingAsked>) -> bool {
    relieves_from(day_zero(), exception, id, asked.as_slice())
}

/// Whether it relieves the limit counted from a day.
fn relieves_from(starts_on: NaiveDate, exception: &Exception, id: RuleId, asked: &[SettingAsked]) -> bool {
    let rule = rule(id, starts_on);
    exception.relieves(rule, starts_on, rule.due_on(starts_on, &england()), asked)
}

fn advice(asked_on: &str) -> SettingAsked {
    SettingAsked { what: AskedFor::Advice, asked_on: day(asked_on), answered_on: None }
}

fn answered(asked: SettingAsked, on: &str) -> SettingAsked {
    SettingAsked { answered_on: Some(day(on)), ..asked }
}

fn information(asked_on: &str) -> SettingAsked {
    SettingAsked { what: AskedFor::Information, ..advice(asked_on) }
}

#[test]
fn an_exception_is_confirmed_only_with_its_evidence() {
    let check = |rules: &[RuleId], evidence| check_evidence(rules, evidence, day_zero());
    assert_eq!(check(&[RuleId::IssueFinalPlan], Some("Letter of the hospital.")), Ok(()));
    for nothing in [None, Some(""), Some(" \n")] {
        for (rules, cited) in [
            (&[RuleId::DecideToAssess, RuleId::IssueFinalPlan][..], "Regulation 5(4)"),
            (&[RuleId::DecideOnPlan], "Regulation 10(4)"),
            (&[RuleId::Advice], "Regulation 8(2)"),
            (&[RuleId::OrderMakePlanFinal], "Regulation 44(3)"),
            (&[], "Regulation 13(3)"),
        ] {
            let refusal = check(rules, nothing).unwrap_err();
            assert_eq!(refusal.code, Code::EvidenceRequired);
            assert!(refusal.citation.is_some_and(|citation| citation.starts_with(cited)), "{refusal:?}");
        }
    }
}

#[test]
fn a_family_that_was_not_told_of_an_exception_is_warned_about() {
    let warning = exception_not_told_warning(None).unwrap();
    assert_eq!((warning.code, warning.citation), (WarningCode::ExceptionNotTold, "Code of Practice 9.43"));
    assert_eq!(exception_not_told_warning(Some(day_zero())), None);
}

#[test]
fn each_rule_knows_its_own_grounds() {
    let authority = [
        RuleId::DecideToAssess,
        RuleId::DecideOnPlan,
        RuleId::IssueFinalPlan,
        RuleId::OrderAssessIssueFinal,
        RuleId::OrderAmendPlacement,
    ];
    let none = [RuleId::SendDraftPlan, RuleId::Representations, RuleId::SettingConsultation, RuleId::Appeal];
    for ground in Ground::ALL {
        let advisers =
            matches!(ground, Ground::ExceptionalCircumstances | Ground::AbsentFromArea | Ground::MissedAppointment);
        let authoritys = !matches!(ground, Ground::ExceptionalCircumstances | Ground::MissedAppointment);
        assert_eq!(check_ground(RuleId::Advice, *ground, day_zero()).is_ok(), advisers, "advice, {ground}");
        for id in authority {
            assert_eq!(check_ground(id, *ground, day_zero()).is_ok(), authoritys, "{id}, {ground}");
        }
        for id in none {
            assert!(check_ground(id, *ground, day_zero()).is_err(), "{id}, {ground}");
        }
    }
}

#[test]
fn a_ground_the_rule_does_not_know_is_refused_with_those_it_knows() {
    let refusal = check_ground(RuleId::Advice, Ground::SchoolClosed, day_zero()).unwrap_err();
    assert_eq!(refusal.code, Code::GroundNotAvailable);
    assert_eq!(refusal.citation, Some("Regulation 8(2) SEND Regulations 2014"));
    for ground in ["exceptional_circumstances", "absent_from_area", "missed_appointment"] {
        assert!(refusal.sentence.contains(ground), "{refusal}");
    }
}

#[test]
fn circumstances_relieve_when_their_days_touch_the_period() {
    let id = RuleId::DecideToAssess;
    let of = |from, to| exception(&[id], Ground::ExceptionalPersonalCircumstances, from, to);
    assert!(relieves(&of(Some(on_day(42)), Some(on_day(50))), id, None));
    assert!(!relieves(&of(Some(on_day(43)), Some(on_day(50))), id, None));
    let before = day_zero().pred_opt();
    assert!(!relieves(&of(None, before), id, None));
    assert!(relieves(&of(before, Some(day_zero())), id, None));
    assert!(relieves(&of(Some(on_day(10)), None), id, None), "it goes on");
    assert!(relieves(&of(None, Some(on_day(3))), id, None));
    assert!(!relieves(&of(Some(on_day(43)), None), id, None));
}

#[test]
fn an_absence_relieves_from_28_continuous_days_within_the_period() {
    let id = RuleId::DecideToAssess;
    let of = |from, to| exception(&[id], Ground::AbsentFromArea, from, to);
    assert!(relieves(&of(Some(on_day(1)), Some(on_day(28))), id, None));
    assert!(!relieves(&of(Some(on_day(1)), Some(on_day(27))), id, None));
    assert!(relieves(&of(Some(on_day(15)), None), id, None));
    assert!(!relieves(&of(Some(on_day(16)), None), id, None), "27 days are left of the period");
}

#[test]
fn after_an_order_an_absence_of_14_days_is_enough() {
    let id = RuleId::OrderAssessRefusePlan;
    let of = |to| exception(&[id], Ground::AbsentFromArea, Some(on_day(1)), Some(on_day(to)));
    assert!(relieves(&of(14), id, None));
    assert!(!relieves(&of(13), id, None));
}

#[test]
fn an_exception_relieves_only_the_rules_it_was_confirmed_for() {
    let only_first = exception(&[RuleId::DecideToAssess], Ground::ExceptionalPersonalCircumstances, None, None);
    assert!(relieves(&only_first, RuleId::DecideToAssess, None));
    assert!(!relieves(&only_first, RuleId::IssueFinalPlan, None));
    let unknown_ground = exception(&[RuleId::IssueFinalPlan], Ground::MissedAppointment, None, None);
    assert!(!relieves(&unknown_ground, RuleId::IssueFinalPlan, None));
}

#[test]
fn a_missed_appointment_relieves_the_adviser_when_it_lies_in_the_period() {
    let id = RuleId::Advice;
    let on = |days| exception(&[id], Ground::MissedAppointment, Some(on_day(days)), Some(on_day(days)));
    assert!(relieves(&on(42), id, None));
    assert!(!relieves(&on(43), id, None));
}

#[test]
fn a_closure_relieves_by_the_day_education_advice_was_asked_for() {
    let id = RuleId::IssueFinalPlan;
    let closed = exception(&[id], Ground::SchoolClosed, Some(day("2026-07-22")), Some(day("2026-09-02")));
    let relieved = |asked_on| relieves_from(day("2026-06-01"), &closed, id, &[advice(asked_on)]);
    assert!(relieved("2026-07-15"));
    assert!(!relieved("2026-07-14"));
    assert!(relieved("2026-08-26"));
    assert!(!relieved("2026-08-27"));
}

#[test]
fn a_closure_relieves_by_any_day_on_which_advice_was_asked_for() {
    let id = RuleId::IssueFinalPlan;
    let closed = exception(&[id], Ground::SchoolClosed, Some(day("2026-07-22")), Some(day("2026-09-02")));
    let relieved = |asked: &[SettingAsked]| relieves_from(day("2026-06-01"), &closed, id, asked);
    assert!(relieved(&[advice("2026-07-20"), advice("2026-10-01")]), "asking once more takes nothing away");
    assert!(!relieved(&[advice("2026-07-14"), advice("2026-10-01")]));
    assert!(!relieved(&[]), "nobody was asked");
}

#[test]
fn a_closure_relieves_only_what_the_setting_was_asked_for_in_time_and_had_not_answered() {
    let id = RuleId::IssueFinalPlan;
    let closed = exception(&[id], Ground::SchoolClosed, Some(day("2027-07-22")), Some(day("2027-09-02")));
    let of = |received_on, asked: SettingAsked| relieves_from(day(received_on), &closed, id, &[asked]);
    // 20 weeks from 1 February end on 21 June: the head was asked again when the limit was over.
    assert!(!of("2027-02-01", advice("2027-07-16")), "asked after the limit");
    assert!(of("2027-02-26", advice("2027-07-16")), "asked on the last day");
    assert!(!of("2027-02-25", advice("2027-07-16")), "asked the day after it");
    assert!(of("2027-07-16", advice("2027-07-16")), "asked on day zero");
    assert!(!of("2027-07-17", advice("2027-07-16")), "asked before day zero");
    let asked = advice("2027-07-16");
    assert!(!of("2027-06-01", answered(asked, "2027-07-21")), "answered before the school closed");
    assert!(!of("2027-06-01", answered(asked, "2027-07-22")), "answered on the day it closed");
    assert!(of("2027-06-01", answered(asked, "2027-07-23")), "answered while it was closed");
}

#[test]
fn a_closure_of_an_earlier_year_relieves_no_limit_of_an_order() {
    let id = RuleId::OrderAssessIssueFinal;
    let closed = exception(&[id], Ground::SchoolClosed, Some(day("2027-07-22")), Some(day("2027-09-02")));
    assert!(!relieves_from(day("2028-03-01"), &closed, id, &[advice("2027-07-16")]));
    let of_2028 = exception(&[id], Ground::SchoolClosed, Some(day("2028-07-21")), Some(day("2028-09-04")));
    assert!(relieves_from(day("2028-06-26"), &of_2028, id, &[advice("2028-07-17")]));
}

/// The limits that run from receipt.
fn first_limits(received_on: chrono::NaiveDate) -> Vec<statute::RunningLimit> {
    let limit = |id| (id, received_on, rule(id, received_on).due_on(received_on, &statute::Calendar::EMPTY));
    [RuleId::DecideToAssess, RuleId::DecideOnPlan, RuleId::IssueFinalPlan].map(limit).to_vec()
}

#[test]
fn a_closure_after_an_order_suggests_the_limits_of_the_order() {
    let summer = Closure { closed_from: day("2027-07-17"), reopens_on: day("2027-08-31") };
    let (ordered_on, received_on) = (day("2027-07-01"), day("2026-11-02"));
    let limit = |id| (id, ordered_on, rule(id, received_on).due_on(ordered_on, &statute::Calendar::EMPTY));
    let limits = [RuleId::OrderAssessRefusePlan, RuleId::OrderAssessIssueFinal].map(limit);
    let found = suggest_closures(&[(Ground::SchoolClosed, summer)], &[advice("2027-07-12")], &limits, received_on);
    assert_eq!(found[0].rules, [RuleId::OrderAssessRefusePlan, RuleId::OrderAssessIssueFinal]);
    let before = suggest_closures(&[(Ground::SchoolClosed, summer)], &[advice("2027-06-30")], &limits, received_on);
    assert_eq!(before, [], "the rules that an order opens look only at requests made after it");
}

#[test]
fn a_setting_asked_for_information_before_the_decision_relieves_the_six_weeks_alone() {
    let summer = Closure { closed_from: day("2027-07-22"), reopens_on: day("2027-09-02") };
    let asked = [information("2027-07-19")];
    let found = suggest_closures(
        &[(Ground::SchoolClosed, summer)],
        &asked,
        &first_limits(day("2027-07-14")),
        day("2027-07-14"),
    );
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].rules, [RuleId::DecideToAssess]);
    assert!(found[0].because.starts_with("Information was requested on 19 July 2027"), "{}", found[0].because);
    let accepted = exception(
        &[RuleId::DecideToAssess, RuleId::IssueFinalPlan],
        Ground::SchoolClosed,
        Some(summer.closed_from),
        Some(summer.reopens_on),
    );
    assert!(relieves_from(day("2027-07-14"), &accepted, RuleId::DecideToAssess, &asked));
    assert!(!relieves_from(day("2027-07-14"), &accepted, RuleId::IssueFinalPlan, &asked));
}

#[test]
fn a_closure_that_relieves_nothing_is_not_suggested() {
    let summer = Closure { closed_from: day("2027-07-22"), reopens_on: day("2027-09-02") };
    let suggested = |received_on, asked: SettingAsked| {
        suggest_closures(&[(Ground::SchoolClosed, summer)], &[asked], &first_limits(day(received_on)), day(received_on))
    };
    assert!(suggested("2027-02-01", advice("2027-07-16")).is_empty(), "every limit was over");
    assert!(suggested("2027-06-01", answered(advice("2027-07-16"), "2027-07-20")).is_empty(), "the advice had come");
    let some = suggested("2027-05-10", advice("2027-07-16"));
    assert_eq!(some[0].rules, [RuleId::DecideOnPlan, RuleId::IssueFinalPlan], "the six weeks were over");
}

#[test]
fn history_is_believed_where_it_does_not_say() {
    let id = RuleId::IssueFinalPlan;
    let asked = Some(advice("2026-03-02"));
    let history = |from_on, to_on| Exception {
        from_history: true,
        ..exception(&[id], Ground::EarlyYearsProviderClosed, from_on, to_on)
    };
    assert!(relieves(&history(None, None), id, asked));
    assert!(!relieves(&Exception { from_history: false, ..history(None, None) }, id, asked));
    let known = history(Some(day("2026-07-22")), Some(day("2026-09-02")));
    assert!(relieves(&known, id, None));
    assert!(!relieves(&known, id, asked), "what it does say is judged");
    assert!(
        !relieves(&history(Some(day("2026-07-22")), Some(day("2026-07-30"))), id, None),
        "eight days are no closure"
    );
}

#[test]
fn a_closure_of_27_days_has_no_window() {
    let closure = |reopens_on| Closure { closed_from: day("2026-07-25"), reopens_on: day(reopens_on) };
    assert_eq!(closure("2026-08-21").window(), None);
    assert_eq!(closure("2026-08-22").window(), Some((day("2026-07-18"), day("2026-08-15"))));
}

#[test]
fn closures_of_the_setting_suggest_their_ground() {
    let summer = Closure { closed_from: day("2026-07-22"), reopens_on: day("2026-09-02") };
    let christmas = Closure { closed_from: day("2025-12-20"), reopens_on: day("2026-01-05") };
    for ground in [Ground::SchoolClosed, Ground::EarlyYearsProviderClosed] {
        let found = suggest_closures(
            &[(ground, christmas), (ground, summer)],
            &[advice("2026-07-15")],
            &first_limits(day("2026-06-10")),
            day("2026-06-10"),
        );
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].ground, found[0].closure), (ground, summer));
        assert_eq!(found[0].rules, [RuleId::DecideToAssess, RuleId::DecideOnPlan, RuleId::IssueFinalPlan]);
        assert!(found[0].because.contains("22 July 2026"));
    }
    assert!(
        suggest_closures(
            &[(Ground::AbsentFromArea, summer)],
            &[advice("2026-07-15")],
            &first_limits(day("2026-06-10")),
            day("2026-06-10")
        )
        .is_empty()
    );
}
