//! The queries of the figures. Each adds up in the database what is counted alike, and `model/measure` does the rest.

mod advice;
mod benchmarks;
mod caseload;
mod delays;
mod past;
mod plans;
mod snapshots;

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::{QueryDsl, RunQueryDsl};

pub use advice::{Wanted, advice, asked_cases};
pub use benchmarks::{benchmarks, replace_benchmarks};
pub use caseload::{BreachRow, breaches, caseload, waiting};
pub use delays::{LateRow, courses, owed_late, sent_late};
pub use past::{Open, open_on};
pub use plans::{decided, decided_cases, first_plans, happened_since, known_otherwise, plan_cases, requests};
pub use snapshots::{insert_snapshot, snapshot, snapshots};

use super::model::{Cut, Named, Period};
use crate::db::schema::{cases, organisations, users};
use crate::db::{Conn, OneOf};
use crate::error::Error;
use crate::ids::Id;

/// The text by which a row belongs to a part of the figure, in the words of both databases; time comes by month.
fn key_of(cut: Cut, day: &str) -> String {
    match cut {
        Cut::Month | Cut::Quarter | Cut::CalendarYear | Cut::AcademicYear => month_of(day),
        Cut::Caseworker => "CAST(caseworker_id AS TEXT)".to_owned(),
        Cut::Setting => "CAST(setting_id AS TEXT)".to_owned(),
        Cut::RequestSource => "request_source".to_owned(),
        Cut::SocialCareStatus => "social_care_status".to_owned(),
    }
}

/// The month of a day: `2025-01`.
fn month_of(day: &str) -> String {
    format!("substr(CAST({day} AS TEXT), 1, 7)")
}

/// A day as it stands in a query.
fn literal(day: NaiveDate) -> String {
    format!("'{}'", day.format("%Y-%m-%d"))
}

/// Which rows say what was known on the day: today's, which have indexes of their own, and where the day has passed those
/// that have been put aside since.
fn known_on(period: &Period) -> Vec<String> {
    let as_at = literal(period.as_at);
    let mut rows = vec![format!("known_to IS NULL AND known_from <= {as_at}")];
    if period.is_past() {
        rows.push(format!("known_to > {as_at} AND known_from <= {as_at}"));
    }
    rows
}

/// The names of these organisations.
pub fn organisation_names(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, String>, Error> {
    let named: Vec<(Id, String)> = organisations::table
        .filter(organisations::id.one_of(ids))
        .select((organisations::id, organisations::name))
        .load(conn)?;
    Ok(named.into_iter().collect())
}

/// The names of these users.
pub fn user_names(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, String>, Error> {
    let named: Vec<(Id, String)> =
        users::table.filter(users::id.one_of(ids)).select((users::id, users::name)).load(conn)?;
    Ok(named.into_iter().collect())
}

/// What people call these cases.
pub fn references(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, String>, Error> {
    let mut found = HashMap::new();
    for some in ids.chunks(AT_ONCE) {
        let named: Vec<(Id, String)> =
            cases::table.filter(cases::id.one_of(some)).select((cases::id, cases::reference)).load(conn)?;
        found.extend(named);
    }
    Ok(found)
}

/// How many rows are looked up together.
const AT_ONCE: usize = 1_000;

/// Somebody or something by its id.
fn named(of: Option<(Id, String)>) -> Option<Named> {
    of.map(|(id, name)| Named { id, name })
}
