//! The routes of requests for advice.

use actix_multipart::Multipart;
use actix_web::{get, patch, post, web};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{
    AdviceDayBody, AdviceExceptionBody, AdviceFilter, AdviceRequest, AdviceRequestBody, AdviceRequestChange,
    CancellationBody, ExistingAdvice, NotProvidedBody, ReturnBody, SubmissionBody,
};
use super::view::{self, AdviceRequestView};
use super::{commands, store};
use crate::app::{Answer, App, Mark};
use crate::auth::{Acting, AnswerAdvice, Caller, WorkOnCases};
use crate::body::EmptyBody;
use crate::case;
use crate::db::{Conn, Page, PageQuery, page_window};
use crate::document;
use crate::document::model::{DocumentView, NewDocument};
use crate::error::Error;
use crate::http::{Body, Filter, PathId, Problem, StepBody, StepHeaders, UploadForm, WriteHeaders, receive};
use crate::ids::Id;

/// The routes.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(of_case);
    config.service(ask);
    config.service(list);
    config.service(read);
    config.service(change);
    config.service(acknowledge);
    config.service(submit);
    config.service(add_document);
    config.service(accept);
    config.service(return_);
    config.service(cancel);
    config.service(not_provided);
    config.service(cover);
    config.service(propose_exception);
    config.service(confirm_exception);
}

/// The whole request, as a step answers it.
fn present(conn: &mut Conn, acting: &Acting, request: &AdviceRequest) -> Result<Answer, Error> {
    let view = view::one(conn, acting, request)?;
    Answer::versioned(view.version, &view)
}

/// Lists the requests for advice of a case, in the order in which they were made.
#[utoipa::path(tag = "advice", params(("id" = Id, Path), PageQuery), responses((status = 200, body = Page<AdviceRequestView>)))]
#[get("/cases/{id}/advice-requests")]
async fn of_case(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    page: Filter<PageQuery>,
) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "advice_requests", move |_, conn, acting| {
        let case = case::store::visible(conn, acting, id.0)?.ok_or(Error::NotFound)?;
        let page = store::page_of_case(conn, case.id, &page.window()?)?;
        Ok((Answer::ok(&view::page(conn, acting, page)?)?, vec![case.id]))
    });
    Ok(answer.await?)
}

/// Asks for advice on a case, beside the statutory set or again; only while an assessment is made.
#[utoipa::path(tag = "advice", params(("id" = Id, Path), WriteHeaders), request_body = AdviceRequestBody, responses((status = 201, body = AdviceRequestView)))]
#[post("/cases/{id}/advice-requests")]
async fn ask(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: Body<AdviceRequestBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let request = commands::ask(tx, acting, id.0, body.submitted)?;
        let location = format!("/api/v1/advice-requests/{}", request.id);
        let view = view::one(tx, acting, &request)?;
        Answer::created(location, Some(view.version), &view)
    });
    Ok(answer.await?)
}

/// Lists requests for advice: what is owed first, the soonest due at the top, then the rest, the newest first.
///
/// An adviser's work list is that of their organisation, of restricted cases too: that it was asked is the reason to know
/// of them. Caseworkers and managers list those of all cases that they may see.
#[utoipa::path(tag = "advice", params(AdviceFilter), responses((status = 200, body = Page<AdviceRequestView>)))]
#[get("/advice-requests")]
async fn list(app: App, caller: Caller<AnswerAdvice>, filter: Filter<AdviceFilter>) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "advice_requests", move |_, conn, acting| {
        let window = page_window(filter.limit, filter.cursor.as_deref(), filter.count)?;
        let page = store::list(conn, acting, &filter, &window)?;
        let mut cases: Vec<Id> = page.items.iter().map(|row| row.case.id).collect();
        cases.sort();
        cases.dedup();
        Ok((Answer::ok(&view::page(conn, acting, page)?)?, cases))
    });
    Ok(answer.await?)
}

/// Reads a request for advice. Advisers read those of their organisation.
#[utoipa::path(tag = "advice", params(("id" = Id, Path)), responses((status = 200, body = AdviceRequestView)))]
#[get("/advice-requests/{id}")]
async fn read(app: App, caller: Caller<AnswerAdvice>, id: PathId) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "advice_request", move |_, conn, acting| {
        let (case, request) = commands::visible(conn, acting, id.0)?.ok_or(Error::NotFound)?;
        Ok((present(conn, acting, &request)?, vec![case.id]))
    });
    Ok(answer.await?)
}

/// Changes of whom advice is asked, when and what. Another body can be asked only until one has answered.
#[utoipa::path(tag = "advice", params(("id" = Id, Path), StepHeaders), request_body = AdviceRequestChange, responses((status = 200, body = AdviceRequestView)))]
#[patch("/advice-requests/{id}")]
async fn change(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: StepBody<AdviceRequestChange>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let request = commands::change(tx, acting, id.0, body.step)?;
        present(tx, acting, &request)
    });
    Ok(answer.await?)
}

/// Records that the body has the request: by the body, or by a caseworker for it.
#[utoipa::path(tag = "advice", params(("id" = Id, Path), StepHeaders), request_body = AdviceDayBody, responses((status = 200, body = AdviceRequestView)))]
#[post("/advice-requests/{id}/acknowledgement")]
async fn acknowledge(
    app: App,
    caller: Caller<AnswerAdvice>,
    id: PathId,
    body: StepBody<AdviceDayBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let request = commands::acknowledge(tx, acting, id.0, body.step)?;
        present(tx, acting, &request)
    });
    Ok(answer.await?)
}

/// Submits advice, or records it for the body; each submission is numbered and kept for ever.
#[utoipa::path(tag = "advice", params(("id" = Id, Path), StepHeaders), request_body = SubmissionBody, responses((status = 200, body = AdviceRequestView)))]
#[post("/advice-requests/{id}/submissions")]
async fn submit(
    app: App,
    caller: Caller<AnswerAdvice>,
    id: PathId,
    body: StepBody<SubmissionBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let request = commands::submit(tx, acting, id.0, body.step)?;
        present(tx, acting, &request)
    });
    Ok(answer.await?)
}

/// Adds a document to the answer, for a submission to name: by the body that is asked, or by a caseworker for it.
///
/// Taken as long as a submission would be. Who may read it is as for any document of the request; what an adviser sends in
/// is shared with no other body. The request's version stays. The file is treated as by `POST /cases/{id}/documents`.
#[utoipa::path(
    tag = "advice",
    params(("id" = Id, Path)),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 201, body = DocumentView), (status = 507, description = "There is no room left"))
)]
#[post("/advice-requests/{id}/documents")]
async fn add_document(app: App, caller: Caller<AnswerAdvice>, id: PathId, form: Multipart) -> Result<Answer, Problem> {
    let known = app.read(caller.clone(), move |_, conn, acting| commands::visible(conn, acting, id.0));
    known.await?.ok_or(Error::NotFound)?;
    let new = NewDocument::from(receive(&app, form).await?);
    let sha256 = new.file.content().sha256.clone();
    let answer = app.write(caller, Mark::default(), move |_, tx, acting| {
        let document = commands::add_document(tx, acting, id.0, new)?;
        let location = format!("/api/v1/documents/{}", document.id);
        Answer::created(location, None, &DocumentView::new(document, Some(acting.name().to_owned())))
    });
    Ok(document::commands::or_removed(&app, sha256, answer.await).await?)
}

/// Accepts the last submission. It is late by the day it came, not by the day it is accepted.
#[utoipa::path(tag = "advice", params(("id" = Id, Path), StepHeaders), request_body = AdviceDayBody, responses((status = 200, body = AdviceRequestView)))]
#[post("/advice-requests/{id}/acceptance")]
async fn accept(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: StepBody<AdviceDayBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let request = commands::accept(tx, acting, id.0, body.step)?;
        present(tx, acting, &request)
    });
    Ok(answer.await?)
}

/// Returns the last submission as not good enough: the request is outstanding again, due on the day it was.
#[utoipa::path(tag = "advice", params(("id" = Id, Path), StepHeaders), request_body = ReturnBody, responses((status = 200, body = AdviceRequestView)))]
#[post("/advice-requests/{id}/return")]
async fn return_(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: StepBody<ReturnBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let request = commands::return_(tx, acting, id.0, body.step)?;
        present(tx, acting, &request)
    });
    Ok(answer.await?)
}

/// Cancels a request: the advice is no longer asked for.
#[utoipa::path(tag = "advice", params(("id" = Id, Path), StepHeaders), request_body = CancellationBody, responses((status = 200, body = AdviceRequestView)))]
#[post("/advice-requests/{id}/cancellation")]
async fn cancel(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: StepBody<CancellationBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let request = commands::cancel(tx, acting, id.0, body.step)?;
        present(tx, acting, &request)
    });
    Ok(answer.await?)
}

/// Records that the family gave no views; of nobody else can that be recorded.
#[utoipa::path(tag = "advice", params(("id" = Id, Path), StepHeaders), request_body = NotProvidedBody, responses((status = 200, body = AdviceRequestView)))]
#[post("/advice-requests/{id}/not-provided")]
async fn not_provided(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: StepBody<NotProvidedBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let request = commands::record_not_provided(tx, acting, id.0, body.step)?;
        present(tx, acting, &request)
    });
    Ok(answer.await?)
}

/// Lets earlier advice stand in, where adviser, authority and family are all satisfied that it is sufficient (Regs 6(4)).
#[utoipa::path(tag = "advice", params(("id" = Id, Path), StepHeaders), request_body = ExistingAdvice, responses((status = 200, body = AdviceRequestView)))]
#[post("/advice-requests/{id}/existing-advice")]
async fn cover(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: StepBody<ExistingAdvice>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let request = commands::cover(tx, acting, id.0, body.step)?;
        present(tx, acting, &request)
    });
    Ok(answer.await?)
}

/// Proposes a lawful exception of the body that is asked (Regs 8(2)). It counts once a caseworker has confirmed it, and moves no day.
#[utoipa::path(tag = "advice", params(("id" = Id, Path), StepHeaders), request_body = AdviceExceptionBody, responses((status = 200, body = AdviceRequestView)))]
#[post("/advice-requests/{id}/exceptions")]
async fn propose_exception(
    app: App,
    caller: Caller<AnswerAdvice>,
    id: PathId,
    body: StepBody<AdviceExceptionBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let request = commands::propose_exception(tx, acting, id.0, body.step)?;
        present(tx, acting, &request)
    });
    Ok(answer.await?)
}

/// Confirms a proposed exception: from now on it counts.
#[utoipa::path(tag = "advice", params(("id" = Id, Path), ("eid" = Id, Path), StepHeaders), request_body = EmptyBody, responses((status = 200, body = AdviceRequestView)))]
#[post("/advice-requests/{id}/exceptions/{eid}/confirmation")]
async fn confirm_exception(
    app: App,
    caller: Caller<WorkOnCases>,
    ids: web::Path<(String, String)>,
    body: StepBody<EmptyBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let (Ok(id), Ok(exception_id)) = (ids.0.parse(), ids.1.parse()) else {
            return Err(Error::NotFound);
        };
        let request = commands::confirm_exception(tx, acting, id, exception_id, body.step)?;
        present(tx, acting, &request)
    });
    Ok(answer.await?)
}
