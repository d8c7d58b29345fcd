//! Serving a draft on the family, the first or an amended one.

use serde_json::json;
use statute::{DraftService, Section, earliest_final_on};

use super::{content_of, gathered, hold, keep, of_now, printed_now, stale};
use crate::app::App;
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
use crate::plan::model::{Plan, PlanRecipient, ServiceBody};
use crate::plan::store;

/// Serves a draft. Its text is fixed from now on, with the list of the advice gathered by now and whose plan it is.
pub fn serve_draft(
    app: &App,
    tx: &mut Tx<'_>,
    acting: &Acting,
    id: Id,
    step: Step<ServiceBody>,
) -> Result<(Case, Plan), Error> {
    let (case, mut plan) = hold(tx, acting, id)?;
    if step.body.sound().is_some_and(|body| body.override_reason.is_some()) {
        acting.must_manage("Only a manager serves a draft while advice is unsettled, with a reason.")?;
    }
    let mut sections = store::sections(tx, id)?;
    let expected = step.expected.clone();
    let (before, facts) = case::store::progress(tx, &case)?;
    // Where a draft can't be served at all, the refusal says so; no day would be right.
    let not_before = if before.check_can_draft().is_ok() { before.last_step_on() } else { case.received_on };
    let judged = step.judge(plan.version, |body, faults| {
        faults.day("/served_on", body.served_on, not_before, acting.today);
        faults.not_blank("/override_reason", body.override_reason.as_deref());
        let family = body.to.as_ref().is_none_or(|to| to.contains(&PlanRecipient::Family.into()));
        let detail = "A draft is served on the family: name it, whoever else gets it.";
        faults.unless(family, "/to", Code::MissingField, detail);
        Ok(())
    });
    let (body, ()) = judged.map_err(|fault| stale(fault, expected.as_ref(), &sections))?;
    let mut to = body.to.unwrap_or_else(|| vec![PlanRecipient::Family.into()]);
    to.sort();
    to.dedup();
    let served = plan.status.0.serve()?;
    before.check_can_draft()?;
    of_now(&plan, &facts)?;
    let unsettled = facts.unsettled_advice();
    let expected_on = earliest_final_on(body.served_on, case.received_on);
    before.serve_draft(&DraftService {
        served_on: body.served_on,
        content: content_of(tx, &case, &plan, &sections, unsettled, expected_on)?,
        override_given: body.override_reason.is_some(),
    })?;
    let state_before = json!({ "status": plan.status });
    plan.status = served.into();
    plan.served_on = Some(body.served_on);
    plan.served_to = Doc(to);
    plan.sent_by = body.sent_by;
    plan.draft_notice = body.notice.map(Doc);
    plan.printed = Some(Doc(printed_now(tx, &case, &app.settings().casework.authority_name)?));
    // What was not needed did not override anything.
    plan.override_reason = body.override_reason.filter(|_| unsettled > 0);
    plan.version = plan.version.saturating_add(1);
    plan.updated_at = acting.at;
    store::update(tx, &plan)?;
    sections.gather(gathered(tx, case.id)?);
    if let Some(gathered) = sections.get(Section::K) {
        store::update_section(tx, gathered)?;
    }
    let mut event = Event::new("draft_served", "plan", id).case(case.id).on(body.served_on);
    if let Some(reason) = &plan.override_reason {
        event = event.because(reason.clone());
    }
    let state_after = json!({
        "status": plan.status,
        "number": plan.number,
        "kind": plan.kind,
        "served_on": plan.served_on,
        "served_to": plan.served_to.0,
        "unsettled_advice": unsettled,
        "sent_by": plan.sent_by,
        "notice": plan.draft_notice.as_ref().map(|notice| &notice.0),
    });
    audit::record(tx, acting, event.before(&state_before).after(&state_after))?;
    let case = keep(tx, acting, case)?;
    case::notices::draft_served(app, tx, acting, &case, plan.id)?;
    Ok((case, plan))
}
