//! Writing a draft: versions and their sections.

use serde_json::{Value, json};
use statute::{PlanKind, PlanStatus, Section};

use super::{hold, keep};
use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::body::{EmptyBody, Step, Submitted};
use crate::case;
use crate::case::model::Case;
use crate::codes::Code;
use crate::db::Tx;
use crate::db::columns::Doc;
use crate::error::Error;
use crate::ids::Id;
use crate::markup;
use crate::plan::model::{Plan, SectionBody, SectionRow, Sections};
use crate::plan::store;

/// Starts a version of the plan: the first is blank, a later one begins from the text of the latest.
pub fn start_version(
    tx: &mut Tx<'_>,
    acting: &Acting,
    case_id: Id,
    body: Submitted<EmptyBody>,
) -> Result<(Case, Plan), Error> {
    let case = case::store::open_for_step(tx, acting, case_id)?;
    body.open()?;
    let (before, _) = case::store::progress(tx, &case)?;
    before.check_can_draft()?;
    let latest = store::latest(tx, case_id)?;
    // One that a final plan has left behind is no longer being written.
    if latest.as_ref().is_some_and(|latest| latest.status.0 == PlanStatus::Editing) {
        let detail = "A version is being written: go on with that one, or serve it first.";
        return Err(Error::conflict(Code::AlreadyExists, detail));
    }
    let kind = match store::latest_with(tx, case_id, PlanStatus::Served)? {
        Some(_) => PlanKind::AmendedDraft,
        None => PlanKind::Draft,
    };
    let id = Id::new();
    let sections = match &latest {
        Some(latest) => store::sections(tx, latest.id)?.begun_anew(id),
        None => Sections::blank(id),
    };
    let plan = Plan {
        id,
        case_id,
        number: latest.as_ref().map_or(1, |latest| latest.number.saturating_add(1)),
        kind: kind.into(),
        status: PlanStatus::Editing.into(),
        preparing_for_adulthood: latest.as_ref().is_some_and(|latest| latest.preparing_for_adulthood),
        served_on: None,
        served_to: Doc(Vec::new()),
        override_reason: None,
        issued_on: None,
        issued_to: Doc(Vec::new()),
        placement: None,
        signed_by: None,
        version: 1,
        created_by: acting.user_id(),
        created_at: acting.at,
        updated_at: acting.at,
    };
    store::insert(tx, &plan, &sections)?;
    let event = Event::new("plan_started", "plan", id).case(case_id);
    let from = latest.map(|latest| latest.id);
    audit::record(tx, acting, event.after(&json!({ "number": plan.number, "kind": plan.kind, "from": from })))?;
    Ok((keep(tx, acting, case)?, plan))
}

/// Writes a section. K is made by the service and is no section that can be written.
pub fn write_section(
    tx: &mut Tx<'_>,
    acting: &Acting,
    id: Id,
    section: Section,
    step: Step<SectionBody>,
) -> Result<(Case, Plan), Error> {
    if section == Section::K {
        return Err(Error::NotFound);
    }
    let (case, mut plan) = hold(tx, acting, id)?;
    let (body, ()) = step.judge(plan.version, |body, faults| {
        faults.unless(
            markup::is_manageable(&body.text),
            "/text",
            Code::TooLong,
            format!("At most {} tags: paste it as plain text, or simplify its tables.", markup::MOST_TAGS),
        );
        if let Some(representation) = body.representation_id {
            let served = store::latest_with(tx, case.id, PlanStatus::Served)?;
            let answerable = served.map(|served| store::answerable(tx, served.id)).transpose()?.unwrap_or_default();
            let known = answerable.contains(&representation);
            let detail = "Name a representation on the draft served last, in which the family says something.";
            faults.unless(known, "/representation_id", Code::UnknownRepresentation, detail);
        }
        faults.unless(
            section == Section::F || body.preparing_for_adulthood.is_none(),
            "/preparing_for_adulthood",
            Code::UnknownField,
            "Only section F has this field.",
        );
        Ok(())
    })?;
    plan.status.0.check_editable()?;
    case::store::progress(tx, &case)?.0.check_can_draft()?;
    let sections = store::sections(tx, id)?;
    let before = sections.get(section).cloned().ok_or_else(|| Error::internal(format!("plan {id} lacks a section")))?;
    let state_before = state(&before, &plan);
    let after = SectionRow { text: markup::clean(&body.text), representation_id: body.representation_id, ..before };
    store::update_section(tx, &after)?;
    plan.preparing_for_adulthood = body.preparing_for_adulthood.unwrap_or(plan.preparing_for_adulthood);
    plan.version = plan.version.saturating_add(1);
    plan.updated_at = acting.at;
    store::update(tx, &plan)?;
    let event = Event::new("section_written", "plan", id).case(case.id);
    audit::record(tx, acting, event.before(&state_before).after(&state(&after, &plan)))?;
    Ok((keep(tx, acting, case)?, plan))
}

/// What stands on record of a section.
fn state(row: &SectionRow, plan: &Plan) -> Value {
    let mut state = json!({ "section": row.section, "text": row.text, "representation_id": row.representation_id });
    if let (Section::F, Some(fields)) = (row.section.0, state.as_object_mut()) {
        fields.insert("preparing_for_adulthood".to_owned(), plan.preparing_for_adulthood.into());
    }
    state
}
