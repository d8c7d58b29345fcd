//! What was done once for all cases, such as deriving them under new rules.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use crate::db::schema::job_marks;
use crate::db::{Conn, Tx, native};
use crate::error::Error;
use crate::time::Instant;

/// Whether something was done.
pub fn is_marked(conn: &mut Conn, name: &str) -> Result<bool, Error> {
    let mark = job_marks::table.find(name).select(job_marks::at).first::<Instant>(conn).optional()?;
    Ok(mark.is_some())
}

/// Marks that it was.
pub fn mark(tx: &mut Tx<'_>, name: &str, at: Instant) -> Result<(), Error> {
    native!(&mut **tx, |conn| diesel::insert_into(job_marks::table)
        .values((job_marks::name.eq(name), job_marks::at.eq(at)))
        .on_conflict(job_marks::name)
        .do_nothing()
        .execute(conn))?;
    Ok(())
}
