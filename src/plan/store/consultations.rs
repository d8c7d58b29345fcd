//! The queries on consultations of settings.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use crate::db::schema::consultations::dsl;
use crate::db::{Conn, Page, Tx, Window};
use crate::error::Error;
use crate::ids::Id;
use crate::plan::model::Consultation;

/// Keeps a new consultation.
pub fn insert_consultation(tx: &mut Tx<'_>, consultation: &Consultation) -> Result<(), Error> {
    diesel::insert_into(dsl::consultations).values(consultation).execute(&mut **tx)?;
    Ok(())
}

/// Keeps the answer to a consultation, or a corrected day. The caller has locked its case.
pub fn update_consultation(tx: &mut Tx<'_>, consultation: &Consultation) -> Result<(), Error> {
    diesel::update(dsl::consultations.find(consultation.id)).set(consultation).execute(&mut **tx)?;
    Ok(())
}

/// The consultation of an id.
pub fn consultation(conn: &mut Conn, id: Id) -> Result<Option<Consultation>, Error> {
    Ok(dsl::consultations.find(id).select(Consultation::as_select()).first(conn).optional()?)
}

/// The consultations of a case, in the order in which they were recorded.
pub fn all_consultations(conn: &mut Conn, case_id: Id) -> Result<Vec<Consultation>, Error> {
    Ok(dsl::consultations
        .filter(dsl::case_id.eq(case_id))
        .order(dsl::id)
        .select(Consultation::as_select())
        .load(conn)?)
}

/// The consultations of a case, the latest recorded first.
pub fn consultations(conn: &mut Conn, case_id: Id, window: &Window<Id>) -> Result<Page<Consultation>, Error> {
    let mut query = dsl::consultations
        .filter(dsl::case_id.eq(case_id))
        .order(dsl::id.desc())
        .limit(window.fetch())
        .select(Consultation::as_select())
        .into_boxed();
    if let Some(after) = window.after {
        query = query.filter(dsl::id.lt(after));
    }
    let rows: Vec<Consultation> = query.load(conn)?;
    let total = window
        .count
        .then(|| dsl::consultations.filter(dsl::case_id.eq(case_id)).count().get_result(conn))
        .transpose()?;
    Ok(window.page(rows, total, |row| row.id))
}
