//! Advice and information sought for an assessment (Regs 6).

pub mod api;
pub mod commands;
pub mod model;
pub mod notices;
pub mod store;
pub mod view;
