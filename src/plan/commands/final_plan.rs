//! Issuing the final plan.

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;
use statute::{FinalPlan, Notice, PlanContent, PlanKind, PlanStatus, PreparingForAdulthood, Section};
use utoipa::ToSchema;

use super::{basis_of, content_of, differing, gathered, keep, known_setting, printed_now};
use crate::app::App;
use crate::audit::{self, Event};
use crate::auth::Acting;
use crate::body::Step;
use crate::case;
use crate::case::model::{Case, NoticeBody};
use crate::codes::Code;
use crate::db::columns::Doc;
use crate::db::{Conn, Tx};
use crate::error::{Error, Faults};
use crate::ids::Id;
use crate::plan::model::{PlacementBody, PlacementRecord, Plan, PlanRecipient};
use crate::plan::store;

/// The issue of the final plan.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FinalPlanBody {
    /// The version to issue: the draft last served, which is issued unchanged but for the placement, or the one written
    /// after it. Where an order to amend is carried out, the plan in force or the version written after it.
    pub plan_id: Id,
    /// The day it was sent: the day that counts.
    pub issued_on: NaiveDate,
    /// Where education takes place: one of the three.
    pub placement: Option<PlacementBody>,
    /// Who signed it for the authority.
    #[schema(max_length = 200)]
    pub signed_by: Option<String>,
    /// What the notice told the family; `reasons` is not looked at.
    pub notice: Option<NoticeBody>,
}

/// Issues the final plan: a version of its own, made of the draft last served or of the one written after it, with the
/// placement in section I. It goes to the family, the named setting and the integrated care board.
pub fn issue_final_plan(
    app: &App,
    tx: &mut Tx<'_>,
    acting: &Acting,
    case_id: Id,
    step: Step<FinalPlanBody>,
) -> Result<Case, Error> {
    let case = case::store::open_for_step(tx, acting, case_id)?;
    let (before, facts) = case::store::progress(tx, &case)?;
    let earliest = before.final_plan_not_before();
    // Where no final plan can be issued, the refusal says so; no day would be right.
    let not_before = *earliest.as_ref().unwrap_or(&case.received_on);
    let (body, (source, placement)) = step.judge(case.version, |body, faults| {
        faults.day("/issued_on", body.issued_on, not_before, acting.today);
        faults.not_blank("/signed_by", body.signed_by.as_deref());
        let of_case = |plan: &Plan| plan.case_id == case_id && plan.entered_in_error_at.is_none();
        let source = store::find(tx, body.plan_id)?.filter(of_case);
        faults.unless(source.is_some(), "/plan_id", Code::UnknownPlan, "Name a version of this case's plan.");
        let placement = placement(tx, body.placement.clone().unwrap_or_default(), faults)?;
        Ok((source, placement))
    })?;
    earliest?;
    let track = case::store::track_id(&facts)?;
    let (Some(source), Some(basis)) = (source, basis_of(tx, case_id, track)?) else {
        return Err(Error::internal(format!("case {case_id} has neither a served draft nor a plan in force")));
    };
    if source.number < basis.number {
        let detail = "A later version has been sent: issue that one, or the version written after it.";
        return Err(Error::conflict(Code::NotNow, detail));
    }
    let mut sections = store::sections(tx, source.id)?;
    let differing = differing(tx, case_id, &sections, &basis)?;
    sections.place(&placement);
    let kept = store::has_text(tx, source.id)?;
    let content = if kept {
        content_of(tx, &case, &source, &sections, 0, body.issued_on)?
    } else {
        // Of a draft that was taken over from elsewhere only the days are kept: its text can't be judged here.
        PlanContent {
            written: Section::ALL.iter().copied().collect(),
            preparing_for_adulthood: PreparingForAdulthood::NotOwed,
            unsettled_advice: 0,
        }
    };
    before.issue_final_plan(&FinalPlan {
        issued_on: body.issued_on,
        placement: placement.to_statute(),
        differing: differing.clone(),
        content,
        notice: body.notice.map_or_else(Notice::default, |notice: NoticeBody| notice.into()),
    })?;
    let id = Id::new();
    let setting = placement.setting_id.map(|_| PlanRecipient::Setting);
    let to = [Some(PlanRecipient::Family), setting, Some(PlanRecipient::Health)];
    let plan = Plan {
        id,
        case_id,
        number: store::last_number(tx, case_id)?.saturating_add(1),
        kind: PlanKind::Final.into(),
        status: PlanStatus::Issued.into(),
        preparing_for_adulthood: source.preparing_for_adulthood,
        served_on: None,
        served_to: Doc(Vec::new()),
        override_reason: None,
        issued_on: Some(body.issued_on),
        issued_to: Doc(to.into_iter().flatten().map(Into::into).collect()),
        placement: Some(Doc(placement)),
        signed_by: body.signed_by,
        version: 1,
        created_by: acting.user_id(),
        created_at: acting.moment_of_casework(),
        updated_at: acting.at,
        order_id: track,
        printed: Some(Doc(printed_now(tx, &case, &app.settings().casework.authority_name)?)),
        entered_in_error_at: None,
    };
    store::insert(tx, &plan)?;
    if kept {
        let mut sections = sections.for_plan(id);
        sections.gather(gathered(tx, case_id)?);
        store::insert_sections(tx, &sections)?;
    }
    let differing: Vec<_> = differing.iter().map(|differing| differing.section.as_str()).collect();
    let state_after = json!({
        "number": plan.number,
        "issued_from": source.id,
        "issued_on": plan.issued_on,
        "issued_to": plan.issued_to.0,
        "placement": plan.placement.as_ref().map(|placement| &placement.0),
        "differing_sections": differing,
        "signed_by": plan.signed_by,
        "notice": body.notice,
    });
    let event = Event::new("final_plan_issued", "plan", id).case(case_id).on(body.issued_on);
    let state_before = json!({ "began_from": basis.id, "number": basis.number, "served_on": basis.served_on });
    audit::record(tx, acting, event.before(&state_before).after(&state_after))?;
    let case = keep(tx, acting, case)?;
    case::notices::plan_issued(app, tx, acting, &case, (id, body.issued_on))?;
    Ok(case)
}

/// The placement, where it is one of the three; the setting's name is kept as it is now.
fn placement(conn: &mut Conn, body: PlacementBody, faults: &mut Faults) -> Result<PlacementRecord, Error> {
    let given = [body.setting_id.is_some(), body.setting_type.is_some(), body.education_otherwise.is_some()];
    faults.unless(
        given.into_iter().filter(|given| *given).count() <= 1,
        "/placement",
        Code::InvalidFormat,
        "Give one of setting_id, setting_type and education_otherwise.",
    );
    faults.not_blank("/placement/setting_type", body.setting_type.as_deref());
    let setting = known_setting(conn, "/placement/setting_id", body.setting_id, faults)?;
    let setting_name = setting.map(|organisation| organisation.name);
    Ok(PlacementRecord {
        setting_id: body.setting_id,
        setting_name,
        setting_type: body.setting_type,
        education_otherwise: body.education_otherwise,
    })
}
