//! Whether the process lives, and whether it can do its work.

use actix_web::{HttpResponse, get};

use crate::app::App;

/// The process lives.
#[utoipa::path(tag = "operation", responses((status = 200, description = "It lives")))]
#[get("/healthz")]
pub(super) async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok")
}

/// The process can reach its database.
#[utoipa::path(tag = "operation", responses((status = 200, description = "It is ready"), (status = 503, description = "It is not")))]
#[get("/readyz")]
pub(super) async fn readyz(app: App) -> HttpResponse {
    if app.is_ready().await {
        HttpResponse::Ok().content_type("text/plain").body("ready")
    } else {
        HttpResponse::ServiceUnavailable().content_type("text/plain").body("the database is out of reach")
    }
}
