//! What stands at the root of the service, where people come who leave out the rest of an address.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use serde_json::json;

use super::Problem;
use super::page::page;
use crate::app::App;
use crate::pages;

/// Leads to the front-end at which people sign in; where there is none, says what this is and where it is documented.
pub(super) async fn root(app: App) -> Result<HttpResponse, Problem> {
    if let Some(address) = &app.settings().http.front_end_url {
        return Ok(HttpResponse::SeeOther().insert_header((LOCATION, address.as_str())).finish());
    }
    let html = pages::render("root.html", &json!({ "authority": app.settings().casework.authority_name }))?;
    Ok(page(StatusCode::OK, &pages::POLICY, html))
}
