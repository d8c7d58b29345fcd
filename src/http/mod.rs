//! The transport: routes, extraction, problems, headers. No rule and no SQL.

mod answer;
mod client;
mod extract;
mod health;
mod openapi;
mod problem;
mod request_log;
mod routes;
mod server;
mod upload;

pub use extract::{Body, Filter, PathId, StepBody, StepHeaders, WriteHeaders, origin};
pub use openapi::{document, yaml};
pub use problem::{Problem, ProblemView};
pub use request_log::RequestId;
pub use server::{Running, start};
pub use upload::{UploadForm, Uploaded, receive};
