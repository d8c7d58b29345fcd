//! What the history shows, and forgetting what may be forgotten of it.

use chrono::NaiveDate;
use diesel::dsl::max;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, QueryDsl, RunQueryDsl,
    SelectableHelper,
};

use super::{EventRow, ReadingRow, Recorded};
use crate::db::schema::{access_records, audit_details, audit_events};
use crate::db::{Conn, Page, Tx, Window};
use crate::error::Error;
use crate::ids::Id;
use crate::time::Instant;

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

/// Forgets the details of what happened on a case; the chain goes on holding their digests.
pub fn forget_details(tx: &mut Tx<'_>, case_id: Id) -> Result<usize, Error> {
    // What this transaction has on record by now is forgotten with the rest.
    tx.write_gathered()?;
    Ok(diesel::delete(audit_details::table.filter(audit_details::case_id.eq(case_id))).execute(&mut **tx)?)
}
