//! Every route under its feature. Registering a route is documenting it.

use utoipa_actix_web::service_config::ServiceConfig;

/// The routes below `/api/v1`.
pub(super) fn api(config: &mut ServiceConfig<'_>) {
    crate::user::api::routes(config);
    crate::organisation::api::routes(config);
    crate::person::api::routes(config);
    crate::case::api::routes(config);
    crate::advice::api::routes(config);
    crate::document::api::routes(config);
    crate::calendar::api::routes(config);
    crate::plan::api::routes(config);
    crate::appeal::api::routes(config);
    crate::outbox::api::routes(config);
    crate::reminder::api::routes(config);
    crate::figures::api::routes(config);
    crate::governance::api::routes(config);
}

/// The routes beside it.
pub(super) fn operation(config: &mut ServiceConfig<'_>) {
    config.service(super::health::healthz);
    config.service(super::health::readyz);
    config.service(super::metrics::metrics);
}
