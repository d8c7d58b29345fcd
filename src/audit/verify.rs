//! Whether the record is what was recorded: finds what was altered, removed, moved or slipped in, and says which.
//!
//! It looks at the database alone. Whoever can write to all of it can write a whole record anew; what they can't change is
//! a root that was exported before (see [`super::Root`]).

use std::collections::BTreeSet;
use std::fmt;

use super::chain::{GENERAL, Head, READINGS, digest_of_details, digest_of_event, digest_of_reading};
use super::store::{self, Details, EventRow, ReadingRow};
use crate::db::{Conn, Db};
use crate::error::Error;
use crate::ids::Id;

/// How many records or chains are looked at together.
const BATCH: i64 = 500;

/// What may forget the details of a case's events.
const FORGETS: &str = "person_erased";

/// The most missing numbers of a chain that are told one by one.
const TOLD: i64 = 10_000;

/// What was found wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The chain.
    pub chain: Id,
    /// The record's place in it.
    pub number: i64,
    /// The event, where the record is one.
    pub event: Option<Id>,
    /// What is wrong.
    pub what: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { chain, number, event, what } = self;
        match *chain {
            GENERAL => write!(f, "changes of no case, record {number}")?,
            READINGS => write!(f, "readings, record {number}")?,
            case => write!(f, "case {case}, record {number}")?,
        }
        if let Some(event) = event {
            write!(f, " (event {event})")?;
        }
        write!(f, ": {what}")
    }
}

/// What was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checked {
    /// Chains.
    pub chains: usize,
    /// Events.
    pub events: usize,
    /// Events whose details were lawfully forgotten.
    pub forgotten: usize,
    /// Readings and refused attempts.
    pub readings: usize,
}

/// Checks the whole record on one state of the data, and tells each fault.
pub fn verify(db: &Db, tell: &mut dyn FnMut(&Fault)) -> Result<Checked, Error> {
    db.snapshot(|conn| {
        let mut checked = Checked::default();
        verify_cases(conn, &mut checked, tell)?;
        verify_general(conn, &mut checked, tell)?;
        verify_readings(conn, &mut checked, tell)?;
        for event in store::stray_events(conn, BATCH)? {
            let chain = event.case_id.unwrap_or(GENERAL);
            tell(&Fault {
                chain,
                number: event.number,
                event: Some(event.id),
                what: "the end of its chain was removed",
            });
        }
        Ok(checked)
    })
}

fn verify_cases(conn: &mut Conn, checked: &mut Checked, tell: &mut dyn FnMut(&Fault)) -> Result<(), Error> {
    let mut last = None;
    loop {
        let heads = store::heads_after(conn, last, BATCH)?;
        let Some((end, _)) = heads.last() else {
            return Ok(());
        };
        last = Some(*end);
        let cases: Vec<Id> =
            heads.iter().map(|(chain, _)| *chain).filter(|id| ![GENERAL, READINGS].contains(id)).collect();
        let mut events = store::events_of_chains(conn, &cases)?;
        for (chain, head) in heads.iter().filter(|(chain, _)| cases.contains(chain)) {
            let mut walk = Walk::new(*chain);
            let of_case = events.remove(chain).unwrap_or_default();
            // Whatever came before an erasure may have been forgotten by it.
            let forgets =
                of_case.iter().filter(|(event, _)| event.action == FORGETS).map(|(event, _)| event.number).max();
            for (event, details) in &of_case {
                let forgettable = forgets.is_some_and(|number| event.number <= number);
                walk.event(event, details.as_ref(), forgettable, checked, tell);
            }
            walk.end(head, tell);
            checked.chains = checked.chains.saturating_add(1);
        }
    }
}

fn verify_general(conn: &mut Conn, checked: &mut Checked, tell: &mut dyn FnMut(&Fault)) -> Result<(), Error> {
    let mut walk = Walk::new(GENERAL);
    let mut last = 0;
    loop {
        let events = store::events_after(conn, GENERAL, last, BATCH)?;
        let Some((end, _)) = events.last() else {
            break;
        };
        last = end.sequence;
        for (event, details) in &events {
            walk.event(event, details.as_ref(), false, checked, tell);
        }
    }
    walk.end(&store::head(conn, GENERAL)?.unwrap_or_default(), tell);
    checked.chains = checked.chains.saturating_add(1);
    Ok(())
}

fn verify_readings(conn: &mut Conn, checked: &mut Checked, tell: &mut dyn FnMut(&Fault)) -> Result<(), Error> {
    let mut walk = Walk::new(READINGS);
    let mut last = 0;
    loop {
        let readings = store::readings_after(conn, last, BATCH)?;
        let Some(end) = readings.last() else {
            break;
        };
        last = end.sequence;
        for reading in &readings {
            walk.reading(reading, tell);
        }
        checked.readings = checked.readings.saturating_add(readings.len());
    }
    walk.end(&store::head(conn, READINGS)?.unwrap_or_default(), tell);
    checked.chains = checked.chains.saturating_add(1);
    Ok(())
}

/// A walk along a chain, in the order in which the database says that its records were added.
struct Walk {
    chain: Id,
    /// The number and the digest of the record before.
    before: Head,
    /// The highest number so far.
    highest: i64,
    /// Numbers below it that have not come.
    missing: BTreeSet<i64>,
}

impl Walk {
    fn new(chain: Id) -> Self {
        Self { chain, before: Head::default(), highest: 0, missing: BTreeSet::new() }
    }

    fn event(
        &mut self,
        event: &EventRow,
        details: Option<&Details>,
        forgettable: bool,
        checked: &mut Checked,
        tell: &mut dyn FnMut(&Fault),
    ) {
        checked.events = checked.events.saturating_add(1);
        let digest = |previous: &str| digest_of_event(previous, event);
        self.record((event.number, &event.digest), Some(event.id), digest, tell);
        let mut fault = |what| tell(&Fault { chain: self.chain, number: event.number, event: Some(event.id), what });
        match (&event.details_digest, details) {
            (Some(kept), Some(details)) if *kept != digest_of_details(details) => fault("its details were altered"),
            (Some(_), None) if forgettable => checked.forgotten = checked.forgotten.saturating_add(1),
            (Some(_), None) => fault("its details were removed"),
            (None, Some(_)) => fault("details were added to it"),
            (Some(_), Some(_)) | (None, None) => {}
        }
    }

    fn reading(&mut self, reading: &ReadingRow, tell: &mut dyn FnMut(&Fault)) {
        let digest = |previous: &str| digest_of_reading(previous, reading);
        self.record((reading.number, &reading.digest), None, digest, tell);
    }

    fn record(
        &mut self,
        (number, kept): (i64, &str),
        event: Option<Id>,
        digest: impl Fn(&str) -> String,
        tell: &mut dyn FnMut(&Fault),
    ) {
        let mut fault = |what| tell(&Fault { chain: self.chain, number, event, what });
        if kept.is_empty() {
            fault("it belongs to no chain");
            return;
        }
        if number > self.highest {
            let from = self.highest.saturating_add(1);
            self.missing.extend((from..number).take(usize::try_from(TOLD).unwrap_or_default()));
            self.highest = number;
        } else if self.missing.remove(&number) {
            fault("it was moved to another place");
        } else {
            fault("it was slipped in");
            return;
        }
        // What follows a record that is not there can't be checked against it; that one is told of as removed or moved.
        if self.before.number.saturating_add(1) == number && digest(&self.before.digest) != kept {
            fault("it was altered");
        }
        self.before = Head { number, digest: kept.to_owned() };
    }

    fn end(&mut self, head: &Head, tell: &mut dyn FnMut(&Fault)) {
        let chain = self.chain;
        let from = self.highest.saturating_add(1);
        let beyond = (from..=head.number).take(usize::try_from(TOLD).unwrap_or_default());
        for number in self.missing.iter().copied().chain(beyond) {
            tell(&Fault { chain, number, event: None, what: "it was removed" });
        }
        if head.number < self.highest {
            tell(&Fault { chain, number: self.highest, event: None, what: "it comes after the end of its chain" });
        } else if head.number == self.before.number && head.digest != self.before.digest {
            tell(&Fault { chain, number: head.number, event: None, what: "it is not what the end of its chain says" });
        }
    }
}
