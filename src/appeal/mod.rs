//! Mediation, appeals, and the orders that come of them: each opens a track of its own on the same case.

pub mod api;
pub mod commands;
pub mod model;
pub mod store;
