//! What advice must be sought, and what can become of a request for it.

use statute::{
    AdviceKind, AdviceStatus, Code, ExistingAdvice, RecordedYear, WarningCode, advice_not_sought_warning,
    curriculum_year, in_or_beyond_year_9, qualified_teacher_warning, school_year, statutory_set,
};

use crate::support::{day, on_day};

fn agreed() -> ExistingAdvice {
    ExistingAdvice {
        adviser_agreed_on: Some(on_day(1)),
        authority_agreed_on: Some(on_day(2)),
        family_agreed_on: Some(on_day(3)),
    }
}

#[test]
fn from_year_9_the_statutory_set_prepares_for_adulthood() {
    assert_eq!(
        statutory_set(false, false),
        [
            AdviceKind::Family,
            AdviceKind::Education,
            AdviceKind::Medical,
            AdviceKind::Psychological,
            AdviceKind::SocialCare
        ]
    );
    let older = statutory_set(true, false);
    assert_eq!(older.len(), 6);
    assert_eq!(older.last(), Some(&AdviceKind::PreparingForAdulthood));
}

#[test]
fn where_a_parent_serves_in_the_armed_forces_the_secretary_of_state_for_defence_is_asked_too() {
    for beyond in [false, true] {
        let mut set = statutory_set(beyond, true);
        assert_eq!(set.get(2), Some(&AdviceKind::ArmedForces), "after education");
        set.retain(|kind| *kind != AdviceKind::ArmedForces);
        assert_eq!(set, statutory_set(beyond, false));
    }
    assert!(AdviceKind::ArmedForces.regulation().contains("6(1)(b)(iv)"));
}

#[test]
fn year_9_of_2026_holds_those_born_from_september_2012_to_august_2013() {
    for on in ["2026-09-01", "2027-08-31"] {
        assert!(in_or_beyond_year_9(None, day("2013-08-31"), day(on)));
        assert!(in_or_beyond_year_9(None, day("2012-09-01"), day(on)));
        assert!(!in_or_beyond_year_9(None, day("2013-09-01"), day(on)));
    }
    assert!(!in_or_beyond_year_9(None, day("2013-08-31"), day("2026-08-31")), "still in year 8");
    assert!(in_or_beyond_year_9(None, day("2004-02-29"), day("2026-09-01")));
}

#[test]
fn a_recorded_year_is_believed_over_the_birth_date() {
    let told = |year| Some(RecordedYear { year, school_year: 2026 });
    assert!(in_or_beyond_year_9(told(9), day("2016-01-01"), day("2026-09-01")));
    assert!(!in_or_beyond_year_9(told(8), day("2010-01-01"), day("2026-09-01")));
}

#[test]
fn a_recorded_school_year_ages_each_september() {
    let told_in_july = Some(RecordedYear { year: 8, school_year: school_year(day("2026-07-15")) });
    let born = day("2013-11-02");
    assert!(!in_or_beyond_year_9(told_in_july, born, day("2026-08-31")));
    assert!(in_or_beyond_year_9(told_in_july, born, day("2026-09-01")));
    assert_eq!(curriculum_year(told_in_july, born, day("2026-08-31")), 8);
    assert_eq!(curriculum_year(None, born, day("2026-09-01")), 8, "by age a year below");
    assert_eq!(curriculum_year(told_in_july, born, day("2028-01-10")), 10, "the difference stays");
    assert_eq!(curriculum_year(told_in_july, born, day("2025-08-31")), 7, "a year less before it");
}

#[test]
fn each_kind_cites_its_letter_of_regulation_6() {
    let letters: Vec<String> = AdviceKind::ALL
        .iter()
        .map(|kind| kind.regulation().chars().skip("Regulation ".len()).take(7).collect())
        .collect();
    assert_eq!(
        letters,
        ["6(1)(a)", "6(1)(b)", "6(1)(b)", "6(1)(c)", "6(1)(d)", "6(1)(e)", "6(1)(f)", "6(1)(g)", "6(1)(h)"]
    );
}

#[test]
fn advice_goes_from_request_to_acceptance_with_a_return_between() {
    let status = AdviceStatus::Requested
        .acknowledge()
        .and_then(AdviceStatus::submit)
        .and_then(AdviceStatus::return_)
        .and_then(AdviceStatus::submit)
        .and_then(AdviceStatus::accept)
        .unwrap();
    assert_eq!(status, AdviceStatus::Accepted);
}

#[test]
fn each_step_of_advice_is_possible_only_from_where_it_follows() {
    use AdviceStatus::{Accepted, Acknowledged, Requested, Returned, Submitted};
    for status in AdviceStatus::ALL {
        let allowed = |from: &[AdviceStatus]| from.contains(status);
        assert_eq!(status.acknowledge().is_ok(), allowed(&[Requested]), "{status}");
        assert_eq!(status.readdress().is_ok(), allowed(&[Requested, Acknowledged]), "{status}");
        assert_eq!(status.submit().is_ok(), allowed(&[Requested, Acknowledged, Returned]), "{status}");
        assert_eq!(status.return_().is_ok(), allowed(&[Submitted, Accepted]), "{status}");
        assert_eq!(status.accept().is_ok(), allowed(&[Submitted]), "{status}");
        let unsettled = allowed(&[Requested, Acknowledged, Returned, Submitted]);
        assert_eq!(status.is_settled(), !unsettled, "{status}");
        assert_eq!(status.cancel().is_ok(), unsettled, "{status}");
        assert_eq!(status.cover(AdviceKind::Medical, agreed()).is_ok(), unsettled, "{status}");
        assert_eq!(status.not_provided(AdviceKind::Family).is_ok(), unsettled, "{status}");
        let owed = allowed(&[Requested, Acknowledged, Returned]);
        assert_eq!(status.decline(AdviceKind::Medical, true).is_ok(), owed, "{status}");
        assert_eq!(status.is_outstanding(), allowed(&[Requested, Acknowledged, Returned]), "{status}");
    }
    let refusal = AdviceStatus::Submitted.submit().unwrap_err();
    assert_eq!((refusal.code, refusal.citation), (Code::NotInStage, None));
}

#[test]
fn existing_advice_stands_in_only_where_all_three_agreed() {
    let covered = AdviceStatus::Requested.cover(AdviceKind::Medical, agreed());
    assert_eq!(covered, Ok(AdviceStatus::CoveredByExistingAdvice));
    for (agreements, missing) in [
        (ExistingAdvice { adviser_agreed_on: None, ..agreed() }, "the adviser"),
        (ExistingAdvice { authority_agreed_on: None, ..agreed() }, "the local authority"),
        (ExistingAdvice { family_agreed_on: None, ..agreed() }, "the family"),
    ] {
        let refusal = AdviceStatus::Requested.cover(AdviceKind::Medical, agreements).unwrap_err();
        assert_eq!(refusal.code, Code::ExistingAdviceNotAgreed);
        assert!(refusal.citation.unwrap().contains("6(4)"));
        assert!(refusal.sentence.ends_with(&format!("agreement of {missing}.")), "{refusal}");
    }
}

#[test]
fn the_familys_views_cannot_be_replaced() {
    let refusal = AdviceStatus::Requested.cover(AdviceKind::Family, agreed()).unwrap_err();
    assert_eq!(refusal.code, Code::FamilyAdviceNotReplaceable);
    assert!(refusal.citation.is_some());
}

#[test]
fn only_the_family_may_give_no_advice() {
    for kind in AdviceKind::ALL {
        let answer = AdviceStatus::Requested.not_provided(*kind);
        if *kind == AdviceKind::Family {
            assert_eq!(answer, Ok(AdviceStatus::NotProvided));
        } else {
            assert_eq!(answer.unwrap_err().code, Code::OnlyFamilyAdviceMayBeMissing, "{kind}");
        }
    }
}

#[test]
fn only_a_body_of_section_31_may_decline() {
    for kind in AdviceKind::ALL {
        let refusal = AdviceStatus::Requested.decline(*kind, false).unwrap_err();
        assert_eq!(refusal.code, Code::DecliningNotAvailable, "{kind}");
        let answer = AdviceStatus::Requested.decline(*kind, true);
        if *kind == AdviceKind::Family {
            let refusal = answer.unwrap_err();
            assert_eq!(refusal.code, Code::DecliningNotAvailable);
            assert!(refusal.citation.unwrap().contains("6(1)(a)"), "{refusal:?}");
        } else {
            assert!(refusal.citation.unwrap().contains("31(2) and (3)"), "{refusal:?}");
            assert_eq!(answer, Ok(AdviceStatus::Declined), "{kind}");
        }
    }
    assert!(AdviceStatus::Declined.is_settled());
}

#[test]
fn impaired_sight_or_hearing_calls_for_a_qualified_teacher() {
    let warning = qualified_teacher_warning(true, false).unwrap();
    assert_eq!(warning.code, WarningCode::QualifiedTeacherMissing);
    assert_eq!(qualified_teacher_warning(true, true), None);
    assert_eq!(qualified_teacher_warning(false, false), None);
}

#[test]
fn advice_that_has_to_be_sought_and_is_not_is_warned_about() {
    assert_eq!(advice_not_sought_warning(&[]), None);
    let warning = advice_not_sought_warning(&[AdviceKind::Medical, AdviceKind::PreparingForAdulthood]).unwrap();
    assert_eq!(
        (warning.code, warning.citation),
        (WarningCode::AdviceNotSought, "Regulation 6(1) SEND Regulations 2014")
    );
    assert!(warning.sentence.contains("stands: medical and preparing_for_adulthood. Ask"), "{}", warning.sentence);
}
