//! Taking a sheet over.

mod build;
mod cells;
mod check;
mod people;
mod row;
mod settings;
mod write;

use std::io::Read;

pub use row::{AdviceSaid, AssessmentSaid, EndSaid, ExceptionSaid, Parsed, PlanSaid, Row};

use super::model::{Outcome, Pass, Sheet, Watch};
use super::store;
use crate::auth::Acting;
use crate::calendar;
use crate::db::Db;
use crate::error::Error;

/// How many rows are looked up or written together.
const BATCH: usize = 500;

/// Whether the sheet is only checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Every fault is told, nothing is written.
    DryRun,
    /// Where there is no fault, everything is written.
    Write,
}

/// Takes the cases of a sheet over: all of them, or where there is a fault none.
///
/// `open` opens the sheet from its beginning; it is called once to check and once to write, and must give the same both
/// times. [`Error::Malformed`] tells in a sentence why the sheet can't be read at all.
pub fn import_cases<R: Read>(
    db: &Db,
    acting: &Acting,
    mode: Mode,
    open: impl Fn() -> Result<R, Error>,
    watch: &mut dyn Watch,
) -> Result<Outcome, Error> {
    match mode {
        Mode::DryRun => db.snapshot(|conn| {
            let checked = match Sheet::open(open()?)? {
                Ok(sheet) => check::check(conn, acting, sheet, watch)?,
                Err(faults) => return headings_at_fault(&faults, watch),
            };
            Ok(checked.outcome)
        }),
        // Checked and written in one transaction: what was found free is still free.
        Mode::Write => db.write_much(|tx| {
            store::hold(tx)?;
            let checked = match Sheet::open(open()?)? {
                Ok(sheet) => check::check(tx, acting, sheet, watch)?,
                Err(faults) => return headings_at_fault(&faults, watch),
            };
            if checked.outcome.faults > 0 || checked.outcome.created == 0 {
                return Ok(checked.outcome);
            }
            let Ok(sheet) = Sheet::open(open()?)? else {
                return Err(changed());
            };
            let calendar = calendar::store::working_days(tx)?;
            write::write(tx, acting, sheet, &checked, &calendar, watch)?;
            Ok(checked.outcome)
        }),
    }
}

fn headings_at_fault(faults: &[super::model::SheetFault], watch: &mut dyn Watch) -> Result<Outcome, Error> {
    for fault in faults {
        watch.fault(fault)?;
    }
    Ok(Outcome { faults: u32::try_from(faults.len()).unwrap_or(u32::MAX), ..Outcome::default() })
}

/// The second reading found another sheet than the first.
fn changed() -> Error {
    Error::Malformed("the sheet changed while it was being read: nothing was written, try again".to_owned())
}
