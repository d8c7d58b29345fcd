//! The cases behind a figure.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::{CaseName, Named};
use crate::ids::Id;
use crate::words::{AdviceKindWord, AssessmentOutcomeWord, AssessmentRefusalReasonWord};

/// The cases behind a figure, with what it counted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Behind<T: ToSchema> {
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
    /// The cases.
    pub items: Vec<T>,
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
    pub outcome: Option<AssessmentOutcomeWord>,
    /// Why it was refused.
    pub refusal_reason: Option<AssessmentRefusalReasonWord>,
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
    /// Whether it is still owed: not answered, not covered by existing advice, and its case not ended.
    pub owed: bool,
}
