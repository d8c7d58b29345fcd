//! What handlers take: bodies that are judged later, in the contract's order, and parameters.

use std::future::{Future, Ready, ready};
use std::ops::Deref;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_TYPE, IF_MATCH};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use serde::de::DeserializeOwned;
use utoipa::{IntoParams, ToSchema};

use super::limits::was_too_slow;
use super::{Problem, RequestId, client};
use crate::app::{Mark, Origin};
use crate::body::{Expected, Step, Submitted};
use crate::codes::Code;
use crate::error::{Error, Fault};
use crate::ids::Id;
use crate::time;

/// The largest JSON body, in bytes. A plan's section is the longest text there is.
const JSON_LIMIT: usize = 2_000_000;

/// A body that makes something, with the mark by which a repetition is known.
#[derive(Debug)]
pub struct Body<T> {
    /// The body.
    pub submitted: Submitted<T>,
    /// The mark.
    pub mark: Mark,
}

/// A body that changes something, with the version that its sender saw.
#[derive(Debug)]
pub struct StepBody<T> {
    /// The body and the version.
    pub step: Step<T>,
    /// The mark.
    pub mark: Mark,
}

/// The header of everything that makes something.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct WriteHeaders {
    /// A word of your own: a repetition with the same key and body is answered with the first answer, for 24 hours.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 255, required = false)]
    pub idempotency_key: Option<String>,
}

/// The headers of every step on something that has versions.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct StepHeaders {
    /// The `ETag` of the version that you saw.
    #[param(rename = "If-Match", example = "\"7\"")]
    pub if_match: String,
    /// A word of your own: a repetition with the same key and body is answered with the first answer, for 24 hours.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 255, required = false)]
    pub idempotency_key: Option<String>,
}

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

impl<T: DeserializeOwned + ToSchema + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let (bytes, mark) = read(&request, payload).await?;
            Ok(Self { submitted: Submitted::parse(&bytes), mark })
        })
    }
}

impl<T: DeserializeOwned + ToSchema + 'static> FromRequest for StepBody<T> {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let (bytes, mark) = read(&request, payload).await?;
            let step = Step { expected: expected(&request), body: Submitted::parse(&bytes) };
            Ok(Self { step, mark })
        })
    }
}

/// The whole body, up to the limit.
pub(super) async fn bytes(request: &HttpRequest, mut payload: Payload) -> Result<Bytes, Error> {
    let body = web::Payload::from_request(request, &mut payload)
        .await
        .map_err(|_fault| Error::Malformed("The body could not be read.".to_owned()))?;
    match body.to_bytes_limited(JSON_LIMIT).await {
        Err(_limit) => Err(Error::TooLarge { limit: JSON_LIMIT }),
        Ok(Err(fault)) if fault.as_error().is_some_and(was_too_slow) => Err(Error::TooSlow),
        Ok(Err(_fault)) => Err(Error::Malformed("The body broke off.".to_owned())),
        Ok(Ok(bytes)) => Ok(bytes),
    }
}

async fn read(request: &HttpRequest, payload: Payload) -> Result<(Bytes, Mark), Error> {
    let bytes = bytes(request, payload).await?;
    if !bytes.is_empty() && !is_json(request) {
        return Err(Error::UnsupportedMediaType("Send JSON, with Content-Type: application/json."));
    }
    let key = idempotency_key(request)?;
    let mark = Mark::new(key, request.method().as_str(), request.path(), &bytes);
    Ok((bytes, mark))
}

pub(super) fn is_json(request: &HttpRequest) -> bool {
    let value = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn idempotency_key(request: &HttpRequest) -> Result<Option<String>, Error> {
    let Some(value) = request.headers().get("idempotency-key") else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(key) if (1..=255).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(Fault::new("/Idempotency-Key", Code::InvalidFormat, "Use 1 to 255 plain characters.").into()),
    }
}

/// What `If-Match` names (RFC 9110, section 13.1.1). A weak or foreign tag matches no version.
fn expected(request: &HttpRequest) -> Option<Expected> {
    let mut values = request.headers().get_all(IF_MATCH).filter_map(|value| value.to_str().ok()).peekable();
    values.peek()?;
    let mut versions = Vec::new();
    for tag in values.flat_map(|value| value.split(',')).map(str::trim) {
        if tag == "*" {
            return Some(Expected::Any);
        }
        let version = tag
            .strip_prefix('"')
            .and_then(|tag| tag.strip_suffix('"'))
            .and_then(|tag| tag.parse::<i32>().ok().filter(|version| version.to_string() == tag));
        versions.extend(version);
    }
    Some(Expected::OneOf(versions))
}

/// The id in the address. What is no id names nothing.
#[derive(Debug, Clone, Copy)]
pub struct PathId(pub Id);

impl FromRequest for PathId {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let id = request.match_info().get("id").and_then(|text| text.parse().ok());
        ready(id.map(PathId).ok_or(Problem(Error::NotFound)))
    }
}

/// The parameters of a list or a report.
#[derive(Debug)]
pub struct Filter<T>(pub T);

impl<T> Deref for Filter<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned> FromRequest for Filter<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        if form_urlencoded::parse(request.query_string().as_bytes()).any(|(_, value)| value.contains('\0')) {
            let fault = Fault::new("", Code::InvalidParameter, "A parameter can't hold the character U+0000.");
            return ready(Err(Problem(fault.into())));
        }
        let mut pairs = form_urlencoded::parse(request.query_string().as_bytes());
        if let Some((name, _)) = pairs.find(|(_, value)| time::is_of_another_era(value)) {
            let fault = Fault::new(format!("/{name}"), Code::OutOfRange, "Give a day of the years 1 to 9999.");
            return ready(Err(Problem(fault.into())));
        }
        let parameters = serde_urlencoded::Deserializer::new(form_urlencoded::parse(request.query_string().as_bytes()));
        ready(serde_path_to_error::deserialize(parameters).map(Filter).map_err(|fault| {
            let pointer = match fault.path().to_string().as_str() {
                "." => String::new(),
                name => format!("/{name}"),
            };
            // Only what is the same for every value is passed on: a value may be about a child.
            let detail = match fault.inner().to_string() {
                text if text.starts_with("unknown field") => "There is no such parameter here.".to_owned(),
                text if text.starts_with("duplicate field") => "A parameter is given twice.".to_owned(),
                text if text.starts_with("expected one of") => format!("{text}."),
                _ => "Not in the form that the documentation gives for this parameter.".to_owned(),
            };
            Problem(Fault::new(pointer, Code::InvalidParameter, detail).into())
        }))
    }
}

impl FromRequest for crate::app::App {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(request.app_data::<Self>().cloned().ok_or_else(|| Problem(Error::internal("no app data"))))
    }
}

impl FromRequest for Origin {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(Ok(origin(request)))
    }
}

/// Where a request comes from: the client behind the proxies that the settings trust.
pub fn origin(request: &HttpRequest) -> Origin {
    let request_id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let app = request.app_data::<crate::app::App>();
    let trusted = app.map(|app| app.settings().http.trusted_proxies.as_slice()).unwrap_or_default();
    Origin { request_id, address: client::address(request, trusted).map(|address| address.to_string()) }
}
