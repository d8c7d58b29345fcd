//! Golden dates from an independent oracle.

use statute::{
    CaseFacts, Closure, Phase, RuleId, appeal_rights, derive, last_day_to_appeal, phase_transfer_due_on, rule,
};

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
        assert_eq!(rule(id, starts_on).due_on(starts_on, &england()), day(&row[2]), "{row:?}");
    }
}

#[test]
fn every_appeal_ends_on_the_day_of_the_oracle() {
    let calendar = england();
    let rows = rows(include_str!("../vectors/appeal_days.csv"));
    assert_eq!(rows.len(), 25);
    for row in rows {
        let (sent_on, certificate_on) = (day(&row[0]), day(&row[3]));
        let rights = appeal_rights(sent_on, sent_on, &calendar);
        assert_eq!(rights.contact_mediation_adviser_by, day(&row[1]), "{row:?}");
        assert_eq!(rights.appeal_by, day(&row[2]), "{row:?}");
        assert_eq!(last_day_to_appeal(sent_on, None, sent_on, &calendar), day(&row[2]), "{row:?}");
        let with_certificate = last_day_to_appeal(sent_on, Some(certificate_on), sent_on, &calendar);
        assert_eq!(with_certificate, day(&row[4]), "{row:?}");
    }
}

#[test]
fn every_limit_in_the_life_of_a_plan_ends_on_the_day_of_the_oracle() {
    let rows = rows(include_str!("../vectors/plan_life.csv"));
    assert_eq!(rows.len(), 54);
    for row in rows {
        let (id, starts_on) = (RuleId::parse(&row[0]).unwrap(), day(&row[1]));
        assert_eq!(rule(id, starts_on).due_on(starts_on, &england()), day(&row[2]), "{row:?}");
    }
}

#[test]
fn every_phase_transfer_is_prepared_by_the_day_of_the_oracle() {
    let rows = rows(include_str!("../vectors/phase_transfers.csv"));
    assert_eq!(rows.len(), 12);
    for row in rows {
        let phase = Phase::parse(&row[0]).unwrap();
        assert_eq!(phase_transfer_due_on(phase, row[1].parse().unwrap()), Some(day(&row[2])), "{row:?}");
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
