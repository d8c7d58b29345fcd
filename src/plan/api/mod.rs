//! The routes of plans.

mod consultations;
mod document;

use actix_web::{get, post, put, web};

use crate::app::{Answer, App};
use crate::auth::{Acting, Caller, WorkOnCases};
use crate::calendar;
use crate::case;
use crate::case::model::Case;
use crate::case::view::{CaseView, Judged, case_view};
use crate::db::{Conn, Page, PageQuery};
use crate::error::Error;
use crate::http::{Body, Filter, PathId, Problem, Routes, StepBody, StepHeaders, WriteHeaders};
use crate::ids::Id;
use crate::plan::commands::FinalPlanBody;
use crate::plan::model::{
    HealthAnswer, Plan, RepresentationBody, RepresentationView, SectionBody, ServiceBody, StartBody,
};
use crate::plan::view::{
    ChangesQuery, ChangesView, CheckView, PlanVersionView, PlanView, changes_view, check_view, plan_view,
};
use crate::plan::{commands, store};

/// The routes.
pub fn routes(config: &mut impl Routes) {
    config.service(list);
    config.service(start);
    config.service(read);
    config.service(write_section);
    config.service(serve);
    config.service(record_health_answer);
    config.service(representations);
    config.service(record_representation);
    config.service(read_representation);
    config.service(issue_final);
    config.service(check);
    config.service(changes);
    consultations::routes(config);
    document::routes(config);
}

/// The whole plan, as a step answers it.
fn present(conn: &mut Conn, case: &Case, plan: Plan) -> Result<Answer, Error> {
    let version = plan.version;
    Answer::versioned(version, &plan_view(conn, case, plan)?)
}

fn visible(conn: &mut Conn, acting: &Acting, id: Id) -> Result<Case, Error> {
    case::store::visible(conn, acting, id)?.ok_or(Error::NotFound)
}

/// Lists the versions of a case's plan without their text, the latest first.
#[utoipa::path(tag = "plans", params(("id" = Id, Path), PageQuery), responses((status = 200, body = Page<PlanVersionView>)))]
#[get("/cases/{id}/plans")]
async fn list(app: App, caller: Caller<WorkOnCases>, id: PathId, page: Filter<PageQuery>) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "plans", move |_, conn, acting| {
        let case = visible(conn, acting, id.0)?;
        let page = store::of_case(conn, case.id, &page.window()?)?;
        let calendar = calendar::store::working_days(conn)?;
        Ok((Answer::ok(&page.map(|plan| PlanVersionView::new(&case, plan, &calendar)))?, vec![case.id]))
    });
    Ok(answer.await?)
}

/// Starts a version of the plan, once it is decided to issue one. The first is blank; a later one begins from the text
/// of the latest and, once a draft was served, is an amended draft. Either can take over what accepted reports say. One
/// version is written at a time.
#[utoipa::path(tag = "plans", params(("id" = Id, Path), WriteHeaders), request_body = StartBody, responses((status = 201, body = PlanView)))]
#[post("/cases/{id}/plans")]
async fn start(app: App, caller: Caller<WorkOnCases>, id: PathId, body: Body<StartBody>) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let (case, plan) = commands::start_version(tx, acting, id.0, body.submitted)?;
        let (location, version) = (format!("/api/v1/plans/{}", plan.id), plan.version);
        Answer::created(location, Some(version), &plan_view(tx, &case, plan)?)
    });
    Ok(answer.await?)
}

/// Reads a version of a plan with all its sections.
#[utoipa::path(tag = "plans", params(("id" = Id, Path)), responses((status = 200, body = PlanView)))]
#[get("/plans/{id}")]
async fn read(app: App, caller: Caller<WorkOnCases>, id: PathId) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "plan", move |_, conn, acting| {
        let (case, plan) = commands::open(conn, acting, id.0)?;
        Ok((present(conn, &case, plan)?, vec![case.id]))
    });
    Ok(answer.await?)
}

/// Writes a section of a version that has not been served. K is made by the service and can't be written.
#[utoipa::path(
    tag = "plans",
    params(("id" = Id, Path), ("section" = String, Path, description = "A, B, C, D, E, F, G, H1, H2, I or J"), StepHeaders),
    request_body = SectionBody,
    responses((status = 200, body = PlanView))
)]
#[put("/plans/{id}/sections/{section}")]
async fn write_section(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    path: web::Path<(String, String)>,
    body: StepBody<SectionBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let (case, plan) = commands::write_section(tx, acting, id.0, &path.1, body.step)?;
        present(tx, &case, plan)
    });
    Ok(answer.await?)
}

/// Tells what a version lacks, each finding with its section, rule and citation. What breaks the law refuses service;
/// the rest warns.
#[utoipa::path(tag = "plans", params(("id" = Id, Path)), responses((status = 200, body = CheckView)))]
#[get("/plans/{id}/check")]
async fn check(app: App, caller: Caller<WorkOnCases>, id: PathId) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "plan_check", move |_, conn, acting| {
        let (case, plan) = commands::open(conn, acting, id.0)?;
        Ok((Answer::ok(&check_view(conn, acting, &case, &plan)?)?, vec![case.id]))
    });
    Ok(answer.await?)
}

/// Compares a version with another of the same case, section by section.
#[utoipa::path(tag = "plans", params(("id" = Id, Path), ChangesQuery), responses((status = 200, body = ChangesView)))]
#[get("/plans/{id}/changes")]
async fn changes(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    query: Filter<ChangesQuery>,
) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "plan_changes", move |_, conn, acting| {
        let (case, plan) = commands::open(conn, acting, id.0)?;
        Ok((Answer::ok(&changes_view(conn, &plan, query.since)?)?, vec![case.id]))
    });
    Ok(answer.await?)
}

/// Records that a draft was served on the family. Its text is fixed from now on, and the family's fifteen days begin.
#[utoipa::path(tag = "plans", params(("id" = Id, Path), StepHeaders), request_body = ServiceBody, responses((status = 200, body = PlanView)))]
#[post("/plans/{id}/service")]
async fn serve(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: StepBody<ServiceBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let (case, plan) = commands::serve_draft(app, tx, acting, id.0, body.step)?;
        present(tx, &case, plan)
    });
    Ok(answer.await?)
}

/// Records what the integrated care board says of the provision in section G as it stands in a version (Regs 12(2)):
/// that it agrees, or refuses. Once the words of section G are others, nothing is agreed to any longer.
#[utoipa::path(tag = "plans", params(("id" = Id, Path), StepHeaders), request_body = HealthAnswer, responses((status = 200, body = PlanView)))]
#[post("/plans/{id}/health-agreement")]
async fn record_health_answer(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: StepBody<HealthAnswer>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let (case, plan) = commands::record_health_answer(tx, acting, id.0, body.step)?;
        present(tx, &case, plan)
    });
    Ok(answer.await?)
}

/// Lists what the family said to the drafts of a case, the latest recorded first.
#[utoipa::path(tag = "plans", params(("id" = Id, Path), PageQuery), responses((status = 200, body = Page<RepresentationView>)))]
#[get("/cases/{id}/representations")]
async fn representations(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    page: Filter<PageQuery>,
) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "representations", move |_, conn, acting| {
        let case = visible(conn, acting, id.0)?;
        let page = store::representations(conn, case.id, &page.window()?)?;
        Ok((Answer::ok(&page.map(RepresentationView::from))?, vec![case.id]))
    });
    Ok(answer.await?)
}

/// Records what the family says to the draft that it was served.
#[utoipa::path(tag = "plans", params(("id" = Id, Path), WriteHeaders), request_body = RepresentationBody, responses((status = 201, body = RepresentationView)))]
#[post("/cases/{id}/representations")]
async fn record_representation(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: Body<RepresentationBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let made = commands::record_representation(tx, acting, id.0, body.submitted)?;
        let location = format!("/api/v1/cases/{}/representations/{}", made.case_id, made.id);
        Answer::created(location, None, &RepresentationView::from(made))
    });
    Ok(answer.await?)
}

/// Reads what the family said.
#[utoipa::path(tag = "plans", params(("id" = Id, Path), ("rid" = Id, Path)), responses((status = 200, body = RepresentationView)))]
#[get("/cases/{id}/representations/{rid}")]
async fn read_representation(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    path: web::Path<(String, String)>,
) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "representation", move |_, conn, acting| {
        let case = visible(conn, acting, id.0)?;
        let rid: Id = path.1.parse().map_err(|_fault| Error::NotFound)?;
        let found = store::representation(conn, case.id, rid)?.ok_or(Error::NotFound)?;
        Ok((Answer::ok(&RepresentationView::from(found))?, vec![case.id]))
    });
    Ok(answer.await?)
}

/// Issues the final plan, made of the draft last served or of the version written after it, with the placement in
/// section I. A section whose words differ from the served draft names the representation that it answers. A setting that
/// is named was consulted; one that the family asked for and is not named has its ground; section G is agreed.
#[utoipa::path(tag = "plans", params(("id" = Id, Path), StepHeaders), request_body = FinalPlanBody, responses((status = 200, body = CaseView)))]
#[post("/cases/{id}/final-plan")]
async fn issue_final(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: StepBody<FinalPlanBody>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |app, tx, acting| {
        let case = commands::issue_final_plan(app, tx, acting, id.0, body.step)?;
        let calendar = app.calendar(tx)?;
        let judged = Judged::new(acting.today, &calendar, app.settings().casework.due_soon_days);
        let view = case_view(tx, acting, case, judged)?;
        Answer::versioned(view.version, &view)
    });
    Ok(answer.await?)
}
