//! What administrators do with accounts, and what everybody may do with their own sessions.

use super::links::{end_links, invite};
use crate::app::App;
use crate::audit::{self, Event};
use crate::auth::{Acting, Role, weakness};
use crate::body::{Step, Submitted};
use crate::codes::Code;
use crate::db::{Conn, Tx};
use crate::error::{Error, Faults};
use crate::ids::Id;
use crate::text::is_email;
use crate::user::model::{User, UserBody, UserChange, UserView, fold_email};
use crate::{calendar, organisation, outbox, user::store};

/// The hash of a new user's first password, if they are given one. A hash takes long on purpose, so it is made before the
/// transaction in which they are added; a body that is faulty needs none.
pub fn hash_first_password(app: &App, body: &Submitted<UserBody>) -> Result<Option<String>, Error> {
    let password = body.sound().and_then(|body| body.password.as_deref());
    password.map(|password| app.passwords().hash(password)).transpose()
}

/// Adds a user, with the hash of the password that the body gives. Who is given none is invited to choose one.
pub fn add(
    app: &App,
    tx: &mut Tx<'_>,
    acting: &Acting,
    body: Submitted<UserBody>,
    password_hash: Option<String>,
) -> Result<User, Error> {
    let (_, user) = body.judge(|body, faults| {
        let user = new_user(acting, body);
        check_new(tx, &user, body, faults)?;
        Ok(user)
    })?;
    let user = insert(tx, acting, User { password_hash, ..user })?;
    if user.active && user.password_hash.is_none() {
        invite(app, tx, acting, &user)?;
    }
    Ok(user)
}

/// Adds a user from a body that is whole, with the hash of the password that it gives.
pub fn create(tx: &mut Tx<'_>, acting: &Acting, body: &UserBody, password_hash: Option<String>) -> Result<User, Error> {
    let user = new_user(acting, body);
    let mut faults = Faults::default();
    check_new(tx, &user, body, &mut faults)?;
    faults.check()?;
    insert(tx, acting, User { password_hash, ..user })
}

fn new_user(acting: &Acting, body: &UserBody) -> User {
    User {
        id: Id::new(),
        email: fold_email(&body.email),
        name: body.name.trim().to_owned(),
        role: body.role,
        organisation_id: body.organisation_id,
        active: body.active.unwrap_or(true),
        password_hash: None,
        version: 1,
        created_at: acting.at,
        updated_at: acting.at,
    }
}

fn check_new(conn: &mut Conn, user: &User, body: &UserBody, faults: &mut Faults) -> Result<(), Error> {
    check(conn, user, faults)?;
    let password = body.password.as_deref().filter(|_| faults.is_sound("/email"));
    if let Some(weakness) = password.and_then(|password| weakness(password, &user.email)) {
        faults.add("/password", Code::PasswordTooWeak, weakness);
    }
    Ok(())
}

fn insert(tx: &mut Tx<'_>, acting: &Acting, user: User) -> Result<User, Error> {
    free_of_others(tx, &user)?;
    store::insert(tx, &user)?;
    audit::record(tx, acting, Event::new("user_added", "user", user.id).after(&UserView::from(user.clone())))?;
    Ok(user)
}

/// Changes a user. What decides over what they see ends their sessions. A link that was mailed to an address that is no
/// longer theirs ends; who has no password yet is invited anew.
pub fn change(app: &App, tx: &mut Tx<'_>, acting: &Acting, id: Id, step: Step<UserChange>) -> Result<User, Error> {
    // One change here after another: two administrators who put each other out at the same moment would leave nobody.
    tx.keep_others_from_writing(&["users"])?;
    let before = store::find(tx, id)?.ok_or(Error::NotFound)?;
    let (given, user) = step.judge(before.version, |body, faults| {
        let mut user = before.clone();
        if let Some(email) = &body.email {
            user.email = fold_email(email);
        }
        if let Some(name) = &body.name {
            user.name = name.trim().to_owned();
        }
        user.role = body.role.unwrap_or(user.role);
        user.organisation_id = body.organisation_id.or(user.organisation_id);
        user.active = body.active.unwrap_or(user.active);
        user.version = user.version.saturating_add(1);
        user.updated_at = acting.at;
        check(tx, &user, faults)?;
        Ok(user)
    })?;
    keep_administrators(tx, acting, &before, &user)?;
    free_of_others(tx, &user)?;
    store::update(tx, &user)?;
    if before.active && !user.active {
        end_feeds(tx, acting, id)?;
    }
    if !user.active || user.role != before.role || user.organisation_id != before.organisation_id {
        store::end_sessions_of(tx, id, None, acting.at)?;
    }
    if given.email.is_some() {
        outbox::trust_again(tx, &user.email)?;
    }
    let moved = user.email != before.email;
    if moved || !user.active {
        end_links(tx, acting, id)?;
    }
    if user.active && user.password_hash.is_none() && (moved || !before.active) {
        invite(app, tx, acting, &user)?;
    }
    let event = Event::new("user_changed", "user", id);
    let event = event.before(&UserView::from(before)).after(&UserView::from(user.clone()));
    audit::record(tx, acting, event)?;
    Ok(user)
}

/// Ends one of the caller's own sessions.
pub fn end_own_session(tx: &mut Tx<'_>, acting: &Acting, id: Id) -> Result<(), Error> {
    let caller = acting.person()?;
    let own = store::session(tx, id)?.filter(|session| session.user_id == caller.user_id && session.stands(acting.at));
    let session = own.ok_or(Error::NotFound)?;
    if store::end_session(tx, session.id, acting.at)? {
        audit::record(tx, acting, Event::new("session_ended", "user", caller.user_id))?;
    }
    Ok(())
}

/// Ends every session of the caller, the one that asks too.
pub fn end_own_sessions(tx: &mut Tx<'_>, acting: &Acting) -> Result<(), Error> {
    let caller = acting.person()?;
    store::end_sessions_of(tx, caller.user_id, None, acting.at)?;
    audit::record(tx, acting, Event::new("signed_out_everywhere", "user", caller.user_id))
}

/// The feeds of whoever is deactivated end: their addresses must not come to life again with the account.
fn end_feeds(tx: &mut Tx<'_>, acting: &Acting, user: Id) -> Result<(), Error> {
    let feeds = calendar::store::standing_feeds(tx, user, None)?;
    calendar::store::revoke_feeds(tx, &feeds, acting.at)?;
    let revoked = |feed| Event::new("calendar_feed_revoked", "calendar_feed", feed);
    audit::record_all(tx, acting, feeds.into_iter().map(revoked).collect())
}

/// Nobody gives themself another role or goes by themself, and there is always somebody left who looks after accounts.
fn keep_administrators(conn: &mut Conn, acting: &Acting, before: &User, user: &User) -> Result<(), Error> {
    if user.active && user.role == before.role {
        return Ok(());
    }
    if acting.user_id() == Some(user.id) {
        let detail = "This is your own account: another administrator changes its role, or deactivates it.";
        return Err(Error::conflict(Code::NotNow, detail));
    }
    let was_one = before.active && before.role.0 == Role::Admin;
    if was_one && !store::has_other_administrator(conn, user.id)? {
        let detail = "This is the last active administrator: make another one first.";
        return Err(Error::conflict(Code::NotNow, detail));
    }
    Ok(())
}

fn check(conn: &mut Conn, user: &User, faults: &mut Faults) -> Result<(), Error> {
    faults.unless(is_email(&user.email), "/email", Code::InvalidEmail, "Expected an address such as name@example.org.");
    faults.not_blank("/name", Some(&user.name));
    match user.organisation_id {
        None => faults.unless(
            user.role.0 != Role::Adviser || !faults.is_sound("/role"),
            "/organisation_id",
            Code::MissingField,
            "An adviser answers for an organisation: say which.",
        ),
        Some(id) => faults.unless(
            organisation::store::find(conn, id)?.is_some(),
            "/organisation_id",
            Code::UnknownOrganisation,
            "There is no such organisation.",
        ),
    }
    Ok(())
}

/// Says so before the database does, which then can't be asked anything else in this transaction.
fn free_of_others(conn: &mut Conn, user: &User) -> Result<(), Error> {
    match store::by_email(conn, &user.email)? {
        Some(other) if other.id != user.id => {
            Err(Error::conflict(Code::AlreadyExists, "There is a user with this e-mail address already."))
        }
        _ => Ok(()),
    }
}
