//! Documents of a case: what came with the request, reports, letters.

pub mod api;
pub mod commands;
pub mod model;
pub mod store;
