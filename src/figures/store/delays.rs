//! The late cases of a period, with the days of their steps.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::RunQueryDsl;
use diesel::dsl::sql;
use diesel::sql_types::{Bool, Date, Nullable};
use statute::{AdviceKind, AdviceStatus, Calendar, RuleId};

use super::literal;
use crate::case::store::{AdviceClock, Parts, derive, facts_of, parts_as_at, parts_of};
use crate::db::Conn;
use crate::db::columns::sql as columns;
use crate::error::Error;
use crate::figures::model::delay::{AdviceTaken, Course};
use crate::figures::model::{Named, Period};
use crate::ids::Id;

/// A case whose plan was late, or is.
#[derive(Debug, Clone)]
pub struct LateRow {
    /// The case.
    pub case_id: Id,
    /// Day zero.
    pub received_on: NaiveDate,
    /// The last day for the final plan.
    pub due_on: NaiveDate,
    /// The day on which it was sent; none where it was still owed on the day as at which it is asked.
    pub issued_on: Option<NaiveDate>,
    /// Whether a confirmed exception relieves it.
    pub excepted: bool,
}

type Row = (Id, NaiveDate, NaiveDate, Option<NaiveDate>, bool);

const COLUMNS: &str = "SELECT case_id, received_on, final_due_on, issued_on, final_excepted FROM case_figures WHERE";

/// The cases whose first plan was sent late in the period, without those where mediation or a tribunal took place before.
pub fn sent_late(conn: &mut Conn, period: &Period) -> Result<Vec<LateRow>, Error> {
    let mut found = Vec::new();
    for known in super::known_on(period) {
        let query = format!(
            "{COLUMNS} {known} AND issued_on > final_due_on AND (disputed_on IS NULL OR disputed_on >= issued_on) \
             AND issued_on >= "
        );
        let rows: Vec<Row> = sql::<(columns::Id, Date, Date, Nullable<Date>, Bool)>(&query)
            .bind::<Date, _>(period.from)
            .sql(" AND issued_on <= ")
            .bind::<Date, _>(period.last())
            .sql("")
            .load(conn)?;
        found.extend(rows.into_iter().map(late_row));
    }
    Ok(found)
}

/// The cases whose last day lies in the period and whose plan is owed today. What was owed on a past day is derived: see
/// [`super::open_on`].
pub fn owed_late(conn: &mut Conn, period: &Period) -> Result<Vec<LateRow>, Error> {
    let today = literal(period.today);
    let rule = RuleId::IssueFinalPlan.as_str();
    // What is owed stands among the limits that are open.
    let query = format!(
        "{COLUMNS} known_to IS NULL AND final_due_on < {today} AND issued_on IS NULL AND case_id IN (SELECT case_id \
         FROM deadlines WHERE basis = 'statutory' AND holder <> 'family' AND met_on IS NULL AND applicable \
         AND due_on < {today} AND rule = '{rule}') AND final_due_on >= "
    );
    let rows: Vec<Row> = sql::<(columns::Id, Date, Date, Nullable<Date>, Bool)>(&query)
        .bind::<Date, _>(period.from)
        .sql(" AND final_due_on <= ")
        .bind::<Date, _>(period.to)
        .sql("")
        .load(conn)?;
    Ok(rows.into_iter().map(late_row).collect())
}

fn late_row((case_id, received_on, due_on, issued_on, excepted): Row) -> LateRow {
    LateRow { case_id, received_on, due_on, issued_on, excepted }
}

/// The steps of these cases, with what had happened by the day as at which it is asked.
pub fn courses(
    conn: &mut Conn,
    late: &[LateRow],
    period: &Period,
    calendar: &Calendar,
) -> Result<HashMap<Id, Course>, Error> {
    let mut found = HashMap::new();
    for some in late.chunks(super::AT_ONCE) {
        let ids: Vec<Id> = some.iter().map(|row| row.case_id).collect();
        let mut parts = if period.is_past() { parts_as_at(conn, &ids, period.as_at)? } else { parts_of(conn, &ids)? };
        for row in some {
            let parts = parts.remove(&row.case_id).unwrap_or_default();
            found.insert(row.case_id, course(row, &parts, period, calendar)?);
        }
    }
    Ok(found)
}

fn course(row: &LateRow, parts: &Parts, period: &Period, calendar: &Calendar) -> Result<Course, Error> {
    let facts = facts_of(row.received_on, parts)?;
    // The last day of a request is kept with it, unless it is asked of the past.
    let past = period.is_past().then(|| derive(&facts, calendar).1);
    let has_come = |from: NaiveDate| from <= period.as_at;
    let none_owed = [
        AdviceStatus::Cancelled,
        AdviceStatus::CoveredByExistingAdvice,
        AdviceStatus::NotProvided,
        AdviceStatus::Declined,
    ];
    let advice = parts.advice.iter().zip(&facts.advice).filter(|((request, _), _)| {
        request.kind.0 != AdviceKind::Family
            && !none_owed.contains(&request.status.0)
            && has_come(request.received_by_body_on)
    });
    let consulted = parts.consultations.iter().filter(|one| has_come(one.received_on));
    let served = parts.plans.iter().filter(|plan| plan.order_id.is_none()).filter_map(|plan| plan.served_on);
    Ok(Course {
        received_on: row.received_on,
        notified_on: facts.standing_assessment().map(|decision| decision.notified_on),
        advice: advice
            .map(|((request, name), one)| {
                let answered = matches!(request.status.0, AdviceStatus::Submitted | AdviceStatus::Accepted);
                AdviceTaken {
                    kind: request.kind.0,
                    organisation: super::named(request.organisation_id.zip(name.clone())),
                    from: request.received_by_body_on,
                    to: request.submitted_on.filter(|_| answered),
                    due_on: past.as_ref().map_or(request.due_on, |past| AdviceClock::of(one, past).due_on),
                }
            })
            .collect(),
        served_on: served.min(),
        issued_on: row.issued_on,
        consultations: consulted
            .map(|one| (Named { id: one.setting_id, name: one.setting.clone() }, one.received_on, one.responded_on))
            .collect(),
    })
}
