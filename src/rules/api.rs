//! The routes of the rules. Anybody may ask: nothing here is about a case.

use actix_web::http::header::{CACHE_CONTROL, ETag, EntityTag, Header, IfNoneMatch};
use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::view::{DueDateQuery, DueDateView, RulesView, due_date_view};
use crate::app::{App, Origin};
use crate::error::Error;
use crate::http::{Filter, Problem, Routes};

/// The routes.
pub fn routes(config: &mut impl Routes) {
    config.service(due_date);
    config.service(rules);
}

/// Lists every time limit: how long, counted how, on whom it falls and where it is written. No sign-in is needed.
#[utoipa::path(tag = "rules", operation_id = "list", security(()), responses((status = 200, body = RulesView), (status = 304, description = "It has not changed")))]
#[get("/rules")]
async fn rules(request: HttpRequest, app: App, origin: Origin) -> Result<HttpResponse, Problem> {
    app.admit_calculation(&origin)?;
    Ok(cacheable(&request, &RulesView::new())?)
}

/// Tells the last day of a time limit, by the very functions that cases use. No sign-in is needed.
///
/// `starts_on` is the day of the event. `appeal` takes `certificate_on` as well; `phase_transfer` takes `phase` and
/// `transfer_year`; `transfer_in_review` takes `last_reviewed_on` and `transferred_on`.
#[utoipa::path(tag = "rules", operation_id = "due_date", security(()), params(("id" = String, Path, description = "The id of the rule"), DueDateQuery), responses((status = 200, body = DueDateView), (status = 304, description = "It has not changed")))]
#[get("/rules/{id}/due-date")]
async fn due_date(
    request: HttpRequest,
    app: App,
    origin: Origin,
    id: web::Path<String>,
    query: Result<Filter<DueDateQuery>, Problem>,
) -> Result<HttpResponse, Problem> {
    app.admit_calculation(&origin)?;
    // A rule that there is none of is told before what is asked about it.
    if statute::RuleId::parse(&id).is_none() {
        return Err(Error::NotFound.into());
    }
    let query = query?.0;
    let view = app.block(move |app| {
        let calendar = app.db().read(|conn| app.calendar(conn))?;
        due_date_view(&id, &query, &calendar)
    });
    Ok(cacheable(&request, &view.await?)?)
}

/// An answer that anybody may keep for a while, and ask again whether it has changed.
fn cacheable(request: &HttpRequest, view: &impl Serialize) -> Result<HttpResponse, Error> {
    let body = serde_json::to_string(view).map_err(|fault| Error::internal(fault.to_string()))?;
    let tag = EntityTag::new_strong(format!("{:x}", Sha256::digest(body.as_bytes())));
    let known = match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(&tag)),
        Err(_) => false,
    };
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header(ETag(tag)).insert_header((CACHE_CONTROL, "public, max-age=300"));
    Ok(if known { response.finish() } else { response.content_type("application/json").body(body) })
}
