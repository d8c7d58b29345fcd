//! Whether what is kept of a case's clock is what the law derives from its facts. Nothing is changed here.

use std::collections::HashMap;
use std::fmt::Debug;

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};
use statute::{Calendar, CaseFacts, Deadline};

use super::facts::{AdviceClock, Derived, facts_of, fill, parts};
use super::figures::{Counted, counted, social_care_status};
use super::{deadlines, exceptions};
use crate::advice::model::AdviceRequest;
use crate::case::model::{Case, Exception, ExceptionState};
use crate::db::Conn;
use crate::db::schema::{advice_requests, cases};
use crate::error::Error;
use crate::ids::Id;
use crate::words::GroundWord;

/// Something that is kept and should be otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What: a rule, `case`, or `advice_request` with its id.
    pub of: String,
    /// The field; `row` where the whole is missing or too many.
    pub field: &'static str,
    /// What is kept.
    pub kept: String,
    /// What should be.
    pub should_be: String,
}

/// How many cases there are.
pub fn count(conn: &mut Conn) -> Result<i64, Error> {
    Ok(cases::table.count().get_result(conn)?)
}

/// The next cases by id, whoever may see them: for those who look after all of them.
pub fn after(conn: &mut Conn, after: Option<Id>, limit: i64) -> Result<Vec<Case>, Error> {
    let mut query = cases::table.order(cases::id).limit(limit).select(Case::as_select()).into_boxed();
    if let Some(after) = after {
        query = query.filter(cases::id.gt(after));
    }
    Ok(query.load(conn)?)
}

/// The confirmed exceptions of a case that relieve none of the limits they were confirmed for, each with its ground.
pub fn idle_exceptions(conn: &mut Conn, case_id: Id) -> Result<Vec<(Id, GroundWord)>, Error> {
    let confirmed: Vec<Exception> = exceptions(conn, case_id)?
        .into_iter()
        .filter(|one| one.state.0 == ExceptionState::Confirmed && one.advice_request_id.is_none())
        .collect();
    if confirmed.is_empty() {
        return Ok(Vec::new());
    }
    let rows = deadlines(conn, case_id)?;
    let relieves = |one: &Exception| rows.iter().any(|row| row.excepted && one.rules.0.contains(&row.rule));
    Ok(confirmed.into_iter().filter(|one| !relieves(one)).map(|one| (one.id, one.ground)).collect())
}

/// Everything about a case's clock that is kept and should be otherwise.
pub fn differences(conn: &mut Conn, case: &Case, calendar: &Calendar) -> Result<Vec<Difference>, Error> {
    let parts = parts(conn, case.id)?;
    let facts = facts_of(case.received_on, &parts)?;
    let mut right = case.clone();
    let derived = fill(&mut right, &facts, calendar);
    let mut found = Vec::new();
    of_case(case, &right, &mut found);
    of_deadlines(deadlines(conn, case.id)?, case.id, &derived, &mut found);
    of_advice(conn, case.id, &facts, &derived, &mut found)?;
    let to_count = Counted::of(case, social_care_status(conn, case)?, &parts, &facts, &derived)?;
    of_figures(counted(conn, case.id)?.last(), &to_count, &mut found);
    Ok(found)
}

/// Notes each of the named fields in which two rows differ.
macro_rules! compare {
    ($found:expr, $of:expr, $kept:expr, $right:expr, $($field:ident),+ $(,)?) => { $(
        if $kept.$field != $right.$field {
            $found.push(Difference {
                of: $of.to_string(),
                field: stringify!($field),
                kept: shown(&$kept.$field),
                should_be: shown(&$right.$field),
            });
        }
    )+ };
}

/// A value as a person reads it.
fn shown(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    match text.strip_prefix("Some(").and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => inner.to_owned(),
        None if text == "None" => "none".to_owned(),
        None => text,
    }
}

fn of_case(kept: &Case, right: &Case, found: &mut Vec<Difference>) {
    compare!(
        found,
        "case",
        kept,
        right,
        stage,
        open,
        final_due_on,
        next_rule,
        next_due_on,
        next_act_by,
        open_due_on,
        excepted_due_on,
        soonest_act_by,
        ended_status,
        advice_requested,
        advice_received,
        advice_accepted,
    );
}

fn of_deadlines(rows: Vec<Derived>, case_id: Id, derived: &[Deadline], found: &mut Vec<Difference>) {
    let count = rows.len();
    let mut kept: HashMap<_, Derived> = rows.into_iter().map(|row| (row.key(), row)).collect();
    let twice = count.saturating_sub(kept.len());
    if twice > 0 {
        let (kept, should_be) = (format!("{twice} too many"), "one of each".to_owned());
        found.push(Difference { of: "deadlines".to_owned(), field: "row", kept, should_be });
    }
    for deadline in derived {
        let right = Derived::new(case_id, deadline);
        match kept.remove(&right.key()) {
            None => found.push(Difference {
                of: right.rule.to_string(),
                field: "row",
                kept: "none".to_owned(),
                should_be: format!("due on {}", right.due_on),
            }),
            Some(row) => {
                compare!(
                    found,
                    right.rule,
                    row,
                    right,
                    basis,
                    holder,
                    citation,
                    subject_kind,
                    subject_label,
                    starts_on,
                    due_on,
                    act_by,
                    met_on,
                    applicable,
                    excepted,
                    derivation,
                );
            }
        }
    }
    for row in kept.into_values() {
        found.push(Difference {
            of: row.rule.to_string(),
            field: "row",
            kept: format!("due on {}", row.due_on),
            should_be: "none".to_owned(),
        });
    }
}

fn of_figures(kept: Option<&Counted>, right: &Counted, found: &mut Vec<Difference>) {
    match kept {
        None => found.push(Difference {
            of: "figures".to_owned(),
            field: "row",
            kept: "none".to_owned(),
            should_be: format!("received on {}", right.received_on),
        }),
        Some(kept) => {
            compare!(
                found,
                "figures",
                kept,
                right,
                known_to,
                received_on,
                request_source,
                setting_id,
                caseworker_id,
                social_care_status,
                decide_due_on,
                refuse_due_on,
                final_due_on,
                final_excepted,
                assessment_outcome,
                assessment_notified_on,
                refusal_reason,
                plan_refused_on,
                issued_on,
                issued_after,
                disputed_on,
            );
        }
    }
}

fn of_advice(
    conn: &mut Conn,
    case_id: Id,
    facts: &CaseFacts,
    derived: &[Deadline],
    found: &mut Vec<Difference>,
) -> Result<(), Error> {
    let rows: Vec<AdviceRequest> = advice_requests::table
        .filter(advice_requests::case_id.eq(case_id))
        .order(advice_requests::id)
        .select(AdviceRequest::as_select())
        .load(conn)?;
    for row in rows {
        let Some(one) = facts.advice.iter().find(|one| one.id == row.id.to_string()) else {
            return Err(Error::internal(format!("the advice request {} is no fact of its case", row.id)));
        };
        let right = AdviceClock::of(one, derived);
        let of = format!("advice_request {}", row.id);
        compare!(found, of, row, right, due_on, act_by, excepted, outstanding);
    }
    Ok(())
}
