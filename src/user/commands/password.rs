//! A change of one's own password.

use super::sign_in::verify;
use crate::app::App;
use crate::audit::{self, Event};
use crate::auth::{Acting, weakness};
use crate::body::Submitted;
use crate::codes::Code;
use crate::error::Error;
use crate::user::model::PasswordBody;
use crate::user::store;

/// Sets the caller's password anew and ends their other sessions.
///
/// A wrong current password counts as a failed sign-in: whoever holds a stolen token must not guess on.
pub fn change_password(app: &App, acting: &Acting, body: Submitted<PasswordBody>) -> Result<(), Error> {
    let caller = acting.person()?;
    let user = app.db().read(|conn| store::find(conn, caller.user_id))?.ok_or(Error::NotFound)?;
    let (body, ()) = body.judge(|body, faults| {
        if let Some(weakness) = weakness(&body.new_password, &user.email) {
            faults.add("/new_password", Code::PasswordTooWeak, weakness);
        }
        Ok(())
    })?;
    let verified = verify(app, acting, &user.email, Some(&user), &body.current_password)?;
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
        audit::record(tx, acting, Event::new("password_changed", "user", user.id))
    })
}
