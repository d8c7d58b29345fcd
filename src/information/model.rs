//! What an information request is.

use chrono::NaiveDate;
use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};
use serde::Deserialize;
use statute::{AskedFor, SettingAsked};
use utoipa::ToSchema;

use crate::db::schema::information_requests;
use crate::ids::Id;
use crate::time::Instant;

/// An information request as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = information_requests, treat_none_as_null = true)]
pub struct InformationRequest {
    /// Its id.
    pub id: Id,
    /// The case.
    pub case_id: Id,
    /// The setting that is asked.
    pub organisation_id: Id,
    /// The day it was asked.
    pub asked_on: NaiveDate,
    /// By which day it is asked to answer. No law sets it: reminders go by it.
    pub reply_by: NaiveDate,
    /// The day it answered.
    pub answered_on: Option<NaiveDate>,
    /// The day the request was cancelled.
    pub cancelled_on: Option<NaiveDate>,
    /// Why.
    pub cancellation_reason: Option<String>,
    /// Who recorded it.
    pub recorded_by: Option<Id>,
    /// When it was recorded.
    pub recorded_at: Instant,
}

impl InformationRequest {
    /// When settings were asked for information, and answered: what closures are compared with.
    pub fn asked<'a>(requests: impl IntoIterator<Item = &'a Self>) -> impl Iterator<Item = SettingAsked> {
        requests.into_iter().filter(|one| one.cancelled_on.is_none()).map(|one| SettingAsked {
            what: AskedFor::Information,
            asked_on: one.asked_on,
            answered_on: one.answered_on,
        })
    }

    /// Whether the setting has not answered, and is still asked.
    pub fn is_owed(&self) -> bool {
        self.answered_on.is_none() && self.cancelled_on.is_none()
    }
}

/// An information request to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InformationRequestBody {
    /// Who is asked: an organisation of kind education_setting or early_years_provider; the case's own setting unless told.
    pub organisation_id: Option<Id>,
    /// The day it was asked; today unless told. From the day of receipt until it is decided whether to assess.
    pub asked_on: Option<NaiveDate>,
    /// By which day it is asked to answer; so many days later as the council's rules say unless told. Reminders go by it.
    pub reply_by: Option<NaiveDate>,
}

/// The answer to an information request.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InformationAnswerBody {
    /// The day it came; today unless told.
    pub answered_on: Option<NaiveDate>,
}

/// An information request is no longer made, or was recorded by mistake: it counts for nothing.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InformationCancellationBody {
    /// Why.
    #[schema(min_length = 1, max_length = 5000)]
    pub reason: String,
}
