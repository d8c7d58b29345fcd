//! The queries on plans.

use chrono::NaiveDate;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use statute::PlanStatus;

use crate::db::schema::plans::dsl;
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;
use crate::words::{PlanKindWord, Word};

/// A plan in short: id, number, kind, day of service, day of issue.
pub type InShort = (Id, i32, PlanKindWord, Option<NaiveDate>, Option<NaiveDate>);

/// The latest version of a case's plan, in short.
pub fn in_short(conn: &mut Conn, case_id: Id) -> Result<Option<InShort>, Error> {
    Ok(dsl::plans
        .filter(dsl::case_id.eq(case_id))
        .order(dsl::number.desc())
        .select((dsl::id, dsl::number, dsl::kind, dsl::served_on, dsl::issued_on))
        .first(conn)
        .optional()?)
}

/// Mends the day on which the latest draft was served; answers the old one.
pub fn correct_served_on(tx: &mut Tx<'_>, case_id: Id, on: NaiveDate) -> Result<Option<NaiveDate>, Error> {
    let found: Option<(Id, Option<NaiveDate>)> = dsl::plans
        .filter(dsl::case_id.eq(case_id))
        .filter(dsl::status.eq(Word(PlanStatus::Served)))
        .order(dsl::number.desc())
        .select((dsl::id, dsl::served_on))
        .first(&mut **tx)
        .optional()?;
    let Some((id, old)) = found else {
        return Ok(None);
    };
    diesel::update(dsl::plans.find(id))
        .set((dsl::served_on.eq(on), dsl::version.eq(dsl::version + 1)))
        .execute(&mut **tx)?;
    Ok(old)
}

/// Mends the day on which the final plan was sent; answers the old one.
pub fn correct_issued_on(tx: &mut Tx<'_>, case_id: Id, on: NaiveDate) -> Result<Option<NaiveDate>, Error> {
    let found: Option<(Id, Option<NaiveDate>)> = dsl::plans
        .filter(dsl::case_id.eq(case_id))
        .filter(dsl::status.eq(Word(PlanStatus::Issued)))
        .order(dsl::number.desc())
        .select((dsl::id, dsl::issued_on))
        .first(&mut **tx)
        .optional()?;
    let Some((id, old)) = found else {
        return Ok(None);
    };
    diesel::update(dsl::plans.find(id))
        .set((dsl::issued_on.eq(on), dsl::version.eq(dsl::version + 1)))
        .execute(&mut **tx)?;
    Ok(old)
}
