//! The threads that run the jobs of a process, one each, so that a slow scan holds up no mail: on their interval, and the
//! delivery soon after a change was committed.

use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{Job, run};
use crate::app::App;
use crate::error::Error;
use crate::words::Vocabulary;

/// How long a change waits for others that come with it: a hundred changes a second are one run, not a hundred.
const GATHER: Duration = Duration::from_secs(1);

/// Wakes the jobs of a process, and stops them.
#[derive(Debug, Default)]
pub struct Signal {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    nudged: bool,
    stopping: bool,
}

/// Why the jobs woke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// Their interval is over.
    ByTime,
    /// Something was committed.
    ByChange,
    /// The service stops.
    ToStop,
}

impl Signal {
    /// Something was committed: there may be work.
    pub fn nudge(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).nudged = true;
        self.changed.notify_all();
    }

    /// The service stops: what runs finishes the mail in its hands and no more.
    pub fn stop(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).stopping = true;
        self.changed.notify_all();
    }

    /// Whether the service stops.
    pub fn is_stopping(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).stopping
    }

    /// Waits until there is work, the time is over or the service stops.
    pub fn wait(&self, at_most: Duration) -> Woken {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = |state: &mut State| !state.nudged && !state.stopping;
        let (mut state, _) =
            self.changed.wait_timeout_while(state, at_most, idle).unwrap_or_else(PoisonError::into_inner);
        match (state.stopping, std::mem::take(&mut state.nudged)) {
            (true, _) => Woken::ToStop,
            (false, true) => Woken::ByChange,
            (false, false) => Woken::ByTime,
        }
    }

    /// Waits for a time, or until the service stops.
    fn pause(&self, time: Duration) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.changed.wait_timeout_while(state, time, |state| !state.stopping));
    }
}

/// The jobs of a process, running.
#[derive(Debug)]
pub struct Scheduler {
    app: App,
    threads: Vec<JoinHandle<()>>,
}

/// Starts the jobs of this process.
pub fn start(app: App) -> Result<Scheduler, Error> {
    let start = |job: &Job| {
        let (app, job) = (app.clone(), *job);
        let named = std::thread::Builder::new().name(job.as_str().to_owned());
        named.spawn(move || run_until_stopped(&app, job)).map_err(|fault| Error::internal(fault.to_string()))
    };
    let threads = Job::all().iter().map(start).collect::<Result<_, _>>()?;
    Ok(Scheduler { app, threads })
}

impl Scheduler {
    /// Stops the jobs, and returns when the mail that is being sent is settled.
    pub fn stop(self) {
        self.app.jobs().stop();
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a job had panicked");
            }
        }
    }
}

fn run_until_stopped(app: &App, job: Job) {
    while !app.jobs().is_stopping() {
        // A run that fails, or panics, must not be the last.
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(app, job)));
        match outcome {
            Ok(Ok(done)) => tracing::debug!(job = job.as_str(), %done, "a job ran"),
            Ok(Err(fault)) => tracing::error!(job = job.as_str(), ?fault, "a job failed"),
            Err(_panic) => tracing::error!(job = job.as_str(), "a job panicked"),
        }
        match job {
            Job::Deliver => {
                if app.jobs().wait(job.interval()) == Woken::ByChange {
                    app.jobs().pause(GATHER);
                }
            }
            Job::Remind | Job::Rescan | Job::Sweep | Job::Retention => app.jobs().pause(job.interval()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nudge_is_not_lost_and_wakes_once() {
        let signal = Signal::default();
        signal.nudge();
        signal.nudge();
        assert_eq!(signal.wait(Duration::from_secs(60)), Woken::ByChange);
        assert_eq!(signal.wait(Duration::ZERO), Woken::ByTime);
        signal.nudge();
        signal.stop();
        assert_eq!(signal.wait(Duration::from_secs(60)), Woken::ToStop);
    }
}
