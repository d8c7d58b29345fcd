//! The routes of one-time codes, and of signing out everywhere.

use actix_web::{delete, post};

use crate::app::{Answer, App, Mark};
use crate::auth::{Administer, Caller, SetUpCodes, SignedIn};
use crate::http::{Body, PathId, Problem};
use crate::user::commands;
use crate::user::model::{OtpBody, OtpConfirmationBody, OtpRemovalBody, OtpView, RecoveryCodesView};

/// Begins to set up one-time codes (RFC 6238).
///
/// The answer has a secret for an authenticator app. It counts once `POST /me/otp/confirmation` has shown a code made with
/// it; beginning again replaces it. A wrong password is answered 401 and counts as a failed sign-in. Whoever signs in at
/// the council's own sign-in has no password here, and shows a second factor there.
#[utoipa::path(tag = "me", request_body = OtpBody, responses((status = 200, body = OtpView), (status = 429, description = "Too many attempts", body = crate::http::ProblemView, content_type = "application/problem+json")))]
#[post("/me/otp")]
pub(super) async fn begin_otp(app: App, caller: Caller<SetUpCodes>, body: Body<OtpBody>) -> Result<Answer, Problem> {
    let acting = app.read(caller, |_, _, acting| Ok(acting.clone())).await?;
    Ok(app.block_on_password(move |app| Answer::ok(&commands::begin_otp(app, &acting, body.submitted)?)).await?)
}

/// Sets one-time codes up: from now on signing in asks for one.
///
/// The answer has recovery codes, each good for one sign-in without the device. Your other sessions end. A token that was
/// good for setting up codes alone stays so: exchange the refresh token for one that is good for everything.
#[utoipa::path(tag = "me", request_body = OtpConfirmationBody, responses((status = 200, body = RecoveryCodesView)))]
#[post("/me/otp/confirmation")]
pub(super) async fn confirm_otp(
    app: App,
    caller: Caller<SetUpCodes>,
    body: Body<OtpConfirmationBody>,
) -> Result<Answer, Problem> {
    // Without its mark: an answer with codes must not be kept.
    let answer = app.write(caller, Mark::default(), move |app, tx, acting| {
        Answer::ok(&commands::confirm_otp(app, tx, acting, body.submitted)?)
    });
    Ok(answer.await?)
}

/// Gives one-time codes up, as on the way to another device.
///
/// Needs the password and a code of the device, or a recovery code: what is wrong counts as a failed sign-in. Where the
/// settings make one-time codes compulsory, the next token is good for setting them up alone.
#[utoipa::path(tag = "me", request_body = OtpRemovalBody, responses((status = 204, description = "Signing in asks for no code any more"), (status = 404, description = "None are set up", body = crate::http::ProblemView, content_type = "application/problem+json"), (status = 429, description = "Too many attempts", body = crate::http::ProblemView, content_type = "application/problem+json")))]
#[delete("/me/otp")]
pub(super) async fn give_up_otp(
    app: App,
    caller: Caller<SignedIn>,
    body: Body<OtpRemovalBody>,
) -> Result<Answer, Problem> {
    let acting = app.read(caller, |_, _, acting| Ok(acting.clone())).await?;
    let answer = app.block_on_password(move |app| {
        commands::give_up_otp(app, &acting, body.submitted)?;
        Ok(Answer::no_content())
    });
    Ok(answer.await?)
}

/// Takes a user's one-time codes away, for whoever has lost the device and the recovery codes too.
///
/// Make sure that it is they who ask. They are signed out, and sign in with their password alone until they have set up
/// codes again. Your own you give up with `DELETE /me/otp`.
#[utoipa::path(tag = "users", params(("id" = crate::ids::Id, Path)), responses((status = 204, description = "They are taken away")))]
#[delete("/users/{id}/otp")]
pub(super) async fn reset_otp(app: App, caller: Caller<Administer>, id: PathId) -> Result<Answer, Problem> {
    let answer = app.write(caller, Mark::default(), move |_, tx, acting| {
        commands::reset_otp(tx, acting, id.0)?;
        Ok(Answer::no_content())
    });
    Ok(answer.await?)
}

/// Signs you out everywhere: ends every session of yours, the one that asks too.
///
/// A session of the council's own sign-in ends here; there, sign out at the council's too.
#[utoipa::path(tag = "me", operation_id = "end_sessions", responses((status = 204, description = "All your sessions have ended")))]
#[delete("/me/sessions")]
pub(super) async fn end_my_sessions(app: App, caller: Caller<SignedIn>) -> Result<Answer, Problem> {
    let answer = app.write(caller, Mark::default(), move |_, tx, acting| {
        commands::end_own_sessions(tx, acting)?;
        Ok(Answer::no_content())
    });
    Ok(answer.await?)
}
