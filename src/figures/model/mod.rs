//! What is asked of the figures, and what they answer.

mod behind;
pub mod benchmark;
pub mod delay;
pub mod measure;
mod period;
mod query;
mod report;
mod snapshot;
mod work;

use serde::Serialize;
use utoipa::ToSchema;

use crate::ids::Id;

pub use behind::{AskedCase, Behind, DecidedCase, PlanCase};
pub use period::{Cut, CutWord, Period};
pub use query::{
    AdviceCut, AdviceCutWord, AdviceQuery, AskedCasesQuery, AskedNumber, AskedNumberWord, BreachesQuery, CaseloadQuery,
    CasesQuery, DecidedCasesQuery, DecidedNumber, DecidedNumberWord, DecisionsQuery, DelaysQuery, TimelinessQuery,
};
pub use report::{
    AdviceReport, BenchmarkView, Change, Corrected, DecisionsReport, DelayedCase, DelaysReport, Since, TimelinessReport,
};
pub use snapshot::{Report, ReportWord, Snapshot, SnapshotBody, SnapshotView};
pub use work::{Breach, BreachesReport, CaseloadReport, Counted, Load, Waiting};

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
