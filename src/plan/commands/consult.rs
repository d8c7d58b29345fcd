//! Asking settings whether they could be named, and their answers.

use serde_json::json;

use super::{keep, known_setting};
use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::body::Submitted;
use crate::case;
use crate::case::model::Case;
use crate::codes::Code;
use crate::db::columns::Doc;
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;
use crate::plan::model::{Consultation, ConsultationBody, ConsultationResponseBody};
use crate::plan::store;
use statute::PlanStatus;

/// A consultation with its case, if the actor may know that there is one.
pub fn open_consultation(conn: &mut Conn, acting: &Acting, id: Id) -> Result<(Case, Consultation), Error> {
    let consultation = store::consultation(conn, id)?.ok_or(Error::NotFound)?;
    let case = case::store::visible(conn, acting, consultation.case_id)?.ok_or(Error::NotFound)?;
    Ok((case, consultation))
}

/// Records that a setting was asked whether it could be named: Act ss.38 and 39.
pub fn consult(
    tx: &mut Tx<'_>,
    acting: &Acting,
    case_id: Id,
    body: Submitted<ConsultationBody>,
) -> Result<(Case, Consultation), Error> {
    let case = case::store::open_for_step(tx, acting, case_id)?;
    let (progress, facts) = case::store::progress(tx, &case)?;
    let not_before = match facts.track() {
        Some(track) => track.order.on,
        None => facts.standing_plan_decision().map_or(case.received_on, |decision| decision.decided_on),
    };
    let (body, received_on) = body.judge(|body, faults| {
        known_setting(tx, "/setting_id", Some(body.setting_id), faults)?;
        faults.day("/sent_on", body.sent_on, not_before, acting.today);
        if let Some(received_on) = body.received_on {
            let after = if faults.is_sound("/sent_on") { body.sent_on } else { not_before };
            faults.day("/received_on", received_on, after, acting.today);
        }
        if let Some(on) = body.authority_consulted_on {
            faults.day("/authority_consulted_on", on, not_before, acting.today);
        }
        Ok(body.received_on.unwrap_or(body.sent_on))
    })?;
    progress.check_can_draft()?;
    let served = store::latest_with(tx, case_id, case::store::track_id(&facts)?, PlanStatus::Served)?;
    let consultation = Consultation {
        id: Id::new(),
        case_id,
        plan_id: served.map(|served| served.id),
        setting_id: body.setting_id,
        sent_on: body.sent_on,
        received_on,
        requested_by_family: body.requested_by_family.unwrap_or(false),
        responded_on: None,
        can_meet_need: None,
        grounds: Doc(Vec::new()),
        text: None,
        recorded_by: acting.user_id(),
        recorded_at: acting.at,
        response_recorded_by: None,
        response_recorded_at: None,
        authority_consulted_on: body.authority_consulted_on,
    };
    store::insert_consultation(tx, &consultation)?;
    let event = Event::new("setting_consulted", "consultation", consultation.id).case(case_id).on(body.sent_on);
    let state = json!({
        "setting_id": consultation.setting_id,
        "sent_on": consultation.sent_on,
        "received_on": consultation.received_on,
        "requested_by_family": consultation.requested_by_family,
        "plan_id": consultation.plan_id,
        "authority_consulted_on": consultation.authority_consulted_on,
    });
    audit::record(tx, acting, event.after(&state))?;
    Ok((keep(tx, acting, case)?, consultation))
}

/// Records what a consulted setting answered. It may come late, and even after the plan was issued: it is on record
/// all the same.
pub fn record_response(
    tx: &mut Tx<'_>,
    acting: &Acting,
    id: Id,
    body: Submitted<ConsultationResponseBody>,
) -> Result<(Case, Consultation), Error> {
    let (case, _) = open_consultation(tx, acting, id)?;
    let case = case::store::open_for_step(tx, acting, case.id)?;
    let mut consultation = store::consultation(tx, id)?.ok_or(Error::NotFound)?;
    let (body, ()) = body.judge(|body, faults| {
        faults.day("/responded_on", body.responded_on, consultation.received_on, acting.today);
        let none = body.grounds.as_ref().is_none_or(Vec::is_empty);
        let detail = "A setting that can meet the needs gives no ground against being named.";
        let fine = none || !body.can_meet_need || !faults.is_sound("/can_meet_need");
        faults.unless(fine, "/grounds", Code::Contradiction, detail);
        faults.not_blank("/text", body.text.as_deref());
        Ok(())
    })?;
    let mut grounds = body.grounds.unwrap_or_default();
    grounds.sort();
    grounds.dedup();
    if consultation.responded_on.is_some() {
        return Err(Error::conflict(Code::AlreadyExists, "The answer of this setting is on record already."));
    }
    consultation.responded_on = Some(body.responded_on);
    consultation.can_meet_need = Some(body.can_meet_need);
    consultation.grounds = Doc(grounds);
    consultation.text = body.text;
    consultation.response_recorded_by = acting.user_id();
    consultation.response_recorded_at = Some(acting.at);
    store::update_consultation(tx, &consultation)?;
    let event = Event::new("setting_answered", "consultation", id).case(case.id).on(body.responded_on);
    let state = json!({
        "setting_id": consultation.setting_id,
        "responded_on": consultation.responded_on,
        "can_meet_need": consultation.can_meet_need,
        "grounds": consultation.grounds.0,
        "text": consultation.text,
    });
    audit::record(tx, acting, event.after(&state))?;
    Ok((keep(tx, acting, case)?, consultation))
}
