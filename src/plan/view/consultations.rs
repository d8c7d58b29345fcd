//! How a consultation of a setting is shown.

use chrono::NaiveDate;
use serde::Serialize;
use statute::RuleId;
use utoipa::ToSchema;

use super::CaseInShort;
use crate::case;
use crate::case::model::Case;
use crate::case::store::Derived;
use crate::db::Conn;
use crate::error::Error;
use crate::ids::Id;
use crate::organisation;
use crate::organisation::model::OrganisationInShort;
use crate::plan::model::Consultation;
use crate::time::Instant;
use crate::words::PlacementGroundWord;

/// A legal ground against being named.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PlacementGroundGiven)]
pub struct GroundView {
    /// Which.
    pub ground: PlacementGroundWord,
    /// Where it is written.
    pub citation: &'static str,
}

/// A setting that is asked whether it could be named.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Consultation)]
pub struct ConsultationView {
    /// Its id.
    pub id: Id,
    /// Its case.
    pub case: CaseInShort,
    /// The draft that was with the family when the setting was asked.
    pub plan_id: Option<Id>,
    /// Who is asked.
    pub setting: OrganisationInShort,
    /// The day it was sent.
    pub sent_on: NaiveDate,
    /// The day the setting had it: its day zero.
    pub received_on: NaiveDate,
    /// Whether the family asks for this setting.
    pub requested_by_family: bool,
    /// The last day of its fifteen days. Guidance: a late answer counts all the same.
    pub due_on: NaiveDate,
    /// The last working day by then.
    pub act_by: NaiveDate,
    /// Where the fifteen days are written.
    pub citation: String,
    /// Whether the answer is owed and its last day is over.
    pub overdue: bool,
    /// How many days late the answer came, 0 in time; while overdue, how late it is today; else null.
    pub days_late: Option<i64>,
    /// The day it answered.
    pub responded_on: Option<NaiveDate>,
    /// Whether it says that it can meet the needs.
    pub can_meet_need: Option<bool>,
    /// The legal grounds that it gives against being named.
    pub grounds: Vec<GroundView>,
    /// What else it says.
    pub text: Option<String>,
    /// The day on which another authority that maintains the setting was consulted.
    pub authority_consulted_on: Option<NaiveDate>,
    /// When it was recorded.
    pub recorded_at: Instant,
}

/// A consultation as it stands on a day.
pub fn consultation_view(
    conn: &mut Conn,
    case: &Case,
    row: Consultation,
    today: NaiveDate,
) -> Result<ConsultationView, Error> {
    consultation_views(conn, case, vec![row], today)?.pop().ok_or_else(|| Error::internal("one makes one"))
}

/// Consultations of a case as they stand on a day.
pub fn consultation_views(
    conn: &mut Conn,
    case: &Case,
    rows: Vec<Consultation>,
    today: NaiveDate,
) -> Result<Vec<ConsultationView>, Error> {
    let deadlines = case::store::deadlines(conn, case.id)?;
    let settings: Vec<Id> = rows.iter().map(|row| row.setting_id).collect();
    let settings = organisation::store::of_ids(conn, &settings)?;
    let view = |row: Consultation| {
        let setting = settings
            .iter()
            .find(|setting| setting.id == row.setting_id)
            .ok_or_else(|| Error::internal(format!("consultation {} has no setting", row.id)))?;
        let id = row.id.to_string();
        let is_its_own = |one: &&Derived| {
            one.rule.0 == RuleId::SettingConsultation && one.subject_id.as_deref() == Some(id.as_str())
        };
        let deadline = deadlines
            .iter()
            .find(is_its_own)
            .ok_or_else(|| Error::internal(format!("consultation {} has no deadline", row.id)))?;
        let due_on = deadline.due_on;
        let late = |on: NaiveDate| on.signed_duration_since(due_on).num_days();
        let overdue = deadline.applicable && row.responded_on.is_none() && today > due_on;
        Ok(ConsultationView {
            id: row.id,
            case: CaseInShort { id: case.id, reference: case.reference.clone() },
            plan_id: row.plan_id,
            setting: OrganisationInShort::from(setting),
            sent_on: row.sent_on,
            received_on: row.received_on,
            requested_by_family: row.requested_by_family,
            due_on,
            act_by: deadline.act_by,
            citation: deadline.citation.clone(),
            overdue,
            days_late: row.responded_on.map(|on| late(on).max(0)).or(overdue.then(|| late(today))),
            responded_on: row.responded_on,
            can_meet_need: row.can_meet_need,
            grounds: row
                .grounds
                .0
                .into_iter()
                .map(|ground| GroundView { ground, citation: ground.0.citation() })
                .collect(),
            text: row.text,
            authority_consulted_on: row.authority_consulted_on,
            recorded_at: row.recorded_at,
        })
    };
    rows.into_iter().map(view).collect()
}
