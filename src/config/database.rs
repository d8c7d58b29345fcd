//! `EHCP_DATABASE_URL` (`sqlite://data/ehcp.db`): `sqlite://PATH` or `postgres://...`. `EHCP_REPORTING_DATABASE_URL`: a
//! read replica for reports. `EHCP_DATABASE_POOL` (`4`): how many requests may use the database at once.

use std::path::PathBuf;

use super::{SettingError, Source};
use crate::db::DatabaseUrl;

/// Where the data is.
#[derive(Debug, Clone)]
pub struct DatabaseSettings {
    /// The database.
    pub url: DatabaseUrl,
    /// A read replica for reports.
    pub reporting_url: Option<DatabaseUrl>,
    /// How many connections to keep.
    pub pool: u32,
}

impl DatabaseSettings {
    pub(super) fn read(source: &mut Source) -> Result<Self, SettingError> {
        let url =
            database_url(source, "EHCP_DATABASE_URL")?.unwrap_or(DatabaseUrl::Sqlite(PathBuf::from("data/ehcp.db")));
        let expected = "expected a whole number from 1 to 200";
        let pool = source.parsed("EHCP_DATABASE_POOL", expected)?.unwrap_or(4);
        if !(1..=200).contains(&pool) {
            return Err(SettingError::new("EHCP_DATABASE_POOL", expected));
        }
        Ok(Self { url, reporting_url: database_url(source, "EHCP_REPORTING_DATABASE_URL")?, pool })
    }
}

fn database_url(source: &mut Source, name: &str) -> Result<Option<DatabaseUrl>, SettingError> {
    source.text(name).map(|text| text.parse().map_err(|expected: String| SettingError::new(name, expected))).transpose()
}
