//! Working days and closures.

mod bank_holidays;
mod closures;
mod feeds;
