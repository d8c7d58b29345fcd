//! Information that a child's setting is asked for before it is decided whether to assess. It is no advice of Regs 6: it is
//! in no figure of advice, in no section of a plan, and nothing waits for it but the decision.

pub mod api;
pub mod commands;
pub mod model;
pub mod notices;
pub mod store;
