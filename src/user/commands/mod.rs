//! What people do with accounts: sign in and out, and manage them.

mod accounts;
mod links;
mod password;
mod sign_in;

pub use accounts::{add, change, create, end_own_session, hash_first_password};
pub use links::{ask_for_reset, opened_by};
pub use password::{change_password, set_password};
pub use sign_in::{refresh, sign_in, sign_out};
