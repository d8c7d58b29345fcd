//! Secure links: an organisation answers one request from its shared mailbox, without an account.
//!
//! A link is a token of 256 bits of which only the digest is kept. It opens one request, for the organisation that was
//! asked when it was mailed, until it expires, is revoked, or the request is settled. A token that opens nothing is
//! answered alike whatever the reason; an address from which many come is
//! made to wait, as after failed sign-ins, which are counted apart. Reading
//! spends nothing, so a mail scanner that follows the link does no harm, but every reading is on record.

use serde_json::json;

use statute::AdviceKind;

use super::{check_not_ended, event, hold, open, visible};
use crate::advice::model::{AdviceLink, AdviceRequest};
use crate::advice::{notices, store};
use crate::app::{App, Origin};
use crate::audit;
use crate::auth::{Acting, Actor, LinkHolder, token_digest};
use crate::body::{EmptyBody, Submitted};
use crate::codes::Code;
use crate::db::{Conn, Page, Tx, Window};
use crate::document;
use crate::document::model::Document;
use crate::error::Error;
use crate::ids::Id;
use crate::organisation;
use crate::user;
use crate::user::model::{Attempt, FAILURES_COUNT_FOR, FAILURES_OF_ADDRESS};

/// The name under which the service acts for somebody whose link is not known yet.
const LINK: &str = "secure link";

/// Mails a secure link to the shared mailbox of the organisation that is asked.
pub fn mail_link(
    app: &App,
    tx: &mut Tx<'_>,
    acting: &Acting,
    id: Id,
    body: Submitted<EmptyBody>,
) -> Result<AdviceLink, Error> {
    let (case, request) = open(tx, acting, id)?;
    body.open()?;
    check_not_ended(tx, acting, &case)?;
    if request.status.0.is_settled() {
        return Err(Error::conflict(Code::NotNow, "The request is settled: there is nothing left to answer."));
    }
    if request.kind.0 == AdviceKind::Family {
        let detail =
            "The family is asked for its views, not an organisation: what it says is recorded by a caseworker.";
        return Err(Error::conflict(Code::NotNow, detail));
    }
    let organisation = match request.organisation_id {
        Some(id) => organisation::store::find(tx, id)?.ok_or_else(|| Error::internal("an organisation vanished"))?,
        None => {
            let detail = "Nobody is asked yet: address the request to an organisation first.";
            return Err(Error::conflict(Code::NotNow, detail));
        }
    };
    let Some(mailbox) = &organisation.mailbox else {
        let detail = "The organisation has no mailbox to send a link to: an administrator can give it one.";
        return Err(Error::conflict(Code::NotNow, detail));
    };
    notices::mail_link(app, tx, acting, &case.reference, &request, (organisation.id, mailbox))
}

/// Tells the body of a request, if it can be reached, that advice is asked of it or owed again.
pub(super) fn ask_by_mail(
    app: &App,
    tx: &mut Tx<'_>,
    acting: &Acting,
    reference: &str,
    request: &AdviceRequest,
) -> Result<(), Error> {
    let Some(organisation) = request.organisation_id.map(|id| organisation::store::find(tx, id)).transpose()?.flatten()
    else {
        return Ok(());
    };
    notices::ask_by_mail(app, tx, acting, reference, &[(request, &organisation)])
}

/// The links of a request, newest first.
pub fn links(conn: &mut Conn, acting: &Acting, id: Id, window: &Window<Id>) -> Result<(Id, Page<AdviceLink>), Error> {
    let (case, _) = visible(conn, acting, id)?.ok_or(Error::NotFound)?;
    Ok((case.id, store::links::of_request(conn, id, window)?))
}

/// Revokes a link. Once revoked it stays so, and revoking it again changes nothing.
pub fn revoke_link(tx: &mut Tx<'_>, acting: &Acting, id: Id, link_id: Id) -> Result<(), Error> {
    let (_, request) = hold(tx, acting, id)?;
    store::links::find(tx, id, link_id)?.ok_or(Error::NotFound)?;
    if store::links::revoke(tx, link_id, acting.at)? {
        notices::withdraw_mail(tx, acting, id, link_id)?;
        let event = event("advice_link_revoked", &request, acting.today);
        audit::record(tx, acting, event.after(&json!({ "link_id": link_id })))?;
    }
    Ok(())
}

/// Does `f` for whoever holds a link. That the link stands is decided by [`visible`], where `f` looks the request up.
pub fn by_link<T>(
    app: &App,
    origin: Origin,
    token: &str,
    f: impl FnOnce(&Acting, Id) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut acting = app.acting_for(LINK, origin);
    let token_hash = token_digest(token);
    let attempt = Attempt {
        id: Id::new(),
        account_hash: token_hash,
        // Beside the sign-ins from there, not among them: neither shuts the door to the other.
        address: format!("{LINK} from {}", acting.network()),
        failed_at: acting.at,
    };
    let (throttled, found) = app.db().read(|conn| {
        let failed_at = user::store::nth_failure_of_address(conn, &attempt, FAILURES_OF_ADDRESS)?;
        Ok((failed_at, store::links::by_token(conn, &attempt.account_hash)?))
    })?;
    let until = throttled.map(|failed_at| failed_at.plus(FAILURES_COUNT_FOR));
    if let Some(seconds) = until.map(|until| (until.utc() - acting.at.utc()).num_seconds()).filter(|left| *left > 0) {
        return Err(Error::Throttled { retry_after: u64::try_from(seconds).unwrap_or(1) });
    }
    let outcome = match found {
        None => Err(Error::NotFound),
        Some((link, organisation)) => {
            acting.actor = Actor::Link(LinkHolder {
                link_id: link.id,
                request_id: link.advice_request_id,
                organisation_id: link.organisation_id,
                name: organisation,
            });
            f(&acting, link.advice_request_id)
        }
    };
    // Whatever opens nothing counts: what is throttled and what is not would tell one reason from another.
    if matches!(outcome, Err(Error::NotFound)) {
        let forget_before = attempt.failed_at.plus(-FAILURES_COUNT_FOR);
        app.db().write(|tx| user::store::insert_attempt(tx, &attempt, forget_before))?;
    }
    outcome
}

/// The request that a link opens, with the case it is for.
pub fn request_by_link(conn: &mut Conn, acting: &Acting, id: Id) -> Result<(Id, AdviceRequest), Error> {
    let (case, request) = visible(conn, acting, id)?.ok_or(Error::NotFound)?;
    Ok((case.id, request))
}

/// A document that a link may read: one that the request shares, or one that came in answer to it.
pub fn document_by_link(conn: &mut Conn, acting: &Acting, id: Id, document: Id) -> Result<Document, Error> {
    let (case, request) = visible(conn, acting, id)?.ok_or(Error::NotFound)?;
    let (found, _) = document::store::find(conn, document)?.ok_or(Error::NotFound)?;
    let shared = store::shared_documents(conn, &[id])?.iter().any(|(_, one)| one.id == document);
    let own = !store::documents_of_case(conn, case.id, Some(request.id), &[document])?.is_empty();
    if shared || own { Ok(found) } else { Err(Error::NotFound) }
}
