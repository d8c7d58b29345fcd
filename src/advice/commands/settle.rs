//! What the authority does with an answer, or without one.

use chrono::NaiveDate;
use serde_json::json;
use statute::ExistingAdvice as Agreements;

use super::links::ask_by_mail;
use super::{check_not_ended, event, keep, open};
use crate::advice::model::{
    AdviceDayBody, AdviceRequest, CancellationBody, Closing, ExistingAdvice, NotProvidedBody, ReturnBody,
};
use crate::advice::store;
use crate::app::App;
use crate::auth::Acting;
use crate::body::Step;
use crate::codes::Code;
use crate::db::Tx;
use crate::db::columns::Doc;
use crate::error::Error;
use crate::ids::Id;

/// The last submission is good. It is late, or in time, by the day it came.
pub fn accept(tx: &mut Tx<'_>, acting: &Acting, id: Id, step: Step<AdviceDayBody>) -> Result<AdviceRequest, Error> {
    let (case, mut request) = open(tx, acting, id)?;
    let (_, on) = step.judge(request.version, |body, faults| {
        let on = body.on.unwrap_or(acting.today);
        faults.day("/on", on, request.submitted_on.unwrap_or(request.requested_on), acting.today);
        Ok(on)
    })?;
    check_not_ended(tx, acting, &case)?;
    request.status = request.status.0.accept()?.into();
    request.accepted_on = Some(on);
    let number = store::last_submission(tx, id)?.map(|last| last.number);
    let event = event("advice_accepted", &request, on).after(&json!({ "on": on, "number": number }));
    keep(tx, acting, case, request, event)
}

/// The last submission is not good enough, be it seen only after it was accepted: the request is outstanding again, and
/// due on the day it was.
pub fn return_(
    app: &App,
    tx: &mut Tx<'_>,
    acting: &Acting,
    id: Id,
    step: Step<ReturnBody>,
) -> Result<AdviceRequest, Error> {
    let (case, mut request) = open(tx, acting, id)?;
    let last_step = request.accepted_on.or(request.submitted_on).unwrap_or(request.requested_on);
    let (body, on) = step.judge(request.version, |body, faults| {
        let on = body.on.unwrap_or(acting.today);
        faults.day("/on", on, last_step, acting.today);
        faults.not_blank("/reason", Some(&body.reason));
        Ok(on)
    })?;
    check_not_ended(tx, acting, &case)?;
    let before = json!({ "status": request.status, "accepted_on": request.accepted_on });
    request.status = request.status.0.return_()?.into();
    request.submitted_on = None;
    request.accepted_on = None;
    let last = store::last_submission(tx, id)?;
    if let Some(last) = &last {
        store::return_submission(tx, last.id, on, &body.reason)?;
    }
    let after = json!({ "on": on, "number": last.map(|last| last.number) });
    let event = event("advice_returned", &request, on).because(body.reason).before(&before).after(&after);
    let reference = case.reference.clone();
    let request = keep(tx, acting, case, request, event)?;
    ask_by_mail(app, tx, acting, &reference, &request)?;
    Ok(request)
}

/// The authority no longer asks.
pub fn cancel(tx: &mut Tx<'_>, acting: &Acting, id: Id, step: Step<CancellationBody>) -> Result<AdviceRequest, Error> {
    let (case, mut request) = open(tx, acting, id)?;
    let (body, ()) = step.judge(request.version, |body, faults| {
        faults.not_blank("/reason", Some(&body.reason));
        Ok(())
    })?;
    check_not_ended(tx, acting, &case)?;
    let before = json!({ "status": request.status, "due_on": request.due_on });
    request.status = request.status.0.cancel()?.into();
    request.closing = Some(Doc(Closing { on: acting.today, reason: Some(body.reason.clone()), existing_advice: None }));
    let event = event("advice_cancelled", &request, acting.today).because(body.reason).before(&before);
    let event = event.after(&json!({ "status": request.status }));
    keep(tx, acting, case, request, event)
}

/// The family gave no views. Of no other adviser can that be recorded.
pub fn record_not_provided(
    tx: &mut Tx<'_>,
    acting: &Acting,
    id: Id,
    step: Step<NotProvidedBody>,
) -> Result<AdviceRequest, Error> {
    let (case, mut request) = open(tx, acting, id)?;
    let (body, on) = step.judge(request.version, |body, faults| {
        let on = body.on.unwrap_or(acting.today);
        faults.day("/on", on, request.requested_on, acting.today);
        faults.not_blank("/reason", body.reason.as_deref());
        Ok(on)
    })?;
    check_not_ended(tx, acting, &case)?;
    request.status = request.status.0.not_provided(request.kind.0)?.into();
    let closing = Closing { on, reason: body.reason, existing_advice: None };
    let event = event("advice_not_provided", &request, on).after(&closing);
    request.closing = Some(Doc(closing));
    keep(tx, acting, case, request, event)
}

/// Earlier advice stands in, where adviser, authority and family have all agreed that it is sufficient (Regs 6(4)).
pub fn cover(tx: &mut Tx<'_>, acting: &Acting, id: Id, step: Step<ExistingAdvice>) -> Result<AdviceRequest, Error> {
    let (case, mut request) = open(tx, acting, id)?;
    let (body, agreed) = step.judge(request.version, |body, faults| {
        if let Some(document) = body.document_id {
            let known = store::documents_of_case(tx, case.id, None, &[document])?.contains(&document);
            faults.unless(known, "/document_id", Code::UnknownDocument, "Name a document of the case.");
        }
        faults.not_blank("/author", body.author.as_deref());
        if let Some(dated) = body.dated {
            faults.day("/dated", dated, NaiveDate::MIN, acting.today);
        }
        let agreed = [
            ("/adviser_agreed_on", body.adviser_agreed_on),
            ("/authority_agreed_on", body.authority_agreed_on),
            ("/family_agreed_on", body.family_agreed_on),
        ];
        for (pointer, on) in agreed.iter().filter_map(|(pointer, on)| Some((pointer, (*on)?))) {
            faults.day(pointer, on, case.received_on, acting.today);
        }
        Ok(agreed)
    })?;
    check_not_ended(tx, acting, &case)?;
    let agreements = Agreements {
        adviser_agreed_on: body.adviser_agreed_on,
        authority_agreed_on: body.authority_agreed_on,
        family_agreed_on: body.family_agreed_on,
    };
    request.status = request.status.0.cover(request.kind.0, agreements)?.into();
    // It stands in from the day that the last of the three agreed.
    let on = agreed.iter().filter_map(|(_, on)| *on).max().unwrap_or(acting.today);
    let closing = Closing { on, reason: None, existing_advice: Some(body) };
    let event = event("advice_covered", &request, on).after(&closing);
    request.closing = Some(Doc(closing));
    keep(tx, acting, case, request, event)
}
