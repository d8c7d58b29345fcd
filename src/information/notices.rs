//! The mail that asks a setting for information. It carries a reference, a step and a day, and nothing about the child.

use serde_json::json;

use super::model::InformationRequest;
use crate::app::App;
use crate::auth::Acting;
use crate::db::Tx;
use crate::error::Error;
use crate::mail::Notice;
use crate::organisation::model::Organisation;
use crate::outbox;
use crate::outbox::model::{Moot, NewMessage};

/// Asks a setting by mail, if it has a mailbox and the council's rules say so.
pub fn ask_by_mail(
    app: &App,
    tx: &mut Tx<'_>,
    acting: &Acting,
    reference: &str,
    (request, setting): (&InformationRequest, &Organisation),
) -> Result<(), Error> {
    let Some(mailbox) = setting.mailbox.as_ref().filter(|_| app.settings().notices.information.request) else {
        return Ok(());
    };
    let key = format!("information_request:{}", request.id);
    let message = NewMessage::new(Notice::InformationRequest, mailbox, key)
        .with("reference", reference)
        .with("due_on", json!(request.reply_by))
        .about_case(request.case_id)
        .about_information(request.id);
    outbox::enqueue(tx, acting, message)
}

/// Withdraws what still waits to be said about a request: it is answered or cancelled.
pub fn withdraw(tx: &mut Tx<'_>, acting: &Acting, request: &InformationRequest) -> Result<(), Error> {
    outbox::withdraw(tx, acting, &Moot { information_request: Some(request.id), ..Moot::default() })?;
    Ok(())
}
