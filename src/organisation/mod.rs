//! The bodies that take part: the council itself, health, social care, educational psychology, schools, providers.

pub mod api;
pub mod commands;
pub mod model;
pub mod store;
