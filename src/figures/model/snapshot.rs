//! What a board was shown.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::{Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Named;
use crate::db::columns::Doc;
use crate::db::schema::report_snapshots;
use crate::ids::Id;
use crate::time::Instant;
use crate::words::vocabulary;

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
