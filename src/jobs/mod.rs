//! What the service does by itself, beside the requests.
//!
//! A job is idempotent and bounded, takes no input, and tells what it did. It runs on its interval, and when a change
//! was committed that may have given it work; several processes may run it at once.

mod alarm;
mod deliver;
mod documents;
mod hours;
mod retention;
mod scheduler;
pub mod store;

use std::fmt;

use serde::Serialize;

pub use alarm::{Health, is_outage, troubles};
pub use deliver::run as deliver;
pub use scheduler::{Scheduler, Signal, Woken, start};

use crate::app::App;
use crate::document::commands::{Rescanned, Swept};
use crate::error::Error;
use crate::reminder;
use crate::reminder::model::Queued;
use crate::words::{Vocabulary, vocabulary};

vocabulary! {
    /// A job.
    Job as JobWord {
        /// Queues the reminders, chases and digests of the day.
        Remind = "remind",
        /// Sends the mail that is queued and due.
        Deliver = "deliver",
        /// Scans the documents that came while the scanner was out of reach.
        Rescan = "rescan",
        /// Removes files that nothing needs: what a crash has left.
        Sweep = "sweep",
        /// Erases what has been kept as long as the settings say.
        Retention = "retention",
    }
}

/// What a run of a job did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Messages that a mail server took.
    pub sent: usize,
    /// Messages that will be tried again.
    pub deferred: usize,
    /// Messages that were given up.
    pub failed: usize,
    /// Messages that are due and were left for the next run: the mail server can't be reached.
    pub left: bool,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sent, {} to be tried again, {} given up", self.sent, self.deferred, self.failed)?;
        if self.left { f.write_str("; the mail server can't be reached, the rest waits") } else { Ok(()) }
    }
}

/// What a run of any job did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// With what is due to be written.
    Reminders(Queued),
    /// With the mail.
    Mail(Report),
    /// With documents that wait for their scan.
    Scans(Rescanned),
    /// With files that nothing needs.
    Files(Swept),
    /// With records that had been kept long enough.
    Records(usize),
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reminders(queued) => queued.fmt(f),
            Self::Mail(report) => report.fmt(f),
            Self::Scans(rescanned) => rescanned.fmt(f),
            Self::Files(swept) => swept.fmt(f),
            Self::Records(erased) => write!(f, "{erased} record(s) erased"),
        }
    }
}

/// Tells, a line each, what a run of a job would do now, and does nothing.
pub fn preview(app: &App, job: Job, tell: &mut dyn FnMut(String)) -> Result<(), Error> {
    match job {
        Job::Remind => reminder::commands::preview(app, &mut |kind, to, reference, why| {
            let about = reference.map(|reference| format!(" about {reference}")).unwrap_or_default();
            tell(format!("would queue {} to {to}{about}: {why}", kind.as_str()));
        }),
        Job::Deliver => deliver::preview(app, tell),
        Job::Rescan => documents::preview_rescan(app, tell),
        Job::Retention => retention::preview(app, tell),
        Job::Sweep => {
            tell("would look for files that nothing needs, and remove them".to_owned());
            Ok(())
        }
    }
}

/// Runs a job once, and marks that it ran. It ends early when the service stops.
pub fn run(app: &App, job: Job) -> Result<Done, Error> {
    alarm::begins(app, job)?;
    let done = match job {
        Job::Remind => reminder::commands::queue(app).map(Done::Reminders),
        Job::Deliver => deliver(app).map(Done::Mail),
        Job::Rescan => documents::rescan(app).map(Done::Scans),
        Job::Sweep => documents::sweep(app).map(Done::Files),
        Job::Retention => retention::run(app).map(Done::Records),
    }?;
    alarm::runs(app, job)?;
    Ok(done)
}
