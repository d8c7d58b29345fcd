//! The routes of sign-in, of one's own account, and of users.

mod one_time;

use actix_web::{delete, get, patch, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{
    ColleagueView, LoginBody, MeView, MyOrganisationView, PasswordBody, RefreshBody, SessionView, TokensView, UserBody,
    UserChange, UserFilter, UserRowView, UserView,
};
use super::{commands, store};
use crate::app::{Answer, App, Mark, Origin};
use crate::auth::{Administer, Caller, ListUsers, Role, SignedIn, granted_to};
use crate::db::{Page, PageQuery, page_window};
use crate::error::Error;
use crate::http::{Body, Filter, PathId, Problem, StepBody, StepHeaders, WriteHeaders};
use crate::organisation;

/// The name under which the service acts for somebody who has not signed in yet.
const SIGN_IN: &str = "sign-in";

/// The routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(login);
    config.service(refresh);
    config.service(logout);
    config.service(change_password);
    config.service(me);
    config.service(my_sessions);
    config.service(end_my_session);
    config.service(one_time::end_my_sessions);
    config.service(one_time::begin_otp);
    config.service(one_time::confirm_otp);
    config.service(one_time::give_up_otp);
    config.service(list);
    config.service(add);
    config.service(read);
    config.service(change);
    config.service(one_time::reset_otp);
}

/// Signs in.
///
/// An unknown address and a wrong password are answered alike. After 5 failures on one account, or 50 from one network
/// address, within 15 minutes: 429 with `Retry-After`. A session ends 12 hours after its last refresh, and 30 days after
/// its beginning at the latest.
///
/// Whoever has set up one-time codes sends one as `otp`, or a recovery code: without it a right password is answered 401
/// `otp_required`; a code that is wrong or was used before is answered like a wrong password. Where the settings make codes
/// compulsory, the tokens of somebody who has none are good for setting them up alone: `otp_enrolment_required`.
#[utoipa::path(tag = "auth", request_body = LoginBody, responses((status = 200, body = TokensView)))]
#[post("/auth/login")]
async fn login(app: App, origin: Origin, body: Body<LoginBody>) -> Result<Answer, Problem> {
    let answer =
        app.block(move |app| Answer::ok(&commands::sign_in(app, &app.acting_for(SIGN_IN, origin), body.submitted)?));
    Ok(answer.await?)
}

/// Exchanges a refresh token for new tokens.
///
/// A refresh token is good for once. One that is shown a second time may have been stolen: its session ends.
#[utoipa::path(tag = "auth", request_body = RefreshBody, responses((status = 200, body = TokensView)))]
#[post("/auth/refresh")]
async fn refresh(app: App, origin: Origin, body: Body<RefreshBody>) -> Result<Answer, Problem> {
    let answer =
        app.block(move |app| Answer::ok(&commands::refresh(app, &app.acting_for(SIGN_IN, origin), body.submitted)?));
    Ok(answer.await?)
}

/// Signs out: ends the session of a refresh token, whatever the token says.
#[utoipa::path(tag = "auth", request_body = RefreshBody, responses((status = 204, description = "The session has ended")))]
#[post("/auth/logout")]
async fn logout(app: App, origin: Origin, body: Body<RefreshBody>) -> Result<Answer, Problem> {
    let answer = app.block(move |app| {
        commands::sign_out(app, &app.acting_for(SIGN_IN, origin), body.submitted)?;
        Ok(Answer::no_content())
    });
    Ok(answer.await?)
}

/// Changes your password, and ends your other sessions.
///
/// A wrong current password is answered 401 and counts as a failed sign-in.
#[utoipa::path(tag = "auth", request_body = PasswordBody, responses((status = 204, description = "The password is changed"), (status = 429, description = "Too many attempts", body = crate::http::ProblemView, content_type = "application/problem+json")))]
#[post("/auth/password")]
async fn change_password(app: App, caller: Caller<SignedIn>, body: Body<PasswordBody>) -> Result<Answer, Problem> {
    let acting = app.read(caller, |_, _, acting| Ok(acting.clone())).await?;
    let answer = app.block(move |app| {
        commands::change_password(app, &acting, body.submitted)?;
        Ok(Answer::no_content())
    });
    Ok(answer.await?)
}

/// Tells who you are and what you may do.
#[utoipa::path(tag = "me", operation_id = "read", responses((status = 200, body = MeView)))]
#[get("/me")]
async fn me(app: App, caller: Caller<SignedIn>) -> Result<Answer, Problem> {
    let answer = app.read(caller, |_, conn, acting| {
        let user = store::find(conn, acting.person()?.user_id)?.ok_or(Error::NotFound)?;
        let organisation = match user.organisation_id {
            Some(id) => {
                organisation::store::find(conn, id)?.map(|row| MyOrganisationView { id: row.id, name: row.name })
            }
            None => None,
        };
        let has_otp = store::one_time::confirmed_secret_of(conn, user.id)?.is_some();
        let permissions = granted_to(user.role.0);
        Answer::ok(&MeView {
            id: user.id,
            name: user.name,
            email: user.email,
            role: user.role,
            organisation,
            has_otp,
            permissions,
        })
    });
    Ok(answer.await?)
}

/// Lists your sessions that stand, newest first.
#[utoipa::path(tag = "me", operation_id = "sessions", params(PageQuery), responses((status = 200, body = Page<SessionView>)))]
#[get("/me/sessions")]
async fn my_sessions(app: App, caller: Caller<SignedIn>, page: Filter<PageQuery>) -> Result<Answer, Problem> {
    let answer = app.read(caller, move |_, conn, acting| {
        let own = acting.person()?;
        let sessions = store::sessions_of(conn, own.user_id, acting.at, &page.window()?)?;
        Answer::ok(&sessions.map(|session| SessionView {
            id: session.id,
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            expires_at: session.expires_at,
            address: session.address,
            current: session.id == own.session_id,
        }))
    });
    Ok(answer.await?)
}

/// Ends one of your sessions: whoever uses it is signed out at once.
#[utoipa::path(tag = "me", operation_id = "end_session", params(("id" = crate::ids::Id, Path)), responses((status = 204, description = "The session has ended")))]
#[delete("/me/sessions/{id}")]
async fn end_my_session(app: App, caller: Caller<SignedIn>, id: PathId) -> Result<Answer, Problem> {
    let answer = app.write(caller, Mark::default(), move |_, tx, acting| {
        commands::end_own_session(tx, acting, id.0)?;
        Ok(Answer::no_content())
    });
    Ok(answer.await?)
}

/// Lists users by name. Administrators see the whole of them, caseworkers and managers their ids, names and roles.
#[utoipa::path(tag = "users", params(UserFilter), responses((status = 200, body = Page<UserRowView>)))]
#[get("/users")]
async fn list(app: App, caller: Caller<ListUsers>, filter: Filter<UserFilter>) -> Result<Answer, Problem> {
    let answer = app.read(caller, move |_, conn, acting| {
        let window = page_window(filter.limit, filter.cursor.as_deref(), filter.count)?;
        let whole = acting.is(Role::Admin);
        let users = store::list(conn, filter.role, filter.active, &window)?;
        Answer::ok(&users.map(|user| {
            if whole { UserRowView::Whole(UserView::from(user)) } else { UserRowView::Name(ColleagueView::from(user)) }
        }))
    });
    Ok(answer.await?)
}

/// Adds a user.
///
/// Without a `password` they can't sign in until one is set for them.
#[utoipa::path(tag = "users", params(WriteHeaders), request_body = UserBody, responses((status = 201, body = UserView)))]
#[post("/users")]
async fn add(app: App, caller: Caller<Administer>, body: Body<UserBody>) -> Result<Answer, Problem> {
    let (submitted, password_hash) = app
        .block(move |app| {
            let password_hash = commands::hash_first_password(app, &body.submitted)?;
            Ok((body.submitted, password_hash))
        })
        .await?;
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let made = commands::add(tx, acting, submitted, password_hash)?;
        let location = format!("/api/v1/users/{}", made.id);
        Answer::created(location, Some(made.version), &UserView::from(made))
    });
    Ok(answer.await?)
}

/// Reads a user.
#[utoipa::path(tag = "users", params(("id" = crate::ids::Id, Path)), responses((status = 200, body = UserView)))]
#[get("/users/{id}")]
async fn read(app: App, caller: Caller<Administer>, id: PathId) -> Result<Answer, Problem> {
    let answer = app.read(caller, move |_, conn, _| {
        let found = store::find(conn, id.0)?.ok_or(Error::NotFound)?;
        Answer::versioned(found.version, &UserView::from(found))
    });
    Ok(answer.await?)
}

/// Changes a user: what is left out stays as it is.
///
/// Whoever is no longer active, or has another role or organisation, is signed out at once.
#[utoipa::path(tag = "users", params(("id" = crate::ids::Id, Path), StepHeaders), request_body = UserChange, responses((status = 200, body = UserView)))]
#[patch("/users/{id}")]
async fn change(
    app: App,
    caller: Caller<Administer>,
    id: PathId,
    body: StepBody<UserChange>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let changed = commands::change(tx, acting, id.0, body.step)?;
        Answer::versioned(changed.version, &UserView::from(changed))
    });
    Ok(answer.await?)
}
