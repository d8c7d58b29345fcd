//! Who did what, and who read what or tried to. A change's record is written in the change's transaction. Knows no feature.
//!
//! Records are only ever added: a trigger refuses everything else, and chains of digests tell of what got past it. What is
//! personal in an event, why and what stood before and after, lies beside the chain, so that it can be forgotten and the
//! chain still be checked.

mod access;
mod chain;
mod root;
pub mod store;
mod verify;

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;

pub use access::{AccessLog, AccessRecord, Reader};
pub use chain::{GENERAL, Head, READINGS};
pub use root::{Root, RootFault};
pub use verify::{Checked, Fault, verify};

use crate::auth::Acting;
use crate::db::{Db, Tx};
use crate::error::Error;
use crate::ids::Id;

/// Something that happened, as it will stand on record.
#[derive(Debug, Clone)]
pub struct Event {
    pub(crate) action: &'static str,
    pub(crate) subject_kind: &'static str,
    pub(crate) subject_id: Option<Id>,
    pub(crate) case_id: Option<Id>,
    pub(crate) on_day: Option<NaiveDate>,
    pub(crate) reason: Option<String>,
    pub(crate) before: Option<Value>,
    pub(crate) after: Option<Value>,
}

impl Event {
    /// `action` (in the past tense, such as `draft_served`) happened to a thing of a kind.
    pub fn new(action: &'static str, subject_kind: &'static str, subject_id: Id) -> Self {
        Self {
            action,
            subject_kind,
            subject_id: Some(subject_id),
            case_id: None,
            on_day: None,
            reason: None,
            before: None,
            after: None,
        }
    }

    /// On this case.
    pub fn case(mut self, id: Id) -> Self {
        self.case_id = Some(id);
        self
    }

    /// On this day, which may be before the day of the record.
    pub fn on(mut self, day: NaiveDate) -> Self {
        self.on_day = Some(day);
        self
    }

    /// For this reason.
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// How the thing stood before.
    pub fn before(mut self, state: &impl Serialize) -> Self {
        self.before = serde_json::to_value(state).ok();
        self
    }

    /// A further fact of what stands now, where there is one.
    pub fn with(mut self, name: &str, fact: Option<impl Serialize>) -> Self {
        if let (Some(fields), Some(Ok(value))) =
            (self.after.as_mut().and_then(Value::as_object_mut), fact.map(serde_json::to_value))
        {
            fields.insert(name.to_owned(), value);
        }
        self
    }

    /// A field of the thing that moved as a consequence: it stands in both states beside what they hold already.
    pub fn moved(mut self, field: &str, before: impl Serialize, after: impl Serialize) -> Self {
        for (state, value) in
            [(&mut self.before, serde_json::to_value(before)), (&mut self.after, serde_json::to_value(after))]
        {
            let state = state.get_or_insert_with(|| Value::Object(serde_json::Map::new()));
            if let (Some(fields), Ok(value)) = (state.as_object_mut(), value) {
                fields.insert(field.to_owned(), value);
            }
        }
        self
    }

    /// How the thing stands now, or what was said about it.
    pub fn after(mut self, state: &impl Serialize) -> Self {
        self.after = serde_json::to_value(state).ok();
        self
    }
}

/// Puts an event on record, in the transaction of the change.
pub fn record(tx: &mut Tx<'_>, acting: &Acting, event: Event) -> Result<(), Error> {
    store::gather(tx, acting, vec![event])
}

/// Puts many events on record, in the order given and in the transaction of the change.
pub fn record_all(tx: &mut Tx<'_>, acting: &Acting, events: Vec<Event>) -> Result<(), Error> {
    store::gather(tx, acting, events)
}

/// How many records from before there were chains are added to theirs in one transaction.
const CHAINED_AT_ONCE: i64 = 1_000;

/// Adds the records from before there were chains to theirs, before any new one is. Answers how many there were. Where
/// several processes start at once, one does it and the others wait.
pub fn chain_earlier(db: &Db) -> Result<usize, Error> {
    // Looking first: a start must not wait for whoever is writing. Once they are chained none is any more: a record that is
    // found without its place was slipped in.
    if db.read(store::earlier_are_chained)? {
        return Ok(0);
    }
    let mut chained = 0_usize;
    loop {
        let count = db.write(|tx| {
            tx.keep_others_from_writing(&["audit_heads"])?;
            if store::earlier_are_chained(tx)? {
                return Ok(0);
            }
            let count =
                store::chain_events(tx, CHAINED_AT_ONCE)?.saturating_add(store::chain_readings(tx, CHAINED_AT_ONCE)?);
            if count == 0 {
                store::mark_earlier_chained(tx)?;
            }
            Ok(count)
        })?;
        if count == 0 {
            return Ok(chained);
        }
        chained = chained.saturating_add(count);
    }
}
