//! What somebody should know of the plan of a case.

use statute::{PlanStatus, Section, Stage, Warning};

use super::WarningView;
use super::warnings::law_warning;
use crate::case::model::Case;
use crate::case::store;
use crate::db::Conn;
use crate::db::columns::Doc;
use crate::error::Error;
use crate::ids::Id;
use crate::organisation;
use crate::plan::model::Plan;
use crate::plan::store as plans;

/// Warns of a draft whose sending is not on record as it should be, of health provision in it that is not agreed, and of
/// settings that the family asks for and need not be named.
pub(super) fn warn(conn: &mut Conn, case: &Case, warnings: &mut Vec<WarningView>) -> Result<(), Error> {
    let status = match case.stage.0 {
        Stage::DraftServed => PlanStatus::Served,
        Stage::PlanIssued => PlanStatus::Issued,
        _ => return Ok(()),
    };
    let Some(sent) = plans::all_with(conn, case.id, status)?.pop() else {
        return Ok(());
    };
    let orders = if sent.order_id.is_some() { store::orders(conn, case.id)? } else { Vec::new() };
    let ordered = orders.iter().find(|order| sent.order_id == Some(order.id)).map(|order| (order.id, order.ordered_on));
    let mut found = if status == PlanStatus::Served { of_draft(conn, &sent)? } else { Vec::new() };
    found.extend(of_requests(conn, case, ordered, &sent)?);
    warnings.extend(found.into_iter().map(law_warning));
    Ok(())
}

/// Of a draft that was taken over from elsewhere nothing but its days is known: it is not warned about.
fn of_draft(conn: &mut Conn, draft: &Plan) -> Result<Vec<Warning>, Error> {
    let Some(sections) = plans::sections_of_plans(conn, &[draft.id])?.remove(&draft.id) else {
        return Ok(Vec::new());
    };
    let notice = draft.draft_notice.as_ref().map_or_else(Default::default, |Doc(notice)| (*notice).into());
    let mut warnings = statute::draft_service_warnings(draft.sent_by.is_some(), &notice);
    let provided = !sections.is_blank(Section::G);
    warnings.extend(statute::health_agreement_warning(provided, draft.health_agreement()));
    Ok(warnings)
}

/// Each kind of warning once: of what the family asks for, or, once the plan is issued, asked for and did not get.
fn of_requests(
    conn: &mut Conn,
    case: &Case,
    ordered: Option<(Id, chrono::NaiveDate)>,
    sent: &Plan,
) -> Result<Vec<Warning>, Error> {
    let (_, requests) = plans::requests(conn, case, ordered)?;
    let named = sent.placement.as_ref().and_then(|Doc(placement)| placement.setting_id);
    let answered = |id: Id| sent.not_named.as_ref().is_some_and(|Doc(all)| all.iter().any(|one| one.setting_id == id));
    let ids: Vec<Id> = requests.iter().filter_map(|request| request.setting_id).collect();
    let settings = organisation::store::of_ids(conn, &ids)?;
    let mut open = settings.iter().filter(|setting| named != Some(setting.id) && !answered(setting.id));
    let independent = open.find_map(|setting| statute::request_warning(true, setting.can_be_requested()));
    // Who is asked for by name alone can no longer be told once the plan is issued.
    let unknown = sent.issued_on.is_none() && requests.iter().any(|request| request.setting_id.is_none());
    Ok(independent.into_iter().chain(unknown.then(|| statute::request_warning(false, false)).flatten()).collect())
}
