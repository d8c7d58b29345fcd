//! A believable caseload to try the service with: invented children, invented schools, every stage and every status.
//!
//! The cases are rows of a sheet that is made while it is read, and come in through the import; what a sheet can't say
//! (notes, a draft in the making, an exception that waits for a manager) is done with the steps that people take. All of
//! it follows from a seed and a day. Like the command line, this stands above the features.

mod caseload;
mod history;
mod people;
mod steps;
mod words;

use statute::ClockStatus;

pub use people::{LOGINS, Login, PASSWORD};

use crate::app::App;
use crate::auth::Acting;
use crate::case;
use crate::case::model::CaseFilter;
use crate::case::view::Judged;
use crate::codes::Code;
use crate::db::{Conn, page_window};
use crate::error::Error;
use crate::import::commands::{Mode, import_cases};
use crate::import::model::{Pass, SheetFault, Watch};

/// What to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// How many cases.
    pub cases: u32,
    /// The same seed on the same day gives the same cases.
    pub seed: u64,
}

/// What became of a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// A caseload was made.
    New,
    /// There was one, and it is as it was.
    Kept,
}

/// Fills an empty database. What an earlier start has made stays; what it had not come to is made now.
///
/// `going` is told whenever some cases more have been made.
pub fn fill(app: &App, wish: Wish, going: &mut dyn FnMut()) -> Result<Made, Error> {
    let acting = app.system("demonstration");
    let done = app.db().read(people::done)?;
    if done.finished {
        return Ok(Made::Kept);
    }
    if !done.people {
        let password_hash = app.passwords().hash(PASSWORD)?;
        app.db().write(|tx| {
            if case::store::count(tx)? > 0 {
                return Err(Error::conflict(
                    Code::NotNow,
                    "the database holds cases that are no demonstration: name another with EHCP_DATABASE_URL",
                ));
            }
            people::make(tx, &acting, &password_hash)
        })?;
    }
    if app.db().read(case::store::count)? == 0 {
        make_cases(app, &acting, wish, going)?;
    }
    app.db().write(|tx| steps::take(tx, &acting))?;
    Ok(Made::New)
}

fn make_cases(app: &App, acting: &Acting, wish: Wish, going: &mut dyn FnMut()) -> Result<(), Error> {
    let open = || Ok(caseload::Sheet::new(wish, acting.today));
    let outcome = import_cases(app.db(), acting, Mode::Write, open, &mut Listener { going })?;
    if outcome.faults > 0 {
        return Err(Error::internal("the demonstration's own cases are at fault"));
    }
    Ok(())
}

struct Listener<'a> {
    going: &'a mut dyn FnMut(),
}

impl Watch for Listener<'_> {
    fn fault(&mut self, fault: &SheetFault) -> Result<(), Error> {
        // The children are invented, so the row may be told.
        Err(Error::internal(format!("row {} of the demonstration, {}: {}", fault.row, fault.column, fault.what)))
    }

    fn progress(&mut self, _pass: Pass, _bytes: u64) {
        (self.going)();
    }
}

/// How many cases there are of each status, in the order in which statuses are documented.
pub fn by_status(app: &App) -> Result<Vec<(ClockStatus, i64)>, Error> {
    app.db().snapshot(|conn| {
        let acting = app.system("demonstration");
        let judged = judged(app, conn, &acting)?;
        ClockStatus::ALL
            .iter()
            .map(|status| {
                let filter = CaseFilter { status: Some((*status).into()), ..CaseFilter::default() };
                let window = page_window(Some(1), None, Some(true))?;
                let page = case::store::list(conn, &acting, &filter, None, judged.soon, &window)?;
                Ok((*status, page.total.unwrap_or_default()))
            })
            .collect()
    })
}

fn judged(app: &App, conn: &mut Conn, acting: &Acting) -> Result<Judged, Error> {
    let calendar = app.calendar(conn)?;
    Ok(Judged::new(acting.today, &calendar, app.settings().casework.due_soon_days))
}
