//! The caller of a request, as an extractor whose type names the permission that the handler needs.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use crate::app::{App, Credential, Origin, Who};
use crate::auth::{Permission, is_of_council};
use crate::codes::Code;
use crate::error::Error;
use crate::http::{Problem, origin};

/// A signed-in caller whose role has the permission `P`. That the sign-in still stands is looked up with the work.
#[derive(Debug, Clone)]
pub struct Caller<P> {
    /// Who, as the token says.
    pub who: Who,
    permission: PhantomData<P>,
}

impl<P: Permission> FromRequest for Caller<P> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { identify::<P>(&request).await.map_err(Problem::from) })
    }
}

async fn identify<P: Permission>(request: &HttpRequest) -> Result<Caller<P>, Error> {
    let app = request.app_data::<App>().ok_or_else(|| Error::internal("no app data"))?;
    let header = request.headers().get(AUTHORIZATION).ok_or(Error::Unauthenticated(Code::Unauthenticated))?;
    let token = header
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or(Error::Unauthenticated(Code::Unauthenticated))?;
    let (credential, role) = match app.council().filter(|_| is_of_council(token)) {
        Some(council) => {
            let claims = council.verify(token).await?;
            let role = claims.role;
            (Credential::Council(claims), role)
        }
        None => {
            let claims = app.tokens().verify(token)?;
            if claims.enrolling && !P::WHILE_ENROLLING {
                return Err(Error::EnrolFirst);
            }
            let role = claims.role.0;
            (Credential::Own(claims), role)
        }
    };
    let Origin { request_id, address } = origin(request);
    let who = Who { credential, request_id, address };
    // Whatever is refused from here on is refused to somebody who is known, and put on record.
    request.extensions_mut().insert(who.clone());
    if !P::ROLES.contains(&role) {
        return Err(Error::Forbidden("Your role may not do this."));
    }
    Ok(Caller { who, permission: PhantomData })
}
