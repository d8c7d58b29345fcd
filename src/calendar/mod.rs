//! Working days and closures.

pub mod store;
