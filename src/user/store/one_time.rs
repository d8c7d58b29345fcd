//! The queries on one-time codes.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

use crate::db::schema::{one_time_secrets, recovery_codes};
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;
use crate::time::Instant;
use crate::user::model::{KeptSecret, RecoveryCode};

/// The secret of a user, whether it counts already or not.
pub fn secret_of(conn: &mut Conn, user: Id) -> Result<Option<KeptSecret>, Error> {
    Ok(one_time_secrets::table.find(user).select(KeptSecret::as_select()).first(conn).optional()?)
}

/// The secret of a user that counts.
pub fn confirmed_secret_of(conn: &mut Conn, user: Id) -> Result<Option<KeptSecret>, Error> {
    Ok(secret_of(conn, user)?.filter(|secret| secret.confirmed_at.is_some()))
}

/// Keeps a new secret in place of any that is there.
pub fn replace_secret(tx: &mut Tx<'_>, secret: &KeptSecret) -> Result<(), Error> {
    forget_secret_of(tx, secret.user_id)?;
    diesel::insert_into(one_time_secrets::table).values(secret).execute(&mut **tx)?;
    Ok(())
}

/// Lets a secret count from now on, and takes the code of this step.
pub fn confirm_secret(tx: &mut Tx<'_>, user: Id, step: i64, at: Instant) -> Result<(), Error> {
    diesel::update(one_time_secrets::table.find(user))
        .set((one_time_secrets::confirmed_at.eq(at), one_time_secrets::last_step.eq(step)))
        .execute(&mut **tx)?;
    Ok(())
}

/// Takes the code of a step; answers whether neither it nor a later one was taken before.
pub fn take_step(tx: &mut Tx<'_>, user: Id, step: i64) -> Result<bool, Error> {
    let earlier = one_time_secrets::table.find(user).filter(one_time_secrets::last_step.lt(step));
    let taken = diesel::update(earlier).set(one_time_secrets::last_step.eq(step)).execute(&mut **tx)?;
    Ok(taken == 1)
}

/// Forgets a user's secret and recovery codes; answers whether there was a secret.
pub fn forget_secret_of(tx: &mut Tx<'_>, user: Id) -> Result<bool, Error> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(user))).execute(&mut **tx)?;
    let forgotten = diesel::delete(one_time_secrets::table.find(user)).execute(&mut **tx)?;
    Ok(forgotten == 1)
}

/// Keeps a user's recovery codes.
pub fn insert_recovery_codes(tx: &mut Tx<'_>, codes: &[RecoveryCode]) -> Result<(), Error> {
    for code in codes {
        diesel::insert_into(recovery_codes::table).values(code).execute(&mut **tx)?;
    }
    Ok(())
}

/// Uses a recovery code of a user; answers whether there was such a code and it was unused.
pub fn use_recovery_code(tx: &mut Tx<'_>, user: Id, code_hash: &str, at: Instant) -> Result<bool, Error> {
    let unused = recovery_codes::table
        .find(code_hash)
        .filter(recovery_codes::user_id.eq(user))
        .filter(recovery_codes::used_at.is_null());
    Ok(diesel::update(unused).set(recovery_codes::used_at.eq(at)).execute(&mut **tx)? == 1)
}
