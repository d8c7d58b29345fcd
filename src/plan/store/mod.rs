//! The queries on plans.

mod consultations;
mod requests;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::dsl::max;
use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};
use statute::PlanStatus;

use crate::db::schema::plans::dsl;
use crate::db::schema::{plan_sections, representations};
use crate::db::{Conn, OneOf, Page, Tx, Window, native};
use crate::error::Error;
use crate::ids::Id;
use crate::plan::model::{Plan, Representation, SectionRow, Sections};
use crate::words::{PlanKindWord, Word};

pub use consultations::{all_consultations, consultation, consultations, insert_consultation, update_consultation};
pub use requests::{Request, requests};

/// A plan in short: id, number, kind, day of service, day of issue.
pub type InShort = (Id, i32, PlanKindWord, Option<NaiveDate>, Option<NaiveDate>);

/// The plan of a case in short: the one in force, else the latest version.
pub fn in_short(conn: &mut Conn, case_id: Id) -> Result<Option<InShort>, Error> {
    Ok(dsl::plans
        .filter(dsl::case_id.eq(case_id))
        .filter(dsl::entered_in_error_at.is_null())
        .order((dsl::status.eq(Word(PlanStatus::Issued)).desc(), dsl::number.desc()))
        .select((dsl::id, dsl::number, dsl::kind, dsl::served_on, dsl::issued_on))
        .first(conn)
        .optional()?)
}

/// The version of an id.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<Plan>, Error> {
    Ok(dsl::plans.find(id).select(Plan::as_select()).first(conn).optional()?)
}

/// The versions of a case's plan that stand so, in the order of their numbers, but for those sent in error.
pub fn all_with(conn: &mut Conn, case_id: Id, status: PlanStatus) -> Result<Vec<Plan>, Error> {
    Ok(dsl::plans
        .filter(dsl::case_id.eq(case_id))
        .filter(dsl::status.eq(Word(status)))
        .filter(dsl::entered_in_error_at.is_null())
        .order(dsl::number)
        .select(Plan::as_select())
        .load(conn)?)
}

/// The number of the latest version of a case's plan, also of one sent in error; 0 where there is none.
pub fn last_number(conn: &mut Conn, case_id: Id) -> Result<i32, Error> {
    let last: Option<i32> =
        dsl::plans.filter(dsl::case_id.eq(case_id)).select(max(dsl::number)).first(conn).optional()?.flatten();
    Ok(last.unwrap_or_default())
}

/// The latest version of a case's plan, but for those sent in error.
pub fn latest(conn: &mut Conn, case_id: Id) -> Result<Option<Plan>, Error> {
    Ok(dsl::plans
        .filter(dsl::case_id.eq(case_id))
        .filter(dsl::entered_in_error_at.is_null())
        .order(dsl::number.desc())
        .select(Plan::as_select())
        .first(conn)
        .optional()?)
}

/// The latest version of a case's plan that stands so, of those begun in a track; `None` for the time before any order.
pub fn latest_with(conn: &mut Conn, case_id: Id, track: Option<Id>, status: PlanStatus) -> Result<Option<Plan>, Error> {
    let query = dsl::plans
        .filter(dsl::case_id.eq(case_id))
        .filter(dsl::status.eq(Word(status)))
        .filter(dsl::entered_in_error_at.is_null())
        .order(dsl::number.desc())
        .select(Plan::as_select())
        .into_boxed();
    let query = match track {
        Some(track) => query.filter(dsl::order_id.eq(track)),
        None => query.filter(dsl::order_id.is_null()),
    };
    Ok(query.first(conn).optional()?)
}

/// The draft that was served last.
pub fn last_served(conn: &mut Conn, case_id: Id) -> Result<Option<Id>, Error> {
    Ok(dsl::plans
        .filter(dsl::case_id.eq(case_id))
        .filter(dsl::status.eq(Word(PlanStatus::Served)))
        .order(dsl::number.desc())
        .select(dsl::id)
        .first(conn)
        .optional()?)
}

/// The final plan that is in force.
pub fn in_force(conn: &mut Conn, case_id: Id) -> Result<Option<Plan>, Error> {
    Ok(all_with(conn, case_id, PlanStatus::Issued)?.pop())
}

/// The versions of a case's plan, the latest first.
pub fn of_case(conn: &mut Conn, case_id: Id, window: &Window<i32>) -> Result<Page<Plan>, Error> {
    let mut query = dsl::plans
        .filter(dsl::case_id.eq(case_id))
        .order(dsl::number.desc())
        .limit(window.fetch())
        .select(Plan::as_select())
        .into_boxed();
    if let Some(after) = window.after {
        query = query.filter(dsl::number.lt(after));
    }
    let rows: Vec<Plan> = query.load(conn)?;
    let total =
        window.count.then(|| dsl::plans.filter(dsl::case_id.eq(case_id)).count().get_result(conn)).transpose()?;
    Ok(window.page(rows, total, |row| row.number))
}

/// Keeps a new version.
pub fn insert(tx: &mut Tx<'_>, plan: &Plan) -> Result<(), Error> {
    diesel::insert_into(dsl::plans).values(plan).execute(&mut **tx)?;
    Ok(())
}

/// Keeps the sections of a new version.
pub fn insert_sections(tx: &mut Tx<'_>, sections: &Sections) -> Result<(), Error> {
    let rows = sections.rows();
    native!(&mut **tx, |conn| diesel::insert_into(plan_sections::table).values(rows).execute(conn))?;
    Ok(())
}

/// Keeps a change; `plan.version` is the new one.
pub fn update(tx: &mut Tx<'_>, plan: &Plan) -> Result<(), Error> {
    let before = plan.version.saturating_sub(1);
    let changed =
        diesel::update(dsl::plans.find(plan.id).filter(dsl::version.eq(before))).set(plan).execute(&mut **tx)?;
    if changed == 1 { Ok(()) } else { Err(Error::Stale) }
}

/// The sections of a version.
pub fn sections(conn: &mut Conn, plan_id: Id) -> Result<Sections, Error> {
    let rows =
        plan_sections::table.filter(plan_sections::plan_id.eq(plan_id)).select(SectionRow::as_select()).load(conn)?;
    Ok(Sections::new(plan_id, rows))
}

/// The sections of versions, by version; a version none of whose text is kept is left out.
pub fn sections_of_plans(conn: &mut Conn, plans: &[Id]) -> Result<BTreeMap<Id, Sections>, Error> {
    let rows: Vec<SectionRow> =
        plan_sections::table.filter(plan_sections::plan_id.one_of(plans)).select(SectionRow::as_select()).load(conn)?;
    let mut of: BTreeMap<Id, Vec<SectionRow>> = BTreeMap::new();
    for row in rows {
        of.entry(row.plan_id).or_default().push(row);
    }
    Ok(of.into_iter().map(|(plan, rows)| (plan, Sections::new(plan, rows))).collect())
}

/// Whether the text of a version is kept. Of a plan that was taken over from elsewhere, only its days are.
pub fn has_text(conn: &mut Conn, plan_id: Id) -> Result<bool, Error> {
    let count: i64 = plan_sections::table.filter(plan_sections::plan_id.eq(plan_id)).count().get_result(conn)?;
    Ok(count > 0)
}

/// Keeps a section that has been there before.
pub fn update_section(tx: &mut Tx<'_>, row: &SectionRow) -> Result<(), Error> {
    let changed = diesel::update(plan_sections::table.find((row.plan_id, row.section))).set(row).execute(&mut **tx)?;
    if changed == 1 { Ok(()) } else { Err(Error::internal(format!("plan {} lacks a section", row.plan_id))) }
}

/// Keeps a new representation.
pub fn insert_representation(tx: &mut Tx<'_>, representation: &Representation) -> Result<(), Error> {
    diesel::insert_into(representations::table).values(representation).execute(&mut **tx)?;
    Ok(())
}

/// The representations on a served draft that a change to it can answer: those in which the family says something.
pub fn answerable(conn: &mut Conn, case_id: Id, plan_id: Id) -> Result<Vec<Id>, Error> {
    Ok(representations::table
        .filter(representations::case_id.eq(case_id))
        .filter(representations::plan_id.eq(plan_id))
        .filter(
            representations::text
                .is_not_null()
                .or(representations::requested_setting.is_not_null())
                .or(representations::requested_setting_id.is_not_null()),
        )
        .select(representations::id)
        .load(conn)?)
}

/// A representation of a case.
pub fn representation(conn: &mut Conn, case_id: Id, id: Id) -> Result<Option<Representation>, Error> {
    Ok(representations::table
        .filter(representations::id.eq(id))
        .filter(representations::case_id.eq(case_id))
        .select(Representation::as_select())
        .first(conn)
        .optional()?)
}

/// The representations of a case, in the order in which they were recorded.
pub fn all_representations(conn: &mut Conn, case_id: Id) -> Result<Vec<Representation>, Error> {
    Ok(representations::table
        .filter(representations::case_id.eq(case_id))
        .order(representations::id)
        .select(Representation::as_select())
        .load(conn)?)
}

/// Keeps a corrected representation.
pub fn update_representation(tx: &mut Tx<'_>, one: &Representation) -> Result<(), Error> {
    diesel::update(representations::table.find(one.id)).set(one).execute(&mut **tx)?;
    Ok(())
}

/// The representations of a case, the latest recorded first.
pub fn representations(conn: &mut Conn, case_id: Id, window: &Window<Id>) -> Result<Page<Representation>, Error> {
    let mut query = representations::table
        .filter(representations::case_id.eq(case_id))
        .order(representations::id.desc())
        .limit(window.fetch())
        .select(Representation::as_select())
        .into_boxed();
    if let Some(after) = window.after {
        query = query.filter(representations::id.lt(after));
    }
    let rows: Vec<Representation> = query.load(conn)?;
    let total = window
        .count
        .then(|| representations::table.filter(representations::case_id.eq(case_id)).count().get_result(conn))
        .transpose()?;
    Ok(window.page(rows, total, |row| row.id))
}
