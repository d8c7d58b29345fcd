//! What the figures answer on plans, decisions, advice and delays.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::measure::{Advice, Decisions, Tenths, Timeliness};
use super::period::CutWord;
use super::query::AdviceCutWord;
use super::{CaseName, Group, benchmark, delay};

/// A published figure to compare with.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BenchmarkView {
    /// The country, region or authority.
    pub area: String,
    /// What kind of area it is.
    pub level: benchmark::LevelWord,
    /// The authority's 3-digit code.
    pub code: Option<String>,
    /// Why it stands here: `country`, `region`, `own` or `comparator`.
    pub role: &'static str,
    /// The calendar year.
    pub year: i32,
    /// The published share within 20 weeks, without exceptions; null where none was published.
    pub pct_within_20_weeks_ex: Option<Tenths>,
    /// The same with exceptions.
    pub pct_within_20_weeks: Option<Tenths>,
    /// The published number of new plans issued whose time was counted, with exceptions: those after mediation or a tribunal are
    /// left out of it, so that it is lower than the number of all new plans.
    pub plans_issued: Option<i32>,
    /// The refusals published for every hundred requests.
    pub pct_of_requests_refused: Option<Tenths>,
}

/// How many plans were in time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TimelinessReport {
    /// What is counted, in words.
    pub definition: String,
    /// The version of the rules it is judged by.
    pub rules_version: &'static str,
    /// The day as at which it stands.
    pub as_at: NaiveDate,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// How it is cut.
    pub group_by: CutWord,
    /// Whether cases where mediation or a tribunal took place before the plan are counted.
    pub include_mediation_tribunal: bool,
    /// How many first plans of the period are left out, because mediation or a tribunal took place before them.
    pub left_out_mediation_tribunal: i64,
    /// All together.
    pub total: Timeliness,
    /// Each part.
    pub groups: Vec<Group<Timeliness>>,
    /// What was published, to compare with.
    pub benchmarks: Vec<BenchmarkView>,
    /// Who published it, and on which terms.
    pub benchmarks_source: &'static str,
    /// What has changed since; null where it stands as at today.
    pub since: Option<Since<Timeliness>>,
}

/// What has become of a figure since the day as at which it was asked.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Since<M: ToSchema> {
    /// Today.
    pub today: NaiveDate,
    /// The same figure as it stands today.
    pub total: M,
    /// How many cases count today because of what happened in the period after that day.
    pub happened_since: i64,
    /// The cases that were known otherwise then: their record was corrected, or an exception confirmed or lifted.
    pub corrected: Vec<Corrected>,
}

/// A case that a figure counts otherwise than it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Corrected {
    /// The case.
    pub case: CaseName,
    /// The day of the last change to what was known.
    pub changed_on: NaiveDate,
    /// Which facts differ: each by its name, as it was known then and is now.
    pub differs: BTreeMap<&'static str, Change>,
    /// How it counted as at that day, as it was known then; null where it did not.
    pub counted: Option<BTreeMap<&'static str, String>>,
    /// How it would have counted as at that day, had been known what is known now; null where it would not have: what lies after
    /// that day is among `happened_since`.
    pub counts: Option<BTreeMap<&'static str, String>>,
}

/// A fact as it was known and as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Change {
    /// Then.
    pub was: Option<String>,
    /// Now.
    pub is: Option<String>,
}

/// Requests, decisions and refusals.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DecisionsReport {
    /// What is counted, in words.
    pub definition: String,
    /// The version of the rules it is judged by.
    pub rules_version: &'static str,
    /// The day as at which it stands.
    pub as_at: NaiveDate,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// How it is cut.
    pub group_by: CutWord,
    /// All together.
    pub total: Decisions,
    /// Each part.
    pub groups: Vec<Group<Decisions>>,
    /// What has changed since; null where it stands as at today.
    pub since: Option<Since<Decisions>>,
}

/// How long advice took.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdviceReport {
    /// What is counted, in words.
    pub definition: String,
    /// The version of the rules it is judged by.
    pub rules_version: &'static str,
    /// The day as at which it stands.
    pub as_at: NaiveDate,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// How it is cut.
    pub group_by: AdviceCutWord,
    /// All together.
    pub total: Advice,
    /// Each part.
    pub groups: Vec<Group<Advice>>,
}

/// Why plans were late.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DelaysReport {
    /// What is counted, in words.
    pub definition: String,
    /// The version of the rules it is judged by.
    pub rules_version: &'static str,
    /// The day as at which it stands.
    pub as_at: NaiveDate,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// How many cases were late.
    pub late_cases: i64,
    /// Of them, those for which no step is known to have taken longer than it may.
    pub not_explained: i64,
    /// The steps by the days that they took beyond their limits, the most first.
    pub by_step: Vec<delay::Share>,
    /// The services by the days that they took beyond their limits, the most first.
    pub by_service: Vec<delay::Share>,
    /// The late cases, the latest first.
    pub cases: Vec<DelayedCase>,
    /// Hand it back as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// A late case, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DelayedCase {
    /// The case.
    pub case: CaseName,
    /// Day zero.
    pub received_on: NaiveDate,
    /// The last day for the final plan.
    pub due_on: NaiveDate,
    /// The day on which it was sent; null where it is still owed.
    pub issued_on: Option<NaiveDate>,
    /// How many days late.
    pub days_late: i64,
    /// Whether a confirmed exception relieves it.
    pub excepted: bool,
    /// Each step that is known.
    pub steps: Vec<delay::StepTaken>,
    /// The step that took most beyond its limit; null where none is known to have.
    pub worst: Option<delay::StepTaken>,
}
