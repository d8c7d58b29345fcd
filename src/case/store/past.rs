//! The rows of a case as they stood on a past day.
//!
//! What happened has a day of its own, by which it is there or not yet there, also where it was recorded later. What was
//! mended since is put back as it was, from the record of changes. An exception has no day of its own: it counts from the
//! day on which it was confirmed to the day before it was lifted.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::{QueryDsl, RunQueryDsl};
use serde_json::Value;
use statute::{AdviceStatus, PlanStatus};

use super::facts::{InError, Mistaken, Parts, parts_of};
use crate::advice::model::AdviceRequest;
use crate::appeal::model::{Appeal, Mediation};
use crate::audit;
use crate::audit::store::Recorded;
use crate::case::model::{CorrectedStep, Decision, DecisionAbout, DecisionOutcome, Exception, ExceptionState};
use crate::db::schema::{advice_requests, advice_submissions, organisations};
use crate::db::{Conn, OneOf};
use crate::error::Error;
use crate::ids::Id;
use crate::time::{self, Instant};
use crate::words::Vocabulary;

/// By what name a correction stands on record, a change to a request for advice, and what opens a case again.
pub const MENDED: [&str; 4] = ["corrected", "advice_changed", "refusal_reversed", "entered_in_error"];

/// The answers to requests for advice: the day on which each came, and the day on which it was returned.
type Answers = HashMap<Id, Vec<(NaiveDate, Option<NaiveDate>)>>;

/// The rows that the clocks of these cases were derived from on a past day; of one without any there is nothing.
pub fn parts_as_at(conn: &mut Conn, ids: &[Id], day: NaiveDate) -> Result<HashMap<Id, Parts>, Error> {
    let answers = answers(conn, ids)?;
    let mut found = parts_of(conn, ids)?;
    for parts in found.values_mut() {
        parts.put_back_mistakes(day);
    }
    for change in changes_since(conn, ids, day)? {
        if let Some(parts) = found.get_mut(&change.case_id) {
            parts.undo(&change);
        }
    }
    name_again(conn, &mut found)?;
    for parts in found.values_mut() {
        parts.go_back(day, &answers);
    }
    Ok(found)
}

/// The moment from which on a change was not yet known on a day.
pub fn known_after(day: NaiveDate) -> Option<Instant> {
    Instant::in_london(day.succ_opt()?, 0)
}

/// A change to what was known.
struct Change {
    case_id: Id,
    /// Of a request for advice; a correction names what it mended in its states.
    request: Option<Id>,
    before: Value,
    after: Value,
}

/// What was mended after a day, the last first.
fn changes_since(conn: &mut Conn, ids: &[Id], day: NaiveDate) -> Result<Vec<Change>, Error> {
    let Some(from) = known_after(day) else {
        return Ok(Vec::new());
    };
    let recorded = audit::store::changes_of_cases(conn, ids, &MENDED, (day, from))?;
    let change = |Recorded { event, before, after, .. }: Recorded| {
        let request = event.subject_id.filter(|_| event.subject_kind == "advice_request");
        Some(Change { case_id: event.case_id?, request, before: before?, after: after? })
    };
    Ok(recorded.into_iter().rev().filter_map(change).collect())
}

/// Who worked on those of these cases that were given to another after a day: nobody, or somebody.
pub fn caseworkers_as_at(conn: &mut Conn, ids: &[Id], day: NaiveDate) -> Result<HashMap<Id, Option<Id>>, Error> {
    let Some(from) = known_after(day) else {
        return Ok(HashMap::new());
    };
    let mut found = HashMap::new();
    for recorded in audit::store::changes_of_cases(conn, ids, &["case_changed"], (day, from))? {
        if let (Some(case_id), Some(before)) = (recorded.event.case_id, recorded.before)
            && before.get("caseworker_id").is_some()
        {
            let worked = text(&before, "caseworker_id").and_then(|id| id.parse().ok());
            found.entry(case_id).or_insert(worked);
        }
    }
    Ok(found)
}

/// Where another body had been asked, its name is looked up.
fn name_again(conn: &mut Conn, found: &mut HashMap<Id, Parts>) -> Result<(), Error> {
    let lacks = |one: &&mut (AdviceRequest, Option<String>)| one.0.organisation_id.is_some() && one.1.is_none();
    let mut nameless: Vec<_> = found.values_mut().flat_map(|parts| &mut parts.advice).filter(lacks).collect();
    if nameless.is_empty() {
        return Ok(());
    }
    let ids: Vec<Id> = nameless.iter().filter_map(|one| one.0.organisation_id).collect();
    let names: HashMap<Id, String> = organisations::table
        .filter(organisations::id.one_of(&ids))
        .select((organisations::id, organisations::name))
        .load::<(Id, String)>(conn)?
        .into_iter()
        .collect();
    for one in &mut nameless {
        one.1 = one.0.organisation_id.and_then(|id| names.get(&id).cloned());
    }
    Ok(())
}

fn answers(conn: &mut Conn, ids: &[Id]) -> Result<Answers, Error> {
    let rows: Vec<(Id, NaiveDate, Option<NaiveDate>)> = advice_submissions::table
        .inner_join(advice_requests::table)
        .filter(advice_requests::case_id.one_of(ids))
        .order(advice_submissions::id)
        .select((
            advice_submissions::advice_request_id,
            advice_submissions::submitted_on,
            advice_submissions::returned_on,
        ))
        .load(conn)?;
    let mut found = Answers::new();
    for (request, submitted_on, returned_on) in rows {
        found.entry(request).or_default().push((submitted_on, returned_on));
    }
    Ok(found)
}

/// A text among the facts of a state.
fn text<'a>(state: &'a Value, name: &str) -> Option<&'a str> {
    state.get(name).and_then(Value::as_str)
}

/// Puts a day back, where it is known what it was.
fn put_back(day: &mut NaiveDate, was: Option<NaiveDate>) {
    *day = was.unwrap_or(*day);
}

impl<T> Mistaken<T> {
    /// Whether it stood on record on a day, and nobody knew yet that it was a mistake.
    fn stood_on(&self, day: NaiveDate) -> bool {
        self.recorded_at.is_none_or(|at| at.day_in_london() <= day) && self.found_at.day_in_london() > day
    }
}

/// Those of these rows that stood on record on a day.
fn that_stood<T>(mistaken: Vec<Mistaken<T>>, day: NaiveDate) -> impl Iterator<Item = T> {
    mistaken.into_iter().filter(move |one| one.stood_on(day)).map(|one| one.row)
}

impl Parts {
    /// Puts back what stood on record on a day and was found to be a mistake later. It comes last: where the right step
    /// was recorded since, that is not what was known.
    fn put_back_mistakes(&mut self, day: NaiveDate) {
        let InError { decisions, ends, plans } = std::mem::take(&mut self.in_error);
        self.decisions.extend(that_stood(decisions, day));
        for decision in &mut self.decisions {
            decision.reversal_in_error_at = decision.reversal_in_error_at.filter(|at| at.day_in_london() <= day);
        }
        self.end = that_stood(ends, day).last().or(self.end.take());
        self.plans.extend(that_stood(plans, day));
    }

    /// Puts back what stood there before a change.
    fn undo(&mut self, change: &Change) {
        match change.request {
            Some(id) => self.undo_of_advice(id, &change.before),
            None => self.undo_of_step(change),
        }
    }

    fn undo_of_advice(&mut self, id: Id, before: &Value) {
        let Some((request, name)) = self.advice.iter_mut().find(|(request, _)| request.id == id) else {
            return;
        };
        put_back(&mut request.requested_on, text(before, "requested_on").and_then(time::day));
        put_back(&mut request.received_by_body_on, text(before, "received_by_body_on").and_then(time::day));
        let asked = text(before, "organisation_id").and_then(|id| id.parse().ok());
        if before.get("organisation_id").is_some() && asked != request.organisation_id {
            (request.organisation_id, *name) = (asked, None);
        }
        let bound = before.get("section_31_body").and_then(Value::as_bool);
        request.section_31_body = bound.unwrap_or(request.section_31_body);
    }

    fn undo_of_step(&mut self, change: &Change) {
        let (before, after) = (&change.before, &change.after);
        let (Some(step), Some(field)) = (text(before, "step").and_then(CorrectedStep::parse), text(before, "field"))
        else {
            return;
        };
        let subject: Option<Id> = text(before, "subject_id").and_then(|id| id.parse().ok());
        let is_it = |id: Id| subject == Some(id);
        let was = text(before, "value").and_then(time::day);
        let mended = text(after, "value").and_then(time::day);
        match (step, field) {
            (CorrectedStep::AssessmentDecision | CorrectedStep::PlanDecision, _) => {
                for decision in self.decisions.iter_mut().filter(|one| is_it(one.id)) {
                    match field {
                        "decided_on" => put_back(&mut decision.decided_on, was),
                        "notified_on" => decision.notified_on = was,
                        _ => {}
                    }
                }
                // What was asked on the day of the notice had moved with it.
                if step == CorrectedStep::AssessmentDecision && field == "notified_on" {
                    self.put_back_asked(mended, was);
                }
            }
            (CorrectedStep::Reversal, "on") => {
                for decision in self.decisions.iter_mut().filter(|one| is_it(one.id)) {
                    decision.reversed_on = was.or(decision.reversed_on);
                }
                self.put_back_asked(mended, was);
            }
            (CorrectedStep::Withdrawal | CorrectedStep::Transfer, "on") => {
                if let Some(end) = &mut self.end {
                    put_back(&mut end.ended_on, was);
                }
            }
            (CorrectedStep::DraftService | CorrectedStep::FinalPlan, _) => {
                for plan in self.plans.iter_mut().filter(|one| is_it(one.id)) {
                    match field {
                        "served_on" => plan.served_on = was.or(plan.served_on),
                        "issued_on" => plan.issued_on = was.or(plan.issued_on),
                        _ => {}
                    }
                }
            }
            (CorrectedStep::Representation, "received_on") => {
                for plan in self.plans.iter_mut().filter(|one| one.finished_on.is_some() && one.finished_on == mended) {
                    plan.finished_on = was.or(plan.finished_on);
                }
            }
            (CorrectedStep::Consultation, _) => {
                for one in self.consultations.iter_mut().filter(|one| is_it(one.id)) {
                    match field {
                        "received_on" => put_back(&mut one.received_on, was),
                        "responded_on" => one.responded_on = was,
                        _ => {}
                    }
                }
            }
            (CorrectedStep::Mediation, _) => {
                for one in self.mediations.iter_mut().filter(|one| is_it(one.id)) {
                    if let Some(day) = one.day_mut(field) {
                        *day = was;
                    }
                }
            }
            (CorrectedStep::Appeal, _) => {
                for one in self.appeals.iter_mut().filter(|one| is_it(one.id)) {
                    if field == "registered_on" {
                        put_back(&mut one.registered_on, was);
                    } else if let Some(day) = one.day_mut(field) {
                        *day = was;
                    }
                }
            }
            (CorrectedStep::Order, "ordered_on") => {
                self.orders.iter_mut().filter(|one| is_it(one.id)).for_each(|one| put_back(&mut one.ordered_on, was));
            }
            _ => {}
        }
    }

    /// Puts back the day on which advice was asked for, where it had moved with the decision.
    fn put_back_asked(&mut self, mended: Option<NaiveDate>, was: Option<NaiveDate>) {
        for (request, _) in &mut self.advice {
            for day in [&mut request.requested_on, &mut request.received_by_body_on] {
                if mended == Some(*day) {
                    put_back(day, was);
                }
            }
        }
    }

    /// Takes away what happened after a day.
    fn go_back(&mut self, day: NaiveDate, answers: &Answers) {
        let by_then = |on: Option<NaiveDate>| on.filter(|on| *on <= day);
        self.orders.retain(|order| order.ordered_on <= day);
        let ordered: HashSet<Id> = self.orders.iter().map(|order| order.id).collect();
        let of_course = |order: Option<Id>| order.is_none_or(|order| ordered.contains(&order));
        self.decisions.retain(|decision| told_on(decision) <= day && of_course(decision.order_id));
        for decision in &mut self.decisions {
            decision.reversed_on = by_then(decision.reversed_on);
        }
        self.end = self.end.take().filter(|end| end.ended_on <= day);
        for exception in &mut self.exceptions {
            exception.state = state_on(exception, day).into();
        }
        self.advice.retain(|(request, _)| request.requested_on <= day);
        for (request, _) in &mut self.advice {
            let closed_since = request.closing.as_ref().is_some_and(|closing| closing.0.on > day);
            let stood = answers.get(&request.id).into_iter().flatten().rev().find(|(submitted_on, returned_on)| {
                *submitted_on <= day && returned_on.is_none_or(|returned_on| returned_on > day)
            });
            let answered = matches!(request.status.0, AdviceStatus::Submitted | AdviceStatus::Accepted);
            let kept = by_then(request.submitted_on.filter(|_| answered));
            // Of an answer from elsewhere whose day nobody knows it is not known either that it had not come.
            let came_since = closed_since || (answered && request.submitted_on.is_some());
            match stood.map(|(on, _)| *on).or(kept) {
                Some(on) if came_since || request.status.0 == AdviceStatus::Returned => {
                    (request.status, request.submitted_on) = (AdviceStatus::Submitted.into(), Some(on));
                }
                None if came_since => {
                    (request.status, request.submitted_on) = (AdviceStatus::Requested.into(), None);
                }
                _ => {}
            }
        }
        self.information.retain(|one| one.asked_on <= day);
        for one in &mut self.information {
            one.answered_on = by_then(one.answered_on);
            one.cancelled_on = by_then(one.cancelled_on);
        }
        self.plans.retain(|plan| of_course(plan.order_id));
        self.plans.retain(|plan| match plan.status {
            PlanStatus::Issued => plan.issued_on.is_none_or(|on| on <= day),
            _ => plan.served_on.is_none_or(|on| on <= day),
        });
        for plan in &mut self.plans {
            plan.finished_on = by_then(plan.finished_on);
        }
        self.consultations.retain(|one| one.received_on <= day);
        for one in &mut self.consultations {
            one.responded_on = by_then(one.responded_on);
        }
        for day in self.mediations.iter_mut().flat_map(Mediation::days_mut) {
            *day = by_then(*day);
        }
        self.appeals.retain(|appeal| appeal.registered_on <= day);
        for day in self.appeals.iter_mut().flat_map(Appeal::days_mut) {
            *day = by_then(*day);
        }
        self.order_days.retain(|one| one.dated_on <= day && ordered.contains(&one.order_id));
    }
}

/// The day on which a decision began to count: that of its notice, but for one to issue a plan, which waits for none.
fn told_on(decision: &Decision) -> NaiveDate {
    match (decision.about.0, decision.outcome.0) {
        (DecisionAbout::Plan, DecisionOutcome::Issue) => decision.decided_on,
        _ => decision.notified_on.unwrap_or(decision.decided_on),
    }
}

/// How far an exception had come on a day. Nobody confirmed what came in with a spreadsheet: it was always there.
fn state_on(exception: &Exception, day: NaiveDate) -> ExceptionState {
    let confirmed_on = exception.confirmed_at.map(|at| at.day_in_london());
    let lifted_on = exception.lifted_at.map(|at| at.day_in_london());
    let came_with_a_sheet = exception.proposed_by.is_none();
    let was_confirmed = confirmed_on.is_some_and(|on| on <= day || came_with_a_sheet);
    if lifted_on.is_some_and(|on| on <= day) {
        ExceptionState::Lifted
    } else if was_confirmed {
        ExceptionState::Confirmed
    } else {
        ExceptionState::Proposed
    }
}
