//! What is counted of requests for advice.
//!
//! As at a past day most requests stand as their days say. Of the others it is derived how they stood: those that were
//! mended, answered and returned, excepted or closed since, and those that a case left unanswered when it ended.

use std::collections::HashSet;

use chrono::NaiveDate;
use diesel::dsl::sql;
use diesel::sql_types::{BigInt, Bool, Date, Integer, Nullable, Text};
use diesel::{BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl};
use statute::{AdviceKind, AdviceStatus, Calendar, PlanOutcome};

use super::{literal, month_of, named};
use crate::case::store::{AdviceClock, MENDED, derive, facts_of, known_after, parts_as_at};
use crate::db::schema::{advice_requests, cases, organisations};
use crate::db::{Conn, MultiBackend, Page, Window};
use crate::error::Error;
use crate::figures::model::measure::{Asked, Standing};
use crate::figures::model::{AdviceCut, AskedCase, AskedNumber, CaseName, Period};
use crate::ids::Id;
use crate::time::Instant;
use crate::words::{AdviceKindWord, AdviceStatusWord, Word};

const ANSWER: &str = "advice_requests.status IN ('submitted', 'accepted') AND advice_requests.submitted_on IS NOT NULL";

/// The condition of a request that it has been answered by a day.
fn answered(as_at: &str) -> String {
    format!("({ANSWER} AND advice_requests.submitted_on <= {as_at})")
}

/// The condition of a request that it is still owed on a day: not answered by then, and not spared.
fn owed(as_at: &str) -> String {
    format!("(advice_requests.outstanding OR ({ANSWER} AND advice_requests.submitted_on > {as_at}))")
}

/// The day on which the case of a request ended.
const ENDED_ON: &str = "COALESCE((SELECT COALESCE(case_figures.issued_on, case_figures.plan_refused_on) FROM case_figures \
    WHERE case_figures.case_id = advice_requests.case_id AND case_figures.known_to IS NULL), \
    (SELECT case_ends.ended_on FROM case_ends WHERE case_ends.case_id = advice_requests.case_id \
    AND case_ends.entered_in_error_at IS NULL))";

/// The condition of a request that the case ended without its answer, after its last day.
fn unanswered() -> String {
    format!(
        "(advice_requests.status IN ('requested', 'acknowledged', 'returned') AND NOT advice_requests.outstanding \
         AND COALESCE({ENDED_ON} > advice_requests.due_on, FALSE))"
    )
}

/// How a request stands of which no answer has come.
fn without_answer(
    status: AdviceStatus,
    owed: bool,
    due_on: Option<NaiveDate>,
    ended_on: Option<NaiveDate>,
) -> Standing {
    let asked = matches!(status, AdviceStatus::Requested | AdviceStatus::Acknowledged | AdviceStatus::Returned);
    if owed {
        Standing::Owed
    } else if asked && ended_on.zip(due_on).is_some_and(|(ended_on, due_on)| ended_on > due_on) {
        Standing::Unanswered
    } else {
        Standing::Spared
    }
}

/// The condition of a request that its days alone do not say how it stood on a past day.
fn stood_otherwise(period: &Period) -> Option<String> {
    let since = known_after(period.as_at).filter(|_| period.is_past())?;
    let as_at = literal(period.as_at);
    Some(format!(
        "((advice_requests.status IN ('requested', 'acknowledged', 'returned') AND NOT advice_requests.outstanding) \
         OR (advice_requests.status IN ('cancelled', 'covered_by_existing_advice', 'not_provided', 'declined') \
         AND advice_requests.updated_at >= '{since}') \
         OR EXISTS (SELECT 1 FROM exceptions WHERE exceptions.advice_request_id = advice_requests.id \
         AND (exceptions.confirmed_at >= '{since}' OR exceptions.lifted_at >= '{since}')) \
         OR EXISTS (SELECT 1 FROM advice_submissions WHERE advice_submissions.advice_request_id = advice_requests.id \
         AND advice_submissions.returned_on > {as_at}) OR {})",
        mended_since(period, since)
    ))
}

/// The condition of a request that something of its case was mended after the day.
fn mended_since(period: &Period, since: Instant) -> String {
    format!(
        "EXISTS (SELECT 1 FROM audit_events WHERE audit_events.case_id = advice_requests.case_id \
         AND audit_events.action IN ('{}') AND (audit_events.on_day > {} \
         OR (audit_events.on_day IS NULL AND audit_events.at >= '{since}')))",
        MENDED.join("', '"),
        literal(period.as_at)
    )
}

/// A request as it stood on a past day.
#[derive(Debug, Clone)]
struct Stood {
    id: Id,
    case_id: Id,
    kind: AdviceKind,
    organisation: Option<(Id, String)>,
    requested_on: NaiveDate,
    received_by_body_on: NaiveDate,
    submitted_on: Option<NaiveDate>,
    due_on: Option<NaiveDate>,
    excepted: bool,
    standing: Standing,
    /// The day on which its case ended, where it did.
    ended_on: Option<NaiveDate>,
}

impl Stood {
    fn days_late(&self, as_at: NaiveDate) -> i64 {
        let until = match self.standing {
            Standing::Answered => self.submitted_on,
            Standing::Owed => Some(as_at),
            Standing::Unanswered => self.ended_on,
            Standing::Spared => None,
        };
        let late = until.zip(self.due_on).map(|(on, due_on)| on.signed_duration_since(due_on).num_days());
        late.unwrap_or_default().max(0)
    }

    fn counted(&self, as_at: NaiveDate) -> Asked {
        let took = self.submitted_on.map(|on| on.signed_duration_since(self.received_by_body_on).num_days());
        Asked {
            standing: self.standing,
            days: took.and_then(|days| i32::try_from(days).ok()),
            days_late: i32::try_from(self.days_late(as_at)).unwrap_or(i32::MAX),
            excepted: self.excepted,
            count: 1,
        }
    }
}

/// The requests of the period whose days alone do not say how they stood on the past day.
fn derived(conn: &mut Conn, period: &Period, calendar: &Calendar) -> Result<Vec<Stood>, Error> {
    let Some(otherwise) = stood_otherwise(period) else {
        return Ok(Vec::new());
    };
    // A day that was mended since may have lain in the period, where it does no longer.
    let (from, to) = (literal(period.from), literal(period.last()));
    let moved = known_after(period.as_at).map_or_else(String::new, |since| mended_since(period, since));
    let which = format!(
        "({otherwise} AND ({moved} OR (advice_requests.requested_on >= {from} AND advice_requests.requested_on <= {to})))"
    );
    let asked: Vec<(Id, Id, NaiveDate)> = advice_requests::table
        .inner_join(cases::table)
        .filter(advice_requests::kind.ne(Word(AdviceKind::Family)))
        .filter(sql::<Bool>(&which))
        .order((cases::id, advice_requests::id))
        .select((advice_requests::id, cases::id, cases::received_on))
        .load(conn)?;
    let wanted: HashSet<Id> = asked.iter().map(|(id, _, _)| *id).collect();
    let mut of_cases: Vec<(Id, NaiveDate)> =
        asked.into_iter().map(|(_, case, received_on)| (case, received_on)).collect();
    of_cases.dedup();
    let mut found = Vec::new();
    for some in of_cases.chunks(super::AT_ONCE) {
        let ids: Vec<Id> = some.iter().map(|(id, _)| *id).collect();
        let mut parts = parts_as_at(conn, &ids, period.as_at)?;
        for (case_id, received_on) in some {
            let Some(parts) = parts.remove(case_id) else {
                continue;
            };
            let facts = facts_of(*received_on, &parts)?;
            let (_, deadlines, _) = derive(&facts, calendar);
            let refused = facts.standing_plan_decision().filter(|decision| decision.outcome == PlanOutcome::Refuse);
            let ended_on = facts.final_plan.as_ref().map(|plan| plan.issued_on);
            let ended_on =
                ended_on.or(refused.and_then(|decision| decision.notified_on)).or(facts.ended.map(|end| end.on));
            for ((request, name), one) in parts.advice.into_iter().zip(&facts.advice) {
                let in_period = (period.from..=period.last()).contains(&request.requested_on);
                if !wanted.contains(&request.id) || !in_period || request.status.0 == AdviceStatus::Cancelled {
                    continue;
                }
                let clock = AdviceClock::of(one, &deadlines);
                let answered = matches!(request.status.0, AdviceStatus::Submitted | AdviceStatus::Accepted);
                let submitted_on = request.submitted_on.filter(|_| answered);
                found.push(Stood {
                    id: request.id,
                    case_id: *case_id,
                    kind: request.kind.0,
                    organisation: request.organisation_id.zip(name),
                    requested_on: request.requested_on,
                    received_by_body_on: request.received_by_body_on,
                    submitted_on,
                    due_on: clock.due_on,
                    excepted: clock.excepted,
                    standing: match submitted_on {
                        Some(_) => Standing::Answered,
                        None => without_answer(request.status.0, clock.outstanding, clock.due_on, ended_on),
                    },
                    ended_on,
                });
            }
        }
    }
    Ok(found)
}

/// The requests made in a period, by the part that they belong to. The family's own views are nobody's service, and what
/// was cancelled was asked of nobody.
pub fn advice(
    conn: &mut Conn,
    period: &Period,
    cut: AdviceCut,
    calendar: &Calendar,
) -> Result<Vec<(Option<String>, Asked)>, Error> {
    let key = match cut {
        AdviceCut::Kind => "kind".to_owned(),
        AdviceCut::Organisation => "CAST(organisation_id AS TEXT)".to_owned(),
        AdviceCut::Month => month_of("requested_on"),
    };
    let as_at = literal(period.as_at);
    let took = conn.days_between("received_by_body_on", "submitted_on");
    let unanswered = unanswered();
    let late = format!(
        "CASE WHEN {unanswered} THEN {} ELSE {} END",
        conn.days_between("due_on", ENDED_ON),
        conn.days_between("due_on", "submitted_on")
    );
    let (answered, owed) = (answered(&as_at), owed(&as_at));
    let standing = format!("CASE WHEN {answered} THEN 1 WHEN {owed} THEN 2 WHEN {unanswered} THEN 3 ELSE 4 END");
    let plain = stood_otherwise(period).map(|otherwise| format!("NOT {otherwise} AND ")).unwrap_or_default();
    let query = format!(
        "SELECT asked.key, asked.standing, CASE WHEN asked.standing = 1 THEN asked.took END, \
         CASE WHEN asked.standing IN (1, 3) AND asked.late > 0 THEN asked.late ELSE 0 END, \
         CASE WHEN asked.standing = 2 AND asked.due_on < {as_at} THEN asked.due_on END, asked.excepted, COUNT(*) \
         FROM (SELECT {key} AS key, {standing} AS standing, {took} AS took, {late} AS late, due_on, excepted \
         FROM advice_requests WHERE kind <> 'family' AND status <> 'cancelled' AND {plain}requested_on >= "
    );
    type Row = (Option<String>, i32, Option<i32>, i32, Option<NaiveDate>, bool, i64);
    let rows: Vec<Row> =
        sql::<(Nullable<Text>, Integer, Nullable<Integer>, Integer, Nullable<Date>, Bool, BigInt)>(&query)
            .bind::<Date, _>(period.from)
            .sql(" AND requested_on <= ")
            .bind::<Date, _>(period.last())
            .sql(") AS asked GROUP BY 1, 2, 3, 4, 5, 6")
            .load(conn)?;
    let mut found: Vec<(Option<String>, Asked)> = rows
        .into_iter()
        .map(|(key, standing, days, late, was_due_on, excepted, count)| {
            let overdue = was_due_on.map(|due_on| period.as_at.signed_duration_since(due_on).num_days());
            let days_late = overdue.and_then(|days| i32::try_from(days).ok()).unwrap_or(late);
            let standing = match standing {
                1 => Standing::Answered,
                2 => Standing::Owed,
                3 => Standing::Unanswered,
                _ => Standing::Spared,
            };
            (key, Asked { standing, days, days_late, excepted, count })
        })
        .collect();
    found.extend(derived(conn, period, calendar)?.iter().map(|one| {
        let key = match cut {
            AdviceCut::Kind => Some(one.kind.as_str().to_owned()),
            AdviceCut::Organisation => one.organisation.as_ref().map(|(id, _)| id.to_string()),
            AdviceCut::Month => Some(one.requested_on.format("%Y-%m").to_string()),
        };
        (key, one.counted(period.as_at))
    }));
    Ok(found)
}

/// Which of the requests behind a figure are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Behind which of the numbers.
    pub number: AskedNumber,
    /// Of this kind alone.
    pub kind: Option<AdviceKind>,
    /// Those asked of this organisation alone.
    pub organisation: Option<Id>,
    /// Those of which nobody had been asked.
    pub unaddressed: bool,
}

impl Wanted {
    /// The condition of a request that it counts in the number.
    fn counts(&self, as_at: &str) -> Option<String> {
        let (answered, owed, unanswered) = (answered(as_at), owed(as_at), unanswered());
        let in_time = "(advice_requests.due_on IS NULL OR advice_requests.submitted_on <= advice_requests.due_on)";
        let came_late = format!("({answered} AND NOT {in_time})");
        let overdue = format!("({owed} AND advice_requests.due_on < {as_at})");
        match self.number {
            AskedNumber::Requested => None,
            AskedNumber::OnTime => Some(format!("({answered} AND {in_time})")),
            AskedNumber::Late => Some(format!("({came_late} AND NOT advice_requests.excepted)")),
            AskedNumber::Excepted => Some(format!("(({came_late} OR {unanswered}) AND advice_requests.excepted)")),
            AskedNumber::Open => Some(owed),
            AskedNumber::Overdue => Some(format!("({overdue} AND NOT advice_requests.excepted)")),
            AskedNumber::Unanswered => Some(format!("({unanswered} AND NOT advice_requests.excepted)")),
            AskedNumber::NotOwed => Some(format!("(NOT {answered} AND NOT {owed} AND NOT {unanswered})")),
        }
    }

    fn is(&self, one: &Stood, as_at: NaiveDate) -> bool {
        let late = one.days_late(as_at) > 0;
        let counts = match self.number {
            AskedNumber::Requested => true,
            AskedNumber::OnTime => one.standing == Standing::Answered && !late,
            AskedNumber::Late => one.standing == Standing::Answered && late && !one.excepted,
            AskedNumber::Excepted => late && one.excepted && one.standing != Standing::Owed,
            AskedNumber::Open => one.standing == Standing::Owed,
            AskedNumber::Overdue => one.standing == Standing::Owed && late && !one.excepted,
            AskedNumber::Unanswered => one.standing == Standing::Unanswered && !one.excepted,
            AskedNumber::NotOwed => one.standing == Standing::Spared,
        };
        counts
            && self.kind.is_none_or(|kind| kind == one.kind)
            && self.organisation.is_none_or(|id| one.organisation.as_ref().is_some_and(|(asked, _)| *asked == id))
            && !(self.unaddressed && one.organisation.is_some())
    }
}

type AskedRow = (
    Id,
    Id,
    AdviceKindWord,
    Option<(Id, String)>,
    NaiveDate,
    (Option<NaiveDate>, Option<NaiveDate>, AdviceStatusWord),
    (bool, bool, NaiveDate, Option<NaiveDate>),
);

/// A request as its days say that it stood.
fn as_it_stands(row: AskedRow, as_at: NaiveDate) -> Stood {
    let (id, case_id, kind, organisation, requested_on, (due_on, submitted_on, status), more) = row;
    let (excepted, outstanding, received_by_body_on, ended_on) = more;
    let answer = submitted_on.filter(|_| matches!(status.0, AdviceStatus::Submitted | AdviceStatus::Accepted));
    let submitted_on = answer.filter(|on| *on <= as_at);
    let standing = match submitted_on {
        Some(_) => Standing::Answered,
        None => without_answer(status.0, outstanding || answer.is_some(), due_on, ended_on),
    };
    let kind = kind.0;
    Stood {
        id,
        case_id,
        kind,
        organisation,
        requested_on,
        received_by_body_on,
        submitted_on,
        due_on,
        excepted,
        standing,
        ended_on,
    }
}

/// The requests behind the figures on advice, by the day on which they were made.
pub fn asked_cases(
    conn: &mut Conn,
    period: &Period,
    wanted: &Wanted,
    calendar: &Calendar,
    window: &Window<(NaiveDate, Id)>,
) -> Result<Page<AskedCase>, Error> {
    let as_at = literal(period.as_at);
    let plain = stood_otherwise(period).map(|otherwise| format!("NOT {otherwise}"));
    type Rows<'a> = diesel::helper_types::IntoBoxed<
        'a,
        diesel::helper_types::LeftJoin<advice_requests::table, organisations::table>,
        MultiBackend,
    >;
    let filtered = || {
        let mut query: Rows<'_> = advice_requests::table.left_join(organisations::table).into_boxed();
        query = query
            .filter(advice_requests::kind.ne(Word(AdviceKind::Family)))
            .filter(advice_requests::status.ne(Word(AdviceStatus::Cancelled)))
            .filter(advice_requests::requested_on.ge(period.from))
            .filter(advice_requests::requested_on.le(period.last()));
        for condition in plain.iter().chain(wanted.counts(&as_at).iter()) {
            query = query.filter(sql::<Bool>(condition));
        }
        if let Some(kind) = wanted.kind {
            query = query.filter(advice_requests::kind.eq(Word(kind)));
        }
        if let Some(organisation) = wanted.organisation {
            query = query.filter(advice_requests::organisation_id.eq(organisation));
        }
        if wanted.unaddressed {
            query = query.filter(advice_requests::organisation_id.is_null());
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
            advice_requests::case_id,
            advice_requests::kind,
            (organisations::id, organisations::name).nullable(),
            advice_requests::requested_on,
            (advice_requests::due_on, advice_requests::submitted_on, advice_requests::status),
            (
                advice_requests::excepted,
                advice_requests::outstanding,
                advice_requests::received_by_body_on,
                sql::<Nullable<Date>>(ENDED_ON),
            ),
        ))
        .load(conn)?;
    let mut otherwise = derived(conn, period, calendar)?;
    otherwise.retain(|one| wanted.is(one, period.as_at));
    let total = if window.count {
        let plain: i64 = filtered().count().get_result(conn)?;
        Some(plain.saturating_add(i64::try_from(otherwise.len()).unwrap_or(i64::MAX)))
    } else {
        None
    };
    otherwise.retain(|one| window.after.is_none_or(|after| (one.requested_on, one.id) > after));
    let mut stood: Vec<Stood> = rows.into_iter().map(|row| as_it_stands(row, period.as_at)).chain(otherwise).collect();
    stood.sort_by_key(|one| (one.requested_on, one.id));
    stood.truncate(usize::try_from(window.fetch()).unwrap_or(usize::MAX));
    let page = window.page(stood, total, |one| (one.requested_on, one.id));
    let references = super::references(conn, &page.items.iter().map(|one| one.case_id).collect::<Vec<_>>())?;
    Ok(page.map(|one| AskedCase {
        advice_request_id: one.id,
        case: CaseName { id: one.case_id, reference: references.get(&one.case_id).cloned().unwrap_or_default() },
        kind: one.kind.into(),
        days_late: one.days_late(period.as_at),
        organisation: named(one.organisation),
        requested_on: one.requested_on,
        due_on: one.due_on,
        submitted_on: one.submitted_on,
        excepted: one.excepted,
        owed: one.standing == Standing::Owed,
    }))
}
