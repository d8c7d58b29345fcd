//! What was entered by mistake is taken off the record again: it stays in the history, and in no figure.

use chrono::NaiveDate;
use serde_json::{Value, json};
use statute::{AdviceStatus, CaseFacts, Disputed, Mistake, PlanStatus, check_entered_in_error};

use crate::advice::model::{AdviceRequest, Closing};
use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::body::Step;
use crate::case::model::{Case, Decision, DecisionAbout, EnteredInErrorBody};
use crate::case::store;
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;
use crate::mail::Notice;
use crate::outbox::model::Moot;
use crate::{advice, calendar, outbox, plan};

/// What a step was, for the record, and on which day it was recorded; none of what came with a spreadsheet.
struct Undone {
    subject: (&'static str, Id),
    was: Value,
    recorded_on: Option<NaiveDate>,
}

/// Records that a step was entered by mistake. The case goes back to the stage before it. Refused once something rests on
/// the step.
pub fn enter_in_error(tx: &mut Tx<'_>, acting: &Acting, id: Id, step: Step<EnteredInErrorBody>) -> Result<Case, Error> {
    let case = store::open_for_step(tx, acting, id)?;
    acting.must_manage("Only a manager says that a step was entered in error.")?;
    let facts = store::facts(tx, &case)?;
    let disputes = disputes(tx, id)?;
    let (body, ()) = step.judge(case.version, |body, faults| {
        faults.not_blank("/reason", Some(&body.reason));
        Ok(())
    })?;
    let mistake = body.step.0;
    check_entered_in_error(&facts, mistake, &disputes)?;
    let track = store::track_id(&facts)?;
    let undone = match mistake {
        Mistake::AssessmentDecision => {
            cancel_advice(tx, acting, &case, &facts, &body.reason)?;
            undo_decision(tx, acting, id, DecisionAbout::Assessment, track)?
        }
        Mistake::PlanDecision => undo_decision(tx, acting, id, DecisionAbout::Plan, track)?,
        Mistake::FinalPlan => undo_final_plan(tx, acting, id)?,
        Mistake::Reversal => undo_reversal(tx, acting, &case, &facts, &body.reason)?,
        Mistake::Withdrawal | Mistake::Transfer => undo_end(tx, acting, id)?,
    };
    let (kind, subject) = undone.subject;
    let event = Event::new("entered_in_error", kind, subject).case(id).on(acting.today).because(body.reason);
    audit::record(tx, acting, event.before(&undone.was).after(&json!({ "step": mistake.as_str(), "counts": false })))?;
    let calendar = calendar::store::working_days(tx)?;
    store::forget_mistake(tx, &case, undone.recorded_on, &calendar, acting.today)?;
    store::keep(tx, acting, case, &calendar)
}

/// All mediation and all appeals: what each is about, and its first day.
fn disputes(conn: &mut Conn, case_id: Id) -> Result<Vec<(Disputed, NaiveDate)>, Error> {
    let mediations = store::mediations(conn, case_id)?;
    let days = mediations.iter().filter_map(|one| {
        let days = [one.certificate_on, one.held_on, one.agreed_on];
        Some((one.about.0, days.into_iter().flatten().max()?))
    });
    let mut disputes: Vec<_> = days.collect();
    disputes.extend(store::appeals(conn, case_id)?.iter().map(|one| (one.about.0, one.registered_on)));
    Ok(disputes)
}

/// Nobody is asked any longer for what was asked for since the request, or since the order that is carried out.
fn cancel_advice(tx: &mut Tx<'_>, acting: &Acting, case: &Case, facts: &CaseFacts, reason: &str) -> Result<(), Error> {
    let case_id = case.id;
    let since = facts.track().map_or(case.received_on, |track| track.order.on);
    let asked: Vec<AdviceRequest> = advice::store::of_case(tx, case_id)?
        .into_iter()
        .filter(|request| request.received_by_body_on >= since && request.status.0.cancel().is_ok())
        .collect();
    let ids: Vec<Id> = asked.iter().map(|request| request.id).collect();
    let closing = Closing { on: acting.today, reason: Some(reason.to_owned()), existing_advice: None };
    advice::store::cancel_all(tx, &ids, closing, acting.at)?;
    advice::notices::end_links_of(tx, acting, ids)?;
    let mut events = Vec::new();
    for request in &asked {
        let event = Event::new("advice_cancelled", "advice_request", request.id).case(case_id).on(acting.today);
        let event = event.because(reason).before(&json!({ "status": request.status, "due_on": request.due_on }));
        events.push(event.after(&json!({ "status": AdviceStatus::Cancelled.as_str() })));
    }
    audit::record_all(tx, acting, events)
}

fn undo_decision(
    tx: &mut Tx<'_>,
    acting: &Acting,
    case_id: Id,
    about: DecisionAbout,
    track: Option<Id>,
) -> Result<Undone, Error> {
    let mut decision = store::decisions(tx, case_id)?
        .into_iter()
        .find(|decision| decision.about.0 == about && decision.order_id == track)
        .ok_or_else(|| Error::internal(format!("case {case_id} lacks the decision that its facts hold")))?;
    decision.entered_in_error_at = Some(acting.moment_of_casework());
    store::update_decision(tx, &decision)?;
    Ok(Undone {
        subject: ("decision", decision.id),
        was: json!({
            "about": decision.about,
            "outcome": decision.outcome,
            "decided_on": decision.decided_on,
            "notified_on": decision.notified_on,
            "refusal_reason": decision.refusal_reason,
        }),
        recorded_on: decision.recorded_by.map(|_| decision.recorded_at.day_in_london()),
    })
}

/// The refusal stands again. Where both were reversed, it is that of the plan.
fn undo_reversal(
    tx: &mut Tx<'_>,
    acting: &Acting,
    case: &Case,
    facts: &CaseFacts,
    reason: &str,
) -> Result<Undone, Error> {
    let track = store::track_id(facts)?;
    let reversed = |decision: &Decision| decision.order_id == track && decision.reversal().is_some();
    let mut decision = store::decisions(tx, case.id)?
        .into_iter()
        .filter(reversed)
        .max_by_key(|decision| decision.about.0 == DecisionAbout::Plan)
        .ok_or_else(|| Error::internal(format!("case {} lacks the reversal that its facts hold", case.id)))?;
    if decision.about.0 == DecisionAbout::Assessment {
        cancel_advice(tx, acting, case, facts, reason)?;
    }
    decision.reversal_in_error_at = Some(acting.moment_of_casework());
    store::update_decision(tx, &decision)?;
    let was = json!({ "about": decision.about, "reversed_on": decision.reversed_on });
    // No figure counts a reversal as such.
    Ok(Undone { subject: ("decision", decision.id), was, recorded_on: None })
}

/// The family is no longer told of it, where the mail has not left yet.
fn undo_final_plan(tx: &mut Tx<'_>, acting: &Acting, case_id: Id) -> Result<Undone, Error> {
    let mut plan = plan::store::all_with(tx, case_id, PlanStatus::Issued)?
        .pop()
        .ok_or_else(|| Error::internal(format!("case {case_id} lacks the final plan that its facts hold")))?;
    plan.entered_in_error_at = Some(acting.moment_of_casework());
    plan.version = plan.version.saturating_add(1);
    plan.updated_at = acting.at;
    plan::store::update(tx, &plan)?;
    let kinds = vec![Notice::FamilyPlanIssued];
    outbox::withdraw(tx, acting, &Moot { case_id: Some(case_id), kinds, ..Moot::default() })?;
    Ok(Undone {
        subject: ("plan", plan.id),
        was: json!({ "number": plan.number, "issued_on": plan.issued_on }),
        recorded_on: plan.created_by.map(|_| plan.created_at.day_in_london()),
    })
}

fn undo_end(tx: &mut Tx<'_>, acting: &Acting, case_id: Id) -> Result<Undone, Error> {
    let mut end = store::end(tx, case_id)?
        .ok_or_else(|| Error::internal(format!("case {case_id} lacks the end that its facts hold")))?;
    end.entered_in_error_at = Some(acting.moment_of_casework());
    store::update_end(tx, &end)?;
    Ok(Undone {
        subject: ("case", case_id),
        was: json!({
            "kind": end.kind,
            "on": end.ended_on,
            "reason": end.reason,
            "to_local_authority": end.to_local_authority,
        }),
        recorded_on: end.recorded_by.map(|_| end.recorded_at.day_in_london()),
    })
}
