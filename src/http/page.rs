//! Answers for browsers beside those for programs, at the same address.

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use std::future::Future;
use std::pin::Pin;

use super::Problem;
use super::extract::{bytes, is_json};
use crate::error::Error;

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// Whether whoever asks would rather look at a page: a browser names HTML first, a program does not name it.
pub fn prefers_html(request: &HttpRequest) -> bool {
    let accepted = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let quality = |media_type: &str| {
        accepted.split(',').find_map(|one| {
            let mut parts = one.split(';').map(str::trim);
            let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(media_type));
            let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok());
            named.then(|| weight.unwrap_or(1.0))
        })
    };
    let json = quality("application/json").unwrap_or(0.0);
    quality("text/html").is_some_and(|html| html > 0.0 && html >= json)
}

/// A page. `policy` is its `Content-Security-Policy`; its address, which may be a secret, is told to no other site.
pub fn page(status: StatusCode, policy: &str, html: String) -> HttpResponse {
    dressed(HttpResponse::new(status), policy, html)
}

/// A problem as a page: the status and headers of the problem, the words of the page.
pub fn problem_page(problem: &Problem, policy: &str, html: String) -> HttpResponse {
    dressed(actix_web::ResponseError::error_response(problem), policy, html)
}

fn dressed(response: HttpResponse, policy: &str, html: String) -> HttpResponse {
    let mut response = response.set_body(BoxBody::new(html));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HTML);
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if let Ok(policy) = HeaderValue::from_str(policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// A body that a page's form sends, or a program.
#[derive(Debug)]
pub enum FormOrJson {
    /// Of a form (`application/x-www-form-urlencoded`).
    Form(Vec<(String, String)>),
    /// Of a program.
    Json(Bytes),
}

impl FromRequest for FormOrJson {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let form = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|value| {
                value
                    .split(';')
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .eq_ignore_ascii_case("application/x-www-form-urlencoded")
            });
            let bytes = bytes(&request, payload).await?;
            if form {
                return Ok(Self::Form(form_urlencoded::parse(&bytes).into_owned().collect()));
            }
            if !bytes.is_empty() && !is_json(&request) {
                return Err(Error::UnsupportedMediaType("Send JSON, or the form of the page.").into());
            }
            Ok(Self::Json(bytes))
        })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_browser_gets_a_page_and_a_program_gets_json() {
        let html =
            |accept: &str| prefers_html(&TestRequest::default().insert_header((ACCEPT, accept)).to_http_request());
        assert!(html("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
        assert!(html("text/html"));
        assert!(!html("*/*"));
        assert!(!html("application/json"));
        assert!(!html("application/json, text/html;q=0.5"));
        assert!(!prefers_html(&TestRequest::default().to_http_request()));
    }
}
