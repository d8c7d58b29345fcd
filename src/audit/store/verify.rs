//! Walking along the chains, to verify them and to keep their ends.

use std::collections::BTreeMap;

use diesel::dsl::max;
use diesel::{
    ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper,
};

use super::{AT_ONCE, Details, EventRow, ReadingRow, WithDetails};
use crate::audit::chain::{GENERAL, Head, READINGS};
use crate::db::schema::{access_records, audit_details, audit_events, audit_heads};
use crate::db::{Conn, OneOf};
use crate::error::Error;
use crate::ids::Id;
use crate::time::Instant;

/// The next chains by id, with their ends.
pub(in crate::audit) fn heads_after(conn: &mut Conn, after: Option<Id>, limit: i64) -> Result<Vec<(Id, Head)>, Error> {
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
pub(in crate::audit) fn head(conn: &mut Conn, chain: Id) -> Result<Option<Head>, Error> {
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
pub(in crate::audit) fn stray_events(conn: &mut Conn, limit: i64) -> Result<Vec<EventRow>, Error> {
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
pub(in crate::audit) fn events_after(
    conn: &mut Conn,
    chain: Id,
    after: i64,
    limit: i64,
) -> Result<Vec<WithDetails>, Error> {
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
pub(in crate::audit) fn events_of_chains(
    conn: &mut Conn,
    chains: &[Id],
) -> Result<BTreeMap<Id, Vec<WithDetails>>, Error> {
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
pub(in crate::audit) fn readings_after(conn: &mut Conn, after: i64, limit: i64) -> Result<Vec<ReadingRow>, Error> {
    Ok(access_records::table
        .filter(access_records::sequence.gt(after))
        .order(access_records::sequence)
        .limit(limit)
        .select(ReadingRow::as_select())
        .load(conn)?)
}

/// The end that each chain of changes had before a moment, by chain.
pub(in crate::audit) fn ends_before(conn: &mut Conn, until: Instant) -> Result<BTreeMap<Id, Head>, Error> {
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
pub(in crate::audit) fn digest_at(conn: &mut Conn, chain: Id, number: i64) -> Result<Option<String>, Error> {
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
