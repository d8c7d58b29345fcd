//! Notices given to others than by the decisions themselves: who was told, on which day, of a request and of what was
//! decided on it (section 36(7) of the Act, Regs 4(2), 5(2) and 10(2)). What is not on record is a warning on the case.

pub mod api;
pub mod commands;
pub mod model;
pub mod store;
