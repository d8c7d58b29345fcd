//! Signing in, staying signed in, signing out.

use super::one_time::{self, SecondFactor};
use crate::app::App;
use crate::audit::{self, Event};
use crate::auth::{ACCESS_TOKEN_SECONDS, Acting, random_token, token_digest};
use crate::body::Submitted;
use crate::codes::Code;
use crate::db::Tx;
use crate::error::Error;
use crate::ids::Id;
use crate::user::model::{
    Attempt, FAILURES_COUNT_FOR, FAILURES_OF_ACCOUNT, FAILURES_OF_ADDRESS, LoginBody, RefreshBody, RefreshToken,
    Session, TokensView, User, fold_email,
};
use crate::user::store;

/// Signs a person in. An unknown account, one that is not active, one without a password and a wrong password are
/// answered alike and cost alike.
pub fn sign_in(app: &App, acting: &Acting, body: Submitted<LoginBody>) -> Result<TokensView, Error> {
    let body = body.open()?;
    let email = fold_email(&body.email);
    let known = app.db().read(|conn| store::by_email(conn, &email))?;
    let verified = verify(app, acting, &email, known.as_ref(), &body.password)?;
    // That a code was wrong must stay on record, so the transaction succeeds and only the answer is a refusal.
    let outcome = app.db().write(|tx| {
        let user = store::find_and_hold(tx, verified.user_id)?.filter(|user| verified.still_holds(user));
        let user = user.ok_or(Error::Unauthenticated(Code::InvalidCredentials))?;
        match one_time::judge(app, tx, acting, &user, body.otp.as_deref())? {
            SecondFactor::NotSetUp | SecondFactor::Shown => {}
            SecondFactor::Missing => {
                // Whoever is asked for a code has not failed yet.
                store::forget_attempt(tx, verified.attempt)?;
                audit::record(tx, acting, Event::new("otp_asked_for", "user", user.id))?;
                return Ok(Err(Error::Unauthenticated(Code::OtpRequired)));
            }
            SecondFactor::Wrong => {
                audit::record(tx, acting, Event::new("sign_in_failed", "user", user.id))?;
                return Ok(Err(Error::Unauthenticated(Code::InvalidCredentials)));
            }
        }
        store::forget_attempts_on(tx, &verified.account_hash)?;
        store::forget_sessions_of(tx, user.id, acting.at)?;
        let session = Session {
            id: Id::new(),
            user_id: user.id,
            created_at: acting.at,
            last_used_at: acting.at,
            expires_at: Session::ends(acting.at, acting.at),
            revoked_at: None,
            address: acting.address.clone(),
        };
        store::insert_session(tx, &session)?;
        audit::record(tx, acting, Event::new("signed_in", "user", user.id))?;
        hand_out(app, tx, acting, &user, &session).map(Ok)
    });
    outcome?
}

/// Exchanges a refresh token for new tokens.
pub fn refresh(app: &App, acting: &Acting, body: Submitted<RefreshBody>) -> Result<TokensView, Error> {
    let token_hash = token_digest(&body.open()?.refresh_token);
    let invalid = || Error::Unauthenticated(Code::InvalidToken);
    // That a token was used twice must stay on record, so the transaction succeeds and only the answer is a refusal.
    let exchanged = app.db().write(|tx| {
        let unused = store::use_refresh_token(tx, &token_hash, acting.at)?;
        let Some((session, user)) = behind(tx, &token_hash)? else {
            return Ok(None);
        };
        if !unused {
            if store::end_session(tx, session.id, acting.at)? {
                let event = Event::new("session_ended", "user", user.id);
                audit::record(tx, acting, event.because("A refresh token was used a second time."))?;
            }
            return Ok(None);
        }
        if !user.active || !session.stands(acting.at) {
            return Ok(None);
        }
        store::prolong_session(tx, session.id, acting.at, Session::ends(session.created_at, acting.at))?;
        hand_out(app, tx, acting, &user, &session).map(Some)
    })?;
    exchanged.ok_or_else(invalid)
}

/// Ends the session of a refresh token. A token that says nothing ends nothing, and is answered alike.
pub fn sign_out(app: &App, acting: &Acting, body: Submitted<RefreshBody>) -> Result<(), Error> {
    let token_hash = token_digest(&body.open()?.refresh_token);
    app.db().write(|tx| {
        let Some((session, user)) = behind(tx, &token_hash)? else {
            return Ok(());
        };
        if store::end_session(tx, session.id, acting.at)? {
            audit::record(tx, acting, Event::new("signed_out", "user", user.id))?;
        }
        Ok(())
    })
}

/// An account whose password was shown.
pub(super) struct Verified {
    pub(super) user_id: Id,
    pub(super) account_hash: String,
    attempt: Id,
    password_hash: String,
}

impl Verified {
    /// Whether the user is still who was verified: they may have been changed while the password was being checked.
    pub(super) fn still_holds(&self, user: &User) -> bool {
        user.active && user.password_hash.as_deref() == Some(self.password_hash.as_str())
    }
}

/// Checks a password, unless too many attempts have failed.
///
/// An attempt counts as failed from its beginning until it has succeeded: otherwise many at once would slip past the
/// count. The password is checked outside any transaction, since that takes long on purpose.
pub(super) fn verify(
    app: &App,
    acting: &Acting,
    email: &str,
    known: Option<&User>,
    password: &str,
) -> Result<Verified, Error> {
    let attempt = begin(app, acting, email, acting.network())?;
    // Whoever comes by the council's sign-in has no other way in. Nobody's id is looked up too, so that it costs alike.
    let of_council =
        app.db().read(|conn| store::council::is_linked(conn, known.map_or_else(Id::new, |user| user.id)))?;
    let usable = known.filter(|user| user.active && !of_council);
    let hash = usable.and_then(|user| user.password_hash.as_deref());
    match (app.passwords().verify(password, hash), usable, hash) {
        (true, Some(user), Some(hash)) => Ok(Verified {
            user_id: user.id,
            account_hash: attempt.account_hash,
            attempt: attempt.id,
            password_hash: hash.to_owned(),
        }),
        _ => {
            // Of nobody there is nothing to put on record; something is committed all the same, so that it takes as long.
            app.db().write(|tx| match known {
                Some(user) => audit::record(tx, acting, Event::new("sign_in_failed", "user", user.id)),
                None => store::write_attempt_again(tx, attempt.id),
            })?;
            Err(Error::Unauthenticated(Code::InvalidCredentials))
        }
    }
}

/// Counts an attempt on an account from an address, unless there have been too many of either.
pub(super) fn begin(app: &App, acting: &Acting, account: &str, address: String) -> Result<Attempt, Error> {
    let attempt = Attempt { id: Id::new(), account_hash: token_digest(account), address, failed_at: acting.at };
    app.db().write(|tx| store::insert_attempt(tx, &attempt, acting.at.plus(-FAILURES_COUNT_FOR)))?;
    let retry_after = app.db().read(|conn| {
        let account = store::nth_failure_of_account(conn, &attempt, FAILURES_OF_ACCOUNT)?;
        let address = store::nth_failure_of_address(conn, &attempt, FAILURES_OF_ADDRESS)?;
        let until = account.max(address).map(|failed_at| failed_at.plus(FAILURES_COUNT_FOR));
        Ok(until.map(|until| (until.utc() - acting.at.utc()).num_seconds()).filter(|seconds| *seconds > 0))
    })?;
    if let Some(seconds) = retry_after {
        app.db().write(|tx| store::forget_attempt(tx, attempt.id))?;
        return Err(Error::Throttled { retry_after: u64::try_from(seconds).unwrap_or(1) });
    }
    Ok(attempt)
}

/// The session and the user behind a refresh token.
fn behind(tx: &mut Tx<'_>, token_hash: &str) -> Result<Option<(Session, User)>, Error> {
    let Some(token) = store::refresh_token(tx, token_hash)? else {
        return Ok(None);
    };
    let session = store::session(tx, token.session_id)?.ok_or_else(|| Error::internal("a token without a session"))?;
    let user = store::find(tx, session.user_id)?.ok_or_else(|| Error::internal("a session without a user"))?;
    Ok(Some((session, user)))
}

/// New tokens for a session.
fn hand_out(app: &App, tx: &mut Tx<'_>, acting: &Acting, user: &User, session: &Session) -> Result<TokensView, Error> {
    let refresh_token = random_token();
    let row = RefreshToken {
        token_hash: token_digest(&refresh_token),
        session_id: session.id,
        issued_at: acting.at,
        used_at: None,
    };
    store::insert_refresh_token(tx, &row)?;
    let enrolling = one_time::must_enrol(app, tx, user.id)?;
    let access_token = app.tokens().issue(user.id, session.id, user.role.0, enrolling, acting.at)?;
    Ok(TokensView {
        access_token,
        token_type: "Bearer",
        expires_in: ACCESS_TOKEN_SECONDS,
        refresh_token,
        otp_enrolment_required: enrolling,
    })
}
