//! Adding to the ends of the chains.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::{
    ExpressionMethods, Insertable, JoinOnDsl, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper,
    upsert::excluded,
};

use super::{AT_ONCE, Details, EventRow, ReadingRow, WithDetails};
use crate::audit::chain::{Head, READINGS, digest_of_details, digest_of_event, digest_of_reading};
use crate::audit::{AccessRecord, Event, Reader};
use crate::auth::Acting;
use crate::db::schema::{access_records, audit_details, audit_events, audit_heads, job_marks};
use crate::db::{Conn, Gathered, OneOf, Tx, native};
use crate::error::Error;
use crate::ids::Id;
use crate::time::{Clock, Instant};

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

/// The events of a transaction, to be written at its end: however many there are, each chain is opened once, and held only
/// while the transaction commits.
#[derive(Debug, Default)]
struct Gathering(Vec<WithDetails>);

impl Gathered for Gathering {
    fn write(self: Box<Self>, tx: &mut Tx<'_>) -> Result<(), Error> {
        append(tx, self.0)
    }
}

pub(in crate::audit) fn gather(tx: &mut Tx<'_>, acting: &Acting, events: Vec<Event>) -> Result<(), Error> {
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
pub(in crate::audit) fn append_readings(tx: &mut Tx<'_>, records: &[AccessRecord]) -> Result<(), Error> {
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

/// A record from before there were chains. A value that is bound would not find the index that was made for this.
fn unchained() -> diesel::expression::SqlLiteral<diesel::sql_types::Bool> {
    diesel::dsl::sql("number = 0")
}

/// The mark that the records from before there were chains are in theirs.
const EARLIER_CHAINED: &str = "earlier_records_chained";

/// Whether the records from before there were chains are in theirs.
pub(in crate::audit) fn earlier_are_chained(conn: &mut Conn) -> Result<bool, Error> {
    let mark = job_marks::table.find(EARLIER_CHAINED).select(job_marks::at).first::<Instant>(conn).optional()?;
    Ok(mark.is_some())
}

/// Marks that they are.
pub(in crate::audit) fn mark_earlier_chained(tx: &mut Tx<'_>) -> Result<(), Error> {
    let at = Clock::new(None).read().at;
    diesel::insert_into(job_marks::table)
        .values((job_marks::name.eq(EARLIER_CHAINED), job_marks::at.eq(at)))
        .execute(&mut **tx)?;
    Ok(())
}

/// Adds the next events from before there were chains to theirs, in the order in which they were recorded; answers how many
/// there were.
pub(in crate::audit) fn chain_events(tx: &mut Tx<'_>, limit: i64) -> Result<usize, Error> {
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
pub(in crate::audit) fn chain_readings(tx: &mut Tx<'_>, limit: i64) -> Result<usize, Error> {
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
