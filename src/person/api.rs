//! The routes of people.

use actix_web::{get, patch};

use super::commands;
use super::model::{PersonChange, PersonView};
use crate::app::{Answer, App};
use crate::auth::{Caller, WorkOnCases};
use crate::case;
use crate::http::{PathId, Problem, Routes, StepBody, StepHeaders};

/// The routes.
pub fn routes(config: &mut impl Routes) {
    config.service(read);
    config.service(change);
}

/// Reads a person, if you may see one of their cases.
#[utoipa::path(tag = "people", params(("id" = crate::ids::Id, Path)), responses((status = 200, body = PersonView)))]
#[get("/people/{id}")]
async fn read(app: App, caller: Caller<WorkOnCases>, id: PathId) -> Result<Answer, Problem> {
    let answer = app.read_cases(caller, "person", move |_, conn, acting| {
        let person = commands::read(conn, acting, id.0)?;
        let cases = case::store::of_person(conn, id.0)?.into_iter().map(|case| case.id).collect();
        Ok((Answer::versioned(person.version, &PersonView::from(person))?, cases))
    });
    Ok(answer.await?)
}

/// Changes what is known of a person: a misspelt name, a new UPN. What is left out stays as it is.
#[utoipa::path(tag = "people", params(("id" = crate::ids::Id, Path), StepHeaders), request_body = PersonChange, responses((status = 200, body = PersonView)))]
#[patch("/people/{id}")]
async fn change(
    app: App,
    caller: Caller<WorkOnCases>,
    id: PathId,
    body: StepBody<PersonChange>,
) -> Result<Answer, Problem> {
    let answer = app.write(caller, body.mark, move |_, tx, acting| {
        let person = commands::change(tx, acting, id.0, body.step)?;
        Answer::versioned(person.version, &PersonView::from(person))
    });
    Ok(answer.await?)
}
