//! The HTTP server.

use std::io;
use std::net::{SocketAddr, TcpListener};

use actix_web::dev::{Server, ServerHandle};
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::middleware::{Condition, from_fn};
use actix_web::{App as ActixApp, HttpRequest, HttpResponse, HttpServer, web};
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::SwaggerUi;

use super::headers::cors;
use super::limits::{HEAD_WITHIN, limits};
use super::metrics::Requests;
use super::problem::bare_problem;
use super::request_log::request_log;
use super::root::root;
use super::{openapi, routes};
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
    let document = openapi::document();
    let yaml = openapi::yaml(&document).map_err(io::Error::other)?;
    let addresses = Addresses::of(&document);
    let requests = actix_web::web::Data::new(Requests::new());
    let server = HttpServer::new(move || {
        let yaml = yaml.clone();
        let docs = SwaggerUi::new("/docs/{_:.*}").config(utoipa_swagger_ui::Config::from("/openapi.yaml"));
        let (actix, _) = ActixApp::new()
            .into_utoipa_app()
            .app_data(app.clone())
            .app_data(addresses.clone())
            .app_data(requests.clone())
            .service(utoipa_actix_web::scope("/api/v1").configure(routes::api))
            .configure(routes::operation)
            .split_for_parts();
        actix
            .route(
                "/openapi.yaml",
                web::get().to(move || {
                    let yaml = yaml.clone();
                    async move { HttpResponse::Ok().content_type("application/yaml").body(yaml) }
                }),
            )
            .route("/", web::get().to(root))
            .route("/", web::head().to(root))
            .service(docs)
            .default_service(web::to(unrouted))
            .wrap(from_fn(limits))
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

/// The documented addresses and their methods, to tell a wrong method from a wrong address.
#[derive(Debug, Clone)]
struct Addresses(Vec<(Vec<String>, Vec<&'static str>)>);

impl Addresses {
    fn of(document: &utoipa::openapi::OpenApi) -> Self {
        let methods = |item: &utoipa::openapi::PathItem| {
            [
                ("GET", item.get.is_some()),
                ("POST", item.post.is_some()),
                ("PUT", item.put.is_some()),
                ("PATCH", item.patch.is_some()),
                ("DELETE", item.delete.is_some()),
            ]
            .into_iter()
            .filter_map(|(method, there)| there.then_some(method))
            .collect()
        };
        Self(
            document
                .paths
                .paths
                .iter()
                .map(|(path, item)| (path.split('/').map(str::to_owned).collect(), methods(item)))
                .collect(),
        )
    }

    fn methods_at(&self, path: &str) -> Option<&[&'static str]> {
        let steps: Vec<&str> = path.split('/').collect();
        let fits = |pattern: &[String]| {
            pattern.len() == steps.len()
                && pattern.iter().zip(&steps).all(|(pattern, step)| {
                    match pattern.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
                        // What stands for a value may have an ending of its own, as `{token}.ics`.
                        Some((_, ending)) => step.strip_suffix(ending).is_some_and(|value| !value.is_empty()),
                        None => pattern == step,
                    }
                })
        };
        self.0.iter().find(|(pattern, _)| fits(pattern)).map(|(_, methods)| methods.as_slice())
    }
}

async fn unrouted(request: HttpRequest) -> HttpResponse {
    let allowed = request.app_data::<Addresses>().and_then(|addresses| addresses.methods_at(request.path()));
    match allowed {
        None => bare_problem(Code::NotFound, "There is no such address; /docs lists those there are."),
        Some(methods) => {
            let list = methods.join(", ");
            let mut response =
                bare_problem(Code::MethodNotAllowed, &format!("This address takes {list}; /docs shows how."));
            if let Ok(value) = HeaderValue::from_str(&list) {
                response.headers_mut().insert(ALLOW, value);
            }
            response
        }
    }
}
