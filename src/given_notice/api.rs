//! The routes of given notices. A case shows them with everything else of it.

use actix_web::{post, web};

use super::commands;
use super::model::{GivenNoticeBody, GivenNoticeCancellationBody};
use crate::app::{Answer, App};
use crate::auth::{Caller, WorkOnCases};
use crate::case::view::{CaseView, answer};
use crate::error::Error;
use crate::http::{PathId, Problem, Routes, StepBody, StepHeaders};
use crate::ids::Id;

/// The routes.
pub fn routes(config: &mut impl Routes) {
    config.service(give);
    config.service(cancel);
}

/// Records who was told of the request or of what was decided on it, and when: the NHS commissioner (ICB), social care, the
/// setting and, of its right to give views, the family.
///
/// Section 36(7) of the Act, Regs 4(2), 5(2) and 10(2). Whoever is not on record as told is a warning on the case.
#[utoipa::path(tag = "cases", params(("id" = Id, Path), StepHeaders), request_body = GivenNoticeBody, responses((status = 200, body = CaseView)))]
#[post("/cases/{id}/given-notices")]
async fn give(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: StepBody<GivenNoticeBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let case = commands::give(tx, acting, id.0, body.step)?;
        answer(app, tx, acting, case)
    });
    Ok(answer.await?)
}

/// Cancels a notice that was recorded by mistake: it counts for nothing, and stays on record.
#[utoipa::path(tag = "cases", params(("id" = Id, Path), ("nid" = Id, Path), StepHeaders), request_body = GivenNoticeCancellationBody, responses((status = 200, body = CaseView)))]
#[post("/cases/{id}/given-notices/{nid}/cancellation")]
async fn cancel(
    app: App,
    caller: Caller<WorkOnCases>,
    ids: web::Path<(String, String)>,
    body: StepBody<GivenNoticeCancellationBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let (Ok(id), Ok(notice)) = (ids.0.parse::<Id>(), ids.1.parse::<Id>()) else {
            return Err(Error::NotFound);
        };
        let case = commands::cancel(tx, acting, id, notice, body.step)?;
        answer(app, tx, acting, case)
    });
    Ok(answer.await?)
}
