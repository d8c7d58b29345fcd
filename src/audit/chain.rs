//! Chains of records: each holds a digest of itself and of the one before it, so that none can be altered, removed or moved
//! without all that follow it telling.
//!
//! The changes of a case are a chain, whose end is locked for no longer than the commit of a change to that case takes:
//! two cases never wait for each other. The changes of no case (sign-ins, users, organisations, the calendar) are rare
//! and share one chain. Readings share one too, which grows by a whole group at a time.

use std::fmt::Display;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::store::{Details, EventRow, ReadingRow};
use crate::ids::Id;

/// The chain of the changes of no case.
pub const GENERAL: Id = Id(Uuid::nil());

/// The chain of the readings.
pub const READINGS: Id = Id(Uuid::max());

/// The end of a chain: what the next record follows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// How many records the chain has.
    pub number: i64,
    /// The digest of the last one.
    pub digest: String,
}

/// What is digested, part by part. A part tells its own length, so that nothing can move from one to the next.
struct Parts(Sha256);

impl Parts {
    fn of(what: &str) -> Self {
        Self(Sha256::new()).and(Some(what))
    }

    fn and(mut self, part: Option<impl Display>) -> Self {
        match part.map(|part| part.to_string()) {
            None => self.0.update([0]),
            Some(text) => {
                self.0.update([1]);
                self.0.update(text.len().to_string());
                self.0.update([0]);
                self.0.update(text);
            }
        }
        self
    }

    fn digest(self) -> String {
        format!("{:x}", self.0.finalize())
    }
}

/// The digest of what may be forgotten of an event.
pub(super) fn digest_of_details(details: &Details) -> String {
    Parts::of("details 1").and(Some(&details.salt)).and(Some(&details.content)).digest()
}

/// The digest of an event that follows one with the digest `previous`.
pub(super) fn digest_of_event(previous: &str, event: &EventRow) -> String {
    Parts::of("event 1")
        .and(Some(previous))
        .and(Some(event.number))
        .and(Some(event.id))
        .and(Some(event.at))
        .and(event.actor_id)
        .and(Some(&event.actor_name))
        .and(Some(&event.request_id))
        .and(event.address.as_ref())
        .and(event.case_id)
        .and(Some(&event.subject_kind))
        .and(event.subject_id)
        .and(Some(&event.action))
        .and(event.on_day)
        .and(event.details_digest.as_ref())
        .digest()
}

/// The digest of a reading that follows one with the digest `previous`.
pub(super) fn digest_of_reading(previous: &str, reading: &ReadingRow) -> String {
    Parts::of("reading 1")
        .and(Some(previous))
        .and(Some(reading.number))
        .and(Some(reading.at))
        .and(reading.user_id)
        .and(Some(&reading.user_name))
        .and(reading.link_id)
        .and(Some(&reading.request_id))
        .and(reading.address.as_ref())
        .and(reading.case_id)
        .and(Some(&reading.what))
        .and(reading.refused.as_ref())
        .digest()
}

/// The digest of the ends of all chains of a day, as the lines of an export.
pub(super) fn root_of<'a>(day: &str, lines: impl Iterator<Item = &'a str>) -> String {
    lines.fold(Parts::of("root 1").and(Some(day)), |parts, line| parts.and(Some(line))).digest()
}
