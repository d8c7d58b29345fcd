//! The queries on requests for advice.

use chrono::NaiveDate;
use diesel::dsl::count_star;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use super::model::AdviceRequest;
use crate::db::columns::Doc;
use crate::db::schema::advice_requests::dsl;
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;
use crate::words::Word;

/// The request of an id.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<AdviceRequest>, Error> {
    Ok(dsl::advice_requests.find(id).select(AdviceRequest::as_select()).first(conn).optional()?)
}

/// The requests of a case, in the order in which they were made.
pub fn of_case(conn: &mut Conn, case_id: Id) -> Result<Vec<AdviceRequest>, Error> {
    Ok(dsl::advice_requests
        .filter(dsl::case_id.eq(case_id))
        .order(dsl::id)
        .select(AdviceRequest::as_select())
        .load(conn)?)
}

/// How many requests of each of these cases are overdue on `today`.
pub fn overdue_by_case(conn: &mut Conn, cases: &[Id], today: NaiveDate) -> Result<Vec<(Id, i64)>, Error> {
    Ok(dsl::advice_requests
        .filter(dsl::case_id.eq_any(cases.to_vec()))
        .filter(dsl::outstanding.eq(true))
        .filter(dsl::due_on.lt(today))
        .group_by(dsl::case_id)
        .select((dsl::case_id, count_star()))
        .load(conn)?)
}

/// Keeps a new request.
pub fn insert(tx: &mut Tx<'_>, request: &AdviceRequest) -> Result<(), Error> {
    diesel::insert_into(dsl::advice_requests).values(request).execute(&mut **tx)?;
    Ok(())
}

/// Keeps a change; `request.version` is the new one.
pub fn update(tx: &mut Tx<'_>, request: &AdviceRequest) -> Result<(), Error> {
    let before = request.version.saturating_sub(1);
    let changed = diesel::update(dsl::advice_requests.find(request.id).filter(dsl::version.eq(before)))
        .set(request)
        .execute(&mut **tx)?;
    if changed == 1 { Ok(()) } else { Err(Error::Stale) }
}

/// Whether the education advice that came names a qualified teacher; `None` where none has come.
pub fn education_names_teacher(conn: &mut Conn, case_id: Id) -> Result<Option<bool>, Error> {
    use crate::db::schema::advice_submissions;
    use statute::AdviceKind;
    let last: Option<Doc<serde_json::Value>> = advice_submissions::table
        .inner_join(dsl::advice_requests)
        .filter(dsl::case_id.eq(case_id))
        .filter(dsl::kind.eq(Word(AdviceKind::Education)))
        .order(advice_submissions::id.desc())
        .select(advice_submissions::content)
        .first(conn)
        .optional()?;
    Ok(last.map(|Doc(content)| content.get("qualified_teacher").is_some_and(|teacher| !teacher.is_null())))
}
