//! The plan: drafts, service, representations, the final plan.

pub mod api;
pub mod commands;
pub mod model;
pub mod store;
pub mod view;
