//! The routes of requests for advice.

use actix_multipart::Multipart;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError, delete, get, patch, post, web};

use super::model::{
    AdviceDayBody, AdviceExceptionBody, AdviceExceptionConfirmationBody, AdviceFilter, AdviceRequest,
    AdviceRequestBody, AdviceRequestChange, CancellationBody, DeclinationBody, ExistingAdvice, NotProvidedBody,
    ReturnBody, SubmissionBody,
};
use super::view::page::{self, Entered, Frame};
use super::view::{self, AdviceLinkView, AdviceRequestView, DocumentInShort};
use super::{commands, store};
use crate::app::{Answer, App, Mark, Origin};
use crate::audit::AccessRecord;
use crate::auth::{Acting, AnswerAdvice, Caller, WorkOnCases};
use crate::body::{EmptyBody, Expected, Step, Submitted};
use crate::case;
use crate::codes::Code;
use crate::db::{Conn, Page, PageQuery, page_window};
use crate::document;
use crate::document::model::{DocumentView, NewDocument, Side};
use crate::error::{Error, Fault};
use crate::http::{
    self, Body, Filter, FormOrJson, PathId, Problem, Routes, StepBody, StepHeaders, UploadForm, WriteHeaders, download,
    prefers_html, receive,
};
use crate::ids::Id;
use crate::pages;

/// The routes.
pub fn routes(config: &mut impl Routes) {
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
    config.service(decline);
    config.service(not_provided);
    config.service(cover);
    config.service(propose_exception);
    config.service(confirm_exception);
    config.service(links);
    config.service(mail_link);
    config.service(revoke_link);
    config.service(open_link);
    config.service(submit_by_link);
    config.service(decline_by_link);
    config.service(add_document_by_link);
    config.service(download_by_link);
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
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let request = commands::ask(app, tx, acting, id.0, body.submitted)?;
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

/// Changes of whom advice is asked, when and what. Another body can be asked only until one has answered; once the request
/// is settled, a manager can still mend its days.
#[utoipa::path(tag = "advice", params(("id" = Id, Path), StepHeaders), request_body = AdviceRequestChange, responses((status = 200, body = AdviceRequestView)))]
#[patch("/advice-requests/{id}")]
async fn change(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: StepBody<AdviceRequestChange>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let request = commands::change(app, tx, acting, id.0, body.step)?;
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
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let request = commands::return_(app, tx, acting, id.0, body.step)?;
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

/// Records that the body declines, with its written reasons: by the body, or by a caseworker for it.
///
/// Only a body of section 31 of the Act may (s.31(2), (3)). The request is settled and not late; section K of the plan lists
/// the advice as not obtained.
#[utoipa::path(tag = "advice", params(("id" = Id, Path), StepHeaders), request_body = DeclinationBody, responses((status = 200, body = AdviceRequestView)))]
#[post("/advice-requests/{id}/declination")]
async fn decline(
    app: App,
    caller: Caller<AnswerAdvice>,
    id: PathId,
    body: StepBody<DeclinationBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let request = commands::decline(tx, acting, id.0, body.step)?;
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

/// Confirms a proposed exception, with what shows it: from now on it counts.
#[utoipa::path(tag = "advice", params(("id" = Id, Path), ("eid" = Id, Path), StepHeaders), request_body = AdviceExceptionConfirmationBody, responses((status = 200, body = AdviceRequestView)))]
#[post("/advice-requests/{id}/exceptions/{eid}/confirmation")]
async fn confirm_exception(
    app: App,
    caller: Caller<WorkOnCases>,
    ids: web::Path<(String, String)>,
    body: StepBody<AdviceExceptionConfirmationBody>,
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

/// Lists the secure links that were mailed for a request, newest first, with when they were last opened.
#[utoipa::path(tag = "advice", params(("id" = Id, Path), PageQuery), responses((status = 200, body = Page<AdviceLinkView>)))]
#[get("/advice-requests/{id}/links")]
async fn links(app: App, caller: Caller<WorkOnCases>, id: PathId, page: Filter<PageQuery>) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "advice_links", move |_, conn, acting| {
        let (case, page) = commands::links(conn, acting, id.0, &page.window()?)?;
        Ok((Answer::ok(&view::links(conn, acting, page)?)?, vec![case]))
    });
    Ok(answer.await?)
}

/// Mails a secure link to the shared mailbox of the organisation that is asked.
///
/// Whoever reads that mailbox can answer this one request without an account, until the link expires, is revoked or the
/// request is settled. The link stands in the mail and nowhere else.
#[utoipa::path(tag = "advice", params(("id" = Id, Path), WriteHeaders), request_body = EmptyBody, responses((status = 201, body = AdviceLinkView)))]
#[post("/advice-requests/{id}/links")]
async fn mail_link(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: Body<EmptyBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let link = commands::mail_link(app, tx, acting, id.0, body.submitted)?;
        let location = format!("/api/v1/advice-requests/{}/links", id.0);
        Answer::created(location, None, &AdviceLinkView::new(&link, acting.at))
    });
    Ok(answer.await?)
}

/// Revokes a secure link: from now on it opens nothing.
#[utoipa::path(tag = "advice", params(("id" = Id, Path), ("lid" = Id, Path)), responses((status = 204, description = "The link opens nothing any more")))]
#[delete("/advice-requests/{id}/links/{lid}")]
async fn revoke_link(
    app: App,
    caller: Caller<WorkOnCases>,
    ids: web::Path<(String, String)>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, Mark::default(), move |_, tx, acting| {
        let (Ok(id), Ok(link)) = (ids.0.parse(), ids.1.parse()) else {
            return Err(Error::NotFound);
        };
        commands::revoke_link(tx, acting, id, link)?;
        Ok(Answer::no_content())
    });
    Ok(answer.await?)
}

/// Opens a secure link: what is asked, as an adviser of the organisation sees it.
///
/// JSON, or with `Accept: text/html` a page with a form that works without script. Reading spends nothing, and is on
/// record. A wrong, an expired, a revoked and a spent link are answered alike. After 50 such attempts from one network
/// address within 15 minutes: 429 with `Retry-After`.
#[utoipa::path(
    tag = "advice",
    security(()),
    params(("token" = String, Path, description = "The secret of the link")),
    responses((status = 200, content((AdviceRequestView = "application/json"), (String = "text/html"))))
)]
#[get("/advice-links/{token}")]
async fn open_link(request: HttpRequest, app: App, origin: Origin, token: web::Path<String>) -> HttpResponse {
    let visit = Visit::new(&request, &app, &token);
    match visit.read(&app, origin).await {
        Ok(seen) => visit.show(&app, StatusCode::OK, &seen, &Entered::default(), &[]),
        Err(fault) => visit.refuse(&app, fault),
    }
}

/// Submits advice through a secure link. It bears the service's own day, and says who wrote it.
///
/// As JSON, or as the page's form (`application/x-www-form-urlencoded`), which has a field for each part and one item a line.
/// No `If-Match`: an answer is refused while another awaits acceptance. A form is answered by a redirection to the page.
#[utoipa::path(
    tag = "advice",
    security(()),
    params(("token" = String, Path, description = "The secret of the link")),
    request_body(content((SubmissionBody = "application/json"), (String = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = AdviceRequestView), (status = 303, description = "The form was taken"))
)]
#[post("/advice-links/{token}/submissions")]
async fn submit_by_link(
    request: HttpRequest,
    app: App,
    origin: Origin,
    token: web::Path<String>,
    body: FormOrJson,
) -> HttpResponse {
    let visit = Visit::new(&request, &app, &token);
    let (bytes, entered) = match body {
        FormOrJson::Json(bytes) => (bytes, None),
        FormOrJson::Form(pairs) => {
            let entered = Entered::new(pairs);
            (entered.as_submission().to_string().into(), Some(entered))
        }
    };
    let step = Step { expected: Some(Expected::Any), body: Submitted::parse(&bytes) };
    let secret = visit.token.clone();
    let answered = app
        .block({
            let origin = origin.clone();
            move |app| {
                commands::by_link(app, origin, &secret, |acting, id| {
                    app.db().write(|tx| {
                        let request = commands::submit(tx, acting, id, step)?;
                        present(tx, acting, &request)
                    })
                })
            }
        })
        .await;
    match (answered, entered) {
        (Ok(_), Some(_)) => visit.back(),
        (Ok(answer), None) => answer.respond_to(&request),
        (Err(Error::Invalid(faults)), Some(entered)) if visit.html => match visit.read(&app, origin).await {
            Ok(seen) => visit.show(&app, StatusCode::UNPROCESSABLE_ENTITY, &seen, &entered, &faults),
            Err(fault) => visit.refuse(&app, fault),
        },
        // A form that was sent twice, say: the page shows how it stands.
        (Err(fault @ (Error::Refused(_) | Error::Conflict { .. })), Some(_)) if visit.html => {
            let status = Problem(fault).status_code();
            match visit.read(&app, origin).await {
                Ok(seen) => visit.show(&app, status, &seen, &Entered::default(), &[]),
                Err(fault) => visit.refuse(&app, fault),
            }
        }
        (Err(fault), _) => visit.refuse(&app, fault),
    }
}

/// Declines through a secure link, with written reasons: only a body of section 31 of the Act may (s.31(2), (3)).
///
/// As JSON, or as the page's form (`application/x-www-form-urlencoded`). The link opens nothing after that.
#[utoipa::path(
    tag = "advice",
    security(()),
    params(("token" = String, Path, description = "The secret of the link")),
    request_body(content((DeclinationBody = "application/json"), (String = "application/x-www-form-urlencoded"))),
    responses((status = 200, content((AdviceRequestView = "application/json"), (String = "text/html"))))
)]
#[post("/advice-links/{token}/declination")]
async fn decline_by_link(
    request: HttpRequest,
    app: App,
    origin: Origin,
    token: web::Path<String>,
    body: FormOrJson,
) -> HttpResponse {
    let visit = Visit::new(&request, &app, &token);
    let (bytes, entered) = match body {
        FormOrJson::Json(bytes) => (bytes, None),
        FormOrJson::Form(pairs) => {
            let entered = Entered::new(pairs);
            (entered.as_declination().to_string().into(), Some(entered))
        }
    };
    let step = Step { expected: Some(Expected::Any), body: Submitted::parse(&bytes) };
    let secret = visit.token.clone();
    let declined = app
        .block({
            let origin = origin.clone();
            move |app| {
                commands::by_link(app, origin, &secret, |acting, id| {
                    app.db().write(|tx| {
                        let request = commands::decline(tx, acting, id, step)?;
                        present(tx, acting, &request)
                    })
                })
            }
        })
        .await;
    match (declined, entered) {
        (Ok(_), Some(_)) => visit.thank(&app),
        (Ok(answer), None) => answer.respond_to(&request),
        (Err(Error::Invalid(faults)), Some(entered)) if visit.html => match visit.read(&app, origin).await {
            Ok(seen) => visit.show(&app, StatusCode::UNPROCESSABLE_ENTITY, &seen, &entered, &faults),
            Err(fault) => visit.refuse(&app, fault),
        },
        (Err(fault), _) => visit.refuse(&app, fault),
    }
}

/// Adds a document to the answer through a secure link, for a submission to name. A page's form is answered by a
/// redirection to the page.
#[utoipa::path(
    tag = "advice",
    security(()),
    params(("token" = String, Path, description = "The secret of the link")),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses(
        (status = 201, body = DocumentView),
        (status = 303, description = "The form of the page was taken"),
        (status = 507, description = "There is no room left")
    )
)]
#[post("/advice-links/{token}/documents")]
async fn add_document_by_link(
    request: HttpRequest,
    app: App,
    origin: Origin,
    token: web::Path<String>,
    form: Multipart,
) -> HttpResponse {
    let visit = Visit::new(&request, &app, &token);
    match visit.take(&app, origin.clone(), form).await {
        Ok(_) if visit.html => visit.back(),
        Ok(answer) => answer.into(),
        Err(fault) if visit.html && about_the_file(&fault) => {
            let told = Problem(fault);
            let fault = Fault::new("/file", Code::InvalidFormat, told.view().detail);
            match visit.read(&app, origin).await {
                Ok(seen) => visit.show(&app, told.status_code(), &seen, &Entered::default(), &[fault]),
                Err(fault) => visit.refuse(&app, fault),
            }
        }
        Err(fault) => visit.refuse(&app, fault),
    }
}

/// Whether another file would be taken.
fn about_the_file(fault: &Error) -> bool {
    matches!(fault, Error::Invalid(_) | Error::TooLarge { .. } | Error::UnsupportedMediaType(_))
}

/// Reads the content of a document through a secure link: one that the request shares, or that came with its answer.
#[utoipa::path(
    tag = "advice",
    security(()),
    params(("token" = String, Path, description = "The secret of the link"), ("id" = Id, Path)),
    responses((status = 200, description = "The content", body = String, content_type = "application/octet-stream"))
)]
#[get("/advice-links/{token}/documents/{id}")]
async fn download_by_link(
    request: HttpRequest,
    app: App,
    origin: Origin,
    path: web::Path<(String, String)>,
) -> HttpResponse {
    let (token, id) = path.into_inner();
    let visit = Visit::new(&request, &app, &token);
    let found = app
        .block(move |app| {
            commands::by_link(app, origin, &token, |acting, request| {
                let id = id.parse().map_err(|_fault| Error::NotFound)?;
                let document = app.db().snapshot(|conn| commands::document_by_link(conn, acting, request, id))?;
                document::commands::check_content(&document, Side::of(acting)?)?;
                let record = AccessRecord::new(acting, document.case_id, "document_content");
                Ok((document, record))
            })
        })
        .await;
    let outcome = match found {
        Ok((document, record)) => match app.keep_readings(record.into_iter().collect()).await {
            Ok(()) => download(&app, &document.sha256, document.media_type.0, &document.file_name).await,
            Err(fault) => Err(fault),
        },
        Err(fault) => Err(fault),
    };
    outcome.unwrap_or_else(|fault| visit.refuse(&app, fault))
}

/// What a secure link shows.
struct Seen {
    view: AdviceRequestView,
    uploads: Vec<DocumentInShort>,
}

/// Somebody at the door with a secure link: a person who looks at pages, or a program.
struct Visit {
    token: String,
    path: String,
    html: bool,
}

impl Visit {
    fn new(request: &HttpRequest, app: &App, token: &str) -> Self {
        let path = format!("{}/api/v1/advice-links/{token}", app.settings().http.public_path());
        Self { token: token.to_owned(), path, html: prefers_html(request) }
    }

    /// Looks the request up, and puts on record that it was read.
    async fn read(&self, app: &App, origin: Origin) -> Result<Seen, Error> {
        let token = self.token.clone();
        let (seen, record) = app
            .block(move |app| {
                commands::by_link(app, origin, &token, |acting, id| {
                    app.db().snapshot(|conn| {
                        let (case, request) = commands::request_by_link(conn, acting, id)?;
                        let view = view::one(conn, acting, &request)?;
                        let seen = Seen { view, uploads: view::uploads(conn, id)? };
                        Ok((seen, AccessRecord::new(acting, case, "advice_link")))
                    })
                })
            })
            .await?;
        app.keep_readings(record.into_iter().collect()).await?;
        Ok(seen)
    }

    /// Takes a file in. That the link stands is looked up before the first byte is kept, and again with the row.
    async fn take(&self, app: &App, origin: Origin, form: Multipart) -> Result<Answer, Error> {
        let known = (self.token.clone(), origin.clone());
        app.block(move |app| {
            commands::by_link(app, known.1, &known.0, |acting, id| {
                app.db().read(|conn| commands::request_by_link(conn, acting, id).map(drop))
            })
        })
        .await?;
        let new = NewDocument::from(receive(app, form).await?);
        let sha256 = new.file.content().sha256.clone();
        let (token, path) = (self.token.clone(), self.path.clone());
        let answer = app.block(move |app| {
            commands::by_link(app, origin, &token, |acting, id| {
                app.db().write(|tx| {
                    let document = commands::add_document(tx, acting, id, new)?;
                    Answer::created(
                        format!("{path}/documents/{}", document.id),
                        None,
                        &DocumentView::new(document, None),
                    )
                })
            })
        });
        document::commands::or_removed(app, sha256, answer.await).await
    }

    fn show(&self, app: &App, status: StatusCode, seen: &Seen, entered: &Entered, faults: &[Fault]) -> HttpResponse {
        if !self.html {
            return match Answer::versioned(seen.view.version, &seen.view) {
                Ok(answer) => answer.into(),
                Err(fault) => self.refuse(app, fault),
            };
        }
        let settings = app.settings();
        let frame = Frame {
            authority: &settings.casework.authority_name,
            path: &self.path,
            upload_limit: settings.http.upload_limit,
        };
        match page::answering(&frame, &seen.view, &seen.uploads, entered, faults) {
            Ok(html) => http::page(status, &pages::POLICY, html),
            Err(fault) => self.refuse(app, fault),
        }
    }

    /// Back to the page, which shows what has become of it.
    fn back(&self) -> HttpResponse {
        HttpResponse::SeeOther().insert_header((LOCATION, self.path.clone())).finish()
    }

    /// The body has declined: the link opens nothing any more.
    fn thank(&self, app: &App) -> HttpResponse {
        let authority = &app.settings().casework.authority_name;
        let detail = "The local authority has your reasons. Nothing more is asked of you here.";
        match pages::closed(authority, "Thank you", detail, None) {
            Ok(html) => http::page(StatusCode::OK, &pages::POLICY, html),
            Err(fault) => self.refuse(app, fault),
        }
    }

    fn refuse(&self, app: &App, fault: Error) -> HttpResponse {
        let problem = Problem(fault);
        if !self.html {
            return problem.error_response();
        }
        let words = problem.view();
        let (heading, detail, what_to_do) = match &problem.0 {
            Error::NotFound => (
                "This link does not open anything",
                "It may have expired or been withdrawn, or the advice may have been settled, or asked of another, since.",
                Some("If advice is still asked of you, ask the local authority to send a new link."),
            ),
            _ => (words.title, words.detail.as_str(), None),
        };
        match pages::closed(&app.settings().casework.authority_name, heading, detail, what_to_do) {
            Ok(html) => http::problem_page(&problem, &pages::POLICY, html),
            Err(fault) => Problem(fault).error_response(),
        }
    }
}
