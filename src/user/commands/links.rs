//! Links by which people choose a password: of an invitation, and of a reset.
//!
//! Whoever asks for a reset is told nothing: an address that is known and one that is not are answered alike, count alike
//! against the limits and cost alike. What is asked too often waits, as after failed sign-ins, which are counted apart:
//! nobody can shut another's door by asking for resets.

use chrono::TimeDelta;
use serde_json::json;

use super::sign_in::begin;
use crate::app::App;
use crate::audit::{self, Event};
use crate::auth::{Acting, LinkPurpose, token_digest};
use crate::body::Submitted;
use crate::db::Tx;
use crate::error::Error;
use crate::ids::Id;
use crate::mail::{Link, Notice};
use crate::outbox;
use crate::outbox::model::{Moot, NewMessage};
use crate::time::Instant;
use crate::user::model::{
    AccountLink, Attempt, FAILURES_COUNT_FOR, FAILURES_OF_ADDRESS, PasswordResetBody, User, fold_email,
};
use crate::user::store;
use crate::words::Word;

/// What stands before an account or an address where resets are counted.
const RESET: &str = "password reset";

/// What stands before an address where links that open nothing are counted.
const LINK: &str = "password link";

/// Mails a new user the link by which they choose their first password.
pub(super) fn invite(app: &App, tx: &mut Tx<'_>, acting: &Acting, user: &User) -> Result<(), Error> {
    let expires_at = acting.at.plus(TimeDelta::days(i64::from(app.settings().auth.invitation_days)));
    let id = keep_link(app, tx, acting, user, LinkPurpose::Invitation, expires_at)?;
    let message = NewMessage::new(Notice::Invitation, &user.email, mail_of(id))
        .with("expires_on", json!(expires_at.day_in_london()))
        .with_link(Link::new(LinkPurpose::Invitation, id))
        .at_any_hour();
    outbox::enqueue(tx, acting, message)?;
    audit::record(tx, acting, Event::new("invitation_mailed", "user", user.id))
}

/// Mails somebody who can't sign in the link by which they choose a new password, if there is such an account.
pub fn ask_for_reset(app: &App, acting: &Acting, body: Submitted<PasswordResetBody>) -> Result<(), Error> {
    let email = fold_email(&body.open()?.email);
    let from = format!("{RESET} from {}", acting.network());
    let attempt = begin(app, acting, &format!("{RESET} of {email}"), from)?;
    app.db().write(|tx| {
        store::write_attempt_again(tx, attempt.id)?;
        match store::by_email(tx, &email)?.filter(|user| user.active) {
            // Whoever comes by the council's sign-in has no password here.
            Some(user) if !store::council::is_linked(tx, user.id)? => mail_reset(app, tx, acting, &user),
            _ => Ok(()),
        }
    })?;
    app.jobs().nudge();
    Ok(())
}

fn mail_reset(app: &App, tx: &mut Tx<'_>, acting: &Acting, user: &User) -> Result<(), Error> {
    let minutes = app.settings().auth.password_reset_minutes;
    let expires_at = acting.at.plus(TimeDelta::minutes(i64::from(minutes)));
    let id = keep_link(app, tx, acting, user, LinkPurpose::PasswordReset, expires_at)?;
    let message = NewMessage::new(Notice::PasswordReset, &user.email, mail_of(id))
        .with("expires_at", json!(expires_at))
        .with_link(Link::new(LinkPurpose::PasswordReset, id))
        .at_any_hour();
    outbox::enqueue(tx, acting, message)?;
    audit::record(tx, acting, Event::new("password_reset_mailed", "user", user.id))
}

fn keep_link(
    app: &App,
    tx: &mut Tx<'_>,
    acting: &Acting,
    user: &User,
    purpose: LinkPurpose,
    expires_at: Instant,
) -> Result<Id, Error> {
    let id = Id::new();
    let link = AccountLink {
        id,
        user_id: user.id,
        purpose: Word(purpose),
        token_hash: token_digest(&app.tokens().link_token(purpose, id)?),
        created_at: acting.at,
        expires_at,
        ended_at: None,
    };
    store::insert_link(tx, &link)?;
    Ok(id)
}

/// What a link's mail is known by.
fn mail_of(link: Id) -> String {
    format!("account_link:{link}")
}

/// Ends the links of a user, and withdraws the mails that would still bring one: a password was chosen, or the address is
/// no longer theirs.
pub(super) fn end_links(tx: &mut Tx<'_>, acting: &Acting, user: Id) -> Result<(), Error> {
    for link in store::open_links_of(tx, user)? {
        store::end_link(tx, link, acting.at)?;
        outbox::withdraw(tx, acting, &Moot { dedupe_key: Some(mail_of(link)), ..Moot::default() })?;
    }
    Ok(())
}

/// The link of a token and whose account it is for. What opens nothing is answered alike, whatever the reason; an address
/// from which many such come is made to wait.
pub fn opened_by(app: &App, acting: &Acting, token: &str) -> Result<(AccountLink, User), Error> {
    let attempt = Attempt {
        id: Id::new(),
        account_hash: token_digest(token),
        address: format!("{LINK} from {}", acting.network()),
        failed_at: acting.at,
    };
    let (throttled, found) = app.db().read(|conn| {
        let throttled = store::nth_failure_of_address(conn, &attempt, FAILURES_OF_ADDRESS)?;
        let link = store::link_by_token(conn, &attempt.account_hash)?.filter(|link| link.stands(acting.at));
        let user = link.as_ref().map(|link| store::find(conn, link.user_id)).transpose()?.flatten();
        Ok((throttled, link.zip(user.filter(|user| user.active))))
    })?;
    let until = throttled.map(|failed_at| failed_at.plus(FAILURES_COUNT_FOR));
    if let Some(seconds) = until.map(|until| (until.utc() - acting.at.utc()).num_seconds()).filter(|left| *left > 0) {
        return Err(Error::Throttled { retry_after: u64::try_from(seconds).unwrap_or(1) });
    }
    if found.is_none() {
        let forget_before = attempt.failed_at.plus(-FAILURES_COUNT_FOR);
        app.db().write(|tx| store::insert_attempt(tx, &attempt, forget_before))?;
    }
    found.ok_or(Error::NotFound)
}
