//! The routes of sign-in, of one's own account, and of users.

mod one_time;

use std::collections::HashSet;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError, delete, get, patch, post, web};
use serde_json::json;

use super::model::{
    ColleagueView, LoginBody, MeView, MyOrganisationView, PasswordBody, PasswordResetBody, RefreshBody, SessionView,
    TokensView, User, UserBody, UserChange, UserFilter, UserRowView, UserView,
};
use super::{commands, store};
use crate::app::{Answer, App, Mark, Origin};
use crate::auth::{Administer, Caller, ListUsers, Role, SignedIn, granted_to};
use crate::body::Submitted;
use crate::db::{Conn, Page, PageQuery, page_window};
use crate::error::Error;
use crate::http::{self, Body, Filter, FormOrJson, PathId, Problem, Routes, StepBody, StepHeaders, WriteHeaders};
use crate::{organisation, outbox, pages};

/// The name under which the service acts for somebody who has not signed in yet.
const SIGN_IN: &str = "sign-in";

/// The name under which the service acts for somebody who can't sign in any more, or not yet.
const PASSWORD: &str = "password link";

/// How long an answer to a request for a new password takes: longer than the work of one that is known.
const RESET_TAKES: Duration = Duration::from_millis(150);

/// The routes.
pub fn routes(config: &mut impl Routes) {
    config.service(login);
    config.service(refresh);
    config.service(logout);
    config.service(ask_for_reset);
    config.service(set_password);
    config.service(password_page);
    config.service(send_password_page);
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
#[utoipa::path(tag = "auth", security(()), request_body = LoginBody, responses((status = 200, body = TokensView)))]
#[post("/auth/login")]
async fn login(app: App, origin: Origin, body: Body<LoginBody>) -> Result<Answer, Problem> {
    let answer = app.block_on_password(move |app| {
        Answer::ok(&commands::sign_in(app, &app.acting_for(SIGN_IN, origin), body.submitted)?)
    });
    Ok(answer.await?)
}

/// Exchanges a refresh token for new tokens.
///
/// A refresh token is good for once. One that is shown a second time may have been stolen: its session ends.
#[utoipa::path(tag = "auth", security(()), request_body = RefreshBody, responses((status = 200, body = TokensView)))]
#[post("/auth/refresh")]
async fn refresh(app: App, origin: Origin, body: Body<RefreshBody>) -> Result<Answer, Problem> {
    let answer =
        app.block(move |app| Answer::ok(&commands::refresh(app, &app.acting_for(SIGN_IN, origin), body.submitted)?));
    Ok(answer.await?)
}

/// Signs out: ends the session of a refresh token, whatever the token says.
#[utoipa::path(tag = "auth", security(()), request_body = RefreshBody, responses((status = 204, description = "The session has ended")))]
#[post("/auth/logout")]
async fn logout(app: App, origin: Origin, body: Body<RefreshBody>) -> Result<Answer, Problem> {
    let answer = app.block(move |app| {
        commands::sign_out(app, &app.acting_for(SIGN_IN, origin), body.submitted)?;
        Ok(Answer::no_content())
    });
    Ok(answer.await?)
}

/// Mails a link by which a new password can be chosen, if there is such an account.
///
/// An address that is known and one that is not are answered alike. After 5 requests for one address, or 50 from one
/// network address, within 15 minutes: 429 with `Retry-After`. They are counted apart from failed sign-ins.
#[utoipa::path(tag = "auth", security(()), request_body = PasswordResetBody, responses((status = 204, description = "A mail is on its way, if there is such an account"), (status = 429, description = "Too many requests", body = crate::http::ProblemView, content_type = "application/problem+json")))]
#[post("/auth/password-reset")]
async fn ask_for_reset(app: App, origin: Origin, body: Body<PasswordResetBody>) -> Result<Answer, Problem> {
    let answer_at = tokio::time::Instant::now() + RESET_TAKES;
    let answer = app.block(move |app| {
        commands::ask_for_reset(app, &app.acting_for(PASSWORD, origin), body.submitted)?;
        Ok(Answer::no_content())
    });
    let answer = answer.await?;
    tokio::time::sleep_until(answer_at).await;
    Ok(answer)
}

/// Sets a password: yours, with the one until now, or that of the account that a mailed link is for.
///
/// With `current_password` you must be signed in; your other sessions end. A wrong one is answered 401 and counts as a
/// failed sign-in. With `token`, of an invitation or a reset, nobody need be signed in; every session of the account
/// ends. A token is good for once; one that is not good, or no longer, is answered 401.
#[utoipa::path(tag = "auth", request_body = PasswordBody, responses((status = 204, description = "The password is set"), (status = 429, description = "Too many attempts", body = crate::http::ProblemView, content_type = "application/problem+json")))]
#[post("/auth/password")]
async fn set_password(
    app: App,
    origin: Origin,
    caller: Result<Caller<SignedIn>, Problem>,
    body: Body<PasswordBody>,
) -> Result<Answer, Problem> {
    let by_link = body.submitted.sound().is_some_and(|body| body.token.is_some());
    let acting = match caller {
        Ok(caller) if !by_link => Some(app.read(caller, |_, _, acting| Ok(acting.clone())).await?),
        Err(fault) if body.submitted.sound().is_some() && !by_link => return Err(fault),
        _ => None,
    };
    let answer = app.block_on_password(move |app| {
        match acting {
            Some(acting) => commands::change_password(app, &acting, body.submitted)?,
            None => commands::set_password(app, &app.acting_for(PASSWORD, origin), body.submitted)?,
        }
        Ok(Answer::no_content())
    });
    Ok(answer.await?)
}

/// Shows the page of a link of an invitation or a reset: a form without script. Reading spends nothing.
///
/// Front-ends with a page of their own (`EHCP_ACCOUNT_URL`) use `POST /auth/password` instead.
#[utoipa::path(tag = "auth", security(()), params(("token" = String, Path, description = "The secret of the link")), responses((status = 200, description = "The page", body = String, content_type = "text/html")))]
#[get("/auth/password-links/{token}")]
async fn password_page(app: App, origin: Origin, token: web::Path<String>) -> HttpResponse {
    let secret = token.clone();
    let opened =
        app.block(move |app| commands::opened_by(app, &app.acting_for(PASSWORD, origin), &secret).map(drop)).await;
    match opened {
        Ok(()) => show(&app, &token, StatusCode::OK, Shown::Form(None)),
        Err(fault) => refuse(&app, fault),
    }
}

/// Takes the form of that page.
#[utoipa::path(tag = "auth", security(()), params(("token" = String, Path, description = "The secret of the link")), request_body(content = String, content_type = "application/x-www-form-urlencoded"), responses((status = 200, description = "The password is set", body = String, content_type = "text/html")))]
#[post("/auth/password-links/{token}")]
async fn send_password_page(app: App, origin: Origin, token: web::Path<String>, form: FormOrJson) -> HttpResponse {
    let FormOrJson::Form(fields) = form else {
        return refuse(&app, Error::UnsupportedMediaType("Send the form of the page; programs use /auth/password."));
    };
    let mut fields = fields.into_iter();
    let new_password = fields.find(|(name, _)| name == "new_password").map(|(_, value)| value).unwrap_or_default();
    let body = json!({ "token": token.as_str(), "new_password": new_password });
    let body = Submitted::<PasswordBody>::parse(body.to_string().as_bytes());
    let set =
        app.block_on_password(move |app| commands::set_password(app, &app.acting_for(PASSWORD, origin), body)).await;
    match set {
        Ok(()) => show(&app, &token, StatusCode::OK, Shown::Done),
        Err(Error::Invalid(faults)) => {
            let fault = faults.first().map(|fault| fault.detail.clone()).unwrap_or_default();
            show(&app, &token, StatusCode::UNPROCESSABLE_ENTITY, Shown::Form(Some(fault)))
        }
        Err(fault) => refuse(&app, fault),
    }
}

/// What the page of a link shows.
enum Shown {
    /// The form, with what was wrong with the last password.
    Form(Option<String>),
    /// That the password is set.
    Done,
}

fn show(app: &App, token: &str, status: StatusCode, shown: Shown) -> HttpResponse {
    let (heading, done, fault) = match shown {
        Shown::Form(fault) => ("Choose your password", false, fault),
        Shown::Done => ("Your password is set", true, None),
    };
    let facts = json!({
        "authority": app.settings().casework.authority_name,
        "path": format!("{}/api/v1/auth/password-links/{token}", app.settings().http.public_path()),
        "heading": heading,
        "done": done,
        "fault": fault,
    });
    match pages::render("password.html", &facts) {
        Ok(html) => http::page(status, &pages::POLICY, html),
        Err(fault) => refuse(app, fault),
    }
}

fn refuse(app: &App, fault: Error) -> HttpResponse {
    let problem = Problem(fault);
    let words = problem.view();
    let (heading, detail, what_to_do) = match &problem.0 {
        Error::NotFound | Error::Unauthenticated(_) => (
            "This link does not open anything",
            "It may have expired or been used, or a newer one may have taken its place.",
            Some("Ask for a new password where you sign in, and a new link is mailed to you."),
        ),
        _ => (words.title, words.detail.as_str(), None),
    };
    match pages::closed(&app.settings().casework.authority_name, heading, detail, what_to_do) {
        Ok(html) => http::problem_page(&problem, &pages::POLICY, html),
        Err(fault) => Problem(fault).error_response(),
    }
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

/// A user, with whether their address refuses mail.
fn shown(conn: &mut Conn, user: User) -> Result<UserView, Error> {
    let marked = outbox::store::marked(conn, [&user.email])?;
    Ok(UserView::from(user).with_bounces(&marked))
}

/// Lists users by name. Administrators see the whole of them, caseworkers and managers their ids, names and roles.
#[utoipa::path(tag = "users", params(UserFilter), responses((status = 200, body = Page<UserRowView>)))]
#[get("/users")]
async fn list(app: App, caller: Caller<ListUsers>, filter: Filter<UserFilter>) -> Result<Answer, Problem> {
    let answer = app.read(caller, move |_, conn, acting| {
        let window = page_window(filter.limit, filter.cursor.as_deref(), filter.count)?;
        let whole = acting.is(Role::Admin);
        let users = store::list(conn, filter.role, filter.active, &window)?;
        let marked = match whole {
            true => outbox::store::marked(conn, users.items.iter().map(|user| &user.email))?,
            false => HashSet::new(),
        };
        Answer::ok(&users.map(|user| {
            if whole {
                UserRowView::Whole(UserView::from(user).with_bounces(&marked))
            } else {
                UserRowView::Name(ColleagueView::from(user))
            }
        }))
    });
    Ok(answer.await?)
}

/// Adds a user.
///
/// Without a `password`, an invitation is mailed to them, at any hour, by whose link they choose their own.
#[utoipa::path(tag = "users", params(WriteHeaders), request_body = UserBody, responses((status = 201, body = UserView)))]
#[post("/users")]
async fn add(app: App, caller: Caller<Administer>, body: Body<UserBody>) -> Result<Answer, Problem> {
    let (submitted, password_hash) = app
        .block_on_password(move |app| {
            let password_hash = commands::hash_first_password(app, &body.submitted)?;
            Ok((body.submitted, password_hash))
        })
        .await?;
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let made = commands::add(app, tx, acting, submitted, password_hash)?;
        let location = format!("/api/v1/users/{}", made.id);
        Answer::created(location, Some(made.version), &shown(tx, made)?)
    });
    Ok(answer.await?)
}

/// Reads a user.
#[utoipa::path(tag = "users", params(("id" = crate::ids::Id, Path)), responses((status = 200, body = UserView)))]
#[get("/users/{id}")]
async fn read(app: App, caller: Caller<Administer>, id: PathId) -> Result<Answer, Problem> {
    let answer = app.read(caller, move |_, conn, _| {
        let found = store::find(conn, id.0)?.ok_or(Error::NotFound)?;
        Answer::versioned(found.version, &shown(conn, found)?)
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
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let changed = commands::change(app, tx, acting, id.0, body.step)?;
        Answer::versioned(changed.version, &shown(tx, changed)?)
    });
    Ok(answer.await?)
}
