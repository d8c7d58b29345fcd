//! The two decisions: whether to assess, and whether to issue a plan.

use chrono::NaiveDate;
use serde_json::json;
use statute::{
    AdviceKind, AssessmentDecision, AssessmentOutcome, GatheringAdvice, Notice, PlanDecision, PlanOutcome, Progress,
    RefusalGrounds, in_or_beyond_year_9, statutory_set,
};

use super::keep;
use crate::advice;
use crate::advice::model::AdviceRequest;
use crate::app::App;
use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::body::Step;
use crate::case::model::{
    AssessmentDecisionBody, Case, Decision, DecisionAbout, DecisionOutcome, NoticeBody, PlanDecisionBody,
};
use crate::case::store;
use crate::codes::Code;
use crate::db::Tx;
use crate::db::columns::Doc;
use crate::error::{Error, Faults};
use crate::ids::Id;
use crate::organisation;
use crate::organisation::model::{Organisation, addressee};

/// Records the decision whether to assess. Assessing opens the statutory set of requests for advice in the same step.
pub fn decide_to_assess(
    app: &App,
    tx: &mut Tx<'_>,
    acting: &Acting,
    id: Id,
    step: Step<AssessmentDecisionBody>,
) -> Result<Case, Error> {
    let case = store::open_for_step(tx, acting, id)?;
    let (before, facts) = store::progress(tx, &case)?;
    let not_before = match &before {
        Progress::AwaitingDecision(_) | Progress::GatheringAdvice(GatheringAdvice { to_be_told: true, .. }) => {
            before.last_step_on()
        }
        // Where nothing is decided, the refusal says so; no day would be right.
        _ => case.received_on,
    };
    let (body, refusing) = step.judge(case.version, |body, faults| {
        let refusing = body.outcome.0 == AssessmentOutcome::Refuse;
        check_days(&body.days(), not_before, acting.today, refusing, faults);
        if faults.is_sound("/outcome") {
            let (named, at) = (body.refusal_reason.is_some(), "/refusal_reason");
            faults.unless(!refusing || named, at, Code::MissingField, "A refusal names its main reason.");
            faults.unless(refusing || !named, at, Code::UnknownField, "Only a refusal has one.");
        }
        Ok(refusing)
    })?;
    let notified_on = body.notified_on;
    let decision = AssessmentDecision { outcome: body.outcome.0, decided_on: body.decided_on, notified_on };
    before.decide_to_assess(decision, refusing.then(|| grounds(body.reasons.as_deref(), body.notice)))?;
    let row = Decision {
        id: Id::new(),
        case_id: id,
        about: DecisionAbout::Assessment.into(),
        outcome: if refusing { DecisionOutcome::Refuse } else { DecisionOutcome::Assess }.into(),
        decided_on: body.decided_on,
        notified_on: Some(notified_on),
        decided_by: body.decided_by,
        panel_on: body.panel_on,
        reasons: body.reasons,
        refusal_reason: body.refusal_reason,
        notice: body.notice.map(Doc),
        recorded_by: acting.user_id(),
        recorded_at: acting.moment_of_casework(),
        order_id: store::track_id(&facts)?,
        reversed_on: None,
        reversal_reason: None,
        reversal_in_error_at: None,
        entered_in_error_at: None,
    };
    store::insert_decision(tx, &row)?;
    record(tx, acting, &row)?;
    if refusing || !body.request_advice.unwrap_or(true) {
        return keep(tx, acting, case);
    }
    ask_for_advice(app, tx, acting, case, notified_on)
}

/// Asks for the statutory set of advice once it is decided to assess, derives the case again, and writes to those asked.
pub(super) fn ask_for_advice(
    app: &App,
    tx: &mut Tx<'_>,
    acting: &Acting,
    case: Case,
    asked_on: NaiveDate,
) -> Result<Case, Error> {
    let asked = request_statutory_advice(tx, acting, &case, asked_on)?;
    let case = keep(tx, acting, case)?;
    if !asked.is_empty() {
        // As they stand now: with the day they are due.
        let requests = advice::store::of_case(tx, case.id)?;
        let of = |(request, organisation)| Some((requests.iter().find(|one| one.id == request)?, organisation));
        let asked: Vec<_> = asked.iter().filter_map(|(request, organisation)| of((*request, organisation))).collect();
        advice::notices::ask_by_mail(app, tx, acting, &case.reference, &asked)?;
    }
    Ok(case)
}

/// Records the decision whether to issue a plan.
pub fn decide_on_plan(tx: &mut Tx<'_>, acting: &Acting, id: Id, step: Step<PlanDecisionBody>) -> Result<Case, Error> {
    let case = store::open_for_step(tx, acting, id)?;
    let (before, facts) = store::progress(tx, &case)?;
    let not_before = match &before {
        Progress::GatheringAdvice(gathering) => gathering.assessment.notified_on,
        _ => facts.standing_assessment().map_or(case.received_on, |assessment| assessment.notified_on),
    };
    let (body, refusing) = step.judge(case.version, |body, faults| {
        let refusing = body.outcome.0 == PlanOutcome::Refuse;
        check_days(&body.days(), not_before, acting.today, refusing, faults);
        Ok(refusing)
    })?;
    let decision = PlanDecision { outcome: body.outcome.0, decided_on: body.decided_on, notified_on: body.notified_on };
    before.decide_on_plan(decision, refusing.then(|| grounds(body.reasons.as_deref(), body.notice)))?;
    let row = Decision {
        id: Id::new(),
        case_id: id,
        about: DecisionAbout::Plan.into(),
        outcome: if refusing { DecisionOutcome::Refuse } else { DecisionOutcome::Issue }.into(),
        decided_on: body.decided_on,
        notified_on: body.notified_on,
        decided_by: body.decided_by,
        panel_on: body.panel_on,
        reasons: body.reasons,
        refusal_reason: None,
        notice: body.notice.map(Doc),
        recorded_by: acting.user_id(),
        recorded_at: acting.moment_of_casework(),
        order_id: store::track_id(&facts)?,
        reversed_on: None,
        reversal_reason: None,
        reversal_in_error_at: None,
        entered_in_error_at: None,
    };
    store::insert_decision(tx, &row)?;
    record(tx, acting, &row)?;
    keep(tx, acting, case)
}

struct Days {
    decided_on: NaiveDate,
    notified_on: Option<NaiveDate>,
    panel_on: Option<NaiveDate>,
}

impl AssessmentDecisionBody {
    fn days(&self) -> Days {
        Days { decided_on: self.decided_on, notified_on: Some(self.notified_on), panel_on: self.panel_on }
    }
}

impl PlanDecisionBody {
    fn days(&self) -> Days {
        Days { decided_on: self.decided_on, notified_on: self.notified_on, panel_on: self.panel_on }
    }
}

/// A decision counts when the family was told, so a refusal must say when that was.
fn check_days(days: &Days, not_before: NaiveDate, today: NaiveDate, refusing: bool, faults: &mut Faults) {
    faults.day("/decided_on", days.decided_on, not_before, today);
    match days.notified_on {
        Some(notified_on) => {
            let decided_on = if faults.is_sound("/decided_on") { days.decided_on } else { not_before };
            faults.day("/notified_on", notified_on, decided_on, today);
        }
        None if refusing && faults.is_sound("/outcome") => {
            faults.add("/notified_on", Code::MissingField, "A refusal counts on the day of its notice.");
        }
        None => {}
    }
    if let Some(panel_on) = days.panel_on {
        faults.day("/panel_on", panel_on, not_before, today);
    }
}

fn grounds(reasons: Option<&str>, notice: Option<NoticeBody>) -> RefusalGrounds {
    RefusalGrounds {
        reasons: reasons.is_some_and(|reasons| !reasons.trim().is_empty()),
        notice: notice.map_or(
            Notice {
                reasons: false,
                appeal_rights: false,
                time_limits: false,
                mediation: false,
                disagreement_resolution: false,
                advice_and_information: false,
            },
            Notice::from,
        ),
    }
}

fn record(tx: &mut Tx<'_>, acting: &Acting, row: &Decision) -> Result<(), Error> {
    let action = match (row.about.0, row.outcome.0) {
        (DecisionAbout::Assessment, DecisionOutcome::Refuse) => "assessment_refused",
        (DecisionAbout::Assessment, _) => "assessment_decided",
        (DecisionAbout::Plan, DecisionOutcome::Refuse) => "plan_refused",
        (DecisionAbout::Plan, _) => "plan_decided",
    };
    let event = Event::new(action, "decision", row.id).case(row.case_id).on(row.decided_on).after(&json!({
        "outcome": row.outcome,
        "decided_on": row.decided_on,
        "notified_on": row.notified_on,
        "decided_by": row.decided_by,
        "panel_on": row.panel_on,
        "reasons": row.reasons,
        "refusal_reason": row.refusal_reason,
        "notice": row.notice.as_ref().map(|notice| notice.0),
    }));
    audit::record(tx, acting, event)
}

/// Asks for the advice that Regs 6(1) requires, each of the body that it is usually asked of. What has no body yet is
/// opened unaddressed and shows as something to fix. Those asked get the family's representations and evidence (Regs
/// 6(3)): the documents that are shared with advisers by then.
///
/// Answers the requests that have a body, with it.
fn request_statutory_advice(
    tx: &mut Tx<'_>,
    acting: &Acting,
    case: &Case,
    asked_on: NaiveDate,
) -> Result<Vec<(Id, Organisation)>, Error> {
    let person = store::person(tx, case)?;
    let beyond = in_or_beyond_year_9(person.curriculum_year(), person.date_of_birth, asked_on);
    let setting = case.setting_id.map(|id| organisation::store::find(tx, id)).transpose()?.flatten();
    let evidence = advice::store::shared_of_case(tx, case.id)?;
    let defaults = organisation::store::defaults(tx)?;
    let (mut requests, mut events, mut asked) = (Vec::new(), Vec::new(), Vec::new());
    for kind in statutory_set(beyond, person.parent_in_armed_forces == Some(true)) {
        let of = addressee(kind, setting.as_ref(), &defaults);
        let request = AdviceRequest::new(case.id, kind, of.map(Organisation::as_addressee), asked_on, acting);
        let shared = if kind == AdviceKind::Family { &[][..] } else { &evidence };
        let event = Event::new("advice_requested", "advice_request", request.id).case(case.id).on(asked_on);
        let what = json!({ "kind": request.kind, "organisation_id": request.organisation_id, "requested_on": asked_on, "shared_documents": shared });
        events.push(event.after(&what));
        asked.extend(of.map(|organisation| (request.id, organisation.clone())));
        requests.push((request, shared));
    }
    advice::store::insert_all(tx, &requests)?;
    audit::record_all(tx, acting, events)?;
    Ok(asked)
}
