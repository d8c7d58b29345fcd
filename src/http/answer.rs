//! How an [`Answer`] goes over the wire.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, LOCATION};
use actix_web::{HttpRequest, HttpResponse, Responder};

use crate::app::Answer;

impl Responder for Answer {
    type Body = BoxBody;

    fn respond_to(self, _request: &HttpRequest) -> HttpResponse {
        self.into()
    }
}

impl From<Answer> for HttpResponse {
    fn from(answer: Answer) -> Self {
        let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::build(status);
        if let Some(version) = answer.version {
            response.insert_header((ETAG, format!("\"{version}\"")));
        }
        if let Some(location) = answer.location {
            response.insert_header((LOCATION, location));
        }
        if answer.body.is_empty() {
            return response.finish();
        }
        response.content_type("application/json").body(answer.body)
    }
}
