//! What whoever answers for the records works with: who did and saw what, how long a person's record is kept, the whole of
//! it in one file, and its erasure.

pub mod commands;
pub mod model;
pub mod store;

pub mod api;
