//! The thread that runs the jobs of a process: on their interval, and soon after a change was committed.

use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{Job, run};
use crate::app::App;
use crate::error::Error;
use crate::words::Vocabulary;

/// How often the jobs run where nothing wakes them.
const INTERVAL: Duration = Duration::from_secs(30);

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
    thread: JoinHandle<()>,
}

/// Starts the jobs of this process.
pub fn start(app: App) -> Result<Scheduler, Error> {
    let of_thread = app.clone();
    let thread = std::thread::Builder::new()
        .name("jobs".to_owned())
        .spawn(move || run_until_stopped(&of_thread))
        .map_err(|fault| Error::internal(fault.to_string()))?;
    Ok(Scheduler { app, thread })
}

impl Scheduler {
    /// Stops the jobs, and returns when the mail that is being sent is settled.
    pub fn stop(self) {
        self.app.jobs().stop();
        if self.thread.join().is_err() {
            tracing::error!("the jobs had panicked");
        }
    }
}

fn run_until_stopped(app: &App) {
    loop {
        for job in Job::all() {
            // One job that fails, or panics, must not end the others.
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(app, *job)));
            match outcome {
                Ok(Ok(report)) => tracing::debug!(job = job.as_str(), ?report, "a job ran"),
                Ok(Err(fault)) => tracing::error!(job = job.as_str(), ?fault, "a job failed"),
                Err(_panic) => tracing::error!(job = job.as_str(), "a job panicked"),
            }
        }
        match app.jobs().wait(INTERVAL) {
            Woken::ToStop => return,
            Woken::ByChange => app.jobs().pause(GATHER),
            Woken::ByTime => {}
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
