//! The people who use the service, and how they sign in.
//!
//! A sign-in is a session: a row, looked up on every request, so that it can be ended at once. A client holds a short
//! access token, which names the session, and a refresh token, which is good for one exchange. Whoever shows a refresh
//! token a second time may have stolen it, so its whole session ends.
//!
//! A password is chosen by whoever shows the old one, or by the link of a mail: of an invitation, or of a reset. Such a
//! link is derived when its mail leaves, is good for once and for a time, and ends when its address is no longer the
//! account's.

pub mod api;
pub mod commands;
pub mod model;
pub mod store;
