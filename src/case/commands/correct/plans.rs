//! Days of drafts, of what came back on them, and of the final plan. Their text is fixed and is not corrected here.

use statute::{CaseFacts, PlanStatus};

use super::{Mended, chosen, contradicts, day, not_taken, unknown_field};
use crate::auth::Acting;
use crate::case::model::{Case, CorrectionBody};
use crate::codes::Code;
use crate::db::{Conn, Tx};
use crate::error::{Error, Fault};
use crate::organisation;
use crate::plan::model::{Consultation, Plan};
use crate::plan::store;

/// Whether nobody answered what was not sent yet.
pub(super) fn check(conn: &mut Conn, case: &Case, facts: &CaseFacts) -> Result<(), Error> {
    let served = store::all_with(conn, case.id, PlanStatus::Served)?;
    for one in store::all_representations(conn, case.id)? {
        let served_on = served.iter().find(|plan| plan.id == one.plan_id).and_then(|plan| plan.served_on);
        if served_on.is_some_and(|served_on| one.received_on < served_on) {
            return Err(contradicts("the family commented on a draft that it did not have yet"));
        }
    }
    let decided_on = facts.standing_plan_decision().map_or(case.received_on, |decision| decision.decided_on);
    for one in store::all_consultations(conn, case.id)? {
        if one.sent_on < decided_on {
            return Err(contradicts("a setting was consulted before it was decided to issue a plan"));
        }
        if one.received_on < one.sent_on || one.responded_on.is_some_and(|on| on < one.received_on) {
            return Err(contradicts("a consultation was not sent, received and answered in this order"));
        }
    }
    Ok(())
}

pub(super) fn mend_service(
    tx: &mut Tx<'_>,
    acting: &Acting,
    case: &Case,
    body: &CorrectionBody,
) -> Result<Mended, Error> {
    let mut plan = version(tx, case, body, PlanStatus::Served)?;
    if body.field != "served_on" {
        return Err(unknown_field("served_on"));
    }
    let old = plan.served_on.replace(day(body, acting)?).ok_or_else(not_taken)?;
    keep(tx, acting, plan, old)
}

pub(super) fn mend_final_plan(
    tx: &mut Tx<'_>,
    acting: &Acting,
    case: &Case,
    body: &CorrectionBody,
) -> Result<Mended, Error> {
    let mut plan = version(tx, case, body, PlanStatus::Issued)?;
    if body.field != "issued_on" {
        return Err(unknown_field("issued_on"));
    }
    let old = plan.issued_on.replace(day(body, acting)?).ok_or_else(not_taken)?;
    keep(tx, acting, plan, old)
}

fn version(conn: &mut Conn, case: &Case, body: &CorrectionBody, status: PlanStatus) -> Result<Plan, Error> {
    chosen(body, store::all_with(conn, case.id, status)?, |plan| plan.id)
}

fn keep(tx: &mut Tx<'_>, acting: &Acting, mut plan: Plan, old: chrono::NaiveDate) -> Result<Mended, Error> {
    plan.version = plan.version.saturating_add(1);
    plan.updated_at = acting.at;
    store::update(tx, &plan)?;
    Ok(Mended::of(plan.id, old))
}

pub(super) fn mend_representation(
    tx: &mut Tx<'_>,
    acting: &Acting,
    case: &Case,
    body: &CorrectionBody,
) -> Result<Mended, Error> {
    let mut one = chosen(body, store::all_representations(tx, case.id)?, |one| one.id)?;
    let old = match body.field.as_str() {
        "received_on" => Some(std::mem::replace(&mut one.received_on, day(body, acting)?).to_string()),
        "requested_setting_id" => {
            let setting = body.value.parse().map(|id| organisation::store::find(tx, id)).ok().transpose()?.flatten();
            let setting = setting.filter(|organisation| organisation.kind.0.is_setting()).ok_or_else(|| {
                let detail = "Choose an organisation of kind education_setting or early_years_provider.";
                Fault::new("/value", Code::UnknownSetting, detail)
            })?;
            one.requested_setting_id.replace(setting.id).map(|old| old.to_string())
        }
        _ => return Err(unknown_field("received_on, requested_setting_id")),
    };
    store::update_representation(tx, &one)?;
    Ok(Mended { subject_id: Some(one.id), old })
}

pub(super) fn mend_consultation(
    tx: &mut Tx<'_>,
    acting: &Acting,
    case: &Case,
    body: &CorrectionBody,
) -> Result<Mended, Error> {
    let mut one = chosen(body, store::all_consultations(tx, case.id)?, |one: &Consultation| one.id)?;
    let on = day(body, acting)?;
    let old = match body.field.as_str() {
        "sent_on" => std::mem::replace(&mut one.sent_on, on),
        "received_on" => std::mem::replace(&mut one.received_on, on),
        "responded_on" => {
            let old = one.responded_on.ok_or_else(not_taken)?;
            one.responded_on = Some(on);
            old
        }
        "authority_consulted_on" => {
            let old = one.authority_consulted_on.replace(on);
            store::update_consultation(tx, &one)?;
            return Ok(Mended { subject_id: Some(one.id), old: old.map(|old| old.to_string()) });
        }
        _ => return Err(unknown_field("sent_on, received_on, responded_on, authority_consulted_on")),
    };
    store::update_consultation(tx, &one)?;
    Ok(Mended::of(one.id, old))
}
