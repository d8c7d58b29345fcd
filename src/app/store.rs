//! The rows behind idempotency keys.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use super::Answer;
use crate::codes::Code;
use crate::db::columns::Doc;
use crate::db::schema::idempotency_keys::dsl;
use crate::db::{Conn, Tx, WITHHELD, native};
use crate::error::Error;
use crate::ids::Id;
use crate::time::Instant;

pub(super) fn forget_keys_before(tx: &mut Tx<'_>, before: Instant) -> Result<(), Error> {
    diesel::delete(dsl::idempotency_keys.filter(dsl::created_at.lt(before))).execute(&mut **tx)?;
    Ok(())
}

/// Whether the key was free. Waits for a transaction that is claiming it.
pub(super) fn claim_key(tx: &mut Tx<'_>, user: Id, key: &str, fingerprint: &str, at: Instant) -> Result<bool, Error> {
    let row = (
        dsl::user_id.eq(user),
        dsl::key.eq(key),
        dsl::fingerprint.eq(fingerprint),
        dsl::status.eq(0),
        dsl::headers.eq(Doc(Kept { version: None, location: None })),
        dsl::body.eq(""),
        dsl::created_at.eq(at),
    );
    let claimed = native!(&mut **tx, |conn| diesel::insert_into(dsl::idempotency_keys)
        .values(row)
        .on_conflict_do_nothing()
        .execute(conn))?;
    Ok(claimed == 1)
}

#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
struct Kept {
    version: Option<i32>,
    location: Option<String>,
}

pub(super) fn keep_answer(tx: &mut Tx<'_>, user: Id, key: &str, answer: &Answer) -> Result<(), Error> {
    diesel::update(dsl::idempotency_keys.find((user, key)))
        .set((
            dsl::status.eq(i32::from(answer.status)),
            dsl::headers.eq(Doc(Kept { version: answer.version, location: answer.location.clone() })),
            dsl::body.eq(&answer.body),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn kept_answer(conn: &mut Conn, user: Id, key: &str) -> Result<Option<(String, Answer)>, Error> {
    let row: Option<(String, i32, Doc<Kept>, String)> = dsl::idempotency_keys
        .find((user, key))
        .select((dsl::fingerprint, dsl::status, dsl::headers, dsl::body))
        .first(conn)
        .optional()?;
    row.map(|(fingerprint, status, Doc(kept), body)| {
        if status == WITHHELD {
            let detail = "This was done before, and its answer is not kept any more: read what came of it.";
            return Err(Error::conflict(Code::NotNow, detail));
        }
        let status = u16::try_from(status).map_err(|fault| Error::internal(fault.to_string()))?;
        Ok((fingerprint, Answer { status, version: kept.version, location: kept.location, body }))
    })
    .transpose()
}
