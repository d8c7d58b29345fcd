//! Golden dates from an independent oracle.

use statute::{CaseFacts, Closure, RuleId, derive, rule};

use crate::support::{day, england};

fn rows(text: &'static str) -> Vec<csv::StringRecord> {
    csv::Reader::from_reader(text.as_bytes()).records().map(|row| row.unwrap()).collect()
}

#[test]
fn every_case_has_the_days_of_the_oracle() {
    let calendar = england();
    let rows = rows(include_str!("../vectors/case_deadlines.csv"));
    assert_eq!(rows.len(), 28);
    for row in rows {
        let deadlines = derive(&CaseFacts::received(day(&row[0])), &calendar);
        let expected = [
            (RuleId::DecideToAssess, 1),
            (RuleId::DecideOnPlan, 3),
            (RuleId::SendDraftPlan, 5),
            (RuleId::IssueFinalPlan, 7),
        ];
        assert_eq!(deadlines.len(), expected.len());
        for (rule, column) in expected {
            let deadline = deadlines.iter().find(|found| found.rule == rule).unwrap();
            assert_eq!(deadline.due_on, day(&row[column]), "{rule} due, {row:?}");
            assert_eq!(deadline.act_by, day(&row[column + 1]), "{rule} act by, {row:?}");
        }
    }
}

#[test]
fn every_period_ends_on_the_day_of_the_oracle() {
    let rows = rows(include_str!("../vectors/periods.csv"));
    assert_eq!(rows.len(), 68);
    for row in rows {
        let id = RuleId::parse(&row[0]).unwrap();
        let starts_on = day(&row[1]);
        assert_eq!(rule(id, starts_on).due_on(starts_on), day(&row[2]), "{row:?}");
    }
}

#[test]
fn every_closure_counts_on_the_days_of_the_oracle() {
    let rows = rows(include_str!("../vectors/school_closure_exception.csv"));
    assert_eq!(rows.len(), 35);
    for row in rows {
        let closure = Closure { closed_from: day(&row[0]), reopens_on: day(&row[1]) };
        assert_eq!(closure.applies(day(&row[2])), &row[3] == "true", "{row:?}");
    }
}
