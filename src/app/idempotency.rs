//! A request with an `Idempotency-Key` is carried out once: its answer is kept in the same transaction as its work, for
//! 24 hours, and given again to whoever repeats it.

use chrono::TimeDelta;

use super::{Answer, Mark, store};
use crate::auth::Acting;
use crate::codes::Code;
use crate::db::Tx;
use crate::error::{Error, Fault};
use crate::time::Instant;

/// How long an answer is kept.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// Forgets the answers that were kept long enough at a moment.
pub(super) fn forget_old(tx: &mut Tx<'_>, at: Instant) -> Result<(), Error> {
    store::forget_keys_before(tx, at.plus(-KEPT))
}

/// Does the work, or gives the answer of the time it was done.
pub(super) fn once(
    tx: &mut Tx<'_>,
    acting: &Acting,
    mark: &Mark,
    work: impl FnOnce(&mut Tx<'_>) -> Result<Answer, Error>,
) -> Result<Answer, Error> {
    let Some(key) = &mark.key else {
        return work(tx);
    };
    let user = acting.person()?.user_id;
    forget_old(tx, acting.at)?;
    // Claiming the key first makes a request that arrives at the same moment wait for this one's end.
    if store::claim_key(tx, user, key, &mark.fingerprint, acting.at)? {
        let answer = work(tx)?;
        store::keep_answer(tx, user, key, &answer)?;
        return Ok(answer);
    }
    let (fingerprint, answer) =
        store::kept_answer(tx, user, key)?.ok_or_else(|| Error::unavailable("an idempotency key vanished"))?;
    if fingerprint != mark.fingerprint {
        return Err(Fault::new(
            "/Idempotency-Key",
            Code::IdempotencyKeyReused,
            "This key belongs to a request with another body or address. Use a new key for a new request.",
        )
        .into());
    }
    Ok(answer)
}
