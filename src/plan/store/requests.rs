//! The settings that a family asks for.

use statute::PlanStatus;

use super::{all_consultations, all_representations, all_with};
use crate::case::model::Case;
use crate::db::Conn;
use crate::error::Error;
use crate::ids::Id;
use crate::plan::model::Consultation;

/// A setting that the family asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Which, where it is one that is known here.
    pub setting_id: Option<Id>,
    /// What the family called it, where it is not known which it is.
    pub name: Option<String>,
    /// Whether the family asked in the time that the notice with the draft gave it.
    pub in_time: bool,
}

/// What was asked of settings, and what the family asks for, in a track; `None` for the time before any order.
pub fn requests(
    conn: &mut Conn,
    case: &Case,
    track: Option<(Id, chrono::NaiveDate)>,
) -> Result<(Vec<Consultation>, Vec<Request>), Error> {
    let (order, ordered_on) = track.unzip();
    let mut consultations = all_consultations(conn, case.id)?;
    consultations.retain(|one| ordered_on.is_none_or(|on| one.sent_on >= on));
    let asked = consultations.iter().filter(|one| one.requested_by_family);
    let mut requests: Vec<Request> =
        asked.map(|one| Request { setting_id: Some(one.setting_id), name: None, in_time: true }).collect();
    let served = all_with(conn, case.id, PlanStatus::Served)?;
    for one in all_representations(conn, case.id)? {
        let draft = served.iter().find(|plan| plan.id == one.plan_id && plan.order_id == order);
        let names = one.requested_setting_id.is_some() || one.requested_setting.is_some();
        if let Some(served_on) = draft.and_then(|plan| plan.served_on).filter(|_| names) {
            let in_time = statute::asked_in_time(one.received_on, served_on, case.received_on);
            requests.push(Request { setting_id: one.requested_setting_id, name: one.requested_setting, in_time });
        }
    }
    Ok((consultations, requests))
}
