//! The queries on given notices.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use crate::db::schema::given_notices;
use crate::db::{Conn, Tx, native};
use crate::error::Error;
use crate::given_notice::model::GivenNotice;
use crate::ids::Id;

/// The notices of a case, in the order in which they were recorded.
pub fn of_case(conn: &mut Conn, case_id: Id) -> Result<Vec<GivenNotice>, Error> {
    Ok(given_notices::table
        .filter(given_notices::case_id.eq(case_id))
        .order(given_notices::id)
        .select(GivenNotice::as_select())
        .load(conn)?)
}

/// The notice of an id, if it is of this case.
pub fn find(conn: &mut Conn, case_id: Id, id: Id) -> Result<Option<GivenNotice>, Error> {
    Ok(given_notices::table
        .find(id)
        .filter(given_notices::case_id.eq(case_id))
        .select(GivenNotice::as_select())
        .first(conn)
        .optional()?)
}

/// Keeps new notices.
pub fn insert(tx: &mut Tx<'_>, rows: &[GivenNotice]) -> Result<(), Error> {
    native!(&mut **tx, |conn| diesel::insert_into(given_notices::table).values(rows).execute(conn))?;
    Ok(())
}

/// Keeps a changed notice. The caller has locked its case.
pub fn update(tx: &mut Tx<'_>, row: &GivenNotice) -> Result<(), Error> {
    diesel::update(given_notices::table.find(row.id)).set(row).execute(&mut **tx)?;
    Ok(())
}
