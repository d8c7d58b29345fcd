//! Days of mediation, of appeals and of orders.

use super::{Mended, chosen, contradicts, day, not_taken, unknown_field};
use crate::appeal::store;
use crate::auth::Acting;
use crate::case;
use crate::case::model::{Case, CorrectionBody};
use crate::db::Tx;
use crate::error::Error;

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
    let orders = case::store::orders(tx, case.id)?;
    if orders.iter().any(|order| order.appeal_id == Some(one.id) && order.ordered_on < one.registered_on) {
        return Err(contradicts("the appeal was decided before it was registered"));
    }
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
    if let Some(appeal) = one.appeal_id.map(|id| store::appeal(tx, case.id, id)).transpose()?.flatten()
        && one.ordered_on < appeal.registered_on
    {
        return Err(contradicts("the appeal was decided before it was registered"));
    }
    let mediations = case::store::mediations(tx, case.id)?;
    if let Some(mut mediation) = mediations.into_iter().find(|mediation| one.mediation_id == Some(mediation.id)) {
        mediation.agreed_on = Some(one.ordered_on);
        store::update_mediation(tx, &mediation)?;
    }
    store::update_order(tx, &one)?;
    Ok(Mended::of(one.id, old))
}
