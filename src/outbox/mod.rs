//! Mail that waits to leave: queued in the transaction of the change that causes it, and sent after the commit.
//!
//! A message is sent by whoever holds its lease: a row is claimed by an update that only one of several processes can
//! make, on either database. Nothing is sent inside a transaction, so a process may die between the server's answer and
//! the row's update; the message is then sent once more under the same Message-ID. Knows no feature.

pub mod api;
pub mod commands;
pub mod model;
pub mod store;

pub use commands::{enqueue, enqueue_all, trust_again, withdraw};
pub use store::{keys_with_link, tell_day, told, told_days, unsent_about};
