//! When the rights pass to the young person, and whom a notice goes to.

use chrono::{Datelike, NaiveDate, Weekday};
use statute::{
    Addressee, WarningCode, addressee, addressee_missing_warning, rights_pass_on, rights_pass_warning, turns_25_warning,
};

use crate::support::day;

#[test]
fn rights_pass_on_the_saturday_after_the_last_friday_in_june() {
    for (born, passes) in [
        // The school year runs from 1 September to 31 August: whose birthday is later in it has the rights already.
        ("2009-09-01", "2026-06-27"),
        ("2010-06-26", "2026-06-27"),
        ("2010-06-27", "2026-06-27"),
        ("2010-08-31", "2026-06-27"),
        ("2010-09-01", "2027-06-26"),
        ("2009-08-31", "2025-06-28"),
        // The last Friday is 30 June itself, and the rights pass in July.
        ("2007-01-15", "2023-07-01"),
        // And it is 24 June at the earliest.
        ("2006-11-05", "2023-07-01"),
        ("2012-03-04", "2028-07-01"),
        ("2006-03-04", "2022-06-25"),
        // Born on 29 February.
        ("2008-02-29", "2024-06-29"),
    ] {
        assert_eq!(rights_pass_on(day(born)), day(passes), "{born}");
    }
    for year in 2000..2030 {
        let passes = rights_pass_on(NaiveDate::from_ymd_opt(year, 4, 1).unwrap());
        assert_eq!((passes.year(), passes.weekday()), (year + 16, Weekday::Sat));
        let friday = passes.pred_opt().unwrap();
        assert_eq!(friday.month(), 6);
        assert_eq!((friday + chrono::Days::new(7)).month(), 7, "it is the last one");
    }
}

#[test]
fn a_notice_goes_to_the_parent_until_the_friday_and_to_the_young_person_from_the_saturday() {
    let to = |on: &str| addressee(day("2010-08-31"), None, false, day(on));
    assert_eq!(to("2026-06-26"), Addressee::Parent, "the day still belongs to compulsory school age");
    assert_eq!(to("2026-06-27"), Addressee::YoungPerson);
}

#[test]
fn where_a_young_person_lacks_capacity_the_representative_is_told_else_the_parent() {
    let to = |represented, on: &str| addressee(day("2010-08-31"), Some(day("2026-09-10")), represented, day(on));
    assert_eq!(to(true, "2026-06-26"), Addressee::Parent);
    assert_eq!(to(true, "2026-09-09"), Addressee::YoungPerson, "nothing was decided yet");
    assert_eq!(to(true, "2026-09-10"), Addressee::Representative);
    assert_eq!(to(false, "2026-09-10"), Addressee::Parent);
}

#[test]
fn rights_that_pass_inside_a_case_are_warned_about() {
    // They pass on 27 June 2026.
    let warning = |received: &str, due: &str, today: &str| {
        rights_pass_warning(day("2010-03-04"), day(received), day(due), day(today)).map(|one| one.code)
    };
    let warned = Some(WarningCode::RightsPass);
    assert_eq!(warning("2026-02-07", "2026-06-27", "2026-02-07"), warned, "on the last day");
    assert_eq!(warning("2026-02-06", "2026-06-26", "2026-02-07"), None, "the plan is due before");
    assert_eq!(warning("2026-02-06", "2026-06-26", "2026-06-27"), warned, "the plan is late");
    assert_eq!(warning("2026-06-26", "2026-11-13", "2026-11-01"), warned, "the day after the request");
    assert_eq!(warning("2026-06-27", "2026-11-14", "2026-11-01"), None, "they had passed before the request");
    let said = rights_pass_warning(day("2010-03-04"), day("2026-03-01"), day("2026-07-19"), day("2026-03-01")).unwrap();
    assert!(said.sentence.contains("on 27 June 2026") && said.citation.contains("63 to 65"), "{said:?}");
}

#[test]
fn turning_25_before_the_final_plan_is_warned_about() {
    let warning =
        |born: &str, due: &str, today: &str| turns_25_warning(day(born), day(due), day(today)).map(|one| one.code);
    let warned = Some(WarningCode::Turns25);
    assert_eq!(warning("2001-05-25", "2026-05-25", "2026-01-05"), warned, "on the day it is due");
    assert_eq!(warning("2001-05-26", "2026-05-25", "2026-01-05"), None);
    assert_eq!(warning("2001-05-26", "2026-05-25", "2026-05-26"), warned, "the plan is late");
    assert_eq!(warning("2004-02-29", "2029-02-28", "2029-01-05"), None, "25 on 1 March");
    assert_eq!(warning("2004-02-29", "2029-03-01", "2029-01-05"), warned);
    assert_eq!(
        turns_25_warning(day("2001-05-25"), day("2026-05-25"), day("2026-01-05")).unwrap().citation,
        "Section 83(2) Children and Families Act 2014"
    );
}

#[test]
fn a_young_person_whom_no_contact_names_is_warned_about() {
    let warning = addressee_missing_warning(Addressee::YoungPerson, false).unwrap();
    assert_eq!(warning.code, WarningCode::AddresseeMissing);
    assert_eq!(addressee_missing_warning(Addressee::YoungPerson, true), None);
    for other in [Addressee::Parent, Addressee::Representative] {
        assert_eq!(addressee_missing_warning(other, false), None);
    }
}
