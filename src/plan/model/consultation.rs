//! A school or college that is asked whether it could be named.

use chrono::NaiveDate;
use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::db::columns::Doc;
use crate::db::schema::consultations;
use crate::ids::Id;
use crate::time::Instant;
use crate::words::PlacementGroundWord;

/// A consultation as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = consultations, treat_none_as_null = true)]
pub struct Consultation {
    /// Its id.
    pub id: Id,
    /// The case.
    pub case_id: Id,
    /// The draft that was with the family when the setting was asked; none while the first was being written.
    pub plan_id: Option<Id>,
    /// Who is asked.
    pub setting_id: Id,
    /// The day it was sent.
    pub sent_on: NaiveDate,
    /// The day the setting had it: its day zero.
    pub received_on: NaiveDate,
    /// Whether the family asks for this setting.
    pub requested_by_family: bool,
    /// The day it answered.
    pub responded_on: Option<NaiveDate>,
    /// Whether it can meet the needs, as it says.
    pub can_meet_need: Option<bool>,
    /// The legal grounds that it gives against being named.
    pub grounds: Doc<Vec<PlacementGroundWord>>,
    /// What else it says.
    pub text: Option<String>,
    /// Who recorded it.
    pub recorded_by: Option<Id>,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Who recorded the answer.
    pub response_recorded_by: Option<Id>,
    /// When the answer was recorded.
    pub response_recorded_at: Option<Instant>,
    /// The day on which another authority that maintains the setting was consulted.
    pub authority_consulted_on: Option<NaiveDate>,
}

/// A consultation as it is recorded.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsultationBody {
    /// Who is asked: an organisation of kind education_setting or early_years_provider.
    pub setting_id: Id,
    /// The day it was sent.
    pub sent_on: NaiveDate,
    /// The day the setting had it, from which its fifteen days count; `sent_on` unless told.
    pub received_on: Option<NaiveDate>,
    /// Whether the family asks for this setting.
    pub requested_by_family: Option<bool>,
    /// The day on which the authority that maintains the setting was consulted, where that is another (Act s.39(2)).
    pub authority_consulted_on: Option<NaiveDate>,
}

/// The answer of a consulted setting. A late one is taken as one in time, and shows that it was late.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsultationResponseBody {
    /// The day it came.
    pub responded_on: NaiveDate,
    /// Whether the setting says that it can meet the needs.
    pub can_meet_need: bool,
    /// The legal grounds that it gives against being named (Act s.39(4)).
    #[schema(max_items = 3)]
    pub grounds: Option<Vec<PlacementGroundWord>>,
    /// What else it says.
    #[schema(max_length = 20000)]
    pub text: Option<String>,
}
