//! Writing a draft: versions and their sections.

use serde_json::{Value, json};
use statute::{PlanKind, PlanStatus, Section, Track, section_to_write};

use super::seed::seed;
use super::{hold, keep, of_now, stale};
use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::body::{Step, Submitted};
use crate::case;
use crate::case::model::Case;
use crate::codes::Code;
use crate::db::Tx;
use crate::db::columns::Doc;
use crate::error::{Error, Faults};
use crate::ids::Id;
use crate::markup;
use crate::plan::model::{Plan, SectionBody, SectionRow, Sections, StartBody};
use crate::plan::store;

/// Starts a version of the plan: the first is blank, a later one begins from the text of the latest; either takes over
/// what accepted reports say, if that is asked for.
pub fn start_version(
    tx: &mut Tx<'_>,
    acting: &Acting,
    case_id: Id,
    body: Submitted<StartBody>,
) -> Result<(Case, Plan), Error> {
    let case = case::store::open_for_step(tx, acting, case_id)?;
    let body = body.open()?;
    let (before, facts) = case::store::progress(tx, &case)?;
    before.check_can_draft()?;
    let track = case::store::track_id(&facts)?;
    if store::latest_with(tx, case_id, track, PlanStatus::Editing)?.is_some() {
        let detail = "A version is being written: go on with that one, or serve it first.";
        return Err(Error::conflict(Code::AlreadyExists, detail));
    }
    let latest = store::latest(tx, case_id)?;
    let served = store::latest_with(tx, case_id, track, PlanStatus::Served)?.is_some();
    let amends = served || facts.track().is_some_and(Track::amends);
    let kind = if amends { PlanKind::AmendedDraft } else { PlanKind::Draft };
    let id = Id::new();
    let before = latest.as_ref().map(|latest| store::sections(tx, latest.id)).transpose()?;
    let mut sections = before.clone().map_or_else(|| Sections::blank(id), |before| before.begun_anew(id));
    let seeded = match body.from_advice {
        Some(true) => seed(tx, case_id, &mut sections)?,
        _ => Vec::new(),
    };
    // What was agreed stands as long as the text does that it was said of.
    let same_provision = before.is_some_and(|before| !sections.changed_from(&before).contains(&Section::G));
    let health_agreement = latest.as_ref().and_then(|latest| latest.health_agreement.clone());
    let plan = Plan {
        id,
        case_id,
        number: store::last_number(tx, case_id)?.saturating_add(1),
        kind: kind.into(),
        status: PlanStatus::Editing.into(),
        preparing_for_adulthood: sections.prepares_for_adulthood(),
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
        order_id: track,
        printed: None,
        entered_in_error_at: None,
        not_named: None,
        overrides: None,
        sent_by: None,
        draft_notice: None,
        health_agreement: health_agreement.filter(|_| same_provision),
    };
    store::insert(tx, &plan)?;
    store::insert_sections(tx, &sections)?;
    let event = Event::new("plan_started", "plan", id).case(case_id);
    let from = latest.map(|latest| latest.id);
    let reports: Vec<_> = seeded
        .iter()
        .map(|source| json!({ "advice_request_id": source.advice_request_id, "submission": source.submission }))
        .collect();
    let state = json!({ "number": plan.number, "kind": plan.kind, "from": from, "from_advice": reports });
    audit::record(tx, acting, event.after(&state))?;
    Ok((keep(tx, acting, case)?, plan))
}

/// Writes a section. K is made by the service and is no section that can be written.
pub fn write_section(
    tx: &mut Tx<'_>,
    acting: &Acting,
    id: Id,
    section: &str,
    step: Step<SectionBody>,
) -> Result<(Case, Plan), Error> {
    let (case, mut plan) = hold(tx, acting, id)?;
    let sections = store::sections(tx, id)?;
    let expected = step.expected.clone();
    let judged = step.judge(plan.version, |body, faults| {
        faults.unless(
            body.text.len() <= markup::MOST_BYTES,
            "/text",
            Code::TooLong,
            format!("At most {} bytes.", markup::MOST_BYTES),
        );
        faults.unless(
            markup::is_manageable(&body.text),
            "/text",
            Code::TooLong,
            format!("At most {} tags: paste it as plain text, or simplify its tables.", markup::MOST_TAGS),
        );
        let section = section_to_write(section)?;
        if let Some(representation) = body.representation_id {
            let served = store::latest_with(tx, case.id, plan.order_id, PlanStatus::Served)?;
            let answerable =
                served.map(|served| store::answerable(tx, case.id, served.id)).transpose()?.unwrap_or_default();
            let known = answerable.contains(&representation);
            let detail = "Name a representation on the draft served last, in which the family says something.";
            faults.unless(known, "/representation_id", Code::UnknownRepresentation, detail);
        }
        faults.unless(
            section.is_provision() || body.preparing_for_adulthood.is_none(),
            "/preparing_for_adulthood",
            Code::UnknownField,
            "Only sections F, G, H1 and H2 have this field.",
        );
        Ok(section)
    });
    let (body, section) = judged.map_err(|fault| stale(fault, expected.as_ref(), &sections))?;
    plan.status.0.check_editable()?;
    let (progress, facts) = case::store::progress(tx, &case)?;
    progress.check_can_draft()?;
    of_now(&plan, &facts)?;
    let text = markup::clean(&body.text);
    // Cleaning closes what was left open, so it can make a text longer.
    let detail = "Cleaned, the text is longer than a section may be: paste it as plain text, or simplify its lists.";
    let mut faults = Faults::default();
    faults.unless(markup::fits(&text), "/text", Code::TooLong, detail);
    faults.check()?;
    let before = sections.get(section).cloned().ok_or_else(|| Error::internal(format!("plan {id} lacks a section")))?;
    let state_before = state(&before);
    plan.version = plan.version.saturating_add(1);
    let after = SectionRow {
        text,
        representation_id: body.representation_id,
        changed_in: plan.version,
        preparing_for_adulthood: body.preparing_for_adulthood.unwrap_or(before.preparing_for_adulthood),
        ..before.clone()
    };
    store::update_section(tx, &after)?;
    if section == Section::G && markup::words_of(&after.text) != markup::words_of(&before.text) {
        // Nobody has agreed to the new text.
        plan.health_agreement = None;
    }
    let state_after = state(&after);
    let mut sections = sections;
    sections.put(after);
    plan.preparing_for_adulthood = sections.prepares_for_adulthood();
    plan.updated_at = acting.at;
    store::update(tx, &plan)?;
    let event = Event::new("section_written", "plan", id).case(case.id);
    audit::record(tx, acting, event.before(&state_before).after(&state_after))?;
    Ok((keep(tx, acting, case)?, plan))
}

/// What stands on record of a section.
fn state(row: &SectionRow) -> Value {
    let mut state = json!({ "section": row.section, "text": row.text, "representation_id": row.representation_id });
    if let (true, Some(fields)) = (row.section.0.is_provision(), state.as_object_mut()) {
        fields.insert("preparing_for_adulthood".to_owned(), row.preparing_for_adulthood.into());
    }
    state
}
