//! What boards were shown. The database itself refuses to change or remove it.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use crate::db::schema::report_snapshots;
use crate::db::{Conn, Page, Tx, Window};
use crate::error::Error;
use crate::figures::model::Snapshot;
use crate::ids::Id;

/// Keeps a frozen answer.
pub fn insert_snapshot(tx: &mut Tx<'_>, snapshot: &Snapshot) -> Result<(), Error> {
    diesel::insert_into(report_snapshots::table).values(snapshot).execute(&mut **tx)?;
    Ok(())
}

/// The frozen answer of an id.
pub fn snapshot(conn: &mut Conn, id: Id) -> Result<Option<Snapshot>, Error> {
    Ok(report_snapshots::table.find(id).select(Snapshot::as_select()).first(conn).optional()?)
}

/// The frozen answers, the newest first.
pub fn snapshots(conn: &mut Conn, window: &Window<Id>) -> Result<Page<Snapshot>, Error> {
    let mut query = report_snapshots::table
        .order(report_snapshots::id.desc())
        .limit(window.fetch())
        .select(Snapshot::as_select())
        .into_boxed();
    if let Some(after) = window.after {
        query = query.filter(report_snapshots::id.lt(after));
    }
    let rows: Vec<Snapshot> = query.load(conn)?;
    let total = window.count.then(|| report_snapshots::table.count().get_result(conn)).transpose()?;
    Ok(window.page(rows, total, |row| row.id))
}
