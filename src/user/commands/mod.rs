//! What people do with accounts: sign in and out, and manage them.

mod accounts;
mod council;
mod links;
mod one_time;
mod password;
mod sign_in;

pub use accounts::{add, change, create, end_own_session, end_own_sessions, hash_first_password};
pub use council::admit;
pub use links::{ask_for_reset, opened_by};
pub use one_time::{begin_otp, confirm_otp, give_up_otp, reset_otp};
pub use password::{change_password, set_password};
pub use sign_in::{refresh, sign_in, sign_out};
