//! The rows behind the record.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::dsl::max;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, Insertable, JoinOnDsl, NullableExpressionMethods, OptionalExtension,
    QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper, upsert::excluded,
};
use serde_json::{Map, Value};

use super::chain::{GENERAL, Head, READINGS, digest_of_details, digest_of_event, digest_of_reading};
use super::{AccessRecord, Event, Reader};
use crate::auth::{Acting, random_token};
use crate::db::schema::{access_records, audit_details, audit_events, audit_heads, job_marks};
use crate::db::{Conn, Gathered, OneOf, Page, Tx, Window, native};
use crate::error::Error;
use crate::ids::Id;
use crate::time::{Clock, Instant};

/// How many events one statement may write: SQLite takes 32,766 values.
const AT_ONCE: usize = 1_000;

/// An event as it stands on record, but for what may be forgotten of it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = audit_events)]
pub struct EventRow {
    /// The order of events.
    pub sequence: i64,
    /// Its id.
    pub id: Id,
    /// When it was recorded.
    pub at: Instant,
    /// The user, where it was one.
    pub actor_id: Option<Id>,
    /// Who, as they were called then.
    pub actor_name: String,
    /// The request.
    pub request_id: String,
    /// From where.
    pub address: Option<String>,
    /// The case it happened on.
    pub case_id: Option<Id>,
    /// What kind of thing it happened to.
    pub subject_kind: String,
    /// The thing.
    pub subject_id: Option<Id>,
    /// What happened.
    pub action: String,
    /// The day on which it happened.
    pub on_day: Option<NaiveDate>,
    /// Its place in its chain.
    pub number: i64,
    /// The digest of its details, where it had any.
    pub details_digest: Option<String>,
    /// Its digest, with that of the event before it.
    pub digest: String,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = audit_events, treat_none_as_default_value = false)]
struct NewEvent<'a> {
    id: Id,
    at: Instant,
    actor_id: Option<Id>,
    actor_name: &'a str,
    request_id: &'a str,
    address: Option<&'a str>,
    case_id: Option<Id>,
    subject_kind: &'a str,
    subject_id: Option<Id>,
    action: &'a str,
    on_day: Option<NaiveDate>,
    number: i64,
    details_digest: Option<&'a str>,
    digest: &'a str,
}

impl<'a> From<&'a EventRow> for NewEvent<'a> {
    fn from(event: &'a EventRow) -> Self {
        Self {
            id: event.id,
            at: event.at,
            actor_id: event.actor_id,
            actor_name: &event.actor_name,
            request_id: &event.request_id,
            address: event.address.as_deref(),
            case_id: event.case_id,
            subject_kind: &event.subject_kind,
            subject_id: event.subject_id,
            action: &event.action,
            on_day: event.on_day,
            number: event.number,
            details_digest: event.details_digest.as_deref(),
            digest: &event.digest,
        }
    }
}

/// What may be forgotten of an event: why, and what stood before and after.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_details, treat_none_as_default_value = false)]
pub struct Details {
    /// Whose details they are.
    pub event_id: Id,
    /// The case of that event.
    pub case_id: Option<Id>,
    /// What makes the digest one that nobody can try guesses on, once the content is forgotten.
    pub salt: String,
    /// JSON with `reason`, `before` and `after`; kept as the text that was digested.
    pub content: String,
}

impl Details {
    /// Of an event that says more than what happened.
    fn of(id: Id, event: &Event) -> Option<Self> {
        if event.reason.is_none() && event.before.is_none() && event.after.is_none() {
            return None;
        }
        let content = serde_json::json!({ "reason": event.reason, "before": event.before, "after": event.after });
        Some(Self { event_id: id, case_id: event.case_id, salt: random_token(), content: content.to_string() })
    }
}

/// An event with its details, as far as they have not been forgotten.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The event.
    pub event: EventRow,
    /// Why.
    pub reason: Option<String>,
    /// Before.
    pub before: Option<Value>,
    /// After.
    pub after: Option<Value>,
    /// Whether there were details that have been forgotten since.
    pub forgotten: bool,
}

impl Recorded {
    fn new((event, content): (EventRow, Option<String>)) -> Result<Self, Error> {
        let forgotten = event.details_digest.is_some() && content.is_none();
        let parse = |text: String| serde_json::from_str::<Map<String, Value>>(&text);
        let mut content = content.map(parse).transpose().map_err(|fault| Error::internal(fault.to_string()))?;
        let mut take = |name: &str| content.as_mut()?.remove(name).filter(|value| !value.is_null());
        let reason = take("reason").and_then(|reason| reason.as_str().map(str::to_owned));
        Ok(Self { before: take("before"), after: take("after"), reason, event, forgotten })
    }
}

/// A reading, or an attempt at one that was refused, as it stands on record.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = access_records)]
pub struct ReadingRow {
    /// The order of readings.
    pub sequence: i64,
    /// When.
    pub at: Instant,
    /// By which user, where it was one.
    pub user_id: Option<Id>,
    /// Who, as they were called then; through a link, the organisation it was mailed to.
    pub user_name: String,
    /// Through which secure link, where it was one.
    pub link_id: Option<Id>,
    /// The request.
    pub request_id: String,
    /// From where.
    pub address: Option<String>,
    /// Of which case; a refused attempt may be about none.
    pub case_id: Option<Id>,
    /// What was read, or asked for.
    pub what: String,
    /// Why it was refused, where it was.
    pub refused: Option<String>,
    /// Its place in the chain.
    pub number: i64,
    /// Its digest, with that of the reading before it.
    pub digest: String,
}

#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = access_records, treat_none_as_default_value = false)]
struct NewReading<'a> {
    at: Instant,
    user_id: Option<Id>,
    user_name: &'a str,
    link_id: Option<Id>,
    request_id: &'a str,
    address: Option<&'a str>,
    case_id: Option<Id>,
    what: &'a str,
    refused: Option<&'a str>,
    number: i64,
    digest: &'a str,
}

impl<'a> From<&'a ReadingRow> for NewReading<'a> {
    fn from(reading: &'a ReadingRow) -> Self {
        Self {
            at: reading.at,
            user_id: reading.user_id,
            user_name: &reading.user_name,
            link_id: reading.link_id,
            request_id: &reading.request_id,
            address: reading.address.as_deref(),
            case_id: reading.case_id,
            what: &reading.what,
            refused: reading.refused.as_deref(),
            number: reading.number,
            digest: &reading.digest,
        }
    }
}

/// An event with its details, where it has any and they have not been forgotten.
pub(super) type WithDetails = (EventRow, Option<Details>);

/// The events of a transaction, to be written at its end: however many there are, each chain is opened once, and held only
/// while the transaction commits.
#[derive(Debug, Default)]
struct Gathering(Vec<WithDetails>);

impl Gathered for Gathering {
    fn write(self: Box<Self>, tx: &mut Tx<'_>) -> Result<(), Error> {
        append(tx, self.0)
    }
}

pub(super) fn gather(tx: &mut Tx<'_>, acting: &Acting, events: Vec<Event>) -> Result<(), Error> {
    let rows = events.into_iter().map(|event| {
        let id = Id::new();
        let details = Details::of(id, &event);
        let row = EventRow {
            sequence: 0,
            id,
            at: acting.at,
            actor_id: acting.user_id(),
            actor_name: acting.name().to_owned(),
            request_id: acting.request_id.clone(),
            address: acting.address.clone(),
            case_id: event.case_id,
            subject_kind: event.subject_kind.to_owned(),
            subject_id: event.subject_id,
            action: event.action.to_owned(),
            on_day: event.on_day,
            number: 0,
            details_digest: details.as_ref().map(digest_of_details),
            digest: String::new(),
        };
        (row, details)
    });
    let gathering: &mut Gathering = tx.gathered()?;
    gathering.0.extend(rows);
    // An import has hundreds of thousands.
    if gathering.0.len() >= AT_ONCE { tx.write_gathered() } else { Ok(()) }
}

/// Adds events to the ends of their chains.
fn append(tx: &mut Tx<'_>, gathered: Vec<WithDetails>) -> Result<(), Error> {
    let (mut events, details): (Vec<EventRow>, Vec<Option<Details>>) = gathered.into_iter().unzip();
    let chains: Vec<Id> = events.iter().map(EventRow::chain).collect();
    let mut heads = lock_heads(tx, chains)?;
    for event in &mut events {
        heads.entry(event.chain()).or_default().add_event(event);
    }
    for chunk in events.chunks(AT_ONCE) {
        let rows: Vec<NewEvent<'_>> = chunk.iter().map(NewEvent::from).collect();
        // A statement for one row is the same each time, and the database need not be told it anew.
        match rows.as_slice() {
            [only] => diesel::insert_into(audit_events::table).values(only).execute(&mut **tx)?,
            many => native!(&mut **tx, |conn| diesel::insert_into(audit_events::table).values(many).execute(conn))?,
        };
    }
    let details: Vec<Details> = details.into_iter().flatten().collect();
    for chunk in details.chunks(AT_ONCE) {
        match chunk {
            [only] => diesel::insert_into(audit_details::table).values(only).execute(&mut **tx)?,
            many => native!(&mut **tx, |conn| diesel::insert_into(audit_details::table).values(many).execute(conn))?,
        };
    }
    keep_heads(tx, heads)
}

impl EventRow {
    /// The chain that it belongs to.
    fn chain(&self) -> Id {
        self.case_id.unwrap_or(GENERAL)
    }
}

impl Head {
    fn add_event(&mut self, event: &mut EventRow) {
        self.number = self.number.saturating_add(1);
        event.number = self.number;
        event.digest = digest_of_event(&self.digest, event);
        self.digest.clone_from(&event.digest);
    }

    fn add_reading(&mut self, reading: &mut ReadingRow) {
        self.number = self.number.saturating_add(1);
        reading.number = self.number;
        reading.digest = digest_of_reading(&self.digest, reading);
        self.digest.clone_from(&reading.digest);
    }
}

/// The ends of chains; whoever adds to one of them at the same moment waits for this transaction's end. A chain without an
/// end is that of a case which this transaction makes. They are locked in the order of their ids, so that nobody waits for
/// somebody who waits for them.
fn lock_heads(tx: &mut Tx<'_>, mut chains: Vec<Id>) -> Result<BTreeMap<Id, Head>, Error> {
    chains.sort_unstable();
    chains.dedup();
    let mut heads = BTreeMap::new();
    for some in chains.chunks(AT_ONCE) {
        let columns = (audit_heads::chain, audit_heads::number, audit_heads::digest);
        let query =
            audit_heads::table.filter(audit_heads::chain.one_of(some)).order(audit_heads::chain).select(columns);
        let rows: Vec<(Id, i64, String)> = match &mut **tx {
            Conn::Pg(pg) => query.for_update().load(pg)?,
            Conn::Sqlite(sqlite) => query.load(sqlite)?,
        };
        heads.extend(rows.into_iter().map(|(chain, number, digest)| (chain, Head { number, digest })));
    }
    Ok(heads)
}

fn keep_heads(tx: &mut Tx<'_>, heads: BTreeMap<Id, Head>) -> Result<(), Error> {
    let rows: Vec<_> = heads
        .into_iter()
        .map(|(chain, head)| {
            (audit_heads::chain.eq(chain), audit_heads::number.eq(head.number), audit_heads::digest.eq(head.digest))
        })
        .collect();
    let ends =
        (audit_heads::number.eq(excluded(audit_heads::number)), audit_heads::digest.eq(excluded(audit_heads::digest)));
    for chunk in rows.chunks(AT_ONCE) {
        match chunk {
            [only] => native!(&mut **tx, |conn| diesel::insert_into(audit_heads::table)
                .values(only)
                .on_conflict(audit_heads::chain)
                .do_update()
                .set(ends)
                .execute(conn))?,
            many => native!(&mut **tx, |conn| diesel::insert_into(audit_heads::table)
                .values(many)
                .on_conflict(audit_heads::chain)
                .do_update()
                .set(ends)
                .execute(conn))?,
        };
    }
    Ok(())
}

/// Adds readings to the end of theirs, a whole group at once.
pub(super) fn append_readings(tx: &mut Tx<'_>, records: &[AccessRecord]) -> Result<(), Error> {
    let mut heads = lock_heads(tx, vec![READINGS])?;
    let head = heads.entry(READINGS).or_default();
    let readings: Vec<ReadingRow> = records
        .iter()
        .map(|record| {
            let (user_id, link_id) = match record.reader {
                Reader::User(id) => (Some(id), None),
                Reader::Link(id) => (None, Some(id)),
            };
            let mut reading = ReadingRow {
                sequence: 0,
                at: record.at,
                user_id,
                user_name: record.name.clone(),
                link_id,
                request_id: record.request_id.clone(),
                address: record.address.clone(),
                case_id: record.case_id,
                what: record.what.to_string(),
                refused: record.refused.map(str::to_owned),
                number: 0,
                digest: String::new(),
            };
            head.add_reading(&mut reading);
            reading
        })
        .collect();
    // Both databases limit how many values a statement may carry: 32,766 on SQLite, 65,535 on PostgreSQL.
    for chunk in readings.chunks(2_000) {
        let rows: Vec<NewReading<'_>> = chunk.iter().map(NewReading::from).collect();
        native!(&mut **tx, |conn| diesel::insert_into(access_records::table).values(&rows).execute(conn))?;
    }
    keep_heads(tx, heads)
}

type Found = (EventRow, Option<String>);

/// What happened on a case, newest first.
pub fn events_of_case(conn: &mut Conn, case_id: Id, window: &Window<i64>) -> Result<Page<Recorded>, Error> {
    let mut query = audit_events::table
        .left_join(audit_details::table.on(audit_details::event_id.eq(audit_events::id)))
        .filter(audit_events::case_id.eq(case_id))
        .order(audit_events::sequence.desc())
        .limit(window.fetch())
        .select((EventRow::as_select(), audit_details::content.nullable()))
        .into_boxed();
    if let Some(after) = window.after {
        query = query.filter(audit_events::sequence.lt(after));
    }
    let rows: Vec<Found> = query.load(conn)?;
    let rows = rows.into_iter().map(Recorded::new).collect::<Result<_, _>>()?;
    let total = window
        .count
        .then(|| audit_events::table.filter(audit_events::case_id.eq(case_id)).count().get_result(conn))
        .transpose()?;
    Ok(window.page(rows, total, |row: &Recorded| row.event.sequence))
}

/// What of these actions happened on cases after a day, in the order in which it was recorded: by the day of casework that
/// stands with it, and where none does, by the moment from which on it was recorded.
pub fn changes_of_cases(
    conn: &mut Conn,
    cases: &[Id],
    actions: &[&str],
    (day, from): (NaiveDate, Instant),
) -> Result<Vec<Recorded>, Error> {
    let rows: Vec<Found> = audit_events::table
        .left_join(audit_details::table.on(audit_details::event_id.eq(audit_events::id)))
        .filter(audit_events::case_id.eq_any(cases.to_vec()))
        .filter(audit_events::action.eq_any(actions.to_vec()))
        .filter(
            audit_events::on_day
                .is_not_null()
                .and(audit_events::on_day.assume_not_null().gt(day))
                .or(audit_events::on_day.is_null().and(audit_events::at.ge(from))),
        )
        .order(audit_events::sequence)
        .select((EventRow::as_select(), audit_details::content.nullable()))
        .load(conn)?;
    rows.into_iter().map(Recorded::new).collect()
}

/// Who read a case, and who tried to in vain, newest first.
pub fn accesses_of_case(
    conn: &mut Conn,
    case_id: Id,
    (from, until): (Option<Instant>, Option<Instant>),
    window: &Window<i64>,
) -> Result<Page<ReadingRow>, Error> {
    let fitting = || {
        let mut query = access_records::table.filter(access_records::case_id.eq(case_id)).into_boxed();
        if let Some(from) = from {
            query = query.filter(access_records::at.ge(from));
        }
        if let Some(until) = until {
            query = query.filter(access_records::at.lt(until));
        }
        query
    };
    let mut query =
        fitting().order(access_records::sequence.desc()).limit(window.fetch()).select(ReadingRow::as_select());
    if let Some(after) = window.after {
        query = query.filter(access_records::sequence.lt(after));
    }
    let rows: Vec<ReadingRow> = query.load(conn)?;
    let total = window.count.then(|| fitting().count().get_result(conn)).transpose()?;
    Ok(window.page(rows, total, |row| row.sequence))
}

/// When each of these secure links was last opened; those that were not are left out.
pub fn links_opened(conn: &mut Conn, links: &[Id]) -> Result<Vec<(Id, Instant)>, Error> {
    let rows: Vec<(Option<Id>, Option<Instant>)> = access_records::table
        .filter(access_records::link_id.eq_any(links.to_vec()))
        .group_by(access_records::link_id)
        .select((access_records::link_id, max(access_records::at)))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(link, at)| link.zip(at)).collect())
}

/// Which records to look for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sought {
    /// On this case.
    pub case_id: Option<Id>,
    /// By this user.
    pub user_id: Option<Id>,
    /// At this moment or later.
    pub from: Option<Instant>,
    /// Before this moment.
    pub until: Option<Instant>,
}

/// Where a list of records goes on: after the record of this moment, kind (0 for a change) and sequence.
pub type RecordKey = (Instant, u8, i64);

/// Changes, newest first.
pub fn changes(conn: &mut Conn, sought: &Sought, after: Option<RecordKey>, limit: i64) -> Result<Vec<Recorded>, Error> {
    let mut query = audit_events::table
        .left_join(audit_details::table.on(audit_details::event_id.eq(audit_events::id)))
        .order((audit_events::at.desc(), audit_events::sequence.desc()))
        .limit(limit)
        .select((EventRow::as_select(), audit_details::content.nullable()))
        .into_boxed();
    if let Some(case) = sought.case_id {
        query = query.filter(audit_events::case_id.eq(case));
    }
    if let Some(user) = sought.user_id {
        query = query.filter(audit_events::actor_id.eq(user));
    }
    if let Some(from) = sought.from {
        query = query.filter(audit_events::at.ge(from));
    }
    if let Some(until) = sought.until {
        query = query.filter(audit_events::at.lt(until));
    }
    query = match after {
        None => query,
        Some((at, 0, sequence)) => {
            let same = audit_events::at.eq(at).and(audit_events::sequence.lt(sequence));
            query.filter(audit_events::at.lt(at).or(same))
        }
        Some((at, _, _)) => query.filter(audit_events::at.lt(at)),
    };
    let rows: Vec<Found> = query.load(conn)?;
    rows.into_iter().map(Recorded::new).collect()
}

/// Readings and refused attempts, newest first; of one moment, they follow its changes.
pub fn readings(
    conn: &mut Conn,
    sought: &Sought,
    after: Option<RecordKey>,
    limit: i64,
) -> Result<Vec<ReadingRow>, Error> {
    let mut query = access_records::table
        .order((access_records::at.desc(), access_records::sequence.desc()))
        .limit(limit)
        .select(ReadingRow::as_select())
        .into_boxed();
    if let Some(case) = sought.case_id {
        query = query.filter(access_records::case_id.eq(case));
    }
    if let Some(user) = sought.user_id {
        query = query.filter(access_records::user_id.eq(user));
    }
    if let Some(from) = sought.from {
        query = query.filter(access_records::at.ge(from));
    }
    if let Some(until) = sought.until {
        query = query.filter(access_records::at.lt(until));
    }
    query = match after {
        None => query,
        Some((at, 0, _)) => query.filter(access_records::at.le(at)),
        Some((at, _, sequence)) => {
            let same = access_records::at.eq(at).and(access_records::sequence.lt(sequence));
            query.filter(access_records::at.lt(at).or(same))
        }
    };
    Ok(query.load(conn)?)
}

/// Forgets the details of what happened on a case; the chain goes on holding their digests.
pub fn forget_details(tx: &mut Tx<'_>, case_id: Id) -> Result<usize, Error> {
    // What this transaction has on record by now is forgotten with the rest.
    tx.write_gathered()?;
    Ok(diesel::delete(audit_details::table.filter(audit_details::case_id.eq(case_id))).execute(&mut **tx)?)
}

/// The next chains by id, with their ends.
pub(super) fn heads_after(conn: &mut Conn, after: Option<Id>, limit: i64) -> Result<Vec<(Id, Head)>, Error> {
    let mut query = audit_heads::table
        .order(audit_heads::chain)
        .limit(limit)
        .select((audit_heads::chain, audit_heads::number, audit_heads::digest))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(audit_heads::chain.gt(after));
    }
    let rows: Vec<(Id, i64, String)> = query.load(conn)?;
    Ok(rows.into_iter().map(|(chain, number, digest)| (chain, Head { number, digest })).collect())
}

/// The end of a chain.
pub(super) fn head(conn: &mut Conn, chain: Id) -> Result<Option<Head>, Error> {
    let columns = (audit_heads::number, audit_heads::digest);
    let row: Option<(i64, String)> = audit_heads::table.find(chain).select(columns).first(conn).optional()?;
    Ok(row.map(|(number, digest)| Head { number, digest }))
}

/// Those of these cases of which no change is on record.
pub fn without_chain(conn: &mut Conn, cases: &[Id]) -> Result<Vec<Id>, Error> {
    let known: Vec<Id> =
        audit_heads::table.filter(audit_heads::chain.one_of(cases)).select(audit_heads::chain).load(conn)?;
    Ok(cases.iter().filter(|case| !known.contains(case)).copied().collect())
}

/// Events of cases whose chain has no end.
pub(super) fn stray_events(conn: &mut Conn, limit: i64) -> Result<Vec<EventRow>, Error> {
    Ok(audit_events::table
        .left_join(audit_heads::table.on(audit_heads::chain.nullable().eq(audit_events::case_id)))
        .filter(audit_events::case_id.is_not_null())
        .filter(audit_heads::number.nullable().is_null())
        .order(audit_events::sequence)
        .limit(limit)
        .select(EventRow::as_select())
        .load(conn)?)
}

/// The next events of a chain by sequence, with their details.
pub(super) fn events_after(conn: &mut Conn, chain: Id, after: i64, limit: i64) -> Result<Vec<WithDetails>, Error> {
    let mut query = audit_events::table
        .left_join(audit_details::table.on(audit_details::event_id.eq(audit_events::id)))
        .filter(audit_events::sequence.gt(after))
        .order(audit_events::sequence)
        .limit(limit)
        .select((EventRow::as_select(), Option::<Details>::as_select()))
        .into_boxed();
    query = match chain {
        GENERAL => query.filter(audit_events::case_id.is_null()),
        case => query.filter(audit_events::case_id.eq(case)),
    };
    Ok(query.load(conn)?)
}

/// The events of the cases that these chains are of, with their details, case by case.
pub(super) fn events_of_chains(conn: &mut Conn, chains: &[Id]) -> Result<BTreeMap<Id, Vec<WithDetails>>, Error> {
    let rows: Vec<WithDetails> = audit_events::table
        .left_join(audit_details::table.on(audit_details::event_id.eq(audit_events::id)))
        .filter(audit_events::case_id.eq_any(chains.to_vec()))
        .order((audit_events::case_id, audit_events::sequence))
        .select((EventRow::as_select(), Option::<Details>::as_select()))
        .load(conn)?;
    let mut of: BTreeMap<Id, Vec<WithDetails>> = BTreeMap::new();
    for row in rows {
        of.entry(row.0.chain()).or_default().push(row);
    }
    Ok(of)
}

/// The next readings by sequence.
pub(super) fn readings_after(conn: &mut Conn, after: i64, limit: i64) -> Result<Vec<ReadingRow>, Error> {
    Ok(access_records::table
        .filter(access_records::sequence.gt(after))
        .order(access_records::sequence)
        .limit(limit)
        .select(ReadingRow::as_select())
        .load(conn)?)
}

/// The end that each chain of changes had before a moment, by chain.
pub(super) fn ends_before(conn: &mut Conn, until: Instant) -> Result<BTreeMap<Id, Head>, Error> {
    let last: Vec<(Option<Id>, Option<i64>)> = audit_events::table
        .filter(audit_events::at.lt(until))
        .group_by(audit_events::case_id)
        .select((audit_events::case_id, max(audit_events::number)))
        .load(conn)?;
    let mut ends = BTreeMap::new();
    for some in last.chunks(AT_ONCE) {
        let cases: Vec<Id> = some.iter().filter_map(|(case, _)| *case).collect();
        let numbers: BTreeMap<Id, i64> =
            some.iter().filter_map(|(case, number)| Some((case.unwrap_or(GENERAL), (*number)?))).collect();
        let mut rows: Vec<(Option<Id>, i64, String)> = audit_events::table
            .filter(audit_events::case_id.eq_any(cases))
            .select((audit_events::case_id, audit_events::number, audit_events::digest))
            .load(conn)?;
        if let Some(number) = numbers.get(&GENERAL) {
            rows.extend(
                audit_events::table
                    .filter(audit_events::case_id.is_null())
                    .filter(audit_events::number.eq(number))
                    .select((audit_events::case_id, audit_events::number, audit_events::digest))
                    .load::<(Option<Id>, i64, String)>(conn)?,
            );
        }
        for (case, number, digest) in rows {
            let chain = case.unwrap_or(GENERAL);
            if numbers.get(&chain) == Some(&number) {
                ends.insert(chain, Head { number, digest });
            }
        }
    }
    let of_readings: Option<i64> =
        access_records::table.filter(access_records::at.lt(until)).select(max(access_records::number)).first(conn)?;
    if let Some(number) = of_readings {
        let digest: Option<String> = access_records::table
            .filter(access_records::number.eq(number))
            .select(access_records::digest)
            .first(conn)
            .optional()?;
        ends.extend(digest.map(|digest| (READINGS, Head { number, digest })));
    }
    Ok(ends)
}

/// The digest of the record of a number in a chain.
pub(super) fn digest_at(conn: &mut Conn, chain: Id, number: i64) -> Result<Option<String>, Error> {
    Ok(match chain {
        READINGS => access_records::table
            .filter(access_records::number.eq(number))
            .select(access_records::digest)
            .first(conn)
            .optional()?,
        GENERAL => audit_events::table
            .filter(audit_events::case_id.is_null())
            .filter(audit_events::number.eq(number))
            .select(audit_events::digest)
            .first(conn)
            .optional()?,
        case => audit_events::table
            .filter(audit_events::case_id.eq(case))
            .filter(audit_events::number.eq(number))
            .select(audit_events::digest)
            .first(conn)
            .optional()?,
    })
}

/// A record from before there were chains. A value that is bound would not find the index that was made for this.
fn unchained() -> diesel::expression::SqlLiteral<diesel::sql_types::Bool> {
    diesel::dsl::sql("number = 0")
}

/// The mark that the records from before there were chains are in theirs.
const EARLIER_CHAINED: &str = "earlier_records_chained";

/// Whether the records from before there were chains are in theirs.
pub(super) fn earlier_are_chained(conn: &mut Conn) -> Result<bool, Error> {
    let mark = job_marks::table.find(EARLIER_CHAINED).select(job_marks::at).first::<Instant>(conn).optional()?;
    Ok(mark.is_some())
}

/// Marks that they are.
pub(super) fn mark_earlier_chained(tx: &mut Tx<'_>) -> Result<(), Error> {
    let at = Clock::new(None).read().at;
    diesel::insert_into(job_marks::table)
        .values((job_marks::name.eq(EARLIER_CHAINED), job_marks::at.eq(at)))
        .execute(&mut **tx)?;
    Ok(())
}

/// Everything of one kind that happened, with its details, oldest first.
pub fn recorded_as(conn: &mut Conn, action: &str) -> Result<Vec<Recorded>, Error> {
    let rows: Vec<(EventRow, Option<String>)> = audit_events::table
        .left_join(audit_details::table.on(audit_details::event_id.eq(audit_events::id)))
        .filter(audit_events::action.eq(action))
        .order(audit_events::sequence)
        .select((EventRow::as_select(), audit_details::content.nullable()))
        .load(conn)?;
    rows.into_iter().map(Recorded::new).collect()
}

/// Adds the next events from before there were chains to theirs, in the order in which they were recorded; answers how many
/// there were.
pub(super) fn chain_events(tx: &mut Tx<'_>, limit: i64) -> Result<usize, Error> {
    let mut rows: Vec<WithDetails> = audit_events::table
        .left_join(audit_details::table.on(audit_details::event_id.eq(audit_events::id)))
        .filter(unchained())
        .order(audit_events::sequence)
        .limit(limit)
        .select((EventRow::as_select(), Option::<Details>::as_select()))
        .load(&mut **tx)?;
    let mut heads = lock_heads(tx, rows.iter().map(|(event, _)| event.chain()).collect())?;
    for (event, details) in &mut rows {
        event.details_digest = details.as_ref().map(digest_of_details);
        heads.entry(event.chain()).or_default().add_event(event);
        diesel::update(audit_events::table.find(event.sequence))
            .set((
                audit_events::number.eq(event.number),
                audit_events::details_digest.eq(&event.details_digest),
                audit_events::digest.eq(&event.digest),
            ))
            .execute(&mut **tx)?;
    }
    keep_heads(tx, heads)?;
    Ok(rows.len())
}

/// The same for readings.
pub(super) fn chain_readings(tx: &mut Tx<'_>, limit: i64) -> Result<usize, Error> {
    let mut rows: Vec<ReadingRow> = access_records::table
        .filter(unchained())
        .order(access_records::sequence)
        .limit(limit)
        .select(ReadingRow::as_select())
        .load(&mut **tx)?;
    let mut heads = lock_heads(tx, vec![READINGS])?;
    for reading in &mut rows {
        heads.entry(READINGS).or_default().add_reading(reading);
        diesel::update(access_records::table.find(reading.sequence))
            .set((access_records::number.eq(reading.number), access_records::digest.eq(&reading.digest)))
            .execute(&mut **tx)?;
    }
    keep_heads(tx, heads)?;
    Ok(rows.len())
}
