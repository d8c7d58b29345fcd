//! What is said about the keeping of a person's record.

use chrono::{Months, NaiveDate};
use diesel::{Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::audit::store::{ReadingRow, Recorded};
use crate::config::RetentionSettings;
use crate::db::schema::{person_erasures, person_holds};
use crate::ids::Id;
use crate::time::Instant;

/// A hold as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = person_holds)]
pub struct Hold {
    /// Whose record it keeps.
    pub person_id: Id,
    /// Why.
    pub reason: String,
    /// Who placed it.
    pub placed_by: Id,
    /// When.
    pub placed_at: Instant,
}

/// An erasure as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = person_erasures, treat_none_as_default_value = false)]
pub struct Erasure {
    /// Whose record was erased.
    pub person_id: Id,
    /// By whom; none where the service did it, since the record had been kept long enough.
    pub erased_by: Option<Id>,
    /// When.
    pub erased_at: Instant,
}

/// Why a record is not to be erased for now.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldBody {
    /// Why: an inquiry, a complaint, proceedings.
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: String,
}

/// Why a record is erased.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ErasureBody {
    /// Why, in words that say nothing of the person: it stays on record.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// A hold.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Hold)]
pub struct HoldView {
    /// Why.
    pub reason: String,
    /// Who placed it.
    pub placed_by: Id,
    /// When.
    pub placed_at: Instant,
}

impl From<Hold> for HoldView {
    fn from(row: Hold) -> Self {
        Self { reason: row.reason, placed_by: row.placed_by, placed_at: row.placed_at }
    }
}

/// How long a person's record is kept.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Retention)]
pub struct RetentionView {
    /// Whose.
    pub person_id: Id,
    /// From when on the service erases it by itself; null where the settings set no time, or it has been erased.
    pub until: Option<NaiveDate>,
    /// Whether a plan was issued for them: it decides which of the settings counts.
    pub plan_issued: bool,
    /// Whether a case of theirs is open: it is not erased while one is.
    pub case_open: bool,
    /// What keeps it for now, whatever the day.
    pub hold: Option<HoldView>,
    /// When it was erased.
    pub erased_at: Option<Instant>,
}

/// What an erasure did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErasureView {
    /// How many cases were the person's; their days and outcomes stay.
    pub cases: usize,
    /// How many documents were removed, with their content.
    pub documents: usize,
    /// How many notes were removed.
    pub notes: usize,
    /// How many mails have lost their address and their facts.
    pub mails: usize,
    /// How many changes have lost why, before and after; that they were made stays on record.
    pub changes: usize,
}

/// A person whose record may have been kept long enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeping {
    /// Who.
    pub person_id: Id,
    /// When they were born.
    pub date_of_birth: NaiveDate,
    /// Whether a plan was issued for them.
    pub plan_issued: bool,
}

impl Keeping {
    /// Until when it is kept; none where the settings set no time for its outcome.
    pub fn until(&self, settings: &RetentionSettings) -> Option<NaiveDate> {
        let years = if self.plan_issued { settings.plan_years } else { settings.other_years };
        self.date_of_birth.checked_add_months(Months::new(years?.saturating_mul(12)))
    }
}

/// Which records to list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditFilter {
    /// On this case.
    pub case_id: Option<Id>,
    /// By this user.
    pub user_id: Option<Id>,
    /// From this day on, in London.
    pub from: Option<NaiveDate>,
    /// Up to and including this day.
    pub to: Option<NaiveDate>,
    /// How many, 50 unless told, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// Where to go on: `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// What kind of record it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// Something was changed, or somebody signed in or out.
    Change,
    /// A case was read.
    Reading,
    /// Something was refused.
    Refusal,
}

/// A record.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AuditRecord)]
pub struct RecordView {
    /// What kind of record it is.
    pub kind: RecordKind,
    /// When.
    pub at: Instant,
    /// The user; null for the service itself, and where it was through a secure link.
    pub actor_id: Option<Id>,
    /// Who, as they were called then.
    pub actor: String,
    /// The secure link that was opened.
    pub link_id: Option<Id>,
    /// The request.
    pub request_id: String,
    /// From where.
    pub address: Option<String>,
    /// The case.
    pub case_id: Option<Id>,
    /// What was done, read or asked for.
    pub action: String,
    /// Why it was refused, as the code that was answered.
    pub refused: Option<String>,
    /// What kind of thing was changed.
    pub subject_kind: Option<String>,
    /// Which.
    pub subject_id: Option<Id>,
    /// The day on which it happened, which may be before that of the record.
    pub on: Option<NaiveDate>,
    /// Why.
    pub reason: Option<String>,
    /// Before.
    pub before: Option<serde_json::Value>,
    /// After.
    pub after: Option<serde_json::Value>,
    /// Whether why, before and after were forgotten with the erasure of the person.
    pub forgotten: bool,
    /// Its place in its chain.
    pub number: i64,
    /// Its digest.
    pub digest: String,
}

impl From<Recorded> for RecordView {
    fn from(row: Recorded) -> Self {
        Self {
            kind: RecordKind::Change,
            at: row.event.at,
            actor_id: row.event.actor_id,
            actor: row.event.actor_name,
            link_id: None,
            request_id: row.event.request_id,
            address: row.event.address,
            case_id: row.event.case_id,
            action: row.event.action,
            refused: None,
            subject_kind: Some(row.event.subject_kind),
            subject_id: row.event.subject_id,
            on: row.event.on_day,
            reason: row.reason,
            before: row.before,
            after: row.after,
            forgotten: row.forgotten,
            number: row.event.number,
            digest: row.event.digest,
        }
    }
}

impl From<ReadingRow> for RecordView {
    fn from(row: ReadingRow) -> Self {
        Self {
            kind: if row.refused.is_some() { RecordKind::Refusal } else { RecordKind::Reading },
            at: row.at,
            actor_id: row.user_id,
            actor: row.user_name,
            link_id: row.link_id,
            request_id: row.request_id,
            address: row.address,
            case_id: row.case_id,
            action: row.what,
            refused: row.refused,
            subject_kind: None,
            subject_id: None,
            on: None,
            reason: None,
            before: None,
            after: None,
            forgotten: false,
            number: row.number,
            digest: row.digest,
        }
    }
}
