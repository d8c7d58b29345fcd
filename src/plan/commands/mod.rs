//! What a person does with a plan: one public function for each thing, named after the step.

mod draft;
mod final_plan;
mod represent;
mod serve;

use statute::{CaseFacts, Inconsistent, PlanStatus, PreparingForAdulthood, Progress, in_or_beyond_year_9};

pub use draft::{start_version, write_section};
pub use final_plan::issue_final_plan;
pub use represent::record_representation;
pub use serve::serve_draft;

use super::model::{Plan, Sections};
use super::store;
use crate::auth::Acting;
use crate::calendar;
use crate::case;
use crate::case::model::Case;
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;

/// A version of a plan with its case, if the actor may know that there is one: a plan is seen by those who see its case.
pub fn open(conn: &mut Conn, acting: &Acting, id: Id) -> Result<(Case, Plan), Error> {
    let plan = store::find(conn, id)?.ok_or(Error::NotFound)?;
    let case = case::store::visible(conn, acting, plan.case_id)?.ok_or(Error::NotFound)?;
    Ok((case, plan))
}

/// The sections of a version. While it is written, section K lists what has been gathered by now; what was served or
/// issued stays as it was.
pub fn sections(conn: &mut Conn, plan: &Plan) -> Result<Sections, Error> {
    let mut sections = store::sections(conn, plan.id)?;
    if plan.status.0 == PlanStatus::Editing {
        sections.gather(store::gathered(conn, plan.case_id)?);
    }
    Ok(sections)
}

/// A version with its case, held until the end of the transaction. It is read once the case is held: whoever held it
/// before may have changed it.
fn hold(tx: &mut Tx<'_>, acting: &Acting, id: Id) -> Result<(Case, Plan), Error> {
    let (case, _) = open(tx, acting, id)?;
    case::store::lock(tx, case.id)?;
    open(tx, acting, id)
}

/// How far a case has come, with the facts behind it.
fn progress(conn: &mut Conn, case: &Case) -> Result<(Progress, CaseFacts), Error> {
    let facts = case::store::facts(conn, case)?;
    let contradicts = |fault: Inconsistent| Error::internal(format!("case {} contradicts itself: {fault}", case.id));
    Ok((Progress::from_facts(&facts).map_err(contradicts)?, facts))
}

/// Keeps a case after a step on its plan, derived again.
fn keep(tx: &mut Tx<'_>, acting: &Acting, case: Case) -> Result<Case, Error> {
    let calendar = calendar::store::working_days(tx)?;
    case::store::keep(tx, acting, case, &calendar)
}

/// Whether a version prepares for adulthood where that is owed on a day.
fn preparing_for_adulthood(
    conn: &mut Conn,
    case: &Case,
    plan: &Plan,
    on: chrono::NaiveDate,
) -> Result<PreparingForAdulthood, Error> {
    let person = case::store::person(conn, case)?;
    let owed = in_or_beyond_year_9(person.curriculum_year(), person.date_of_birth, on);
    Ok(PreparingForAdulthood::judge(owed, plan.preparing_for_adulthood))
}
