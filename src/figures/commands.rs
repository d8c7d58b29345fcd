//! What managers and operators do with figures: freeze what a board is shown, bring newer published figures.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::model::benchmark::{self, SheetFault};
use super::model::{Snapshot, SnapshotBody};
use super::store;
use super::view::Made;
use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::db::Tx;
use crate::db::columns::Doc;
use crate::error::Error;
use crate::ids::Id;

/// Keeps a report as it was made, for ever.
pub fn freeze(tx: &mut Tx<'_>, acting: &Acting, body: SnapshotBody, made: Made) -> Result<Snapshot, Error> {
    let person = acting.person()?;
    let snapshot = Snapshot {
        id: Id::new(),
        report: body.report,
        query: Doc(body.query),
        note: body.note,
        as_at: made.as_at,
        sha256: format!("{:x}", Sha256::digest(made.content.as_bytes())),
        content: made.content,
        named_cases: Doc(made.named),
        taken_by: person.user_id,
        taken_by_name: person.name.clone(),
        taken_at: acting.at,
    };
    store::insert_snapshot(tx, &snapshot)?;
    let state = json!({ "report": snapshot.report, "as_at": snapshot.as_at, "sha256": snapshot.sha256 });
    audit::record(tx, acting, Event::new("report_frozen", "report_snapshot", snapshot.id).after(&state))?;
    Ok(snapshot)
}

/// What became of a sheet of published figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refreshed {
    /// It stands in the place of all that there was: so many rows.
    Replaced(usize),
    /// Everything that is wrong with it; nothing was changed.
    Faults(Vec<SheetFault>),
}

/// Puts the published figures of a sheet in the place of all that there were, or where there is a fault changes nothing.
pub fn import_benchmarks(tx: &mut Tx<'_>, acting: &Acting, sheet: &[u8]) -> Result<Refreshed, Error> {
    let rows = match benchmark::read(sheet) {
        Ok(rows) => rows,
        Err(faults) => return Ok(Refreshed::Faults(faults)),
    };
    tx.lock_against_writers("benchmarks")?;
    store::replace_benchmarks(tx, &rows)?;
    let years = (rows.iter().map(|row| row.year).min(), rows.iter().map(|row| row.year).max());
    let state =
        json!({ "rows": rows.len(), "from": years.0, "to": years.1, "sha256": format!("{:x}", Sha256::digest(sheet)) });
    audit::record(tx, acting, Event::new("benchmarks_replaced", "benchmarks", Id::new()).after(&state))?;
    Ok(Refreshed::Replaced(rows.len()))
}
