//! What is counted of requests for advice.

use chrono::NaiveDate;
use diesel::dsl::sql;
use diesel::sql_types::{BigInt, Bool, Date, Integer, Nullable, Text};
use diesel::{BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl};
use statute::{AdviceKind, AdviceStatus};

use super::{literal, month_of, named};
use crate::db::schema::{advice_requests, cases, organisations};
use crate::db::{Conn, Page, Window};
use crate::error::Error;
use crate::figures::model::measure::{Asked, Standing};
use crate::figures::model::{AdviceCut, AskedCase, CaseName, Period};
use crate::ids::Id;
use crate::words::{AdviceKindWord, AdviceStatusWord, Word};

/// The requests made in a period, by the part that they belong to. The family's own views are nobody's service, and what
/// was cancelled was asked of nobody.
pub fn advice(conn: &mut Conn, period: &Period, cut: AdviceCut) -> Result<Vec<(Option<String>, Asked)>, Error> {
    let key = match cut {
        AdviceCut::Kind => "kind".to_owned(),
        AdviceCut::Organisation => "CAST(organisation_id AS TEXT)".to_owned(),
        AdviceCut::Month => month_of("requested_on"),
    };
    let as_at = literal(period.as_at);
    let took = conn.days_between("received_by_body_on", "submitted_on");
    let late = conn.days_between("due_on", "submitted_on");
    let answer = "status IN ('submitted', 'accepted') AND submitted_on IS NOT NULL";
    // Whether it is still owed on the day: not answered by then, and not spared.
    let standing = format!(
        "CASE WHEN {answer} AND submitted_on <= {as_at} THEN 1 \
         WHEN outstanding OR ({answer} AND submitted_on > {as_at}) THEN 2 ELSE 3 END"
    );
    let query = format!(
        "SELECT asked.key, asked.standing, CASE WHEN asked.standing = 1 THEN asked.took END, \
         CASE WHEN asked.standing = 1 AND asked.late > 0 THEN asked.late ELSE 0 END, \
         CASE WHEN asked.standing = 2 AND asked.due_on < {as_at} THEN asked.due_on END, asked.excepted, COUNT(*) \
         FROM (SELECT {key} AS key, {standing} AS standing, {took} AS took, {late} AS late, due_on, excepted \
         FROM advice_requests WHERE kind <> 'family' AND status <> 'cancelled' AND requested_on >= "
    );
    type Row = (Option<String>, i32, Option<i32>, i32, Option<NaiveDate>, bool, i64);
    let rows: Vec<Row> =
        sql::<(Nullable<Text>, Integer, Nullable<Integer>, Integer, Nullable<Date>, Bool, BigInt)>(&query)
            .bind::<Date, _>(period.from)
            .sql(" AND requested_on <= ")
            .bind::<Date, _>(period.last())
            .sql(") AS asked GROUP BY 1, 2, 3, 4, 5, 6")
            .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(key, standing, days, late, was_due_on, excepted, count)| {
            let overdue = was_due_on.map(|due_on| period.as_at.signed_duration_since(due_on).num_days());
            let days_late = overdue.and_then(|days| i32::try_from(days).ok()).unwrap_or(late);
            let standing = match standing {
                1 => Standing::Answered,
                2 => Standing::Owed,
                _ => Standing::Spared,
            };
            (key, Asked { standing, days, days_late, excepted, count })
        })
        .collect())
}

type AskedRow = (
    Id,
    (Id, String),
    AdviceKindWord,
    Option<(Id, String)>,
    NaiveDate,
    (Option<NaiveDate>, Option<NaiveDate>, AdviceStatusWord),
    (bool, bool),
);

/// The requests behind the figures on advice, by the day on which they were made.
pub fn asked_cases(
    conn: &mut Conn,
    period: &Period,
    kind: Option<AdviceKind>,
    organisation: Option<Id>,
    window: &Window<(NaiveDate, Id)>,
) -> Result<Page<AskedCase>, Error> {
    let filtered = || {
        let mut query = advice_requests::table
            .inner_join(cases::table)
            .left_join(organisations::table)
            .filter(advice_requests::kind.ne(Word(AdviceKind::Family)))
            .filter(advice_requests::status.ne(Word(AdviceStatus::Cancelled)))
            .filter(advice_requests::requested_on.ge(period.from))
            .filter(advice_requests::requested_on.le(period.last()))
            .into_boxed();
        if let Some(kind) = kind {
            query = query.filter(advice_requests::kind.eq(Word(kind)));
        }
        if let Some(organisation) = organisation {
            query = query.filter(advice_requests::organisation_id.eq(organisation));
        }
        query
    };
    let mut query = filtered();
    if let Some((day, id)) = window.after {
        query = query.filter(
            advice_requests::requested_on
                .gt(day)
                .or(advice_requests::requested_on.eq(day).and(advice_requests::id.gt(id))),
        );
    }
    let rows: Vec<AskedRow> = query
        .order((advice_requests::requested_on.asc(), advice_requests::id.asc()))
        .limit(window.fetch())
        .select((
            advice_requests::id,
            (cases::id, cases::reference),
            advice_requests::kind,
            (organisations::id, organisations::name).nullable(),
            advice_requests::requested_on,
            (advice_requests::due_on, advice_requests::submitted_on, advice_requests::status),
            (advice_requests::excepted, advice_requests::outstanding),
        ))
        .load(conn)?;
    let total = window.count.then(|| filtered().count().get_result(conn)).transpose()?;
    let page = window.page(rows, total, |row| (row.4, row.0));
    Ok(page.map(
        |(id, case, kind, organisation, requested_on, (due_on, submitted_on, status), (excepted, outstanding))| {
            let answered = matches!(status.0, AdviceStatus::Submitted | AdviceStatus::Accepted);
            let submitted_on = submitted_on.filter(|on| answered && *on <= period.as_at);
            let until = submitted_on.or_else(|| (outstanding || answered).then_some(period.as_at));
            let late = until.zip(due_on).map_or(0, |(on, due_on)| on.signed_duration_since(due_on).num_days());
            AskedCase {
                advice_request_id: id,
                case: CaseName { id: case.0, reference: case.1 },
                kind,
                organisation: named(organisation),
                requested_on,
                due_on,
                submitted_on,
                days_late: late.max(0),
                excepted,
            }
        },
    ))
}
