//! What goes out by mail about requests for advice. Each message is queued in the transaction of the change that causes
//! it; it carries a reference, a step and a day, and nothing about the child.

use chrono::TimeDelta;

use serde_json::json;

use super::model::{AdviceLink, AdviceRequest};
use super::store;
use crate::app::App;
use crate::audit::{self, Event};
use crate::auth::{Acting, LinkPurpose, token_digest};
use crate::db::Tx;
use crate::error::Error;
use crate::ids::Id;
use crate::mail::{Link, Notice};
use crate::organisation::model::Organisation;
use crate::outbox;
use crate::outbox::model::{Moot, NewMessage};

/// Tells an organisation that answers by secure link, and can be reached, that advice is asked of it or owed again. The
/// request is as it was derived, with the day it is due.
pub fn ask_by_link(
    app: &App,
    tx: &mut Tx<'_>,
    acting: &Acting,
    reference: &str,
    request: &AdviceRequest,
    organisation: &Organisation,
) -> Result<(), Error> {
    match &organisation.mailbox {
        Some(mailbox) if organisation.answers_by_link => {
            mail_link(app, tx, acting, reference, request, (organisation.id, mailbox)).map(drop)
        }
        _ => Ok(()),
    }
}

/// What a link's mail is known by.
fn mail_of(link: Id) -> String {
    format!("advice_link:{link}")
}

/// Ends the links of a request, and withdraws the mails that would still bring one: nothing is left to answer, or it is
/// for another body.
pub fn end_links(tx: &mut Tx<'_>, acting: &Acting, request: Id) -> Result<(), Error> {
    store::links::spend(tx, request, acting.at)?;
    let kinds = vec![Notice::AdviceLink];
    outbox::withdraw(tx, acting, &Moot { advice_request_id: Some(request), kinds, ..Moot::default() })?;
    Ok(())
}

/// Withdraws the mail that would still bring a link which was revoked.
pub fn withdraw_mail(tx: &mut Tx<'_>, acting: &Acting, request: Id, link: Id) -> Result<(), Error> {
    let moot = Moot { advice_request_id: Some(request), dedupe_key: Some(mail_of(link)), ..Moot::default() };
    outbox::withdraw(tx, acting, &moot)?;
    Ok(())
}

/// Makes a secure link to a request for an organisation's shared mailbox, and queues the mail that brings it.
pub fn mail_link(
    app: &App,
    tx: &mut Tx<'_>,
    acting: &Acting,
    reference: &str,
    request: &AdviceRequest,
    (organisation, mailbox): (Id, &str),
) -> Result<AdviceLink, Error> {
    let auth = &app.settings().auth;
    let id = Id::new();
    let link = AdviceLink {
        id,
        advice_request_id: request.id,
        organisation_id: organisation,
        mailed_to: mailbox.to_owned(),
        token_hash: token_digest(&app.tokens().link_token(LinkPurpose::AdviceLink, id)?),
        created_by: acting.user_id(),
        created_at: acting.at,
        expires_at: acting.at.plus(TimeDelta::days(i64::from(auth.advice_link_days))),
        spent_at: None,
        revoked_at: None,
    };
    store::links::insert(tx, &link)?;
    let message = NewMessage::new(Notice::AdviceLink, mailbox, mail_of(id))
        .with("reference", reference)
        .with("kind", request.kind.0.description())
        .with("due_on", json!(request.due_on))
        .with_link(Link::new(LinkPurpose::AdviceLink, id))
        .about_case(request.case_id)
        .about_request(request.id)
        .at_any_hour();
    outbox::enqueue(tx, acting, message)?;
    let event = Event::new("advice_link_mailed", "advice_request", request.id).case(request.case_id).on(acting.today);
    audit::record(tx, acting, event.after(&json!({ "link_id": id, "expires_at": link.expires_at })))?;
    Ok(link)
}
