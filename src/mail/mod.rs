//! Mail: the words of each notice, and the way out. Knows no feature.

mod notice;
mod render;
mod session;
mod transport;

pub use notice::{Notice, NoticeWord};
pub use render::{Letter, Link, Places, Renderer};
pub use transport::{Attempt, Mail, Mailer};
