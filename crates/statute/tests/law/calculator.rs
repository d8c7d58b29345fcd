//! The last day of any limit, for whoever wants to check a date without a case.

use statute::{CountedFrom, DueDate, NoDueDate, Phase, RuleId, due_date};

use crate::support::{day, england};

const TRIBUNAL_RULES: &str = "Rules 12 and 20(1)(c) Tribunal Procedure (First-tier Tribunal) (Health, Education and Social Care Chamber) Rules 2008";

fn counted(id: RuleId, from: CountedFrom) -> Result<DueDate, NoDueDate> {
    due_date(id, from, &england())
}

fn starts_on(on: &str) -> CountedFrom {
    CountedFrom { starts_on: Some(day(on)), ..CountedFrom::default() }
}

fn appeal(sent_on: &str, certificate_on: &str) -> DueDate {
    counted(RuleId::Appeal, CountedFrom { certificate_on: Some(day(certificate_on)), ..starts_on(sent_on) }).unwrap()
}

fn transfer(phase: Phase, year: i32) -> CountedFrom {
    CountedFrom { phase: Some(phase), transfer_year: Some(year), ..CountedFrom::default() }
}

#[test]
fn a_limit_is_counted_from_its_event_and_explained() {
    assert_eq!(
        counted(RuleId::IssueFinalPlan, starts_on("2026-01-05")),
        Ok(DueDate {
            rule: RuleId::IssueFinalPlan,
            starts_on: Some(day("2026-01-05")),
            due_on: day("2026-05-25"),
            act_by: day("2026-05-22"),
            derivation: "Counted from 5 January 2026. Within 20 weeks (140 days, that day not counted) the final plan \
                must be sent: by 25 May 2026 (Regulation 13(2) SEND Regulations 2014)."
                .to_owned(),
            citation: "Regulation 13(2) SEND Regulations 2014",
        })
    );
}

#[test]
fn the_later_of_the_two_limits_is_the_last_day_to_appeal() {
    // Notice of 1 October 2027: 1 December. A month from 29 November ends on 29 December, which moves to 4 January.
    let later = appeal("2027-10-01", "2027-11-29");
    assert_eq!((later.due_on, later.citation), (day("2028-01-04"), TRIBUNAL_RULES));
    assert!(
        later.derivation.ends_with(
            "The time counted from the mediation certificate of 29 November 2027 ends later: the last day to appeal is 4 January 2028."
        ),
        "{}",
        later.derivation
    );
    // A certificate of 1 November gives the same 1 December, one of 4 October an earlier day.
    for (certificate_on, long) in [("2027-11-01", "1 November 2027"), ("2027-10-04", "4 October 2027")] {
        let no_later = appeal("2027-10-01", certificate_on);
        assert_eq!(no_later.due_on, day("2027-12-01"), "{certificate_on}");
        let said = format!("The time counted from the mediation certificate of {long} ends no later.");
        assert!(no_later.derivation.ends_with(&said), "{}", no_later.derivation);
    }
}

#[test]
fn a_transfer_between_phases_has_its_day_in_the_year_of_the_transfer() {
    let post_16 = counted(RuleId::PhaseTransfer, transfer(Phase::SecondaryToPost16, 2027)).unwrap();
    assert_eq!((post_16.starts_on, post_16.due_on, post_16.act_by), (None, day("2027-03-30"), day("2027-03-30")));
    assert_eq!(post_16.citation, "Regulation 18 SEND Regulations 2014");
    assert!(
        post_16.derivation.starts_with(
            "A transfer (secondary_to_post_16) in 2027: by 30 March 2027 the plan must have been reviewed and amended"
        ),
        "{}",
        post_16.derivation
    );
    // 14 February 2027 is a Sunday.
    let other = counted(RuleId::PhaseTransfer, transfer(Phase::InfantToJunior, 2027)).unwrap();
    assert_eq!((other.due_on, other.act_by), (day("2027-02-14"), day("2027-02-12")));
    assert_eq!(
        counted(RuleId::PhaseTransfer, transfer(Phase::InfantToJunior, i32::MAX)),
        Err(NoDueDate::NoSuchYear),
        "no calendar has it"
    );
}

#[test]
fn a_new_authority_has_the_later_of_two_days_for_its_first_review() {
    let reviewed = |last: &str, transferred: &str| {
        let from = CountedFrom {
            last_reviewed_on: Some(day(last)),
            transferred_on: Some(day(transferred)),
            ..CountedFrom::default()
        };
        counted(RuleId::TransferInReview, from).unwrap()
    };
    assert_eq!(reviewed("2026-03-10", "2026-05-01").due_on, day("2027-03-09"), "12 months beginning with the review");
    let three_months = reviewed("2025-07-10", "2026-05-01");
    assert_eq!((three_months.starts_on, three_months.due_on), (Some(day("2026-05-01")), day("2026-07-31")));
    assert_eq!(three_months.citation, "Regulation 15(5) SEND Regulations 2014");
    assert!(
        three_months.derivation.starts_with(
            "The plan was made or last reviewed on 10 July 2025 and transferred on 1 May 2026: by 31 July 2026 the new \
             authority must review the plan"
        ),
        "{}",
        three_months.derivation
    );
}

#[test]
fn each_limit_takes_its_own_days_and_no_others() {
    let whole = CountedFrom {
        starts_on: Some(day("2026-01-05")),
        certificate_on: Some(day("2026-01-06")),
        phase: Some(Phase::InfantToJunior),
        transfer_year: Some(2027),
        last_reviewed_on: Some(day("2026-01-07")),
        transferred_on: Some(day("2026-01-08")),
    };
    // One field alone of all that there are.
    let alone = [
        ("starts_on", CountedFrom { starts_on: whole.starts_on, ..CountedFrom::default() }),
        ("certificate_on", CountedFrom { certificate_on: whole.certificate_on, ..CountedFrom::default() }),
        ("phase", CountedFrom { phase: whole.phase, ..CountedFrom::default() }),
        ("transfer_year", CountedFrom { transfer_year: whole.transfer_year, ..CountedFrom::default() }),
        ("last_reviewed_on", CountedFrom { last_reviewed_on: whole.last_reviewed_on, ..CountedFrom::default() }),
        ("transferred_on", CountedFrom { transferred_on: whole.transferred_on, ..CountedFrom::default() }),
    ];
    for id in RuleId::ALL.iter().copied() {
        let taken: &[&str] = match id {
            RuleId::PhaseTransfer => &["phase", "transfer_year"],
            RuleId::TransferInReview => &["last_reviewed_on", "transferred_on"],
            RuleId::Appeal => &["starts_on", "certificate_on"],
            _ => &["starts_on"],
        };
        for (name, from) in alone {
            let refused = counted(id, from) == Err(NoDueDate::NotTaken(name));
            assert_eq!(refused, !taken.contains(&name), "{id} and {name}");
        }
        let missing = match counted(id, CountedFrom::default()) {
            Err(NoDueDate::Missing(name)) => name,
            other => panic!("{id} from nothing: {other:?}"),
        };
        assert_eq!(missing, taken[0], "{id}");
    }
    for (name, id, from) in [
        ("transfer_year", RuleId::PhaseTransfer, alone[2].1),
        ("transferred_on", RuleId::TransferInReview, alone[4].1),
        ("starts_on", RuleId::Appeal, alone[1].1),
    ] {
        assert_eq!(counted(id, from), Err(NoDueDate::Missing(name)));
    }
    assert_eq!(NoDueDate::Missing("phase").to_string(), "the rule is counted from phase");
    assert_eq!(NoDueDate::NotTaken("phase").to_string(), "the rule is not counted from phase");
}
