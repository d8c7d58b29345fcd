//! The routes of consultations of settings.

use actix_web::{get, post};

use crate::app::{Answer, App};
use crate::auth::{Caller, WorkOnCases};
use crate::db::{Page, PageQuery};
use crate::http::{Body, Filter, PathId, Problem, Routes, WriteHeaders};
use crate::ids::Id;
use crate::plan::model::{ConsultationBody, ConsultationResponseBody};
use crate::plan::view::{ConsultationView, consultation_view, consultation_views};
use crate::plan::{commands, store};

/// The routes.
pub fn routes(config: &mut impl Routes) {
    config.service(list);
    config.service(consult);
    config.service(read);
    config.service(record_response);
}

/// Lists the settings that were consulted on a case, the latest recorded first, each with its fifteen days.
#[utoipa::path(tag = "consultations", params(("id" = Id, Path), PageQuery), responses((status = 200, body = Page<ConsultationView>)))]
#[get("/cases/{id}/consultations")]
async fn list(app: App, caller: Caller<WorkOnCases>, id: PathId, page: Filter<PageQuery>) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "consultations", move |_, conn, acting| {
        let case = super::visible(conn, acting, id.0)?;
        let page = store::consultations(conn, case.id, &page.window()?)?;
        let items = consultation_views(conn, &case, page.items, acting.today)?;
        let page = Page { items, next_cursor: page.next_cursor, total: page.total };
        Ok((Answer::ok(&page)?, vec![case.id]))
    });
    Ok(answer.await?)
}

/// Records that a setting was asked whether it could be named, with the fifteen days that the Code gives it.
#[utoipa::path(tag = "consultations", params(("id" = Id, Path), WriteHeaders), request_body = ConsultationBody, responses((status = 201, body = ConsultationView)))]
#[post("/cases/{id}/consultations")]
async fn consult(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: Body<ConsultationBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let (case, made) = commands::consult(tx, acting, id.0, body.submitted)?;
        let location = format!("/api/v1/consultations/{}", made.id);
        Answer::created(location, None, &consultation_view(tx, &case, made, acting.today)?)
    });
    Ok(answer.await?)
}

/// Reads a consultation.
#[utoipa::path(tag = "consultations", params(("id" = Id, Path)), responses((status = 200, body = ConsultationView)))]
#[get("/consultations/{id}")]
async fn read(app: App, caller: Caller<WorkOnCases>, id: PathId) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "consultation", move |_, conn, acting| {
        let (case, found) = commands::open_consultation(conn, acting, id.0)?;
        Ok((Answer::ok(&consultation_view(conn, &case, found, acting.today)?)?, vec![case.id]))
    });
    Ok(answer.await?)
}

/// Records what a consulted setting answered. A late answer is taken, and shows how late it is.
#[utoipa::path(tag = "consultations", params(("id" = Id, Path), WriteHeaders), request_body = ConsultationResponseBody, responses((status = 200, body = ConsultationView)))]
#[post("/consultations/{id}/response")]
async fn record_response(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: Body<ConsultationResponseBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let (case, answered) = commands::record_response(tx, acting, id.0, body.submitted)?;
        Answer::ok(&consultation_view(tx, &case, answered, acting.today)?)
    });
    Ok(answer.await?)
}
