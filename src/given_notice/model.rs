//! What a given notice is.

use chrono::NaiveDate;
use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::schema::given_notices;
use crate::ids::Id;
use crate::time::Instant;
use crate::words::{NoticeAboutWord, RecipientWord};

/// A notice as it is kept: one recipient of one day.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = given_notices, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct GivenNotice {
    /// Its id.
    pub id: Id,
    /// The case.
    pub case_id: Id,
    /// Of what.
    pub about: NoticeAboutWord,
    /// Who was told.
    pub recipient: RecipientWord,
    /// The day.
    pub given_on: NaiveDate,
    /// The day the record was cancelled.
    pub cancelled_on: Option<NaiveDate>,
    /// Why.
    pub cancellation_reason: Option<String>,
    /// Who recorded it.
    pub recorded_by: Option<Id>,
    /// When it was recorded.
    pub recorded_at: Instant,
}

impl GivenNotice {
    /// As the law's crate takes it; nothing once it was cancelled.
    pub fn to_statute(&self) -> Option<statute::GivenNotice> {
        self.cancelled_on.is_none().then_some(statute::GivenNotice {
            about: self.about.0,
            recipient: self.recipient.0,
            on: self.given_on,
        })
    }
}

/// That others were told of the request, or of what was decided on it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenNoticeBody {
    /// Of what.
    pub about: NoticeAboutWord,
    /// Who was told on that day. When the family was told of a decision stands with the decision.
    #[schema(min_items = 1, max_items = 4)]
    pub recipients: Vec<RecipientWord>,
    /// The day; today unless told.
    pub given_on: Option<NaiveDate>,
}

/// A notice was recorded by mistake: it counts for nothing, and stays on record.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenNoticeCancellationBody {
    /// Why.
    #[schema(min_length = 1, max_length = 5000)]
    pub reason: String,
}

/// That somebody was told of the request, or of what was decided on it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = GivenNotice)]
pub struct GivenNoticeView {
    /// Its id.
    pub id: Id,
    /// Of what.
    pub about: NoticeAboutWord,
    /// Who was told.
    pub recipient: RecipientWord,
    /// The day.
    pub given_on: NaiveDate,
    /// The day the record was cancelled; from then on it counts for nothing.
    pub cancelled_on: Option<NaiveDate>,
    /// Why.
    pub cancellation_reason: Option<String>,
    /// When it was recorded.
    pub recorded_at: Instant,
}

impl From<GivenNotice> for GivenNoticeView {
    fn from(row: GivenNotice) -> Self {
        Self {
            id: row.id,
            about: row.about,
            recipient: row.recipient,
            given_on: row.given_on,
            cancelled_on: row.cancelled_on,
            cancellation_reason: row.cancellation_reason,
            recorded_at: row.recorded_at,
        }
    }
}
