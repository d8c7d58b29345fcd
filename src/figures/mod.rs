//! The figures: how many plans were in time, which service is late, what is breached, how others do.
//!
//! Nothing is changed here but what figures are compared with and what a board was shown. What is counted of a case is kept
//! beside it (`case/store/figures`), in the transaction of every change; here it is added up. `model/measure` is where the
//! arithmetic is, and pure. Each answer says what it counted, of which days, as known on which day and by which rules.

pub mod api;
pub mod commands;
pub mod model;
pub mod store;
pub mod view;
