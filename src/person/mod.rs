//! The child or young person whom cases are about.

pub mod commands;
pub mod model;
pub mod store;

pub mod api;
