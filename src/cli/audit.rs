//! `audit`: checks the record of who did and read what, and exports the root of a day. It reads only.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Subcommand};

use super::{Failure, open_existing};
use crate::audit::{self, Root};
use crate::case;
use crate::config::Settings;
use crate::db::Db;
use crate::time::Clock;

/// How many cases are looked at together.
const BATCH: i64 = 500;

#[derive(Debug, Args)]
pub(super) struct Audit {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Finds records that were altered, removed, moved or slipped in, and says which.
    Verify {
        /// Also compares with a root that was exported before.
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
    },
    /// Prints the root of a day: one digest over all that was on record when it was over.
    Root {
        /// The day; the last one whose record is whole unless told: yesterday, from an hour after its end.
        #[arg(long)]
        day: Option<NaiveDate>,
    },
    /// Writes the root of a day to a file, with all that is needed to compare it later: keep it elsewhere.
    Export {
        /// The file to be made. One that is there already is not touched.
        file: PathBuf,
        /// The day; the last one whose record is whole unless told: yesterday, from an hour after its end.
        #[arg(long)]
        day: Option<NaiveDate>,
    },
}

impl Audit {
    pub(super) fn run(&self, settings: &Settings) -> Result<(), Failure> {
        let db = open_existing(settings)?;
        match &self.command {
            Command::Verify { against } => {
                let root = against.as_ref().map(read).transpose()?;
                verify(&db, root.as_ref())
            }
            Command::Root { day } => {
                let root = root_of(&db, *day)?;
                println!("{} {}", root.day, root.digest);
                Ok(())
            }
            Command::Export { file, day } => {
                let root = root_of(&db, *day)?;
                let cannot = |fault| Failure::Failed(format!("cannot write {}: {fault}", file.display()));
                let mut made = fs::File::create_new(file).map_err(cannot)?;
                made.write_all(root.export().as_bytes()).and_then(|()| made.sync_all()).map_err(cannot)?;
                println!("the root of {} is {}; written to {}", root.day, root.digest, file.display());
                Ok(())
            }
        }
    }
}

fn root_of(db: &Db, day: Option<NaiveDate>) -> Result<Root, Failure> {
    // Records run on the machine's time, whatever day casework stands still at.
    let now = Clock::new(None).read();
    let day = day.or_else(|| Root::last_whole_day(now.at)).unwrap_or(now.today);
    Ok(Root::of(db, day, now.at)?)
}

fn read(file: &PathBuf) -> Result<Root, Failure> {
    let text = fs::read_to_string(file).map_err(|fault| Failure::Failed(format!("{}: {fault}", file.display())))?;
    Root::read(&text).ok_or_else(|| Failure::Failed(format!("{} is no exported root", file.display())))
}

fn verify(db: &Db, root: Option<&Root>) -> Result<(), Failure> {
    let mut wrong = 0_usize;
    let checked = audit::verify(db, &mut |fault| {
        wrong = wrong.saturating_add(1);
        println!("{fault}");
    })?;
    let mut last = None;
    loop {
        let (cases, without) = db.snapshot(|conn| {
            let cases: Vec<_> = case::store::after(conn, last, BATCH)?.into_iter().map(|case| case.id).collect();
            let without = audit::store::without_chain(conn, &cases)?;
            Ok((cases, without))
        })?;
        for case in without {
            wrong = wrong.saturating_add(1);
            println!("case {case}: nothing is on record of it");
        }
        match cases.last() {
            Some(end) => last = Some(*end),
            None => break,
        }
    }
    println!(
        "{} chain(s): {} change(s), of which {} have lost their details to an erasure; {} reading(s) and refused attempt(s)",
        checked.chains, checked.events, checked.forgotten, checked.readings
    );
    if let Some(root) = root {
        let faults = root.check(db)?;
        wrong = wrong.saturating_add(faults.len());
        faults.iter().for_each(|fault| println!("{fault}"));
        println!("compared with the root of {}: {} difference(s)", root.day, faults.len());
    }
    if wrong > 0 {
        return Err(Failure::Failed(format!(
            "{wrong} thing(s) on record are not as they were recorded; they stand above"
        )));
    }
    println!("the record is as it was recorded");
    Ok(())
}
