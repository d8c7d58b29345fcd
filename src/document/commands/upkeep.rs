//! What nobody asks for and has to be done from time to time: scanning what could not be scanned when it came, and
//! removing files that nothing needs. Both can be done again at any time, by several replicas at once, and are for a thread
//! that may wait.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use chrono::TimeDelta;
use object_store::ObjectStore;
use serde_json::json;

use crate::app::{App, documents_folder};
use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::content::{self, Scan, Scanner, Verdict, leftovers};
use crate::db::Db;
use crate::document::store;
use crate::error::Error;
use crate::ids::Id;
use crate::time::Instant;
use crate::words::Word;

/// How long a file lies untouched before it can be nobody's. An upload is over, one way or the other, after little more
/// than an hour.
pub const GRACE: TimeDelta = TimeDelta::hours(24);

/// How long content without a row lies before the service itself removes it: whoever has restored an older database has so
/// long to find out that the newer one, which knows that content, is still needed.
pub const LONG_GRACE: TimeDelta = TimeDelta::days(30);

/// How many documents are looked at together.
const BATCH: i64 = 500;

/// After so many failures in a row the scanner is taken to be down, and the rest waits.
const PATIENCE: usize = 3;

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Files of uploads that broke off with the process.
    pub uploads: usize,
    /// Contents that no document needed.
    pub contents: usize,
    /// Whether contents were left alone, because the folder holds none of the documents that the database knows: it is
    /// another database's.
    pub not_ours: bool,
}

/// Removes files that nothing needs: uploads that broke off after [`GRACE`], content without a row after `grace`. See
/// `content` on crashes, and on why this loses nothing.
pub fn sweep(db: &Db, folder: &Path, at: Instant, grace: TimeDelta) -> Result<Swept, Error> {
    let aged = |grace: TimeDelta| SystemTime::from(at.plus(-grace).utc());
    let mut swept = Swept { uploads: leftovers::remove_uploads(folder, aged(GRACE))?, ..Swept::default() };
    let before = aged(grace);
    let known = db.read(|conn| store::latest_digests(conn, BATCH))?;
    let ours = known.iter().any(|sha256| leftovers::holds(folder, sha256));
    for shelf in leftovers::shelves(folder)? {
        let digests = leftovers::digests(&shelf, before)?;
        for some in digests.chunks(usize::try_from(BATCH).unwrap_or(1)) {
            // Looking first: writers must not be held up where there is nothing to remove.
            let needed: HashSet<String> = db.read(|conn| store::needed(conn, some))?.into_iter().collect();
            let left: Vec<String> = some.iter().filter(|sha256| !needed.contains(*sha256)).cloned().collect();
            if left.is_empty() {
                continue;
            }
            if ours {
                swept.contents = swept.contents.saturating_add(remove_unneeded(db, folder, &left, before)?);
            } else {
                swept.not_ours = true;
            }
        }
    }
    Ok(swept)
}

impl fmt::Display for Swept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { uploads, contents, not_ours } = self;
        write!(f, "removed: {uploads} unfinished upload(s), {contents} content(s) that no document needs")?;
        if *not_ours {
            f.write_str("; the folder holds content, but none of the documents that this database knows: nothing of it was removed; check EHCP_DATA_DIR and EHCP_DATABASE_URL")?;
        }
        Ok(())
    }
}

/// Removes content in a transaction that lets nobody write a row for it, as far as no document needs it; answers how many
/// there were.
fn remove_unneeded(db: &Db, folder: &Path, digests: &[String], before: SystemTime) -> Result<usize, Error> {
    db.write(|tx| {
        tx.lock_against_writers("documents")?;
        let needed: HashSet<String> = store::needed(tx, digests)?.into_iter().collect();
        let mut removed = 0_usize;
        for sha256 in digests.iter().filter(|sha256| !needed.contains(*sha256)) {
            if leftovers::remove_content(folder, sha256, before)? {
                removed = removed.saturating_add(1);
            }
        }
        Ok(removed)
    })
}

/// Removes the content of documents whose rows have been removed, as far as no other document needs it. What a crash leaves,
/// or a failure, is swept up later.
pub fn remove_contents(app: &App, contents: &[String]) {
    let (folder, now) = (documents_folder(&app.settings().data_dir), SystemTime::from(app.now().at.utc()));
    for some in contents.chunks(usize::try_from(BATCH).unwrap_or(1)) {
        if let Err(fault) = remove_unneeded(app.db(), &folder, some, now) {
            tracing::warn!(?fault, "content without a row waits for the next sweep");
        }
    }
}

/// The outcome of the transaction that was to keep an upload. Where it failed in its very last step, as on a disk that
/// became full, the content is in place already and takes up room: it is removed at once rather than by the next sweep.
pub async fn or_removed<T>(app: &App, sha256: String, outcome: Result<T, Error>) -> Result<T, Error> {
    if let Err(Error::DiskFull | Error::Unavailable(_) | Error::Internal(_)) = &outcome {
        let removing = app.block(move |app| {
            remove_contents(app, &[sha256]);
            Ok(())
        });
        if let Err(fault) = removing.await {
            tracing::warn!(?fault, "content without a row waits for the next sweep");
        }
    }
    outcome
}

/// What scanning again did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rescanned {
    /// Documents that are known to be clean now.
    pub clean: usize,
    /// Documents that were found infected, and have lost their content.
    pub infected: usize,
    /// Documents that could not be scanned this time either.
    pub waiting: usize,
}

impl fmt::Display for Rescanned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clean, infected, waiting } = self;
        write!(f, "documents: {clean} clean, {infected} infected, {waiting} still waiting")
    }
}

/// Scans the documents that wait for it, until all are or it is to stop. What is infected loses its content; its row stays
/// and says so.
pub fn rescan(
    db: &Db,
    contents: &Arc<dyn ObjectStore>,
    folder: &Path,
    scanner: &Scanner,
    acting: &Acting,
    stop: &dyn Fn() -> bool,
) -> Result<Rescanned, Error> {
    let mut rescanned = Rescanned::default();
    let mut failures = 0_usize;
    let mut last: Option<Id> = None;
    loop {
        let batch = db.read(|conn| store::unscanned(conn, last, BATCH))?;
        let Some(end) = batch.last().map(|document| document.id) else {
            return Ok(rescanned);
        };
        let mut seen = HashSet::new();
        for document in &batch {
            if !seen.insert(document.sha256.as_str()) {
                continue;
            }
            let alike = batch.iter().filter(|one| one.sha256 == document.sha256).count();
            if failures >= PATIENCE || stop() {
                rescanned.waiting = rescanned.waiting.saturating_add(alike);
                continue;
            }
            match content::wait_for(scanner.scan_content(contents, &document.sha256))? {
                Ok(verdict) => {
                    failures = 0;
                    settle(db, acting, &document.sha256, verdict, &mut rescanned)?;
                    if verdict == Verdict::Infected {
                        remove_unneeded(
                            db,
                            folder,
                            std::slice::from_ref(&document.sha256),
                            SystemTime::from(acting.at.utc()),
                        )?;
                    }
                }
                Err(fault) => {
                    tracing::warn!(document = %document.id, %fault, "a document still waits for its scan");
                    failures = if fault.is_of_scanner() { failures.saturating_add(1) } else { 0 };
                    rescanned.waiting = rescanned.waiting.saturating_add(alike);
                }
            }
        }
        last = Some(end);
    }
}

/// Puts a verdict on record for every document that shares the content.
fn settle(db: &Db, acting: &Acting, sha256: &str, verdict: Verdict, rescanned: &mut Rescanned) -> Result<(), Error> {
    let (clean, infected) = db.write(|tx| {
        let (mut clean, mut infected) = (0_usize, 0_usize);
        for document in store::of_content(tx, sha256)? {
            let (now, action) = match (verdict, document.scan.0) {
                (Verdict::Clean, Scan::Unscanned) => (Scan::Clean, "document_found_clean"),
                (Verdict::Infected, Scan::Unscanned | Scan::NotScanned | Scan::Clean) => {
                    (Scan::Infected, "document_found_infected")
                }
                _ => continue,
            };
            store::set_scan(tx, document.id, now)?;
            let count = if now == Scan::Clean { &mut clean } else { &mut infected };
            *count = count.saturating_add(1);
            let event = Event::new(action, "document", document.id).case(document.case_id);
            let (before, after) = (json!({ "scan": document.scan }), json!({ "scan": Word(now) }));
            audit::record(tx, acting, event.before(&before).after(&after))?;
        }
        Ok((clean, infected))
    })?;
    rescanned.clean = rescanned.clean.saturating_add(clean);
    rescanned.infected = rescanned.infected.saturating_add(infected);
    Ok(())
}
