//! The queries on messages.

use std::collections::HashSet;

use chrono::NaiveDate;
use diesel::dsl::{IntoBoxed, LeftJoin, sql};
use diesel::sql_types::Text;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl,
    SelectableHelper,
};

use serde_json::{Map, Value};

use super::model::{
    BOUNCES, Bounce, Chase, Message, MessageState, Moot, NotificationFilter, Written, is_given_up, wait_after,
};
use crate::auth::{Acting, Actor, Role};
use crate::db::columns::{self, Doc};
use crate::db::schema::messages::dsl;
use crate::db::schema::{bounces, case_viewers, cases, messages};
use crate::db::{Conn, MultiBackend, Page, Tx, Window, native};
use crate::error::Error;
use crate::ids::Id;
use crate::mail::{Attempt, Notice, NoticeWord};
use crate::text::fold_address;
use crate::time::Instant;
use crate::words::Word;

/// What a claim is made with.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// The machine's time, by which leases and waits run.
    pub now: Instant,
    /// The moment of casework, by which it is judged what is due.
    pub moment: Instant,
    /// Whether mails of casework may leave now.
    pub in_hours: bool,
}

/// Whose messages newer ones take the place of.
#[derive(Debug, Clone, Copy)]
pub enum Superseded<'a> {
    /// Those about these requests for advice.
    About(&'a [Id]),
    /// Those about these information requests.
    AboutInformation(&'a [Id]),
    /// Those to these addresses.
    To(&'a [String]),
}

/// Keeps a new message; one whose dedupe key is there already is let go.
pub(super) fn insert(tx: &mut Tx<'_>, message: &Message) -> Result<(), Error> {
    native!(&mut **tx, |conn| diesel::insert_into(dsl::messages)
        .values(message)
        .on_conflict(dsl::dedupe_key)
        .do_nothing()
        .execute(conn))?;
    Ok(())
}

/// How many messages one statement may write: SQLite takes 32,766 values.
const AT_ONCE: usize = 500;

/// Keeps new messages. Answers the ids of those whose dedupe key was not there yet.
pub(super) fn insert_all(tx: &mut Tx<'_>, messages: &[Message]) -> Result<Vec<Id>, Error> {
    let mut new = Vec::new();
    for chunk in messages.chunks(AT_ONCE) {
        let some: Vec<Id> = native!(&mut **tx, |conn| diesel::insert_into(dsl::messages)
            .values(chunk)
            .on_conflict(dsl::dedupe_key)
            .do_nothing()
            .returning(dsl::id)
            .get_results(conn))?;
        new.extend(some);
    }
    Ok(new)
}

/// Those of these dedupe keys that are taken. One of a message that was lost is free: what is still due is written anew.
pub fn known_keys(conn: &mut Conn, keys: &[String]) -> Result<Vec<String>, Error> {
    let mut known = Vec::new();
    for chunk in keys.chunks(AT_ONCE) {
        let some: Vec<Option<String>> = messages::table
            .filter(messages::dedupe_key.eq_any(chunk.to_vec()))
            .filter(messages::state.ne(Word(MessageState::Failed)).or(messages::lost.eq(false)))
            .select(messages::dedupe_key)
            .load(conn)?;
        known.extend(some.into_iter().flatten());
    }
    Ok(known)
}

/// What was written about these requests, for advice or for information, and not withdrawn.
pub fn written(conn: &mut Conn, requests: &[Id]) -> Result<Vec<Written>, Error> {
    type Found = (Option<Id>, Option<Id>, Option<i32>, Instant, Word<MessageState>, bool, Doc<Map<String, Value>>);
    let of_advice = messages::advice_request_id.eq_any(requests.to_vec());
    let rows: Vec<Found> = messages::table
        .filter(of_advice.or(messages::information_request_id.eq_any(requests.to_vec())))
        .filter(messages::state.ne(Word(MessageState::Withdrawn)))
        .select((
            messages::advice_request_id,
            messages::information_request_id,
            messages::chase_number,
            messages::not_before,
            messages::state,
            messages::lost,
            messages::params,
        ))
        .load(conn)?;
    let written = |(advice, information, chase, not_before, state, lost, params): Found| {
        Some(Written {
            request_id: advice.or(information)?,
            on: not_before.day_in_london(),
            chase,
            due_on: day_of(&params.0),
            state: state.0,
            lost,
        })
    };
    Ok(rows.into_iter().filter_map(written).collect())
}

/// Withdraws what still waits of these kinds from before a moment of casework: newer words take its place. It is about one
/// of these requests for advice, or goes to one of these addresses. What failed of them stays as failed, and gives up its
/// key: it can't be sent again beside the newer one.
pub fn supersede(
    tx: &mut Tx<'_>,
    kinds: &[Notice],
    before: Instant,
    about: Superseded<'_>,
    at: Instant,
) -> Result<usize, Error> {
    let kinds: Vec<_> = kinds.iter().copied().map(Word).collect();
    let mut query = messages::table
        .filter(messages::state.eq_any([Word(MessageState::Queued), Word(MessageState::Failed)]))
        .filter(messages::dedupe_key.is_not_null())
        .filter(messages::kind.eq_any(kinds))
        .filter(messages::not_before.lt(before))
        .select(messages::id)
        .into_boxed();
    query = match about {
        Superseded::About(requests) => query.filter(messages::advice_request_id.eq_any(requests.to_vec())),
        Superseded::AboutInformation(requests) => {
            query.filter(messages::information_request_id.eq_any(requests.to_vec()))
        }
        Superseded::To(recipients) => query.filter(messages::recipient.eq_any(recipients.to_vec())),
    };
    let ids: Vec<Id> = query.load(&mut **tx)?;
    if ids.is_empty() {
        return Ok(0);
    }
    let failed = dsl::messages.filter(dsl::id.eq_any(ids.clone())).filter(dsl::state.eq(Word(MessageState::Failed)));
    diesel::update(failed).set(dsl::dedupe_key.eq(None::<String>)).execute(&mut **tx)?;
    let waiting = dsl::messages.filter(dsl::id.eq_any(ids)).filter(dsl::state.eq(Word(MessageState::Queued)));
    Ok(diesel::update(waiting)
        .set((dsl::state.eq(Word(MessageState::Withdrawn)), dsl::dedupe_key.eq(None::<String>), dsl::settled_at.eq(at)))
        .execute(&mut **tx)?)
}

/// Those of these requests for advice about which something has not been sent yet.
pub fn unsent_about(conn: &mut Conn, requests: &[Id]) -> Result<HashSet<Id>, Error> {
    if requests.is_empty() {
        return Ok(HashSet::new());
    }
    let unsent: Vec<Option<Id>> = messages::table
        .filter(messages::advice_request_id.eq_any(requests.to_vec()))
        .filter(messages::state.eq_any([Word(MessageState::Queued), Word(MessageState::Failed)]))
        .select(messages::advice_request_id)
        .load(conn)?;
    Ok(unsent.into_iter().flatten().collect())
}

/// Tells what still waits of these kinds about requests for advice that their last day is another.
pub fn tell_day(tx: &mut Tx<'_>, requests: &[Id], kinds: &[Notice], due_on: NaiveDate) -> Result<(), Error> {
    let kinds: Vec<_> = kinds.iter().copied().map(Word).collect();
    let waiting = messages::table
        .filter(messages::advice_request_id.eq_any(requests.to_vec()))
        .filter(messages::state.eq(Word(MessageState::Queued)))
        .filter(messages::kind.eq_any(kinds));
    let with_day = match &**tx {
        Conn::Pg(_) => "params || jsonb_build_object('due_on', ",
        Conn::Sqlite(_) => "json_set(params, '$.due_on', ",
    };
    let params = sql::<columns::sql::Doc>(with_day).bind::<Text, _>(due_on.to_string()).sql(")");
    diesel::update(waiting).set(dsl::params.eq(params)).execute(&mut **tx)?;
    Ok(())
}

/// The facts of a message.
type Params = Doc<Map<String, Value>>;

/// The dedupe keys of what has not been sent about a request for advice and would bring this secure link.
pub fn keys_with_link(conn: &mut Conn, request: Id, link: Id) -> Result<Vec<String>, Error> {
    let unsent: Vec<(Option<String>, Params)> = messages::table
        .filter(messages::advice_request_id.eq(request))
        .filter(messages::state.eq_any([Word(MessageState::Queued), Word(MessageState::Failed)]))
        .select((messages::dedupe_key, messages::params))
        .load(conn)?;
    let link = link.to_string();
    let brings = |params: &Map<String, Value>| {
        params.get("link").and_then(|fact| fact.get("id")).and_then(Value::as_str) == Some(link.as_str())
    };
    Ok(unsent.into_iter().filter(|(_, params)| brings(&params.0)).filter_map(|(key, _)| key).collect())
}

/// What was or will be told of this kind about a case, in the order in which it was queued: how each message stands, and
/// the day that it tells.
pub fn told(conn: &mut Conn, case_id: Id, kind: Notice) -> Result<Vec<(MessageState, Option<NaiveDate>)>, Error> {
    let told = told_days(conn, case_id, kind, ["due_on"])?;
    Ok(told.into_iter().map(|(state, [day])| (state, day)).collect())
}

/// How a message stands, and the days that it tells.
pub type TellsDays<const N: usize> = (MessageState, [Option<NaiveDate>; N]);

/// The same, with the days that each message tells under these names.
pub fn told_days<const N: usize>(
    conn: &mut Conn,
    case_id: Id,
    kind: Notice,
    names: [&str; N],
) -> Result<Vec<TellsDays<N>>, Error> {
    let rows: Vec<(Word<MessageState>, Params)> = messages::table
        .filter(messages::case_id.eq(case_id))
        .filter(messages::kind.eq(Word(kind)))
        .filter(messages::state.ne(Word(MessageState::Withdrawn)))
        .order(messages::id)
        .select((messages::state, messages::params))
        .load(conn)?;
    Ok(rows.into_iter().map(|(state, params)| (state.0, names.map(|name| day_named(&params.0, name)))).collect())
}

/// The last day that a message tells.
fn day_of(params: &Map<String, Value>) -> Option<NaiveDate> {
    day_named(params, "due_on")
}

fn day_named(params: &Map<String, Value>, name: &str) -> Option<NaiveDate> {
    params.get(name).and_then(Value::as_str).and_then(|day| day.parse().ok())
}

/// Withdraws what has become moot: what waits, and what failed and could be sent again. One that is on its way to the
/// server right now may still be sent, and is then on record as sent.
pub(super) fn withdraw(tx: &mut Tx<'_>, moot: &Moot, at: Instant) -> Result<usize, Error> {
    let unsent = [Word(MessageState::Queued), Word(MessageState::Failed)];
    let mut fitting = messages::table.filter(messages::state.eq_any(unsent)).into_boxed();
    if let Some(case) = moot.case_id {
        fitting = fitting.filter(messages::case_id.eq(case));
    }
    if !moot.advice_requests.is_empty() {
        fitting = fitting.filter(messages::advice_request_id.eq_any(moot.advice_requests.clone()));
    }
    if let Some(request) = moot.information_request {
        fitting = fitting.filter(messages::information_request_id.eq(request));
    }
    if !moot.kinds.is_empty() {
        let kinds: Vec<_> = moot.kinds.iter().copied().map(Word).collect();
        fitting = fitting.filter(messages::kind.eq_any(kinds));
    }
    if let Some(key) = &moot.dedupe_key {
        fitting = fitting.filter(messages::dedupe_key.eq(key));
    }
    let ids: Vec<Id> = fitting.select(messages::id).load(&mut **tx)?;
    if ids.is_empty() {
        return Ok(0);
    }
    let waiting = dsl::messages.filter(dsl::id.eq_any(ids)).filter(dsl::state.eq_any(unsent));
    Ok(diesel::update(waiting)
        .set((dsl::state.eq(Word(MessageState::Withdrawn)), dsl::dedupe_key.eq(None::<String>), dsl::settled_at.eq(at)))
        .execute(&mut **tx)?)
}

type ChaseRow = (Option<Id>, Option<i32>, Word<MessageState>, Option<Instant>, String);

/// The chases of these requests that were sent or could not be, each request's in their order. Those that were sent are
/// evidence, which no step removes.
pub fn chases(conn: &mut Conn, requests: &[Id]) -> Result<Vec<Chase>, Error> {
    let rows: Vec<ChaseRow> = messages::table
        .filter(messages::advice_request_id.eq_any(requests.to_vec()))
        .filter(messages::chase_number.is_not_null())
        .filter(messages::state.eq_any([Word(MessageState::Sent), Word(MessageState::Failed)]))
        .order((messages::advice_request_id, messages::chase_number, messages::settled_at, messages::id))
        .select((
            messages::advice_request_id,
            messages::chase_number,
            messages::state,
            messages::settled_at,
            messages::recipient,
        ))
        .load(conn)?;
    let chase = |(request, number, state, settled_at, to): ChaseRow| {
        let sent = state.0 == MessageState::Sent;
        Some(Chase { advice_request_id: request?, number: number?, sent, settled_at: settled_at?, to })
    };
    Ok(rows.into_iter().filter_map(chase).collect())
}

/// Whether there is anything to claim. Looking first costs a writer nothing.
pub fn is_any_due(conn: &mut Conn, claim: Claim) -> Result<bool, Error> {
    Ok(!due(claim).limit(1).select(messages::id).load::<Id>(conn)?.is_empty())
}

/// When the message became due that has been due longest.
pub fn oldest_due(conn: &mut Conn, claim: Claim) -> Result<Option<Instant>, Error> {
    Ok(due(claim).limit(1).select(messages::next_attempt_at).first(conn).optional()?)
}

/// The messages that are due, in the order in which they are sent, with the references of their cases; those after the
/// one of this time and id.
pub fn due_after(
    conn: &mut Conn,
    claim: Claim,
    after: Option<(Instant, Id)>,
    limit: i64,
) -> Result<Vec<(Message, Option<String>)>, Error> {
    let mut query = due(claim);
    if let Some((at, id)) = after {
        query = query
            .filter(messages::next_attempt_at.gt(at).or(messages::next_attempt_at.eq(at).and(messages::id.gt(id))));
    }
    Ok(query.limit(limit).select((Message::as_select(), cases::reference.nullable())).load(conn)?)
}

fn due<'a>(claim: Claim) -> Seen<'a> {
    let mut query = messages::table
        .left_join(cases::table)
        .filter(messages::state.eq(Word(MessageState::Queued)))
        .filter(messages::next_attempt_at.le(claim.now))
        .filter(messages::not_before.le(claim.moment))
        .filter(messages::leased_until.is_null().or(messages::leased_until.lt(claim.now)))
        .order((messages::next_attempt_at.asc(), messages::id.asc()))
        .into_boxed::<MultiBackend>();
    if !claim.in_hours {
        query = query.filter(messages::at_any_hour.eq(true));
    }
    query
}

/// Claims up to `limit` messages that are due, until a moment. Of two processes that want the same message at once, the
/// second waits for the first's update and finds it taken.
pub fn claim(tx: &mut Tx<'_>, claim: Claim, until: Instant, limit: i64) -> Result<(Id, Vec<Message>), Error> {
    let lease = Id::new();
    let ids: Vec<Id> = due(claim).limit(limit).select(messages::id).load(&mut **tx)?;
    let free = dsl::messages
        .filter(dsl::id.eq_any(ids))
        .filter(dsl::state.eq(Word(MessageState::Queued)))
        .filter(dsl::leased_until.is_null().or(dsl::leased_until.lt(claim.now)));
    diesel::update(free)
        .set((dsl::lease.eq(lease), dsl::leased_until.eq(until), dsl::attempts.eq(dsl::attempts + 1)))
        .execute(&mut **tx)?;
    diesel::update(dsl::messages.filter(dsl::lease.eq(lease)).filter(dsl::first_attempt_at.is_null()))
        .set(dsl::first_attempt_at.eq(claim.now))
        .execute(&mut **tx)?;
    let claimed = dsl::messages
        .filter(dsl::lease.eq(lease))
        .order((dsl::next_attempt_at.asc(), dsl::id.asc()))
        .select(Message::as_select())
        .load(&mut **tx)?;
    Ok((lease, claimed))
}

/// Gives back what was claimed and not tried.
pub fn release(tx: &mut Tx<'_>, lease: Id) -> Result<(), Error> {
    diesel::update(dsl::messages.filter(dsl::lease.eq(lease)).filter(dsl::attempts.eq(1)))
        .set(dsl::first_attempt_at.eq(None::<Instant>))
        .execute(&mut **tx)?;
    diesel::update(dsl::messages.filter(dsl::lease.eq(lease)))
        .set((dsl::lease.eq(None::<Id>), dsl::leased_until.eq(None::<Instant>), dsl::attempts.eq(dsl::attempts - 1)))
        .execute(&mut **tx)?;
    Ok(())
}

/// Keeps what became of an attempt. Answers how the message stands now; `None` where somebody else holds it by now.
/// `outage` is whether no mail leaves at all: what is given up then is lost and not refused.
pub fn settle(
    tx: &mut Tx<'_>,
    message: &Message,
    attempt: &Attempt,
    outage: bool,
    now: Instant,
) -> Result<Option<MessageState>, Error> {
    let mine = dsl::messages.find(message.id).filter(dsl::lease.eq(message.lease));
    let known: Option<Word<MessageState>> = mine.select(dsl::state).first(&mut **tx).optional()?;
    let Some(Word(before)) = known else {
        return Ok(None);
    };
    let first = message.first_attempt_at.unwrap_or(now);
    let (state, answer) = match attempt {
        // What was sent was sent, whatever a step thought of it meanwhile.
        Attempt::Sent(answer) => (MessageState::Sent, answer),
        _ if before == MessageState::Withdrawn => (before, answer_of(attempt)),
        Attempt::Refused(answer) | Attempt::Bounced(answer) | Attempt::Withheld(answer) => {
            (MessageState::Failed, answer)
        }
        Attempt::Deferred(answer) | Attempt::Unreachable(answer) if is_given_up(message.attempts, first, now) => {
            (MessageState::Failed, answer)
        }
        Attempt::Deferred(answer) | Attempt::Unreachable(answer) => (MessageState::Queued, answer),
    };
    match attempt {
        Attempt::Sent(_) => forget_bounces(tx, &message.recipient)?,
        Attempt::Bounced(answer) => count_bounce(tx, message, answer, now)?,
        _ => {}
    }
    let attempts = match attempt {
        Attempt::Withheld(_) => message.attempts.saturating_sub(1),
        _ => message.attempts,
    };
    let settled_at = (state != MessageState::Queued).then_some(now);
    let lost = state == MessageState::Failed
        && (matches!(attempt, Attempt::Unreachable(_)) || (outage && matches!(attempt, Attempt::Deferred(_))));
    diesel::update(mine)
        .set((
            dsl::state.eq(Word(state)),
            dsl::lost.eq(lost),
            dsl::settled_at.eq(settled_at),
            dsl::server_answer.eq(answer),
            dsl::attempts.eq(attempts),
            dsl::next_attempt_at.eq(now.plus(wait_after(message.attempts))),
            dsl::lease.eq(None::<Id>),
            dsl::leased_until.eq(None::<Instant>),
        ))
        .execute(&mut **tx)?;
    Ok(Some(state))
}

fn answer_of(attempt: &Attempt) -> &String {
    match attempt {
        Attempt::Sent(answer)
        | Attempt::Deferred(answer)
        | Attempt::Refused(answer)
        | Attempt::Bounced(answer)
        | Attempt::Withheld(answer)
        | Attempt::Unreachable(answer) => answer,
    }
}

/// Counts a message that an address refused; the same one again counts once.
fn count_bounce(tx: &mut Tx<'_>, message: &Message, answer: &str, at: Instant) -> Result<(), Error> {
    let new = Bounce {
        address: fold_address(&message.recipient),
        refused: 1,
        last_message_id: message.id,
        last_answer: answer.to_owned(),
        last_refused_at: at,
    };
    let known = bounces::table.find(&new.address).filter(bounces::last_message_id.ne(message.id));
    let counted = diesel::update(known)
        .set((
            bounces::refused.eq(bounces::refused + 1),
            bounces::last_message_id.eq(message.id),
            bounces::last_answer.eq(answer),
            bounces::last_refused_at.eq(at),
        ))
        .execute(&mut **tx)?;
    if counted == 0 {
        native!(&mut **tx, |conn| diesel::insert_into(bounces::table)
            .values(&new)
            .on_conflict(bounces::address)
            .do_update()
            .set((bounces::last_answer.eq(answer), bounces::last_refused_at.eq(at)))
            .execute(conn))?;
    }
    Ok(())
}

/// Forgets what an address refused.
pub(super) fn forget_bounces(tx: &mut Tx<'_>, address: &str) -> Result<(), Error> {
    diesel::delete(bounces::table.find(fold_address(address))).execute(&mut **tx)?;
    Ok(())
}

/// What an address refused.
pub fn bounce(conn: &mut Conn, address: &str) -> Result<Option<Bounce>, Error> {
    Ok(bounces::table.find(fold_address(address)).select(Bounce::as_select()).first(conn).optional()?)
}

/// Those of these addresses at which no more mail is tried, as [`fold_address`] writes them.
pub fn marked<'a>(conn: &mut Conn, addresses: impl IntoIterator<Item = &'a String>) -> Result<HashSet<String>, Error> {
    let folded: Vec<String> = addresses.into_iter().map(|address| fold_address(address)).collect();
    if folded.is_empty() {
        return Ok(HashSet::new());
    }
    let marked: Vec<String> = bounces::table
        .filter(bounces::address.eq_any(folded))
        .filter(bounces::refused.ge(BOUNCES))
        .select(bounces::address)
        .load(conn)?;
    Ok(marked.into_iter().collect())
}

/// Queues messages that were given up once more, as if they had never been tried; not those whose place a newer one has
/// taken. `insisted` is whether to an address too that has refused mail before. Answers how many there were.
pub fn requeue(tx: &mut Tx<'_>, ids: &[Id], insisted: bool, now: Instant) -> Result<usize, Error> {
    let mut queued = 0_usize;
    for chunk in ids.chunks(AT_ONCE) {
        let failed = dsl::messages
            .filter(dsl::id.eq_any(chunk.to_vec()))
            .filter(dsl::state.eq(Word(MessageState::Failed)))
            .filter(dsl::dedupe_key.is_not_null());
        let some = diesel::update(failed)
            .set((
                dsl::state.eq(Word(MessageState::Queued)),
                dsl::attempts.eq(0),
                dsl::first_attempt_at.eq(None::<Instant>),
                dsl::next_attempt_at.eq(now),
                dsl::settled_at.eq(None::<Instant>),
                dsl::insisted.eq(insisted),
                dsl::lost.eq(false),
            ))
            .execute(&mut **tx)?;
        queued = queued.saturating_add(some);
    }
    Ok(queued)
}

/// Messages that failed and whose place no newer one has taken, the oldest first: id, kind, case and address.
pub(super) fn retryable(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<Retryable>, Error> {
    Ok(messages::table
        .filter(messages::state.eq(Word(MessageState::Failed)))
        .filter(messages::dedupe_key.is_not_null())
        .order(messages::id)
        .limit(limit)
        .select((messages::id, messages::kind, messages::case_id, messages::recipient))
        .load(&mut **tx)?)
}

/// A message that can be sent again: its id, kind, case and address.
pub(super) type Retryable = (Id, NoticeWord, Option<Id>, String);

/// How many messages failed.
pub(super) fn failed(conn: &mut Conn) -> Result<i64, Error> {
    Ok(messages::table.filter(messages::state.eq(Word(MessageState::Failed))).count().get_result(conn)?)
}

/// The messages of these kinds that were lost and whose place no newer one has taken, with the references of their cases;
/// those after one.
pub fn lost(
    conn: &mut Conn,
    kinds: &[Notice],
    after: Option<Id>,
    limit: i64,
) -> Result<Vec<(Message, Option<String>)>, Error> {
    let kinds: Vec<_> = kinds.iter().copied().map(Word).collect();
    let mut query = messages::table
        .left_join(cases::table)
        .filter(messages::state.eq(Word(MessageState::Failed)))
        .filter(messages::lost.eq(true))
        .filter(messages::dedupe_key.is_not_null())
        .filter(messages::kind.eq_any(kinds))
        .order(messages::id)
        .limit(limit)
        .select((Message::as_select(), cases::reference.nullable()))
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        query = query.filter(messages::id.gt(after));
    }
    Ok(query.load(conn)?)
}

/// When a message was written, and its facts.
type WrittenAt = (Instant, Map<String, Value>);

/// The last message of a kind that was sent of those queued before a moment of casework: when it was written, and its
/// facts.
pub fn last_sent(conn: &mut Conn, kind: Notice, before: Instant) -> Result<Option<WrittenAt>, Error> {
    let row: Option<(Instant, Params)> = messages::table
        .filter(messages::kind.eq(Word(kind)))
        .filter(messages::state.eq(Word(MessageState::Sent)))
        .filter(messages::not_before.lt(before))
        .order((messages::not_before.desc(), messages::id.desc()))
        .select((messages::created_at, messages::params))
        .first(conn)
        .optional()?;
    Ok(row.map(|(at, params)| (at, params.0)))
}

/// When the messages of a kind that were sent, of those queued between two moments of casework, were written; by address.
pub fn sent_between(
    conn: &mut Conn,
    kind: Notice,
    (from, before): (Instant, Instant),
) -> Result<Vec<(String, Instant)>, Error> {
    Ok(messages::table
        .filter(messages::kind.eq(Word(kind)))
        .filter(messages::state.eq(Word(MessageState::Sent)))
        .filter(messages::not_before.ge(from))
        .filter(messages::not_before.lt(before))
        .order((messages::not_before, messages::id))
        .select((messages::recipient, messages::created_at))
        .load(conn)?)
}

/// A message with the reference of its case, where the actor may see it.
pub fn visible(conn: &mut Conn, acting: &Acting, id: Id) -> Result<Option<(Message, Option<String>)>, Error> {
    let filter = NotificationFilter::default();
    Ok(seen_by(acting, &filter)
        .filter(messages::id.eq(id))
        .select((Message::as_select(), cases::reference.nullable()))
        .first(conn)
        .optional()?)
}

/// A page of the messages that the actor may see, the newest first.
pub fn list(
    conn: &mut Conn,
    acting: &Acting,
    filter: &NotificationFilter,
    window: &Window<Id>,
) -> Result<Page<(Message, Option<String>)>, Error> {
    let mut query = seen_by(acting, filter);
    if let Some(after) = window.after {
        query = query.filter(messages::id.lt(after));
    }
    let rows: Vec<(Message, Option<String>)> = query
        .order(messages::id.desc())
        .limit(window.fetch())
        .select((Message::as_select(), cases::reference.nullable()))
        .load(conn)?;
    let total = window.count.then(|| seen_by(acting, filter).count().get_result(conn)).transpose()?;
    Ok(window.page(rows, total, |(message, _)| message.id))
}

type Seen<'a> = IntoBoxed<'a, LeftJoin<messages::table, cases::table>, MultiBackend>;

/// The messages that fit a filter and that the actor may see: a caseworker those of the cases that they see, a manager
/// all.
fn seen_by<'a>(acting: &Acting, filter: &NotificationFilter) -> Seen<'a> {
    let mut query = messages::table.left_join(cases::table).into_boxed::<MultiBackend>();
    match &acting.actor {
        Actor::System(_) => {}
        Actor::User(user) if user.role == Role::Manager => {}
        Actor::User(user) => {
            let named =
                case_viewers::table.filter(case_viewers::user_id.eq(user.user_id)).select(case_viewers::case_id);
            query = query
                .filter(messages::case_id.is_not_null())
                .filter(cases::restricted.eq(false).or(cases::id.eq_any(named)).assume_not_null());
        }
        Actor::Link(_) => query = query.filter(messages::id.eq_any(Vec::<Id>::new())),
    }
    if let Some(state) = filter.state {
        query = query.filter(messages::state.eq(state));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(messages::kind.eq(kind));
    }
    if let Some(case) = filter.case_id {
        query = query.filter(messages::case_id.eq(case));
    }
    if let Some(request) = filter.advice_request_id {
        query = query.filter(messages::advice_request_id.eq(request));
    }
    query
}
