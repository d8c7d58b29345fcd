//! What the integrated care board says of the provision in section G: Regulation 12(2).

use serde_json::json;
use statute::Section;

use super::{hold, keep, of_now};
use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::body::Step;
use crate::case;
use crate::case::model::Case;
use crate::codes::Code;
use crate::db::Tx;
use crate::db::columns::Doc;
use crate::error::Error;
use crate::ids::Id;
use crate::plan::model::{HealthAnswer, Plan};
use crate::plan::store;

/// Records that the integrated care board agrees to section G as it stands in a version, or refuses. A later answer takes
/// the place of an earlier one, which stays in the history.
pub fn record_health_answer(
    tx: &mut Tx<'_>,
    acting: &Acting,
    id: Id,
    step: Step<HealthAnswer>,
) -> Result<(Case, Plan), Error> {
    let (case, mut plan) = hold(tx, acting, id)?;
    let (body, ()) = step.judge(plan.version, |body, faults| {
        faults.not_blank("/by", Some(&body.by));
        faults.day("/on", body.on, case.received_on, acting.today);
        faults.not_blank("/reasons", body.reasons.as_deref());
        Ok(())
    })?;
    let (progress, facts) = case::store::progress(tx, &case)?;
    progress.check_can_draft()?;
    of_now(&plan, &facts)?;
    if store::sections(tx, id)?.is_blank(Section::G) {
        let detail = "Section G is blank: there is nothing to agree to.";
        return Err(Error::conflict(Code::NotNow, detail));
    }
    let state_before = json!({ "health_agreement": plan.health_agreement.as_ref().map(|answer| &answer.0) });
    let action = if body.agreed { "health_provision_agreed" } else { "health_provision_refused" };
    let event = Event::new(action, "plan", id).case(case.id).on(body.on);
    let event = event.before(&state_before).after(&json!({ "health_agreement": body }));
    plan.health_agreement = Some(Doc(body));
    plan.version = plan.version.saturating_add(1);
    plan.updated_at = acting.at;
    store::update(tx, &plan)?;
    audit::record(tx, acting, event)?;
    Ok((keep(tx, acting, case)?, plan))
}
