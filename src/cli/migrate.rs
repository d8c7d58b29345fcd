//! `migrate [--status]`: brings the database up to date, or tells what is missing.

use clap::Args;

use statute::RULES_VERSION;

use super::Failure;
use crate::auth::Acting;
use crate::config::Settings;
use crate::db::{Db, MigrationState, migrate, migration_states};
use crate::time::Clock;

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
            let acting = Acting::system("rules", Clock::new(settings.casework.fixed_today).read());
            let db = Db::open(&settings.database.url, 1)?;
            match crate::case::commands::derive_under_new_rules(&db, &acting)? {
                0 => {}
                n => println!(
                    "{n} case(s) were derived anew under the rules {RULES_VERSION}; `ehcp-tracker doctor` tells what changed"
                ),
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
