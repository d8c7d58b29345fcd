//! How the jobs and the mail fare, for whoever watches the service, and for the managers once mail is back.
//!
//! Three things must not go unnoticed: a run that found mail due and sent none, mail that has failed for an hour, and a
//! job that has not run for two of its intervals. What lasts is a row without an end; what is over stays on record, so
//! that it can still be told when there is a way to tell it.

use std::time::Duration;

use chrono::TimeDelta;
use chrono_tz::Europe::London;

use super::deliver::claim_of;
use super::store::{self, Trouble};
use super::{Job, Report};
use crate::app::App;
use crate::db::Conn;
use crate::error::Error;
use crate::outbox::model::{MessageState, TRIED_FOR};
use crate::time::Instant;
use crate::words::Vocabulary;

/// A run found mail due and sent none.
const NOTHING_SENT: &str = "nothing_sent";

/// No mail has left since the first that could not.
const MAIL_FAILING: &str = "mail_failing";

/// What stands before the name of a job that did not run.
const STOPPED: &str = "stopped:";

/// The mark of the last mail that left.
const MAIL_SENT: &str = "mail_sent";

/// For how long mail must have failed to be worth an alarm.
const FAILING_FOR: TimeDelta = TimeDelta::hours(1);

/// The mark of a job.
fn mark_of(job: Job) -> String {
    format!("job:{}", job.as_str())
}

/// For how long a job may not have run before it is worth an alarm: two of its intervals.
fn patience(job: Job) -> TimeDelta {
    TimeDelta::from_std(job.interval().saturating_mul(2)).unwrap_or(TimeDelta::MAX)
}

/// A job begins. That it should have before is put on record.
pub(super) fn begins(app: &App, job: Job) -> Result<(), Error> {
    let (name, now) = (mark_of(job), app.now().at);
    match app.db().read(|conn| store::marked_at(conn, &name))? {
        Some(last) if last.plus(patience(job)) < now => {
            app.db().write(|tx| store::keep(tx, &format!("{STOPPED}{}", job.as_str()), last, Some(now)))
        }
        _ => Ok(()),
    }
}

/// A job has run to its end, or is in the middle of much work.
pub(super) fn runs(app: &App, job: Job) -> Result<(), Error> {
    app.db().write(|tx| store::mark(tx, &mark_of(job), app.now().at))
}

/// A delivery is over: what it tells about the mail. `tried` is whether any message was.
pub(super) fn delivered(app: &App, report: &Report, tried: bool) -> Result<(), Error> {
    let (lasts, waiting) =
        app.db().read(|conn| Ok((!store::lasting(conn)?.is_empty(), store::is_any_waiting_again(conn)?)))?;
    if !tried && (!lasts || waiting) {
        return Ok(());
    }
    let now = app.now().at;
    app.db().write(|tx| {
        if report.sent > 0 {
            store::mark(tx, MAIL_SENT, now)?;
        }
        if report.sent > 0 || !tried {
            store::end(tx, NOTHING_SENT, now, TimeDelta::zero())?;
        } else {
            store::begin(tx, NOTHING_SENT, now)?;
        }
        // A server that refuses a mail for good works; one that puts it off may not.
        let failing = report.left || (report.sent == 0 && report.deferred > 0);
        if report.sent > 0 || !failing {
            store::end(tx, MAIL_FAILING, now, FAILING_FOR)?;
        }
        if failing { store::begin(tx, MAIL_FAILING, now) } else { Ok(()) }
    })
}

/// Whether no mail leaves at all.
pub fn is_outage(conn: &mut Conn) -> Result<bool, Error> {
    Ok(store::lasting(conn)?.iter().any(|trouble| trouble.kind == MAIL_FAILING))
}

/// How the jobs and the mail fare now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Messages that wait, those that are due and those in the hands of a process among them.
    pub queued: i64,
    /// Messages in the hands of a process.
    pub being_sent: i64,
    /// Messages that were given up.
    pub failed: i64,
    /// Addresses that refuse mail, at which no more is tried.
    pub refusing: i64,
    /// For how long the message that has been due longest has been so.
    pub oldest_due: Option<TimeDelta>,
    /// How long ago the last mail left; none where none ever did.
    pub last_sent: Option<TimeDelta>,
    /// For how long no mail has left since the first that could not; none while all is well.
    pub failing_for: Option<TimeDelta>,
    /// Whether the last run that found mail due sent none.
    pub nothing_sent: bool,
    /// How long ago each job last ran to its end; none where it never did.
    pub jobs: Vec<(Job, Option<TimeDelta>)>,
}

impl Health {
    /// Looks.
    pub fn of(app: &App, conn: &mut Conn) -> Result<Self, Error> {
        let now = app.now().at;
        let ago = |at: Instant| now.utc() - at.utc();
        let marks = store::marks(conn)?;
        let lasting = store::lasting(conn)?;
        let since = |kind: &str| lasting.iter().find(|trouble| trouble.kind == kind).map(|trouble| ago(trouble.since));
        Ok(Self {
            queued: store::in_state(conn, MessageState::Queued)?,
            being_sent: store::being_sent(conn, now)?,
            failed: store::in_state(conn, MessageState::Failed)?,
            refusing: store::refusing(conn)?,
            oldest_due: crate::outbox::store::oldest_due(conn, claim_of(app)?)?.map(ago),
            last_sent: marks.get(MAIL_SENT).copied().map(ago),
            failing_for: since(MAIL_FAILING),
            nothing_sent: since(NOTHING_SENT).is_some(),
            jobs: Job::all().iter().map(|job| (*job, marks.get(&mark_of(*job)).copied().map(ago))).collect(),
        })
    }

    /// Whether mail has failed for so long that somebody should look.
    pub fn mail_is_failing(&self) -> bool {
        self.failing_for.is_some_and(|time| time >= FAILING_FOR)
    }

    /// The jobs that have not run for two of their intervals, or never.
    pub fn stopped_jobs(&self) -> Vec<Job> {
        let late = |(job, ago): &(Job, Option<TimeDelta>)| ago.is_none_or(|ago| ago > patience(*job)).then_some(*job);
        self.jobs.iter().filter_map(late).collect()
    }
}

/// What went wrong with mail and jobs, a sentence each: what lasts, and what ended after a moment, such as that of the
/// last digest. For people who could not be told while it lasted.
pub fn troubles(conn: &mut Conn, now: Instant, after: Instant) -> Result<Vec<String>, Error> {
    let known = store::troubles(conn, after)?;
    let mut told: Vec<String> = known.iter().filter_map(|trouble| sentence(trouble, now)).collect();
    let marks = store::marks(conn)?;
    for job in Job::all() {
        if let Some(last) = marks.get(&mark_of(*job)).filter(|last| last.plus(patience(*job)) < now) {
            let kind = format!("{STOPPED}{}", job.as_str());
            told.extend(sentence(&Trouble { kind, since: *last, ended_at: None }, now));
        }
    }
    Ok(told)
}

fn sentence(trouble: &Trouble, now: Instant) -> Option<String> {
    let lasted = trouble.ended_at.unwrap_or(now).utc() - trouble.since.utc();
    let from = moment(trouble.since);
    let until = match trouble.ended_at {
        Some(at) => format!("until {}", moment(at)),
        None => "and still".to_owned(),
    };
    match trouble.kind.as_str() {
        NOTHING_SENT => Some(format!("Mail was due and none could be sent from {from} {until}.")),
        // It may be over before it is worth telling.
        MAIL_FAILING if lasted < FAILING_FOR => None,
        MAIL_FAILING => {
            let then = match trouble.ended_at {
                None => "what is due waits, and is given up after a day of trying.",
                Some(_) if lasted < TRIED_FOR => "what was due in that time came late.",
                Some(_) => {
                    "what was due in that time came late or was given up. What is still owed of it has been queued anew."
                }
            };
            Some(format!("Mail failed from {from} {until}: {then}"))
        }
        kind => {
            let job = kind.strip_prefix(STOPPED)?;
            Some(format!("The job \"{job}\" did not run from {from} {until}."))
        }
    }
}

/// A moment as people write it, in London.
fn moment(at: Instant) -> String {
    at.utc().with_timezone(&London).format("%-d %B %Y at %H:%M").to_string()
}

impl Job {
    /// How often it runs where nothing wakes it.
    pub fn interval(self) -> Duration {
        match self {
            Self::Deliver => Duration::from_secs(30),
            // All but the first run of a day find nothing, unless a day has moved.
            Self::Remind => Duration::from_secs(3600),
            Self::Rescan => Duration::from_secs(5 * 60),
            Self::Sweep | Self::Retention => Duration::from_secs(24 * 3600),
        }
    }
}
