//! The warning to a family that the day for the final plan is at risk.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use serde_json::json;
use statute::Stage;

use super::{Due, PageOf, SCANNED};
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;
use crate::mail::Notice;
use crate::outbox;
use crate::outbox::model::NewMessage;
use crate::reminder::model::{Day, in_words};
use crate::reminder::store::{self, Waiting};

/// What is due of the cases after a key: in the week of the rules, once.
pub(super) fn page(
    conn: &mut Conn,
    day: &Day,
    after: Option<(NaiveDate, Id)>,
    most: usize,
) -> Result<PageOf<(NaiveDate, Id)>, Error> {
    let rules = day.rules.family;
    if !rules.notices || rules.warn_after_weeks == 0 {
        return Ok((Vec::new(), None));
    }
    let (Some(from), Some(to)) = received_in(day) else {
        return Ok((Vec::new(), None));
    };
    let limit = i64::try_from(most).unwrap_or(SCANNED).min(SCANNED);
    let waiting = store::received_between(conn, (from, to), after, limit)?;
    let full = waiting.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let last = waiting.last().filter(|_| full).map(|one| (one.received_on, one.case_id));
    Ok((due_of(conn, day, waiting)?, last))
}

/// The same for cases that were found to have a warning due, held.
pub(super) fn again(tx: &mut Tx<'_>, day: &Day, found: &[Due]) -> Result<Vec<Due>, Error> {
    let cases: Vec<Id> = found.iter().filter_map(|due| due.message.case_id).collect();
    store::hold(tx, &cases)?;
    let waiting = store::still_open(tx, &cases)?;
    due_of(tx, day, waiting)
}

/// Between which days the requests were received that are in the week of the warning now. A warning that was missed is made
/// up for within that week; later it would be none.
fn received_in(day: &Day) -> (Option<NaiveDate>, Option<NaiveDate>) {
    let first = u64::from(day.rules.family.warn_after_weeks).saturating_mul(7);
    (day.on.checked_sub_days(Days::new(first.saturating_add(6))), day.on.checked_sub_days(Days::new(first)))
}

fn due_of(conn: &mut Conn, day: &Day, waiting: Vec<Waiting>) -> Result<Vec<Due>, Error> {
    let cases: Vec<Id> = waiting.iter().map(|one| one.case_id).collect();
    let owed = store::owed_of_cases(conn, &cases)?;
    let requests: Vec<Id> = owed.iter().map(|(_, request)| *request).collect();
    let chases = outbox::store::chases(conn, &requests)?;
    let chased: BTreeSet<Id> = chases.iter().filter(|one| one.sent).map(|one| one.advice_request_id).collect();
    // How many pieces of advice of each case have not come, and how many of those have really been asked for again.
    let mut missing: BTreeMap<Id, (i64, i64)> = BTreeMap::new();
    for (case, request) in owed {
        let (all, again) = missing.entry(case).or_default();
        *all = all.saturating_add(1);
        *again = again.saturating_add(i64::from(chased.contains(&request)));
    }
    let ahead = store::final_plan_ahead(conn, &cases, day.on)?;
    let weeks = day.rules.family.warn_after_weeks;
    let warning = |one: Waiting| {
        let to = one.mailbox(day.on)?;
        let ((missing, again), excepted) = (*missing.get(&one.case_id)?, *ahead.get(&one.case_id)?);
        let key = format!("family_date_at_risk:{}:{}", one.case_id, one.received_on);
        let message = NewMessage::new(Notice::FamilyDateAtRisk, to.address, key)
            .to_addressee(to.addressee)
            .with("reference", one.reference.as_str())
            .with("received_on", json!(one.received_on))
            .with("missing", missing)
            .with("again", again)
            .with("drafted", one.stage.0 == Stage::DraftServed)
            .with("final_due_on", json!(one.final_due_on))
            .with("excepted", excepted)
            .about_case(one.case_id);
        let outstanding = in_words(missing, "request");
        let why = format!("week {weeks}, and {outstanding} for advice still owed");
        Some(Due { message, reference: Some(one.reference), why, link_of: None })
    };
    Ok(waiting.into_iter().filter_map(warning).collect())
}
