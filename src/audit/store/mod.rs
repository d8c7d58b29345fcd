//! The rows behind the record: how they stand there. Adding to the chains, walking along them, and what the history shows
//! are modules of their own.

mod chains;
mod history;
mod verify;

use chrono::NaiveDate;
use diesel::{Insertable, Queryable, Selectable};
use serde_json::{Map, Value};

pub(super) use chains::{
    append_readings, chain_events, chain_readings, earlier_are_chained, gather, mark_earlier_chained,
};
pub use history::{
    RecordKey, Sought, accesses_of_case, changes, changes_of_cases, events_of_case, forget_details, links_opened,
    readings, recorded_as,
};
pub use verify::without_chain;
pub(super) use verify::{
    digest_at, ends_before, events_after, events_of_chains, head, heads_after, readings_after, stray_events,
};

use super::Event;
use super::chain::GENERAL;
use crate::auth::random_token;
use crate::db::schema::{access_records, audit_details, audit_events};
use crate::error::Error;
use crate::ids::Id;
use crate::time::Instant;

/// How many events one statement may write: SQLite takes 32,766 values.
const AT_ONCE: usize = 1_000;

/// An event as it stands on record, but for what may be forgotten of it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = audit_events)]
pub struct EventRow {
    /// The order of events.
    pub sequence: i64,
    /// Its id.
    pub id: Id,
    /// When it was recorded.
    pub at: Instant,
    /// The user, where it was one.
    pub actor_id: Option<Id>,
    /// Who, as they were called then.
    pub actor_name: String,
    /// The request.
    pub request_id: String,
    /// From where.
    pub address: Option<String>,
    /// The case it happened on.
    pub case_id: Option<Id>,
    /// What kind of thing it happened to.
    pub subject_kind: String,
    /// The thing.
    pub subject_id: Option<Id>,
    /// What happened.
    pub action: String,
    /// The day on which it happened.
    pub on_day: Option<NaiveDate>,
    /// Its place in its chain.
    pub number: i64,
    /// The digest of its details, where it had any.
    pub details_digest: Option<String>,
    /// Its digest, with that of the event before it.
    pub digest: String,
}

/// What may be forgotten of an event: why, and what stood before and after.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_details, treat_none_as_default_value = false)]
pub struct Details {
    /// Whose details they are.
    pub event_id: Id,
    /// The case of that event.
    pub case_id: Option<Id>,
    /// What makes the digest one that nobody can try guesses on, once the content is forgotten.
    pub salt: String,
    /// JSON with `reason`, `before` and `after`; kept as the text that was digested.
    pub content: String,
}

impl Details {
    /// Of an event that says more than what happened.
    fn of(id: Id, event: &Event) -> Option<Self> {
        if event.reason.is_none() && event.before.is_none() && event.after.is_none() {
            return None;
        }
        let content = serde_json::json!({ "reason": event.reason, "before": event.before, "after": event.after });
        Some(Self { event_id: id, case_id: event.case_id, salt: random_token(), content: content.to_string() })
    }
}

/// An event with its details, as far as they have not been forgotten.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The event.
    pub event: EventRow,
    /// Why.
    pub reason: Option<String>,
    /// Before.
    pub before: Option<Value>,
    /// After.
    pub after: Option<Value>,
    /// Whether there were details that have been forgotten since.
    pub forgotten: bool,
}

impl Recorded {
    fn new((event, content): (EventRow, Option<String>)) -> Result<Self, Error> {
        let forgotten = event.details_digest.is_some() && content.is_none();
        let parse = |text: String| serde_json::from_str::<Map<String, Value>>(&text);
        let mut content = content.map(parse).transpose().map_err(|fault| Error::internal(fault.to_string()))?;
        let mut take = |name: &str| content.as_mut()?.remove(name).filter(|value| !value.is_null());
        let reason = take("reason").and_then(|reason| reason.as_str().map(str::to_owned));
        Ok(Self { before: take("before"), after: take("after"), reason, event, forgotten })
    }
}

/// A reading, or an attempt at one that was refused, as it stands on record.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = access_records)]
pub struct ReadingRow {
    /// The order of readings.
    pub sequence: i64,
    /// When.
    pub at: Instant,
    /// By which user, where it was one.
    pub user_id: Option<Id>,
    /// Who, as they were called then; through a link, the organisation it was mailed to.
    pub user_name: String,
    /// Through which secure link, where it was one.
    pub link_id: Option<Id>,
    /// The request.
    pub request_id: String,
    /// From where.
    pub address: Option<String>,
    /// Of which case; a refused attempt may be about none.
    pub case_id: Option<Id>,
    /// What was read, or asked for.
    pub what: String,
    /// Why it was refused, where it was.
    pub refused: Option<String>,
    /// Its place in the chain.
    pub number: i64,
    /// Its digest, with that of the reading before it.
    pub digest: String,
}

/// An event with its details, where it has any and they have not been forgotten.
pub(super) type WithDetails = (EventRow, Option<Details>);

impl EventRow {
    /// The chain that it belongs to.
    fn chain(&self) -> Id {
        self.case_id.unwrap_or(GENERAL)
    }
}
