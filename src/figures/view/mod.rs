//! The reports, made of what the queries found and the measures say.

mod chart;
mod definition;
mod made;
mod reports;
mod since;
mod table;
mod work;

pub use chart::run_chart;
pub use made::{Ahead, Compared, Made, make};
pub use reports::{advice, advice_cases, decisions, decisions_cases, delays, timeliness, timeliness_cases};
pub use table::{Cell, Table};
pub use work::{breaches, caseload};
