//! `migrate [--status]`: brings the database up to date, or tells what is missing.

use clap::Args;

use super::Failure;
use crate::config::Settings;
use crate::db::{Db, MigrationState, migrate, migration_states};

#[derive(Debug, Args)]
pub(super) struct Migrate {
    /// Only tells which migrations have been run.
    #[arg(long)]
    status: bool,
}

impl Migrate {
    pub(super) fn run(&self, settings: &Settings) -> Result<(), Failure> {
        if !self.status {
            match migrate(&settings.database.url)? {
                0 => println!("{} is up to date", settings.database.url),
                n => println!("{} is up to date: {n} migration(s) were run", settings.database.url),
            }
            match crate::audit::chain_earlier(&Db::open(&settings.database.url, 1)?)? {
                0 => {}
                n => println!("{n} record(s) from before there were chains were added to theirs"),
            }
            return Ok(());
        }
        for status in migration_states(&settings.database.url)? {
            let state = match status.state {
                MigrationState::Applied => "applied",
                MigrationState::Pending => "pending",
                MigrationState::Unknown => "unknown to this program",
            };
            println!("{} {state}", status.version);
        }
        Ok(())
    }
}
