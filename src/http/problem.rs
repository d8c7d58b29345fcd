//! Errors as problem details (RFC 9457).

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use super::request_log::current_request_id;
use crate::codes::Code;
use crate::error::{Candidate, Error, MOST_FAULTS};

/// An error on its way to the client.
#[derive(Debug)]
pub struct Problem(pub Error);

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code().as_str())
    }
}

/// Why a request was not carried out (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemView {
    /// Names the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in a few words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The kind of problem as one word, for programs. Where there are faults, the first one's.
    pub code: &'static str,
    /// What to do about this one.
    pub detail: String,
    /// The request, as the log and the record know it.
    pub request_id: String,
    /// The legal rule that refuses the step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub citation: Option<&'static str>,
    /// Everything that is wrong with the fields of the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub faults: Vec<FaultView>,
    /// Those that the request may be about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidates: Option<Vec<Candidate>>,
    /// The sections of a plan that somebody else changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_sections: Option<Vec<&'static str>>,
}

/// One thing wrong with one field.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Fault)]
pub struct FaultView {
    /// Where: a JSON Pointer (RFC 6901) into the body, or `/name` of a parameter.
    pub pointer: String,
    /// What kind of fault.
    pub code: &'static str,
    /// What is expected.
    pub detail: String,
    /// The legal rule, where the fault is against one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub citation: Option<&'static str>,
}

impl Problem {
    fn code(&self) -> Code {
        match &self.0 {
            Error::NotFound => Code::NotFound,
            Error::Forbidden(_) => Code::Forbidden,
            Error::EnrolFirst => Code::OtpEnrolmentRequired,
            Error::Unauthenticated(code) => *code,
            Error::Malformed(_) => Code::MalformedJson,
            Error::MalformedForm => Code::MalformedForm,
            Error::Invalid(faults) => faults.first().map_or(Code::InvalidFormat, |fault| fault.code),
            Error::Refused(refusal) => Code::Law(refusal.code),
            Error::Conflict { code, .. } => *code,
            Error::Stale | Error::StaleSections(_) => Code::Stale,
            Error::PreconditionRequired => Code::PreconditionRequired,
            Error::TooLarge { .. } => Code::TooLarge,
            Error::TooSlow => Code::TooSlow,
            Error::UnsupportedMediaType(_) => Code::UnsupportedMediaType,
            Error::NotAcceptable(_) => Code::NotAcceptable,
            Error::Throttled { .. } => Code::Throttled,
            Error::Unavailable(_) => Code::Unavailable,
            Error::DiskFull => Code::DiskFull,
            Error::Internal(_) => Code::Internal,
        }
    }

    fn detail(&self) -> String {
        match &self.0 {
            Error::NotFound => "There is nothing here, or nothing that you may see.".to_owned(),
            Error::Forbidden(why) => (*why).to_owned(),
            Error::Unauthenticated(Code::InvalidCredentials) => {
                "The e-mail address, the password or the one-time code is wrong.".to_owned()
            }
            Error::Unauthenticated(Code::OtpRequired) => {
                "Send the code that your device shows too, or one of your recovery codes, as otp.".to_owned()
            }
            Error::Unauthenticated(Code::OtpUnreadable) => {
                "They were set up under another secret of this service. Ask an administrator to take them away, sign in with \
                 your password, and set them up again."
                    .to_owned()
            }
            Error::EnrolFirst => {
                "Set up one-time codes with POST /api/v1/me/otp, then exchange your refresh token.".to_owned()
            }
            Error::Unauthenticated(_) => {
                "Send a valid access token: `Authorization: Bearer <token>`, from POST /api/v1/auth/login.".to_owned()
            }
            Error::Malformed(detail) => detail.clone(),
            Error::MalformedForm => "The form could not be read to its end. Send it again.".to_owned(),
            Error::Invalid(faults) => match faults.as_slice() {
                [only] => format!("{}: {}", only.pointer, only.detail),
                many if many.len() >= MOST_FAULTS => {
                    format!("{MOST_FAULTS} fields or more are not valid. The first {MOST_FAULTS} faults are told.")
                }
                many => format!("{} fields are not valid.", many.len()),
            },
            Error::Refused(refusal) => refusal.sentence.clone(),
            Error::Conflict { detail, .. } => detail.clone(),
            Error::Stale => {
                "Read it again, look at what changed, and repeat your change on the new version.".to_owned()
            }
            Error::StaleSections(sections) => match sections.as_slice() {
                [] => {
                    "The version was changed since you read it, but none of its sections was written. Read it again, \
                    and repeat your change on the new version."
                        .to_owned()
                }
                [only] => format!(
                    "Section {only} was changed since you read it. Read it again, look at what changed, and repeat your \
                    change on the new version."
                ),
                many => format!(
                    "Sections {} were changed since you read them. Read the version again, look at what changed, and \
                    repeat your change on the new one.",
                    many.join(", ")
                ),
            },
            Error::PreconditionRequired => {
                "Send If-Match with the ETag of the version that you saw, such as If-Match: \"7\".".to_owned()
            }
            Error::TooLarge { limit } => format!("At most {limit} bytes are taken here."),
            Error::TooSlow => "The body came too slowly. Send it again.".to_owned(),
            Error::UnsupportedMediaType(expected) => (*expected).to_owned(),
            Error::NotAcceptable(had) => (*had).to_owned(),
            Error::Throttled { retry_after } => format!("Try again in {retry_after} seconds."),
            Error::Unavailable(_) => "Try again in a moment.".to_owned(),
            Error::DiskFull => "Nothing was stored. Ask whoever runs the service to make room.".to_owned(),
            Error::Internal(_) => "Nothing was changed. Tell whoever runs the service the request_id.".to_owned(),
        }
    }

    /// What the client reads.
    pub fn view(&self) -> ProblemView {
        let code = self.code();
        let faults = match &self.0 {
            Error::Invalid(faults) => faults
                .iter()
                .take(MOST_FAULTS)
                .map(|fault| FaultView {
                    pointer: fault.pointer.clone(),
                    code: fault.code.as_str(),
                    detail: fault.detail.clone(),
                    citation: fault.citation,
                })
                .collect(),
            _ => Vec::new(),
        };
        ProblemView {
            kind: format!("urn:ehcp-tracker:problem:{}", code.as_str()),
            title: code.title(),
            status: code.status(),
            code: code.as_str(),
            detail: self.detail(),
            request_id: current_request_id(),
            citation: match &self.0 {
                Error::Refused(refusal) => refusal.citation,
                Error::Invalid(faults) => faults.first().and_then(|fault| fault.citation),
                _ => None,
            },
            faults,
            candidates: match &self.0 {
                Error::Conflict { code: Code::PossibleDuplicate, candidates, .. } => Some(candidates.clone()),
                _ => None,
            },
            changed_sections: match &self.0 {
                Error::StaleSections(sections) => Some(sections.clone()),
                _ => None,
            },
        }
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        if let Error::Internal(hidden) | Error::Unavailable(hidden) = &self.0 {
            tracing::error!(request_id = current_request_id(), code = self.code().as_str(), why = ?hidden);
        }
        problem_response(
            self.status_code(),
            &self.view(),
            match &self.0 {
                Error::Throttled { retry_after } => Some(*retry_after),
                Error::Unavailable(_) => Some(2),
                _ => None,
            },
        )
    }
}

fn problem_response(status: StatusCode, view: &ProblemView, retry_after: Option<u64>) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    if let Some(seconds) = retry_after {
        response.insert_header((RETRY_AFTER, seconds.to_string()));
    }
    if status == StatusCode::REQUEST_TIMEOUT {
        // What is still to come of the body belongs to no request.
        response.force_close();
    }
    if status == StatusCode::UNAUTHORIZED {
        response.insert_header((WWW_AUTHENTICATE, "Bearer"));
    }
    response.content_type("application/problem+json").body(serde_json::to_string(view).unwrap_or_default())
}

/// A problem that the transport itself finds, before any error of ours was made.
pub(super) fn bare_problem(code: Code, detail: &str) -> HttpResponse {
    let view = ProblemView {
        kind: format!("urn:ehcp-tracker:problem:{}", code.as_str()),
        title: code.title(),
        status: code.status(),
        code: code.as_str(),
        detail: detail.to_owned(),
        request_id: current_request_id(),
        citation: None,
        faults: Vec::new(),
        candidates: None,
        changed_sections: None,
    };
    problem_response(StatusCode::from_u16(code.status()).unwrap_or(StatusCode::BAD_REQUEST), &view, None)
}
