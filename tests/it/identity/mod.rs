//! Who somebody is, and what follows: signing in, sessions, tokens, roles, users.

mod password;
mod sessions;
mod sign_in;
mod tokens;
mod users;
