//! Who somebody is, and what follows: signing in, sessions, tokens, roles, users.

mod account_mails;
mod password;
mod sessions;
mod sign_in;
mod tokens;
mod users;
