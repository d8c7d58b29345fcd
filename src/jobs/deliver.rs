//! Sends the mail that is queued and due: claimed in one short transaction, sent outside any, settled in another.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;

use super::{Job, Report, alarm, hours};
use crate::app::App;
use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::calendar;
use crate::db::Tx;
use crate::error::Error;
use crate::ids::Id;
use crate::mail::{Attempt, Mail};
use crate::outbox::model::{Message, MessageState};
use crate::outbox::store::{self, Claim};
use crate::time::Instant;
use crate::words::Vocabulary;

/// How many messages are claimed together.
const BATCH: i64 = 20;

/// How many messages are looked at together where nothing is sent.
const PREVIEWED: i64 = 500;

/// For how long they are claimed.
const LEASE: TimeDelta = TimeDelta::minutes(20);

/// How long one mail may take at worst, every step of its conversation being as slow as it may. What could not be sent before the lease ends is given back.
const ONE_MAIL: TimeDelta = TimeDelta::minutes(15);

/// How long to wait where an attempt could not be put on record.
const SETTLE_AGAIN: Duration = Duration::from_secs(2);

/// Sends until nothing is due, the mail server can't be reached, or the service stops.
pub fn run(app: &App) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut tried = false;
    let outage = app.db().read(alarm::is_outage)?;
    while !app.jobs().is_stopping() {
        let claim = claim_of(app)?;
        if !app.db().read(|conn| store::is_any_due(conn, claim))? {
            break;
        }
        let until = claim.now.plus(LEASE);
        let (lease, batch) = app.db().write(|tx| store::claim(tx, claim, until, BATCH))?;
        if batch.is_empty() {
            // Others took these in the same moment; there may be more.
            continue;
        }
        let mut given_back = false;
        for message in &batch {
            if app.jobs().is_stopping() || app.now().at.plus(ONE_MAIL) > until {
                given_back = true;
                break;
            }
            let attempt = send(app, message)?;
            tried |= !matches!(attempt, Attempt::Withheld(_));
            if let Err(fault) = settle_surely(app, message, (&attempt, outage), &mut report, until) {
                // The others were not tried: whoever comes next may have them.
                app.db().write(|tx| store::release(tx, lease))?;
                return Err(fault);
            }
            if matches!(attempt, Attempt::Unreachable(_)) {
                report.left = true;
                break;
            }
        }
        if given_back || report.left {
            app.db().write(|tx| store::release(tx, lease))?;
        }
        if report.left {
            break;
        }
        // With much mail to send, a run takes longer than its interval.
        alarm::runs(app, Job::Deliver)?;
    }
    alarm::delivered(app, &report, tried)?;
    Ok(report)
}

/// Tells what would be sent now.
pub(super) fn preview(app: &App, tell: &mut dyn FnMut(String)) -> Result<(), Error> {
    let claim = claim_of(app)?;
    let mut last = None;
    loop {
        let page = app.db().read(|conn| store::due_after(conn, claim, last, PREVIEWED))?;
        for (message, reference) in &page {
            let about = reference.as_ref().map(|reference| format!(" about {reference}")).unwrap_or_default();
            tell(format!("would send {} to {}{about}: {}", message.kind, message.recipient, message.why_it_waits()));
        }
        match page.last() {
            Some((message, _)) => last = Some((message.next_attempt_at, message.id)),
            None => return Ok(()),
        }
    }
}

pub(super) fn claim_of(app: &App) -> Result<Claim, Error> {
    let moment = app.moment_of_casework();
    let working_days = app.db().read(calendar::store::working_days)?;
    Ok(Claim {
        now: app.now().at,
        moment,
        in_hours: hours::is_open(moment, app.settings().notices.hours, &working_days),
    })
}

fn send(app: &App, message: &Message) -> Result<Attempt, Error> {
    if !message.insisted
        && let Some(bounce) = app.db().read(|conn| store::bounce(conn, &message.recipient))?
        && bounce.is_marked()
    {
        return Ok(Attempt::Withheld(bounce.reason()));
    }
    let letter = match app.letters().letter(message.kind.0, &message.params.0, app.now().today, app.tokens()) {
        Ok(letter) => letter,
        Err(fault) => {
            tracing::error!(?fault, message = %message.id, "a mail's words can't be made");
            return Ok(Attempt::Refused("the words of this mail can't be made; the log says why".to_owned()));
        }
    };
    Ok(app.mailer().send(&Mail { id: message.id, to: message.recipient.clone(), at: message.created_at, letter }))
}

/// Settles an attempt, again and again for as long as the message is ours: a mail that a server took and nobody put on
/// record would go a second time.
fn settle_surely(
    app: &App,
    message: &Message,
    attempt: (&Attempt, bool),
    report: &mut Report,
    until: Instant,
) -> Result<(), Error> {
    loop {
        match settle(app, message, attempt, report) {
            Err(fault) if !app.jobs().is_stopping() && app.now().at.plus(ONE_MAIL) < until => {
                tracing::warn!(?fault, message = %message.id, "an attempt could not be put on record yet");
                std::thread::sleep(SETTLE_AGAIN);
            }
            outcome => return outcome,
        }
    }
}

/// A chase that a mail server took is evidence: it stands in the case's history.
fn record_chase(tx: &mut Tx<'_>, acting: &Acting, message: &Message) -> Result<(), Error> {
    let (Some(number), Some(case)) = (message.chase_number, message.case_id) else {
        return Ok(());
    };
    let event = match (message.advice_request_id, message.information_request_id) {
        (Some(request), _) => Event::new("advice_chased", "advice_request", request),
        (None, Some(request)) => Event::new("information_chased", "information_request", request),
        (None, None) => return Ok(()),
    };
    let event = event.case(case).on(acting.today);
    let due_on = message.params.0.get("due_on");
    audit::record(tx, acting, event.after(&json!({ "number": number, "to": message.recipient, "due_on": due_on })))
}

fn settle(app: &App, message: &Message, (attempt, outage): (&Attempt, bool), report: &mut Report) -> Result<(), Error> {
    let acting = app.system("mail");
    let state = app.db().write(|tx| {
        let state = store::settle(tx, message, attempt, outage, acting.at)?;
        if state == Some(MessageState::Sent) {
            record_chase(tx, &acting, message)?;
        }
        Ok(state)
    })?;
    let id: Id = message.id;
    match state {
        Some(MessageState::Sent) => report.sent = report.sent.saturating_add(1),
        Some(MessageState::Failed) => {
            report.failed = report.failed.saturating_add(1);
            tracing::warn!(message = %id, kind = message.kind.0.as_str(), "a mail was given up");
        }
        Some(MessageState::Queued) => {
            report.deferred = report.deferred.saturating_add(1);
            tracing::info!(message = %id, kind = message.kind.0.as_str(), "a mail will be tried again");
        }
        Some(MessageState::Withdrawn) => {}
        None => tracing::warn!(message = %id, "another process took a message over while it was sent"),
    }
    Ok(())
}
