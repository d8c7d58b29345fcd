//! An adviser's lawful exceptions (Regs 8(2)): proposed by the adviser or a caseworker, confirmed by a caseworker, never
//! moving a due day.

use serde_json::json;
use statute::{AdviceKind, RuleId, check_ground};

use super::{check_not_ended, event, keep, open};
use crate::advice::model::{AdviceExceptionBody, AdviceExceptionConfirmationBody, AdviceRequest};
use crate::auth::Acting;
use crate::body::Step;
use crate::case;
use crate::case::model::{Exception, ExceptionState};
use crate::codes::Code;
use crate::db::Tx;
use crate::db::columns::Doc;
use crate::error::Error;
use crate::ids::Id;

/// Proposes an exception. Whoever proposes it, it counts only once a caseworker has confirmed it.
pub fn propose_exception(
    tx: &mut Tx<'_>,
    acting: &Acting,
    id: Id,
    step: Step<AdviceExceptionBody>,
) -> Result<AdviceRequest, Error> {
    let (case, request) = open(tx, acting, id)?;
    let (body, ()) = step.judge(request.version, |body, faults| {
        if let Some(to_on) = body.to_on.filter(|_| faults.is_sound("/from_on")) {
            let detail = "Give a last day that is not before the first.";
            faults.unless(to_on >= body.from_on, "/to_on", Code::OutOfRange, detail);
        }
        faults.not_blank("/evidence", body.evidence.as_deref());
        if let Some(told_on) = body.family_told_on {
            faults.day("/family_told_on", told_on, case.received_on, acting.today);
        }
        Ok(())
    })?;
    check_ground(RuleId::Advice, body.ground.0, case.received_on)?;
    check_not_ended(tx, acting, &case)?;
    if request.kind.0 == AdviceKind::Family {
        return Err(Error::conflict(
            Code::NotNow,
            "The family's own views have no time limit that an exception could relieve.",
        ));
    }
    let exception = Exception {
        id: Id::new(),
        case_id: case.id,
        advice_request_id: Some(id),
        rules: Doc(vec![RuleId::Advice.into()]),
        ground: body.ground,
        from_on: Some(body.from_on),
        to_on: body.to_on,
        evidence: body.evidence,
        family_told_on: body.family_told_on,
        state: ExceptionState::Proposed.into(),
        proposed_by: acting.user_id(),
        proposed_at: acting.at,
        confirmed_by: None,
        confirmed_at: None,
        lifted_by: None,
        lifted_at: None,
        lift_reason: None,
    };
    case::store::insert_exception(tx, &exception)?;
    let event = event("exception_proposed", &request, acting.today).after(&on_record(&exception));
    keep(tx, acting, case, request, event)
}

/// A caseworker confirms a proposed exception: from now on it counts.
pub fn confirm_exception(
    tx: &mut Tx<'_>,
    acting: &Acting,
    id: Id,
    exception_id: Id,
    step: Step<AdviceExceptionConfirmationBody>,
) -> Result<AdviceRequest, Error> {
    let (case, request) = open(tx, acting, id)?;
    let mut exception = case::store::exception(tx, case.id, exception_id)?
        .filter(|one| one.advice_request_id == Some(id))
        .ok_or(Error::NotFound)?;
    let (body, ()) = step.judge(request.version, |body, faults| {
        check_not_ended(tx, acting, &case)?;
        if let Some(told_on) = body.family_told_on {
            faults.day("/family_told_on", told_on, case.received_on, acting.today);
        }
        exception.check_can_be_confirmed(body.evidence.as_deref(), case.received_on, faults)
    })?;
    let before = on_record(&exception);
    exception.evidence = body.evidence.or(exception.evidence);
    exception.family_told_on = body.family_told_on.or(exception.family_told_on);
    exception.state = ExceptionState::Confirmed.into();
    exception.confirmed_by = acting.user_id();
    exception.confirmed_at = Some(acting.moment_of_casework());
    case::store::update_exception(tx, &exception)?;
    let event = event("exception_confirmed", &request, acting.today).before(&before).after(&on_record(&exception));
    keep(tx, acting, case, request, event)
}

/// What stands on record of an exception.
fn on_record(exception: &Exception) -> serde_json::Value {
    json!({
        "exception_id": exception.id,
        "state": exception.state,
        "ground": exception.ground,
        "from_on": exception.from_on,
        "to_on": exception.to_on,
        "evidence": exception.evidence,
        "family_told_on": exception.family_told_on,
    })
}
