//! The queries on users and their sign-ins.

pub mod council;
pub mod one_time;

use diesel::result::{DatabaseErrorKind, Error as Fault};
use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use super::model::{AccountLink, Attempt, RefreshToken, Session, User};
use crate::auth::{Role, RoleWord};
use crate::codes::Code;
use crate::db::schema::{account_links, refresh_tokens, sessions, sign_in_failures, users};
use crate::db::{Columns, Conn, Page, Tx, Window};
use crate::error::Error;
use crate::ids::Id;
use crate::time::Instant;
use crate::words::Word;

/// The key of a row in the list of users.
pub type Key = (String, Id);

/// The user of an id.
pub fn find(conn: &mut Conn, id: Id) -> Result<Option<User>, Error> {
    Ok(users::table.find(id).select(User::as_select()).first(conn).optional()?)
}

/// The user of an id; whoever else takes this user in hand waits until this transaction ends.
pub fn find_and_hold(tx: &mut Tx<'_>, id: Id) -> Result<Option<User>, Error> {
    // An update that changes nothing locks the row on PostgreSQL; on SQLite the transaction is the only writer.
    let held = diesel::update(users::table.find(id)).set(users::version.eq(users::version)).returning(User::columns());
    Ok(held.get_result(&mut **tx).optional()?)
}

/// The user of an e-mail address in lower case.
pub fn by_email(conn: &mut Conn, email: &str) -> Result<Option<User>, Error> {
    Ok(users::table.filter(users::email.eq(email)).select(User::as_select()).first(conn).optional()?)
}

/// Whether there is an active administrator beside this user.
pub fn has_other_administrator(conn: &mut Conn, but: Id) -> Result<bool, Error> {
    let others = users::table
        .filter(users::role.eq(Word(Role::Admin)))
        .filter(users::active.eq(true))
        .filter(users::id.ne(but))
        .select(users::id);
    Ok(others.first::<Id>(conn).optional()?.is_some())
}

/// A page of users by name.
pub fn list(
    conn: &mut Conn,
    role: Option<RoleWord>,
    active: Option<bool>,
    window: &Window<Key>,
) -> Result<Page<User>, Error> {
    let filtered = || {
        let mut query = users::table.into_boxed();
        if let Some(role) = role {
            query = query.filter(users::role.eq(role));
        }
        if let Some(active) = active {
            query = query.filter(users::active.eq(active));
        }
        query
    };
    let mut query = filtered();
    if let Some((name, id)) = &window.after {
        query = query.filter(users::name.gt(name.clone()).or(users::name.eq(name.clone()).and(users::id.gt(*id))));
    }
    let rows: Vec<User> =
        query.order((users::name.asc(), users::id.asc())).limit(window.fetch()).select(User::as_select()).load(conn)?;
    let total = window.count.then(|| filtered().count().get_result(conn)).transpose()?;
    Ok(window.page(rows, total, |row| (row.name.clone(), row.id)))
}

/// Keeps a new user.
pub fn insert(tx: &mut Tx<'_>, user: &User) -> Result<(), Error> {
    diesel::insert_into(users::table).values(user).execute(&mut **tx).map_err(taken)?;
    Ok(())
}

/// Keeps a change; `user.version` is the new one.
pub fn update(tx: &mut Tx<'_>, user: &User) -> Result<(), Error> {
    let before = user.version.saturating_sub(1);
    let changed = diesel::update(users::table.find(user.id).filter(users::version.eq(before)))
        .set(user)
        .execute(&mut **tx)
        .map_err(taken)?;
    if changed == 1 { Ok(()) } else { Err(Error::Stale) }
}

/// An e-mail address is the only thing that two users can't share.
fn taken(fault: Fault) -> Error {
    match fault {
        Fault::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => {
            Error::conflict(Code::AlreadyExists, "There is a user with this e-mail address already.")
        }
        other => other.into(),
    }
}

/// The session of an id.
pub fn session(conn: &mut Conn, id: Id) -> Result<Option<Session>, Error> {
    Ok(sessions::table.find(id).select(Session::as_select()).first(conn).optional()?)
}

/// A page of a user's sessions that stand, newest first.
pub fn sessions_of(conn: &mut Conn, user: Id, at: Instant, window: &Window<Id>) -> Result<Page<Session>, Error> {
    let standing = || {
        sessions::table
            .filter(sessions::user_id.eq(user))
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::expires_at.gt(at))
            .into_boxed()
    };
    let mut query = standing();
    if let Some(after) = window.after {
        query = query.filter(sessions::id.lt(after));
    }
    let rows: Vec<Session> =
        query.order(sessions::id.desc()).limit(window.fetch()).select(Session::as_select()).load(conn)?;
    let total = window.count.then(|| standing().count().get_result(conn)).transpose()?;
    Ok(window.page(rows, total, |row| row.id))
}

/// Keeps a new session.
pub fn insert_session(tx: &mut Tx<'_>, session: &Session) -> Result<(), Error> {
    diesel::insert_into(sessions::table).values(session).execute(&mut **tx)?;
    Ok(())
}

/// Prolongs a session.
pub fn prolong_session(tx: &mut Tx<'_>, id: Id, last_used_at: Instant, expires_at: Instant) -> Result<(), Error> {
    diesel::update(sessions::table.find(id))
        .set((sessions::last_used_at.eq(last_used_at), sessions::expires_at.eq(expires_at)))
        .execute(&mut **tx)?;
    Ok(())
}

/// Ends a session; answers whether it was still open.
pub fn end_session(tx: &mut Tx<'_>, id: Id, at: Instant) -> Result<bool, Error> {
    let ended = diesel::update(sessions::table.find(id).filter(sessions::revoked_at.is_null()))
        .set(sessions::revoked_at.eq(at))
        .execute(&mut **tx)?;
    Ok(ended == 1)
}

/// Ends a user's sessions, all but one where one is to stay.
pub fn end_sessions_of(tx: &mut Tx<'_>, user: Id, but: Option<Id>, at: Instant) -> Result<(), Error> {
    let open = sessions::table.filter(sessions::user_id.eq(user)).filter(sessions::revoked_at.is_null());
    let set = sessions::revoked_at.eq(at);
    match but {
        Some(but) => diesel::update(open.filter(sessions::id.ne(but))).set(set).execute(&mut **tx)?,
        None => diesel::update(open).set(set).execute(&mut **tx)?,
    };
    Ok(())
}

/// Forgets a user's sessions that expired before a moment, and their refresh tokens.
pub fn forget_sessions_of(tx: &mut Tx<'_>, user: Id, before: Instant) -> Result<(), Error> {
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user)).filter(sessions::expires_at.lt(before)))
        .execute(&mut **tx)?;
    Ok(())
}

/// Keeps a new refresh token.
pub fn insert_refresh_token(tx: &mut Tx<'_>, token: &RefreshToken) -> Result<(), Error> {
    diesel::insert_into(refresh_tokens::table).values(token).execute(&mut **tx)?;
    Ok(())
}

/// The refresh token of a digest.
pub fn refresh_token(conn: &mut Conn, token_hash: &str) -> Result<Option<RefreshToken>, Error> {
    Ok(refresh_tokens::table.find(token_hash).select(RefreshToken::as_select()).first(conn).optional()?)
}

/// Marks a refresh token as used; answers whether it was unused.
pub fn use_refresh_token(tx: &mut Tx<'_>, token_hash: &str, at: Instant) -> Result<bool, Error> {
    let used = diesel::update(refresh_tokens::table.find(token_hash).filter(refresh_tokens::used_at.is_null()))
        .set(refresh_tokens::used_at.eq(at))
        .execute(&mut **tx)?;
    Ok(used == 1)
}

/// Keeps an attempt to sign in, and forgets those before a moment.
pub fn insert_attempt(tx: &mut Tx<'_>, attempt: &Attempt, forget_before: Instant) -> Result<(), Error> {
    diesel::delete(sign_in_failures::table.filter(sign_in_failures::failed_at.lt(forget_before))).execute(&mut **tx)?;
    diesel::insert_into(sign_in_failures::table).values(attempt).execute(&mut **tx)?;
    Ok(())
}

/// When the `n`th newest attempt on the account failed, apart from this one.
pub fn nth_failure_of_account(conn: &mut Conn, this: &Attempt, n: i64) -> Result<Option<Instant>, Error> {
    Ok(sign_in_failures::table
        .filter(sign_in_failures::account_hash.eq(&this.account_hash))
        .filter(sign_in_failures::id.ne(this.id))
        .order(sign_in_failures::failed_at.desc())
        .offset(n.saturating_sub(1))
        .select(sign_in_failures::failed_at)
        .first(conn)
        .optional()?)
}

/// When the `n`th newest attempt from the address failed, apart from this one.
pub fn nth_failure_of_address(conn: &mut Conn, this: &Attempt, n: i64) -> Result<Option<Instant>, Error> {
    Ok(sign_in_failures::table
        .filter(sign_in_failures::address.eq(&this.address))
        .filter(sign_in_failures::id.ne(this.id))
        .order(sign_in_failures::failed_at.desc())
        .offset(n.saturating_sub(1))
        .select(sign_in_failures::failed_at)
        .first(conn)
        .optional()?)
}

/// Writes an attempt once more as it is: a request that finds nothing to do then commits as one that does, and takes as
/// long.
pub fn write_attempt_again(tx: &mut Tx<'_>, id: Id) -> Result<(), Error> {
    diesel::update(sign_in_failures::table.find(id))
        .set(sign_in_failures::failed_at.eq(sign_in_failures::failed_at))
        .execute(&mut **tx)?;
    Ok(())
}

/// Takes back an attempt that was not judged.
pub fn forget_attempt(tx: &mut Tx<'_>, id: Id) -> Result<(), Error> {
    diesel::delete(sign_in_failures::table.find(id)).execute(&mut **tx)?;
    Ok(())
}

/// Forgets the failed attempts on an account.
pub fn forget_attempts_on(tx: &mut Tx<'_>, account_hash: &str) -> Result<(), Error> {
    diesel::delete(sign_in_failures::table.filter(sign_in_failures::account_hash.eq(account_hash)))
        .execute(&mut **tx)?;
    Ok(())
}

/// Keeps a new link, and forgets those of the same user that have expired.
pub fn insert_link(tx: &mut Tx<'_>, link: &AccountLink) -> Result<(), Error> {
    let expired = account_links::table
        .filter(account_links::user_id.eq(link.user_id))
        .filter(account_links::expires_at.lt(link.created_at));
    diesel::delete(expired).execute(&mut **tx)?;
    diesel::insert_into(account_links::table).values(link).execute(&mut **tx)?;
    Ok(())
}

/// The link of a token's digest.
pub fn link_by_token(conn: &mut Conn, token_hash: &str) -> Result<Option<AccountLink>, Error> {
    Ok(account_links::table
        .filter(account_links::token_hash.eq(token_hash))
        .select(AccountLink::as_select())
        .first(conn)
        .optional()?)
}

/// The links of a user that have not ended, whether they have expired or not.
pub fn open_links_of(conn: &mut Conn, user: Id) -> Result<Vec<Id>, Error> {
    Ok(account_links::table
        .filter(account_links::user_id.eq(user))
        .filter(account_links::ended_at.is_null())
        .order(account_links::id)
        .select(account_links::id)
        .load(conn)?)
}

/// Ends a link; answers whether it had not ended before.
pub fn end_link(tx: &mut Tx<'_>, id: Id, at: Instant) -> Result<bool, Error> {
    let ended = diesel::update(account_links::table.find(id).filter(account_links::ended_at.is_null()))
        .set(account_links::ended_at.eq(at))
        .execute(&mut **tx)?;
    Ok(ended == 1)
}
