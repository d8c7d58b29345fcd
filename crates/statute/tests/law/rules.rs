//! The table of rules, the calendar, and the words that leave the program.

use statute::{
    Addressee, AdviceKind, AdviceStatus, AskedFor, AssessmentOutcome, AssessmentRefusalReason, Basis, Calendar,
    ClockStatus, Code, DeadlineStatus, EducationOtherwise, EndKind, Ground, Holder, NoticeAbout, NoticeKind, Period,
    Phase, PlanKind, PlanOutcome, PlanStatus, RULES, Recipient, RequestSource, RuleId, Section, Stage, Step,
    SubjectKind, WarningCode, advice_basis, rule,
};

use crate::support::{after, day, england};

#[test]
fn every_rule_is_in_force_on_every_day_without_gap_or_overlap() {
    let days = (0..).map(|weeks| after(day("2010-01-01"), weeks * 7));
    for received_on in days.take_while(|received_on| *received_on < day("2040-01-01")) {
        for id in RuleId::ALL {
            let in_force = RULES.iter().filter(|rule| rule.id == *id && rule.in_force(received_on)).count();
            assert_eq!(in_force, 1, "{id} on {received_on}");
            assert_eq!(rule(*id, received_on).id, *id);
        }
    }
}

#[test]
fn a_version_of_a_rule_applies_from_its_first_day_to_its_last() {
    let mut reformed = rule(RuleId::IssueFinalPlan, day("2026-01-05")).clone();
    reformed.applies_from = Some(day("2027-09-01"));
    reformed.applies_to = Some(day("2028-08-31"));
    assert!(!reformed.in_force(day("2027-08-31")));
    assert!(reformed.in_force(day("2027-09-01")));
    assert!(reformed.in_force(day("2028-08-31")));
    assert!(!reformed.in_force(day("2028-09-01")));
}

#[test]
fn every_test_that_the_index_names_exists() {
    let modules = [
        ("advice", include_str!("advice.rs")),
        ("calculator", include_str!("calculator.rs")),
        ("clock", include_str!("clock.rs")),
        ("exceptions", include_str!("exceptions.rs")),
        ("orders", include_str!("orders.rs")),
        ("plans", include_str!("plans.rs")),
        ("publication", include_str!("publication.rs")),
        ("reversals", include_str!("reversals.rs")),
        ("refusals", include_str!("refusals.rs")),
        ("rules", include_str!("rules.rs")),
        ("stages", include_str!("stages.rs")),
        ("tribunal", include_str!("tribunal.rs")),
        ("given_notices", include_str!("given_notices.rs")),
        ("vectors", include_str!("vectors.rs")),
        ("words", include_str!("words.rs")),
        ("young", include_str!("young.rs")),
    ];
    let index = include_str!("../../src/lib.rs").lines();
    let mut named = 0;
    for row in index.filter(|line| line.starts_with("//! | ") && line.contains("::")) {
        let (module, test) = row.trim_end_matches("` |").rsplit_once("::").unwrap();
        let (_, module) = module.rsplit_once('`').unwrap();
        let (_, source) = modules.iter().find(|(name, _)| *name == module).expect(row);
        assert!(source.contains(&format!("fn {test}()")), "{row}");
        named += 1;
    }
    assert!(named > 20, "the index was found");
}

#[test]
fn the_limits_that_orders_open_are_those_of_regulation_44() {
    let expected = [
        (RuleId::OrderAssessNotify, 2),
        (RuleId::OrderAssessRefusePlan, 10),
        (RuleId::OrderAssessIssueFinal, 14),
        (RuleId::OrderMakePlanDraft, 5),
        (RuleId::OrderMakePlanFinal, 11),
        (RuleId::OrderReconsider, 2),
        (RuleId::OrderAmendContents, 5),
        (RuleId::OrderAmendPlacement, 2),
    ];
    for (id, weeks) in expected {
        let rule = rule(id, day("2026-01-05"));
        assert_eq!(rule.period, Some(Period::Weeks(weeks)), "{id}");
        assert_eq!(rule.holder, Holder::LocalAuthority);
        assert_eq!(rule.absence_days, 14, "two weeks of absence, {id}");
        assert_eq!(rule.binds_refusal_only, id == RuleId::OrderAssessRefusePlan, "{id}");
    }
}

#[test]
fn only_a_statutory_limit_claims_to_be_one() {
    let received_on = day("2026-01-05");
    let other: Vec<(RuleId, Basis)> = RuleId::ALL
        .iter()
        .map(|id| (*id, rule(*id, received_on).basis))
        .filter(|(_, basis)| *basis != Basis::Statutory)
        .collect();
    assert_eq!(
        other,
        [
            (RuleId::SendDraftPlan, Basis::Target),
            (RuleId::SettingConsultation, Basis::Guidance),
            (RuleId::OrderReconsiderFinal, Basis::Target),
        ]
    );
    for rule in &RULES {
        assert!(!rule.citation.is_empty() && !rule.what.is_empty(), "{}", rule.id);
        assert_eq!(rule.grounds.is_empty(), rule.exceptions_citation.is_none());
    }
}

#[test]
fn six_weeks_bind_only_the_bodies_of_section_31() {
    assert_eq!(advice_basis(true).0, Basis::Statutory);
    assert!(advice_basis(true).1.contains("8(1)"));
    assert_eq!(advice_basis(false).0, Basis::Guidance);
    assert!(advice_basis(false).1.contains("Code of Practice"));
}

#[test]
fn a_working_day_is_monday_to_friday_without_bank_holidays() {
    let calendar = england();
    assert!(calendar.is_working_day(day("2026-05-22")));
    assert!(!calendar.is_working_day(day("2026-05-23")));
    assert!(!calendar.is_working_day(day("2026-05-24")));
    assert!(!calendar.is_working_day(day("2026-05-25")), "Spring bank holiday");
    assert_eq!(calendar.last_working_day_on_or_before(day("2026-05-25")), day("2026-05-22"));
    assert_eq!(calendar.last_working_day_on_or_before(day("2026-05-22")), day("2026-05-22"));
}

#[test]
fn the_nth_working_day_is_counted_from_the_day_after() {
    let calendar = england();
    assert_eq!(calendar.add_working_days(day("2026-05-22"), 1), day("2026-05-26"));
    assert_eq!(calendar.add_working_days(day("2026-05-23"), 1), day("2026-05-26"));
    assert_eq!(calendar.add_working_days(day("2026-05-11"), 10), day("2026-05-26"));
    assert_eq!(calendar.add_working_days(day("2026-05-23"), 0), day("2026-05-23"));
    assert_eq!(
        Calendar::default().add_working_days(day("2026-05-22"), 1),
        day("2026-05-25"),
        "a calendar without holidays goes by the weekday"
    );
}

/// Every word of an enum leads back to its value, no two are alike, and other words lead nowhere.
macro_rules! words_lead_back {
    ($($name:ident),+ $(,)?) => {$(
        let mut words = std::collections::BTreeSet::new();
        for value in $name::ALL {
            assert_eq!($name::parse(value.as_str()), Some(*value));
            assert_eq!(value.to_string(), value.as_str());
            assert!(words.insert(value.as_str()), "{value} twice");
        }
        assert!(!words.is_empty());
        assert_eq!($name::parse("Something else"), None);
        assert_eq!($name::parse(""), None);
    )+};
}

#[test]
fn every_word_leads_back_to_its_value() {
    words_lead_back!(
        AdviceKind,
        AdviceStatus,
        AskedFor,
        AssessmentOutcome,
        AssessmentRefusalReason,
        Addressee,
        Basis,
        ClockStatus,
        Code,
        DeadlineStatus,
        EducationOtherwise,
        EndKind,
        Ground,
        Holder,
        NoticeKind,
        Phase,
        PlanKind,
        PlanOutcome,
        PlanStatus,
        Recipient,
        RequestSource,
        RuleId,
        Section,
        Stage,
        Step,
        SubjectKind,
        NoticeAbout,
        WarningCode,
    );
    assert_eq!(RuleId::ALL.len(), 37);
    assert_eq!(RuleId::parse("Decide_to_assess"), None, "words are exact");
    assert_eq!(format!("{:>4}", Section::A), "   A", "words can be padded");
}

#[test]
fn only_working_days_and_tribunal_time_look_at_bank_holidays() {
    let looks_at_them = [
        RuleId::Appeal,
        RuleId::MediationCertificateAppeal,
        RuleId::TellIcbOfMediation,
        RuleId::RespondToAppeal,
        RuleId::TransferOut,
    ];
    // A fortnight of nothing but holidays moves the last day of these and of no other, wherever it lies in their time.
    let starts_on = day("2027-06-01");
    for rule in &RULES {
        assert_eq!(rule.depends_on_bank_holidays(), looks_at_them.contains(&rule.id), "{}", rule.id);
        let moved = (0..100).any(|first| {
            let holidays = Calendar::new((first..first + 14).map(|days| after(starts_on, days)));
            rule.due_on(starts_on, &holidays) != rule.due_on(starts_on, &Calendar::EMPTY)
        });
        assert_eq!(moved, looks_at_them.contains(&rule.id), "{}", rule.id);
    }
}
