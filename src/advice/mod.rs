//! Advice and information sought for an assessment (Regs 6).

pub mod model;
pub mod store;
