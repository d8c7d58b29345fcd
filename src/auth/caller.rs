//! The caller of a request, as an extractor whose type names the permission that the handler needs.

use std::future::{Ready, ready};
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use crate::app::{App, Origin, Who};
use crate::auth::Permission;
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
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(identify::<P>(request).map_err(Problem::from))
    }
}

fn identify<P: Permission>(request: &HttpRequest) -> Result<Caller<P>, Error> {
    let app = request.app_data::<App>().ok_or_else(|| Error::internal("no app data"))?;
    let header = request.headers().get(AUTHORIZATION).ok_or(Error::Unauthenticated(Code::Unauthenticated))?;
    let token = header
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or(Error::Unauthenticated(Code::Unauthenticated))?;
    let claims = app.tokens().verify(token)?;
    let Origin { request_id, address } = origin(request);
    let who = Who { claims, request_id, address };
    // Whatever is refused from here on is refused to somebody who is known, and put on record.
    request.extensions_mut().insert(who.clone());
    if !P::ROLES.contains(&who.claims.role.0) {
        return Err(Error::Forbidden("Your role may not do this."));
    }
    Ok(Caller { who, permission: PhantomData })
}
