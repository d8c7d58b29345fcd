//! The routes of organisations.

use actix_web::{get, patch, post};

use super::model::{Organisation, OrganisationBody, OrganisationChange, OrganisationFilter, OrganisationView};
use super::{commands, store};
use crate::app::{Answer, App};
use crate::auth::{Administer, Caller, ReadOrganisations, Role};
use crate::db::{Conn, Page, page_window};
use crate::error::Error;
use crate::http::{Body, Filter, PathId, Problem, Routes, StepBody, StepHeaders, WriteHeaders};
use crate::outbox;

/// The routes.
pub fn routes(config: &mut impl Routes) {
    config.service(list);
    config.service(add);
    config.service(read);
    config.service(change);
}

/// An organisation, with whether its mailboxes refuse mail.
fn shown(conn: &mut Conn, row: Organisation) -> Result<OrganisationView, Error> {
    let marked = outbox::store::marked(conn, OrganisationView::addresses(&row))?;
    Ok(OrganisationView::from(row).with_bounces(&marked))
}

/// Lists organisations by name. Advisers see their own.
#[utoipa::path(tag = "organisations", params(OrganisationFilter), responses((status = 200, body = Page<OrganisationView>)))]
#[get("/organisations")]
async fn list(
    app: App,
    caller: Caller<ReadOrganisations>,
    filter: Filter<OrganisationFilter>,
) -> Result<Answer, Problem> {
    let answer = app.read(caller, move |_, conn, acting| {
        let window = page_window(filter.limit, filter.cursor.as_deref(), filter.count)?;
        let own = match acting.user() {
            Some(user) if user.role == Role::Adviser => Some(user.organisation_id.ok_or(Error::NotFound)?),
            _ => None,
        };
        let page = store::list(conn, filter.kind, own, &window)?;
        let marked = outbox::store::marked(conn, page.items.iter().flat_map(OrganisationView::addresses))?;
        Answer::ok(&page.map(|row| OrganisationView::from(row).with_bounces(&marked)))
    });
    Ok(answer.await?)
}

/// Adds an organisation.
#[utoipa::path(tag = "organisations", params(WriteHeaders), request_body = OrganisationBody, responses((status = 201, body = OrganisationView)))]
#[post("/organisations")]
async fn add(app: App, caller: Caller<Administer>, body: Body<OrganisationBody>) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let made = commands::add(tx, acting, body.submitted)?;
        let location = format!("/api/v1/organisations/{}", made.id);
        Answer::created(location, Some(made.version), &shown(tx, made)?)
    });
    Ok(answer.await?)
}

/// Reads an organisation. Advisers see their own.
#[utoipa::path(tag = "organisations", params(("id" = crate::ids::Id, Path)), responses((status = 200, body = OrganisationView)))]
#[get("/organisations/{id}")]
async fn read(app: App, caller: Caller<ReadOrganisations>, id: PathId) -> Result<Answer, Problem> {
    let answer = app.read(caller, move |_, conn, acting| {
        let foreign =
            acting.user().is_some_and(|user| user.role == Role::Adviser && user.organisation_id != Some(id.0));
        let found = store::find(conn, id.0)?.filter(|_| !foreign).ok_or(Error::NotFound)?;
        Answer::versioned(found.version, &shown(conn, found)?)
    });
    Ok(answer.await?)
}

/// Changes an organisation: what is left out stays as it is.
#[utoipa::path(tag = "organisations", params(("id" = crate::ids::Id, Path), StepHeaders), request_body = OrganisationChange, responses((status = 200, body = OrganisationView)))]
#[patch("/organisations/{id}")]
async fn change(
    app: App,
    caller: Caller<Administer>,
    id: PathId,
    body: StepBody<OrganisationChange>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let changed = commands::change(tx, acting, id.0, body.step)?;
        Answer::versioned(changed.version, &shown(tx, changed)?)
    });
    Ok(answer.await?)
}
