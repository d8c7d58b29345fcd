//! `documents sweep`, `documents rescan`: looks after the files of documents. Both can run beside the service.

use clap::{Args, Subcommand};

use super::{Failure, open_existing};
use crate::app::{document_store, documents_folder};
use crate::auth::Acting;
use crate::config::Settings;
use crate::document::commands;
use crate::time::Clock;

#[derive(Debug, Args)]
pub(super) struct Documents {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Removes files that nothing needs and nobody has touched for a day: what a crash has left.
    Sweep,
    /// Scans the documents that came while the scanner was out of reach.
    Rescan,
}

impl Documents {
    pub(super) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let db = open_existing(settings)?;
        let folder = documents_folder(&settings.data_dir);
        let reading = Clock::new(settings.casework.fixed_today).read();
        match self.what {
            What::Sweep => {
                let swept = commands::sweep(&db, &folder, reading.at, commands::GRACE)?;
                if swept.not_ours {
                    return Err(Failure::Failed(format!("{}: {swept}", folder.display())));
                }
                println!("{swept}");
            }
            What::Rescan => {
                let Some(scanner) = &settings.scan.scanner else {
                    return Err(Failure::Unusable("EHCP_CLAMD_URL: expected the address of the scanner".to_owned()));
                };
                let acting = Acting::system("rescan", reading);
                let store = document_store(&settings.data_dir)?;
                let done = commands::rescan(&db, &store, &folder, scanner, &acting, &|| false)?;
                println!("{done}");
            }
        }
        Ok(())
    }
}
