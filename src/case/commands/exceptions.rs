//! Lawful exceptions: proposed by a caseworker, confirmed by a manager, never moving a due day.

use serde_json::json;
use statute::{RuleId, check_evidence, check_ground};

use super::keep;
use crate::advice;
use crate::audit::{self, Event};
use crate::auth::{Acting, Role};
use crate::body::Step;
use crate::case::model::{Case, ConfirmationBody, Exception, ExceptionBody, ExceptionState, LiftBody, SuggestionBody};
use crate::case::{store, view};
use crate::codes::Code;
use crate::db::Tx;
use crate::db::columns::Doc;
use crate::error::Error;
use crate::ids::Id;
use crate::information;
use crate::organisation;

/// Proposes an exception; a manager's is confirmed at once.
pub fn propose_exception(tx: &mut Tx<'_>, acting: &Acting, id: Id, step: Step<ExceptionBody>) -> Result<Case, Error> {
    let case = store::open_for_step(tx, acting, id)?;
    let (body, ()) = step.judge(case.version, |body, faults| {
        if body.rules.iter().any(|rule| rule.0 == RuleId::Advice) {
            faults.add("/rules", Code::UnknownValue, "An adviser's exception is proposed on the request for advice.");
        }
        if let Some(to_on) = body.to_on.filter(|_| faults.is_sound("/from_on")) {
            let detail = "Give a last day that is not before the first.";
            faults.unless(to_on >= body.from_on, "/to_on", Code::OutOfRange, detail);
        }
        if let Some(told_on) = body.family_told_on {
            faults.day("/family_told_on", told_on, case.received_on, acting.today);
        }
        if !faults.is_sound("/rules") || !faults.is_sound("/ground") {
            return Ok(());
        }
        for rule in &body.rules {
            check_ground(rule.0, body.ground.0, case.received_on)?;
        }
        // A manager's is confirmed at once.
        if acting.is(Role::Manager) {
            let rules: Vec<RuleId> = body.rules.iter().map(|rule| rule.0).collect();
            faults.lawful("/evidence", check_evidence(&rules, body.evidence.as_deref(), case.received_on));
        }
        Ok(())
    })?;
    let exception = Exception {
        rules: Doc(body.rules),
        from_on: Some(body.from_on),
        to_on: body.to_on,
        evidence: body.evidence,
        family_told_on: body.family_told_on,
        ..blank(acting, case.id, body.ground.0)
    };
    add(tx, acting, case, exception)
}

/// A manager confirms a proposed exception: from now on it counts.
pub fn confirm_exception(
    tx: &mut Tx<'_>,
    acting: &Acting,
    id: Id,
    exception_id: Id,
    step: Step<ConfirmationBody>,
) -> Result<Case, Error> {
    let case = store::open_for_step(tx, acting, id)?;
    let mut exception = of_case(tx, &case, exception_id)?;
    let (body, ()) = step.judge(case.version, |body, faults| {
        if let Some(told_on) = body.family_told_on {
            faults.day("/family_told_on", told_on, case.received_on, acting.today);
        }
        exception.check_can_be_confirmed(body.evidence.as_deref(), case.received_on, faults)
    })?;
    exception.evidence = body.evidence.or(exception.evidence);
    exception.family_told_on = body.family_told_on.or(exception.family_told_on);
    exception.state = ExceptionState::Confirmed.into();
    exception.confirmed_by = acting.user_id();
    exception.confirmed_at = Some(acting.moment_of_casework());
    store::update_exception(tx, &exception)?;
    record(tx, acting, "exception_confirmed", &exception, None)?;
    keep(tx, acting, case)
}

/// Lifts an exception of the case or of one of its requests for advice: it no longer counts, and stays on record. A
/// confirmed one of the case takes a manager to lift.
pub fn lift_exception(
    tx: &mut Tx<'_>,
    acting: &Acting,
    id: Id,
    exception_id: Id,
    step: Step<LiftBody>,
) -> Result<Case, Error> {
    let case = store::open_for_step(tx, acting, id)?;
    let mut exception = store::exception(tx, id, exception_id)?.ok_or(Error::NotFound)?;
    // An adviser's exception is confirmed by a caseworker, so a caseworker lifts it.
    if exception.state.0 == ExceptionState::Confirmed && exception.advice_request_id.is_none() {
        acting.must_manage("Only a manager lifts an exception that is confirmed.")?;
    }
    let (body, ()) = step.judge(case.version, |body, faults| {
        faults.not_blank("/reason", Some(&body.reason));
        Ok(())
    })?;
    if exception.state.0 == ExceptionState::Lifted {
        return Err(Error::conflict(Code::NotNow, "The exception has been lifted already."));
    }
    exception.state = ExceptionState::Lifted.into();
    exception.lifted_by = acting.user_id();
    exception.lifted_at = Some(acting.moment_of_casework());
    exception.lift_reason = Some(body.reason.clone());
    store::update_exception(tx, &exception)?;
    record(tx, acting, "exception_lifted", &exception, Some(body.reason))?;
    keep(tx, acting, case)
}

/// Answers an exception that the calendar of closures suggests: accepting proposes it, a manager's acceptance confirms it.
pub fn answer_suggestion(
    tx: &mut Tx<'_>,
    acting: &Acting,
    id: Id,
    suggestion_id: Id,
    step: Step<SuggestionBody>,
) -> Result<Case, Error> {
    let case = store::open_for_step(tx, acting, id)?;
    let existing = store::exceptions(tx, id)?;
    let requests = advice::store::of_case(tx, id)?;
    let information = information::store::of_case(tx, id)?;
    let asked: Vec<_> = information.iter().map(|(one, _)| one).collect();
    let rows = store::deadlines(tx, id)?;
    let setting = case.setting_id.map(|id| organisation::store::find(tx, id)).transpose()?.flatten();
    let suggestion = view::suggestions(tx, &case, &existing, (&requests, &asked), &rows, setting.as_ref())?
        .into_iter()
        .find(|suggestion| suggestion.id == suggestion_id)
        .ok_or(Error::NotFound)?;
    let (body, ()) = step.judge(case.version, |body, faults| {
        faults.not_blank("/reason", Some(&body.reason));
        if let Some(told_on) = body.family_told_on {
            faults.day("/family_told_on", told_on, case.received_on, acting.today);
        }
        Ok(())
    })?;
    let user = acting.person()?.user_id;
    store::insert_suggestion_answer(tx, id, suggestion_id, body.accept, &body.reason, (user, acting.at))?;
    if body.accept {
        let exception = Exception {
            rules: Doc(suggestion.rules),
            from_on: Some(suggestion.closure.closed_from),
            to_on: Some(suggestion.closure.reopens_on),
            evidence: Some(format!("{} {}", suggestion.because, body.reason)),
            family_told_on: body.family_told_on,
            ..blank(acting, id, suggestion.ground.0)
        };
        return add(tx, acting, case, exception);
    }
    let event = Event::new("suggestion_dismissed", "closure", suggestion_id).case(id).because(body.reason);
    audit::record(tx, acting, event.after(&json!({ "ground": suggestion.ground, "because": suggestion.because })))?;
    keep(tx, acting, case)
}

fn blank(acting: &Acting, case_id: Id, ground: statute::Ground) -> Exception {
    Exception {
        id: Id::new(),
        case_id,
        advice_request_id: None,
        rules: Doc(Vec::new()),
        ground: ground.into(),
        from_on: None,
        to_on: None,
        evidence: None,
        family_told_on: None,
        state: ExceptionState::Proposed.into(),
        proposed_by: acting.user_id(),
        proposed_at: acting.at,
        confirmed_by: None,
        confirmed_at: None,
        lifted_by: None,
        lifted_at: None,
        lift_reason: None,
    }
}

fn add(tx: &mut Tx<'_>, acting: &Acting, case: Case, mut exception: Exception) -> Result<Case, Error> {
    if acting.is(Role::Manager) {
        exception.state = ExceptionState::Confirmed.into();
        exception.confirmed_by = acting.user_id();
        exception.confirmed_at = Some(acting.moment_of_casework());
    }
    store::insert_exception(tx, &exception)?;
    let action = match exception.state.0 {
        ExceptionState::Confirmed => "exception_confirmed",
        _ => "exception_proposed",
    };
    record(tx, acting, action, &exception, None)?;
    keep(tx, acting, case)
}

/// An exception of the case itself; those of its requests for advice are answered there.
fn of_case(tx: &mut Tx<'_>, case: &Case, id: Id) -> Result<Exception, Error> {
    store::exception(tx, case.id, id)?.filter(|one| one.advice_request_id.is_none()).ok_or(Error::NotFound)
}

fn record(
    tx: &mut Tx<'_>,
    acting: &Acting,
    action: &'static str,
    exception: &Exception,
    reason: Option<String>,
) -> Result<(), Error> {
    let mut event = Event::new(action, "exception", exception.id).case(exception.case_id);
    if let Some(reason) = reason {
        event = event.because(reason);
    }
    audit::record(tx, acting, event.after(&view::ExceptionView::from(exception.clone())))
}
