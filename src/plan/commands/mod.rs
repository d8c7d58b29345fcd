//! What a person does with a plan: one public function for each thing, named after the step.

mod draft;
mod final_plan;
mod represent;
mod serve;

use chrono::NaiveDate;
use statute::{AdviceStatus, PreparingForAdulthood, Section, in_or_beyond_year_9};

pub use draft::{start_version, write_section};
pub use final_plan::{FinalPlanBody, issue_final_plan};
pub use represent::record_representation;
pub use serve::serve_draft;

use super::model::{Plan, Source};
use super::store;
use crate::advice;
use crate::auth::Acting;
use crate::calendar;
use crate::case;
use crate::case::model::Case;
use crate::db::{Conn, Tx};
use crate::error::Error;
use crate::ids::Id;
use crate::organisation;

/// A version of a plan with its case, if the actor may know that there is one: a plan is seen by those who see its case.
pub fn open(conn: &mut Conn, acting: &Acting, id: Id) -> Result<(Case, Plan), Error> {
    let plan = store::find(conn, id)?.ok_or(Error::NotFound)?;
    let case = case::store::visible(conn, acting, plan.case_id)?.ok_or(Error::NotFound)?;
    Ok((case, plan))
}

/// The advice and information gathered for a case: what was accepted, and what stands in for new advice.
pub fn gathered(conn: &mut Conn, case_id: Id) -> Result<Vec<Source>, Error> {
    let mut sources = Vec::new();
    for request in advice::store::of_case(conn, case_id)? {
        let (author, role, dated) = match request.status.0 {
            AdviceStatus::Accepted => {
                let submission = advice::store::last_submission(conn, request.id)?;
                let author = submission.and_then(|submission| submission.content.0.author);
                (
                    author.as_ref().map(|author| author.name.clone()),
                    author.and_then(|author| author.role),
                    request.submitted_on,
                )
            }
            AdviceStatus::CoveredByExistingAdvice => {
                let existing = request.closing.and_then(|closing| closing.0.existing_advice);
                (
                    existing.as_ref().and_then(|existing| existing.author.clone()),
                    None,
                    existing.and_then(|existing| existing.dated),
                )
            }
            _ => continue,
        };
        let organisation = request.organisation_id.map(|id| organisation::store::find(conn, id)).transpose()?.flatten();
        sources.push(Source {
            advice_request_id: request.id,
            kind: request.kind,
            organisation: organisation.map(|organisation| organisation.name),
            author,
            role,
            dated,
        });
    }
    Ok(sources)
}

/// A version with its case, held until the end of the transaction. The version is read once the case is held: whoever
/// held it before may have changed it.
fn hold(tx: &mut Tx<'_>, acting: &Acting, id: Id) -> Result<(Case, Plan), Error> {
    let (case, _) = open(tx, acting, id)?;
    let case = case::store::open_for_step(tx, acting, case.id)?;
    let plan = store::find(tx, id)?.ok_or(Error::NotFound)?;
    Ok((case, plan))
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
    on: NaiveDate,
) -> Result<PreparingForAdulthood, Error> {
    let person = case::store::person(conn, case)?;
    let owed = in_or_beyond_year_9(person.curriculum_year(), person.date_of_birth, on);
    // Its author says so of section F; of a section that says nothing, nothing can be said.
    let provided = plan.preparing_for_adulthood && !store::sections(conn, plan.id)?.is_blank(Section::F);
    Ok(PreparingForAdulthood::judge(owed, provided))
}
