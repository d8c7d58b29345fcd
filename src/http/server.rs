//! The HTTP server.

use std::io;
use std::net::{SocketAddr, TcpListener};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Server, ServerHandle, ServiceRequest, ServiceResponse};
use actix_web::http::header::{ALLOW, HeaderValue, LOCATION};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::{Condition, Next, from_fn};
use actix_web::{App as ActixApp, HttpResponse, HttpServer, web};
use utoipa_swagger_ui::SwaggerUi;

use super::addresses::Addresses;
use super::headers::cors;
use super::limits::{HEAD_WITHIN, limits};
use super::metrics::Requests;
use super::problem::bare_problem;
use super::refusals::record_refusals;
use super::request_log::request_log;
use super::root::root;
use super::routes::{self, API};
use crate::app::App;
use crate::codes::Code;

/// How long requests in flight may take to finish when the service stops, in seconds.
const STOP_WITHIN: u64 = 30;

/// A server that has begun to listen.
pub struct Running {
    /// Resolves when it has stopped.
    pub server: Server,
    /// Where it listens.
    pub address: SocketAddr,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Running {
    /// Stops it from outside: requests in flight finish.
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }
}

/// Serves `app` on a listener.
pub fn start(app: App, listener: TcpListener, workers: usize) -> io::Result<Running> {
    let address = listener.local_addr()?;
    let addresses = web::Data::new(Addresses::all());
    let requests = web::Data::new(Requests::new());
    let server = HttpServer::new(move || {
        let docs = SwaggerUi::new("/docs/{_:.*}").config(utoipa_swagger_ui::Config::from("/openapi.yaml"));
        ActixApp::new()
            .app_data(app.clone())
            .app_data(addresses.clone())
            .app_data(requests.clone())
            .service(web::scope(API).configure(routes::api))
            .configure(routes::operation)
            .route("/openapi.yaml", web::get().to(document))
            .route("/", web::get().to(root))
            .route("/", web::head().to(root))
            .route("/docs", web::get().to(to_docs))
            .route("/docs", web::head().to(to_docs))
            .service(docs)
            .default_service(web::to(unrouted))
            .wrap(from_fn(method_or_address))
            .wrap(from_fn(limits))
            .wrap(from_fn(record_refusals))
            .wrap(Condition::new(!app.settings().http.cors_origins.is_empty(), cors(&app.settings().http)))
            .wrap(from_fn(request_log))
    })
    .workers(workers)
    .client_request_timeout(HEAD_WITHIN)
    .shutdown_timeout(STOP_WITHIN)
    .listen(listener)?
    .run();
    Ok(Running { server, address })
}

/// The document as it is committed, which a test holds to be what the routes say: a running service needn't make it.
async fn document() -> HttpResponse {
    HttpResponse::Ok().content_type("application/yaml").body(include_str!("../../openapi.yaml"))
}

/// The pages of the description name their parts relative to an address that ends with a slash.
async fn to_docs() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/docs/")).finish()
}

/// Marks an answer that no route gave.
struct Unrouted;

/// What no route takes.
async fn unrouted() -> HttpResponse {
    let mut answer = bare_problem(Code::NotFound, "There is no such address; /docs lists those there are.");
    answer.extensions_mut().insert(Unrouted);
    answer
}

/// Tells a wrong method from a wrong address: where nothing was found, the address may be one that takes another method.
/// A route may have been tried all the same, with a word of the address for an id, and have refused the caller before it
/// read that word.
async fn method_or_address<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let response = next.call(request).await?;
    if !matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        return Ok(response.map_into_left_body());
    }
    let request = response.request();
    let by_route = response.response().extensions().get::<Unrouted>().is_none();
    // No document lists HEAD: whether a route takes it, the route says.
    let is_taken = |methods: &[&str]| match *request.method() {
        Method::HEAD => by_route,
        ref method => methods.contains(&method.as_str()),
    };
    let taken = request.app_data::<web::Data<Addresses>>().and_then(|addresses| addresses.methods_at(request.path()));
    match taken {
        Some(methods) if !is_taken(methods) => {
            let list = methods.join(", ");
            let mut refusal =
                bare_problem(Code::MethodNotAllowed, &format!("This address takes {list}; /docs shows how."));
            if let Ok(value) = HeaderValue::from_str(&list) {
                refusal.headers_mut().insert(ALLOW, value);
            }
            Ok(response.into_response(refusal).map_into_right_body())
        }
        _ => Ok(response.map_into_left_body()),
    }
}
