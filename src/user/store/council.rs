//! The queries on those who come by the council's own sign-in.

use diesel::{ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use crate::db::schema::{council_identities, council_tokens, sessions};
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;
use crate::user::model::{CouncilIdentity, CouncilToken, Session};

/// The session that a token is here.
pub fn session_of(conn: &mut Conn, token_hash: &str) -> Result<Option<Session>, Error> {
    Ok(council_tokens::table
        .inner_join(sessions::table.on(sessions::id.eq(council_tokens::session_id)))
        .filter(council_tokens::token_hash.eq(token_hash))
        .select(Session::as_select())
        .first(conn)
        .optional()?)
}

/// The user who is this subject of this issuer.
pub fn user_of(conn: &mut Conn, issuer: &str, subject: &str) -> Result<Option<Id>, Error> {
    Ok(council_identities::table
        .filter(council_identities::issuer.eq(issuer))
        .filter(council_identities::subject.eq(subject))
        .select(council_identities::user_id)
        .first(conn)
        .optional()?)
}

/// Whether a user comes by the council's sign-in.
pub fn is_linked(conn: &mut Conn, user: Id) -> Result<bool, Error> {
    let found: Option<Id> =
        council_identities::table.find(user).select(council_identities::user_id).first(conn).optional()?;
    Ok(found.is_some())
}

/// Keeps who a user is to the council.
pub fn insert_identity(tx: &mut Tx<'_>, identity: &CouncilIdentity) -> Result<(), Error> {
    diesel::insert_into(council_identities::table).values(identity).execute(&mut **tx)?;
    Ok(())
}

/// Keeps a token's digest with its session.
pub fn insert_token(tx: &mut Tx<'_>, token: &CouncilToken) -> Result<(), Error> {
    diesel::insert_into(council_tokens::table).values(token).execute(&mut **tx)?;
    Ok(())
}
