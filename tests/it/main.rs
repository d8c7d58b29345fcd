//! Every test that runs the whole service, in one binary: it links once, and the databases are set up once.
//!
//! A folder or file a feature; `guards` hold the code itself to its rules; `support` is what they stand on.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that finds something else than it expects has failed, helpers included"
)]
#![expect(clippy::disallowed_methods, reason = "how the tests themselves are run is told by the environment")]

mod advice;
mod appeals;
mod audit;
mod calendar;
mod cases;
mod commands;
mod conventions;
mod demo;
mod documents;
mod endurance;
mod faults;
mod figures;
mod governance;
mod guards;
mod hardening;
mod identity;
mod import;
mod information;
mod mail;
mod migrations;
mod nonsense;
mod organisations;
mod plans;
mod reminders;
mod rules;
mod support;
mod upkeep;
