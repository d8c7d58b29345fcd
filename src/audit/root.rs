//! The root of a day: one digest over the ends that all chains had when the day was over. Kept where whoever runs the
//! service can't reach it, on paper even, it shows for ever whether what was on record that day still is.

use std::fmt;

use chrono::{NaiveDate, TimeDelta};

use super::chain::{GENERAL, Head, READINGS, root_of};
use super::store;
use crate::codes::Code;
use crate::db::Db;
use crate::error::Error;
use crate::ids::Id;
use crate::time::Instant;

/// How long after a day its records may still arrive: those of requests that began before its end.
const LATE: TimeDelta = TimeDelta::hours(1);

/// What an exported root begins with.
const HEADER: &str = "ehcp-tracker audit root 1";

/// The root of a day, with the ends that it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// The day, in London.
    pub day: NaiveDate,
    /// The digest.
    pub digest: String,
    ends: Vec<(Id, Head)>,
}

/// What an exported root shows to be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootFault {
    /// The file's own lines don't make its root.
    File,
    /// A record that was on record that day is another now, or none.
    Record(Id, i64),
}

impl fmt::Display for RootFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.write_str("the file is not as it was exported"),
            Self::Record(GENERAL, number) => write!(f, "changes of no case, record {number}: not what was exported"),
            Self::Record(READINGS, number) => write!(f, "readings, record {number}: not what was exported"),
            Self::Record(case, number) => write!(f, "case {case}, record {number}: not what was exported"),
        }
    }
}

fn line(chain: Id, end: &Head) -> String {
    format!("{chain} {} {}", end.number, end.digest)
}

impl Root {
    /// The last day whose record is whole.
    pub fn last_whole_day(now: Instant) -> Option<NaiveDate> {
        now.plus(-LATE).day_in_london().pred_opt()
    }

    /// The root of a day that is over.
    pub fn of(db: &Db, day: NaiveDate, now: Instant) -> Result<Self, Error> {
        let until = day.succ_opt().and_then(|next| Instant::in_london(next, 0));
        let until = until.filter(|until| until.plus(LATE) <= now).ok_or_else(|| {
            Error::conflict(
                Code::NotNow,
                format!("The record of {day} is whole an hour after the day's end: wait until then."),
            )
        })?;
        let ends: Vec<(Id, Head)> = db.snapshot(|conn| store::ends_before(conn, until))?.into_iter().collect();
        let lines: Vec<String> = ends.iter().map(|(chain, end)| line(*chain, end)).collect();
        let digest = root_of(&day.to_string(), lines.iter().map(String::as_str));
        Ok(Self { day, digest, ends })
    }

    /// The root as a text to keep elsewhere: ids, numbers and digests alone.
    pub fn export(&self) -> String {
        let mut text = format!("{HEADER}\n{} {}\n", self.day, self.digest);
        for (chain, end) in &self.ends {
            text.push_str(&line(*chain, end));
            text.push('\n');
        }
        text
    }

    /// Reads an exported root.
    pub fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        if lines.next()? != HEADER {
            return None;
        }
        let (day, digest) = lines.next()?.split_once(' ')?;
        let ends = lines.map(|line| {
            let mut parts = line.splitn(3, ' ');
            let chain = parts.next()?.parse().ok()?;
            let number = parts.next()?.parse().ok()?;
            Some((chain, Head { number, digest: parts.next()?.to_owned() }))
        });
        Some(Self { day: day.parse().ok()?, digest: digest.to_owned(), ends: ends.collect::<Option<_>>()? })
    }

    /// Compares an exported root with what is on record now.
    pub fn check(&self, db: &Db) -> Result<Vec<RootFault>, Error> {
        let lines: Vec<String> = self.ends.iter().map(|(chain, end)| line(*chain, end)).collect();
        if root_of(&self.day.to_string(), lines.iter().map(String::as_str)) != self.digest {
            return Ok(vec![RootFault::File]);
        }
        db.snapshot(|conn| {
            let mut faults = Vec::new();
            for (chain, end) in &self.ends {
                if store::digest_at(conn, *chain, end.number)?.as_ref() != Some(&end.digest) {
                    faults.push(RootFault::Record(*chain, end.number));
                }
            }
            Ok(faults)
        })
    }
}
