//! A new password: by whoever shows the old one, or by the link of a mail.

use super::links::{end_links, opened_by};
use super::sign_in::verify;
use crate::app::App;
use crate::audit::{self, Event};
use crate::auth::{Acting, token_digest, weakness};
use crate::body::Submitted;
use crate::codes::Code;
use crate::error::{Error, Faults};
use crate::user::model::{PasswordBody, User};
use crate::user::store;

/// Sets the caller's password anew and ends their other sessions.
///
/// A wrong current password counts as a failed sign-in: whoever holds a stolen token must not guess on.
pub fn change_password(app: &App, acting: &Acting, body: Submitted<PasswordBody>) -> Result<(), Error> {
    let caller = acting.person()?;
    let user = app.db().read(|conn| store::find(conn, caller.user_id))?.ok_or(Error::NotFound)?;
    let (body, ()) = body.judge(|body, faults| {
        check(body, Some(&user), faults);
        Ok(())
    })?;
    let current_password = body.current_password.unwrap_or_default();
    let verified = verify(app, acting, &user.email, Some(&user), &current_password)?;
    let hash = app.passwords().hash(&body.new_password)?;
    app.db().write(|tx| {
        let user = store::find_and_hold(tx, verified.user_id)?.filter(|user| verified.still_holds(user));
        let mut user = user.ok_or(Error::Unauthenticated(Code::InvalidCredentials))?;
        store::forget_attempts_on(tx, &verified.account_hash)?;
        user.password_hash = Some(hash);
        user.version = user.version.saturating_add(1);
        user.updated_at = acting.at;
        store::update(tx, &user)?;
        store::end_sessions_of(tx, user.id, Some(caller.session_id), acting.at)?;
        end_links(tx, acting, user.id)?;
        audit::record(tx, acting, Event::new("password_changed", "user", user.id))
    })
}

/// Sets the password of the account that a link is for. The link has then been used, every session of the account ends,
/// and failed sign-ins before it are forgotten: whoever reads the account's mail may sign in.
pub fn set_password(app: &App, acting: &Acting, body: Submitted<PasswordBody>) -> Result<(), Error> {
    let invalid = || Error::Unauthenticated(Code::InvalidToken);
    let opened = match body.sound().and_then(|body| body.token.as_deref()) {
        None => None,
        Some(token) => Some(opened_by(app, acting, token).map_err(|fault| match fault {
            Error::NotFound => invalid(),
            other => other,
        })?),
    };
    let (body, ()) = body.judge(|body, faults| {
        check(body, opened.as_ref().map(|(_, user)| user), faults);
        Ok(())
    })?;
    let (link, _) = opened.ok_or_else(invalid)?;
    let hash = app.passwords().hash(&body.new_password)?;
    app.db().write(|tx| {
        let user = store::find_and_hold(tx, link.user_id)?.filter(|user| user.active);
        let mut user = user.ok_or_else(invalid)?;
        // Of two who show the link at once, one is too late.
        if !store::end_link(tx, link.id, acting.at)? {
            return Err(invalid());
        }
        user.password_hash = Some(hash);
        user.version = user.version.saturating_add(1);
        user.updated_at = acting.at;
        store::update(tx, &user)?;
        store::end_sessions_of(tx, user.id, None, acting.at)?;
        store::forget_attempts_on(tx, &token_digest(&user.email))?;
        end_links(tx, acting, user.id)?;
        audit::record(tx, acting, Event::new("password_set", "user", user.id))
    })
}

/// Either shows that the password may be set, and never both: which of the two counted would be anybody's guess.
fn check(body: &PasswordBody, user: Option<&User>, faults: &mut Faults) {
    let readable = faults.is_sound("/token") && faults.is_sound("/current_password");
    match (&body.token, &body.current_password) {
        (None, None) if readable => {
            let detail = "Give your current password, or the token of the link that was mailed to you.";
            faults.add("/current_password", Code::MissingField, detail);
        }
        (Some(_), Some(_)) => {
            let detail = "Give the token of a link or your current password, not both.";
            faults.add("/token", Code::Contradiction, detail);
        }
        _ => {}
    }
    let email = user.map(|user| user.email.as_str()).unwrap_or_default();
    if let Some(weakness) = weakness(&body.new_password, email) {
        faults.add("/new_password", Code::PasswordTooWeak, weakness);
    }
}
