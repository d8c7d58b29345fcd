//! Sign-ins as they are looked up on every request.

use diesel::{ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl, RunQueryDsl};

use crate::auth::{Claims, Principal, RoleWord};
use crate::db::Conn;
use crate::db::schema::{sessions, users};
use crate::error::Error;
use crate::ids::Id;
use crate::time::Instant;
use crate::words::Word;

/// The user behind a token, if they are active, the sign-in stands and their role is still the one in the token.
pub fn principal(conn: &mut Conn, claims: &Claims, at: Instant) -> Result<Option<Principal>, Error> {
    let row: Option<(String, RoleWord, Option<Id>)> = sessions::table
        .inner_join(users::table.on(users::id.eq(sessions::user_id)))
        .filter(sessions::id.eq(claims.sid))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(at))
        .filter(users::id.eq(claims.sub))
        .filter(users::active.eq(true))
        .filter(users::role.eq(claims.role))
        .select((users::name, users::role, users::organisation_id))
        .first(conn)
        .optional()?;
    Ok(row.map(|(name, Word(role), organisation_id)| Principal {
        user_id: claims.sub,
        session_id: claims.sid,
        name,
        role,
        organisation_id,
    }))
}

/// The user whom a token names, whether or not the sign-in still stands: for the record of what was refused to them.
pub fn known(conn: &mut Conn, user_id: Id) -> Result<Option<Principal>, Error> {
    let row: Option<(String, RoleWord, Option<Id>)> =
        users::table.find(user_id).select((users::name, users::role, users::organisation_id)).first(conn).optional()?;
    Ok(row.map(|(name, Word(role), organisation_id)| Principal {
        user_id,
        // No sign-in is needed to be on record, and this one opens nothing.
        session_id: Id::new(),
        name,
        role,
        organisation_id,
    }))
}
