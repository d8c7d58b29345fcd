//! Issuing the final plan.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;
use statute::{
    EducationOtherwise, FinalPlan, HealthAgreement, Notice, PlanContent, PlanKind, PlanStatus, PreparingForAdulthood,
    Refusal, Section,
};
use utoipa::ToSchema;

use super::choice::{choice, judge_not_named};
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
use crate::organisation::model::Organisation;
use crate::plan::model::{NotNamed, NotNamedBody, Overrides, PlacementBody, PlacementRecord, Plan, PlanRecipient};
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
    /// Where education takes place: a setting with its type, a type alone, or elsewhere.
    pub placement: Option<PlacementBody>,
    /// Each setting that the family asked for and that is not named, with the ground and its reasons.
    #[schema(max_items = 50)]
    pub not_named: Option<Vec<NotNamedBody>>,
    /// Who signed it for the authority.
    #[schema(max_length = 200)]
    pub signed_by: Option<String>,
    /// What the notice told the family; `reasons` is not looked at.
    pub notice: Option<NoticeBody>,
    /// What a manager overrides, each with a reason. Kept where it was needed.
    pub overrides: Option<Overrides>,
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
    if step.body.sound().and_then(|body| body.overrides.as_ref()).is_some_and(|one| one.given().next().is_some()) {
        acting.must_manage("Only a manager overrides what stands against a final plan, with a reason.")?;
    }
    let (before, facts) = case::store::progress(tx, &case)?;
    let earliest = before.final_plan_not_before();
    // Where no final plan can be issued, the refusal says so; no day would be right.
    let not_before = *earliest.as_ref().unwrap_or(&case.received_on);
    let track = case::store::track_id(&facts)?;
    let ordered = track.zip(facts.track().map(|track| track.order.on));
    let (consultations, requests) = store::requests(tx, &case, ordered)?;
    let (body, (source, placement, setting)) = step.judge(case.version, |body, faults| {
        faults.day("/issued_on", body.issued_on, not_before, acting.today);
        faults.not_blank("/signed_by", body.signed_by.as_deref());
        let of_case = |plan: &Plan| plan.case_id == case_id && plan.entered_in_error_at.is_none();
        let source = store::find(tx, body.plan_id)?.filter(of_case);
        faults.unless(source.is_some(), "/plan_id", Code::UnknownPlan, "Name a version of this case's plan.");
        let (placement, setting) = placement(tx, &case, body, faults)?;
        judge_not_named(&case, body, &requests, acting.today, faults);
        let overrides = body.overrides.clone().unwrap_or_default();
        for (code, reason) in overrides.given() {
            faults.not_blank(&format!("/overrides/{code}"), Some(reason));
        }
        Ok((source, placement, setting))
    })?;
    earliest?;
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
        let of_text = content_of(tx, &case, &source, &sections, 0, body.issued_on)?;
        PlanContent { placement: placement.to_statute(), ..of_text }
    } else {
        // Of a draft that was taken over from elsewhere only the days are kept: its text can't be judged here.
        PlanContent {
            written: Section::ALL.iter().copied().collect(),
            placement: placement.to_statute(),
            health_agreement: HealthAgreement::Agreed,
            preparing_for_adulthood: PreparingForAdulthood::NotOwed,
            unsettled_advice: 0,
        }
    };
    let not_named: Vec<NotNamed> = body.not_named.unwrap_or_default().into_iter().map(Into::into).collect();
    let overrides = body.overrides.unwrap_or_default();
    let plan = FinalPlan {
        issued_on: body.issued_on,
        differing: differing.clone(),
        content,
        choice: choice(app, tx, (&consultations, &requests), setting.as_ref(), &not_named, body.issued_on)?,
        notice: body.notice.map_or_else(Notice::default, |notice: NoticeBody| notice.into()),
        overridden: overrides.given().map(|(code, _)| code).collect(),
    };
    let needed: BTreeSet<statute::Code> = before.overridable(&plan).iter().map(|refusal| refusal.code).collect();
    before.issue_final_plan(&plan)?;
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
        not_named: (!not_named.is_empty()).then_some(Doc(not_named)),
        overrides: overrides.needed(&needed).map(Doc),
        sent_by: None,
        draft_notice: None,
        health_agreement: source.health_agreement.clone(),
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
        "not_named": plan.not_named.as_ref().map(|not_named| &not_named.0),
        "overrides": plan.overrides.as_ref().map(|overrides| &overrides.0),
    });
    let mut event = Event::new("final_plan_issued", "plan", id).case(case_id).on(body.issued_on);
    if let Some(Doc(overrides)) = &plan.overrides {
        let reasons: Vec<&str> = overrides.given().map(|(_, reason)| reason.as_str()).collect();
        event = event.because(reasons.join(" "));
    }
    let state_before = json!({ "began_from": basis.id, "number": basis.number, "served_on": basis.served_on });
    audit::record(tx, acting, event.before(&state_before).after(&state_after))?;
    let case = keep(tx, acting, case)?;
    case::notices::plan_issued(app, tx, acting, &case, (id, body.issued_on))?;
    Ok(case)
}

/// The placement as it is kept, with the setting that it names; the setting's name and type are kept as they are now.
fn placement(
    conn: &mut Conn,
    case: &Case,
    body: &FinalPlanBody,
    faults: &mut Faults,
) -> Result<(PlacementRecord, Option<Organisation>), Error> {
    let issued_on = body.issued_on;
    let issue_is_sound = faults.is_sound("/issued_on");
    let body = body.placement.clone().unwrap_or_default();
    let somewhere = body.setting_id.is_some() || body.setting_type.is_some();
    faults.unless(
        !somewhere || body.education_otherwise.is_none(),
        "/placement",
        Code::InvalidFormat,
        "Give setting_id, setting_type or both, or else education_otherwise.",
    );
    faults.not_blank("/placement/setting_type", body.setting_type.as_deref());
    faults.not_blank("/placement/inappropriate_because", body.inappropriate_because.as_deref());
    let setting = known_setting(conn, "/placement/setting_id", body.setting_id, faults)?;
    let setting_type =
        body.setting_type.or_else(|| setting.as_ref().and_then(|organisation| organisation.setting_type.clone()));
    let mut lacks = |pointer: &str, checked: Result<(), Refusal>| {
        if let Err(refusal) = checked {
            faults.add(pointer, Code::MissingField, told(&refusal));
        }
    };
    if setting.is_some() {
        lacks("/placement/setting_type", statute::check_type_given(setting_type.is_some()));
    }
    let by_authority = body.education_otherwise.is_some_and(|one| one.0 == EducationOtherwise::AuthorityS61);
    if by_authority {
        let finding = statute::check_s61_finding(body.inappropriate_because.is_some());
        lacks("/placement/inappropriate_because", finding);
        let consulted = statute::check_s61_family_consulted(body.family_consulted_on.is_some());
        lacks("/placement/family_consulted_on", consulted);
    } else if faults.is_sound("/placement/education_otherwise") {
        let detail = "Only education that the authority arranges elsewhere, authority_s61, has this.";
        let (finding, consulted) = (body.inappropriate_because.is_none(), body.family_consulted_on.is_none());
        faults.unless(finding, "/placement/inappropriate_because", Code::Contradiction, detail);
        faults.unless(consulted, "/placement/family_consulted_on", Code::Contradiction, detail);
    }
    if let Some(on) = body.family_consulted_on.filter(|_| issue_is_sound) {
        let detail = "Give a day between the receipt of the request and the issue: the family is consulted before.";
        let fine = (case.received_on..=issued_on).contains(&on);
        faults.unless(fine, "/placement/family_consulted_on", Code::OutOfRange, detail);
    }
    let record = PlacementRecord {
        setting_id: body.setting_id,
        setting_name: setting.as_ref().map(|organisation| organisation.name.clone()),
        setting_type,
        education_otherwise: body.education_otherwise,
        inappropriate_because: body.inappropriate_because,
        family_consulted_on: body.family_consulted_on,
    };
    Ok((record, setting))
}

/// A refusal as the detail of a fault, with where it is written.
fn told(refusal: &Refusal) -> String {
    match refusal.citation {
        Some(citation) => format!("{} ({citation})", refusal.sentence),
        None => refusal.sentence.clone(),
    }
}
