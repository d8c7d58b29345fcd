//! The late cases of a period, with the days of their steps.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::dsl::{min, sql};
use diesel::sql_types::{Bool, Date, Nullable};
use diesel::{BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl};
use statute::{AdviceKind, AdviceStatus, RuleId};

use super::literal;
use crate::case::model::DecisionAbout;
use crate::db::Conn;
use crate::db::columns::sql as columns;
use crate::db::schema::{advice_requests, consultations, decisions, organisations, plans};
use crate::error::Error;
use crate::figures::model::delay::{AdviceTaken, Course};
use crate::figures::model::{Named, Period};
use crate::ids::Id;
use crate::words::{AdviceKindWord, AdviceStatusWord, Word};

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
pub fn courses(conn: &mut Conn, late: &[LateRow], as_at: NaiveDate) -> Result<HashMap<Id, Course>, Error> {
    let blank = |row: &LateRow| Course {
        received_on: row.received_on,
        notified_on: None,
        advice: Vec::new(),
        served_on: None,
        issued_on: row.issued_on,
        consultations: Vec::new(),
    };
    let by_then = |day: Option<NaiveDate>| day.filter(|day| *day <= as_at);
    let mut found: HashMap<Id, Course> = late.iter().map(|row| (row.case_id, blank(row))).collect();
    for some in late.chunks(super::AT_ONCE) {
        let ids: Vec<Id> = some.iter().map(|row| row.case_id).collect();
        let decided: Vec<(Id, NaiveDate, Option<NaiveDate>)> = decisions::table
            .filter(decisions::case_id.eq_any(ids.clone()))
            .filter(decisions::about.eq(Word(DecisionAbout::Assessment)))
            .filter(decisions::order_id.is_null())
            .select((decisions::case_id, decisions::decided_on, decisions::notified_on))
            .load(conn)?;
        for (case, decided_on, notified_on) in decided {
            if let Some(course) = found.get_mut(&case) {
                course.notified_on = by_then(Some(notified_on.unwrap_or(decided_on)));
            }
        }
        type Asked = (
            Id,
            AdviceKindWord,
            Option<(Id, String)>,
            (NaiveDate, Option<NaiveDate>, Option<NaiveDate>),
            AdviceStatusWord,
        );
        let none_owed = [AdviceStatus::Cancelled, AdviceStatus::CoveredByExistingAdvice, AdviceStatus::NotProvided];
        let advice: Vec<Asked> = advice_requests::table
            .left_join(organisations::table)
            .filter(advice_requests::case_id.eq_any(ids.clone()))
            .filter(advice_requests::kind.ne(Word(AdviceKind::Family)))
            .filter(advice_requests::status.ne_all(none_owed.map(Word)))
            .order(advice_requests::id)
            .select((
                advice_requests::case_id,
                advice_requests::kind,
                (organisations::id, organisations::name).nullable(),
                (advice_requests::received_by_body_on, advice_requests::submitted_on, advice_requests::due_on),
                advice_requests::status,
            ))
            .load(conn)?;
        for (case, kind, organisation, (from, submitted_on, due_on), status) in advice {
            let answered = matches!(status.0, AdviceStatus::Submitted | AdviceStatus::Accepted);
            if let Some(course) = found.get_mut(&case).filter(|_| from <= as_at) {
                let (organisation, to) = (super::named(organisation), by_then(submitted_on.filter(|_| answered)));
                course.advice.push(AdviceTaken { kind: kind.0, organisation, from, to, due_on });
            }
        }
        let served: Vec<(Id, Option<NaiveDate>)> = plans::table
            .filter(plans::case_id.eq_any(ids.clone()))
            .filter(plans::served_on.is_not_null().and(plans::order_id.is_null()))
            .group_by(plans::case_id)
            .select((plans::case_id, min(plans::served_on)))
            .load(conn)?;
        for (case, served_on) in served {
            if let Some(course) = found.get_mut(&case) {
                course.served_on = by_then(served_on);
            }
        }
        type Consulted = (Id, (Id, String), NaiveDate, Option<NaiveDate>);
        let consulted: Vec<Consulted> = consultations::table
            .inner_join(organisations::table)
            .filter(consultations::case_id.eq_any(ids))
            .order(consultations::id)
            .select((
                consultations::case_id,
                (organisations::id, organisations::name),
                consultations::received_on,
                consultations::responded_on,
            ))
            .load(conn)?;
        for (case, (id, name), from, to) in consulted {
            if let Some(course) = found.get_mut(&case).filter(|_| from <= as_at) {
                course.consultations.push((Named { id, name }, from, by_then(to)));
            }
        }
    }
    Ok(found)
}
