//! The routes of mediation, appeals and orders.

use actix_web::{post, web};

use super::commands;
use super::model::{AppealBody, MediationBody, OrderBody};
use crate::app::{Answer, App};
use crate::auth::{Acting, Caller, WorkOnCases};
use crate::case::model::Case;
use crate::case::view::{CaseView, Judged, case_view};
use crate::db::Tx;
use crate::error::Error;
use crate::http::{PathId, Problem, Routes, StepBody, StepHeaders};
use crate::ids::Id;

/// The routes.
pub fn routes(config: &mut impl Routes) {
    config.service(record_mediation);
    config.service(record_appeal);
    config.service(record_order);
}

/// The whole case, as a step answers it.
fn present(app: &App, tx: &mut Tx<'_>, acting: &Acting, case: Case) -> Result<Answer, Error> {
    let calendar = app.calendar(tx)?;
    let judged = Judged::new(acting.today, &calendar, app.settings().casework.due_soon_days);
    let view = case_view(tx, acting, case, judged)?;
    Answer::versioned(view.version, &view)
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
        present(app, tx, acting, case)
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
        present(app, tx, acting, case)
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
        present(app, tx, acting, case)
    });
    Ok(answer.await?)
}
