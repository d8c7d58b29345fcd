//! Attempts that were refused are on record: what somebody's role may not do, what they may not know of, and what was asked
//! with a token whose sign-in had ended. Found where every answer passes, so that no handler can forget it.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};

use crate::app::{App, Refused, Who};
use crate::codes::Code;
use crate::ids::Id;

/// Puts a refusal on record before its answer leaves.
pub(super) async fn record_refusals<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let response = next.call(request).await?;
    let code = match response.status() {
        StatusCode::UNAUTHORIZED => Code::InvalidToken,
        StatusCode::FORBIDDEN => Code::Forbidden,
        StatusCode::NOT_FOUND => Code::NotFound,
        _ => return Ok(response),
    };
    let request = response.request();
    let who = request.extensions().get::<Who>().cloned();
    if let (Some(who), Some(pattern), Some(app)) = (who, request.match_pattern(), request.app_data::<App>()) {
        let id: Option<Id> = request.match_info().get("id").and_then(|text| text.parse().ok());
        let collection = pattern.strip_prefix("/api/v1/").and_then(|rest| rest.split('/').next()).unwrap_or_default();
        let refused = Refused {
            operation: format!("{} {pattern}", request.method()),
            thing: id.map(|id| (collection.to_owned(), id)),
            code,
        };
        // The refusal stands whether or not it could be put on record.
        if let Err(fault) = app.record_refusal(who, refused).await {
            tracing::error!(?fault, "a refused attempt could not be put on record");
        }
    }
    Ok(response)
}
