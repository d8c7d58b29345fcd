//! What is counted of plans, requests and decisions, as it was known on a day.

use chrono::NaiveDate;
use diesel::dsl::sql;
use diesel::sql_types::{BigInt, Bool, Date, Integer, Nullable, Text};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper,
};
use statute::AssessmentRefusalReason;

use super::{key_of, known_on, literal};
use crate::case::store::Counted;
use crate::db::schema::case_figures;
use crate::db::{Conn, MultiBackend, Page, Window};
use crate::error::Error;
use crate::figures::model::measure::{Decided, Plans};
use crate::figures::model::{CaseName, Cut, DecidedCase, DecidedNumber, Period, PlanCase};
use crate::ids::Id;
use crate::words::Vocabulary;

/// The first plans of a period: by the part that they belong to, with whether mediation or a tribunal took place before.
pub fn first_plans(conn: &mut Conn, period: &Period, cut: Cut) -> Result<Vec<(Option<String>, bool, Plans)>, Error> {
    let mut found = Vec::new();
    for known in known_on(period) {
        let key = key_of(cut, "issued_on");
        let query = format!(
            "SELECT {key}, (disputed_on IS NOT NULL AND disputed_on < issued_on), issued_after, issued_on > final_due_on, \
             final_excepted, COUNT(*) FROM case_figures WHERE {known} AND issued_on >= "
        );
        let rows: Vec<(Option<String>, bool, i32, bool, bool, i64)> =
            sql::<(Nullable<Text>, Bool, Integer, Bool, Bool, BigInt)>(&query)
                .bind::<Date, _>(period.from)
                .sql(" AND issued_on <= ")
                .bind::<Date, _>(period.last())
                .sql(" GROUP BY 1, 2, 3, 4, 5")
                .load(conn)?;
        found.extend(rows.into_iter().map(|(key, disputed, days, late, excepted, count)| {
            (key, disputed, Plans { days, late, excepted, count })
        }));
    }
    Ok(found)
}

/// The requests of a period, by the part that they belong to.
pub fn requests(conn: &mut Conn, period: &Period, cut: Cut) -> Result<Vec<(Option<String>, Decided)>, Error> {
    let mut found = Vec::new();
    for known in known_on(period) {
        let key = key_of(cut, "received_on");
        let query = format!("SELECT {key}, COUNT(*) FROM case_figures WHERE {known} AND received_on >= ");
        let rows: Vec<(Option<String>, i64)> = sql::<(Nullable<Text>, BigInt)>(&query)
            .bind::<Date, _>(period.from)
            .sql(" AND received_on <= ")
            .bind::<Date, _>(period.last())
            .sql(" GROUP BY 1")
            .load(conn)?;
        found.extend(rows.into_iter().map(|(key, count)| (key, Decided::Requested(count))));
    }
    Ok(found)
}

/// What was decided in a period, by the part that it belongs to.
pub fn decided(conn: &mut Conn, period: &Period, cut: Cut) -> Result<Vec<(Option<String>, Decided)>, Error> {
    let mut found = Vec::new();
    for known in known_on(period) {
        let key = key_of(cut, "assessment_notified_on");
        let query = format!(
            "SELECT {key}, assessment_outcome = 'refuse', assessment_notified_on <= decide_due_on, refusal_reason, COUNT(*) \
             FROM case_figures WHERE {known} AND assessment_notified_on >= "
        );
        // The key, whether it was a refusal, whether it was in time, why it was one, how many.
        type Row = (Option<String>, bool, bool, Option<String>, i64);
        let rows: Vec<Row> = sql::<(Nullable<Text>, Bool, Bool, Nullable<Text>, BigInt)>(&query)
            .bind::<Date, _>(period.from)
            .sql(" AND assessment_notified_on <= ")
            .bind::<Date, _>(period.last())
            .sql(" GROUP BY 1, 2, 3, 4")
            .load(conn)?;
        found.extend(rows.into_iter().map(|(key, refused, timely, reason, count)| {
            let reason = reason.as_deref().and_then(<AssessmentRefusalReason as Vocabulary>::parse);
            (key, if refused { Decided::Refuse(count, timely, reason) } else { Decided::Assess(count, timely) })
        }));
        let key = key_of(cut, "plan_refused_on");
        let query = format!(
            "SELECT {key}, plan_refused_on <= refuse_due_on, COUNT(*) FROM case_figures WHERE {known} AND plan_refused_on >= "
        );
        let rows: Vec<(Option<String>, bool, i64)> = sql::<(Nullable<Text>, Bool, BigInt)>(&query)
            .bind::<Date, _>(period.from)
            .sql(" AND plan_refused_on <= ")
            .bind::<Date, _>(period.last())
            .sql(" GROUP BY 1, 2")
            .load(conn)?;
        found.extend(rows.into_iter().map(|(key, timely, count)| (key, Decided::RefusePlan(count, timely))));
    }
    Ok(found)
}

/// The cases that were known otherwise on the day, as they were known then and as they are; in no order.
pub fn known_otherwise(conn: &mut Conn, as_at: NaiveDate) -> Result<Vec<(Counted, Counted)>, Error> {
    let then: Vec<Counted> = case_figures::table
        .filter(case_figures::known_to.assume_not_null().gt(as_at))
        .filter(case_figures::known_to.is_not_null())
        .filter(case_figures::known_from.le(as_at))
        .select(Counted::as_select())
        .load(conn)?;
    let mut pairs = Vec::new();
    for some in then.chunks(super::AT_ONCE) {
        let ids: Vec<Id> = some.iter().map(|row| row.case_id).collect();
        let now: Vec<Counted> = case_figures::table
            .filter(case_figures::known_to.is_null())
            .filter(case_figures::case_id.eq_any(ids))
            .select(Counted::as_select())
            .load(conn)?;
        let now: std::collections::HashMap<Id, Counted> = now.into_iter().map(|row| (row.case_id, row)).collect();
        pairs.extend(some.iter().filter_map(|row| Some((row.clone(), now.get(&row.case_id)?.clone()))));
    }
    Ok(pairs)
}

/// How many cases count in the period by one of these days that is after the one as at which it is asked; `only` narrows
/// them further.
pub fn happened_since(
    conn: &mut Conn,
    period: &Period,
    days: &[&'static str],
    only: &'static str,
) -> Result<i64, Error> {
    let (from, as_at, to) = (literal(period.from), literal(period.as_at), literal(period.to));
    let since = |day: &&str| format!("({day} >= {from} AND {day} > {as_at} AND {day} <= {to})");
    let any = days.iter().map(since).collect::<Vec<_>>().join(" OR ");
    let query = format!("SELECT COUNT(*) FROM case_figures WHERE known_to IS NULL{only} AND ({any})");
    let counts: Vec<i64> = sql::<BigInt>(&query).load(conn)?;
    Ok(counts.into_iter().sum())
}

type Rows<'a> = case_figures::BoxedQuery<'a, MultiBackend>;

/// The rows of a period that belong to a part of it, by the day by which they count.
macro_rules! of_period {
    ($period:expr, $cut:expr, $key:expr, $day:ident) => {{
        let period: &Period = $period;
        let mut query: Rows<'_> = case_figures::table.into_boxed();
        query = query.filter(case_figures::known_from.le(period.as_at));
        query = if period.is_past() {
            query.filter(case_figures::known_to.is_null().or(case_figures::known_to.assume_not_null().gt(period.as_at)))
        } else {
            query.filter(case_figures::known_to.is_null())
        };
        let part = match $key {
            Some(key) if $cut.by_time() => period.part($cut, key),
            _ => Some(*period),
        };
        query = match part {
            Some(part) => query.filter(case_figures::$day.ge(part.from)).filter(case_figures::$day.le(part.last())),
            None => query.filter(case_figures::known_from.gt(period.as_at)),
        };
        of_part(query, $cut, $key)
    }};
}

/// The rows that belong to a part that is no span of time. A key that names nothing finds nothing.
fn of_part<'a>(query: Rows<'a>, cut: Cut, key: Option<&'a str>) -> Rows<'a> {
    let Some(key) = key.filter(|_| !cut.by_time()) else {
        return query;
    };
    let id = || key.parse::<Id>().map_or_else(|_none| Vec::new(), |id| vec![id]);
    match (cut, key.is_empty()) {
        (Cut::Caseworker, true) => query.filter(case_figures::caseworker_id.is_null()),
        (Cut::Caseworker, false) => query.filter(case_figures::caseworker_id.assume_not_null().eq_any(id())),
        (Cut::Setting, true) => query.filter(case_figures::setting_id.is_null()),
        (Cut::Setting, false) => query.filter(case_figures::setting_id.assume_not_null().eq_any(id())),
        (Cut::RequestSource, _) => query.filter(case_figures::request_source.eq(key)),
        _ => query.filter(case_figures::social_care_status.eq(key)),
    }
}

/// The cases behind the figures on plans, by the day of the plan.
pub fn plan_cases(
    conn: &mut Conn,
    period: &Period,
    cut: Cut,
    key: Option<&str>,
    disputed_too: bool,
    window: &Window<(NaiveDate, Id)>,
) -> Result<Page<PlanCase>, Error> {
    let filtered = || {
        let mut query = of_period!(period, cut, key, issued_on);
        if !disputed_too {
            query = query.filter(
                case_figures::disputed_on
                    .is_null()
                    .or(case_figures::disputed_on.assume_not_null().ge(case_figures::issued_on.assume_not_null())),
            );
        }
        query
    };
    let mut query = filtered();
    if let Some((day, id)) = window.after {
        query = query.filter(
            case_figures::issued_on
                .assume_not_null()
                .gt(day)
                .or(case_figures::issued_on.assume_not_null().eq(day).and(case_figures::case_id.gt(id))),
        );
    }
    let rows: Vec<Counted> = query
        .order((case_figures::issued_on.asc(), case_figures::case_id.asc()))
        .limit(window.fetch())
        .select(Counted::as_select())
        .load(conn)?;
    let total = window.count.then(|| filtered().count().get_result(conn)).transpose()?;
    let page = window.page(rows, total, |row| (row.issued_on.unwrap_or(row.received_on), row.case_id));
    let references = super::references(conn, &page.items.iter().map(|row| row.case_id).collect::<Vec<_>>())?;
    Ok(page.map(|row| {
        let issued_on = row.issued_on.unwrap_or(row.received_on);
        PlanCase {
            case: CaseName { id: row.case_id, reference: references.get(&row.case_id).cloned().unwrap_or_default() },
            received_on: row.received_on,
            due_on: row.final_due_on,
            issued_on,
            days: row.issued_after.unwrap_or_default(),
            in_time: issued_on <= row.final_due_on,
            excepted: row.final_excepted,
            mediation_tribunal: row.disputed_on.is_some_and(|on| on < issued_on),
        }
    }))
}

/// The cases behind the figures on requests and decisions, by the day by which they count.
pub fn decided_cases(
    conn: &mut Conn,
    period: &Period,
    cut: Cut,
    key: Option<&str>,
    number: DecidedNumber,
    window: &Window<(NaiveDate, Id)>,
) -> Result<Page<DecidedCase>, Error> {
    // Each number has a day of its own, so the same is said for each.
    macro_rules! page {
        ($day:ident, $only:expr) => {{
            let only: fn(Rows<'_>) -> Rows<'_> = $only;
            let filtered = || only(of_period!(period, cut, key, $day));
            let mut query = filtered();
            if let Some((day, id)) = window.after {
                query = query.filter(
                    case_figures::$day
                        .gt(day)
                        .or(case_figures::$day.eq(day).and(case_figures::case_id.gt(id)))
                        .assume_not_null(),
                );
            }
            let rows: Vec<Counted> = query
                .order((case_figures::$day.asc(), case_figures::case_id.asc()))
                .limit(window.fetch())
                .select(Counted::as_select())
                .load(conn)?;
            let total = window.count.then(|| filtered().count().get_result(conn)).transpose()?;
            (rows, total)
        }};
    }
    let (rows, total): (Vec<Counted>, Option<i64>) = match number {
        DecidedNumber::Requests => page!(received_on, |query| query),
        DecidedNumber::Decided => page!(assessment_notified_on, |query| query),
        DecidedNumber::Refused => {
            page!(assessment_notified_on, |query| query.filter(case_figures::assessment_outcome.eq("refuse")))
        }
        DecidedNumber::PlanRefusals => page!(plan_refused_on, |query| query),
    };
    let on = |row: &Counted| match number {
        DecidedNumber::Requests => Some(row.received_on),
        DecidedNumber::Decided | DecidedNumber::Refused => row.assessment_notified_on,
        DecidedNumber::PlanRefusals => row.plan_refused_on,
    };
    let page = window.page(rows, total, |row| (on(row).unwrap_or(row.received_on), row.case_id));
    let references = super::references(conn, &page.items.iter().map(|row| row.case_id).collect::<Vec<_>>())?;
    Ok(page.map(|row| {
        let on = on(&row).unwrap_or(row.received_on);
        let due_on = match number {
            DecidedNumber::Requests => None,
            DecidedNumber::Decided | DecidedNumber::Refused => Some(row.decide_due_on),
            DecidedNumber::PlanRefusals => Some(row.refuse_due_on),
        };
        DecidedCase {
            case: CaseName { id: row.case_id, reference: references.get(&row.case_id).cloned().unwrap_or_default() },
            received_on: row.received_on,
            on,
            due_on,
            in_time: due_on.map(|due_on| on <= due_on),
            // What was decided later is not yet known on the day.
            outcome: row.assessment_outcome.filter(|_| row.assessment_notified_on.is_some_and(|on| on <= period.as_at)),
            refusal_reason: row
                .refusal_reason
                .filter(|_| row.assessment_notified_on.is_some_and(|on| on <= period.as_at)),
        }
    }))
}
