//! Tribunal time, and the dates in the life of a plan.

use statute::{
    CaseFacts, DeadlineStatus, Disputed, FinalPlanFacts, MediationFacts, MovedBecause, RuleId, WarningCode,
    appeal_rights, last_day_to_appeal, post_16_transfer_due_on, rule, transfer_in_review_due_on, uncertain_day_warning,
};

use crate::support::{day, deadline, england};

fn appeal_by(sent_on: &str) -> chrono::NaiveDate {
    rule(RuleId::Appeal, day(sent_on)).due_on(day(sent_on), &england())
}

#[test]
fn the_last_day_to_appeal_runs_in_tribunal_time() {
    assert_eq!(appeal_by("2028-06-10"), day("2028-09-01"));
    assert_eq!(appeal_by("2027-10-31"), day("2028-01-04"), "3 January 2028 is a bank holiday");
    assert_eq!(appeal_by("2028-02-09"), day("2028-04-10"), "9 April 2028 is a Sunday");
    let certificate = rule(RuleId::MediationCertificateAppeal, day("2028-07-05"));
    assert_eq!(certificate.due_on(day("2028-07-05"), &england()), day("2028-09-01"));
}

#[test]
fn the_last_day_to_contact_a_mediation_adviser_does_not_move() {
    let rights = appeal_rights(day("2028-06-10"), day("2028-01-10"), &england());
    assert_eq!(rights.contact_mediation_adviser_by, day("2028-08-10"));
    assert_eq!(rights.appeal_by, day("2028-09-01"));
}

#[test]
fn each_edge_of_a_closed_period_is_known() {
    let why =
        |sent_on: &str| rule(RuleId::Appeal, day(sent_on)).due(day(sent_on), &england()).moved.map(|moved| moved.why);
    assert_eq!((appeal_by("2026-05-31"), why("2026-05-31")), (day("2026-07-31"), None), "Friday 31 July");
    assert_eq!((appeal_by("2026-06-01"), why("2026-06-01")), (day("2026-09-01"), Some(MovedBecause::August)));
    assert_eq!((appeal_by("2026-06-30"), why("2026-06-30")), (day("2026-09-01"), Some(MovedBecause::August)));
    assert_eq!((appeal_by("2026-07-01"), why("2026-07-01")), (day("2026-09-01"), None));
    assert_eq!((appeal_by("2026-10-24"), why("2026-10-24")), (day("2026-12-24"), None));
    assert_eq!((appeal_by("2026-10-25"), why("2026-10-25")), (day("2027-01-04"), Some(MovedBecause::Christmas)));
    assert_eq!((appeal_by("2026-11-01"), why("2026-11-01")), (day("2027-01-04"), Some(MovedBecause::Christmas)));
    assert_eq!(why("2026-11-02"), Some(MovedBecause::NotAWorkingDay), "2 January 2027 is a Saturday");
}

#[test]
fn a_day_that_can_be_read_two_ways_is_the_next_working_day_and_is_warned_about() {
    // Saturday 31 July 2027 leads to Monday 2 August, and Saturday 24 December 2022 to Wednesday 28 December.
    for (sent_on, due_on) in [("2027-05-31", "2027-08-02"), ("2022-10-24", "2022-12-28")] {
        assert_eq!(appeal_by(sent_on), day(due_on));
        let warning = uncertain_day_warning(RuleId::Appeal, day(sent_on), day(sent_on), &england()).unwrap();
        assert_eq!(warning.code, WarningCode::TribunalDayUncertain);
        assert!(warning.sentence.contains("checked"), "{}", warning.sentence);
        let of_case = deadline(&plan_sent(sent_on), RuleId::Appeal);
        assert!(of_case.derivation.contains("can be read"), "{}", of_case.derivation);
    }
    assert_eq!(uncertain_day_warning(RuleId::Appeal, day("2028-06-10"), day("2028-06-10"), &england()), None);
    assert_eq!(uncertain_day_warning(RuleId::IssueFinalPlan, day("2026-03-14"), day("2026-03-14"), &england()), None);
}

#[test]
fn a_response_to_an_appeal_has_thirty_working_days_without_the_closed_ones() {
    let due = |received_on: &str| rule(RuleId::RespondToAppeal, day(received_on)).due_on(day(received_on), &england());
    assert_eq!(due("2026-02-02"), day("2026-03-16"));
    // 21 working days of July and 9 of September; August is not counted.
    assert_eq!(due("2027-07-01"), day("2027-09-13"));
    // 4 days up to 24 December; 3 January is a bank holiday, so 4 January is the next one that counts.
    assert_eq!(due("2027-12-20"), day("2028-02-08"));
}

#[test]
fn the_derivation_tells_how_tribunal_time_moved_the_day() {
    let of_case = deadline(&plan_sent("2028-06-10"), RuleId::Appeal);
    assert_eq!(
        of_case.derivation,
        "The final plan was sent on 10 June 2028. Within 2 months (to the same date of the month, or to its last day where \
         it has no such date) the family may appeal to the First-tier Tribunal: by 10 August 2028 (Rules 12 and 20(1)(c) \
         Tribunal Procedure (First-tier Tribunal) (Health, Education and Social Care Chamber) Rules 2008). 10 August 2028 is \
         in August, so the last day is the first working day after 31 August, 1 September 2028 (rule 12(3)(a))."
    );
}

#[test]
fn an_appeal_window_that_is_still_open_never_shows_not_applicable() {
    let mut facts = plan_sent("2027-10-01");
    let early = day("2027-12-02");
    assert_eq!(
        deadline(&facts, RuleId::Appeal).status(early, early),
        DeadlineStatus::NotApplicable,
        "over on 1 December"
    );
    facts.mediations.push(MediationFacts {
        certificate_on: Some(day("2027-11-29")),
        ..MediationFacts::of("mediation".to_owned(), Disputed::Plan)
    });
    // 29 December moves to 4 January: 3 January is a bank holiday.
    for id in [RuleId::Appeal, RuleId::MediationCertificateAppeal] {
        let window = deadline(&facts, id);
        assert_eq!(window.due_on, day("2028-01-04"), "{id}");
        assert_eq!(window.status(day("2028-01-04"), early), DeadlineStatus::Pending, "{id}");
        assert_eq!(window.status(day("2028-01-05"), early), DeadlineStatus::NotApplicable, "{id}");
    }
    assert!(deadline(&facts, RuleId::Appeal).derivation.ends_with("the last day to appeal is 4 January 2028."));
}

#[test]
fn a_certificate_never_shortens_the_time_to_appeal() {
    let mut facts = plan_sent("2027-10-01");
    facts.mediations.push(MediationFacts {
        certificate_on: Some(day("2027-10-04")),
        ..MediationFacts::of("mediation".to_owned(), Disputed::Plan)
    });
    for id in [RuleId::Appeal, RuleId::MediationCertificateAppeal] {
        assert_eq!(deadline(&facts, id).due_on, day("2027-12-01"), "{id}");
    }
    let last = last_day_to_appeal(day("2027-10-01"), Some(day("2027-10-04")), day("2027-05-01"), &england());
    assert_eq!(last, day("2027-12-01"));
}

#[test]
fn twelve_months_beginning_with_a_day_end_the_day_before_it() {
    let review = |on: &str| rule(RuleId::Review, day(on)).due_on(day(on), &england());
    assert_eq!(review("2026-01-01"), day("2026-12-31"));
    assert_eq!(review("2024-02-29"), day("2025-02-28"), "the month has no such date");
    assert_eq!(review("2025-03-01"), day("2026-02-28"));
}

#[test]
fn a_move_between_post_16_institutions_is_prepared_five_months_before() {
    assert_eq!(post_16_transfer_due_on(day("2027-09-01")), day("2027-04-01"));
    assert_eq!(post_16_transfer_due_on(day("2027-07-31")), day("2027-02-28"));
}

#[test]
fn a_new_authority_reviews_by_the_later_of_twelve_months_and_three() {
    assert_eq!(transfer_in_review_due_on(day("2026-03-10"), day("2026-05-01")), day("2027-03-09"));
    assert_eq!(transfer_in_review_due_on(day("2025-07-10"), day("2026-05-01")), day("2026-07-31"));
}

fn plan_sent(on: &str) -> CaseFacts {
    CaseFacts {
        final_plan: Some(FinalPlanFacts { id: "final".to_owned(), label: "final plan".to_owned(), issued_on: day(on) }),
        ..CaseFacts::received(day(on))
    }
}
