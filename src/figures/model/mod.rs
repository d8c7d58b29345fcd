//! What is asked of the figures, and what they answer.

pub mod benchmark;
pub mod delay;
pub mod measure;
pub mod period;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::{Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::db::columns::Doc;
use crate::db::schema::report_snapshots;
use crate::ids::Id;
use crate::time::Instant;
use crate::words::{AdviceKindWord, ClockStatusWord, HolderWord, RuleIdWord, StageWord, vocabulary};

use self::measure::{Advice, Decisions, Tenths, Timeliness};

vocabulary! {
    /// How a figure is cut.
    Cut as CutWord {
        /// By month.
        Month = "month",
        /// By quarter of the calendar year.
        Quarter = "quarter",
        /// By calendar year, as the Department for Education publishes.
        CalendarYear = "calendar_year",
        /// By school year, from September to August.
        AcademicYear = "academic_year",
        /// By who works on the case.
        Caseworker = "caseworker",
        /// By the child's school, college or provider.
        Setting = "setting",
        /// By who asked.
        RequestSource = "request_source",
        /// By how social care is involved.
        SocialCareStatus = "social_care_status",
    }
}

vocabulary! {
    /// How the figures of advice are cut.
    AdviceCut as AdviceCutWord {
        /// By kind of advice.
        Kind = "kind",
        /// By the organisation that was asked.
        Organisation = "organisation",
        /// By the month of the request.
        Month = "month",
    }
}

vocabulary! {
    /// A report that can be frozen.
    Report as ReportWord {
        /// Plans in time.
        Timeliness = "timeliness",
        /// Requests, decisions and refusals.
        Decisions = "decisions",
        /// Advice by service.
        Advice = "advice",
        /// Who has how much to do.
        Caseload = "caseload",
        /// What is late today.
        Breaches = "breaches",
        /// Why plans were late.
        Delays = "delays",
    }
}

/// Of which days, as known on which day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// The day as at which it is asked.
    pub as_at: NaiveDate,
    /// Today.
    pub today: NaiveDate,
}

/// What is asked of the timeliness of plans.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TimelinessQuery {
    /// The first day; 1 January of the last day's year unless told.
    pub from: Option<NaiveDate>,
    /// The last day; the day as at which it is asked unless told.
    pub to: Option<NaiveDate>,
    /// How to cut it; by month unless told.
    #[param(inline)]
    pub group_by: Option<CutWord>,
    /// As it stood on this day; today unless told.
    pub as_at: Option<NaiveDate>,
    /// Also count cases where mediation or a tribunal took place before the plan.
    pub include_mediation_tribunal: Option<bool>,
}

/// What is asked of requests and decisions.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DecisionsQuery {
    /// The first day; 1 January of the last day's year unless told.
    pub from: Option<NaiveDate>,
    /// The last day; the day as at which it is asked unless told.
    pub to: Option<NaiveDate>,
    /// How to cut it; by month unless told.
    #[param(inline)]
    pub group_by: Option<CutWord>,
    /// As it stood on this day; today unless told.
    pub as_at: Option<NaiveDate>,
}

/// What is asked of advice.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AdviceQuery {
    /// The first day; 1 January of the last day's year unless told.
    pub from: Option<NaiveDate>,
    /// The last day; the day as at which it is asked unless told.
    pub to: Option<NaiveDate>,
    /// How to cut it; by kind unless told.
    #[param(inline)]
    pub group_by: Option<AdviceCutWord>,
    /// As it stood on this day; today unless told.
    pub as_at: Option<NaiveDate>,
}

/// Which of the cases behind a figure are asked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CasesQuery {
    /// The first day; 1 January of the last day's year unless told.
    pub from: Option<NaiveDate>,
    /// The last day; the day as at which it is asked unless told.
    pub to: Option<NaiveDate>,
    /// How the figure is cut; by month unless told.
    #[param(inline)]
    pub group_by: Option<CutWord>,
    /// Only those of the group with this key; an empty one is that of the cases without.
    pub key: Option<String>,
    /// As it stood on this day; today unless told.
    pub as_at: Option<NaiveDate>,
    /// Also those where mediation or a tribunal took place before the plan.
    pub include_mediation_tribunal: Option<bool>,
    /// How many, 50 unless told, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// Also answer how many there are in all.
    pub count: Option<bool>,
}

/// Which of the cases behind the figures of decisions are asked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DecidedCasesQuery {
    /// The first day; 1 January of the last day's year unless told.
    pub from: Option<NaiveDate>,
    /// The last day; the day as at which it is asked unless told.
    pub to: Option<NaiveDate>,
    /// How the figure is cut; by month unless told.
    #[param(inline)]
    pub group_by: Option<CutWord>,
    /// Only those of the group with this key; an empty one is that of the cases without.
    pub key: Option<String>,
    /// As it stood on this day; today unless told.
    pub as_at: Option<NaiveDate>,
    /// Which of the numbers; `decided` unless told.
    #[param(inline)]
    pub number: Option<DecidedNumberWord>,
    /// How many, 50 unless told, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// Also answer how many there are in all.
    pub count: Option<bool>,
}

vocabulary! {
    /// A number of the report on decisions.
    DecidedNumber as DecidedNumberWord {
        /// Requests received.
        Requests = "requests",
        /// Requests decided.
        Decided = "decided",
        /// Refusals to assess.
        Refused = "refused",
        /// Refusals to issue a plan.
        PlanRefusals = "plan_refusals",
    }
}

/// Which of the requests behind the figures of advice are asked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AskedCasesQuery {
    /// The first day; 1 January of the last day's year unless told.
    pub from: Option<NaiveDate>,
    /// The last day; the day as at which it is asked unless told.
    pub to: Option<NaiveDate>,
    /// As it stood on this day; today unless told.
    pub as_at: Option<NaiveDate>,
    /// Only of this kind.
    #[param(inline)]
    pub kind: Option<AdviceKindWord>,
    /// Only those asked of this organisation.
    pub organisation_id: Option<Id>,
    /// How many, 50 unless told, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// Also answer how many there are in all.
    pub count: Option<bool>,
}

/// What is asked of the caseload: nothing, it is today's.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CaseloadQuery {}

/// Which breaches are asked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BreachesQuery {
    /// Only of this rule.
    #[param(inline)]
    pub rule: Option<RuleIdWord>,
    /// Only those in whose hands it is: `local_authority` or `adviser`.
    #[param(inline)]
    pub holder: Option<HolderWord>,
    /// Only those of this caseworker's cases.
    pub caseworker_id: Option<Id>,
    /// How many, 50 unless told, 200 at most; as a sheet all unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// Also answer how many there are in all.
    pub count: Option<bool>,
}

/// What is asked of delays.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DelaysQuery {
    /// The first day; 1 January of the last day's year unless told.
    pub from: Option<NaiveDate>,
    /// The last day; the day as at which it is asked unless told.
    pub to: Option<NaiveDate>,
    /// As it stood on this day; today unless told.
    pub as_at: Option<NaiveDate>,
    /// How many of the late cases to name, 50 unless told, 200 at most; as a sheet all unless told. The totals are of all.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// Where to go on.
    pub cursor: Option<String>,
}

/// A case as figures name it: without a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CaseName {
    /// Its id.
    pub id: Id,
    /// What people call it.
    pub reference: String,
}

/// Somebody or something by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Named {
    /// The id.
    pub id: Id,
    /// The name.
    pub name: String,
}

/// A part of a figure.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Group<M: ToSchema> {
    /// What the part is known by: `2025-01`, `2025-Q1`, `2025`, `2024/25`, an id or a word; null for the cases without.
    pub key: Option<String>,
    /// What people call it.
    pub label: String,
    /// Its measures.
    #[serde(flatten)]
    pub measures: M,
}

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
    /// The published number of plans issued.
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
    /// How it counted then; null where it did not.
    pub counted: Option<BTreeMap<&'static str, String>>,
    /// How it counts now; null where it does not.
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
    /// The day as at which it stands: today.
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

/// What is late today.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BreachesReport {
    /// What is counted, in words.
    pub definition: String,
    /// The version of the rules it is judged by.
    pub rules_version: &'static str,
    /// The day as at which it stands: today.
    pub as_at: NaiveDate,
    /// The breaches, the longest late first.
    pub items: Vec<Breach>,
    /// Hand it back as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
    /// How many there are in all, where `count=true` asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}

/// A case behind a figure on plans.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlanCase {
    /// The case.
    pub case: CaseName,
    /// Day zero.
    pub received_on: NaiveDate,
    /// The last day for the final plan.
    pub due_on: NaiveDate,
    /// The day on which the first plan was sent.
    pub issued_on: NaiveDate,
    /// How many days after the request.
    pub days: i32,
    /// Whether that was in time.
    pub in_time: bool,
    /// Whether a confirmed exception relieves it.
    pub excepted: bool,
    /// Whether mediation or a tribunal took place before the plan.
    pub mediation_tribunal: bool,
}

/// A case behind a figure on decisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DecidedCase {
    /// The case.
    pub case: CaseName,
    /// Day zero.
    pub received_on: NaiveDate,
    /// The day by which it counts: received, or notified.
    pub on: NaiveDate,
    /// The last day in time for what was decided; null for a request.
    pub due_on: Option<NaiveDate>,
    /// Whether it was in time; null for a request.
    pub in_time: Option<bool>,
    /// What was decided whether to assess.
    pub outcome: Option<crate::words::AssessmentOutcomeWord>,
    /// Why it was refused.
    pub refusal_reason: Option<crate::words::AssessmentRefusalReasonWord>,
}

/// A request behind a figure on advice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AskedCase {
    /// The request for advice.
    pub advice_request_id: Id,
    /// The case.
    pub case: CaseName,
    /// What kind of advice.
    pub kind: AdviceKindWord,
    /// Who was asked.
    pub organisation: Option<Named>,
    /// When it was asked.
    pub requested_on: NaiveDate,
    /// The last day in time.
    pub due_on: Option<NaiveDate>,
    /// The day of the answer.
    pub submitted_on: Option<NaiveDate>,
    /// How many days it was late, or is; 0 where it is not.
    pub days_late: i64,
    /// Whether a confirmed exception relieves it.
    pub excepted: bool,
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

/// An answer to freeze.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SnapshotBody {
    /// Which report.
    pub report: ReportWord,
    /// Its parameters, as they would stand in the address.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub query: BTreeMap<String, serde_json::Value>,
    /// What it is frozen for.
    #[schema(min_length = 1, max_length = 2000)]
    pub note: Option<String>,
}

/// A frozen answer as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = report_snapshots, treat_none_as_default_value = false)]
pub struct Snapshot {
    /// Its id.
    pub id: Id,
    /// Which report.
    pub report: ReportWord,
    /// Its parameters.
    pub query: Doc<BTreeMap<String, serde_json::Value>>,
    /// What it was frozen for.
    pub note: Option<String>,
    /// The day as at which it stood.
    pub as_at: NaiveDate,
    /// The answer, word for word.
    pub content: String,
    /// Its digest.
    pub sha256: String,
    /// The cases that it names: whoever reads it reads of them.
    pub named_cases: Doc<Vec<Id>>,
    /// Who froze it.
    pub taken_by: Id,
    /// As they were called then.
    pub taken_by_name: String,
    /// When.
    pub taken_at: Instant,
}

/// What is told of a frozen answer beside the answer itself.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SnapshotView {
    /// Its id.
    pub id: Id,
    /// Which report.
    pub report: ReportWord,
    /// Its parameters.
    #[schema(value_type = Object)]
    pub query: BTreeMap<String, serde_json::Value>,
    /// What it was frozen for.
    pub note: Option<String>,
    /// The day as at which it stood.
    pub as_at: NaiveDate,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// How many bytes it has.
    pub size: usize,
    /// Who froze it.
    pub taken_by: Named,
    /// When.
    pub taken_at: Instant,
    /// Where its bytes are.
    pub location: String,
}

impl From<Snapshot> for SnapshotView {
    fn from(row: Snapshot) -> Self {
        Self {
            id: row.id,
            report: row.report,
            query: row.query.0,
            note: row.note,
            as_at: row.as_at,
            sha256: row.sha256,
            size: row.content.len(),
            taken_by: Named { id: row.taken_by, name: row.taken_by_name },
            taken_at: row.taken_at,
            location: format!("/api/v1/reports/snapshots/{}", row.id),
        }
    }
}

/// A caseload as it is counted: whose, at which stage, how its clock stands, and how many.
pub type Counted = (Option<Id>, StageWord, ClockStatusWord, i64);
