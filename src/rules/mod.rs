//! The time limits as anybody can ask for them: the table of rules, and the last day of each. It knows of no case, and
//! counts by the functions that cases use.

pub mod api;
pub mod view;
