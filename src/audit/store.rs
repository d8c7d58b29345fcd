//! The rows behind the record.

use chrono::NaiveDate;
use diesel::dsl::max;
use diesel::{ExpressionMethods, Insertable, QueryDsl, Queryable, RunQueryDsl, Selectable, SelectableHelper};
use serde_json::Value;

use super::{AccessRecord, Event, Reader};
use crate::auth::Acting;
use crate::db::columns::Doc;
use crate::db::schema::{access_records, audit_events};
use crate::db::{Conn, Page, Tx, Window, native};
use crate::error::Error;
use crate::ids::Id;
use crate::time::Instant;

/// How many events one statement may write: SQLite takes 32,766 values.
const AT_ONCE: usize = 1_000;

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
    reason: Option<String>,
    before: Option<Doc<Value>>,
    after: Option<Doc<Value>>,
}

/// An event as it stands on record.
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
    /// What kind of thing it happened to.
    pub subject_kind: String,
    /// The thing.
    pub subject_id: Option<Id>,
    /// What happened.
    pub action: String,
    /// The day on which it happened.
    pub on_day: Option<NaiveDate>,
    /// Why.
    pub reason: Option<String>,
    /// Before.
    pub before: Option<Doc<Value>>,
    /// After.
    pub after: Option<Doc<Value>>,
}

/// A reading as it stands on record.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = access_records)]
pub struct AccessRow {
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
    /// From where.
    pub address: Option<String>,
    /// What was read.
    pub what: String,
}

impl<'a> NewEvent<'a> {
    fn new(acting: &'a Acting, event: Event) -> Self {
        Self {
            id: Id::new(),
            at: acting.at,
            actor_id: acting.user_id(),
            actor_name: acting.name(),
            request_id: &acting.request_id,
            address: acting.address.as_deref(),
            case_id: event.case_id,
            subject_kind: event.subject_kind,
            subject_id: event.subject_id,
            action: event.action,
            on_day: event.on_day,
            reason: event.reason,
            before: event.before.map(Doc),
            after: event.after.map(Doc),
        }
    }
}

pub(super) fn insert_event(tx: &mut Tx<'_>, acting: &Acting, event: Event) -> Result<(), Error> {
    diesel::insert_into(audit_events::table).values(&NewEvent::new(acting, event)).execute(&mut **tx)?;
    Ok(())
}

pub(super) fn insert_events(tx: &mut Tx<'_>, acting: &Acting, events: Vec<Event>) -> Result<(), Error> {
    let rows: Vec<_> = events.into_iter().map(|event| NewEvent::new(acting, event)).collect();
    for chunk in rows.chunks(AT_ONCE) {
        native!(&mut **tx, |conn| diesel::insert_into(audit_events::table).values(chunk).execute(conn))?;
    }
    Ok(())
}

pub(super) fn insert_accesses(tx: &mut Tx<'_>, records: &[AccessRecord]) -> Result<(), Error> {
    let rows: Vec<_> = records
        .iter()
        .map(|record| {
            let (user, link) = match record.reader {
                Reader::User(id) => (Some(id), None),
                Reader::Link(id) => (None, Some(id)),
            };
            (
                access_records::at.eq(record.at),
                access_records::user_id.eq(user),
                access_records::user_name.eq(&record.name),
                access_records::link_id.eq(link),
                access_records::request_id.eq(&record.request_id),
                access_records::address.eq(record.address.as_deref()),
                access_records::case_id.eq(record.case_id),
                access_records::what.eq(record.what),
            )
        })
        .collect();
    // Both databases limit how many values a statement may carry: 32,766 on SQLite, 65,535 on PostgreSQL.
    for chunk in rows.chunks(4_000) {
        let chunk = chunk.to_vec();
        native!(&mut **tx, |conn| diesel::insert_into(access_records::table).values(&chunk).execute(conn))?;
    }
    Ok(())
}

/// What happened on a case, newest first.
pub fn events_of_case(conn: &mut Conn, case_id: Id, window: &Window<i64>) -> Result<Page<EventRow>, Error> {
    let mut query = audit_events::table
        .filter(audit_events::case_id.eq(case_id))
        .order(audit_events::sequence.desc())
        .limit(window.fetch())
        .select(EventRow::as_select())
        .into_boxed();
    if let Some(after) = window.after {
        query = query.filter(audit_events::sequence.lt(after));
    }
    let rows: Vec<EventRow> = query.load(conn)?;
    let total = window
        .count
        .then(|| audit_events::table.filter(audit_events::case_id.eq(case_id)).count().get_result(conn))
        .transpose()?;
    Ok(window.page(rows, total, |row| row.sequence))
}

/// Who read a case, newest first.
pub fn accesses_of_case(conn: &mut Conn, case_id: Id, window: &Window<i64>) -> Result<Page<AccessRow>, Error> {
    let mut query = access_records::table
        .filter(access_records::case_id.eq(case_id))
        .order(access_records::sequence.desc())
        .limit(window.fetch())
        .select(AccessRow::as_select())
        .into_boxed();
    if let Some(after) = window.after {
        query = query.filter(access_records::sequence.lt(after));
    }
    let rows: Vec<AccessRow> = query.load(conn)?;
    let total = window
        .count
        .then(|| access_records::table.filter(access_records::case_id.eq(case_id)).count().get_result(conn))
        .transpose()?;
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
