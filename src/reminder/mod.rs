//! Who is reminded of what, and when: reminders and chases of those who owe advice, digests for caseworkers and managers,
//! the warning to a family whose date is at risk.
//!
//! A run on a day looks at the deadlines and requests as they stand, decides by pure functions ([`model`]) what is due on
//! that day, and queues it. Nothing is remembered but the messages themselves: what was written is looked up where it was
//! queued. So a run that is repeated queues nothing twice, one that was missed is made up for by the next, and a day that
//! moves is reminded of anew.

pub mod api;
pub mod commands;
pub mod model;
pub mod store;
