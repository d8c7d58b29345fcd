//! The routes of mediation, appeals and orders.

use actix_web::{patch, post, web};

use super::commands;
use super::model::{AppealBody, AppealChange, MediationBody, MediationChange, OrderBody, OrderDayBody};
use crate::app::{Answer, App};
use crate::auth::{Caller, ManageCases, WorkOnCases};
use crate::case::view::{CaseView, answer};
use crate::error::Error;
use crate::http::{PathId, Problem, Routes, StepBody, StepHeaders};
use crate::ids::Id;

/// The routes.
pub fn routes(config: &mut impl Routes) {
    config.service(record_mediation);
    config.service(record_appeal);
    config.service(record_order);
    config.service(change_mediation);
    config.service(change_appeal);
    config.service(set_day);
}

/// Records mediation about a refusal or a plan: the certificate, that it was held, what was agreed. An agreement counts
/// as an order and opens deadlines of its own.
#[utoipa::path(tag = "appeals", params(("id" = Id, Path), StepHeaders), request_body = MediationBody, responses((status = 200, body = CaseView)))]
#[post("/cases/{id}/mediation")]
async fn record_mediation(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: StepBody<MediationBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let case = commands::record_mediation(tx, acting, id.0, body.step)?;
        answer(app, tx, acting, case)
    });
    Ok(answer.await?)
}

/// Records that the tribunal registered an appeal against a refusal or a plan.
#[utoipa::path(tag = "appeals", params(("id" = Id, Path), StepHeaders), request_body = AppealBody, responses((status = 200, body = CaseView)))]
#[post("/cases/{id}/appeals")]
async fn record_appeal(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: StepBody<AppealBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let case = commands::record_appeal(tx, acting, id.0, body.step)?;
        answer(app, tx, acting, case)
    });
    Ok(answer.await?)
}

/// Records how an appeal ended. An order, or a concession, opens a track with deadlines of its own on the same case; the
/// first decision stays on record.
#[utoipa::path(tag = "appeals", params(("id" = Id, Path), ("aid" = Id, Path), StepHeaders), request_body = OrderBody, responses((status = 200, body = CaseView)))]
#[post("/cases/{id}/appeals/{aid}/order")]
async fn record_order(
    app: App,
    caller: Caller<WorkOnCases>,
    path: web::Path<(String, String)>,
    body: StepBody<OrderBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let (Ok(id), Ok(appeal)) = (path.0.parse(), path.1.parse()) else {
            return Err(Error::NotFound);
        };
        let case = commands::record_order(tx, acting, id, appeal, body.step)?;
        answer(app, tx, acting, case)
    });
    Ok(answer.await?)
}

/// Records what became known of mediation since: that the NHS commissioner was told, that it was arranged, held, certified,
/// or that what was agreed was carried out. Each meets its deadline.
#[utoipa::path(tag = "appeals", params(("id" = Id, Path), ("mid" = Id, Path), StepHeaders), request_body = MediationChange, responses((status = 200, body = CaseView)))]
#[patch("/cases/{id}/mediation/{mid}")]
async fn change_mediation(
    app: App,
    caller: Caller<WorkOnCases>,
    path: web::Path<(String, String)>,
    body: StepBody<MediationChange>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let (Ok(id), Ok(mediation)) = (path.0.parse(), path.1.parse()) else {
            return Err(Error::NotFound);
        };
        let case = commands::change_mediation(tx, acting, id, mediation, body.step)?;
        answer(app, tx, acting, case)
    });
    Ok(answer.await?)
}

/// Records what became known of an appeal since: that it was received and responded to, the tribunal's recommendations and
/// the answer to them. Each opens or meets a deadline.
#[utoipa::path(tag = "appeals", params(("id" = Id, Path), ("aid" = Id, Path), StepHeaders), request_body = AppealChange, responses((status = 200, body = CaseView)))]
#[patch("/cases/{id}/appeals/{aid}")]
async fn change_appeal(
    app: App,
    caller: Caller<WorkOnCases>,
    path: web::Path<(String, String)>,
    body: StepBody<AppealChange>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let (Ok(id), Ok(appeal)) = (path.0.parse(), path.1.parse()) else {
            return Err(Error::NotFound);
        };
        let case = commands::change_appeal(tx, acting, id, appeal, body.step)?;
        answer(app, tx, acting, case)
    });
    Ok(answer.await?)
}

/// Records another day for a limit of an order, as the tribunal directed it, or as the parties agreed in writing on what
/// was agreed at mediation. It takes the place of the limit; a manager records it.
#[utoipa::path(tag = "appeals", params(("id" = Id, Path), ("oid" = Id, Path), StepHeaders), request_body = OrderDayBody, responses((status = 200, body = CaseView)))]
#[post("/cases/{id}/orders/{oid}/days")]
async fn set_day(
    app: App,
    caller: Caller<ManageCases>,
    path: web::Path<(String, String)>,
    body: StepBody<OrderDayBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let (Ok(id), Ok(order)) = (path.0.parse(), path.1.parse()) else {
            return Err(Error::NotFound);
        };
        let case = commands::set_day(tx, acting, id, order, body.step)?;
        answer(app, tx, acting, case)
    });
    Ok(answer.await?)
}
