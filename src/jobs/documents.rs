//! Looks after the files of documents, as `documents rescan` and `documents sweep` do by hand.

use crate::app::{App, documents_folder};
use crate::document;
use crate::document::commands::{self, LONG_GRACE, Rescanned, Swept};
use crate::error::Error;

/// How many documents are looked at together.
const LOOKED_AT: i64 = 500;

/// Scans what came while the scanner was out of reach. Where there is none, nothing is scanned and nothing is released.
pub(super) fn rescan(app: &App) -> Result<Rescanned, Error> {
    let Some(scanner) = &app.settings().scan.scanner else {
        return Ok(Rescanned::default());
    };
    let folder = documents_folder(&app.settings().data_dir);
    let stop = || app.jobs().is_stopping();
    commands::rescan(app.db(), app.documents(), &folder, scanner, &app.system("rescan"), &stop)
}

/// Tells which documents would be scanned.
pub(super) fn preview_rescan(app: &App, tell: &mut dyn FnMut(String)) -> Result<(), Error> {
    let mut last = None;
    loop {
        let page = app.db().read(|conn| document::store::unscanned(conn, last, LOOKED_AT))?;
        page.iter().for_each(|one| tell(format!("would scan document {}", one.id)));
        last = match page.last() {
            Some(one) => Some(one.id),
            None => return Ok(()),
        };
    }
}

/// Removes what a crash has left, and the answers that were kept for repetitions long enough.
pub(super) fn sweep(app: &App) -> Result<Swept, Error> {
    app.forget_old_answers()?;
    let swept = commands::sweep(app.db(), &documents_folder(&app.settings().data_dir), app.now().at, LONG_GRACE)?;
    if swept.not_ours {
        tracing::warn!("{swept}");
    }
    Ok(swept)
}
