//! What the figures answer on work that is to be done: who has how much, and what is late.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::{CaseName, Group, Named};
use crate::ids::Id;
use crate::words::{ClockStatusWord, HolderWord, RuleIdWord, StageWord};

/// Who has how much to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Load {
    /// Open cases.
    pub open: i64,
    /// Of them overdue, without an exception.
    pub overdue: i64,
    /// Overdue, and relieved by an exception.
    pub overdue_excepted: i64,
    /// Due soon.
    pub due_soon: i64,
    /// How many there are at each stage.
    #[schema(value_type = BTreeMap<String, i64>)]
    pub by_stage: BTreeMap<&'static str, i64>,
}

/// The open cases of each caseworker.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseloadReport {
    /// What is counted, in words.
    pub definition: String,
    /// The version of the rules it is judged by.
    pub rules_version: &'static str,
    /// The day as at which it stands.
    pub as_at: NaiveDate,
    /// All together.
    pub total: Load,
    /// Each caseworker's; without a key those that nobody works on.
    pub groups: Vec<Group<Load>>,
}

/// One limit that is over and not met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Breach {
    /// The case.
    pub case: CaseName,
    /// How far it has come.
    pub stage: StageWord,
    /// Who works on it.
    pub caseworker: Option<Named>,
    /// The rule.
    pub rule: RuleIdWord,
    /// The legal rule.
    pub citation: String,
    /// Whose time it is.
    pub holder: HolderWord,
    /// What it is about, where a case can have several.
    pub about: Option<String>,
    /// The last day in time.
    pub due_on: NaiveDate,
    /// How many days ago that was.
    pub days_late: i64,
    /// Whether a confirmed exception relieves it: then it is late and no breach.
    pub excepted: bool,
    /// What the case waits for.
    pub waits_for: Vec<Waiting>,
}

/// What a case waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Waiting {
    /// What: a step of the authority, or a kind of advice.
    pub what: String,
    /// Of whom, where it is of somebody else.
    pub organisation: Option<Named>,
    /// By when it was, or is, due.
    pub due_on: Option<NaiveDate>,
}

/// What is late.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BreachesReport {
    /// What is counted, in words.
    pub definition: String,
    /// The version of the rules it is judged by.
    pub rules_version: &'static str,
    /// The day as at which it stands.
    pub as_at: NaiveDate,
    /// The breaches, the longest late first.
    pub items: Vec<Breach>,
    /// Hand it back as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
    /// How many there are in all, where `count=true` asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}

/// A caseload as it is counted: whose, at which stage, how its clock stands, and how many.
pub type Counted = (Option<Id>, StageWord, ClockStatusWord, i64);
