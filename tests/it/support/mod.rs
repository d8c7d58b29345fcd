//! What the tests stand on: databases of their own, the running service, and people who use it over HTTP.

pub mod advice;
pub mod app;
pub mod cases;
pub mod clamd;
pub mod database;
pub mod logs;
pub mod mail;
pub mod openid;
pub mod personas;
pub mod poppler;
pub mod postgres;
pub mod record;
pub mod replica;
pub mod smtp;
pub mod statements;

pub use app::{Response, TestApp};
pub use database::Backend;
pub use personas::Persona;
pub use serde_json::{Value, json};

/// Writes a test once and runs it on both databases, as `name::sqlite` and `name::postgres`.
///
/// ```ignore
/// both! {
///     fn a_request_gets_a_reference(app: &TestApp) {
///         app.caseworker().get("/cases").expect(200);
///     }
/// }
/// ```
macro_rules! both {
    ($($(#[$doc:meta])* fn $name:ident($app:ident: &TestApp) $body:block)+) => { $(
        $(#[$doc])*
        mod $name {
            #[expect(clippy::allow_attributes, reason = "which of the names around it a test uses is its own matter")]
            #[allow(unused_imports)]
            use super::*;

            fn test($app: &$crate::support::TestApp) $body

            #[test]
            fn sqlite() {
                $crate::support::TestApp::run_on($crate::support::Backend::Sqlite, test);
            }

            #[test]
            fn postgres() {
                $crate::support::TestApp::run_on($crate::support::Backend::Postgres, test);
            }
        }
    )+ };
}
pub(crate) use both;
