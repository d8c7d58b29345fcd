//! The queries on how the jobs and the mail fare.

use std::collections::HashMap;

use chrono::TimeDelta;
use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use crate::db::schema::{bounces, job_marks, mail_troubles, messages};
use crate::db::{Conn, Tx, native};
use crate::error::Error;
use crate::ids::Id;
use crate::outbox::model::{BOUNCES, MessageState};
use crate::time::Instant;
use crate::words::Word;

/// Marks that something happened.
pub(super) fn mark(tx: &mut Tx<'_>, name: &str, at: Instant) -> Result<(), Error> {
    native!(&mut **tx, |conn| diesel::insert_into(job_marks::table)
        .values((job_marks::name.eq(name), job_marks::at.eq(at)))
        .on_conflict(job_marks::name)
        .do_update()
        .set(job_marks::at.eq(at))
        .execute(conn))?;
    Ok(())
}

/// When everything that was marked last happened.
pub(super) fn marks(conn: &mut Conn) -> Result<HashMap<String, Instant>, Error> {
    let rows: Vec<(String, Instant)> = job_marks::table.select((job_marks::name, job_marks::at)).load(conn)?;
    Ok(rows.into_iter().collect())
}

/// When something that was marked last happened.
pub(super) fn marked_at(conn: &mut Conn, name: &str) -> Result<Option<Instant>, Error> {
    Ok(job_marks::table.find(name).select(job_marks::at).first(conn).optional()?)
}

/// Something that went wrong for a time.
#[derive(Debug, Clone, PartialEq, Eq, diesel::Queryable)]
pub struct Trouble {
    /// What.
    pub kind: String,
    /// From when on.
    pub since: Instant,
    /// Until when; none while it lasts.
    pub ended_at: Option<Instant>,
}

/// Begins a trouble, unless one of the kind lasts already.
pub(super) fn begin(tx: &mut Tx<'_>, kind: &str, since: Instant) -> Result<(), Error> {
    keep(tx, kind, since, None)
}

/// Keeps a trouble that was noticed only when it was over.
pub(super) fn keep(tx: &mut Tx<'_>, kind: &str, since: Instant, ended_at: Option<Instant>) -> Result<(), Error> {
    let row = (
        mail_troubles::id.eq(Id::new()),
        mail_troubles::kind.eq(kind),
        mail_troubles::since.eq(since),
        mail_troubles::ended_at.eq(ended_at),
    );
    native!(&mut **tx, |conn| diesel::insert_into(mail_troubles::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(conn))?;
    Ok(())
}

/// Ends a trouble; one that was shorter than `worth_telling` is forgotten.
pub(super) fn end(tx: &mut Tx<'_>, kind: &str, at: Instant, worth_telling: TimeDelta) -> Result<(), Error> {
    let lasting = mail_troubles::table.filter(mail_troubles::kind.eq(kind)).filter(mail_troubles::ended_at.is_null());
    diesel::delete(lasting.filter(mail_troubles::since.gt(at.plus(-worth_telling)))).execute(&mut **tx)?;
    diesel::update(lasting).set(mail_troubles::ended_at.eq(at)).execute(&mut **tx)?;
    Ok(())
}

/// The troubles that last, and those that ended after a moment, in their order.
pub(super) fn troubles(conn: &mut Conn, after: Instant) -> Result<Vec<Trouble>, Error> {
    Ok(mail_troubles::table
        .filter(mail_troubles::ended_at.is_null().or(mail_troubles::ended_at.gt(after)))
        .order((mail_troubles::since, mail_troubles::id))
        .select((mail_troubles::kind, mail_troubles::since, mail_troubles::ended_at))
        .load(conn)?)
}

/// The troubles that last.
pub(super) fn lasting(conn: &mut Conn) -> Result<Vec<Trouble>, Error> {
    Ok(mail_troubles::table
        .filter(mail_troubles::ended_at.is_null())
        .order((mail_troubles::since, mail_troubles::id))
        .select((mail_troubles::kind, mail_troubles::since, mail_troubles::ended_at))
        .load(conn)?)
}

/// Whether a message waits that was tried before.
pub(super) fn is_any_waiting_again(conn: &mut Conn) -> Result<bool, Error> {
    let waiting = messages::table
        .filter(messages::state.eq(Word(MessageState::Queued)))
        .filter(messages::first_attempt_at.is_not_null());
    Ok(!waiting.limit(1).select(messages::id).load::<Id>(conn)?.is_empty())
}

/// How many messages are in a state.
pub(super) fn in_state(conn: &mut Conn, state: MessageState) -> Result<i64, Error> {
    Ok(messages::table.filter(messages::state.eq(Word(state))).count().get_result(conn)?)
}

/// How many addresses refuse mail.
pub(super) fn refusing(conn: &mut Conn) -> Result<i64, Error> {
    Ok(bounces::table.filter(bounces::refused.ge(BOUNCES)).count().get_result(conn)?)
}

/// How many messages a process has in its hands.
pub(super) fn being_sent(conn: &mut Conn, now: Instant) -> Result<i64, Error> {
    Ok(messages::table
        .filter(messages::state.eq(Word(MessageState::Queued)))
        .filter(messages::leased_until.ge(now))
        .count()
        .get_result(conn)?)
}
