//! What a request for advice is.

use chrono::NaiveDate;
use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};
use serde_json::Value;
use statute::AdviceKind;

use crate::auth::Acting;
use crate::db::columns::Doc;
use crate::db::schema::advice_requests;
use crate::ids::Id;
use crate::organisation::model::Organisation;
use crate::time::Instant;
use crate::words::{AdviceKindWord, AdviceStatusWord};

/// A request for advice as it is kept. Its due day is a projection of the law's, rewritten with the case's deadlines.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = advice_requests, treat_none_as_null = true)]
pub struct AdviceRequest {
    /// Its id.
    pub id: Id,
    /// The case it is for.
    pub case_id: Id,
    /// What is asked for.
    pub kind: AdviceKindWord,
    /// Of whom; none is something to fix, or the family.
    pub organisation_id: Option<Id>,
    /// Whether section 31 of the Act binds the body, as it stood when it was asked.
    pub section_31_body: bool,
    /// Where it stands.
    pub status: AdviceStatusWord,
    /// What is asked in particular.
    pub questions: Option<String>,
    /// The day it was asked.
    pub requested_on: NaiveDate,
    /// The day the body had it: its day zero.
    pub received_by_body_on: NaiveDate,
    /// The last day in time; none for the family's own.
    pub due_on: Option<NaiveDate>,
    /// The last working day by then.
    pub act_by: Option<NaiveDate>,
    /// The day the body said that it had it.
    pub acknowledged_on: Option<NaiveDate>,
    /// The day of the submission that stands.
    pub submitted_on: Option<NaiveDate>,
    /// The day it was accepted.
    pub accepted_on: Option<NaiveDate>,
    /// Whether a confirmed exception relieves it.
    pub excepted: bool,
    /// Whether something is still owed by somebody who can be late with it.
    pub outstanding: bool,
    /// How it came to an end, where it was not by acceptance.
    pub closing: Option<Doc<Value>>,
    /// Raised by every change.
    pub version: i32,
    /// When it was recorded.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

impl AdviceRequest {
    /// A request of `organisation`, or one that still has to be addressed.
    pub fn new(
        case_id: Id,
        kind: AdviceKind,
        organisation: Option<&Organisation>,
        requested_on: NaiveDate,
        acting: &Acting,
    ) -> Self {
        Self {
            id: Id::new(),
            case_id,
            kind: kind.into(),
            organisation_id: organisation.map(|organisation| organisation.id),
            section_31_body: organisation.is_some_and(|organisation| organisation.section_31_body),
            status: statute::AdviceStatus::Requested.into(),
            questions: None,
            requested_on,
            received_by_body_on: requested_on,
            due_on: None,
            act_by: None,
            acknowledged_on: None,
            submitted_on: None,
            accepted_on: None,
            excepted: false,
            outstanding: kind != AdviceKind::Family,
            closing: None,
            version: 1,
            created_at: acting.at,
            updated_at: acting.at,
        }
    }
}
