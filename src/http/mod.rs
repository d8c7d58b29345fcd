//! The transport: routes, extraction, problems, headers. No rule and no SQL.

mod accept;
mod addresses;
mod answer;
mod client;
mod download;
mod extract;
mod headers;
mod health;
mod limits;
mod metrics;
mod openapi;
mod page;
mod problem;
mod refusals;
mod request_log;
mod root;
mod routes;
mod server;
mod upload;

pub use accept::preferred;
pub use download::download;
pub use extract::{Body, Filter, PathId, StepBody, StepHeaders, WriteHeaders, origin};
pub use openapi::{document, yaml};
pub use page::{FormOrJson, page, prefers_html, problem_page};
pub use problem::{Problem, ProblemView};
pub use request_log::RequestId;
pub use routes::Routes;
pub use server::{Running, start};
pub use upload::{UploadForm, Uploaded, receive};
