//! What every answer tells browsers: to take nothing for what it is not, to keep nothing, to tell nobody where they were.

use actix_cors::Cors;
use actix_web::http::Method;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, HeaderMap, HeaderName, HeaderValue, LOCATION, REFERRER_POLICY,
    RETRY_AFTER, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

use crate::config::HttpSettings;

/// An answer for programs shows nothing, should a browser be led to it.
const OF_PROGRAMS: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The documentation runs its own scripts and no others, and talks to this service alone.
const OF_DOCS: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// What another origin's page may read of an answer beside its body.
const EXPOSED: [HeaderName; 4] = [ETAG, LOCATION, RETRY_AFTER, HeaderName::from_static("x-request-id")];

/// What another origin's page may send.
const TAKEN: [&str; 6] = ["accept", "authorization", "content-type", "if-match", "idempotency-key", "x-request-id"];

/// Adds to an answer what it does not say itself.
pub(super) fn protect(headers: &mut HeaderMap, path: &str, settings: &HttpSettings) {
    let mut unless_said = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    let of_docs = path == "/docs" || path.starts_with("/docs/");
    unless_said(CACHE_CONTROL, "no-store");
    unless_said(CONTENT_SECURITY_POLICY, if of_docs { OF_DOCS } else { OF_PROGRAMS });
    unless_said(REFERRER_POLICY, "no-referrer");
    unless_said(X_CONTENT_TYPE_OPTIONS, "nosniff");
    unless_said(X_FRAME_OPTIONS, "DENY");
    unless_said(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    let hsts = settings.hsts_seconds.map(|seconds| HeaderValue::from_str(&format!("max-age={seconds}")));
    if let Some(Ok(value)) = hsts {
        headers.insert(STRICT_TRANSPORT_SECURITY, value);
    }
}

/// Lets pages of the origins in the settings call this service, and of no others. Nothing is sent by itself: the token stands
/// in a header that the page sets, so no cookie has to be allowed.
pub(super) fn cors(settings: &HttpSettings) -> Cors {
    let none = Cors::default()
        .allowed_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allowed_headers(TAKEN)
        .expose_headers(EXPOSED)
        .max_age(600)
        .block_on_origin_mismatch(false);
    settings.cors_origins.iter().fold(none, |cors, origin| cors.allowed_origin(origin))
}
