//! What goes out by mail about requests for advice. Each message is queued in the transaction of the change that causes
//! it; it carries a reference, a step and a day, and nothing about the child.

use chrono::TimeDelta;

use super::model::{AdviceLink, AdviceRequest};
use super::store;
use crate::app::App;
use crate::auth::{Acting, LinkPurpose, token_digest};
use crate::db::Tx;
use crate::error::Error;
use crate::ids::Id;

/// Makes a secure link to a request for an organisation's shared mailbox, and queues the mail that brings it.
pub fn mail_link(
    app: &App,
    tx: &mut Tx<'_>,
    acting: &Acting,
    request: &AdviceRequest,
    organisation: Id,
    mailbox: &str,
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
    Ok(link)
}
