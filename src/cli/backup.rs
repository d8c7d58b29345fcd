//! `backup FILE`: copies an SQLite database to a file while the service runs. The content of documents lies in a folder
//! of its own, whose files never change: whatever copies folders can copy it, after the database.

use std::fs::{self, File};
use std::path::PathBuf;

use clap::Args;

use super::{Failure, open_existing};
use crate::app::documents_folder;
use crate::config::Settings;
use crate::db::DatabaseUrl;
use crate::folders::make_private_file;

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file to be made. One that is there already is not touched.
    file: PathBuf,
}

impl Backup {
    pub(super) fn run(&self, settings: &Settings) -> Result<(), Failure> {
        let file = self.file.display();
        if self.file.exists() {
            return Err(Failure::Failed(format!("{file} is there already; name a file that is not")));
        }
        let db = open_existing(settings)?;
        // A copy that broke off must not pass for a whole one, so it gets its name last.
        let mut unfinished = self.file.clone().into_os_string();
        unfinished.push(".unfinished");
        let unfinished = PathBuf::from(unfinished);
        if unfinished.exists() {
            return Err(Failure::Failed(format!(
                "{} is there already, left by a backup that broke off or is still running; remove it first",
                unfinished.display()
            )));
        }
        // SQLite writes into an empty file, and leaves it to whom it belongs.
        if matches!(settings.database.url, DatabaseUrl::Sqlite(_)) {
            make_private_file(&unfinished).map_err(|fault| Failure::Failed(format!("cannot write {file}: {fault}")))?;
        }
        let copied = db.copy_to(&unfinished).map_err(Failure::from).and_then(|copied| {
            copied.ok_or_else(|| {
                Failure::Failed(
                    "this database is PostgreSQL: back it up with `pg_dump --format=custom`, which reads it while it is in use"
                        .to_owned(),
                )
            })
        });
        let named = copied.and_then(|()| {
            let cannot = |fault| Failure::Failed(format!("cannot write {file}: {fault}"));
            File::open(&unfinished).and_then(|copy| copy.sync_all()).map_err(cannot)?;
            // Unlike a rename, a link never takes the place of a file that has come meanwhile.
            fs::hard_link(&unfinished, &self.file).map_err(cannot)
        });
        if unfinished.exists() {
            fs::remove_file(&unfinished).map_err(Failure::failed)?;
        }
        named?;
        println!("{} is copied to {file}", settings.database.url);
        println!("Now copy the documents too, the folder {}", documents_folder(&settings.data_dir).display());
        Ok(())
    }
}
