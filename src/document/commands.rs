//! What people do with documents.

use super::model::{Document, DocumentView};
use super::store;
use crate::audit::{self, Event};
use crate::auth::{Acting, Actor, Role};
use crate::calendar;
use crate::case;
use crate::content::{Content, MediaType};
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;

/// A document whose content is kept already.
#[derive(Debug, Clone)]
pub struct NewDocument {
    /// What it is called.
    pub title: String,
    /// The name it is saved under.
    pub file_name: String,
    /// What it is.
    pub media_type: MediaType,
    /// Whether requests for advice may share it.
    pub shared_with_advisers: bool,
    /// Its content.
    pub content: Content,
}

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

/// Adds a document to a case.
pub fn add(tx: &mut Tx<'_>, acting: &Acting, case_id: Id, new: NewDocument) -> Result<Document, Error> {
    let case = case::store::open_for_step(tx, acting, case_id)?;
    let document = Document {
        id: Id::new(),
        case_id,
        advice_request_id: None,
        title: new.title,
        file_name: new.file_name,
        media_type: new.media_type.into(),
        size: i64::try_from(new.content.size).map_err(|fault| Error::internal(fault.to_string()))?,
        sha256: new.content.sha256,
        shared_with_advisers: new.shared_with_advisers,
        uploaded_by: acting.user_id(),
        created_at: acting.at,
    };
    store::insert(tx, &document)?;
    let event = Event::new("document_added", "document", document.id).case(case_id);
    audit::record(tx, acting, event.after(&DocumentView::new(document.clone(), Some(acting.name().to_owned()))))?;
    let calendar = calendar::store::working_days(tx)?;
    case::store::keep(tx, acting, case, &calendar)?;
    Ok(document)
}
