//! Asking for advice, and changing what was asked.

use chrono::NaiveDate;
use serde_json::json;
use statute::{AdviceKind, AdviceStatus};

use super::links::ask_by_mail;
use super::{check_documents, derive_again, event, keep, open};
use crate::advice::model::{AdviceRequest, AdviceRequestBody, AdviceRequestChange};
use crate::advice::{notices, store};
use crate::app::App;
use crate::audit;
use crate::auth::{Acting, Role};
use crate::body::{Step, Submitted};
use crate::case;
use crate::case::model::{Case, ExceptionState};
use crate::codes::Code;
use crate::db::{Conn, Tx};
use crate::error::{Error, Faults};
use crate::ids::Id;
use crate::organisation;
use crate::organisation::model::{Organisation, addressee};

/// Asks for advice on a case, beside the statutory set or again.
pub fn ask(
    app: &App,
    tx: &mut Tx<'_>,
    acting: &Acting,
    case_id: Id,
    body: Submitted<AdviceRequestBody>,
) -> Result<AdviceRequest, Error> {
    let case = case::store::open_for_step(tx, acting, case_id)?;
    let (before, facts) = case::store::progress(tx, &case)?;
    let (body, organisation) = body.judge(|body, faults| {
        let organisation = match body.organisation_id {
            Some(named) => addressed_to(tx, body.kind.0, named, faults)?,
            None => {
                let setting = case.setting_id.map(|id| organisation::store::find(tx, id)).transpose()?.flatten();
                let defaults = organisation::store::defaults(tx)?;
                addressee(body.kind.0, setting.as_ref(), &defaults).cloned()
            }
        };
        let requested_on = body.requested_on.unwrap_or(acting.today);
        let received_on = body.received_by_body_on.unwrap_or(requested_on);
        check_days(requested_on, received_on, not_before(&facts), acting.today, faults);
        faults.not_blank("/questions", body.questions.as_deref());
        check_shared(tx, &case, body.shared_documents.as_deref().unwrap_or_default(), faults)?;
        Ok(organisation)
    })?;
    let kind = body.kind.0;
    let requested_on = body.requested_on.unwrap_or(acting.today);
    let received_on = body.received_by_body_on.unwrap_or(requested_on);
    let shared = match body.shared_documents {
        Some(named) => named,
        None => store::shared_of_case(tx, case.id)?,
    };
    before.check_can_seek_advice()?;
    if kind == AdviceKind::Family && asks_family(tx, case_id)? {
        return Err(Error::conflict(
            Code::AlreadyExists,
            "The family has been asked for its views: work on that request.",
        ));
    }
    let mut request =
        AdviceRequest::new(case_id, kind, organisation.as_ref().map(Organisation::as_addressee), requested_on, acting);
    request.received_by_body_on = received_on;
    request.questions = body.questions;
    let (id, after) = (request.id, summary(&request, &shared));
    let event = event("advice_requested", &request, requested_on).after(&after);
    store::insert_all(tx, &[(request, &shared)])?;
    audit::record(tx, acting, event)?;
    let reference = case.reference.clone();
    let request = derive_again(tx, acting, case, id)?;
    ask_by_mail(app, tx, acting, &reference, &request)?;
    Ok(request)
}

/// Changes of whom advice is asked, when, and what: not once the request is settled.
pub fn change(
    app: &App,
    tx: &mut Tx<'_>,
    acting: &Acting,
    id: Id,
    step: Step<AdviceRequestChange>,
) -> Result<AdviceRequest, Error> {
    let (case, before) = open(tx, acting, id)?;
    let shared_before: Vec<Id> =
        store::shared_documents(tx, &[id])?.into_iter().map(|(_, document)| document.id).collect();
    let (stage, facts) = case::store::progress(tx, &case)?;
    let (body, (mut request, addressed)) = step.judge(before.version, |body, faults| {
        let mut request = before.clone();
        let addressed = match body.organisation_id {
            Some(named) if named != before.organisation_id => Some(addressed_to(tx, before.kind.0, named, faults)?),
            _ => None,
        };
        if let Some(requested_on) = body.requested_on {
            // The day the body had it is the same until somebody says otherwise.
            if request.received_by_body_on == request.requested_on {
                request.received_by_body_on = requested_on;
            }
            request.requested_on = requested_on;
        }
        // Another body has it from today, unless told when it was asked: its time begins when the request reaches it.
        let reached = matches!(addressed, Some(Some(_))) && body.requested_on.is_none();
        let had_on = if reached { acting.today } else { request.received_by_body_on };
        request.received_by_body_on = body.received_by_body_on.unwrap_or(had_on);
        request.questions = body.questions.clone().unwrap_or(request.questions);
        faults.not_blank("/questions", request.questions.as_deref());
        if body.requested_on.is_some() || body.received_by_body_on.is_some() {
            check_days(request.requested_on, request.received_by_body_on, not_before(&facts), acting.today, faults);
            check_before_answers(tx, &request, addressed.is_some(), faults)?;
        }
        check_shared(tx, &case, body.shared_documents.as_deref().unwrap_or_default(), faults)?;
        Ok((request, addressed))
    })?;
    let shared = body.shared_documents;
    stage.check_not_ended()?;
    // A mistyped day is a fault of the record, whenever it is found.
    let only_days = addressed.is_none() && shared.is_none() && body.questions.is_none();
    if request.status.0.is_settled() && !(only_days && acting.is(Role::Manager)) {
        return Err(Error::conflict(
            Code::NotNow,
            "The request is settled: what was asked stays on record as it was, but for its days, which a manager can mend. Ask anew if more is needed.",
        ));
    }
    let readdressed = addressed.is_some();
    if let Some(organisation) = addressed {
        readdress(tx, &mut request, organisation.as_ref())?;
        notices::end_links(tx, acting, id)?;
    }
    if let Some(shared) = &shared {
        store::set_shared_documents(tx, id, shared)?;
    }
    let event = event("advice_changed", &request, acting.today).before(&summary(&before, &shared_before));
    let event = event.after(&summary(&request, shared.as_ref().unwrap_or(&shared_before)));
    let reference = case.reference.clone();
    let request = keep(tx, acting, case, request, event)?;
    if readdressed {
        ask_by_mail(app, tx, acting, &reference, &request)?;
    }
    Ok(request)
}

/// Asks another body instead. What the one before said stays its own, so it can't have said anything yet.
fn readdress(conn: &mut Conn, request: &mut AdviceRequest, organisation: Option<&Organisation>) -> Result<(), Error> {
    request.status = request.status.0.readdress()?.into();
    let claimed = store::exceptions(conn, &[request.id])?;
    if claimed.iter().any(|one| one.state.0 != ExceptionState::Lifted) {
        return Err(Error::conflict(
            Code::NotNow,
            "An exception is on record for the body that was asked: cancel this request and ask the other body anew.",
        ));
    }
    request.acknowledged_on = None;
    request.organisation_id = organisation.map(|organisation| organisation.id);
    request.section_31_body = organisation.is_some_and(|organisation| organisation.section_31_body);
    Ok(())
}

/// The organisation that is named, which must exist; the family is not one.
fn addressed_to(
    conn: &mut Conn,
    kind: AdviceKind,
    named: Option<Id>,
    faults: &mut Faults,
) -> Result<Option<Organisation>, Error> {
    let Some(id) = named else {
        return Ok(None);
    };
    if kind == AdviceKind::Family && faults.is_sound("/kind") {
        let detail = "The family's own views are asked of the family, not of an organisation.";
        faults.add("/organisation_id", Code::UnknownField, detail);
        return Ok(None);
    }
    let found = organisation::store::find(conn, id)?;
    let detail = "Choose an organisation from GET /api/v1/organisations.";
    faults.unless(found.is_some(), "/organisation_id", Code::UnknownOrganisation, detail);
    Ok(found)
}

/// Advice is asked for from the day that the decision to assess was notified.
fn not_before(facts: &statute::CaseFacts) -> NaiveDate {
    facts.standing_assessment().map_or(facts.received_on, |decision| decision.notified_on)
}

fn check_days(
    requested_on: NaiveDate,
    received_on: NaiveDate,
    not_before: NaiveDate,
    today: NaiveDate,
    faults: &mut Faults,
) {
    faults.day("/requested_on", requested_on, not_before, today);
    if received_on != requested_on {
        let not_before = if faults.is_sound("/requested_on") { requested_on } else { not_before };
        faults.day("/received_by_body_on", received_on, not_before, today);
    }
}

/// A body can't have had the request after it answered.
fn check_before_answers(
    conn: &mut Conn,
    request: &AdviceRequest,
    readdressed: bool,
    faults: &mut Faults,
) -> Result<(), Error> {
    let first = store::submissions(conn, &[request.id])?.into_iter().map(|one| one.submitted_on).min();
    let acknowledged_on = request.acknowledged_on.filter(|_| !readdressed);
    if let Some(answered_on) = [first, acknowledged_on].into_iter().flatten().min() {
        let detail = format!("Give a day no later than {answered_on}, the day of the first answer.");
        let fine = request.received_by_body_on <= answered_on;
        faults.unless(fine, "/received_by_body_on", Code::OutOfRange, detail);
    }
    Ok(())
}

fn check_shared(conn: &mut Conn, case: &Case, shared: &[Id], faults: &mut Faults) -> Result<(), Error> {
    let known = store::shareable(conn, case.id, shared)?;
    check_documents(
        "/shared_documents",
        shared,
        &known,
        "Name a document of the case that is shared with advisers.",
        faults,
    );
    Ok(())
}

fn asks_family(conn: &mut Conn, case_id: Id) -> Result<bool, Error> {
    let asked = |one: AdviceRequest| one.kind.0 == AdviceKind::Family && one.status.0 != AdviceStatus::Cancelled;
    Ok(store::of_case(conn, case_id)?.into_iter().any(asked))
}

/// What stands on record of a request.
fn summary(request: &AdviceRequest, shared: &[Id]) -> serde_json::Value {
    json!({
        "kind": request.kind,
        "organisation_id": request.organisation_id,
        "section_31_body": request.section_31_body,
        "status": request.status,
        "requested_on": request.requested_on,
        "received_by_body_on": request.received_by_body_on,
        "questions": request.questions,
        "shared_documents": shared,
    })
}
