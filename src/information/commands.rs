//! What a caseworker does with information requests: one public function for each thing, named after the step.

use chrono::{Days, NaiveDate};
use serde_json::json;
use statute::{Stage, check_can_ask_for_information};

use super::model::{InformationAnswerBody, InformationCancellationBody, InformationRequest, InformationRequestBody};
use super::{notices, store};
use crate::app::App;
use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::body::Step;
use crate::case::model::Case;
use crate::codes::Code;
use crate::db::{Conn, Tx};
use crate::error::{Error, Faults};
use crate::ids::Id;
use crate::organisation::model::Organisation;
use crate::{calendar, case, organisation};

/// Asks a setting for information before it is decided whether to assess; or records that it was asked.
pub fn ask(
    app: &App,
    tx: &mut Tx<'_>,
    acting: &Acting,
    case_id: Id,
    step: Step<InformationRequestBody>,
) -> Result<Case, Error> {
    let case = case::store::open_for_step(tx, acting, case_id)?;
    let facts = case::store::facts(tx, &case)?;
    let (body, (setting, asked_on)) = step.judge(case.version, |body, faults| {
        let setting = setting_to_ask(tx, &case, body.organisation_id, faults)?;
        let asked_on = body.asked_on.unwrap_or(acting.today);
        faults.day("/asked_on", asked_on, case.received_on, acting.today);
        if let Some(reply_by) = body.reply_by.filter(|_| faults.is_sound("/asked_on")) {
            let detail = "Give a day no earlier than that on which the setting was asked.";
            faults.unless(reply_by >= asked_on, "/reply_by", Code::OutOfRange, detail);
        }
        check_can_ask_for_information(&facts, asked_on)?;
        Ok((setting, asked_on))
    })?;
    let setting = setting.ok_or_else(|| Error::internal("a request to nobody was not found faulty"))?;
    let within = Days::new(u64::from(app.settings().notices.information.reply_within_days));
    let request = InformationRequest {
        id: Id::new(),
        case_id,
        organisation_id: setting.id,
        asked_on,
        reply_by: body.reply_by.or_else(|| asked_on.checked_add_days(within)).unwrap_or(NaiveDate::MAX),
        answered_on: None,
        cancelled_on: None,
        cancellation_reason: None,
        recorded_by: acting.user_id(),
        recorded_at: acting.at,
    };
    store::insert(tx, &request)?;
    let event = event("information_requested", &request, asked_on);
    audit::record(tx, acting, event.after(&summary(&request)))?;
    let case = keep(tx, acting, case)?;
    // What is recorded after the decision was asked before it: nobody is asked now.
    if case.stage.0 == Stage::AwaitingDecision {
        notices::ask_by_mail(app, tx, acting, &case.reference, (&request, &setting))?;
    }
    Ok(case)
}

/// Records that the setting answered. It may come after the decision, and is on record all the same.
pub fn record_answer(
    tx: &mut Tx<'_>,
    acting: &Acting,
    case_id: Id,
    id: Id,
    step: Step<InformationAnswerBody>,
) -> Result<Case, Error> {
    let (case, mut request) = open(tx, acting, case_id, id)?;
    let (_, answered_on) = step.judge(case.version, |body, faults| {
        let answered_on = body.answered_on.unwrap_or(acting.today);
        faults.day("/answered_on", answered_on, request.asked_on, acting.today);
        Ok(answered_on)
    })?;
    check_not_cancelled(&request)?;
    if request.answered_on.is_some() {
        let detail =
            "The answer of this setting is on record already. To mend it, cancel the request and record it anew.";
        return Err(Error::conflict(Code::AlreadyExists, detail));
    }
    request.answered_on = Some(answered_on);
    store::update(tx, &request)?;
    notices::withdraw(tx, acting, &request)?;
    let event = event("information_answered", &request, answered_on);
    audit::record(tx, acting, event.after(&summary(&request)))?;
    keep(tx, acting, case)
}

/// The setting is no longer asked, or the request was recorded by mistake: it counts for nothing, and stays on record.
pub fn cancel(
    tx: &mut Tx<'_>,
    acting: &Acting,
    case_id: Id,
    id: Id,
    step: Step<InformationCancellationBody>,
) -> Result<Case, Error> {
    let (case, mut request) = open(tx, acting, case_id, id)?;
    let (body, ()) = step.judge(case.version, |body, faults| {
        faults.not_blank("/reason", Some(&body.reason));
        Ok(())
    })?;
    check_not_cancelled(&request)?;
    let before = summary(&request);
    request.cancelled_on = Some(acting.today);
    request.cancellation_reason = Some(body.reason.clone());
    store::update(tx, &request)?;
    notices::withdraw(tx, acting, &request)?;
    let event = event("information_cancelled", &request, acting.today).because(body.reason);
    audit::record(tx, acting, event.before(&before).after(&summary(&request)))?;
    keep(tx, acting, case)
}

/// The request with its case, locked for a step.
fn open(tx: &mut Tx<'_>, acting: &Acting, case_id: Id, id: Id) -> Result<(Case, InformationRequest), Error> {
    let case = case::store::open_for_step(tx, acting, case_id)?;
    let request = store::find(tx, case_id, id)?.ok_or(Error::NotFound)?;
    Ok((case, request))
}

/// The setting that is named, else the case's own.
fn setting_to_ask(
    conn: &mut Conn,
    case: &Case,
    named: Option<Id>,
    faults: &mut Faults,
) -> Result<Option<Organisation>, Error> {
    let Some(id) = named.or(case.setting_id) else {
        let detail = "The case has no setting: name the school, college or provider that is asked.";
        faults.add("/organisation_id", Code::MissingField, detail);
        return Ok(None);
    };
    let found = organisation::store::find(conn, id)?.filter(|one| one.kind.0.is_setting());
    let detail = "Choose an organisation of kind education_setting or early_years_provider.";
    faults.unless(found.is_some(), "/organisation_id", Code::UnknownSetting, detail);
    Ok(found)
}

fn check_not_cancelled(request: &InformationRequest) -> Result<(), Error> {
    match request.cancelled_on {
        None => Ok(()),
        Some(_) => Err(Error::conflict(Code::NotNow, "This request has been cancelled: ask anew if it is needed.")),
    }
}

/// Something that happened to a request on a day.
fn event(action: &'static str, request: &InformationRequest, on: NaiveDate) -> Event {
    Event::new(action, "information_request", request.id).case(request.case_id).on(on)
}

/// What stands on record of a request.
fn summary(request: &InformationRequest) -> serde_json::Value {
    json!({
        "organisation_id": request.organisation_id,
        "asked_on": request.asked_on,
        "reply_by": request.reply_by,
        "answered_on": request.answered_on,
        "cancelled_on": request.cancelled_on,
    })
}

/// Keeps a case after a step, derived again: a closure may relieve a limit by what was asked.
fn keep(tx: &mut Tx<'_>, acting: &Acting, case: Case) -> Result<Case, Error> {
    let calendar = calendar::store::working_days(tx)?;
    case::store::keep(tx, acting, case, &calendar)
}
