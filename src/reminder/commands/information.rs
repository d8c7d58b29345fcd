//! Reminders and chases of settings that were asked for information before it is decided whether to assess: on the ladder
//! of advice, by the day until which they were asked to answer.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::json;

use super::advice::fate_of;
use super::{Due, OF_ONE_ROW, PageOf, SCANNED, long};
use crate::auth::Acting;
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;
use crate::mail::Notice;
use crate::outbox;
use crate::outbox::model::NewMessage;
use crate::outbox::store::Superseded;
use crate::reminder::model::{Day, Earlier, Step, in_words, step_of};
use crate::reminder::store::{self, OwedInformation};
use crate::text::fold_address;
use crate::time::Instant;

/// What a newer message takes the place of.
const SUPERSEDED: [Notice; 2] = [Notice::InformationReminder, Notice::InformationChase];

/// What is due of the requests after a key.
pub(super) fn page(
    conn: &mut Conn,
    day: &Day,
    after: Option<(NaiveDate, Id)>,
    most: usize,
) -> Result<PageOf<(NaiveDate, Id)>, Error> {
    let owed = store::owed_information(conn, day.latest_reminded(), after, SCANNED)?;
    let full = owed.len() >= usize::try_from(SCANNED).unwrap_or(usize::MAX);
    let (found, cut) = due_of(conn, day, &owed, most)?;
    let last = cut.or_else(|| owed.last().filter(|_| full));
    Ok((found, last.map(|one| (one.reply_by, one.id))))
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
    let requests: Vec<Id> = found.iter().filter_map(|due| due.message.information_request_id).collect();
    let owed = store::information_still_owed(tx, &requests)?;
    let (due, _) = due_of(tx, day, &owed, usize::MAX)?;
    let written: Vec<Id> = due.iter().filter_map(|due| due.message.information_request_id).collect();
    outbox::store::supersede(tx, &SUPERSEDED, midnight, Superseded::AboutInformation(&written), acting.at)?;
    Ok(due)
}

/// What is due of these requests, and the last one that was looked at where `most` messages were found before the end.
fn due_of<'a>(
    conn: &mut Conn,
    day: &Day,
    owed: &'a [OwedInformation],
    most: usize,
) -> Result<(Vec<Due>, Option<&'a OwedInformation>), Error> {
    let ids: Vec<Id> = owed.iter().map(|one| one.id).collect();
    let mut earlier: BTreeMap<Id, Vec<Earlier>> = BTreeMap::new();
    for one in outbox::store::written(conn, &ids)? {
        let mail = Earlier { on: one.on, chase: one.chase, due_on: one.due_on, fate: fate_of(&one) };
        earlier.entry(one.request_id).or_default().push(mail);
    }
    let marked = outbox::store::marked(conn, owed.iter().filter_map(|one| one.mailbox.as_ref()))?;
    let mut due = Vec::new();
    for one in owed {
        let Some(step) = step_of(one.reply_by, earlier.get(&one.id).map_or(&[], Vec::as_slice), day) else {
            continue;
        };
        let unreached = one.mailbox.as_ref().is_some_and(|mailbox| marked.contains(&fold_address(mailbox)));
        due.extend(messages(one, (step, unreached), day));
        if due.len().saturating_add(OF_ONE_ROW) > most {
            return Ok((due, Some(one)));
        }
    }
    Ok((due, None))
}

/// The messages of a step: to the setting, and where it escalates, or mail to the setting comes back (`unreached`), to the
/// escalation mailbox too.
fn messages(one: &OwedInformation, (step, unreached): (Step, bool), day: &Day) -> Vec<Due> {
    let Some(mailbox) = &one.mailbox else {
        return Vec::new();
    };
    let is_chase = matches!(step, Step::Chase { .. });
    let escalates = is_chase && (unreached || step.escalates(day.rules.advice.escalate_from_chase));
    let escalation = one.escalation_mailbox.as_ref().filter(|other| escalates && *other != mailbox);
    let letter = |to: &String, to_escalation: bool| {
        let (message, why) = match step {
            Step::Reminder { rung } => {
                let key = format!("information_reminder:{}:{}:{rung}", one.id, one.reply_by);
                let message = NewMessage::new(Notice::InformationReminder, to, key);
                let days = in_words(i64::from(rung), "day");
                (message, format!("{days} before {}, when it is due", long(one.reply_by)))
            }
            Step::Chase { number, next_on, .. } => {
                let ending = if to_escalation { ":escalation" } else { "" };
                let key = format!("information_chase:{}:{}:{number}:{}{ending}", one.id, one.reply_by, day.on);
                let message = NewMessage::new(Notice::InformationChase, to, key)
                    .as_chase(number)
                    .with("number", number)
                    .with("next_on", json!(next_on))
                    .with("escalated", escalation.is_some())
                    .with("to_escalation", to_escalation)
                    .with("unreached", unreached);
                let late = in_words(day.days_until(one.reply_by).saturating_neg(), "day");
                let too = if to_escalation { ", to the escalation mailbox too" } else { "" };
                (message, format!("chase {number}: it was due on {}, {late} ago{too}", long(one.reply_by)))
            }
        };
        let message = message
            .with("reference", one.reference.as_str())
            .with("due_on", json!(one.reply_by))
            .about_case(one.case_id)
            .about_information(one.id);
        Due { message, reference: Some(one.reference.clone()), why, link_of: None }
    };
    std::iter::once(letter(mailbox, false)).chain(escalation.map(|other| letter(other, true))).collect()
}
