//! What the family says to the draft that was served.

use statute::PlanStatus;

use super::{keep, known_setting};
use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::body::Submitted;
use crate::case;
use crate::codes::Code;
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;
use crate::organisation;
use crate::plan::model::{Representation, RepresentationBody, RepresentationView};
use crate::plan::store;

/// Records a representation of the family on the draft that it has.
pub fn record_representation(
    tx: &mut Tx<'_>,
    acting: &Acting,
    case_id: Id,
    body: Submitted<RepresentationBody>,
) -> Result<Representation, Error> {
    let case = case::store::open_for_step(tx, acting, case_id)?;
    let (before, facts) = case::store::progress(tx, &case)?;
    let draft = before.draft_with_family();
    // Where no draft is with the family, the refusal says so; no day would be right.
    let not_before = draft.as_ref().map_or(case.received_on, |draft| draft.served_on);
    let (body, ()) = body.judge(|body, faults| {
        faults.day("/received_on", body.received_on, not_before, acting.today);
        faults.not_blank("/text", body.text.as_deref());
        faults.not_blank("/requested_setting", body.requested_setting.as_deref());
        known_setting(tx, "/requested_setting_id", body.requested_setting_id, faults)?;
        let readable = ["/requested_setting", "/requested_setting_id", "/meeting_requested", "/finished"]
            .iter()
            .all(|at| faults.is_sound(at));
        faults.unless(
            body.says_something() || !readable,
            "/text",
            Code::MissingField,
            "Give what the family says, the setting it asks for, that it asks for a meeting, or that it has finished.",
        );
        Ok(())
    })?;
    draft?;
    let served = store::latest_with(tx, case_id, case::store::track_id(&facts)?, PlanStatus::Served)?
        .ok_or_else(|| Error::internal(format!("case {case_id} has a served draft and has none")))?;
    let requested_setting_id = match body.requested_setting_id {
        None => setting_called(tx, body.requested_setting.as_deref())?,
        given => given,
    };
    let representation = Representation {
        id: Id::new(),
        case_id,
        plan_id: served.id,
        received_on: body.received_on,
        text: body.text,
        requested_setting: body.requested_setting,
        meeting_requested: body.meeting_requested.unwrap_or(false),
        finished: body.finished.unwrap_or(false),
        recorded_by: acting.user_id(),
        recorded_at: acting.at,
        requested_setting_id,
    };
    store::insert_representation(tx, &representation)?;
    let event = Event::new("representation_received", "representation", representation.id);
    let event = event.case(case_id).on(representation.received_on);
    audit::record(tx, acting, event.after(&RepresentationView::from(representation.clone())))?;
    keep(tx, acting, case)?;
    Ok(representation)
}

/// The one setting that is called so; none where there are several, or none.
fn setting_called(conn: &mut Conn, name: Option<&str>) -> Result<Option<Id>, Error> {
    let found = name.map(|name| organisation::store::by_name(conn, name.trim())).transpose()?.unwrap_or_default();
    let mut settings = found.into_iter().filter(|organisation| organisation.kind.0.is_setting());
    match (settings.next(), settings.next()) {
        (Some(only), None) => Ok(Some(only.id)),
        _ => Ok(None),
    }
}
