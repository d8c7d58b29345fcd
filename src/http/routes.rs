//! Every route under its feature. Registering a route is documenting it: what serves, the document and the list of
//! addresses are made from the same lines.

use actix_web::dev::HttpServiceFactory;
use actix_web::web;
use utoipa_actix_web::OpenApiFactory;
use utoipa_actix_web::service_config::ServiceConfig as Documented;

/// Where the addresses begin that people and front-ends use.
pub(super) const API: &str = "/api/v1";

/// A handler with its address, its methods and what the document tells of it.
pub trait Route: HttpServiceFactory + OpenApiFactory + utoipa::Path + 'static {}

impl<R: HttpServiceFactory + OpenApiFactory + utoipa::Path + 'static> Route for R {}

/// What routes are registered with. A server's worker takes them to serve, and knows nothing of the document: that is some
/// megabytes, of which every worker would hold its own.
pub trait Routes {
    /// Registers a route.
    fn service<R: Route>(&mut self, route: R);
}

impl Routes for web::ServiceConfig {
    fn service<R: Route>(&mut self, route: R) {
        self.service(route);
    }
}

impl Routes for Documented<'_> {
    fn service<R: Route>(&mut self, route: R) {
        self.service(route);
    }
}

/// The routes below `/api/v1`. An address is compared with one route after another, so what is asked for most comes first.
pub(super) fn api(config: &mut impl Routes) {
    crate::case::api::routes(config);
    crate::advice::api::routes(config);
    crate::information::api::routes(config);
    crate::given_notice::api::routes(config);
    crate::user::api::routes(config);
    crate::organisation::api::routes(config);
    crate::person::api::routes(config);
    crate::document::api::routes(config);
    crate::calendar::api::routes(config);
    crate::plan::api::routes(config);
    crate::appeal::api::routes(config);
    crate::outbox::api::routes(config);
    crate::reminder::api::routes(config);
    crate::figures::api::routes(config);
    crate::governance::api::routes(config);
    crate::rules::api::routes(config);
}

/// The routes beside it.
pub(super) fn operation(config: &mut impl Routes) {
    config.service(super::health::healthz);
    config.service(super::health::readyz);
    config.service(super::metrics::metrics);
}
