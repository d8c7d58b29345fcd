//! Documents that come with an answer.

use super::{check_not_ended, open};
use crate::advice;
use crate::audit::{self, Event};
use crate::auth::{Acting, Role};
use crate::calendar;
use crate::case;
use crate::codes::Code;
use crate::db::Tx;
use crate::document::model::{Document, DocumentView, NewDocument};
use crate::document::store;
use crate::error::Error;
use crate::ids::Id;

/// How many documents may wait with one request for a submission that names them.
const MOST_UNSUBMITTED: usize = 20;

/// Adds a document to the answer to a request, for a submission to name: by the body that is asked, with an account or by
/// secure link, or by a caseworker for it.
///
/// It is taken as long as a submission would be. The request keeps its version: whoever is about to submit has read it.
/// The authority sees the document among those of the case from now on; with the request it shows once a submission names
/// it. What a body sends in is shared with no other.
pub fn add_document(tx: &mut Tx<'_>, acting: &Acting, id: Id, new: NewDocument) -> Result<Document, Error> {
    let on_behalf = !acting.is(Role::Adviser);
    let (case, request) = open(tx, acting, id)?;
    check_not_ended(tx, acting, &case)?;
    request.status.0.submit()?;
    // Whoever holds a link has no account that could be closed: what it can fill is bounded.
    if advice::store::unsubmitted_documents(tx, id)?.len() >= MOST_UNSUBMITTED {
        let detail = format!("{MOST_UNSUBMITTED} documents wait to be submitted with this request: submit them first.");
        return Err(Error::conflict(Code::NotNow, detail));
    }
    let document = Document {
        advice_request_id: Some(id),
        organisation_id: request.organisation_id,
        on_behalf,
        shared_with_advisers: false,
        ..Document::new(case.id, &new, acting)?
    };
    store::insert(tx, &document)?;
    let event = Event::new("document_added", "document", document.id).case(case.id);
    let uploader = acting.user().map(|user| user.name.clone());
    let event = event.after(&DocumentView::new(document.clone(), uploader));
    let link = acting.link().map(|holder| holder.link_id);
    audit::record(tx, acting, event.with("link_id", link))?;
    let calendar = calendar::store::working_days(tx)?;
    case::store::keep(tx, acting, case, &calendar)?;
    new.file.keep()?;
    Ok(document)
}
