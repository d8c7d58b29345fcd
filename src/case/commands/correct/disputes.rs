//! Days of mediation, of appeals and of orders.

use statute::CaseFacts;

use super::{Mended, chosen, contradicts, day, not_taken, unknown_field};
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
    }
    let appeals = case::store::appeals(conn, case.id)?;
    if !appeals.iter().all(|one| facts.was_told(one.about.0, one.registered_on)) {
        return Err(contradicts("an appeal was registered before what is disputed was sent"));
    }
    let ended_before =
        |order: &Order, appeal: &Appeal| order.appeal_id == Some(appeal.id) && order.ordered_on < appeal.registered_on;
    for order in case::store::orders(conn, case.id)? {
        if appeals.iter().any(|appeal| ended_before(&order, appeal)) {
            return Err(contradicts("an appeal was decided before it was registered"));
        }
    }
    Ok(())
}

pub(super) fn mend_mediation(
    tx: &mut Tx<'_>,
    acting: &Acting,
    case: &Case,
    body: &CorrectionBody,
) -> Result<Mended, Error> {
    let mut one = chosen(body, case::store::mediations(tx, case.id)?, |one| one.id)?;
    let on = day(body, acting)?;
    let old = match body.field.as_str() {
        "certificate_on" => one.certificate_on.replace(on),
        "held_on" => one.held_on.replace(on),
        _ => return Err(unknown_field("certificate_on, held_on; the day of an agreement is that of its order")),
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
    if body.field != "registered_on" {
        return Err(unknown_field("registered_on"));
    }
    let old = std::mem::replace(&mut one.registered_on, day(body, acting)?);
    store::update_appeal(tx, &one)?;
    Ok(Mended::of(one.id, old))
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
