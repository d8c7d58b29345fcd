//! What people do with documents, and how they are looked after.

mod upkeep;

pub use upkeep::{GRACE, LONG_GRACE, Rescanned, Swept, or_removed, remove_contents, rescan, sweep};

use super::model::{Document, DocumentView, NewDocument, Side};
use super::store;
use crate::audit::{self, Event};
use crate::auth::{Acting, Actor, Role};
use crate::calendar;
use crate::case;
use crate::codes::Code;
use crate::content::Scan;
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;

/// A document with the name of whoever sent it in, for an actor who may know that there is one: who may see its case
/// may, and an adviser with whose organisation it is shared.
pub fn visible(conn: &mut Conn, acting: &Acting, id: Id) -> Result<store::Found, Error> {
    let found = store::find(conn, id)?.ok_or(Error::NotFound)?;
    let seen = match &acting.actor {
        Actor::User(user) if user.role == Role::Adviser => match user.organisation_id {
            Some(organisation) => store::shared_with(conn, &found.0, organisation)?,
            None => false,
        },
        // What a secure link opens is decided where links are: see `advice::commands::document_by_link`.
        Actor::Link(_) => false,
        Actor::User(_) | Actor::System(_) => case::store::visible(conn, acting, found.0.case_id)?.is_some(),
    };
    if seen { Ok(found) } else { Err(Error::NotFound) }
}

/// Refuses those who may not know that there is such a case.
pub fn check_case(conn: &mut Conn, acting: &Acting, case_id: Id) -> Result<(), Error> {
    case::store::visible(conn, acting, case_id)?.map(drop).ok_or(Error::NotFound)
}

/// Refuses to hand out content that may harm the reader: what has been found infected, to anybody; what still waits for
/// its scan, to all but the side that sent it in, who have it anyway.
pub fn check_content(document: &Document, reader: Side) -> Result<(), Error> {
    match document.scan.0 {
        Scan::Infected => Err(Error::conflict(
            Code::DocumentInfected,
            "The scanner found this document to be infected, and its content was removed. Ask whoever sent it in for a clean copy.",
        )),
        Scan::Unscanned if document.sender() != reader => Err(Error::conflict(
            Code::DocumentUnscanned,
            "This document waits to be scanned, since the scanner could not be reached when it came. Try again later.",
        )),
        Scan::Unscanned | Scan::Clean | Scan::NotScanned => Ok(()),
    }
}

/// Adds a document to a case.
pub fn add(tx: &mut Tx<'_>, acting: &Acting, case_id: Id, new: NewDocument) -> Result<Document, Error> {
    let case = case::store::open_for_step(tx, acting, case_id)?;
    let document = Document::new(case_id, &new, acting)?;
    store::insert(tx, &document)?;
    let event = Event::new("document_added", "document", document.id).case(case_id);
    audit::record(tx, acting, event.after(&DocumentView::new(document.clone(), Some(acting.name().to_owned()))))?;
    let calendar = calendar::store::working_days(tx)?;
    case::store::keep(tx, acting, case, &calendar)?;
    new.file.keep()?;
    Ok(document)
}
