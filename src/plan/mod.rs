//! The plan: drafts, service, representations, the final plan.

pub mod store;
