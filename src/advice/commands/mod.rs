//! What people do with requests for advice: one public function for each thing, named after the step.
//!
//! Every step locks the case first, so that two steps on two requests of one case follow each other: neither finds the
//! case changed under it, and both count. The version that a caller names is the request's.

mod answer;
mod ask;
mod documents;
mod exceptions;
mod links;
mod settle;

use chrono::NaiveDate;

pub use answer::{acknowledge, decline, submit};
pub use ask::{ask, change};
pub use documents::add_document;
pub use exceptions::{confirm_exception, propose_exception};
pub use links::{by_link, document_by_link, links, mail_link, request_by_link, revoke_link};
pub use settle::{accept, cancel, cover, record_not_provided, return_};

use super::model::AdviceRequest;
use super::{notices, store};
use crate::audit::{self, Event};
use crate::auth::{Acting, Actor, Role};
use crate::calendar;
use crate::case;
use crate::case::model::Case;
use crate::codes::Code;
use crate::db::{Conn, Tx};
use crate::error::{Error, Faults};
use crate::ids::Id;

/// The request with its case, if the actor may know that there is one.
///
/// An adviser knows of what their organisation is asked, on a restricted case too: that it was asked is the reason.
/// Whoever comes by a secure link knows of the one request that it opens, as long as the link stands and there is
/// something to answer. All others know of the requests of the cases that they see.
pub fn visible(conn: &mut Conn, acting: &Acting, id: Id) -> Result<Option<(Case, AdviceRequest)>, Error> {
    let Some(request) = store::find(conn, id)? else {
        return Ok(None);
    };
    let case = match &acting.actor {
        Actor::User(user) if user.role == Role::Adviser => {
            let asked = user.organisation_id.is_some() && user.organisation_id == request.organisation_id;
            if asked { case::store::find(conn, request.case_id)? } else { None }
        }
        Actor::Link(holder) => {
            let asked = holder.request_id == id && request.organisation_id == Some(holder.organisation_id);
            let link = store::links::find(conn, id, holder.link_id)?;
            let stands = asked && !request.status.0.is_settled() && link.is_some_and(|link| link.stands(acting.at));
            if stands { case::store::find(conn, request.case_id)?.filter(|case| case.open) } else { None }
        }
        Actor::User(_) | Actor::System(_) => case::store::visible(conn, acting, request.case_id)?,
    };
    Ok(case.map(|case| (case, request)))
}

/// The request that a step is about to be taken on, with its case, both held until the end of the transaction.
fn open(tx: &mut Tx<'_>, acting: &Acting, id: Id) -> Result<(Case, AdviceRequest), Error> {
    let (case, request) = hold(tx, acting, id)?;
    case::store::refuse_erased(tx, case.person_id)?;
    Ok((case, request))
}

/// The same for what writes nothing about anybody.
fn hold(tx: &mut Tx<'_>, acting: &Acting, id: Id) -> Result<(Case, AdviceRequest), Error> {
    let (case, _) = visible(tx, acting, id)?.ok_or(Error::NotFound)?;
    case::store::lock(tx, case.id)?;
    visible(tx, acting, id)?.ok_or(Error::NotFound)
}

/// Refuses a step on a case that has ended.
fn check_not_ended(conn: &mut Conn, acting: &Acting, case: &Case) -> Result<(), Error> {
    // How the case ended is not for the body that was asked.
    if acting.is(Role::Adviser) && !case.open {
        return Err(Error::conflict(Code::NotNow, "This request is closed: nothing more is needed of you."));
    }
    Ok(case::store::progress(conn, case)?.0.check_not_ended()?)
}

/// Something that happened to a request on a day.
fn event(action: &'static str, request: &AdviceRequest, on: NaiveDate) -> Event {
    Event::new(action, "advice_request", request.id).case(request.case_id).on(on)
}

/// Keeps a request after a step, and derives its case again.
fn keep(
    tx: &mut Tx<'_>,
    acting: &Acting,
    case: Case,
    mut request: AdviceRequest,
    event: Event,
) -> Result<AdviceRequest, Error> {
    request.version = request.version.saturating_add(1);
    request.updated_at = acting.at;
    store::update(tx, &request)?;
    if request.status.0.is_settled() {
        notices::end_links(tx, acting, request.id)?;
    }
    let due_before = request.due_on;
    let request = derive_again(tx, acting, case, request.id)?;
    // A day that moved with the step is part of what happened.
    let event = if request.due_on == due_before { event } else { event.moved("due_on", due_before, request.due_on) };
    audit::record(tx, acting, event)?;
    Ok(request)
}

/// Derives the case again, which writes the due day of its requests; answers the request as it stands then.
fn derive_again(tx: &mut Tx<'_>, acting: &Acting, case: Case, request: Id) -> Result<AdviceRequest, Error> {
    let calendar = calendar::store::working_days(tx)?;
    case::store::keep(tx, acting, case, &calendar)?;
    store::find(tx, request)?.ok_or_else(|| Error::internal(format!("request for advice {request} vanished")))
}

/// Adds a fault for each of these documents that is not among those that may be named.
fn check_documents(pointer: &str, named: &[Id], known: &[Id], detail: &str, faults: &mut Faults) {
    for (index, _) in named.iter().enumerate().filter(|(_, id)| !known.contains(id)) {
        faults.add(format!("{pointer}/{index}"), Code::UnknownDocument, detail);
    }
}
