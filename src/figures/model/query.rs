//! What is asked of the figures.

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::IntoParams;

use super::period::CutWord;
use crate::ids::Id;
use crate::words::{AdviceKindWord, HolderWord, RuleIdWord, vocabulary};

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

vocabulary! {
    /// A number of the report on advice.
    AskedNumber as AskedNumberWord {
        /// All of them.
        Requested = "requested",
        /// Answered by the last day.
        OnTime = "on_time",
        /// Answered later.
        Late = "late",
        /// Answered later or never, and relieved by an exception.
        Excepted = "excepted",
        /// Still owed.
        Open = "open",
        /// Still owed after the last day.
        Overdue = "overdue",
        /// Never answered: the case ended without it, after its last day.
        Unanswered = "unanswered",
        /// Neither answered nor owed.
        NotOwed = "not_owed",
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
    /// Only those of which nobody has been asked yet.
    pub unaddressed: Option<bool>,
    /// Which of the numbers; `requested` unless told.
    #[param(inline)]
    pub number: Option<AskedNumberWord>,
    /// How many, 50 unless told, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// Also answer how many there are in all.
    pub count: Option<bool>,
}

/// What is asked of the caseload.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CaseloadQuery {
    /// As it stood on this day; today unless told.
    pub as_at: Option<NaiveDate>,
}

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
    /// As it stood on this day; today unless told.
    pub as_at: Option<NaiveDate>,
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
