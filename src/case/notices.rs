//! What goes out by mail to the family, where the authority has switched it on. Each message is queued in the transaction
//! of the step that causes it; it carries a reference and a day, and nothing about the child.

use chrono::NaiveDate;
use serde_json::json;
use statute::{RuleId, Stage};

use super::model::{Case, Mailbox};
use super::store;
use crate::app::App;
use crate::auth::Acting;
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;
use crate::mail::Notice;
use crate::outbox;
use crate::outbox::model::{MessageState, Moot, NewMessage};
use crate::words::Vocabulary;

/// Whom to write to today and where: the parent, or the young person once the rights have passed; nobody where families are
/// not written to at all.
fn family(app: &App, conn: &mut Conn, acting: &Acting, case: &Case) -> Result<Option<Mailbox>, Error> {
    if !app.settings().notices.family.notices || case.contacts.0.is_empty() {
        return Ok(None);
    }
    let person = store::person(conn, case)?;
    Ok(Mailbox::of(
        case.addressee((person.date_of_birth, person.lacks_capacity_since()), acting.today),
        &case.contacts.0,
    ))
}

/// Tells that the request was received, and by when it will be decided. Not once that day is over: the mail would be no
/// news.
pub fn request_received(app: &App, tx: &mut Tx<'_>, acting: &Acting, case: &Case) -> Result<(), Error> {
    match (family(app, tx, acting, case)?, decision_due_on(tx, case)?) {
        (Some(to), Some(due_on)) if due_on >= acting.today => {
            outbox::enqueue(tx, acting, received(case, to, due_on, false))
        }
        _ => Ok(()),
    }
}

fn received(case: &Case, to: Mailbox, due_on: NaiveDate, corrected: bool) -> NewMessage {
    mail(Notice::FamilyRequestReceived, case, to, &due_on.to_string())
        .with("received_on", json!(case.received_on))
        .with("due_on", json!(due_on))
        .with("corrected", corrected)
}

/// Tells that a draft was served, and until when it can be commented on.
pub fn draft_served(app: &App, tx: &mut Tx<'_>, acting: &Acting, case: &Case, plan: Id) -> Result<(), Error> {
    let moot = Moot { case_id: Some(case.id), kinds: vec![Notice::FamilyDraftServed], ..Moot::default() };
    outbox::withdraw(tx, acting, &moot)?;
    match (family(app, tx, acting, case)?, last_day_to_comment(tx, case, plan)?) {
        (Some(to), Some(due_on)) if due_on >= acting.today => {
            outbox::enqueue(tx, acting, served(case, to, plan, due_on, false))
        }
        _ => Ok(()),
    }
}

fn served(case: &Case, to: Mailbox, plan: Id, due_on: NaiveDate, corrected: bool) -> NewMessage {
    mail(Notice::FamilyDraftServed, case, to, &format!("{plan}:{due_on}"))
        .with("due_on", json!(due_on))
        .with("corrected", corrected)
}

/// Tells that the final plan was sent, and until when it can be appealed.
pub fn plan_issued(
    app: &App,
    tx: &mut Tx<'_>,
    acting: &Acting,
    case: &Case,
    (plan, issued_on): (Id, NaiveDate),
) -> Result<(), Error> {
    let Some(to) = family(app, tx, acting, case)? else {
        return Ok(());
    };
    let subject = Some(plan.to_string());
    let appeal = store::deadlines(tx, case.id)?
        .into_iter()
        .find(|one| one.rule.0 == RuleId::Appeal && one.subject_id == subject && one.due_on >= acting.today);
    outbox::enqueue(tx, acting, issued(case, to, (plan, issued_on), appeal.map(|one| one.due_on), false))
}

fn issued(
    case: &Case,
    to: Mailbox,
    (plan, issued_on): (Id, NaiveDate),
    appeal_by: Option<NaiveDate>,
    corrected: bool,
) -> NewMessage {
    let key = if corrected { format!("{plan}:{issued_on}") } else { plan.to_string() };
    mail(Notice::FamilyPlanIssued, case, to, &key)
        .with("issued_on", json!(issued_on))
        .with("appeal_by", json!(appeal_by))
        .with("corrected", corrected)
}

/// Tells the day of a final plan and the last day to appeal anew, where either was told and has been corrected since.
fn plan_corrected(
    tx: &mut Tx<'_>,
    acting: &Acting,
    case: &Case,
    to: Mailbox,
    (plan, issued_on): (Id, NaiveDate),
) -> Result<(), Error> {
    let subject = Some(plan.to_string());
    let rows = store::deadlines(tx, case.id)?;
    let appeal = rows.into_iter().find(|one| one.rule.0 == RuleId::Appeal && one.subject_id == subject);
    let appeal_by = appeal.map(|one| one.due_on).filter(|due_on| *due_on >= acting.today);
    let told = outbox::told_days(tx, case.id, Notice::FamilyPlanIssued, ["issued_on", "appeal_by"])?;
    let Some((_, latest)) = told.last() else {
        return Ok(());
    };
    if *latest == [Some(issued_on), appeal_by] || appeal_by.is_none() {
        return Ok(());
    }
    let kinds = vec![Notice::FamilyPlanIssued];
    outbox::withdraw(tx, acting, &Moot { case_id: Some(case.id), kinds, ..Moot::default() })?;
    let was_sent = told.iter().any(|(state, _)| *state == MessageState::Sent);
    outbox::enqueue(tx, acting, issued(case, to, (plan, issued_on), appeal_by, was_sent))
}

/// Tells the family of a day that was told and has been corrected since: one that still waits to be told is told right,
/// one that was told is taken back.
pub fn corrected(
    app: &App,
    tx: &mut Tx<'_>,
    acting: &Acting,
    case: &Case,
    (draft, plan): (Option<Id>, Option<(Id, NaiveDate)>),
) -> Result<(), Error> {
    let Some(to) = family(app, tx, acting, case)? else {
        return Ok(());
    };
    let decision = decision_due_on(tx, case)?.map(|due_on| (Notice::FamilyRequestReceived, None, due_on));
    let comment = match draft {
        Some(plan) => {
            last_day_to_comment(tx, case, plan)?.map(|due_on| (Notice::FamilyDraftServed, Some(plan), due_on))
        }
        None => None,
    };
    for (kind, plan, due_on) in decision.into_iter().chain(comment) {
        let told = outbox::told(tx, case.id, kind)?;
        let latest = told.last().and_then(|(_, told)| *told);
        if latest.is_none_or(|latest| latest == due_on) {
            continue;
        }
        let moot = Moot { case_id: Some(case.id), kinds: vec![kind], ..Moot::default() };
        outbox::withdraw(tx, acting, &moot)?;
        let was_sent = told.iter().any(|(state, _)| *state == MessageState::Sent);
        let message = match plan {
            None => received(case, to.clone(), due_on, was_sent),
            Some(plan) => served(case, to.clone(), plan, due_on, was_sent),
        };
        outbox::enqueue(tx, acting, message)?;
    }
    match plan {
        Some(plan) => plan_corrected(tx, acting, case, to, plan),
        None => Ok(()),
    }
}

/// By when it is to be decided whether to assess, while it is undecided.
fn decision_due_on(conn: &mut Conn, case: &Case) -> Result<Option<NaiveDate>, Error> {
    if case.stage.0 != Stage::AwaitingDecision {
        return Ok(None);
    }
    let open = |one: &store::Derived| one.rule.0 == RuleId::DecideToAssess && one.applicable && one.met_on.is_none();
    Ok(store::deadlines(conn, case.id)?.into_iter().find(open).map(|one| one.due_on))
}

/// Until when a draft can be commented on, while it can be.
fn last_day_to_comment(conn: &mut Conn, case: &Case, plan: Id) -> Result<Option<NaiveDate>, Error> {
    if case.stage.0 != Stage::DraftServed {
        return Ok(None);
    }
    let subject = Some(plan.to_string());
    let of_plan = |one: &store::Derived| {
        one.rule.0 == RuleId::Representations && one.subject_id == subject && one.met_on.is_none()
    };
    Ok(store::deadlines(conn, case.id)?.into_iter().find(of_plan).map(|one| one.due_on))
}

fn mail(kind: Notice, case: &Case, to: Mailbox, key: &str) -> NewMessage {
    NewMessage::new(kind, to.address, format!("{}:{}:{key}", kind.as_str(), case.id))
        .to_addressee(to.addressee)
        .with("reference", case.reference.as_str())
        .about_case(case.id)
}
