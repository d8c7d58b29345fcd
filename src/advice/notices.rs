//! What goes out by mail about requests for advice. Each message is queued in the transaction of the change that causes
//! it; it carries a reference, a step and a day, and nothing about the child.

use chrono::TimeDelta;
use serde_json::json;
use statute::AdviceStatus;

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

/// Tells organisations, as far as they can be reached, that advice is asked of them or owed again. The requests are of one
/// case and as they were derived, with the day they are due.
pub fn ask_by_mail(
    app: &App,
    tx: &mut Tx<'_>,
    acting: &Acting,
    reference: &str,
    asked: &[(&AdviceRequest, &Organisation)],
) -> Result<(), Error> {
    let (mut messages, mut links) = (Vec::new(), Vec::new());
    for (request, organisation) in asked {
        let Some(mailbox) = organisation.mailbox.as_ref().filter(|_| app.settings().notices.advice.request) else {
            continue;
        };
        let key = format!("advice_request:{}:{}", request.id, request.version);
        let message = about(NewMessage::new(Notice::AdviceRequest, mailbox, key), reference, request)
            .with("returned", request.status.0 == AdviceStatus::Returned);
        if organisation.answers_by_link {
            let link = new_link(app, acting, request.id, organisation.id, mailbox)?;
            messages.push(message.with_link(Link::new(LinkPurpose::AdviceLink, link.id)));
            links.push((request.case_id, link));
        } else {
            messages.push(message);
        }
    }
    outbox::enqueue_all(tx, acting, messages)?;
    keep_links(tx, acting, links)
}

/// A message about a request, with the facts that each of them tells.
fn about(message: NewMessage, reference: &str, request: &AdviceRequest) -> NewMessage {
    message
        .with("reference", reference)
        .with("kind", request.kind.0.description())
        .with("due_on", json!(request.due_on))
        .about_case(request.case_id)
        .about_request(request.id)
}

/// A secure link that a mail is about to bring. Its row is kept with the mail.
pub fn new_link(app: &App, acting: &Acting, request: Id, organisation: Id, mailbox: &str) -> Result<AdviceLink, Error> {
    let id = Id::new();
    let good_for = TimeDelta::days(i64::from(app.settings().auth.advice_link_days));
    Ok(AdviceLink {
        id,
        advice_request_id: request,
        organisation_id: organisation,
        mailed_to: mailbox.to_owned(),
        token_hash: token_digest(&app.tokens().link_token(LinkPurpose::AdviceLink, id)?),
        created_by: acting.user_id(),
        created_at: acting.at,
        expires_at: acting.at.plus(good_for),
        spent_at: None,
        revoked_at: None,
    })
}

/// Keeps links whose mails were queued, each with the case that it is about, and puts them on record.
pub fn keep_links(tx: &mut Tx<'_>, acting: &Acting, links: Vec<(Id, AdviceLink)>) -> Result<(), Error> {
    let (cases, links): (Vec<Id>, Vec<AdviceLink>) = links.into_iter().unzip();
    store::links::insert_all(tx, &links)?;
    let mailed = |(case, link): (&Id, &AdviceLink)| {
        Event::new("advice_link_mailed", "advice_request", link.advice_request_id)
            .case(*case)
            .on(acting.today)
            .after(&json!({ "link_id": link.id, "expires_at": link.expires_at }))
    };
    audit::record_all(tx, acting, cases.iter().zip(&links).map(mailed).collect())
}

/// What a link's mail is known by.
fn mail_of(link: Id) -> String {
    format!("advice_link:{link}")
}

/// Ends the links of a request, and withdraws the mails that would still bring one: nothing is left to answer, or it is
/// for another body.
pub fn end_links(tx: &mut Tx<'_>, acting: &Acting, request: Id) -> Result<(), Error> {
    end_links_of(tx, acting, vec![request])
}

/// The same for several requests.
pub fn end_links_of(tx: &mut Tx<'_>, acting: &Acting, requests: Vec<Id>) -> Result<(), Error> {
    if requests.is_empty() {
        return Ok(());
    }
    store::links::spend(tx, &requests, acting.at)?;
    let kinds = vec![Notice::AdviceLink, Notice::AdviceRequest, Notice::AdviceReminder, Notice::AdviceChase];
    outbox::withdraw(tx, acting, &Moot { advice_requests: requests, kinds, ..Moot::default() })?;
    Ok(())
}

/// Withdraws the mail that would still bring a link which was revoked.
pub fn withdraw_mail(tx: &mut Tx<'_>, acting: &Acting, request: Id, link: Id) -> Result<(), Error> {
    for dedupe_key in outbox::keys_with_link(tx, request, link)? {
        let moot = Moot { advice_requests: vec![request], dedupe_key: Some(dedupe_key), ..Moot::default() };
        outbox::withdraw(tx, acting, &moot)?;
    }
    Ok(())
}

/// Makes a secure link to a request for an organisation's shared mailbox, and queues the mail that brings it at once.
pub fn mail_link(
    app: &App,
    tx: &mut Tx<'_>,
    acting: &Acting,
    reference: &str,
    request: &AdviceRequest,
    (organisation, mailbox): (Id, &str),
) -> Result<AdviceLink, Error> {
    let link = new_link(app, acting, request.id, organisation, mailbox)?;
    let message = about(NewMessage::new(Notice::AdviceLink, mailbox, mail_of(link.id)), reference, request)
        .with_link(Link::new(LinkPurpose::AdviceLink, link.id))
        .at_any_hour();
    outbox::enqueue(tx, acting, message)?;
    keep_links(tx, acting, vec![(request.case_id, link.clone())])?;
    Ok(link)
}
