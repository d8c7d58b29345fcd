//! Erases what has been kept as long as the settings say, as nobody would do it by hand.

use crate::app::App;
use crate::error::Error;
use crate::governance::commands;
use crate::{case, document};

/// Erases it. Answers how many records there were.
pub(super) fn run(app: &App) -> Result<usize, Error> {
    let acting = app.system("retention");
    let (mut erased, mut last) = (0_usize, None);
    loop {
        let (due, next) = app.db().read(|conn| commands::kept_long_enough(app, conn, acting.today, last))?;
        for one in due {
            if app.jobs().is_stopping() {
                return Ok(erased);
            }
            if let Some(done) = app.db().write(|tx| commands::erase_kept(tx, &acting, one))? {
                document::commands::remove_contents(app, &done.contents);
                app.db().empty_log()?;
                erased = erased.saturating_add(1);
            }
        }
        match next {
            Some(next) => last = Some(next),
            None => return Ok(erased),
        }
    }
}

/// Tells whose records would be erased: ids and references, no names.
pub(super) fn preview(app: &App, tell: &mut dyn FnMut(String)) -> Result<(), Error> {
    let (today, mut last) = (app.now().today, None);
    loop {
        let (lines, next) = app.db().read(|conn| {
            let (due, next) = commands::kept_long_enough(app, conn, today, last)?;
            let mut lines = Vec::new();
            for one in due {
                let cases = case::store::of_person(conn, one.person_id)?;
                let references: Vec<_> = cases.into_iter().map(|case| case.reference).collect();
                let why = if one.plan_issued { "a plan was issued" } else { "no plan was issued" };
                lines.push(format!("would erase person {} ({}; {why})", one.person_id, references.join(", ")));
            }
            Ok((lines, next))
        })?;
        lines.into_iter().for_each(&mut *tell);
        match next {
            Some(next) => last = Some(next),
            None => return Ok(()),
        }
    }
}
