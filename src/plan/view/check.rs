//! What a version of a plan lacks, before somebody tries to send it.

use chrono::NaiveDate;
use serde::Serialize;
use statute::{Finding, Placement, PlanKind, PlanStatus, Section, Severity, Track};
use utoipa::ToSchema;

use super::sections;
use crate::auth::Acting;
use crate::case;
use crate::case::model::Case;
use crate::db::Conn;
use crate::error::Error;
use crate::ids::Id;
use crate::plan::commands::{basis_of, content_of, differing};
use crate::plan::model::Plan;
use crate::plan::store;
use crate::words::{PlanKindWord, SectionWord, SeverityWord};

/// Something about a version that is not as it should be.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PlanFinding)]
pub struct FindingView {
    /// The section it is about; null where it is about the whole.
    pub section: Option<SectionWord>,
    /// The rule, by the code with which a step is refused for it.
    pub rule: &'static str,
    /// `refuses`: it breaks the law, and the plan is not sent with it. `policy`: nor with this, unless a manager overrides it
    /// with a reason.
    /// `warns`: somebody should look at it.
    pub severity: SeverityWord,
    /// What is wrong and what to do about it.
    pub detail: String,
    /// Where the rule is written; null for this service's policy.
    pub citation: Option<&'static str>,
}

impl From<Finding> for FindingView {
    fn from(finding: Finding) -> Self {
        Self {
            section: finding.section.map(Into::into),
            rule: finding.rule.as_str(),
            severity: finding.severity.into(),
            detail: finding.sentence,
            citation: finding.citation,
        }
    }
}

/// What a version lacks: a draft is judged as one to be served, a final plan as issued.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PlanCheck)]
pub struct CheckView {
    /// The version.
    pub plan_id: Id,
    /// Its `ETag`'s version, as it was looked at.
    pub version: i32,
    /// As what it was judged.
    pub kind: PlanKindWord,
    /// Whether nothing breaks the law.
    pub lawful: bool,
    /// The findings, the gravest first.
    pub findings: Vec<FindingView>,
}

/// Looks a version through. A text that is not kept here, of a plan that was taken over, is not judged.
pub fn check_view(conn: &mut Conn, acting: &Acting, case: &Case, plan: &Plan) -> Result<CheckView, Error> {
    let (mut unsettled, mut kind, mut unexplained, mut in_force) = (0, plan.kind.0, None, None);
    if plan.status.0 == PlanStatus::Editing {
        let facts = case::store::facts(conn, case)?;
        let track = facts.track().filter(|track| track.drafts.is_empty());
        if track.is_some_and(Track::amends) {
            // What an order amends is sent without another draft.
            kind = PlanKind::Final;
        } else {
            unsettled = facts.unsettled_advice();
        }
        if let Some(basis) = basis_of(conn, case.id, case::store::track_id(&facts)?)? {
            let sections = sections(conn, plan)?;
            let differing = differing(conn, case.id, &sections, &basis)?;
            unexplained = statute::unexplained(&differing, track);
            in_force = basis.placement.and_then(|placement| placement.0.to_statute());
        }
    }
    let mut findings = Vec::new();
    if store::has_text(conn, plan.id)? {
        let sections = sections(conn, plan)?;
        let on = issued_on(conn, acting, case, plan, kind)?;
        let mut content = content_of(conn, case, plan, &sections, unsettled, on)?;
        if plan.status.0 == PlanStatus::Editing {
            // Where a plan in force is amended, its placement stands until the issue says another.
            content.placement =
                in_force.or_else(|| content.written.contains(&Section::I).then_some(Placement::SettingType));
        }
        findings = statute::findings(kind, &content);
        findings.extend(unexplained);
        findings.sort_by_key(|finding| finding.severity);
    }
    Ok(CheckView {
        plan_id: plan.id,
        version: plan.version,
        kind: kind.into(),
        lawful: findings.iter().all(|finding| finding.severity != Severity::Refuses),
        findings: findings.into_iter().map(FindingView::from).collect(),
    })
}

/// The day by which a version is judged: that of its issue, else the day on which the final plan is expected.
fn issued_on(conn: &mut Conn, acting: &Acting, case: &Case, plan: &Plan, kind: PlanKind) -> Result<NaiveDate, Error> {
    let issued_on = match plan.status.0 {
        PlanStatus::Issued => plan.issued_on,
        PlanStatus::Served => {
            let last = store::latest_with(conn, case.id, plan.order_id, PlanStatus::Issued)?;
            last.and_then(|last| last.issued_on)
        }
        // What is sent without another draft can be sent today.
        PlanStatus::Editing => (kind == PlanKind::Final).then_some(acting.today),
    };
    let served_on = plan.served_on.unwrap_or(acting.today);
    Ok(issued_on.unwrap_or_else(|| statute::expected_final_on(served_on, case.received_on, acting.today)))
}
