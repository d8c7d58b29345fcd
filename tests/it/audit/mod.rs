//! The record: what stands on it, that it is only added to, and that whatever gets past that is found.

mod chains;
mod refusals;
mod trail;

use crate::support::{Backend, TestApp};
use crate::upkeep::{Outcome, run};

/// Lets the record be changed behind the service's back, as whoever owns the database can.
fn unlock(app: &TestApp) {
    match app.backend() {
        Backend::Sqlite => app.execute(
            "DROP TRIGGER audit_events_stay; DROP TRIGGER audit_events_are_kept; DROP TRIGGER access_records_stay; \
            DROP TRIGGER access_records_are_kept; DROP TRIGGER audit_details_stay; DROP TRIGGER audit_events_are_chained; \
            DROP TRIGGER access_records_are_chained",
        ),
        Backend::Postgres => app.execute(
            "ALTER TABLE audit_events DISABLE TRIGGER ALL; ALTER TABLE access_records DISABLE TRIGGER ALL; \
            ALTER TABLE audit_details DISABLE TRIGGER ALL",
        ),
    }
}

/// What `audit verify` says is wrong, a line each.
fn faults(app: &TestApp) -> Vec<String> {
    let outcome = run(app, &["audit", "verify"], &[]);
    let faults: Vec<String> =
        outcome.stdout.lines().filter(|line| line.contains("record ")).map(str::to_owned).collect();
    assert_eq!(outcome.code, i32::from(!faults.is_empty()), "{outcome:?}");
    faults
}

/// The outcome of `audit verify`, which has found nothing.
#[track_caller]
fn sound(app: &TestApp) -> Outcome {
    let outcome = run(app, &["audit", "verify"], &[]);
    assert!(outcome.code == 0 && outcome.stdout.contains("the record is as it was recorded"), "{outcome:?}");
    outcome
}
