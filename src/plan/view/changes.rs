//! How one version of a plan differs from another, section by section.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::sections;
use crate::codes::Code;
use crate::db::Conn;
use crate::error::{Error, Fault};
use crate::ids::Id;
use crate::plan::model::Plan;
use crate::plan::store;
use crate::words::{PlanKindWord, PlanStatusWord, SectionWord, vocabulary};

vocabulary! {
    /// What became of a section.
    SectionChange as SectionChangeWord {
        /// It was blank and has a text now.
        Added = "added",
        /// It had a text and is blank now.
        Removed = "removed",
        /// Its words are others.
        Changed = "changed",
    }
}

/// With which version to compare.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ChangesQuery {
    /// The other version, of the same case's plan.
    pub since: Id,
}

/// A version in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PlanReference)]
pub struct VersionInShort {
    /// Its id.
    pub id: Id,
    /// The number of the document.
    pub number: i32,
    /// What it is for.
    pub kind: PlanKindWord,
    /// Where it stands.
    pub status: PlanStatusWord,
}

impl From<&Plan> for VersionInShort {
    fn from(plan: &Plan) -> Self {
        Self { id: plan.id, number: plan.number, kind: plan.kind, status: plan.status }
    }
}

/// A section whose words differ.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SectionChanges)]
pub struct SectionChangesView {
    /// Which.
    pub section: SectionWord,
    /// What became of it.
    pub change: SectionChangeWord,
    /// Its text in the other version.
    pub before: String,
    /// Its text in this one.
    pub after: String,
    /// The family's representation that it answers.
    pub representation_id: Option<Id>,
}

/// How a version differs from another. Only words count: other markup and spaces are no difference.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PlanChanges)]
pub struct ChangesView {
    /// This version.
    pub plan: VersionInShort,
    /// The other one.
    pub since: VersionInShort,
    /// The sections that differ, in their order.
    pub sections: Vec<SectionChangesView>,
}

/// Compares a version with another of the same case.
pub fn changes_view(conn: &mut Conn, plan: &Plan, since: Id) -> Result<ChangesView, Error> {
    let other = store::find(conn, since)?.filter(|other| other.case_id == plan.case_id);
    let other =
        other.ok_or_else(|| Fault::new("/since", Code::UnknownPlan, "Name another version of this case's plan."))?;
    let (now, then) = (sections(conn, plan)?, sections(conn, &other)?);
    let text =
        |of: &crate::plan::model::Sections, section| of.get(section).map_or_else(String::new, |row| row.text.clone());
    let changed = now.changed_from(&then).into_iter().map(|section| SectionChangesView {
        section: section.into(),
        change: match (then.is_blank(section), now.is_blank(section)) {
            (true, _) => SectionChange::Added,
            (false, true) => SectionChange::Removed,
            (false, false) => SectionChange::Changed,
        }
        .into(),
        before: text(&then, section),
        after: text(&now, section),
        representation_id: now.get(section).and_then(|row| row.representation_id),
    });
    Ok(ChangesView { plan: plan.into(), since: (&other).into(), sections: changed.collect() })
}
