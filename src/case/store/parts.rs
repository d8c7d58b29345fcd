//! The queries on the parts of a case: decisions, ends, exceptions, notes.

use chrono::NaiveDate;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, Identifiable, OptionalExtension, QueryDsl, Queryable, RunQueryDsl,
    Selectable, SelectableHelper,
};

use crate::case::model::{CaseEnd, Decision, Exception, Note};
use crate::codes::Code;
use crate::db::schema::{case_ends, closures, decisions, exceptions, notes, suggestion_answers, users};
use crate::db::{Conn, Page, Tx, Window};
use crate::error::Error;
use crate::ids::Id;
use crate::time::Instant;

/// The decisions of a case, but for those entered in error.
pub fn decisions(conn: &mut Conn, case_id: Id) -> Result<Vec<Decision>, Error> {
    Ok(decisions::table
        .filter(decisions::case_id.eq(case_id))
        .filter(decisions::entered_in_error_at.is_null())
        .order(decisions::id)
        .select(Decision::as_select())
        .load(conn)?)
}

/// Keeps a new decision.
pub fn insert_decision(tx: &mut Tx<'_>, decision: &Decision) -> Result<(), Error> {
    diesel::insert_into(decisions::table).values(decision).execute(&mut **tx)?;
    Ok(())
}

/// Keeps a corrected decision.
pub fn update_decision(tx: &mut Tx<'_>, decision: &Decision) -> Result<(), Error> {
    diesel::update(decisions::table.find(decision.id)).set(decision).execute(&mut **tx)?;
    Ok(())
}

/// The withdrawal or transfer of a case, but for one entered in error.
pub fn end(conn: &mut Conn, case_id: Id) -> Result<Option<CaseEnd>, Error> {
    Ok(case_ends::table
        .filter(case_ends::case_id.eq(case_id))
        .filter(case_ends::entered_in_error_at.is_null())
        .select(CaseEnd::as_select())
        .first(conn)
        .optional()?)
}

/// Keeps a withdrawal or transfer.
pub fn insert_end(tx: &mut Tx<'_>, end: &CaseEnd) -> Result<(), Error> {
    diesel::insert_into(case_ends::table).values(end).execute(&mut **tx)?;
    Ok(())
}

/// Keeps a corrected withdrawal or transfer.
pub fn update_end(tx: &mut Tx<'_>, end: &CaseEnd) -> Result<(), Error> {
    diesel::update(case_ends::table.find(end.id)).set(end).execute(&mut **tx)?;
    Ok(())
}

/// The exceptions of a case and of its requests for advice, in the order in which they were proposed.
pub fn exceptions(conn: &mut Conn, case_id: Id) -> Result<Vec<Exception>, Error> {
    Ok(exceptions::table
        .filter(exceptions::case_id.eq(case_id))
        .order(exceptions::id)
        .select(Exception::as_select())
        .load(conn)?)
}

/// One exception of a case.
pub fn exception(conn: &mut Conn, case_id: Id, id: Id) -> Result<Option<Exception>, Error> {
    Ok(exceptions::table
        .filter(exceptions::id.eq(id))
        .filter(exceptions::case_id.eq(case_id))
        .select(Exception::as_select())
        .first(conn)
        .optional()?)
}

/// Keeps a new exception.
pub fn insert_exception(tx: &mut Tx<'_>, exception: &Exception) -> Result<(), Error> {
    diesel::insert_into(exceptions::table).values(exception).execute(&mut **tx)?;
    Ok(())
}

/// Keeps a changed exception.
pub fn update_exception(tx: &mut Tx<'_>, exception: &Exception) -> Result<(), Error> {
    diesel::update(exceptions::table.find(exception.id)).set(exception).execute(&mut **tx)?;
    Ok(())
}

/// A closure that may concern a case.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable)]
#[diesel(table_name = closures)]
pub struct ClosureRow {
    /// Its id, which is also that of the suggestion it gives.
    pub id: Id,
    /// The first day closed.
    pub closed_from: NaiveDate,
    /// The day of re-opening.
    pub reopens_on: NaiveDate,
}

/// The closures of a setting, and of all settings, that end after a day.
pub fn closures_of(conn: &mut Conn, setting_id: Id, from: NaiveDate) -> Result<Vec<ClosureRow>, Error> {
    Ok(closures::table
        .filter(closures::setting_id.is_null().or(closures::setting_id.eq(setting_id)))
        .filter(closures::reopens_on.gt(from))
        .order((closures::closed_from, closures::id))
        .select(ClosureRow::as_select())
        .load(conn)?)
}

/// The suggestions of a case that somebody has answered.
pub fn answered_suggestions(conn: &mut Conn, case_id: Id) -> Result<Vec<Id>, Error> {
    Ok(suggestion_answers::table
        .filter(suggestion_answers::case_id.eq(case_id))
        .select(suggestion_answers::closure_id)
        .load(conn)?)
}

/// Keeps the answer to a suggestion.
pub fn insert_suggestion_answer(
    tx: &mut Tx<'_>,
    case_id: Id,
    closure_id: Id,
    accepted: bool,
    reason: &str,
    answered: (Id, Instant),
) -> Result<(), Error> {
    diesel::insert_into(suggestion_answers::table)
        .values((
            suggestion_answers::case_id.eq(case_id),
            suggestion_answers::closure_id.eq(closure_id),
            suggestion_answers::accepted.eq(accepted),
            suggestion_answers::reason.eq(reason),
            suggestion_answers::answered_by.eq(answered.0),
            suggestion_answers::answered_at.eq(answered.1),
        ))
        .execute(&mut **tx)
        .map_err(|fault| match fault {
            diesel::result::Error::DatabaseError(diesel::result::DatabaseErrorKind::UniqueViolation, _) => {
                Error::conflict(Code::AlreadyExists, "This suggestion has been answered.")
            }
            other => other.into(),
        })?;
    Ok(())
}

/// Keeps a new note.
pub fn insert_note(tx: &mut Tx<'_>, note: &Note) -> Result<(), Error> {
    diesel::insert_into(notes::table).values(note).execute(&mut **tx)?;
    Ok(())
}

/// The notes of a case with their authors' names, newest first.
pub fn notes(conn: &mut Conn, case_id: Id, window: &Window<Id>) -> Result<Page<(Note, String)>, Error> {
    let mut query = notes::table
        .inner_join(users::table)
        .filter(notes::case_id.eq(case_id))
        .order(notes::id.desc())
        .limit(window.fetch())
        .select((Note::as_select(), users::name))
        .into_boxed();
    if let Some(after) = window.after {
        query = query.filter(notes::id.lt(after));
    }
    let rows: Vec<(Note, String)> = query.load(conn)?;
    let total =
        window.count.then(|| notes::table.filter(notes::case_id.eq(case_id)).count().get_result(conn)).transpose()?;
    Ok(window.page(rows, total, |(note, _)| note.id))
}
