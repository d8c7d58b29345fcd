//! Days of mediation, of appeals and of orders.

use chrono::NaiveDate;
use statute::CaseFacts;

use super::{Mended, chosen, contradicts, day, not_taken, unknown_field, word};
use crate::appeal::model::{Appeal, Order};
use crate::appeal::store;
use crate::auth::Acting;
use crate::case;
use crate::case::model::{Case, CorrectionBody};
use crate::db::{Conn, Tx};
use crate::error::Error;

/// Whether no dispute is dated before what it is about, nor its end before its beginning.
pub(super) fn check(conn: &mut Conn, case: &Case, facts: &CaseFacts) -> Result<(), Error> {
    for one in case::store::mediations(conn, case.id)? {
        if one.certificate_on.is_some_and(|on| !facts.was_told(one.about.0, on)) {
            return Err(contradicts("a mediation certificate is dated before what is disputed was sent"));
        }
        if one.held_on.is_some_and(|on| !facts.was_told(one.about.0, on)) {
            return Err(contradicts("mediation was held before what is disputed was sent"));
        }
        if one.held_on.zip(one.agreed_on).is_some_and(|(held_on, agreed_on)| agreed_on < held_on) {
            return Err(contradicts("it was agreed at mediation before mediation was held"));
        }
        if [one.told_on, one.other_agreed_on].into_iter().flatten().any(|on| !facts.was_told(one.about.0, on)) {
            return Err(contradicts("mediation was asked for or agreed at before what is disputed was sent"));
        }
        let told_first =
            [one.icb_told_on, one.arranged_on, one.held_on, one.adviser_told_on].map(|on| (one.told_on, on));
        let in_order = [(one.arranged_on, one.held_on), (one.other_agreed_on, one.carried_out_on)];
        if told_first.into_iter().chain(in_order).any(is_earlier) {
            return Err(contradicts("mediation was not asked for, arranged, held and carried out in this order"));
        }
    }
    let appeals = case::store::appeals(conn, case.id)?;
    if !appeals.iter().all(|one| facts.was_told(one.about.0, one.registered_on)) {
        return Err(contradicts("an appeal was registered before what is disputed was sent"));
    }
    for one in &appeals {
        let steps = [
            (Some(one.registered_on), one.received_on),
            (one.received_on.or(Some(one.registered_on)), one.responded_on),
            (Some(one.registered_on), one.recommendations_on),
            (one.recommendations_on, one.answered_on),
            (Some(one.registered_on), one.directed_on),
            (one.directed_on, one.respond_by),
        ];
        if steps.into_iter().any(is_earlier) {
            return Err(contradicts("an appeal was not registered, received and answered in this order"));
        }
    }
    let ended_before =
        |order: &Order, appeal: &Appeal| order.appeal_id == Some(appeal.id) && order.ordered_on < appeal.registered_on;
    for order in case::store::orders(conn, case.id)? {
        if appeals.iter().any(|appeal| ended_before(&order, appeal)) {
            return Err(contradicts("an appeal was decided before it was registered"));
        }
        let appeal = appeals.iter().find(|appeal| order.appeal_id == Some(appeal.id) && order.conceded);
        if let Some(appeal) = appeal {
            statute::check_concession(order.ordered_on, appeal.responded_on)?;
        }
        if case::store::order_days(conn, case.id)?
            .iter()
            .any(|day| day.order_id == order.id && day.dated_on < order.ordered_on)
        {
            return Err(contradicts("another day was set for a limit before there was an order"));
        }
    }
    Ok(())
}

/// Whether a step has a day before that of the step that it follows.
fn is_earlier((before, after): (Option<NaiveDate>, Option<NaiveDate>)) -> bool {
    before.zip(after).is_some_and(|(before, after)| after < before)
}

const OF_MEDIATION: &str = "certificate_on, held_on, told_on, about_health, icb_told_on, arranged_on, other_agreed_on, carried_out_on, adviser_told_on; the day of an agreement is that of its order";
const OF_APPEAL: &str =
    "registered_on, plan_parts, received_on, responded_on, recommendations_on, answered_on, directed_on";

pub(super) fn mend_mediation(
    tx: &mut Tx<'_>,
    acting: &Acting,
    case: &Case,
    body: &CorrectionBody,
) -> Result<Mended, Error> {
    let mut one = chosen(body, case::store::mediations(tx, case.id)?, |one| one.id)?;
    let old = if body.field == "about_health" {
        one.about_health.replace(word(body)?).map(|old| old.to_string())
    } else {
        let place = one.day_mut(&body.field).ok_or_else(|| unknown_field(OF_MEDIATION))?;
        place.replace(day(body, acting)?).map(|old| old.to_string())
    };
    store::update_mediation(tx, &one)?;
    Ok(Mended::of(one.id, old.ok_or_else(not_taken)?))
}

pub(super) fn mend_appeal(
    tx: &mut Tx<'_>,
    acting: &Acting,
    case: &Case,
    body: &CorrectionBody,
) -> Result<Mended, Error> {
    let mut one = chosen(body, case::store::appeals(tx, case.id)?, |one| one.id)?;
    let old = match body.field.as_str() {
        "registered_on" => Some(std::mem::replace(&mut one.registered_on, day(body, acting)?).to_string()),
        "plan_parts" => one.plan_parts.replace(word(body)?).map(|old| old.to_string()),
        field => {
            let place = one.day_mut(field).ok_or_else(|| unknown_field(OF_APPEAL))?;
            place.replace(day(body, acting)?).map(|old| old.to_string())
        }
    };
    store::update_appeal(tx, &one)?;
    Ok(Mended::of(one.id, old.ok_or_else(not_taken)?))
}

/// An agreement at mediation has its day on the order that it counts as, and on the mediation: both are mended.
pub(super) fn mend_order(
    tx: &mut Tx<'_>,
    acting: &Acting,
    case: &Case,
    body: &CorrectionBody,
) -> Result<Mended, Error> {
    let mut one = chosen(body, case::store::orders(tx, case.id)?, |one| one.id)?;
    if body.field != "ordered_on" {
        return Err(unknown_field("ordered_on"));
    }
    let old = std::mem::replace(&mut one.ordered_on, day(body, acting)?);
    let mediations = case::store::mediations(tx, case.id)?;
    if let Some(mut mediation) = mediations.into_iter().find(|mediation| one.mediation_id == Some(mediation.id)) {
        mediation.agreed_on = Some(one.ordered_on);
        store::update_mediation(tx, &mediation)?;
    }
    store::update_order(tx, &one)?;
    Ok(Mended::of(one.id, old))
}
