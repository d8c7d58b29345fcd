//! The authority reverses its own refusal, often after a meeting about the way forward: neither mediation nor an order.

use serde_json::json;
use statute::{Progress, Stage};

use super::decide::ask_for_advice;
use super::keep;
use crate::app::App;
use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::body::Step;
use crate::case::model::{Case, DecisionAbout, ReversalBody};
use crate::case::store;
use crate::db::Tx;
use crate::error::Error;
use crate::ids::Id;

/// Records that the authority reversed its refusal. Of a refusal to assess that is the decision to assess on that day, and
/// the advice of Regs 6(1) is asked for; of a refusal to issue a plan the draft is next. The refusal stays on record, and
/// the limits from receipt stay what they are.
pub fn reverse_refusal(
    app: &App,
    tx: &mut Tx<'_>,
    acting: &Acting,
    id: Id,
    step: Step<ReversalBody>,
) -> Result<Case, Error> {
    let case = store::open_for_step(tx, acting, id)?;
    acting.must_manage("Only a manager reverses a refusal.")?;
    let (before, facts) = store::progress(tx, &case)?;
    let to_assess = before.stage() == Stage::AssessmentRefused;
    let not_before = match &before {
        Progress::AssessmentRefused(_) | Progress::PlanRefused(_) => before.last_step_on(),
        // Where nothing can be reversed, the refusal says so; no day would be right.
        _ => case.received_on,
    };
    let (body, ()) = step.judge(case.version, |body, faults| {
        faults.day("/on", body.on, not_before, acting.today);
        faults.not_blank("/reason", Some(&body.reason));
        Ok(())
    })?;
    before.reverse_refusal(body.on)?;
    let about = if to_assess { DecisionAbout::Assessment } else { DecisionAbout::Plan };
    let track = store::track_id(&facts)?;
    let mut refusal = store::decisions(tx, id)?
        .into_iter()
        .find(|decision| decision.about.0 == about && decision.order_id == track)
        .ok_or_else(|| Error::internal(format!("case {id} was refused without a decision")))?;
    refusal.reversed_on = Some(body.on);
    refusal.reversal_reason = Some(body.reason.clone());
    refusal.reversal_in_error_at = None;
    store::update_decision(tx, &refusal)?;
    let event = Event::new("refusal_reversed", "decision", refusal.id).case(id).on(body.on).because(body.reason);
    let event = event.before(&json!({ "about": refusal.about, "outcome": refusal.outcome }));
    audit::record(tx, acting, event.after(&json!({ "reversed_on": body.on })))?;
    if to_assess {
        return ask_for_advice(app, tx, acting, case, body.on);
    }
    keep(tx, acting, case)
}
