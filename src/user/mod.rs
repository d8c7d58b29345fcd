//! The people who use the service, and how they sign in.
//!
//! A sign-in is a session: a row, looked up on every request, so that it can be ended at once. A client holds a short
//! access token, which names the session, and a refresh token, which is good for one exchange. Whoever shows a refresh
//! token a second time may have stolen it, so its whole session ends.

pub mod api;
pub mod commands;
pub mod model;
pub mod store;
