//! The routes of information requests to a setting.

use actix_web::{get, post, web};

use super::model::{InformationAnswerBody, InformationCancellationBody, InformationRequestBody};
use super::{commands, store};
use crate::app::{Answer, App};
use crate::auth::{Caller, WorkOnCases};
use crate::case;
use crate::case::view::{CaseView, InformationRequestView, answer};
use crate::db::{Page, PageQuery};
use crate::error::Error;
use crate::http::{Filter, PathId, Problem, Routes, StepBody, StepHeaders};
use crate::ids::Id;

/// The routes.
pub fn routes(config: &mut impl Routes) {
    config.service(of_case);
    config.service(ask);
    config.service(record_answer);
    config.service(cancel);
}

/// Lists the information requests of a case, in the order in which they were recorded.
#[utoipa::path(tag = "information", params(("id" = Id, Path), PageQuery), responses((status = 200, body = Page<InformationRequestView>)))]
#[get("/cases/{id}/information-requests")]
async fn of_case(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    page: Filter<PageQuery>,
) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "information_requests", move |_, conn, acting| {
        let case = case::store::visible(conn, acting, id.0)?.ok_or(Error::NotFound)?;
        let page = store::page_of_case(conn, case.id, &page.window()?)?;
        let page = page.map(|asked| InformationRequestView::new(asked, &case, acting.today));
        Ok((Answer::ok(&page)?, vec![case.id]))
    });
    Ok(answer.await?)
}

/// Asks a setting for information before it is decided whether to assess; the setting is told by mail.
///
/// It is no advice of Regs 6. A closure of the setting around that day can be an exception of the six weeks (Regs
/// 5(4)(a) and (b)): the case suggests it.
#[utoipa::path(tag = "information", params(("id" = Id, Path), StepHeaders), request_body = InformationRequestBody, responses((status = 200, body = CaseView)))]
#[post("/cases/{id}/information-requests")]
async fn ask(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: StepBody<InformationRequestBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let case = commands::ask(app, tx, acting, id.0, body.step)?;
        answer(app, tx, acting, case)
    });
    Ok(answer.await?)
}

/// Records that the setting answered, also where that was after the decision.
#[utoipa::path(tag = "information", params(("id" = Id, Path), ("iid" = Id, Path), StepHeaders), request_body = InformationAnswerBody, responses((status = 200, body = CaseView)))]
#[post("/cases/{id}/information-requests/{iid}/answer")]
async fn record_answer(
    app: App,
    caller: Caller<WorkOnCases>,
    ids: web::Path<(String, String)>,
    body: StepBody<InformationAnswerBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let (id, request) = two_ids(&ids)?;
        let case = commands::record_answer(tx, acting, id, request, body.step)?;
        answer(app, tx, acting, case)
    });
    Ok(answer.await?)
}

/// Cancels an information request: it counts for nothing, and stays on record.
#[utoipa::path(tag = "information", params(("id" = Id, Path), ("iid" = Id, Path), StepHeaders), request_body = InformationCancellationBody, responses((status = 200, body = CaseView)))]
#[post("/cases/{id}/information-requests/{iid}/cancellation")]
async fn cancel(
    app: App,
    caller: Caller<WorkOnCases>,
    ids: web::Path<(String, String)>,
    body: StepBody<InformationCancellationBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let (id, request) = two_ids(&ids)?;
        let case = commands::cancel(tx, acting, id, request, body.step)?;
        answer(app, tx, acting, case)
    });
    Ok(answer.await?)
}

fn two_ids(path: &(String, String)) -> Result<(Id, Id), Error> {
    match (path.0.parse(), path.1.parse()) {
        (Ok(id), Ok(request)) => Ok((id, request)),
        _ => Err(Error::NotFound),
    }
}
