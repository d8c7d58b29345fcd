//! What the body that was asked answers, or a caseworker records for it.

use chrono::NaiveDate;
use serde_json::json;

use super::{check_documents, check_not_ended, event, keep, open};
use crate::advice::model::{
    AdviceDayBody, AdviceRequest, Author, Closing, DeclinationBody, Submission, SubmissionBody, SubmissionContent,
};
use crate::advice::store;
use crate::auth::{Acting, Role};
use crate::body::Step;
use crate::case::model::Case;
use crate::codes::Code;
use crate::db::columns::Doc;
use crate::db::{Conn, Tx};
use crate::error::{Error, Faults};
use crate::ids::Id;

/// The longest need, outcome or provision, in characters.
const ITEM_LIMIT: usize = 5_000;

/// The body has the request.
pub fn acknowledge(
    tx: &mut Tx<'_>,
    acting: &Acting,
    id: Id,
    step: Step<AdviceDayBody>,
) -> Result<AdviceRequest, Error> {
    let (case, mut request) = open(tx, acting, id)?;
    let (_, on) = step.judge(request.version, |body, faults| {
        let on = body.on.unwrap_or(acting.today);
        faults.day("/on", on, request.received_by_body_on, acting.today);
        Ok(on)
    })?;
    check_not_ended(tx, acting, &case)?;
    request.status = request.status.0.acknowledge()?.into();
    request.acknowledged_on = Some(on);
    let after = json!({ "on": on, "on_behalf": !acting.is(Role::Adviser) });
    let event = event("advice_acknowledged", &request, on).after(&after);
    keep(tx, acting, case, request, event)
}

/// Advice comes. Each submission is numbered and kept, whatever becomes of it.
pub fn submit(tx: &mut Tx<'_>, acting: &Acting, id: Id, step: Step<SubmissionBody>) -> Result<AdviceRequest, Error> {
    let (case, mut request) = open(tx, acting, id)?;
    let last = store::last_submission(tx, id)?;
    let on_behalf = !acting.is(Role::Adviser);
    let (_, (on, content)) = step.judge(request.version, |body, faults| {
        let on = body.submitted_on.unwrap_or(acting.today);
        check_day("/submitted_on", on, &request, last.as_ref(), acting.today, on_behalf, faults);
        let content = content_of(acting, on_behalf, body.clone());
        check_content(&content, acting.today, faults);
        // A mailbox has no name: section K of the plan needs the author's.
        let signed = acting.link().is_none() || content.author.is_some();
        faults.unless(signed, "/author/name", Code::MissingField, "Say who wrote the advice.");
        let own = (!on_behalf).then_some(id);
        check_attached(tx, &case, own, &content.documents, faults)?;
        Ok((on, content))
    })?;
    check_not_ended(tx, acting, &case)?;
    request.status = request.status.0.submit()?.into();
    request.submitted_on = Some(on);
    let submission = Submission {
        id: Id::new(),
        advice_request_id: id,
        number: last.map_or(0, |last| last.number).saturating_add(1),
        submitted_on: on,
        recorded_on: acting.today,
        recorded_by: acting.user_id(),
        on_behalf,
        content: Doc(content),
        returned_on: None,
        return_reason: None,
    };
    store::insert_submission(tx, &submission)?;
    // What it says is kept with it, numbered and unchanged: the record need not hold it twice.
    let after = json!({
        "number": submission.number,
        "submitted_on": on,
        "recorded_on": acting.today,
        "on_behalf": on_behalf,
        "link_id": acting.link().map(|holder| holder.link_id),
        "documents": submission.content.0.documents,
    });
    let event = event("advice_submitted", &request, on).after(&after);
    keep(tx, acting, case, request, event)
}

/// The body declines with written reasons. Nothing more is owed of it, and the advice is not obtained.
pub fn decline(tx: &mut Tx<'_>, acting: &Acting, id: Id, step: Step<DeclinationBody>) -> Result<AdviceRequest, Error> {
    let (case, mut request) = open(tx, acting, id)?;
    let last = store::last_submission(tx, id)?;
    let on_behalf = !acting.is(Role::Adviser);
    let (body, on) = step.judge(request.version, |body, faults| {
        let on = body.declined_on.unwrap_or(acting.today);
        check_day("/declined_on", on, &request, last.as_ref(), acting.today, on_behalf, faults);
        faults.not_blank("/reasons", Some(&body.reasons));
        Ok(on)
    })?;
    check_not_ended(tx, acting, &case)?;
    let before = json!({ "status": request.status, "due_on": request.due_on });
    request.status = request.status.0.decline(request.kind.0, request.section_31_body)?.into();
    request.closing = Some(Doc(Closing { on, reason: Some(body.reasons.clone()), existing_advice: None }));
    let event = event("advice_declined", &request, on).because(body.reasons).before(&before);
    let event = event.after(&json!({ "status": request.status, "declined_on": on, "on_behalf": on_behalf }));
    keep(tx, acting, case, request, event)
}

/// An adviser's own answer bears today's day: only whoever records it for the body can say that it came earlier.
fn check_day(
    pointer: &str,
    on: NaiveDate,
    request: &AdviceRequest,
    last: Option<&Submission>,
    today: NaiveDate,
    on_behalf: bool,
    faults: &mut Faults,
) {
    let returned_on = last.and_then(|last| last.returned_on);
    let not_before = returned_on.map_or(request.received_by_body_on, |on| on.max(request.received_by_body_on));
    if on_behalf || on > today {
        faults.day(pointer, on, not_before, today);
    } else {
        let detail = format!("What you answer yourself comes today, {today}: leave the day out.");
        faults.unless(on == today, pointer, Code::NotToday, detail);
    }
}

fn content_of(acting: &Acting, on_behalf: bool, body: SubmissionBody) -> SubmissionContent {
    let own = || (!on_behalf && acting.link().is_none()).then(|| Author { name: acting.name().to_owned(), role: None });
    let mut documents = body.documents.unwrap_or_default();
    let mut seen = std::collections::HashSet::new();
    documents.retain(|id| seen.insert(*id));
    SubmissionContent {
        summary: body.summary,
        needs: body.needs.unwrap_or_default(),
        outcomes: body.outcomes.unwrap_or_default(),
        provision: body.provision.unwrap_or_default(),
        author: body.author.or_else(own),
        qualified_teacher: body.qualified_teacher,
        documents,
    }
}

fn check_content(content: &SubmissionContent, today: NaiveDate, faults: &mut Faults) {
    faults.not_blank("/summary", content.summary.as_deref());
    let lists = [("needs", &content.needs), ("outcomes", &content.outcomes), ("provision", &content.provision)];
    for (name, items) in lists {
        for (index, item) in items.iter().enumerate() {
            let pointer = format!("/{name}/{index}");
            faults.not_blank(&pointer, Some(item));
            let detail = format!("At most {ITEM_LIMIT} characters.");
            faults.unless(item.chars().count() <= ITEM_LIMIT, pointer, Code::TooLong, detail);
        }
    }
    faults.not_blank("/author/name", content.author.as_ref().map(|author| author.name.as_str()));
    if let Some(teacher) = &content.qualified_teacher {
        faults.not_blank("/qualified_teacher/name", Some(&teacher.name));
        if let Some(on) = teacher.on {
            faults.day("/qualified_teacher/on", on, NaiveDate::MIN, today);
        }
    }
    let empty =
        content.summary.is_none() && content.documents.is_empty() && lists.iter().all(|(_, items)| items.is_empty());
    let readable = ["/documents", "/needs", "/outcomes", "/provision"].iter().all(|at| faults.is_sound(at));
    let detail = "Say something: a summary, a need, an outcome, provision or a document.";
    faults.unless(!empty || !readable, "/summary", Code::MissingField, detail);
}

/// The documents are of the case; an adviser's own are those that were given to this very request.
fn check_attached(
    conn: &mut Conn,
    case: &Case,
    own: Option<Id>,
    documents: &[Id],
    faults: &mut Faults,
) -> Result<(), Error> {
    let known = store::documents_of_case(conn, case.id, own, documents)?;
    let detail = match own {
        Some(_) => "Name a document that was uploaded to this request.",
        None => "Name a document of the case.",
    };
    check_documents("/documents", documents, &known, detail, faults);
    Ok(())
}
