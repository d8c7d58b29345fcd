//! A run: finds page by page what is due on a day, and queues it; or tells what it would queue.

mod advice;
mod digests;
mod families;
mod information;

use std::sync::Arc;

use chrono::NaiveDate;
use statute::AdviceKind;

use super::model::{Day, Position, Queued};
use crate::advice::notices;
use crate::app::App;
use crate::auth::{Acting, LinkPurpose};
use crate::calendar;
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;
use crate::jobs;
use crate::mail::{Link, Notice};
use crate::outbox;
use crate::outbox::model::{Message, NewMessage};
use crate::outbox::store::Claim;
use crate::time::Instant;
use digests::{Digests, GivenUpMails, News};

/// How many rows are looked at together.
const SCANNED: i64 = 500;

/// The most messages that one row gives: to a team and to its escalation mailbox.
pub const OF_ONE_ROW: usize = 2;

/// As long ago as nothing on record is.
const EVER: chrono::TimeDelta = chrono::TimeDelta::days(36_500);

/// A message that is due.
#[derive(Debug, Clone)]
pub struct Due {
    /// The message.
    pub message: NewMessage,
    /// What people call its case.
    pub reference: Option<String>,
    /// Why it is due.
    pub why: String,
    /// The organisation to whose mailbox it brings a secure link.
    link_of: Option<Id>,
}

/// One look at the messages of a day, a page after another.
#[derive(Debug)]
pub struct Run {
    day: Day,
    /// What the managers are to be told beside what is due.
    news: News,
    digests: Option<Digests>,
}

/// A page, and where to go on.
type PageOf<K> = (Vec<Due>, Option<K>);

impl Run {
    /// About a day.
    pub fn on(app: &App, conn: &mut Conn, on: NaiveDate) -> Result<Self, Error> {
        let calendar = Arc::new(calendar::store::working_days(conn)?);
        let day = Day { on, calendar, rules: app.settings().notices.clone() };
        let now = app.now().at;
        let midnight = Instant::in_london(on, 0).unwrap_or(now);
        let last = outbox::store::last_sent(conn, Notice::ManagersDigest, midnight)?.map(|(at, _)| at);
        // Where none was ever sent, nobody has been told of anything that is on record.
        let troubles = jobs::troubles(conn, now, last.unwrap_or_else(|| now.plus(-EVER)))?;
        let given_up = GivenUpMails::since(conn, last, day.rules.caseworkers.lines)?;
        Ok(Self { day, news: News { troubles, given_up }, digests: None })
    }

    /// Whether it is a day on which anything is queued.
    pub fn is_open(&self) -> bool {
        self.day.is_open()
    }

    /// What is due and not written yet from a position on, `most` messages at most; and where to go on.
    pub fn page(&mut self, conn: &mut Conn, at: Position, most: usize) -> Result<(Vec<Due>, Option<Position>), Error> {
        let (found, next) = match at {
            Position::Lost(_) | Position::Waiting(_) => (Vec::new(), Some(Position::Advice(None))),
            Position::Advice(after) => {
                let (found, last) = advice::page(conn, &self.day, after, most)?;
                (found, Some(last.map_or(Position::Information(None), |last| Position::Advice(Some(last)))))
            }
            Position::Information(after) => {
                let (found, last) = information::page(conn, &self.day, after, most)?;
                (found, Some(last.map_or(Position::Families(None), |last| Position::Information(Some(last)))))
            }
            Position::Families(after) => {
                let (found, last) = families::page(conn, &self.day, after, most)?;
                (found, Some(last.map_or(Position::Caseworkers(None), |last| Position::Families(Some(last)))))
            }
            Position::Caseworkers(after) => {
                let (digests, day) = self.digests(conn)?;
                let (found, last) = digests.to_caseworkers(day, after, most);
                (found, Some(last.map_or(Position::Managers(None), |last| Position::Caseworkers(Some(last)))))
            }
            Position::Managers(after) => {
                let news = self.news.clone();
                let (digests, day) = self.digests(conn)?;
                let (found, last) = digests.to_managers(conn, day, &news, after, most)?;
                (found, Some(last.map_or(Position::Weekly(None), |last| Position::Managers(Some(last)))))
            }
            Position::Weekly(after) => {
                let (found, last) = digests::weekly(conn, &self.day, after, most)?;
                (found, last.map(|last| Position::Weekly(Some(last))))
            }
        };
        Ok((unwritten(conn, found)?, next))
    }

    /// What stands in digests, gathered once a run.
    fn digests(&mut self, conn: &mut Conn) -> Result<(&Digests, &Day), Error> {
        if self.digests.is_none() {
            self.digests = Some(Digests::gather(conn, &self.day)?);
        }
        let missing = || Error::internal("digests were gathered and are not there");
        Ok((self.digests.as_ref().ok_or_else(missing)?, &self.day))
    }
}

/// Leaves out what is written already.
fn unwritten(conn: &mut Conn, mut found: Vec<Due>) -> Result<Vec<Due>, Error> {
    if found.is_empty() {
        return Ok(found);
    }
    let keys: Vec<String> = found.iter().map(|due| due.message.dedupe_key.clone()).collect();
    let known: std::collections::BTreeSet<String> = outbox::store::known_keys(conn, &keys)?.into_iter().collect();
    found.retain(|due| !known.contains(&due.message.dedupe_key));
    Ok(found)
}

/// Queues what is due today and not written yet. It ends early when the service stops.
pub fn queue(app: &App) -> Result<Queued, Error> {
    let acting = app.system("reminders");
    let revived = revive(app, &acting)?;
    let mut run = app.db().read(|conn| Run::on(app, conn, acting.today))?;
    let mut report = Queued { closed: !run.is_open(), revived, ..Queued::default() };
    let mut position = (!report.closed).then_some(Position::Advice(None));
    while let Some(at) = position.filter(|_| !app.jobs().is_stopping()) {
        let (found, next) = app.db().read(|conn| run.page(conn, at, usize::MAX))?;
        if !found.is_empty() {
            report.due = report.due.saturating_add(found.len());
            let queued = app.db().write(|tx| keep(app, tx, &acting, &run.day, at, found))?;
            report.queued = report.queued.saturating_add(queued);
        }
        position = next;
    }
    if report.queued > 0 || report.revived > 0 {
        app.jobs().nudge();
    }
    Ok(report)
}

/// What is owed until it is sent. A reminder and a chase are the ladder's to repeat; a digest, and a link that is good for
/// minutes, are of their day.
const OWED: [Notice; 8] = [
    Notice::AdviceRequest,
    Notice::AdviceLink,
    Notice::InformationRequest,
    Notice::FamilyRequestReceived,
    Notice::FamilyDraftServed,
    Notice::FamilyPlanIssued,
    Notice::FamilyDateAtRisk,
    Notice::Invitation,
];

/// Messages that were lost, with the references of their cases; and where to go on.
type Lost = (Vec<(Message, Option<String>)>, Option<Id>);

/// What was lost while no mail left and is still owed on a day, with the references of its cases; and where to go on.
/// Nothing while still no mail leaves. What a step has made moot is withdrawn by then, and what tells a day that is over is
/// let be: but for advice and information, which are owed however late.
pub fn lost(conn: &mut Conn, on: NaiveDate, after: Option<Id>, most: usize) -> Result<Lost, Error> {
    if jobs::is_outage(conn)? {
        return Ok((Vec::new(), None));
    }
    let limit = i64::try_from(most).unwrap_or(SCANNED).min(SCANNED);
    let mut found = outbox::store::lost(conn, &OWED, after, limit)?;
    let full = found.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let last = found.last().filter(|_| full).map(|(message, _)| message.id);
    found.retain(|(message, _)| {
        let asks = message.advice_request_id.is_some() || message.information_request_id.is_some();
        asks || message.is_told_in_time(on)
    });
    Ok((found, last))
}

/// Queues once more what was lost and is still owed.
fn revive(app: &App, acting: &Acting) -> Result<usize, Error> {
    let (mut revived, mut after) = (0_usize, None);
    loop {
        let (found, last) = app.db().read(|conn| lost(conn, acting.today, after, usize::MAX))?;
        let ids: Vec<Id> = found.into_iter().map(|(message, _)| message.id).collect();
        if !ids.is_empty() {
            let queued = app.db().write(|tx| outbox::store::requeue(tx, &ids, false, acting.at))?;
            revived = revived.saturating_add(queued);
        }
        after = last;
        if after.is_none() {
            return Ok(revived);
        }
    }
}

/// Queues a page. What is about a case is decided once more with the case held: a step may just have been taken on it, or
/// another process may have been first. Answers how many messages are new.
fn keep(app: &App, tx: &mut Tx<'_>, acting: &Acting, day: &Day, at: Position, found: Vec<Due>) -> Result<usize, Error> {
    let midnight = Instant::in_london(day.on, 0).unwrap_or(acting.at);
    let due = match at {
        Position::Advice(_) => advice::again(tx, acting, day, midnight, &found)?,
        Position::Information(_) => information::again(tx, acting, day, midnight, &found)?,
        Position::Families(_) => families::again(tx, day, &found)?,
        _ => {
            digests::supersede(tx, acting, midnight, &found)?;
            found
        }
    };
    let mut links = Vec::new();
    let mut messages = Vec::new();
    for mut one in unwritten(tx, due)? {
        let link = match (one.link_of, one.message.advice_request_id) {
            (Some(organisation), Some(request)) => {
                Some(notices::new_link(app, acting, request, organisation, &one.message.recipient)?)
            }
            _ => None,
        };
        if let Some(link) = &link {
            one.message = one.message.with_link(Link::new(LinkPurpose::AdviceLink, link.id));
        }
        links.push(one.message.case_id.zip(link));
        messages.push(one.message);
    }
    let new = outbox::enqueue_all(tx, acting, messages)?;
    let kept = new.iter().zip(links).filter(|(new, _)| **new).filter_map(|(_, link)| link).collect();
    notices::keep_links(tx, acting, kept)?;
    Ok(new.into_iter().filter(|new| *new).count())
}

/// Why a message is queued once more.
pub const STILL_OWED: &str = "no mail could leave when it was due, and it is still owed";

/// Hears of a message: its kind, its address, what people call its case, and why it is due.
type Telling<'a> = &'a mut dyn FnMut(Notice, &str, Option<&str>, &str);

/// Tells, one after the other, what a run would queue today, and does nothing: kind, address, case, and why.
pub fn preview(app: &App, tell: Telling<'_>) -> Result<(), Error> {
    let today = app.now().today;
    let mut after = None;
    loop {
        let (found, last) = app.db().read(|conn| lost(conn, today, after, usize::MAX))?;
        for (message, reference) in &found {
            tell(message.kind.0, &message.recipient, reference.as_deref(), STILL_OWED);
        }
        after = last;
        if after.is_none() {
            break;
        }
    }
    let mut run = app.db().read(|conn| Run::on(app, conn, today))?;
    let mut position = run.is_open().then_some(Position::Advice(None));
    while let Some(at) = position {
        let (found, next) = app.db().read(|conn| run.page(conn, at, usize::MAX))?;
        for due in &found {
            tell(due.message.kind, &due.message.recipient, due.reference.as_deref(), &due.why);
        }
        position = next;
    }
    Ok(())
}

/// Messages that are queued, with the references of their cases; and where to go on.
type Onwards = (Vec<(Message, Option<String>)>, Option<(Instant, Id)>);

/// What is queued already and would leave on a day, with the references of its cases; and where to go on.
pub fn waiting(
    conn: &mut Conn,
    acting: &Acting,
    run: &Run,
    after: Option<(Instant, Id)>,
    most: usize,
) -> Result<Onwards, Error> {
    let end = run.day.on.succ_opt().and_then(|next| Instant::in_london(next, 0)).unwrap_or(acting.at);
    // Whatever is put off or held now has its turn within the day.
    let claim = Claim { now: acting.at.plus(chrono::TimeDelta::days(1)), moment: end, in_hours: run.is_open() };
    let limit = i64::try_from(most).unwrap_or(SCANNED).min(SCANNED);
    let found = outbox::store::due_after(conn, claim, after, limit)?;
    let full = found.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let last = found.last().filter(|_| full).map(|(message, _)| (message.next_attempt_at, message.id));
    Ok((found, last))
}

/// A kind of advice as a line begins with it.
fn capitalised(kind: AdviceKind) -> String {
    let mut letters = kind.description().chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A day as people write it.
fn long(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}
