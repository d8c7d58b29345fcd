//! A case: one request for an assessment, from the day it was received to its end.

pub mod api;
pub mod commands;
pub mod model;
pub mod notices;
pub mod store;
pub mod view;
