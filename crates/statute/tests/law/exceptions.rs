//! Which ground relieves which limit, and when.

use chrono::NaiveDate;
use statute::{Closure, Code, Exception, Ground, RuleId, check_ground, rule, suggest_closures};

use crate::support::{day, day_zero, england, on_day};

fn exception(rules: &[RuleId], ground: Ground, from_on: Option<NaiveDate>, to_on: Option<NaiveDate>) -> Exception {
    Exception { rules: rules.to_vec(), ground, from_on, to_on, from_history: false }
}

/// Whether it relieves the limit counted from day zero.
fn relieves(exception: &Exception, id: RuleId, asked_on: Option<NaiveDate>) -> bool {
    let rule = rule(id, day_zero());
    exception.relieves(rule, day_zero(), rule.due_on(day_zero(), &england()), asked_on.as_slice())
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
    assert!(relieves(&closed, id, Some(day("2026-07-15"))));
    assert!(!relieves(&closed, id, Some(day("2026-07-14"))));
    assert!(relieves(&closed, id, Some(day("2026-08-26"))));
    assert!(!relieves(&closed, id, Some(day("2026-08-27"))));
}

#[test]
fn a_closure_relieves_by_any_day_on_which_advice_was_asked_for() {
    let rule = rule(RuleId::IssueFinalPlan, day_zero());
    let closed = exception(&[rule.id], Ground::SchoolClosed, Some(day("2026-07-22")), Some(day("2026-09-02")));
    let relieved = |asked: &[NaiveDate]| closed.relieves(rule, day_zero(), rule.due_on(day_zero(), &england()), asked);
    assert!(relieved(&[day("2026-07-20"), day("2026-10-01")]), "asking once more takes nothing away");
    assert!(!relieved(&[day("2026-07-14"), day("2026-10-01")]));
    assert!(!relieved(&[]), "nobody was asked");
}

#[test]
fn history_is_believed_where_it_does_not_say() {
    let id = RuleId::IssueFinalPlan;
    let asked = Some(day("2026-03-02"));
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
        let found = suggest_closures(&[(ground, christmas), (ground, summer)], &[day("2026-07-15")], day("2026-06-01"));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].ground, found[0].closure), (ground, summer));
        assert_eq!(found[0].rules, [RuleId::DecideToAssess, RuleId::DecideOnPlan, RuleId::IssueFinalPlan]);
        assert!(found[0].because.contains("22 July 2026"));
    }
    assert!(suggest_closures(&[(Ground::AbsentFromArea, summer)], &[day("2026-07-15")], day("2026-06-01")).is_empty());
}
