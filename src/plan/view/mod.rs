//! How a plan is shown.

mod changes;
mod check;
mod consultations;
mod document;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use statute::{Calendar, PlanStatus, Section};
use utoipa::ToSchema;

use crate::calendar;
use crate::case::model::Case;
use crate::db::Conn;
use crate::error::Error;
use crate::ids::Id;
use crate::plan::commands::gathered;
use crate::plan::model::{
    DraftNoticeBody, HealthAnswer, NotNamed, Overrides, PlacementRecord, Plan, PlanRecipientWord, SectionRow, Sections,
    SentByWord, Source,
};
use crate::plan::store;
use crate::time::Instant;
use crate::words::{PlanKindWord, PlanStatusWord};

pub use changes::{ChangesQuery, ChangesView, changes_view};
pub use check::{CheckView, check_view};
pub use consultations::{ConsultationView, consultation_view, consultation_views};
pub use document::document;

/// Until when the family may go to mediation and appeal against the final plan (Regs 14).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AppealRights)]
pub struct AppealRightsView {
    /// The last day on which it may contact a mediation adviser.
    pub contact_mediation_adviser_by: NaiveDate,
    /// Where that is written.
    pub mediation_citation: &'static str,
    /// The last day of an appeal, but for the later one that a mediation certificate may give.
    pub appeal_by: NaiveDate,
    /// Where that is written.
    pub appeal_citation: &'static str,
}

impl From<statute::AppealRights> for AppealRightsView {
    fn from(rights: statute::AppealRights) -> Self {
        Self {
            contact_mediation_adviser_by: rights.contact_mediation_adviser_by,
            mediation_citation: rights.mediation_citation,
            appeal_by: rights.appeal_by,
            appeal_citation: rights.appeal_citation,
        }
    }
}

/// A case in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CaseReference)]
pub struct CaseInShort {
    /// Its id.
    pub id: Id,
    /// What people call it.
    pub reference: String,
}

/// A version of a plan, without its text.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PlanVersion)]
pub struct PlanVersionView {
    /// Its id.
    pub id: Id,
    /// Its case.
    pub case: CaseInShort,
    /// The number of the document: 1, 2 and so on.
    pub number: i32,
    /// Raised by every change; the `ETag`.
    pub version: i32,
    /// What it is for.
    pub kind: PlanKindWord,
    /// Where it stands: once served or issued it is fixed.
    pub status: PlanStatusWord,
    /// Whether a section holds provision to prepare for adulthood, as its author says.
    pub preparing_for_adulthood: bool,
    /// What the integrated care board said of section G as it stands here (Regs 12(2)).
    pub health_agreement: Option<HealthAnswer>,
    /// The day it was served.
    pub served_on: Option<NaiveDate>,
    /// On whom it was served.
    pub served_to: Vec<PlanRecipientWord>,
    /// How it was sent to the family as a draft.
    pub sent_by: Option<SentByWord>,
    /// What the notice with the draft told the family.
    pub notice: Option<DraftNoticeBody>,
    /// Why a manager had it served while advice was unsettled.
    pub override_reason: Option<String>,
    /// The day it was sent as the final plan.
    pub issued_on: Option<NaiveDate>,
    /// To whom it was sent.
    pub issued_to: Vec<PlanRecipientWord>,
    /// Where education takes place.
    pub placement: Option<PlacementRecord>,
    /// The settings that the family asked for and that it does not name, each with the ground.
    pub not_named: Vec<NotNamed>,
    /// What a manager overrode when it was issued, each with the reason.
    pub overrides: Option<Overrides>,
    /// Who signed it.
    pub signed_by: Option<String>,
    /// The family's rights of mediation and appeal against it, with their last days; null until it is issued.
    pub appeal_rights: Option<AppealRightsView>,
    /// When it was found to have been sent in error, of a final plan: from then on it is none; else null.
    pub entered_in_error_at: Option<Instant>,
    /// When it was begun.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

impl PlanVersionView {
    /// A version as clients see it. `calendar` holds the bank holidays, by which the rights to appeal are dated.
    pub fn new(case: &Case, plan: Plan, calendar: &Calendar) -> Self {
        Self {
            id: plan.id,
            case: CaseInShort { id: case.id, reference: case.reference.clone() },
            number: plan.number,
            version: plan.version,
            kind: plan.kind,
            status: plan.status,
            preparing_for_adulthood: plan.preparing_for_adulthood,
            health_agreement: plan.health_agreement.map(|answer| answer.0),
            served_on: plan.served_on,
            served_to: plan.served_to.0,
            sent_by: plan.sent_by,
            notice: plan.draft_notice.map(|notice| notice.0),
            override_reason: plan.override_reason,
            issued_on: plan.issued_on,
            issued_to: plan.issued_to.0,
            placement: plan.placement.map(|placement| placement.0),
            not_named: plan.not_named.map(|not_named| not_named.0).unwrap_or_default(),
            overrides: plan.overrides.map(|overrides| overrides.0),
            signed_by: plan.signed_by,
            appeal_rights: plan
                .issued_on
                .filter(|_| plan.entered_in_error_at.is_none())
                .map(|on| statute::appeal_rights(on, case.received_on, calendar).into()),
            entered_in_error_at: plan.entered_in_error_at,
            created_at: plan.created_at,
            updated_at: plan.updated_at,
        }
    }
}

/// A section.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PlanSection)]
pub struct SectionView {
    /// The text, in a subset of HTML.
    pub text: String,
    /// The advice that it rests on; for K, the advice that it lists.
    pub sources: Vec<Source>,
    /// The family's representation that it answers.
    pub representation_id: Option<Id>,
    /// For the sections of provision: whether it holds provision to prepare for adulthood, as its author says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preparing_for_adulthood: Option<bool>,
}

/// A version of a plan, whole.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Plan)]
pub struct PlanView {
    /// What is known of it.
    #[serde(flatten)]
    pub plan: PlanVersionView,
    /// Every section, by its letter. K is made by the service.
    pub sections: BTreeMap<&'static str, SectionView>,
}

/// Puts a version of a plan together.
pub fn plan_view(conn: &mut Conn, case: &Case, plan: Plan) -> Result<PlanView, Error> {
    let sections = sections(conn, &plan)?;
    let calendar = calendar::store::working_days(conn)?;
    Ok(PlanView::new(case, plan, sections, &calendar))
}

/// Puts versions of plans of one case together, in as many statements however many there are.
pub fn plan_views(conn: &mut Conn, case: &Case, plans: Vec<Plan>) -> Result<Vec<PlanView>, Error> {
    let ids: Vec<Id> = plans.iter().map(|plan| plan.id).collect();
    let mut kept = store::sections_of_plans(conn, &ids)?;
    let calendar = calendar::store::working_days(conn)?;
    let mut views = Vec::new();
    for plan in plans {
        let sections = kept.remove(&plan.id).unwrap_or_else(|| Sections::blank(plan.id));
        let sections = completed(conn, &plan, sections)?;
        views.push(PlanView::new(case, plan, sections, &calendar));
    }
    Ok(views)
}

impl PlanView {
    fn new(case: &Case, plan: Plan, sections: Sections, calendar: &Calendar) -> Self {
        let view = |row: SectionRow| SectionView {
            text: row.text,
            sources: row.sources.0,
            representation_id: row.representation_id,
            preparing_for_adulthood: row.section.0.is_provision().then_some(row.preparing_for_adulthood),
        };
        let sections = sections.into_rows();
        Self {
            plan: PlanVersionView::new(case, plan, calendar),
            sections: sections.into_iter().map(|(section, row)| (section.as_str(), view(row))).collect(),
        }
    }
}

/// While a version is written, section K lists what has been gathered by now; what was served or issued stays as it was.
pub fn sections(conn: &mut Conn, plan: &Plan) -> Result<Sections, Error> {
    let kept = store::sections(conn, plan.id)?;
    completed(conn, plan, kept)
}

fn completed(conn: &mut Conn, plan: &Plan, mut sections: Sections) -> Result<Sections, Error> {
    if plan.status.0 == PlanStatus::Editing {
        sections.gather(gathered(conn, plan.case_id)?);
    }
    // Of a plan that was made of a draft from elsewhere, whose text is not kept, the placement still is.
    if let Some(placement) = plan.placement.as_ref().filter(|_| sections.is_blank(Section::I)) {
        sections.place(&placement.0);
    }
    Ok(sections)
}
