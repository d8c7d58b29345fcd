//! Who somebody is, and what follows: signing in, sessions, tokens, roles, users.

mod account_mails;
mod council;
mod one_time;
mod password;
mod sessions;
mod sign_in;
mod tokens;
mod users;
