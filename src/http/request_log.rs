//! One id a request: taken or made, returned, logged, kept in the record. One log line a request, with ids only.

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};

use super::headers::protect;
use super::metrics::Requests;
use crate::app::App;
use crate::ids::Id;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: String;
}

/// The id of a request, among its extensions.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// The id of the request that is being answered.
pub(super) fn current_request_id() -> String {
    CURRENT.try_with(Clone::clone).unwrap_or_default()
}

/// Gives the request its id and writes its log line.
pub(super) async fn request_log<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let started = Instant::now();
    let id = taken(&request).unwrap_or_else(|| Id::new().to_string());
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = request.method().clone();
    let mut response = CURRENT.scope(id.clone(), next.call(request)).await?;
    // The pattern, not the path: nothing that somebody typed stands in a log.
    let route = response.request().match_pattern().unwrap_or_else(|| "-".to_owned());
    let status = response.status().as_u16();
    if let Some(app) = response.request().app_data::<App>().cloned() {
        let path = response.request().path().to_owned();
        protect(response.headers_mut(), &path, &app.settings().http);
    }
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(HEADER, value);
    }
    if let Some(requests) = response.request().app_data::<web::Data<Requests>>() {
        requests.answered(&method, &route, status, started.elapsed());
    }
    tracing::info!(request_id = id, %method, route, status, ms = started.elapsed().as_millis(), "request");
    Ok(response)
}

/// The caller's own id, if it is one that can be logged.
fn taken(request: &ServiceRequest) -> Option<String> {
    let value = request.headers().get(&HEADER)?.to_str().ok()?;
    let fine = (1..=128).contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte));
    fine.then(|| value.to_owned())
}
