//! Coming in by the council's own sign-in.

use super::accounts::create;
use crate::app::App;
use crate::audit::{self, Event};
use crate::auth::{Acting, Claims, CouncilClaims, Role};
use crate::codes::Code;
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;
use crate::organisation;
use crate::user::model::{CouncilIdentity, CouncilToken, Session, User, UserBody, UserView, fold_email};
use crate::user::store::{self, council};
use crate::words::Word;

const NO_ADDRESS: &str = "The council's sign-in tells no e-mail address that can be used here.";
const NOT_LINKED: &str =
    "There is an account with your e-mail address already, and the council's sign-in does not vouch for the address.";
const OTHERS: &str = "The account with your e-mail address is somebody else's at the council's sign-in.";
const NO_ORGANISATION: &str = "The council's sign-in names no organisation that is known here; an adviser needs one.";

/// The sign-in behind a token of the council's. At its first use it becomes a session, and whoever comes with it a user; what
/// the council says about them is kept up to date.
pub fn admit(app: &App, acting: &Acting, shown: &CouncilClaims) -> Result<Claims, Error> {
    if let Some(claims) = app.db().read(|conn| known(conn, acting, shown))? {
        return Ok(claims);
    }
    let first_use = || app.db().write(|tx| first_use(tx, acting, shown));
    match first_use() {
        // Somebody's first two requests came at once: the other has made the user meanwhile.
        Err(Error::Conflict { code: Code::AlreadyExists, .. } | Error::Internal(_)) => first_use(),
        other => other,
    }
}

/// The sign-in of a token that was used before.
fn known(conn: &mut Conn, acting: &Acting, shown: &CouncilClaims) -> Result<Option<Claims>, Error> {
    let Some(session) = council::session_of(conn, &shown.token_hash)? else {
        return Ok(None);
    };
    if !session.stands(acting.at) {
        return Err(Error::Unauthenticated(Code::InvalidToken));
    }
    Ok(Some(Claims::of_council(session.user_id, session.id, shown.role, shown.expires_at)))
}

fn first_use(tx: &mut Tx<'_>, acting: &Acting, shown: &CouncilClaims) -> Result<Claims, Error> {
    if let Some(claims) = known(tx, acting, shown)? {
        return Ok(claims);
    }
    let organisation_id = organisation_of(tx, shown)?;
    let user = match council::user_of(tx, &shown.issuer, &shown.subject)? {
        Some(id) => up_to_date(tx, acting, shown, id, organisation_id)?,
        None => link(tx, acting, shown, organisation_id)?,
    };
    if !user.active {
        return Err(Error::Unauthenticated(Code::InvalidToken));
    }
    store::forget_sessions_of(tx, user.id, acting.at)?;
    let session = Session {
        id: Id::new(),
        user_id: user.id,
        created_at: acting.at,
        last_used_at: acting.at,
        expires_at: shown.expires_at,
        revoked_at: None,
        address: acting.address.clone(),
    };
    store::insert_session(tx, &session)?;
    council::insert_token(tx, &CouncilToken { token_hash: shown.token_hash.clone(), session_id: session.id })?;
    audit::record(tx, acting, Event::new("signed_in", "user", user.id).because("By the council's sign-in."))?;
    Ok(Claims::of_council(user.id, session.id, shown.role, shown.expires_at))
}

/// Links somebody to their account, or makes them one.
fn link(tx: &mut Tx<'_>, acting: &Acting, shown: &CouncilClaims, organisation_id: Option<Id>) -> Result<User, Error> {
    let email = shown.email.as_deref().map(fold_email).ok_or(Error::Forbidden(NO_ADDRESS))?;
    let id = match store::by_email(tx, &email)? {
        // Their own other request has made and linked it since this one looked.
        Some(known) if council::user_of(tx, &shown.issuer, &shown.subject)? == Some(known.id) => {
            return up_to_date(tx, acting, shown, known.id, organisation_id);
        }
        Some(_) if !shown.email_counts => return Err(Error::Forbidden(NOT_LINKED)),
        Some(known) if council::is_linked(tx, known.id)? => return Err(Error::Forbidden(OTHERS)),
        Some(known) => known.id,
        None => {
            let name = shown.name.clone().unwrap_or_else(|| email.clone());
            let body = UserBody { email, name, role: Word(shown.role), organisation_id, active: None, password: None };
            create(tx, acting, &body, None)
                .map_err(|fault| match fault {
                    Error::Invalid(_) => Error::Forbidden(NO_ADDRESS),
                    other => other,
                })?
                .id
        }
    };
    let identity = CouncilIdentity {
        user_id: id,
        issuer: shown.issuer.clone(),
        subject: shown.subject.clone(),
        linked_at: acting.at,
    };
    council::insert_identity(tx, &identity)?;
    audit::record(tx, acting, Event::new("linked_to_council", "user", id))?;
    up_to_date(tx, acting, shown, id, organisation_id)
}

/// What the council says counts: name, role and organisation. From now on it alone says who somebody is, so a password from
/// before is of no more use, nor are one-time codes.
fn up_to_date(
    tx: &mut Tx<'_>,
    acting: &Acting,
    shown: &CouncilClaims,
    id: Id,
    organisation_id: Option<Id>,
) -> Result<User, Error> {
    let before = store::find_and_hold(tx, id)?.ok_or_else(|| Error::internal("an identity without a user"))?;
    let user = User {
        name: shown.name.clone().filter(|name| name.chars().count() <= 200).unwrap_or_else(|| before.name.clone()),
        role: Word(shown.role),
        organisation_id: organisation_id.or(before.organisation_id),
        password_hash: None,
        version: before.version.saturating_add(1),
        updated_at: acting.at,
        ..before.clone()
    };
    let another = user.role != before.role || user.organisation_id != before.organisation_id;
    if !another && user.name == before.name && before.password_hash.is_none() {
        return Ok(before);
    }
    store::update(tx, &user)?;
    if another || before.password_hash.is_some() {
        store::end_sessions_of(tx, id, None, acting.at)?;
    }
    store::one_time::forget_secret_of(tx, id)?;
    let event = Event::new("user_changed", "user", id).because("As the council's sign-in tells.");
    let event = event.before(&UserView::from(before)).after(&UserView::from(user.clone()));
    audit::record(tx, acting, event)?;
    Ok(user)
}

/// The organisation that the council names; an adviser needs one.
fn organisation_of(conn: &mut Conn, shown: &CouncilClaims) -> Result<Option<Id>, Error> {
    let found = match shown.organisation.as_deref() {
        None => Vec::new(),
        Some(named) => match named.parse() {
            Ok(id) => organisation::store::find(conn, id)?.into_iter().collect(),
            Err(_no_id) => organisation::store::by_name(conn, named)?,
        },
    };
    match found.as_slice() {
        [only] => Ok(Some(only.id)),
        _ if shown.role == Role::Adviser => Err(Error::Forbidden(NO_ORGANISATION)),
        _ => Ok(None),
    }
}
