//! One-time codes: setting them up, showing them, giving them up.

use super::sign_in::{Verified, verify};
use crate::app::App;
use crate::audit::{self, Event};
use crate::auth::{Acting, OneTimeSecret, recovery_codes, recovery_digest};
use crate::body::Submitted;
use crate::codes::Code;
use crate::db::Tx;
use crate::error::{Error, Fault};
use crate::ids::Id;
use crate::user::model::{
    KeptSecret, OtpBody, OtpConfirmationBody, OtpRemovalBody, OtpView, RecoveryCode, RecoveryCodesView, User,
};
use crate::user::store::{self, one_time};

const ALREADY: &str = "One-time codes are set up already. Give them up first, to set them up on another device.";

/// What somebody has shown beside their password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SecondFactor {
    /// Nothing is asked of them.
    NotSetUp,
    /// A code that is right, and was not used before.
    Shown,
    /// Nothing, where a code is asked for.
    Missing,
    /// A code that is wrong, or was used before.
    Wrong,
}

/// Judges what a user has shown beside their password, and uses it up. The user is held, so that one code shown twice at
/// once is taken once.
pub(super) fn judge(
    app: &App,
    tx: &mut Tx<'_>,
    acting: &Acting,
    user: &User,
    shown: Option<&str>,
) -> Result<SecondFactor, Error> {
    let Some(kept) = one_time::confirmed_secret_of(tx, user.id)? else {
        return Ok(SecondFactor::NotSetUp);
    };
    let Some(shown) = shown.map(str::trim).filter(|shown| !shown.is_empty()) else {
        return Ok(SecondFactor::Missing);
    };
    let secret = OneTimeSecret::open(&kept.secret, app.tokens(), user.id)?;
    if let Some(step) = secret.step_of(shown, acting.at)? {
        let taken = one_time::take_step(tx, user.id, step)?;
        return Ok(if taken { SecondFactor::Shown } else { SecondFactor::Wrong });
    }
    let code_hash = recovery_digest(app.tokens(), user.id, shown)?;
    if one_time::use_recovery_code(tx, user.id, &code_hash, acting.at)? {
        audit::record(tx, acting, Event::new("recovery_code_used", "user", user.id))?;
        return Ok(SecondFactor::Shown);
    }
    Ok(SecondFactor::Wrong)
}

/// Whether a user must set up one-time codes before anything else.
pub(super) fn must_enrol(app: &App, tx: &mut Tx<'_>, user: Id) -> Result<bool, Error> {
    Ok(app.settings().auth.otp_required && one_time::confirmed_secret_of(tx, user)?.is_none())
}

/// Hands out a secret for one-time codes. It counts once a code made with it is shown.
pub fn begin_otp(app: &App, acting: &Acting, body: Submitted<OtpBody>) -> Result<OtpView, Error> {
    let body = body.open()?;
    let (user, verified) = verified_caller(app, acting, &body.current_password)?;
    let secret = OneTimeSecret::new();
    let kept = KeptSecret {
        user_id: user.id,
        secret: secret.seal(app.tokens(), user.id)?,
        begun_at: acting.at,
        confirmed_at: None,
        last_step: 0,
    };
    app.db().write(|tx| {
        still(tx, &verified)?;
        if one_time::confirmed_secret_of(tx, user.id)?.is_some() {
            return Err(Error::conflict(Code::AlreadyExists, ALREADY));
        }
        store::forget_attempts_on(tx, &verified.account_hash)?;
        one_time::replace_secret(tx, &kept)
    })?;
    let issuer = &app.settings().casework.authority_name;
    Ok(OtpView { secret: secret.to_base32(), uri: secret.to_uri(issuer, &user.email)? })
}

/// Lets the secret count, since its device shows the right code; answers the recovery codes. Other sessions end: they were
/// begun with a password alone.
pub fn confirm_otp(
    app: &App,
    tx: &mut Tx<'_>,
    acting: &Acting,
    body: Submitted<OtpConfirmationBody>,
) -> Result<RecoveryCodesView, Error> {
    let caller = acting.person()?;
    let body = body.open()?;
    store::find_and_hold(tx, caller.user_id)?.ok_or(Error::NotFound)?;
    let kept = match one_time::secret_of(tx, caller.user_id)? {
        None => return Err(Error::conflict(Code::NotNow, "Begin with POST /api/v1/me/otp.")),
        Some(kept) if kept.confirmed_at.is_some() => return Err(Error::conflict(Code::AlreadyExists, ALREADY)),
        Some(kept) => kept,
    };
    let secret = match OneTimeSecret::open(&kept.secret, app.tokens(), caller.user_id) {
        Err(Error::Unauthenticated(_)) => {
            return Err(Error::conflict(Code::NotNow, "Begin again with POST /api/v1/me/otp."));
        }
        opened => opened?,
    };
    let Some(step) = secret.step_of(&body.otp, acting.at)? else {
        let detail = "This is not the code of now. Check the time on the device, and send the code that it shows.";
        return Err(Fault::new("/otp", Code::WrongOtp, detail).into());
    };
    one_time::confirm_secret(tx, caller.user_id, step, acting.at)?;
    let recovery_codes = recovery_codes();
    let kept = recovery_codes.iter().map(|code| {
        let code_hash = recovery_digest(app.tokens(), caller.user_id, code)?;
        Ok(RecoveryCode { code_hash, user_id: caller.user_id, used_at: None })
    });
    one_time::insert_recovery_codes(tx, &kept.collect::<Result<Vec<_>, Error>>()?)?;
    store::end_sessions_of(tx, caller.user_id, Some(caller.session_id), acting.at)?;
    audit::record(tx, acting, Event::new("otp_set_up", "user", caller.user_id))?;
    Ok(RecoveryCodesView { recovery_codes })
}

/// Gives the caller's one-time codes up, as on the way to another device.
pub fn give_up_otp(app: &App, acting: &Acting, body: Submitted<OtpRemovalBody>) -> Result<(), Error> {
    let body = body.open()?;
    let (_, verified) = verified_caller(app, acting, &body.current_password)?;
    let outcome = app.db().write(|tx| {
        let user = still(tx, &verified)?;
        match judge(app, tx, acting, &user, Some(&body.otp))? {
            SecondFactor::NotSetUp => return Err(Error::NotFound),
            SecondFactor::Shown => {}
            SecondFactor::Missing | SecondFactor::Wrong => {
                audit::record(tx, acting, Event::new("sign_in_failed", "user", user.id))?;
                return Ok(Err(Error::Unauthenticated(Code::InvalidCredentials)));
            }
        }
        store::forget_attempts_on(tx, &verified.account_hash)?;
        remove_otp_of(tx, acting, user.id)?;
        Ok(Ok(()))
    });
    outcome?
}

/// Takes somebody's one-time codes away, for whoever has lost the device and the recovery codes too. Their sessions end.
pub fn reset_otp(tx: &mut Tx<'_>, acting: &Acting, user: Id) -> Result<(), Error> {
    if acting.user_id() == Some(user) {
        return Err(Error::Forbidden(
            "These are your own codes: give them up with DELETE /api/v1/me/otp, which asks for the password and a code, or \
                ask another administrator.",
        ));
    }
    store::find_and_hold(tx, user)?.ok_or(Error::NotFound)?;
    if !remove_otp_of(tx, acting, user)? {
        return Err(Error::NotFound);
    }
    store::end_sessions_of(tx, user, None, acting.at)
}

fn remove_otp_of(tx: &mut Tx<'_>, acting: &Acting, user: Id) -> Result<bool, Error> {
    let removed = one_time::forget_secret_of(tx, user)?;
    if removed {
        audit::record(tx, acting, Event::new("otp_removed", "user", user))?;
    }
    Ok(removed)
}

fn verified_caller(app: &App, acting: &Acting, password: &str) -> Result<(User, Verified), Error> {
    let caller = acting.person()?;
    let user = app.db().read(|conn| store::find(conn, caller.user_id))?.ok_or(Error::NotFound)?;
    let verified = verify(app, acting, &user.email, Some(&user), password)?;
    Ok((user, verified))
}

/// The user, held, if they are still who was verified.
fn still(tx: &mut Tx<'_>, verified: &Verified) -> Result<User, Error> {
    let user = store::find_and_hold(tx, verified.user_id)?.filter(|user| verified.still_holds(user));
    user.ok_or(Error::Unauthenticated(Code::InvalidCredentials))
}
