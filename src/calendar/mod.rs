//! Working days, by which people plan, and closures, which may excuse an authority.

pub mod api;
pub mod commands;
pub mod model;
pub mod store;
pub mod view;
