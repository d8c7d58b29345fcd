//! `jobs run --once`: does once what the service does by itself, whatever `EHCP_JOBS` says.

use clap::{Args, Subcommand};

use super::{Failure, open};
use crate::config::Settings;
use crate::jobs::{self, Job};
use crate::words::{Vocabulary, one_of};

#[derive(Debug, Args)]
pub(super) struct Jobs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the jobs.
    Run(Run),
}

#[derive(Debug, Args)]
struct Run {
    /// Each job once, one after the other, then stops.
    #[arg(long, required = true)]
    once: bool,
    /// This job alone.
    #[arg(long, value_parser = job)]
    job: Option<Job>,
    /// Says what would be done and does nothing.
    #[arg(long)]
    dry_run: bool,
}

fn job(word: &str) -> Result<Job, String> {
    Job::parse(word).ok_or_else(one_of::<Job>)
}

impl Jobs {
    pub(super) fn run(self, settings: Settings) -> Result<(), Failure> {
        match self.command {
            Command::Run(run) => run.run(settings),
        }
    }
}

impl Run {
    fn run(self, settings: Settings) -> Result<(), Failure> {
        super::serve::log_to_stderr();
        let app = open(settings)?;
        for job in Job::all().iter().filter(|job| self.job.is_none_or(|wanted| wanted == **job)) {
            if self.dry_run {
                jobs::preview(&app, *job, &mut |line| println!("{}: {line}", job.as_str()))?;
            } else {
                let report = jobs::run(&app, *job)?;
                println!("{}: {report}", job.as_str());
            }
        }
        Ok(())
    }
}
