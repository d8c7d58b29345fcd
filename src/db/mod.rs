//! The database: SQLite embedded by default, PostgreSQL for a council in production, one query text for both.
//!
//! Only this folder and the `store` files know diesel; only this folder knows which database runs.

pub mod columns;
mod conn;
mod migrate;
mod one_of;
mod page;
#[rustfmt::skip]
pub mod schema;
mod tx;

pub(crate) use conn::native;
pub use conn::{Columns, Conn, DatabaseUrl, MultiBackend};
pub use migrate::{MigrationState, MigrationStatus, latest_migration, migrate, migration_states, revert_last};
pub use one_of::OneOf;
pub use page::{Cursor, Page, PageQuery, Window, window as page_window};
pub use tx::{Db, Gathered, OpenError, Tx};

/// The status of a kept answer (`idempotency_keys`) that is given to nobody any more.
pub const WITHHELD: i32 = 410;
