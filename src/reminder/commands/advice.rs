//! Reminders and chases of those who owe advice.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::json;
use statute::{AdviceStatus, Basis, advice_basis};

use super::{Due, OF_ONE_ROW, PageOf, SCANNED, long};
use crate::auth::Acting;
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;
use crate::mail::Notice;
use crate::outbox;
use crate::outbox::model::{MessageState, NewMessage, Written};
use crate::outbox::store::Superseded;
use crate::reminder::model::{Day, Earlier, Fate, Step, in_words, step_of};
use crate::reminder::store::{self, Owed};
use crate::text::fold_address;
use crate::time::Instant;

/// What a newer message takes the place of.
const SUPERSEDED: [Notice; 2] = [Notice::AdviceReminder, Notice::AdviceChase];

/// What is due of the requests after a key.
pub(super) fn page(
    conn: &mut Conn,
    day: &Day,
    after: Option<(NaiveDate, Id)>,
    most: usize,
) -> Result<PageOf<(NaiveDate, Id)>, Error> {
    let owed = store::owed(conn, day.latest_reminded(), after, SCANNED)?;
    let full = owed.len() >= usize::try_from(SCANNED).unwrap_or(usize::MAX);
    let (found, cut) = due_of(conn, day, &owed, most)?;
    let last = cut.or_else(|| owed.last().filter(|_| full));
    Ok((found, last.and_then(|one| Some((one.due_on?, one.id)))))
}

/// The same for requests that were found to have something due, with their cases held. What still waits about them from an
/// earlier day is withdrawn.
pub(super) fn again(
    tx: &mut Tx<'_>,
    acting: &Acting,
    day: &Day,
    midnight: Instant,
    found: &[Due],
) -> Result<Vec<Due>, Error> {
    let cases: Vec<Id> = found.iter().filter_map(|due| due.message.case_id).collect();
    store::hold(tx, &cases)?;
    let requests: Vec<Id> = found.iter().filter_map(|due| due.message.advice_request_id).collect();
    let owed = store::still_owed(tx, &requests)?;
    let (due, _) = due_of(tx, day, &owed, usize::MAX)?;
    let written: Vec<Id> = due.iter().filter_map(|due| due.message.advice_request_id).collect();
    outbox::store::supersede(tx, &SUPERSEDED, midnight, Superseded::About(&written), acting.at)?;
    Ok(due)
}

/// What is due of these requests, and the last one that was looked at where `most` messages were found before the end.
fn due_of<'a>(
    conn: &mut Conn,
    day: &Day,
    owed: &'a [Owed],
    most: usize,
) -> Result<(Vec<Due>, Option<&'a Owed>), Error> {
    let ids: Vec<Id> = owed.iter().map(|one| one.id).collect();
    let mut earlier: BTreeMap<Id, Vec<Earlier>> = BTreeMap::new();
    for one in outbox::store::written(conn, &ids)? {
        let mail = Earlier { on: one.on, chase: one.chase, due_on: one.due_on, fate: fate_of(&one) };
        earlier.entry(one.request_id).or_default().push(mail);
    }
    let step = |one: &Owed| step_of(one.due_on?, earlier.get(&one.id).map_or(&[], Vec::as_slice), day);
    let steps: Vec<(&Owed, Step)> = owed.iter().filter_map(|one| Some((one, step(one)?))).collect();
    let late: Vec<Id> =
        steps.iter().filter(|(_, step)| matches!(step, Step::Chase { .. })).map(|(one, _)| one.case_id).collect();
    let late = if late.is_empty() { BTreeMap::new() } else { store::late_plans(conn, &late, day.on)? };
    let chased =
        steps.iter().filter(|(_, step)| matches!(step, Step::Chase { .. })).filter_map(|(one, _)| one.mailbox.as_ref());
    let marked = outbox::store::marked(conn, chased)?;
    let mut due = Vec::new();
    for (one, step) in steps {
        let unreached = one.mailbox.as_ref().is_some_and(|mailbox| marked.contains(&fold_address(mailbox)));
        due.extend(messages(one, (step, unreached), late.get(&one.case_id).copied(), day));
        if due.len().saturating_add(OF_ONE_ROW) > most {
            return Ok((due, Some(one)));
        }
    }
    Ok((due, None))
}

/// What became of a mail that was not withdrawn.
pub(super) fn fate_of(one: &Written) -> Fate {
    match one.state {
        MessageState::Queued => Fate::Waits,
        MessageState::Failed if one.lost => Fate::Lost,
        MessageState::Failed => Fate::Refused,
        MessageState::Sent | MessageState::Withdrawn => Fate::Sent,
    }
}

/// The messages of a step: to the team, and where it escalates, or mail to the team comes back (`unreached`), to the
/// escalation mailbox too.
fn messages(one: &Owed, (step, unreached): (Step, bool), case_due_on: Option<NaiveDate>, day: &Day) -> Vec<Due> {
    let (Some(mailbox), Some(due_on)) = (&one.mailbox, one.due_on) else {
        return Vec::new();
    };
    let is_chase = matches!(step, Step::Chase { .. });
    let escalates = is_chase && (unreached || step.escalates(day.rules.advice.escalate_from_chase));
    let escalation = one.escalation_mailbox.as_ref().filter(|other| escalates && *other != mailbox);
    let letter = |to: &String, to_escalation: bool| {
        let message = match step {
            Step::Reminder { rung } => {
                let key = format!("advice_reminder:{}:{due_on}:{rung}", one.id);
                NewMessage::new(Notice::AdviceReminder, to, key)
            }
            Step::Chase { number, since_due, next_on, .. } => {
                let key = format!(
                    "advice_chase:{}:{due_on}:{number}:{}{}",
                    one.id,
                    day.on,
                    if to_escalation { ":escalation" } else { "" }
                );
                let (basis, citation) = advice_basis(one.section_31_body);
                NewMessage::new(Notice::AdviceChase, to, key)
                    .as_chase(number)
                    .with("number", number)
                    .with("chased", since_due.saturating_sub(1))
                    .with("next_on", json!(next_on))
                    .with("citation", (basis == Basis::Statutory).then_some(citation))
                    .with("case_late", case_due_on.is_some())
                    .with("case_due_on", json!(case_due_on))
                    .with("escalated", escalation.is_some())
                    .with("to_escalation", to_escalation)
                    .with("unreached", unreached)
            }
        };
        let message = message
            .with("reference", one.reference.as_str())
            .with("kind", one.kind.0.description())
            .with("due_on", json!(due_on))
            .with("returned", one.status.0 == AdviceStatus::Returned)
            .with("excepted", one.excepted)
            .about_case(one.case_id)
            .about_request(one.id);
        let why = match step {
            Step::Reminder { rung } => {
                format!("{} before {}, when it is due", in_words(i64::from(rung), "day"), long(due_on))
            }
            Step::Chase { number, .. } => {
                let late = in_words(day.days_until(due_on).saturating_neg(), "day");
                let to = if to_escalation { ", to the escalation mailbox too" } else { "" };
                format!("chase {number}: it was due on {}, {late} ago{to}", long(due_on))
            }
        };
        Due {
            message,
            reference: Some(one.reference.clone()),
            why,
            link_of: one.answers_by_link.then_some(one.organisation_id),
        }
    };
    std::iter::once(letter(mailbox, false)).chain(escalation.map(|other| letter(other, true))).collect()
}
